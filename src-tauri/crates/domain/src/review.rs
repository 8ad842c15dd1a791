//! Reviews: who may sign, and when a quorum stands over exactly one content hash (invariant I2).

use serde::{Deserialize, Serialize};

use crate::{
    Millis, PersonId, Refusal,
    canonical::{self, NotCanonical},
    person::Person,
    refusal::Code,
    seal::Seal,
    words,
};

words! {
    /// State of a review.
    ReviewState {
        /// Waits for signatures.
        Requested = "requested",
        /// Quorum reached over the current hash.
        Approved = "approved",
        /// A reviewer said no.
        Rejected = "rejected",
        /// Nobody decided in time.
        Expired = "expired",
        /// Withdrawn by its maker.
        Recalled = "recalled",
        /// The content changed after it was requested or signed.
        Invalidated = "invalidated",
    }
}
words! {
    /// Verdict of a signature.
    Verdict {
        /// Approves.
        Approve = "approve",
        /// Rejects, with a reason.
        Reject = "reject",
    }
}

/// A request for signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRequest {
    /// Who made the letter.
    pub maker: PersonId,
    /// Content hash under review.
    pub hash: String,
    /// Distinct approving people needed.
    pub needed: u32,
    /// When it expires, if ever.
    pub expires_at: Option<Millis>,
}

/// One signature: it names the hash, the signer, time, zone and meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed.
    pub person: PersonId,
    /// Printed name.
    pub printed_name: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Content hash signed.
    pub hash: String,
    /// Meaning as shown to the signer; the reason when rejecting.
    pub meaning: String,
    /// When.
    pub at: Millis,
    /// IANA zone of the signer.
    pub zone: String,
    /// Detached signature over [`Signature::sealed_bytes`]; absent for what was not signed at a desktop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
}

/// What the seal of a signature says it is.
const SEALED: &str = "partner-console-signature/1";

impl Signature {
    /// What a seal of this signature is made over: canonical JSON (RFC 8785) of the review and everything a signature says.
    ///
    /// # Errors
    /// [`NotCanonical`]; never for what was read from JSON.
    pub fn sealed_bytes(&self, space_id: &str) -> Result<Vec<u8>, NotCanonical> {
        canonical::to_bytes(&serde_json::json!({
            "format": SEALED,
            "space": space_id,
            "hash": self.hash,
            "person": self.person,
            "printed_name": self.printed_name,
            "verdict": self.verdict,
            "meaning": self.meaning,
            "at": self.at.rfc3339(),
            "zone": self.zone,
        }))
    }
}

/// State of a review from its request, its signatures and the hash of the content as it is now.
///
/// Signatures of the maker never count, nor do signatures over another hash, nor a second one of the same person, nor one
/// given when the request had expired. A rejection always counts.
#[must_use]
pub fn state(
    request: &ReviewRequest,
    signatures: &[Signature],
    current_hash: &str,
    now: Millis,
) -> ReviewState {
    if request.hash != current_hash {
        return ReviewState::Invalidated;
    }
    let of_others = || {
        signatures
            .iter()
            .filter(|s| s.hash == request.hash && s.person != request.maker)
    };
    if of_others().any(|s| s.verdict == Verdict::Reject) {
        return ReviewState::Rejected;
    }
    let in_time = of_others().filter(|s| request.expires_at.is_none_or(|end| s.at < end));
    let mut signers: Vec<&PersonId> = in_time.map(|s| &s.person).collect();
    signers.sort_unstable();
    signers.dedup();
    if request.needed > 0 && signers.len() >= request.needed as usize {
        ReviewState::Approved
    } else if request.expires_at.is_some_and(|at| now >= at) {
        ReviewState::Expired
    } else {
        ReviewState::Requested
    }
}

/// Whether a person may sign this request over this hash.
///
/// # Errors
/// `E_FORBIDDEN` without a signing role, `E_SOD` for the maker (administrators included), `E_HASH` when the hash is not
/// the one under review, `E_STATE` when it is decided or the person has signed already.
pub fn may_sign(
    request: &ReviewRequest,
    signatures: &[Signature],
    person: &Person,
    hash: &str,
    current_hash: &str,
    now: Millis,
) -> Result<(), Refusal> {
    if person.id == request.maker {
        return Err(Refusal::new(
            Code::SeparationOfDuties,
            "You made this letter, so you cannot sign it.",
        ));
    }
    if !person.may_sign() {
        return Err(Refusal::new(
            Code::Forbidden,
            "Your roles do not include signing.",
        ));
    }
    if hash != request.hash || hash != current_hash {
        return Err(Refusal::new(Code::Hash, "The letter is not the one you were shown.")
            .with(serde_json::json!({"shown": hash, "under_review": request.hash, "current": current_hash})));
    }
    match state(request, signatures, current_hash, now) {
        ReviewState::Requested => {}
        other => {
            return Err(Refusal::new(
                Code::State,
                format!("This review is {other}."),
            ));
        }
    }
    if signatures
        .iter()
        .any(|s| s.person == person.id && s.hash == request.hash)
    {
        return Err(Refusal::new(
            Code::State,
            "You have signed this letter already.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::Role;

    fn request() -> ReviewRequest {
        ReviewRequest {
            maker: "lena".into(),
            hash: "h1".into(),
            needed: 2,
            expires_at: None,
        }
    }

    fn signature(person: &str, hash: &str) -> Signature {
        Signature {
            person: person.into(),
            printed_name: person.into(),
            verdict: Verdict::Approve,
            hash: hash.into(),
            meaning: "approved".into(),
            at: Millis(1),
            zone: "UTC".into(),
            seal: None,
        }
    }

    #[test]
    fn the_maker_never_counts_and_nobody_counts_twice() {
        let signed = [
            signature("lena", "h1"),
            signature("tomas", "h1"),
            signature("tomas", "h1"),
        ];
        assert_eq!(
            state(&request(), &signed, "h1", Millis(2)),
            ReviewState::Requested
        );
        let signed = [signature("tomas", "h1"), signature("priya", "h1")];
        assert_eq!(
            state(&request(), &signed, "h1", Millis(2)),
            ReviewState::Approved
        );
    }

    #[test]
    fn one_changed_character_after_quorum_invalidates() {
        let signed = [signature("tomas", "h1"), signature("priya", "h1")];
        assert_eq!(
            state(&request(), &signed, "h2", Millis(2)),
            ReviewState::Invalidated
        );
    }

    #[test]
    fn an_administrator_who_is_the_maker_is_refused_with_e_sod() {
        let admin = Person {
            id: "lena".into(),
            name: "Lena".into(),
            roles: vec![Role::Administrator, Role::Reviewer, Role::Approver],
            time_zone: "UTC".into(),
        };
        let refusal = may_sign(&request(), &[], &admin, "h1", "h1", Millis(2)).unwrap_err();
        assert_eq!(refusal.code, Code::SeparationOfDuties);
    }
}
