//! What happens when a notice comes back: the next channel of its template's rule, as a notice of its own.
//!
//! The new notice is named after the old one and its channel, so that every desktop knows both ends of the link without
//! being told, and two that act at once make the same one. Nothing is sent again silently: both notices stay in sight.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    IntentId, Refusal,
    action::{args_hash, claim_key},
    notice::NoticeState,
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
    refusal::Code,
};

/// Purpose of the claim: of several desktops one sends what takes the place of a notice.
pub const PURPOSE: &str = "fallback";
/// Name of the claim that goes before the review of what is regulated; `claim` is that of its release.
pub const CLAIM: &str = "fallback";
/// Tries of one notice by one channel. Every desktop looks for all of them, so there is an end.
pub const MOST_TRIES: u32 = 9;

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

/// Whether a notice reached its recipient after all, so that nothing has to take its place any more.
#[must_use]
pub fn has_arrived(state: &str) -> bool {
    state.parse().is_ok_and(NoticeState::is_told)
}

/// Name of the event that makes the notice that takes the place of another on a channel. Tries count from 1; the first is
/// named without its number.
#[must_use]
pub fn event_id(notice: &str, channel: &str, number: u32) -> String {
    if number <= 1 {
        format!("{PURPOSE}/{notice}/{channel}")
    } else {
        format!("{PURPOSE}/{notice}/{channel}/{number}")
    }
}

/// Intent of that notice, from which its number comes.
#[must_use]
pub fn intent(notice: &str, channel: &str, number: u32) -> IntentId {
    IntentId(format!("derived/{}", event_id(notice, channel, number)))
}

/// A try, as its intent names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// The notice whose place it takes.
    pub notice: &'a str,
    /// Channel.
    pub channel: &'a str,
    /// Number, from 1.
    pub number: u32,
}

/// Reads an intent; `None` where nothing falls back by it.
#[must_use]
pub fn named(intent: &str) -> Option<Named<'_>> {
    let name = intent
        .strip_prefix("derived/")?
        .strip_prefix(PURPOSE)?
        .strip_prefix('/')?;
    let (before, last) = name.rsplit_once('/')?;
    let (notice, channel, number) = match (last.parse().ok(), before.rsplit_once('/')) {
        (Some(number), Some((notice, channel))) => (notice, channel, number),
        _ => (before, last, 1),
    };
    Some(Named {
        notice,
        channel,
        number,
    })
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It is on its way, or has left.
    Stands,
    /// Another desktop had won this claim.
    Lost {
        /// Its subject.
        subject: String,
    },
    /// It never leaves.
    Withdrawn {
        /// Its claim was won before that, and is never won again.
        claimed: bool,
    },
}

/// A try that is known: by the own ledger, or by the mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// Its number, from 1.
    pub number: u32,
    /// Number of the notice it made.
    pub notice: String,
    /// What became of it.
    pub became: Became,
}

/// The try that may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// Its number, from 1.
    pub number: u32,
    /// Subject of its claim.
    pub subject: String,
}

/// Subject of the claim after so many that were won and withdrawn. What nobody has won yet all desktops claim alike,
/// whichever try it is to them and whatever the channel.
fn subject(notice: &str, won: usize) -> String {
    if won == 0 {
        notice.to_owned()
    } else {
        format!("{notice}/{}", won.saturating_add(1))
    }
}

/// The try that follows those that are known.
///
/// # Errors
/// `E_STATE` while one of them stands, when another desktop has won, or after [`MOST_TRIES`].
pub fn next_try(notice: &str, known: &[Try]) -> Result<Next, Refusal> {
    let refuse = |why: String| Refusal::new(Code::State, why);
    let won: BTreeSet<&str> = known
        .iter()
        .filter(|t| t.became == Became::Withdrawn { claimed: true })
        .map(|t| t.notice.as_str())
        .collect();
    let subject = subject(notice, won.len());
    for one in known {
        match &one.became {
            Became::Stands => {
                let by = &one.notice;
                return Err(refuse(format!("{by} takes the place of {notice} already."))
                    .with(json!({"notice": by})));
            }
            // What was claimed before that and withdrawn since says nothing about this one.
            Became::Lost { subject: lost } if *lost == subject => {
                return Err(refuse(format!(
                    "Another desktop sends {notice} by another channel."
                )));
            }
            Became::Lost { .. } | Became::Withdrawn { .. } => {}
        }
    }
    let number = known.iter().map(|t| t.number).max().unwrap_or_default() + 1;
    if number > MOST_TRIES {
        return Err(refuse(format!(
            "{notice} was withdrawn {MOST_TRIES} times; write another notice."
        )));
    }
    Ok(Next { number, subject })
}

/// Puts the claim of a notice that came back before everything else of a plan: whoever loses it has done nothing yet. The
/// rest of the plan may differ between desktops by what was typed, so only the claim is keyed by who claims.
///
/// # Errors
/// `E_FIELD` when its arguments have no canonical form; plain texts have one.
pub fn claim_first(
    plan: &mut Plan,
    notice: &str,
    subject: &str,
    claimant: &str,
) -> Result<(), Refusal> {
    let operation = Operation::Claim;
    let args = json!({"operation": operation.as_str(), "case_id": plan.case.remote_id, "purpose": PURPOSE,
        "subject": subject});
    let content_hash = args_hash(&args).map_err(|e| Refusal::new(Code::Field, e.to_string()))?;
    // Numbers are part of the other keys, so it takes one of its own behind them.
    let last = plan.steps.iter().map(|s| s.number).max();
    let number = last.unwrap_or_default().saturating_add(1);
    for step in &mut plan.steps {
        step.waits_on.push(CLAIM.to_owned());
    }
    let claim = PlannedStep {
        number,
        id: CLAIM.to_owned(),
        operation,
        subject: format!("Win the fallback of {notice}"),
        key: claim_key(plan.intent.as_str(), number, claimant),
        content_hash,
        args,
        waits_on: Vec::new(),
        offline_class: OfflineClass::Queue,
        lane: None,
        optional: false,
        overlay: Vec::new(),
    };
    plan.steps.insert(0, claim);
    Ok(())
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
    fn another_notice_channel_or_try_is_another_intent_and_each_is_read_again() {
        assert_eq!(
            intent("N-1", "letter", 1).as_str(),
            "derived/fallback/N-1/letter"
        );
        let mut seen = BTreeSet::new();
        for notice in ["N-1", "N-2", "N/3"] {
            for channel in ["letter", "sms"] {
                for number in 1..=MOST_TRIES {
                    let intent = intent(notice, channel, number);
                    let read = Named {
                        notice,
                        channel,
                        number,
                    };
                    assert_eq!(named(intent.as_str()), Some(read));
                    assert!(seen.insert(intent.as_str().to_owned()));
                }
            }
        }
        for other in [
            "derived/evidence/s/h",
            "fallback/N-1/sms",
            "derived/fallback",
            "",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }

    fn tried(number: u32, became: Became) -> Try {
        Try {
            number,
            notice: format!("N-1-{number}"),
            became,
        }
    }

    fn next_of(known: &[Try]) -> (u32, String) {
        let next = next_try("N-1", known).unwrap();
        (next.number, next.subject)
    }

    #[test]
    fn what_was_won_and_withdrawn_is_claimed_under_another_subject_and_nothing_else_is() {
        let withdrawn = |claimed| Became::Withdrawn { claimed };
        assert_eq!(next_of(&[]), (1, "N-1".to_owned()));
        // Nobody has won it: another desktop may be about to, under the same subject.
        assert_eq!(
            next_of(&[tried(1, withdrawn(false))]),
            (2, "N-1".to_owned())
        );
        let once = [tried(1, withdrawn(true))];
        assert_eq!(next_of(&once), (2, "N-1/2".to_owned()));
        // Known from both the ledger and the mirror it counts once.
        let twice = [&once[..], &once[..]].concat();
        assert_eq!(next_of(&twice), (2, "N-1/2".to_owned()));
        let more = [tried(1, withdrawn(true)), tried(2, withdrawn(true))];
        assert_eq!(next_of(&more), (3, "N-1/3".to_owned()));
        let most = [tried(MOST_TRIES, withdrawn(true))];
        assert_eq!(next_try("N-1", &most).unwrap_err().code, Code::State);
    }

    #[test]
    fn there_is_no_other_try_while_one_stands_or_another_desktop_has_won() {
        let lost = Became::Lost {
            subject: "N-1".to_owned(),
        };
        for known in [
            vec![tried(1, Became::Stands)],
            vec![
                tried(1, Became::Withdrawn { claimed: true }),
                tried(2, Became::Stands),
            ],
            vec![tried(1, lost.clone())],
        ] {
            let refused = next_try("N-1", &known).unwrap_err();
            assert_eq!(refused.code, Code::State, "{known:?}");
        }
        // Whoever had won has withdrawn it since.
        let since = [
            tried(1, lost),
            tried(2, Became::Withdrawn { claimed: true }),
        ];
        assert_eq!(next_of(&since), (3, "N-1/2".to_owned()));
    }

    #[test]
    fn the_claim_goes_first_and_tells_the_desktops_apart() {
        let plan = |claimant: &str| {
            let mut plan = Plan {
                intent: intent("N-1", "letter", 1),
                playbook: "letter".to_owned(),
                use_case: "S0.6".to_owned(),
                title: String::new(),
                case: crate::ObjectRef::case("1"),
                steps: Vec::new(),
                gates: Vec::new(),
                skipped: Vec::new(),
            };
            claim_first(&mut plan, "N-1", "N-1", "first").unwrap();
            plan.steps[0].id = "render".to_owned();
            claim_first(&mut plan, "N-1", "N-1", claimant).unwrap();
            plan
        };
        let (a, b) = (plan("a"), plan("b"));
        assert_eq!((a.steps[0].id.as_str(), a.steps[0].number), (CLAIM, 2));
        assert_eq!(a.steps[1].waits_on, [CLAIM]);
        assert_eq!(a.steps[0].args, b.steps[0].args, "they claim the same");
        assert_ne!(a.steps[0].key, b.steps[0].key);
        assert_eq!(a.steps[1], b.steps[1]);
    }

    #[test]
    fn only_what_was_delivered_or_answered_has_arrived() {
        assert!(has_arrived("delivered") && has_arrived("responded"));
        for state in ["bounced", "failed", "sent", "released", "withdrawn", ""] {
            assert!(!has_arrived(state), "{state}");
        }
    }
}
