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

    /// Whether a day is open at all.
    #[must_use]
    pub fn opens_on(&self, day: NaiveDate) -> bool {
        !self.holidays.contains(&day)
            && self
                .days
                .iter()
                .any(|d| d.parse::<Weekday>().is_ok_and(|w| w == day.weekday()))
    }

    /// Open interval of a day in UTC; `None` on closed days. A wall time that a clock change skips begins when the
    /// skipped hour ends.
    fn interval(&self, zone: Tz, day: NaiveDate) -> Option<(i64, i64)> {
        if !self.opens_on(day) {
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

    /// When a day opens in a time zone; `None` on closed days. Zones that are unknown count as UTC.
    #[must_use]
    pub fn opening(&self, day: NaiveDate, time_zone: &str) -> Option<Millis> {
        let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
        self.interval(zone, day).map(|(open, _)| Millis(open))
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
        let open: i64 = self
            .open_hours(from, to, time_zone)
            .iter()
            .map(|(open, close)| close.since(*open))
            .sum();
        open / MINUTE
    }

    /// Open hours between two instants, each cut to what lies between them; nothing when `to` lies before `from`.
    #[must_use]
    pub fn open_hours(&self, from: Millis, to: Millis, time_zone: &str) -> Vec<(Millis, Millis)> {
        let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
        let (Some(first), Some(last)) = (from.utc(), to.utc()) else {
            return Vec::new();
        };
        let day_of = |t: DateTime<Utc>| t.with_timezone(&zone).date_naive();
        let (mut day, last) = (day_of(first), day_of(last));
        let mut hours = Vec::new();
        for _ in 0..HORIZON_DAYS {
            if day > last {
                break;
            }
            if let Some((open, close)) = self.interval(zone, day) {
                let (open, close) = (open.max(from.0), close.min(to.0));
                if open < close {
                    hours.push((Millis(open), Millis(close)));
                }
            }
            match day.checked_add_days(Days::new(1)) {
                Some(next) => day = next,
                None => break,
            }
        }
        hours
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

/// What was agreed, and on which calendar it is counted.
#[derive(Debug, Clone, Copy)]
pub struct Agreed<'a> {
    /// Calendar of the partner.
    pub calendar: &'a CalendarRules,
    /// Zone of the partner.
    pub time_zone: &'a str,
    /// Business minutes agreed.
    pub minutes: i64,
    /// Per cent of them after which the clock is late.
    pub late_percent: i64,
}

/// A time in which a clock stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From when.
    pub from: Millis,
    /// Until when; `None` while it lasts.
    pub to: Option<Millis>,
}

/// A clock as shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClockReading {
    /// State.
    pub state: ClockState,
    /// When it runs out, or ran out; `None` while it stands still, since nobody can say.
    pub due_at: Option<Millis>,
    /// Business minutes left; negative when breached.
    pub left_minutes: i64,
    /// Business minutes agreed.
    pub agreed_minutes: i64,
}

/// Reads a clock that began at `start` and was met at `met_at`, if it was. Pauses come in order and do not overlap; a pause
/// takes nothing off what was agreed.
#[must_use]
pub fn read_clock(
    agreed: &Agreed<'_>,
    start: Millis,
    met_at: Option<Millis>,
    pauses: &[Pause],
    now: Millis,
) -> ClockReading {
    let end = met_at.unwrap_or(now);
    let between = |from: Millis, to: Millis| {
        let to = to.max(from);
        agreed.calendar.minutes_between(from, to, agreed.time_zone)
    };
    let stood: i64 = pauses
        .iter()
        .map(|p| {
            let to = p.to.unwrap_or(end).min(end);
            between(p.from.max(start), to.max(start))
        })
        .sum();
    let left_minutes = agreed.minutes - (between(start, end) - stood);
    let due_at = due_around(agreed, start, pauses);
    let late = (agreed.minutes - left_minutes) * 100 >= agreed.minutes * agreed.late_percent;
    let stands = pauses
        .iter()
        .any(|p| p.from <= now && p.to.is_none_or(|to| now < to));
    let state = match (met_at, due_at) {
        (Some(at), Some(due)) if at > due => ClockState::Breached,
        (Some(_), _) => ClockState::Met,
        (None, Some(due)) if now >= due => ClockState::Breached,
        (None, _) if stands => ClockState::Paused,
        (None, _) if late => ClockState::Late,
        (None, _) => ClockState::Running,
    };
    ClockReading {
        state,
        due_at,
        left_minutes,
        agreed_minutes: agreed.minutes,
    }
}

/// When the agreed minutes are used up, pauses left out.
fn due_around(agreed: &Agreed<'_>, start: Millis, pauses: &[Pause]) -> Option<Millis> {
    let (mut from, mut left) = (start, agreed.minutes);
    for pause in pauses.iter().filter(|p| p.to.is_none_or(|to| to > start)) {
        let until = pause.from.max(from);
        let due = agreed.calendar.due(from, left, agreed.time_zone);
        if due <= until {
            return Some(due);
        }
        left -= agreed
            .calendar
            .minutes_between(from, until, agreed.time_zone);
        from = pause.to?.max(until);
    }
    Some(agreed.calendar.due(from, left, agreed.time_zone))
}

/// What the reply clock of a thread measures: from the first message of the partner that we had not answered yet to our
/// answer. `messages` are what the partner reads, oldest first: whether we wrote it, and when. Before the partner has
/// written, the clock runs from `opened_at`.
#[must_use]
pub fn reply_span(messages: &[(bool, Millis)], opened_at: Millis) -> (Millis, Option<Millis>) {
    let mut asked = opened_at;
    let mut answered = None;
    let mut open = true;
    for (ours, at) in messages {
        match (ours, open) {
            (true, true) => {
                answered = Some(*at);
                open = false;
            }
            (false, false) => {
                asked = *at;
                answered = None;
                open = true;
            }
            _ => {}
        }
    }
    (asked, answered)
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

    fn on(calendar: &CalendarRules, minutes: i64) -> Agreed<'_> {
        Agreed {
            calendar,
            time_zone: "UTC",
            minutes,
            late_percent: 80,
        }
    }

    #[test]
    fn a_clock_turns_late_at_the_percentage_of_the_policy_and_breached_at_the_end() {
        let calendar = weekdays();
        let start = at("2026-11-20T09:00:00Z");
        let state = |late_percent: i64, now: &str| {
            let agreed = Agreed {
                late_percent,
                ..on(&calendar, 240)
            };
            read_clock(&agreed, start, None, &[], at(now)).state
        };
        assert_eq!(state(80, "2026-11-20T12:00:00Z"), ClockState::Running);
        assert_eq!(state(80, "2026-11-20T12:12:00Z"), ClockState::Late);
        assert_eq!(state(50, "2026-11-20T11:00:00Z"), ClockState::Late);
        assert_eq!(state(80, "2026-11-20T13:00:00Z"), ClockState::Breached);
    }

    #[test]
    fn over_a_weekend_and_a_holiday_nothing_is_used_up() {
        let calendar = weekdays();
        // Thursday 24 December 2026 at 15:00: two hours until closing, then a holiday and a weekend.
        let start = at("2026-12-24T15:00:00Z");
        let left =
            |now: &str| read_clock(&on(&calendar, 240), start, None, &[], at(now)).left_minutes;
        assert_eq!(left("2026-12-24T17:00:00Z"), 120);
        assert_eq!(left("2026-12-26T12:00:00Z"), 120);
        assert_eq!(left("2026-12-28T08:59:00Z"), 120);
        assert_eq!(left("2026-12-28T10:00:00Z"), 60);
        let reading = read_clock(&on(&calendar, 240), start, None, &[], start);
        assert_eq!(reading.due_at, Some(at("2026-12-28T11:00:00Z")));
    }

    #[test]
    fn a_clock_change_neither_gives_nor_takes_business_time() {
        let calendar = weekdays();
        // Clocks go forward on 29 March 2026 in Amsterdam and on 8 March in Los Angeles; both are Sundays.
        for (zone, friday, monday) in [
            (
                "Europe/Amsterdam",
                "2026-03-27T15:00:00Z",
                "2026-03-30T08:00:00Z",
            ),
            (
                "America/Los_Angeles",
                "2026-03-07T00:00:00Z",
                "2026-03-09T17:00:00Z",
            ),
        ] {
            // Friday 16:00 local to Monday 10:00 local: one hour and one hour, 65 or 66 hours of wall time apart.
            let agreed = Agreed {
                time_zone: zone,
                ..on(&calendar, 480)
            };
            let reading = read_clock(&agreed, at(friday), None, &[], at(monday));
            assert_eq!(reading.left_minutes, 360, "{zone}");
            let hours = calendar.open_hours(at(friday), at(monday), zone);
            assert_eq!(hours.len(), 2, "{zone}: {hours:?}");
        }
    }

    #[test]
    fn a_paused_clock_stands_still_and_never_breaches() {
        let calendar = weekdays();
        let start = at("2026-11-16T09:00:00Z");
        let pause = Pause {
            from: at("2026-11-16T11:00:00Z"),
            to: None,
        };
        // A week later.
        let reading = read_clock(
            &on(&calendar, 240),
            start,
            None,
            &[pause],
            at("2026-11-23T12:00:00Z"),
        );
        assert_eq!(
            (reading.state, reading.left_minutes),
            (ClockState::Paused, 120)
        );
        assert_eq!(reading.due_at, None);
        let over = Pause {
            to: Some(at("2026-11-23T09:00:00Z")),
            ..pause
        };
        let reading = read_clock(
            &on(&calendar, 240),
            start,
            None,
            &[over],
            at("2026-11-23T10:00:00Z"),
        );
        assert_eq!(
            (reading.state, reading.left_minutes),
            (ClockState::Running, 60)
        );
        assert_eq!(reading.due_at, Some(at("2026-11-23T11:00:00Z")));
        // What was breached before it was paused stays breached.
        let late = Pause {
            from: at("2026-11-17T09:00:00Z"),
            to: None,
        };
        let reading = read_clock(
            &on(&calendar, 240),
            start,
            None,
            &[late],
            at("2026-11-18T09:00:00Z"),
        );
        assert_eq!(reading.state, ClockState::Breached);
    }

    #[test]
    fn the_reply_clock_runs_from_the_first_unanswered_message_to_the_first_answer() {
        let (t, ours, theirs) = (Millis, true, false);
        assert_eq!(reply_span(&[], t(1)), (t(1), None));
        assert_eq!(
            reply_span(&[(theirs, t(1)), (theirs, t(5))], t(1)),
            (t(1), None)
        );
        let answered = [(theirs, t(1)), (ours, t(4)), (ours, t(9))];
        assert_eq!(reply_span(&answered, t(1)), (t(1), Some(t(4))));
        let again = [(theirs, t(1)), (ours, t(4)), (theirs, t(6)), (theirs, t(8))];
        assert_eq!(reply_span(&again, t(1)), (t(6), None));
    }
}
