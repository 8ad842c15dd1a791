//! What a pull of one system did.

use std::collections::BTreeMap;

use connectors::PullError;
use domain::{Millis, System, words};
use serde::{Deserialize, Serialize};

words! {
    /// How the pull of a system ended.
    Outcome {
        /// Everything was read.
        Ok = "ok",
        /// There is no connection to this system.
        NotConnected = "not_connected",
        /// Dead link.
        OutOfReach = "out_of_reach",
        /// It asked to come back later.
        NotNow = "not_now",
        /// Sign-in refused or expired.
        SignIn = "sign_in",
        /// Answers of another shape.
        Drift = "drift",
        /// Refused for good.
        Refused = "refused",
        /// Our own database refused.
        Cache = "cache",
    }
}

/// What a pull of one system did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemReport {
    /// System.
    pub system: System,
    /// Records read.
    pub fetched: usize,
    /// Rows written or taken away.
    pub applied: usize,
    /// Records set aside.
    pub quarantined: usize,
    /// Where each collection stands.
    pub cursor: BTreeMap<String, String>,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// The same as a word.
    pub outcome: Outcome,
    /// When it may be asked again, where it said so.
    #[serde(skip)]
    pub retry_at: Option<Millis>,
}

impl SystemReport {
    pub(crate) fn new(system: System) -> Self {
        Self {
            system,
            fetched: 0,
            applied: 0,
            quarantined: 0,
            cursor: BTreeMap::new(),
            error: None,
            outcome: Outcome::Ok,
            retry_at: None,
        }
    }

    /// Keeps the first error: what follows is often its consequence.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        if self.error.is_none() {
            self.error = Some(failure.message.clone());
            self.outcome = failure.outcome;
            self.retry_at = failure.retry_at;
        }
    }
}

/// Why a collection could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) message: String,
    pub(crate) retry_at: Option<Millis>,
}

impl Failure {
    /// Whether asking the other collections of this system is pointless now.
    pub(crate) const fn stops_system(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::OutOfReach | Outcome::NotNow | Outcome::SignIn | Outcome::Cache
        )
    }

    pub(crate) fn of(collection: &str, error: &PullError) -> Self {
        let (outcome, retry_at) = match error {
            PullError::Unreachable(_) => (Outcome::OutOfReach, None),
            PullError::Transient { retry_at, .. } => (Outcome::NotNow, *retry_at),
            PullError::SignIn(_) => (Outcome::SignIn, None),
            PullError::CursorLost(_) | PullError::Drift(_) => (Outcome::Drift, None),
            PullError::Refused { .. } => (Outcome::Refused, None),
        };
        Self {
            outcome,
            message: format!("{collection}: {error}"),
            retry_at,
        }
    }

    pub(crate) fn cache(collection: &str, error: &cache::CacheError) -> Self {
        Self {
            outcome: Outcome::Cache,
            message: format!("{collection}: {error}"),
            retry_at: None,
        }
    }

    pub(crate) fn stuck(collection: &str, words: &str) -> Self {
        Self {
            outcome: Outcome::Drift,
            message: format!("{collection}: {words}"),
            retry_at: None,
        }
    }
}
