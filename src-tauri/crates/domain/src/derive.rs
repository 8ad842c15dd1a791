//! What follows from a change without a person: a delivery state comes back to its case (S0.5, S0.8).
//!
//! Pure, and without device, person or local time, so that every desktop that sees the change derives the same steps
//! under the same keys.

use serde_json::{Value, json};

use crate::{
    Millis,
    loops::{LoopState, Loops},
    notice::{NoticeState, later},
    outreach,
    record::{Case, Comment, Delivery},
};

/// The worst state among the live notices of a case: failed, bounced, sent, delivered, in this order of worry.
#[must_use]
pub fn communication_status<'a>(states: impl Iterator<Item = &'a str>) -> Option<NoticeState> {
    let worry = |s: NoticeState| match s {
        NoticeState::Failed => 5,
        NoticeState::Bounced => 4,
        NoticeState::Released => 3,
        NoticeState::Sent => 2,
        NoticeState::Delivered => 1,
        _ => 0,
    };
    states
        .filter_map(|s| s.parse().ok())
        .filter(|s| worry(*s) > 0)
        .max_by_key(|s| worry(*s))
}

/// The event of a delivery state for the `delivery_status` playbook; `None` where nothing is to be told (released by
/// ourselves, unknown words, states of notices without a case).
#[must_use]
pub fn notice_event(
    delivery: &Delivery,
    others_of_case: &[Delivery],
    loops: &Loops,
) -> Option<Value> {
    delivery.case_id.as_ref()?;
    let state: NoticeState = delivery.state.parse().ok()?;
    if !matches!(
        state,
        NoticeState::Sent | NoticeState::Delivered | NoticeState::Bounced | NoticeState::Failed
    ) {
        return None;
    }
    let worst = communication_status(
        others_of_case
            .iter()
            .filter(|d| d.notice_id != delivery.notice_id)
            .map(|d| d.state.as_str())
            .chain([delivery.state.as_str()]),
    )?;
    let case_id = delivery.case_id.as_deref().unwrap_or_default();
    if outreach::is_of(case_id, &delivery.notice_id) {
        // One of hundreds: the case is told when the worst of them changes, not of each, and in the same words by every
        // desktop, whichever of them it met first.
        let says = delivery.notice_id.rsplit('-').next().unwrap_or_default();
        return Some(json!({
            "kind": "notice_changed",
            "id": format!("outreach/{case_id}/{says}/{worst}"),
            "notice": "of the outreach",
            "state": worst,
            "reason": null,
            "communication_status": worst,
            "loop_state": loops.word_after(worst.is_told()),
        }));
    }
    Some(json!({
        "kind": "notice_changed",
        // The state, not the time of reading it: the same fact is one event on every desktop and after every restart.
        "id": format!("notice/{}/{}/{state}", delivery.notice_id, delivery.job_id),
        "notice": delivery.notice_id,
        "state": state,
        "reason": delivery.reason,
        "communication_status": worst,
        "loop_state": loops.word_after(worst.is_told()),
    }))
}

/// What follows from a message of the partner: the loop it closes, and a case that was closed over and is open again. A
/// message that closes no loop and comes to an open case changes nothing.
#[must_use]
pub fn answer_event(case: &Case, loops: &Loops, message: &Comment) -> Option<Value> {
    let answered = loops
        .loops
        .iter()
        .find(|l| l.answer.as_deref() == Some(message.id.as_str()));
    // Written before the case was closed, it was known to whoever closed it.
    let reopens = matches!(case.status.as_str(), "resolved" | "closed")
        && message.created_at >= case.updated_at;
    let reopens_words = if reopens { "true" } else { "false" };
    match answered {
        Some(of) => Some(json!({
            "kind": "loop_answered",
            "id": format!("loop/{}/{}", of.notice, message.id),
            "notice": of.notice,
            "answer": message.id,
            "answered_at": of.answered_at.map(Millis::rfc3339),
            "no_response_at": of.no_response_at.map(Millis::rfc3339),
            "loop_state": loops.word(),
            "reopens": reopens_words,
        })),
        None if reopens => Some(json!({
            "kind": "late_answer",
            "id": format!("late/{}/{}", case.id, message.id),
            "answer": message.id,
            "loop_state": loops.word(),
        })),
        None => None,
    }
}

/// Loops whose time has passed without an answer, each as an event.
#[must_use]
pub fn silent_events(loops: &Loops) -> Vec<Value> {
    let silent = loops.loops.iter();
    silent
        .filter(|l| l.state == LoopState::NoResponse)
        .map(|l| {
            json!({
                "kind": "loop_overdue",
                "id": format!("loop/{}/no_response", l.notice),
                "notice": l.notice,
                "no_response_at": l.no_response_at.map(Millis::rfc3339),
                "loop_state": loops.word(),
            })
        })
        .collect()
}

/// Folds delivery facts in any order into one.
#[must_use]
pub fn fold(states: impl Iterator<Item = (NoticeState, Millis)>) -> Option<NoticeState> {
    states.reduce(later).map(|(state, _)| state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: &str, state: &str) -> Delivery {
        Delivery {
            notice_id: id.into(),
            job_id: "j".into(),
            case_id: Some("1".into()),
            template: None,
            channel: "email".into(),
            recipient: "x".into(),
            state: state.into(),
            raw_state: state.into(),
            reason: None,
            produced_sha256: None,
            event_id: "e".into(),
            event_at: Millis(1),
            released_at: None,
        }
    }

    #[test]
    fn the_case_shows_its_worst_live_notice() {
        let event = notice_event(
            &delivery("a", "delivered"),
            &[delivery("a", "sent"), delivery("b", "bounced")],
            &Loops::default(),
        )
        .unwrap();
        assert_eq!(event["communication_status"], "bounced");
        assert_eq!(event["id"], "notice/a/j/delivered");
    }

    #[test]
    fn hundreds_of_outreach_notices_tell_their_case_once_for_each_worst_state() {
        let all: Vec<Delivery> = (0..300)
            .map(|i| delivery(&format!("N-1-P-{i}-1A2B3C4D"), "delivered"))
            .collect();
        let ids: std::collections::BTreeSet<String> = all
            .iter()
            .filter_map(|one| notice_event(one, &all, &Loops::default()))
            .map(|event| event["id"].to_string())
            .collect();
        assert_eq!(ids.len(), 1);
        let mut one_back = all;
        one_back[7].state = "bounced".into();
        let event = notice_event(&one_back[9], &one_back, &Loops::default()).unwrap();
        assert_eq!(event["id"], "outreach/1/1A2B3C4D/bounced");
        assert_eq!(event["notice"], "of the outreach");
    }

    #[test]
    fn an_unknown_word_tells_the_case_nothing() {
        assert_eq!(
            notice_event(&delivery("a", "teleported"), &[], &Loops::default()),
            None
        );
    }
}
