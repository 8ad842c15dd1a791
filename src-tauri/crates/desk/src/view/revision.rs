use super::{FieldRow, RedlineBlock, ReviewCommentRow};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What another version of a letter under review would say, before it is sent.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RevisionPlan {
    /// Its version: "3".
    pub version: String,
    /// The version under review now: "2".
    pub before: String,
    /// Fields that may be written otherwise, with what they would say.
    pub fields: Vec<FieldRow>,
    /// Its words against the version under review.
    pub blocks: Vec<RedlineBlock>,
    /// Number of changes among them.
    pub changes: u32,
    /// Open comments with where each would stand: those that would lose their words come first.
    pub comments: Vec<ReviewCommentRow>,
    /// How many would lose their words: they are settled before anybody approves.
    pub lost: u32,
    /// Signatures of the version under review, which would count for nothing.
    pub signed: u32,
    /// Why it cannot be sent as it is.
    pub blocked: Option<String>,
}
