use super::StatusWord;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One communication of a case and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LoopRow {
    /// Number of the notice.
    pub notice: String,
    /// Title of its template.
    pub title: String,
    /// Version of its template, when known.
    pub version: Option<String>,
    /// SHA-256 of what was produced, when told.
    pub sha256: Option<String>,
    /// Where it went.
    pub recipient: String,
    /// `letter`, `email`, `statement_insert`.
    pub channel: String,
    /// Its case cannot be closed before it is answered or waived.
    pub required: bool,
    /// How its delivery went.
    pub delivery: StatusWord,
    /// `open`, `acted`, `no_response`, `waived`; `informed` where no answer is asked for.
    pub status: StatusWord,
    /// When it was released.
    pub opened_at: i64,
    /// Until when an answer is expected.
    pub due_at: Option<i64>,
    /// When that time passed without one; kept when one came later.
    pub no_response_at: Option<i64>,
    /// Message that answered it.
    pub answer: Option<LoopAnswer>,
    /// Who decided, and why.
    pub decided: Option<String>,
    /// A person may say what came of it.
    pub may_decide: bool,
}

/// A message that answers, or may answer, a notice.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LoopAnswer {
    /// Id of the message.
    pub id: String,
    /// When it was written.
    pub at: i64,
    /// Who wrote it; empty where the message itself is not here.
    pub author: String,
    /// How it begins, plain.
    pub excerpt: String,
}

/// A message that may answer several notices: a person says which.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct UnclearAnswer {
    /// The message.
    pub answer: LoopAnswer,
    /// Numbers of the notices it may answer.
    pub candidates: Vec<String>,
}

/// A loop in the list over all cases.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OpenLoop {
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Its subject.
    pub subject: String,
    /// Its partner.
    pub partner: String,
    /// The loop.
    pub row: LoopRow,
}

/// Arguments of `list_loops`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ListLoops {
    /// Only those in this state (`open`, `acted`, `no_response`, `waived`); absent for all that are open or not answered.
    pub state: Option<String>,
}

/// Arguments of `confirm_outcome`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct OutcomeInput {
    /// Case.
    pub case: String,
    /// Number of the notice.
    pub notice: String,
    /// `acted` or `waived`.
    pub outcome: String,
    /// How it is known, or why no answer is needed.
    pub reason: String,
    /// Message that is the answer, where several notices might be meant.
    pub answer: Option<String>,
    /// A number drawn when the dialog is opened, so that pressing twice decides once.
    pub intent: Option<String>,
}
