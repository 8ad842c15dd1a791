//! Notices: states and the rank rule for delivery events that arrive in any order.

use std::collections::BTreeMap;

use crate::{Millis, outreach, words};

words! {
    /// State of a notice.
    NoticeState {
        /// Being written.
        Draft = "draft",
        /// Proof exists.
        Rendered = "rendered",
        /// Waits for signatures.
        InReview = "in_review",
        /// Quorum reached.
        Approved = "approved",
        /// Handed to Exstream.
        Released = "released",
        /// Left for the recipient; no proof of delivery.
        Sent = "sent",
        /// Proof of delivery.
        Delivered = "delivered",
        /// Came back.
        Bounced = "bounced",
        /// Could not be sent.
        Failed = "failed",
        /// The recipient answered.
        Responded = "responded",
        /// Withdrawn.
        Withdrawn = "withdrawn",
        /// Replaced by a newer one.
        Superseded = "superseded",
    }
}

impl NoticeState {
    const fn rank(self) -> u8 {
        match self {
            Self::Draft => 0,
            Self::Rendered => 1,
            Self::InReview => 2,
            Self::Approved => 3,
            Self::Released => 4,
            Self::Sent => 5,
            Self::Delivered => 6,
            Self::Bounced => 7,
            Self::Failed => 8,
            Self::Responded => 9,
            Self::Withdrawn => 10,
            Self::Superseded => 11,
        }
    }

    /// Whether it reached whoever it was for, as far as anybody can say.
    #[must_use]
    pub const fn is_told(self) -> bool {
        matches!(self, Self::Delivered | Self::Responded)
    }

    /// Whether this is an end as far as delivery goes.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::Bounced | Self::Failed)
    }
}

/// The newer of two delivery facts: terminal facts go by event time, ties and non-terminal ones by rank
/// (failed > bounced > delivered > sent), so that every order of arrival ends in the same state.
#[must_use]
pub fn later(a: (NoticeState, Millis), b: (NoticeState, Millis)) -> (NoticeState, Millis) {
    let order = |(state, at): (NoticeState, Millis)| {
        if state.is_terminal() {
            (1_u8, at.0, state.rank())
        } else {
            (0, 0, state.rank())
        }
    };
    if order(b) > order(a) { b } else { a }
}

/// The partner a notice of a batch is for: their id stands in its number, between the case and what tells it from others.
/// `None` for one that is for the partner of its case.
#[must_use]
pub fn addressee<'n>(notice: &'n str, case_id: &str) -> Option<&'n str> {
    let rest = notice.strip_prefix("N-")?.strip_prefix(case_id)?;
    let (partner, _) = rest.strip_prefix('-')?.rsplit_once('-')?;
    (!partner.is_empty()).then_some(partner)
}

/// What decides whether a case may close over a notice.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// Its number.
    pub notice: &'a str,
    /// Word of its state.
    pub state: &'a str,
    /// Channel.
    pub channel: &'a str,
    /// Last event.
    pub at: Millis,
}

impl Ending<'_> {
    /// Whether it ended well: what was not delivered is not told. Print ends at sent, since no event exists for its delivery.
    fn is_well(&self) -> bool {
        match self.state {
            "delivered" | "responded" | "withdrawn" | "superseded" => true,
            "sent" => self.channel != "email",
            _ => false,
        }
    }
}

/// Notices that keep their case open: those that did not end well. Of what an outreach told one customer only the newest
/// counts: it takes the place of those before, whatever became of them.
#[must_use]
pub fn still_open<'a>(case_id: &str, all: impl Iterator<Item = Ending<'a>>) -> Vec<&'a str> {
    let mut newest: BTreeMap<&str, Ending<'a>> = BTreeMap::new();
    let mut open = Vec::new();
    for ending in all {
        let family = ending.notice.rsplit_once('-').map(|(family, _)| family);
        match family.filter(|_| outreach::is_of(case_id, ending.notice)) {
            Some(family) => {
                let place = newest.entry(family).or_insert(ending);
                if (ending.at, ending.notice) > (place.at, place.notice) {
                    *place = ending;
                }
            }
            None if !ending.is_well() => open.push(ending.notice),
            None => {}
        }
    }
    open.extend(newest.values().filter(|e| !e.is_well()).map(|e| e.notice));
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_delivered_keeps_its_case_open_until_it_is_replaced() {
        let ending = |notice, state, channel, at| Ending {
            notice,
            state,
            channel,
            at: Millis(at),
        };
        let all = [
            ending("N-1A2B3C4D", "delivered", "email", 1),
            ending("N-1A2B3C4E", "sent", "letter", 1),
            ending("N-1A2B3C4F", "sent", "email", 1),
            // Told again after it came back, and told otherwise later.
            ending("N-7-P-1-AAAAAAAA", "bounced", "email", 1),
            ending("N-7-P-1-AAAAAAAA.2", "delivered", "email", 2),
            ending("N-7-P-2-AAAAAAAA", "delivered", "email", 1),
            ending("N-7-P-2-BBBBBBBB", "failed", "email", 2),
        ];
        let open = still_open("7", all.into_iter());
        assert_eq!(open, ["N-1A2B3C4F", "N-7-P-2-BBBBBBBB"]);
    }

    #[test]
    fn a_notice_of_a_batch_is_for_the_partner_in_its_number() {
        for (notice, partner) in [
            ("N-48186-P-1001-05E01BD6", Some("P-1001")),
            ("N-48186-P-1001-05E01BD6.2", Some("P-1001")),
            ("N-909101C2", None),
            ("N-48186-05E01BD6", None),
            ("N-48187-P-1001-05E01BD6", None),
            ("N-48186--05E01BD6", None),
        ] {
            assert_eq!(addressee(notice, "48186"), partner, "{notice}");
        }
    }

    #[test]
    fn all_orders_of_four_events_end_in_one_state() {
        let events = [
            (NoticeState::Released, Millis(1)),
            (NoticeState::Sent, Millis(2)),
            (NoticeState::Delivered, Millis(3)),
            (NoticeState::Bounced, Millis(4)),
        ];
        let mut ends = std::collections::HashSet::new();
        for a in 0..4 {
            for b in 0..4 {
                for c in 0..4 {
                    for d in 0..4 {
                        let order = [a, b, c, d];
                        if (0..4).all(|n| order.contains(&n)) {
                            let end = order.iter().map(|n| events[*n]).reduce(later).unwrap();
                            ends.insert(end);
                        }
                    }
                }
            }
        }
        assert_eq!(ends.len(), 1);
        assert!(ends.contains(&(NoticeState::Bounced, Millis(4))));
    }
}
