//! The list of business effects, which is what tests count.

use std::sync::{Mutex, PoisonError};

use domain::{Millis, System};
use serde::{Deserialize, Serialize};

/// Something happened that somebody outside could notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// System.
    pub system: System,
    /// Operation word of the published table.
    pub kind: String,
    /// Idempotency key, where the real system carries one.
    pub key: Option<String>,
    /// What a look-up finds it by: id, `externalId`, business key, marker, `parent/name`, `sys/type/id`.
    pub reference: Option<String>,
    /// What it happened to.
    pub subject: String,
    /// SHA-256 of what was sent.
    pub payload_sha256: Option<String>,
}

/// An effect with its place and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Place, from 1.
    pub seq: u64,
    /// The effect.
    #[serde(flatten)]
    pub effect: Effect,
    /// When, RFC 3339.
    #[serde(with = "domain::time::rfc3339")]
    pub at: Millis,
}

/// All effects since the first start.
#[derive(Debug, Default)]
pub struct Effects(Mutex<Vec<Recorded>>);

impl Effects {
    /// Adds one.
    pub fn add(&self, effect: Effect, at: Millis) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seq = all.len() as u64 + 1;
        all.push(Recorded { seq, effect, at });
    }

    /// Those that fit.
    #[must_use]
    pub fn list(&self, system: Option<&str>, key: Option<&str>) -> Vec<Recorded> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|r| system.is_none_or(|s| r.effect.system.as_str() == s))
            .filter(|r| key.is_none_or(|k| r.effect.key.as_deref() == Some(k)))
            .cloned()
            .collect()
    }
}
