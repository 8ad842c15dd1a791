//! Where a recipient stands, and with all of them the distribution.

use serde::{Deserialize, Serialize};

use crate::{Millis, record::DeliveryTrack, words};

words! {
    /// Where a recipient stands.
    RecipientState {
        /// Not sent yet.
        Ready = "ready",
        /// Handed to the grid.
        Sent = "sent",
        /// Delivered, as the grid says; not proven yet.
        Delivered = "delivered",
        /// Delivery is proven.
        Proven = "proven",
        /// No proof came in time. A late one still proves.
        Unproven = "unproven",
        /// Refused, withdrawn, or not delivered.
        Failed = "failed",
    }
}
words! {
    /// Where a distribution stands.
    DistributionState {
        /// Nothing has been sent yet.
        Ready = "ready",
        /// It goes out, or proofs are awaited.
        Sending = "sending",
        /// Every delivery is proven.
        Complete = "complete",
        /// Nothing is awaited any more, and not every delivery is proven.
        Partial = "partial",
    }
}

impl RecipientState {
    /// Whether something is still awaited without a person.
    #[must_use]
    pub const fn is_moving(self) -> bool {
        matches!(self, Self::Ready | Self::Sent | Self::Delivered)
    }
}

/// What is known of a recipient.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// When it was sent.
    pub sent_at: Option<Millis>,
    /// It was refused before the grid took it, or withdrawn.
    pub given_up: bool,
    /// What the grid says of its delivery; `None` while its transaction was not pulled.
    pub delivery: Option<DeliveryTrack>,
    /// A proof that proves it is here.
    pub proven: bool,
}

/// Where a recipient stands, and until when a proof is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// State.
    pub state: RecipientState,
    /// When it counts as unproven; `None` where nothing is awaited.
    pub due_at: Option<Millis>,
}

/// Where a recipient stands at an instant. `patience` is how long after sending a proof is awaited, in milliseconds.
#[must_use]
pub fn standing(known: Known, patience: i64, now: Millis) -> Standing {
    let settled = |state| Standing {
        state,
        due_at: None,
    };
    // What is proven was delivered, whatever is said later.
    if known.proven {
        return settled(RecipientState::Proven);
    }
    let Some(sent_at) = known.sent_at else {
        return settled(if known.given_up {
            RecipientState::Failed
        } else {
            RecipientState::Ready
        });
    };
    if known.delivery == Some(DeliveryTrack::Failed) {
        return settled(RecipientState::Failed);
    }
    let due = sent_at.plus(patience);
    Standing {
        state: match known.delivery {
            _ if now >= due => RecipientState::Unproven,
            Some(DeliveryTrack::Delivered) => RecipientState::Delivered,
            _ => RecipientState::Sent,
        },
        due_at: Some(due),
    }
}

/// Recipients by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All of them.
    pub recipients: u32,
    /// Not sent yet.
    pub ready: u32,
    /// Handed to the grid.
    pub sent: u32,
    /// Delivered.
    pub delivered: u32,
    /// Proven.
    pub proven: u32,
    /// Unproven.
    pub unproven: u32,
    /// Failed.
    pub failed: u32,
}

impl Counts {
    /// Counts states.
    #[must_use]
    pub fn of(states: impl Iterator<Item = RecipientState>) -> Self {
        let mut counts = Self::default();
        for state in states {
            counts.recipients += 1;
            let place = match state {
                RecipientState::Ready => &mut counts.ready,
                RecipientState::Sent => &mut counts.sent,
                RecipientState::Delivered => &mut counts.delivered,
                RecipientState::Proven => &mut counts.proven,
                RecipientState::Unproven => &mut counts.unproven,
                RecipientState::Failed => &mut counts.failed,
            };
            *place += 1;
        }
        counts
    }

    /// Where the distribution stands.
    #[must_use]
    pub const fn state(&self) -> DistributionState {
        if self.ready == self.recipients {
            DistributionState::Ready
        } else if self.ready + self.sent + self.delivered > 0 {
            DistributionState::Sending
        } else if self.proven == self.recipients {
            DistributionState::Complete
        } else {
            DistributionState::Partial
        }
    }
}
