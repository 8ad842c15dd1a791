use super::{DataChange, StatusWord};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Reviewers at the partner, and what came back from them.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PartnerReviewView {
    /// Rule of the policy, by its name.
    pub name: String,
    /// `required`, `counted`, `advisory`.
    pub weight: String,
    /// One sentence on what their verdict is for.
    pub word: String,
    /// This version lies before them.
    pub shown: bool,
    /// Who is asked, and how far each has come.
    pub persons: Vec<PartnerPerson>,
    /// Verdicts that do not count, newest first.
    pub quarantined: Vec<QuarantinedVerdict>,
    /// Files with changed data about this version, newest first.
    pub data_sets: Vec<DataSetRow>,
}

/// Somebody at the partner who is asked.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PartnerPerson {
    /// Login in Community.
    pub id: String,
    /// Name.
    pub name: String,
    /// `asked`, `opened`, `approved`, `rejected`, `quarantined`.
    pub status: StatusWord,
    /// Since when, where something was heard.
    pub at: Option<i64>,
}

/// A verdict of the partner that does not count.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct QuarantinedVerdict {
    /// Item.
    pub id: String,
    /// Who gave it, as Community says.
    pub person: String,
    /// `approve`, `reject`; `null` where it says neither.
    pub verdict: Option<String>,
    /// Content hash it names.
    pub hash: String,
    /// When.
    pub at: i64,
    /// `stranger`, `twin`, `other_version`, `too_early`, `too_late`, `unreadable`, `superseded`.
    pub why: String,
    /// The same for people.
    pub word: String,
}

/// A file with changed data.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DataSetRow {
    /// File, for `get_partner_changes` and `take_partner_changes`.
    pub attachment: String,
    /// Name of who put it there.
    pub person: String,
    /// When.
    pub at: i64,
    /// This person may take it.
    pub may_take: bool,
    /// Why not.
    pub may_not_reason: Option<String>,
}

/// What a data set would change, field by field.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PartnerChanges {
    /// File.
    pub attachment: String,
    /// Its SHA-256: given back when it is taken.
    pub sha256: String,
    /// Name of who put it there.
    pub person: String,
    /// The fields that would be otherwise.
    pub changes: Vec<DataChange>,
}

/// Arguments of `share_comment`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ShareComment {
    /// Review.
    pub id: String,
    /// Comment.
    pub comment: String,
    /// Why the partner is to have the personal data in it.
    pub personal: Option<String>,
}

/// Arguments of `get_partner_changes`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct GetPartnerChanges {
    /// Review.
    pub id: String,
    /// [`DataSetRow::attachment`].
    pub attachment: String,
}

/// Arguments of `take_partner_changes`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TakePartnerChanges {
    /// Review.
    pub id: String,
    /// [`DataSetRow::attachment`].
    pub attachment: String,
    /// [`PartnerChanges::sha256`] of what was on screen.
    pub sha256: String,
}
