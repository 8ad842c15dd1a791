//! Closed windows over a moving result: each is read whole, overlaps the one before, and repeats are left out.

use domain::{
    Millis,
    canonical::sha256_hex,
    time::{DAY, MINUTE, SECOND},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::PullError;

/// Overlap with the window before, for what Lens lists late.
pub(super) const OVERLAP: i64 = 5 * MINUTE;
/// How long the grid keeps documents, and so how far a first pull goes back.
pub(super) const KEPT: i64 = 45 * DAY;
/// Transactions of one window; each costs a payload, so a page stays small enough to be applied at once.
pub(super) const PAGE: usize = 200;
/// Pages read of a window that is not narrowed any more.
pub(super) const MOST_PAGES: usize = 50;
/// Within this length windows are not halved any more but paged.
const SHORTEST: i64 = SECOND;
/// Repeats remembered across windows.
const REMEMBERED: usize = 2_000;

/// Where a collection stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Everything before this instant was read, as far as Lens listed it then.
    pub(super) at: i64,
    /// Whether windows of one round are still to come: the next begins where the last ended.
    #[serde(default)]
    pub(super) under_way: bool,
    /// Marks of what was read within the overlap.
    #[serde(default)]
    pub(super) seen: Vec<String>,
}

impl Cursor {
    /// Reads a stored cursor, or begins `back` milliseconds before now.
    ///
    /// # Errors
    /// [`PullError::CursorLost`] when it is not one of ours.
    pub(super) fn read(text: Option<&str>, now: Millis, back: i64) -> Result<Self, PullError> {
        match text {
            None => Ok(Self {
                at: now.plus(-back).0,
                under_way: false,
                seen: Vec::new(),
            }),
            Some(text) => serde_json::from_str(text)
                .map_err(|_| PullError::CursorLost("the cursor does not read".to_owned())),
        }
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// First instant of the next window.
    pub(super) fn from(&self) -> Millis {
        let overlap = if self.under_way { 0 } else { OVERLAP };
        Millis(self.at).plus(-overlap)
    }

    /// Whether a transaction was read in this state before.
    pub(super) fn knows(&self, mark: &str) -> bool {
        self.seen.iter().any(|m| m == mark)
    }

    /// The cursor after a window that ended at `to`, the last of its round when `to` is `now`. A window that had to be
    /// narrowed may end within the overlap: what is remembered of the rest of it is kept until the round is over.
    pub(super) fn after(&self, to: Millis, now: Millis, read: Vec<(Millis, String)>) -> Self {
        let kept = to.plus(-OVERLAP);
        let under_way = to < now;
        let mut seen = if under_way || self.from() > kept {
            self.seen.clone()
        } else {
            Vec::new()
        };
        for (at, mark) in read {
            if at >= kept && !seen.contains(&mark) {
                seen.push(mark);
            }
        }
        let surplus = seen.len().saturating_sub(REMEMBERED);
        seen.drain(..surplus);
        Self {
            at: to.0,
            under_way,
            seen,
        }
    }
}

/// A narrower window, when one holds more than a page.
pub(super) fn narrower(from: Millis, to: Millis, total: usize) -> Option<Millis> {
    let length = to.since(from);
    if total <= PAGE || length <= SHORTEST {
        return None;
    }
    let total = i64::try_from(total).unwrap_or(i64::MAX).max(1);
    let share = length / total * i64::try_from(PAGE).unwrap_or(1) / 5 * 4;
    // Less than twice the shortest is cut to the shortest: that goes on as well.
    Some(from.plus(share.clamp(SHORTEST, SHORTEST.max(length / 2))))
}

/// What tells one state of a transaction from another: id, statusdate, status, fastatus.
pub(super) fn mark(transaction: &Value) -> String {
    let text = |name: &str| {
        transaction
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let state = ["transactionid", "statusdate", "status", "fastatus"]
        .map(text)
        .join("|");
    sha256_hex(state.as_bytes()).chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_narrows_until_it_fits_and_never_stands_still() {
        let (from, mut to) = (Millis(0), Millis(KEPT));
        let mut total = 100_000;
        let mut steps = 0;
        while let Some(next) = narrower(from, to, total) {
            assert!(next < to && next > from);
            total = total * usize::try_from(next.0).unwrap() / usize::try_from(to.0).unwrap();
            to = next;
            steps += 1;
            assert!(steps < 60);
        }
        assert!(total <= PAGE || to.since(from) <= SHORTEST);
    }

    #[test]
    fn a_window_little_longer_than_the_shortest_is_cut_to_it() {
        for length in [
            SHORTEST + 1,
            SHORTEST * 3 / 2,
            SHORTEST * 2 - 1,
            SHORTEST * 2,
        ] {
            let to = narrower(Millis(0), Millis(length), PAGE + 1).unwrap();
            assert_eq!(to, Millis(SHORTEST), "{length}");
        }
    }

    #[test]
    fn a_busy_overlap_is_read_in_windows_that_go_on_and_nothing_of_it_twice() {
        let now = Millis(KEPT);
        let mark = |n: i64| format!("m{n}");
        let at = |n: i64| now.plus(-OVERLAP + n * SECOND);
        let begun = Cursor {
            at: now.0,
            under_way: false,
            seen: (0..300).map(mark).collect(),
        };
        let later = now.plus(SECOND);
        let first = begun.after(at(60), later, (0..=60).map(|n| (at(n), mark(n))).collect());
        assert_eq!((first.from(), first.under_way), (at(60), true));
        assert!(
            first.knows(&mark(200)),
            "it is read again in the next window"
        );
        let rest = (60..=300).map(|n| (at(n), mark(n))).collect();
        let last = first.after(later, later, rest);
        assert_eq!(last.from(), later.plus(-OVERLAP));
        assert!((2..=300).all(|n| last.knows(&mark(n))));
    }

    #[test]
    fn only_marks_of_the_overlap_are_kept() {
        let cursor = Cursor::read(None, Millis(KEPT), KEPT).unwrap();
        let to = Millis(KEPT);
        let next = cursor.after(
            to,
            to,
            vec![(Millis(0), "old".into()), (to.plus(-1), "new".into())],
        );
        assert_eq!(next.seen, ["new"]);
        assert_eq!(next.from(), to.plus(-OVERLAP));
        assert!(Cursor::read(Some("junk"), to, KEPT).is_err());
    }
}
