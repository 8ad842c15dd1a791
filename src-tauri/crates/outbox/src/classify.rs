//! From what a connector answered to what happens to the step. Pure.

use connectors::{CallError, LookUp, Receipt};
use domain::{
    Millis,
    operation::{Call, Level, Operation},
    step::{AfterUnknown, StepEvent, WaitReason, after_unknown, back_off},
};

/// What an answer means.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The event for the step.
    pub event: StepEvent,
    /// Said in the list of attempts.
    pub message: String,
    /// HTTP status, where there was one.
    pub http_status: Option<u16>,
    /// What the other side confirmed.
    pub receipt: Option<Receipt>,
    /// Values over there, for a conflict.
    pub theirs: Option<(serde_json::Value, Option<String>)>,
    /// What it means for the rest of the run.
    pub run: Run,
}

/// What an answer means for the steps behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// Go on.
    GoOn,
    /// The link is dead: no more of this system in this run.
    Stop,
    /// This system waits for a sign-in.
    Pause(String),
}

impl Verdict {
    fn of(event: StepEvent, message: impl Into<String>) -> Self {
        Self {
            event,
            message: message.into(),
            http_status: None,
            receipt: None,
            theirs: None,
            run: Run::GoOn,
        }
    }

    fn status(mut self, status: u16) -> Self {
        self.http_status = (status != 0).then_some(status);
        self
    }

    fn run(mut self, run: Run) -> Self {
        self.run = run;
        self
    }
}

/// What the answer to a write means. `attempts` counts this one; `jitter` is 0.0 to 1.0.
#[must_use]
pub fn after_perform(
    result: Result<Receipt, CallError>,
    operation: Operation,
    attempts: u32,
    now: Millis,
    jitter: f64,
) -> Verdict {
    match result {
        Ok(receipt) => confirmed(receipt, "Confirmed"),
        Err(CallError::Unreachable(why)) => {
            Verdict::of(StepEvent::NotSent, format!("Not sent: {why}")).run(Run::Stop)
        }
        Err(CallError::Transient {
            status,
            message,
            retry_at,
        }) => {
            let own = now.plus(back_off(attempts, jitter));
            // Retry-After is obeyed, but never shortens our own back-off.
            let retry_at = retry_at.map_or(own, |asked| asked.max(own));
            Verdict::of(
                StepEvent::Transient { retry_at },
                format!("Not now: {message}"),
            )
            .status(status)
        }
        Err(CallError::Unknown(why)) => Verdict::of(
            StepEvent::OutcomeUnknown {
                look_up_after: look_up_after(operation, now),
            },
            format!("No answer seen: {why}"),
        ),
        Err(CallError::Conflict {
            message,
            theirs,
            version,
        }) => Verdict {
            theirs: Some((theirs, version)),
            ..Verdict::of(
                StepEvent::Conflict,
                format!("Changed on the other side: {message}"),
            )
        },
        Err(CallError::Refused { status, message }) => {
            Verdict::of(StepEvent::Refused, format!("Refused: {message}")).status(status)
        }
        Err(CallError::SignIn(why)) => Verdict::of(
            StepEvent::Held {
                reason: WaitReason::OnSignIn,
                until: None,
            },
            format!("Needs sign-in: {why}"),
        )
        .status(401)
        .run(Run::Pause(why)),
    }
}

/// When looking up can tell: at once for calls that repeat safely, after the longest time for the rest.
#[must_use]
pub const fn look_up_after(operation: Operation, now: Millis) -> Millis {
    match operation.level() {
        Level::A => now,
        Level::B | Level::C => now.plus(operation.longest_time()),
    }
}

/// What to do with an unknown outcome whose time has come.
#[must_use]
pub const fn next_for_unknown(level: Level) -> AfterUnknown {
    after_unknown(level)
}

/// What the answer to a look-up means.
#[must_use]
pub fn after_look_up(
    result: Result<LookUp, CallError>,
    operation: Operation,
    attempts: u32,
    now: Millis,
    jitter: f64,
) -> Verdict {
    let later = |message: String| {
        let at = now.plus(back_off(attempts, jitter));
        Verdict::of(StepEvent::OutcomeUnknown { look_up_after: at }, message)
    };
    match result {
        Ok(LookUp::Found(receipt)) => confirmed(receipt, "Found on the other side"),
        Ok(LookUp::Absent) => Verdict::of(
            StepEvent::SafeToResend,
            "Not there after its longest time: will be sent again",
        ),
        Ok(LookUp::CannotTell(why)) => Verdict::of(
            StepEvent::CannotTell,
            format!("The other side cannot tell: {why}"),
        ),
        Err(CallError::Unreachable(why)) => later(format!("Could not look: {why}")).run(Run::Stop),
        Err(CallError::SignIn(why)) => later(format!("Could not look: {why}"))
            .status(401)
            .run(Run::Pause(why)),
        Err(CallError::Conflict { message, .. }) => Verdict::of(
            StepEvent::CannotTell,
            format!("Looks different there: {message}"),
        ),
        Err(CallError::Refused { status, message }) => {
            let _ = operation;
            Verdict::of(StepEvent::CannotTell, format!("Look-up refused: {message}")).status(status)
        }
        Err(CallError::Transient {
            status, message, ..
        }) => later(format!("Could not look: {message}")).status(status),
        Err(CallError::Unknown(why)) => later(format!("Could not look: {why}")),
    }
}

fn confirmed(receipt: Receipt, word: &str) -> Verdict {
    let message = if receipt.remote_ref.is_empty() {
        word.to_owned()
    } else {
        format!("{word}: {}", receipt.remote_ref)
    };
    Verdict {
        receipt: Some(receipt.clone()),
        ..Verdict::of(
            StepEvent::Confirmed {
                remote_ref: receipt.remote_ref,
            },
            message,
        )
    }
}

/// Completes a receipt with what later steps and the review need: hash of the bytes and, for a rendered letter, the
/// content hash a signature names and the data it was rendered from.
///
/// # Errors
/// When the data of the letter have no canonical form, in words.
pub fn complete_receipt(call: &Call, receipt: &mut Receipt) -> Result<(), String> {
    let Some(bytes) = &receipt.bytes else {
        return Ok(());
    };
    let sha256 = domain::canonical::sha256_hex(bytes);
    if let Call::Render {
        template,
        template_version,
        data,
        ..
    } = call
    {
        let hash = domain::letter::hash_of_render(template, *template_version, data, &sha256)
            .map_err(|e| e.to_string())?;
        receipt
            .detail
            .insert("content_hash".to_owned(), hash.into());
        // What was rendered, as it was: whoever releases the letter elsewhere renders it from this.
        receipt.detail.insert("data".to_owned(), data.clone());
    }
    receipt.detail.insert("sha256".to_owned(), sha256.into());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000_000);

    fn failed(error: CallError, operation: Operation) -> Verdict {
        after_perform(Err(error), operation, 1, NOW, 0.0)
    }

    #[test]
    fn an_answer_nobody_saw_is_unknown_and_never_a_retry() {
        let verdict = failed(CallError::Unknown("reset".into()), Operation::Release);
        assert_eq!(
            verdict.event,
            StepEvent::OutcomeUnknown {
                look_up_after: NOW.plus(Operation::Release.longest_time())
            }
        );
        let verdict = failed(CallError::Unknown("reset".into()), Operation::PostMessage);
        assert_eq!(
            verdict.event,
            StepEvent::OutcomeUnknown { look_up_after: NOW }
        );
    }

    #[test]
    fn a_dead_link_stops_the_run_without_charging_the_step() {
        let verdict = failed(
            CallError::Unreachable("refused".into()),
            Operation::PostMessage,
        );
        assert_eq!(
            (verdict.event, verdict.run),
            (StepEvent::NotSent, Run::Stop)
        );
    }

    #[test]
    fn retry_after_is_obeyed_and_never_shortens_our_own_back_off() {
        let asked = |at| CallError::Transient {
            status: 503,
            message: "busy".into(),
            retry_at: Some(at),
        };
        assert_eq!(
            failed(asked(NOW.plus(90_000)), Operation::PostMessage).event,
            StepEvent::Transient {
                retry_at: NOW.plus(90_000)
            }
        );
        assert_eq!(
            failed(asked(NOW), Operation::PostMessage).event,
            StepEvent::Transient {
                retry_at: NOW.plus(1_000)
            }
        );
    }

    #[test]
    fn refused_sign_in_pauses_its_system_and_keeps_the_step() {
        let verdict = failed(CallError::SignIn("expired".into()), Operation::CreateTicket);
        assert_eq!(
            verdict.event,
            StepEvent::Held {
                reason: WaitReason::OnSignIn,
                until: None
            }
        );
        assert_eq!(verdict.run, Run::Pause("expired".into()));
    }

    #[test]
    fn what_cannot_be_told_is_never_sent_again_by_machine() {
        let verdict = after_look_up(
            Ok(LookUp::CannotTell("two match".into())),
            Operation::Release,
            1,
            NOW,
            0.0,
        );
        assert_eq!(verdict.event, StepEvent::CannotTell);
    }
}
