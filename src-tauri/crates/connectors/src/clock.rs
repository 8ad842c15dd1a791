//! The clock that sync, outbox and desk are given. Rules never ask it: they are told `now`.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use domain::Millis;

/// Tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Now.
    fn now(&self) -> Millis;
}

/// The machine's clock plus an offset, which follows the sandbox where a data folder knows only the sandbox.
#[derive(Debug, Clone, Default)]
pub struct OffsetClock {
    offset: Arc<AtomicI64>,
}

impl OffsetClock {
    /// Sets the offset to the machine's clock, in milliseconds.
    pub fn set_offset(&self, milliseconds: i64) {
        self.offset.store(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> Millis {
        Millis(chrono::Utc::now().timestamp_millis()).plus(self.offset.load(Ordering::Relaxed))
    }
}

/// A clock that stands until it is moved: for tests.
#[derive(Debug, Clone)]
pub struct ManualClock {
    at: Arc<AtomicI64>,
}

impl ManualClock {
    /// Stands at an instant.
    #[must_use]
    pub fn at(start: Millis) -> Self {
        Self {
            at: Arc::new(AtomicI64::new(start.0)),
        }
    }

    /// Moves on (or back) by milliseconds.
    pub fn advance(&self, milliseconds: i64) {
        self.at.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Millis {
        Millis(self.at.load(Ordering::Relaxed))
    }
}
