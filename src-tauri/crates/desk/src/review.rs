//! Reviews: what is under review, who may sign, signing with PIN, rejecting, commenting, and decisions prepared offline.

use std::collections::BTreeMap;

use cache::ReviewSpace;
use domain::{
    IntentId, Kind, Millis, ObjectRef, PersonId, Refusal, StepKey, System, action,
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
    record::Space,
    refusal::Code,
    release,
    review::{self, ReviewRequest, ReviewState, Signature, Verdict},
};
use ledger::{AuditEntry, Enqueue};
use serde_json::{Map, Value, json};

use crate::{
    Desk,
    problem::{Refuse, not_found},
};

/// What a space is for that holds a review.
const PURPOSE: &str = "review";
/// Bytes.
const LONGEST_REASON: usize = 2_000;

/// A review as everybody who pulls its space sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReviewRecord {
    pub(crate) space_id: String,
    pub(crate) case_id: String,
    pub(crate) notice: String,
    pub(crate) title: String,
    /// The newest request: a newer version of the letter takes the place of the one before.
    pub(crate) request: ReviewRequest,
    /// Its data.
    pub(crate) data: Map<String, Value>,
    pub(crate) requested_at: Millis,
    pub(crate) signatures: Vec<Signature>,
    /// Requests before the newest, oldest first: data and hash.
    pub(crate) earlier: Vec<Map<String, Value>>,
    pub(crate) comments: Vec<domain::record::SpaceItem>,
    /// Set once something other than signatures ended the review: the letter changed, another one was produced, or its
    /// maker took it back.
    pub(crate) ended: Option<ReviewState>,
    /// What the release check found, when something else was produced than was approved.
    pub(crate) mismatch: Option<Map<String, Value>>,
    /// Login of who published the newest request.
    pub(crate) author: String,
    /// Set once the letter was released.
    pub(crate) outcome: Option<Map<String, Value>>,
}

/// Text in an object; empty when it is not there.
pub(crate) fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl ReviewRecord {
    /// Reads a review space; `None` while nothing was requested in it.
    pub(crate) fn of(found: &ReviewSpace) -> Option<Self> {
        let data_of =
            |item: &domain::record::SpaceItem| item.data.as_object().cloned().unwrap_or_default();
        let mut requests: Vec<_> = found
            .items
            .iter()
            .filter(|i| i.item_kind == "request")
            .collect();
        let newest = requests.pop()?;
        let data = data_of(newest);
        let needed = data
            .get("needed")
            .and_then(Value::as_u64)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(u32::MAX);
        let signatures = found.items.iter().filter_map(signature_of).collect();
        let about = |kind: &str| {
            found
                .items
                .iter()
                .rev()
                .find(|i| i.item_kind == kind && i.data.get("hash") == data.get("hash"))
        };
        let mismatch = about(release::MISMATCH).map(data_of);
        let ended = if mismatch.is_some() || about(crate::invalidate::INVALIDATION).is_some() {
            Some(ReviewState::Invalidated)
        } else {
            about(release::RECALL).map(|_| ReviewState::Recalled)
        };
        Some(Self {
            space_id: found.space.id.clone(),
            case_id: text(&data, "case").to_owned(),
            notice: text(&data, "notice").to_owned(),
            title: found.space.title.clone(),
            request: ReviewRequest {
                maker: PersonId::from(text(&data, "maker")),
                hash: text(&data, "hash").to_owned(),
                needed,
                expires_at: newest.due_at,
            },
            requested_at: newest.created_at,
            signatures,
            earlier: requests.iter().map(|i| data_of(i)).collect(),
            comments: found
                .items
                .iter()
                .filter(|i| i.item_kind == "comment")
                .cloned()
                .collect(),
            ended,
            mismatch,
            author: newest.author.clone(),
            outcome: found
                .items
                .iter()
                .rev()
                .find(|i| i.item_kind == "outcome")
                .map(data_of),
            data,
        })
    }

    /// Name of the review.
    pub(crate) fn id(&self) -> String {
        crate::follow::review_object(&self.space_id).to_string()
    }

    /// State now.
    pub(crate) fn state(&self, now: Millis) -> ReviewState {
        self.ended.unwrap_or_else(|| {
            review::state(&self.request, &self.signatures, &self.request.hash, now)
        })
    }
}

fn signature_of(item: &domain::record::SpaceItem) -> Option<Signature> {
    let verdict = match item.item_kind.as_str() {
        "signature" => Verdict::Approve,
        "rejection" => Verdict::Reject,
        _ => return None,
    };
    let data = item.data.as_object()?;
    let person = text(data, "person");
    Some(Signature {
        person: PersonId::from(if person.is_empty() {
            item.author.as_str()
        } else {
            person
        }),
        printed_name: text(data, "printed_name").to_owned(),
        verdict,
        hash: text(data, "hash").to_owned(),
        meaning: text(data, "meaning").to_owned(),
        at: Millis::parse_lenient(text(data, "at")).unwrap_or(item.created_at),
        zone: text(data, "zone").to_owned(),
    })
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
        Ok(found.as_ref().and_then(ReviewRecord::of))
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
            if let Some(mut record) = ReviewRecord::of(&ReviewSpace { space, items }) {
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
        self.sign(&record, decision).await
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
        };
        let kind = if decision.verdict == Verdict::Approve {
            "signature"
        } else {
            "rejection"
        };
        let data = json!({
            "notice": record.notice, "hash": signature.hash, "person": signature.person, "printed_name": signature.printed_name,
            "at": now.rfc3339(), "zone": signature.zone, "meaning": signature.meaning, "verdict": signature.verdict,
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
            "comment",
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
                optional: false,
                overlay: Vec::new(),
            }],
            gates: Vec::new(),
            skipped: Vec::new(),
        };
        let actor = self.actor();
        let word = match kind {
            "signature" => "approval.signed",
            "rejection" => "approval.rejected",
            crate::invalidate::INVALIDATION => "approval.invalidated",
            _ => "comment.added",
        };
        let object = ObjectRef::new(Kind::Review, System::Community, record.space_id.clone());
        let mut entry = AuditEntry::new(word, &object)
            .with(json!({"notice": record.notice, "hash": record.request.hash}));
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
