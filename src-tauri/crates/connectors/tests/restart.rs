//! What workflow, workspaces and tracker accepted survives a restart of the sandbox.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::Bench;
use connectors::{Connections, NetworkSwitch, connect};
use domain::{Millis, System, canonical::sha256_hex, operation::Call};
use sandbox::systems::dump;
use serde_json::json;

#[tokio::test]
async fn a_replayed_journal_gives_the_same_nodes_tickets_and_tasks() {
    let dir = tempfile::tempdir().unwrap();
    let options = || sandbox::Options {
        cases: 20,
        epoch: Some(Millis(1_795_183_200_000)),
        state_dir: Some(dir.path().to_owned()),
        ..sandbox::Options::default()
    };
    let running = sandbox::start(options()).await.unwrap();
    let connections = Connections::of_sandbox(&running.first_line()).unwrap();
    let bench = Bench {
        running,
        connections,
    };
    let parts = bench.parts();
    let all = connect(&bench.connections, NetworkSwitch::default(), parts.clock);
    let parent = dump(System::Workspaces, bench.running.ctx())["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|n| n["type"] == 848)
        .unwrap()["id"]
        .to_string();
    let writes = [
        (
            System::Workspaces,
            Call::Upload {
                parent_id: parent.clone(),
                name: "kept.txt".into(),
                media_type: "text/plain".into(),
                blob: sha256_hex(b"kept"),
                categories: json!({}),
            },
        ),
        (
            System::Tracker,
            Call::CreateTicket {
                case_id: "48213".into(),
                queue: "EDI".into(),
                subject: "Kept".into(),
                body: "Kept".into(),
                marker: String::new(),
            },
        ),
        (
            System::Workflow,
            Call::StartProcess {
                definition_key: "claim".into(),
                business_key: "kept".into(),
                name: "Kept".into(),
                variables: json!({}),
            },
        ),
    ];
    for (system, call) in writes {
        let call = bench.outgoing(system.as_str(), call, &[b"kept"]);
        all[&system].perform(&call).await.unwrap();
    }
    // Reads keep a ticket alive between two writes; they are not in the journal.
    for _ in 0..3 {
        bench.advance(20 * 60).await;
        bench
            .pull(&*all[&System::Workspaces], "workspaces", None)
            .await;
    }
    let late = Call::Upload {
        parent_id: parent,
        name: "late.txt".into(),
        media_type: "text/plain".into(),
        blob: sha256_hex(b"kept"),
        categories: json!({}),
    };
    let late = bench.outgoing("late", late, &[b"kept"]);
    all[&System::Workspaces].perform(&late).await.unwrap();
    let systems = [System::Workspaces, System::Tracker, System::Workflow];
    let before = systems.map(|s| dump(s, bench.running.ctx()));
    bench.running.shutdown().await;
    let again = sandbox::start(options()).await.unwrap();
    let after = systems.map(|s| dump(s, again.ctx()));
    assert_eq!(before, after);
    assert!(after.iter().all(|d| d.to_string().contains("ept")));
}
