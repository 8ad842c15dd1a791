//! What recipients answered, and what of it counts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Terms, reminders::ends};
use crate::{Millis, record::SpaceItem, words};

words! {
    /// What an answer says.
    Said {
        /// The request is there.
        Delivered = "delivered",
        /// It does not get there.
        Undeliverable = "undeliverable",
        /// Viewed.
        Viewed = "viewed",
        /// Asked back.
        Question = "question",
        /// Acknowledged.
        Accepted = "accepted",
        /// Declined.
        Declined = "declined",
    }
}
words! {
    /// Where a recipient stands.
    RecipientState {
        /// Asked; nothing is known yet.
        Pending = "pending",
        /// The request is there.
        Delivered = "delivered",
        /// Viewed.
        Opened = "opened",
        /// Acknowledged, and it counts.
        Acknowledged = "acknowledged",
        /// Declined.
        Declined = "declined",
        /// The due day is over.
        Overdue = "overdue",
        /// Cannot be reached.
        Unreachable = "unreachable",
        /// Waived by a person.
        Waived = "waived",
    }
}
words! {
    /// Why an answer does not count.
    NotCounted {
        /// It names another document.
        OtherDocument = "other_document",
        /// It was given without a view.
        NotViewed = "not_viewed",
        /// It comes without a signed file.
        NotSigned = "not_signed",
        /// Its signed file is not the one that was announced.
        FileDiffers = "file_differs",
    }
}

impl NotCounted {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::OtherDocument => "Names another document",
            Self::NotViewed => "Acknowledged without having viewed the document",
            Self::NotSigned => "Came without a signed confirmation",
            Self::FileDiffers => "The signed file is not the one that was announced",
        }
    }
}

impl RecipientState {
    /// Whether an answer is still awaited: reminders go to these.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Delivered | Self::Opened)
    }
}

/// A signed file, as an answer names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedFile {
    /// Id its bytes are read by.
    pub id: String,
    /// Name as told.
    pub name: String,
    /// Media type as told.
    pub media_type: String,
    /// SHA-256 as told.
    pub sha256: String,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Id in Community.
    pub id: String,
    /// Recipient.
    pub partner_id: String,
    /// What it says.
    pub said: Said,
    /// Person who gave it; empty where nobody is named.
    pub by: String,
    /// When.
    pub at: Millis,
    /// SHA-256 of the document it names; empty where it names none.
    pub sha256: String,
    /// Text.
    pub text: String,
    /// Signed file.
    pub file: Option<SignedFile>,
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

impl Answer {
    /// Reads an answer from the item it is mirrored as; `None` for other items and for words nobody knows.
    #[must_use]
    pub fn read(item: &SpaceItem) -> Option<Self> {
        if item.item_kind != "response" {
            return None;
        }
        let said = item.state.parse().ok()?;
        let text = |value: &Value, name: &str| {
            let text = value.get(name).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let file = item.data.get("signed_file").filter(|f| f.is_object());
        let file = file.map(|file| SignedFile {
            id: text(file, "id"),
            name: text(file, "name"),
            media_type: text(file, "media_type"),
            sha256: text(file, "sha256").to_lowercase(),
        });
        Some(Self {
            id: item.id.clone(),
            partner_id: item.author.clone(),
            said,
            by: text(&item.data, "by"),
            at: item.created_at,
            sha256: text(&item.data, "sha256").to_lowercase(),
            text: text(&item.data, "text"),
            file: file.filter(|f| !f.id.is_empty() && is_sha256(&f.sha256)),
        })
    }
}

/// A person let a recipient off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// Recipient.
    pub partner_id: String,
    /// Why.
    pub reason: String,
    /// Login.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// An answer that does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncounted<'a> {
    /// The answer.
    pub answer: &'a Answer,
    /// Why not.
    pub why: NotCounted,
}

/// Where a recipient stands, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    /// State.
    pub state: RecipientState,
    /// Since when; `None` while nothing is known.
    pub at: Option<Millis>,
    /// The answer that counts.
    pub answer: Option<&'a Answer>,
    /// Answers that do not count, oldest first.
    pub uncounted: Vec<Uncounted<'a>>,
    /// What was asked or remarked, oldest first.
    pub questions: Vec<&'a Answer>,
}

/// Where a recipient stands. `answers` are theirs, in any order; `differs` says of an answer that its signed file was fetched
/// and is another one than announced. A day that has ended in the recipient's time zone is over.
#[must_use]
pub fn standing<'a>(
    terms: &Terms,
    answers: &[&'a Answer],
    waiver: Option<&Waiver>,
    now: Millis,
    time_zone: &str,
    differs: impl Fn(&Answer) -> bool,
) -> Standing<'a> {
    let mut answers = answers.to_vec();
    answers.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let (mut uncounted, mut questions) = (Vec::new(), Vec::new());
    // The last word about the way there, the first view, the last decision.
    let mut way: Option<(bool, Millis)> = None;
    let mut viewed: Option<Millis> = None;
    let mut decided: Option<&Answer> = None;
    for answer in answers {
        let ours = answer.sha256 == terms.document.sha256;
        match answer.said {
            Said::Delivered => way = Some((true, answer.at)),
            Said::Undeliverable => way = Some((false, answer.at)),
            Said::Question => {
                way = Some((true, answer.at));
                questions.push(answer);
            }
            Said::Viewed if ours => {
                way = Some((true, answer.at));
                viewed = viewed.or(Some(answer.at));
            }
            Said::Declined if ours => {
                way = Some((true, answer.at));
                decided = Some(answer);
            }
            Said::Accepted if ours => {
                way = Some((true, answer.at));
                let why = if terms.view_first && viewed.is_none_or(|at| at > answer.at) {
                    Some(NotCounted::NotViewed)
                } else if terms.signed && answer.file.is_none() {
                    Some(NotCounted::NotSigned)
                } else if answer.file.is_some() && differs(answer) {
                    Some(NotCounted::FileDiffers)
                } else {
                    None
                };
                match why {
                    Some(why) => uncounted.push(Uncounted { answer, why }),
                    None => decided = Some(answer),
                }
            }
            Said::Viewed | Said::Declined | Said::Accepted => uncounted.push(Uncounted {
                answer,
                why: NotCounted::OtherDocument,
            }),
        }
    }
    let over = NaiveDate::parse_from_str(&terms.due, "%Y-%m-%d").is_ok_and(|due| {
        let end = ends(due, time_zone);
        now >= end
    });
    let end = NaiveDate::parse_from_str(&terms.due, "%Y-%m-%d").map(|due| ends(due, time_zone));
    let (state, at, answer) = match (decided, waiver) {
        (Some(yes), _) if yes.said == Said::Accepted => {
            (RecipientState::Acknowledged, Some(yes.at), Some(yes))
        }
        (_, Some(waiver)) => (RecipientState::Waived, Some(waiver.at), None),
        (Some(no), None) => (RecipientState::Declined, Some(no.at), Some(no)),
        (None, None) => match (way, viewed) {
            (Some((false, at)), _) => (RecipientState::Unreachable, Some(at), None),
            _ if over => (RecipientState::Overdue, end.ok(), None),
            (_, Some(at)) => (RecipientState::Opened, Some(at), None),
            (Some((true, at)), None) => (RecipientState::Delivered, Some(at), None),
            (None, None) => (RecipientState::Pending, None, None),
        },
    };
    Standing {
        state,
        at,
        answer,
        uncounted,
        questions,
    }
}

/// Recipients by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "as the states")]
pub struct Counts {
    pub recipients: u32,
    pub pending: u32,
    pub delivered: u32,
    pub opened: u32,
    pub acknowledged: u32,
    pub declined: u32,
    pub overdue: u32,
    pub unreachable: u32,
    pub waived: u32,
}

impl Counts {
    /// Counts states.
    #[must_use]
    pub fn of(states: impl Iterator<Item = RecipientState>) -> Self {
        let mut counts = Self::default();
        for state in states {
            counts.recipients += 1;
            *match state {
                RecipientState::Pending => &mut counts.pending,
                RecipientState::Delivered => &mut counts.delivered,
                RecipientState::Opened => &mut counts.opened,
                RecipientState::Acknowledged => &mut counts.acknowledged,
                RecipientState::Declined => &mut counts.declined,
                RecipientState::Overdue => &mut counts.overdue,
                RecipientState::Unreachable => &mut counts.unreachable,
                RecipientState::Waived => &mut counts.waived,
            } += 1;
        }
        counts
    }
}
