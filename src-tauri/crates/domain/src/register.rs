//! Registers: when a letter counts as approved, when it was first used, and how long approvals take.

use crate::{
    Millis, notice::NoticeState, record::Delivery, review::ReviewState, review_log::ReviewRecord,
    review_rule, time::DAY, words,
};

words! {
    /// A register.
    Register {
        /// Letters that were put under review, before they were used.
        Approval = "approval",
        /// What became of everything that was sent.
        Delivery = "delivery",
    }
}

/// State of a notice whose words nobody knows.
pub const UNKNOWN: &str = "unknown";

/// States of a notice that left: what could not be sent, or was withdrawn before, was not used.
pub const USED: [NoticeState; 5] = [
    NoticeState::Released,
    NoticeState::Sent,
    NoticeState::Delivered,
    NoticeState::Bounced,
    NoticeState::Responded,
];

/// When the quorum was reached: the time of the signature that completed it. `None` while the letter is not approved.
#[must_use]
pub fn approved_at(review: &ReviewRecord, now: Millis) -> Option<Millis> {
    if review.state(now) != ReviewState::Approved {
        return None;
    }
    let signatures = &review.signatures;
    let completing = (1..=signatures.len()).find(|count| {
        let so_far = signatures.get(..*count).unwrap_or_default();
        review_rule::progress(&review.request, so_far).is_complete()
    })?;
    signatures.get(completing.checked_sub(1)?).map(|s| s.at)
}

/// When a notice was first used, as far as its delivery tells: when its job began, or its last event where only that is
/// known. `None` for one that never left.
#[must_use]
pub fn first_use(delivery: &Delivery) -> Option<Millis> {
    let state: NoticeState = delivery.state.parse().ok()?;
    let left = USED.contains(&state);
    left.then(|| delivery.released_at.unwrap_or(delivery.event_at))
}

/// Monday 00:00 UTC of the week an instant lies in.
#[must_use]
pub const fn week_of(at: Millis) -> Millis {
    // 1970-01-01 was a Thursday.
    let days = at.0.div_euclid(DAY);
    Millis((days - (days + 3).rem_euclid(7)) * DAY)
}

/// How long the approvals of one week took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its Monday, 00:00 UTC.
    pub from: Millis,
    /// Letters approved in it.
    pub approved: u32,
    /// Half of them took at most so long, in milliseconds; 0 for a week without approvals.
    pub median: i64,
    /// Nine of ten took at most so long, in milliseconds; 0 for a week without approvals.
    pub p90: i64,
}

/// Approvals by the week of their last signature, oldest week first, weeks without any between them included. A pair is
/// when the letter was asked for and when it was approved; clocks that disagree make no time negative.
#[must_use]
pub fn weeks(approvals: &[(Millis, Millis)], most: usize) -> Vec<Week> {
    let newest = approvals.iter().map(|(_, at)| week_of(*at)).max();
    let oldest = approvals.iter().map(|(_, at)| week_of(*at)).min();
    let (Some(newest), Some(oldest)) = (newest, oldest) else {
        return Vec::new();
    };
    let width = 7 * DAY;
    let reach = i64::try_from(most.saturating_sub(1)).unwrap_or(i64::MAX / width);
    let oldest = oldest
        .0
        .max(newest.0.saturating_sub(reach.saturating_mul(width)));
    let mut all = Vec::new();
    let mut from = oldest;
    while from <= newest.0 && all.len() < most {
        let of_week = approvals.iter().filter(|(_, at)| week_of(*at).0 == from);
        let mut took: Vec<i64> = of_week.map(|(asked, at)| at.since(*asked).max(0)).collect();
        took.sort_unstable();
        all.push(Week {
            from: Millis(from),
            approved: u32::try_from(took.len()).unwrap_or(u32::MAX),
            median: percentile(&took, 50),
            p90: percentile(&took, 90),
        });
        from += width;
    }
    all
}

/// Nearest rank in a sorted list; 0 of nothing.
fn percentile(sorted: &[i64], percent: usize) -> i64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

/// Text as it may be printed: what steers a display instead of being seen (control characters, marks that turn the reading
/// direction around, signs without a width) is written out, as `[U+202E]`. Line ends and tabs are blanks.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => safe.push(' '),
            _ if is_hidden(letter) => safe.push_str(&written_out(letter)),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A letter by its number, `[U+202E]`.
#[must_use]
pub fn written_out(letter: char) -> String {
    format!("[U+{:04X}]", u32::from(letter))
}

/// Whether a letter has no shape of its own: it steers how others are shown, or hides.
#[must_use]
pub const fn is_hidden(letter: char) -> bool {
    matches!(letter,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    fn at(text: &str) -> Millis {
        Millis::parse_lenient(text).unwrap()
    }

    #[test]
    fn a_week_begins_on_monday_at_midnight_also_before_1970() {
        for (instant, monday) in [
            ("2025-11-16T23:59:59Z", "2025-11-10T00:00:00Z"),
            ("2025-11-17T00:00:00Z", "2025-11-17T00:00:00Z"),
            ("1970-01-01T00:00:00Z", "1969-12-29T00:00:00Z"),
            ("1969-12-28T23:00:00Z", "1969-12-22T00:00:00Z"),
        ] {
            assert_eq!(week_of(at(instant)), at(monday), "{instant}");
        }
    }

    #[test]
    fn median_and_ninth_tenth_are_those_of_the_week_and_empty_weeks_are_not_left_out() {
        let start = at("2025-11-03T08:00:00Z");
        let mut approvals: Vec<(Millis, Millis)> = (1..=10)
            .map(|hours| (start, start.plus(hours * HOUR)))
            .collect();
        // Two weeks later, by a clock that runs behind.
        let later = start.plus(14 * DAY);
        approvals.push((later.plus(HOUR), later));
        let weeks = weeks(&approvals, 52);
        let told: Vec<_> = weeks
            .iter()
            .map(|w| (w.approved, w.median / HOUR, w.p90 / HOUR))
            .collect();
        assert_eq!(told, [(10, 5, 9), (0, 0, 0), (1, 0, 0)]);
        assert_eq!(weeks[0].from, at("2025-11-03T00:00:00Z"));
    }

    #[test]
    fn a_year_of_the_far_past_makes_no_endless_row_of_weeks() {
        let approvals = [
            (Millis(0), Millis(i64::MIN / 4)),
            (Millis(0), at("2025-11-17T00:00:00Z")),
        ];
        let weeks = weeks(&approvals, 26);
        assert_eq!(weeks.len(), 26);
        assert_eq!(weeks.last().map(|w| w.approved), Some(1));
    }

    #[test]
    fn what_steers_the_display_is_written_out() {
        for (text, shown) in [
            ("Lena Kovář", "Lena Kovář"),
            ("evil\u{202e}fdp.exe", "evil[U+202E]fdp.exe"),
            ("a\0b\u{1b}[31m", "a[U+0000]b[U+001B][31m"),
            ("two\r\nlines\tand", "two  lines and"),
            ("zero\u{200b}width\u{feff}", "zero[U+200B]width[U+FEFF]"),
            ("tag\u{e0041}", "tag[U+E0041]"),
        ] {
            assert_eq!(printable(text), shown);
        }
        assert!(!printable("\u{2066}x\u{2069}\u{61c}").chars().any(is_hidden));
    }
}
