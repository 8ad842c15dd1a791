//! The Workflow Service: HAL, its own way to write times, work and its history.

mod processes;
mod tasks;
mod times;
mod unknown;

use connectors::workflow::WorkflowConnector;
use domain::{
    System,
    operation::Call,
    record::{Process, Record, Task},
};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use crate::beside::{Beside, Pulled};

const TASKS: &str = "/workflow/v1/tasks";
const PROCESSES: &str = "/workflow/v1/process-instances";

async fn start() -> Outcome<(Beside, WorkflowConnector)> {
    let beside = Beside::start(System::Workflow).await?;
    let connector = WorkflowConnector::new(&beside.config, &beside.parts());
    Ok((beside, connector))
}

/// An instance that began just now, with its first task: their ids.
async fn begun(beside: &Beside, business_key: &str) -> Outcome<(String, String)> {
    let body = json!({
        "processDefinitionKey": "dispute", "businessKey": business_key,
        "variables": [{"name": "partner_id", "value": "P-1"}],
    });
    let made = beside.ask("POST", PROCESSES, body).await?;
    let process = made["id"].as_str().unwrap().to_owned();
    let tasks = of_process(beside, &process).await?;
    Ok((process, tasks[0]["id"].as_str().unwrap().to_owned()))
}

/// The open tasks of an instance.
async fn of_process(beside: &Beside, process: &str) -> Outcome<Vec<Value>> {
    let path = format!("{TASKS}?processInstanceId={process}");
    Ok(embedded(
        &beside.ask("GET", &path, Value::Null).await?,
        "tasks",
    ))
}

/// The items of a list; its total is theirs, and without items there is no member for them.
fn embedded(answer: &Value, key: &str) -> Vec<Value> {
    let total = answer["page"]["totalElements"].as_u64().unwrap();
    assert!(answer["_links"]["self"]["href"].is_string(), "{answer}");
    let Some(items) = answer.get("_embedded") else {
        assert_eq!(total, 0);
        return Vec::new();
    };
    let items = items[key].as_array().unwrap().clone();
    assert!(!items.is_empty() && items.len() as u64 <= total);
    items
}

fn task(pulled: &Pulled, id: &str) -> Option<Task> {
    let of_id = |record: &Record| match record {
        Record::Task(task) if task.id == id => Some(task.clone()),
        _ => None,
    };
    pulled.all().filter_map(of_id).last()
}

fn process(pulled: &Pulled, id: &str) -> Option<Process> {
    let of_id = |record: &Record| match record {
        Record::Process(process) if process.id == id => Some(process.clone()),
        _ => None,
    };
    pulled.all().filter_map(of_id).last()
}

/// What the history has under a path.
async fn history(beside: &Beside, what: &str, query: &str) -> Outcome<Vec<Value>> {
    let path = format!("/history/v1/{what}?{query}");
    Ok(embedded(
        &beside.ask("GET", &path, Value::Null).await?,
        what,
    ))
}

fn complete(task_id: &str, outcome: &str) -> Call {
    Call::CompleteTask {
        task_id: task_id.to_owned(),
        outcome: outcome.to_owned(),
        variables: json!({ "checked": true }),
    }
}

fn claim(task_id: &str, assignee: &str) -> Call {
    Call::ClaimTask {
        task_id: task_id.to_owned(),
        assignee: assignee.to_owned(),
    }
}

fn start_call(business_key: &str) -> Call {
    Call::StartProcess {
        definition_key: "dispute".into(),
        business_key: business_key.to_owned(),
        name: "Partner dispute".into(),
        variables: json!({"partner_id": "P-1"}),
    }
}
