//! Gates of the outbox: as a row, and opened with what they wait for and what depends on them.

use domain::{
    ActionId, Refusal,
    plan::{GateKind, GateState},
    review::Verdict,
    review_log::ReviewRecord,
    step::StepState,
};
use ledger::{GateRow, StepRow};

use super::{partner::waits_for_partner, words};
use crate::{
    Desk,
    problem::{Refuse, not_found},
    release::LetterOf,
    view::{Eye, GateView, OutboxRow, StatusWord, StepView, SystemName, Tone},
};

/// Id of a gate for `get_step`: action and name.
pub(crate) fn gate_id(gate: &GateRow) -> String {
    format!("{}/{}", gate.action_id, gate.id)
}

/// Steps that still stand behind a gate.
fn behind<'a>(gate: &'a GateRow, steps: &'a [StepRow]) -> impl Iterator<Item = &'a StepRow> {
    steps
        .iter()
        .filter(|s| s.waits_on.contains(&gate.id) && !s.state.is_settled())
}

/// A gate among the steps of its plan.
pub(crate) fn gate_row(gate: &GateRow, steps: &[StepRow]) -> OutboxRow {
    let held = behind(gate, steps).count();
    let (tone, text) = match (gate.state, gate.kind) {
        (GateState::Passed, _) => (Tone::Ok, "Passed".to_owned()),
        (GateState::Failed, _) => (
            Tone::Fail,
            gate.reason
                .clone()
                .unwrap_or_else(|| "Will not pass".to_owned()),
        ),
        (GateState::Open, GateKind::Review) => (Tone::Wait, "Waits for signatures".to_owned()),
        (GateState::Open, GateKind::SecondPerson) => {
            (Tone::Wait, "Waits for a second person".to_owned())
        }
        (GateState::Open, GateKind::LiveCheck) => {
            (Tone::Wait, "Waits for the live answer".to_owned())
        }
        (GateState::Open, GateKind::ReleaseCheck) => {
            (Tone::Wait, "Waits for what is produced".to_owned())
        }
        (GateState::Open, GateKind::Sent) => (Tone::Wait, "Until it has gone out".to_owned()),
        (GateState::Open, GateKind::Batch) => {
            (Tone::Run, "Until everything is sent or given up".to_owned())
        }
        (GateState::Open, GateKind::QuietHours) => (Tone::Wait, "Held for quiet hours".to_owned()),
        (GateState::Open, GateKind::UndoWindow) => (Tone::Wait, "Can be undone".to_owned()),
    };
    // What stopped a plan in sight is ended by a person.
    let ends = gate.state == GateState::Failed && held > 0;
    OutboxRow {
        id: gate_id(gate),
        number: None,
        effect: words::sentence(gate.kind.as_str()),
        system: SystemName::Console,
        operation: gate.kind.to_string(),
        status: words::word(tone, gate.state.as_str(), text),
        status_at: None,
        waits_on: Vec::new(),
        holds: u32::try_from(held).unwrap_or(u32::MAX),
        since: (gate.state != GateState::Passed).then_some(gate.changed_at.0),
        attempt: 0,
        actions: if ends {
            vec!["cancel".to_owned()]
        } else {
            Vec::new()
        },
    }
}

impl Desk {
    /// One gate, opened.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub(super) async fn gate(&self, action: &str, name: &str) -> Result<StepView, Refusal> {
        let ledger = &self.inner.ledger;
        let action = ActionId(action.to_owned());
        let gates = ledger.gates(&action).await.refuse()?;
        let gate = gates
            .into_iter()
            .find(|g| g.id == name)
            .ok_or_else(|| not_found("gate", &format!("{action}/{name}")))?;
        let steps = self.steps_of(&action).await?;
        let receipts = ledger.receipts(&action).await.refuse()?;
        let letter = self.letter_of(&action, &receipts).await?;
        let review = match &letter {
            Some(letter) => self.pulled(&letter.space_id).await?,
            None => None,
        };
        let row = gate_row(&gate, &steps);
        let view = self.gate_view(&gate, &steps, letter.as_ref(), review.as_ref());
        Ok(StepView {
            title: row.effect.clone(),
            explanation: match gate.state {
                GateState::Open => view.waits_for.clone(),
                GateState::Passed => "This gate has passed.".to_owned(),
                GateState::Failed => gate.reason.clone().unwrap_or_default(),
            },
            case: Some(gate.case.clone()),
            level: String::new(),
            reason: (!row.actions.is_empty()).then(|| "stopped".to_owned()),
            conflict: None,
            look_for: None,
            consequences: behind(&gate, &steps)
                .map(|s| StatusWord {
                    tone: Tone::Queue,
                    state: "next".to_owned(),
                    word: s.subject.clone(),
                })
                .collect(),
            attempts: Vec::new(),
            key: String::new(),
            content_hash: letter.map(|l| l.hash).unwrap_or_default(),
            queued_by: self.persons().name(&gate.person).to_owned(),
            queued_at: steps.first().map_or(gate.changed_at.0, |s| s.created_at.0),
            remote_ref: None,
            blocked_by: None,
            gate: Some(view),
            row,
        })
    }

    fn gate_view(
        &self,
        gate: &GateRow,
        steps: &[StepRow],
        letter: Option<&LetterOf>,
        review: Option<&ReviewRecord>,
    ) -> GateView {
        let mut view = GateView {
            kind: gate.kind.to_string(),
            state: gate.state.to_string(),
            waits_for: String::new(),
            hash: letter.map(|l| l.hash.clone()),
            needed: None,
            signed: Vec::new(),
            may_sign: Vec::new(),
            check: None,
            review: review.map(ReviewRecord::id),
            since: gate.changed_at.0,
        };
        match gate.kind {
            GateKind::Review => self.signatures_in(&mut view, steps, review),
            GateKind::SecondPerson => {
                view.waits_for = format!(
                    "Somebody other than {} confirms this.",
                    self.persons().name(&gate.person)
                );
            }
            GateKind::LiveCheck => {
                view.waits_for = when(steps, "render", "The letter is compared");
                view.check = Some(
                    "Rendered once more, the letter must have the content hash that was signed."
                        .to_owned(),
                );
            }
            GateKind::ReleaseCheck => {
                view.waits_for = when(steps, "release", "What was produced is compared");
                view.check = Some(letter.map_or_else(
                    || "The produced bytes must be the approved ones.".to_owned(),
                    |l| {
                        format!(
                            "The produced bytes must have the SHA-256 of the approved ones, {}.",
                            l.approved_sha256.get(..8).unwrap_or(&l.approved_sha256)
                        )
                    },
                ));
            }
            GateKind::Sent => {
                view.waits_for =
                    "What tells the partner has gone out; then the case is resolved.".to_owned();
            }
            GateKind::QuietHours => {
                view.waits_for = "Quiet hours of the recipient end; then it leaves.".to_owned();
            }
            GateKind::UndoWindow => {
                view.waits_for = "The time in which it can be undone ends.".to_owned();
            }
            GateKind::Batch => {
                view.waits_for =
                    "Everything of the batch is sent or given up; then its case is told."
                        .to_owned();
            }
        }
        view
    }

    /// Who signed, who may, and how many are needed.
    fn signatures_in(&self, view: &mut GateView, steps: &[StepRow], review: Option<&ReviewRecord>) {
        let Some(review) = review else {
            view.waits_for = when(steps, "request", "Others are asked to sign");
            return;
        };
        let request = &review.request;
        let over_it = || {
            let own = review.signatures.iter().filter(|s| s.partner.is_none());
            own.filter(|s| s.hash == request.hash)
        };
        view.signed = over_it()
            .map(|s| Eye {
                person: self.owner(Some(s.person.as_str())),
                word: if s.verdict == Verdict::Approve {
                    "Signed".to_owned()
                } else {
                    "Rejected".to_owned()
                },
                on_behalf_of: s
                    .on_behalf_of
                    .as_ref()
                    .and_then(|of| self.owner(Some(of.person.as_str()))),
                signed_at: Some(s.at.0),
                meaning: Some(s.meaning.clone()),
            })
            .collect();
        view.may_sign = self
            .persons()
            .all
            .iter()
            .filter(|p| p.may_sign() && p.id != request.maker)
            .filter(|p| !over_it().any(|s| s.person == p.id))
            .filter_map(|p| self.owner(Some(p.id.as_str())))
            .collect();
        view.needed = Some(request.needed);
        let given = super::reviews::approvals(review).len();
        view.waits_for = format!(
            "{given} of {} have signed this content. {} made it and cannot sign.",
            request.needed,
            self.persons().name(request.maker.as_str())
        );
        if waits_for_partner(review) {
            view.waits_for
                .push_str(" The partner has to approve it too.");
        }
        view.since = review.requested_at.0;
    }
}

/// When a check that follows a step is made.
fn when(steps: &[StepRow], name: &str, what: &str) -> String {
    match steps.iter().rev().find(|s| s.name == name) {
        Some(step) => match &step.state {
            StepState::Confirmed { .. } => format!("{what} with the next pull or delivery."),
            StepState::Cancelled => {
                format!("Step {} was cancelled, so nothing follows.", step.number)
            }
            _ => format!("{what} once step {} is confirmed.", step.number),
        },
        None => format!("{what} when its time has come."),
    }
}
