//! Any order of edits, signatures, recalls and releases: nothing leaves without a quorum over exactly its hash (I2).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{collections::BTreeSet, sync::LazyLock};

use domain::{
    Millis, letter, partner_review,
    record::{Space, SpaceItem},
    release::{self, Reviewed, release_event},
    review::{ReviewState, Signature, Verdict},
    review_log::{self, ReviewRecord},
    seal::SealingKey,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// Quorum of the policy.
const LEAST: u32 = 2;
const PEOPLE: [&str; 5] = ["lena", "tomas", "priya", "jonas", "mira"];
/// People of the partner: one who is asked, one who is asked and may be somebody of ours, one who is not asked.
const PARTNERS: [&str; 3] = ["ines@p.example", "tomas@p.example", "giles@p.example"];
/// What their verdict is for; nobody is asked with the first.
const WEIGHTS: [&str; 4] = ["", "required", "counted", "advisory"];
/// Contents a letter is edited to and back.
const TEXTS: usize = 3;
/// Life of a request.
const LIFE: i64 = 40;

/// Whether a signature carries a seal, and over what.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sealed {
    No,
    Yes,
    OverAnother,
}

/// What somebody does; numbers pick people and contents.
#[derive(Debug, Clone)]
enum Act {
    /// Asks for signatures over a content, for so many, as its maker or in the name of another one.
    Request {
        author: usize,
        maker: usize,
        text: usize,
        needed: u32,
    },
    /// Signs or rejects a content, as oneself or in the name of another one, with a seal or with one of something else.
    Sign {
        author: usize,
        person: usize,
        text: usize,
        approves: bool,
        seal: Sealed,
    },
    Recall {
        text: usize,
    },
    Mismatch {
        text: usize,
    },
    Invalidate {
        text: usize,
    },
    /// Says that it was released.
    Outcome {
        text: usize,
    },
    Comment,
    /// Somebody of the partner decides about a content.
    Partner {
        person: usize,
        text: usize,
        approves: bool,
    },
    /// Time passes.
    Wait(i64),
    /// Something that is none of these.
    Junk(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let person = 0..PEOPLE.len();
    let text = 0..TEXTS;
    prop_oneof![
        3 => (person.clone(), person.clone(), any::<bool>(), text.clone(), 0..4_u32).prop_map(
            |(author, other, honest, text, needed)| Act::Request {
                author,
                maker: if honest { author } else { other },
                text,
                needed,
            }
        ),
        8 => (
            (person.clone(), person, prop::bool::weighted(0.9)),
            text.clone(),
            prop::bool::weighted(0.9),
            prop_oneof![
                // Few, as each is verified with every item that follows.
                18 => Just(Sealed::No),
                1 => Just(Sealed::Yes),
                1 => Just(Sealed::OverAnother),
            ],
        )
            .prop_map(|((author, other, honest), text, approves, seal)| Act::Sign {
                author,
                person: if honest { author } else { other },
                text,
                approves,
                seal,
            }),
        1 => text.clone().prop_map(|text| Act::Recall { text }),
        1 => text.clone().prop_map(|text| Act::Mismatch { text }),
        1 => text.clone().prop_map(|text| Act::Invalidate { text }),
        1 => text.clone().prop_map(|text| Act::Outcome { text }),
        4 => (0..PARTNERS.len(), text, prop::bool::weighted(0.8)).prop_map(
            |(person, text, approves)| Act::Partner { person, text, approves }
        ),
        1 => Just(Act::Comment),
        2 => (1..25_i64).prop_map(Act::Wait),
        1 => any::<u8>().prop_map(Act::Junk),
    ]
}

fn content(text: usize) -> Value {
    json!({"issue": format!("Text {text}"), "recipients": ["1 Quay, Umberfield"]})
}

fn hash_of(text: usize) -> String {
    static HASHES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let hash = |text| {
            let rendered = format!("bytes {text}");
            letter::hash_of_render("SDN-04", 3, &content(text), &rendered).unwrap()
        };
        (0..TEXTS).map(hash).collect()
    });
    HASHES[text].clone()
}

/// One space as it fills, beside what anybody who reads the acts one by one would say of them.
struct World {
    items: Vec<SpaceItem>,
    /// Items of the space of the partner.
    theirs: Vec<SpaceItem>,
    /// What their verdict is for.
    weight: usize,
    /// Person of the partner, content, whether they approve, when.
    verdicts: Vec<(usize, usize, bool, i64)>,
    now: i64,
    requests: Vec<Asked>,
    /// Person, content, when.
    approved: Vec<(usize, usize, i64)>,
    rejected: Vec<(usize, usize, i64)>,
    ended: BTreeSet<usize>,
}

struct Asked {
    maker: usize,
    text: usize,
    needed: u32,
    at: i64,
    until: i64,
}

impl World {
    fn new() -> Self {
        Self::asking(0)
    }

    fn asking(weight: usize) -> Self {
        Self {
            items: Vec::new(),
            theirs: Vec::new(),
            weight,
            verdicts: Vec::new(),
            now: 1_795_000_000_000,
            requests: Vec::new(),
            approved: Vec::new(),
            rejected: Vec::new(),
            ended: BTreeSet::new(),
        }
    }

    fn item(&mut self, kind: &str, author: &str, data: Value, due_at: Option<i64>) {
        let at = Millis(self.now);
        self.items.push(SpaceItem {
            id: format!("i-{}", self.items.len()),
            space_id: "sp-1".to_owned(),
            item_kind: kind.to_owned(),
            title: String::new(),
            state: String::new(),
            due_at: due_at.map(Millis),
            author: author.to_owned(),
            data,
            created_at: at,
            updated_at: at,
        });
    }

    fn carry_out(&mut self, act: &Act) {
        match *act {
            Act::Request {
                author,
                maker,
                text,
                needed,
            } => {
                let data = json!({
                    "maker": PEOPLE[maker], "hash": hash_of(text), "needed": needed, "notice": "N-1",
                    "template": "SDN-04", "template_version": 3, "rendered_sha256": format!("bytes {text}"),
                    "letter": content(text), "partner": self.asked(),
                });
                let until = self.now + LIFE;
                self.item(review_log::REQUEST, PEOPLE[author], data, Some(until));
                if author == maker {
                    self.requests.push(Asked {
                        maker,
                        text,
                        needed,
                        at: self.now,
                        until,
                    });
                }
            }
            Act::Sign {
                author,
                person,
                text,
                approves,
                seal,
            } => {
                let signature = Signature {
                    person: PEOPLE[person].into(),
                    printed_name: PEOPLE[person].to_owned(),
                    verdict: if approves {
                        Verdict::Approve
                    } else {
                        Verdict::Reject
                    },
                    hash: hash_of(text),
                    meaning: "Approved".to_owned(),
                    at: Millis(self.now),
                    reached_at: None,
                    zone: "UTC".to_owned(),
                    roles: Vec::new(),
                    on_behalf_of: None,
                    seal: None,
                    partner: None,
                };
                let key = SealingKey::of(&Zeroizing::new([7; 32]));
                let space = if seal == Sealed::OverAnother {
                    "sp-2"
                } else {
                    "sp-1"
                };
                let made = key.seal(&signature.sealed_bytes(space).unwrap());
                let made = (seal != Sealed::No).then_some(made);
                let data = json!({"person": signature.person, "hash": signature.hash, "at": signature.at.rfc3339(),
                    "printed_name": signature.printed_name, "meaning": signature.meaning, "zone": signature.zone,
                    "seal": made});
                let kind = if approves {
                    if author == person && seal != Sealed::OverAnother {
                        self.approved.push((person, text, self.now));
                    }
                    review_log::SIGNATURE
                } else {
                    self.rejected.push((person, text, self.now));
                    review_log::REJECTION
                };
                self.item(kind, PEOPLE[author], data, None);
            }
            Act::Recall { text } => self.end(release::RECALL, text),
            Act::Mismatch { text } => self.end(release::MISMATCH, text),
            Act::Invalidate { text } => self.end(release::INVALIDATION, text),
            Act::Outcome { text } => {
                let data = json!({"hash": hash_of(text)});
                self.item(review_log::OUTCOME, "lena", data, None);
            }
            Act::Comment => {
                let data = json!({"text": "Counted again", "hash": hash_of(0)});
                self.item(review_log::COMMENT, "tomas", data, None);
            }
            Act::Partner {
                person,
                text,
                approves,
            } => {
                let says = if approves { "approve" } else { "reject" };
                // They may name whom they like: only who wrote it counts.
                let data = json!({"verdict": says, "hash": hash_of(text), "person": PARTNERS[0]});
                self.item(partner_review::VERDICT, PARTNERS[person], data, None);
                let item = self.items.pop().unwrap();
                self.theirs.push(SpaceItem {
                    id: format!("v-{}", self.theirs.len()),
                    space_id: "sp-p".to_owned(),
                    ..item
                });
                self.verdicts.push((person, text, approves, self.now));
            }
            Act::Wait(time) => self.now += time,
            Act::Junk(n) => {
                let kinds = [review_log::REQUEST, review_log::SIGNATURE, "", "approved"];
                let contents = [
                    Value::Null,
                    json!([]),
                    json!({"hash": 7, "person": {}, "maker": [], "needed": -1}),
                    json!({"hash": hash_of(1), "needed": 0}),
                ];
                let (kind, data) = (usize::from(n % 4), usize::from(n / 4 % 4));
                self.item(kinds[kind], "mallory", contents[data].clone(), None);
                // Who signs without a name signs as who wrote it.
                if (kind, data) == (1, 3) {
                    self.approved.push((PEOPLE.len(), 1, self.now));
                }
            }
        }
    }

    fn asked(&self) -> Value {
        if self.weight == 0 {
            return Value::Null;
        }
        let person = |n: usize| json!({"id": PARTNERS[n], "name": PARTNERS[n]});
        json!({"name": "Agreed", "partner_id": "P-1", "weight": WEIGHTS[self.weight], "needed": 1, "internal": LEAST,
            "persons": [person(0), person(1)]})
    }

    /// The review as a desktop reads it.
    fn review(&self) -> Option<ReviewRecord> {
        let review = ReviewRecord::of(&space(), &self.items, LEAST, &[])?;
        let theirs = Space {
            id: "sp-p".to_owned(),
            purpose: partner_review::SHARED.to_owned(),
            case_id: Some(String::new()),
            partner_id: Some("P-1".to_owned()),
            subject: "sp-1".to_owned(),
            ..space()
        };
        Some(review.with_partner(&self.items, &[(theirs, self.theirs.clone())]))
    }

    /// The last word of each person of the partner who was asked, over a content, in time, who is none of ours.
    fn last_words(
        &self,
        text: usize,
        (from, until): (i64, i64),
        ours: &BTreeSet<usize>,
    ) -> Vec<bool> {
        let of = |person: usize| {
            let mut theirs = self.verdicts.iter().rev();
            let found = theirs
                .find(|(p, t, _, at)| *p == person && *t == text && *at >= from && *at < until);
            found.map(|(_, _, approves, _)| *approves)
        };
        let second = of(1).filter(|_| !ours.contains(&1));
        of(0).into_iter().chain(second).collect()
    }

    fn end(&mut self, kind: &str, text: usize) {
        self.item(kind, "lena", json!({"hash": hash_of(text)}), None);
        self.ended.insert(text);
    }

    /// Whether people who look at the acts themselves would let this content go.
    fn may_leave(&self, text: usize) -> bool {
        let Some(newest) = self.requests.last() else {
            return false;
        };
        let same = || self.requests.iter().filter(|r| r.text == text);
        let (Some(first), true) = (same().next(), newest.text == text) else {
            return false;
        };
        let of_maker = || same().filter(|r| r.maker == first.maker);
        let needed = of_maker().map(|r| r.needed).max().unwrap_or_default();
        let needed = needed.max(LEAST) as usize;
        let until = of_maker().next_back().map_or(0, |r| r.until);
        let of_others = |given: &[(usize, usize, i64)], until: i64| -> BTreeSet<usize> {
            given
                .iter()
                .filter(|(person, over, at)| *over == text && *person != first.maker && *at < until)
                .map(|(person, _, _)| *person)
                .collect()
        };
        let own = of_others(&self.approved, until);
        let mut ours = of_others(&self.rejected, i64::MAX);
        let rejected = !ours.is_empty();
        ours.extend(own.iter().chain([&first.maker]));
        let from = of_maker().next_back().map_or(0, |r| r.at);
        let words = self.last_words(text, (from, until), &ours);
        let (yes, no) = (words.contains(&true), words.contains(&false));
        let (held, enough) = match WEIGHTS[self.weight] {
            "required" => (no, own.len() >= needed && yes),
            "counted" => (
                no,
                own.len() >= needed
                    || own.len() >= LEAST as usize && own.len() + 1 >= needed && yes,
            ),
            _ => (false, own.len() >= needed),
        };
        assert!(!enough || own.len() >= LEAST as usize);
        !self.ended.contains(&text) && !rejected && !held && enough
    }
}

/// What a desktop that pulls the space would release.
fn leaves(review: &ReviewRecord, now: Millis) -> Option<String> {
    if review.state(now) != ReviewState::Approved {
        return None;
    }
    let event = release_event(&Reviewed::from(review), LEAST, now)?;
    Some(event["hash"].as_str().unwrap().to_owned())
}

fn space() -> Space {
    Space {
        id: "sp-1".to_owned(),
        purpose: "review".to_owned(),
        case_id: Some("7".to_owned()),
        partner_id: None,
        title: "N-1".to_owned(),
        subject: "N-1".to_owned(),
        state: "open".to_owned(),
        data: serde_json::Value::Null,
        created_at: Millis(0),
        updated_at: Millis(0),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_acts_lets_a_letter_leave_without_a_quorum_over_exactly_its_hash(
        acts in prop::collection::vec(act(), 1..40),
        weight in 0..WEIGHTS.len(),
    ) {
        let mut world = World::asking(weight);
        for act in &acts {
            world.carry_out(act);
            let review = world.review();
            let now = Millis(world.now);
            let left = review.as_ref().and_then(|review| leaves(review, now));
            for text in 0..TEXTS {
                let hash = hash_of(text);
                // The gate of whoever asked, for each content it may have asked about.
                let open = review.as_ref().is_some_and(|r| r.state_over(&hash, now) == ReviewState::Approved);
                prop_assert_eq!(open, world.may_leave(text), "gate of {} after {:?}", text, act);
                if left.as_deref() == Some(hash.as_str()) {
                    prop_assert!(world.may_leave(text), "{} was taken over after {:?}", text, act);
                }
            }
        }
    }
}

#[test]
fn a_later_request_over_the_same_letter_neither_frees_its_maker_nor_lowers_the_quorum() {
    let mut world = World::new();
    let request = |author, maker, needed| Act::Request {
        author,
        maker,
        text: 0,
        needed,
    };
    let sign = |person| Act::Sign {
        author: person,
        person,
        text: 0,
        approves: true,
        seal: Sealed::Yes,
    };
    // Lena made it. Tomas asks for it again, for one signature only; somebody asks in the name of another one.
    for act in [
        request(0, 0, 3),
        request(1, 1, 1),
        request(2, 3, 1),
        sign(0),
        sign(1),
    ] {
        world.carry_out(&act);
    }
    let review = ReviewRecord::of(&space(), &world.items, LEAST, &[]).unwrap();
    assert_eq!(
        (review.request.maker.as_str(), review.request.needed),
        ("lena", 3)
    );
    assert_eq!(review.state(Millis(world.now)), ReviewState::Requested);
    for person in [2, 3] {
        world.carry_out(&sign(person));
    }
    let review = ReviewRecord::of(&space(), &world.items, LEAST, &[]).unwrap();
    assert_eq!(review.state(Millis(world.now)), ReviewState::Approved);
    let unknown: Map<String, Value> = Map::new();
    assert!(review.outcome.is_none() && review.mismatch.unwrap_or(unknown).is_empty());
}
