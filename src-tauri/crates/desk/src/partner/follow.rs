//! What follows for the partner without a person: its space, each proof, what became of it; and the record of its verdicts.
//! Every desktop derives the same from what it pulled, and of several the one that wins the claim does it.

use std::sync::atomic::Ordering;

use domain::{
    Kind, Millis, ObjectRef, Refusal, System,
    partner_review::{
        self, Answers, PartnerAsked, PartnerVerdict, Posted, QUESTION, how_to_answer,
    },
    review::{ReviewState, Signature},
    review_comments::version_of,
    review_log::ReviewRecord,
    step::StepState,
    time::MINUTE,
};
use ledger::{Actor, AuditEntry, Blob};
use serde_json::{Value, json};

use crate::{
    Desk,
    derive::intent_of,
    problem::Refuse,
    review::{PURPOSE, text},
};

/// Settings that say which verdicts the trail has.
const RECORDED: &str = "review/partner_verdict/";

/// What everybody is told about the end of a review; `None` while it goes on.
fn outcome(record: &ReviewRecord, now: Millis) -> Option<(ReviewState, String)> {
    let state = record.state(now);
    let words = match state {
        ReviewState::Requested => return None,
        ReviewState::Approved => "The letter was approved as it lies before you.",
        ReviewState::Rejected => "The letter was rejected and is not sent.",
        ReviewState::Expired => "Nobody decided in time; the letter is not sent.",
        ReviewState::Recalled => "The letter was taken back and is not sent.",
        ReviewState::Invalidated => "The letter changed; this version is not sent.",
    };
    Some((state, words.to_owned()))
}

/// An event by which an item is posted where the partner reads.
fn message(record: &ReviewRecord, space: &str, id: String, posted: &Posted) -> Value {
    let (kind, title, data) = posted.item();
    json!({
        "kind": "partner_message", "id": id, "space": space, "review": record.space_id, "notice": record.notice,
        "item_kind": kind, "title": title, "data": data, "subject": id,
    })
}

/// What a signature tells the partner, where the policy shares them: name, time and meaning.
fn told(signature: &Signature) -> Posted {
    Posted::SharedSignature {
        printed_name: signature.printed_name.clone(),
        at: signature.at.rfc3339(),
        meaning: signature.meaning.clone(),
        hash: signature.hash.clone(),
    }
}

/// The messages that are due in the space of the partner: versions that were superseded, signatures, the outcome.
fn messages(
    record: &ReviewRecord,
    asked: &PartnerAsked,
    (answers, space): (&Answers, &str),
    now: Millis,
) -> Vec<Value> {
    let (review, hash) = (&record.space_id, &record.request.hash);
    let mut due = Vec::new();
    for old in record.earlier.iter().map(|data| text(data, "hash")) {
        if answers.requested.contains(old) {
            let posted = Posted::Superseded {
                hash: old.to_owned(),
            };
            let id = format!("partner/superseded/{review}/{old}");
            due.push(message(record, space, id, &posted));
        }
    }
    if !answers.requested.contains(hash) {
        return due;
    }
    if asked.share_signatures {
        let own = record.signatures.iter();
        for signature in own.filter(|s| s.partner.is_none() && s.hash == *hash) {
            let id = format!("partner/signature/{review}/{}/{hash}", signature.person);
            due.push(message(record, space, id, &told(signature)));
        }
    }
    let ended = outcome(record, now);
    let due_now = ended.and_then(|(state, words)| {
        let name = answers.next_outcome(hash, state.as_str())?;
        Some((state, words, name))
    });
    if let Some((state, words, name)) = due_now {
        let posted = Posted::Outcome {
            outcome: state.to_string(),
            hash: hash.clone(),
            text: words,
        };
        let id = format!("partner/outcome/{review}/{name}");
        due.push(message(record, space, id, &posted));
    }
    due
}

impl Desk {
    /// Follows up on reviews that lie before a partner. True when something changed that the outbox may go on with.
    pub(crate) async fn follow_partners(&self) -> Result<bool, Refusal> {
        let (cache, now) = (&self.inner.cache, self.now());
        let seen = cache.last_change().await.refuse()?;
        let looked = &self.inner.partners_looked_at;
        let (last_seen, last) = (
            looked.0.load(Ordering::Relaxed),
            looked.1.load(Ordering::Relaxed),
        );
        // Time alone ends a review: it is looked at once a minute also where nothing came.
        if seen == last_seen && now.0 >= last && now.0.saturating_sub(last) < MINUTE {
            return Ok(false);
        }
        looked.0.store(seen, Ordering::Relaxed);
        looked.1.store(now.0, Ordering::Relaxed);
        let delegations = self.delegations().await?;
        let mut moved = false;
        for space in cache.spaces_for(PURPOSE).await.refuse()? {
            let items = cache.space_items(&space.id).await.refuse()?;
            let record = self.review_in(&space, &items, &delegations).await?;
            let Some(record) = record.filter(|r| r.request.partner.is_some()) else {
                continue;
            };
            match self.follow_partner(&record).await {
                Ok(followed) => moved |= followed,
                // Its case or its proof is not here yet: looked at again with the next change.
                Err(refusal) => {
                    looked.0.store(-1, Ordering::Relaxed);
                    tracing::info!(%refusal, review = %record.id(), "the partner is not told yet");
                }
            }
        }
        Ok(moved)
    }

    async fn follow_partner(&self, record: &ReviewRecord) -> Result<bool, Refusal> {
        let (Some(asked), Some(answers)) = (&record.request.partner, &record.partner) else {
            return Ok(false);
        };
        let now = self.now();
        let open = record.state(now) == ReviewState::Requested;
        let mut moved = false;
        match &answers.space_id {
            None if open => {
                let event = json!({
                    "kind": "partner_space", "id": format!("partner/space/{}", record.space_id), "review": record.space_id,
                    "notice": record.notice, "partner": asked.partner_id, "title": text(&record.data, "template_title"),
                });
                moved |= self.tell_partner(record, event, Vec::new()).await?;
            }
            None => {}
            Some(space) => {
                if open && !answers.requested.contains(&record.request.hash) {
                    moved |= self.put_before_partner(record, space).await?;
                }
                for event in messages(record, asked, (answers, space), now) {
                    moved |= self.tell_partner(record, event, Vec::new()).await?;
                }
            }
        }
        for verdict in &answers.verdicts {
            if asked.person(verdict.person.as_str()).is_some() {
                moved |= self.record_partner_verdict(record, verdict).await?;
            }
        }
        Ok(moved)
    }

    /// Accepts what follows for the partner, unless it was accepted before.
    async fn tell_partner(
        &self,
        record: &ReviewRecord,
        event: Value,
        blobs: Vec<Blob>,
    ) -> Result<bool, Refusal> {
        let id = event.get("id").and_then(Value::as_str).unwrap_or_default();
        let known = self.inner.ledger.action_of(&intent_of(id)).await.refuse()?;
        if known.is_some() {
            return Ok(false);
        }
        self.enqueue_following(&record.case_id, event, blobs)
            .await?;
        Ok(true)
    }

    /// The proof of the version under review, with what is asked about it and how to answer. Nothing else of the review.
    async fn put_before_partner(
        &self,
        record: &ReviewRecord,
        space: &str,
    ) -> Result<bool, Refusal> {
        let (data, hash) = (&record.data, &record.request.hash);
        let id = format!("partner/proof/{}/{hash}", record.space_id);
        if self
            .inner
            .ledger
            .action_of(&intent_of(&id))
            .await
            .refuse()?
            .is_some()
        {
            return Ok(false);
        }
        let rendered = text(data, "rendered_sha256");
        let bytes = match self.inner.ledger.blob(rendered).await.refuse()? {
            Some(bytes) => bytes,
            None => {
                let proof = ObjectRef::new(
                    Kind::Attachment,
                    System::Community,
                    text(data, "attachment"),
                );
                self.bytes_of(&proof, Some(rendered)).await?
            }
        };
        let due = record.request.due_at.or(record.request.expires_at);
        let event = json!({
            "kind": "partner_proof", "id": id, "space": space, "review": record.space_id, "notice": record.notice,
            "hash": hash, "rendered_sha256": rendered, "version": version_of(data),
            "due_at": record.request.expires_at.map(|at| at.0),
            "decide_by": due.map(Millis::rfc3339).unwrap_or_default(),
            "title": partner_review::PROOF,
            "question": QUESTION, "how": how_to_answer(hash),
        });
        let blobs = vec![Blob {
            sha256: rendered.to_owned(),
            bytes,
        }];
        self.tell_partner(record, event, blobs).await
    }

    /// A verdict of somebody who was asked: noted in the review once from all desktops, and in the trail of the one that did.
    async fn record_partner_verdict(
        &self,
        record: &ReviewRecord,
        verdict: &PartnerVerdict,
    ) -> Result<bool, Refusal> {
        let ledger = &self.inner.ledger;
        let id = format!("partner/verdict/{}/{}", verdict.item, verdict.at.0);
        let key = format!("{RECORDED}{id}");
        if ledger.setting::<Value>(&key).await.refuse()?.is_some() {
            return Ok(false);
        }
        let said = json!({
            "person": verdict.person, "verdict": verdict.verdict, "sha": verdict.hash, "item": verdict.item,
            "at": verdict.at.rfc3339(),
        });
        let Some(action) = ledger.action_of(&intent_of(&id)).await.refuse()? else {
            let event = json!({
                "kind": "partner_verdict", "id": id, "review": record.space_id, "notice": record.notice, "said": said,
                "hash": record.request.hash,
            });
            return self.tell_partner(record, event, Vec::new()).await;
        };
        let steps = self.steps_of(&action).await?;
        let noted = steps
            .iter()
            .any(|step| step.name == "note" && matches!(step.state, StepState::Confirmed { .. }));
        if !noted {
            return Ok(false);
        }
        let mut facts = said;
        if let Some(facts) = facts.as_object_mut() {
            facts.insert("notice".to_owned(), json!(record.notice));
            facts.insert("counts".to_owned(), json!(verdict.why_not.is_none()));
            facts.insert("why_not".to_owned(), json!(verdict.why_not));
        }
        let event = "approval.partner_verdict";
        let mut entry = AuditEntry::new(event, &record.object()).with(facts);
        entry.case = Some(ObjectRef::case(record.case_id.clone()));
        entry.occurred_at = Some(verdict.at);
        let now = self.now();
        ledger
            .decide(&key, &json!(true), entry, &Actor::system(), now)
            .await
            .refuse()?;
        Ok(false)
    }
}
