//! Acknowledgement campaigns: a document, the partners who are to acknowledge exactly this version of it, and what became of
//! each of them. Pure: every desktop that pulled the same answers comes to the same states and the same reminders.

mod answers;
pub mod pack;
mod recipients;
mod reminders;

use serde::{Deserialize, Serialize};

pub use answers::{
    Answer, Counts, NotCounted, RecipientState, Said, SignedFile, Standing, Uncounted, Waiver,
    standing,
};
pub use recipients::{Contact, Draft, Recipient, Selected, contacts, draft, root};
pub use reminders::{Reminder, ReminderPlan, Why, due_reminder, ends, next_reminder, planned};

pub use crate::segment::{FACTS, fact_values};
use crate::{batch::LeftOut, canonical::sha256_hex, words};

/// Most recipients of one request; Community takes no more.
pub const A_REQUEST: usize = 200;
/// Most recipients of a campaign.
pub const MOST: usize = 10_000;
/// A document is to be acknowledged within so many days.
pub const LONGEST_DAYS: i64 = 366;
/// Purpose of the space of a campaign.
pub const PURPOSE: &str = "campaign";
/// Purpose under which requests to acknowledge are mirrored.
pub const REQUESTS: &str = "acknowledgement";

words! {
    /// What a document is that is to be acknowledged.
    DocumentClass {
        /// A policy of ours.
        Policy = "policy",
        /// A notice about a requirement.
        Compliance = "compliance",
        /// A change of a contract.
        Amendment = "amendment",
    }
}
words! {
    /// Where a campaign stands.
    CampaignState {
        /// Others have to sign it first.
        Draft = "draft",
        /// Signed; nothing has left yet.
        Approved = "approved",
        /// Requests are going out.
        Issuing = "issuing",
        /// Everybody has been asked.
        Active = "active",
        /// Ended by a person; its evidence is made.
        Closed = "closed",
        /// A newer version of the document took its place.
        Superseded = "superseded",
        /// Ended before anybody was asked: its review did not approve it, or it was cancelled.
        Withdrawn = "withdrawn",
    }
}

/// The document of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// File name.
    pub name: String,
    /// What it is.
    pub class: DocumentClass,
    /// 1, or one more than the version it supersedes.
    pub version: u32,
    /// SHA-256 of its bytes: what is acknowledged.
    pub sha256: String,
    /// Letter it is, by number; `None` for a file.
    #[serde(default)]
    pub notice: Option<String>,
    /// Leaves only with a quorum.
    pub regulated: bool,
}

/// What is asked of recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The document.
    pub document: Document,
    /// Last day, `YYYY-MM-DD`; it ends when it ends where the recipient is.
    pub due: String,
    /// An acknowledgement counts only after a view.
    pub view_first: bool,
    /// An acknowledgement counts only with a signed file.
    pub signed: bool,
    /// When who has not answered is reminded.
    pub reminders: ReminderPlan,
    /// Number of the campaign whose document this one takes the place of.
    #[serde(default)]
    pub supersedes: Option<String>,
}

/// A campaign as its space says what it is, for every desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its number.
    pub campaign: String,
    /// Title.
    pub title: String,
    /// Login of who launched it.
    pub maker: String,
    /// Hash over terms and recipients, as it was shown.
    pub root: String,
    /// What is asked.
    pub terms: Terms,
    /// Recipients.
    pub recipients: u32,
    /// Requests they are asked with.
    pub requests: u32,
    /// Who was left out, and why.
    pub left_out: Vec<LeftOut>,
    /// Recipients who acknowledged the version before and have to repeat it.
    #[serde(default)]
    pub must_repeat: Vec<String>,
}

/// The number of the campaign an intent makes: short, and the same for as long as the intent lives.
#[must_use]
pub fn number(intent: &str) -> String {
    let hash = sha256_hex(intent.as_bytes());
    format!("K-{}", hash.get(..8).unwrap_or(&hash).to_uppercase())
}

#[cfg(test)]
mod tests;
