//! Decisions made while a letter cannot be read again: kept, committed with a PIN after another look, or invalidated.

use domain::{Refusal, refusal::Code, review_log::ReviewRecord};
use ledger::{Actor, DecisionState, PreparedDecision};
use serde_json::{Value, json};

use crate::{
    Desk,
    problem::{Refuse, not_found},
    review::Decision,
    review_comments::Passage,
};

impl Desk {
    /// Prepares a decision while the hash cannot be read again. It is no signature and no step, and takes the place of what
    /// the same person prepared about the same review before.
    ///
    /// # Errors
    /// As [`Desk::decide`], but for PIN and network.
    pub async fn prepare(&self, decision: Decision<'_>) -> Result<String, Refusal> {
        self.writable()?;
        let record = self.review(decision.review).await?;
        let by = self.for_whom(&decision).await?;
        self.may_decide(&record, decision.hash, decision.verdict, by.as_ref())?;
        self.may_mean(decision.verdict, decision.meaning)?;
        self.may_point(&record, decision.verdict, decision.about)?;
        let person = self.person();
        let id = uuid::Uuid::now_v7().to_string();
        let (actor, now) = (self.actor(), self.now());
        for before in self.prepared().await? {
            if before.review == record.id() {
                let detail = json!({"replaced_by": id});
                self.end_prepared(&before, DecisionState::Invalidated, &detail, &actor)
                    .await?;
            }
        }
        let prepared = PreparedDecision {
            id: id.clone(),
            review: record.id(),
            person: person.id,
            hash: decision.hash.to_owned(),
            verdict: decision.verdict,
            meaning: decision.meaning.trim().to_owned(),
            state: DecisionState::Prepared,
            detail: json!({"about": decision.about.map(Passage::written), "on_behalf_of": decision.on_behalf_of}),
            prepared_at: now,
            decided_at: None,
        };
        self.inner
            .ledger
            .prepare_decision(&prepared, &actor)
            .await
            .refuse()?;
        Ok(id)
    }

    /// What the acting person prepared about a review, while it waits or since the letter changed under it.
    pub(crate) async fn prepared_for(
        &self,
        record: &ReviewRecord,
    ) -> Result<Option<PreparedDecision>, Refusal> {
        if self.read_only().is_some() {
            return Ok(None);
        }
        let person = self.person().id;
        let last = self
            .inner
            .ledger
            .last_decision(&record.id(), &person)
            .await
            .refuse()?;
        // A signature over what is under review now answers a decision that was invalidated before.
        let decided = record
            .signatures
            .iter()
            .any(|s| s.person == person && s.hash == record.request.hash);
        Ok(last.filter(|d| match d.state {
            DecisionState::Prepared => true,
            DecisionState::Invalidated => !decided,
            DecisionState::Confirmed => false,
        }))
    }

    /// Decisions of the acting person that wait for the hash to be read again and a PIN.
    pub(crate) async fn prepared(&self) -> Result<Vec<PreparedDecision>, Refusal> {
        let person = self.person().id;
        let all = self
            .inner
            .ledger
            .prepared_decisions(Some(&person))
            .await
            .refuse()?;
        Ok(all
            .into_iter()
            .filter(|d| d.state == DecisionState::Prepared)
            .collect())
    }

    /// Commits a prepared decision after reading the hash again, or invalidates it when the letter changed. Gives `None`
    /// when it became a signature, else the hash the letter has now.
    ///
    /// # Errors
    /// `E_OFFLINE` while Community cannot be asked; `E_AUTH` for a wrong PIN; `E_NOT_FOUND`.
    pub async fn commit_prepared(&self, id: &str, pin: &str) -> Result<Option<String>, Refusal> {
        self.writable()?;
        let decision = self
            .prepared()
            .await?
            .into_iter()
            .find(|d| d.id == id)
            .ok_or_else(|| not_found("prepared decision", id))?;
        if !self.inner.network.is_online() {
            return Err(Refusal::new(
                Code::Offline,
                "The letter has to be read again first.",
            ));
        }
        let record = self.read_again(&decision.review).await?;
        // What follows a pull has ended the decision if the letter is another one now.
        if !self.prepared().await?.iter().any(|d| d.id == id) {
            return Ok(Some(record.request.hash));
        }
        let again = Decision {
            review: &decision.review,
            hash: &decision.hash,
            verdict: decision.verdict,
            meaning: &decision.meaning,
            about: decision.detail.get("about").and_then(Passage::read),
            on_behalf_of: decision.detail.get("on_behalf_of").and_then(Value::as_str),
        };
        let by = self.for_whom(&again).await?;
        self.may_decide(&record, &decision.hash, decision.verdict, by.as_ref())?;
        self.check_manifest(&record, decision.verdict).await?;
        self.authenticate(pin).await?;
        self.sign(&record, again).await?;
        let actor = self.actor();
        self.end_prepared(&decision, DecisionState::Confirmed, &Value::Null, &actor)
            .await?;
        Ok(None)
    }

    /// Prepared decisions, of everybody, that wait no longer: their letter was pulled again and is another one, others
    /// decided it, or the signature was given and the process ended before it was written down here.
    pub(crate) async fn settle_prepared(&self) -> Result<(), Refusal> {
        let (actor, now) = (Actor::system(), self.now());
        let waiting = self.inner.ledger.prepared_decisions(None).await.refuse()?;
        for decision in waiting {
            // A review that cannot be read here now says nothing about its letter.
            let Ok(record) = self.review(&decision.review).await else {
                continue;
            };
            let signed = record
                .signatures
                .iter()
                .any(|s| s.person == decision.person && s.hash == decision.hash);
            let state = record.state(now);
            if signed {
                self.end_prepared(&decision, DecisionState::Confirmed, &Value::Null, &actor)
                    .await?;
            } else if record.request.hash != decision.hash || !record.is_open(now) {
                let detail = json!({"hash_now": record.request.hash, "state": state});
                self.end_prepared(&decision, DecisionState::Invalidated, &detail, &actor)
                    .await?;
            }
        }
        Ok(())
    }

    /// Ends a decision that waits; one that was ended meanwhile stays as it is.
    async fn end_prepared(
        &self,
        decision: &PreparedDecision,
        state: DecisionState,
        detail: &Value,
        actor: &Actor,
    ) -> Result<(), Refusal> {
        let ended = self
            .inner
            .ledger
            .end_decision(&decision.id, state, detail, actor, self.now())
            .await
            .refuse();
        match ended {
            Err(refusal) if refusal.code == Code::State => Ok(()),
            other => other,
        }
    }
}
