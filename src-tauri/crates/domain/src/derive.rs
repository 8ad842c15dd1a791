//! What follows from a change without a person: a delivery state comes back to its case (S0.5, S0.8).
//!
//! Pure, and without device, person or local time, so that every desktop that sees the change derives the same steps
//! under the same keys.

use serde_json::{Value, json};

use crate::{
    Millis,
    notice::{NoticeState, later},
    record::Delivery,
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
pub fn notice_event(delivery: &Delivery, others_of_case: &[Delivery]) -> Option<Value> {
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
    Some(json!({
        "kind": "notice_changed",
        // The state, not the time of reading it: the same fact is one event on every desktop and after every restart.
        "id": format!("notice/{}/{}/{state}", delivery.notice_id, delivery.job_id),
        "notice": delivery.notice_id,
        "state": state,
        "reason": delivery.reason,
        "communication_status": worst,
        "loop_state": "open",
    }))
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
        }
    }

    #[test]
    fn the_case_shows_its_worst_live_notice() {
        let event = notice_event(
            &delivery("a", "delivered"),
            &[delivery("a", "sent"), delivery("b", "bounced")],
        )
        .unwrap();
        assert_eq!(event["communication_status"], "bounced");
        assert_eq!(event["id"], "notice/a/j/delivered");
    }

    #[test]
    fn an_unknown_word_tells_the_case_nothing() {
        assert_eq!(notice_event(&delivery("a", "teleported"), &[]), None);
    }
}
