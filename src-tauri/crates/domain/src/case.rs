//! States of a case and the words on its wire.

use crate::words;

words! {
    /// States of a partner case.
    CaseStatus {
        /// Nobody looked yet.
        New = "new",
        /// Sorted, not begun.
        Triaged = "triaged",
        /// Being worked on.
        InProgress = "in_progress",
        /// The partner has to act.
        WaitingPartner = "waiting_partner",
        /// A colleague has to act.
        WaitingInternal = "waiting_internal",
        /// Solved, not yet closed.
        Resolved = "resolved",
        /// Done.
        Closed = "closed",
        /// The same as another case.
        Duplicate = "duplicate",
        /// Withdrawn.
        Cancelled = "cancelled",
    }
}

impl CaseStatus {
    /// Whether work remains. A word that is not on the list counts as open, so that nothing falls off the queue.
    #[must_use]
    pub fn is_open(word: &str) -> bool {
        !matches!(
            word.parse::<Self>(),
            Ok(Self::Resolved | Self::Closed | Self::Duplicate | Self::Cancelled)
        )
    }
}
