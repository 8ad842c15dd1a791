//! What hangs on a process instance: variables, comments, its diagram.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    super::{
        hal,
        model::{self, Problem},
    },
    By, empty, failed, object, ok,
    processes::{BASE, with_running},
};
use crate::core::{
    http::{Answer, bytes_answer, json_answer},
    state::Ctx,
};

pub(super) async fn variables(State(ctx): State<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    with_running(&ctx, &id, |process| {
        let items = hal::variables(&process.variables);
        let total = items.len();
        ok(&hal::list("variables", items, total, 0, total.max(1), BASE))
    })
}

pub(super) async fn set_variables(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let sent = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let given = model::variables(Some(sent.get("variables").unwrap_or(&sent)));
    with_running(&ctx, &id, |process| match given {
        Ok(given) => {
            for variable in given {
                process.variables.retain(|v| v.name != variable.name);
                process.variables.push(variable);
            }
            json_answer(
                StatusCode::CREATED,
                &json!(hal::variables(&process.variables)),
            )
        }
        Err(problem) => failed(&problem),
    })
}

fn missing(what: &str, id: &str, name: &str) -> Answer {
    failed(&Problem {
        status: 404,
        exception: "FlowableObjectNotFoundException",
        message: format!("Process instance '{id}' has no {what} '{name}'."),
    })
}

pub(super) async fn variable(
    State(ctx): State<Arc<Ctx>>,
    Path((id, name)): Path<(String, String)>,
) -> Answer {
    with_running(&ctx, &id, |process| {
        let found = process.variables.iter().find(|v| v.name == name);
        found.map_or_else(
            || missing("variable", &id, &name),
            |v| ok(&hal::variable(v)),
        )
    })
}

/// A variable that is there gets another value.
pub(super) async fn set_variable(
    State(ctx): State<Arc<Ctx>>,
    Path((id, name)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let sent = match object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    with_running(&ctx, &id, |process| {
        let found = process.variables.iter_mut().find(|v| v.name == name);
        found.map_or_else(
            || missing("variable", &id, &name),
            |v| {
                v.value = sent.get("value").cloned().unwrap_or_default();
                ok(&hal::variable(v))
            },
        )
    })
}

pub(super) async fn remove_variable(
    State(ctx): State<Arc<Ctx>>,
    Path((id, name)): Path<(String, String)>,
) -> Answer {
    with_running(&ctx, &id, |process| {
        let found = process.variables.iter().position(|v| v.name == name);
        found.map_or_else(
            || missing("variable", &id, &name),
            |at| {
                process.variables.remove(at);
                empty()
            },
        )
    })
}

pub(super) async fn comments(State(ctx): State<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    with_running(&ctx, &id, |process| {
        let items: Vec<Value> = process.comments.iter().map(hal::comment).collect();
        let total = items.len();
        ok(&hal::list("comments", items, total, 0, total.max(1), BASE))
    })
}

pub(super) async fn comment(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    Extension(By(by)): Extension<By>,
    body: Bytes,
) -> Answer {
    let sent = object(&body).unwrap_or_default();
    let message = sent
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if message.is_empty() {
        return failed(&Problem::bad("Comment text is required."));
    }
    let now = ctx.now();
    let made = ctx.workflow().store.comment_process(&id, &by, message, now);
    match made {
        Ok(comment) => json_answer(StatusCode::CREATED, &hal::comment(&comment)),
        Err(problem) => failed(&problem),
    }
}

pub(super) async fn read_comment(
    State(ctx): State<Arc<Ctx>>,
    Path((id, comment)): Path<(String, String)>,
) -> Answer {
    with_running(&ctx, &id, |process| {
        let found = process.comments.iter().find(|c| c.id == comment);
        found.map_or_else(
            || missing("comment", &id, &comment),
            |c| ok(&hal::comment(c)),
        )
    })
}

pub(super) async fn remove_comment(
    State(ctx): State<Arc<Ctx>>,
    Path((id, comment)): Path<(String, String)>,
) -> Answer {
    with_running(&ctx, &id, |process| {
        let found = process.comments.iter().position(|c| c.id == comment);
        found.map_or_else(
            || missing("comment", &id, &comment),
            |at| {
                process.comments.remove(at);
                empty()
            },
        )
    })
}

/// The stages of the model as a picture, the current one filled.
pub(super) async fn diagram(State(ctx): State<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    with_running(&ctx, &id, |process| {
        let stages = process.definition.stages.len();
        let boxes: String = (0..stages)
            .map(|at| {
                let fill = if at == process.stage { "#ccc" } else { "#fff" };
                let x = 10 + at * 60;
                format!(
                    r##"<rect x="{x}" y="10" width="40" height="30" fill="{fill}" stroke="#000"/>"##
                )
            })
            .collect();
        let picture = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="50">{boxes}</svg>"#,
            stages * 60 + 20
        );
        bytes_answer(StatusCode::OK, "image/svg+xml", picture)
    })
}
