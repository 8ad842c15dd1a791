//! What follows without a person: quorums pass gates, lost claims withdraw what depends on them, produced bytes are compared
//! with approved ones, and delivery states come back to their cases.

use std::collections::BTreeMap;

use domain::{
    IntentId, Kind, Millis, Refusal, derive,
    plan::GateKind,
    playbook,
    review::{ReviewState, state as review_state},
};
use ledger::{Actor, AuditEntry, Derived, GateRow};
use serde_json::json;

use crate::{
    Desk,
    problem::Refuse,
    review::{ReviewRecord, text},
};

const SINCE: &str = "derive_since";
/// Changes looked at in one transaction.
const BATCH: u32 = 500;

impl Desk {
    /// Follows up once. True when something changed that the outbox may go on with.
    pub(crate) async fn follow(&self) -> Result<bool, Refusal> {
        let mut moved = self.pass_reviews().await?;
        moved |= self.invalidate_changed().await?;
        self.settle_prepared().await?;
        moved |= self.check_releases().await?;
        moved |= self.give_way().await?;
        moved |= self.derive().await?;
        Ok(moved)
    }

    /// Review gates: passed by a quorum over exactly the hash this action rendered, failed by anything that ends it.
    async fn pass_reviews(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let ledger = &self.inner.ledger;
        for gate in ledger.open_gates(GateKind::Review).await.refuse()? {
            let receipts = ledger.receipts(&gate.action_id).await.refuse()?;
            let find = |step: &str| receipts.iter().find(|r| r.name == step);
            let (Some(render), Some(space)) = (find("render"), find("space")) else {
                continue;
            };
            let hash = text(&render.detail, "content_hash");
            let Some(found) = self
                .inner
                .cache
                .review_space(&space.remote_ref)
                .await
                .refuse()?
            else {
                continue;
            };
            // Only what Community has: a signature that it would refuse must not open the gate.
            let Some(review) = ReviewRecord::of(&found) else {
                continue;
            };
            let mut request = review.request.clone();
            let current = std::mem::replace(&mut request.hash, hash.to_owned());
            let verdict = review_state(&request, &review.signatures, &current, self.now());
            moved |= self.turn_review_gate(&gate, verdict, hash).await?;
        }
        Ok(moved)
    }

    async fn turn_review_gate(
        &self,
        gate: &GateRow,
        verdict: ReviewState,
        hash: &str,
    ) -> Result<bool, Refusal> {
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        match verdict {
            ReviewState::Requested => return Ok(false),
            ReviewState::Approved => ledger
                .pass_gate(&gate.action_id, &gate.id, &actor, now)
                .await
                .refuse()?,
            ReviewState::Rejected
            | ReviewState::Expired
            | ReviewState::Recalled
            | ReviewState::Invalidated => {
                let reason = format!("The review is {verdict}.");
                ledger
                    .fail_gate(&gate.action_id, &gate.id, &actor, &reason, now)
                    .await
                    .refuse()?;
            }
        }
        let entry = AuditEntry::about(format!("approval.{verdict}"), gate.case.clone())
            .with(json!({"action": gate.action_id, "hash": hash}));
        ledger
            .append_audit(&actor, vec![entry], now)
            .await
            .refuse()?;
        Ok(true)
    }

    /// Release checks: what was produced must be what was approved, else everything behind stops and compliance is told.
    async fn check_releases(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        for gate in ledger.open_gates(GateKind::ReleaseCheck).await.refuse()? {
            let receipts = ledger.receipts(&gate.action_id).await.refuse()?;
            let find = |step: &str| receipts.iter().find(|r| r.name == step);
            let (Some(render), Some(release)) = (find("render"), find("release")) else {
                continue;
            };
            let (approved, produced) = (
                text(&render.detail, "sha256"),
                text(&release.detail, "produced_sha256"),
            );
            let facts = json!({"action": gate.action_id, "approved_sha256": approved, "produced_sha256": produced});
            let event = if !produced.is_empty() && produced == approved {
                ledger
                    .pass_gate(&gate.action_id, &gate.id, &actor, now)
                    .await
                    .refuse()?;
                "release.verified"
            } else {
                let reason = "E_HASH: what was produced is not what was approved. Compliance has to look at it.";
                ledger
                    .fail_gate(&gate.action_id, &gate.id, &actor, reason, now)
                    .await
                    .refuse()?;
                "release.mismatch"
            };
            ledger
                .append_audit(
                    &actor,
                    vec![AuditEntry::about(event, gate.case.clone()).with(facts)],
                    now,
                )
                .await
                .refuse()?;
            moved = true;
        }
        Ok(moved)
    }

    /// Claims another desktop won: what depends on them is withdrawn here.
    async fn give_way(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let ledger = &self.inner.ledger;
        for lost in ledger.lost_claims().await.refuse()? {
            let who = lost.winner.as_deref().unwrap_or("another desktop");
            let reason = format!("{who} won the claim and does the rest.");
            for step in lost.dependents {
                ledger
                    .cancel(&step, &Actor::system(), &reason, self.now())
                    .await
                    .refuse()?;
                moved = true;
            }
        }
        Ok(moved)
    }

    /// From when on delivery states are news; what was known before this folder existed is history.
    async fn news_since(&self) -> Result<Millis, Refusal> {
        let ledger = &self.inner.ledger;
        if let Some(since) = ledger.setting::<i64>(SINCE).await.refuse()? {
            return Ok(Millis(since));
        }
        let now = self.now();
        ledger
            .set_setting(SINCE, &now.0, &Actor::system(), now)
            .await
            .refuse()?;
        Ok(now)
    }

    /// Derived steps from the cache's change log, once for each event.
    async fn derive(&self) -> Result<bool, Refusal> {
        let since = self.news_since().await?;
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let feed = format!("notices/{}", cache.filling().await.refuse()?);
        let mut moved = false;
        loop {
            let position = ledger.derive_position(&feed).await.refuse()?;
            let changes = cache.changes_since(position, BATCH).await.refuse()?;
            let Some(last) = changes.last().map(|c| c.seq) else {
                return Ok(moved);
            };
            let mut ids: Vec<String> = changes
                .into_iter()
                .filter(|c| c.object.kind == Kind::Notice && c.what != "gone")
                .map(|c| c.object.remote_id)
                .collect();
            ids.dedup();
            let derived = self.derived_from(&ids, since).await?;
            let accepted = ledger
                .enqueue_derived(&feed, last, &derived, self.now())
                .await
                .refuse()?;
            moved |= !accepted.is_empty();
        }
    }

    async fn derived_from(
        &self,
        notices: &[String],
        since: Millis,
    ) -> Result<Vec<Derived>, Refusal> {
        let Some(playbook) = self.inner.library.triggered("notice_changed").cloned() else {
            return Ok(Vec::new());
        };
        let mut derived = Vec::new();
        for delivery in self.inner.cache.notices(notices).await.refuse()? {
            if delivery.event_at < since {
                continue;
            }
            let Some(case_id) = delivery.case_id.clone() else {
                continue;
            };
            let others = self.inner.cache.notices_of_case(&case_id).await.refuse()?;
            let Some(event) = derive::notice_event(&delivery, &others) else {
                continue;
            };
            let Ok(known) = self.know(&case_id).await else {
                continue;
            };
            // The intent comes from the event too, so that a second look finds the first.
            let intent = IntentId(format!("derived/{}", text_of(&event, "id")));
            let mut facts = self.facts_of(&known, &playbook, &BTreeMap::new(), &intent);
            if let Some(values) = facts.values.as_object_mut() {
                values.insert("event".into(), event);
            }
            match playbook::plan(&playbook, &facts, &BTreeMap::new(), &intent) {
                Ok(plan) => derived.push(Derived {
                    plan,
                    blobs: Vec::new(),
                }),
                Err(refusal) => {
                    tracing::info!(code = %refusal.code, "nothing is derived");
                }
            }
        }
        Ok(derived)
    }
}

fn text_of<'a>(value: &'a serde_json::Value, name: &str) -> &'a str {
    value
        .get(name)
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default()
}
