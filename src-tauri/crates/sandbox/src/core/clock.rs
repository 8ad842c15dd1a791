//! Sandbox time: the machine's clock plus an offset. Within one request time stands still, and when the journal is
//! replayed it is the time the request first arrived.

use std::sync::atomic::{AtomicI64, Ordering};

use domain::Millis;

tokio::task_local! {
    static ARRIVED: Millis;
}

/// The sandbox clock.
#[derive(Debug, Default)]
pub struct SandboxClock {
    offset: AtomicI64,
    last: AtomicI64,
}

impl SandboxClock {
    /// The instant of the request being answered, else the running time.
    #[must_use]
    pub fn now(&self) -> Millis {
        ARRIVED
            .try_with(|at| *at)
            .unwrap_or_else(|_| self.running())
    }

    /// The running time, whatever request is being answered.
    #[must_use]
    pub fn running(&self) -> Millis {
        Millis(chrono::Utc::now().timestamp_millis()).plus(self.offset())
    }

    /// An instant later than every instant given before: changes never share one, so their order is their time.
    #[must_use]
    pub fn next(&self) -> Millis {
        let now = self.running().0;
        let before = self
            .last
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| {
                Some(now.max(last + 1))
            });
        Millis(now.max(before.unwrap_or(now) + 1))
    }

    /// Remembers the time of a replayed change.
    pub fn seen(&self, at: Millis) {
        self.last.fetch_max(at.0, Ordering::SeqCst);
    }

    /// Milliseconds ahead of the machine.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.offset.load(Ordering::SeqCst)
    }

    /// Sets the offset.
    pub fn set_offset(&self, milliseconds: i64) {
        self.offset.store(milliseconds, Ordering::SeqCst);
    }

    /// Moves on by milliseconds.
    pub fn advance(&self, milliseconds: i64) {
        self.offset.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Runs a request with time standing at an instant.
    pub async fn at<F: Future>(at: Millis, work: F) -> F::Output {
        ARRIVED.scope(at, work).await
    }
}
