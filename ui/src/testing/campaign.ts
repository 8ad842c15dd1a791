import type { AnswerRow } from "../generated/AnswerRow";
import type { CampaignDocument } from "../generated/CampaignDocument";
import type { CampaignInput } from "../generated/CampaignInput";
import type { CampaignPlan } from "../generated/CampaignPlan";
import type { CampaignPlanRow } from "../generated/CampaignPlanRow";
import type { CampaignRow } from "../generated/CampaignRow";
import type { CampaignView } from "../generated/CampaignView";
import type { Done } from "../generated/Done";
import type { GetCampaign } from "../generated/GetCampaign";
import type { PlannedReminder } from "../generated/PlannedReminder";
import type { Problem } from "../generated/Problem";
import type { RecipientCounts } from "../generated/RecipientCounts";
import type { RecipientRow } from "../generated/RecipientRow";
import type { RemindInput } from "../generated/RemindInput";
import type { StatusWord } from "../generated/StatusWord";
import type { Tone } from "../generated/Tone";
import type { WaiveInput } from "../generated/WaiveInput";
import { NOW, at, source } from "./fixtures";
import { CUSTOMERS, digest, windowOf } from "./outreach";

const DAY = 86_400_000;
const refuse = (code: string, message: string): never => {
  throw { code, message, detail: null } satisfies Problem;
};

interface Partner {
  id: string;
  name: string;
  facts: Record<string, string>;
  /** Nobody there has an address without one. */
  contact: string | null;
}

const PEOPLE = ["Ada Brandt", "Noor Visser", "Hugo Lefèvre", "Imre Sándor", "Greta Olm", "Tilda Wren"];
const PLACES: [country: string, language: string, zone: string][] = [
  ["DE", "de", "Europe/Berlin"],
  ["GB", "en", "Europe/London"],
  ["FR", "fr", "Europe/Paris"],
  ["NL", "nl", "Europe/Amsterdam"],
  ["US", "en", "America/New_York"],
];

/** 140 partners, 42 of them in Germany, 28 in each other country; three of those in Germany have no address. */
const PARTNERS: Partner[] = Array.from({ length: 140 }, (_, i) => {
  const [country, language, time_zone] = PLACES[i % 10 === 9 ? 0 : i % 5]!;
  return {
    id: `P${7000 + i}`,
    name: `${CUSTOMERS[i]!.name} ${country}`,
    facts: {
      country,
      tier: "ABC"[i % 3]!,
      language,
      currency: country === "GB" ? "GBP" : country === "US" ? "USD" : "EUR",
      calendar: country === "US" ? "us" : "eu",
      time_zone,
      channel: i % 4 === 0 ? "letter" : "email",
    },
    contact: i === 10 || i === 55 || i === 99 ? null : PEOPLE[i % PEOPLE.length]!,
  };
});
const address = (name: string, partner: string) => `${name.split(" ")[0]!.toLowerCase()}@${partner.toLowerCase()}.example`;

const FACTS = [
  ["country", "Country"],
  ["tier", "Tier"],
  ["language", "Language"],
  ["currency", "Currency"],
  ["calendar", "Calendar"],
  ["time_zone", "Time zone"],
  ["channel", "Channel"],
] as const;

const SHA = {
  code: "7c41e09b2f6d88a1".repeat(4),
  codeBefore: "e07c4419b90a117e".repeat(4),
  terms: "51d0c2aa9f13b7e4".repeat(4),
  chemicals: "a91f33d07be288a1".repeat(4),
};
const LETTERS = [
  { id: "N-3140", title: "Supplier code of conduct", class: "policy", state: "released", at: at("09:10"), sha: SHA.code, regulated: false },
  {
    id: "N-3122",
    title: "Restricted chemicals notice",
    class: "compliance",
    state: "released",
    at: at("15:40", -6),
    sha: SHA.chemicals,
    regulated: true,
  },
];

const STATES: Record<Exclude<keyof RecipientCounts, "recipients">, Tone> = {
  pending: "queue",
  delivered: "wait",
  opened: "wait",
  acknowledged: "ok",
  declined: "fail",
  overdue: "late",
  unreachable: "fail",
  waived: "none",
};
type StateName = keyof typeof STATES;
const stateWord = (state: StateName): StatusWord => ({ state, tone: STATES[state], word: state[0]!.toUpperCase() + state.slice(1) });
const campaignWord = (state: string, tone: Tone, text: string): StatusWord => ({ state, tone, word: text });

const document = (version: number, sha256: string, name = "Supplier code of conduct N-3140.pdf"): CampaignDocument => ({
  name,
  class: "policy",
  version,
  sha256,
  notice: "N-3140",
  regulated: false,
});

/** Recipients in the numbers of the drawing. */
const SPREAD: [StateName, number][] = [
  ["unreachable", 3],
  ["overdue", 5],
  ["declined", 1],
  ["opened", 3],
  ["delivered", 5],
  ["pending", 1],
  ["acknowledged", 40],
  ["waived", 6],
];

const RECIPIENTS: RecipientRow[] = SPREAD.flatMap(([state, n]) => Array.from({ length: n }, () => state)).map((state, i): RecipientRow => {
  const partner = PARTNERS[i]!;
  const contact = PEOPLE[i % PEOPLE.length]!;
  const acknowledged = state === "acknowledged";
  const signed = acknowledged && i % 2 === 0;
  return {
    partner: partner.id,
    name: partner.name,
    country: partner.facts.country!,
    contact,
    status: stateWord(state),
    at: state === "pending" ? null : at("12:10", acknowledged ? -(i % 6) : -1),
    by: acknowledged || state === "declined" ? contact : null,
    text: state === "declined" ? "Section 4 does not fit our works agreement" : "",
    file_sha256: signed ? digest(partner.id) : null,
    file: signed ? `attachment:community:${900 + i}` : null,
    file_proven: signed && i % 4 === 0,
    reminders: state === "unreachable" ? 2 : state === "overdue" ? 3 : acknowledged ? 0 : 1,
    next_reminder: ["opened", "delivered", "pending"].includes(state) ? at("09:00", 2) : null,
    next_contact: state === "unreachable" && i > 0 ? `${PEOPLE[(i + 1) % PEOPLE.length]}, desk@${partner.id.toLowerCase()}.example` : null,
    reason: state === "waived" ? "Contract ends this month" : i === 9 ? "Names another document" : null,
    must_repeat: i % 9 === 4,
  };
});

const countsOf = (rows: readonly RecipientRow[]): RecipientCounts => {
  const counts = { recipients: rows.length } as RecipientCounts;
  for (const state of Object.keys(STATES) as StateName[]) counts[state] = rows.filter((row) => row.status.state === state).length;
  return counts;
};
const NOBODY = countsOf([]);

const CAMPAIGNS: CampaignRow[] = [
  {
    number: "K-1A2B3C4D",
    title: "Supplier code of conduct, version 3",
    case: "case:community:48213",
    case_number: "48213",
    status: campaignWord("active", "wait", "Active"),
    document: document(3, SHA.code),
    maker: "lena.kovar",
    maker_name: "Lena Kovář",
    at: at("12:18", -6),
    due: "2025-12-02",
    view_first: true,
    signed: true,
    counts: NOBODY,
    supersedes: "K-77E0F112",
    superseded_by: null,
    review: null,
    root: SHA.chemicals,
    action: "action-21",
  },
  {
    number: "K-5D06B7A1",
    title: "Restricted chemicals notice, version 1",
    case: "case:community:48204",
    case_number: "48204",
    status: campaignWord("draft", "wait", "Waits for signatures"),
    document: {
      ...document(1, SHA.chemicals, "Restricted chemicals notice N-3122.pdf"),
      class: "compliance",
      notice: "N-3122",
      regulated: true,
    },
    maker: "mara.tindal",
    maker_name: "Mara Tindal",
    at: at("10:02", -8),
    due: "2026-01-15",
    view_first: true,
    signed: false,
    counts: { ...NOBODY, recipients: 118, pending: 118 },
    supersedes: null,
    superseded_by: null,
    review: "review:1",
    root: SHA.terms,
    action: null,
  },
  {
    number: "K-77E0F112",
    title: "Supplier code of conduct, version 2",
    case: "case:community:48213",
    case_number: "48213",
    status: campaignWord("superseded", "none", "Superseded"),
    document: document(2, SHA.codeBefore),
    maker: "lena.kovar",
    maker_name: "Lena Kovář",
    at: at("09:00", -70),
    due: "2025-10-15",
    view_first: false,
    signed: false,
    counts: { ...NOBODY, recipients: 61, acknowledged: 55, overdue: 4, waived: 2 },
    supersedes: null,
    superseded_by: "K-1A2B3C4D",
    review: null,
    root: SHA.codeBefore,
    action: "action-3",
  },
];

const answer = (row: RecipientRow, state: string, more: Partial<AnswerRow>): AnswerRow => ({
  partner: row.partner,
  name: row.name,
  by: row.contact,
  at: at("11:40"),
  state,
  text: "",
  sha256: SHA.code,
  reason: "",
  ...more,
});

const civil = (ms: number) => new Date(ms).toISOString().slice(0, 10);

function plannedReminders(every: number, before: number, due: string): PlannedReminder[] {
  const end = Date.parse(`${due}T00:00:00Z`);
  const days = new Map<string, string>();
  for (let day = NOW + every * DAY; every > 0 && day < end; day += every * DAY) days.set(civil(day), "every");
  if (before > 0 && end - before * DAY > NOW) days.set(civil(end - before * DAY), "before_due");
  return [...days].sort().map(([day, why], index) => ({ number: index + 1, day, why }));
}

/** Plans and campaigns over fixed partners. */
export function fakeCampaigns(options: { offline: () => boolean; empty: boolean }) {
  let recipients = RECIPIENTS;
  let campaigns = options.empty ? [] : CAMPAIGNS;

  const plan = (input: CampaignInput): CampaignPlan => {
    const facts = Object.entries(input.segment).filter(([, values]) => values.length > 0);
    const fits = (one: Partner) =>
      (facts.length > 0 && facts.every(([fact, values]) => values.includes(one.facts[fact]!))) || input.partners.includes(one.id);
    const stranger = input.partners.find((id) => !PARTNERS.some((one) => one.id === id));
    if (stranger) refuse("E_FIELD", `There is no partner ${stranger}.`);
    const selected = PARTNERS.filter(fits).sort((a, b) => (a.name < b.name ? -1 : 1));
    const lost = Object.keys(input.exclude).find((id) => !selected.some((one) => one.id === id));
    if (lost) refuse("E_FIELD", `${lost} is not among the partners selected.`);
    const repeats = (one: Partner) => input.supersedes !== undefined && RECIPIENTS.some((row) => row.partner === one.id && row.must_repeat);
    const row = (one: Partner): CampaignPlanRow => ({
      partner: one.id,
      name: one.name,
      country: one.facts.country!,
      tier: one.facts.tier!,
      language: one.facts.language!,
      contact: one.contact ?? "",
      address: one.contact ? address(one.contact, one.id) : "",
      time_zone: one.facts.time_zone!,
      reason:
        input.exclude[one.id] ??
        (one.contact === null
          ? "Nobody there has an e-mail address"
          : repeats(one)
            ? "Acknowledged the version before and has to repeat it"
            : input.partners.includes(one.id)
              ? "Named by a person"
              : "Of the segment"),
      must_repeat: repeats(one),
    });
    const asked = selected.filter((one) => !(one.id in input.exclude));
    const lists: Record<string, CampaignPlanRow[]> = {
      recipients: asked.filter((one) => one.contact).map(row),
      blocking: asked.filter((one) => one.contact === null).map(row),
      excluded: selected.filter((one) => one.id in input.exclude).map(row),
      must_repeat: asked.filter(repeats).map(row),
    };
    const letter = LETTERS.find(({ id }) => id === input.document);
    const version = 1 + (CAMPAIGNS.find(({ number }) => number === input.supersedes)?.document.version ?? 0);
    const found: CampaignDocument | null = letter
      ? {
          name: `${letter.title} ${letter.id}.pdf`,
          class: letter.class,
          version,
          sha256: letter.sha,
          notice: letter.id,
          regulated: letter.regulated,
        }
      : input.file
        ? { name: input.file.name, class: "policy", version, sha256: digest(input.file.base64), notice: null, regulated: true }
        : null;
    const every = input.remind_every_days ?? 3;
    const before = input.remind_before_due_days ?? 2;
    const complete = found !== null && input.due !== "";
    const { list: _list, offset: _offset, limit: _limit, ...terms } = input;
    const blocking = lists.blocking!;
    const blocked: [string, string | null] | null = !found
      ? ["Choose the document that is to be acknowledged.", "document"]
      : input.due === ""
        ? ["Say until when it is to be acknowledged.", "due"]
        : input.due <= civil(NOW)
          ? [`${input.due} leaves nobody a day to acknowledge.`, "due"]
          : blocking.length > 0
            ? [
                `${blocking.length} cannot be asked, for nobody there has an e-mail address: ${blocking.map((one) => `${one.name} (${one.partner})`).join(", ")}. Leave them out with a reason, or add a contact.`,
                "exclude",
              ]
            : lists.recipients!.length === 0
              ? ["There is nobody to ask.", null]
              : options.offline()
                ? ["The recipients have to be read again before they are asked.", null]
                : null;
    const n = lists.recipients!.length;
    const kinds = new Map<string, number>();
    for (const one of lists.recipients!) {
      const kind = `${one.country} ${one.tier} ${one.language}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return {
      case: input.case,
      case_number: input.case.split(":").at(-1)!,
      intent: `intent-${digest(JSON.stringify(terms)).slice(0, 8)}`,
      root: complete ? digest(JSON.stringify([terms, lists.recipients])) : "",
      documents: LETTERS.map(({ sha: _sha, regulated: _regulated, ...one }) => ({ ...one, chosen: one.id === input.document })),
      document: found,
      facts: FACTS.map(([name, title]) => {
        const values = [...new Set(PARTNERS.map((one) => one.facts[name]!))].sort();
        return {
          name,
          title,
          values: values.map((value) => ({
            value,
            partners: PARTNERS.filter((one) => one.facts[name] === value).length,
            chosen: input.segment[name]?.includes(value) ?? false,
          })),
        };
      }),
      supersedable: options.empty
        ? []
        : CAMPAIGNS.filter(({ case: id, superseded_by }) => id === input.case && superseded_by === null).map((one) => ({
            number: one.number,
            title: one.title,
            version: one.document.version,
            chosen: one.number === input.supersedes,
          })),
      counts: {
        partners: selected.length,
        recipients: n,
        blocking: blocking.length,
        excluded: lists.excluded!.length,
        must_repeat: lists.must_repeat!.length,
      },
      volumes: [...kinds].sort().map(([kind, count]) => {
        const [country = "", tier = "", language = ""] = kind.split(" ");
        return { country, tier, language, recipients: count };
      }),
      rows: windowOf(lists[input.list ?? "recipients"] ?? [], input.offset, input.limit),
      reminders: complete ? plannedReminders(every, before, input.due) : [],
      remind_every_days: every,
      remind_before_due_days: before,
      blocked: blocked?.[0] ?? null,
      blocked_field: blocked?.[1] ?? null,
      signatures: found?.regulated ? 2 : 0,
      effect: found?.regulated
        ? `Nobody is asked until 2 others sign the manifest of all ${n} recipients.`
        : `${n} partners are asked at once.`,
      data_as_of: NOW - (options.offline() ? 11 : 4) * 60_000,
      sources: [source("community", options.offline()), source("exstream", options.offline())],
    };
  };

  const rowOf = (row: CampaignRow): CampaignRow => (row.number === CAMPAIGNS[0]!.number ? { ...row, counts: countsOf(recipients) } : row);
  const find = (number: string): CampaignRow =>
    campaigns.find((row) => row.number === number) ?? refuse("E_NOT_FOUND", `There is no campaign ${number}.`);

  return {
    plan,
    launch: (input: CampaignInput, root: string): CampaignRow => {
      if (options.offline()) refuse("E_OFFLINE", "The recipients have to be read again before they are asked. What you entered is kept.");
      const now = plan(input);
      if (now.blocked) refuse("E_FIELD", now.blocked);
      if (now.root !== root) refuse("E_HASH", "Nothing was launched: what would be asked, or of whom, has changed.");
      const row: CampaignRow = {
        ...CAMPAIGNS[0]!,
        number: `K-${digest(now.intent).slice(0, 8).toUpperCase()}`,
        title: `${now.document!.name}, version ${now.document!.version}`,
        case: now.case,
        case_number: now.case_number,
        status: now.signatures ? campaignWord("draft", "wait", "Waits for signatures") : campaignWord("issuing", "run", "Going out"),
        document: now.document!,
        at: NOW,
        due: input.due,
        view_first: input.view_first,
        signed: input.signed,
        counts: { ...NOBODY, recipients: now.counts.recipients, pending: now.counts.recipients },
        supersedes: input.supersedes ?? null,
        root,
      };
      campaigns = [row, ...campaigns];
      return row;
    },
    list: (): CampaignRow[] => campaigns.map(rowOf),
    view: ({ id, only, offset, limit }: GetCampaign): CampaignView => {
      const row = rowOf(find(id));
      const first = row.number === CAMPAIGNS[0]!.number;
      const rows = first ? recipients : [];
      const repeat = (one: RecipientRow) => one.must_repeat && one.status.state !== "acknowledged";
      const questions = first
        ? [
            answer(rows[10]!, "question", { text: "Does section 4 hold for our subcontractors, too?" }),
            answer(rows[8]!, "declined", { text: rows[8]!.text, at: at("10:05") }),
          ]
        : [];
      const wanted = rows
        .filter((one) =>
          !only
            ? true
            : only === "must_repeat"
              ? repeat(one)
              : only === "questions"
                ? questions.some(({ partner, state }) => partner === one.partner && state === "question")
                : one.status.state === only,
        )
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const { acknowledged } = row.counts;
      const running = row.status.state === "active";
      return {
        row,
        rows: windowOf(wanted, offset, limit),
        must_repeat: rows.filter(repeat).length,
        reminders: first
          ? [
              { at: at("09:00"), recipients: 10, by: "By plan" },
              { at: at("09:00", -3), recipients: 22, by: "By plan" },
              { at: at("15:20", -4), recipients: 1, by: "Mara Tindal" },
            ]
          : [],
        next_reminder: first && running ? at("09:00", 2) : null,
        next_reminder_recipients: first && running ? 9 : 0,
        remind_every_days: 3,
        remind_before_due_days: 2,
        quarantined: first
          ? [answer(rows[9]!, "accepted", { sha256: SHA.codeBefore, reason: "Names another document", at: at("13:02") })]
          : [],
        questions,
        left_out: first
          ? [{ partner: "P7130", name: "Quayside Provisions", reason: "Told by phone; the contract ends in December", by: "Lena Kovář" }]
          : [],
        progress: first
          ? [0.1, 0.42, 0.42, 0.55, 0.8, 1].map((share, day) => ({
              day: civil(at("12:00", day - 5)),
              acknowledged: Math.round(share * acknowledged),
            }))
          : [],
        evidence: { files: first ? 20 : 0, proven: first ? 17 : 0, pack_sha256: null, pack: null },
        close_blocked: !running
          ? `${row.number} is ${row.status.state}.`
          : options.offline()
            ? "What was answered has to be read once more before the campaign is closed."
            : null,
        close_effect: `The campaign ends with ${acknowledged} of ${row.counts.recipients} acknowledged and 9 not answered; its evidence is put on the case.`,
        sources: [source("community", options.offline())],
      };
    },
    waive: ({ campaign, partners, reason }: WaiveInput): Done => {
      find(campaign);
      if (reason.length > 500) refuse("E_FIELD", "A reason may have 500 characters at most.");
      recipients = recipients.map((row) =>
        partners.includes(row.partner) ? { ...row, status: stateWord("waived"), reason, at: NOW, next_reminder: null } : row,
      );
      return { text: `${partners.length} waived`, undo_step: null };
    },
    remind: ({ campaign, partners }: RemindInput): Done => {
      find(campaign);
      const n = partners.length || recipients.filter(({ status }) => !/^(acknowledged|declined|waived)$/.test(status.state)).length;
      return { text: `${n} reminded`, undo_step: null };
    },
    close: (id: string): Done => {
      const row = find(id);
      campaigns = campaigns.map((one) => (one === row ? { ...row, status: campaignWord("closed", "ok", "Closed") } : one));
      return { text: `${id} is closed`, undo_step: null };
    },
  };
}
