//! A review as everybody who pulls its space sees it: what its items, in the order Community keeps them, come to.
//!
//! Pure, so that every desktop comes to the same. Whoever may write into a space may write anything into it: an item counts
//! only for what its author may say.

use serde_json::{Map, Value};

use crate::{
    Kind, Millis, ObjectRef, PersonId, Refusal, System,
    delegation::Delegation,
    partner_review::{Answers, PartnerAsked, SharedSpace},
    record::{Space, SpaceItem},
    refusal::Code,
    release::{self, text},
    review::{self, ReviewRequest, ReviewState, Signature, Signing, Verdict},
    review_comments::{self, Remark},
    seal::Seal,
};

/// Kind of the item that asks for signatures.
pub const REQUEST: &str = "request";
/// Kind of an approving signature.
pub const SIGNATURE: &str = "signature";
/// Kind of a rejection.
pub const REJECTION: &str = "rejection";
/// Kind of the item that says a letter was released.
pub const OUTCOME: &str = "outcome";
/// Kind of the item that reminds of a review.
pub const REMINDER: &str = "reminder";
/// Kind of a comment.
pub use crate::review_comments::COMMENT;

/// A review.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewRecord {
    /// Space it lies in.
    pub space_id: String,
    /// Case the letter belongs to.
    pub case_id: String,
    /// Notice under review.
    pub notice: String,
    /// Title of the space.
    pub title: String,
    /// What is asked for the newest version of the letter.
    pub request: ReviewRequest,
    /// Its data.
    pub data: Map<String, Value>,
    /// When it was asked for.
    pub requested_at: Millis,
    /// Every signature that counts, over whatever hash.
    pub signatures: Vec<Signature>,
    /// Those that count for nothing: too late, by somebody else than they name, or with a seal that does not hold.
    pub refused: Vec<Signature>,
    /// Data of the requests before the newest, oldest first.
    pub earlier: Vec<Map<String, Value>>,
    /// Comments, oldest first, with where each stands in the letter under review.
    pub remarks: Vec<Remark>,
    /// Delegations by which signatures were given for others.
    pub delegations: Vec<Delegation>,
    /// The last reminder, in percent of the time until it is due.
    pub reminded: Option<u32>,
    /// Set once something other than signatures ended the review: the letter changed, another one was produced, or its
    /// maker took it back.
    pub ended: Option<ReviewState>,
    /// What the release check found, when something else was produced than was approved.
    pub mismatch: Option<Map<String, Value>>,
    /// Login of who first asked for this letter; empty where Community tells none.
    pub author: String,
    /// What came back from the partner, where it was asked.
    pub partner: Option<Answers>,
    /// Set once this version of the letter was released.
    pub outcome: Option<Map<String, Value>>,
    /// When that was said.
    pub released_at: Option<Millis>,
}

fn data_of(item: &SpaceItem) -> Map<String, Value> {
    item.data.as_object().cloned().unwrap_or_default()
}

/// Whether an item was written by the person it names. A Community that tells no author leaves it at the name.
fn is_by(item: &SpaceItem, person: &str) -> bool {
    item.author.is_empty() || item.author == person
}

/// A request, its data, and whether its author is the maker it names: whoever asks in another one's name would let that
/// one sign.
struct Asked<'i> {
    item: &'i SpaceItem,
    request: ReviewRequest,
    data: Map<String, Value>,
    by_its_maker: bool,
}

fn request_of(item: &SpaceItem) -> Option<Asked<'_>> {
    if item.item_kind != REQUEST {
        return None;
    }
    let data = data_of(item);
    let (maker, hash) = (text(&data, "maker"), text(&data, "hash"));
    if maker.is_empty() || hash.is_empty() {
        return None;
    }
    let needed = data.get("needed").and_then(Value::as_u64);
    let request = ReviewRequest {
        maker: PersonId::from(maker),
        hash: hash.to_owned(),
        // What does not say how many asks for more than there are.
        needed: needed
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(u32::MAX),
        expires_at: item.due_at,
        due_at: data.get("decide_by").and_then(Value::as_i64).map(Millis),
        deputies: text(&data, "deputies").parse().ok(),
        rule: data
            .get("rule")
            .and_then(|rule| serde_json::from_value(rule.clone()).ok()),
        // What asks the partner in a way that does not read asks for what nobody can give.
        partner: data.get("partner").filter(|p| !p.is_null()).map(|asked| {
            let read = serde_json::from_value(asked.clone());
            read.unwrap_or_else(|_| PartnerAsked::unreadable())
        }),
    };
    Some(Asked {
        item,
        by_its_maker: is_by(item, maker),
        request,
        data,
    })
}

/// A signature; one that is by somebody else than it names, or whose seal does not hold over what it says, is refused. A
/// rejection counts all the same: it holds a letter back. One for somebody else needs a delegation that held when it was
/// given and when it reached the space, and is given in the roles that were delegated.
fn signature_of(
    space_id: &str,
    item: &SpaceItem,
    delegations: &[Delegation],
) -> Option<Result<Signature, Signature>> {
    let verdict = match item.item_kind.as_str() {
        SIGNATURE => Verdict::Approve,
        REJECTION => Verdict::Reject,
        _ => return None,
    };
    let data = item.data.as_object()?;
    let person = match text(data, "person") {
        "" => item.author.as_str(),
        person => person,
    };
    let mut signature = Signature {
        person: PersonId::from(person),
        printed_name: text(data, "printed_name").to_owned(),
        verdict,
        hash: text(data, "hash").to_owned(),
        meaning: text(data, "meaning").to_owned(),
        at: Millis::parse_lenient(text(data, "at")).unwrap_or(item.created_at),
        reached_at: Some(item.created_at),
        zone: text(data, "zone").to_owned(),
        roles: read(data, "roles").unwrap_or_default(),
        on_behalf_of: read(data, "on_behalf_of"),
        seal: None,
        partner: None,
    };
    let seal = data.get("seal").filter(|seal| !seal.is_null());
    let mut holds = is_by(item, person) && delegated(&signature, item.created_at, delegations);
    // What names somebody in a way that does not read is no signature of one's own instead.
    holds &=
        signature.on_behalf_of.is_some() || data.get("on_behalf_of").is_none_or(Value::is_null);
    if let Some(seal) = seal {
        let read: Option<Seal> = serde_json::from_value(seal.clone()).ok();
        let sealed = signature.sealed_bytes(space_id);
        holds &= matches!((&read, sealed), (Some(seal), Ok(bytes)) if seal.holds(&bytes));
        signature.seal = read;
    }
    Some(if holds || verdict == Verdict::Reject {
        Ok(signature)
    } else {
        Err(signature)
    })
}

fn read<T: serde::de::DeserializeOwned>(data: &Map<String, Value>, name: &str) -> Option<T> {
    serde_json::from_value(data.get(name)?.clone()).ok()
}

/// Whether a signature that is for somebody else may be: a delegation held at both times, for no more than was delegated.
fn delegated(signature: &Signature, reached_at: Millis, delegations: &[Delegation]) -> bool {
    let Some(of) = &signature.on_behalf_of else {
        return true;
    };
    let by = delegations.iter().find(|d| d.id == of.delegation);
    by.is_some_and(|d| {
        let lets = |at| d.lets(&signature.person, &of.person, at);
        let roles = signature.roles.iter().all(|role| d.roles.contains(role));
        lets(signature.at) && lets(reached_at) && roles
    })
}

impl ReviewRecord {
    /// Reads the items of a space, oldest first; `None` while nothing was asked for in it. `least` is the quorum of the
    /// policy here: a request may ask for more, never for less. `delegations` are those of everybody.
    ///
    /// Whoever first asked for signatures over a hash is its maker. A later request over the same hash by somebody else
    /// changes nothing; one by the maker asks again, for at least as many. Where nobody asked in his own name, the review is
    /// invalid, and stays in sight.
    #[must_use]
    pub fn of(
        space: &Space,
        items: &[SpaceItem],
        least: u32,
        delegations: &[Delegation],
    ) -> Option<Self> {
        let all: Vec<Asked<'_>> = items.iter().filter_map(request_of).collect();
        let own = |asked: &&Asked<'_>| asked.by_its_maker;
        let newest = all.iter().rfind(own).or_else(|| all.last())?;
        let hash = newest.request.hash.clone();
        let over = all.iter().filter(|asked| asked.request.hash == hash);
        let mut over = over.filter(|asked| asked.by_its_maker == newest.by_its_maker);
        let first = over.next()?;
        let again = over.filter(|asked| asked.request.maker == first.request.maker);
        let (mut request, mut requested_at) = (first.request.clone(), first.item.created_at);
        for asked in again {
            request.needed = request.needed.max(asked.request.needed);
            request.expires_at = asked.request.expires_at;
            request.due_at = asked.request.due_at;
            requested_at = asked.item.created_at;
        }
        let data = first.data.clone();
        let about = |kind: &str| {
            let of_kind = items.iter().rev().filter(|item| item.item_kind == kind);
            let mut of_kind = of_kind.filter(|item| item.data.get("hash") == data.get("hash"));
            of_kind.next()
        };
        let outcome = about(OUTCOME);
        request.needed = request.needed.max(least);
        if let Some(asked) = &mut request.partner {
            asked.internal = asked.internal.max(least);
        }
        let mismatch = about(release::MISMATCH).map(data_of);
        let changed = mismatch.is_some() || about(release::INVALIDATION).is_some();
        let ended = if changed || !first.by_its_maker {
            Some(ReviewState::Invalidated)
        } else {
            about(release::RECALL).map(|_| ReviewState::Recalled)
        };
        let (mut signatures, mut refused) = (Vec::new(), Vec::new());
        for item in items {
            // What reached the space when the request had expired came too late, whatever time it names.
            let late = request.expires_at.is_some_and(|end| item.created_at >= end);
            match signature_of(&space.id, item, delegations) {
                Some(Ok(signature)) if !late || signature.verdict == Verdict::Reject => {
                    signatures.push(signature);
                }
                Some(Ok(signature) | Err(signature)) => refused.push(signature),
                None => {}
            }
        }
        let earlier = all.iter().filter(own);
        let earlier = earlier.filter(|asked| asked.request.hash != hash);
        let earlier: Vec<_> = earlier.map(|asked| asked.data.clone()).collect();
        let named = |d: &&Delegation| {
            let mut of = signatures
                .iter()
                .filter_map(|s: &Signature| s.on_behalf_of.as_ref());
            of.any(|of| of.delegation == d.id)
        };
        let delegations = delegations.iter().filter(named).cloned().collect();
        let told = |percent: &SpaceItem| percent.data.get("percent").and_then(Value::as_u64);
        let reminders = items.iter().filter(|item| item.item_kind == REMINDER);
        let reminders = reminders.filter(|item| item.data.get("hash") == data.get("hash"));
        let reminded = reminders
            .filter_map(told)
            .filter_map(|n| u32::try_from(n).ok())
            .max();
        Some(Self {
            delegations,
            reminded,
            space_id: space.id.clone(),
            case_id: text(&data, "case").to_owned(),
            notice: text(&data, "notice").to_owned(),
            title: space.title.clone(),
            requested_at,
            signatures,
            refused,
            remarks: review_comments::remarks(items, &request.maker, &data, &earlier),
            earlier,
            partner: None,
            ended,
            mismatch,
            author: first.item.author.clone(),
            outcome: outcome.map(data_of),
            released_at: outcome.map(|item| item.created_at),
            request,
            data,
        })
    }

    /// The same with what came back from the partner, where it was asked: its comments stand among ours, and the verdicts
    /// that count among the signatures. `items` are those of the review.
    #[must_use]
    pub fn with_partner(mut self, items: &[SpaceItem], shared: &[SharedSpace]) -> Self {
        let Some(asked) = self.request.partner.clone() else {
            return self;
        };
        let answers = Answers::of(&self, &asked, shared);
        for verdict in answers.signatures(&asked) {
            // In the order of time, so that whoever asks when the quorum stood is told so.
            let place = self.signatures.iter().position(|s| s.at > verdict.at);
            let place = place.unwrap_or(self.signatures.len());
            self.signatures.insert(place, verdict);
        }
        let ids: Vec<&str> = answers.comments.iter().map(|c| c.id.as_str()).collect();
        let mut all: Vec<SpaceItem> = items.to_vec();
        all.retain(|item| !ids.contains(&item.id.as_str()));
        all.extend(answers.comments.iter().cloned());
        all.sort_by_key(|item| item.created_at);
        self.remarks =
            review_comments::remarks(&all, &self.request.maker, &self.data, &self.earlier);
        for remark in &mut self.remarks {
            remark.partner = ids.contains(&remark.item.id.as_str());
            remark.shared = answers.shared.contains(&remark.item.id);
        }
        self.partner = Some(answers);
        self
    }

    /// Its name, as screens and calls give it.
    #[must_use]
    pub fn id(&self) -> String {
        self.object().to_string()
    }

    /// The review as an object.
    #[must_use]
    pub fn object(&self) -> ObjectRef {
        ObjectRef::new(Kind::Review, System::Community, self.space_id.clone())
    }

    /// State now.
    #[must_use]
    pub fn state(&self, now: Millis) -> ReviewState {
        self.state_over(&self.request.hash, now)
    }

    /// Whether a person may decide this review over this hash. Lost comments keep it from being approved, by whatever way;
    /// whoever rejects holds the letter back in any case.
    ///
    /// # Errors
    /// As [`review::may_sign`]; `E_STATE` when something other than signatures ended it, or while lost comments are not
    /// settled.
    pub fn may_decide(&self, signing: Signing<'_>, hash: &str, now: Millis) -> Result<(), Refusal> {
        if let Some(ended) = self.ended {
            let words = format!("This review is {ended}.");
            return Err(Refusal::new(Code::State, words));
        }
        let (request, current) = (&self.request, &self.request.hash);
        review::may_sign(request, &self.signatures, signing, hash, current, now)?;
        if signing.verdict == Verdict::Approve {
            review_comments::refuse_orphans(&self.remarks)?;
        }
        Ok(())
    }

    /// Whether it may still be decided: nothing ended it, or nothing but a rejection of the partner holds it back.
    #[must_use]
    pub fn is_open(&self, now: Millis) -> bool {
        match self.state(now) {
            ReviewState::Requested => true,
            ReviewState::Rejected => review::held_by_partner(&self.request, &self.signatures, now),
            _ => false,
        }
    }

    /// Whether a person may put another version of the letter before the reviewers: its maker, while it is not decided for
    /// good. Whoever made one version signs none.
    ///
    /// # Errors
    /// `E_FORBIDDEN` for anybody else; `E_STATE` once it was approved, released or taken back; `E_NA` for a batch.
    pub fn may_revise(&self, person: &PersonId, now: Millis) -> Result<(), Refusal> {
        if !text(&self.data, "manifest").is_empty() {
            let words = "A batch is prepared again from its start.";
            return Err(Refusal::new(Code::NotApplicable, words));
        }
        if *person != self.request.maker {
            let words = "A letter is revised by whoever made it.";
            return Err(Refusal::new(Code::Forbidden, words));
        }
        match self.state(now) {
            ReviewState::Requested | ReviewState::Rejected | ReviewState::Expired => Ok(()),
            state => Err(Refusal::new(
                Code::State,
                format!("This review is {state}."),
            )),
        }
    }

    /// Whether signatures were ever asked for over this hash, now or for a version before.
    #[must_use]
    pub fn asks_about(&self, hash: &str) -> bool {
        let mut earlier = self.earlier.iter();
        self.request.hash == hash || earlier.any(|asked| text(asked, "hash") == hash)
    }

    /// State of the review of this hash: one that was asked for again over another letter is invalidated.
    #[must_use]
    pub fn state_over(&self, hash: &str, now: Millis) -> ReviewState {
        self.ended
            .unwrap_or_else(|| review::state(&self.request, &self.signatures, hash, now))
    }
}
