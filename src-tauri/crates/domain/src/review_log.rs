//! A review as everybody who pulls its space sees it: what its items, in the order Community keeps them, come to.
//!
//! Pure, so that every desktop comes to the same. Whoever may write into a space may write anything into it: an item counts
//! only for what its author may say.

use serde_json::{Map, Value};

use crate::{
    Kind, Millis, ObjectRef, PersonId, System,
    record::{Space, SpaceItem},
    release,
    review::{self, ReviewRequest, ReviewState, Signature, Verdict},
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
/// Kind of a comment.
pub const COMMENT: &str = "comment";

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
    /// The newest request: a newer version of the letter takes the place of the one before.
    pub request: ReviewRequest,
    /// Its data.
    pub data: Map<String, Value>,
    /// When it was asked for.
    pub requested_at: Millis,
    /// Every signature there is, over whatever hash.
    pub signatures: Vec<Signature>,
    /// Those whose seal does not hold: changed on their way, or carried here from elsewhere. They count for nothing.
    pub refused: Vec<Signature>,
    /// Data of the requests before the newest, oldest first.
    pub earlier: Vec<Map<String, Value>>,
    /// Comments, oldest first.
    pub comments: Vec<SpaceItem>,
    /// Set once something other than signatures ended the review: the letter changed, another one was produced, or its
    /// maker took it back.
    pub ended: Option<ReviewState>,
    /// What the release check found, when something else was produced than was approved.
    pub mismatch: Option<Map<String, Value>>,
    /// Login of who published the newest request.
    pub author: String,
    /// Set once the letter was released.
    pub outcome: Option<Map<String, Value>>,
    /// When that was said.
    pub released_at: Option<Millis>,
}

fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn data_of(item: &SpaceItem) -> Map<String, Value> {
    item.data.as_object().cloned().unwrap_or_default()
}

/// A request with its data. One that names another maker than its author is none: it would let the maker sign.
fn request_of(item: &SpaceItem) -> Option<(ReviewRequest, Map<String, Value>)> {
    if item.item_kind != REQUEST {
        return None;
    }
    let data = data_of(item);
    let (maker, hash) = (text(&data, "maker"), text(&data, "hash"));
    if maker.is_empty() || maker != item.author || hash.is_empty() {
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
    };
    Some((request, data))
}

/// A signature; one whose seal does not hold over what it says is refused.
fn signature_of(space_id: &str, item: &SpaceItem) -> Option<Result<Signature, Signature>> {
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
    let seal = data.get("seal").filter(|seal| !seal.is_null());
    let mut signature = Signature {
        person: PersonId::from(person),
        printed_name: text(data, "printed_name").to_owned(),
        verdict,
        hash: text(data, "hash").to_owned(),
        meaning: text(data, "meaning").to_owned(),
        at: Millis::parse_lenient(text(data, "at")).unwrap_or(item.created_at),
        zone: text(data, "zone").to_owned(),
        seal: None,
    };
    let Some(seal) = seal else {
        return Some(Ok(signature));
    };
    let read: Option<Seal> = serde_json::from_value(seal.clone()).ok();
    let sealed = signature.sealed_bytes(space_id);
    let holds = matches!((&read, sealed), (Some(seal), Ok(bytes)) if seal.holds(&bytes));
    signature.seal = read;
    Some(if holds { Ok(signature) } else { Err(signature) })
}

impl ReviewRecord {
    /// Reads the items of a space, oldest first; `None` while nothing was asked for in it. `least` is the quorum of the
    /// policy here: a request may ask for more, never for less.
    ///
    /// Whoever first asked for signatures over a hash is its maker, whatever a later request over the same hash says; the
    /// most that any of them asks for is needed.
    #[must_use]
    pub fn of(space: &Space, items: &[SpaceItem], least: u32) -> Option<Self> {
        let mut requests: Vec<_> = items
            .iter()
            .filter_map(|item| request_of(item).map(|(request, data)| (item, request, data)))
            .collect();
        let (newest, mut request, data) = requests.pop()?;
        request.needed = request.needed.max(least);
        for (_, before, _) in requests.iter().rev() {
            if before.hash == request.hash {
                request.maker.clone_from(&before.maker);
                request.needed = request.needed.max(before.needed);
            }
        }
        let about = |kind: &str| {
            let of_kind = items.iter().rev().filter(|item| item.item_kind == kind);
            let mut of_kind = of_kind.filter(|item| item.data.get("hash") == data.get("hash"));
            of_kind.next().map(data_of)
        };
        let mismatch = about(release::MISMATCH);
        let ended = if mismatch.is_some() || about(release::INVALIDATION).is_some() {
            Some(ReviewState::Invalidated)
        } else {
            about(release::RECALL).map(|_| ReviewState::Recalled)
        };
        let (mut signatures, mut refused) = (Vec::new(), Vec::new());
        for read in items
            .iter()
            .filter_map(|item| signature_of(&space.id, item))
        {
            match read {
                Ok(signature) => signatures.push(signature),
                Err(signature) => refused.push(signature),
            }
        }
        let comments = items.iter().filter(|item| item.item_kind == COMMENT);
        let outcome = items.iter().rev().find(|item| item.item_kind == OUTCOME);
        Some(Self {
            space_id: space.id.clone(),
            case_id: text(&data, "case").to_owned(),
            notice: text(&data, "notice").to_owned(),
            title: space.title.clone(),
            requested_at: newest.created_at,
            signatures,
            refused,
            earlier: requests.into_iter().map(|(_, _, data)| data).collect(),
            comments: comments.cloned().collect(),
            ended,
            mismatch,
            author: newest.author.clone(),
            outcome: outcome.map(data_of),
            released_at: outcome.map(|item| item.created_at),
            request,
            data,
        })
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

    /// State of the review of this hash: one that was asked for again over another letter is invalidated.
    #[must_use]
    pub fn state_over(&self, hash: &str, now: Millis) -> ReviewState {
        self.ended
            .unwrap_or_else(|| review::state(&self.request, &self.signatures, hash, now))
    }
}
