//! States of an outbox step and the one function that moves between them.

use serde::{Deserialize, Serialize};

use crate::{Millis, operation::Level, words};

words! {
    /// Why a step waits.
    WaitReason {
        /// Until a time: back-off or Retry-After.
        Until = "until",
        /// On another step.
        OnStep = "on_step",
        /// On a gate: review, second person, live check.
        OnGate = "on_gate",
        /// On a system that needs sign-in.
        OnSignIn = "on_sign_in",
    }
}
words! {
    /// Why a person has to decide.
    Attention {
        /// Changed on both sides.
        Conflict = "conflict",
        /// Refused for good.
        Refused = "refused",
        /// Nobody can tell whether it happened.
        Undecidable = "undecidable",
    }
}

/// State of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// Runnable as soon as its lane is free.
    Queued,
    /// Not runnable yet.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// Earliest time to look again, if known.
        until: Option<Millis>,
    },
    /// Attempt and lease are on disk; the request may have left.
    Sending {
        /// Number of the attempt, from 1.
        attempt: u32,
        /// Until when this attempt may still be under way.
        lease_until: Millis,
    },
    /// May or may not have happened.
    Unknown {
        /// Number of the attempt.
        attempt: u32,
        /// Earliest time at which looking up can tell.
        look_up_after: Millis,
    },
    /// A person decides.
    NeedsAttention {
        /// Why.
        attention: Attention,
    },
    /// Done, with the reference on the other side.
    Confirmed {
        /// Id over there.
        remote_ref: String,
    },
    /// Withdrawn by a person before it was sent.
    Cancelled,
}

impl StepState {
    /// Every word of [`StepState::word`], in the order a step goes.
    pub const WORDS: [&'static str; 7] = [
        "queued",
        "waiting",
        "sending",
        "unknown",
        "needs_attention",
        "confirmed",
        "cancelled",
    ];

    /// The word stored in SQL.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting { .. } => "waiting",
            Self::Sending { .. } => "sending",
            Self::Unknown { .. } => "unknown",
            Self::NeedsAttention { .. } => "needs_attention",
            Self::Confirmed { .. } => "confirmed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to it.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Confirmed { .. } | Self::Cancelled)
    }
}

/// What happened to a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepEvent {
    /// What it waited for is there.
    Released,
    /// It has to wait.
    Held {
        /// Why.
        reason: WaitReason,
        /// Until when, if known.
        until: Option<Millis>,
    },
    /// A worker took it: attempt and lease are written with this.
    Claimed {
        /// Until when the attempt may be under way.
        lease_until: Millis,
    },
    /// The other side confirmed (directly or by look-up).
    Confirmed {
        /// Id over there.
        remote_ref: String,
    },
    /// Nothing reached the other side: back to the queue, the attempt is not charged.
    NotSent,
    /// Not now; come back.
    Transient {
        /// When.
        retry_at: Millis,
    },
    /// Sent, outcome not seen; or the lease ran out while sending.
    OutcomeUnknown {
        /// When looking up can tell.
        look_up_after: Millis,
    },
    /// Looked up: it did not happen, or (level A) sending again is safe.
    SafeToResend,
    /// Looked up: the other side cannot tell, or there is nothing to look up by.
    CannotTell,
    /// Changed on both sides.
    Conflict,
    /// Refused for good.
    Refused,
    /// A person withdrew it.
    CancelledByPerson,
    /// A person says: send (again).
    ResendByPerson,
    /// A person says: it did happen.
    ConfirmedByPerson {
        /// Reference the person gave or found.
        remote_ref: String,
    },
}

/// An event that does not fit the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a step that is {from} cannot take {event}")]
pub struct IllegalTransition {
    /// State word.
    pub from: &'static str,
    /// Event, as debug text.
    pub event: String,
}

/// The next state. `attempts` is the number of attempts written so far.
///
/// # Errors
/// [`IllegalTransition`] when the event does not fit; the caller changes nothing then.
pub fn transition(
    from: &StepState,
    event: StepEvent,
    attempts: u32,
) -> Result<StepState, IllegalTransition> {
    use StepEvent as E;
    use StepState as S;
    let next = match (from, event) {
        (S::Waiting { .. }, E::Released) => S::Queued,
        (S::Queued | S::Waiting { .. }, E::Held { reason, until }) => S::Waiting { reason, until },
        (S::Queued, E::Claimed { lease_until }) => S::Sending {
            attempt: attempts.saturating_add(1),
            lease_until,
        },
        (S::Sending { .. } | S::Unknown { .. }, E::Confirmed { remote_ref }) => {
            S::Confirmed { remote_ref }
        }
        (S::Sending { .. }, E::NotSent) => S::Queued,
        (S::Sending { .. }, E::Transient { retry_at }) => S::Waiting {
            reason: WaitReason::Until,
            until: Some(retry_at),
        },
        (S::Sending { .. }, E::Held { reason, until }) => S::Waiting { reason, until },
        (
            S::Sending { attempt, .. } | S::Unknown { attempt, .. },
            E::OutcomeUnknown { look_up_after },
        ) => S::Unknown {
            attempt: *attempt,
            look_up_after,
        },
        (S::Unknown { .. }, E::SafeToResend) => S::Queued,
        (S::Unknown { .. }, E::CannotTell) => S::NeedsAttention {
            attention: Attention::Undecidable,
        },
        (S::Sending { .. } | S::Unknown { .. }, E::Conflict) => S::NeedsAttention {
            attention: Attention::Conflict,
        },
        (S::Sending { .. } | S::Unknown { .. } | S::Queued | S::Waiting { .. }, E::Refused) => {
            S::NeedsAttention {
                attention: Attention::Refused,
            }
        }
        (S::Queued | S::Waiting { .. } | S::NeedsAttention { .. }, E::CancelledByPerson) => {
            S::Cancelled
        }
        (S::NeedsAttention { .. } | S::Waiting { .. }, E::ResendByPerson) => S::Queued,
        (
            S::NeedsAttention {
                attention: Attention::Undecidable,
            },
            E::ConfirmedByPerson { remote_ref },
        ) => S::Confirmed { remote_ref },
        (from, event) => {
            return Err(IllegalTransition {
                from: from.word(),
                event: format!("{event:?}"),
            });
        }
    };
    Ok(next)
}

/// What to do with an unknown outcome once looking up can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterUnknown {
    /// Send again with the same key.
    Resend,
    /// Ask the other side first.
    LookUp,
    /// A person decides.
    AskPerson,
}

/// The rule of the levels.
#[must_use]
pub const fn after_unknown(level: Level) -> AfterUnknown {
    match level {
        Level::A => AfterUnknown::Resend,
        Level::B => AfterUnknown::LookUp,
        Level::C => AfterUnknown::AskPerson,
    }
}

/// Delay before attempt `attempts + 1` after a transient failure: 1, 2, 4 ... 300 s, with `jitter` in 0.0..1.0
/// taking off up to half of it.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
pub fn back_off(attempts: u32, jitter: f64) -> i64 {
    let seconds = 1_i64 << attempts.saturating_sub(1).min(9);
    let full = seconds.min(300) * crate::time::SECOND;
    full - (full as f64 * 0.5 * jitter.clamp(0.0, 1.0)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_words_is_the_words_of_the_states() {
        let states = [
            StepState::Queued,
            StepState::Waiting {
                reason: WaitReason::OnStep,
                until: None,
            },
            StepState::Sending {
                attempt: 1,
                lease_until: Millis(1),
            },
            StepState::Unknown {
                attempt: 1,
                look_up_after: Millis(1),
            },
            StepState::NeedsAttention {
                attention: Attention::Refused,
            },
            StepState::Confirmed {
                remote_ref: String::new(),
            },
            StepState::Cancelled,
        ];
        assert_eq!(states.map(|state| state.word()), StepState::WORDS);
    }

    #[test]
    fn a_confirmed_or_cancelled_step_takes_no_event() {
        for state in [
            StepState::Confirmed {
                remote_ref: "1".into(),
            },
            StepState::Cancelled,
        ] {
            for event in [
                StepEvent::Released,
                StepEvent::Claimed {
                    lease_until: Millis(1),
                },
                StepEvent::SafeToResend,
                StepEvent::ResendByPerson,
                StepEvent::CancelledByPerson,
            ] {
                assert!(transition(&state, event, 1).is_err());
            }
        }
    }

    #[test]
    fn a_step_that_may_be_under_way_cannot_be_cancelled_or_resent_by_a_person() {
        let sending = StepState::Sending {
            attempt: 1,
            lease_until: Millis(5),
        };
        let unknown = StepState::Unknown {
            attempt: 1,
            look_up_after: Millis(5),
        };
        for state in [sending, unknown] {
            assert!(transition(&state, StepEvent::CancelledByPerson, 1).is_err());
            assert!(transition(&state, StepEvent::ResendByPerson, 1).is_err());
        }
    }

    #[test]
    fn an_unknown_outcome_never_goes_back_to_the_queue_without_an_answer() {
        let unknown = StepState::Unknown {
            attempt: 1,
            look_up_after: Millis(5),
        };
        assert!(transition(&unknown, StepEvent::Released, 1).is_err());
        assert!(transition(&unknown, StepEvent::NotSent, 1).is_err());
        assert_eq!(
            transition(&unknown, StepEvent::SafeToResend, 1).unwrap(),
            StepState::Queued
        );
    }

    #[test]
    fn back_off_grows_to_five_minutes_and_stays_there() {
        assert_eq!(back_off(1, 0.0), 1_000);
        assert_eq!(back_off(4, 0.0), 8_000);
        assert_eq!(back_off(40, 0.0), 300_000);
        assert_eq!(back_off(40, 1.0), 150_000);
    }
}
