//! What comes back from the partner, read from the items of the space it writes into.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    AskedPerson, COMMENT, DATA_SET, OPENED, PartnerAsked, SHARED, VERDICT, harmless, is_twin,
};
use crate::{
    Millis, PersonId,
    anchor::Anchor,
    letter_text::{self, Block},
    record::{Space, SpaceItem},
    release::text,
    review::{Signature, Verdict},
    review_log::ReviewRecord,
    words,
};

/// A space of a partner with its items, oldest first.
pub type SharedSpace = (Space, Vec<SpaceItem>);
/// Items of others than those who were asked that are read: nobody is crowded out by them.
const MOST: usize = 500;

words! {
    /// Why a verdict of the partner does not count.
    NotCounted {
        /// It is by somebody who was not asked.
        Stranger = "stranger",
        /// It is by somebody who may be the maker, or has signed as one of our own.
        Twin = "twin",
        /// It names the content of another version, or none.
        OtherVersion = "other_version",
        /// It was written before anybody asked.
        TooEarly = "too_early",
        /// It was written, or changed, after the request expired.
        TooLate = "too_late",
        /// It says neither yes nor no.
        Unreadable = "unreadable",
        /// The same person said something later.
        Superseded = "superseded",
    }
}

impl NotCounted {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stranger => "by somebody who was not asked",
            Self::Twin => "by somebody who made the letter or signs it here",
            Self::OtherVersion => "over another version of the letter",
            Self::TooEarly => "from before it was asked for",
            Self::TooLate => "from after the review expired",
            Self::Unreadable => "says neither yes nor no",
            Self::Superseded => "the same person said something later",
        }
    }
}

words! {
    /// How far a person of the partner has come.
    PersonState {
        /// Asked, and nothing was heard.
        Asked = "asked",
        /// Looked at the request.
        Opened = "opened",
        /// Approved this version.
        Approved = "approved",
        /// Rejected this version.
        Rejected = "rejected",
        /// What they said does not count.
        Quarantined = "quarantined",
    }
}

/// A verdict as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerVerdict {
    /// Its item.
    pub item: String,
    /// Who gave it, as Community says.
    pub person: PersonId,
    /// What it says; `None` where that does not read.
    pub verdict: Option<Verdict>,
    /// Content hash it names.
    pub hash: String,
    /// Why, in their words.
    pub reason: String,
    /// When it was written, or last changed, by the clock of Community.
    pub at: Millis,
    /// Why it does not count; `None` for one that does.
    pub why_not: Option<NotCounted>,
}

/// One of those who were asked, and how far they have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub person: AskedPerson,
    /// How far.
    pub state: PersonState,
    /// Since when, where something was heard.
    pub at: Option<Millis>,
}

/// A file with changed data, as an item of the partner names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    /// Its item.
    pub item: String,
    /// Who named it.
    pub person: PersonId,
    /// File on the case, by its id.
    pub attachment: String,
    /// Version it is about.
    pub hash: String,
    /// When.
    pub at: Millis,
}

/// Everything that came back for a review.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// Space of the partner; `None` while there is none.
    pub space_id: Option<String>,
    /// Who was asked.
    pub persons: Vec<Standing>,
    /// Verdicts, in the order of Community.
    pub verdicts: Vec<PartnerVerdict>,
    /// Comments of the partner and reasons of its rejections, made harmless, as comments of the review.
    pub comments: Vec<SpaceItem>,
    /// Files with changed data about the version under review, by those who were asked.
    pub data_sets: Vec<DataSet>,
    /// Comments of ours that the partner reads.
    pub shared: BTreeSet<String>,
    /// Versions that lie before the partner, by their hash.
    pub requested: BTreeSet<String>,
    /// What the partner was told of the end of a review, oldest first: hash and outcome.
    pub outcomes: Vec<(String, String)>,
}

/// When an item says what it says: a change of it is another saying.
fn said_at(item: &SpaceItem) -> Millis {
    item.created_at.max(item.updated_at)
}

fn data_of(item: &SpaceItem) -> Map<String, Value> {
    item.data.as_object().cloned().unwrap_or_default()
}

impl Answers {
    /// Reads what came back: of spaces that are of this review, this case and the partner that was asked.
    #[must_use]
    pub fn of(record: &ReviewRecord, asked: &PartnerAsked, shared: &[SharedSpace]) -> Self {
        let of_review = |space: &Space| {
            space.purpose == SHARED
                && space.subject == record.space_id
                && space.case_id.as_deref() == Some(record.case_id.as_str())
                && space.partner_id.as_deref() == Some(asked.partner_id.as_str())
        };
        let spaces: Vec<&SharedSpace> = shared.iter().filter(|(s, _)| of_review(s)).collect();
        // Of several the first one is used for what is posted; what was written in any of them is read.
        let first = spaces.iter().min_by_key(|(s, _)| (s.created_at, &s.id));
        let mut items: Vec<&SpaceItem> = spaces.iter().flat_map(|(_, items)| items).collect();
        items.sort_by_key(|item| said_at(item));
        let mut answers = Self {
            space_id: first.map(|(space, _)| space.id.clone()),
            ..Self::default()
        };
        let mut opened: BTreeMap<&PersonId, Millis> = BTreeMap::new();
        let mut strangers = 0_usize;
        for item in items {
            let data = data_of(item);
            // By one of ours: who writes at the partner has an e-mail address for a login.
            if item.item_kind == "outcome" && !item.author.contains('@') {
                let word = |name: &str| text(&data, name).to_owned();
                answers.outcomes.push((word("hash"), word("outcome")));
                continue;
            }
            if asked.person(&item.author).is_none() {
                strangers += 1;
                if strangers > MOST {
                    continue;
                }
            }
            match item.item_kind.as_str() {
                VERDICT => {
                    answers
                        .verdicts
                        .push(verdict_of(record, asked, item, &data));
                }
                DATA_SET => {
                    answers
                        .data_sets
                        .extend(data_set_of(record, asked, item, &data));
                }
                COMMENT => {
                    answers
                        .comments
                        .extend(comment_of(record, asked, item, "text"));
                }
                OPENED => {
                    if let Some(person) = asked.person(&item.author) {
                        opened.entry(&person.id).or_insert_with(|| said_at(item));
                    }
                }
                "shared_comment" => {
                    answers.shared.insert(text(&data, "comment").to_owned());
                }
                "review_request" => {
                    answers.requested.insert(text(&data, "hash").to_owned());
                }
                _ => {}
            }
            let rejects = answers.verdicts.last().filter(|v| {
                v.item == item.id && v.verdict == Some(Verdict::Reject) && !v.reason.is_empty()
            });
            if rejects.is_some_and(|v| v.why_not.is_none()) {
                answers
                    .comments
                    .extend(comment_of(record, asked, item, "reason"));
            }
        }
        answers.settle(asked);
        answers.persons = asked
            .persons
            .iter()
            .map(|person| answers.standing(person, opened.get(&person.id).copied()))
            .collect();
        answers
    }

    /// Name of the next word on how the review of a version ended; `None` where the last word said there is this one. As
    /// often as it ended otherwise since, a new one is due, so that the last word is the right one.
    #[must_use]
    pub fn next_outcome(&self, hash: &str, outcome: &str) -> Option<String> {
        let told = || self.outcomes.iter().filter(|(of, _)| of == hash);
        if told().next_back().is_some_and(|(_, last)| last == outcome) {
            return None;
        }
        Some(match told().count() {
            0 => format!("{hash}/{outcome}"),
            before => format!("{hash}/{outcome}/{before}"),
        })
    }

    /// Of several verdicts of one person that would count the last one does.
    fn settle(&mut self, asked: &PartnerAsked) {
        let mut heard: BTreeSet<PersonId> = BTreeSet::new();
        for verdict in self.verdicts.iter_mut().rev() {
            let person = asked.person(verdict.person.as_str());
            if let (None, Some(person)) = (verdict.why_not, person)
                && !heard.insert(person.id.clone())
            {
                verdict.why_not = Some(NotCounted::Superseded);
            }
        }
    }

    fn standing(&self, person: &AskedPerson, opened: Option<Millis>) -> Standing {
        let theirs = || {
            let all = self.verdicts.iter().rev();
            all.filter(|v| v.person == person.id)
        };
        let counted = theirs().find(|v| v.why_not.is_none());
        let last = theirs().find(|v| v.why_not != Some(NotCounted::Superseded));
        let (state, at) = match (counted, last, opened) {
            (Some(v), _, _) if v.verdict == Some(Verdict::Reject) => {
                (PersonState::Rejected, Some(v.at))
            }
            (Some(v), _, _) => (PersonState::Approved, Some(v.at)),
            (None, Some(v), _) => (PersonState::Quarantined, Some(v.at)),
            (None, None, Some(at)) => (PersonState::Opened, Some(at)),
            (None, None, None) => (PersonState::Asked, None),
        };
        Standing {
            person: person.clone(),
            state,
            at,
        }
    }

    /// The verdicts that count, as signatures of the partner.
    pub fn signatures<'a>(
        &'a self,
        asked: &'a PartnerAsked,
    ) -> impl Iterator<Item = Signature> + 'a {
        let counted = self.verdicts.iter().filter(|v| v.why_not.is_none());
        counted.filter_map(|v| {
            let person = asked.person(v.person.as_str())?;
            Some(Signature {
                person: person.id.clone(),
                printed_name: person.name.clone(),
                verdict: v.verdict?,
                hash: v.hash.clone(),
                meaning: v.reason.clone(),
                at: v.at,
                reached_at: Some(v.at),
                zone: String::new(),
                roles: Vec::new(),
                on_behalf_of: None,
                seal: None,
                partner: Some(v.item.clone()),
            })
        })
    }
}

fn verdict_of(
    record: &ReviewRecord,
    asked: &PartnerAsked,
    item: &SpaceItem,
    data: &Map<String, Value>,
) -> PartnerVerdict {
    let (request, at) = (&record.request, said_at(item));
    let verdict: Option<Verdict> = text(data, "verdict").parse().ok();
    let hash = text(data, "hash");
    let person = asked.person(&item.author);
    let login = person.map_or_else(
        || PersonId::from(harmless(&item.author)),
        |person| person.id.clone(),
    );
    let signed = |s: &Signature| s.partner.is_none() && s.hash == request.hash;
    let own = record.signatures.iter().filter(|s| signed(s));
    let twin = is_twin(login.as_str(), request.maker.as_str())
        || own
            .flat_map(|s| s.people())
            .any(|p| is_twin(login.as_str(), p.as_str()));
    let why_not = if person.is_none() {
        Some(NotCounted::Stranger)
    } else if verdict.is_none() {
        Some(NotCounted::Unreadable)
    } else if twin {
        Some(NotCounted::Twin)
    } else if hash != request.hash {
        Some(NotCounted::OtherVersion)
    } else if item.created_at < record.requested_at {
        Some(NotCounted::TooEarly)
    } else if request.expires_at.is_some_and(|end| at >= end) {
        Some(NotCounted::TooLate)
    } else {
        None
    };
    PartnerVerdict {
        item: item.id.clone(),
        person: login,
        verdict,
        hash: harmless(hash).chars().take(128).collect(),
        reason: harmless(text(data, "reason")),
        at,
        why_not,
    }
}

fn data_set_of(
    record: &ReviewRecord,
    asked: &PartnerAsked,
    item: &SpaceItem,
    data: &Map<String, Value>,
) -> Option<DataSet> {
    let person = asked.person(&item.author)?;
    let (attachment, hash) = (text(data, "attachment"), text(data, "hash"));
    let fits = !attachment.is_empty() && attachment.len() <= 200;
    (fits && hash == record.request.hash).then(|| DataSet {
        item: item.id.clone(),
        person: person.id.clone(),
        attachment: attachment.to_owned(),
        hash: hash.to_owned(),
        at: said_at(item),
    })
}

/// A comment of the partner as one of the review: at the words it quotes, where somebody who was asked wrote it over a version
/// that says them, else about the whole letter.
fn comment_of(
    record: &ReviewRecord,
    asked: &PartnerAsked,
    item: &SpaceItem,
    member: &str,
) -> Option<SpaceItem> {
    let data = data_of(item);
    let said = harmless(text(&data, member));
    if said.is_empty() {
        return None;
    }
    let person = asked.person(&item.author);
    let hash = text(&data, "hash");
    let mut versions = std::iter::once(&record.data).chain(&record.earlier);
    let version = versions.find(|v| !hash.is_empty() && text(v, "hash") == hash);
    let quote = harmless(text(&data, "quote"));
    let anchor = version
        .filter(|_| person.is_some() && !quote.is_empty())
        .and_then(|version| quoted(&letter_text::blocks_of(version), &quote));
    let hash = version.map_or("", |_| hash);
    let login = person.map_or_else(|| harmless(&item.author), |p| p.id.to_string());
    let name = person.map_or_else(|| login.clone(), |p| p.name.clone());
    Some(SpaceItem {
        item_kind: crate::review_comments::COMMENT.to_owned(),
        author: login,
        data: serde_json::json!({"text": said, "hash": hash, "anchor": anchor, "printed_name": name,
            "asked": person.is_some()}),
        created_at: said_at(item),
        ..item.clone()
    })
}

fn quoted(blocks: &[Block], quote: &str) -> Option<Anchor> {
    let says = |n: &usize| {
        blocks
            .get(*n)
            .is_some_and(|block| block.text.contains(quote))
    };
    let block = (0..blocks.len()).find(says)?;
    Anchor::quoted(blocks, block, quote, None)
}
