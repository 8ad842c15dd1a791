//! Writes a data folder in the middle of its work: a step in every state, a gate open, bytes, a draft, a decision.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use cache::{Batch, Cache, Incoming};
use domain::{
    IntentId, Millis, ObjectRef, System,
    action::{args_hash, step_key},
    operation::Operation,
    plan::{Gate, GateKind, GateState, OfflineClass, Plan, PlannedStep},
    policy::Policy,
    record::{Case, Record},
    review::{Signature, Verdict},
    step::StepEvent,
};
use ledger::{
    Actor, Blob, DecisionState, Draft, Enqueue, Ledger, PreparedDecision, Settlement, StepFilter,
    StepRow,
};
use serde_json::{Value, json};
use sqlite::{
    Mode,
    key::{self, KeyRequest, KeySource},
};

/// When it was frozen.
pub(crate) const NOW: Millis = Millis(1_767_225_600_000);
/// Of the one person who has a PIN.
pub(crate) const PIN: &str = "482913";
const LEASE: i64 = 60_000;

pub(crate) fn policy() -> Arc<Policy> {
    Arc::new(Policy::load(None).unwrap())
}

pub(crate) async fn row(ledger: &Ledger, name: &str) -> StepRow {
    let all = ledger
        .list_steps(&StepFilter::default(), 100, 0)
        .await
        .unwrap();
    all.into_iter().find(|row| row.name == name).unwrap()
}

struct Desk {
    ledger: Ledger,
    lena: Actor,
}

impl Desk {
    /// Queues one action; the name of a step is what it is about, and its playbook, so that nothing is a duplicate.
    async fn queue(
        &self,
        case: &str,
        gates: Vec<Gate>,
        steps: &[(&str, Operation, Value, &[&str])],
    ) {
        let intent = IntentId(format!("intent-{}", steps[0].0));
        let steps = (1..)
            .zip(steps)
            .map(|(number, (name, operation, args, waits_on))| {
                let content_hash = args_hash(args).unwrap();
                PlannedStep {
                    number,
                    id: (*name).into(),
                    operation: *operation,
                    subject: (*name).into(),
                    args: args.clone(),
                    key: step_key(&intent, number, &content_hash),
                    content_hash,
                    waits_on: waits_on.iter().map(|&w| w.to_owned()).collect(),
                    offline_class: OfflineClass::Queue,
                    lane: None,
                    optional: false,
                    overlay: Vec::new(),
                }
            });
        let plan = Plan {
            steps: steps.collect(),
            playbook: intent.to_string(),
            use_case: "S0.1".into(),
            title: "Frozen".into(),
            case: ObjectRef::case(case),
            gates,
            skipped: Vec::new(),
            intent,
        };
        let blobs = vec![Blob::of(Bytes::from_static(b"%PDF-1.7 frozen"))];
        let request = Enqueue {
            plan: &plan,
            actor: &self.lena,
            blobs,
            again: false,
            repeatable: false,
            audit: Vec::new(),
            now: NOW,
        };
        self.ledger.enqueue(request).await.unwrap();
    }

    async fn claim(&self, name: &str) -> ledger::ClaimedStep {
        let step = self
            .ledger
            .claim_next(NOW, LEASE, &[])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(step.subject, name);
        step
    }

    async fn settle(&self, name: &str, settlement: Settlement) {
        let step = self.claim(name).await;
        self.ledger
            .settle(&step.id, step.attempt, settlement, NOW)
            .await
            .unwrap();
    }
}

fn message(case: &str, body: &str) -> Value {
    json!({"case_id": case, "visibility": "partner", "body": body})
}

fn ticket(case: &str) -> Value {
    json!({"case_id": case, "queue": "General", "subject": "s", "body": "b", "marker": "m"})
}

pub(crate) async fn freeze(into: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let request = KeyRequest {
        folder: dir.path().to_owned(),
        passphrase: None,
        sandbox_only: true,
        prefer: Some(KeySource::File),
    };
    let key = key::open(&request).await.unwrap().key;
    let ledger = Ledger::open(dir.path(), &key, Mode::ReadWrite)
        .await
        .unwrap();
    ledger.set_policy_hash("policy-of-the-frozen-folder");
    let target = into.join(format!("v{}", ledger.schema_version()));
    assert!(!target.exists(), "what is frozen stays as it is");
    let desk = Desk {
        lena: Actor::person("lena", "Europe/Berlin"),
        ledger,
    };
    steps(&desk).await;
    other_things(&desk).await;
    desk.ledger.close().await;
    fill_cache(&dir.path().join("cache.db"), &key.derive("cache")).await;
    std::fs::create_dir_all(&target).unwrap();
    for name in ["ledger.db", "cache.db", "key.json"] {
        std::fs::copy(dir.path().join(name), target.join(name)).unwrap();
    }
}

async fn steps(desk: &Desk) {
    // Confirmed, and one that will use its reference once its own time has come.
    let comment = json!({"ticket_id": {"from_step": "confirmed", "field": "remote_ref"}, "body": "b", "marker": "m"});
    desk.queue(
        "1",
        Vec::new(),
        &[
            ("confirmed", Operation::CreateTicket, ticket("1"), &[]),
            (
                "commented",
                Operation::CommentTicket,
                comment,
                &["confirmed"],
            ),
        ],
    )
    .await;
    let done = StepEvent::Confirmed {
        remote_ref: "INC-1".into(),
    };
    desk.settle("confirmed", Settlement::of(done)).await;
    let later = StepEvent::Transient {
        retry_at: NOW.plus(60_000),
    };
    desk.settle("commented", Settlement::of(later.clone()))
        .await;
    desk.queue(
        "2",
        Vec::new(),
        &[("postponed", Operation::PostMessage, message("2", "p"), &[])],
    )
    .await;
    desk.settle("postponed", Settlement::of(later)).await;

    desk.queue(
        "3",
        Vec::new(),
        &[("unseen", Operation::PostMessage, message("3", "u"), &[])],
    )
    .await;
    let unknown = StepEvent::OutcomeUnknown {
        look_up_after: NOW.plus(30_000),
    };
    desk.settle("unseen", Settlement::of(unknown)).await;

    let update = json!({"case_id": "4", "base_version": 3, "base": {"status": "open"}, "changes": {"status": "resolved"}});
    desk.queue(
        "4",
        Vec::new(),
        &[("conflict", Operation::UpdateCase, update, &[])],
    )
    .await;
    let mut conflict = Settlement::of(StepEvent::Conflict);
    conflict.facts = json!({"theirs": {"status": "closed"}, "version": "5"});
    desk.settle("conflict", conflict).await;

    desk.queue(
        "5",
        Vec::new(),
        &[("undecidable", Operation::CreateTicket, ticket("5"), &[])],
    )
    .await;
    let step = desk.claim("undecidable").await;
    desk.ledger.abandoned_attempts(NOW).await.unwrap();
    let look_up_at = NOW.plus(domain::time::HOUR);
    while let Some(found) = desk
        .ledger
        .claim_look_up(look_up_at, 60_000, &[])
        .await
        .unwrap()
    {
        let answer = if found.id == step.id {
            StepEvent::CannotTell
        } else {
            continue;
        };
        desk.ledger
            .settle(&found.id, found.attempt, Settlement::of(answer), look_up_at)
            .await
            .unwrap();
    }

    let gate = Gate {
        id: "review".into(),
        kind: GateKind::Review,
        state: GateState::Open,
    };
    let attach = json!({"case_id": "6", "name": "letter.pdf", "media_type": "application/pdf", "visibility": "internal",
                        "blob": Blob::of(Bytes::from_static(b"%PDF-1.7 frozen")).sha256});
    desk.queue(
        "6",
        vec![gate],
        &[
            (
                "gated",
                Operation::PostMessage,
                message("6", "g"),
                &["review"],
            ),
            ("attached", Operation::AddAttachment, attach, &["gated"]),
        ],
    )
    .await;
    // Under way when the machine lost its power.
    desk.queue(
        "7",
        Vec::new(),
        &[("lost", Operation::CreateTicket, ticket("7"), &[])],
    )
    .await;
    desk.claim("lost").await;
    desk.queue(
        "8",
        Vec::new(),
        &[("queued", Operation::PostMessage, message("8", "q"), &[])],
    )
    .await;
}

async fn other_things(desk: &Desk) {
    let (ledger, lena) = (&desk.ledger, &desk.lena);
    ledger
        .enqueue_derived("notices", 17, &[], NOW)
        .await
        .unwrap();
    ledger
        .set_setting("theme", &"dark", lena, NOW)
        .await
        .unwrap();
    ledger
        .set_pin(&"tomas".into(), PIN, lena, NOW)
        .await
        .unwrap();
    let draft = Draft {
        id: "draft-1".into(),
        kind: "reply".into(),
        case: Some("case:community:1".into()),
        person: "lena".into(),
        body: json!({"text": "Dear partner"}),
        created_at: NOW,
        updated_at: NOW,
    };
    ledger.save_draft(&draft).await.unwrap();
    let decision = PreparedDecision {
        id: "decision-1".into(),
        review: "review:community:7".into(),
        person: "tomas".into(),
        hash: "aa".into(),
        verdict: Verdict::Approve,
        meaning: "approved".into(),
        state: DecisionState::Prepared,
        detail: Value::Null,
        prepared_at: NOW,
        decided_at: None,
    };
    ledger.prepare_decision(&decision, lena).await.unwrap();
    let signature = Signature {
        seal: None,
        partner: None,
        roles: Vec::new(),
        on_behalf_of: None,
        person: "priya".into(),
        printed_name: "Priya".into(),
        verdict: Verdict::Approve,
        hash: "aa".into(),
        meaning: "approved".into(),
        at: NOW,
        reached_at: None,
        zone: "Europe/Berlin".into(),
    };
    ledger
        .put_signature("review:community:7", &signature, lena, NOW)
        .await
        .unwrap();
}

async fn fill_cache(path: &Path, key: &sqlite::Key) {
    let cache = Cache::open(path, key, Mode::ReadWrite, policy())
        .await
        .unwrap();
    let case: Case = serde_json::from_value(json!({
        "id": "1", "number": "PC-1", "subject": "Frozen case", "case_type": "dispute", "subtype": "", "status": "new",
        "priority": "normal", "owner": null, "team": null, "partner_id": "1001",
        "partner_name": "Bramblewick Foods Ltd", "partner_short_name": "Bramblewick", "business_refs": [],
        "opened_at": NOW.0, "updated_at": NOW.0, "due_at": null, "stage": null, "communication_status": null,
        "loop_state": null, "version": 1, "external_refs": []
    }))
    .unwrap();
    let batch = Batch {
        system: System::Community,
        collection: "cases".into(),
        records: vec![Incoming {
            remote_id: "1".into(),
            raw: "{}".into(),
            record: Ok(Record::Case(case)),
        }],
        cursor: "1".into(),
        more: false,
        listing: None,
        requested_at: NOW,
        now: NOW,
    };
    assert_eq!(cache.apply(batch).await.unwrap().applied, 1);
    cache.close().await;
}
