//! OpenText Workflow Service on the cloud platform: open tasks by full re-read (there is no changed-since), finished
//! work and instances from the history service, writes resolved by looking at the task or its history.

mod calls;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod pulls;
mod wire;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use domain::{
    Millis, ObjectRef, System,
    operation::{Call, Level, Operation},
    time::MINUTE,
};

use crate::{
    CallError, Collection, ConnectionConfig, Connector, Content, LookUp, Manifest, Outgoing, Probe,
    PullError, PullPage, PullRequest, Receipt, Session, SessionParts, SignIn,
    http::Ask,
    port::{CheckStep, OperationEntry},
    wire_log::WireCall,
};

/// The connector.
#[derive(Debug)]
pub struct WorkflowConnector {
    session: Session,
    /// Base of the history service; its public prefix is not published, so it is a setting.
    history: String,
    manifest: Manifest,
    keys: Mutex<BusinessKeys>,
}

/// Business keys of process instances: a task does not carry its own.
#[derive(Debug, Default)]
struct BusinessKeys {
    by_process: HashMap<String, String>,
    /// Start of the youngest instance known.
    known_to: Option<Millis>,
}

const COLLECTIONS: &[Collection] = &[
    Collection {
        name: "tasks_open",
        pace: MINUTE,
        order: 1,
    },
    Collection {
        name: "tasks_done",
        pace: MINUTE,
        order: 2,
    },
    Collection {
        name: "processes",
        pace: MINUTE,
        order: 0,
    },
];

const TASKS: &str = "/workflow/v1/tasks";
const PROCESSES: &str = "/workflow/v1/process-instances";

impl WorkflowConnector {
    /// Opens a connection. Settings: `token_url` (or `tenant`), `history_base`.
    #[must_use]
    pub fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let base = config.base_url.trim_end_matches('/');
        let token_url = config.setting("token_url").map_or_else(
            || {
                let tenant = config.setting("tenant").unwrap_or_default();
                format!("{base}/tenants/{tenant}/oauth2/token")
            },
            str::to_owned,
        );
        let history = config
            .setting("history_base")
            .map_or_else(|| format!("{base}/workflow/v1"), str::to_owned);
        let entry = |operation: Operation, method, path| OperationEntry {
            operation,
            level: Level::B,
            method,
            path,
            longest_time: operation.longest_time(),
        };
        Self {
            session: Session::new(System::Workflow, config, SignIn::Ocp { token_url }, parts),
            history: history.trim_end_matches('/').to_owned(),
            manifest: Manifest {
                system: System::Workflow,
                dialect: "ocp".to_owned(),
                operations: vec![
                    entry(Operation::StartProcess, "POST", PROCESSES),
                    entry(Operation::ClaimTask, "POST", "/workflow/v1/tasks/{id}"),
                    entry(Operation::AssignTask, "PUT", "/workflow/v1/tasks/{id}"),
                    entry(Operation::SetDue, "PUT", "/workflow/v1/tasks/{id}"),
                    entry(Operation::CompleteTask, "POST", "/workflow/v1/tasks/{id}"),
                ],
            },
            keys: Mutex::default(),
        }
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, BusinessKeys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Path of a task.
fn task_path(id: &str) -> String {
    format!("{TASKS}/{}", crate::fields::segment(id))
}

#[async_trait]
impl Connector for WorkflowConnector {
    fn system(&self) -> System {
        System::Workflow
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn collections(&self) -> &'static [Collection] {
        COLLECTIONS
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        match request.collection.as_str() {
            "tasks_open" => self.pull_open().await,
            "tasks_done" => self.pull_done(request).await,
            "processes" => self.pull_processes(request).await,
            other => Err(PullError::Refused {
                status: 0,
                message: format!("the workflow service has no collection '{other}'"),
            }),
        }
    }

    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        match &outgoing.call {
            Call::StartProcess {
                definition_key,
                business_key,
                name,
                variables,
            } => {
                self.start(outgoing, definition_key, business_key, name, variables)
                    .await
            }
            Call::ClaimTask { task_id, assignee } => self.claim(task_id, assignee).await,
            Call::AssignTask { task_id, assignee } => {
                let wanted = serde_json::json!({ "assignee": assignee });
                self.change(task_id, wanted, Operation::AssignTask).await
            }
            Call::SetDue { task_id, due_at } => {
                let wanted = serde_json::json!({ "dueDate": wire::parameter(Millis(*due_at)) });
                self.change(task_id, wanted, Operation::SetDue).await
            }
            Call::CompleteTask {
                task_id,
                outcome,
                variables,
            } => self.complete(outgoing, task_id, outcome, variables).await,
            other => Err(not_ours(other)),
        }
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        match &outgoing.call {
            Call::StartProcess {
                definition_key,
                business_key,
                ..
            } => {
                self.find_instance(&outgoing.reference, definition_key, business_key)
                    .await
            }
            Call::ClaimTask { task_id, assignee } | Call::AssignTask { task_id, assignee } => {
                self.holds(task_id, |task| task.assignee.as_deref() == Some(assignee))
                    .await
            }
            Call::SetDue { task_id, due_at } => {
                self.holds(task_id, |task| task.due_at == Some(Millis(*due_at)))
                    .await
            }
            Call::CompleteTask {
                task_id, outcome, ..
            } => {
                self.find_completion(&outgoing.reference, task_id, outcome)
                    .await
            }
            other => Err(not_ours(other)),
        }
    }

    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError> {
        Err(PullError::Refused {
            status: 0,
            message: format!("the workflow service holds no bytes of {object}"),
        })
    }

    async fn check(&self) -> Vec<CheckStep> {
        // An empty page of HAL has links and embeds nothing.
        let ask = Ask::get(TASKS).query("count", 1);
        self.session
            .check(&Probe::new(ask, &["/_links", "/_embedded"]))
            .await
    }

    fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        self.session.recent_calls(after)
    }
}

fn not_ours(call: &Call) -> CallError {
    CallError::Refused {
        status: 0,
        message: format!("the workflow service has no '{}'", call.operation().word()),
    }
}
