//! Reviews: what is under review, who may sign, signing with PIN, rejecting, commenting, and decisions prepared offline.

use std::collections::BTreeMap;

use domain::{
    IntentId, ObjectRef, Refusal, StepKey, System, action,
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
    record::{Space, SpaceItem},
    refusal::Code,
    release,
    review::{self, Signature, Verdict},
    review_log::{self, ReviewRecord},
};
use ledger::{AuditEntry, Enqueue};
use serde_json::{Map, Value, json};

use crate::{
    Desk,
    problem::{Refuse, not_found},
};

/// What a space is for that holds a review.
pub(crate) const PURPOSE: &str = "review";
/// Bytes.
const LONGEST_REASON: usize = 2_000;

/// Text in an object; empty when it is not there.
pub(crate) fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What the audit trail keeps of an item; of a signature everything that was signed, with its seal.
fn said(record: &ReviewRecord, kind: &str, data: &Value) -> Value {
    let mut said = Map::new();
    said.insert("notice".to_owned(), record.notice.clone().into());
    said.insert("hash".to_owned(), record.request.hash.clone().into());
    if matches!(kind, review_log::SIGNATURE | review_log::REJECTION) {
        for name in ["printed_name", "at", "zone", "meaning", "seal"] {
            let value = data.get(name).cloned().unwrap_or_default();
            said.insert(name.to_owned(), value);
        }
    }
    said.into()
}

/// What a person decides about a letter.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Review, as `review:community:ID` or the bare id.
    pub review: &'a str,
    /// Hash that was on screen.
    pub hash: &'a str,
    /// Verdict.
    pub verdict: Verdict,
    /// Meaning of the signature, or the reason of a rejection.
    pub meaning: &'a str,
}

impl Desk {
    pub(crate) async fn review(&self, id: &str) -> Result<ReviewRecord, Refusal> {
        let space = id.strip_prefix("review:community:").unwrap_or(id);
        let pulled = self.pulled(space).await?;
        let mut record = pulled.ok_or_else(|| not_found("review", id))?;
        self.with_own_signatures(&mut record).await?;
        Ok(record)
    }

    /// The review in a space as Community has it: a signature that it would refuse must open no gate.
    pub(crate) async fn pulled(&self, space_id: &str) -> Result<Option<ReviewRecord>, Refusal> {
        let found = self.inner.cache.review_space(space_id).await.refuse()?;
        let found = found.as_ref();
        Ok(found.and_then(|found| self.review_in(&found.space, &found.items)))
    }

    /// The review in a space, under the quorum of the policy here.
    pub(crate) fn review_in(&self, space: &Space, items: &[SpaceItem]) -> Option<ReviewRecord> {
        ReviewRecord::of(space, items, self.policy().review.needed)
    }

    /// Every review there is, newest request first.
    pub(crate) async fn reviews(&self) -> Result<Vec<ReviewRecord>, Refusal> {
        let spaces = self.inner.cache.spaces_for(PURPOSE).await.refuse()?;
        self.reviews_in(spaces).await
    }

    /// The reviews of one case, newest request first.
    pub(crate) async fn reviews_of(&self, case_id: &str) -> Result<Vec<ReviewRecord>, Refusal> {
        let mut spaces = self.inner.cache.spaces_of_case(case_id).await.refuse()?;
        spaces.retain(|space| space.purpose == PURPOSE);
        self.reviews_in(spaces).await
    }

    async fn reviews_in(&self, spaces: Vec<Space>) -> Result<Vec<ReviewRecord>, Refusal> {
        let mut all = Vec::new();
        for space in spaces {
            let items = self.inner.cache.space_items(&space.id).await.refuse()?;
            if let Some(mut record) = self.review_in(&space, &items) {
                self.with_own_signatures(&mut record).await?;
                all.push(record);
            }
        }
        all.sort_by_key(|r| std::cmp::Reverse(r.requested_at));
        Ok(all)
    }

    /// Signatures given here that Community does not have yet count for what is shown here.
    async fn with_own_signatures(&self, record: &mut ReviewRecord) -> Result<(), Refusal> {
        for own in self.inner.ledger.signatures(&record.id()).await.refuse()? {
            if !record
                .signatures
                .iter()
                .any(|s| s.person == own.person && s.hash == own.hash)
            {
                record.signatures.push(own);
            }
        }
        Ok(())
    }

    /// Whether the acting person may decide this review over this hash.
    pub(crate) fn may_decide(&self, record: &ReviewRecord, hash: &str) -> Result<(), Refusal> {
        if let Some(ended) = record.ended {
            return Err(Refusal::new(
                Code::State,
                format!("This review is {ended}."),
            ));
        }
        review::may_sign(
            &record.request,
            &record.signatures,
            &self.person(),
            hash,
            &record.request.hash,
            self.now(),
        )
    }

    /// Signs or rejects after re-authentication, over the letter as it was read again just now: a signature given over
    /// something that may have changed is none. It becomes a step of the review space at once.
    ///
    /// # Errors
    /// `E_SOD` for the maker, `E_HASH` when the letter is not the one shown, `E_AUTH` for a wrong PIN (five lock signing),
    /// `E_FORBIDDEN` without a signing role, `E_FIELD` for a meaning the policy does not list or a rejection without reason,
    /// `E_STATE` when it is decided, `E_OFFLINE` while Community is out of reach.
    pub async fn decide(&self, decision: Decision<'_>, pin: &str) -> Result<(), Refusal> {
        self.writable()?;
        let record = self.review(decision.review).await?;
        self.may_decide(&record, decision.hash)?;
        self.may_mean(decision.verdict, decision.meaning)?;
        if !self.inner.network.is_online() {
            return Err(Refusal::new(
                Code::Offline,
                "Offline a decision is prepared and confirmed on return.",
            ));
        }
        self.authenticate(pin).await?;
        let record = self.read_again(decision.review).await?;
        self.may_decide(&record, decision.hash)?;
        self.check_manifest(&record, decision.verdict).await?;
        self.sign(&record, decision).await
    }

    /// Who approves a batch signs a root; it must be that of the notices the manifest lists. A rejection holds back whatever it is.
    pub(crate) async fn check_manifest(
        &self,
        record: &ReviewRecord,
        verdict: Verdict,
    ) -> Result<(), Refusal> {
        if verdict == Verdict::Approve {
            self.manifest_of(record).await?;
        }
        Ok(())
    }

    /// A signature means what the policy lists; a rejection has a reason of its own.
    pub(crate) fn may_mean(&self, verdict: Verdict, meaning: &str) -> Result<(), Refusal> {
        let meaning = meaning.trim();
        let meanings = &self.policy().review.meanings;
        let what = match verdict {
            Verdict::Reject if meaning.is_empty() => "Say why it is rejected.".to_owned(),
            Verdict::Reject if meaning.len() > LONGEST_REASON => {
                format!("A reason has up to {LONGEST_REASON} bytes.")
            }
            Verdict::Reject => return Ok(()),
            Verdict::Approve if meanings.iter().any(|known| known == meaning) => return Ok(()),
            Verdict::Approve if meaning.is_empty() => "Say what your signature means.".to_owned(),
            Verdict::Approve => format!("A signature means one of: {}.", meanings.join("; ")),
        };
        Err(Refusal::new(Code::Field, what).with(json!({"fields": ["meaning"]})))
    }

    pub(crate) async fn authenticate(&self, pin: &str) -> Result<(), Refusal> {
        self.inner
            .ledger
            .verify_pin(&self.person().id, pin, &self.actor(), self.now())
            .await
            .refuse()
    }

    /// The review as Community has it now.
    pub(crate) async fn read_again(&self, id: &str) -> Result<ReviewRecord, Refusal> {
        let report = self.pull(&[System::Community], false).await?;
        if let Some(error) = report.iter().find_map(|r| r.error.clone()) {
            return Err(
                Refusal::new(Code::Offline, "The letter could not be read again.")
                    .with(json!({"cause": error})),
            );
        }
        self.review(id).await
    }

    pub(crate) async fn sign(
        &self,
        record: &ReviewRecord,
        decision: Decision<'_>,
    ) -> Result<(), Refusal> {
        let (person, now) = (self.person(), self.now());
        let signature = Signature {
            person: person.id.clone(),
            printed_name: person.name.clone(),
            verdict: decision.verdict,
            hash: record.request.hash.clone(),
            meaning: decision.meaning.trim().to_owned(),
            at: now,
            zone: person.time_zone.clone(),
            seal: None,
        };
        let sealed = signature.sealed_bytes(&record.space_id);
        let sealed = sealed.map_err(|e| Refusal::new(Code::Input, e.to_string()))?;
        let seal = self.inner.seal.seal(&sealed);
        let kind = if decision.verdict == Verdict::Approve {
            review_log::SIGNATURE
        } else {
            review_log::REJECTION
        };
        let data = json!({
            "notice": record.notice, "hash": signature.hash, "person": signature.person, "printed_name": signature.printed_name,
            "at": now.rfc3339(), "zone": signature.zone, "meaning": signature.meaning, "verdict": signature.verdict,
            "seal": seal,
        });
        let title = format!(
            "{} by {}",
            if decision.verdict == Verdict::Approve {
                "Signed"
            } else {
                "Rejected"
            },
            person.name
        );
        // The same person deciding the same hash is the same intent, whatever happens in between.
        let intent = IntentId(format!(
            "{kind}/{}/{}/{}",
            record.space_id, person.id, signature.hash
        ));
        self.publish(record, intent, kind, &title, data).await?;
        let id = record.id();
        self.inner
            .ledger
            .put_signature(&id, &signature, &self.actor(), now)
            .await
            .refuse()?;
        self.inner.wake.notify_waiters();
        Ok(())
    }

    /// Adds a comment to a review.
    ///
    /// # Errors
    /// `E_FIELD` for an empty one; `E_FORBIDDEN` for auditors.
    pub async fn comment_on_review(
        &self,
        id: &str,
        text: &str,
        block: Option<u32>,
        quote: Option<&str>,
    ) -> Result<(), Refusal> {
        self.may_act()?;
        let text = text.trim();
        if text.is_empty() || text.len() > 20_000 {
            return Err(
                Refusal::new(Code::Field, "A comment has 1 to 20,000 bytes.")
                    .with(json!({"fields": ["text"]})),
            );
        }
        let record = self.review(id).await?;
        let person = self.person();
        let data = json!({"text": text, "block": block, "quote": quote, "person": person.id, "printed_name": person.name,
            "hash": record.request.hash});
        let intent = IntentId(uuid::Uuid::now_v7().to_string());
        self.publish(
            &record,
            intent,
            review_log::COMMENT,
            &format!("Comment by {}", person.name),
            data,
        )
        .await
    }

    /// One item of a review space as a one-step plan.
    pub(crate) async fn publish(
        &self,
        record: &ReviewRecord,
        intent: IntentId,
        kind: &str,
        title: &str,
        data: Value,
    ) -> Result<(), Refusal> {
        let args = json!({
            "operation": Operation::PublishItem, "space_id": record.space_id, "item_kind": kind, "title": title,
            "state": "done", "due_at": null, "data": data,
        });
        let content_hash =
            action::args_hash(&args).map_err(|e| Refusal::new(Code::Input, e.to_string()))?;
        let key: StepKey = action::step_key(&intent, 1, &content_hash);
        let plan = Plan {
            intent,
            playbook: format!("review_{kind}"),
            use_case: "S0.6".to_owned(),
            title: title.to_owned(),
            case: ObjectRef::case(record.case_id.clone()),
            steps: vec![PlannedStep {
                number: 1,
                id: kind.to_owned(),
                operation: Operation::PublishItem,
                subject: title.to_owned(),
                args,
                content_hash,
                key,
                waits_on: Vec::new(),
                offline_class: OfflineClass::Queue,
                lane: None,
                optional: false,
                overlay: Vec::new(),
            }],
            gates: Vec::new(),
            skipped: Vec::new(),
        };
        let actor = self.actor();
        let word = match kind {
            review_log::SIGNATURE => "approval.signed",
            review_log::REJECTION => "approval.rejected",
            release::INVALIDATION => "approval.invalidated",
            _ => "comment.added",
        };
        let mut entry = AuditEntry::new(word, &record.object()).with(said(record, kind, &data));
        entry.case = Some(plan.case.clone());
        self.inner
            .ledger
            .enqueue(Enqueue {
                plan: &plan,
                actor: &actor,
                blobs: Vec::new(),
                again: false,
                repeatable: true,
                audit: vec![entry],
                now: self.now(),
            })
            .await
            .refuse()?;
        self.inner.wake.notify_waiters();
        Ok(())
    }

    /// Names of fields with their text, for the data redline.
    pub(crate) fn letter_fields(data: &Map<String, Value>) -> BTreeMap<String, String> {
        data.get("fields")
            .and_then(Value::as_object)
            .map(|fields| {
                fields
                    .iter()
                    .map(|(k, v)| {
                        (
                            k.clone(),
                            v.as_str().map_or_else(|| v.to_string(), str::to_owned),
                        )
                    })
                    .collect()
            })
            .unwrap_or_default()
    }
}
