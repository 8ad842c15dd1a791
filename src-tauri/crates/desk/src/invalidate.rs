//! A letter that is not the one that was signed any more is never released, and everybody who pulls its review learns it.

use domain::{IntentId, Refusal, plan::GateKind, step::StepState};
use ledger::{Actor, AuditEntry, GateRow, StepFilter};
use serde_json::{Value, json};

use crate::{
    Desk,
    problem::Refuse,
    review::{ReviewRecord, text},
};

/// Item of a review space that ends the review of a hash.
pub(crate) const INVALIDATION: &str = "invalidation";

impl Desk {
    /// Releases that were stopped because the stored letter differs from the approved one: their review is invalidated and
    /// what depends on them is withdrawn. What leaves next is a new version with signatures of its own.
    pub(crate) async fn invalidate_changed(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        for gate in self
            .inner
            .ledger
            .open_gates(GateKind::ReleaseCheck)
            .await
            .refuse()?
        {
            moved |= self.invalidate(&gate).await?;
        }
        Ok(moved)
    }

    async fn invalidate(&self, gate: &GateRow) -> Result<bool, Refusal> {
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        let filter = StepFilter {
            action: Some(gate.action_id.to_string()),
            ..StepFilter::default()
        };
        let steps = ledger.list_steps(&filter, 100, 0).await.refuse()?;
        let stopped = steps
            .iter()
            .find(|s| s.name == "release" && matches!(s.state, StepState::NeedsAttention { .. }));
        let Some(release) = stopped else {
            return Ok(false);
        };
        let detail = ledger.step(&release.id).await.refuse()?;
        let found = detail
            .conflict
            .as_ref()
            .and_then(|sides| sides.theirs.get("content_sha256"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let receipts = ledger.receipts(&gate.action_id).await.refuse()?;
        let of = |name: &str| receipts.iter().find(|r| r.name == name);
        let (Some(render), Some(space)) = (of("render"), of("space")) else {
            return Ok(false);
        };
        let approved = text(&render.detail, "sha256");
        if found.is_empty() || found == approved {
            return Ok(false);
        }
        let review = self
            .inner
            .cache
            .review_space(&space.remote_ref)
            .await
            .refuse()?;
        if let Some(record) = review.as_ref().and_then(ReviewRecord::of) {
            let intent = IntentId(format!("{INVALIDATION}/{}/{found}", record.space_id));
            let data = json!({"notice": record.notice, "hash": text(&render.detail, "content_hash"),
                "approved_sha256": approved, "found_sha256": found});
            self.publish(
                &record,
                intent,
                INVALIDATION,
                "The letter changed after it was signed",
                data,
            )
            .await?;
        }
        let reason =
            "E_HASH: the letter changed after it was signed; a new version needs new signatures.";
        ledger
            .cancel(&release.id, &actor, reason, now)
            .await
            .refuse()?;
        ledger
            .fail_gate(&gate.action_id, &gate.id, &actor, reason, now)
            .await
            .refuse()?;
        let entry = AuditEntry::about("approval.invalidated", gate.case.clone()).with(
            json!({"action": gate.action_id, "approved_sha256": approved, "found_sha256": found}),
        );
        ledger
            .append_audit(&actor, vec![entry], now)
            .await
            .refuse()?;
        Ok(true)
    }
}
