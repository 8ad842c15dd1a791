//! Secrets of connections: kept apart from the ledger, for their own system, and asked for again when they are gone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::Path;

use desk::{
    Desk, OpenOptions, Source,
    ledger::{Actor, Ledger},
    view::{
        ConnectionInput, ConnectionView, FieldKind, PauseConnection, SaveConnections, SystemName,
        WireOf,
    },
};
use domain::{Millis, System, refusal::Code};
use serde_json::{Value, json};
use sqlite::{
    Mode,
    key::{self, KeyRequest, KeySource},
    secrets::SecretStore,
};

const SECRET: &str = "pale-otter-4417-drumbeat";
const PASSPHRASE: &str = "correct horse";

fn request(folder: &Path) -> KeyRequest {
    KeyRequest {
        folder: folder.to_owned(),
        passphrase: Some(PASSPHRASE.to_owned().into()),
        sandbox_only: false,
        prefer: Some(KeySource::Passphrase),
    }
}

async fn secrets_of(folder: &Path) -> SecretStore {
    key::open(&request(folder)).await.unwrap().secrets
}

async fn kept(folder: &Path, name: &str) -> Option<String> {
    let found = secrets_of(folder).await.get("tracker", name).await.unwrap();
    found.map(|text| text.to_string())
}

async fn open(folder: &Path, config: Option<Value>) -> Desk {
    // Made here, so that a keyring of whoever runs the tests is left alone.
    key::open(&request(folder)).await.unwrap();
    let mut options = OpenOptions {
        home: folder.to_owned(),
        passphrase: Some(PASSPHRASE.to_owned().into()),
        ..OpenOptions::default()
    };
    if let Some(config) = config {
        let (source, secrets) = Source::of_config(&config.to_string()).unwrap();
        options.source = Some(source);
        options.secrets = secrets;
    }
    Desk::open(options).await.unwrap()
}

/// Nobody listens at port 9 of this machine.
fn tracker(port: u16) -> Value {
    json!({"systems": {"tracker": {
        "base_url": format!("http://127.0.0.1:{port}"), "dialect": "request_tracker",
        "settings": {"queue": "Partner operations"}, "secrets": {"username": "svc", "password": SECRET}}}})
}

fn edited(port: u16, fields: &[(&str, &str)]) -> ConnectionInput {
    ConnectionInput {
        system: SystemName::Tracker,
        base_url: format!("http://127.0.0.1:{port}"),
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        forget: Vec::new(),
    }
}

async fn save(desk: &Desk, edited: ConnectionInput) -> ConnectionView {
    let args = SaveConnections {
        connections: vec![edited],
        passphrase: None,
    };
    shown(desk.save_connections(&args).await.unwrap().connections)
}

fn shown(connections: Vec<ConnectionView>) -> ConnectionView {
    connections
        .into_iter()
        .find(|c| c.base_url.contains("127.0.0.1"))
        .unwrap()
}

fn stored(view: &ConnectionView) -> Vec<&str> {
    let secrets = view.fields.iter().filter(|f| f.kind == FieldKind::Secret);
    secrets
        .inspect(|f| assert_eq!(f.value, None, "a secret is never shown"))
        .filter(|f| f.stored)
        .map(|f| f.name.as_str())
        .collect()
}

#[tokio::test]
async fn the_ledger_holds_the_names_of_secrets_and_nothing_else_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    let settings = format!("{:?}", desk.ledger().settings().await.unwrap());
    assert!(settings.contains("password") && !settings.contains(SECRET));
    let view = shown(desk.connections_view().await.unwrap().connections);
    assert_eq!(stored(&view), ["username", "password"]);
    assert!(!serde_json::to_string(&view).unwrap().contains(SECRET));
    desk.close().await;
    assert_eq!(kept(dir.path(), "password").await.as_deref(), Some(SECRET));
    // The next start finds them.
    let desk = open(dir.path(), None).await;
    assert!(desk.missing_secrets().is_empty());
    desk.close().await;
}

#[tokio::test]
async fn secrets_of_the_first_version_leave_the_ledger_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let key = key::open(&request(dir.path())).await.unwrap();
    let ledger = Ledger::open(dir.path(), &key.key, Mode::ReadWrite)
        .await
        .unwrap();
    let first = json!({"kind": "real", "connections": {"tracker": {
        "base_url": "http://127.0.0.1:9", "dialect": "request_tracker", "settings": {},
        "secrets": {"username": "svc", "password": SECRET}, "disabled": false}}});
    ledger
        .set_setting("source", &first, &Actor::system(), Millis(1))
        .await
        .unwrap();
    ledger.close().await;

    let desk = open(dir.path(), None).await;
    assert!(desk.missing_secrets().is_empty());
    let settings = format!("{:?}", desk.ledger().settings().await.unwrap());
    assert!(settings.contains("password") && !settings.contains(SECRET));
    assert!(desk.ledger().verify_audit().await.unwrap().ok);
    assert!(desk.warnings().is_empty(), "{:?}", desk.warnings());
    desk.close().await;
    assert_eq!(kept(dir.path(), "password").await.as_deref(), Some(SECRET));
}

#[tokio::test]
async fn a_removed_connection_takes_its_secrets_along() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    let other = json!({"systems": {"workflow": {
        "base_url": "http://127.0.0.1:9", "secrets": {"client_id": "w", "client_secret": "w-secret"}}}});
    let (source, secrets) = Source::of_config(&other.to_string()).unwrap();
    desk.connect_to(source, secrets, None).await.unwrap();
    desk.close().await;
    assert_eq!(kept(dir.path(), "password").await, None);
    assert_eq!(kept(dir.path(), "username").await, None);
    let store = secrets_of(dir.path()).await;
    let left = store.get("workflow", "client_secret").await.unwrap();
    assert_eq!(left.as_deref().map(String::as_str), Some("w-secret"));
}

#[tokio::test]
async fn a_secret_stays_with_the_address_it_was_entered_for() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    let same_place = save(&desk, edited(9, &[("queue", "Other")])).await;
    assert_eq!(stored(&same_place), ["username", "password"]);
    let replaced = save(&desk, edited(9, &[("password", "a new one")])).await;
    assert_eq!(stored(&replaced), ["username", "password"]);
    assert_eq!(
        kept(dir.path(), "password").await.as_deref(),
        Some("a new one")
    );
    // Another port is another system.
    let elsewhere = save(&desk, edited(10, &[("username", "svc")])).await;
    assert_eq!(stored(&elsewhere), ["username"]);
    assert_eq!(kept(dir.path(), "password").await, None);
    desk.close().await;
}

#[tokio::test]
async fn a_missing_secret_holds_its_system_and_asks_again() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path(), Some(tracker(9))).await.close().await;
    let store = secrets_of(dir.path()).await;
    store.forget("tracker", "password").await.unwrap();
    let desk = open(dir.path(), None).await;
    let missing = desk.missing_secrets();
    assert_eq!(missing.keys().collect::<Vec<_>>(), [&System::Tracker]);
    let reports = desk.pull(&[], false).await.unwrap();
    let said = reports[0].error.clone().unwrap();
    assert!(said.contains(Code::Secret.as_str()), "{said}");
    let status = desk.status().await.unwrap();
    let light = status
        .systems
        .iter()
        .find(|l| l.title == "Tracker")
        .unwrap();
    assert!(light.needs_sign_in, "{light:?}");
    let view = shown(desk.connections_view().await.unwrap().connections);
    assert_eq!(stored(&view), ["username"]);
    let again = save(&desk, edited(9, &[("password", SECRET)])).await;
    assert_eq!(stored(&again), ["username", "password"]);
    assert!(desk.missing_secrets().is_empty());
    desk.close().await;
}

#[tokio::test]
async fn the_key_of_a_sandbox_folder_leaves_its_file_before_real_connections_are_entered() {
    let dir = tempfile::tempdir().unwrap();
    let in_file = KeyRequest {
        passphrase: None,
        sandbox_only: true,
        prefer: Some(KeySource::File),
        ..request(dir.path())
    };
    key::open(&in_file).await.unwrap();
    let moved = KeyRequest {
        prefer: Some(KeySource::Passphrase),
        ..request(dir.path())
    };
    key::leave_file(&moved).await.unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    assert_eq!(desk.key_source(), KeySource::Passphrase);
    desk.close().await;
    let file = std::fs::read_to_string(dir.path().join("key.json")).unwrap();
    assert!(!file.contains("plain"));
}

#[tokio::test]
async fn after_an_orderly_end_no_log_lies_beside_a_database() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    let log = |name: &str| std::fs::metadata(dir.path().join(name)).map_or(0, |found| found.len());
    assert!(log("ledger.db-wal") > 0, "there is something to tidy up");
    desk.close().await;
    assert_eq!((log("ledger.db-wal"), log("cache.db-wal")), (0, 0));
    assert!(desk.ledger().settings().await.is_err(), "it is closed");
}

async fn filling(desk: &Desk) -> String {
    desk.cache().filling().await.unwrap()
}

async fn pause(desk: &Desk, paused: bool) -> ConnectionView {
    let args = PauseConnection {
        system: SystemName::Tracker,
        paused,
    };
    shown(desk.pause_connection(&args).await.unwrap().connections)
}

#[tokio::test]
async fn a_paused_system_is_left_alone_until_it_goes_on_and_keeps_all_that_was_entered() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    let view = pause(&desk, true).await;
    assert!(view.paused);
    assert_eq!(view.status.word, "Paused");
    assert_eq!(stored(&view), ["username", "password"]);
    assert!(desk.pull(&[], false).await.unwrap().is_empty());
    // Edited while it is paused, it stays so.
    assert!(save(&desk, edited(9, &[("queue", "Other")])).await.paused);
    desk.close().await;
    drop(desk);

    let desk = open(dir.path(), None).await;
    let view = shown(desk.connections_view().await.unwrap().connections);
    assert!(view.paused, "it stays paused over a restart");
    assert!(!pause(&desk, false).await.paused);
    assert_eq!(desk.pull(&[], false).await.unwrap().len(), 1);
    desk.close().await;
}

#[tokio::test]
async fn how_the_wire_is_made_is_kept_and_changes_neither_secrets_nor_whose_mirror_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    let before = filling(&desk).await;
    let pace = [
        ("requests_per_second", "5"),
        ("proxy", "http://proxy.example:3128"),
    ];
    let view = save(&desk, edited(9, &pace)).await;
    let value = |name: &str| {
        let field = view.fields.iter().find(|f| f.name == name);
        field.and_then(|f| f.value.clone()).unwrap_or_default()
    };
    assert_eq!(
        (value("requests_per_second"), value("proxy")),
        ("5".into(), "http://proxy.example:3128".into())
    );
    assert_eq!(stored(&view), ["username", "password"]);
    assert_eq!(filling(&desk).await, before);
    for (name, value) in [
        ("requests_per_second", "many"),
        ("requests_per_second", "0"),
        ("authority", "no certificate"),
        ("proxy", "http://user:pw@proxy.example"),
        ("dialect", "jira"),
    ] {
        let args = SaveConnections {
            connections: vec![edited(9, &[(name, value)])],
            passphrase: None,
        };
        let refused = desk.save_connections(&args).await.unwrap_err();
        assert_eq!(refused.code, Code::Input, "{name}={value}");
    }
    desk.close().await;
}

#[tokio::test]
async fn what_was_called_is_kept_without_query_and_secret() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), Some(tracker(9))).await;
    desk.pull(&[], false).await.unwrap();
    let args = WireOf {
        system: SystemName::Tracker,
    };
    let calls = desk.wire_view(&args).await.unwrap().calls;
    let last = calls.first().unwrap();
    assert_eq!(last.method, "GET");
    assert!(last.path.starts_with("/REST/2.0/") && !last.path.contains('?'));
    assert_eq!(last.status, 0);
    assert!(last.problem.is_some());
    let told = serde_json::to_string(&calls).unwrap();
    assert!(!told.contains(SECRET));
    desk.close().await;
    // Another start reads what this one called.
    let desk = open(dir.path(), None).await;
    assert_eq!(
        desk.wire_view(&args).await.unwrap().calls.len(),
        calls.len()
    );
    desk.close().await;
}
