//! Notices: states and the rank rule for delivery events that arrive in any order.

use crate::{Millis, words};

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

#[cfg(test)]
mod tests {
    use super::*;

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
