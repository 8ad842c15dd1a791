//! What follows once a resolution is recorded, and once it has gone out: its exceptions are verified, then closed.

use domain::{
    Kind, ObjectRef, Refusal, System,
    finding::{ExceptionState, Finding},
    plan::{GateKind, GateState},
    resolution::{TellingState, Told},
    step::StepState,
};
use ledger::{Actor, AuditEntry, GateRow, NamedReceipt, StepRow};
use serde_json::json;

use super::RECORD;
use crate::{Desk, facts, problem::Refuse, release::named};

/// Steps that tell the partner, each on its channel.
const TELLING: [&str; 4] = ["release", "send", "attach", "publish"];

impl Desk {
    /// Exceptions that a resolution names, as it is recorded: verified, but for what was waived.
    pub(super) async fn verify_exceptions(
        &self,
        exceptions: &[Finding],
        case: &ObjectRef,
        notice: &str,
    ) -> Result<(), Refusal> {
        for finding in exceptions {
            let known = self.exception_state(&finding.id).await?;
            if !matches!(
                known,
                Some(ExceptionState::Waived | ExceptionState::Closed | ExceptionState::Verified)
            ) {
                self.turn(
                    &finding.id,
                    ExceptionState::Verified,
                    notice,
                    &case.to_string(),
                )
                .await?;
            }
        }
        Ok(())
    }

    /// Follows resolutions that have not gone out yet. True when one has, or is given up.
    pub(crate) async fn follow_resolutions(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, now) = (&self.inner.ledger, self.now());
        for gate in ledger.open_gates(GateKind::Sent).await.refuse()? {
            let steps = self.steps_of(&gate.action_id).await?;
            let receipts = ledger.receipts(&gate.action_id).await.refuse()?;
            let gates = ledger.gates(&gate.action_id).await.refuse()?;
            let refused = gates
                .iter()
                .any(|g| g.kind == GateKind::Review && g.state == GateState::Failed);
            if refused || is_given_up(&gate, &steps, &receipts) {
                // What is being recorded is recorded first, so that it can be withdrawn for everybody.
                if steps
                    .iter()
                    .any(|s| s.name == RECORD && !s.state.is_settled())
                {
                    continue;
                }
                self.give_up(&gate, &steps, &receipts).await?;
                moved = true;
                continue;
            }
            let checked = gates
                .iter()
                .filter(|g| g.kind == GateKind::ReleaseCheck)
                .all(|g| g.state == GateState::Passed);
            // What was produced is compared first, unless another desktop released it and compared it there.
            if !checked && !is_done_elsewhere(&receipts) {
                continue;
            }
            let Some(told) = self.told_by(&gate, &steps).await? else {
                continue;
            };
            // The case was not pulled any more: nothing can be said about it.
            let Ok(known) = self.know(facts::case_id(&gate.case)).await else {
                continue;
            };
            let state = known.tellings.iter().find(|(t, _)| t.notice == told.notice);
            if state.is_none_or(|(_, state)| *state != TellingState::Sent) {
                continue;
            }
            self.close_told(&told, &known.case.object()).await?;
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

    async fn told_by(&self, gate: &GateRow, steps: &[StepRow]) -> Result<Option<Told>, Refusal> {
        let Some(record) = steps.iter().find(|s| s.name == RECORD) else {
            return Ok(None);
        };
        let args = self.inner.ledger.step(&record.id).await.refuse()?.args;
        let data = args.get("data").cloned().unwrap_or_default();
        Ok(Told::read(&data, &gate.person, record.created_at))
    }

    /// Nothing is sent by an action any more: what waited for it ends, and every other desktop learns it.
    async fn give_up(
        &self,
        gate: &GateRow,
        steps: &[StepRow],
        receipts: &[NamedReceipt],
    ) -> Result<(), Refusal> {
        let (ledger, now, actor) = (&self.inner.ledger, self.now(), Actor::system());
        let recorded = named(receipts, "space").filter(|_| named(receipts, RECORD).is_some());
        if let Some(space) = recorded
            && let Some(told) = self.told_by(gate, steps).await?
        {
            let event = json!({
                "kind": "resolution_withdrawn",
                "id": format!("resolution/{}/withdrawn", told.notice),
                "space": space.remote_ref,
                "notice": told.notice,
            });
            let case_id = facts::case_id(&gate.case);
            self.enqueue_following(case_id, event, Vec::new()).await?;
        }
        let reason = "Nothing is sent by this any more.";
        ledger
            .fail_gate(&gate.action_id, &gate.id, &actor, reason, now)
            .await
            .refuse()?;
        let waits = |s: &StepRow| s.waits_on.contains(&gate.id) && !s.state.is_settled();
        if steps.iter().any(waits) {
            ledger
                .withdraw_behind(&gate.action_id, &gate.id, &actor, reason, now)
                .await
                .refuse()?;
        }
        Ok(())
    }

    pub(super) async fn exception_state(
        &self,
        id: &str,
    ) -> Result<Option<ExceptionState>, Refusal> {
        let key = format!("{}{id}", crate::overlay::EXCEPTIONS);
        self.inner.ledger.setting(&key).await.refuse()
    }

    pub(super) async fn turn(
        &self,
        id: &str,
        to: ExceptionState,
        notice: &str,
        case: &str,
    ) -> Result<(), Refusal> {
        let object = ObjectRef::new(Kind::Finding, System::Documents, id);
        let entry = AuditEntry::new(format!("exception.{to}"), &object)
            .with(json!({"notice": notice, "case": case}));
        let key = format!("{}{id}", crate::overlay::EXCEPTIONS);
        let actor = Actor::system();
        self.inner
            .ledger
            .decide(&key, &json!(to), entry, &actor, self.now())
            .await
            .refuse()
    }
}

/// Whether another desktop won the release of a letter that was signed, and does it.
fn is_done_elsewhere(receipts: &[NamedReceipt]) -> bool {
    let claim = named(receipts, "claim").and_then(|claim| claim.detail.get("won"));
    claim.and_then(serde_json::Value::as_bool) == Some(false)
}

/// Whether an action tells nobody any more: everything behind the gate, or what was to tell the partner, was withdrawn.
fn is_given_up(gate: &GateRow, steps: &[StepRow], receipts: &[NamedReceipt]) -> bool {
    let mut behind = steps
        .iter()
        .filter(|s| s.waits_on.contains(&gate.id))
        .peekable();
    let all_ended = behind.peek().is_some() && behind.all(|s| s.state == StepState::Cancelled);
    let telling = |s: &&StepRow| TELLING.contains(&s.name.as_str());
    let withdrawn = steps.iter().filter(telling).any(|s| {
        // Where a step took another's place, the later one counts.
        let later = steps.iter().rev().find(|o| o.name == s.name);
        later.is_some_and(|l| l.state == StepState::Cancelled)
    });
    all_ended || (withdrawn && !is_done_elsewhere(receipts))
}
