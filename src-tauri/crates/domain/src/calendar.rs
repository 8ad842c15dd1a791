//! Reply and resolution clocks on the partner's calendar: business minutes, time zones, holidays.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{Millis, time::MINUTE};

/// Opening hours on some weekdays, without holidays. Applied in the partner's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarRules {
    /// Name, referred to by agreements.
    pub name: String,
    /// Opening time, `HH:MM`.
    pub open: String,
    /// Closing time, `HH:MM`, after opening.
    pub close: String,
    /// Three-letter weekdays.
    pub days: Vec<String>,
    /// Days off, `YYYY-MM-DD`.
    pub holidays: Vec<NaiveDate>,
}

/// No more than this many days are walked; a calendar without open days would never end.
const HORIZON_DAYS: u32 = 3_660;

impl CalendarRules {
    /// Checks times and weekdays.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let (open, close) = self.hours().ok_or("open and close must be HH:MM")?;
        if open >= close {
            return Err("close must be after open".to_owned());
        }
        if self.days.is_empty() || self.days.iter().any(|d| d.parse::<Weekday>().is_err()) {
            return Err("days must name weekdays such as mon".to_owned());
        }
        Ok(())
    }

    fn hours(&self) -> Option<(NaiveTime, NaiveTime)> {
        let read = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        Some((read(&self.open)?, read(&self.close)?))
    }

    /// Business minutes of an open day.
    #[must_use]
    pub fn minutes_a_day(&self) -> i64 {
        self.hours()
            .map_or(480, |(open, close)| (close - open).num_minutes())
    }

    fn is_open_day(&self, day: NaiveDate) -> bool {
        !self.holidays.contains(&day)
            && self
                .days
                .iter()
                .any(|d| d.parse::<Weekday>().is_ok_and(|w| w == day.weekday()))
    }

    /// Open interval of a day in UTC; `None` on closed days. A wall time that a clock change skips begins when the
    /// skipped hour ends.
    fn interval(&self, zone: Tz, day: NaiveDate) -> Option<(i64, i64)> {
        if !self.is_open_day(day) {
            return None;
        }
        let (open, close) = self.hours()?;
        let at = |time: NaiveTime| {
            let wall = day.and_time(time);
            zone.from_local_datetime(&wall)
                .earliest()
                .or_else(|| {
                    zone.from_local_datetime(&(wall + chrono::Duration::hours(1)))
                        .earliest()
                })
                .map(|t| t.with_timezone(&Utc).timestamp_millis())
        };
        Some((at(open)?, at(close)?))
    }

    /// The instant at which `minutes` business minutes have passed since `start`. Zones that are unknown count as UTC.
    #[must_use]
    pub fn due(&self, start: Millis, minutes: i64, time_zone: &str) -> Millis {
        let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
        let mut left = minutes.max(0).saturating_mul(MINUTE);
        let Some(first) = start.utc() else {
            return start;
        };
        let mut day = first.with_timezone(&zone).date_naive();
        for _ in 0..HORIZON_DAYS {
            if let Some((open, close)) = self.interval(zone, day) {
                let from = open.max(start.0);
                if from < close {
                    if close - from >= left {
                        return Millis(from + left);
                    }
                    left -= close - from;
                }
            }
            match day.checked_add_days(Days::new(1)) {
                Some(next) => day = next,
                None => break,
            }
        }
        start.plus(minutes.saturating_mul(MINUTE))
    }

    /// Business minutes between two instants; negative when `to` lies before `from`.
    #[must_use]
    pub fn minutes_between(&self, from: Millis, to: Millis, time_zone: &str) -> i64 {
        if to < from {
            return -self.minutes_between(to, from, time_zone);
        }
        let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
        let (Some(first), Some(last)) = (from.utc(), to.utc()) else {
            return 0;
        };
        let day_of = |t: DateTime<Utc>| t.with_timezone(&zone).date_naive();
        let (mut day, last) = (day_of(first), day_of(last));
        let mut total = 0;
        for _ in 0..HORIZON_DAYS {
            if day > last {
                break;
            }
            if let Some((open, close)) = self.interval(zone, day) {
                total += (close.min(to.0) - open.max(from.0)).max(0);
            }
            match day.checked_add_days(Days::new(1)) {
                Some(next) => day = next,
                None => break,
            }
        }
        total / MINUTE
    }
}

/// State of a reply or resolution clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Time is left.
    Running,
    /// At least 80 % is used.
    Late,
    /// Time is over.
    Breached,
    /// Waits for the partner; time stands still.
    Paused,
    /// Done in time.
    Met,
}

/// A clock as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClockReading {
    /// State.
    pub state: ClockState,
    /// When it runs out.
    pub due_at: Millis,
    /// Business minutes left; negative when breached.
    pub left_minutes: i64,
    /// Business minutes agreed.
    pub agreed_minutes: i64,
}

/// Reads a clock: agreed business minutes from `start`, met at `met_at` if it was.
#[must_use]
pub fn read_clock(
    calendar: &CalendarRules,
    time_zone: &str,
    start: Millis,
    agreed_minutes: i64,
    met_at: Option<Millis>,
    paused: bool,
    now: Millis,
) -> ClockReading {
    let due_at = calendar.due(start, agreed_minutes, time_zone);
    let left_minutes = calendar.minutes_between(met_at.unwrap_or(now), due_at, time_zone);
    let state = match met_at {
        Some(at) if at <= due_at => ClockState::Met,
        Some(_) => ClockState::Breached,
        None if now >= due_at => ClockState::Breached,
        None if paused => ClockState::Paused,
        None if left_minutes * 5 <= agreed_minutes => ClockState::Late,
        None => ClockState::Running,
    };
    ClockReading {
        state,
        due_at,
        left_minutes,
        agreed_minutes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekdays() -> CalendarRules {
        CalendarRules {
            name: "weekdays".into(),
            open: "09:00".into(),
            close: "17:00".into(),
            days: ["mon", "tue", "wed", "thu", "fri"]
                .map(String::from)
                .to_vec(),
            holidays: vec![NaiveDate::from_ymd_opt(2026, 12, 25).unwrap()],
        }
    }

    fn at(text: &str) -> Millis {
        Millis::parse_lenient(text).unwrap()
    }

    #[test]
    fn business_time_skips_nights_weekends_and_holidays_in_the_partners_zone() {
        let calendar = weekdays();
        // Thursday 24 December 2026, 16:00 in London; Friday is a holiday; two hours end on Monday at 10:00.
        assert_eq!(
            calendar.due(at("2026-12-24T16:00:00Z"), 120, "Europe/London"),
            at("2026-12-28T10:00:00Z")
        );
        // Los Angeles opens at 17:00 UTC.
        assert_eq!(
            calendar.due(at("2026-11-20T12:00:00Z"), 60, "America/Los_Angeles"),
            at("2026-11-20T18:00:00Z")
        );
        assert_eq!(
            calendar.due(at("2026-11-20T02:00:00Z"), 30, "Asia/Kolkata"),
            at("2026-11-20T04:00:00Z")
        );
    }

    #[test]
    fn an_hour_stays_an_hour_across_a_clock_change() {
        let mut calendar = weekdays();
        calendar.days.push("sun".into());
        // On 8 March 2026 clocks in Los Angeles go forward at 02:00.
        let start = at("2026-03-06T23:00:00Z"); // Friday 15:00 local
        assert_eq!(
            calendar.due(start, 180, "America/Los_Angeles"),
            at("2026-03-08T17:00:00Z")
        );
    }

    #[test]
    fn minutes_between_is_the_inverse_of_due() {
        let calendar = weekdays();
        for minutes in [0, 1, 59, 480, 481, 5_000] {
            let start = at("2026-11-20T10:07:00Z");
            let due = calendar.due(start, minutes, "Europe/Amsterdam");
            assert_eq!(
                calendar.minutes_between(start, due, "Europe/Amsterdam"),
                minutes
            );
        }
    }

    #[test]
    fn a_clock_turns_late_at_eighty_percent_and_breached_at_the_end() {
        let calendar = weekdays();
        let start = at("2026-11-20T09:00:00Z");
        let state =
            |now: &str| read_clock(&calendar, "UTC", start, 240, None, false, at(now)).state;
        assert_eq!(state("2026-11-20T12:00:00Z"), ClockState::Running);
        assert_eq!(state("2026-11-20T12:12:00Z"), ClockState::Late);
        assert_eq!(state("2026-11-20T13:00:00Z"), ClockState::Breached);
    }
}
