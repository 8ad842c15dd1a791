//! What may be posted where a partner reads. A closed list, each kind with exactly its members: what is not on it, an internal
//! comment above all, does not reach a partner (invariant I3).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Refusal, refusal::Code};

/// Title of the item that asks for a verdict.
pub const PROOF: &str = "Proof for your review";
/// What the partner is asked.
pub const QUESTION: &str = "Please read this proof and say whether the letter may be sent to you as it is. It is not sent yet.";

/// How the partner answers, over this version.
#[must_use]
pub fn how_to_answer(hash: &str) -> String {
    format!(
        "Answer with an item of kind verdict that says approve or reject and names the hash {hash}. Comments are welcome. \
         Changed data goes into a JSON file on the case, named by an item of kind data_set."
    )
}

/// An item in a space that a partner reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "data",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[allow(missing_docs, reason = "fields carry the names of the wire")]
pub enum Posted {
    /// Asks for a verdict over a version.
    ReviewRequest {
        notice: String,
        version: String,
        hash: String,
        rendered_sha256: String,
        attachment: String,
        decide_by: String,
        question: String,
        how: String,
    },
    /// A newer version took the place of this one.
    Superseded { hash: String },
    /// A comment that a person chose to share.
    SharedComment {
        comment: String,
        text: String,
        quote: Option<String>,
        hash: String,
    },
    /// A signature, where the policy shares them.
    SharedSignature {
        printed_name: String,
        at: String,
        meaning: String,
        hash: String,
    },
    /// What became of it.
    Outcome {
        outcome: String,
        hash: String,
        text: String,
    },
}

impl Posted {
    /// Its kind word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ReviewRequest { .. } => "review_request",
            Self::Superseded { .. } => "superseded",
            Self::SharedComment { .. } => "shared_comment",
            Self::SharedSignature { .. } => "shared_signature",
            Self::Outcome { .. } => "outcome",
        }
    }

    /// Its title: always the same words, so that none of them tells a name.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::ReviewRequest { .. } => PROOF,
            Self::Superseded { .. } => "Superseded by a newer version",
            Self::SharedComment { .. } => "Comment",
            Self::SharedSignature { .. } => "Signature",
            Self::Outcome { .. } => "Outcome of the review",
        }
    }

    /// The item as it is posted: kind, title and content.
    #[must_use]
    pub fn item(&self) -> (&'static str, &'static str, Value) {
        let whole = serde_json::to_value(self).unwrap_or_default();
        let data = whole.get("data").cloned().unwrap_or_default();
        (self.kind(), self.title(), data)
    }

    /// Reads one; `None` for anything else.
    #[must_use]
    pub fn read(kind: &str, data: &Value) -> Option<Self> {
        let mut whole = Map::new();
        whole.insert("kind".to_owned(), kind.into());
        whole.insert("data".to_owned(), data.clone());
        serde_json::from_value(Value::Object(whole)).ok()
    }
}

/// Whether an item may be posted in a space of this purpose. Asked right before it is sent, whoever planned it.
///
/// # Errors
/// `E_VIS` for anything in a partner's space that is not made for the partner.
pub fn may_reach(purpose: &str, kind: &str, title: &str, data: &Value) -> Result<(), Refusal> {
    if purpose != super::SHARED {
        return Ok(());
    }
    match Posted::read(kind, data) {
        Some(posted) if posted.title() == title => Ok(()),
        _ => Err(Refusal::new(
            Code::Visibility,
            "E_VIS: this is internal, and the partner reads this space.",
        )),
    }
}
