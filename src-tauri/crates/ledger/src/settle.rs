//! What became of an attempt: state, attempt, receipt, bytes, dependents and audit in one transaction.

use bytes::Bytes;
use domain::{
    Millis,
    operation::Operation,
    step::{StepEvent, StepState, WaitReason},
};
use serde_json::{Map, Value};

use crate::{
    Actor, Blob, Ledger, LedgerError, blobs,
    enqueue::text,
    lanes::Work,
    rows::{StepRecord, by_id},
};

/// What became of an attempt or a look-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// What happened.
    pub event: StepEvent,
    /// Status of the answer, if there was one.
    pub http_status: Option<u16>,
    /// In words; shown beside the step when it did not end well.
    pub message: String,
    /// What was learnt: for a conflict `{"theirs": {...}, "version": "..."}`.
    pub facts: Value,
    /// Results later steps may use, when confirmed.
    pub detail: Map<String, Value>,
    /// Bytes that came back, when confirmed.
    pub bytes: Option<Bytes>,
}

impl Settlement {
    /// A settlement without further facts.
    #[must_use]
    pub fn of(event: StepEvent) -> Self {
        Self {
            event,
            http_status: None,
            message: String::new(),
            facts: Value::Null,
            detail: Map::new(),
            bytes: None,
        }
    }
}

/// Word in the attempt and, unless it leaves things as they were, in the audit chain.
fn words(event: &StepEvent) -> Option<(&'static str, Option<&'static str>)> {
    Some(match event {
        StepEvent::Confirmed { .. } => ("confirmed", Some("op.confirmed")),
        StepEvent::NotSent => ("not_sent", None),
        StepEvent::Held { .. } => ("held", None),
        StepEvent::Transient { .. } => ("postponed", Some("op.postponed")),
        StepEvent::OutcomeUnknown { .. } => ("unknown", Some("op.unknown")),
        StepEvent::SafeToResend => ("absent", Some("op.resend")),
        StepEvent::CannotTell => ("cannot_tell", Some("op.undecidable")),
        StepEvent::Conflict => ("conflict", Some("op.conflict")),
        StepEvent::Refused => ("refused", Some("op.refused")),
        _ => return None,
    })
}

impl Ledger {
    /// Settles attempt `attempt` of a step (or the look-up of it) and gives the new state.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when another attempt was made since (a late confirmation counts all the same),
    /// [`LedgerError::Illegal`] when the event does not fit, else a [`LedgerError`]; nothing was written then.
    pub async fn settle(
        &self,
        step: &str,
        attempt: u32,
        settlement: Settlement,
        now: Millis,
    ) -> Result<StepState, LedgerError> {
        let Some((outcome, event_word)) = words(&settlement.event) else {
            return Err(LedgerError::state(
                "Only a person can do this, and not by settling an attempt.",
            ));
        };
        let mut work = Work::begin(self, now).await?;
        let mut step = by_id(&mut work.tx, step).await?;
        let confirmed = matches!(settlement.event, StepEvent::Confirmed { .. });
        if step.attempts() != attempt && !confirmed {
            return Err(LedgerError::Stale {
                step: step.id,
                attempt,
            });
        }
        let was_sending = step.state == "sending";
        if matches!(
            settlement.event,
            StepEvent::NotSent | StepEvent::Held { .. }
        ) {
            // Nothing reached the other side, so the attempt is not charged.
            step.attempts = (step.attempts - 1).max(0);
        }
        let reason =
            (!confirmed && !settlement.message.is_empty()).then_some(settlement.message.as_str());
        let state = work
            .advance(&step, settlement.event.clone(), step.attempts(), reason)
            .await?;
        work.put_outcome(&step, attempt, was_sending, outcome, &settlement)
            .await?;
        let mut entry = event_word.map(|word| step.audit(word));
        if let StepState::Confirmed { remote_ref } = &state {
            let blob = work.put_receipt(&step, remote_ref, &settlement).await?;
            if lost_claim(&step, &settlement) {
                work.give_way(&step, &settlement).await?;
            } else {
                work.release_dependents(step.seq).await?;
            }
            if let Some(entry) = &mut entry {
                entry.confirmed_at = Some(now);
                entry.after_hash = blob;
                put_fact(&mut entry.facts, "remote_ref", remote_ref.as_str().into());
            }
        }
        if let StepState::Waiting {
            reason: WaitReason::OnSignIn,
            ..
        } = state
        {
            work.pause_for_sign_in(&step.system, &settlement.message)
                .await?;
        }
        if let Some(mut entry) = entry {
            put_fact(&mut entry.facts, "attempt", attempt.into());
            if let Some(status) = settlement.http_status {
                put_fact(&mut entry.facts, "http_status", status.into());
            }
            let entry = entry.because(reason.unwrap_or_default());
            work.audit(&step.machine(), entry).await?;
        }
        work.commit().await?;
        Ok(state)
    }
}

/// A claim that came through, only for another desktop to have won it.
fn lost_claim(step: &StepRecord, settlement: &Settlement) -> bool {
    step.operation() == Some(Operation::Claim)
        && settlement.detail.get("won") == Some(&Value::Bool(false))
}

fn put_fact(facts: &mut Value, name: &str, value: Value) {
    if let Some(facts) = facts.as_object_mut() {
        facts.insert(name.into(), value);
    }
}

impl Work<'_> {
    async fn put_outcome(
        &mut self,
        step: &StepRecord,
        attempt: u32,
        was_sending: bool,
        outcome: &str,
        settlement: &Settlement,
    ) -> Result<(), LedgerError> {
        let facts = text(&settlement.facts)?;
        let mut ended = 0;
        if was_sending {
            ended = sqlx::query(
                "update attempt set ended_at = ?, outcome = ?, http_status = ?, message = ?, facts = ?
                 where step = ? and number = ? and ended_at is null",
            )
            .bind(self.now.0)
            .bind(outcome)
            .bind(settlement.http_status)
            .bind(&settlement.message)
            .bind(&facts)
            .bind(step.seq)
            .bind(attempt)
            .execute(&mut *self.tx)
            .await?
            .rows_affected();
        }
        if ended == 0 {
            // A look-up, or a confirmation that came after its attempt was given up: a line of its own.
            sqlx::query(
                "insert into attempt (step, number, started_at, lease_until, ended_at, outcome, http_status, message, facts)
                 values (?1, ?2, ?3, ?3, ?3, ?4, ?5, ?6, ?7)",
            )
            .bind(step.seq)
            .bind(attempt)
            .bind(self.now.0)
            .bind(outcome)
            .bind(settlement.http_status)
            .bind(&settlement.message)
            .bind(&facts)
            .execute(&mut *self.tx)
            .await?;
        }
        Ok(())
    }

    /// What was to follow is done by whoever won, so it is withdrawn here before it can be claimed.
    async fn give_way(
        &mut self,
        step: &StepRecord,
        settlement: &Settlement,
    ) -> Result<(), LedgerError> {
        // What a desktop did by itself has no person's name on it.
        let winner = settlement
            .detail
            .get("winner")
            .and_then(Value::as_str)
            .filter(|who| *who != Actor::system().person.as_str());
        let reason = format!(
            "{} won the claim and does the rest.",
            winner.unwrap_or("Another desktop")
        );
        for dependent in self.dependents(step.seq).await? {
            self.withdraw(&dependent, &Actor::system(), &reason, false)
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn put_receipt(
        &mut self,
        step: &StepRecord,
        remote_ref: &str,
        settlement: &Settlement,
    ) -> Result<Option<String>, LedgerError> {
        let blob = settlement.bytes.clone().map(Blob::of);
        if let Some(blob) = &blob {
            blobs::keep(&mut self.tx, blob, self.now).await?;
        }
        let blob = blob.map(|b| b.sha256);
        sqlx::query(
            "insert into receipt (step, remote_ref, detail, blob, at) values (?, ?, ?, ?, ?)",
        )
        .bind(step.seq)
        .bind(remote_ref)
        .bind(text(&settlement.detail)?)
        .bind(&blob)
        .bind(self.now.0)
        .execute(&mut *self.tx)
        .await?;
        Ok(blob)
    }
}
