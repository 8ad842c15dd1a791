//! References: `{case.subject}` and `@render.sha256`, and nothing else.

use serde_json::{Map, Value, json};

/// Values by path.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Facts and fields.
    pub values: &'a Value,
    /// The item of a `for_each` step.
    pub item: Option<&'a Value>,
}

/// A reference to something that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' has no value")]
pub struct Unbound(pub String);

/// The value at a dotted path; list elements by number.
#[must_use]
pub fn lookup<'a>(values: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(values, |value, part| match value {
        Value::Object(map) => map.get(part),
        Value::Array(list) => part.parse::<usize>().ok().and_then(|n| list.get(n)),
        _ => None,
    })
}

/// A value as text: text as it is, nothing for null, JSON for the rest.
#[must_use]
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Scope<'_> {
    fn get(&self, path: &str) -> Option<&Value> {
        match path.strip_prefix("item.") {
            Some(rest) => self.item.and_then(|item| lookup(item, rest)),
            None if path == "item" => self.item,
            None => lookup(self.values, path),
        }
    }

    /// Text at a path; empty when there is nothing.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        self.get(path).map(text_of).unwrap_or_default()
    }

    /// Writes references out inside a text.
    ///
    /// # Errors
    /// [`Unbound`] names the first reference without a value; `{path?}` may be empty.
    pub fn interpolate(&self, text: &str) -> Result<String, Unbound> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((path, tail)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            out.push_str(&text_of(&self.resolve(path)?));
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn resolve(&self, path: &str) -> Result<Value, Unbound> {
        let (path, may_be_empty) = path.strip_suffix('?').map_or((path, false), |p| (p, true));
        match self.get(path) {
            Some(Value::Null) | None if may_be_empty => Ok(Value::Null),
            Some(Value::Null) | None => Err(Unbound(path.to_owned())),
            Some(value) => Ok(value.clone()),
        }
    }

    /// Binds every reference in a JSON value.
    ///
    /// # Errors
    /// [`Unbound`] names the first reference without a value.
    pub fn bind(&self, value: &Value) -> Result<Value, Unbound> {
        Ok(match value {
            Value::String(text) => {
                if let Some((step, field)) = text.strip_prefix('@').and_then(|t| t.split_once('.'))
                {
                    json!({"from_step": step, "field": field})
                } else if let Some(path) = whole_reference(text) {
                    self.resolve(path)?
                } else {
                    Value::String(self.interpolate(text)?)
                }
            }
            Value::Array(list) => Value::Array(
                list.iter()
                    .map(|v| self.bind(v))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(k, v)| Ok((k.clone(), self.bind(v)?)))
                    .collect::<Result<Map<_, _>, Unbound>>()?,
            ),
            other => other.clone(),
        })
    }
}

fn whole_reference(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    (!inner.contains(['{', '}'])).then_some(inner)
}
