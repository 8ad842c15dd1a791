//! The cases as they are written: what is asked of which system, what the server answers, what must come of it.

use std::collections::BTreeMap;

use domain::System;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Rule;

/// A file of cases of one system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) system: System,
    #[serde(default)]
    pub(crate) dialect: String,
    /// Settings of the connection.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    /// What is answered in every case that does not say otherwise.
    #[serde(default)]
    pub(crate) answer: Vec<Rule>,
    /// How each collection lists records, and one that fits.
    #[serde(default)]
    list: BTreeMap<String, List>,
    #[serde(rename = "case")]
    pub(crate) cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    to: String,
    /// The answer around its records, which stand at `{items}`.
    body: String,
    good: Value,
}

impl File {
    /// What is answered in a case, the first that fits counts.
    pub(crate) fn rules(&self, case: &Case) -> Vec<Rule> {
        let listed = match &case.ask {
            Ask::Pull(collection) if !case.items.is_empty() => {
                let list = &self.list[collection];
                let items = case.items.iter().map(|change| {
                    let mut item = list.good.clone();
                    merge(&mut item, serde_json::from_str(change).unwrap());
                    item.to_string()
                });
                let items = items.collect::<Vec<_>>().join(",");
                Some(Rule::says(&list.to, list.body.replace("{items}", &items)))
            }
            _ => None,
        };
        let said = case.answer.iter().cloned().chain(listed);
        said.chain(self.answer.iter().cloned()).collect()
    }
}

/// A JSON merge patch: null takes a member away.
fn merge(there: &mut Value, change: Value) {
    match (there, change) {
        (Value::Object(there), Value::Object(change)) => {
            for (name, value) in change {
                if value.is_null() {
                    there.remove(&name);
                } else {
                    merge(there.entry(name).or_insert(Value::Null), value);
                }
            }
        }
        (there, change) => *there = change,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Kind of hostility, one of [`super::KINDS`].
    pub(crate) kind: String,
    pub(crate) ask: Ask,
    /// Records listed by the collection that is asked for, each a change (in JSON) of the one that fits.
    #[serde(default)]
    pub(crate) items: Vec<String>,
    /// Bytes of the call's blob; `@` in the call names their hash.
    #[serde(default)]
    pub(crate) blob: String,
    /// Milliseconds an answer is waited for, where waiting is what the case is about.
    pub(crate) patience: Option<u64>,
    #[serde(default)]
    pub(crate) answer: Vec<Rule>,
    #[serde(default)]
    pub(crate) comes: Comes,
}

/// What is asked through the port.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ask {
    /// One page of a collection.
    Pull(String),
    /// Everything the system has, into a cache.
    Sync,
    Perform(Value),
    LookUp(Value),
    Content {
        kind: domain::Kind,
        id: String,
    },
    Check,
}

/// What must come of it. What is not named must not be: a pull without `fits` brings nothing that fits.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Comes {
    /// How many records fit.
    pub(crate) fits: usize,
    /// What does not fit.
    pub(crate) unfit: Vec<Misfit>,
    /// Class of the error.
    pub(crate) error: Option<String>,
    /// Part of the words of the error, or of the failed step of a check.
    pub(crate) says: Option<String>,
    /// Milliseconds until the system is asked again.
    pub(crate) retry_in: Option<i64>,
    /// Values in what came, by JSON pointer.
    pub(crate) holds: BTreeMap<String, Value>,
    /// Answer of a look-up: `found`, `absent`, `cannot_tell`.
    pub(crate) looked_up: Option<String>,
    /// Step of a check that fails.
    pub(crate) failed_step: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Misfit {
    pub(crate) id: String,
    pub(crate) code: String,
    /// Where: part of the message.
    pub(crate) at: String,
}
