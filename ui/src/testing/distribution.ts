import type { AddresseeRow } from "../generated/AddresseeRow";
import type { ApprovedLetter } from "../generated/ApprovedLetter";
import type { DistributionCounts } from "../generated/DistributionCounts";
import type { DistributionInput } from "../generated/DistributionInput";
import type { DistributionPlan } from "../generated/DistributionPlan";
import type { DistributionPlanRow } from "../generated/DistributionPlanRow";
import type { DistributionRow } from "../generated/DistributionRow";
import type { DistributionView } from "../generated/DistributionView";
import type { Done } from "../generated/Done";
import type { GetDistribution } from "../generated/GetDistribution";
import type { Problem } from "../generated/Problem";
import type { Tone } from "../generated/Tone";
import { NOW, at, source } from "./fixtures";
import { digest, windowOf } from "./outreach";

const refuse = (code: string, message: string): never => {
  throw { code, message, detail: null } satisfies Problem;
};

interface Partner {
  id: string;
  name: string;
  country: string;
  tier: string;
  /** Empty where the grid has none. */
  address: string;
}

const NAMES = ["Alder Logistics", "Birch Brokerage", "Cedar Claims", "Dogwood Trading", "Elm Administration", "Fir Forwarding"];
/** The fifth has no address on the grid. */
const PARTNERS: Partner[] = NAMES.map((name, i) => ({
  id: `P-${2001 + i}`,
  name,
  country: i % 2 === 0 ? "DE" : "GB",
  tier: i < 3 ? "A" : "B",
  address: i === 4 ? "" : `ZZ:${name.split(" ")[0]!.toUpperCase()}`,
}));

const LETTER: ApprovedLetter = {
  notice: "N-3140",
  title: "Terms of trade",
  sha256: digest("letter"),
  hash: digest("content"),
  review: "review:community:sp-31",
  signed_by: ["Tomas Adeyemi", "Priya Nandakumar"],
};

type StateName = Exclude<keyof DistributionCounts, "recipients">;
const TONES: Record<StateName, Tone> = { ready: "queue", sent: "wait", delivered: "wait", proven: "ok", unproven: "late", failed: "fail" };
const stateWord = (state: StateName) => ({ tone: TONES[state], state, word: state.charAt(0).toUpperCase() + state.slice(1) });

const addressee = (partner: Partner, state: StateName): AddresseeRow => {
  const sent = state !== "ready";
  const proven = state === "proven";
  return {
    partner: partner.id,
    name: partner.name,
    address: partner.address,
    status: stateWord(state),
    sent_at: sent ? at("09:10", -3) : null,
    delivered_at: proven || state === "delivered" ? at("09:11", -3) : null,
    message_id: sent ? `<${digest(partner.id).slice(0, 16)}@partner-console>` : null,
    transaction: sent ? `tgtx-${partner.id.slice(2)}` : null,
    control: sent ? "000000041" : "",
    acknowledgement: sent ? "none" : "",
    proof_kind: proven ? "mdn" : null,
    proof_at: proven ? at("09:12", -3) : null,
    proof_sha256: proven ? digest(`proof ${partner.id}`) : null,
    grid_record_sha256: proven ? digest(`record ${partner.id}`) : null,
    due_at: state === "sent" || state === "delivered" || state === "unproven" ? at("09:10", -1) : null,
    reminded_at: state === "unproven" ? at("09:15", -1) : null,
    reason: state === "unproven" ? "No proof 48 hours after sending" : state === "failed" ? "No route" : "",
  };
};

const countsOf = (rows: readonly AddresseeRow[]): DistributionCounts => {
  const counts = { recipients: rows.length } as DistributionCounts;
  for (const state of Object.keys(TONES) as StateName[]) counts[state] = rows.filter((row) => row.status.state === state).length;
  return counts;
};

/** Plans and distributions over fixed partners. */
export function fakeDistributions(options: { offline: () => boolean; empty: boolean }) {
  const spread: StateName[] = ["proven", "proven", "unproven", "failed"];
  let rows = spread.map((state, i) => addressee(PARTNERS[i]!, state));
  const first = (): DistributionRow => ({
    number: "D-5A11C0DE",
    title: `${LETTER.title} ${LETTER.notice}`,
    case: "case:community:48213",
    case_number: "48213",
    status: { tone: "late", state: "partial", word: "Partial" },
    notice: LETTER.notice,
    sha256: LETTER.sha256,
    review: LETTER.review,
    proof: "mdn",
    maker: "lena.kovar",
    maker_name: "Lena Kovar",
    at: at("09:00", -3),
    counts: countsOf(rows),
    root: digest("root"),
    action: "a-distribution",
  });
  let launched: DistributionRow[] = [];
  const all = () => (options.empty ? launched : [...launched, first()]);

  const plan = (input: DistributionInput): DistributionPlan => {
    const segment = Object.entries(input.segment ?? {}).filter(([, values]) => values.length > 0);
    const named = input.partners ?? [];
    const exclude = input.exclude ?? {};
    const stranger = named.find((id) => !PARTNERS.some((one) => one.id === id));
    if (stranger) refuse("E_FIELD", `There is no partner ${stranger}.`);
    const value = (one: Partner, fact: string) => (fact === "country" ? one.country : one.tier);
    const fits = (one: Partner) =>
      (segment.length > 0 && segment.every(([fact, values]) => values.includes(value(one, fact)))) || named.includes(one.id);
    const selected = PARTNERS.filter(fits);
    const row = (one: Partner): DistributionPlanRow => ({
      partner: one.id,
      name: one.name,
      country: one.country,
      tier: one.tier,
      address: one.address,
      reason: exclude[one.id] ?? (one.address ? "Of the segment" : "No address on the grid"),
    });
    const reached = selected.filter((one) => !(one.id in exclude));
    const lists = {
      recipients: reached.filter((one) => one.address).map(row),
      blocking: reached.filter((one) => !one.address).map(row),
      excluded: selected.filter((one) => one.id in exclude).map(row),
    };
    const letter = input.letter === LETTER.notice ? LETTER : null;
    const [blocked, field] =
      letter === null
        ? ["Name the approved letter.", "letter"]
        : lists.blocking.length > 0
          ? [`${lists.blocking[0]!.name} cannot be reached, for the grid has no address of their own.`, "exclude"]
          : lists.recipients.length === 0
            ? ["There is nobody to send to.", null]
            : options.offline()
              ? ["Recipients and approval have to be read again before the letter is sent.", null]
              : [null, null];
    const tally = (fact: "country" | "tier") =>
      [...new Set(PARTNERS.map((one) => one[fact]))].map((one) => ({
        value: one,
        partners: PARTNERS.filter((partner) => partner[fact] === one).length,
        chosen: (input.segment?.[fact] ?? []).includes(one),
      }));
    return {
      case: input.case ?? "",
      case_number: "48213",
      intent: digest(JSON.stringify(input)).slice(0, 16),
      root: letter ? digest(JSON.stringify([lists, input.proof])) : "",
      letters: [LETTER],
      letter,
      proofs: [
        { id: "mdn", title: "Receipt of their system (MDN)" },
        { id: "portal_receipt", title: "Receipt of the portal" },
        { id: "signed_return", title: "Signed copy returned" },
      ],
      facts: [
        { name: "country", title: "Country", values: tally("country") },
        { name: "tier", title: "Tier", values: tally("tier") },
      ],
      counts: {
        partners: selected.length,
        recipients: lists.recipients.length,
        blocking: lists.blocking.length,
        excluded: lists.excluded.length,
      },
      rows: windowOf(lists[(input.list ?? "recipients") as keyof typeof lists], input.offset, input.limit),
      unproven_hours: 48,
      blocked: blocked ?? null,
      blocked_field: field ?? null,
      effect: `The approved letter goes to ${lists.recipients.length} partners over the grid, once to each.`,
      sources: [source("community", options.offline()), source("documents", options.offline())],
    };
  };

  return {
    plan,
    launch: (input: DistributionInput, root: string): DistributionRow => {
      const now = plan({ ...input, list: "recipients", offset: 0, limit: 200 });
      if (now.blocked) refuse(options.offline() ? "E_OFFLINE" : "E_FIELD", now.blocked);
      if (now.root !== root) refuse("E_HASH", "Recipients or letter have changed. Look at them again.");
      const ready = now.rows.items.map((one) =>
        addressee(
          PARTNERS.find(({ id }) => id === one.partner)!,
          "ready",
        ),
      );
      const row: DistributionRow = {
        ...first(),
        number: `D-${digest(now.intent).slice(0, 8).toUpperCase()}`,
        status: { tone: "queue", state: "ready", word: "Ready" },
        at: NOW,
        proof: input.proof ?? "mdn",
        counts: countsOf(ready),
        root,
      };
      launched = [row, ...launched];
      return row;
    },
    list: all,
    view: ({ id, only, offset, limit }: GetDistribution): DistributionView => {
      const row = all().find(({ number }) => number === id) ?? refuse("E_NOT_FOUND", `There is no distribution ${id}.`);
      const theirs = row.number === "D-5A11C0DE" ? rows : [];
      return {
        row,
        rows: windowOf(
          theirs.filter((one) => !only || one.status.state === only),
          offset,
          limit,
        ),
        left_out: [{ partner: "P-2005", name: "Elm Administration", reason: "Told by letter", by: "Lena Kovar" }],
        quarantined: [
          {
            partner: "P-2003",
            name: "Cedar Claims",
            sha256: digest("wrong"),
            reason: "The proof names another recipient.",
            at: at("09:20", -2),
          },
        ],
        tasks: row.counts.unproven + row.counts.failed,
        unproven_hours: 48,
        retention: "regulated_notice",
        retry_blocked: row.counts.failed > 0 ? null : "Nothing of this distribution failed.",
        sources: [source("community", options.offline()), source("documents", options.offline())],
      };
    },
    retry: (): Done => {
      rows = rows.map((row) => (row.status.state === "failed" ? { ...row, status: stateWord("sent"), reason: "" } : row));
      return { text: "1 recipients are sent to again.", undo_step: null };
    },
  };
}
