//! The pull against connectors that answer by a script: what no server can be made to say at will.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use cache::Cache;
use connectors::{
    CallError, Clock, Collection, Connector, Content, Fetched, LookUp, Manifest, NetworkSwitch,
    Outgoing, PullError, PullPage, PullRequest, Receipt,
    clock::ManualClock,
    port::{CheckStep, Unfit},
    wire_log::WireCall,
};
use domain::{Millis, ObjectRef, System, policy::Policy, record::Record};
use sqlite::{Key, Mode};
use sync::{ConnectorMap, Outcome, Runner, Wanted, pull_once, replay};

const COLLECTIONS: &[Collection] = &[Collection {
    name: "tasks",
    pace: 1_000,
    order: 0,
}];

#[derive(Debug)]
struct Script {
    system: System,
    manifest: Manifest,
    answers: Mutex<VecDeque<Result<PullPage, PullError>>>,
    asked: Mutex<Vec<Option<String>>>,
}

impl Script {
    fn new(system: System, answers: Vec<Result<PullPage, PullError>>) -> Arc<Self> {
        Arc::new(Self {
            system,
            manifest: Manifest {
                system,
                dialect: String::new(),
                operations: vec![],
            },
            answers: Mutex::new(answers.into()),
            asked: Mutex::default(),
        })
    }

    fn asked(&self) -> Vec<Option<String>> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Connector for Script {
    fn system(&self) -> System {
        self.system
    }
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }
    fn collections(&self) -> &'static [Collection] {
        COLLECTIONS
    }
    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        self.asked.lock().unwrap().push(request.cursor.clone());
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or_else(|| Err(PullError::Unreachable("script is over".into())))
    }
    async fn perform(&self, _: &Outgoing) -> Result<Receipt, CallError> {
        Err(CallError::Unreachable("reads only".into()))
    }
    async fn look_up(&self, _: &Outgoing) -> Result<LookUp, CallError> {
        Err(CallError::Unreachable("reads only".into()))
    }
    async fn content(&self, _: &ObjectRef) -> Result<Content, PullError> {
        Err(PullError::Unreachable("reads only".into()))
    }
    async fn check(&self) -> Vec<CheckStep> {
        vec![]
    }
    fn recent_calls(&self, _: u64) -> Vec<WireCall> {
        vec![]
    }
}

fn task(id: &str) -> Fetched {
    let record: domain::record::Task = serde_json::from_value(serde_json::json!({
        "id": id, "name": "Review", "process_id": null, "business_key": null, "assignee": null, "group": null,
        "state": "created", "outcome": null, "priority": 1, "created_at": 1, "claimed_at": null, "due_at": null,
        "completed_at": null,
    }))
    .unwrap();
    Fetched {
        remote_id: id.to_owned(),
        raw: "{}".to_owned(),
        record: Ok(Record::Task(record)),
    }
}

fn page(ids: &[&str], cursor: &str, more: bool) -> Result<PullPage, PullError> {
    Ok(PullPage {
        records: ids.iter().map(|id| task(id)).collect(),
        cursor: cursor.to_owned(),
        more,
        listing: None,
    })
}

async fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cache.db");
    let policy = Arc::new(Policy::load(None).unwrap());
    let cache = Cache::open(&path, &Key::random(), Mode::ReadWrite, policy)
        .await
        .unwrap();
    (folder, cache)
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::at(Millis(1_800_000_000_000)))
}

fn map(scripts: &[&Arc<Script>]) -> ConnectorMap {
    scripts
        .iter()
        .map(|s| (s.system, Arc::clone(s) as Arc<dyn Connector>))
        .collect()
}

#[tokio::test]
async fn a_system_that_fails_is_recorded_and_stops_no_other() {
    let (_folder, cache) = cache().await;
    let dead = Script::new(System::Community, vec![]);
    let well = Script::new(System::Workflow, vec![page(&["1", "2"], "c", false)]);
    let wanted = Wanted {
        systems: vec![System::Community, System::Workflow, System::Tracker],
        full: false,
    };
    let reports = pull_once(&map(&[&dead, &well]), &cache, &clock(), &wanted).await;
    let outcomes: Vec<Outcome> = reports.iter().map(|r| r.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::OutOfReach, Outcome::Ok, Outcome::NotConnected]
    );
    assert_eq!((reports[1].fetched, reports[1].applied), (2, 2));
    let status = cache.system_status().await.unwrap();
    let of = |system| status.iter().find(|s| s.system == system).unwrap();
    assert!(of(System::Community).last_error.is_some());
    assert_eq!(of(System::Community).last_success, None);
    assert!(of(System::Workflow).last_success.is_some());
}

#[tokio::test]
async fn a_pull_that_broke_off_goes_on_where_it_stood() {
    let (_folder, cache) = cache().await;
    let script = Script::new(
        System::Workflow,
        vec![
            page(&["1"], "one", true),
            Err(PullError::Unreachable("gone".into())),
            page(&["2"], "two", false),
        ],
    );
    let connectors = map(&[&script]);
    let first = pull_once(&connectors, &cache, &clock(), &Wanted::default()).await;
    assert_eq!(
        (first[0].applied, first[0].outcome),
        (1, Outcome::OutOfReach)
    );
    let second = pull_once(&connectors, &cache, &clock(), &Wanted::default()).await;
    assert_eq!((second[0].applied, second[0].outcome), (1, Outcome::Ok));
    let one = Some("one".to_owned());
    assert_eq!(script.asked(), [None, one.clone(), one]);
    assert_eq!(second[0].cursor["tasks"], "two");
}

#[tokio::test]
async fn a_lost_cursor_reads_everything_again() {
    let (_folder, cache) = cache().await;
    let lost = || Err(PullError::CursorLost("too old".into()));
    let script = Script::new(
        System::Workflow,
        vec![
            page(&["1"], "one", false),
            lost(),
            page(&["1", "2"], "two", false),
            lost(),
            lost(),
        ],
    );
    let connectors = map(&[&script]);
    for _ in 0..2 {
        let report = pull_once(&connectors, &cache, &clock(), &Wanted::default()).await;
        assert_eq!(report[0].outcome, Outcome::Ok);
    }
    assert_eq!(cache.tasks(&["2".into()]).await.unwrap().len(), 1);
    let third = pull_once(&connectors, &cache, &clock(), &Wanted::default()).await;
    assert_eq!(
        third[0].outcome,
        Outcome::Drift,
        "lost twice is no reading at all"
    );
}

#[tokio::test]
async fn a_cursor_that_does_not_move_ends_the_pull() {
    let (_folder, cache) = cache().await;
    let same = || page(&["1"], "same", true);
    let script = Script::new(System::Workflow, vec![same(), same(), same()]);
    let report = pull_once(&map(&[&script]), &cache, &clock(), &Wanted::default()).await;
    assert_eq!(report[0].outcome, Outcome::Drift);
    assert_eq!(script.asked().len(), 2);
}

#[tokio::test]
async fn a_full_pull_forgets_the_cursor_and_a_record_set_aside_is_replayed() {
    let (_folder, cache) = cache().await;
    let mut bad = page(&["1"], "one", false).unwrap();
    bad.records.push(Fetched {
        remote_id: "2".into(),
        raw: "{\"id\":2}".into(),
        record: Err(Unfit {
            code: "WIRE_MISSING".into(),
            message: "name is missing".into(),
        }),
    });
    let script = Script::new(
        System::Workflow,
        vec![
            Ok(bad),
            page(&["1"], "one", false),
            page(&["1", "2"], "two", false),
        ],
    );
    let connectors = map(&[&script]);
    let first = pull_once(&connectors, &cache, &clock(), &Wanted::default()).await;
    assert_eq!((first[0].applied, first[0].quarantined), (1, 1));
    let full = Wanted {
        full: true,
        ..Wanted::default()
    };
    pull_once(&connectors, &cache, &clock(), &full).await;
    let rows = cache.quarantined(0, 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    let replayed = replay(&connectors, &cache, &clock(), &rows).await;
    assert_eq!(replayed[0].applied, 1);
    assert!(cache.quarantined(0, 10).await.unwrap().is_empty());
    assert_eq!(script.asked(), [None, None, None]);
}

#[tokio::test]
async fn the_runner_pulls_by_itself_tells_after_commit_and_ends_when_told() {
    let (_folder, cache) = cache().await;
    let script = Script::new(System::Workflow, vec![page(&["1"], "one", false)]);
    let mut feed = cache.database().changes().listen();
    let runner = Runner::new(
        map(&[&script]),
        cache.clone(),
        clock(),
        NetworkSwitch::default(),
    );
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(runner.run(async {
        let _ = stopped.await;
    }));
    loop {
        let changes = feed.recv().await.unwrap();
        if changes.touches("task") {
            break;
        }
    }
    assert_eq!(cache.tasks(&["1".into()]).await.unwrap().len(), 1);
    stop.send(()).unwrap();
    running.await.unwrap();
}
