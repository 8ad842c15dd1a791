//! The statements that run for every step are held to an index, and find what is next behind a hundred thousand steps.

use std::collections::BTreeSet;

use domain::{
    IntentId, Millis, ObjectRef, System,
    action::{args_hash, step_key},
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
    step::StepEvent,
};
use serde_json::json;
use sqlite::{Key, Mode, explain::explain};
use sqlx::Execute;

use crate::{
    Actor, Enqueue, Ledger, Settlement, StepFilter,
    batches::{COUNTS, NOTICES_OF_CASE, STEPS},
    claim::heads,
    departure::{RELEASED_FIRST, TIMED_GATES},
    gates::STOPPED,
    listing::{OPEN_STEPS_OF, OVERLAY_OF, STOPPED_COUNT, steps_query},
    published::PUBLISHED,
    rows::select_steps,
};

const NOW: Millis = Millis(1_800_000_000_000);

fn plan(intent: &str, case: &str, steps: u32) -> Plan {
    let intent = IntentId::from(intent);
    let step = |number: u32| {
        let args = json!({"case_id": case, "visibility": "partner", "body": format!("{number}")});
        let content_hash = args_hash(&args).unwrap();
        PlannedStep {
            number,
            id: format!("s{number}"),
            operation: Operation::PostMessage,
            subject: "message".into(),
            key: step_key(&intent, number, &content_hash),
            content_hash,
            args,
            waits_on: Vec::new(),
            offline_class: OfflineClass::Queue,
            lane: None,
            optional: false,
            overlay: Vec::new(),
        }
    };
    Plan {
        playbook: "p".into(),
        use_case: "S0.0".into(),
        title: "t".into(),
        case: ObjectRef::case(case),
        steps: (1..=steps).map(step).collect(),
        gates: Vec::new(),
        skipped: Vec::new(),
        intent,
    }
}

async fn enqueue(ledger: &Ledger, plan: &Plan) {
    let request = Enqueue {
        plan,
        actor: &Actor::person("lena", "UTC"),
        blobs: Vec::new(),
        again: false,
        repeatable: false,
        audit: Vec::new(),
        now: NOW,
    };
    ledger.enqueue(request).await.unwrap();
}

#[tokio::test]
async fn the_hot_statements_use_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path(), &Key::random(), Mode::ReadWrite)
        .await
        .unwrap();
    let mut tx = ledger.begin().await.unwrap();
    let all = heads(System::ALL).build().sql().as_str().to_owned();
    let open = StepFilter {
        open: true,
        ..StepFilter::default()
    };
    let of_case = StepFilter {
        case: Some("c".into()),
        ..StepFilter::default()
    };
    let to_decide = StepFilter {
        states: vec!["needs_attention".into()],
        ..StepFilter::default()
    };
    let list = |filter| steps_query(filter, 50, 0).build().sql().as_str().to_owned();
    let statements = [
        all,
        "update lane set ready = 1, due_at = null where ready = 0 and due_at <= ?".into(),
        select_steps!("where s.seq = ?").into(),
        select_steps!("where s.id = ?").into(),
        select_steps!("where s.seq in (select seq from step indexed by step_look_up where state = 'unknown' and look_up_after <= 5 and system in ('tracker') order by look_up_after limit 1)").into(),
        select_steps!("where s.seq in (select seq from step indexed by step_lease where state = 'sending' and lease_until <= ?) order by s.seq").into(),
        select_steps!("where s.seq in (select step from dependency where on_step = ?) order by s.seq").into(),
        select_steps!("where s.confirmed_at >= ? order by s.confirmed_at limit 2000").into(),
        "select h.seq from step h where h.lane = ? and h.open = 1 and h.gated = 0 order by h.lane_order, h.seq limit 1".into(),
        "select 1 from step u where u.lane = ? and u.state in ('sending', 'unknown')".into(),
        "select count(*), count(on_gate) from dependency where step = ?".into(),
        "select seq, hash from audit order by seq desc limit 1".into(),
        "select hash, record from audit where object = ? order by seq desc limit 50".into(),
        "select hash, record from audit where case_ref = ? order by seq desc limit 50".into(),
        "select id from action where intent = ?".into(),
        "select id from action where case_ref = ? and playbook = ? and state <> 'cancelled' order by seq desc limit 1".into(),
        "select created_at from step where open = 1 order by seq limit 1".into(),
        OVERLAY_OF.into(),
        OPEN_STEPS_OF.into(),
        NOTICES_OF_CASE.into(),
        PUBLISHED.into(),
        TIMED_GATES.into(),
        "delete from draft where person = ? and updated_at < ? and kind = ?".into(),
        RELEASED_FIRST.into(),
        "select id from action where playbook = ? order by seq desc limit 200".into(),
        list(&open),
        list(&to_decide),
    ];
    // A case has few steps; they may be sorted, but no others looked at.
    let of_case = explain(&mut tx, &list(&of_case)).await.unwrap();
    assert!(
        !of_case.lines.iter().any(|l| l.starts_with("SCAN s")),
        "{:#?}",
        of_case.lines
    );
    // Told apart and sorted are only the gates that open steps stand behind, and the steps of one batch.
    for statement in [STOPPED_COUNT, STOPPED, COUNTS, STEPS] {
        let plan = explain(&mut tx, statement).await.unwrap();
        let mut problems = plan.problems(&["step_open"]);
        problems.retain(|line| !line.contains("TEMP B-TREE"));
        assert!(problems.is_empty(), "{statement}\n{:#?}", plan.lines);
    }
    for statement in statements {
        let plan = explain(&mut tx, &statement).await.unwrap();
        // Small by their nature, or read along an index up to a limit.
        let small = ["p", "pause", "json_each", "w", "x", "step_open", "audit"];
        let problems = plan.problems(&small);
        assert!(problems.is_empty(), "{statement}\n{:#?}", plan.lines);
    }
}

#[tokio::test]
async fn the_next_step_is_found_behind_a_hundred_thousand() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(dir.path(), &Key::random(), Mode::ReadWrite)
        .await
        .unwrap();
    for case in 0..80 {
        let name = case.to_string();
        enqueue(&ledger, &plan(&name, &name, 1)).await;
    }
    // Behind each of them, in its lane, 1,250 more.
    let mut tx = ledger.begin().await.unwrap();
    sqlx::query(
        "with recursive n (k) as (select 1 union all select k + 1 from n where k < 1250)
         insert into step (id, action, number, name, system, operation, level, lane, lane_order, subject, args,
         content_hash, key, seal, waits_on, offline_class, optional, overlay, state, attempts, gated, created_at, changed_at)
         select id || '-' || k, action, number + k, name, system, operation, level, lane, lane_order + k * 80, subject, args,
         content_hash, key || k, seal, waits_on, offline_class, optional, overlay, state, attempts, gated, created_at,
         changed_at from step, n",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ledger.counts().await.unwrap().queued, 100_080);
    let mut cases = BTreeSet::new();
    for _ in 0..80 {
        // Every head is refused, so each lane ends stuck with 1,250 steps behind it.
        let step = ledger.claim_next(NOW, 1, &[]).await.unwrap().unwrap();
        assert!(cases.insert(step.case.clone()), "{} again", step.case);
        let refused = Settlement::of(StepEvent::Refused);
        ledger
            .settle(&step.id, step.attempt, refused, NOW)
            .await
            .unwrap();
    }
    assert!(ledger.claim_next(NOW, 1, &[]).await.unwrap().is_none());
}
