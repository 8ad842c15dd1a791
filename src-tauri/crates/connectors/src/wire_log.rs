//! The last calls of a session, for the connections screen and for support: no body, no query, no secret.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::Millis;
use serde::{Deserialize, Serialize};

tokio::task_local! {
    /// The step on whose behalf calls are made, by its short reference.
    static STEP: String;
}

/// Notes every call that `work` makes under the short reference of a step.
pub async fn on_behalf_of<T>(reference: &str, work: impl Future<Output = T>) -> T {
    STEP.scope(reference.to_owned(), work).await
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireCall {
    /// Grows with every call of this process, whichever system it was to.
    #[serde(skip)]
    pub number: u64,
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
    /// Short reference of the step it was made for: the first characters of its idempotency key.
    pub key: Option<String>,
    /// Bytes of the request's body.
    pub sent: u64,
    /// Bytes of the answer's body, unpacked.
    pub received: u64,
    /// What went wrong, in words.
    pub problem: Option<String>,
}

/// A ring of the last 200 calls.
#[derive(Debug, Default)]
pub struct WireLog(Mutex<VecDeque<WireCall>>);

/// How many calls of a system are kept.
pub const KEPT: usize = 200;

static NUMBER: AtomicU64 = AtomicU64::new(1);

impl WireLog {
    /// Adds a call; its number and the step it belongs to are filled in.
    pub fn add(&self, call: WireCall) {
        let key = STEP.try_with(Clone::clone).ok();
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() >= KEPT {
            ring.pop_front();
        }
        ring.push_back(WireCall {
            // Under the lock, so that within a ring numbers only grow.
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            key,
            ..call
        });
    }

    /// The calls with a number above `after`, oldest first.
    #[must_use]
    pub fn after(&self, after: u64) -> Vec<WireCall> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.iter().filter(|c| c.number > after).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(path: &str) -> WireCall {
        WireCall {
            number: 0,
            at: Millis(0),
            method: "GET".into(),
            path: path.into(),
            status: 200,
            duration: 1,
            attempt: 1,
            key: None,
            sent: 0,
            received: 2,
            problem: None,
        }
    }

    #[tokio::test]
    async fn a_ring_keeps_the_last_calls_and_tells_which_are_new() {
        let log = WireLog::default();
        for n in 0..KEPT + 5 {
            log.add(call(&format!("/{n}")));
        }
        let all = log.after(0);
        assert_eq!(all.len(), KEPT);
        assert_eq!(all[0].path, "/5");
        let last = all[KEPT - 1].number;
        assert!(log.after(last).is_empty());
        on_behalf_of("0123456789abcdef", async { log.add(call("/new")) }).await;
        let new = log.after(last);
        assert_eq!(new.len(), 1);
        assert_eq!(new[0].key.as_deref(), Some("0123456789abcdef"));
    }
}
