//! The workspaces connector against the sandbox, over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Bench, hostile};
use connectors::{
    CallError, ConnectionConfig, Connector, Fetched, LookUp, PullError, PullRequest, Transport,
    workspaces::WorkspacesConnector,
};
use domain::{
    Kind, ObjectRef, System,
    canonical::sha256_hex,
    operation::Call,
    record::{Node, Record, Workspace},
};
use serde_json::{Value, json};

fn connector(bench: &Bench) -> WorkspacesConnector {
    WorkspacesConnector::new(bench.config(System::Workspaces), &bench.parts())
}

fn workspaces(fetched: &[Fetched]) -> Vec<&Workspace> {
    fetched
        .iter()
        .map(|f| match f.record.as_ref().unwrap() {
            Record::Workspace(workspace) => workspace,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn nodes(fetched: &[Fetched]) -> Vec<&Node> {
    fetched
        .iter()
        .map(|f| match f.record.as_ref().unwrap() {
            Record::Node(node) => node,
            other => panic!("{other:?}"),
        })
        .collect()
}

async fn case_workspace(bench: &Bench, connector: &WorkspacesConnector) -> Workspace {
    let (all, _) = bench.pull(connector, "workspaces", None).await;
    let found = workspaces(&all)
        .into_iter()
        .find(|w| w.object_id.as_deref() == Some("48213"))
        .cloned();
    found.unwrap()
}

fn upload(parent: &str, name: &str, bytes: &[u8]) -> Call {
    Call::Upload {
        parent_id: parent.into(),
        name: name.into(),
        media_type: "text/plain".into(),
        blob: sha256_hex(bytes),
        categories: json!({"filing": {"role": "message", "case": "PC-48213"}}),
    }
}

async fn lose_answer(bench: &Bench, operation: &str) {
    bench
        .fault(json!({"system": "workspaces", "operation": operation, "kind": "drop_response", "count": 1}))
        .await;
}

async fn file(bench: &Bench, connector: &WorkspacesConnector, name: &str, bytes: &[u8]) -> String {
    let workspace = case_workspace(bench, connector).await;
    let call = bench.outgoing(name, upload(&workspace.id, name, bytes), &[bytes]);
    connector.perform(&call).await.unwrap().remote_ref
}

#[tokio::test]
async fn workspaces_are_listed_with_their_business_objects_and_partners() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (all, _) = bench.pull(&connector, "workspaces", None).await;
    let all = workspaces(&all);
    assert!(all.len() > 600, "several pages: {}", all.len());
    let kinds: BTreeSet<_> = all.iter().map(|w| w.type_name.as_str()).collect();
    for kind in ["Order", "Shipment", "Customer case", "Supplier"] {
        assert!(kinds.contains(kind), "{kind}");
    }
    assert!(
        all.iter()
            .all(|w| w.object_id.is_some() && w.partner_id.is_some())
    );
    let mut orders: BTreeMap<&str, usize> = BTreeMap::new();
    for order in all.iter().filter(|w| w.type_name == "Order") {
        *orders
            .entry(order.object_id.as_deref().unwrap())
            .or_default() += 1;
    }
    assert!(orders.values().any(|n| *n == 2), "some orders have two");
    let request = PullRequest {
        collection: "workspaces".into(),
        cursor: None,
        now: bench.now(),
    };
    let page = connector.pull(&request).await.unwrap();
    assert_eq!(page.listing.unwrap().len(), all.len());
}

#[tokio::test]
async fn every_node_knows_its_workspace_and_a_change_is_found_by_the_next_pull() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (all, cursor) = bench.pull(&connector, "nodes", None).await;
    let (spaces, _) = bench.pull(&connector, "workspaces", None).await;
    let ids: BTreeSet<_> = workspaces(&spaces).iter().map(|w| w.id.clone()).collect();
    assert!(all.len() > 1_500);
    for node in nodes(&all) {
        assert!(ids.contains(&node.workspace_id), "{}", node.id);
    }
    let document = nodes(&all)
        .into_iter()
        .find(|n| n.subtype == 144)
        .unwrap()
        .clone();
    assert!(document.size > 0 && !document.media_type.is_empty() && document.version == 1);
    bench.event(json!({"kind": "node_version", "node_id": document.id, "name": "x", "content": "changed"})).await;
    let (later, _) = bench.pull(&connector, "nodes", Some(cursor)).await;
    let again = nodes(&later)
        .into_iter()
        .find(|n| n.id == document.id)
        .unwrap()
        .clone();
    assert_eq!(again.version, 2);
    assert!(later.len() < 100, "only the overlap is read again");
}

#[tokio::test]
async fn where_the_index_cannot_be_asked_the_workspaces_are_walked() {
    let bench = Bench::start_with(20).await;
    let connector = connector(&bench);
    let (searched, _) = bench.pull(&connector, "nodes", None).await;
    bench
        .fault(json!({"system": "workspaces", "kind": "http_status", "status": 403, "count": 1}))
        .await;
    let walker = WorkspacesConnector::new(bench.config(System::Workspaces), &bench.parts());
    // The first call of a new connector learns the workspaces; the refusal must strike the search.
    let request = PullRequest {
        collection: "nodes".into(),
        cursor: None,
        now: bench.now(),
    };
    assert!(matches!(
        walker.pull(&request).await,
        Err(PullError::Refused { status: 403, .. })
    ));
    walker.pull(&request).await.unwrap();
    bench
        .fault(json!({"system": "workspaces", "kind": "http_status", "status": 403, "count": 1}))
        .await;
    let (walked, _) = bench.pull(&walker, "nodes", None).await;
    let ids =
        |all: &[Fetched]| -> BTreeSet<String> { nodes(all).iter().map(|n| n.id.clone()).collect() };
    assert_eq!(ids(&searched), ids(&walked));
}

#[tokio::test]
async fn an_upload_whose_answer_was_lost_is_found_by_name_and_hash() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let workspace = case_workspace(&bench, &connector).await;
    let bytes = "Verspätet, Tor 4\n".as_bytes();
    let call = bench.outgoing(
        "upload",
        upload(&workspace.id, "Nachricht ü.txt", bytes),
        &[bytes],
    );
    assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
    lose_answer(&bench, "upload").await;
    assert!(matches!(
        connector.perform(&call).await,
        Err(CallError::Unknown(_))
    ));
    let LookUp::Found(receipt) = connector.look_up(&call).await.unwrap() else {
        panic!("it arrived");
    };
    assert_eq!(receipt.detail["sha256"], sha256_hex(bytes));
    // Sent again all the same: the name is taken by the same bytes, which is a receipt.
    let again = connector.perform(&call).await.unwrap();
    assert_eq!(again.remote_ref, receipt.remote_ref);
    assert_eq!(bench.effects("workspaces", "upload").await.len(), 1);
    let content = connector
        .content(&ObjectRef::new(
            Kind::Node,
            System::Workspaces,
            receipt.remote_ref,
        ))
        .await
        .unwrap();
    assert_eq!(&content.bytes[..], bytes);
    assert_eq!(content.name, "Nachricht ü.txt");
}

#[tokio::test]
async fn a_name_taken_by_other_content_is_a_conflict_that_names_both() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let node = file(&bench, &connector, "note.txt", b"first").await;
    let workspace = case_workspace(&bench, &connector).await;
    let other = bench.outgoing(
        "other",
        upload(&workspace.id, "Note.txt", b"second"),
        &[b"second"],
    );
    let Err(CallError::Conflict { theirs, .. }) = connector.perform(&other).await else {
        panic!("a conflict");
    };
    assert_eq!(theirs["node_id"], Value::from(node));
    assert_eq!(theirs["sha256"], sha256_hex(b"first"));
    assert_eq!(connector.look_up(&other).await.unwrap(), LookUp::Absent);
    assert_eq!(bench.effects("workspaces", "upload").await.len(), 1);
}

#[tokio::test]
async fn a_version_is_added_once_and_a_checked_out_node_is_a_conflict() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let node = file(&bench, &connector, "plan.txt", b"one").await;
    let version = |bytes: &[u8]| Call::AddVersion {
        node_id: node.clone(),
        name: "plan.txt".into(),
        media_type: "text/plain".into(),
        blob: sha256_hex(bytes),
    };
    let call = bench.outgoing("version", version(b"two"), &[b"two"]);
    lose_answer(&bench, "add_version").await;
    assert!(matches!(
        connector.perform(&call).await,
        Err(CallError::Unknown(_))
    ));
    assert!(matches!(
        connector.look_up(&call).await.unwrap(),
        LookUp::Found(_)
    ));
    let again = connector.perform(&call).await.unwrap();
    assert_eq!(again.detail["version"], 2);
    assert_eq!(bench.effects("workspaces", "add_version").await.len(), 1);
    bench
        .event(json!({"kind": "node_reserved", "node_id": node}))
        .await;
    let third = bench.outgoing("third", version(b"three"), &[b"three"]);
    assert!(matches!(
        connector.perform(&third).await,
        Err(CallError::Conflict { .. })
    ));
    let pinned = ObjectRef::new(Kind::Node, System::Workspaces, format!("{node}@1"));
    assert_eq!(&connector.content(&pinned).await.unwrap().bytes[..], b"one");
}

#[tokio::test]
async fn a_workspace_is_created_once_for_a_business_object() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let call = Call::CreateWorkspace {
        template_id: String::new(),
        type_id: "Order".into(),
        name: "Order 99: Bramblewick".into(),
        parent_id: String::new(),
        external_system: "ERP".into(),
        object_type: "order".into(),
        object_id: "99".into(),
    };
    let call = bench.outgoing("create", call, &[]);
    assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
    lose_answer(&bench, "create_workspace").await;
    assert!(matches!(
        connector.perform(&call).await,
        Err(CallError::Unknown(_))
    ));
    let LookUp::Found(receipt) = connector.look_up(&call).await.unwrap() else {
        panic!("it was created");
    };
    assert_eq!(
        connector.perform(&call).await.unwrap().remote_ref,
        receipt.remote_ref
    );
    assert_eq!(
        bench.effects("workspaces", "create_workspace").await.len(),
        1
    );
}

#[tokio::test]
async fn category_values_are_set_by_name_and_found_by_comparing() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let node = file(&bench, &connector, "claim.txt", b"claim").await;
    for (name, category) in [("filing", "filing"), ("order", "555")] {
        let call = Call::SetCategories {
            node_id: node.clone(),
            category_id: category.into(),
            values: json!({"state": "in_action", "status": ["a", "b"]}),
        };
        let call = bench.outgoing(name, call, &[]);
        assert_eq!(connector.look_up(&call).await.unwrap(), LookUp::Absent);
        lose_answer(&bench, "set_categories").await;
        assert!(matches!(
            connector.perform(&call).await,
            Err(CallError::Unknown(_))
        ));
        assert!(
            matches!(connector.look_up(&call).await.unwrap(), LookUp::Found(_)),
            "{name}"
        );
    }
    assert_eq!(bench.effects("workspaces", "set_categories").await.len(), 2);
    let unmapped = Call::SetCategories {
        node_id: node,
        category_id: "tax".into(),
        values: json!({"a": 1}),
    };
    let unmapped = bench.outgoing("tax", unmapped, &[]);
    assert!(matches!(
        connector.perform(&unmapped).await,
        Err(CallError::Refused { status: 0, .. })
    ));
}

#[tokio::test]
async fn verifying_compares_what_lies_there_and_names_both_hashes() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let node = file(&bench, &connector, "proof.txt", b"proof").await;
    let verify = |sha256: String| Call::Verify {
        node_id: node.clone(),
        sha256,
    };
    let right = bench.outgoing("right", verify(sha256_hex(b"proof")), &[]);
    assert_eq!(
        connector.perform(&right).await.unwrap().detail["version"],
        1
    );
    let wrong = bench.outgoing("wrong", verify(sha256_hex(b"other")), &[]);
    let Err(CallError::Refused { message, .. }) = connector.perform(&wrong).await else {
        panic!("a refusal");
    };
    assert!(message.contains(&sha256_hex(b"proof")) && message.contains(&sha256_hex(b"other")));
    assert_eq!(bench.effects("workspaces", "verify").await.len(), 0);
}

#[tokio::test]
async fn a_ticket_that_died_of_idleness_is_renewed_and_tokens_sign_in_too() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    case_workspace(&bench, &connector).await;
    bench.advance(2 * 3_600).await;
    case_workspace(&bench, &connector).await;
    let mut config = bench.config(System::Workspaces).clone();
    config.dialect = "otds".into();
    let by_token = WorkspacesConnector::new(&config, &bench.parts());
    case_workspace(&bench, &by_token).await;
    assert_eq!(by_token.manifest().dialect, "otds");
    let mut wrong = bench.config(System::Workspaces).clone();
    wrong.secrets.insert("password".into(), "wrong".into());
    let steps = WorkspacesConnector::new(&wrong, &bench.parts())
        .check()
        .await;
    assert!(steps.iter().any(|s| s.step == "sign_in" && !s.ok));
    assert!(connector.check().await.iter().all(|s| s.ok));
}

#[tokio::test]
async fn other_shapes_are_named_and_spoil_one_record_only() {
    let bench = Bench::start_with(20).await;
    for (kind, body) in [
        ("text/html", "<html>Content Server Client Error</html>"),
        ("application/json", r#"{"results":[{"data":"#),
        ("application/json", r#"{"paging":{}}"#),
    ] {
        let base = hostile(kind, body.to_owned()).await;
        let config = ConnectionConfig {
            transport: Transport::default(),
            base_url: base.clone(),
            dialect: "otds".into(),
            settings: [("token_url".to_owned(), format!("{base}/oauth2/token"))].into(),
            secrets: bench.config(System::Workspaces).secrets.clone(),
        };
        let request = PullRequest {
            collection: "workspaces".into(),
            cursor: None,
            now: bench.now(),
        };
        let pulled = WorkspacesConnector::new(&config, &bench.parts())
            .pull(&request)
            .await;
        assert!(
            matches!(pulled, Err(PullError::Drift(_))),
            "{kind}: {pulled:?}"
        );
    }
    let body = json!({"paging": {"total_count": 2}, "results": [
        {"data": {"properties": {"id": ["x"], "name": "A", "modify_date": "2025-06-30T01:47:35"}}},
        {"data": {"properties": {"id": 7, "name": "B", "modify_date": "2025-06-30T01:47:35"}}},
    ]});
    let base = hostile("application/json", body.to_string()).await;
    let config = ConnectionConfig {
        transport: Transport::default(),
        base_url: base.clone(),
        dialect: "otds".into(),
        settings: [("token_url".to_owned(), format!("{base}/oauth2/token"))].into(),
        secrets: bench.config(System::Workspaces).secrets.clone(),
    };
    let request = PullRequest {
        collection: "workspaces".into(),
        cursor: None,
        now: bench.now(),
    };
    let page = WorkspacesConnector::new(&config, &bench.parts())
        .pull(&request)
        .await
        .unwrap();
    assert_eq!(
        page.records[0].record.as_ref().unwrap_err().code,
        "WIRE_TYPE"
    );
    assert!(page.records[1].record.is_ok());
    assert!(
        page.listing.is_none(),
        "nothing is marked gone by a listing that does not read"
    );
}
