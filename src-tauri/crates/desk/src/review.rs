//! Reviews: what is under review, who may sign, signing with PIN, rejecting, commenting, and decisions prepared offline.

use domain::{
    IntentId, ObjectRef, Refusal, StepKey, System, action,
    delegation::Delegation,
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
    record::{Space, SpaceItem},
    refusal::Code,
    release,
    review::{OnBehalf, Signing, Verdict},
    review_comments,
    review_log::{self, ReviewRecord},
};
use ledger::{AuditEntry, Enqueue};
use serde_json::{Map, Value, json};

use crate::{
    Desk,
    problem::{Refuse, not_found},
    review_comments::Passage,
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
    for name in ["comment", "settled"] {
        if let Some(value) = data.get(name) {
            said.insert(name.to_owned(), value.clone());
        }
    }
    if matches!(kind, review_log::SIGNATURE | review_log::REJECTION) {
        for name in [
            "printed_name",
            "at",
            "zone",
            "meaning",
            "seal",
            "roles",
            "on_behalf_of",
        ] {
            let value = data.get(name).cloned().unwrap_or_default();
            said.insert(name.to_owned(), value);
        }
    }
    said.into()
}

/// Setting that keeps by which delegation a signature was given here, until Community has it.
fn signed_for(space_id: &str, person: &str, hash: &str) -> String {
    format!("signed_for/{space_id}/{person}/{hash}")
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
    /// The passage a rejection is about.
    pub about: Option<Passage<'a>>,
    /// Login of who is signed for, where that is somebody else.
    pub on_behalf_of: Option<&'a str>,
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
        let delegations = self.delegations().await?;
        match found {
            Some(found) => {
                self.review_in(&found.space, &found.items, &delegations)
                    .await
            }
            None => Ok(None),
        }
    }

    /// The review in a space, under the quorum of the policy here, with what came back from the partner.
    pub(crate) async fn review_in(
        &self,
        space: &Space,
        items: &[SpaceItem],
        delegations: &[Delegation],
    ) -> Result<Option<ReviewRecord>, Refusal> {
        let least = self.policy().review.needed;
        match ReviewRecord::of(space, items, least, delegations) {
            Some(record) => self.with_partner(record, items).await.map(Some),
            None => Ok(None),
        }
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
        let delegations = self.delegations().await?;
        for space in spaces {
            let items = self.inner.cache.space_items(&space.id).await.refuse()?;
            if let Some(mut record) = self.review_in(&space, &items, &delegations).await? {
                self.with_own_signatures(&mut record).await?;
                all.push(record);
            }
        }
        all.sort_by_key(|r| std::cmp::Reverse(r.requested_at));
        Ok(all)
    }

    /// Signatures given here that Community does not have yet count for what is shown here.
    async fn with_own_signatures(&self, record: &mut ReviewRecord) -> Result<(), Refusal> {
        let ledger = &self.inner.ledger;
        for mut own in ledger.signatures(&record.id()).await.refuse()? {
            let key = signed_for(&record.space_id, own.person.as_str(), &own.hash);
            let delegation: Option<Delegation> = ledger.setting(&key).await.refuse()?;
            let persons = self.persons();
            let known = persons.get(own.person.as_str());
            let roles = known.map(|person| person.roles.clone());
            own.roles = roles.unwrap_or_default();
            if let Some(by) = delegation {
                own.on_behalf_of = Some(OnBehalf {
                    person: by.from,
                    printed_name: by.from_name,
                    delegation: by.id,
                });
                own.roles = by.roles;
            }
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
    pub(crate) fn may_decide(
        &self,
        record: &ReviewRecord,
        hash: &str,
        verdict: Verdict,
        delegation: Option<&Delegation>,
    ) -> Result<(), Refusal> {
        let person = self.person();
        let signing = Signing {
            person: &person,
            delegation,
            verdict,
        };
        record.may_decide(signing, hash, self.now())
    }

    /// The delegation a decision is made by, where it is for somebody else.
    pub(crate) async fn for_whom(
        &self,
        decision: &Decision<'_>,
    ) -> Result<Option<Delegation>, Refusal> {
        match decision.on_behalf_of {
            Some(person) => self.delegation_from(person).await.map(Some),
            None => Ok(None),
        }
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
        let by = self.for_whom(&decision).await?;
        self.may_decide(&record, decision.hash, decision.verdict, by.as_ref())?;
        self.may_mean(decision.verdict, decision.meaning)?;
        self.may_point(&record, decision.verdict, decision.about)?;
        if !self.inner.network.is_online() {
            return Err(Refusal::new(
                Code::Offline,
                "Offline a decision is prepared and confirmed on return.",
            ));
        }
        self.authenticate(pin).await?;
        let record = self.read_again(decision.review).await?;
        // Read again too: it may have been revoked.
        let by = self.for_whom(&decision).await?;
        self.may_decide(&record, decision.hash, decision.verdict, by.as_ref())?;
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
        let anchor = self.may_point(record, decision.verdict, decision.about)?;
        let by = self.for_whom(&decision).await?;
        let signing = Signing {
            person: &person,
            delegation: by.as_ref(),
            verdict: decision.verdict,
        };
        let hash = record.request.hash.as_str();
        let signature = signing.signature(hash, decision.meaning.trim(), now);
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
            "seal": seal, "anchor": anchor, "roles": signature.roles, "on_behalf_of": signature.on_behalf_of,
        });
        let title = format!(
            "{} by {}",
            if decision.verdict == Verdict::Approve {
                "Signed"
            } else {
                "Rejected"
            },
            match &by {
                Some(by) => format!("{} on behalf of {}", person.name, by.from_name),
                None => person.name.clone(),
            }
        );
        // The same person deciding the same hash is the same intent, whatever happens in between.
        let intent = IntentId(format!(
            "{kind}/{}/{}/{}",
            record.space_id, person.id, signature.hash
        ));
        self.publish(record, intent, kind, &title, data).await?;
        let id = record.id();
        if let Some(by) = &by {
            let key = signed_for(&record.space_id, person.id.as_str(), hash);
            let ledger = &self.inner.ledger;
            ledger
                .set_setting(&key, by, &self.actor(), now)
                .await
                .refuse()?;
        }
        self.inner
            .ledger
            .put_signature(&id, &signature, &self.actor(), now)
            .await
            .refuse()?;
        self.inner.wake.notify_waiters();
        Ok(())
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
            review_comments::RESOLUTION => "comment.resolved",
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
}
