//! How fast a system is asked, and when it is left alone: rate, pause by its own word, circuit breaker.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::{Millis, time::SECOND};
use tokio::time::Instant;

/// Failures in a row that open the circuit.
const FAILURES: u32 = 8;
/// Longest time a system is left alone by ourselves.
const LONGEST_PAUSE: i64 = 120 * SECOND;

#[derive(Debug, Default)]
struct State {
    failures: u32,
    openings: u32,
    /// Asked for by the system.
    asked_until: Option<Millis>,
    /// Our own: the circuit.
    pause_until: Option<(Millis, String)>,
    sent: VecDeque<Instant>,
}

/// Pace of one system, shared by pull and push.
#[derive(Debug)]
pub struct Pace {
    per_second: usize,
    state: Mutex<State>,
}

impl Pace {
    /// At most so many requests a second; 0 means without limit.
    #[must_use]
    pub fn new(per_second: usize) -> Self {
        Self {
            per_second,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the system is left alone, and why.
    #[must_use]
    pub fn paused(&self, now: Millis) -> Option<(Millis, String)> {
        let state = self.state();
        let asked = state.asked_until;
        let asked = asked.map(|until| (until, "the system asked us to wait".to_owned()));
        let pauses = state.pause_until.clone().into_iter().chain(asked);
        let standing = pauses.filter(|(until, _)| now < *until);
        standing.max_by_key(|(until, _)| *until)
    }

    /// Waits for its turn within the rate.
    pub async fn turn(&self) {
        if self.per_second == 0 {
            return;
        }
        loop {
            let wait = {
                let mut state = self.state();
                let now = Instant::now();
                let second = Duration::from_secs(1);
                while state
                    .sent
                    .front()
                    .is_some_and(|t| now.duration_since(*t) >= second)
                {
                    state.sent.pop_front();
                }
                match state.sent.front() {
                    Some(first) if state.sent.len() >= self.per_second => {
                        second.saturating_sub(now.duration_since(*first))
                    }
                    _ => {
                        state.sent.push_back(now);
                        return;
                    }
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// The system answered in good health. What it asked for before stands: the answer may be of a call that was under way.
    pub fn well(&self) {
        let mut state = self.state();
        (state.failures, state.openings, state.pause_until) = (0, 0, None);
    }

    /// The system asked to be left alone until then. Of several words the last one counts.
    pub fn asked_to_wait(&self, until: Millis) {
        self.state().asked_until = Some(until);
    }

    /// The system did not answer, or not in good health. After eight times in a row it is left alone for a while, then
    /// one call may try: each further failure doubles the pause, up to two minutes.
    pub fn unwell(&self, now: Millis) {
        let mut state = self.state();
        state.failures += 1;
        if state.failures >= FAILURES || state.openings > 0 {
            let pause = (5 * SECOND)
                .saturating_mul(1 << state.openings.min(6))
                .min(LONGEST_PAUSE);
            state.openings += 1;
            state.failures = 0;
            let words = format!(
                "left alone for {} s after failures in a row",
                pause / SECOND
            );
            state.pause_until = Some((now.plus(pause), words));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_circuit_opens_after_failures_in_a_row_and_closes_with_one_success() {
        let pace = Pace::new(0);
        let now = Millis(1_000);
        for _ in 0..FAILURES {
            assert!(pace.paused(now).is_none());
            pace.unwell(now);
        }
        let (until, _) = pace.paused(now).unwrap();
        assert!(pace.paused(until).is_none(), "one call may try");
        pace.unwell(until);
        let (later, _) = pace.paused(until).unwrap();
        assert!(later.since(until) > until.since(now));
        pace.well();
        assert!(pace.paused(until).is_none());
    }

    #[test]
    fn an_answer_that_was_under_way_ends_no_pause_the_system_asked_for() {
        let pace = Pace::new(0);
        let (now, until) = (Millis(1_000), Millis(601_000));
        pace.asked_to_wait(until);
        pace.well();
        assert_eq!(pace.paused(now).map(|(until, _)| until), Some(until));
        assert!(pace.paused(until).is_none());
    }
}
