//! Arguments that come from an earlier step's receipt: `{"from_step": "id", "field": "remote_ref"}`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Deeper arguments than this are not followed.
const DEEPEST: usize = 64;

/// What an earlier step left behind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub(crate) remote_ref: String,
    pub(crate) detail: Map<String, Value>,
    pub(crate) blob: Option<String>,
}

impl Source {
    fn field(&self, field: &str) -> Option<Value> {
        if field == "remote_ref" {
            return Some(Value::String(self.remote_ref.clone()));
        }
        self.detail.get(field).cloned().or_else(|| {
            // The bytes that came back are named by their hash, whichever word asks for it.
            matches!(field, "sha256" | "blob")
                .then(|| self.blob.clone().map(Value::String))
                .flatten()
        })
    }
}

fn reference(value: &Value) -> Option<(&str, &str)> {
    let object = value.as_object()?;
    if object.len() != 2 {
        return None;
    }
    Some((
        object.get("from_step")?.as_str()?,
        object.get("field")?.as_str()?,
    ))
}

/// Names of the steps that arguments refer to.
pub(crate) fn names(args: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(args, 0, &mut found);
    found
}

fn collect(value: &Value, depth: usize, found: &mut BTreeSet<String>) {
    if depth > DEEPEST {
        return;
    }
    if let Some((step, _)) = reference(value) {
        found.insert(step.to_owned());
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|v| collect(v, depth + 1, found)),
        Value::Object(fields) => fields.values().for_each(|v| collect(v, depth + 1, found)),
        _ => {}
    }
}

/// Fills the references in.
pub(crate) fn fill(args: Value, sources: &BTreeMap<String, Source>) -> Result<Value, String> {
    fill_at(args, sources, 0)
}

fn fill_at(
    value: Value,
    sources: &BTreeMap<String, Source>,
    depth: usize,
) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("its arguments are nested too deep".into());
    }
    if let Some((step, field)) = reference(&value) {
        let source = sources
            .get(step)
            .ok_or_else(|| format!("step '{step}' left no receipt"))?;
        return source
            .field(field)
            .ok_or_else(|| format!("the receipt of step '{step}' has no '{field}'"));
    }
    Ok(match value {
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|v| fill_at(v, sources, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, v)| Ok((name, fill_at(v, sources, depth + 1)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_filled_in_wherever_they_stand() {
        let sources = BTreeMap::from([(
            "ws".to_owned(),
            Source {
                remote_ref: "2000".into(),
                detail: json!({"version": 3}).as_object().unwrap().clone(),
                blob: Some("ff".into()),
            },
        )]);
        let args = json!({
            "parent_id": {"from_step": "ws", "field": "remote_ref"},
            "data": {"list": [{"from_step": "ws", "field": "version"}], "from_step": "kept"},
            "blob": {"from_step": "ws", "field": "sha256"},
        });
        assert_eq!(names(&args).len(), 1);
        assert_eq!(
            fill(args, &sources).unwrap(),
            json!({"parent_id": "2000", "data": {"list": [3], "from_step": "kept"}, "blob": "ff"})
        );
        let absent = json!({"from_step": "ws", "field": "nothing"});
        assert!(fill(absent, &sources).unwrap_err().contains("nothing"));
    }
}
