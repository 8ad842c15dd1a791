//! JSON of strangers: within limits, and read as far as one record's broken text or number would not spoil the others.

use serde_json::Value;

use super::{MAX_DEPTH, MAX_VALUES};

/// Reads JSON within the limits of nesting and of values. Of members with the same name the last counts. Text that is no
/// Unicode shows the replacement character, and a number no machine can hold becomes text, which does not fit where a
/// number is wanted: so one record suffers, not its page.
///
/// # Errors
/// In words: HTML instead of JSON, nesting too deep, too many values, or where the text stops being JSON.
pub fn read_json(bytes: &[u8]) -> Result<Value, String> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    match first {
        None => return Err("the answer is empty".to_owned()),
        Some(b'<') => return Err("the answer is HTML or XML where JSON was expected".to_owned()),
        Some(_) => {}
    }
    let shape = Shape::of(text);
    if shape.depth > MAX_DEPTH {
        return Err(format!(
            "the answer is nested deeper than {MAX_DEPTH} levels"
        ));
    }
    if shape.values > MAX_VALUES {
        return Err(format!("the answer holds more than {MAX_VALUES} values"));
    }
    serde_json::from_slice(text).or_else(|e| {
        serde_json::from_str(&mended(&String::from_utf8_lossy(text)))
            .map_err(|_| format!("the answer is not JSON: {e}"))
    })
}

/// An object takes the room of so many values, even an empty one.
const OBJECT: usize = 8;

/// What parsing would cost, counted before it, so that a hostile answer costs nothing but this pass.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Deepest nesting.
    pub(super) depth: usize,
    /// Values at most.
    pub(super) values: usize,
}

impl Shape {
    /// Counts brackets and commas outside of strings.
    pub(super) fn of(text: &[u8]) -> Self {
        let (mut shape, mut now) = (Self::default(), 0_usize);
        let (mut quoted, mut escaped) = (false, false);
        for byte in text {
            if quoted {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => quoted = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => quoted = true,
                b'[' | b'{' => {
                    now += 1;
                    shape.depth = shape.depth.max(now);
                    shape.values += if *byte == b'{' { OBJECT } else { 1 };
                }
                b']' | b'}' => now = now.saturating_sub(1),
                b',' => shape.values += 1,
                _ => {}
            }
        }
        shape
    }
}

/// The same text with lone surrogates replaced and numbers out of range quoted.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(c) = rest.chars().next() {
        let length = match (quoted, c) {
            (true, '\\') => escape(rest, &mut out),
            (false, '-' | '0'..='9') => number(rest, &mut out),
            _ => {
                quoted ^= c == '"';
                out.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// Copies an escape, or the replacement character for half a pair of surrogates; tells how long it was.
fn escape(rest: &str, out: &mut String) -> usize {
    let unit = |at: usize| -> Option<u16> {
        let digits = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let length = match (unit(0), unit(6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(0xd800..=0xdfff), _) => {
            out.push(char::REPLACEMENT_CHARACTER);
            return 6;
        }
        (Some(_), _) => 6,
        (None, _) => rest.chars().take(2).map(char::len_utf8).sum(),
    };
    out.push_str(rest.get(..length).unwrap_or_default());
    length
}

/// Copies a number, in quotes when it is out of range; tells how long it was.
fn number(rest: &str, out: &mut String) -> usize {
    let is_part = |c: char| matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9');
    let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let text = rest.get(..length).unwrap_or_default();
    if text.parse::<f64>().is_ok_and(f64::is_infinite) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(text);
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_empty_and_deep_answers_are_named_and_not_parsed() {
        assert!(
            read_json(b"  <!DOCTYPE html>")
                .unwrap_err()
                .contains("HTML")
        );
        assert!(read_json(b"").unwrap_err().contains("empty"));
        let deep = "[".repeat(200_000);
        assert!(read_json(deep.as_bytes()).unwrap_err().contains("nested"));
        let fits = format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(read_json(fits.as_bytes()).is_ok());
        assert!(read_json(br#"{"a":"[[[{\"["}"#).is_ok());
        assert!(read_json(br#"{"a":1"#).unwrap_err().contains("not JSON"));
    }

    #[test]
    fn more_values_than_memory_is_meant_for_are_not_parsed() {
        let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert!(read_json(many.as_bytes()).unwrap_err().contains("values"));
        let empty = format!("[{}[]]", "[],".repeat(MAX_VALUES / 2));
        assert!(read_json(empty.as_bytes()).unwrap_err().contains("values"));
        let objects = format!("[{}0]", "{},".repeat(MAX_VALUES / OBJECT));
        assert!(
            read_json(objects.as_bytes())
                .unwrap_err()
                .contains("values")
        );
        let fits = format!("[{}0]", "0,".repeat(MAX_VALUES - 1));
        assert!(read_json(fits.as_bytes()).is_ok());
    }

    #[test]
    fn of_two_members_with_one_name_the_last_counts() {
        assert_eq!(read_json(br#"{"a":1,"a":2}"#).unwrap()["a"], 2);
    }

    #[test]
    fn broken_text_and_impossible_numbers_spoil_nothing_around_them() {
        let half =
            read_json(br#"{"a":"x\ud83d y","b":"\ud83d\ude00","c":"\\ud83d","d":1}"#).unwrap();
        assert_eq!(half["a"], "x\u{fffd} y");
        assert_eq!(half["b"], "\u{1f600}");
        assert_eq!(
            (half["c"].as_str(), half["d"].as_i64()),
            (Some("\\ud83d"), Some(1))
        );
        let latin = read_json(b"[\"M\xfcller\", \"1e400\", 1e400, -1e999]").unwrap();
        assert_eq!(latin[0], "M\u{fffd}ller");
        assert_eq!(
            (&latin[1], &latin[2]),
            (&Value::from("1e400"), &Value::from("1e400"))
        );
        assert_eq!(latin[3], "-1e999");
        assert!(read_json(b"[\xff]").is_err());
    }
}
