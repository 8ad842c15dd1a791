//! The workflow connector against the sandbox, over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::collections::BTreeSet;

use common::{Bench, hostile};
use connectors::{
    CallError, ConnectionConfig, Connector, Fetched, LookUp, PullError, PullRequest, Transport,
    workflow::WorkflowConnector,
};
use domain::{
    System,
    operation::{Call, Level},
    record::{Process, Record, Task},
    time::HOUR,
};
use serde_json::json;

fn connector(bench: &Bench) -> WorkflowConnector {
    WorkflowConnector::new(bench.config(System::Workflow), &bench.parts())
}

fn tasks(fetched: &[Fetched]) -> Vec<&Task> {
    fetched
        .iter()
        .map(|f| match f.record.as_ref().unwrap() {
            Record::Task(task) => task,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn processes(fetched: &[Fetched]) -> Vec<&Process> {
    fetched
        .iter()
        .map(|f| match f.record.as_ref().unwrap() {
            Record::Process(process) => process,
            other => panic!("{other:?}"),
        })
        .collect()
}

async fn open_task(bench: &Bench, connector: &WorkflowConnector, state: &str) -> Task {
    let (open, _) = bench.pull(connector, "tasks_open", None).await;
    let found = tasks(&open).into_iter().find(|t| t.state == state).cloned();
    found.unwrap()
}

fn start(key: &str) -> Call {
    Call::StartProcess {
        definition_key: "dispute".into(),
        business_key: key.into(),
        name: "Partner dispute".into(),
        variables: json!({"partner_id": "P-1"}),
    }
}

fn complete(task: &Task, outcome: &str) -> Call {
    Call::CompleteTask {
        task_id: task.id.clone(),
        outcome: outcome.into(),
        variables: json!({}),
    }
}

#[tokio::test]
async fn open_and_finished_work_is_pulled_with_the_case_it_belongs_to() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (open, _) = bench.pull(&connector, "tasks_open", None).await;
    let (done, _) = bench.pull(&connector, "tasks_done", None).await;
    let (instances, _) = bench.pull(&connector, "processes", None).await;
    let keys: BTreeSet<_> = processes(&instances)
        .iter()
        .map(|p| p.business_key.clone().unwrap())
        .collect();
    assert!(keys.contains("48213") && keys.len() > 50);
    assert!(open.len() > 20 && done.len() > 50);
    for task in tasks(&open).iter().chain(&tasks(&done)) {
        assert!(
            keys.contains(task.business_key.as_deref().unwrap()),
            "{}",
            task.id
        );
        assert!(task.group.is_some());
    }
    assert!(tasks(&open).iter().all(|t| t.completed_at.is_none()));
    assert!(
        tasks(&done)
            .iter()
            .all(|t| t.state == "completed" && t.outcome.is_some())
    );
    let ended = processes(&instances)
        .iter()
        .filter(|p| p.ended_at.is_some())
        .count();
    assert!(ended > 5 && ended < instances.len());
}

#[tokio::test]
async fn a_whole_re_read_lists_every_open_task_and_a_finished_one_moves_to_the_done() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (done, cursor) = bench.pull(&connector, "tasks_done", None).await;
    let task = open_task(&bench, &connector, "claimed").await;
    bench
        .event(json!({"kind": "task_completed", "task_id": task.id, "outcome": "approved", "assignee": task.assignee}))
        .await;
    let request = PullRequest {
        collection: "tasks_open".into(),
        cursor: None,
        now: bench.now(),
    };
    let page = connector.pull(&request).await.unwrap();
    let listing = page.listing.unwrap();
    assert_eq!(listing.len(), page.records.len());
    assert!(listing.iter().all(|o| o.remote_id != task.id));
    let (later, _) = bench.pull(&connector, "tasks_done", Some(cursor)).await;
    assert!(tasks(&later).iter().any(|t| t.id == task.id));
    assert!(later.len() < done.len(), "only the overlap is read again");
}

#[tokio::test]
async fn an_instance_that_ended_since_is_read_again() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (all, cursor) = bench.pull(&connector, "processes", None).await;
    let running = processes(&all)
        .into_iter()
        .find(|p| p.state == "running")
        .unwrap();
    bench
        .event(json!({"kind": "process_cancelled", "process_id": running.id}))
        .await;
    let (later, _) = bench.pull(&connector, "processes", Some(cursor)).await;
    let again = processes(&later)
        .into_iter()
        .find(|p| p.id == running.id)
        .unwrap()
        .clone();
    assert_eq!(again.state, "terminated");
}

#[tokio::test]
async fn a_start_whose_answer_was_lost_is_found_by_its_business_key_and_started_once() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let call = bench.outgoing("start", start("new-case"), &[]);
    assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
    bench
        .fault(json!({"system": "workflow", "operation": "start", "kind": "drop_response", "count": 1}))
        .await;
    assert!(matches!(
        connector.perform(&call).await,
        Err(CallError::Unknown(_))
    ));
    let LookUp::Found(receipt) = connector.look_up(&call).await.unwrap() else {
        panic!("it was started");
    };
    assert_eq!(receipt.detail["attached"], false);
    // Another desktop that starts for the same case is attached to the running instance.
    let other = bench.outgoing("start-elsewhere", start("new-case"), &[]);
    let attached = connector.perform(&other).await.unwrap();
    assert_eq!(attached.remote_ref, receipt.remote_ref);
    assert_eq!(attached.detail["attached"], true);
    assert_eq!(bench.effects("workflow", "start").await.len(), 1);
}

#[tokio::test]
async fn a_lost_request_leaves_nothing_behind_and_is_sent_again() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let call = bench.outgoing("start", start("other-case"), &[]);
    bench
        .fault(
            json!({"system": "workflow", "operation": "start", "kind": "drop_request", "count": 1}),
        )
        .await;
    assert!(matches!(
        connector.perform(&call).await,
        Err(CallError::Unknown(_))
    ));
    assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
    connector.perform(&call).await.unwrap();
    assert_eq!(bench.effects("workflow", "start").await.len(), 1);
}

#[tokio::test]
async fn a_claim_lost_to_a_colleague_is_a_conflict_that_names_the_winner() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let task = open_task(&bench, &connector, "created").await;
    bench
        .event(json!({"kind": "task_claimed", "task_id": task.id, "assignee": "priya.nandakumar"}))
        .await;
    let call = bench.outgoing(
        "claim",
        Call::ClaimTask {
            task_id: task.id.clone(),
            assignee: "lena.kovar".into(),
        },
        &[],
    );
    let Err(CallError::Conflict { theirs, .. }) = connector.perform(&call).await else {
        panic!("a conflict");
    };
    assert_eq!(theirs["assignee"], "priya.nandakumar");
    assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
}

#[tokio::test]
async fn claim_assign_and_due_date_are_found_by_reading_the_task() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let task = open_task(&bench, &connector, "created").await;
    let due = bench.now().plus(30 * HOUR);
    let calls = [
        (
            "claim",
            Call::ClaimTask {
                task_id: task.id.clone(),
                assignee: "lena.kovar".into(),
            },
        ),
        (
            "assign",
            Call::AssignTask {
                task_id: task.id.clone(),
                assignee: "mara.tindal".into(),
            },
        ),
        (
            "set_due",
            Call::SetDue {
                task_id: task.id.clone(),
                due_at: due.0,
            },
        ),
    ];
    for (word, call) in calls {
        let call = bench.outgoing(word, call, &[]);
        assert_eq!(
            connector.look_up(&call).await.unwrap(),
            LookUp::Absent,
            "{word}"
        );
        bench
            .fault(json!({"system": "workflow", "operation": word, "kind": "drop_response", "count": 1}))
            .await;
        assert!(
            matches!(connector.perform(&call).await, Err(CallError::Unknown(_))),
            "{word}"
        );
        assert!(
            matches!(connector.look_up(&call).await.unwrap(), LookUp::Found(_)),
            "{word}"
        );
        assert_eq!(bench.effects("workflow", word).await.len(), 1, "{word}");
    }
}

#[tokio::test]
async fn a_completion_whose_answer_was_lost_is_found_in_the_history() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let task = open_task(&bench, &connector, "claimed").await;
    let call = bench.outgoing("complete", complete(&task, "approved"), &[]);
    assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
    bench
        .fault(json!({"system": "workflow", "operation": "complete", "kind": "drop_response", "count": 1}))
        .await;
    assert!(matches!(
        connector.perform(&call).await,
        Err(CallError::Unknown(_))
    ));
    assert!(matches!(
        connector.look_up(&call).await.unwrap(),
        LookUp::Found(_)
    ));
    // Sent again all the same, the 404 is known to be ours.
    connector.perform(&call).await.unwrap();
    assert_eq!(bench.effects("workflow", "complete").await.len(), 1);
}

#[tokio::test]
async fn a_task_finished_by_somebody_else_is_a_conflict_and_gets_no_second_outcome() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let task = open_task(&bench, &connector, "claimed").await;
    bench
        .event(json!({"kind": "task_completed", "task_id": task.id, "outcome": "rejected", "assignee": task.assignee}))
        .await;
    let call = bench.outgoing("complete", complete(&task, "approved"), &[]);
    let Err(CallError::Conflict { theirs, .. }) = connector.perform(&call).await else {
        panic!("a conflict");
    };
    assert_eq!(theirs["outcome"], "rejected");
    assert!(matches!(
        connector.look_up(&call).await.unwrap(),
        LookUp::CannotTell(_)
    ));
    assert!(bench.effects("workflow", "complete").await.is_empty());
}

#[tokio::test]
async fn an_expired_token_is_renewed_without_a_word_and_a_wrong_secret_asks_for_sign_in() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    bench.pull(&connector, "tasks_open", None).await;
    bench.advance(7_200).await;
    bench.pull(&connector, "tasks_open", None).await;
    let mut config = bench.config(System::Workflow).clone();
    config
        .secrets
        .insert("client_secret".into(), "wrong".into());
    let wrong = WorkflowConnector::new(&config, &bench.parts());
    let request = PullRequest {
        collection: "tasks_open".into(),
        cursor: None,
        now: bench.now(),
    };
    assert!(matches!(
        wrong.pull(&request).await,
        Err(PullError::SignIn(_))
    ));
    let steps = wrong.check().await;
    assert!(steps.iter().any(|s| s.step == "sign_in" && !s.ok));
}

#[tokio::test]
async fn other_shapes_are_named_and_never_taken_for_an_empty_list() {
    let bench = Bench::start().await;
    let page = |body: &str| body.to_owned();
    let cases = [
        (
            "text/html",
            page("<html><body>Please try again</body></html>"),
        ),
        (
            "application/json",
            page(r#"{"_embedded":{"tasks":[{"id":"1""#),
        ),
        ("application/json", page("{}")),
    ];
    for (kind, body) in cases {
        let base = hostile(kind, body).await;
        let config = ConnectionConfig {
            transport: Transport::default(),
            base_url: base.clone(),
            dialect: String::new(),
            settings: [("token_url".to_owned(), format!("{base}/oauth2/token"))].into(),
            secrets: bench.config(System::Workflow).secrets.clone(),
        };
        let connector = WorkflowConnector::new(&config, &bench.parts());
        let request = PullRequest {
            collection: "tasks_open".into(),
            cursor: None,
            now: bench.now(),
        };
        assert!(
            matches!(connector.pull(&request).await, Err(PullError::Drift(_))),
            "{kind}"
        );
    }
    let connector = connector(&bench);
    bench
        .fault(json!({"system": "workflow", "kind": "drift", "count": 1}))
        .await;
    let request = PullRequest {
        collection: "processes".into(),
        cursor: None,
        now: bench.now(),
    };
    let page = connector.pull(&request).await.unwrap();
    let unfit = page.records[0].record.as_ref().unwrap_err();
    assert_eq!(unfit.code, "WIRE_TYPE");
    assert!(unfit.message.contains("historic-process-instances[0].id"));
}

#[tokio::test]
async fn the_manifest_keeps_the_levels_of_the_table() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    for entry in &connector.manifest().operations {
        assert_eq!(entry.level, Level::B, "{}", entry.operation);
        assert_eq!(entry.operation.system(), System::Workflow);
    }
    assert!(connector.check().await.iter().all(|s| s.ok));
}
