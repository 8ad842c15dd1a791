//! Reading answers of the command line without a wish to know their types.

use serde_json::Value;

use super::{Outcome, trouble};

/// The items of an answer that is a list.
#[must_use]
pub fn items(answer: &Value) -> &[Value] {
    list(answer, "items")
}

/// A list in an answer.
#[must_use]
pub fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A word in an answer; empty when it is not there.
#[must_use]
pub fn word<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number in an answer; 0 when it is not there.
#[must_use]
pub fn number(answer: &Value, name: &str) -> u64 {
    answer.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// The one item where a member has this value.
///
/// # Errors
/// When there is none.
pub fn item_with<'a>(answer: &'a Value, name: &str, value: &str) -> Outcome<&'a Value> {
    items(answer)
        .iter()
        .find(|item| word(item, name) == value)
        .ok_or_else(|| trouble(format!("nothing has {name} {value} in {answer}")))
}
