//! Quiet hours: when what disturbs people may reach them, in the time of where they are.
//!
//! Nothing is dropped: what may not leave now leaves when they end. Where a clock change skips the time at which they end,
//! they end with the skipped hour; where one repeats a time, they begin at its first and end at its second occurrence, so
//! that nobody is disturbed in doubt.

use chrono::{Datelike, Days, Duration, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{Millis, Refusal, calendar::CalendarRules, refusal::Code};

/// Days looked ahead for one on which something may leave. Longer than any run of holidays.
const HORIZON_DAYS: u32 = 400;
/// Minutes of a day: no clock change skips more.
const DAY_MINUTES: u32 = 24 * 60;
/// The longest reason for sending in quiet hours, in characters.
const LONGEST_REASON: usize = 500;
/// How a reason that names a zone begins.
const HELD: &str = "Quiet hours in ";
/// Channels that there are.
const CHANNELS: [&str; 6] = [
    "letter",
    "email",
    "sms",
    "portal",
    "statement_insert",
    "edi",
];
/// Gate of an action that a person sends in quiet hours all the same, with the reason.
pub const URGENT: &str = "urgent";

/// When nothing that disturbs people is sent to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Channels that disturb people.
    pub channels: Vec<String>,
    /// From when on, `HH:MM` in the recipient's zone.
    pub from: String,
    /// Until when, `HH:MM`; before `from`, they go over midnight.
    pub to: String,
    /// Days on which the recipient's calendar is closed are quiet from beginning to end.
    #[serde(default)]
    pub business_days_only: bool,
    /// IANA zone of those whose own is not known.
    pub time_zone: String,
}

/// Who is to be reached, as far as quiet hours are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Addressee<'a> {
    /// IANA zone agreed with them; empty where none is.
    pub time_zone: &'a str,
    /// Calendar agreed with them.
    pub calendar: Option<&'a CalendarRules>,
}

impl QuietHours {
    /// Checks channels, times and zone.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let (from, to) = self.hours().ok_or("from and to must be HH:MM")?;
        if from == to {
            return Err("from and to must differ; no channels means no quiet hours".to_owned());
        }
        if self.time_zone.parse::<Tz>().is_err() {
            return Err(format!("'{}' is no time zone", self.time_zone));
        }
        let mut channels = self.channels.iter();
        if let Some(other) = channels.find(|c| !CHANNELS.contains(&c.as_str())) {
            return Err(format!("'{other}' is no channel"));
        }
        Ok(())
    }

    fn hours(&self) -> Option<(NaiveTime, NaiveTime)> {
        let read = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").ok();
        Some((read(&self.from)?, read(&self.to)?))
    }

    /// Whether something on this channel disturbs people.
    #[must_use]
    pub fn disturbs(&self, channel: &str) -> bool {
        self.channels.iter().any(|c| c == channel)
    }

    /// The zone quiet hours of somebody are counted in: their own, else the policy's.
    #[must_use]
    pub fn zone_of<'a>(&'a self, time_zone: &'a str) -> &'a str {
        if time_zone.parse::<Tz>().is_ok() {
            time_zone
        } else {
            &self.time_zone
        }
    }

    /// When what is ready now may leave on a channel; `None` for now.
    #[must_use]
    pub fn not_before(&self, channel: &str, to: Addressee<'_>, now: Millis) -> Option<Millis> {
        if !self.disturbs(channel) {
            return None;
        }
        let zone: Tz = self.zone_of(to.time_zone).parse().ok()?;
        let mut day = now.utc()?.with_timezone(&zone).date_naive();
        for _ in 0..HORIZON_DAYS {
            let closed = self.business_days_only && to.calendar.is_some_and(|c| !c.opens_on(day));
            let open = if closed {
                Vec::new()
            } else {
                self.open_on(zone, day)
            };
            for (begin, end) in open {
                if now < end {
                    return (now < begin).then_some(begin);
                }
            }
            day = day.checked_add_days(Days::new(1))?;
        }
        None
    }

    /// Times of a day that are not quiet, in order, each from its beginning until before its end.
    fn open_on(&self, zone: Tz, day: NaiveDate) -> Vec<(Millis, Millis)> {
        let (Some((from, to)), Some(next)) = (self.hours(), day.checked_add_days(Days::new(1)))
        else {
            return Vec::new();
        };
        let midnight = NaiveTime::MIN;
        let spans = if from > to {
            vec![(day.and_time(to), day.and_time(from))]
        } else {
            vec![
                (day.and_time(midnight), day.and_time(from)),
                (day.and_time(to), next.and_time(midnight)),
            ]
        };
        let spans = spans.into_iter().filter_map(|(begin, end)| {
            Some((
                instant(zone, begin, Which::Later)?,
                instant(zone, end, Which::Earlier)?,
            ))
        });
        spans.filter(|(begin, end)| begin < end).collect()
    }
}

/// Which of two instants with the same wall time.
#[derive(Clone, Copy)]
enum Which {
    Earlier,
    Later,
}

/// The instant of a wall time. One that a clock change skips is the first that exists after it.
fn instant(zone: Tz, wall: NaiveDateTime, which: Which) -> Option<Millis> {
    for minutes in 0..=DAY_MINUTES {
        let there = zone.from_local_datetime(&(wall + Duration::minutes(minutes.into())));
        let found = match which {
            Which::Earlier => there.earliest(),
            Which::Later => there.latest(),
        };
        if let Some(found) = found {
            return Some(Millis(found.with_timezone(&Utc).timestamp_millis()));
        }
    }
    None
}

/// The reason for sending in quiet hours, as it is kept.
///
/// # Errors
/// `E_FIELD` when it is empty or too long.
pub fn reason(typed: &str) -> Result<String, Refusal> {
    let reason = typed.trim();
    let refuse =
        |why: &str| Refusal::new(Code::Field, why).with(serde_json::json!({"fields": ["reason"]}));
    if reason.is_empty() {
        return Err(refuse("Say why it cannot wait."));
    }
    if reason.chars().count() > LONGEST_REASON {
        return Err(refuse("The reason is longer than 500 characters."));
    }
    Ok(reason.to_owned())
}

/// The words a step is held with; they name the zone, so that the screen can say what time it is there.
#[must_use]
pub fn held_because(zone: &str) -> String {
    format!("{HELD}{zone}.")
}

/// The zone named by [`held_because`]; `None` for other words.
#[must_use]
pub fn zone_in(reason: &str) -> Option<&str> {
    reason.strip_prefix(HELD)?.strip_suffix('.')
}

/// The place a zone is named after: `New York` of `America/New_York`.
#[must_use]
pub fn place(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

/// An instant on the wall of a zone: `07:00`, with its weekday where it is another day there than `today` is.
#[must_use]
pub fn wall(at: Millis, today: Millis, zone: &str) -> String {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    let (Some(at), Some(today)) = (at.utc(), today.utc()) else {
        return at.rfc3339();
    };
    let (at, today) = (at.with_timezone(&zone), today.with_timezone(&zone));
    if at.date_naive() == today.date_naive() {
        at.format("%H:%M").to_string()
    } else if at
        .date_naive()
        .signed_duration_since(today.date_naive())
        .num_days()
        .abs()
        < 7
    {
        format!("{} {}", at.weekday(), at.format("%H:%M"))
    } else {
        at.format("%Y-%m-%d %H:%M").to_string()
    }
}

/// When something leaves, on the wall of the recipient and of whoever reads it: `07:00 Tokyo (23:00 here)`.
#[must_use]
pub fn on_both_walls(at: Millis, now: Millis, there: &str, here: &str) -> String {
    format!(
        "{} {} ({} here)",
        wall(at, now, there),
        place(there),
        wall(at, now, here)
    )
}

/// A span of time for people: `in 9 h`, `in 40 min`; hours and minutes are rounded up.
#[must_use]
pub fn in_how_long(at: Millis, now: Millis) -> String {
    let minutes = (at.since(now) + 59_999).max(0) / 60_000;
    if minutes < 120 {
        format!("in {minutes} min")
    } else {
        format!("in {} h", (minutes + 59) / 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(from: &str, to: &str) -> QuietHours {
        QuietHours {
            channels: vec!["email".into(), "sms".into()],
            from: from.into(),
            to: to.into(),
            business_days_only: false,
            time_zone: "Europe/Amsterdam".into(),
        }
    }

    fn in_zone(time_zone: &str) -> Addressee<'_> {
        Addressee {
            time_zone,
            calendar: None,
        }
    }

    fn at(text: &str) -> Millis {
        Millis::parse_lenient(text).unwrap()
    }

    fn not_before(rules: &QuietHours, zone: &str, now: &str) -> Option<String> {
        let until = rules.not_before("email", in_zone(zone), at(now));
        until.map(|at| at.rfc3339().replace(":00.000Z", "Z"))
    }

    #[test]
    fn the_night_in_tokyo_ends_at_seven_there_wherever_it_is_asked_for() {
        let rules = quiet("20:00", "07:00");
        for (now, until) in [
            ("2026-11-20T10:59:59Z", None),                      // 19:59:59
            ("2026-11-20T11:00:00Z", Some("2026-11-20T22:00Z")), // 20:00
            ("2026-11-20T15:00:00Z", Some("2026-11-20T22:00Z")), // midnight
            ("2026-11-20T21:59:59Z", Some("2026-11-20T22:00Z")),
            ("2026-11-20T22:00:00Z", None), // 07:00
        ] {
            let found = not_before(&rules, "Asia/Tokyo", now);
            assert_eq!(found.as_deref(), until, "{now}");
        }
    }

    #[test]
    fn what_disturbs_nobody_is_never_held() {
        let rules = quiet("20:00", "07:00");
        let night = at("2026-11-20T15:00:00Z");
        for channel in ["letter", "portal", "statement_insert", "EMAIL", ""] {
            assert_eq!(
                rules.not_before(channel, in_zone("Asia/Tokyo"), night),
                None,
                "{channel}"
            );
        }
        assert!(
            rules
                .not_before("sms", in_zone("Asia/Tokyo"), night)
                .is_some()
        );
    }

    #[test]
    fn quiet_hours_within_a_day_leave_its_beginning_and_its_end() {
        let rules = quiet("12:00", "14:00");
        for (now, until) in [
            ("2026-11-20T00:00:00Z", None),
            ("2026-11-20T11:59:00Z", None),
            ("2026-11-20T12:00:00Z", Some("2026-11-20T14:00Z")),
            ("2026-11-20T14:00:00Z", None),
            ("2026-11-20T23:59:59Z", None),
        ] {
            assert_eq!(not_before(&rules, "UTC", now).as_deref(), until, "{now}");
        }
    }

    #[test]
    fn an_end_that_a_clock_change_skips_is_the_end_of_the_skipped_hour() {
        // On 29 March 2026 Amsterdam goes from 02:00 to 03:00, which is 01:00 UTC.
        let rules = quiet("20:00", "02:30");
        assert_eq!(
            not_before(&rules, "Europe/Amsterdam", "2026-03-28T23:00:00Z").as_deref(),
            Some("2026-03-29T01:00Z")
        );
        // Los Angeles, 8 March 2026: 02:00 to 03:00, which is 10:00 UTC.
        assert_eq!(
            not_before(&rules, "America/Los_Angeles", "2026-03-08T05:00:00Z").as_deref(),
            Some("2026-03-08T10:00Z")
        );
    }

    #[test]
    fn a_time_that_a_clock_change_repeats_is_quiet_until_its_second_and_from_its_first_on() {
        // On 25 October 2026 Amsterdam has 02:30 twice: 00:30 and 01:30 UTC.
        let ends = quiet("20:00", "02:30");
        assert_eq!(
            not_before(&ends, "Europe/Amsterdam", "2026-10-25T00:45:00Z").as_deref(),
            Some("2026-10-25T01:30Z")
        );
        let begins = quiet("02:30", "07:00");
        assert_eq!(
            not_before(&begins, "Europe/Amsterdam", "2026-10-25T00:29:00Z"),
            None
        );
        assert_eq!(
            not_before(&begins, "Europe/Amsterdam", "2026-10-25T01:15:00Z").as_deref(),
            Some("2026-10-25T06:00Z")
        );
    }

    #[test]
    fn seven_stays_seven_on_the_wall_across_a_clock_change() {
        let rules = quiet("20:00", "07:00");
        for (zone, now, until) in [
            (
                "Europe/Amsterdam",
                "2026-03-28T22:00:00Z",
                "2026-03-29T05:00Z",
            ),
            (
                "Europe/Amsterdam",
                "2026-10-24T22:00:00Z",
                "2026-10-25T06:00Z",
            ),
            (
                "America/Los_Angeles",
                "2026-11-01T05:00:00Z",
                "2026-11-01T15:00Z",
            ),
            ("Asia/Kolkata", "2026-11-01T20:00:00Z", "2026-11-02T01:30Z"),
        ] {
            let found = not_before(&rules, zone, now);
            assert_eq!(found.as_deref(), Some(until), "{zone} {now}");
        }
    }

    #[test]
    fn a_zone_nobody_knows_is_the_one_of_the_policy() {
        let rules = quiet("20:00", "07:00");
        for zone in ["", "Mars/Olympus", "Europe/Amsterdam'; drop table"] {
            assert_eq!(
                not_before(&rules, zone, "2026-11-20T20:00:00Z").as_deref(),
                Some("2026-11-21T06:00Z"),
                "{zone}"
            );
        }
    }

    #[test]
    fn over_weekend_and_holiday_the_next_business_day_is_waited_for_where_the_policy_says_so() {
        let rules = QuietHours {
            business_days_only: true,
            ..quiet("20:00", "07:00")
        };
        let policy = crate::policy::Policy::load(None).unwrap();
        let japan = Addressee {
            time_zone: "Asia/Tokyo",
            calendar: policy.calendar("jp"),
        };
        // Friday 21:00 in Tokyo; Monday 23 November is a holiday there.
        let friday = at("2026-11-20T12:00:00Z");
        assert_eq!(
            rules.not_before("email", japan, friday),
            Some(at("2026-11-23T22:00:00Z"))
        );
        // On Saturday at noon, too.
        assert_eq!(
            rules.not_before("email", japan, at("2026-11-21T03:00:00Z")),
            Some(at("2026-11-23T22:00:00Z"))
        );
        let everyday = quiet("20:00", "07:00");
        assert_eq!(
            everyday.not_before("email", japan, at("2026-11-21T03:00:00Z")),
            None
        );
    }

    #[test]
    fn in_every_zone_at_every_half_hour_of_a_year_what_is_held_ends_within_a_night_and_is_free_then()
     {
        let rules = quiet("20:00", "07:00");
        for zone in [
            "UTC",
            "America/Los_Angeles",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
            "Pacific/Apia",
        ] {
            let mut now = at("2026-01-01T00:00:00Z");
            while now < at("2027-01-01T00:00:00Z") {
                if let Some(until) = rules.not_before("sms", in_zone(zone), now) {
                    assert!(until > now, "{zone} {now}");
                    assert!(
                        until.since(now) <= 12 * crate::time::HOUR,
                        "{zone} {now} {until}"
                    );
                    assert_eq!(rules.not_before("sms", in_zone(zone), until), None);
                }
                now = now.plus(30 * crate::time::MINUTE);
            }
        }
    }

    #[test]
    fn rules_that_make_no_sense_are_named() {
        assert!(quiet("20:00", "07:00").check().is_ok());
        assert!(quiet("20:00", "20:00").check().is_err());
        assert!(quiet("8 pm", "07:00").check().is_err());
        let nowhere = QuietHours {
            time_zone: "Nowhere".into(),
            ..quiet("20:00", "07:00")
        };
        assert!(nowhere.check().unwrap_err().contains("Nowhere"));
    }

    #[test]
    fn a_time_is_read_off_both_walls() {
        let (now, seven) = (at("2026-11-20T15:00:00Z"), at("2026-11-20T22:00:00Z"));
        assert_eq!(
            on_both_walls(seven, now, "Asia/Tokyo", "Europe/Prague"),
            "07:00 Tokyo (23:00 here)"
        );
        assert_eq!(
            on_both_walls(
                seven,
                at("2026-11-20T12:00:00Z"),
                "Asia/Tokyo",
                "America/New_York"
            ),
            "Sat 07:00 Tokyo (17:00 here)"
        );
        assert_eq!(zone_in(&held_because("Asia/Tokyo")), Some("Asia/Tokyo"));
        assert_eq!(zone_in("It can be undone until then."), None);
        assert_eq!(in_how_long(seven, now), "in 7 h");
        assert_eq!(in_how_long(now.plus(61_000), now), "in 2 min");
    }
}
