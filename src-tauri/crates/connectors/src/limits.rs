//! Limits on what strangers send, and the reading that keeps them.

use bytes::{Bytes, BytesMut};
use serde_json::Value;

/// Largest answer, in bytes after unpacking.
pub const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// Largest attachment.
pub const MAX_ATTACHMENT: usize = 25 * 1024 * 1024;
/// Deepest nesting of JSON.
pub const MAX_DEPTH: usize = 64;

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyProblem {
    /// More than the limit, whether told beforehand or found while unpacking.
    TooLarge(usize),
    /// The connection broke.
    Broken(String),
}

impl std::fmt::Display for BodyProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "the answer is larger than {limit} bytes"),
            Self::Broken(words) => write!(f, "the answer broke off: {words}"),
        }
    }
}

/// Reads a body, unpacked, up to a limit: what a small packed body unfolds to counts.
///
/// # Errors
/// When it is too large or breaks off.
pub async fn read_body(answer: &mut reqwest::Response, limit: usize) -> Result<Bytes, BodyProblem> {
    let told = answer
        .content_length()
        .and_then(|n| usize::try_from(n).ok());
    if told.is_some_and(|n| n > limit) {
        return Err(BodyProblem::TooLarge(limit));
    }
    let mut body = BytesMut::with_capacity(told.unwrap_or(8_192).min(1024 * 1024));
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => {
                if body.len() + chunk.len() > limit {
                    return Err(BodyProblem::TooLarge(limit));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(None) => return Ok(body.freeze()),
            Err(e) => return Err(BodyProblem::Broken(crate::http::cause(&e))),
        }
    }
}

/// Reads JSON within the nesting limit. Of members with the same name the last counts.
///
/// # Errors
/// In words: HTML instead of JSON, nesting too deep, or where the text stops being JSON.
pub fn read_json(bytes: &[u8]) -> Result<Value, String> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text.iter().find(|b| !b.is_ascii_whitespace());
    match first {
        None => return Err("the answer is empty".to_owned()),
        Some(b'<') => return Err("the answer is HTML or XML where JSON was expected".to_owned()),
        Some(_) => {}
    }
    if depth(text) > MAX_DEPTH {
        return Err(format!(
            "the answer is nested deeper than {MAX_DEPTH} levels"
        ));
    }
    serde_json::from_slice(text).map_err(|e| format!("the answer is not JSON: {e}"))
}

/// Deepest nesting, strings left out; counted before parsing, so that depth costs nothing but this pass.
fn depth(text: &[u8]) -> usize {
    let (mut now, mut most, mut quoted, mut escaped) = (0_usize, 0, false, false);
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
                most = most.max(now);
            }
            b']' | b'}' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
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
    fn of_two_members_with_one_name_the_last_counts() {
        assert_eq!(read_json(br#"{"a":1,"a":2}"#).unwrap()["a"], 2);
    }
}
