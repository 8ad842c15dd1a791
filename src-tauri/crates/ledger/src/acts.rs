//! What people do about steps: cancel, retry, resolve.

use std::collections::BTreeMap;

use domain::{
    ActionId, Millis,
    step::{Attention, StepEvent, StepState, WaitReason},
    words,
};

use crate::{
    Actor, Ledger, LedgerError, Settlement,
    lanes::Work,
    rows::{StepRecord, by_id, select_steps},
};

words! {
    /// One side of a conflict.
    Side {
        /// What both started from.
        Base = "base",
        /// What we wanted.
        Mine = "mine",
        /// What the other side has now.
        Theirs = "theirs",
    }
}

/// What a person decided about a step that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// A conflict: a side for each field, or for all that are not named. Fields only one side changed need none.
    Take {
        /// For fields not named.
        all: Option<Side>,
        /// By field.
        fields: BTreeMap<String, Side>,
    },
    /// Undecidable: it did happen; the reference found over there, if any.
    Sent {
        /// Id over there.
        remote_ref: String,
    },
    /// Undecidable: it did not happen; send it.
    NotSent,
}

impl Ledger {
    /// Withdraws a step that is not under way, with every step that cannot do without it.
    ///
    /// # Errors
    /// `E_STATE` when it may be under way or is settled; else a [`LedgerError`].
    pub async fn cancel(
        &self,
        step: &str,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let step = by_id(&mut work.tx, step).await?;
        may_withdraw(&step)?;
        work.withdraw(&step, actor, reason, false).await?;
        work.commit().await
    }

    /// Withdraws every step of an action that is not under way or settled. Gives how many were withdrawn.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn cancel_action(
        &self,
        action: &ActionId,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<usize, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let ids: Vec<String> = sqlx::query_scalar(
            "select s.id from step s join action a on a.seq = s.action where a.id = ? and s.open = 1 order by s.seq",
        )
        .bind(action.as_str())
        .fetch_all(&mut *work.tx)
        .await?;
        let mut withdrawn = 0;
        for id in ids {
            let step = by_id(&mut work.tx, &id).await?;
            if may_withdraw(&step).is_ok() {
                withdrawn += work.withdraw(&step, actor, reason, false).await?;
            }
        }
        work.commit().await?;
        Ok(withdrawn)
    }

    /// Sends a refused step again, or one that waits for a time now.
    ///
    /// # Errors
    /// `E_STATE` for a conflict or an undecidable step (see [`Ledger::resolve`]) and for one that waits on another step or
    /// gate; else a [`LedgerError`].
    pub async fn retry(&self, step: &str, actor: &Actor, now: Millis) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let step = by_id(&mut work.tx, step).await?;
        match step.shown_state() {
            StepState::NeedsAttention {
                attention: Attention::Refused,
            }
            | StepState::Waiting {
                reason: WaitReason::Until,
                ..
            } => {}
            StepState::NeedsAttention {
                attention: Attention::Conflict,
            } => {
                return Err(LedgerError::state(
                    "Both sides changed this; decide which side to take.",
                ));
            }
            StepState::NeedsAttention {
                attention: Attention::Undecidable,
            } => {
                return Err(LedgerError::state(
                    "Nobody can tell whether this was sent; look at the other side and say so.",
                ));
            }
            other => {
                return Err(LedgerError::state(format!(
                    "A step that is {} cannot be sent again by hand.",
                    other.word()
                )));
            }
        }
        work.send_again(&step, actor, "op.retried").await?;
        work.commit().await
    }

    /// Carries out what a person decided about a step that needs attention. Gives the id of the step that goes on: the
    /// same, or the one that takes its place.
    ///
    /// # Errors
    /// `E_STATE` when the step does not wait for this decision, `E_FIELD` when a field is left undecided; else a
    /// [`LedgerError`].
    pub async fn resolve(
        &self,
        step: &str,
        resolution: &Resolution,
        actor: &Actor,
        now: Millis,
    ) -> Result<String, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let step = by_id(&mut work.tx, step).await?;
        let attention = match step.shown_state() {
            StepState::NeedsAttention { attention } => attention,
            other => {
                return Err(LedgerError::state(format!(
                    "A step that is {} has nothing to resolve.",
                    other.word()
                )));
            }
        };
        let goes_on = match (resolution, attention) {
            (Resolution::Take { all, fields }, Attention::Conflict) => {
                work.take_sides(&step, *all, fields, actor).await?
            }
            (Resolution::Sent { remote_ref }, Attention::Undecidable) => {
                work.found_by_person(&step, remote_ref, actor).await?;
                step.id.clone()
            }
            (Resolution::NotSent, Attention::Undecidable) => {
                work.send_again(&step, actor, "op.resolved_not_sent")
                    .await?;
                step.id.clone()
            }
            (_, attention) => {
                return Err(LedgerError::state(format!(
                    "This step is {attention}; that decision does not fit."
                )));
            }
        };
        work.commit().await?;
        Ok(goes_on)
    }
}

/// What may be under way cannot be taken back: only a further step can.
fn may_withdraw(step: &StepRecord) -> Result<(), LedgerError> {
    match step.shown_state() {
        StepState::Queued | StepState::Waiting { .. } | StepState::NeedsAttention { .. } => Ok(()),
        StepState::Sending { .. } | StepState::Unknown { .. } => Err(LedgerError::state(
            "This may be under way already, so it cannot be cancelled until its outcome is known.",
        )),
        settled => Err(LedgerError::state(format!(
            "This step is {} already.",
            settled.word()
        ))),
    }
}

impl Work<'_> {
    async fn send_again(
        &mut self,
        step: &StepRecord,
        actor: &Actor,
        event: &str,
    ) -> Result<(), LedgerError> {
        self.advance(step, StepEvent::ResendByPerson, step.attempts(), None)
            .await?;
        self.audit(actor, step.audit(event)).await
    }

    async fn found_by_person(
        &mut self,
        step: &StepRecord,
        remote_ref: &str,
        actor: &Actor,
    ) -> Result<(), LedgerError> {
        let event = StepEvent::ConfirmedByPerson {
            remote_ref: remote_ref.to_owned(),
        };
        self.advance(step, event.clone(), step.attempts(), None)
            .await?;
        self.put_receipt(step, remote_ref, &Settlement::of(event))
            .await?;
        self.release_dependents(step.seq).await?;
        let mut entry = step.audit("op.resolved_sent");
        entry.confirmed_at = Some(self.now);
        self.audit(actor, entry).await
    }

    /// Steps of an action by their number, for giving the next one.
    pub(crate) async fn next_number(&mut self, action: i64) -> Result<i64, LedgerError> {
        Ok(
            sqlx::query_scalar("select max(number) + 1 from step where action = ?")
                .bind(action)
                .fetch_one(&mut *self.tx)
                .await?,
        )
    }

    pub(crate) async fn by_seq(&mut self, seq: i64) -> Result<StepRecord, LedgerError> {
        Ok(sqlx::query_as(select_steps!("where s.seq = ?"))
            .bind(seq)
            .fetch_one(&mut *self.tx)
            .await?)
    }
}
