//! What may not leave yet, and what is taken back before it left.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use async_trait::async_trait;
use common::{LEASE, NOW, PlanMaker, claim, code, confirm, crash, events, fresh, lena, row, rows};
use domain::{
    ActionId, Millis, Refusal,
    action::claim_key,
    operation::{Call, Operation},
    plan::GateKind,
    step::{StepEvent, StepState},
    undo::content_hash,
};
use ledger::{Actor, ClaimedStep, Departure, Departures, Draft, Leaving, Ledger};
use serde_json::json;

/// When messages with this text may leave; everything else leaves at once.
#[derive(Debug)]
struct NotBefore(&'static str, Millis);

#[async_trait]
impl Departures for NotBefore {
    async fn departure(&self, leaving: &Leaving<'_>, now: Millis) -> Result<Departure, Refusal> {
        if matches!(leaving.call, Call::PostMessage { body, .. } if body == "pointless") {
            return Ok(Departure::Never {
                reason: format!("{} is done by another.", leaving.intent),
            });
        }
        let held =
            matches!(leaving.call, Call::PostMessage { body, .. } if body.starts_with(self.0));
        Ok(match (held && now < self.1, leaving.urgent) {
            (false, _) => Departure::Now,
            (true, Some(_)) => Departure::Urgent { until: self.1 },
            (true, None) => Departure::Later {
                gate: GateKind::QuietHours,
                until: self.1,
                reason: "Quiet hours in Asia/Tokyo.".to_owned(),
            },
        })
    }
}

const MORNING: Millis = Millis(NOW.0 + 8 * 3_600_000);

async fn next(ledger: &Ledger, at: Millis) -> Option<ClaimedStep> {
    let held = NotBefore("held", MORNING);
    ledger.claim_departing(at, LEASE, &[], &held).await.unwrap()
}

async fn hash_of(ledger: &Ledger) -> String {
    let rows = rows(ledger).await;
    content_hash(rows.iter().map(|r| (r.number, r.content_hash.as_str()))).unwrap()
}

#[tokio::test]
async fn what_is_held_holds_up_nothing_else_of_its_case_and_leaves_once_in_the_morning() {
    let (folder, ledger) = fresh().await;
    PlanMaker::new("i-1", "1")
        .message("held", &[])
        .message("after", &["held"])
        .send(&ledger)
        .await;
    PlanMaker::new("i-2", "1")
        .playbook("other")
        .message("reply", &[])
        .send(&ledger)
        .await;
    let reply = next(&ledger, NOW).await.unwrap();
    assert_eq!(row(&ledger, "reply").await.id, reply.id);
    confirm(&ledger, &reply, "r", NOW).await;
    assert_eq!(next(&ledger, NOW).await, None);
    let held = row(&ledger, "held").await;
    assert!(matches!(held.state, StepState::Waiting { until: Some(at), .. } if at == MORNING));
    assert_eq!(held.attempt, 0, "nobody tried");
    assert_eq!(ledger.next_due(NOW).await.unwrap(), Some(MORNING));

    // After a power loss it is found where it was.
    let (_folder, ledger) = crash(folder.path()).await;
    let before = Millis(MORNING.0 - 1);
    assert_eq!(next(&ledger, before).await, None);
    let left = next(&ledger, MORNING).await.unwrap();
    assert_eq!(left.id, held.id);
    assert_eq!(next(&ledger, MORNING).await, None, "the next waits for it");
    confirm(&ledger, &left, "m", MORNING).await;
    let after = next(&ledger, MORNING).await.unwrap();
    confirm(&ledger, &after, "n", MORNING).await;
    assert_eq!(ledger.next_due(MORNING).await.unwrap(), None);
    let events = events(&ledger).await;
    assert_eq!(events.iter().filter(|e| *e == "op.held").count(), 1);
    assert!(ledger.verify_audit().await.unwrap().ok);
}

#[tokio::test]
async fn what_may_not_leave_any_more_is_withdrawn_with_what_follows_and_the_next_one_goes() {
    let (_folder, ledger) = fresh().await;
    PlanMaker::new("i-1", "1")
        .message("pointless", &[])
        .message("after", &["pointless"])
        .send(&ledger)
        .await;
    PlanMaker::new("i-2", "1")
        .playbook("other")
        .message("reply", &[])
        .send(&ledger)
        .await;
    let reply = next(&ledger, NOW).await.unwrap();
    assert_eq!(row(&ledger, "reply").await.id, reply.id);
    for name in ["pointless", "after"] {
        let row = row(&ledger, name).await;
        assert_eq!(row.state, StepState::Cancelled, "{name}");
        assert_eq!(row.reason.as_deref(), Some("i-1 is done by another."));
    }
    assert!(ledger.verify_audit().await.unwrap().ok);
}

#[tokio::test]
async fn hundreds_that_are_held_stand_in_nobodys_way() {
    let (_folder, ledger) = fresh().await;
    for n in 0..250 {
        PlanMaker::new(&format!("i-{n}"), &format!("{n}"))
            .message("held", &[])
            .send(&ledger)
            .await;
    }
    PlanMaker::new("last", "last")
        .message("free", &[])
        .send(&ledger)
        .await;
    assert_eq!(
        next(&ledger, NOW).await.unwrap().case,
        "case:community:last"
    );
    assert_eq!(next(&ledger, NOW).await, None);
    let mut left = 0;
    while next(&ledger, MORNING).await.is_some() {
        left += 1;
    }
    assert_eq!(left, 250);
}

#[tokio::test]
async fn what_a_person_calls_urgent_leaves_in_quiet_hours_under_their_name() {
    let (_folder, ledger) = fresh().await;
    let action = PlanMaker::new("i-1", "1")
        .message("held", &[])
        .send(&ledger)
        .await;
    assert_eq!(next(&ledger, NOW).await, None);
    let held = ledger
        .send_now(&action, &lena(), "they asked for it", NOW)
        .await
        .unwrap();
    assert_eq!(held, 1);
    assert!(next(&ledger, NOW).await.is_some());
    let records = ledger
        .list_audit(&ledger::audit::AuditFilter::default(), 100, 0)
        .await
        .unwrap();
    let record = records
        .iter()
        .map(|r| &r.record)
        .find(|r| r.event == "notice.sent_in_quiet_hours")
        .unwrap();
    assert_eq!(record.actor.as_str(), "lena");
    assert_eq!(record.reason.as_deref(), Some("they asked for it"));
}

#[tokio::test]
async fn each_reason_for_quiet_hours_has_a_record_of_who_gave_it_when_it_is_given() {
    let (_folder, ledger) = fresh().await;
    let action = PlanMaker::new("i-1", "1")
        .message("held", &[])
        .message("held too", &["held"])
        .send(&ledger)
        .await;
    assert_eq!(next(&ledger, NOW).await, None);
    let given = [("mara", "the truck waits", 1), ("tomas", "they asked", 2)];
    for (person, reason, later) in given {
        let actor = Actor::person(person, "Europe/Prague");
        let at = Millis(NOW.0 + later);
        ledger.send_now(&action, &actor, reason, at).await.unwrap();
    }
    let records = |event: &'static str| {
        let ledger = &ledger;
        async move {
            let all = ledger
                .list_audit(&ledger::audit::AuditFilter::default(), 100, 0)
                .await
                .unwrap();
            let mut found: Vec<(String, String)> = all
                .into_iter()
                .filter(|r| r.record.event == event)
                .map(|r| {
                    let reason = r.record.reason.unwrap_or_default();
                    (r.record.actor.as_str().to_owned(), reason)
                })
                .collect();
            found.sort();
            found
        }
    };
    let given = given.map(|(person, reason, _)| (person.to_owned(), reason.to_owned()));
    assert_eq!(records("notice.urgent").await, given, "before it leaves");
    assert!(records("notice.sent_in_quiet_hours").await.is_empty());
    assert!(next(&ledger, Millis(NOW.0 + 3)).await.is_some());
    // The action is lena's; that it leaves at night is not.
    let sent = records("notice.sent_in_quiet_hours").await;
    assert_eq!(sent, given[1..]);
    assert_eq!(
        ledger.urgent(&action).await.unwrap().as_deref(),
        Some("they asked")
    );
    assert!(ledger.verify_audit().await.unwrap().ok);
}

fn claiming(intent: &str) -> PlanMaker {
    let args =
        json!({"operation": "claim", "case_id": "1", "purpose": "fallback", "subject": "N-1"});
    PlanMaker::new(intent, "1")
        .step("claim", Operation::Claim, args, &[])
        .message("held", &["claim"])
        .message("record", &["held"])
}

#[tokio::test]
async fn what_is_held_behind_a_claim_that_was_won_is_undone_and_never_leaves() {
    let (_folder, ledger) = fresh().await;
    let action = claiming("i-1").send(&ledger).await;
    let sha = hash_of(&ledger).await;
    let won = next(&ledger, NOW).await.unwrap();
    confirm(&ledger, &won, "cl-1", NOW).await;
    assert_eq!(next(&ledger, NOW).await, None, "the rest is held");
    assert!(ledger.undoable(&action).await.unwrap().1);
    let undone = ledger.undo(&action, &sha, None, &lena(), NOW).await;
    assert_eq!(undone.unwrap().steps, 2);
    assert_eq!(next(&ledger, MORNING).await, None);
}

#[tokio::test]
async fn what_left_behind_a_claim_is_not_undone() {
    let (_folder, ledger) = fresh().await;
    let action = claiming("i-1").send(&ledger).await;
    let sha = hash_of(&ledger).await;
    let won = next(&ledger, MORNING).await.unwrap();
    confirm(&ledger, &won, "cl-1", MORNING).await;
    assert!(next(&ledger, MORNING).await.is_some());
    let refused = ledger.undo(&action, &sha, None, &lena(), MORNING).await;
    assert_eq!(code(&refused.unwrap_err()), "E_STATE");
}

#[tokio::test]
async fn a_claim_may_be_keyed_by_who_claims_and_nothing_else_may() {
    let (_folder, ledger) = fresh().await;
    for (place, accepted) in [(1, false), (0, true)] {
        let mut plan = claiming("i-1");
        plan.0.steps[place].key = claim_key("i-1", 1, "this folder");
        let sent = plan.try_send(&ledger, false).await;
        assert_eq!(sent.is_ok(), accepted, "{place}");
        if let Err(refused) = sent {
            assert_eq!(code(&refused), "E_HASH");
        }
    }
}

#[tokio::test]
async fn of_a_claim_and_an_undo_the_first_one_counts() {
    let draft = Draft {
        id: "notice/lena/1".into(),
        kind: "notice".into(),
        case: Some("case:community:1".into()),
        person: "lena".into(),
        body: json!({"text": "as it was"}),
        created_at: NOW,
        updated_at: NOW,
    };
    for claimed_first in [true, false] {
        let (folder, ledger) = fresh().await;
        let action = PlanMaker::new("i-1", "1")
            .message("notice", &[])
            .message("record", &["notice"])
            .send(&ledger)
            .await;
        let sha = hash_of(&ledger).await;
        let claimed = if claimed_first {
            claim(&ledger, NOW).await
        } else {
            None
        };
        let undone = ledger.undo(&action, &sha, Some(&draft), &lena(), NOW).await;
        let (_folder, ledger) = crash(folder.path()).await;
        if claimed_first {
            assert_eq!(code(&undone.unwrap_err()), "E_STATE");
            assert_eq!(ledger.draft(&draft.id).await.unwrap(), None);
            assert!(claimed.is_some());
        } else {
            let undone = undone.unwrap();
            assert_eq!((undone.steps, undone.draft_restored), (2, true));
            let later = Millis(NOW.0 + 86_400_000);
            assert_eq!(claim(&ledger, later).await, None, "it can never leave");
            let kept = ledger.draft(&draft.id).await.unwrap().unwrap();
            assert_eq!(kept.body, draft.body);
            let again = ledger.undo(&action, &sha, None, &lena(), later).await;
            assert_eq!(code(&again.unwrap_err()), "E_STATE");
        }
        assert!(ledger.verify_audit().await.unwrap().ok);
    }
}

#[tokio::test]
async fn what_was_sent_long_ago_is_forgotten_and_no_other_draft() {
    let (_folder, ledger) = fresh().await;
    let draft = |id: &str, kind: &str, person: &str, at: i64| Draft {
        id: id.into(),
        kind: kind.into(),
        case: None,
        person: person.into(),
        body: json!({}),
        created_at: Millis(at),
        updated_at: Millis(at),
    };
    for one in [
        draft("old", "sent", "lena", 1),
        draft("new", "sent", "lena", 10),
        draft("typed", "notice", "lena", 1),
        draft("theirs", "sent", "tomas", 1),
    ] {
        ledger.save_draft(&one).await.unwrap();
    }
    let lena = "lena".into();
    ledger
        .forget_drafts(&lena, "sent", Millis(5))
        .await
        .unwrap();
    for (id, kept) in [
        ("old", false),
        ("new", true),
        ("typed", true),
        ("theirs", true),
    ] {
        assert_eq!(ledger.draft(id).await.unwrap().is_some(), kept, "{id}");
    }
}

#[tokio::test]
async fn the_hash_of_something_else_undoes_nothing() {
    let (_folder, ledger) = fresh().await;
    let action = PlanMaker::new("i-1", "1")
        .message("notice", &[])
        .send(&ledger)
        .await;
    let wrong = ledger
        .undo(&action, &"0".repeat(64), None, &lena(), NOW)
        .await;
    assert_eq!(code(&wrong.unwrap_err()), "E_HASH");
    let nobody = ActionId("a-0".into());
    let unknown = ledger.undo(&nobody, "", None, &lena(), NOW).await;
    assert_eq!(code(&unknown.unwrap_err()), "E_NOT_FOUND");
    assert!(claim(&ledger, NOW).await.is_some());
}

#[tokio::test]
async fn what_may_have_happened_is_not_undone_and_a_rendering_is() {
    let (_folder, ledger) = fresh().await;
    let action = PlanMaker::new("i-1", "1")
        .step(
            "check",
            Operation::Verify,
            json!({"node_id": "n", "sha256": "s"}),
            &[],
        )
        .message("notice", &["check"])
        .send(&ledger)
        .await;
    let sha = hash_of(&ledger).await;
    let check = claim(&ledger, NOW).await.unwrap();
    confirm(&ledger, &check, "c", NOW).await;
    assert!(ledger.undoable(&action).await.unwrap().1);
    let notice = claim(&ledger, NOW).await.unwrap();
    let unknown = StepEvent::OutcomeUnknown { look_up_after: NOW };
    common::settle(&ledger, &notice, unknown, NOW).await;
    let refused = ledger.undo(&action, &sha, None, &lena(), NOW).await;
    assert_eq!(code(&refused.unwrap_err()), "E_STATE");
    // Sent again under the same key: still nobody can say that it has not left.
    let found = ledger
        .claim_look_up(NOW, LEASE, &[])
        .await
        .unwrap()
        .unwrap();
    common::settle(&ledger, &found, StepEvent::SafeToResend, NOW).await;
    let refused = ledger.undo(&action, &sha, None, &lena(), NOW).await;
    assert_eq!(code(&refused.unwrap_err()), "E_STATE");
}
