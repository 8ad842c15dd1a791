import type { CaseRow } from "../generated/CaseRow";
import type { CaseView } from "../generated/CaseView";
import type { ComposerView } from "../generated/ComposerView";
import type { DocumentRow } from "../generated/DocumentRow";
import type { ExceptionRow } from "../generated/ExceptionRow";
import type { FieldRow } from "../generated/FieldRow";
import type { NoticePreview } from "../generated/NoticePreview";
import type { OutboxGroup } from "../generated/OutboxGroup";
import type { OutboxRow } from "../generated/OutboxRow";
import type { Owner } from "../generated/Owner";
import type { Person } from "../generated/Person";
import type { PlanRow } from "../generated/PlanRow";
import type { PlanView } from "../generated/PlanView";
import type { RedlineBlock } from "../generated/RedlineBlock";
import type { RedlineRun } from "../generated/RedlineRun";
import type { ReviewRow } from "../generated/ReviewRow";
import type { ReviewView } from "../generated/ReviewView";
import type { SourceAge } from "../generated/SourceAge";
import type { Status } from "../generated/Status";
import type { StatusWord } from "../generated/StatusWord";
import type { StepView } from "../generated/StepView";
import type { SystemName } from "../generated/SystemName";
import type { Tone } from "../generated/Tone";
import type { TimelineEntry } from "../generated/TimelineEntry";

/** The day of the drawings: 20 November 2025, 13:32 UTC. */
export const NOW = Date.UTC(2025, 10, 20, 13, 32, 0);
export const ZONE = "Europe/Amsterdam";
const MIN = 60_000;
const HOUR = 60 * MIN;
const DAY = 24 * HOUR;
/** A time of that day in the desk's zone. */
export const at = (clock: string, days = 0) => {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return Date.UTC(2025, 10, 20 + days, hours - 1, minutes);
};
export const word = (tone: Tone, text: string): StatusWord => ({ tone, state: text.toLowerCase().replace(/\W+/g, "_"), word: text });

const AGES: Record<SystemName, number> = { community: 12, documents: 9, exstream: 21, workflow: 14, workspaces: 240, tracker: 40, console: 0 };
export const source = (system: SystemName, offline = false): SourceAge => ({
  system,
  fetched_at: NOW - (offline ? 11 * MIN : 0) - (AGES[system] ?? 0) * 1000,
  stale: offline || system === "workspaces",
  problem: null,
});

export const PERSONS: Person[] = [
  { id: "lena.kovar", name: "Lena Kovář", initials: "LK", roles: ["agent"], title: "Agent, tier 2" },
  { id: "priya.nandakumar", name: "Priya Nandakumar", initials: "PN", roles: ["reviewer"], title: "Reviewer" },
  { id: "tomas.adeyemi", name: "Tomas Adeyemi", initials: "TA", roles: ["reviewer"], title: "Reviewer" },
  { id: "mara.tindal", name: "Mara Tindal", initials: "MT", roles: ["lead"], title: "Team lead" },
];
const owner = (initials: string): Owner | null => {
  const person = PERSONS.find((one) => one.initials === initials);
  return person ? { id: person.id, name: person.name, initials, me: initials === "LK" } : null;
};

const SYSTEMS: [SystemName, string][] = [["community", "Community"], ["documents", "Documents"], ["exstream", "Exstream"], ["workflow", "Workflow"], ["workspaces", "Workspaces"], ["tracker", "Tracker"]];

export function status(offline = false): Status {
  return {
    sync: offline ? "offline" : "online",
    offline_since: offline ? at("14:21") : null,
    offline_by_choice: offline,
    now: NOW,
    zone: ZONE,
    zone_short: "CET",
    zone_offset_minutes: 60,
    systems: SYSTEMS.map(([system, title]) => ({
      system,
      title,
      tone: offline ? "stale" : system === "workspaces" ? "late" : "ok",
      word: offline ? "11 min old" : system === "workspaces" ? "Slow to answer" : "OK",
      last_attempt: NOW,
      last_success: source(system, offline).fetched_at,
      last_error: offline ? "Switched off" : null,
      needs_sign_in: false,
      quarantined: 0,
    })),
    outbox: { open: offline ? 14 : 12, to_decide: 2, unknown: 1, sending: 1, waiting: 6, queued: 2, confirmed_today: 148, oldest_at: NOW - 27 * MIN, paused: false },
    counts: { cases: 23, exceptions: 42, documents: 61, reviews: 5, prepared: 0 },
    policy: "9f3c",
    person: PERSONS[0]!,
    sandbox: true,
    read_only: null,
    storage: { bytes: 412_000_000, pinned_cases: 38 },
    first_sync: null,
  };
}

const caseRow = (number: string, partner: string, subject: string, tone: Tone, dueIn: number | null, who: string, unread = false, state = "running"): CaseRow => ({
  id: `case:community:${number}`,
  number,
  partner,
  partner_full: `${partner} Foods`,
  subject,
  case_type: "shipment_exception",
  status: word("run", "In progress"),
  due: { at: dueIn === null ? null : NOW + dueIn, state, tone },
  owner: owner(who),
  unread,
  pending_steps: 0,
  pinned: number === "48213",
});
const NAMES = ["Bramblewick", "Quillfeather", "Copperkettle", "Fernhollow", "Zephyrine", "Saltmarsh", "Oddfellow", "Thistledown"];
export const CASES: CaseRow[] = [
  caseRow("48213", "Bramblewick", "Short shipment, over-billed", "late", 38 * MIN, "LK", false, "late"),
  caseRow("48209", "Quillfeather", "14 ship notices rejected", "late", 52 * MIN, "LK", true, "late"),
  caseRow("48220", "Copperkettle", "Customs hold, cold chain", "wait", 72 * MIN, "", true),
  caseRow("48198", "Fernhollow", "No order ack since Tuesday", "wait", 107 * MIN, "TA"),
  caseRow("48177", "Zephyrine", "AS2 receipts fail integrity", "wait", 125 * MIN, "LK"),
  caseRow("48204", "Saltmarsh", "Vessel re-routed, 3 days late", "wait", 220 * MIN, "PN"),
  caseRow("48160", "Oddfellow", "Invoice INV-7731 sent twice", "wait", 250 * MIN, "LK"),
  caseRow("48151", "Thistledown", "Price conflict on 3 lines", "wait", 19.5 * HOUR, "", true),
  caseRow("48140", "Pemberlook", "Recall answer incomplete", "none", null, "MT", false, "paused"),
  { ...caseRow("48139", "Bramblewick", "Settlement of last month", "wait", 20 * HOUR, "LK"), case_type: "settlement" },
  ...Array.from({ length: 13 }, (_, n) => n + 1).map((i) => caseRow(String(48139 - i), NAMES[i % 8]!, ["Label missing on 4 pallets", "Price list not confirmed", "Ship notice late again", "Address change"][i % 4]!, "wait", (20 + i * 3) * HOUR, ["LK", "", "TA"][i % 3]!)),
];

const exception = (n: number, tone: Tone, title: string, on: string, since: number, linked = false): ExceptionRow => ({
  id: `exception:documents:${n}`,
  rule: "billed_not_shipped",
  tone,
  title,
  on,
  on_id: `document:documents:${on}`,
  partner: NAMES[n % 8]!,
  case: linked ? "case:community:48213" : null,
  since,
  state: "open",
  actions: ["acknowledge", "waive", "close"],
});
export const EXCEPTIONS: ExceptionRow[] = [
  exception(1, "fail", "Line 6 billed, not shipped", "INV-90417", at("10:34"), true),
  exception(2, "late", "Short 48 CS on line 3", "ASN-0048131", at("08:14"), true),
  exception(3, "fail", "Segment MAN missing in 14", "Quillfeather", at("13:52")),
  exception(4, "fail", "AS2 receipt: integrity failed", "Zephyrine", at("13:20")),
  exception(5, "late", "Order ack 6 h over window", "Fernhollow", at("12:00")),
  exception(6, "late", "Control number gap, 3 missing", "Saltmarsh", at("11:46")),
  exception(7, "conflict", "Duplicate invoice number", "Oddfellow", at("10:58")),
  exception(8, "late", "Price differs 3.4 %, line 2", "Thistledown", at("09:41")),
  ...Array.from({ length: 34 }, (_, i) => exception(9 + i, i % 3 ? "late" : "fail", ["No ship notice by the ship date", "Acknowledgement overdue", "Certificate expires in 6 days"][i % 3]!, NAMES[i % 8]!, NOW - (i + 10) * HOUR)),
];

const KINDS: Record<string, string> = { "850": "Order", "855": "Ack", "856": "Ship notice", "810": "Invoice" };
const doc = (code: string, number: string, partner: string, tracks: [Tone, Tone, Tone], event: number, state: StatusWord | null = null): DocumentRow => ({
  id: `document:documents:${code}-${number}`,
  code,
  kind: KINDS[code]!,
  number,
  partner,
  status: state,
  tracks: { validation: word(tracks[0], "Valid"), delivery: word(tracks[1], "Delivered"), acknowledgement: word(tracks[2], "Accepted") },
  event_at: event,
  test: false,
});
export const DOCUMENTS: DocumentRow[] = [
  doc("850", "4500771820", "Bramblewick", ["ok", "ok", "ok"], at("09:14", -8), word("ok", "Accepted")),
  doc("855", "4500771820", "Bramblewick", ["ok", "ok", "late"], at("16:40", -8), word("late", "With changes")),
  doc("856", "ASN-0048131", "Bramblewick", ["late", "ok", "ok"], at("08:12"), word("late", "Short 48 CS")),
  doc("810", "INV-90417", "Bramblewick", ["ok", "ok", "fail"], at("10:31"), word("fail", "Disputed")),
  doc("856", "ASN-661204", "Quillfeather", ["fail", "ok", "fail"], at("13:52")),
  doc("810", "INV-7731", "Oddfellow", ["ok", "ok", "conflict"], at("10:58")),
  doc("850", "4500771902", "Fernhollow", ["ok", "ok", "wait"], at("11:00", -2)),
  doc("856", "ASN-31077", "Saltmarsh", ["ok", "wait", "none"], at("11:46")),
  ...Array.from({ length: 53 }, (_, i) => doc(["850", "855", "856", "810"][i % 4]!, `${["45007", "45007", "ASN-7", "INV-8"][i % 4]}${10_000 + i * 37}`, NAMES[i % 8]!, ["ok", "ok", i % 5 ? "ok" : "wait"], NOW - (i + 3) * 5 * HOUR)),
];

const entry = (n: number, time: number | null, system: SystemName, actor: string, text: string, more: Partial<TimelineEntry> = {}): TimelineEntry => ({
  id: `event:${n}`,
  at: time,
  received_at: null,
  phase: time === null ? "planned" : "past",
  system,
  actor,
  text,
  hash: null,
  excerpt: null,
  html: null,
  visibility: null,
  status: null,
  note: null,
  note_at: null,
  target: null,
  attachments: [],
  lane: "event",
  ...more,
});
export const TIMELINE: TimelineEntry[] = [
  entry(1, null, "exstream", "", "Release notice N-3127 to Bramblewick", { status: word("queue", "Waits for 2nd signature") }),
  entry(2, at("14:18"), "workflow", "Priya Nandakumar", "claimed the second review of N-3127", { note: "due", note_at: at("15:00") }),
  entry(3, at("14:05"), "exstream", "Proof v3 rendered", "for N-3127", { hash: "7c41e09b", note: "1 of 2 signed" }),
  entry(4, at("13:58"), "tracker", "Warehouse 4", "on OPS-2291: dock count 192 CS, seal intact", { visibility: "internal", lane: "internal" }),
  entry(5, at("13:40"), "community", "Ines Okafor", "Bramblewick Foods", {
    excerpt: "We loaded 240 at our end. Can you share the dock sheet before we issue a credit?",
    visibility: "partner",
    lane: "thread",
    attachments: [{ id: "attachment:community:71", name: "loading-sheet.pdf", size: 84_200, media_type: "application/pdf", local: true }],
  }),
  entry(6, at("11:42"), "community", "You", "replied: counting again, answer by 15:10", { note: "Sent", lane: "thread" }),
  entry(7, at("10:31"), "documents", "Invoice INV-90417", "bills 144 CS of line 6, none shipped", { status: word("fail", "Disputed") }),
  entry(8, at("08:12"), "documents", "Ship notice ASN-0048131", "lists 192 of 240 CS on line 3", { received_at: at("08:14") }),
  entry(9, at("16:40", -8), "documents", "Order acknowledgement", "changed lines 4 and 5", { status: word("late", "With changes") }),
  entry(10, at("09:14", -8), "documents", "Order 4500771820", "sent, control number 000091844", { status: word("ok", "Accepted") }),
];

const file = (name: string, version: string, icon: string, shared: string, filing: StatusWord) => ({ id: `node:workspaces:${name}`, name, version, icon, shared, filing, content: `attachment:workspaces:${name}` });

export function caseView(number: string, offline = false): CaseView {
  const row = CASES.find((one) => one.number === number) ?? CASES[0]!;
  const main = number === "48213";
  return {
    id: row.id,
    number: `PC-${number}`,
    subject: main ? "Short shipment, invoice bills the full order" : row.subject,
    partner: row.partner_full,
    partner_id: "partner:community:1",
    tier: main ? "Tier A" : null,
    case_type: row.case_type,
    type_title: row.case_type === "settlement" ? "Settlement" : "Shipment exception",
    status: word("run", "In progress"),
    owner: row.owner,
    partner_zone: "Europe/London",
    pinned: row.pinned,
    unread: row.unread,
    version: "17",
    order_strip: main
      ? [
          { id: DOCUMENTS[0]!.id, title: "Order", code: "850", tone: "ok", fact: "Accepted 12 Nov 09:14", detail: "12 lines, € 71,565.60", broken_after: false },
          { id: DOCUMENTS[1]!.id, title: "Acknowledgement", code: "855", tone: "late", fact: "With changes on 2 lines", detail: "12 Nov 16:40, inside 24 h", broken_after: false },
          { id: DOCUMENTS[2]!.id, title: "Ship notice", code: "856", tone: "late", fact: "Short 48 CS, line 6 missing", detail: "20 Nov 08:12, ASN-0048131", broken_after: true },
          { id: DOCUMENTS[3]!.id, title: "Invoice", code: "810", tone: "fail", fact: "Disputed, € 8,823.20 over", detail: "20 Nov 10:31, INV-90417", broken_after: false },
        ]
      : [],
    clocks: [
      { title: "Reply to partner", state: "late", tone: "late", due_at: NOW + 38 * MIN, left_ms: 38 * MIN, read_at: NOW, open: [[NOW, NOW + 6 * HOUR]], late_ms: 48 * MIN, allowed_ms: 4 * HOUR, note: null, calendar: "London, 9 to 17" },
      { title: "Resolution", state: "running", tone: "wait", due_at: NOW + 26 * HOUR, left_ms: 26 * HOUR, read_at: NOW, open: [[NOW, NOW + 6 * HOUR]], late_ms: 9 * HOUR, allowed_ms: 2 * DAY, note: null, calendar: "London, 9 to 17" },
      { title: "Case due", state: "running", tone: "wait", due_at: NOW + 6 * DAY, left_ms: 6 * DAY, read_at: NOW, open: [[NOW, NOW + 7 * DAY]], late_ms: 2 * DAY, allowed_ms: 10 * DAY, note: null, calendar: "Around the clock, as the community states it" },
    ],
    timeline: { total: TIMELINE.length + (offline ? 1 : 0), offset: 0, entries: offline ? [TIMELINE[0]!, entry(11, at("14:27"), "community", "You", "replied: dock sheet follows today", { phase: "queued", status: word("queue", "Queued, 3rd in line"), lane: "thread" }), ...TIMELINE.slice(1)] : TIMELINE },
    thread_count: 6,
    internal_count: 4,
    lines: [
      { number: "3", item: "Hazelnut spread 6 × 400 g", ordered: { number: "3", item: "", quantity: "240", unit: "CS", price: null }, acknowledged: { number: "3", item: "", quantity: "240", unit: "CS", price: null }, shipped: { number: "3", item: "", quantity: "192", unit: "CS", price: null }, billed: { number: "3", item: "", quantity: "240", unit: "CS", price: null }, status: word("late", "Short 48"), difference: { amount: "1641.60", currency: "EUR" } },
      { number: "6", item: "Heather honey 8 × 500 g", ordered: { number: "6", item: "", quantity: "144", unit: "CS", price: null }, acknowledged: { number: "6", item: "", quantity: "144", unit: "CS", price: null }, shipped: null, billed: { number: "6", item: "", quantity: "144", unit: "CS", price: null }, status: word("fail", "Billed, not shipped"), difference: { amount: "6696.00", currency: "EUR" } },
    ],
    notices: main
      ? [
          { id: "notice:exstream:3127", number: "N-3127", title: "Shipment discrepancy and debit", version: "v3", channel: "letter", regulated: true, status: word("wait", "In review 1 of 2"), cause: null, at: at("14:05"), steps: ["done", "done", "now", "todo", "todo"], review: "review:community:1", letter: null, fallback: null, replaces: null, replaced_by: null },
          { id: "notice:exstream:3119", number: "N-3119", title: "Claim received", version: null, channel: "email", regulated: false, status: word("fail", "Bounced"), cause: "mailbox full", at: at("12:10"), steps: ["done", "done", "done", "done", "bad"], review: null, letter: null, fallback: { channel: "letter", title: "Bounced by e-mail: send as letter", command: "Retry by letter", regulated: false }, replaces: null, replaced_by: null },
          { id: "notice:exstream:3098", number: "N-3098", title: "Order change confirmed", version: null, channel: "email", regulated: false, status: word("ok", "Delivered"), cause: null, at: at("17:02", -8), steps: ["done", "done", "done", "done", "done"], review: null, letter: "attachment:exstream:3098", fallback: null, replaces: null, replaced_by: null },
        ]
      : [],
    tasks: main
      ? [
          { id: "task:workflow:1", title: "Second review of N-3127", who: "Priya Nandakumar", due_at: at("15:00"), status: word("wait", "Claimed"), review: "review:community:1" },
          { id: "task:workflow:2", title: "Debit of € 8,823.20", who: "Settlement desk", due_at: at("12:00", 1), status: word("wait", "Asked"), review: null },
          { id: "task:workflow:3", title: "Count dock 4 again", who: "Warehouse 4, OPS-2291", due_at: null, status: word("ok", "Done"), review: null },
        ]
      : [],
    tickets: main ? [{ id: "ticket:tracker:2291", number: "OPS-2291", title: "Count dock 4 again", status: word("ok", "Done"), at: at("13:58") }] : [],
    workspace: main
      ? {
          id: "workspace:workspaces:1",
          path: "Orders / Bramblewick / 4500771820",
          score: "0.97",
          problem: null,
          files: [
            file("Order 4500771820", "v1", "document", "on", word("ok", "Verified")),
            file("Ship notice ASN-0048131", "v1", "document", "on", word("ok", "Verified")),
            file("Invoice INV-90417", "v2", "document", "on", word("conflict", "Stale")),
            file("Dock count 20 Nov", "v2", "table", "off", word("ok", "Verified")),
            file("Notice N-3127", "v3", "notice", "not_allowed", word("queue", "Waiting")),
            file("Pallet 7 photo", "v1", "image", "off", word("queue", "Queued")),
            file("Thread to 13:40", "v1", "thread", "not_allowed", word("ok", "Verified")),
          ],
        }
      : { id: null, path: null, score: null, files: [], problem: "No workspace linked yet. File the case to choose one." },
    partner_sees: main ? "3 of 7 files. The shared invoice is version 1; version 2 arrived at 12:06." : "The thread only.",
    actions: [
      { command: "reply", playbook: null, title: "Reply", offline_class: "queue", available: true, reason: null },
      { command: "note", playbook: null, title: "Note", offline_class: "queue", available: true, reason: null },
      { command: "new_notice", playbook: "customer_notice", title: "New notice", offline_class: "prepare", available: true, reason: null },
      { command: "ticket", playbook: "case_ticket", title: "Ticket", offline_class: "queue", available: true, reason: null },
      { command: "file", playbook: "file_case", title: "File", offline_class: "queue", available: true, reason: null },
      { command: "reprocess", playbook: null, title: "Reprocess", offline_class: "refuse", available: true, reason: null },
    ],
    resolve_waits_for: "Resolve waits for 1 notice, 2 exceptions",
    loops: [],
    unclear: [],
    resolutions: [],
    close_waits_for: main ? "Close waits for an answer to N-3088, N-3104" : null,
    sources: SYSTEMS.map(([system]) => source(system, offline)),
  };
}

const field = (name: string, title: string, value: string | null, src: string, system: SystemName | null, read: number | null, more: Partial<FieldRow> = {}): FieldRow => ({
  name, title, value, source: src, system, read_at: read, old: false, confirmed: false, edited: false, required: true, missing: false, input: "text", choices: [], ...more,
});
export const FIELDS: FieldRow[] = [
  field("partner_name", "Partner name", "Bramblewick Foods Ltd", "Community", "community", NOW - 12_000),
  field("partner_id", "Partner id", "GC4471203", "Community", "community", NOW - 12_000),
  field("order", "Order", "4500771820", "Order 850", "documents", null),
  field("ship_notice", "Ship notice", "ASN-0048131", "Ship notice 856", "documents", null),
  field("invoice", "Invoice", "INV-90417", "Invoice 810", "documents", null),
  field("short_lines", "Short lines", "Line 3, 48 CS, € 1,641.60", "Reconcile", "console", NOW - 4 * MIN),
  field("missing_lines", "Missing lines", "Line 6, 144 CS, € 6,696.00", "Reconcile", "console", NOW - 4 * MIN),
  field("amount_held", "Amount held", "€ 8,823.20", "Reconcile", "console", NOW - 4 * MIN, { input: "money" }),
  field("dock_count", "Dock count", "192 CS, seal intact", "OPS-2291", "tracker", NOW - 5 * MIN),
  field("clause", "Contract clause", "7.3 Quantity", "Supply agreement", "workspaces", NOW - 31 * HOUR, { old: true }),
  field("answer_by", "Answer by", "27 November 2025", "Rule, 5 working days", "workflow", null, { input: "date" }),
  field("next_step", "Next step", "Send a credit note, or proof that the goods were loaded.", "You", null, NOW - MIN, { edited: true, input: "multiline" }),
  field("loading_ref", "Loading reference", null, "", null, null, { required: false }),
];

export const planRow = (number: number | null, title: string, system: SystemName, effect: string, outside: boolean, offline: string, cls: PlanRow["offline_class"]): PlanRow => ({
  id: `step:${number ?? title}`, number, title, system, operation: title.toLowerCase().replace(/\W+/g, "_"), effect, outside, status: word("queue", "Planned"), waits_on: [], offline_class: cls, offline_note: offline, optional: false,
});
export const PLAN: PlanView = {
  action_id: null,
  intent: "intent-1",
  playbook: "regulated_letter",
  title: "Regulated letter",
  rows: [
    planRow(1, "Render proof", "exstream", "No outside effect", false, "Offline: queues", "queue"),
    planRow(null, "Review gate", "console", "2 of 3 reviewers, not the maker", false, "Offline: prepare only", "prepare"),
    planRow(2, "Release letter", "exstream", "Leaves the company", true, "Offline: prepare only", "prepare"),
    planRow(3, "Post to case", "community", "Internal note", false, "Offline: queues after 2", "queue"),
    planRow(4, "File letter and evidence", "workspaces", "Order 4500771820", false, "Offline: queues after 2", "queue"),
  ],
  rule: "Template rule SDN-04, policy 9f3c",
};

export function preview(fields: Record<string, string>, confirmed: string[], proof: NoticePreview["proof"]): NoticePreview {
  const rows = FIELDS.map((row) => {
    const own = fields[row.name];
    const edited = own !== undefined ? { ...row, value: own || null, source: "You", system: null, read_at: NOW, edited: true } : row;
    return { ...edited, confirmed: confirmed.includes(row.name), missing: row.required && !edited.value };
  });
  const missing = rows.filter((row) => row.missing);
  const old = rows.filter((row) => row.old && !row.confirmed && !row.edited);
  return {
    notice: "N-3127",
    fields: rows,
    checks: [
      missing.length ? word("fail", `${missing.length} required missing`) : word("ok", "Required fields filled"),
      word("ok", "No bank or tax number found"),
      old.length ? word("late", `${old.length} old value to confirm`) : word("ok", "Old values confirmed"),
    ],
    plan: PLAN,
    proof: missing.length ? null : proof,
    hash: missing.length ? null : "7c41e09b2f6d88a1b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d003be",
    problem: missing.length ? { code: "E_FIELD", message: `No proof: ${missing.map((row) => row.title).join(", ")} missing`, detail: "Fill the marked fields." } : null,
    blocked: missing.length ? `${missing[0]!.title} is missing` : old.length ? `Confirm ${old[0]!.title}, 31 h old` : null,
    submit_title: "Send to review",
    leaves: { at: NOW, held: false, local: "14:12 in London", zone: "Europe/London", text: "Leaves at once, 14:12 in London", undo_seconds: 10 },
    effect: "Nothing reaches Bramblewick until two reviewers sign exactly this content.",
  };
}

export const composer = (proof: NoticePreview["proof"]): ComposerView => ({
  case: "case:community:48213",
  case_number: "PC-48213",
  partner: "Bramblewick Foods",
  templates: [
    { id: "SDN-04", version: "release 7", title: "Shipment discrepancy and debit", reason: "Short and over-billed on one order", regulated: true, playbook: "regulated_letter", channels: ["letter", "email", "statement_insert"], hidden: null },
    { id: "SDN-02", version: "release 3", title: "Shipment discrepancy", reason: "Same finding when nothing is billed", regulated: false, playbook: "customer_notice", channels: ["letter", "email"], hidden: null },
    { id: "RPL-01", version: "release 5", title: "Request for proof of loading", reason: "Partner disputes the count", regulated: false, playbook: "customer_notice", channels: ["email"], hidden: null },
    { id: "SDN-04-DE", version: "release 7", title: "Lieferabweichung und Belastung", reason: "Short and over-billed on one order", regulated: true, playbook: "regulated_letter", channels: ["letter"], hidden: "other language" },
  ],
  recipient: { company: "Bramblewick Foods Ltd", person: "Ines Okafor, receivables", language: "English (UK)", zone: "Europe/London", checked_at: NOW - 3 * DAY },
  draft: null,
  preview: preview({}, [], proof),
  maker: "Lena Kovář",
  sources: [source("community")],
});

const outRow = (id: string, number: number | null, effect: string, system: SystemName, state: StatusWord, since: number | null, more: Partial<OutboxRow> = {}): OutboxRow => ({
  id, number, effect, system, operation: "update_case", status: state, status_at: null, waits_on: [], holds: 0, since: since === null ? null : NOW - since, attempt: 1, actions: ["cancel"], ...more,
});
const group = (n: number, partner: string, number: string, title: string, done: number, total: number, rows: OutboxRow[]): OutboxGroup => ({
  action_id: `action-${n}`, intent: `intent-${n}`, partner, case: `case:community:${number}`, case_number: `PC-${number}`, title, done, total, rows,
});
export const OUTBOX: OutboxGroup[] = [
  group(1, "Oddfellow Hardware", "48160", "Resolve", 1, 3, [
    outRow("s1", 1, "Letter N-3114 released", "exstream", word("ok", "Confirmed"), null, { status_at: at("14:20"), actions: [] }),
    outRow("s2", 2, "Set case 48160 to Resolved", "community", word("conflict", "Changed on both sides"), 5 * MIN, { holds: 1, actions: ["resolve", "cancel"] }),
    outRow("s3", 3, "Close issue OPS-2275", "tracker", word("queue", "Waits for step 2"), 5 * MIN, { waits_on: [2] }),
  ]),
  group(2, "Umberfield Garden", "48119", "Notice N-3120", 2, 4, [
    outRow("s4", 1, "Proof rendered", "exstream", word("ok", "Confirmed"), null, { status_at: at("14:24"), actions: [] }),
    outRow("g5", null, "Release not regulated, gate passed", "console", word("ok", "Confirmed"), null, { status_at: at("14:24"), actions: [] }),
    outRow("s6", 2, "Letter to Umberfield not sent", "exstream", word("fail", "Address refused"), 6 * MIN, { holds: 1, actions: ["retry", "cancel"] }),
    outRow("s7", 3, "File letter to workspace", "workspaces", word("queue", "Waits for step 2"), 6 * MIN, { waits_on: [2] }),
  ]),
  group(3, "Saltmarsh Seafoods", "48204", "Reply and file", 0, 2, [
    outRow("s8", 1, "Reply to Saltmarsh, 214 words", "community", word("unknown", "No answer, looking it up"), MIN, { holds: 1 }),
    outRow("s9", 2, "Mark reply in timeline", "workflow", word("queue", "Waits for step 1"), MIN, { waits_on: [1] }),
  ]),
  group(4, "Bramblewick Foods", "48213", "Notice N-3127", 1, 5, [
    outRow("s10", 1, "Proof rendered, 7c41e09b", "exstream", word("ok", "Confirmed"), null, { status_at: at("14:05"), actions: [] }),
    outRow("g11", null, "Second signature, Priya Nandakumar", "console", word("wait", "Waits for a person"), 27 * MIN, { holds: 3, actions: [] }),
    outRow("s12", 2, "Release letter to Bramblewick", "exstream", word("queue", "Waits for the gate"), 27 * MIN, { waits_on: [1] }),
    outRow("s13", 3, "Post to case thread", "community", word("queue", "Waits for step 2"), 27 * MIN, { waits_on: [2] }),
    outRow("s14", 4, "File letter and evidence", "workspaces", word("queue", "Waits for step 2"), 27 * MIN, { waits_on: [2] }),
  ]),
  group(5, "Zephyrine Glassworks", "48177", "Internal issue", 0, 1, [outRow("s15", 1, "Create issue, AS2 receipts fail", "tracker", word("run", "Sending"), 2000)]),
  group(6, "Copperkettle Dairy", "48220", "File message", 2, 4, [
    outRow("s16", 3, "Upload customs form, 4.2 MB", "workspaces", word("queue", "Queued, lane slow"), 3 * MIN),
    outRow("s17", 4, "Set customs hold on shipment", "workspaces", word("queue", "Queued"), 3 * MIN),
  ]),
];

export function stepView(id: string): StepView {
  const place = OUTBOX.find((one) => one.rows.some((row) => row.id === id)) ?? OUTBOX[0]!;
  const row = place.rows.find((one) => one.id === id) ?? place.rows[0]!;
  const conflict = id === "s2";
  return {
    row,
    title: conflict ? "Case 48160 is not resolved yet" : row.effect,
    explanation: conflict
      ? "Mara Tindal changed the same field in Community at 14:26, while your change was on its way. The letter went out and will not be sent again."
      : row.number === null ? "1 of 2 have signed this content. Lena Kovář made it and cannot sign."
      : id === "s6" ? "Exstream refuses the address: the postal code is not one of this country. Nothing was sent." : "It goes as soon as what it waits for is done.",
    case: place.case,
    level: "A",
    reason: conflict ? "conflict" : id === "s6" ? "refused" : null,
    conflict: conflict
      ? {
          base_at: at("14:02"), mine_by: "You", mine_at: at("14:25"), theirs_by: "Mara T.", theirs_at: at("14:26"),
          fields: [
            { name: "state", title: "State", base: "In progress", mine: "Resolved", theirs: "Waiting on partner", result: "Resolved", kind: "decide" },
            { name: "owner", title: "Owner", base: "Lena Kovář", mine: "Lena Kovář", theirs: "Mara Tindal", result: "Mara Tindal", kind: "decide" },
            { name: "due", title: "Due", base: "21 Nov", mine: "21 Nov", theirs: "21 Nov", result: "21 Nov", kind: "equal" },
            { name: "notice", title: "Notice", base: "none", mine: "N-3114", theirs: "none", result: "N-3114", kind: "merged" },
          ],
          note: "Notice was changed by you alone and merges by itself. Due is equal.",
        }
      : null,
    look_for: null,
    consequences: conflict
      ? [word("queue", "Case 48160 becomes Resolved, owner Mara Tindal"), word("queue", "Step 3 goes next: close OPS-2275"), word("none", "Their note “wait for credit” stays in the thread")]
      : [],
    attempts: [
      { at: at("14:25") + 41_000, text: "Sent with version 17", took_ms: 400, http_status: null },
      { at: at("14:26") + 2000, text: "Refused, case is at version 18", took_ms: null, http_status: 412 },
      { at: at("14:26") + 3000, text: "Version 18 read, fields compared", took_ms: 200, http_status: null },
    ],
    key: "a91f33d07be288a1b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d05c10",
    content_hash: "e07c4419b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d0c2aa7c41e09b",
    queued_by: "Lena Kovář",
    queued_at: at("14:25"),
    remote_ref: null,
    blocked_by: null,
    gate:
      row.number === null
        ? {
            kind: "review",
            state: "open",
            waits_for: "1 of 2 have signed this content. Lena Kovář made it and cannot sign.",
            hash: "e07c4419b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d0c2aa7c41e09b",
            needed: 2,
            signed: [{ person: { id: "tomas", name: "Tomas Lindqvist", initials: "TL", me: false }, word: "Signed", on_behalf_of: null, signed_at: at("13:40"), meaning: "Reviewed for figures" }],
            may_sign: [{ id: "priya", name: "Priya Nandakumar", initials: "PN", me: false }],
            check: null,
            review: "review:community:1",
            since: at("11:02"),
          }
        : null,
  };
}

const eq = (text: string): RedlineRun => ({ op: "equal", text, change: null });
const ins = (text: string, change: number): RedlineRun => ({ op: "insert", text, change });
const del = (text: string, change: number): RedlineRun => ({ op: "delete", text, change });
const block = (number: number | null, kind: string, ...runs: RedlineRun[]): RedlineBlock => ({ number, kind, runs });
export const BLOCKS: RedlineBlock[] = [
  block(null, "address", eq("Corvane Supply B.V.\nKanaalkade 14, 9999 ZZ Velder")),
  block(null, "address", eq("Bramblewick Foods Ltd\nAccounts receivable\n2 Orchard Row, Little Bramble BB0 0ZZ")),
  block(null, "heading", eq("Shipment discrepancy and debit, order 4500771820")),
  block(1, "paragraph", eq("Dear Ms Okafor,")),
  block(2, "paragraph", eq("We received your ship notice ASN-0048131 and your invoice INV-90417 for our order 4500771820. The quantities do not agree with our count at "), del("the warehouse", 1), eq(" "), ins("dock 4 on 20 November 2025", 1), eq(".")),
  block(3, "row", eq("3\tHazelnut spread 6 × 400 g\tBilled 240, received 192\t1,641.60")),
  block(3, "row", eq("6\tHeather honey 8 × 500 g\tBilled 144, "), del("not found", 2), eq(" "), ins("none shipped", 2), eq("\t6,696.00")),
  block(3, "row", ins("7\tApple chips 20 × 60 g\t12 above order\t237.60", 3)),
  block(4, "paragraph", eq("The amount billed above what we ordered and received is "), del("€ 8,585.60", 4), eq(" "), ins("€ 8,823.20", 4), eq(". We have "), del("deducted", 5), eq(" "), ins("held", 5), eq(" this amount back from the invoice.")),
  block(5, "paragraph", eq("Please send a credit note, or proof that the goods were loaded, by 27 November 2025. The remaining "), del("€ 63,165.60", 6), eq(" "), ins("€ 62,928.00", 6), eq(" will be paid on the agreed date.")),
  block(6, "paragraph", eq("This notice is given under clause 7.3 of our supply agreement. It does not close any claim of either party.")),
  block(7, "paragraph", eq("Corvane Supply B.V.\nPartner settlement")),
];

const HASH = "7c41e09b2f6d88a1b90a117e51d0c2aa7c41e09b2f6d88a1b90a117e51d003be";
export const REVIEWS: ReviewRow[] = [
  { id: "review:community:1", notice: "notice:exstream:3127", notice_number: "N-3127", title: "Shipment discrepancy and debit", case: "case:community:48213", case_number: "PC-48213", partner: "Bramblewick Foods", status: word("wait", "In review"), hash: HASH, maker: "Lena Kovář", needed: 2, signed: 1, due_at: at("15:00"), for_me: true, prepared: false },
  { id: "review:community:2", notice: "notice:exstream:3131", notice_number: "N-3131", title: "Consent renewal", case: "case:community:48204", case_number: "PC-48204", partner: "Saltmarsh Seafoods", status: word("wait", "In review"), hash: HASH, maker: "Mara Tindal", needed: 1, signed: 0, due_at: at("17:00"), for_me: true, prepared: false },
];

export const reviewView = (id: string, proof: ReviewView["proof"]): ReviewView => ({
  row: REVIEWS.find((one) => one.id === id) ?? REVIEWS[0]!,
  version: "3",
  template: "SDN-04 release 7",
  hash: HASH,
  proof,
  blocks: BLOCKS,
  previous: { version: "2", hash: "b90a117e51d0c2aa7c41e09b2f6d88a1", proof: null, changes: 6 },
  data_changes: [
    { title: "Amount held", before: "8,585.60", after: "8,823.20" },
    { title: "Remaining", before: "63,165.60", after: "62,928.00" },
    { title: "Lines over order", before: "0", after: "1" },
    { title: "Place of count", before: "warehouse", after: "dock 4, 20 Nov" },
  ],
  field_count: 13,
  comments: [
    { id: "c1", author: "Henrike Solberg", initials: "HS", role: "Legal", at: at("14:16"), block: 4, quote: "held this amount back", place: null, carried_from: null, lost: false, settled: null, may_settle: [], text: "Better than “deducted”. Clause 7.3 lets us hold, not deduct.", queued: false, partner: false, shared: false, may_share: false },
    { id: "c2", author: "Tomas Adeyemi", initials: "TA", role: "First reviewer", at: at("14:11"), block: 3, quote: null, place: null, carried_from: null, lost: false, settled: null, may_settle: [], text: "Over-shipment added. Total agrees with the reconciliation to the cent.", queued: false, partner: false, shared: false, may_share: false },
    { id: "c3", author: "Lena Kovář", initials: "LK", role: "Maker", at: at("14:07"), block: 2, quote: "dock 4", place: null, carried_from: null, lost: false, settled: null, may_settle: [], text: "Place and date taken from OPS-2291.", queued: false, partner: false, shared: false, may_share: false },
  ],
  custody: [
    { title: "Data", hash: "51d0c2aa", detail: "13 fields, read 14:01", status: word("ok", "OK"), joint: "equal" },
    { title: "Rendered", hash: "7c41e09b", detail: "SDN-04 release 7, 14:05", status: word("ok", "OK"), joint: "equal" },
    { title: "Approved", hash: "7c41e09b", detail: "1 of 2 signed", status: word("wait", "Pending"), joint: "not_yet" },
    { title: "Produced", hash: null, detail: "after release", status: word("none", "Nothing yet"), joint: "not_yet" },
    { title: "Filed", hash: null, detail: "after release", status: word("none", "Nothing yet"), joint: "none" },
  ],
  four_eyes: [
    { person: { id: "lena.kovar", name: "Lena Kovář", initials: "LK", me: false }, word: "Maker, cannot sign", on_behalf_of: null, signed_at: null, meaning: null },
    { person: { id: "tomas.adeyemi", name: "Tomas Adeyemi", initials: "TA", me: false }, word: "Signed", on_behalf_of: null, signed_at: at("14:12"), meaning: "Approved for release to the partner" },
    { person: null, word: "Second signature", on_behalf_of: null, signed_at: null, meaning: null },
  ],
  orphans: 0,
  may_revise: false,
  may_reject: true,
  may_not_reject: null,
  signs_for: [],
  groups: [],
  rule: null,
  decide_by: null,
  deputies: null,
  reminded: null,
  partner: null,
  may_sign: true,
  may_not_reason: null,
  may_prepare: true,
  meanings: [
    { id: "approved_for_release", title: "Approved for release to the partner" },
    { id: "reviewed_content", title: "Content reviewed" },
  ],
  covers: "Your signature covers this letter, its data, template SDN-04 release 7 and the recipient. Any change makes it invalid. You will be asked for your PIN.",
  prepared: null,
  batch: null,
  sources: [source("community")],
});

/** Others who may sign. */
export const REVIEWERS = [
  { id: "priya.nandakumar", name: "Priya Nandakumar", initials: "PN", me: false },
  { id: "henrike.solberg", name: "Henrike Solberg", initials: "HS", me: false },
];
