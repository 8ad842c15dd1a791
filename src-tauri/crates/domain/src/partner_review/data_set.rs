//! A changed data set of the partner: read strictly, compared field by field, and taken by nobody but a person.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use crate::Refusal;

/// Largest file that is read, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// Longest value of a field, in characters; that of a playbook.
const LONGEST: usize = 20_000;
/// Most fields.
const MOST: usize = 100;

/// One field that the partner would have otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Field.
    pub field: String,
    /// What the letter says now.
    pub before: String,
    /// What it would say.
    pub after: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    fields: Fields,
}

/// Fields, each once: of two with one name nobody knows which is meant.
struct Fields(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields with their text")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, String>()? {
                    if fields.insert(name.clone(), value).is_some() {
                        return Err(A::Error::custom(format!("{name} is there twice")));
                    }
                    if fields.len() > MOST {
                        return Err(A::Error::custom(format!("more than {MOST} fields")));
                    }
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Once)
    }
}

fn refuse(words: impl Into<String>) -> Refusal {
    Refusal::field("attachment", words)
}

/// The fields of a data set: a JSON object with the one member `fields`, whose members are fields of the letter that may be
/// written, with text as their values.
///
/// # Errors
/// `E_FIELD` saying what does not fit: too large, no JSON, another member, a field that is not among `editable`, or twice.
pub fn read(bytes: &[u8], editable: &[&str]) -> Result<BTreeMap<String, String>, Refusal> {
    if bytes.len() > LARGEST {
        return Err(refuse(format!("A data set has up to {LARGEST} bytes.")));
    }
    let read: File = serde_json::from_slice(bytes).map_err(|e| {
        refuse(format!(
            "The data set does not read: {}.",
            super::harmless(&e.to_string())
        ))
    })?;
    let fields = read.fields.0;
    if let Some(other) = fields
        .keys()
        .find(|name| !editable.contains(&name.as_str()))
    {
        let other = super::harmless(other);
        return Err(refuse(format!(
            "{other} is no field of this letter that may be changed."
        )));
    }
    for (name, value) in &fields {
        if value.chars().count() > LONGEST || !value.chars().all(super::is_plain) {
            return Err(refuse(format!(
                "What {name} says is too long or not plain text."
            )));
        }
    }
    Ok(fields)
}

/// What would be otherwise, by field.
///
/// # Errors
/// `E_FIELD` where nothing would.
pub fn differences(
    now: &BTreeMap<String, String>,
    theirs: &BTreeMap<String, String>,
) -> Result<Vec<Difference>, Refusal> {
    let said = |name: &str| now.get(name).cloned().unwrap_or_default();
    let differing = theirs.iter().filter(|(name, after)| said(name) != **after);
    let all: Vec<Difference> = differing
        .map(|(name, after)| Difference {
            field: name.clone(),
            before: said(name),
            after: after.clone(),
        })
        .collect();
    if all.is_empty() {
        return Err(refuse("The data set says what the letter says already."));
    }
    Ok(all)
}
