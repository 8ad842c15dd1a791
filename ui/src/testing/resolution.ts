import type { CorrectionRow } from "../generated/CorrectionRow";
import type { Problem } from "../generated/Problem";
import type { ResolutionChoice } from "../generated/ResolutionChoice";
import type { ResolutionInput } from "../generated/ResolutionInput";
import type { ResolutionPlan } from "../generated/ResolutionPlan";
import type { ResolutionRow } from "../generated/ResolutionRow";
import { CASES, EXCEPTIONS, NOW, PLAN, at, planRow, word } from "./fixtures";
import { digest, written } from "./statements";

const MAIN = "case:community:48213";
const TITLES: Record<string, string> = {
  updated_invoice: "Updated invoice",
  resolution_letter: "Resolution letter",
  corrective_notice: "Corrective notice",
};
const PENDING = { ...word("wait", "Letter pending"), state: "pending" };
const NOT_SENT = { ...word("fail", "Letter not sent"), state: "not_sent" };
const INVOICE = {
  number: "INV-30418",
  document: "document:documents:810-INV-30418",
  currency: "EUR",
  lines: [
    { line: "1", product: "HZ-0640", description: "Hazelnut spread 6 × 400 g", quantity: "24", unit: "CS", price: "34.20" },
    { line: "2", product: "HH-0850", description: "Heather honey 8 × 500 g", quantity: "12", unit: "CS", price: "46.50" },
    { line: "3", product: "AC-2060", description: "Apple chips 20 × 60 g", quantity: "6", unit: "CS", price: "19.80" },
  ],
};
/** Six decimals of a number, all of a price and of a quantity. */
const SCALE = 6;
const LIMIT = 10_000n * 100n;

const refusal = (code: string, message: string): Problem => ({ code, message, detail: null });

function read(text: string): bigint | null {
  const [, whole = "", fraction = ""] = /^(\d+)(?:\.(\d{1,6}))?$/.exec(text.trim()) ?? [];
  return whole === "" ? null : BigInt(whole + fraction.padEnd(SCALE, "0"));
}
/** A product of two in cents, halves away from zero. */
const cents = (product: bigint) => (product + 5n * 10n ** BigInt(2 * SCALE - 3)) / 10n ** BigInt(2 * SCALE - 2);

const inCents = (amount: string) => cents((read(amount) ?? 0n) * 10n ** BigInt(SCALE));

/** Resolutions as the desk plans and sends them; what was sent is on its way from then on. */
export function fakeResolutions({ offline, empty }: { offline: () => boolean; empty: boolean }) {
  const told = new Map<string, ResolutionRow[]>();
  if (!empty) {
    const row = (notice: string, status: ResolutionRow["status"], clock: string): ResolutionRow => ({
      notice,
      title: TITLES.resolution_letter!,
      channel: "letter",
      status,
      by: "Lena Kovář",
      at: at(clock),
      exceptions: [],
    });
    told.set(CASES[1]!.id, [row("N-3131", PENDING, "13:10")]);
    told.set(CASES[6]!.id, [row("N-3117", NOT_SENT, "09:40")]);
  }
  let minted = 0;

  const plan = (input: ResolutionInput): ResolutionPlan => {
    const row = CASES.find((one) => one.id === input.case);
    if (!row) throw refusal("E_NOT_FOUND", `There is no case ${input.case}.`);
    const main = row.id === MAIN;
    const invoice = main ? INVOICE : null;
    const corrects = main ? ["N-3098", "N-3071"] : [];
    const output = input.output ?? (invoice ? "updated_invoice" : "resolution_letter");
    let wrong: Problem | null = null;
    const note = (code: string, message: string) => (wrong ??= refusal(code, message));

    const choice = (id: string, title: string, reason: string, blocked: string | null, chosen: boolean): ResolutionChoice => ({
      id,
      title,
      reason,
      blocked,
      chosen,
    });
    const fits: [string, string, string | null][] = [
      ["updated_invoice", `The case is about our invoice ${INVOICE.number}`, invoice ? null : "The case names no invoice of ours"],
      ["resolution_letter", "Says what was found and what was done", null],
      ["corrective_notice", `${corrects[0]} told them something else before`, corrects.length > 0 ? null : "Nothing was told before"],
    ];
    const outputs = fits
      .sort((a, b) => Number(a[2] !== null) - Number(b[2] !== null))
      .map(([id, reason, blocked]) => choice(id, TITLES[id]!, blocked === null ? reason : "", blocked, id === output));
    const unfit = outputs.find((one) => one.id === output)?.blocked;
    if (unfit) note("E_FIELD", `${unfit}.`);
    if (!input.text.trim() && output !== "updated_invoice") note("E_FIELD", "Say what was found and what was done.");

    const corrections: CorrectionRow[] = [];
    let amount = input.amount ?? null;
    if (output === "updated_invoice" && invoice && input.lines.length > 0) {
      let [before, after] = [0n, 0n];
      for (const line of invoice.lines) {
        const change = input.lines.find((one) => one.line === line.line);
        const now = (what: string, was: string, is: string | undefined) => {
          if (is === undefined) return read(was)!;
          const number = read(is);
          if (number === null) note("E_FIELD", `'${is}' of line ${line.line} is no number.`);
          else if (number !== read(was)) corrections.push({ what: `${what}, line ${line.line}`, before: was, after: is });
          return number ?? read(was)!;
        };
        const quantity = now("Quantity", line.quantity, change?.quantity);
        const price = now("Unit price", line.price, change?.price);
        before += read(line.quantity)! * read(line.price)!;
        after += quantity * price;
      }
      if (corrections.length === 0) note("E_FIELD", "Nothing on the invoice changes.");
      else amount = { before: written(cents(before), 2), after: written(cents(after), 2), currency: invoice.currency };
    }
    const changes = corrections.length > 0;
    for (const one of input.corrections) {
      if (!one.what || !one.before || !one.after) note("E_FIELD", "A correction says what, how it was and how it is.");
      else if (one.before === one.after) note("E_FIELD", `${one.what} is the same before and after.`);
      else corrections.push(one);
    }
    if (amount && (read(amount.before) === null || read(amount.after) === null)) {
      note("E_FIELD", `'${read(amount.before) === null ? amount.before : amount.after}' is no amount in ${amount.currency}.`);
      amount = null;
    }
    if (output === "updated_invoice" && amount === null) note("E_FIELD", "Say what changes on the invoice.");
    if (output === "corrective_notice" && corrections.length === 0 && amount === null) note("E_FIELD", "Say what is put right.");
    const largest = amount === null ? 0n : [amount.before, amount.after].map(inCents).reduce((a, b) => (a > b ? a : b));
    const review = largest >= LIMIT ? `${written(largest, 2)} ${amount!.currency} is 10000.00 ${amount!.currency} or more` : null;

    const signed = review === null ? null : "What others sign is a letter";
    const ways: [string, string, string, string | null][] = [
      ["letter", "Letter", "Agreed first with them: 2 Orchard Row, Little Bramble", null],
      ["email", "E-mail", "Agreed with them: ines.okafor@bramblewick.example", null],
      ["sms", "Text message", "Agreed with them", "They have no address for it"],
      ["portal", "On the case", `They read it on the case: On case ${row.number}`, signed],
    ];
    if (output === "updated_invoice")
      ways.unshift(["edi", "EDI", "Their invoices go by EDI: ZZ:BRAMBLEWICK", changes ? signed : "No line of the invoice changes"]);
    const channel = input.channel ?? ways.find((way) => way[3] === null)![0];
    const channels = ways.map(([id, title, reason, blocked]) => choice(id, title, reason, blocked, id === channel));
    const way = channels.find((one) => one.chosen);
    if (!way) throw refusal("E_FIELD", `'${channel}' is no channel to this partner.`);
    if (way.blocked) note("E_FIELD", `Not by ${channel}: ${way.blocked}.`);

    const own = main ? EXCEPTIONS.slice(0, 2) : [];
    const exceptions = own.map((one) => choice(one.id, one.title, one.on, null, input.exceptions?.includes(one.id) ?? true));
    const closed = exceptions.filter((one) => one.chosen).length;
    if (told.get(row.id)?.[0]?.status === PENDING) note("E_STATE", "A resolution of this case is on its way already.");

    const intent = input.intent ?? `intent-resolution-${(minted += 1)}`;
    const { intent: _intent, ...question } = input;
    const problem = wrong as Problem | null;
    return {
      case: row.id,
      case_number: row.number,
      partner: row.partner_full,
      notice: `N-${digest(intent).slice(0, 8).toUpperCase()}`,
      outputs,
      channels,
      invoice,
      corrects: corrects.map((id, index) => choice(id, id, "", null, input.corrects ? id === input.corrects : index === 0)),
      corrections,
      amount,
      exceptions,
      review,
      resolves: true,
      then: `Once it has gone out${["", ", one exception is closed"][closed] ?? `, ${closed} exceptions are closed`} and case ${row.number} is resolved.`,
      plan: {
        ...PLAN,
        intent,
        playbook: "resolution",
        title: TITLES[output]!,
        rows: problem
          ? []
          : [
              planRow(1, "Render letter", "exstream", "No outside effect", false, "Offline: queues", "queue"),
              ...(review
                ? [planRow(null, "Review gate", "console", "2 others, not the maker", false, "Offline: prepare only", "prepare")]
                : []),
              planRow(
                2,
                `Send by ${way.title}`,
                channel === "edi" ? "documents" : "exstream",
                "Leaves the company",
                true,
                "Offline: queues",
                "queue",
              ),
              planRow(
                3,
                "Resolve the case",
                "community",
                `Case ${row.number} once it has gone out`,
                false,
                "Offline: queues after 2",
                "queue",
              ),
            ],
        rule: "Policy 9f3c",
      },
      blocked: problem?.message ?? null,
      problem,
      shown: problem ? "" : digest(`resolution ${JSON.stringify(question)}`),
    };
  };

  return {
    plan,
    ofCase: (id: string) => told.get(id) ?? [],
    send: (input: ResolutionInput, shown: string, by: string) => {
      const now = plan(input);
      if (now.problem) throw now.problem;
      if (now.shown !== shown) throw refusal("E_HASH", "Something else would be sent now. Look at it again.");
      const channel = now.channels.find((one) => one.chosen)!.id;
      if (channel === "edi" && offline()) throw refusal("E_OFFLINE", "The invoice is not on this machine; it is read first.");
      const output = now.outputs.find((one) => one.chosen)!;
      const exceptions = now.exceptions.filter((one) => one.chosen).map((one) => one.id);
      const row = { notice: now.notice, title: output.title, channel, status: PENDING, by, at: NOW, exceptions };
      told.set(input.case, [row, ...(told.get(input.case) ?? [])]);
    },
    /** Why an exception is not closed yet. */
    untold: (caseId: string | null, exception: string) => {
      const [row] = caseId === null ? [] : (told.get(caseId) ?? []).filter((one) => one.exceptions.includes(exception));
      if (caseId === null) return null;
      return row
        ? `It is closed once ${row.notice} has gone out.`
        : "The partner is told first how it was resolved; without that it can be waived.";
    },
  };
}
