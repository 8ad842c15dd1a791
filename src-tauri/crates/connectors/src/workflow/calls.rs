//! Writing: start, claim, assign, set due, complete, and how each is found again.

use domain::{
    operation::Operation,
    record::{Record, Task},
};
use serde_json::{Map, Value, json};

use super::{PROCESSES, TASKS, WorkflowConnector, task_path, wire};
use crate::{
    CallError, LookUp, Outgoing, PullError, Receipt,
    fields::drift,
    http::{Answer, Ask},
};

/// Variable that carries the reference of the step, so that an instance or completion of ours is told from another's.
const REFERENCE: &str = "pc_reference";

/// `[{name, value}]` of a JSON object, with the reference.
fn variables(given: &Value, reference: &str) -> Value {
    let mut list: Vec<Value> = given
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    list.push(json!({ "name": REFERENCE, "value": reference }));
    Value::Array(list)
}

fn reference_of(item: &Value) -> Option<&str> {
    wire::variable(item, REFERENCE).and_then(Value::as_str)
}

fn receipt(remote_ref: &str, detail: &[(&str, Value)]) -> Receipt {
    Receipt {
        remote_ref: remote_ref.to_owned(),
        detail: detail
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<Map<_, _>>(),
        bytes: None,
    }
}

impl WorkflowConnector {
    /// An open task, or `None` when the runtime does not have it (any more).
    async fn open_task(&self, id: &str) -> Result<Option<Task>, PullError> {
        match self.session.read_json(&Ask::get(task_path(id))).await {
            Ok(body) => match wire::task(&body, "task", |_| None).map_err(drift)? {
                Record::Task(task) => Ok(Some(task)),
                _ => Ok(None),
            },
            Err(PullError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A finished task of the history, raw.
    async fn finished_task(&self, id: &str) -> Result<Option<Value>, PullError> {
        let ask = Ask::get(format!("{}/historic-task-instances", self.history))
            .query("taskId", id)
            .query("finished", "true")
            .query("includeTaskLocalVariables", "true")
            .query("count", 5);
        let body = self.session.read_json(&ask).await?;
        let (items, _) = wire::items(&body, "historic-task-instances").map_err(drift)?;
        let same = |item: &&Value| item.get("id").and_then(Value::as_str) == Some(id);
        Ok(items.iter().find(same).cloned())
    }

    /// Starts an instance unless one of this definition already runs under the business key: the service does not
    /// keep business keys unique, so we do.
    pub(super) async fn start(
        &self,
        outgoing: &Outgoing,
        definition_key: &str,
        business_key: &str,
        name: &str,
        given: &Value,
    ) -> Result<Receipt, CallError> {
        let found = self
            .find_instance(&outgoing.reference, definition_key, business_key)
            .await?;
        if let LookUp::Found(receipt) = found {
            return Ok(receipt);
        }
        let ask = Ask::post(PROCESSES)
            .json(json!({
                "processDefinitionKey": definition_key,
                "businessKey": business_key,
                "name": name,
                "variables": variables(given, &outgoing.reference),
                "returnVariables": false,
            }))
            .within(Operation::StartProcess);
        let (_, body) = self.session.write_json(&ask).await?;
        match wire::process(&body, "process instance") {
            Ok(Record::Process(process)) => Ok(receipt(&process.id, &[("attached", json!(false))])),
            _ => Err(CallError::Unknown(
                "the answer names no process instance".to_owned(),
            )),
        }
    }

    /// By business key in the history (which knows running ones too) and in the open tasks.
    pub(super) async fn find_instance(
        &self,
        reference: &str,
        definition_key: &str,
        business_key: &str,
    ) -> Result<LookUp, CallError> {
        let ask = Ask::get(format!("{}/historic-process-instances", self.history))
            .query("businessKey", business_key)
            .query("count", 100);
        let body = self.session.read_json(&ask).await?;
        let (items, _) = wire::items(&body, "historic-process-instances").map_err(drift)?;
        let mut running = None;
        for item in items {
            let Ok(Record::Process(process)) = wire::process(item, "process instance") else {
                continue;
            };
            if process.business_key.as_deref() != Some(business_key) {
                continue;
            }
            if reference_of(item) == Some(reference) {
                return Ok(LookUp::Found(receipt(
                    &process.id,
                    &[("attached", json!(false))],
                )));
            }
            if process.state == "running" && same_key(&process.definition_key, definition_key) {
                running = Some(process.id);
            }
        }
        if running.is_none() {
            running = self.by_open_task(business_key, definition_key).await?;
        }
        Ok(running.map_or(LookUp::Absent, |id| {
            LookUp::Found(receipt(&id, &[("attached", json!(true))]))
        }))
    }

    /// The history may lag behind the runtime; an instance with an open task is found there.
    async fn by_open_task(
        &self,
        business_key: &str,
        definition_key: &str,
    ) -> Result<Option<String>, PullError> {
        let ask = Ask::get(TASKS)
            .query("processInstanceBusinessKey", business_key)
            .query("processDefinitionKey", definition_key)
            .query("count", 5);
        let body = self.session.read_json(&ask).await?;
        let (items, _) = wire::items(&body, "tasks").map_err(drift)?;
        let id = |item: &Value| {
            item.get("processInstanceId")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Ok(items.iter().find_map(id))
    }

    /// Claims a task. Losing it to somebody else is a conflict that names the winner.
    pub(super) async fn claim(&self, task_id: &str, assignee: &str) -> Result<Receipt, CallError> {
        let ask = Ask::post(task_path(task_id))
            .json(json!({ "action": "claim", "assignee": assignee }))
            .within(Operation::ClaimTask);
        self.settled(task_id, &ask, &["assignee"]).await?;
        Ok(receipt(task_id, &[("assignee", json!(assignee))]))
    }

    /// Changes members of an open task.
    pub(super) async fn change(
        &self,
        task_id: &str,
        wanted: Value,
        operation: Operation,
    ) -> Result<Receipt, CallError> {
        let names: Vec<String> = wanted
            .as_object()
            .into_iter()
            .flatten()
            .map(|(n, _)| n.clone())
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ask = Ask::put(task_path(task_id))
            .json(wanted.clone())
            .within(operation);
        self.settled(task_id, &ask, &names).await?;
        let detail: Vec<(&str, Value)> = names
            .iter()
            .filter_map(|n| Some((*n, wanted.get(*n)?.clone())))
            .collect();
        Ok(receipt(task_id, &detail))
    }

    /// Completes a task. Not found means somebody finished it: by our reference it was us, else it is a conflict.
    pub(super) async fn complete(
        &self,
        outgoing: &Outgoing,
        task_id: &str,
        outcome: &str,
        given: &Value,
    ) -> Result<Receipt, CallError> {
        let ask = Ask::post(task_path(task_id))
            .json(json!({
                "action": "complete",
                "outcome": outcome,
                "variables": variables(given, &outgoing.reference),
            }))
            .within(Operation::CompleteTask);
        let answer = self.session.send(&ask).await.map_err(CallError::from)?;
        if answer.is_success() {
            return Ok(receipt(task_id, &[("outcome", json!(outcome))]));
        }
        match answer.status {
            404 => match self.finished_task(task_id).await? {
                Some(item) if reference_of(&item) == Some(outgoing.reference.as_str()) => {
                    Ok(receipt(task_id, &[("outcome", json!(outcome))]))
                }
                Some(item) => Err(CallError::Conflict {
                    message: "the task was finished by somebody else".to_owned(),
                    theirs: json!({
                        "outcome": item.get("outcome"),
                        "assignee": item.get("assignee"),
                        "completed_at": item.get("endTime"),
                    }),
                    version: None,
                }),
                None => Err(answer.call_error()),
            },
            409 => Err(self.conflict(task_id, &answer, &["assignee"]).await),
            _ => Err(answer.call_error()),
        }
    }

    /// Whether an open task has what we wanted.
    pub(super) async fn holds(
        &self,
        task_id: &str,
        as_wanted: impl Fn(&Task) -> bool,
    ) -> Result<LookUp, CallError> {
        match self.open_task(task_id).await? {
            Some(task) if as_wanted(&task) => Ok(LookUp::Found(receipt(task_id, &[]))),
            Some(_) => Ok(LookUp::Absent),
            None => match self.finished_task(task_id).await? {
                Some(item) => match wire::task(&item, "task", |_| None) {
                    Ok(Record::Task(task)) if as_wanted(&task) => {
                        Ok(LookUp::Found(receipt(task_id, &[])))
                    }
                    _ => Ok(LookUp::CannotTell(
                        "the task was finished meanwhile".to_owned(),
                    )),
                },
                None => Ok(LookUp::CannotTell("the task is gone".to_owned())),
            },
        }
    }

    /// Whether the task was completed, and whether by this step.
    pub(super) async fn find_completion(
        &self,
        reference: &str,
        task_id: &str,
        outcome: &str,
    ) -> Result<LookUp, CallError> {
        if self.open_task(task_id).await?.is_some() {
            return Ok(LookUp::Absent);
        }
        let Some(item) = self.finished_task(task_id).await? else {
            return Ok(LookUp::CannotTell(
                "the task is neither open nor in the history".to_owned(),
            ));
        };
        let told = reference_of(&item);
        let same_outcome = item.get("outcome").and_then(Value::as_str) == Some(outcome);
        if told == Some(reference) || (told.is_none() && same_outcome && !tells_variables(&item)) {
            return Ok(LookUp::Found(receipt(
                task_id,
                &[("outcome", json!(outcome))],
            )));
        }
        Ok(LookUp::CannotTell(
            "the task was finished by somebody else".to_owned(),
        ))
    }

    async fn settled(&self, task_id: &str, ask: &Ask, names: &[&str]) -> Result<(), CallError> {
        let answer = self.session.send(ask).await.map_err(CallError::from)?;
        if answer.is_success() {
            return Ok(());
        }
        if answer.status == 409 {
            return Err(self.conflict(task_id, &answer, names).await);
        }
        Err(answer.call_error())
    }

    /// A conflict with what the task has now.
    async fn conflict(&self, task_id: &str, answer: &Answer, names: &[&str]) -> CallError {
        let mut theirs = Map::new();
        if let Ok(body) = self.session.read_json(&Ask::get(task_path(task_id))).await {
            for name in names {
                theirs.insert(
                    (*name).to_owned(),
                    body.get(*name).cloned().unwrap_or_default(),
                );
            }
        }
        CallError::Conflict {
            message: answer.words(),
            theirs: Value::Object(theirs),
            version: None,
        }
    }
}

/// Whether the history tells task variables at all (some installations leave them out).
fn tells_variables(item: &Value) -> bool {
    item.get("variables")
        .and_then(Value::as_array)
        .is_some_and(|v| !v.is_empty())
}

/// Tenants write the same key with `_` or `-`.
fn same_key(one: &str, other: &str) -> bool {
    one.replace('_', "-")
        .eq_ignore_ascii_case(&other.replace('_', "-"))
}
