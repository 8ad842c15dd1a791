//! When recipients are reminded: at opening time of their own calendar, in their own time zone.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{Millis, calendar::CalendarRules, time::DAY, words};

/// When a reminder would fall on a closed day, no more days than this are looked at for an open one.
const LONGEST_CLOSED: u64 = 31;

/// When who has not answered is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderPlan {
    /// Every so many days after they were asked; 0 for never.
    pub every_days: u32,
    /// A last time so many days before the due day; 0 for never.
    pub before_due_days: u32,
}

words! {
    /// Why a reminder is planned.
    Why {
        /// Some days have passed.
        Every = "every",
        /// The due day is near.
        BeforeDue = "before_due",
    }
}

/// A planned reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// Its number in the plan, from 1.
    pub number: u32,
    /// Day where the recipient is.
    pub day: NaiveDate,
    /// Opening time of that day.
    pub at: Millis,
    /// Why.
    pub why: Why,
}

fn zone_of(time_zone: &str) -> Tz {
    time_zone.parse().unwrap_or(Tz::UTC)
}

fn local_day(at: Millis, zone: Tz) -> Option<NaiveDate> {
    Some(at.utc()?.with_timezone(&zone).date_naive())
}

/// The instant at which a day has ended in a time zone; one that is unknown counts as UTC.
#[must_use]
pub fn ends(day: NaiveDate, time_zone: &str) -> Millis {
    let zone = zone_of(time_zone);
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    // Where midnight itself is skipped by a clock change, the day ends with the first hour there is.
    let midnights = (0..4).filter_map(|hour| next.and_hms_opt(hour, 0, 0));
    let mut ends = midnights.filter_map(|wall| zone.from_local_datetime(&wall).earliest());
    ends.next().map_or_else(
        || Millis(i64::MAX),
        |t| Millis(t.with_timezone(&Utc).timestamp_millis()),
    )
}

/// The reminders of a recipient, in order. One that falls on a closed day comes on the next open one; the last one, which
/// is a warning, on the open day before. None comes on the day of asking or on the due day; a day has one at most.
#[must_use]
pub fn planned(
    plan: ReminderPlan,
    asked_at: Millis,
    due: NaiveDate,
    calendar: &CalendarRules,
    time_zone: &str,
) -> Vec<Reminder> {
    let Some(asked) = local_day(asked_at, zone_of(time_zone)) else {
        return Vec::new();
    };
    let within = |day: &NaiveDate| *day > asked && *day < due;
    let mut days: BTreeMap<NaiveDate, (Millis, Why)> = BTreeMap::new();
    let next = |day: &NaiveDate| {
        let every = Days::new(u64::from(plan.every_days));
        (plan.every_days > 0).then(|| day.checked_add_days(every))?
    };
    for day in std::iter::successors(next(&asked), next).take_while(|day| *day < due) {
        let later = (0..LONGEST_CLOSED).filter_map(|n| day.checked_add_days(Days::new(n)));
        let mut open = later.filter_map(|d| Some((d, calendar.opening(d, time_zone)?)));
        if let Some((open, at)) = open.next().filter(|(d, _)| within(d)) {
            days.insert(open, (at, Why::Every));
        }
    }
    if plan.before_due_days > 0
        && let Some(last) = due.checked_sub_days(Days::new(plan.before_due_days.into()))
    {
        let earlier = (0..LONGEST_CLOSED).filter_map(|n| last.checked_sub_days(Days::new(n)));
        let mut open = earlier.filter_map(|d| Some((d, calendar.opening(d, time_zone)?)));
        if let Some((open, at)) = open.next().filter(|(d, _)| within(d)) {
            days.insert(open, (at, Why::BeforeDue));
        }
    }
    (1..)
        .zip(days)
        .map(|(number, (day, (at, why)))| Reminder {
            number,
            day,
            at,
            why,
        })
        .collect()
}

/// The reminder that is to be sent now: the last one whose time has come, unless the recipient was reminded since. What was
/// missed before it is not made up for: nobody gets two at once. `reminded_at` is the last time they were reminded.
#[must_use]
pub fn due_reminder(
    plan: &[Reminder],
    reminded_at: Option<Millis>,
    due: Millis,
    now: Millis,
) -> Option<Reminder> {
    if now >= due {
        return None;
    }
    let last = plan.iter().rev().find(|r| r.at <= now)?;
    reminded_at.is_none_or(|at| at < last.at).then_some(*last)
}

/// The next reminder whose time has not come yet.
#[must_use]
pub fn next_reminder(plan: &[Reminder], now: Millis) -> Option<Reminder> {
    plan.iter().find(|r| r.at > now).copied()
}

impl ReminderPlan {
    /// Whether its numbers are of use: no more than a year.
    #[must_use]
    pub fn is_sensible(self) -> bool {
        let most = super::LONGEST_DAYS * DAY;
        i64::from(self.every_days.max(self.before_due_days)) * DAY <= most
    }
}
