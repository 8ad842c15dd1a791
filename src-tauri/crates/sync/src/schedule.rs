//! When each collection of a system is due: pure, in milliseconds since the runner began.

use connectors::Collection;

/// Longest time a failing system is left alone.
const LONGEST_PAUSE: i64 = 5 * 60 * 1_000;
/// The same for one that cannot be reached at all, or wants a sign-in: asking costs it nothing, and a person waits.
const LONGEST_COSTLESS: i64 = 30 * 1_000;
/// First pause after a failure.
const FIRST_PAUSE: i64 = 5 * 1_000;

/// Collections of one system and when they are due.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    due: Vec<(&'static str, i64, i64)>,
    failures: u32,
    paused_until: i64,
}

impl Schedule {
    /// Everything is due at once.
    pub(crate) fn new(collections: &[Collection]) -> Self {
        Self {
            due: collections.iter().map(|c| (c.name, c.pace, 0)).collect(),
            failures: 0,
            paused_until: 0,
        }
    }

    /// What is due now; nothing while the system is left alone.
    pub(crate) fn due(&self, now: i64) -> Vec<&'static str> {
        if now < self.paused_until {
            return Vec::new();
        }
        self.due
            .iter()
            .filter(|(_, _, at)| *at <= now)
            .map(|(name, _, _)| *name)
            .collect()
    }

    /// When something is due next.
    pub(crate) fn next_at(&self) -> i64 {
        let first = self.due.iter().map(|(_, _, at)| *at).min();
        first.unwrap_or(i64::MAX).max(self.paused_until)
    }

    /// Collections were read: each is due again after its pace.
    pub(crate) fn succeeded(&mut self, names: &[&str], now: i64) {
        self.failures = 0;
        self.paused_until = 0;
        for (_, pace, at) in self
            .due
            .iter_mut()
            .filter(|(name, _, _)| names.contains(name))
        {
            *at = now.saturating_add(*pace);
        }
    }

    /// The system failed: it is left alone, twice as long each time, at least as long as it asked for.
    pub(crate) fn failed(&mut self, now: i64, costly: bool, asked: Option<i64>) {
        let longest = if costly {
            LONGEST_PAUSE
        } else {
            LONGEST_COSTLESS
        };
        let pause = FIRST_PAUSE
            .saturating_mul(1 << self.failures.min(10))
            .min(longest);
        self.failures = self.failures.saturating_add(1);
        self.paused_until = now.saturating_add(pause.max(asked.unwrap_or(0)));
    }

    /// Everything is due at once, whatever happened before.
    pub(crate) fn wake(&mut self) {
        self.paused_until = 0;
        for (_, _, at) in &mut self.due {
            *at = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLLECTIONS: &[Collection] = &[
        Collection {
            name: "cases",
            pace: 15_000,
            order: 0,
        },
        Collection {
            name: "partners",
            pace: 3_600_000,
            order: 1,
        },
    ];

    #[test]
    fn every_collection_keeps_its_own_pace() {
        let mut schedule = Schedule::new(COLLECTIONS);
        assert_eq!(schedule.due(0), ["cases", "partners"]);
        schedule.succeeded(&["cases", "partners"], 100);
        assert!(schedule.due(100).is_empty());
        assert_eq!(schedule.next_at(), 15_100);
        assert_eq!(schedule.due(15_100), ["cases"]);
    }

    #[test]
    fn a_failing_system_is_asked_ever_more_rarely() {
        let mut schedule = Schedule::new(COLLECTIONS);
        let mut now = 0;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            schedule.failed(now, true, None);
            assert!(schedule.due(schedule.next_at() - 1).is_empty());
            pauses.push(schedule.next_at() - now);
            now = schedule.next_at();
        }
        assert_eq!(pauses[..4], [5_000, 10_000, 20_000, 40_000]);
        assert_eq!(pauses[7], LONGEST_PAUSE);
        schedule.succeeded(&["cases"], now);
        schedule.failed(now, true, None);
        assert_eq!(schedule.next_at() - now, FIRST_PAUSE);
    }

    #[test]
    fn a_system_out_of_reach_is_back_within_half_a_minute() {
        let mut schedule = Schedule::new(COLLECTIONS);
        let mut now = 0;
        for _ in 0..20 {
            schedule.failed(now, false, None);
            assert!(schedule.next_at() - now <= LONGEST_COSTLESS);
            now = schedule.next_at();
        }
    }

    #[test]
    fn a_system_that_asks_for_more_time_gets_it() {
        let mut schedule = Schedule::new(COLLECTIONS);
        schedule.failed(0, true, Some(120_000));
        assert_eq!(schedule.next_at(), 120_000);
    }

    #[test]
    fn a_wake_up_asks_at_once() {
        let mut schedule = Schedule::new(COLLECTIONS);
        schedule.failed(0, true, Some(120_000));
        schedule.wake();
        assert_eq!(schedule.due(1), ["cases", "partners"]);
    }
}
