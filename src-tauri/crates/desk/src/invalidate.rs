//! A letter that is not the one that was signed any more is never released, and everybody who pulls its review learns it.

use domain::{IntentId, Refusal, plan::GateKind, release::INVALIDATION, step::StepState};
use ledger::{Actor, AuditEntry, GateRow};
use serde_json::{Value, json};

use crate::{Desk, problem::Refuse, release::LetterOf};

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
        let steps = self.steps_of(&gate.action_id).await?;
        let stopped = steps
            .iter()
            .find(|s| s.name == "release" && matches!(s.state, StepState::NeedsAttention { .. }));
        let Some(stopped) = stopped else {
            return Ok(false);
        };
        let detail = self.inner.ledger.step(&stopped.id).await.refuse()?;
        let found = detail
            .conflict
            .as_ref()
            .and_then(|sides| sides.theirs.get("content_sha256"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let receipts = self.inner.ledger.receipts(&gate.action_id).await.refuse()?;
        let Some(letter) = self.letter_of(&gate.action_id, &receipts).await? else {
            return Ok(false);
        };
        if found.is_empty() || found == letter.approved_sha256 {
            return Ok(false);
        }
        self.end_changed(gate, &letter, found).await?;
        Ok(true)
    }

    /// Ends a letter that is not the approved one: everybody who pulls its review learns it, and nothing of it leaves.
    pub(crate) async fn end_changed(
        &self,
        gate: &GateRow,
        letter: &LetterOf,
        found: &str,
    ) -> Result<(), Refusal> {
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        if let Some(record) = self.pulled(&letter.space_id).await? {
            let intent = IntentId(format!("{INVALIDATION}/{}/{found}", record.space_id));
            let data = json!({"notice": record.notice, "hash": letter.hash, "approved_sha256": letter.approved_sha256,
                "found_sha256": found});
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
        let steps = self.steps_of(&gate.action_id).await?;
        if let Some(release) = steps
            .iter()
            .find(|s| s.name == "release" && !s.state.is_settled())
        {
            ledger
                .cancel(&release.id, &actor, reason, now)
                .await
                .refuse()?;
        }
        let gates = ledger.gates(&gate.action_id).await.refuse()?;
        self.fail_open(&gates, reason).await?;
        let entry = AuditEntry::about("approval.invalidated", gate.case.clone()).with(
            json!({"action": gate.action_id, "approved_sha256": letter.approved_sha256, "found_sha256": found}),
        );
        ledger
            .append_audit(&actor, vec![entry], now)
            .await
            .refuse()?;
        Ok(())
    }
}
