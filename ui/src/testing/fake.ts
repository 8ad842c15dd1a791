import type { AuditRow } from "../generated/AuditRow";
import type { Changed } from "../generated/Changed";
import type { CommandName, Commands } from "../generated/commands";
import type { ConnectionField } from "../generated/ConnectionField";
import type { Content } from "../generated/Content";
import type { ListArgs } from "../generated/ListArgs";
import type { Page } from "../generated/Page";
import type { SystemName } from "../generated/SystemName";
import type { Platform } from "../platform";
import { fakeCampaigns } from "./campaign";
import { fakeDistributions } from "./distribution";
import * as fix from "./fixtures";
import { revision } from "./revision";
import { letter } from "./letter";
import { fakeLoops } from "./loops";
import { BATCHES, batchReview, fakeOutreach } from "./outreach";
import { fakeResolutions } from "./resolution";
import { fakeRegisters } from "./registers";
import { fakeStatements } from "./statements";

type Handlers = { [C in CommandName]: (args: Commands[C]["args"]) => Commands[C]["result"] };

function page<T extends { id: string }>(
  rows: T[],
  args: ListArgs,
  systems: SystemName[],
  offline: boolean,
  text: (row: T) => string,
): Page<T> {
  const wanted = (args.text ?? "").toLowerCase();
  const fitting = rows.filter((row) => text(row).toLowerCase().includes(wanted));
  const filtered = fitting.filter((row) => !args.exclude?.includes(row.id));
  const offset = args.offset ?? 0;
  const around = args.around_id ? filtered.findIndex((row) => row.id === args.around_id) : -1;
  return {
    total: filtered.length,
    fits: fitting.length,
    outside_filter_total: rows.length - fitting.length,
    offset,
    around: around < 0 ? null : around,
    items: filtered.slice(offset, offset + (args.limit ?? 100)),
    sources: systems.map((system) => fix.source(system, offline)),
    facets: [
      {
        name: "state",
        title: "State",
        values: [
          { value: "open", title: "Open", count: 23 },
          { value: "waiting_partner", title: "Waiting on partner", count: 27 },
        ],
      },
      {
        name: "type",
        title: "Type",
        values: [
          { value: "shipment_exception", title: "Shipment exception", count: 14 },
          { value: "dispute", title: "Dispute", count: 9 },
        ],
      },
    ],
  };
}

const FIELD: ConnectionField = { name: "", title: "", kind: "text", choices: [], advanced: false, value: null, stored: false };

/** Answers every command from fixed data, so that screens can be built and looked at without a shell. */
export function fakePlatform(options: { offline?: boolean; empty?: boolean } = {}): Platform {
  const query = typeof location === "undefined" ? new URLSearchParams() : new URLSearchParams(location.search);
  let offline = options.offline ?? query.has("offline");
  const empty = options.empty ?? query.has("empty");
  let person = fix.PERSONS.find((one) => one.id.startsWith(query.get("as") ?? "lena")) ?? fix.PERSONS[0]!;
  const listeners = new Set<(changed: Changed) => void>();
  const started = performance.now();
  const announce = (...topics: Changed["topics"]) => setTimeout(() => listeners.forEach((listener) => listener({ topics })), 0);
  const proof = (): Content => ({
    name: "N-3127.pdf",
    media_type: "application/pdf",
    sha256: "7c41e09b2f6d88a1",
    size: 20_000,
    base64: letter(),
    problem: null,
  });
  const status = () => {
    const now = { ...fix.status(offline), person };
    return empty ? { ...now, first_sync: { rows: 14_120, rows_expected: 30_000, bytes: 61_000_000, seconds_left: 42, ready: false } } : now;
  };
  const done = (text: string) => ({ text, undo_step: null });
  const submitted = () => ({ ...fix.PLAN, action_id: "action-9" });
  const outreach = fakeOutreach({ offline: () => offline, empty });
  const statements = fakeStatements({ offline: () => offline, keep: outreach.keep });
  const resolutions = fakeResolutions({ offline: () => offline, empty });
  const loops = fakeLoops(empty);
  const campaigns = fakeCampaigns({ offline: () => offline, empty });
  const registers = fakeRegisters({ offline: () => offline, empty });
  const distributions = fakeDistributions({ offline: () => offline, empty });
  const pinned = new Set(["case:community:48213"]);

  const handlers: Handlers = {
    get_status: status,
    open_folder: () => null,
    keep_look: () => null,
    list_persons: () => fix.PERSONS,
    act_as: (args) => {
      person = fix.PERSONS.find((one) => one.id === args.person) ?? person;
      announce("status", "reviews");
      return status();
    },
    set_offline: (args) => {
      offline = args.on;
      announce("status", "cases", "exceptions", "documents", "outbox");
      return status();
    },
    sync_now: () => ({ systems: [] }),
    list_cases: (args) =>
      page(empty ? [] : fix.CASES, args, ["community"], offline, (row) => `${row.number} ${row.partner} ${row.subject}`),
    list_exceptions: (args) => page(empty ? [] : fix.EXCEPTIONS, args, ["documents"], offline, (row) => `${row.title} ${row.on}`),
    list_documents: (args) => page(empty ? [] : fix.DOCUMENTS, args, ["documents"], offline, (row) => `${row.number} ${row.partner}`),
    list_linked: ({ id }) => {
      const main =
        id.endsWith(":48213") ||
        fix.EXCEPTIONS.slice(0, 2).some((row) => row.id === id) ||
        fix.DOCUMENTS.slice(0, 4).some((row) => row.id === id);
      const own = fix.CASES.filter((row) => row.id === id);
      return {
        id,
        case_label: main ? "case 48213" : own[0] ? `case ${own[0].number}` : null,
        order_label: main ? "Order 4500771820" : null,
        cases: main ? fix.CASES.slice(0, 1) : own,
        exceptions: main ? fix.EXCEPTIONS.slice(0, 2) : [],
        documents: main ? fix.DOCUMENTS.slice(0, 4) : [],
      };
    },
    get_case: ({ id }) => ({
      ...fix.caseView(id.split(":").at(-1)!, offline),
      ...loops.ofCase(id),
      resolutions: resolutions.ofCase(id),
      pinned: pinned.has(id),
    }),
    get_timeline: ({ lane }) => {
      const entries = fix.TIMELINE.filter((entry) => !lane || entry.lane === lane);
      return { total: entries.length, offset: 0, entries };
    },
    get_document: ({ id }) => {
      const row = fix.DOCUMENTS.find((one) => one.id === id) ?? fix.DOCUMENTS[0]!;
      return {
        row,
        facts: [
          { name: "Sender", value: "ZZ:BRAMBLEWICK", system: "documents" },
          { name: "Receiver", value: "ZZ:CORVANE", system: "documents" },
          { name: "Interchange", value: "000091844", system: "documents" },
          { name: "Group", value: "91844", system: "documents" },
        ],
        lines: [
          { number: "3", item: "Hazelnut spread 6 × 400 g", quantity: "192", unit: "CS", price: { amount: "34.20", currency: "EUR" } },
          { number: "6", item: "Heather honey 8 × 500 g", quantity: "0", unit: "CS", price: { amount: "46.50", currency: "EUR" } },
        ],
        problems:
          row.tracks.validation.tone === "ok"
            ? []
            : [{ code: "TED-01", message: "Quantity differs from the order", place: "SN1-02, line 3" }],
        total: row.code === "810" ? { amount: "71751.20", currency: "EUR" } : null,
        raw: {
          name: "raw.edi",
          media_type: "text/plain",
          sha256: "51d0c2aa",
          size: 900,
          base64: btoa(
            "ISA*00*          *00*          *ZZ*BRAMBLEWICK    *ZZ*CORVANE        *251120*0812*U*00401*000091844*0*P*>~\nGS*SH*BRAMBLEWICK*CORVANE*20251120*0812*91844*X*004010~\nST*856*0001~\nBSN*00*ASN-0048131*20251120*0812~",
          ),
          problem: null,
        },
        sources: [fix.source("documents", offline)],
      };
    },
    list_playbooks: () => [
      { id: "customer_notice", use_case: "S0.1", title: "Customer notice", applies: true, why: "Shipment exception", fields: [] },
      { id: "case_ticket", use_case: "S2.1", title: "Link or create a ticket", applies: true, why: "No ticket linked", fields: [] },
    ],
    open_composer: () => fix.composer(proof()),
    preview_notice: (args) => fix.preview(args.fields as Record<string, string>, args.confirmed, proof()),
    save_draft: () => ({ saved_at: fix.NOW }),
    discard_draft: () => done("Draft discarded"),
    plan_action: () => fix.PLAN,
    get_undo: ({ id }) => ({
      action_id: id,
      case: "case:community:48213",
      title: "Notice",
      content: "c0ffee",
      until: fix.NOW + (performance.now() - started) + 10_000,
      left: false,
    }),
    undo_notice: ({ action_id, content }) => ({ action_id, case: "case:community:48213", content, steps: 4, draft_restored: true }),
    send_now: () => done("It leaves now."),
    fall_back: ({ notice, channel }) => ({
      notice: "N-9001",
      replaces: notice,
      case: "case:community:48213",
      channel: channel ?? "letter",
      review: false,
    }),
    submit_action: () => (announce("outbox", "cases", "status"), submitted()),
    check_text: ({ text }) => {
      const address = /[\w.]+@[\w.]+\.\w+/g;
      return {
        found: [...text.matchAll(address)].map(([one]) => ({ kind: "email", title: "e-mail address", masked: `•••${one.slice(-2)}` })),
        redacted: text.replace(address, "[e-mail address]"),
      };
    },
    reply_to_case: () => (announce("outbox", "cases", "status"), submitted()),
    open_filing: ({ case: id }) => ({
      case: id,
      candidates: [
        {
          id: "workspace:workspaces:1",
          path: "Orders / Bramblewick / 4500771820",
          score: "0.97",
          reasons: ["Order number equal", "Partner equal"],
        },
        { id: "workspace:workspaces:2", path: "Partners / Bramblewick / 2025", score: "0.61", reasons: ["Partner equal"] },
      ],
      proposed: "workspace:workspaces:1",
      items: [
        { id: "attachment:community:71", name: "loading-sheet.pdf", size: 84_200, media_type: "application/pdf", local: true },
        { id: "attachment:community:72", name: "Thread to 13:40", size: 3_100, media_type: "text/html", local: true },
      ],
      plan: { ...fix.PLAN, title: "File message", rows: fix.PLAN.rows.slice(3) },
      problem: null,
    }),
    file_case: () => (announce("outbox", "cases", "status"), submitted()),
    plan_outreach: outreach.plan,
    sample_outreach: ({ partner }) => ({ ...proof(), name: `${partner.split(":").at(-1)}.pdf` }),
    send_outreach: ({ input, intent, root }) => {
      const row = outreach.send(input, intent, root);
      announce("outbox", "notices", "status");
      return row;
    },
    plan_statements: statements.plan,
    sample_statement: ({ partner }) => ({ ...proof(), name: `${partner}.pdf` }),
    send_statements: ({ input, intent, root }) => {
      const row = statements.send(input, intent, root);
      announce("outbox", "notices", "status");
      return row;
    },
    plan_resolution: resolutions.plan,
    preview_resolution: (args) => {
      const { problem, channels } = resolutions.plan(args);
      if (problem) throw problem;
      if (channels.some((one) => one.chosen && one.id === "edi"))
        throw { code: "E_NOT_APPLICABLE", message: "What goes by EDI is an invoice, not a letter.", detail: null };
      if (offline) throw { code: "E_OFFLINE", message: "The letter is rendered when the network is back.", detail: null };
      return { ...proof(), name: "Proof.pdf" };
    },
    send_resolution: ({ shown, ...input }) => {
      resolutions.send(input, shown, person.name);
      announce("cases", "exceptions", "notices", "outbox", "status");
      return done("Recorded; the case is resolved once it has gone out.");
    },
    list_batches: ({ case: id }) => outreach.list().filter((row) => !id || row.case === id),
    get_batch: ({ id, only, offset, limit }) => outreach.view(id, only, offset, limit),
    retry_batch: () => (announce("outbox", "notices"), done("8 notices are tried again")),
    plan_campaign: campaigns.plan,
    launch_campaign: ({ input, root }) => {
      const row = campaigns.launch(input, root);
      announce("outbox", "notices", "status");
      return row;
    },
    list_campaigns: ({ case: id }) => campaigns.list().filter((row) => !id || row.case === id),
    get_campaign: campaigns.view,
    waive_recipient: (args) => {
      const waived = campaigns.waive(args);
      announce("notices", "outbox");
      return waived;
    },
    remind_recipients: (args) => (announce("outbox"), campaigns.remind(args)),
    close_campaign: ({ id }) => {
      const closed = campaigns.close(id);
      announce("notices", "outbox");
      return closed;
    },
    export_campaign: ({ id }) => ({ folder: `Downloads/Evidence ${id}`, sealed_by: "8f2a 41c0 9b17 d3e4" }),
    plan_distribution: distributions.plan,
    launch_distribution: ({ input, root }) => {
      const row = distributions.launch(input, root);
      announce("outbox", "documents", "status");
      return row;
    },
    list_distributions: ({ case: id }) => distributions.list().filter((row) => !id || row.case === id),
    get_distribution: distributions.view,
    retry_distribution: () => {
      const again = distributions.retry();
      announce("documents", "outbox");
      return again;
    },
    see_case: () => done("Seen."),
    pin_case: (args) => {
      if (args.on) pinned.add(args.case);
      else pinned.delete(args.case);
      announce("cases");
      return done(args.on ? "Kept on this machine" : "No longer kept");
    },
    list_loops: ({ state }) => loops.list(state),
    confirm_outcome: (args) => {
      loops.confirm(args, person.name);
      announce("cases", "notices", "outbox");
      return done("The outcome is noted.");
    },
    exception_action: (args) => {
      const row = fix.EXCEPTIONS.find((one) => one.id === args.id);
      const untold = args.kind === "close" && row ? resolutions.untold(row.case, row.id) : null;
      if (untold) throw { code: "E_STATE", message: untold, detail: null };
      return done(`Exception: ${args.kind}`);
    },
    list_reviews: () => ({
      total: 2,
      fits: 2,
      outside_filter_total: 0,
      offset: 0,
      around: null,
      items: empty ? [] : fix.REVIEWS,
      sources: [fix.source("community", offline)],
      facets: [],
    }),
    get_review: ({ id }) => ({
      ...(id === BATCHES[0]!.review ? batchReview(fix.reviewView(id, proof())) : fix.reviewView(id, proof())),
      may_sign: person.id !== "lena.kovar",
      may_revise: person.id === "lena.kovar" && id !== BATCHES[0]!.review,
      may_not_reason: person.id === "lena.kovar" ? "You made this letter" : null,
    }),
    comment_review: () => done("Comment queued"),
    resolve_comment: () => done("The comment is settled"),
    plan_revision: ({ fields }) => revision(fields),
    revise_review: () => done("The next version goes to review"),
    share_comment: () => done("The partner reads it once it is posted"),
    get_partner_changes: ({ attachment }) => ({ attachment, sha256: "5f".repeat(32), person: "Rhea Lindqvist", changes: [] }),
    take_partner_changes: () => done("Their changes go to review as the next version"),
    list_delegations: () => ({ items: [], people: fix.REVIEWERS }),
    delegate_signing: () => done("Delegated"),
    revoke_delegation: () => done("Revoked"),
    sign_review: (args) => {
      if (args.pin !== "1234") throw { code: "E_PIN", message: "Not signed", detail: "The PIN is not right. 4 tries left." };
      return done("Signed");
    },
    reject_review: () => done("Rejected"),
    prepare_review: () => done("Prepared"),
    export_evidence: () => ({ folder: "Downloads/Evidence N-3127", sealed_by: "8f2a 41c0 9b17 d3e4" }),
    commit_prepared: () => ({ committed: true, text: "Signed", changes: [] }),
    get_register: registers.page,
    get_register_trend: registers.trend,
    export_register: registers.write,
    list_outbox: ({ state }) => ({
      counts: status().outbox,
      groups: empty
        ? []
        : fix.OUTBOX.filter(
            (group) =>
              !state ||
              state === "open" ||
              group.rows.some(
                (row) =>
                  row.status.tone === ({ to_decide: "conflict", unknown: "unknown", sending: "run" } as Record<string, string>)[state],
              ),
          ),
      last_confirmed_at: fix.at("14:31"),
    }),
    get_step: ({ id }) => fix.stepView(id),
    retry_step: () => done("Tried again"),
    cancel_step: () => done("Cancelled"),
    resolve_step: () => (announce("outbox"), done("Result queued")),
    pause_outbox: status,
    get_connections: () => ({
      sandbox: true,
      file: "connections.toml in the data folder",
      note: "Real connections use a data folder of their own: nothing of the sandbox mixes with them.",
      connections: fix.status(offline).systems.map((light) => ({
        system: light.system,
        title: light.title,
        status: fix.word(light.tone, light.word),
        base_url: `http://127.0.0.1:41000/${light.system}`,
        paused: false,
        sign_in: "OAuth client",
        fields: [
          { ...FIELD, name: "client_id", title: "Client id", value: "sandbox" },
          { ...FIELD, name: "client_secret", title: "Client secret", kind: "secret", stored: true },
          { ...FIELD, name: "requests_per_second", title: "Requests per second", kind: "number", advanced: true },
        ],
      })),
    }),
    save_connections: () => handlers.get_connections(null),
    pause_connection: () => handlers.get_connections(null),
    use_sandbox: () => handlers.get_connections(null),
    test_connection: () => ({
      ok: true,
      text: "Signed in and answered.",
      problem: null,
      steps: [
        { title: "Name resolution", ok: true, text: "127.0.0.1 is known" },
        { title: "Sign in", ok: true, text: "signed in" },
      ],
      took_ms: 41,
    }),
    get_wire: () => ({
      calls: Array.from({ length: 30 }, (_, i) => ({
        at: fix.NOW - i * 1_700,
        method: i % 7 === 3 ? "POST" : "GET",
        path: `/cases/48${200 + i}/comments`,
        status: i === 4 ? 0 : 200,
        duration_ms: 12 + i,
        attempt: 1,
        key: i % 7 === 3 ? "4f09c1d2a7b38e65" : null,
        sent: i % 7 === 3 ? 812 : 0,
        received: i === 4 ? 0 : 4_200,
        problem: i === 4 ? "no answer in time" : null,
      })),
    }),
    list_audit: (args) => {
      const rows: AuditRow[] = Array.from({ length: 60 }, (_, i) => ({
        seq: 1840 - i,
        occurred_at: fix.NOW - i * 400_000,
        recorded_at: fix.NOW - i * 400_000,
        actor: i % 4 ? "Lena Kovář" : "system",
        on_behalf_of: null,
        event: ["notice.drafted", "step.confirmed", "review.signed", "filing.verified"][i % 4]!,
        object: "notice:exstream:3127",
        after_hash: "7c41e09b",
        reason: null,
        hash: "e07c4419b90a117e",
      }));
      return {
        total: 60,
        fits: 60,
        outside_filter_total: 0,
        offset: 0,
        around: null,
        items: rows.slice(args.offset ?? 0),
        sources: [],
        facets: [],
      };
    },
    verify_audit: () => ({ records: 1840, ok: true, head: "e07c4419b90a117e51d0c2aa", first_bad: null }),
    get_campaign_document: () => proof(),
    get_attachment: () => proof(),
  };

  return {
    call(command, args) {
      try {
        const handler = handlers[command] as (given: typeof args) => never;
        return Promise.resolve(handler(args));
      } catch (problem) {
        return Promise.reject(problem);
      }
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
