//! What happens when a notice comes back: the next channel of its template's rule, as a notice of its own.
//!
//! The new notice is named after the old one and its channel, so that every desktop knows both ends of the link without
//! being told, and two that act at once make the same one. Nothing is sent again silently: both notices stay in sight.

use std::collections::BTreeSet;

use crate::{IntentId, Refusal, notice::NoticeState, refusal::Code};

/// Purpose of the claim: of several desktops one sends what takes the place of a notice.
pub const PURPOSE: &str = "fallback";

/// Checks the rule of a template.
///
/// # Errors
/// What is wrong, in words.
pub fn check(channels: &[String], automatic: bool, regulated: bool) -> Result<(), String> {
    let different: BTreeSet<&String> = channels.iter().collect();
    if different.len() != channels.len() {
        return Err("fallback names a channel twice".to_owned());
    }
    if automatic && regulated {
        return Err(
            "what is regulated falls back only after a review, never automatically".to_owned(),
        );
    }
    if automatic && channels.len() < 2 {
        return Err("automatic needs two channels to fall back between".to_owned());
    }
    Ok(())
}

/// Refuses a notice that did not come back.
///
/// # Errors
/// `E_STATE`.
pub fn refuse_unless_undelivered(state: &str) -> Result<NoticeState, Refusal> {
    match state.parse() {
        Ok(back @ (NoticeState::Bounced | NoticeState::Failed)) => Ok(back),
        _ => Err(Refusal::new(
            Code::State,
            format!("Only what bounced or failed goes by another channel; this is {state}."),
        )),
    }
}

/// The next channel after the one that failed, of those with an address. One the rule does not name starts at its beginning.
#[must_use]
pub fn next<'a>(
    order: &'a [String],
    failed: &str,
    has_address: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    let after = order
        .iter()
        .position(|c| c == failed)
        .map_or(0, |at| at + 1);
    order
        .iter()
        .skip(after)
        .map(String::as_str)
        .find(|channel| *channel != failed && has_address(channel))
}

/// Name of the event that makes the notice that takes the place of another on a channel.
#[must_use]
pub fn event_id(notice: &str, channel: &str) -> String {
    format!("{PURPOSE}/{notice}/{channel}")
}

/// Intent of that notice, from which its number comes.
#[must_use]
pub fn intent(notice: &str, channel: &str) -> IntentId {
    IntentId(format!("derived/{}", event_id(notice, channel)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Vec<String> {
        ["email", "sms", "letter"].map(String::from).to_vec()
    }

    #[test]
    fn after_the_last_channel_there_is_none_and_one_without_an_address_is_passed_over() {
        let order = order();
        assert_eq!(next(&order, "email", |_| true), Some("sms"));
        assert_eq!(next(&order, "email", |c| c != "sms"), Some("letter"));
        assert_eq!(next(&order, "letter", |_| true), None);
        assert_eq!(next(&order, "email", |_| false), None);
        // Sent by a channel the rule does not name.
        assert_eq!(next(&order, "portal", |_| true), Some("email"));
        assert_eq!(next(&[], "email", |_| true), None);
    }

    #[test]
    fn only_what_bounced_or_failed_falls_back() {
        for state in ["bounced", "failed"] {
            assert!(refuse_unless_undelivered(state).is_ok());
        }
        for state in ["sent", "delivered", "released", "responded", "unknown", ""] {
            assert_eq!(
                refuse_unless_undelivered(state).unwrap_err().code,
                Code::State,
                "{state}"
            );
        }
    }

    #[test]
    fn nothing_regulated_falls_back_by_itself() {
        assert!(check(&order(), true, false).is_ok());
        assert!(check(&order(), false, true).is_ok());
        assert!(check(&order(), true, true).is_err());
        assert!(check(&["letter".to_owned()], true, false).is_err());
        assert!(check(&["email".to_owned(), "email".to_owned()], false, false).is_err());
    }

    #[test]
    fn another_notice_or_channel_is_another_intent() {
        assert_eq!(intent("N-1", "letter"), intent("N-1", "letter"));
        assert_ne!(intent("N-1", "letter"), intent("N-1", "sms"));
        assert_ne!(intent("N-1", "letter"), intent("N-2", "letter"));
    }
}
