//! Instants: milliseconds UTC as integers inside, RFC 3339 with Z in JSON that leaves the program.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// Seconds, minutes, hours and days in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// Whether a text is a day of the calendar, `YYYY-MM-DD` and nothing else.
#[must_use]
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

impl Millis {
    /// This instant moved by a number of milliseconds; saturates.
    #[must_use]
    pub const fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this instant; negative when it lies before.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 with milliseconds and `Z`; instants outside the calendar show as their number.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc().map_or_else(
            || self.0.to_string(),
            |t| t.to_rfc3339_opts(SecondsFormat::Millis, true),
        )
    }

    /// As a chrono instant, when it lies within the calendar.
    #[must_use]
    pub const fn utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }

    /// Reads every form of instant seen on the six wires: RFC 3339 with `Z` or any offset, an offset without colon
    /// (`+0000`), a blank instead of `T`, no zone at all (taken as UTC), and a plain date (its midnight UTC).
    ///
    /// # Errors
    /// The text, shortened, when it is none of these.
    pub fn parse_lenient(text: &str) -> Result<Self, NotATime> {
        let text = text.trim();
        let bad = || NotATime(text.chars().take(60).collect());
        if text.len() > 40 {
            return Err(bad());
        }
        if let Ok(t) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self(t.timestamp_millis()));
        }
        for form in [
            "%Y-%m-%dT%H:%M:%S%.f%z",
            "%Y-%m-%d %H:%M:%S%.f%z",
            "%a, %d %b %Y %H:%M:%S %z",
        ] {
            if let Ok(t) = DateTime::parse_from_str(text, form) {
                return Ok(Self(t.timestamp_millis()));
            }
        }
        for form in [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%dT%H:%M:%S%.fZ",
        ] {
            if let Ok(t) = NaiveDateTime::parse_from_str(text, form) {
                return Ok(Self(t.and_utc().timestamp_millis()));
            }
        }
        chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .and_then(|d| d.and_hms_opt(0, 0, 0))
            .map(|t| Self(t.and_utc().timestamp_millis()))
            .ok_or_else(bad)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.rfc3339())
    }
}

/// Text that is no instant in any form seen on the wires.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no time")]
pub struct NotATime(pub String);

/// Serde for instants as RFC 3339 text: `#[serde(with = "domain::time::rfc3339")]`.
pub mod rfc3339 {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Millis;

    /// Writes RFC 3339 with `Z`.
    ///
    /// # Errors
    /// Only the serializer's own.
    pub fn serialize<S: Serializer>(at: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    /// Reads any form of [`Millis::parse_lenient`].
    ///
    /// # Errors
    /// When the text is no time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        Millis::parse_lenient(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_on_the_wires_is_read_as_the_same_instant() {
        for text in [
            "2018-04-17T10:17:43.902+0000",
            "2018-04-17T10:17:43.902Z",
            "2018-04-17T12:17:43.902+02:00",
            "2018-04-17 10:17:43.902",
            "2018-04-17T10:17:43.902",
        ] {
            assert_eq!(
                Millis::parse_lenient(text).unwrap().0,
                1_523_960_263_902,
                "{text}"
            );
        }
        assert!(Millis::parse_lenient("yesterday").is_err());
        assert!(Millis::parse_lenient(&"9".repeat(500)).is_err());
    }
}
