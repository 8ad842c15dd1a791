//! What a letter carries on its way out: the approval it leaves on, so that whoever sends it can prove the quorum over exactly
//! its bytes, with nothing else at hand.

use serde::{Deserialize, Serialize};

use super::ProofKind;
use crate::{
    Millis, Refusal, canonical, letter,
    refusal::Code,
    release::text,
    review::{self, ReviewRequest, ReviewState, Signature},
    review_log::ReviewRecord,
};

/// Media types of RFC 1767: business documents, which no quorum approves.
const EDI: [&str; 3] = [
    "application/edi-x12",
    "application/edifact",
    "application/edi-consent",
];

/// A letter among what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enclosed {
    /// File name.
    pub name: String,
    /// Proof that is asked for.
    pub proof: ProofKind,
    /// What it leaves on.
    pub approval: Approval,
}

/// A review reduced to what proves that a quorum stood over these bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Space of the review: its seals name it.
    pub review: String,
    /// What was asked for: maker, content hash, quorum.
    pub request: ReviewRequest,
    /// SHA-256 of the bytes under review.
    pub rendered_sha256: String,
    /// SHA-256 of the data of the letter.
    pub data_sha256: String,
    /// Template.
    pub template: String,
    /// Its version.
    pub template_version: i64,
    /// SHA-256 of the recipients the letter names.
    pub recipients_sha256: String,
    /// Signatures over the content hash.
    pub signatures: Vec<Signature>,
}

fn differs(words: &str) -> Refusal {
    Refusal::new(Code::Hash, words)
}

impl Approval {
    /// The approval of a letter, as its review says it.
    ///
    /// # Errors
    /// `E_HASH` when the review is about something else than a letter, or does not prove itself.
    pub fn of(record: &ReviewRecord) -> Result<Self, Refusal> {
        let data = &record.data;
        let driver_data = data.get("letter").filter(|l| l.is_object());
        let version = data
            .get("template_version")
            .and_then(serde_json::Value::as_i64);
        let (Some(driver_data), Some(template_version)) = (driver_data, version) else {
            return Err(differs("This review is about no letter."));
        };
        let uncanonical = |e: canonical::NotCanonical| differs(&e.to_string());
        let recipients = letter::recipients_in(driver_data);
        let over = |s: &&Signature| s.hash == record.request.hash;
        Ok(Self {
            review: record.space_id.clone(),
            request: record.request.clone(),
            rendered_sha256: text(data, "rendered_sha256").to_owned(),
            data_sha256: canonical::hash(driver_data).map_err(uncanonical)?,
            template: text(data, "template").to_owned(),
            template_version,
            recipients_sha256: canonical::hash(&recipients).map_err(uncanonical)?,
            signatures: record.signatures.iter().filter(over).cloned().collect(),
        })
    }

    /// Whether it approves exactly these bytes: their hash is part of the content hash, every seal holds, and a quorum of
    /// others than the maker stands over that content hash.
    ///
    /// # Errors
    /// `E_HASH` saying what does not fit.
    pub fn covers(&self, sha256: &str, now: Millis) -> Result<(), Refusal> {
        if self.rendered_sha256 != sha256 {
            return Err(differs("The bytes are not those that were approved."));
        }
        let proven = letter::hash_of_parts(
            sha256,
            &self.data_sha256,
            &self.template,
            self.template_version,
            &self.recipients_sha256,
        );
        if proven.ok().as_ref() != Some(&self.request.hash) {
            return Err(differs(
                "What was signed is not the content hash of these bytes.",
            ));
        }
        let broken = |s: &Signature| {
            let sealed = s.sealed_bytes(&self.review);
            let seal = s.seal.as_ref();
            seal.is_some_and(|seal| !sealed.is_ok_and(|bytes| seal.holds(&bytes)))
        };
        if self.signatures.iter().any(broken) {
            return Err(differs("A signature does not hold over what it says."));
        }
        let state = review::state(&self.request, &self.signatures, &self.request.hash, now);
        if state != ReviewState::Approved {
            let words =
                format!("No quorum of others stands over these bytes: the review is {state}.");
            return Err(differs(&words));
        }
        Ok(())
    }
}

/// Whether bytes of this media type may go out over the grid: a business document may, and anything else only on an approval
/// that covers exactly its bytes. Asked by whoever sends, right before sending.
///
/// # Errors
/// `E_HASH`.
pub fn may_leave(
    media_type: &str,
    enclosed: Option<&Enclosed>,
    sha256: &str,
    now: Millis,
) -> Result<(), Refusal> {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    match enclosed {
        Some(enclosed) => enclosed.approval.covers(sha256, now),
        None if EDI.iter().any(|edi| kind.eq_ignore_ascii_case(edi)) => Ok(()),
        None => Err(differs("Nobody approved these bytes.")),
    }
}
