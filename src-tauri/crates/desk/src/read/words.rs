//! Machine words as people read them, with their glyph.

use domain::{
    System,
    step::{Attention, StepState, WaitReason},
};

use crate::view::{StatusWord, SystemName, Tone};

pub(crate) fn word(tone: Tone, state: &str, text: impl Into<String>) -> StatusWord {
    StatusWord {
        tone,
        state: state.to_owned(),
        word: text.into(),
    }
}

/// `in_progress` as "In progress".
pub(crate) fn sentence(state: &str) -> String {
    let text = state.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// "1 notice", "2 notices".
pub(crate) fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

pub(crate) const fn system(system: System) -> SystemName {
    match system {
        System::Community => SystemName::Community,
        System::Documents => SystemName::Documents,
        System::Exstream => SystemName::Exstream,
        System::Workflow => SystemName::Workflow,
        System::Workspaces => SystemName::Workspaces,
        System::Tracker => SystemName::Tracker,
    }
}

pub(crate) const fn system_of(name: SystemName) -> Option<System> {
    Some(match name {
        SystemName::Community => System::Community,
        SystemName::Documents => System::Documents,
        SystemName::Exstream => System::Exstream,
        SystemName::Workflow => System::Workflow,
        SystemName::Workspaces => System::Workspaces,
        SystemName::Tracker => System::Tracker,
        SystemName::Console => return None,
    })
}

pub(crate) fn case_status(state: &str) -> StatusWord {
    let tone = match state {
        "new" | "triaged" | "in_progress" => Tone::Wait,
        "waiting_partner" | "waiting_internal" => Tone::Wait,
        "resolved" | "closed" => Tone::Ok,
        "duplicate" | "cancelled" => Tone::None,
        _ => Tone::Unknown,
    };
    word(tone, state, sentence(state))
}

pub(crate) fn notice_state(state: &str) -> StatusWord {
    let tone = match state {
        "delivered" | "responded" => Tone::Ok,
        "bounced" | "failed" => Tone::Fail,
        "draft" | "rendered" => Tone::Queue,
        "in_review" | "approved" | "released" | "sent" => Tone::Wait,
        "withdrawn" | "superseded" => Tone::None,
        _ => Tone::Unknown,
    };
    word(tone, state, sentence(state))
}

pub(crate) fn validation(state: &str) -> StatusWord {
    let tone = match state {
        "valid" => Tone::Ok,
        "invalid" => Tone::Fail,
        _ => Tone::Wait,
    };
    word(tone, state, sentence(state))
}

pub(crate) fn delivery(state: &str) -> StatusWord {
    let tone = match state {
        "delivered" => Tone::Ok,
        "failed" => Tone::Fail,
        _ => Tone::Wait,
    };
    word(tone, state, sentence(state))
}

pub(crate) fn acknowledgement(state: &str) -> StatusWord {
    let tone = match state {
        "accepted" => Tone::Ok,
        "accepted_errors" | "partial" => Tone::Late,
        "rejected" | "expired" | "integrity_failed" => Tone::Fail,
        "none" => Tone::None,
        _ => Tone::Wait,
    };
    let text = match state {
        "accepted_errors" => "Accepted with errors".to_owned(),
        "integrity_failed" => "Integrity failed".to_owned(),
        "none" => "None expected".to_owned(),
        other => sentence(other),
    };
    word(tone, state, text)
}

pub(crate) fn step_state(
    state: &StepState,
    blocked_by: Option<&str>,
    reason: Option<&str>,
) -> StatusWord {
    let (tone, text) = match state {
        StepState::Queued => match blocked_by {
            Some(_) => (Tone::Queue, "Queued behind another step".to_owned()),
            None => (Tone::Queue, "Queued".to_owned()),
        },
        StepState::Waiting {
            reason: WaitReason::Until,
            ..
        } => (Tone::Queue, "Tries again later".to_owned()),
        StepState::Waiting {
            reason: WaitReason::OnStep,
            ..
        } => (Tone::Queue, waits_for_step(blocked_by)),
        StepState::Waiting {
            reason: WaitReason::OnGate,
            ..
        } => (Tone::Wait, "Waits for a person".to_owned()),
        StepState::Waiting {
            reason: WaitReason::OnSignIn,
            ..
        } => (Tone::Late, "Needs sign-in".to_owned()),
        StepState::Sending { .. } => (Tone::Run, "Sending".to_owned()),
        StepState::Unknown { .. } => (Tone::Unknown, "No answer, looking it up".to_owned()),
        StepState::NeedsAttention { attention } => match attention {
            Attention::Conflict => (Tone::Conflict, "Changed on both sides".to_owned()),
            Attention::Refused => (
                Tone::Fail,
                reason.map_or_else(|| "Refused".to_owned(), short),
            ),
            Attention::Undecidable => (
                Tone::Conflict,
                "Nobody can tell whether it was sent".to_owned(),
            ),
        },
        StepState::Confirmed { .. } => (Tone::Ok, "Confirmed".to_owned()),
        StepState::Cancelled => (Tone::None, "Cancelled".to_owned()),
    };
    word(tone, state.word(), text)
}

fn waits_for_step(blocked_by: Option<&str>) -> String {
    blocked_by.and_then(|id| id.rsplit_once('.')).map_or_else(
        || "Waits for another step".to_owned(),
        |(_, number)| format!("Waits for step {number}"),
    )
}

fn short(text: &str) -> String {
    let mut out: String = text.chars().take(60).collect();
    if text.chars().count() > 60 {
        out.push('…');
    }
    out
}

/// A channel as it stands in a sentence.
pub(crate) fn channel_word(channel: &str) -> String {
    match channel {
        "email" => "e-mail".to_owned(),
        "sms" => "text message".to_owned(),
        other => other.replace('_', " "),
    }
}
