//! The guarantees of the outbox side, each by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;
#[path = "common/tampering.rs"]
mod tampering;

use std::collections::BTreeMap;

use bytes::Bytes;
use common::*;
use domain::{
    Millis, System,
    operation::{Call, Operation},
    plan::GateKind,
    step::{Attention, StepEvent, StepState, WaitReason},
};
use ledger::{
    Actor, AuditEntry, Blob, Derived, Enqueue, Resolution, Settlement, Side, audit::AuditFilter,
};
use serde_json::json;

fn attention(attention: Attention) -> StepState {
    StepState::NeedsAttention { attention }
}

#[tokio::test]
async fn what_was_queued_is_there_after_a_crash_before_it_was_claimed() {
    let (dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let (_dir, after) = crash(dir.path()).await;
    let claimed = claim(&after, NOW).await.unwrap();
    assert_eq!(
        (claimed.attempt, claimed.operation),
        (1, Operation::PostMessage)
    );
    assert_eq!(events(&after).await, ["op.queued"]);
}

#[tokio::test]
async fn attempt_and_lease_are_on_disk_before_the_step_is_handed_out() {
    let (dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let claimed = claim(&ledger, NOW).await.unwrap();
    let (_dir, after) = crash(dir.path()).await;
    let detail = after.step(&claimed.id).await.unwrap();
    assert_eq!(
        detail.row.state,
        StepState::Sending {
            attempt: 1,
            lease_until: claimed.lease_until
        }
    );
    assert_eq!(detail.attempts.len(), 1);
    assert!(claimed.lease_until >= NOW.plus(LEASE));
    // Not handed out again; unknown once given up, and then looked up, never sent blindly.
    assert!(claim(&after, NOW).await.is_none());
    assert_eq!(after.expired_leases(NOW).await.unwrap().len(), 0);
    assert_eq!(
        after.abandoned_attempts(NOW).await.unwrap(),
        std::slice::from_ref(&claimed.id)
    );
    assert!(claim(&after, NOW.plus(3_600_000)).await.is_none());
    let look_up = after
        .claim_look_up(NOW.plus(3_600_000), LEASE, &[])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (look_up.id, look_up.key, look_up.look_up_of),
        (claimed.id, claimed.key, Some(NOW))
    );
}

#[tokio::test]
async fn two_workers_never_hold_the_same_step() {
    let (_dir, ledger) = fresh().await;
    for case in 0..20 {
        let case = case.to_string();
        PlanMaker::new(&case, &case)
            .message("m", &[])
            .message("n", &[])
            .send(&ledger)
            .await;
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut held = Vec::new();
                while let Some(step) = claim(&ledger, NOW).await {
                    held.push(step.id);
                }
                held
            })
        })
        .collect();
    let mut held = Vec::new();
    for worker in workers {
        held.extend(worker.await.unwrap());
    }
    held.sort();
    held.dedup();
    // One for each lane: the second of each waits for the first.
    assert_eq!(held.len(), 20);
}

#[tokio::test]
async fn a_lease_that_ran_out_makes_the_outcome_unknown() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let claimed = claim(&ledger, NOW).await.unwrap();
    assert_eq!(
        ledger.next_due(NOW).await.unwrap(),
        Some(claimed.lease_until)
    );
    let late = claimed.lease_until;
    assert_eq!(
        ledger.expired_leases(late).await.unwrap(),
        std::slice::from_ref(&claimed.id)
    );
    assert!(matches!(
        row(&ledger, "m").await.state,
        StepState::Unknown { attempt: 1, .. }
    ));
    // The worker comes back after all: a confirmation counts.
    confirm(&ledger, &claimed, "77", late.plus(1)).await;
    assert_eq!(row(&ledger, "m").await.remote_ref.as_deref(), Some("77"));
}

#[tokio::test]
async fn the_same_intent_again_is_the_same_action() {
    let (dir, ledger) = fresh().await;
    let plan = PlanMaker::new("i1", "1").message("m", &[]);
    let first = plan.try_send(&ledger, false).await.unwrap();
    let (_dir, after) = crash(dir.path()).await;
    assert_eq!(plan.try_send(&after, false).await.unwrap(), first);
    assert_eq!(rows(&after).await.len(), 1);
    assert_eq!(events(&after).await.len(), 1);
}

#[tokio::test]
async fn the_same_playbook_on_the_same_case_is_refused_unless_said_again() {
    let (_dir, ledger) = fresh().await;
    let first = PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let second = PlanMaker::new("i2", "1").message("m", &[]);
    let refusal = second
        .try_send(&ledger, false)
        .await
        .unwrap_err()
        .to_refusal();
    assert_eq!(refusal.code.as_str(), "E_DUP");
    assert_eq!(refusal.detail["action_id"], first.as_str());
    // Also once it is done, and not on another case.
    let claimed = claim(&ledger, NOW).await.unwrap();
    confirm(&ledger, &claimed, "1", NOW).await;
    assert_eq!(
        code(&second.try_send(&ledger, false).await.unwrap_err()),
        "E_DUP"
    );
    PlanMaker::new("i3", "2")
        .message("m", &[])
        .send(&ledger)
        .await;
    second.try_send(&ledger, true).await.unwrap();
    assert_eq!(rows(&ledger).await.len(), 3);
}

#[tokio::test]
async fn a_withdrawn_action_is_no_duplicate_and_two_equal_replies_are_two() {
    let (_dir, ledger) = fresh().await;
    let action = PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    ledger
        .cancel_action(&action, &lena(), "no", NOW)
        .await
        .unwrap();
    PlanMaker::new("i2", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    for intent in ["r1", "r2"] {
        let plan = PlanMaker::new(intent, "1")
            .playbook("reply")
            .message("same", &[])
            .0;
        let request = Enqueue {
            plan: &plan,
            actor: &lena(),
            blobs: Vec::new(),
            again: false,
            repeatable: true,
            audit: Vec::new(),
            now: NOW,
        };
        ledger.enqueue(request).await.unwrap();
    }
    assert_eq!(rows(&ledger).await.len(), 4);
}

#[tokio::test]
async fn a_step_that_is_not_the_one_shown_is_refused() {
    let (_dir, ledger) = fresh().await;
    let mut plan = PlanMaker::new("i1", "1").message("m", &[]);
    plan.0.steps[0].args["body"] = json!("other");
    assert_eq!(
        code(&plan.try_send(&ledger, false).await.unwrap_err()),
        "E_HASH"
    );
    assert_eq!(rows(&ledger).await.len(), 0);
    assert_eq!(events(&ledger).await.len(), 0);
}

#[tokio::test]
async fn a_stuck_head_blocks_its_lane_and_no_other() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("first", &[])
        .message("second", &[])
        .send(&ledger)
        .await;
    PlanMaker::new("i2", "2")
        .message("other", &[])
        .send(&ledger)
        .await;
    let first = claim(&ledger, NOW).await.unwrap();
    assert_eq!(first.subject, "post_message first");
    let head = row(&ledger, "first").await.id;
    assert_eq!(
        row(&ledger, "second").await.blocked_by.as_ref(),
        Some(&head)
    );
    settle(&ledger, &first, StepEvent::Refused, NOW).await;
    let other = claim(&ledger, NOW).await.unwrap();
    assert_eq!(other.subject, "post_message other");
    confirm(&ledger, &other, "9", NOW).await;
    assert!(claim(&ledger, NOW).await.is_none());
    assert_eq!(row(&ledger, "second").await.blocked_by, Some(head.clone()));
    // A person lets it go: the lane moves on in order.
    ledger.retry(&head, &lena(), NOW).await.unwrap();
    let again = claim(&ledger, NOW).await.unwrap();
    assert_eq!((again.id, again.attempt, again.key), (head, 2, first.key));
}

#[tokio::test]
async fn dependents_receive_the_remote_reference_of_another_lane() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .ticket("t", &[])
        .comment_on("c", "t")
        .message("m", &["t"])
        .send(&ledger)
        .await;
    let ticket = claim(&ledger, NOW).await.unwrap();
    assert!(claim(&ledger, NOW).await.is_none());
    assert_eq!(
        row(&ledger, "c").await.blocked_by.as_ref(),
        Some(&ticket.id)
    );
    confirm(&ledger, &ticket, "INC-42", NOW).await;
    let mut calls = Vec::new();
    while let Some(step) = claim(&ledger, NOW).await {
        calls.push(step.call.clone());
        confirm(&ledger, &step, "x", NOW).await;
    }
    assert_eq!(calls.len(), 2);
    assert!(
        calls
            .iter()
            .any(|c| matches!(c, Call::CommentTicket { ticket_id, .. } if ticket_id == "INC-42"))
    );
}

#[tokio::test]
async fn a_reference_that_cannot_be_filled_stops_its_step_only() {
    let (_dir, ledger) = fresh().await;
    let args =
        json!({"ticket_id": {"from_step": "t", "field": "nowhere"}, "body": "b", "marker": "m"});
    PlanMaker::new("i1", "1")
        .ticket("t", &[])
        .step("c", Operation::CommentTicket, args, &[])
        .send(&ledger)
        .await;
    PlanMaker::new("i2", "2")
        .message("m", &[])
        .send(&ledger)
        .await;
    let ticket = claim(&ledger, NOW).await.unwrap();
    confirm(&ledger, &ticket, "7", NOW).await;
    assert_eq!(claim(&ledger, NOW).await.unwrap().subject, "post_message m");
    let odd = row(&ledger, "c").await;
    assert_eq!(odd.state, attention(Attention::Refused));
    assert!(odd.reason.unwrap().contains("nowhere"));
}

#[tokio::test]
async fn back_off_is_on_disk_and_obeyed_after_a_crash() {
    let (dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .message("n", &[])
        .send(&ledger)
        .await;
    let claimed = claim(&ledger, NOW).await.unwrap();
    let retry_at = NOW.plus(60_000);
    settle(&ledger, &claimed, StepEvent::Transient { retry_at }, NOW).await;
    let (_dir, after) = crash(dir.path()).await;
    assert!(claim(&after, NOW.plus(59_999)).await.is_none());
    assert_eq!(after.next_due(NOW).await.unwrap(), Some(retry_at));
    let again = claim(&after, retry_at).await.unwrap();
    assert_eq!((again.id, again.attempt), (claimed.id, 2));
}

#[tokio::test]
async fn what_did_not_leave_is_not_charged() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    for _ in 0..3 {
        let claimed = claim(&ledger, NOW).await.unwrap();
        assert_eq!(claimed.attempt, 1);
        settle(&ledger, &claimed, StepEvent::NotSent, NOW).await;
    }
    let m = row(&ledger, "m").await;
    assert_eq!((m.attempt, m.state), (0, StepState::Queued));
    assert_eq!(ledger.step(&m.id).await.unwrap().attempts.len(), 3);
    assert!(
        ledger
            .claim_next(NOW, LEASE, &[System::Community])
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_refused_sign_in_pauses_that_system_only_and_is_asked_for_once() {
    let (dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .ticket("t", &[])
        .send(&ledger)
        .await;
    PlanMaker::new("i2", "2")
        .message("n", &[])
        .send(&ledger)
        .await;
    let claimed = claim(&ledger, NOW).await.unwrap();
    let held = StepEvent::Held {
        reason: WaitReason::OnSignIn,
        until: None,
    };
    settle(&ledger, &claimed, held, NOW).await;
    let (_dir, ledger) = crash(dir.path()).await;
    let pauses = ledger.pauses().await.unwrap();
    assert_eq!(
        (pauses.len(), pauses[0].system),
        (1, Some(System::Community))
    );
    assert_eq!(claim(&ledger, NOW).await.unwrap().system, System::Tracker);
    assert!(claim(&ledger, NOW).await.is_none());
    assert_eq!(
        row(&ledger, "n").await.blocked_by.as_deref(),
        Some("system:community")
    );
    ledger
        .resume_system(System::Community, &lena(), NOW)
        .await
        .unwrap();
    let mut left = vec![];
    while let Some(step) = claim(&ledger, NOW).await {
        left.push(step.subject);
    }
    assert_eq!(left, ["post_message m", "post_message n"]);
}

#[tokio::test]
async fn a_pause_of_everything_stops_everything() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    ledger.pause_all(&lena(), "for now", NOW).await.unwrap();
    assert!(claim(&ledger, NOW).await.is_none());
    assert_eq!(ledger.next_due(NOW).await.unwrap(), None);
    ledger.resume_all(&lena(), NOW).await.unwrap();
    assert!(claim(&ledger, NOW).await.is_some());
}

#[tokio::test]
async fn a_row_that_was_tampered_with_is_put_before_a_person_and_stops_no_other() {
    let (dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("bad", &[])
        .send(&ledger)
        .await;
    PlanMaker::new("i2", "2")
        .message("worse", &[])
        .send(&ledger)
        .await;
    PlanMaker::new("i3", "3")
        .message("worst", &[])
        .send(&ledger)
        .await;
    PlanMaker::new("i4", "4")
        .message("good", &[])
        .send(&ledger)
        .await;
    ledger.close().await;
    tampering::run(
        dir.path(),
        &[
            "update step set args = replace(args, 'bad', 'BAD') where name = 'bad'",
            "update step set operation = 'format_disk' where name = 'worse'",
            "update step set args = '{' where name = 'worst'",
        ],
    )
    .await;
    let ledger = open(dir.path()).await;
    assert_eq!(
        claim(&ledger, NOW).await.unwrap().subject,
        "post_message good"
    );
    for name in ["bad", "worse", "worst"] {
        let row = row(&ledger, name).await;
        assert_eq!(row.state, attention(Attention::Undecidable), "{name}");
        assert!(row.reason.is_some());
    }
    assert_eq!(ledger.counts().await.unwrap().needs_attention, 3);
    assert!(ledger.verify_audit().await.unwrap().ok);
}

#[tokio::test]
async fn a_settlement_and_its_audit_record_are_one() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let claimed = claim(&ledger, NOW).await.unwrap();
    let until = NOW.plus(9);
    let mut unknown = Settlement::of(StepEvent::OutcomeUnknown {
        look_up_after: until,
    });
    unknown.message = "timed out".into();
    unknown.http_status = Some(504);
    ledger.settle(&claimed.id, 1, unknown, NOW).await.unwrap();
    let look_up = ledger
        .claim_look_up(until, LEASE, &[])
        .await
        .unwrap()
        .unwrap();
    settle(&ledger, &look_up, StepEvent::SafeToResend, until).await;
    let again = claim(&ledger, until).await.unwrap();
    assert_eq!((again.attempt, &again.key), (2, &claimed.key));
    confirm(&ledger, &again, "5", until).await;
    assert_eq!(
        events(&ledger).await,
        ["op.queued", "op.unknown", "op.resend", "op.confirmed"]
    );
    // An event that does not fit writes nothing at all.
    let before = ledger.audit_head().await.unwrap();
    let error = ledger
        .settle(&claimed.id, 2, Settlement::of(StepEvent::Refused), NOW)
        .await;
    assert!(error.is_err());
    assert_eq!(ledger.audit_head().await.unwrap(), before);
    let attempts = ledger.step(&claimed.id).await.unwrap().attempts;
    let outcomes: Vec<_> = attempts
        .iter()
        .map(|a| a.outcome.as_deref().unwrap())
        .collect();
    assert_eq!(outcomes, ["unknown", "absent", "confirmed"]);
    assert_eq!(attempts[0].http_status, Some(504));
}

#[tokio::test]
async fn an_attempt_that_comes_too_late_changes_nothing() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let first = claim(&ledger, NOW).await.unwrap();
    let late = first.lease_until.plus(120_000);
    ledger.expired_leases(late).await.unwrap();
    let look_up = ledger
        .claim_look_up(late, LEASE, &[])
        .await
        .unwrap()
        .unwrap();
    settle(&ledger, &look_up, StepEvent::SafeToResend, late).await;
    let second = claim(&ledger, late).await.unwrap();
    let error = ledger
        .settle(
            &first.id,
            first.attempt,
            Settlement::of(StepEvent::NotSent),
            late,
        )
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        ledger::LedgerError::Stale { attempt: 1, .. }
    ));
    assert!(matches!(
        row(&ledger, "m").await.state,
        StepState::Sending { attempt: 2, .. }
    ));
    confirm(&ledger, &second, "1", late).await;
}

#[tokio::test]
async fn bytes_of_an_accepted_step_are_kept_whole() {
    let (dir, ledger) = fresh().await;
    let bytes = Bytes::from(
        (0..2_500_000_u32)
            .map(|n| (n % 251) as u8)
            .collect::<Vec<_>>(),
    );
    let blob = Blob::of(bytes.clone());
    let args = json!({"case_id": "1", "name": "a.pdf", "media_type": "application/pdf",
                      "visibility": "internal", "blob": blob.sha256});
    let plan = PlanMaker::new("i1", "1").step("a", Operation::AddAttachment, args, &[]);
    assert_eq!(
        code(&plan.try_send(&ledger, false).await.unwrap_err()),
        "E_FIELD"
    );
    let wrong = Blob {
        bytes: Bytes::from_static(b"other"),
        ..blob.clone()
    };
    for (blobs, expected) in [(vec![wrong], Some("E_HASH")), (vec![blob.clone()], None)] {
        let request = Enqueue {
            plan: &plan.0,
            actor: &lena(),
            blobs,
            again: false,
            repeatable: false,
            audit: Vec::new(),
            now: NOW,
        };
        let done = ledger.enqueue(request).await;
        assert_eq!(done.err().map(|e| code(&e)).as_deref(), expected);
    }
    let (_dir, after) = crash(dir.path()).await;
    assert_eq!(after.blob(&blob.sha256).await.unwrap().unwrap(), bytes);
    assert_eq!(after.blob("00").await.unwrap(), None);
}

#[tokio::test]
async fn bytes_that_came_back_reach_the_step_that_files_them() {
    let (_dir, ledger) = fresh().await;
    let render = json!({"notice_id": "N-1", "template": "T", "template_version": 1, "channel": "mail",
                        "language": "en", "data": {}});
    let attach = json!({"case_id": "1", "name": "l.pdf", "media_type": "application/pdf",
                        "visibility": "internal", "blob": {"from_step": "r", "field": "sha256"}});
    PlanMaker::new("i1", "1")
        .step("r", Operation::Render, render, &[])
        .step("a", Operation::AddAttachment, attach, &["r"])
        .send(&ledger)
        .await;
    let step = claim(&ledger, NOW).await.unwrap();
    let mut done = Settlement::of(StepEvent::Confirmed {
        remote_ref: "doc-1".into(),
    });
    done.bytes = Some(Bytes::from_static(b"%PDF"));
    ledger
        .settle(&step.id, step.attempt, done, NOW)
        .await
        .unwrap();
    let attach = claim(&ledger, NOW).await.unwrap();
    let sha256 = attach.call.blob().unwrap();
    assert_eq!(ledger.blob(sha256).await.unwrap().unwrap(), "%PDF");
}

#[tokio::test]
async fn what_stands_behind_a_gate_waits_and_holds_up_no_other_action() {
    let (_dir, ledger) = fresh().await;
    let action = PlanMaker::new("i1", "1")
        .gate("review", GateKind::Review)
        .message("release", &["review"])
        .message("after", &["release"])
        .send(&ledger)
        .await;
    PlanMaker::new("i2", "1")
        .playbook("reply")
        .message("reply", &[])
        .send(&ledger)
        .await;
    assert_eq!(
        row(&ledger, "release").await.blocked_by.as_deref(),
        Some("gate:review")
    );
    let reply = claim(&ledger, NOW).await.unwrap();
    assert_eq!(reply.subject, "post_message reply");
    ledger
        .pass_gate(&action, "review", &Actor::system(), NOW)
        .await
        .unwrap();
    // One lane, one at a time, whoever overtook.
    assert!(claim(&ledger, NOW).await.is_none());
    confirm(&ledger, &reply, "1", NOW).await;
    let mut order = vec![];
    while let Some(step) = claim(&ledger, NOW).await {
        order.push(step.subject.clone());
        confirm(&ledger, &step, "1", NOW).await;
    }
    assert_eq!(order, ["post_message release", "post_message after"]);
    assert!(
        ledger
            .open_gates(GateKind::Review)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_gate_opened_again_holds_what_is_not_under_way() {
    let (_dir, ledger) = fresh().await;
    let action = PlanMaker::new("i1", "1")
        .gate("review", GateKind::Review)
        .message("release", &["review"])
        .send(&ledger)
        .await;
    ledger
        .pass_gate(&action, "review", &Actor::system(), NOW)
        .await
        .unwrap();
    assert_eq!(row(&ledger, "release").await.state, StepState::Queued);
    ledger
        .open_gate(&action, "review", &Actor::system(), "hash differs", NOW)
        .await
        .unwrap();
    assert!(claim(&ledger, NOW).await.is_none());
    ledger
        .pass_gate(&action, "review", &Actor::system(), NOW)
        .await
        .unwrap();
    assert!(claim(&ledger, NOW).await.is_some());
    let events = events(&ledger).await;
    assert_eq!(events[1..], ["gate.passed", "gate.open", "gate.passed"]);
}

#[tokio::test]
async fn a_failed_gate_withdraws_what_stands_behind_it() {
    let (_dir, ledger) = fresh().await;
    let action = PlanMaker::new("i1", "1")
        .gate("review", GateKind::Review)
        .message("before", &[])
        .message("release", &["review"])
        .message("after", &["release"])
        .send(&ledger)
        .await;
    ledger
        .fail_gate(&action, "review", &lena(), "Rejected by Tomas.", NOW)
        .await
        .unwrap();
    assert_eq!(row(&ledger, "release").await.state, StepState::Cancelled);
    assert_eq!(row(&ledger, "after").await.state, StepState::Cancelled);
    assert_eq!(row(&ledger, "before").await.state, StepState::Queued);
    assert_eq!(
        code(
            &ledger
                .pass_gate(&action, "review", &lena(), NOW)
                .await
                .unwrap_err()
        ),
        "E_STATE"
    );
}

#[tokio::test]
async fn a_stopped_gate_holds_what_stands_behind_it_in_sight_until_a_person_ends_it() {
    let (_dir, ledger) = fresh().await;
    let action = PlanMaker::new("i1", "1")
        .gate("check", GateKind::ReleaseCheck)
        .message("outcome", &["check"])
        .message("after", &["outcome"])
        .send(&ledger)
        .await;
    PlanMaker::new("i2", "1")
        .playbook("reply")
        .message("reply", &[])
        .send(&ledger)
        .await;
    let may_pass = ledger
        .withdraw_behind(&action, "check", &lena(), "No.", NOW)
        .await
        .unwrap_err();
    assert_eq!(code(&may_pass), "E_STATE");
    ledger
        .stop_gate(&action, "check", &Actor::system(), "E_HASH", NOW)
        .await
        .unwrap();
    let counts = ledger.counts().await.unwrap();
    assert_eq!((counts.stopped_gates, counts.to_decide()), (1, 1));
    let outcome = row(&ledger, "outcome").await;
    assert_eq!(outcome.blocked_by.as_deref(), Some("gate:check"));
    // It neither goes nor holds up what else happens on the case, and nobody can send it by hand.
    let reply = claim(&ledger, NOW).await.unwrap();
    assert_eq!(reply.subject, "post_message reply");
    confirm(&ledger, &reply, "1", NOW).await;
    assert!(claim(&ledger, NOW).await.is_none());
    for refused in [
        ledger.retry(&outcome.id, &lena(), NOW).await,
        ledger.pass_gate(&action, "check", &lena(), NOW).await,
        ledger
            .open_gate(&action, "check", &lena(), "again", NOW)
            .await,
    ] {
        assert_eq!(code(&refused.unwrap_err()), "E_STATE");
    }
    let stopped = ledger.stopped_gates().await.unwrap();
    assert_eq!(stopped.len(), 1);
    assert_eq!(stopped[0].reason.as_deref(), Some("E_HASH"));
    let withdrawn = ledger
        .withdraw_behind(&action, "check", &lena(), "Seen.", NOW)
        .await
        .unwrap();
    assert_eq!(withdrawn, 2);
    assert_eq!(row(&ledger, "after").await.state, StepState::Cancelled);
    assert_eq!(ledger.counts().await.unwrap().to_decide(), 0);
    assert!(ledger.stopped_gates().await.unwrap().is_empty());
}

#[tokio::test]
async fn cancelling_takes_along_what_cannot_do_without_and_nothing_else() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .ticket("t", &[])
        .optional()
        .comment_on("c", "t")
        .message("m", &["t"])
        .send(&ledger)
        .await;
    let t = row(&ledger, "t").await.id;
    ledger.cancel(&t, &lena(), "no ticket", NOW).await.unwrap();
    assert_eq!(row(&ledger, "c").await.state, StepState::Cancelled);
    assert_eq!(row(&ledger, "m").await.state, StepState::Queued);
}

#[tokio::test]
async fn what_follows_a_lost_claim_is_withdrawn_before_it_can_go() {
    for won in [false, true] {
        let (_dir, ledger) = fresh().await;
        let args = json!({"case_id": "1", "purpose": "release", "subject": "N-1"});
        PlanMaker::new("i1", "1")
            .step("claim", Operation::Claim, args, &[])
            .message("m", &["claim"])
            .ticket("t", &["claim", "m"])
            .send(&ledger)
            .await;
        let claim_step = claim(&ledger, NOW).await.unwrap();
        let mut done = Settlement::of(StepEvent::Confirmed {
            remote_ref: "c1".into(),
        });
        done.detail = json!({"won": won, "winner": "tomas"})
            .as_object()
            .unwrap()
            .clone();
        ledger.settle(&claim_step.id, 1, done, NOW).await.unwrap();
        assert_eq!(claim(&ledger, NOW).await.is_some(), won);
        let cancelled = ledger.counts().await.unwrap().cancelled;
        assert_eq!(cancelled, if won { 0 } else { 2 });
        let withdrawn = events(&ledger).await;
        let withdrawn = withdrawn.iter().filter(|e| *e == "op.cancelled").count();
        assert_eq!(withdrawn, if won { 0 } else { 2 });
    }
}

#[tokio::test]
async fn what_may_be_under_way_cannot_be_cancelled_or_sent_again() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let claimed = claim(&ledger, NOW).await.unwrap();
    for _ in 0..2 {
        assert_eq!(
            code(
                &ledger
                    .cancel(&claimed.id, &lena(), "", NOW)
                    .await
                    .unwrap_err()
            ),
            "E_STATE"
        );
        assert_eq!(
            code(&ledger.retry(&claimed.id, &lena(), NOW).await.unwrap_err()),
            "E_STATE"
        );
        let _ = ledger.abandoned_attempts(NOW).await.unwrap();
    }
}

async fn in_conflict(ledger: &ledger::Ledger) -> String {
    PlanMaker::new("i1", "1")
        .update("u", &[])
        .message("m", &["u"])
        .send(ledger)
        .await;
    let claimed = claim(ledger, NOW).await.unwrap();
    let mut conflict = Settlement::of(StepEvent::Conflict);
    conflict.facts = json!({"theirs": {"status": "closed", "owner": "lena"}, "version": "5"});
    ledger.settle(&claimed.id, 1, conflict, NOW).await.unwrap();
    claimed.id
}

#[tokio::test]
async fn a_conflict_resolved_is_a_new_step_over_the_newer_version_in_the_same_place() {
    let (_dir, ledger) = fresh().await;
    let id = in_conflict(&ledger).await;
    PlanMaker::new("i2", "1")
        .playbook("reply")
        .message("later", &[])
        .send(&ledger)
        .await;
    let sides = ledger.step(&id).await.unwrap().conflict.unwrap();
    assert_eq!(
        (&sides.theirs["status"], sides.version.as_deref()),
        (&json!("closed"), Some("5"))
    );
    let undecided = Resolution::Take {
        all: None,
        fields: BTreeMap::new(),
    };
    assert_eq!(
        code(
            &ledger
                .resolve(&id, &undecided, &lena(), NOW)
                .await
                .unwrap_err()
        ),
        "E_FIELD"
    );
    assert_eq!(
        code(&ledger.retry(&id, &lena(), NOW).await.unwrap_err()),
        "E_STATE"
    );
    let mine = Resolution::Take {
        all: None,
        fields: BTreeMap::from([("status".to_owned(), Side::Mine)]),
    };
    let next = ledger.resolve(&id, &mine, &lena(), NOW).await.unwrap();
    assert_ne!(next, id);
    let step = claim(&ledger, NOW).await.unwrap();
    assert_eq!(step.id, next);
    let Call::UpdateCase {
        base_version,
        base,
        changes,
        ..
    } = step.call.clone()
    else {
        panic!()
    };
    assert_eq!(base_version, 5);
    assert_eq!(json!(base), json!({"status": "closed", "owner": "lena"}));
    assert_eq!(
        json!(changes),
        json!({"status": "resolved", "owner": "tomas"})
    );
    assert_ne!(
        step.key.as_str(),
        ledger.step(&id).await.unwrap().row.key.as_str()
    );
    confirm(&ledger, &step, "1", NOW).await;
    // What waited on the first waits on its successor, and comes before what was queued later.
    assert_eq!(claim(&ledger, NOW).await.unwrap().subject, "post_message m");
    assert!(events(&ledger).await.contains(&"op.amended".to_owned()));
}

#[tokio::test]
async fn a_conflict_given_to_the_other_side_sends_nothing_and_lets_the_rest_go() {
    let (_dir, ledger) = fresh().await;
    let id = in_conflict(&ledger).await;
    let theirs = Resolution::Take {
        all: None,
        fields: BTreeMap::from([
            ("status".to_owned(), Side::Theirs),
            ("owner".to_owned(), Side::Theirs),
        ]),
    };
    assert_eq!(
        ledger.resolve(&id, &theirs, &lena(), NOW).await.unwrap(),
        id
    );
    assert_eq!(row(&ledger, "u").await.state, StepState::Cancelled);
    assert_eq!(claim(&ledger, NOW).await.unwrap().subject, "post_message m");
}

async fn undecidable(ledger: &ledger::Ledger) -> String {
    PlanMaker::new("i1", "1")
        .ticket("t", &[])
        .comment_on("c", "t")
        .send(ledger)
        .await;
    let claimed = claim(ledger, NOW).await.unwrap();
    ledger.abandoned_attempts(NOW).await.unwrap();
    let later = NOW.plus(600_000);
    let look_up = ledger
        .claim_look_up(later, LEASE, &[])
        .await
        .unwrap()
        .unwrap();
    settle(ledger, &look_up, StepEvent::CannotTell, later).await;
    claimed.id
}

#[tokio::test]
async fn an_undecidable_outcome_waits_for_a_person_and_never_goes_by_itself() {
    let (_dir, ledger) = fresh().await;
    let id = undecidable(&ledger).await;
    let far = NOW.plus(90 * domain::time::DAY);
    assert!(claim(&ledger, far).await.is_none());
    assert_eq!(ledger.next_due(far).await.unwrap(), None);
    assert_eq!(
        code(&ledger.retry(&id, &lena(), NOW).await.unwrap_err()),
        "E_STATE"
    );
    let sent = Resolution::Sent {
        remote_ref: "INC-9".into(),
    };
    ledger.resolve(&id, &sent, &lena(), NOW).await.unwrap();
    let comment = claim(&ledger, NOW).await.unwrap();
    assert!(matches!(comment.call, Call::CommentTicket { ticket_id, .. } if ticket_id == "INC-9"));
}

#[tokio::test]
async fn an_undecidable_outcome_a_person_calls_not_sent_goes_again_with_the_same_key() {
    let (_dir, ledger) = fresh().await;
    let id = undecidable(&ledger).await;
    let key = ledger.step(&id).await.unwrap().row.key;
    ledger
        .resolve(&id, &Resolution::NotSent, &lena(), NOW)
        .await
        .unwrap();
    let again = claim(&ledger, NOW).await.unwrap();
    assert_eq!((again.id, again.key, again.attempt), (id, key, 2));
}

#[tokio::test]
async fn derived_steps_and_the_position_of_their_feed_are_one_and_known_events_are_ignored() {
    let (dir, ledger) = fresh().await;
    let event = Derived {
        plan: PlanMaker::new("event-1", "1").message("m", &[]).0,
        blobs: Vec::new(),
        actor: Actor::system(),
        audit: vec![AuditEntry::about("event.seen", "event-1")],
    };
    let second = Derived {
        plan: PlanMaker::new("event-2", "1").message("n", &[]).0,
        blobs: Vec::new(),
        actor: Actor::system(),
        audit: Vec::new(),
    };
    assert_eq!(
        ledger
            .enqueue_derived("deliveries", 5, std::slice::from_ref(&event), NOW)
            .await
            .unwrap()
            .len(),
        1
    );
    let (_dir, after) = crash(dir.path()).await;
    assert_eq!(after.derive_position("deliveries").await.unwrap(), 5);
    let new = after
        .enqueue_derived("deliveries", 7, &[event, second], NOW)
        .await
        .unwrap();
    assert_eq!((new.len(), rows(&after).await.len()), (1, 2));
    assert_eq!(after.derive_position("deliveries").await.unwrap(), 7);
    assert_eq!(row(&after, "m").await.person, "system");
    let records = after
        .list_audit(&AuditFilter::default(), 100, 0)
        .await
        .unwrap();
    let seen = records
        .iter()
        .filter(|r| r.record.event == "event.seen")
        .count();
    assert_eq!(seen, 1, "its record is there once, too");
}

#[tokio::test]
async fn an_intent_is_kept_until_its_plan_is_confirmed() {
    let (dir, ledger) = fresh().await;
    let case = domain::ObjectRef::case("1");
    let person = "lena".into();
    let ask = async |ledger: &ledger::Ledger, fresh: &str| {
        ledger
            .intent_for("test", &case, &person, fresh.into(), NOW)
            .await
            .unwrap()
    };
    let first = ask(&ledger, "one").await;
    let (_dir, after) = crash(dir.path()).await;
    assert_eq!(ask(&after, "two").await, first);
    PlanMaker::new(first.as_str(), "1")
        .message("m", &[])
        .send(&after)
        .await;
    assert_eq!(ask(&after, "three").await.as_str(), "three");
}

#[tokio::test]
async fn the_overlay_is_rebuilt_from_what_is_not_settled_and_what_was_just_confirmed() {
    let (_dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .update("u", &[])
        .send(&ledger)
        .await;
    let values = ledger.overlay_values(NOW).await.unwrap();
    assert_eq!(
        (
            values.len(),
            values[0].value.field.as_str(),
            values[0].confirmed_at
        ),
        (1, "status", None)
    );
    let claimed = claim(&ledger, NOW).await.unwrap();
    let mut done = Settlement::of(StepEvent::Confirmed {
        remote_ref: "1".into(),
    });
    done.detail.insert("version".into(), json!(4));
    ledger
        .settle(&claimed.id, 1, done, NOW.plus(5))
        .await
        .unwrap();
    let values = ledger.overlay_values(NOW).await.unwrap();
    assert_eq!(
        (values[0].confirmed_at, values[0].confirmed_version.clone()),
        (Some(Millis(NOW.0 + 5)), Some(json!(4)))
    );
    assert!(ledger.overlay_values(NOW.plus(6)).await.unwrap().is_empty());
    assert_eq!(ledger.confirmed_since(NOW).await.unwrap().len(), 1);
}

#[tokio::test]
async fn changes_name_the_steps_after_commit() {
    let (_dir, ledger) = fresh().await;
    let mut feed = ledger.changes().listen();
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    let changes = feed.recv().await.unwrap();
    assert!(changes.touches(ledger::topic::STEP) && changes.touches(ledger::topic::AUDIT));
}
