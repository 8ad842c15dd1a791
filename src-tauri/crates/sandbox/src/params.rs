//! Query and form parameters as the real servers take them: repeated keys, keys without a value, `True` for true.

use domain::Millis;
use serde_json::Value;

use crate::core::http::Query;

/// Further ways to ask a query or form.
pub(crate) trait Asked {
    /// The first value that is not empty.
    fn text(&self, name: &str) -> Option<&str>;
    /// Whether a switch is on: `true`, `True`, `1`, or present without a value.
    fn flag(&self, name: &str) -> bool;
    /// A count, or the fallback.
    fn count(&self, name: &str, fallback: usize) -> usize;
    /// An instant in any form the wires use.
    fn time(&self, name: &str) -> Option<Millis>;
}

impl Asked for Query {
    fn text(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|v| !v.is_empty())
    }

    fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|v| v.is_empty() || v == "1" || v.eq_ignore_ascii_case("true"))
    }

    fn count(&self, name: &str, fallback: usize) -> usize {
        self.get(name)
            .and_then(|v| v.trim().parse().ok())
            .unwrap_or(fallback)
    }

    fn time(&self, name: &str) -> Option<Millis> {
        self.text(name).and_then(|v| Millis::parse_lenient(v).ok())
    }
}

/// Text of a JSON value that may be text or a number: `"777"` and `777` are the same id.
pub(crate) fn loose_text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// SQL's LIKE with `%` as the only wildcard, not minding case.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let pattern = pattern.to_lowercase();
    let mut rest = text.as_str();
    let parts: Vec<&str> = pattern.split('%').collect();
    let last = parts.len().saturating_sub(1);
    for (i, part) in parts.iter().enumerate() {
        if i == 0 {
            match rest.strip_prefix(part) {
                Some(r) if last > 0 || r.is_empty() => rest = r,
                _ => return false,
            }
        } else if i == last {
            return rest.ends_with(part);
        } else {
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_repeats_and_patterns_are_read_like_the_real_servers_do() {
        let params = Query::read("a=1&a=2&metadata&flag=True&name=x+y%C3%BC");
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert!(params.flag("metadata") && params.flag("flag") && !params.flag("none"));
        assert_eq!(params.get("name"), Some("x yü"));
        assert!(like("%der 4%", "Order 471") && like("ord%", "Order") && like("a", "A"));
        assert!(!like("a", "ab") && !like("x%", "order"));
    }
}
