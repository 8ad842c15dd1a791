//! A ledger in a folder of its own, plans for it, and crashes.
#![allow(dead_code, unreachable_pub)]

use std::path::Path;

use domain::{
    ActionId, IntentId, Millis, ObjectRef,
    action::{args_hash, step_key},
    operation::Operation,
    plan::{Gate, GateKind, GateState, OfflineClass, OverlayValue, Plan, PlannedStep},
    step::{StepEvent, StepState},
};
use ledger::{Actor, ClaimedStep, Enqueue, Ledger, LedgerError, Settlement, StepFilter, StepRow};
use serde_json::{Value, json};
use sqlite::{Key, Mode};
use tempfile::TempDir;

pub const NOW: Millis = Millis(1_800_000_000_000);
pub const LEASE: i64 = 45_000;

pub fn key() -> Key {
    Key::from_bytes([7; 32])
}

pub async fn open(folder: &Path) -> Ledger {
    let ledger = Ledger::open(folder, &key(), Mode::ReadWrite).await.unwrap();
    assert_eq!(ledger.read_only(), None);
    ledger.set_policy_hash("policy-1");
    ledger
}

pub async fn fresh() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path()).await;
    (dir, ledger)
}

/// What a power loss leaves behind: the files as they are on disk now, opened by a new process.
pub async fn crash(folder: &Path) -> (TempDir, Ledger) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["ledger.db", "ledger.db-wal"] {
        if folder.join(name).exists() {
            std::fs::copy(folder.join(name), dir.path().join(name)).unwrap();
        }
    }
    let ledger = open(dir.path()).await;
    (dir, ledger)
}

pub fn lena() -> Actor {
    Actor::person("lena", "Europe/Berlin")
}

pub struct PlanMaker(pub Plan);

impl PlanMaker {
    pub fn new(intent: &str, case: &str) -> Self {
        Self(Plan {
            intent: IntentId::from(intent),
            playbook: "test".into(),
            use_case: "S0.0".into(),
            title: "Test".into(),
            case: ObjectRef::case(case),
            steps: Vec::new(),
            gates: Vec::new(),
            skipped: Vec::new(),
        })
    }

    pub fn playbook(mut self, id: &str) -> Self {
        self.0.playbook = id.into();
        self
    }

    pub fn gate(mut self, id: &str, kind: GateKind) -> Self {
        self.0.gates.push(Gate {
            id: id.into(),
            kind,
            state: GateState::Open,
        });
        self
    }

    pub fn step(mut self, id: &str, operation: Operation, args: Value, waits_on: &[&str]) -> Self {
        let number = u32::try_from(self.0.steps.len()).unwrap() + 1;
        let content_hash = args_hash(&args).unwrap();
        self.0.steps.push(PlannedStep {
            number,
            id: id.into(),
            operation,
            subject: format!("{operation} {id}"),
            key: step_key(&self.0.intent, number, &content_hash),
            content_hash,
            args,
            waits_on: waits_on.iter().map(|&w| w.to_owned()).collect(),
            offline_class: OfflineClass::Queue,
            lane: None,
            optional: false,
            overlay: Vec::new(),
        });
        self
    }

    pub fn message(self, id: &str, waits_on: &[&str]) -> Self {
        let case = self.0.case.remote_id.clone();
        self.step(
            id,
            Operation::PostMessage,
            json!({"case_id": case, "visibility": "partner", "body": id}),
            waits_on,
        )
    }

    pub fn ticket(self, id: &str, waits_on: &[&str]) -> Self {
        let case = self.0.case.remote_id.clone();
        self.step(
            id,
            Operation::CreateTicket,
            json!({"case_id": case, "queue": "General", "subject": "s", "body": "b", "marker": "m"}),
            waits_on,
        )
    }

    pub fn comment_on(self, id: &str, ticket_step: &str) -> Self {
        self.step(
            id,
            Operation::CommentTicket,
            json!({"ticket_id": {"from_step": ticket_step, "field": "remote_ref"}, "body": "b", "marker": "m"}),
            &[ticket_step],
        )
    }

    pub fn update(self, id: &str, waits_on: &[&str]) -> Self {
        let case = self.0.case.remote_id.clone();
        let mut made = self.step(
            id,
            Operation::UpdateCase,
            json!({"case_id": case, "base_version": 3,
                   "base": {"status": "open", "owner": "lena"},
                   "changes": {"status": "resolved", "owner": "tomas"}}),
            waits_on,
        );
        let object = made.0.case.clone();
        made.0.steps.last_mut().unwrap().overlay = vec![OverlayValue {
            object,
            field: "status".into(),
            value: json!("resolved"),
        }];
        made
    }

    pub fn optional(mut self) -> Self {
        self.0.steps.last_mut().unwrap().optional = true;
        self
    }

    pub async fn send(self, ledger: &Ledger) -> ActionId {
        self.try_send(ledger, false).await.unwrap()
    }

    pub async fn try_send(&self, ledger: &Ledger, again: bool) -> Result<ActionId, LedgerError> {
        ledger
            .enqueue(Enqueue {
                plan: &self.0,
                actor: &lena(),
                blobs: Vec::new(),
                again,
                repeatable: false,
                audit: Vec::new(),
                now: NOW,
            })
            .await
    }
}

pub async fn claim(ledger: &Ledger, now: Millis) -> Option<ClaimedStep> {
    ledger.claim_next(now, LEASE, &[]).await.unwrap()
}

pub async fn confirm(ledger: &Ledger, step: &ClaimedStep, remote_ref: &str, now: Millis) {
    let event = StepEvent::Confirmed {
        remote_ref: remote_ref.into(),
    };
    settle(ledger, step, event, now).await;
}

pub async fn settle(
    ledger: &Ledger,
    step: &ClaimedStep,
    event: StepEvent,
    now: Millis,
) -> StepState {
    ledger
        .settle(&step.id, step.attempt, Settlement::of(event), now)
        .await
        .unwrap()
}

pub async fn rows(ledger: &Ledger) -> Vec<StepRow> {
    ledger
        .list_steps(&StepFilter::default(), 1_000, 0)
        .await
        .unwrap()
}

pub async fn row(ledger: &Ledger, name: &str) -> StepRow {
    let mut found: Vec<StepRow> = rows(ledger)
        .await
        .into_iter()
        .filter(|r| r.name == name)
        .collect();
    found.pop().unwrap()
}

pub async fn events(ledger: &Ledger) -> Vec<String> {
    let mut events: Vec<String> = ledger
        .list_audit(&ledger::audit::AuditFilter::default(), 1_000, 0)
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.record.event)
        .collect();
    events.reverse();
    events
}

pub fn code(error: &LedgerError) -> String {
    error.to_refusal().code.to_string()
}
