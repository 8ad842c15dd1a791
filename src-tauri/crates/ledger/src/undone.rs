//! Undoing what a person confirmed, for as long as nothing of it has left.

use domain::{
    ActionId, Millis, Refusal,
    refusal::Code,
    step::StepState,
    undo::{content_hash, leaves},
};
use serde_json::json;

use crate::{
    Actor, AuditEntry, Draft, Ledger, LedgerError,
    drafts::put_draft,
    lanes::Work,
    rows::{StepRecord, select_steps},
};

/// What was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// Steps withdrawn.
    pub steps: usize,
    /// Whether the draft was put back; another one may have been begun meanwhile, and stays.
    pub draft_restored: bool,
}

const OF_ACTION: &str = select_steps!("where a.id = ? order by s.seq");

fn hash_of(steps: &[StepRecord]) -> Result<String, LedgerError> {
    let hashes = steps.iter().map(|s| {
        let number = u32::try_from(s.number).unwrap_or_default();
        (number, s.content_hash.as_str())
    });
    content_hash(hashes).map_err(|e| LedgerError::field(e.to_string()))
}

fn may_have_left(step: &StepRecord) -> bool {
    let begun = matches!(
        step.shown_state(),
        StepState::Sending { .. } | StepState::Unknown { .. } | StepState::Confirmed { .. }
    );
    let tried = step.attempts > 0 && step.shown_state() != StepState::Cancelled;
    (begun || tried) && step.operation().is_none_or(leaves)
}

impl Ledger {
    /// Withdraws everything of an action, or nothing: refused when a step of it that leaves was taken in hand before. Of that
    /// and this one comes first, so that what is undone can never leave. `draft` is put back in the same transaction,
    /// unless there is one of its id.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_HASH` when `content` is the hash of something else; `E_STATE` when it has left, or was cancelled
    /// before; else a [`LedgerError`].
    pub async fn undo(
        &self,
        action: &ActionId,
        content: &str,
        draft: Option<&Draft>,
        actor: &Actor,
        now: Millis,
    ) -> Result<Undone, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let steps: Vec<StepRecord> = sqlx::query_as(OF_ACTION)
            .bind(action.as_str())
            .fetch_all(&mut *work.tx)
            .await?;
        let Some(first) = steps.first() else {
            return Err(LedgerError::not_found("action", action.as_str()));
        };
        let sha = hash_of(&steps)?;
        if sha != content {
            return Err(Refusal::new(
                Code::Hash,
                "That is the hash of something else, so nothing was undone.",
            )
            .with(json!({"content": sha}))
            .into());
        }
        if steps.iter().any(may_have_left) {
            return Err(LedgerError::state("It has left."));
        }
        let mut withdrawn = 0;
        for step in &steps {
            // Another may have taken it along; a rendering or a claim under way changes nothing by itself.
            let step = work.by_seq(step.seq).await?;
            if matches!(
                step.shown_state(),
                StepState::Queued | StepState::Waiting { .. } | StepState::NeedsAttention { .. }
            ) {
                withdrawn += work.withdraw(&step, actor, "Undone.", false).await?;
            }
        }
        if withdrawn == 0 {
            return Err(LedgerError::state("It was cancelled already."));
        }
        let mut draft_restored = false;
        if let Some(draft) = draft {
            let there: i64 = sqlx::query_scalar("select count(*) from draft where id = ?")
                .bind(&draft.id)
                .fetch_one(&mut *work.tx)
                .await?;
            if there == 0 {
                put_draft(&mut work.tx, draft).await?;
                draft_restored = true;
            }
        }
        let mut entry = AuditEntry::about("notice.undone", first.case_ref.clone());
        entry.case = first.case_ref.parse().ok();
        entry.before_hash = Some(sha.clone());
        let facts = json!({"action": action.as_str(), "sha": sha, "steps": withdrawn});
        work.audit(actor, entry.with(facts)).await?;
        work.commit().await?;
        Ok(Undone {
            steps: withdrawn,
            draft_restored,
        })
    }

    /// The hash [`Ledger::undo`] asks for, and whether nothing of the action has left yet.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; else a [`LedgerError`].
    pub async fn undoable(&self, action: &ActionId) -> Result<(String, bool), LedgerError> {
        let steps: Vec<StepRecord> = sqlx::query_as(OF_ACTION)
            .bind(action.as_str())
            .fetch_all(self.reader().pool())
            .await?;
        if steps.is_empty() {
            return Err(LedgerError::not_found("action", action.as_str()));
        }
        let open = steps.iter().any(|s| !s.shown_state().is_settled());
        Ok((hash_of(&steps)?, open && !steps.iter().any(may_have_left)))
    }
}
