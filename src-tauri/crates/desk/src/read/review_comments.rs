//! Comments of a review as the screen shows them.

use domain::{
    letter_text,
    review_comments::{self, Remark, Settled, Standing},
    review_log::ReviewRecord,
};

use super::words;
use crate::{
    Desk,
    persons::initials,
    review_comments::words as said,
    view::{CommentPlace, ReviewCommentRow, SettledRow},
};

/// Ways to settle a comment, as they are offered.
const WAYS: [Settled; 3] = [Settled::Answered, Settled::Done, Settled::Withdrawn];

/// Comments that keep the letter from being approved.
pub(super) fn orphans(record: &ReviewRecord) -> u32 {
    let lost = record.remarks.iter().filter(|remark| remark.is_orphan());
    u32::try_from(lost.count()).unwrap_or(u32::MAX)
}

impl Desk {
    pub(super) fn comments_of(&self, record: &ReviewRecord) -> Vec<ReviewCommentRow> {
        let blocks = letter_text::blocks_of(&record.data);
        let rows = record.remarks.iter();
        let mut rows: Vec<_> = rows.map(|r| self.comment_row(record, &blocks, r)).collect();
        rows.sort_by_key(|row| {
            (
                !row.lost || row.settled.is_some(),
                std::cmp::Reverse(row.at),
            )
        });
        rows
    }

    fn comment_row(
        &self,
        record: &ReviewRecord,
        blocks: &[letter_text::Block],
        remark: &Remark,
    ) -> ReviewCommentRow {
        let (maker, me) = (&record.request.maker, self.person().id);
        let person = remark.author.as_str();
        let persons = self.persons();
        let name = if remark.partner {
            // Never one of ours, however they call themselves.
            remark
                .item
                .data
                .get("printed_name")
                .and_then(serde_json::Value::as_str)
                .unwrap_or(person)
                .to_owned()
        } else {
            persons.name(person).to_owned()
        };
        let known = persons.get(person);
        let role = if remark.partner {
            "Partner".to_owned()
        } else if maker.as_str() == person {
            "Maker".to_owned()
        } else {
            let first = known.and_then(|p| p.roles.first());
            first
                .map(|r| words::sentence(r.as_str()))
                .unwrap_or_default()
        };
        let place = match remark.standing {
            Standing::At(place) => Some(place),
            _ => None,
        };
        let open = remark.resolution.is_none() && self.read_only().is_none();
        let may = |way: &&Settled| {
            open && review_comments::may_settle(**way, &me, &remark.author, maker).is_ok()
        };
        ReviewCommentRow {
            id: remark.item.id.clone(),
            initials: initials(&name),
            author: name,
            role,
            at: remark.item.created_at.0,
            block: place.and_then(|place| letter_text::number_of(blocks, place.block)),
            place: place
                .filter(|_| remark.quote.is_some())
                .map(|place| CommentPlace {
                    start: u32::try_from(place.start).unwrap_or(u32::MAX),
                    end: u32::try_from(place.end).unwrap_or(u32::MAX),
                    certainty: place.certainty.as_str().to_owned(),
                }),
            quote: remark.quote.clone(),
            carried_from: remark.carried_from.clone(),
            lost: remark.standing == Standing::Lost,
            settled: remark.resolution.as_ref().map(|resolution| SettledRow {
                how: resolution.settled.to_string(),
                word: words::sentence(resolution.settled.as_str()),
                by: self.persons().name(resolution.person.as_str()).to_owned(),
                text: resolution.word.clone(),
                at: resolution.at.0,
            }),
            may_settle: WAYS.iter().filter(may).map(ToString::to_string).collect(),
            text: said(remark).to_owned(),
            queued: false,
            partner: remark.partner,
            shared: remark.shared,
            may_share: self.may_share(record, remark),
        }
    }
}
