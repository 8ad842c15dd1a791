//! `/process-instances` and the deployed models.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use domain::System;
use serde_json::{Value, json};

use super::{
    super::{
        definitions::DEFINITIONS,
        hal,
        model::{self, Problem, Start},
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
    params::loose_text,
};

pub(super) const BASE: &str = "/workflow/v1/process-instances";

pub(super) async fn list(State(ctx): State<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.workflow();
    let found = asked::processes(&state.store, &query, false);
    let (offset, count) = window(&query);
    let items = found
        .iter()
        .skip(offset)
        .take(count)
        .map(|p| hal::process(p, false))
        .collect();
    ok(&hal::list(
        "process-instances",
        items,
        found.len(),
        offset,
        count,
        BASE,
    ))
}

pub(super) async fn start(
    State(ctx): State<Arc<Ctx>>,
    Extension(By(by)): Extension<By>,
    body: Bytes,
) -> Answer {
    let sent = match object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let text = |name: &str| sent.get(name).and_then(Value::as_str).map(str::to_owned);
    let definition_key = text("processDefinitionKey").or_else(|| {
        text("processDefinitionId").and_then(|id| id.split(':').next().map(str::to_owned))
    });
    let business_key = loose_text(sent.get("businessKey"));
    let now = ctx.now();
    let started = match definition_key {
        None => Err(Problem::bad(
            "Either processDefinitionId, processDefinitionKey or message is required.",
        )),
        Some(definition_key) => model::variables(sent.get("variables")).and_then(|variables| {
            let start = Start {
                definition_key,
                name: text("name"),
                business_key: business_key.clone(),
                variables,
                comment: sent
                    .pointer("/comment/message")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            };
            ctx.workflow().store.start(start, &by, now)
        }),
    };
    match started {
        Ok(id) => {
            ctx.effect(Effect {
                system: System::Workflow,
                kind: "start".into(),
                key: None,
                reference: business_key,
                subject: id.clone(),
                payload_sha256: payload(&body),
            });
            match ctx.workflow().store.process(&id) {
                Ok(process) => json_answer(StatusCode::CREATED, &hal::process(process, true)),
                Err(problem) => failed(&problem),
            }
        }
        Err(problem) => failed(&problem),
    }
}

/// A running instance; an ended one is only in the history.
pub(super) fn with_running(
    ctx: &Ctx,
    id: &str,
    answer: impl FnOnce(&mut model::Process) -> Answer,
) -> Answer {
    match ctx.workflow().store.running(id) {
        Ok(process) => answer(process),
        Err(problem) => failed(&problem),
    }
}

pub(super) async fn read(State(ctx): State<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    with_running(&ctx, &id, |p| ok(&hal::process(p, true)))
}

pub(super) async fn suspend(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let action = object(&body)
        .ok()
        .and_then(|b| b.get("action").and_then(Value::as_str).map(str::to_owned));
    with_running(&ctx, &id, |process| {
        process.suspended = match action.as_deref() {
            Some("suspend") => true,
            Some("activate") => false,
            _ => return failed(&Problem::bad("action must be activate or suspend")),
        };
        ok(&hal::process(process, false))
    })
}

pub(super) async fn cancel(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let now = ctx.now();
    let reason = query.get("deleteReason").unwrap_or("cancelled").to_owned();
    let done = ctx.workflow().store.cancel(&id, &reason, now);
    match done {
        Ok(()) => empty(),
        Err(problem) => failed(&problem),
    }
}

pub(super) async fn models() -> Answer {
    let items: Vec<Value> = DEFINITIONS
        .iter()
        .map(|d| json!({"id": format!("{}:1", d.key), "key": d.key, "name": d.name, "version": 1}))
        .collect();
    let total = items.len();
    ok(&hal::list(
        "models",
        items,
        total,
        0,
        total,
        "/workflow/v1/runtime/models",
    ))
}

/// `/executions`: each running instance is one, as no model here runs in parallel branches of its own.
pub(super) async fn executions(State(ctx): State<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.workflow();
    let found = asked::processes(&state.store, &query, false);
    let (offset, count) = window(&query);
    let items = found
        .iter()
        .skip(offset)
        .take(count)
        .map(|p| {
            json!({
                "id": p.id, "processInstanceId": p.id, "parentId": Value::Null,
                "activityId": Value::Null, "suspended": p.suspended, "tenantId": "corvane",
            })
        })
        .collect();
    ok(&hal::list(
        "executions",
        items,
        found.len(),
        offset,
        count,
        "/workflow/v1/executions",
    ))
}
