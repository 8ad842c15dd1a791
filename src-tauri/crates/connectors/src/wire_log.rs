//! The last calls of a session, for the connections screen and for support: no body, no query, no secret.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use domain::Millis;
use serde::{Deserialize, Serialize};

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireCall {
    /// Begun.
    #[serde(with = "domain::time::rfc3339")]
    pub at: Millis,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Status, 0 when none came.
    pub status: u16,
    /// Milliseconds it took.
    pub duration: u64,
    /// 1, or 2 after a renewed sign-in.
    pub attempt: u8,
    /// Bytes of the answer.
    pub received: usize,
    /// What went wrong, in words.
    pub problem: Option<String>,
}

/// A ring of the last 200 calls.
#[derive(Debug, Default)]
pub struct WireLog(Mutex<VecDeque<WireCall>>);

const KEPT: usize = 200;

impl WireLog {
    /// Adds a call.
    pub fn add(&self, call: WireCall) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() >= KEPT {
            ring.pop_front();
        }
        ring.push_back(call);
    }

    /// The calls, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<WireCall> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.iter().cloned().collect()
    }
}
