//! Business effects against the steps they came from.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Effect, Outcome, trouble, word};

/// Operations that change nothing a business would count.
const WITHOUT_EFFECT: [&str; 2] = ["render", "verify"];

/// Effects that happened more than once for the same key, or for the same reference where the system keeps no key.
fn repeated(effects: &[Effect]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for e in effects {
        let by = if e.key.is_empty() {
            &e.reference
        } else {
            &e.key
        };
        *seen
            .entry(format!("{}/{}/{by}", e.system, e.kind))
            .or_default() += 1;
    }
    seen.into_iter()
        .filter(|(_, count)| *count > 1)
        .map(|(what, count)| format!("{what}: {count}"))
        .collect()
}

/// Characters of a key that a reference has room for.
const CARRIED: usize = 16;

/// Confirms that every step had its effect exactly once, and that nothing at all happened twice.
///
/// # Errors
/// Naming the steps and effects that do not fit.
pub fn once(steps: &[Value], effects: &[Effect]) -> Outcome {
    let odd: Vec<String> = steps
        .iter()
        .filter_map(|step| {
            let operation = word(step, "operation");
            let wanted = usize::from(!WITHOUT_EFFECT.contains(&operation));
            let found = effects.iter().filter(|e| is_of(e, step)).count();
            (found != wanted)
                .then(|| format!("{operation} `{}`: {found} effects", word(step, "subject")))
        })
        .collect();
    let twice = repeated(effects);
    if odd.is_empty() && twice.is_empty() {
        return Ok(());
    }
    Err(trouble(format!(
        "steps without exactly one effect: {odd:#?}; effects that happened again: {twice:#?}; of {effects:#?}"
    )))
}

/// By key where the system keeps it; else by our reference, which carries the key's first characters or which the subject
/// names; else by what was made there.
fn is_of(effect: &Effect, step: &Value) -> bool {
    let key = word(step, "key");
    if !effect.key.is_empty() {
        return effect.key == key;
    }
    let carried = key
        .get(..CARRIED)
        .is_some_and(|start| effect.reference.contains(start));
    carried
        || effect.kind == word(step, "operation")
            && (effect.subject == word(step, "remote_ref")
                || word(step, "subject")
                    .split(' ')
                    .any(|part| part == effect.reference))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effect(kind: &str, key: &str, reference: &str) -> Effect {
        Effect {
            system: "any".to_owned(),
            kind: kind.to_owned(),
            key: key.to_owned(),
            reference: reference.to_owned(),
            subject: String::new(),
        }
    }

    #[test]
    fn a_missing_and_a_second_effect_are_both_found() {
        let steps = [
            json!({"operation": "post_message", "key": "k1", "subject": "Note"}),
            json!({"operation": "release", "key": "k2", "subject": "Release N-1 to Bramblewick"}),
            json!({"operation": "render", "key": "k3", "subject": "Render N-1"}),
        ];
        let note = effect("post_message", "k1", "cm-1");
        let release = effect("release", "", "N-1");
        assert!(once(&steps, &[note.clone(), release.clone()]).is_ok());
        assert!(once(&steps, std::slice::from_ref(&release)).is_err());
        assert!(once(&steps, &[note, release.clone(), release]).is_err());
    }
}
