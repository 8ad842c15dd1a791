//! Comments of a review through the versions of its letter: where each stands now, which are lost, and how they were settled.
//!
//! Pure, so that every desktop comes to the same. A comment that nobody settled goes on to the next version: to its passage
//! where that is there still, else into the list of the lost, which have to be settled before anybody approves.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Millis, PersonId, Refusal,
    anchor::{Anchor, Place},
    letter_text::{self, Block},
    record::SpaceItem,
    refusal::Code,
    release::text,
    review_log::REJECTION,
    words,
};

/// Kind of a comment.
pub const COMMENT: &str = "comment";
/// Kind of the item that settles a comment.
pub const RESOLUTION: &str = "resolution";
/// Comments that are placed: whoever writes more of them than this holds nothing up.
const MOST: usize = 500;

words! {
    /// How a comment was settled.
    Settled {
        /// It was answered.
        Answered = "answered",
        /// Its author takes it back.
        Withdrawn = "withdrawn",
        /// What it asks for was done.
        Done = "done",
    }
}

/// How, by whom and when a comment was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// How.
    pub settled: Settled,
    /// By whom: its author or the maker of the letter.
    pub person: PersonId,
    /// What they said of it.
    pub word: String,
    /// When.
    pub at: Millis,
}

/// Where a comment stands in the letter that is under review now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is about the letter as a whole.
    Whole,
    /// At a passage of this letter.
    At(Place),
    /// Its passage is gone from the letter.
    Lost,
    /// It was settled with an earlier version.
    Past,
}

/// A comment, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// The comment.
    pub item: SpaceItem,
    /// Who wrote it.
    pub author: PersonId,
    /// Version of the letter it was written about, as that names itself; `None` for the one under review.
    pub carried_from: Option<String>,
    /// The words it was about; `None` for a block or the whole letter.
    pub quote: Option<String>,
    /// Where it stands now.
    pub standing: Standing,
    /// How it was settled, if it was.
    pub resolution: Option<Resolution>,
    /// Somebody at the partner wrote it.
    pub partner: bool,
    /// The partner reads it, because a person chose so.
    pub shared: bool,
}

impl Remark {
    /// Whether its passage is gone and nobody settled it.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.standing == Standing::Lost && self.resolution.is_none()
    }
}

/// Who wrote an item: its author, or whom it names where Community tells none.
fn author_of(item: &SpaceItem) -> PersonId {
    let named = item.data.get("person").and_then(Value::as_str);
    PersonId::from(if item.author.is_empty() {
        named.unwrap_or_default()
    } else {
        &item.author
    })
}

/// The anchor of a comment. One that was written before there were any has the number of its block and the words.
fn anchor_of(data: &Map<String, Value>, made_on: Option<&[Block]>) -> Option<Anchor> {
    if let Some(anchor) = data.get("anchor").filter(|a| !a.is_null()) {
        return serde_json::from_value(anchor.clone()).ok();
    }
    let (blocks, quote) = (made_on?, text(data, "quote"));
    let number = data.get("block").and_then(Value::as_u64)?;
    let block = letter_text::numbered(blocks, u32::try_from(number).ok()?)?;
    if quote.is_empty() {
        Anchor::of_block(blocks, block)
    } else {
        Anchor::quoted(blocks, block, quote, None)
    }
}

/// How a comment was settled: the first word of somebody who may say it.
fn resolution_of(comment: &SpaceItem, items: &[SpaceItem], maker: &PersonId) -> Option<Resolution> {
    let author = author_of(comment);
    items.iter().find_map(|item| {
        if item.item_kind != RESOLUTION {
            return None;
        }
        let data = item.data.as_object()?;
        let (person, settled) = (author_of(item), text(data, "settled").parse().ok()?);
        let may = may_settle(settled, &person, &author, maker).is_ok();
        (may && text(data, "comment") == comment.id).then(|| Resolution {
            settled,
            person,
            word: text(data, "word").to_owned(),
            at: item.created_at,
        })
    })
}

/// Whether a person may settle a comment in this way: its author in any, the maker of the letter but for taking it back.
///
/// # Errors
/// `E_FORBIDDEN` for anybody else, and for a maker who would withdraw what a reviewer wrote.
pub fn may_settle(
    settled: Settled,
    person: &PersonId,
    author: &PersonId,
    maker: &PersonId,
) -> Result<(), Refusal> {
    if person == author {
        return Ok(());
    }
    let words = match settled {
        Settled::Withdrawn => "A comment is withdrawn by whoever wrote it.",
        _ if person == maker => return Ok(()),
        _ => "A comment is settled by whoever wrote it or made the letter.",
    };
    Err(Refusal::new(Code::Forbidden, words))
}

/// The comments among the items of a review, oldest first. `now` is the request under review, `earlier` those before it.
#[must_use]
pub fn remarks(
    items: &[SpaceItem],
    maker: &PersonId,
    now: &Map<String, Value>,
    earlier: &[Map<String, Value>],
) -> Vec<Remark> {
    let blocks = letter_text::blocks_of(now);
    let hash = text(now, "hash");
    // A rejection that points at a passage is a comment too.
    let points = |item: &SpaceItem| item.data.get("anchor").is_some_and(|a| !a.is_null());
    let comments = items
        .iter()
        .filter(|item| item.item_kind == COMMENT || item.item_kind == REJECTION && points(item));
    let mut remarks = Vec::new();
    for (place, item) in comments.enumerate() {
        let empty = Map::new();
        let data = item.data.as_object().unwrap_or(&empty);
        let of = text(data, "hash");
        let here = of.is_empty() || of == hash;
        let version = earlier
            .iter()
            .rfind(|before| !here && text(before, "hash") == of);
        let before = version.map(letter_text::blocks_of);
        let made_on = if here {
            Some(blocks.as_slice())
        } else {
            before.as_deref()
        };
        let anchor = anchor_of(data, made_on);
        let resolution = resolution_of(item, items, maker);
        let standing = match &anchor {
            _ if !here && resolution.is_some() => Standing::Past,
            None => Standing::Whole,
            Some(_) if place >= MOST => Standing::Whole,
            Some(anchor) => anchor
                .find(before.as_deref(), &blocks)
                .map_or(Standing::Lost, Standing::At),
        };
        let exact = anchor.map(|anchor| anchor.exact);
        let quote = exact.or_else(|| Some(text(data, "quote").to_owned()));
        remarks.push(Remark {
            author: author_of(item),
            carried_from: (!here).then(|| version.map_or_else(String::new, version_of)),
            quote: quote.filter(|quote| !quote.is_empty()),
            standing,
            resolution,
            partner: false,
            shared: false,
            item: item.clone(),
        });
    }
    remarks
}

/// Version of a letter as its request names it.
#[must_use]
pub fn version_of(data: &Map<String, Value>) -> String {
    match data.get("version") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Whether comments keep a letter from being approved.
///
/// # Errors
/// `E_STATE` naming how many are lost and not settled.
pub fn refuse_orphans(remarks: &[Remark]) -> Result<(), Refusal> {
    let lost: Vec<&str> = remarks
        .iter()
        .filter(|remark| remark.is_orphan())
        .map(|remark| remark.item.id.as_str())
        .collect();
    let words = match lost.len() {
        0 => return Ok(()),
        1 => "1 comment lost its place in the letter and has to be settled first.".to_owned(),
        n => format!("{n} comments lost their place in the letter and have to be settled first."),
    };
    Err(Refusal::new(Code::State, words).with(serde_json::json!({"orphans": lost})))
}

/// Whether a rejection without a passage of its own points at nothing: no open comment of the same person stands at a
/// passage of this letter. What has no text to point at, a batch, is rejected with a reason alone.
///
/// # Errors
/// `E_FIELD` when it points at nothing.
pub fn refuse_pointless(
    letter: &Map<String, Value>,
    remarks: &[Remark],
    person: &PersonId,
) -> Result<(), Refusal> {
    let batch = !text(letter, "manifest").is_empty();
    let points = |remark: &Remark| {
        remark.author == *person
            && remark.carried_from.is_none()
            && remark.resolution.is_none()
            && matches!(remark.standing, Standing::At(_))
    };
    if batch || remarks.iter().any(points) {
        return Ok(());
    }
    Err(Refusal::field(
        "quote",
        "Point at what is wrong: mark the words, or comment on them first.",
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const V1: &str = "We hold 12 units. Please answer by Friday.";

    fn letter(hash: &str, version: u32, issue: &str) -> Map<String, Value> {
        let data = json!({"hash": hash, "version": version, "fields": {"issue": issue}});
        data.as_object().unwrap().clone()
    }

    fn item(id: &str, kind: &str, author: &str, data: Value) -> SpaceItem {
        SpaceItem {
            id: id.to_owned(),
            space_id: "sp-1".to_owned(),
            item_kind: kind.to_owned(),
            title: String::new(),
            state: String::new(),
            due_at: None,
            author: author.to_owned(),
            data,
            created_at: Millis(1),
            updated_at: Millis(1),
        }
    }

    fn comment(id: &str, quote: &str) -> SpaceItem {
        let blocks = letter_text::blocks_of(&letter("h1", 1, V1));
        let anchor = Anchor::quoted(&blocks, 1, quote, None).unwrap();
        item(
            id,
            COMMENT,
            "tomas",
            json!({"text": "Why?", "hash": "h1", "anchor": anchor}),
        )
    }

    fn settle(comment: &str, by: &str, settled: &str) -> SpaceItem {
        let data = json!({"comment": comment, "settled": settled, "word": "As agreed"});
        item("r", RESOLUTION, by, data)
    }

    fn over(items: &[SpaceItem], issue: &str) -> Vec<Remark> {
        let lena = PersonId::from("lena");
        remarks(
            items,
            &lena,
            &letter("h2", 2, issue),
            &[letter("h1", 1, V1)],
        )
    }

    #[test]
    fn an_open_comment_is_carried_to_its_passage_and_blocks_once_that_is_gone() {
        let items = [comment("c1", "12 units"), comment("c2", "by Friday")];
        let there = over(
            &items,
            "We hold 12 units. Please answer by Friday, at noon.",
        );
        assert!(there.iter().all(|r| matches!(r.standing, Standing::At(_))));
        assert_eq!(there[0].carried_from.as_deref(), Some("1"));
        assert!(refuse_orphans(&there).is_ok());
        let gone = over(&items, "Please answer by Friday.");
        assert_eq!(gone[0].quote.as_deref(), Some("12 units"));
        let refusal = refuse_orphans(&gone).unwrap_err();
        assert_eq!(refusal.code, Code::State);
        assert!(refusal.message.starts_with("1 comment"), "{refusal}");
    }

    #[test]
    fn only_its_author_or_the_maker_settles_a_comment_and_only_its_author_withdraws_it() {
        let gone = "Please answer by Friday.";
        for (by, how, ends) in [
            ("tomas", "withdrawn", true),
            ("tomas", "answered", true),
            ("lena", "done", true),
            ("lena", "withdrawn", false),
            ("priya", "done", false),
            ("tomas", "approved", false),
        ] {
            let items = [comment("c1", "12 units"), settle("c1", by, how)];
            assert_eq!(
                refuse_orphans(&over(&items, gone)).is_ok(),
                ends,
                "{by} {how}"
            );
        }
        let other = [comment("c1", "12 units"), settle("c2", "lena", "done")];
        assert!(refuse_orphans(&over(&other, gone)).is_err());
    }

    #[test]
    fn comments_from_before_there_were_anchors_are_read_and_carried_like_others() {
        let data = json!({"text": "Why?", "hash": "h1", "block": 1, "quote": "12 units"});
        let old = [item("c1", COMMENT, "tomas", data)];
        assert!(refuse_orphans(&over(&old, "We hold 12 units still.")).is_ok());
        assert!(refuse_orphans(&over(&old, "Please answer.")).is_err());
        let general = item(
            "c2",
            COMMENT,
            "tomas",
            json!({"text": "Nice", "hash": "h1"}),
        );
        assert_eq!(over(&[general], "Other")[0].standing, Standing::Whole);
        for junk in [
            Value::Null,
            json!([]),
            json!({"anchor": 7}),
            json!({"block": -1}),
        ] {
            assert_eq!(
                over(&[item("c3", COMMENT, "", junk)], "Other")[0].standing,
                Standing::Whole
            );
        }
    }
}
