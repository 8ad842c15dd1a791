//! Random interleavings of claims, settlements and crashes keep the rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::*;
use domain::{
    Millis,
    step::{StepEvent, StepState},
};
use ledger::{ClaimedStep, Ledger, Settlement};
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Act {
    Claim,
    LookUp,
    Confirm,
    NotSent,
    Transient,
    Lose,
    Refuse,
    Retry,
    Crash,
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Claim),
        2 => Just(Act::LookUp),
        4 => Just(Act::Confirm),
        1 => Just(Act::NotSent),
        2 => Just(Act::Transient),
        2 => Just(Act::Lose),
        1 => Just(Act::Refuse),
        2 => Just(Act::Retry),
        2 => Just(Act::Crash),
        3 => (1..400_u16).prop_map(Act::Wait),
    ]
}

/// What the other side saw: every send, in order.
struct World {
    ledger: Ledger,
    dir: tempfile::TempDir,
    now: Millis,
    hands: Vec<ClaimedStep>,
    under_way: BTreeMap<String, u32>,
    confirmed: BTreeSet<String>,
    order: BTreeMap<String, Vec<String>>,
}

impl World {
    async fn new() -> Self {
        let (dir, ledger) = fresh().await;
        for n in 0..4 {
            let plan = PlanMaker::new(&format!("i{n}"), &(n % 2).to_string())
                .playbook(&format!("p{n}"))
                .ticket(&format!("t{n}"), &[])
                .comment_on(&format!("c{n}"), &format!("t{n}"))
                .message(&format!("m{n}"), &[&format!("t{n}")]);
            plan.send(&ledger).await;
        }
        Self {
            ledger,
            dir,
            now: NOW,
            hands: Vec::new(),
            under_way: BTreeMap::new(),
            confirmed: BTreeSet::new(),
            order: BTreeMap::new(),
        }
    }

    async fn settle(&mut self, event: StepEvent) {
        if self.hands.is_empty() {
            return;
        }
        let step = self.hands.remove(0);
        let confirmed = matches!(event, StepEvent::Confirmed { .. });
        let done = self
            .ledger
            .settle(&step.id, step.attempt, Settlement::of(event), self.now)
            .await;
        if done.is_ok() {
            self.under_way.remove(&step.id);
            if confirmed {
                assert!(
                    self.confirmed.insert(step.id.clone()),
                    "{} confirmed twice",
                    step.id
                );
                let lane = format!("{}/{}", step.system, step.case);
                self.order.entry(lane).or_default().push(step.id);
            }
        }
    }

    async fn run(&mut self, act: Act) {
        match act {
            Act::Claim => {
                if let Some(step) = claim(&self.ledger, self.now).await {
                    assert!(
                        !self.confirmed.contains(&step.id),
                        "sent after it was confirmed"
                    );
                    assert!(
                        self.under_way
                            .insert(step.id.clone(), step.attempt)
                            .is_none(),
                        "{} is under way twice",
                        step.id
                    );
                    self.hands.push(step);
                }
            }
            Act::LookUp => {
                let found = self
                    .ledger
                    .claim_look_up(self.now, LEASE, &[])
                    .await
                    .unwrap();
                if let Some(step) = found {
                    let event = StepEvent::SafeToResend;
                    let settlement = Settlement::of(event);
                    self.ledger
                        .settle(&step.id, step.attempt, settlement, self.now)
                        .await
                        .unwrap();
                    self.under_way.remove(&step.id);
                    self.hands.retain(|h| h.id != step.id);
                }
            }
            Act::Confirm => {
                self.settle(StepEvent::Confirmed {
                    remote_ref: "r".into(),
                })
                .await
            }
            Act::NotSent => self.settle(StepEvent::NotSent).await,
            Act::Transient => {
                let retry_at = self.now.plus(30_000);
                self.settle(StepEvent::Transient { retry_at }).await;
            }
            Act::Lose => {
                let look_up_after = self.now.plus(10_000);
                if let Some(step) = self.hands.first().map(|s| s.id.clone()) {
                    self.settle(StepEvent::OutcomeUnknown { look_up_after })
                        .await;
                    // It may have happened: nobody else may send it now.
                    self.under_way.entry(step).or_insert(0);
                }
            }
            Act::Refuse => self.settle(StepEvent::Refused).await,
            Act::Retry => {
                for row in rows(&self.ledger).await {
                    if matches!(row.state, StepState::NeedsAttention { .. }) {
                        self.ledger.retry(&row.id, &lena(), self.now).await.unwrap();
                    }
                }
            }
            Act::Crash => {
                let (dir, ledger) = crash(self.dir.path()).await;
                self.ledger.close().await;
                self.dir = dir;
                self.ledger = ledger;
                self.hands.clear();
                self.ledger.abandoned_attempts(self.now).await.unwrap();
            }
            Act::Wait(seconds) => {
                self.now = self.now.plus(i64::from(seconds) * 1_000);
                self.ledger.expired_leases(self.now).await.unwrap();
            }
        }
    }

    async fn finish(&mut self) {
        // Whatever happened: with time, look-ups and retries everything goes out once, in order.
        for _ in 0..60 {
            self.run(Act::Wait(399)).await;
            self.run(Act::LookUp).await;
            self.run(Act::Retry).await;
            self.run(Act::Claim).await;
            self.run(Act::Confirm).await;
            if self.confirmed.len() == 12 {
                break;
            }
        }
        let counts = self.ledger.counts().await.unwrap();
        assert_eq!((counts.confirmed, counts.open()), (12, 0));
        for (lane, ids) in &self.order {
            let queued: Vec<String> = rows(&self.ledger)
                .await
                .into_iter()
                .filter(|r| format!("{}/{}", r.system, r.case) == *lane)
                .map(|r| r.id)
                .collect();
            assert_eq!(*ids, queued, "order of {lane}");
        }
        let verdict = self.ledger.verify_audit().await.unwrap();
        assert!(verdict.ok);
        assert_eq!(self.ledger.next_due(self.now).await.unwrap(), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_interleaving_of_claims_settlements_and_crashes_keeps_the_rules(
        acts in prop::collection::vec(act(), 1..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            for act in acts {
                world.run(act).await;
            }
            world.finish().await;
        });
    }
}
