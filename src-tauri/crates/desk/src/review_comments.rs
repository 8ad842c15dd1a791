//! Comments of a review: made at a passage, carried to the next version, settled.

use domain::{
    IntentId, Refusal,
    anchor::Anchor,
    letter_text, reason,
    refusal::Code,
    review::Verdict,
    review_comments::{self, Remark, Settled},
    review_log::{self, ReviewRecord},
};
use ledger::{Actor, AuditEntry};
use serde_json::{Value, json};

use crate::{
    Desk,
    problem::{Refuse, not_found},
    review::text,
};

/// A passage of a letter as a person points at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passage<'a> {
    /// Number of the block; where none is named the words are looked for everywhere.
    pub block: Option<u32>,
    /// The words; the whole block where none are named.
    pub quote: Option<&'a str>,
    /// Character of the block they begin at, to tell the same words apart.
    pub near: Option<u32>,
}

impl Passage<'_> {
    /// The anchor of it in a letter; `None` for the letter as a whole.
    ///
    /// # Errors
    /// `E_FIELD` when the letter has no such block or does not say it.
    pub(crate) fn anchor(self, record: &ReviewRecord) -> Result<Option<Anchor>, Refusal> {
        let blocks = letter_text::blocks_of(&record.data);
        let quote = self.quote.map(str::trim).filter(|quote| !quote.is_empty());
        let near = self.near.and_then(|near| usize::try_from(near).ok());
        let missing = |field: &str, words: &str| Err(Refusal::field(field, words));
        match (self.block, quote) {
            (None, None) => Ok(None),
            (Some(number), quote) => {
                let Some(block) = letter_text::numbered(&blocks, number) else {
                    return missing("block", "The letter has no block of this number.");
                };
                let words = quote.and_then(|quote| Anchor::quoted(&blocks, block, quote, near));
                Ok(words.or_else(|| Anchor::of_block(&blocks, block)))
            }
            (None, Some(quote)) => {
                let says =
                    |block: &usize| blocks.get(*block).is_some_and(|b| b.text.contains(quote));
                let first = (0..blocks.len()).find(says);
                let first = first.and_then(|block| Anchor::quoted(&blocks, block, quote, near));
                let almost =
                    || (0..blocks.len()).find_map(|b| Anchor::quoted(&blocks, b, quote, near));
                match first.or_else(almost) {
                    Some(anchor) => Ok(Some(anchor)),
                    None => missing("quote", "The letter does not say this."),
                }
            }
        }
    }

    pub(crate) fn written(self) -> Value {
        json!({"block": self.block, "quote": self.quote, "near": self.near})
    }

    /// A passage as [`Passage::written`] keeps it.
    pub(crate) fn read(written: &Value) -> Option<Passage<'_>> {
        let number = |name: &str| u32::try_from(written.get(name)?.as_u64()?).ok();
        written.is_object().then(|| Passage {
            block: number("block"),
            quote: written.get("quote").and_then(Value::as_str),
            near: number("near"),
        })
    }
}

impl Desk {
    /// Adds a comment to a review, at a passage of the letter or about the whole of it.
    ///
    /// # Errors
    /// `E_FIELD` for an empty one, or a passage the letter does not have; `E_FORBIDDEN` for auditors.
    pub async fn comment_on_review(
        &self,
        id: &str,
        text: &str,
        about: Passage<'_>,
    ) -> Result<(), Refusal> {
        self.may_act()?;
        let text = text.trim();
        if text.is_empty() || text.len() > 20_000 {
            return Err(Refusal::field("text", "A comment has 1 to 20,000 bytes."));
        }
        let record = self.review(id).await?;
        let anchor = about.anchor(&record)?;
        let person = self.person();
        let data = json!({"text": text, "anchor": anchor, "person": person.id, "printed_name": person.name,
            "hash": record.request.hash});
        let intent = IntentId(uuid::Uuid::now_v7().to_string());
        let title = format!("Comment by {}", person.name);
        self.publish(&record, intent, review_log::COMMENT, &title, data)
            .await
    }

    /// Settles a comment: answered, done, or withdrawn by its author. It becomes an item of the review space.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for no comment of this review; `E_FIELD` without a word, or for another way; `E_FORBIDDEN` for anybody
    /// but its author and the maker; `E_STATE` when it is settled already.
    pub async fn resolve_comment(
        &self,
        id: &str,
        comment: &str,
        settled: &str,
        word: &str,
    ) -> Result<(), Refusal> {
        self.may_act()?;
        let word = reason::read(word, "word", "Say in a word how it was settled.")?;
        let Ok(settled) = settled.parse::<Settled>() else {
            let words = format!("'{settled}' settles nothing: answered, done or withdrawn.");
            return Err(Refusal::field("settled", words));
        };
        let record = self.review(id).await?;
        let of = record.remarks.iter().find(|r| r.item.id == comment);
        let of = of.ok_or_else(|| not_found("comment of this review", comment))?;
        let person = self.person();
        review_comments::may_settle(settled, &person.id, &of.author, &record.request.maker)?;
        if let Some(before) = &of.resolution {
            let words = format!("This comment is {} already.", before.settled);
            return Err(Refusal::new(Code::State, words));
        }
        let data = json!({"comment": comment, "settled": settled, "word": word, "person": person.id,
            "printed_name": person.name, "hash": record.request.hash});
        // One word of one person on one comment, whatever happens in between.
        let intent = IntentId(format!(
            "resolution/{}/{comment}/{}",
            record.space_id, person.id
        ));
        let title = format!("Comment {settled} by {}", person.name);
        self.publish(&record, intent, review_comments::RESOLUTION, &title, data)
            .await
    }

    /// A rejection points at what is wrong: at a passage of its own, or with an open comment of the same person.
    ///
    /// # Errors
    /// `E_FIELD` where it does neither.
    pub(crate) fn may_point(
        &self,
        record: &ReviewRecord,
        verdict: Verdict,
        about: Option<Passage<'_>>,
    ) -> Result<Option<Anchor>, Refusal> {
        let anchor = about.map_or(Ok(None), |about| about.anchor(record))?;
        if verdict == Verdict::Reject && anchor.is_none() {
            review_comments::refuse_pointless(&record.data, &record.remarks, &self.person().id)?;
        }
        Ok(anchor)
    }

    /// Comments that lost their place with the version under review: the trail says so, once.
    pub(crate) async fn record_orphans(&self, record: &ReviewRecord) -> Result<(), Refusal> {
        for remark in record.remarks.iter().filter(|remark| remark.is_orphan()) {
            let key = format!("{ORPHANED}{}/{}", remark.item.id, record.request.hash);
            let ledger = &self.inner.ledger;
            if ledger.setting::<Value>(&key).await.refuse()?.is_some() {
                continue;
            }
            let mut entry = AuditEntry::new("comment.orphaned", &record.object()).with(json!({
                "notice": record.notice, "hash": record.request.hash, "comment": remark.item.id,
                "person": remark.author, "version": remark.carried_from,
            }));
            entry.case = Some(domain::ObjectRef::case(record.case_id.clone()));
            ledger
                .decide(&key, &json!(true), entry, &Actor::system(), self.now())
                .await
                .refuse()?;
        }
        Ok(())
    }
}

/// Settings that say which lost comments the trail has.
const ORPHANED: &str = "review/orphaned/";

/// What was said: of a rejection its reason.
pub(crate) fn words(remark: &Remark) -> &str {
    let Some(data) = remark.item.data.as_object() else {
        return "";
    };
    match text(data, "text") {
        "" => text(data, "meaning"),
        text => text,
    }
}
