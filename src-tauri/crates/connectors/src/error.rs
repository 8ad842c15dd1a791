//! Error classes: what the outbox and the pull need to know about a failed call, and no more.

use domain::Millis;

/// Why a write did not end in a receipt.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// Nothing reached the other side (refused connection, unknown host, our own offline switch). The link is dead:
    /// the run stops without charging the step.
    #[error("out of reach: {0}")]
    Unreachable(String),
    /// The other side said "not now" before doing anything (429, 503).
    #[error("not now ({status}): {message}")]
    Transient {
        /// HTTP status.
        status: u16,
        /// In words.
        message: String,
        /// When to come back, from Retry-After, bounded to one hour.
        retry_at: Option<Millis>,
    },
    /// Sent, outcome not seen (timeout, reset, 303, 502, 504, an answer nobody can read).
    #[error("outcome unknown: {0}")]
    Unknown(String),
    /// The object changed meanwhile (409, 412). Carries what the other side has now, if it could be read.
    #[error("changed on the other side: {message}")]
    Conflict {
        /// In words.
        message: String,
        /// Current values over there, over the fields we wanted to change.
        theirs: serde_json::Value,
        /// Current version over there.
        version: Option<String>,
    },
    /// The other side refuses for good (400, 403, 404, 422).
    #[error("refused ({status}): {message}")]
    Refused {
        /// HTTP status, 0 when our side refused.
        status: u16,
        /// In words, from the other side where it gives any.
        message: String,
    },
    /// Sign-in was refused or expired and one silent renewal did not help: pauses this system only.
    #[error("sign-in needed: {0}")]
    SignIn(String),
}

/// Why a page could not be pulled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PullError {
    /// Dead link.
    #[error("out of reach: {0}")]
    Unreachable(String),
    /// Come back later.
    #[error("not now ({status}): {message}")]
    Transient {
        /// HTTP status.
        status: u16,
        /// In words.
        message: String,
        /// When to come back.
        retry_at: Option<Millis>,
    },
    /// Sign-in refused or expired.
    #[error("sign-in needed: {0}")]
    SignIn(String),
    /// The cursor is too old or not understood: read everything again.
    #[error("cursor not accepted: {0}")]
    CursorLost(String),
    /// The whole answer does not fit (HTML, truncated JSON, over the limit). Shown as the system's last error.
    #[error("answer does not fit: {0}")]
    Drift(String),
    /// Refused for good.
    #[error("refused ({status}): {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// In words.
        message: String,
    },
}
