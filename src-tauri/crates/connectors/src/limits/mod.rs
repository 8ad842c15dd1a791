//! Limits on what strangers send, and the reading that keeps them.

mod budget;
mod json;

use std::time::Duration;

use bytes::{Bytes, BytesMut};

pub use budget::Budget;
pub use json::read_json;

/// Largest answer, in bytes after unpacking.
pub const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// Largest attachment.
pub const MAX_ATTACHMENT: usize = 25 * 1024 * 1024;
/// Deepest nesting of JSON.
pub const MAX_DEPTH: usize = 64;
/// Most values of one answer: a value takes up to fifty times the room in memory that its text takes.
pub const MAX_VALUES: usize = 500_000;
/// Most items of one list: whatever is asked for comes in pages of some hundred.
pub const MAX_ITEMS: usize = 20_000;
/// Longest wait for a whole answer, from the first byte out to the last byte in, whatever a call would allow itself.
pub const MAX_WAIT: Duration = Duration::from_secs(120);

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
