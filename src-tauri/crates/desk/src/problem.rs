//! Every failure of the desk as a refusal: code, effect first, detail.

use domain::{Refusal, refusal::Code};
use serde_json::{Value, json};

use crate::view::Problem;

/// What the desk answers with when it does not do something.
pub type DeskError = Refusal;

/// Turns failures of the layers below into refusals. Nothing of them is secret: databases and wires name no content.
pub(crate) trait Refuse<T> {
    /// As a refusal.
    fn refuse(self) -> Result<T, Refusal>;
}

impl<T> Refuse<T> for Result<T, cache::CacheError> {
    fn refuse(self) -> Result<T, Refusal> {
        self.map_err(|e| {
            if e.is_damage() {
                return Refusal::new(
                    Code::Internal,
                    "The cache is damaged. The next start sets it aside and fills it again; the outbox is not touched.",
                )
                .with(json!({DAMAGED: "cache", "cause": e.to_string()}));
            }
            Refusal::new(
                Code::Internal,
                format!("The cache could not be read or written: {e}"),
            )
        })
    }
}

const DAMAGED: &str = "damaged";

/// Whether something could not be done because the cache is damaged.
pub(crate) fn is_damaged_cache(refusal: &Refusal) -> bool {
    refusal
        .detail
        .get(DAMAGED)
        .is_some_and(|file| file == "cache")
}

impl<T> Refuse<T> for Result<T, ledger::LedgerError> {
    fn refuse(self) -> Result<T, Refusal> {
        self.map_err(|e| e.to_refusal())
    }
}

impl<T> Refuse<T> for Result<T, serde_json::Error> {
    fn refuse(self) -> Result<T, Refusal> {
        self.map_err(|e| {
            Refusal::new(
                Code::Integrity,
                format!("A stored value cannot be read: {e}"),
            )
        })
    }
}

/// A refusal as the window shows it. What a program reads in its detail (fields, candidates, hashes) is no sentence; a
/// cause is one.
#[must_use]
pub fn problem(refusal: &Refusal) -> Problem {
    Problem {
        code: refusal.code.to_string(),
        message: refusal.message.clone(),
        detail: refusal
            .detail
            .get("cause")
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

/// Nothing of this kind under this id.
pub(crate) fn not_found(what: &str, id: &str) -> Refusal {
    let id: String = id.chars().take(80).collect();
    Refusal::new(Code::NotFound, format!("There is no {what} {id}."))
}

/// What a person gave is not of the form expected.
pub(crate) fn input(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::Input, message)
}
