//! What a missing answer means to a pull, and what to a write.

use crate::{CallError, PullError, session::WireError};

impl From<WireError> for PullError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::NotSent(words) => Self::Unreachable(words),
            // A read that got lost did nothing: it is simply tried again later.
            WireError::Lost(message) => Self::Transient {
                status: 0,
                message,
                retry_at: None,
            },
            WireError::Paused(until, message) => Self::Transient {
                status: 0,
                message,
                retry_at: Some(until),
            },
            WireError::TooLarge(words) => Self::Drift(words),
            WireError::SignIn(words) => Self::SignIn(words),
        }
    }
}

impl From<WireError> for CallError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::NotSent(words) => Self::Unreachable(words),
            WireError::Lost(words) | WireError::TooLarge(words) => Self::Unknown(words),
            WireError::Paused(until, message) => Self::Transient {
                status: 0,
                message,
                retry_at: Some(until),
            },
            WireError::SignIn(words) => Self::SignIn(words),
        }
    }
}

/// A failed look-up in the words of a call: it had no effect, so it is tried again, never unknown.
impl From<PullError> for CallError {
    fn from(error: PullError) -> Self {
        match error {
            PullError::Unreachable(words) => Self::Unreachable(words),
            PullError::Transient {
                status,
                message,
                retry_at,
            } => Self::Transient {
                status,
                message,
                retry_at,
            },
            PullError::SignIn(words) => Self::SignIn(words),
            PullError::CursorLost(message) | PullError::Drift(message) => Self::Transient {
                status: 0,
                message,
                retry_at: None,
            },
            PullError::Refused { status, message } => Self::Refused { status, message },
        }
    }
}
