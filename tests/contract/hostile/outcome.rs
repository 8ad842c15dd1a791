//! Asks a connector what a case says, through its port, and compares what came of it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cache::Cache;
use connectors::{
    CallError, Clock, ConnectionConfig, Connector, Content, Fetched, LookUp, NetworkSwitch,
    Outgoing, PullError, PullRequest, SessionParts, clock::ManualClock,
    community::CommunityConnector, config::Transport, documents::DocumentsConnector,
    exstream::ExstreamConnector, tracker::TrackerConnector, workflow::WorkflowConnector,
    workspaces::WorkspacesConnector,
};
use domain::{
    Millis, ObjectRef, StepKey, System, canonical::sha256_hex, operation::Call, policy::Policy,
};
use serde_json::{Value, json};

use sqlite::{Key, Mode};

use super::{
    corpus::{Ask, Case, File, Misfit},
    server::Server,
};

/// 20 November 2026, noon.
pub(crate) const NOW: Millis = Millis(1_795_176_000_000);
/// Whatever a server does, an answer or an error comes before this.
const LONGEST: Duration = Duration::from_mins(2);

/// What came of asking.
#[derive(Debug, Default)]
struct Came {
    fits: usize,
    unfit: Vec<(String, String, String)>,
    error: Option<&'static str>,
    says: String,
    retry_in: Option<i64>,
    holds: Value,
    looked_up: Option<&'static str>,
    failed_step: Option<String>,
}

/// Runs a case; every difference to what it says, in words.
pub(crate) async fn run(file: &File, case: &Case) -> Vec<String> {
    let server = Server::start(file.rules(case)).await;
    let connector = connector(file, case, &server.base);
    let Ok(came) = tokio::time::timeout(LONGEST, came(&connector, case)).await else {
        return vec![format!("did not end in {LONGEST:?}")];
    };
    differences(case, &came)
}

fn connector(file: &File, case: &Case, base: &str) -> Arc<dyn Connector> {
    let filled = |text: &String| text.replace("{base}", base);
    let secrets = ["username", "password", "client_id", "client_secret"];
    let config = ConnectionConfig {
        base_url: base.to_owned(),
        dialect: file.dialect.clone(),
        settings: file
            .settings
            .iter()
            .map(|(name, text)| (name.clone(), filled(text)))
            .collect(),
        transport: Transport::default(),
        secrets: secrets
            .map(|name| (name.to_owned(), "desk".to_owned()))
            .into(),
    };
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
    let mut parts = SessionParts::new(NetworkSwitch::default(), clock);
    if let Some(patience) = case.patience {
        parts.patience = Duration::from_millis(patience);
    }
    match file.system {
        System::Community => Arc::new(CommunityConnector::new(&config, &parts)),
        System::Documents => Arc::new(DocumentsConnector::new(&config, &parts)),
        System::Exstream => Arc::new(ExstreamConnector::new(&config, &parts)),
        System::Workflow => Arc::new(WorkflowConnector::new(&config, &parts)),
        System::Workspaces => Arc::new(WorkspacesConnector::new(&config, &parts)),
        System::Tracker => Arc::new(TrackerConnector::new(&config, &parts)),
    }
}

async fn came(connector: &Arc<dyn Connector>, case: &Case) -> Came {
    match &case.ask {
        Ask::Pull(collection) => {
            let request = PullRequest {
                collection: collection.clone(),
                cursor: None,
                now: NOW,
            };
            match connector.pull(&request).await {
                Ok(page) => pulled(&page.records),
                Err(error) => pull_failed(&error),
            }
        }
        Ask::Sync => synced(connector).await,
        Ask::Perform(call) => match connector.perform(&outgoing(call, &case.blob)).await {
            Ok(receipt) => Came {
                holds: json!(receipt),
                ..Came::default()
            },
            Err(error) => call_failed(&error),
        },
        Ask::LookUp(call) => match connector.look_up(&outgoing(call, &case.blob)).await {
            Ok(LookUp::Found(receipt)) => Came {
                looked_up: Some("found"),
                holds: json!(receipt),
                ..Came::default()
            },
            Ok(LookUp::Absent) => Came {
                looked_up: Some("absent"),
                ..Came::default()
            },
            Ok(LookUp::CannotTell(says)) => Came {
                looked_up: Some("cannot_tell"),
                says,
                ..Came::default()
            },
            Err(error) => call_failed(&error),
        },
        Ask::Content { kind, id } => {
            let object = ObjectRef::new(*kind, connector.system(), id.as_str());
            match connector.content(&object).await {
                Ok(Content {
                    bytes,
                    media_type,
                    name,
                }) => Came {
                    holds: json!({"size": bytes.len(), "media_type": media_type, "name": name}),
                    ..Came::default()
                },
                Err(error) => pull_failed(&error),
            }
        }
        Ask::Check => {
            let steps = connector.check().await;
            let failed = steps.into_iter().find(|step| !step.ok);
            let (failed_step, says) = failed.map(|s| (s.step, s.message)).unzip();
            Came {
                failed_step,
                says: says.unwrap_or_default(),
                ..Came::default()
            }
        }
    }
}

fn pulled(records: &[Fetched]) -> Came {
    let fits = records.iter().filter_map(|r| r.record.as_ref().ok());
    let unfit = records.iter().filter_map(|r| {
        let unfit = r.record.as_ref().err()?;
        Some((
            r.remote_id.clone(),
            unfit.code.clone(),
            unfit.message.clone(),
        ))
    });
    let fits: Vec<Value> = fits.map(|record| json!(record)).collect();
    Came {
        fits: fits.len(),
        holds: Value::Array(fits),
        unfit: unfit.collect(),
        ..Came::default()
    }
}

/// A whole pull, as the program does it.
async fn synced(connector: &Arc<dyn Connector>) -> Came {
    let folder = tempfile::tempdir().unwrap();
    let policy = Arc::new(Policy::load(None).unwrap());
    let path = folder.path().join("cache.db");
    let cache = Cache::open(&path, &Key::random(), Mode::ReadWrite, policy)
        .await
        .unwrap();
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
    let map = BTreeMap::from([(connector.system(), Arc::clone(connector))]);
    let reports = sync::pull_once(&map, &cache, &clock, &sync::Wanted::default()).await;
    let rows = cache.quarantined(0, 500).await.unwrap();
    Came {
        fits: reports[0].fetched - reports[0].quarantined,
        unfit: rows
            .into_iter()
            .map(|r| (r.remote_id, r.code, r.message))
            .collect(),
        error: match reports[0].outcome {
            sync::Outcome::Ok => None,
            other => Some(other.as_str()),
        },
        says: reports[0].error.clone().unwrap_or_default(),
        ..Came::default()
    }
}

fn outgoing(call: &Value, blob: &str) -> Outgoing {
    let sha256 = sha256_hex(blob.as_bytes());
    let text = call.to_string().replace("\"@\"", &format!("\"{sha256}\""));
    let call: Call = serde_json::from_str(&text).unwrap();
    let key = sha256_hex(text.as_bytes());
    Outgoing {
        reference: key[..16].to_owned(),
        key: StepKey(key),
        call,
        blobs: BTreeMap::from([(sha256, bytes::Bytes::copy_from_slice(blob.as_bytes()))]),
        actor: Some("lena.kovar".into()),
        now: NOW,
    }
}

fn pull_failed(error: &PullError) -> Came {
    let (word, retry_at) = match error {
        PullError::Unreachable(_) => ("unreachable", None),
        PullError::Transient { retry_at, .. } => ("transient", *retry_at),
        PullError::SignIn(_) => ("sign_in", None),
        PullError::CursorLost(_) => ("cursor_lost", None),
        PullError::Drift(_) => ("drift", None),
        PullError::Refused { .. } => ("refused", None),
    };
    failed(word, error.to_string(), retry_at)
}

fn call_failed(error: &CallError) -> Came {
    let (word, retry_at) = match error {
        CallError::Unreachable(_) => ("unreachable", None),
        CallError::Transient { retry_at, .. } => ("transient", *retry_at),
        CallError::Unknown(_) => ("unknown", None),
        CallError::Conflict { .. } => ("conflict", None),
        CallError::Refused { .. } => ("refused", None),
        CallError::SignIn(_) => ("sign_in", None),
    };
    failed(word, error.to_string(), retry_at)
}

fn failed(word: &'static str, says: String, retry_at: Option<Millis>) -> Came {
    Came {
        error: Some(word),
        says,
        retry_in: retry_at.map(|at| at.since(NOW)),
        ..Came::default()
    }
}

fn differences(case: &Case, came: &Came) -> Vec<String> {
    let comes = &case.comes;
    let mut found = Vec::new();
    let mut differ = |what: &str, wanted: String, got: String| {
        if wanted != got {
            found.push(format!("{what}: {got} instead of {wanted}"));
        }
    };
    let words = |word: Option<&str>| word.unwrap_or("none").to_owned();
    differ("error", words(comes.error.as_deref()), words(came.error));
    differ("fits", comes.fits.to_string(), came.fits.to_string());
    differ(
        "retry in",
        format!("{:?}", comes.retry_in),
        format!("{:?}", came.retry_in),
    );
    differ(
        "looked up",
        words(comes.looked_up.as_deref()),
        words(came.looked_up),
    );
    differ(
        "failed step",
        words(comes.failed_step.as_deref()),
        words(came.failed_step.as_deref()),
    );
    for (pointer, wanted) in &comes.holds {
        let got = came.holds.pointer(pointer).cloned().unwrap_or_default();
        differ(pointer, wanted.to_string(), got.to_string());
    }
    let mut unfit = came.unfit.clone();
    unfit.sort();
    let mut wanted: Vec<&Misfit> = comes.unfit.iter().collect();
    wanted.sort();
    let fit = unfit.len() == wanted.len()
        && unfit
            .iter()
            .zip(&wanted)
            .all(|((id, code, message), wanted)| {
                // Beside a place stands a digest of what has no id.
                let id = id.strip_prefix(&wanted.id);
                let same = id.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
                same && *code == wanted.code && message.contains(&wanted.at)
            });
    if !fit {
        found.push(format!("unfit: {unfit:?}"));
    }
    match &comes.says {
        Some(wanted) if !came.says.contains(wanted) => {
            found.push(format!("says: {:?} without {wanted:?}", came.says));
        }
        None if came.error.is_some() => {
            found.push(format!("says: {:?}, and nobody looks", came.says))
        }
        _ => {}
    }
    if !found.is_empty() {
        found.push(format!("it said {:?}", came.says));
    }
    found
}
