//! `/tasks`.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Millis, System};
use serde_json::{Value, json};

use super::{
    super::{
        hal::{self, Include},
        model::{self, Assignment, Problem},
        payload, query as asked,
    },
    By, empty, failed, object, ok, window,
};
use crate::{
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer},
        state::Ctx,
    },
    params::Asked,
};

fn include(query: &Query) -> Include {
    Include {
        process_variables: query.flag("includeProcessVariables"),
        task_variables: query.flag("includeTaskLocalVariables"),
        comments: query.flag("includeTaskComments"),
    }
}

pub(super) async fn list(State(ctx): State<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.workflow();
    let found = asked::tasks(&state.store, &query);
    let (offset, count) = window(&query);
    let items = found
        .iter()
        .skip(offset)
        .take(count)
        .map(|t| hal::task(t, state.store.process(&t.process_id).ok(), include(&query)))
        .collect();
    ok(&hal::list(
        "tasks",
        items,
        found.len(),
        offset,
        count,
        "/workflow/v1/tasks",
    ))
}

pub(super) async fn read(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let state = ctx.workflow();
    match state.store.task(&id) {
        Ok(task) => ok(&hal::task(
            task,
            state.store.process(&task.process_id).ok(),
            Include {
                comments: true,
                ..include(&query)
            },
        )),
        Err(problem) => failed(&problem),
    }
}

fn effect(ctx: &Ctx, kind: &str, id: &str, body: &[u8]) {
    ctx.effect(Effect {
        system: System::Workflow,
        kind: kind.into(),
        key: None,
        reference: Some(id.to_owned()),
        subject: id.to_owned(),
        payload_sha256: payload(body),
    });
}

/// PUT: due date, priority, assignee, owner, name, description, category.
pub(super) async fn change(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let sent = match object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let mut state = ctx.workflow();
    let task = match state.store.open_task(&id) {
        Ok(task) => task,
        Err(problem) => return failed(&problem),
    };
    let text = |name: &str| sent.get(name).map(|v| v.as_str().map(str::to_owned));
    let due = match sent.get("dueDate") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(value) => match value.as_str().and_then(|t| Millis::parse_lenient(t).ok()) {
            Some(at) => Some(Some(at)),
            None => return failed(&Problem::bad("dueDate is no date")),
        },
    };
    if let Some(due) = due {
        task.due_at = due;
    }
    if let Some(assignee) = text("assignee") {
        task.assignee = assignee;
    }
    if let Some(owner) = text("owner") {
        task.owner = owner;
    }
    if let Some(Some(name)) = text("name") {
        task.name = name;
    }
    if let Some(Some(description)) = text("description") {
        task.description = description;
    }
    if let Some(priority) = sent.get("priority").and_then(Value::as_i64) {
        task.priority = priority;
    }
    let kind = if sent.get("assignee").is_some() {
        "assign"
    } else {
        "set_due"
    };
    effect(&ctx, kind, &id, &body);
    let shown = hal::task(task, None, Include::default());
    ok(&shown)
}

/// POST: claim, complete, delegate, resolve.
pub(super) async fn act(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    Extension(By(by)): Extension<By>,
    body: Bytes,
) -> Answer {
    let sent = match object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let text = |name: &str| sent.get(name).and_then(Value::as_str).map(str::to_owned);
    let now = ctx.now();
    let mut state = ctx.workflow();
    let who = text("assignee").unwrap_or(by);
    let action = text("action").unwrap_or_default();
    let done = model::variables(sent.get("variables")).and_then(|variables| {
        let store = &mut state.store;
        match action.as_str() {
            "claim" => store.claim(&id, &who, now),
            "complete" => store.complete(&id, text("outcome"), variables, now),
            "delegate" => store.delegate(&id, &who),
            "resolve" => store.resolve(&id, variables),
            other => Err(Problem::bad(format!("Invalid action: '{other}'."))),
        }
    });
    drop(state);
    match done {
        Ok(()) => {
            let kind = if action == "delegate" {
                "assign"
            } else {
                action.as_str()
            };
            effect(&ctx, kind, &id, &body);
            empty()
        }
        Err(problem) => failed(&problem),
    }
}

fn with_task(ctx: &Ctx, id: &str, answer: impl FnOnce(&mut model::Task) -> Answer) -> Answer {
    match ctx.workflow().store.open_task(id) {
        Ok(task) => answer(task),
        Err(problem) => failed(&problem),
    }
}

fn listed(key: &str, items: Vec<Value>) -> Answer {
    let total = items.len();
    ok(&hal::list(
        key,
        items,
        total,
        0,
        total.max(1),
        "/workflow/v1/tasks",
    ))
}

pub(super) async fn assignments(State(ctx): State<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    with_task(&ctx, &id, |task| {
        listed(
            "assignments",
            task.assignments.iter().map(hal::assignment).collect(),
        )
    })
}

fn read_assignment(body: &[u8]) -> Result<Assignment, Answer> {
    let sent = object(body)?;
    let text = |name: &str| sent.get(name).and_then(Value::as_str).map(str::to_owned);
    let assignment = Assignment {
        user: text("user"),
        group: text("group"),
        kind: text("type").unwrap_or_else(|| "candidate".into()),
    };
    if assignment.user.is_none() && assignment.group.is_none() {
        return Err(failed(&Problem::bad("A user or a group is required.")));
    }
    Ok(assignment)
}

pub(super) async fn assign(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    with_task(&ctx, &id, |task| match read_assignment(&body) {
        Ok(assignment) => {
            let shown = hal::assignment(&assignment);
            if !task.assignments.contains(&assignment) {
                task.assignments.push(assignment);
            }
            json_answer(StatusCode::CREATED, &shown)
        }
        Err(refused) => refused,
    })
}

pub(super) async fn unassign(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    with_task(&ctx, &id, |task| match read_assignment(&body) {
        Ok(assignment) => {
            task.assignments.retain(|a| *a != assignment);
            empty()
        }
        Err(refused) => refused,
    })
}

pub(super) async fn attachments(State(ctx): State<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    with_task(&ctx, &id, |task| {
        listed(
            "attachments",
            task.attachments.iter().map(hal::attachment).collect(),
        )
    })
}

pub(super) async fn attach(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let sent = match object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let text = |name: &str| {
        sent.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    if text("name").is_empty() {
        return failed(&Problem::bad("Attachment name is required."));
    }
    let made =
        ctx.workflow()
            .store
            .attach(&id, text("name"), text("description"), text("externalUrl"));
    match made {
        Ok(attachment) => json_answer(StatusCode::CREATED, &hal::attachment(&attachment)),
        Err(problem) => failed(&problem),
    }
}

fn no_attachment() -> Answer {
    failed(&Problem {
        status: 404,
        exception: "FlowableObjectNotFoundException",
        message: "Could not find the attachment.".into(),
    })
}

pub(super) async fn attachment(
    State(ctx): State<Arc<Ctx>>,
    Path((id, attachment)): Path<(String, String)>,
) -> Answer {
    with_task(&ctx, &id, |task| {
        task.attachments
            .iter()
            .find(|a| a.id == attachment)
            .map_or_else(no_attachment, |a| ok(&hal::attachment(a)))
    })
}

pub(super) async fn detach(
    State(ctx): State<Arc<Ctx>>,
    Path((id, attachment)): Path<(String, String)>,
) -> Answer {
    with_task(&ctx, &id, |task| {
        let before = task.attachments.len();
        task.attachments.retain(|a| a.id != attachment);
        if task.attachments.len() == before {
            no_attachment()
        } else {
            empty()
        }
    })
}

pub(super) async fn comments(State(ctx): State<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    with_task(&ctx, &id, |task| {
        listed("comments", task.comments.iter().map(hal::comment).collect())
    })
}

pub(super) async fn comment(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    Extension(By(by)): Extension<By>,
    body: Bytes,
) -> Answer {
    let message = object(&body)
        .ok()
        .and_then(|b| b.get("message").and_then(Value::as_str).map(str::to_owned))
        .unwrap_or_default();
    if message.is_empty() {
        return failed(&Problem::bad("Comment text is required."));
    }
    let now = ctx.now();
    let made = ctx.workflow().store.comment_task(&id, &by, &message, now);
    match made {
        Ok(comment) => json_answer(StatusCode::CREATED, &json!(hal::comment(&comment))),
        Err(problem) => failed(&problem),
    }
}
