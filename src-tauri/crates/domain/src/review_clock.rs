//! When reviewers are reminded of what they have not decided, and when it goes to the deputies.

use crate::{Millis, calendar::CalendarRules};

/// A reminder of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// Percent of the time from the request until it is due.
    pub percent: u32,
    /// When.
    pub at: Millis,
}

/// The reminders between a request and when it is due, in order: each at opening time where its own time is outside it, but
/// never after the review expired.
#[must_use]
pub fn reminders(
    requested_at: Millis,
    due_at: Millis,
    expires_at: Option<Millis>,
    percents: &[u32],
    opening: Option<(&CalendarRules, &str)>,
) -> Vec<Reminder> {
    let mut percents: Vec<u32> = percents
        .iter()
        .copied()
        .filter(|p| (1..=100).contains(p))
        .collect();
    percents.sort_unstable();
    percents.dedup();
    let lasts = due_at.since(requested_at).max(0);
    let at = |percent: u32| {
        let exact = requested_at
            .plus(lasts / 100 * i64::from(percent) + lasts % 100 * i64::from(percent) / 100);
        let open = opening.map_or(exact, |(calendar, zone)| calendar.due(exact, 0, zone));
        if expires_at.is_some_and(|end| open >= end) {
            exact
        } else {
            open
        }
    };
    percents
        .into_iter()
        .map(|percent| Reminder {
            percent,
            at: at(percent),
        })
        .collect()
}

/// The reminder whose time has come and that nobody has had: the last one, where several came at once.
#[must_use]
pub fn due(reminders: &[Reminder], reminded: Option<u32>, now: Millis) -> Option<Reminder> {
    let come = reminders.iter().filter(|reminder| reminder.at <= now);
    let last = come.max_by_key(|reminder| reminder.percent)?;
    (Some(last.percent) > reminded).then_some(*last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{policy::Policy, time::HOUR};

    fn at(text: &str) -> Millis {
        Millis::parse_lenient(text).unwrap()
    }

    #[test]
    fn half_four_fifths_and_all_of_the_time_are_reminded_of_at_opening_time() {
        let policy = Policy::load(None).unwrap();
        let calendar = policy.calendar("weekdays").unwrap();
        for (zone, first) in [
            ("UTC", "2026-12-02T09:00:00Z"),
            ("America/Los_Angeles", "2026-12-01T18:00:00Z"),
            ("Asia/Kolkata", "2026-12-02T03:30:00Z"),
        ] {
            let asked = at("2026-11-30T18:00:00Z");
            let due_at = asked.plus(48 * HOUR);
            let expires = Some(asked.plus(72 * HOUR));
            let plan = reminders(
                asked,
                due_at,
                expires,
                &[100, 50, 80],
                Some((calendar, zone)),
            );
            let percents: Vec<_> = plan.iter().map(|r| r.percent).collect();
            assert_eq!(percents, [50, 80, 100]);
            assert_eq!(plan[0].at, at(first), "{zone}");
            assert!(plan.iter().all(|r| Some(r.at) < expires));
            assert_eq!(due(&plan, None, asked), None);
            // Four fifths fall into the night before the same opening there: one reminder, for the later.
            let at_first = if zone == "UTC" { 80 } else { 50 };
            assert_eq!(due(&plan, None, plan[0].at).unwrap().percent, at_first);
            assert_eq!(due(&plan, Some(at_first), plan[0].at), None);
            assert_eq!(due(&plan, Some(50), plan[2].at).unwrap().percent, 100);
        }
    }

    #[test]
    fn over_a_weekend_nobody_is_reminded_after_it_expired() {
        let policy = Policy::load(None).unwrap();
        let calendar = policy.calendar("weekdays").unwrap();
        // Friday evening until Sunday: it opens again on Monday, when it has expired.
        let asked = at("2026-12-04T18:00:00Z");
        let (due_at, end) = (asked.plus(40 * HOUR), asked.plus(48 * HOUR));
        let plan = reminders(asked, due_at, Some(end), &[100], Some((calendar, "UTC")));
        assert_eq!(plan[0].at, due_at);
    }
}
