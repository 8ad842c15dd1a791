//! Reads the members of a stranger's JSON object and says exactly what does not fit, and where.

use domain::{Millis, canonical::sha256_hex, record::Record};
use serde_json::{Map, Value};

use crate::{Fetched, PullError, PullRequest, limits::MAX_ITEMS, port::Unfit, text};

/// Longest raw text kept with a record.
const RAW_LIMIT: usize = 256 * 1024;
/// Longest text one member may hold.
const TEXT_LIMIT: usize = 1024 * 1024;
/// Longest record.
const RECORD_LIMIT: usize = 1024 * 1024;
/// Longest id.
const ID_LIMIT: usize = 200;

/// One JSON object under reading, with the place it came from.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    place: String,
}

/// A value that is not of the type the wire promises.
#[must_use]
pub fn wrong_type(place: &str, wanted: &str, value: &Value) -> Unfit {
    let got = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Unfit {
        code: "WIRE_TYPE".into(),
        message: format!("{place}: expected {wanted}, got {got}"),
    }
}

/// The whole number a float stands for, within what a float tells apart.
#[allow(clippy::cast_possible_truncation)] // Checked against 2^53 before.
fn whole(number: f64) -> Option<i64> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() < MOST).then_some(number as i64)
}

impl<'a> Fields<'a> {
    /// Begins reading an object found at `place`.
    ///
    /// # Errors
    /// `WIRE_TYPE` when the value is no object.
    pub fn of(value: &'a Value, place: impl Into<String>) -> Result<Self, Unfit> {
        let place = place.into();
        match value {
            Value::Object(object) => Ok(Self { object, place }),
            other => Err(wrong_type(&place, "an object", other)),
        }
    }

    fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    /// A list of texts; absent is empty.
    ///
    /// # Errors
    /// `WIRE_TYPE` when it is or holds something else.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Unfit> {
        let items = self.list(name)?.iter().enumerate();
        items
            .map(|(n, item)| match item {
                Value::String(text) => Ok(text.clone()),
                other => Err(wrong_type(
                    &format!("{}[{n}]", self.at(name)),
                    "text",
                    other,
                )),
            })
            .collect()
    }

    /// The value of a member; null counts as absent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|v| !v.is_null())
    }

    fn missing(&self, name: &str) -> Unfit {
        Unfit {
            code: "WIRE_MISSING".into(),
            message: format!("{} is missing", self.at(name)),
        }
    }

    /// A text that must be there (it may be empty).
    ///
    /// # Errors
    /// `WIRE_MISSING`, `WIRE_TYPE` or `WIRE_TOO_LARGE`.
    pub fn text(&self, name: &str) -> Result<String, Unfit> {
        self.some_text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A text that may be absent; empty counts as absent.
    ///
    /// # Errors
    /// `WIRE_TYPE` or `WIRE_TOO_LARGE`.
    pub fn opt_text(&self, name: &str) -> Result<Option<String>, Unfit> {
        Ok(self.some_text(name)?.filter(|t| !t.is_empty()))
    }

    fn some_text(&self, name: &str) -> Result<Option<String>, Unfit> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() > TEXT_LIMIT => Err(Unfit {
                code: "WIRE_TOO_LARGE".into(),
                message: format!("{} has {} bytes", self.at(name), text.len()),
            }),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => Err(wrong_type(&self.at(name), "text", other)),
        }
    }

    /// An id that some servers write as a number and some as text.
    ///
    /// # Errors
    /// `WIRE_MISSING` when absent or empty, `WIRE_ID` when it cannot be one, `WIRE_TYPE` when neither.
    pub fn id(&self, name: &str) -> Result<String, Unfit> {
        self.opt_id(name)?.ok_or_else(|| self.missing(name))
    }

    /// Like [`Self::id`], but it may be absent.
    ///
    /// # Errors
    /// `WIRE_TYPE` when it is neither text nor a whole number, `WIRE_ID` when it is longer than 200 bytes or has control
    /// characters.
    pub fn opt_id(&self, name: &str) -> Result<Option<String>, Unfit> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) if is_id(text) => Ok(Some(text.clone())),
            Some(Value::String(text)) => Err(Unfit {
                code: "WIRE_ID".into(),
                message: format!(
                    "{}: text of {} bytes that cannot be an id",
                    self.at(name),
                    text.len()
                ),
            }),
            Some(Value::Number(number)) if !number.is_f64() => Ok(Some(number.to_string())),
            Some(other) => Err(wrong_type(&self.at(name), "an id", other)),
        }
    }

    /// A whole number, or text that is one; absent is `fallback`.
    ///
    /// # Errors
    /// `WIRE_TYPE` when it is neither.
    pub fn integer_or(&self, name: &str, fallback: i64) -> Result<i64, Unfit> {
        Ok(self.opt_integer(name)?.unwrap_or(fallback))
    }

    /// A whole number, or text that is one, if present. `0.0` is whole: Request Tracker writes the pages of an empty list so.
    ///
    /// # Errors
    /// `WIRE_TYPE` when it is neither.
    pub fn opt_integer(&self, name: &str) -> Result<Option<i64>, Unfit> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        match value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
        .map(Some)
        .ok_or_else(|| wrong_type(&self.at(name), "a whole number", value))
    }

    /// A boolean that may come as text; absent is false.
    ///
    /// # Errors
    /// `WIRE_TYPE` when it is neither.
    pub fn flag(&self, name: &str) -> Result<bool, Unfit> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) => Ok(text.eq_ignore_ascii_case("true") || text == "1"),
            Some(Value::Number(number)) => Ok(number.as_i64() == Some(1)),
            Some(other) => Err(wrong_type(&self.at(name), "a boolean", other)),
        }
    }

    /// An instant that must be there.
    ///
    /// # Errors
    /// `WIRE_MISSING`, `WIRE_TYPE` or `WIRE_TIME`.
    pub fn time(&self, name: &str) -> Result<Millis, Unfit> {
        self.opt_time(name)?.ok_or_else(|| self.missing(name))
    }

    /// An instant that may be absent; empty counts as absent.
    ///
    /// # Errors
    /// `WIRE_TYPE` or `WIRE_TIME`.
    pub fn opt_time(&self, name: &str) -> Result<Option<Millis>, Unfit> {
        let Some(text) = self.opt_text(name)? else {
            return Ok(None);
        };
        Millis::parse_lenient(&text).map(Some).map_err(|e| Unfit {
            code: "WIRE_TIME".into(),
            message: format!("{}: {e}", self.at(name)),
        })
    }

    /// A nested object, if present.
    ///
    /// # Errors
    /// `WIRE_TYPE` when it is something else.
    pub fn opt_object(&self, name: &str) -> Result<Option<Fields<'a>>, Unfit> {
        self.value(name)
            .map(|v| Fields::of(v, self.at(name)))
            .transpose()
    }

    /// A nested object that must be there.
    ///
    /// # Errors
    /// `WIRE_MISSING` or `WIRE_TYPE`.
    pub fn object(&self, name: &str) -> Result<Fields<'a>, Unfit> {
        self.opt_object(name)?.ok_or_else(|| self.missing(name))
    }

    /// A list; absent is empty.
    ///
    /// # Errors
    /// `WIRE_TYPE` when it is something else, `WIRE_TOO_LARGE`.
    pub fn list(&self, name: &str) -> Result<&'a [Value], Unfit> {
        match self.value(name) {
            None => Ok(&[]),
            Some(Value::Array(items)) => bounded(items, &self.at(name)),
            Some(other) => Err(wrong_type(&self.at(name), "a list", other)),
        }
    }
}

/// The items of a list that is not longer than any page.
///
/// # Errors
/// `WIRE_TOO_LARGE`.
pub fn bounded<'v>(items: &'v [Value], place: &str) -> Result<&'v [Value], Unfit> {
    if items.len() <= MAX_ITEMS {
        Ok(items)
    } else {
        Err(Unfit {
            code: "WIRE_TOO_LARGE".into(),
            message: format!("{place}: a list of {} items", items.len()),
        })
    }
}

/// A whole answer that does not fit.
#[must_use]
pub fn drift(unfit: Unfit) -> PullError {
    PullError::Drift(format!("{}: {}", unfit.code, unfit.message))
}

/// An id as one segment of a path: nothing in it can lead elsewhere.
#[must_use]
pub fn segment(id: &str) -> String {
    let mut safe = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

/// Reads a cursor of our own making; none is the beginning.
///
/// # Errors
/// `CursorLost` when it is of another form.
pub fn read_cursor<T: serde::de::DeserializeOwned + Default>(
    request: &PullRequest,
) -> Result<T, PullError> {
    match request.cursor.as_deref() {
        None | Some("") => Ok(T::default()),
        Some(cursor) => serde_json::from_str(cursor)
            .map_err(|e| PullError::CursorLost(text::one_line(&e.to_string()))),
    }
}

/// Writes a cursor.
#[must_use]
pub fn write_cursor<T: serde::Serialize>(cursor: &T) -> String {
    serde_json::to_string(cursor).unwrap_or_default()
}

/// Whether text can be an id: it stands in addresses, rows and messages.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= ID_LIMIT && !text.chars().any(char::is_control)
}

/// The id a record gives itself under a JSON pointer, if it reads, else its place. Places come again with every page, so a
/// digest of the record stands beside: what has no id takes nobody's place in the quarantine.
#[must_use]
pub fn name_of(raw: &Value, pointer: &str, place: &str) -> String {
    match raw.pointer(pointer) {
        Some(Value::String(id)) if is_id(id) => id.clone(),
        Some(Value::Number(id)) if !id.is_f64() => id.to_string(),
        _ if place.is_empty() => String::new(),
        _ => {
            let digest = sha256_hex(raw.to_string().as_bytes());
            format!("{place} {}", digest.get(..12).unwrap_or(&digest))
        }
    }
}

/// Whether [`name_of`] found a place and no id.
#[must_use]
pub fn is_unnamed(name: &str, place: &str) -> bool {
    let digest = name
        .strip_prefix(place)
        .and_then(|rest| rest.strip_prefix(' '));
    digest.is_some_and(|digest| digest.len() == 12)
}

/// Packs a record, or why it does not fit, with its raw text for the quarantine. `name` is its id there, or its place.
#[must_use]
pub fn fetched(name: &str, raw: &Value, record: Result<Record, Unfit>) -> Fetched {
    let remote_id = record
        .as_ref()
        .map_or_else(|_| name.to_owned(), |r| r.object().remote_id);
    let mut text = raw.to_string();
    let record = if text.len() > RECORD_LIMIT {
        Err(Unfit {
            code: "WIRE_TOO_LARGE".into(),
            message: format!("{name}: a record of {} bytes", text.len()),
        })
    } else {
        record
    };
    if text.len() > RAW_LIMIT {
        let mark = "[cut]";
        let mut end = RAW_LIMIT - mark.len();
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(mark);
    }
    Fetched {
        remote_id,
        raw: text,
        record,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let value = json!({"id": 7, "name": ["x"], "at": "soon", "n": "12", "flag": "True"});
        let fields = Fields::of(&value, "tasks[3]").unwrap();
        assert_eq!(fields.id("id").unwrap(), "7");
        assert_eq!(fields.integer_or("n", 0).unwrap(), 12);
        assert!(fields.flag("flag").unwrap());
        let unfit = fields.text("name").unwrap_err();
        assert_eq!(unfit.code, "WIRE_TYPE");
        assert_eq!(unfit.message, "tasks[3].name: expected text, got a list");
        assert_eq!(fields.time("at").unwrap_err().code, "WIRE_TIME");
        assert_eq!(fields.time("gone").unwrap_err().code, "WIRE_MISSING");
        assert_eq!(Fields::of(&json!(1), "x").unwrap_err().code, "WIRE_TYPE");
    }

    #[test]
    fn an_id_cannot_leave_its_segment_of_the_path() {
        assert_eq!(segment("pi-48213"), "pi-48213");
        assert_eq!(segment("../a?b#c d"), "%2E%2E%2Fa%3Fb%23c%20d");
    }

    #[test]
    fn raw_text_is_cut_at_its_limit_and_marked() {
        let value = json!({"a": "ü".repeat(RAW_LIMIT)});
        let packed = fetched("p/1", &value, Err(wrong_type("a", "b", &value)));
        assert!(packed.raw.len() <= RAW_LIMIT && packed.raw.ends_with("[cut]"));
        assert_eq!(packed.remote_id, "p/1");
    }

    #[test]
    fn a_record_too_large_to_keep_is_named_and_not_kept() {
        let value = json!({"a": "x".repeat(RECORD_LIMIT)});
        let gone = domain::ObjectRef::new(domain::Kind::Case, domain::System::Community, "7");
        let packed = fetched("p/1", &value, Ok(Record::Gone(gone)));
        assert_eq!(packed.record.unwrap_err().code, "WIRE_TOO_LARGE");
        assert_eq!(packed.remote_id, "7");
    }

    #[test]
    fn what_has_no_id_is_told_apart_by_what_it_says() {
        let name = |value: Value| name_of(&value, "/id", "cases/0");
        assert_ne!(name(json!({"a": 1})), name(json!({"a": 2})));
        assert_eq!(name(json!({"a": 1})), name(json!({"a": 1})));
        assert!(name(json!({"a": 1})).starts_with("cases/0 "));
        assert!(!is_unnamed(&name(json!({"id": "7"})), "cases/0"));
    }

    #[test]
    fn an_id_is_short_plain_text_or_a_whole_number() {
        let named = |id: Value| {
            let value = json!({ "id": id });
            let read = Fields::of(&value, "t")
                .unwrap()
                .id("id")
                .map_err(|u| u.code);
            assert_eq!(
                is_unnamed(&name_of(&value, "/id", "t[0]"), "t[0]"),
                read.is_err(),
                "{id}"
            );
            read
        };
        assert_eq!(named(json!("a/../b")).unwrap(), "a/../b");
        assert_eq!(named(json!(7)).unwrap(), "7");
        assert_eq!(named(json!("a\u{0}b")).unwrap_err(), "WIRE_ID");
        assert_eq!(named(json!("x".repeat(201))).unwrap_err(), "WIRE_ID");
        assert_eq!(named(json!(1.5)).unwrap_err(), "WIRE_TYPE");
        assert_eq!(
            named(json!(18_446_744_073_709_551_616_f64)).unwrap_err(),
            "WIRE_TYPE"
        );
        assert_eq!(named(Value::Null).unwrap_err(), "WIRE_MISSING");
    }
}
