//! Named refusals: what a rule says no to, with words a person understands.

use serde::Serialize;

use crate::words;

words! {
    /// Stable codes of refusals and problems.
    Code {
        /// Maker and checker are the same person.
        SeparationOfDuties = "E_SOD",
        /// Content differs from what was approved.
        Hash = "E_HASH",
        /// Internal content was about to leave.
        Visibility = "E_VIS",
        /// Personal or payment data was about to reach a partner.
        Personal = "E_PERSONAL",
        /// Wrong partner.
        Route = "E_ROUTE",
        /// The same effect was already accepted.
        Duplicate = "E_DUP",
        /// Draft, frozen or already decided object.
        State = "E_STATE",
        /// Not possible while the system is out of reach.
        Offline = "E_OFFLINE",
        /// A choice cannot be made safely by machine.
        Choice = "E_CHOICE",
        /// Another process owns the data folder.
        Locked = "E_LOCKED",
        /// A required field is missing or wrong.
        Field = "E_FIELD",
        /// No such thing.
        NotFound = "E_NOT_FOUND",
        /// The person may not do this.
        Forbidden = "E_FORBIDDEN",
        /// PIN or sign-in refused.
        Auth = "E_AUTH",
        /// The data folder opens with a passphrase: none was given, or a wrong one.
        Passphrase = "E_PASSPHRASE",
        /// A secret of a connection is not at hand.
        Secret = "E_SECRET",
        /// The playbook does not apply to this case.
        NotApplicable = "E_NOT_APPLICABLE",
        /// Input is not of the expected form.
        Input = "E_INPUT",
        /// A system is out of reach.
        Unreachable = "E_UNREACHABLE",
        /// Stored data fails its integrity check.
        Integrity = "E_INTEGRITY",
        /// Something inside failed; the detail says what.
        Internal = "E_INTERNAL",
    }
}

/// A refusal: `{code, message, detail}` in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// Stable code.
    pub code: Code,
    /// One sentence for a person, effect first.
    pub message: String,
    /// What helps further: field names, candidates, hashes. Never secrets.
    pub detail: serde_json::Value,
}

impl Refusal {
    /// A refusal without detail.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: serde_json::Value::Null,
        }
    }

    /// `E_FIELD` that names the field it is about.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::new(Code::Field, message).with(serde_json::json!({"fields": [name]}))
    }

    /// Adds detail.
    #[must_use]
    pub fn with(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}
