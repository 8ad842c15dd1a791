//! Reviews: who may sign, and when a quorum stands over exactly one content hash (invariant I2).

use serde::{Deserialize, Serialize};

use crate::{
    Millis, PersonId, Refusal,
    canonical::{self, NotCanonical},
    delegation::Delegation,
    partner_review::PartnerAsked,
    person::{Person, Role},
    refusal::Code,
    review_rule::{self, Rule},
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
    /// When it is due: then the deputies are asked too. It can be signed until it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// Who signs in the place of any group once it is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputies: Option<Role>,
    /// Who has to be among those who sign, by the policy that was in force when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// Who is asked at the partner, and what their verdict is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerAsked>,
}

impl ReviewRequest {
    /// Whether it was not decided when it was due, as of a time.
    #[must_use]
    pub fn is_escalated(&self, at: Millis) -> bool {
        self.due_at.is_some_and(|due| at >= due)
    }
}

/// For whom a signature was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBehalf {
    /// Who is signed for.
    pub person: PersonId,
    /// Printed name.
    pub printed_name: String,
    /// Item of the delegation.
    pub delegation: String,
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
    /// When, by the clock of the signer.
    pub at: Millis,
    /// When it reached the review's space, by the clock of Community; absent while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached_at: Option<Millis>,
    /// IANA zone of the signer.
    pub zone: String,
    /// Roles it was given in: those of the signer, or of who is signed for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Who is signed for, where that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<OnBehalf>,
    /// Detached signature over [`Signature::sealed_bytes`]; absent for what was not signed at a desktop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
    /// Item of the space of the partner, where it is a verdict of theirs: proven by who Community says wrote it, and by no seal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
}

/// What the seal of a signature says it is.
const SEALED: &str = "partner-console-signature/1";

impl Signature {
    /// What a seal of this signature is made over: canonical JSON (RFC 8785) of the review and everything a signature says.
    ///
    /// # Errors
    /// [`NotCanonical`]; never for what was read from JSON.
    pub fn sealed_bytes(&self, space_id: &str) -> Result<Vec<u8>, NotCanonical> {
        let mut said = serde_json::json!({
            "format": SEALED,
            "space": space_id,
            "hash": self.hash,
            "person": self.person,
            "printed_name": self.printed_name,
            "verdict": self.verdict,
            "meaning": self.meaning,
            "at": self.at.rfc3339(),
            "zone": self.zone,
        });
        // Signatures from before there were roles and delegations say nothing of them.
        if let Some(said) = said.as_object_mut() {
            if !self.roles.is_empty() {
                said.insert("roles".to_owned(), serde_json::json!(self.roles));
            }
            if let Some(on_behalf_of) = &self.on_behalf_of {
                said.insert("on_behalf_of".to_owned(), serde_json::json!(on_behalf_of));
            }
        }
        canonical::to_bytes(&said)
    }

    /// Everybody it counts for: the signer, and who is signed for.
    #[must_use]
    pub fn people(&self) -> Vec<&PersonId> {
        let other = self.on_behalf_of.as_ref().map(|of| &of.person);
        std::iter::once(&self.person).chain(other).collect()
    }
}

/// Who wants to sign, for whom and how.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// Who signs.
    pub person: &'a Person,
    /// By which delegation, where it is for somebody else.
    pub delegation: Option<&'a Delegation>,
    /// Verdict.
    pub verdict: Verdict,
}

impl Signing<'_> {
    fn roles(&self) -> &[Role] {
        self.delegation.map_or(&self.person.roles, |d| &d.roles)
    }

    /// The signature it would be.
    #[must_use]
    pub fn signature(&self, hash: &str, meaning: &str, at: Millis) -> Signature {
        Signature {
            person: self.person.id.clone(),
            printed_name: self.person.name.clone(),
            verdict: self.verdict,
            hash: hash.to_owned(),
            meaning: meaning.to_owned(),
            at,
            reached_at: None,
            zone: self.person.time_zone.clone(),
            roles: self.roles().to_vec(),
            on_behalf_of: self.delegation.map(|d| OnBehalf {
                person: d.from.clone(),
                printed_name: d.from_name.clone(),
                delegation: d.id.clone(),
            }),
            seal: None,
            partner: None,
        }
    }
}

/// State of a review from its request, its signatures and the hash of the content as it is now.
///
/// A quorum is what [`review_rule::progress`] counts. A rejection always counts, unless it is the maker's; one of the partner
/// where its verdict is more than advice.
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
    if signatures.iter().any(|s| rejects(request, s)) {
        return ReviewState::Rejected;
    }
    if request.needed > 0 && review_rule::progress(request, signatures).is_complete() {
        ReviewState::Approved
    } else if request.expires_at.is_some_and(|at| now >= at) {
        ReviewState::Expired
    } else {
        ReviewState::Requested
    }
}

/// Whether a signature holds back what is asked for.
fn rejects(request: &ReviewRequest, signature: &Signature) -> bool {
    let over = signature.hash == request.hash && signature.person != request.maker;
    let asked = request.partner.as_ref();
    let blocks = match &signature.partner {
        Some(_) => asked.is_some_and(|asked| asked.blocks(signature)),
        None => signature.verdict == Verdict::Reject,
    };
    over && blocks
}

/// Whether nothing but a rejection of the partner holds a letter back: the same person may still say otherwise, so that it
/// waits and is not given up.
#[must_use]
pub fn held_by_partner(request: &ReviewRequest, signatures: &[Signature], now: Millis) -> bool {
    let mut rejecting = signatures.iter().filter(|s| rejects(request, s)).peekable();
    let lasts = request.expires_at.is_none_or(|end| now < end);
    lasts && rejecting.peek().is_some() && rejecting.all(|s| s.partner.is_some())
}

/// Whether somebody may sign this request over this hash, for themselves or for another.
///
/// # Errors
/// `E_FORBIDDEN` without a signing role or a delegation that holds, `E_SOD` for the maker and who would sign for the maker
/// (administrators included), `E_HASH` when the hash is not the one under review, `E_STATE` when it is decided, somebody of
/// both has signed already, or it is not their turn. What only the partner rejected is still signed: it may yet approve.
pub fn may_sign(
    request: &ReviewRequest,
    signatures: &[Signature],
    signing: Signing<'_>,
    hash: &str,
    current_hash: &str,
    now: Millis,
) -> Result<(), Refusal> {
    let person = signing.person;
    let refuse = |code: Code, words: &str| Err(Refusal::new(code, words));
    if person.id == request.maker {
        return refuse(
            Code::SeparationOfDuties,
            "You made this letter, so you cannot sign it.",
        );
    }
    if let Some(delegation) = signing.delegation {
        if delegation.from == request.maker {
            return refuse(
                Code::SeparationOfDuties,
                "Who made this letter cannot sign it, nor can anybody for them.",
            );
        }
        if !delegation.lets(&person.id, &delegation.from, now) {
            return refuse(Code::Forbidden, "You do not sign for this person now.");
        }
    }
    if !person.may_sign() {
        return refuse(Code::Forbidden, "Your roles do not include signing.");
    }
    if hash != request.hash || hash != current_hash {
        return Err(Refusal::new(Code::Hash, "The letter is not the one you were shown.")
            .with(serde_json::json!({"shown": hash, "under_review": request.hash, "current": current_hash})));
    }
    match state(request, signatures, current_hash, now) {
        ReviewState::Requested => {}
        ReviewState::Rejected if held_by_partner(request, signatures, now) => {}
        other => return refuse(Code::State, &format!("This review is {other}.")),
    }
    let own = signing.signature(hash, "", now);
    let over = |s: &&Signature| s.hash == request.hash;
    for of in signatures.iter().filter(over) {
        if of.people().contains(&&person.id) {
            return refuse(Code::State, "You have signed this letter already.");
        }
        if own.people().iter().any(|p| of.people().contains(p)) {
            return refuse(
                Code::State,
                "Who you sign for has signed this letter already.",
            );
        }
    }
    if signing.verdict == Verdict::Approve {
        its_turn(request, signatures, own)?;
    }
    Ok(())
}

/// Whether a signature would count now.
fn its_turn(
    request: &ReviewRequest,
    signatures: &[Signature],
    own: Signature,
) -> Result<(), Refusal> {
    let place = signatures.len();
    let mut with = signatures.to_vec();
    with.push(own);
    if review_rule::progress(request, &with)
        .counted
        .contains(&place)
    {
        return Ok(());
    }
    let before = review_rule::progress(request, signatures);
    let next: Vec<String> = before.open().map(|left| left.role.to_string()).collect();
    let words = format!("It is not your turn: now {} signs.", next.join(" or "));
    Err(Refusal::new(Code::State, words).with(serde_json::json!({"next": next})))
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
            due_at: None,
            deputies: None,
            rule: None,
            partner: None,
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
            reached_at: None,
            zone: "UTC".into(),
            roles: Vec::new(),
            on_behalf_of: None,
            seal: None,
            partner: None,
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
        let signing = Signing {
            person: &admin,
            delegation: None,
            verdict: Verdict::Approve,
        };
        let refusal = may_sign(&request(), &[], signing, "h1", "h1", Millis(2)).unwrap_err();
        assert_eq!(refusal.code, Code::SeparationOfDuties);
    }
}
