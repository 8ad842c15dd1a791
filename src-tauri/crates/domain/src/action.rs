//! Intent, key and lane: how one decision of a person is told apart from every other.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    IntentId, StepKey, System,
    canonical::{self, NotCanonical},
};

/// Hash of the content of a step: canonical JSON of its arguments without the version and values that only guard a write.
/// The same change against a newer version of the same object is the same content.
///
/// # Errors
/// [`NotCanonical`] when the arguments have no canonical form.
pub fn args_hash(args: &Value) -> Result<String, NotCanonical> {
    match args {
        Value::Object(map) => {
            let content: std::collections::BTreeMap<&str, &Value> = map
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "base" | "base_version"))
                .map(|(name, value)| (name.as_str(), value))
                .collect();
            canonical::hash(&content)
        }
        other => canonical::hash(other),
    }
}

/// Key of a step: SHA-256(intent, step number, content hash). The same intent gives the same keys after every crash;
/// other content gives another key.
#[must_use]
pub fn step_key(intent: &IntentId, step: u32, content_hash: &str) -> StepKey {
    keyed(&[intent.as_str(), &step.to_string(), content_hash])
}

/// Key of a derived step: SHA-256(event, step number). It comes from the event alone, so that every desktop that sees
/// the event makes the same key.
#[must_use]
pub fn derived_key(event: &str, step: u32) -> StepKey {
    keyed(&["derived", event, &step.to_string()])
}

/// Key of a claim in a derived plan: SHA-256(event, step number, claimant). Of all derived steps only a claim has to tell
/// the desktops apart, or each of them would be answered that it has won. The claimant is a number drawn once for a data
/// folder; it stands in the key and nowhere in what is sent.
#[must_use]
pub fn claim_key(event: &str, step: u32, claimant: &str) -> StepKey {
    keyed(&["claim", event, &step.to_string(), claimant])
}

fn keyed(parts: &[&str]) -> StepKey {
    let mut hash = Sha256::new();
    for part in parts {
        // Length first, so that no two lists of parts write the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    StepKey(hex::encode(hash.finalize()))
}

/// The short reference of a step that people may see on the other side: the first 16 characters of its key.
#[must_use]
pub fn reference(key: &StepKey) -> String {
    key.as_str().chars().take(16).collect()
}

/// The lane of a step: order is kept per (system, case), and per `part` of it where a step names one.
#[must_use]
pub fn lane(system: System, case_id: &str, part: Option<&str>) -> String {
    match part {
        Some(part) => format!("{system}/{case_id}/{part}"),
        None => format!("{system}/{case_id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_intent_gives_the_same_key_and_other_content_another() {
        let intent = IntentId::from("i-1");
        assert_eq!(step_key(&intent, 2, "aa"), step_key(&intent, 2, "aa"));
        assert_ne!(step_key(&intent, 2, "aa"), step_key(&intent, 2, "ab"));
        assert_ne!(step_key(&intent, 2, "aa"), step_key(&intent, 3, "aa"));
        assert_ne!(
            step_key(&"i".into(), 12, "a"),
            step_key(&"i1".into(), 2, "a")
        );
    }

    #[test]
    fn desktops_derive_the_same_key_but_claim_under_their_own() {
        assert_eq!(derived_key("e", 2), derived_key("e", 2));
        assert_eq!(claim_key("e", 1, "a"), claim_key("e", 1, "a"));
        assert_ne!(claim_key("e", 1, "a"), claim_key("e", 1, "b"));
        assert_ne!(claim_key("e", 1, "a"), derived_key("e", 1));
    }
}
