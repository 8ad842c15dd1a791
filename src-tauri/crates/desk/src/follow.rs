//! What follows without a person: quorums pass gates, what was produced is compared with what was approved, letters that
//! were taken back are taken back for everybody.

use domain::{
    ActionId, Refusal,
    operation::Operation,
    plan::{GateKind, GateState},
    release,
    review::{self, ReviewState},
    step::StepState,
};
use ledger::{Actor, AuditEntry, GateRow};
use serde_json::json;

use crate::{
    Desk,
    batches::REVIEW_GATE,
    facts,
    problem::Refuse,
    release::{LetterOf, named},
    review::text,
};

/// The review of a letter that an action releases.
pub(crate) struct ReviewOf {
    pub(crate) state: ReviewState,
    /// Only a person of the partner holds it back, who may still say yes.
    pub(crate) held: bool,
    hash: String,
}

impl Desk {
    /// Follows up once. True when something changed that the outbox may go on with.
    pub(crate) async fn follow(&self) -> Result<bool, Refusal> {
        let mut moved = self.stop_held().await?;
        moved |= self.take_back().await?;
        moved |= Box::pin(self.pass_reviews()).await?;
        moved |= self.check_letters().await?;
        moved |= self.invalidate_changed().await?;
        self.settle_prepared().await?;
        moved |= Box::pin(self.check_releases()).await?;
        moved |= Box::pin(self.recheck_batches()).await?;
        moved |= Box::pin(self.finish_batches()).await?;
        moved |= Box::pin(self.follow_resolutions()).await?;
        moved |= Box::pin(self.follow_campaigns()).await?;
        moved |= Box::pin(self.follow_distributions()).await?;
        moved |= Box::pin(self.take_over()).await?;
        moved |= Box::pin(self.follow_partners()).await?;
        moved |= Box::pin(self.remind_reviewers()).await?;
        moved |= self.settle_states().await?;
        moved |= Box::pin(self.derive()).await?;
        moved |= Box::pin(self.note_silence(self.news_since().await?)).await?;
        Ok(moved)
    }

    /// Review gates: passed by a quorum over exactly the hash this action is about, failed by anything that ends it.
    async fn pass_reviews(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let ledger = &self.inner.ledger;
        for gate in ledger.open_gates(GateKind::Review).await.refuse()? {
            if gate.id == REVIEW_GATE {
                moved |= self.review_batch(&gate).await?;
                continue;
            }
            let Some(of) = self.review_of(&gate.action_id).await? else {
                continue;
            };
            // A person of the partner who said no may still say yes: the letter waits, and is not given up.
            if of.state == ReviewState::Rejected && of.held {
                continue;
            }
            moved |= self.turn_review_gate(&gate, of.state, &of.hash).await?;
        }
        Ok(moved)
    }

    pub(crate) async fn turn_review_gate(
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
        let facts = json!({"action": gate.action_id, "hash": hash});
        self.record(gate, &format!("approval.{verdict}"), facts)
            .await?;
        Ok(true)
    }

    pub(crate) async fn record(
        &self,
        gate: &GateRow,
        event: &str,
        facts: serde_json::Value,
    ) -> Result<(), Refusal> {
        let entry = AuditEntry::about(event, gate.case.clone()).with(facts);
        self.inner
            .ledger
            .append_audit(&Actor::system(), vec![entry], self.now())
            .await
            .refuse()?;
        Ok(())
    }

    /// Letters that were rendered once more: only the content hash that was signed goes on.
    async fn check_letters(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        for gate in ledger.open_gates(GateKind::LiveCheck).await.refuse()? {
            let receipts = ledger.receipts(&gate.action_id).await.refuse()?;
            let Some(render) = named(&receipts, "render") else {
                continue;
            };
            let Some(letter) = self.letter_of(&gate.action_id, &receipts).await? else {
                continue;
            };
            if text(&render.detail, "content_hash") == letter.hash {
                ledger
                    .pass_gate(&gate.action_id, &gate.id, &actor, now)
                    .await
                    .refuse()?;
            } else {
                let found = text(&render.detail, "sha256").to_owned();
                self.end_changed(&gate, &letter, &found).await?;
            }
            moved = true;
        }
        Ok(moved)
    }

    /// Release checks: what was produced must be what was approved, else everything behind stops in sight, the review ends,
    /// and whoever reads the case is told.
    async fn check_releases(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        for gate in ledger.open_gates(GateKind::ReleaseCheck).await.refuse()? {
            let receipts = ledger.receipts(&gate.action_id).await.refuse()?;
            let Some(done) = named(&receipts, "release") else {
                continue;
            };
            let Some(letter) = self.letter_of(&gate.action_id, &receipts).await? else {
                continue;
            };
            let Some(produced) = self.produced(&letter, &done.detail).await? else {
                continue;
            };
            let facts = json!({"action": gate.action_id, "hash": letter.hash, "approved_sha256": letter.approved_sha256,
                "produced_sha256": produced});
            let equal = produced == letter.approved_sha256;
            // First what follows, then the gate: after a crash in between it is found to be there already.
            let told = if equal {
                self.file_evidence(&gate, &letter, &produced).await
            } else {
                self.tell_mismatch(&gate, &letter, &produced).await
            };
            if let Err(refusal) = told {
                tracing::warn!(%refusal, gate = %gate.id, "looked at again with the next delivery");
                continue;
            }
            let event = if equal {
                ledger
                    .pass_gate(&gate.action_id, &gate.id, &actor, now)
                    .await
                    .refuse()?;
                "release.verified"
            } else {
                let reason = "E_HASH: what was produced is not what was approved. Compliance has to look at it.";
                ledger
                    .stop_gate(&gate.action_id, &gate.id, &actor, reason, now)
                    .await
                    .refuse()?;
                "release.mismatch"
            };
            self.record(&gate, event, facts).await?;
            moved = true;
        }
        Ok(moved)
    }

    /// What was produced, from the answer to the release or, where production takes its time, from the mirror; `None` while
    /// nobody can say.
    async fn produced(
        &self,
        letter: &LetterOf,
        told: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<Option<String>, Refusal> {
        let at_once = text(told, "produced_sha256");
        if !at_once.is_empty() {
            return Ok(Some(at_once.to_owned()));
        }
        let notices = self
            .inner
            .cache
            .notices(std::slice::from_ref(&letter.notice))
            .await
            .refuse()?;
        Ok(notices.into_iter().find_map(|d| d.produced_sha256))
    }

    async fn tell_mismatch(
        &self,
        gate: &GateRow,
        letter: &LetterOf,
        produced: &str,
    ) -> Result<(), Refusal> {
        let data = self
            .pulled(&letter.space_id)
            .await?
            .map(|review| review.data)
            .unwrap_or_else(|| letter.names());
        let event = release::mismatch_event(
            &letter.space_id,
            &data,
            &letter.hash,
            &letter.approved_sha256,
            produced,
        );
        let case_id = facts::case_id(&gate.case);
        self.enqueue_following(case_id, event, Vec::new()).await
    }

    /// Releases that were won, and are held for quiet hours, of letters whose review was ended meanwhile: a person of the
    /// partner said no for good, or another version lies before the reviewers. They never leave.
    async fn stop_held(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        for gate in ledger.open_gates(GateKind::QuietHours).await.refuse()? {
            let Some(ReviewOf { state, held, .. }) = self.review_of(&gate.action_id).await? else {
                continue;
            };
            let ended = matches!(
                state,
                ReviewState::Rejected | ReviewState::Recalled | ReviewState::Invalidated
            );
            if !ended || held {
                continue;
            }
            let steps = self.steps_of(&gate.action_id).await?;
            let release = steps.iter().rev().find(|s| s.name == "release");
            if let Some(release) = release.filter(|s| !s.state.is_settled()) {
                let reason = format!("The review is {state}.");
                ledger
                    .cancel(&release.id, &actor, &reason, now)
                    .await
                    .refuse()?;
                moved = true;
            }
        }
        Ok(moved)
    }

    /// How the review of the letter stands that an action releases. `None` for what no review is about, and where it is not
    /// here, or another version was asked for from here and is not pulled yet.
    pub(crate) async fn review_of(&self, action: &ActionId) -> Result<Option<ReviewOf>, Refusal> {
        let receipts = self.inner.ledger.receipts(action).await.refuse()?;
        let Some(letter) = self.letter_of(action, &receipts).await? else {
            return Ok(None);
        };
        let Some(review) = self.pulled(&letter.space_id).await? else {
            return Ok(None);
        };
        if !review.asks_about(&letter.hash) {
            return Ok(None);
        }
        let held = review.request.hash == letter.hash
            && review::held_by_partner(&review.request, &review.signatures, self.now());
        Ok(Some(ReviewOf {
            state: review.state_over(&letter.hash, self.now()),
            held,
            hash: letter.hash,
        }))
    }

    /// Releases that a person cancelled: the reviewers and every other desktop learn that the letter was taken back. Those
    /// that another desktop won end here.
    async fn take_back(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        for gate in ledger.open_gates(GateKind::ReleaseCheck).await.refuse()? {
            let steps = self.steps_of(&gate.action_id).await?;
            let withdrawn = steps
                .iter()
                .any(|s| s.name == "release" && s.state == StepState::Cancelled);
            // A request or a claim on its way is taken back when it has arrived.
            let on_its_way = steps.iter().any(|s| match s.name.as_str() {
                "request" => !s.state.is_settled(),
                "claim" => matches!(
                    s.state,
                    StepState::Sending { .. } | StepState::Unknown { .. }
                ),
                _ => false,
            });
            if !withdrawn || on_its_way {
                continue;
            }
            if let Some(claim) = steps
                .iter()
                .find(|s| s.name == "claim" && !s.state.is_settled())
            {
                ledger
                    .cancel(&claim.id, &actor, "The release was cancelled.", now)
                    .await
                    .refuse()?;
            }
            let receipts = ledger.receipts(&gate.action_id).await.refuse()?;
            let won = named(&receipts, "claim")
                .and_then(|claim| claim.detail.get("won"))
                .and_then(serde_json::Value::as_bool);
            let asked_here = named(&receipts, "request").is_some();
            let mut gates = ledger.gates(&gate.action_id).await.refuse()?;
            // Whether anything tells a resolution is looked at where resolutions are followed.
            gates.retain(|g| g.kind != GateKind::Sent);
            let reason = if won == Some(false) {
                "Another desktop won the claim and does the rest."
            } else if gates.iter().any(|g| g.state == GateState::Failed) {
                // Rejected, expired or changed: that ended the review, and everybody knows.
                "The letter is not released."
            } else {
                if (asked_here || won == Some(true))
                    && let Some(letter) = self.letter_of(&gate.action_id, &receipts).await?
                {
                    let event = release::recall_event(
                        &letter.space_id,
                        &letter.names(),
                        &letter.hash,
                        won == Some(true),
                    );
                    let case_id = facts::case_id(&gate.case);
                    if let Err(refusal) = self.enqueue_following(case_id, event, Vec::new()).await {
                        tracing::warn!(%refusal, gate = %gate.id, "looked at again with the next delivery");
                        continue;
                    }
                }
                "The release was cancelled."
            };
            self.fail_open(&gates, reason).await?;
            moved = true;
        }
        Ok(moved)
    }

    /// Fails what is still open of the gates of an action.
    pub(crate) async fn fail_open(&self, gates: &[GateRow], reason: &str) -> Result<(), Refusal> {
        for open in gates.iter().filter(|gate| gate.state == GateState::Open) {
            self.inner
                .ledger
                .fail_gate(
                    &open.action_id,
                    &open.id,
                    &Actor::system(),
                    reason,
                    self.now(),
                )
                .await
                .refuse()?;
        }
        Ok(())
    }

    /// Whether the review in this space was asked for by this desktop: then its own plan releases the letter.
    pub(crate) async fn asked_here(&self, space_id: &str) -> Result<bool, Refusal> {
        let made = self
            .inner
            .ledger
            .maker_of(Operation::OpenSpace, space_id)
            .await
            .refuse()?;
        Ok(made.is_some())
    }
}
