import type { BatchRow } from "../generated/BatchRow";
import type { StatementInput } from "../generated/StatementInput";
import type { StatementRow } from "../generated/StatementRow";
import type { StatementsView } from "../generated/StatementsView";
import type { TotalRow } from "../generated/TotalRow";
import { CASES, NOW, source, word } from "./fixtures";

/** The settlement among the cases. */
export const SETTLEMENT = CASES.find((row) => row.case_type === "settlement")!;
const PERIODS = ["2025-10", "2025-09"];
const FIRST = [
  "Bramblewick",
  "Quillfeather",
  "Copperkettle",
  "Fernhollow",
  "Zephyrine",
  "Saltmarsh",
  "Oddfellow",
  "Thistledown",
  "Pemberlook",
];
const SECOND = ["Foods", "Provisions", "Trading", "Logistics", "Mills", "Packaging", "Dairy"];
const TITLES = ["Statement", "Rebate note", "Statement", "Chargeback note", "Statement", "Shared service bill"];
/** Currency, its decimals, and the language of its partners. */
const MONEY: [string, number, string][] = [
  ["EUR", 2, "de"],
  ["GBP", 2, "en"],
  ["EUR", 2, "fr"],
  ["JPY", 0, "en"],
];

/** Minor units as decimal text. */
export const written = (minor: bigint, decimals: number) => {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, "0");
  const sign = minor < 0n ? "-" : "";
  return decimals === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
};

interface Account {
  partner: string;
  name: string;
  title: string;
  channel: string;
  language: string;
  currency: string;
  decimals: number;
  lines: number;
  not_approved: number;
  /** In minor units. */
  approved: bigint;
  rebate: bigint;
}

/** 126 partners of a month; nothing of every twelfth is approved, and of another twelfth one line is not. */
const accountsOf = (period: string): Account[] =>
  Array.from({ length: period === PERIODS[0] ? 126 : 118 }, (_, i) => {
    const [currency, decimals, language] = MONEY[i % 4]!;
    const title = TITLES[i % 6]!;
    const none = i % 12 === 4;
    const amount = BigInt(184_315 + ((i * 7_919_377) % 93_000_000) + (period === PERIODS[0] ? 0 : 90_001));
    const approved = title === "Rebate note" || title === "Chargeback note" ? -amount / 20n : amount;
    return {
      partner: `P-${1001 + i}`,
      name: `${FIRST[i % 9]} ${SECOND[i % 7]}`,
      title,
      channel: i % 3 === 0 ? "letter" : "email",
      language,
      currency,
      decimals,
      lines: none ? 0 : 2 + (i % 5),
      not_approved: none ? 2 : i % 12 === 7 ? 1 : 0,
      approved,
      rebate: title === "Statement" && i % 4 !== 3 ? amount / 50n : 0n,
    };
  });

const rowOf = (one: Account): StatementRow => ({
  partner: one.partner,
  name: one.name,
  title: one.title,
  channel: one.channel,
  language: one.language,
  notice: `N-${SETTLEMENT.number}-${one.partner}-1A2B3C4D`,
  lines: one.lines,
  not_approved: one.not_approved,
  approved: written(one.approved, one.decimals),
  rebate: written(one.rebate, one.decimals),
  total: written(one.approved - one.rebate, one.decimals),
  currency: one.currency,
  reason: one.not_approved > 0 ? "1 transaction is not approved and not in it" : null,
  sample: null,
});

const leftOut = (one: Account, reason: string): StatementRow => ({
  ...rowOf(one),
  title: "",
  channel: "",
  language: "",
  notice: null,
  lines: 0,
  not_approved: 0,
  approved: null,
  rebate: null,
  total: null,
  reason,
});

function totalsOf(accounts: Account[]): TotalRow[] {
  const sums = new Map<string, { decimals: number; statements: number; approved: bigint; total: bigint }>();
  for (const { currency, decimals, approved, rebate } of accounts) {
    const sum = sums.get(currency) ?? { decimals, statements: 0, approved: 0n, total: 0n };
    sums.set(currency, {
      decimals,
      statements: sum.statements + 1,
      approved: sum.approved + approved,
      total: sum.total + approved - rebate,
    });
  }
  return [...sums].sort().map(([currency, { decimals, statements, approved, total }]) => ({
    currency,
    statements,
    approved: written(approved, decimals),
    total: written(total, decimals),
  }));
}

/** FNV-1a, so that equal questions have equal roots. */
export const digest = (text: string) => {
  let hash = 0xcbf29ce484222325n;
  for (const letter of text) hash = BigInt.asUintN(64, (hash ^ BigInt(letter.codePointAt(0)!)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0").repeat(4);
};

const LIVE = "Money needs a live check of what is approved.";

/** Plans and runs over the transactions of one settlement. */
export function fakeStatements(options: { offline: () => boolean; keep: (row: BatchRow) => void }) {
  let runs = 0;

  const plan = (input: StatementInput): StatementsView => {
    if (input.case !== SETTLEMENT.id)
      throw { code: "E_NOT_APPLICABLE", message: "Nothing is settled by cases of type shipment_exception", detail: null };
    const period = input.period ?? PERIODS[0]!;
    const all = accountsOf(period);
    const asked = all.filter(({ partner }) => input.only.length === 0 || input.only.includes(partner));
    const unknown = [...Object.keys(input.exclude), ...input.only].find((id) => !asked.some(({ partner }) => partner === id));
    const why = (one: Account) =>
      input.exclude[one.partner] ?? (one.lines === 0 ? `Nothing is approved: ${one.not_approved} lines are not` : null);
    const stated = asked.filter((one) => why(one) === null);
    const excluded = asked.flatMap((one) => {
      const reason = why(one);
      return reason === null ? [] : [leftOut(one, reason)];
    });
    const rows = stated.map(rowOf);
    const bySize = [...stated].sort((a, b) => (a.approved < b.approved ? 1 : -1));
    const drawn: [Account | undefined, string][] = [
      [bySize[0], "largest"],
      [bySize.at(-1), "smallest"],
      [stated[23 % Math.max(1, stated.length)], "random"],
      [stated[71 % Math.max(1, stated.length)], "random"],
    ];
    const samples = new Map(drawn.flatMap(([one, sample]) => (one ? [[one.partner, { ...rowOf(one), sample }] as const] : [])));
    const volumes = new Map<string, number>();
    for (const { channel, language } of stated) volumes.set(`${channel} ${language}`, (volumes.get(`${channel} ${language}`) ?? 0) + 1);
    const { list, offset = 0, limit = 100, ...question } = input;
    const shown = list === "excluded" ? excluded : rows;
    const sum = (of: (one: Account) => number) => asked.reduce((total, one) => total + of(one), 0);
    return {
      case: SETTLEMENT.id,
      case_number: SETTLEMENT.number,
      subject: SETTLEMENT.subject,
      intent: `intent-${digest(JSON.stringify(question)).slice(0, 8)}`,
      root: digest(`root ${JSON.stringify(question)}`),
      periods: PERIODS,
      period,
      counts: {
        lines: sum((one) => one.lines + one.not_approved),
        approved: sum((one) => one.lines),
        partners: asked.length,
        statements: rows.length,
        excluded: excluded.length,
      },
      totals: totalsOf(stated),
      volumes: [...volumes].sort().map(([name, notices]) => ({ channel: name.split(" ")[0]!, language: name.split(" ")[1]!, notices })),
      minutes: Math.ceil(rows.length / 60),
      rows: {
        total: shown.length,
        fits: shown.length,
        outside_filter_total: asked.length - shown.length,
        offset,
        around: null,
        items: shown.slice(offset, offset + limit),
        sources: [],
        facets: [],
      },
      samples: [...samples.values()],
      blocked: unknown
        ? `${unknown} has no transactions in ${period}.`
        : rows.length === 0
          ? "There is nothing to state."
          : options.offline()
            ? LIVE
            : null,
      signatures: 2,
      effect: "Nothing leaves until 2 others sign the control total, and what is approved is read again before it does.",
      data_as_of: NOW - (options.offline() ? 11 : 4) * 60_000,
      sources: [source("community", options.offline()), source("exstream", options.offline())],
    };
  };

  return {
    plan,
    send: (input: StatementInput, intent: string, root: string): BatchRow => {
      if (options.offline())
        throw { code: "E_OFFLINE", message: "Money needs a live check: what is approved has to be read again first.", detail: null };
      const now = plan(input);
      if (now.root !== root || now.intent !== intent)
        throw {
          code: "E_HASH",
          message: `The transactions have changed: ${now.counts.statements} statements would be made now. Look at them again.`,
          detail: null,
        };
      if (now.blocked) throw { code: "E_STATE", message: now.blocked, detail: null };
      runs += 1;
      const row: BatchRow = {
        id: `batch-statements-${runs}`,
        number: `B-${digest(intent).slice(0, 8).toUpperCase()}`,
        title: `Statements of ${now.period}`,
        case: SETTLEMENT.id,
        case_number: SETTLEMENT.number,
        status: word("wait", "In review"),
        maker: "Lena Kovář",
        at: NOW,
        notices: now.counts.statements,
        rendered: 0,
        released: 0,
        delivered: 0,
        failed: 0,
        held: 0,
        review: null,
        root: null,
      };
      options.keep(row);
      return row;
    },
  };
}
