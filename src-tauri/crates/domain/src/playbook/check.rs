//! Loading and checking a playbook file.

use std::collections::BTreeSet;

use super::Playbook;
use crate::{operation::Operation, plan::OfflineClass};

/// A playbook that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("playbook {name}: {reason}")]
pub struct PlaybookError {
    /// File name or id.
    pub name: String,
    /// In words.
    pub reason: String,
}

/// Longest playbook file read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Reads and checks a playbook: unknown words, doubled names, references forward or into nothing, a partner-visible
/// effect of a regulated plan that does not wait for the review, and an offline class that would let money or letters
/// leave unseen are refused here, before anybody can run it.
///
/// # Errors
/// [`PlaybookError`] says what is wrong.
pub fn load(name: &str, text: &str) -> Result<Playbook, PlaybookError> {
    let wrong = |reason: String| PlaybookError {
        name: name.to_owned(),
        reason,
    };
    if text.len() > LONGEST {
        return Err(wrong(format!("longer than {LONGEST} bytes")));
    }
    let playbook: Playbook = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
    check(&playbook).map_err(wrong)?;
    Ok(playbook)
}

fn check(playbook: &Playbook) -> Result<(), String> {
    let word = |w: &str| {
        !w.is_empty()
            && w.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !word(&playbook.id) {
        return Err("id must be lower snake case".to_owned());
    }
    if playbook.steps.is_empty() {
        return Err("has no steps".to_owned());
    }
    let mut fields = BTreeSet::new();
    for field in &playbook.fields {
        if !word(&field.name) || !fields.insert(&field.name) {
            return Err(format!(
                "field '{}' is doubled or not lower snake case",
                field.name
            ));
        }
    }
    if playbook.trigger.is_some() {
        the_same_everywhere(playbook)?;
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for gate in &playbook.gates {
        if !word(&gate.id) || !known.insert(&gate.id) {
            return Err(format!(
                "gate '{}' is doubled or not lower snake case",
                gate.id
            ));
        }
    }
    for step in &playbook.steps {
        for name in &step.waits_on {
            if !known.contains(name.as_str()) {
                return Err(format!(
                    "step '{}' waits on '{name}', which does not stand before it",
                    step.id
                ));
            }
        }
        for name in references(&step.args) {
            if !known.contains(name.as_str()) {
                return Err(format!(
                    "step '{}' uses a result of '{name}', which does not stand before it",
                    step.id
                ));
            }
            if !step.waits_on.contains(&name) {
                return Err(format!(
                    "step '{}' uses a result of '{name}' without waiting on it",
                    step.id
                ));
            }
        }
        if step.operation == Operation::Release
            && !playbook.gates.iter().any(|g| {
                g.kind == crate::plan::GateKind::Review && reaches(playbook, &step.waits_on, &g.id)
            })
        {
            return Err(format!(
                "step '{}' releases without a review gate before it; give the gate a condition instead",
                step.id
            ));
        }
        if step.operation == Operation::SendDocument
            && step.args.get("letter").is_some()
            && !playbook.gates.iter().any(|g| {
                g.kind != crate::plan::GateKind::Batch && reaches(playbook, &step.waits_on, &g.id)
            })
        {
            return Err(format!(
                "step '{}' sends a letter without a gate before it that looks at its approval",
                step.id
            ));
        }
        if step.operation == Operation::Reprocess && step.offline != OfflineClass::Refuse {
            return Err(format!("step '{}' must be refused offline", step.id));
        }
        if !word(&step.id) || !known.insert(&step.id) {
            return Err(format!(
                "step '{}' is doubled or not lower snake case",
                step.id
            ));
        }
    }
    Ok(())
}

/// Steps that follow from an event are derived on every desktop, so what they send may hold nothing of one of them: no
/// person who happens to sit there, no day it happens to be, no number of the folder.
fn the_same_everywhere(playbook: &Playbook) -> Result<(), String> {
    const OWN: [&str; 4] = ["{person.", "{dates.", "{desk.", "{intent"];
    for step in &playbook.steps {
        let args = step.args.to_string();
        if let Some(own) = OWN.iter().find(|own| args.contains(**own)) {
            return Err(format!(
                "step '{}' runs by itself on every desktop and cannot send {own}...}}",
                step.id
            ));
        }
    }
    Ok(())
}

/// Whether a name is among these or behind any of them.
fn reaches(playbook: &Playbook, names: &[String], target: &str) -> bool {
    names.iter().any(|name| {
        name == target
            || playbook
                .steps
                .iter()
                .find(|s| &s.id == name)
                .is_some_and(|s| reaches(playbook, &s.waits_on, target))
    })
}

fn references(value: &serde_json::Value) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    collect(value, &mut out);
    out
}

fn collect(value: &serde_json::Value, out: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => {
            if let Some((step, _)) = text.strip_prefix('@').and_then(|t| t.split_once('.')) {
                out.insert(step.to_owned());
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|v| collect(v, out)),
        serde_json::Value::Object(map) => map.values().for_each(|v| collect(v, out)),
        _ => {}
    }
}
