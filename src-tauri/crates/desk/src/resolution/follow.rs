//! What follows once a resolution is recorded, and once it has gone out: its exceptions are verified, then closed.

use domain::{
    Kind, ObjectRef, Refusal, System,
    finding::ExceptionState,
    plan::{GateKind, GateState},
    resolution::{TellingState, Told},
    step::StepState,
};
use ledger::{Actor, AuditEntry, GateRow, StepRow};
use serde_json::json;

use super::RECORD;
use crate::{Desk, facts, problem::Refuse};

impl Desk {
    /// Follows resolutions that have not gone out yet. True when one has.
    pub(crate) async fn follow_resolutions(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, now) = (&self.inner.ledger, self.now());
        for gate in ledger.open_gates(GateKind::Sent).await.refuse()? {
            let steps = self.steps_of(&gate.action_id).await?;
            if is_given_up(&gate, &steps) {
                let reason = "Nothing is sent by this any more.";
                ledger
                    .fail_gate(&gate.action_id, &gate.id, &Actor::system(), reason, now)
                    .await
                    .refuse()?;
                moved = true;
                continue;
            }
            let Some(record) = steps.iter().find(|s| s.name == RECORD) else {
                continue;
            };
            let args = ledger.step(&record.id).await.refuse()?.args;
            let data = args.get("data").cloned().unwrap_or_default();
            let Some(told) = Told::read(&data, &gate.person, record.created_at) else {
                continue;
            };
            // The case was not pulled any more: nothing can be said about it.
            let Ok(known) = self.know(facts::case_id(&gate.case)).await else {
                continue;
            };
            let tellings = self.tellings(&known).await?;
            let state = tellings.iter().find(|(t, _)| t.notice == told.notice);
            let sent = state.is_some_and(|(_, state)| *state == TellingState::Sent);
            let become_ = if sent {
                ExceptionState::Closed
            } else {
                ExceptionState::Verified
            };
            for exception in &told.exceptions {
                self.turn_exception(exception, become_, &told, &gate)
                    .await?;
            }
            if !sent {
                continue;
            }
            ledger
                .pass_gate(&gate.action_id, &gate.id, &Actor::system(), now)
                .await
                .refuse()?;
            let resolves = steps.iter().any(|s| s.name == "resolve");
            let event = if resolves {
                "case.resolved"
            } else {
                "resolution.sent"
            };
            self.record(
                &gate,
                event,
                json!({"notice": told.notice, "output": told.output, "channel": told.channel}),
            )
            .await?;
            moved = true;
        }
        Ok(moved)
    }

    /// Turns an exception that a resolution names, once, in the name of whoever resolved it. What a person waived, or opened
    /// again, stays as it is.
    async fn turn_exception(
        &self,
        id: &str,
        to: ExceptionState,
        told: &Told,
        gate: &GateRow,
    ) -> Result<(), Refusal> {
        let ledger = &self.inner.ledger;
        let key = format!("{}{id}", crate::overlay::EXCEPTIONS);
        let now_is: Option<ExceptionState> = ledger.setting(&key).await.refuse()?;
        let stays = match (now_is, to) {
            (Some(is), to) if is == to => true,
            (Some(ExceptionState::Waived | ExceptionState::Closed), _) => true,
            // Verified once; a person who opens it again has a reason.
            (Some(ExceptionState::Open), ExceptionState::Closed) => true,
            _ => false,
        };
        if stays {
            return Ok(());
        }
        let object = ObjectRef::new(Kind::Finding, System::Documents, id);
        let entry = AuditEntry::new(format!("exception.{to}"), &object)
            .with(json!({"notice": told.notice, "case": gate.case}));
        let actor = Actor::system();
        ledger
            .decide(&key, &json!(to), entry, &actor, self.now())
            .await
            .refuse()
    }
}

/// Whether everything behind a gate was withdrawn: another desktop told it, or a person stopped it.
fn is_given_up(gate: &GateRow, steps: &[StepRow]) -> bool {
    let mut behind = steps
        .iter()
        .filter(|s| s.waits_on.contains(&gate.id))
        .peekable();
    gate.state == GateState::Open
        && behind.peek().is_some()
        && behind.all(|s| s.state == StepState::Cancelled)
}
