//! Texts of tickets: the mark of our steps in them, and the harmless text of others.

use domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Receipt, text::cut};

/// Longest text kept of an entry.
const LIMIT: usize = 64 * 1024;

/// The mark of a step, as it stands in a text.
pub(super) fn mark(reference: &str) -> String {
    format!("[pc:{reference}]")
}

/// A text with the mark of its step on a line of its own.
pub(super) fn marked(body: &str, reference: &str) -> String {
    format!("{}\n\n{}", body.trim_end(), mark(reference))
}

/// Plain text of a message: HTML loses its tags and everything that is no text, control characters go.
pub(crate) fn plain(media_type: &str, text: &str) -> String {
    let bare = if media_type.starts_with("text/html") {
        let breaks = text
            .replace("<br", "\n<br")
            .replace("</p>", "\n</p>")
            .replace("</div>", "\n</div>");
        unescaped(&ammonia::Builder::empty().clean(&breaks).to_string())
    } else {
        text.to_owned()
    };
    let kept: String = bare
        .chars()
        .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
        .collect();
    cut(kept.trim(), LIMIT).to_owned()
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&nbsp;", " ")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

pub(super) fn receipt(remote_ref: &str, detail: &[(&str, Value)]) -> Receipt {
    Receipt {
        remote_ref: remote_ref.to_owned(),
        detail: detail
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<Map<_, _>>(),
        bytes: None,
    }
}

/// A ticket as it was seen: two changes within one second differ in the version only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) id: String,
    pub(super) at: Millis,
    pub(super) version: Option<String>,
}

/// Where the reading of changed tickets stands. Both trackers know whole seconds only and change under the reader, so
/// a window never goes by page numbers alone: it moves with the last change seen, reaches back behind it, and what was
/// seen there is left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Window {
    /// Changes after this instant are asked for, with an overlap.
    pub(super) after: Option<Millis>,
    /// Entries of tickets are read from here on: where this round began.
    pub(super) entries_from: Option<Millis>,
    /// Whether a round is under way.
    pub(super) under_way: bool,
    /// Page within the window, from 0; only used where one second holds more tickets than a page.
    pub(super) page: usize,
    /// How far it reaches back behind the last change.
    #[serde(default)]
    pub(super) margin: i64,
    /// What was seen within the overlap.
    pub(super) seen: Vec<State>,
}

/// How far a window reaches back: the resolution of a second, and one more for clocks between two database servers.
pub(super) const OVERLAP: i64 = 2_000;

/// How far it reaches back where the tracker reads times in another zone than UTC: every zone lies within.
const WIDE: i64 = 15 * 60 * 60 * 1_000;

impl Window {
    /// Begins a round. Both trackers read the times of a query in the zone of the user who asks; where that is not
    /// UTC, the window is so wide that the zone does not matter, and what was seen is left out.
    pub(super) fn begin(&mut self, in_utc: bool) {
        self.margin = if in_utc { OVERLAP } else { WIDE };
        if !self.under_way {
            self.under_way = true;
            self.entries_from = self.after.map(|at| at.plus(-OVERLAP));
        }
    }

    /// The instant to ask after.
    pub(super) fn since(&self) -> Option<Millis> {
        if self.margin <= OVERLAP {
            self.after.map(|at| at.plus(-OVERLAP))
        } else {
            // Pages are counted here, so the window stands still for the whole round.
            self.entries_from.map(|at| at.plus(OVERLAP - WIDE))
        }
    }

    /// Whether this state was seen and its second has long passed: no other change can hide in it.
    pub(super) fn settled(&self, id: &str, at: Millis) -> bool {
        self.may_know(id, at) && self.after.is_some_and(|after| at < after.plus(-OVERLAP))
    }

    /// Whether a ticket may have been seen in an earlier page: then its version decides.
    pub(super) fn may_know(&self, id: &str, at: Millis) -> bool {
        self.seen.iter().any(|s| s.id == id && s.at == at)
    }

    /// Whether exactly this state was seen.
    pub(super) fn knows(&self, state: &State) -> bool {
        self.seen.contains(state)
    }

    /// Moves on behind a page; `full` says that there may be more. A change that is said to lie ahead of now does not
    /// take the window along, or nothing would be seen until then.
    pub(super) fn step(&mut self, states: Vec<State>, full: bool, now: Millis) {
        let before = self.after;
        self.after = self.after.max(states.iter().map(|s| s.at.min(now)).max());
        let since = self.since();
        for state in states {
            if !self.knows(&state) {
                self.seen.push(state);
            }
        }
        self.seen
            .retain(|s| since.is_none_or(|since| s.at >= since));
        if full {
            // The window only moved on when a later second was reached; else the next page of the same one is read.
            let moved = self.after > before && self.margin <= OVERLAP;
            self.page = if moved { 0 } else { self.page + 1 };
        } else {
            self.page = 0;
            self.under_way = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_of_others_becomes_text() {
        let html = "<p>Count <b>confirmed</b> &amp; booked</p><script>alert(1)</script><img src=x onerror=alert(2)>";
        let text = plain("text/html; charset=utf-8", html);
        assert_eq!(text, "Count confirmed & booked");
        assert_eq!(plain("text/plain", "a\u{0}b\n<c>"), "ab\n<c>");
    }

    #[test]
    fn a_window_moves_with_the_last_second_and_pages_within_one() {
        let mut window = Window::default();
        window.begin(true);
        let states = |at: i64, n: usize| -> Vec<State> {
            (0..n)
                .map(|i| State {
                    id: i.to_string(),
                    at: Millis(at),
                    version: Some("7".into()),
                })
                .collect()
        };
        let now = Millis(10_000);
        window.step(states(5_000, 3), true, now);
        assert_eq!((window.after, window.page), (Some(Millis(5_000)), 0));
        assert!(window.knows(&states(5_000, 3)[2]));
        let mut changed = states(5_000, 1).remove(0);
        changed.version = Some("8".into());
        assert!(window.may_know("0", Millis(5_000)) && !window.knows(&changed));
        window.step(states(5_000, 3), true, now);
        assert_eq!(window.page, 1, "more tickets in one second than fit a page");
        window.step(states(9_000, 1), false, now);
        assert_eq!((window.page, window.under_way), (0, false));
        assert_eq!(window.seen, states(9_000, 1));
        window.step(states(99_000, 1), false, now);
        assert_eq!(
            window.after,
            Some(now),
            "a clock that runs ahead hides nothing"
        );
    }

    #[test]
    fn where_times_are_read_in_another_zone_the_window_is_wide_and_nothing_settled_comes_twice() {
        let mut window = Window::default();
        window.begin(false);
        let hour = 3_600_000;
        let state = |id: &str, at: i64| State {
            id: id.into(),
            at: Millis(at),
            version: None,
        };
        let now = Millis(200 * hour);
        window.step(vec![state("1", 100 * hour)], true, now);
        assert_eq!((window.since(), window.page), (None, 1));
        window.step(vec![state("2", 110 * hour)], false, now);
        window.begin(false);
        assert_eq!(window.since(), Some(Millis(95 * hour)));
        assert!(window.settled("1", Millis(100 * hour)));
        assert!(
            !window.settled("2", Millis(110 * hour)),
            "its second may hide another change"
        );
        assert!(!window.settled("1", Millis(101 * hour)));
    }
}
