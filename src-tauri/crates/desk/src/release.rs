//! The release of a letter in the place of the desktop that asked for its review, and what is filed beside it.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{
    ActionId, Kind, Refusal,
    canonical::sha256_hex,
    release::{self, Reviewed},
    review::ReviewState,
    review_log::ReviewRecord,
};
use ledger::{Blob, Derived, GateRow, NamedReceipt, StepFilter, StepRow};
use serde_json::{Map, Value, json};

use crate::{Desk, facts, problem::Refuse, review::text};

/// Changes looked at in one go.
const BATCH: u32 = 500;
/// More steps than this no plan has.
const MOST: u32 = 2_000;

/// The letter an action is about, as far as its steps have come.
#[derive(Debug, Clone)]
pub(crate) struct LetterOf {
    /// Review space.
    pub(crate) space_id: String,
    /// Notice.
    pub(crate) notice: String,
    /// Content hash under review.
    pub(crate) hash: String,
    /// SHA-256 of the bytes under review.
    pub(crate) approved_sha256: String,
    /// What is claimed to release it; empty where nothing is.
    pub(crate) claim: String,
}

impl LetterOf {
    fn of(
        release: &Value,
        outcome: &Value,
        claim: Option<&Value>,
        receipts: &[NamedReceipt],
    ) -> Option<Self> {
        let claim = claim.and_then(|claim| claim.get("subject"));
        Some(Self {
            claim: told(claim, receipts).unwrap_or_default(),
            space_id: told(outcome.get("space_id"), receipts)?,
            notice: told(release.get("notice_id"), receipts)?,
            hash: told(outcome.pointer("/data/hash"), receipts)?,
            approved_sha256: told(release.get("content_sha256"), receipts)?,
        })
    }

    /// What is known of it without its review.
    pub(crate) fn names(&self) -> Map<String, Value> {
        let mut names = Map::new();
        names.insert("notice".to_owned(), self.notice.clone().into());
        names.insert("notice_number".to_owned(), self.notice.clone().into());
        names.insert("claim".to_owned(), self.claim.clone().into());
        names
    }
}

/// The receipt of a step by its name; where a step took another's place, the later one.
pub(crate) fn named<'a>(receipts: &'a [NamedReceipt], step: &str) -> Option<&'a NamedReceipt> {
    receipts.iter().rev().find(|r| r.name == step)
}

/// Text in an argument, or in the receipt it refers to.
fn told(value: Option<&Value>, receipts: &[NamedReceipt]) -> Option<String> {
    let value = value?;
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let step = named(receipts, value.get("from_step")?.as_str()?)?;
    match value.get("field")?.as_str()? {
        "remote_ref" => Some(step.remote_ref.clone()),
        field => step.detail.get(field)?.as_str().map(str::to_owned),
    }
}

impl Desk {
    /// Steps of an action in the order of its plan.
    pub(crate) async fn steps_of(&self, action: &ActionId) -> Result<Vec<StepRow>, Refusal> {
        let filter = StepFilter {
            action: Some(action.to_string()),
            ..StepFilter::default()
        };
        self.inner
            .ledger
            .list_steps(&filter, MOST, 0)
            .await
            .refuse()
    }

    /// The letter an action with these receipts releases: what its release and its outcome name. `None` while it is not
    /// rendered, or where there is none.
    pub(crate) async fn letter_of(
        &self,
        action: &ActionId,
        receipts: &[NamedReceipt],
    ) -> Result<Option<LetterOf>, Refusal> {
        let ledger = &self.inner.ledger;
        let steps = self.steps_of(action).await?;
        let find = |name: &str| steps.iter().rev().find(|s| s.name == name);
        let (Some(release), Some(outcome)) = (find("release"), find("outcome")) else {
            return Ok(None);
        };
        let release = ledger.step(&release.id).await.refuse()?.args;
        let outcome = ledger.step(&outcome.id).await.refuse()?.args;
        let claim = match find("claim") {
            Some(claim) => Some(ledger.step(&claim.id).await.refuse()?.args),
            None => None,
        };
        Ok(LetterOf::of(&release, &outcome, claim.as_ref(), receipts))
    }

    /// Letters whose quorum stands and that this desktop did not ask for: it may win their release like any other.
    pub(crate) async fn take_over(&self) -> Result<bool, Refusal> {
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let feed = format!("reviews/{}", cache.filling().await.refuse()?);
        let from = ledger.derive_position(&feed).await.refuse()?;
        let (mut last, mut touched) = (from, false);
        loop {
            let changes = cache.changes_since(last, BATCH).await.refuse()?;
            let Some(end) = changes.last().map(|c| c.seq) else {
                break;
            };
            last = end;
            touched |= changes
                .iter()
                .any(|c| matches!(c.object.kind, Kind::Space | Kind::SpaceItem));
        }
        if last == from {
            return Ok(false);
        }
        let (mut derived, mut complete) = (Vec::new(), true);
        if touched {
            let delegations = self.delegations().await?;
            for space in cache.spaces_for("review").await.refuse()? {
                let items = cache.space_items(&space.id).await.refuse()?;
                let Some(review) = self.review_in(&space, &items, &delegations).await? else {
                    continue;
                };
                self.record_orphans(&review).await?;
                match self.release_of(&review).await {
                    Ok(plan) => derived.extend(plan),
                    // Its case is not here yet: looked at again with the next change.
                    Err(refusal) => {
                        tracing::info!(%refusal, review = %review.id(), "not released from here yet");
                        complete = false;
                    }
                }
            }
        }
        let accepted = if complete {
            ledger
                .enqueue_derived(&feed, last, &derived, self.now())
                .await
        } else {
            ledger.enqueue_following(&derived, self.now()).await
        };
        Ok(!accepted.refuse()?.is_empty())
    }

    async fn release_of(&self, review: &ReviewRecord) -> Result<Option<Derived>, Refusal> {
        let now = self.now();
        if review.outcome.is_some()
            || review.state(now) != ReviewState::Approved
            || self.asked_here(&review.space_id).await?
        {
            return Ok(None);
        }
        let least = self.policy().review.needed;
        let Some(event) = release::release_event(&Reviewed::from(review), least, now) else {
            tracing::debug!(review = %review.id(), "an approved letter does not prove itself and is left alone");
            return Ok(None);
        };
        let chosen = ["template", "channel"]
            .map(|name| (name.to_owned(), text(&review.data, name).to_owned()));
        self.derived_plan(&review.case_id, &BTreeMap::from(chosen), event, Vec::new())
            .await
    }

    /// The evidence page of a letter this desktop released, as an action of its own.
    pub(crate) async fn file_evidence(
        &self,
        gate: &GateRow,
        letter: &LetterOf,
        produced: &str,
    ) -> Result<(), Refusal> {
        let Some(review) = self.pulled(&letter.space_id).await? else {
            return Ok(());
        };
        let case_id = facts::case_id(&gate.case);
        let page = self
            .evidence_page(&review, &letter.approved_sha256, Some(produced))
            .await?;
        let bytes = Bytes::from(page.into_bytes());
        let sha256 = sha256_hex(&bytes);
        let event = json!({
            "kind": "letter_released",
            "id": format!("evidence/{}/{}", letter.space_id, letter.hash),
            "notice": letter.notice,
            "notice_number": letter.notice,
            "evidence": sha256,
        });
        let blobs = vec![Blob { sha256, bytes }];
        self.enqueue_following(case_id, event, blobs).await
    }
}
