//! Following the ledger step by step ends where reading it whole does.

use std::collections::BTreeMap;

use cache::{Batch, Incoming};
use domain::{
    IntentId, Millis,
    action::{args_hash, step_key},
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
    record::{Case, Record},
    step::StepEvent,
};
use ledger::{Actor, AuditEntry, ClaimedStep, Enqueue, Settlement, StepFilter};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;

use super::*;
use crate::{OpenOptions, facts::case_object};

const CASES: u32 = 4;

struct World {
    desk: Desk,
    _folder: tempfile::TempDir,
    random: StdRng,
    hands: Vec<ClaimedStep>,
    intents: u32,
    version: i64,
}

impl World {
    async fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open(OpenOptions {
            home: folder.path().to_path_buf(),
            ..OpenOptions::default()
        })
        .await
        .unwrap();
        let mut world = Self {
            desk,
            _folder: folder,
            random: StdRng::seed_from_u64(seed),
            hands: Vec::new(),
            intents: 0,
            version: 0,
        };
        for case in 0..CASES {
            world.pull(case).await;
        }
        world
    }

    fn now(&self) -> Millis {
        self.desk.now()
    }

    /// One of a few, at random.
    fn one_of(&mut self, many: u32) -> u32 {
        self.random.random_range(0..many)
    }

    /// The mirror learns a newer version.
    async fn pull(&mut self, case: u32) {
        self.version += 1;
        let record = Record::Case(case_(case, self.version));
        let now = self.now();
        let batch = Batch {
            system: System::Community,
            collection: "cases".to_owned(),
            records: vec![Incoming {
                remote_id: case.to_string(),
                raw: String::new(),
                record: Ok(record),
            }],
            cursor: self.version.to_string(),
            more: false,
            listing: None,
            requested_at: now,
            now,
        };
        self.desk.inner.cache.apply(batch).await.unwrap();
    }

    async fn enqueue(&mut self) {
        self.intents += 1;
        let intent = IntentId(format!("i{}", self.intents));
        let case = case_object(&self.one_of(CASES).to_string());
        let steps = (1..=1 + self.one_of(3))
            .map(|number| {
                let field = ["status", "owner", "priority"][self.one_of(3) as usize];
                let value = format!("{field}{}", self.one_of(9));
                let args = json!({"case_id": case.remote_id, "base_version": 1, "base": {}, "changes": {field: value}});
                let content_hash = args_hash(&args).unwrap();
                PlannedStep {
                    number,
                    id: format!("s{number}"),
                    operation: Operation::UpdateCase,
                    subject: "Update".to_owned(),
                    key: step_key(&intent, number, &content_hash),
                    content_hash,
                    args,
                    waits_on: Vec::new(),
                    offline_class: OfflineClass::Queue,
                    lane: None,
                    optional: false,
                    overlay: vec![OverlayValue {
                        object: case.clone(),
                        field: field.to_owned(),
                        value: json!(value),
                    }],
                }
            })
            .collect();
        let plan = Plan {
            intent,
            playbook: "test".into(),
            use_case: "S0.0".into(),
            title: "Test".into(),
            case,
            steps,
            gates: Vec::new(),
            skipped: Vec::new(),
        };
        self.desk
            .inner
            .ledger
            .enqueue(Enqueue {
                plan: &plan,
                actor: &Actor::system(),
                blobs: Vec::new(),
                again: true,
                repeatable: true,
                audit: Vec::new(),
                now: self.now(),
            })
            .await
            .unwrap();
    }

    async fn claim(&mut self) {
        let claimed = self
            .desk
            .inner
            .ledger
            .claim_next(self.now(), 60_000, &[])
            .await
            .unwrap();
        self.hands.extend(claimed);
    }

    async fn settle(&mut self) {
        let Some(step) = self.hands.pop() else { return };
        let event = match self.one_of(5) {
            0 => StepEvent::Refused,
            1 => StepEvent::NotSent,
            2 => StepEvent::OutcomeUnknown {
                look_up_after: self.now(),
            },
            _ => StepEvent::Confirmed {
                remote_ref: step.id.clone(),
            },
        };
        let mut settlement = Settlement::of(event);
        if self.one_of(2) == 0 {
            let version = self.version + i64::from(self.one_of(3)) - 1;
            settlement.detail.insert("version".into(), json!(version));
        }
        self.desk
            .inner
            .ledger
            .settle(&step.id, step.attempt, settlement, self.now())
            .await
            .unwrap();
    }

    async fn cancel(&mut self) {
        let ledger = self.desk.inner.ledger.clone();
        let steps = ledger
            .list_steps(
                &StepFilter {
                    open: true,
                    ..StepFilter::default()
                },
                100,
                0,
            )
            .await
            .unwrap();
        if steps.is_empty() {
            return;
        }
        let step = &steps[self.one_of(u32::try_from(steps.len()).unwrap()) as usize];
        // What is under way cannot be cancelled; that it is refused is not the point here.
        let _ = ledger
            .cancel(&step.id, &Actor::system(), "", self.now())
            .await;
    }

    async fn decide_exception(&mut self) {
        let id = format!("f{}", self.one_of(3));
        let state = ["acknowledged", "waived", "open"][self.one_of(3) as usize];
        let entry = AuditEntry::about("exception.decided", &id);
        self.desk
            .inner
            .ledger
            .decide(
                &format!("{EXCEPTIONS}{id}"),
                &json!(state),
                entry,
                &Actor::system(),
                self.now(),
            )
            .await
            .unwrap();
    }

    async fn act(&mut self) {
        match self.one_of(10) {
            0..=2 => self.enqueue().await,
            3 | 4 => self.claim().await,
            5 | 6 => self.settle().await,
            7 => self.cancel().await,
            8 => self.decide_exception().await,
            _ => {
                let case = self.one_of(CASES);
                self.pull(case).await;
            }
        }
    }

    /// Every effective value, and the cases as lists show them.
    async fn shown(&self) -> BTreeMap<String, String> {
        let cache = &self.desk.inner.cache;
        let mut all = BTreeMap::new();
        for case in 0..CASES {
            let id = case.to_string();
            let item = cache.case(&id, "").await.unwrap().unwrap();
            let c = item.case;
            all.insert(
                id.clone(),
                format!("{} {:?} {}", c.status, c.owner, c.priority),
            );
            all.insert(
                format!("{id}/overlay"),
                self.values(&case_object(&id)).await,
            );
        }
        for finding in 0..3 {
            let object = ObjectRef::new(Kind::Finding, System::Documents, format!("f{finding}"));
            all.insert(object.to_string(), self.values(&object).await);
        }
        all
    }

    async fn values(&self, object: &ObjectRef) -> String {
        let rows = self.desk.inner.cache.overlay_of(object).await.unwrap();
        format!("{rows:?}")
    }
}

fn case_(id: u32, version: i64) -> Case {
    serde_json::from_value(json!({
        "id": id.to_string(), "number": format!("PC-{id}"), "subject": "", "case_type": "dispute", "subtype": "",
        "status": "new", "priority": "normal", "owner": null, "team": null, "partner_id": "1", "partner_name": "P",
        "partner_short_name": "P", "business_refs": [], "opened_at": 1, "updated_at": version, "due_at": null,
        "stage": null, "communication_status": null, "loop_state": null, "version": version, "external_refs": [],
    }))
    .unwrap()
}

#[tokio::test]
async fn what_is_followed_step_by_step_is_what_a_start_would_show() {
    for seed in 0..12 {
        let mut world = World::new(seed).await;
        for _ in 0..40 {
            world.act().await;
            // Several changes may come together.
            if world.one_of(3) > 0 {
                world.desk.refresh_overlay().await.unwrap();
            }
        }
        world.desk.refresh_overlay().await.unwrap();
        let followed = world.shown().await;
        world.desk.rebuild_overlay().await.unwrap();
        assert_eq!(followed, world.shown().await, "seed {seed}");
    }
}

#[tokio::test]
async fn an_attempt_that_changes_no_value_announces_nothing() {
    let mut world = World::new(1).await;
    world.enqueue().await;
    world.desk.refresh_overlay().await.unwrap();
    let mut told = world.desk.inner.cache.database().changes().listen();
    world.claim().await;
    assert_eq!(world.hands.len(), 1);
    world.desk.refresh_overlay().await.unwrap();
    world.desk.refresh_overlay().await.unwrap();
    assert!(told.try_recv().is_err());
}
