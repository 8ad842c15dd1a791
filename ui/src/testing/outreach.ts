import type { BatchLine } from "../generated/BatchLine";
import type { BatchRow } from "../generated/BatchRow";
import type { BatchView } from "../generated/BatchView";
import type { OutreachInput } from "../generated/OutreachInput";
import type { OutreachRow } from "../generated/OutreachRow";
import type { OutreachView } from "../generated/OutreachView";
import type { Page } from "../generated/Page";
import type { ReviewView } from "../generated/ReviewView";
import { NOW, at, source, word } from "./fixtures";

export const windowOf = <T>(rows: T[], offset = 0, limit = 100): Page<T> => ({
  total: rows.length,
  fits: rows.length,
  outside_filter_total: 0,
  offset,
  around: null,
  items: rows.slice(offset, offset + limit),
  sources: [],
  facets: [],
});

const PRODUCTS = [
  { product: "HZ-0400", description: "Hazelnut spread 6 × 400 g" },
  { product: "HH-0500", description: "Heather honey 8 × 500 g" },
  { product: "AC-0060", description: "Apple chips 20 × 60 g" },
  { product: "DS-0001", description: "Display stand" },
];
/** Of the order of case 48213. */
const OF_THE_CASE = ["HZ-0400", "HH-0500"];
const FIRST = [
  "Hatherby",
  "Larch",
  "Saint Orrin",
  "Mossgate",
  "Fallowfield",
  "Greyfriar",
  "Tansy",
  "Elderflower",
  "Quayside",
  "Bracken",
  "Sorrel",
  "Castellan",
  "Ivyline",
];
const SECOND = ["Stores", "& Loom", "Co-op", "Department", "Home", "Bazaar", "Row", "Mercantile", "Provisions", "Supply", "House"];
const COUNTRIES: [string, string][] = [
  ["DE", "de"],
  ["GB", "en"],
  ["FR", "fr"],
  ["NL", "nl"],
  ["AT", "de"],
];

interface Customer {
  partner: string;
  name: string;
  country: string;
  language: string;
  channel: string;
  orders: { number: string; product: string; ships: string }[];
  supersedes: string | null;
  /** Why a rule leaves them out. */
  rule: string | null;
}

/** 143 customers with one to four open orders each. */
export const CUSTOMERS: Customer[] = Array.from({ length: 143 }, (_, i) => {
  const [country, language] = COUNTRIES[(i * 7) % 5]!;
  return {
    partner: `partner:community:C${3000 + i}`,
    name: `${FIRST[i % 13]} ${SECOND[i % 11]}`,
    country,
    language,
    channel: i % 3 === 0 ? "letter" : "email",
    orders: Array.from({ length: 1 + ((i * 5) % 4) }, (_, n) => ({
      number: String(4500780000 + i * 10 + n),
      product: PRODUCTS[(i + n) % 4]!.product,
      ships: `2025-12-${String(1 + ((i + n * 3) % 28)).padStart(2, "0")}`,
    })),
    supersedes: i % 19 === 4 ? `N-${2900 + i}` : null,
    rule: i % 48 === 11 ? "No address known" : null,
  };
});

/** FNV-1a, so that equal questions have equal roots. */
export const digest = (text: string) => {
  let hash = 0xcbf29ce484222325n;
  for (const letter of text) hash = BigInt.asUintN(64, (hash ^ BigInt(letter.codePointAt(0)!)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0").repeat(4);
};

/** Plans, samples and batches over fixed orders. */
export function fakeOutreach(options: { offline: () => boolean; empty: boolean }) {
  const sent: BatchRow[] = [];
  /** Counts changes of the orders by others. */
  let orders = 1;
  const dateOf = (input: OutreachInput, product: string) => input.dates[product] ?? input.dates[""] ?? null;

  const plan = (input: OutreachInput): OutreachView => {
    const chosen = input.products.length ? input.products : OF_THE_CASE;
    const affected = CUSTOMERS.map((one) => ({
      one,
      lines: one.orders.filter(
        (order) => chosen.includes(order.product) && order.ships >= (input.from ?? "") && order.ships <= (input.to ?? "9999"),
      ),
    })).filter(({ one, lines }) => lines.length > 0 && (input.destinations.length === 0 || input.destinations.includes(one.country)));
    const why = (one: Customer) => input.exclude[one.partner] ?? one.rule;
    const row = ({ one, lines }: (typeof affected)[number], n: number, sample: string | null): OutreachRow => {
      const left = why(one);
      const products = [...new Set(lines.map((line) => line.product))];
      const dates = new Set(products.map((product) => dateOf(input, product)));
      return {
        partner: one.partner,
        name: one.name,
        country: one.country,
        channel: left ? "" : one.channel,
        language: one.language,
        notice: left ? null : `N-${4000 + n}`,
        supersedes: left ? null : one.supersedes,
        orders: [...new Set(lines.map((line) => line.number))],
        products,
        date: dates.size === 1 ? ([...dates][0] ?? null) : null,
        reason: left ?? `Ships ${lines[0]!.ships}`,
        sample,
      };
    };
    const recipients = affected.filter(({ one }) => why(one) === null).map((each, n) => row(each, n, null));
    const excluded = affected.filter(({ one }) => why(one) !== null).map((each, n) => row(each, n, null));
    const bySize = [...recipients].sort((a, b) => b.orders.length - a.orders.length);
    const drawn: [OutreachRow | undefined, string][] = [
      [bySize[0], "largest"],
      [bySize.at(-1), "smallest"],
      [recipients[31 % Math.max(1, recipients.length)], "random"],
      [recipients[77 % Math.max(1, recipients.length)], "random"],
    ];
    const samples = [...new Map(drawn.flatMap(([one, sample]) => (one ? [[one.partner, { ...one, sample }] as const] : []))).values()];
    const volumes = new Map<string, number>();
    for (const one of recipients) volumes.set(`${one.channel} ${one.language}`, (volumes.get(`${one.channel} ${one.language}`) ?? 0) + 1);
    const regulated = input.template === "DIS-02";
    const undated = chosen.find((product) => dateOf(input, product) === null);
    const { list: _list, offset: _offset, limit: _limit, ...asked } = input;
    return {
      case: input.case,
      case_number: input.case.split(":").at(-1)!,
      partner: "Bramblewick",
      intent: `intent-${digest(JSON.stringify(asked)).slice(0, 8)}`,
      root: digest(`${orders} ${JSON.stringify(asked)}`),
      products: [...PRODUCTS]
        .map((one) => ({
          ...one,
          lines: CUSTOMERS.flatMap((customer) => customer.orders).filter((order) => order.product === one.product).length,
          chosen: chosen.includes(one.product),
        }))
        .sort((a, b) => Number(b.chosen) - Number(a.chosen)),
      templates: [
        {
          id: "DIS-01",
          version: "3",
          title: "Supply disruption",
          reason: "Shipment exception",
          regulated: false,
          playbook: "outreach",
          channels: ["letter", "email"],
          hidden: null,
        },
        {
          id: "DIS-02",
          version: "1",
          title: "Safety-related disruption",
          reason: "Recall",
          regulated: true,
          playbook: "outreach",
          channels: ["letter"],
          hidden: null,
        },
      ],
      template: input.template ?? "DIS-01",
      counts: {
        orders: affected.reduce((sum, { lines }) => sum + new Set(lines.map((line) => line.number)).size, 0),
        lines: affected.reduce((sum, { lines }) => sum + lines.length, 0),
        customers: affected.length,
        notices: recipients.length,
        superseding: recipients.filter((one) => one.supersedes).length,
        excluded: excluded.length,
      },
      volumes: [...volumes].sort().map(([name, notices]) => ({ channel: name.split(" ")[0]!, language: name.split(" ")[1]!, notices })),
      minutes: Math.ceil(recipients.length / 40),
      rows: windowOf(input.list === "excluded" ? excluded : recipients, input.offset, input.limit),
      samples,
      blocked:
        recipients.length === 0
          ? "Nobody is affected."
          : undated !== undefined && !input.alternatives && !input.service_update
            ? "There is nothing to tell yet: give a revised date, alternatives or a service update."
            : options.offline()
              ? "The orders have to be read again before customers are told."
              : null,
      signatures: regulated ? 2 : 0,
      effect: regulated
        ? "Nothing reaches a customer until two reviewers have signed exactly these notices."
        : `${recipients.length} customers get one notice each; the case says who was told.`,
      data_as_of: NOW - (options.offline() ? 11 : 4) * 60_000,
      sources: [source("documents", options.offline())],
    };
  };

  const batches = (): BatchRow[] => (options.empty ? sent : [...sent, ...BATCHES]);
  return {
    plan,
    /** Somebody else changes an order. */
    change: () => void (orders += 1),
    send: (input: OutreachInput, intent: string, root: string): BatchRow => {
      if (options.offline())
        throw {
          code: "E_OFFLINE",
          message: "The orders have to be read again before customers are told. What you entered is kept.",
          detail: null,
        };
      const now = plan(input);
      if (now.root !== root || now.intent !== intent)
        throw {
          code: "E_HASH",
          message: "Nothing was sent: the orders changed since this was shown",
          detail: "The recipients were looked up again. Look and send once more.",
        };
      if (now.blocked) throw { code: "E_INPUT", message: now.blocked, detail: null };
      const row: BatchRow = {
        ...BATCHES[0]!,
        id: `batch-${sent.length + 9}`,
        number: `B-${digest(intent).slice(0, 8).toUpperCase()}`,
        status: now.signatures ? word("wait", "In review") : word("run", "Releasing"),
        at: NOW,
        notices: now.counts.notices,
        rendered: 0,
        released: 0,
        delivered: 0,
        failed: 0,
        held: 0,
        review: null,
        root: null,
      };
      sent.unshift(row);
      return row;
    },
    /** A batch made elsewhere. */
    keep: (row: BatchRow) => void sent.unshift(row),
    list: batches,
    view: (id: string, only?: string, offset?: number, limit?: number): BatchView => {
      const row = batches().find((one) => one.id === id);
      if (!row) throw { code: "E_NOT_FOUND", message: "This batch is not known here", detail: null };
      const lines = linesOf(row);
      return {
        row,
        rows: windowOf(only ? lines.filter((line) => line.status.state === only) : lines, offset, limit),
        retry:
          row.held > 0
            ? `${row.held} notices are held before release; they are checked again and go out where nothing is against it.`
            : null,
      };
    },
  };
}

/** A review of the first batch: five samples, the last of them not attached, and whom a rule or a person left out. */
export function batchReview(of: ReviewView, leftOut = 3): ReviewView {
  const [row] = BATCHES as [BatchRow];
  const why = ["largest", "smallest", "random", "random", "random"];
  return {
    ...of,
    row: { ...of.row, id: row.review!, notice: row.number, notice_number: row.number, title: `${row.number}, ${row.notices} notices` },
    version: "1",
    template: "DIS-02 release 1",
    hash: row.root!,
    blocks: [{ number: null, kind: "heading", runs: [{ op: "equal", text: `${row.number}, ${row.notices} notices`, change: null }] }],
    previous: null,
    data_changes: [],
    field_count: 0,
    comments: [],
    covers: `Your signature covers all ${row.notices} notices of ${row.number} and who was left out. Any change makes it invalid. You will be asked for your PIN.`,
    batch: {
      number: row.number,
      notices: row.notices,
      samples: why.map((one, n) => ({
        notice: `N-48204-C-000${n + 1}-1A2B3C4D`,
        name: CUSTOMERS[n * 9]!.name,
        why: one,
        attachment: n === 4 ? null : `attachment:community:${900 + n}`,
        sha256: of.proof.sha256,
      })),
      volumes: [
        { channel: "email", language: "de", notices: 58 },
        { channel: "email", language: "en", notices: 37 },
        { channel: "letter", language: "de", notices: 31 },
        { channel: "letter", language: "fr", notices: 17 },
      ],
      left_out: Array.from({ length: leftOut }, (_, n) => ({
        partner: `partner:community:C${4000 + n}`,
        name: `${FIRST[n % 13]} ${SECOND[(n + 4) % 11]}`,
        reason: n % 3 === 1 ? "Told by phone on 19 November; asked for no letter" : "No address known",
        by: n % 3 === 1 ? "Lena Kovář" : null,
      })),
      totals: [],
      problem: null,
    },
  };
}

export const BATCHES: BatchRow[] = [
  {
    id: "batch-1",
    number: "B-1A2B3C4D",
    title: "Hazelnut spread comes late",
    case: "case:community:48213",
    case_number: "48213",
    status: word("late", "Partial"),
    maker: "Lena Kovář",
    at: at("13:40"),
    notices: 143,
    rendered: 131,
    released: 120,
    delivered: 96,
    failed: 5,
    held: 8,
    review: "review:1",
    root: "7c41e09b2f6d88a17c41e09b2f6d88a17c41e09b2f6d88a17c41e09b2f6d88a1",
  },
  {
    id: "batch-2",
    number: "B-77E0F112",
    title: "Vessel re-routed",
    case: "case:community:48204",
    case_number: "48204",
    status: word("ok", "Done"),
    maker: "Mara Tindal",
    at: at("16:10", -2),
    notices: 41,
    rendered: 41,
    released: 41,
    delivered: 41,
    failed: 0,
    held: 0,
    review: null,
    root: "51d0c2aa51d0c2aa51d0c2aa51d0c2aa51d0c2aa51d0c2aa51d0c2aa51d0c2aa",
  },
];

/** Where each notice stands, in the numbers of its row. */
function linesOf(row: BatchRow): BatchLine[] {
  const states = [
    ...Array.from({ length: row.held }, () => ["conflict", "Held", "The order was changed after the batch was made"] as const),
    ...Array.from({ length: row.failed }, () => ["fail", "Failed", "Mailbox full"] as const),
    ...Array.from({ length: Math.max(0, row.released - row.delivered - row.failed) }, () => ["run", "Released", null] as const),
    ...Array.from({ length: row.delivered }, () => ["ok", "Delivered", null] as const),
  ];
  return Array.from({ length: row.notices }, (_, n) => {
    const [tone, text, reason] = states[n] ?? (["queue", "Waiting", null] as const);
    return {
      notice: `N-${4000 + n}`,
      recipient: CUSTOMERS[n]?.name ?? `Customer ${n}`,
      status: word(tone, text),
      step: `s${1 + (n % 4)}`,
      reason,
    };
  });
}
