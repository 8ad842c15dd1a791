//! The Workflow Service imitation: OCP sign-in, runtime under `/workflow/v1`, history under its own base.

mod definitions;
mod hal;
mod handlers;
mod model;
mod query;
mod seed;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::{Router, http::Method};
use domain::{Millis, canonical::sha256_hex};
use serde_json::{Value, json};

use crate::{Scenario, core::state::Ctx, systems::Seen};

/// What this system remembers.
#[derive(Debug, Default)]
pub struct State {
    store: store::Store,
}

impl State {
    /// The state the scenario leads up to.
    #[must_use]
    pub fn seed(scenario: &Scenario, epoch: Millis) -> Self {
        Self {
            store: seed::store(scenario, epoch),
        }
    }
}

/// Tenant of the token endpoint.
const TENANT: &str = "corvane";
const CLIENT_ID: &str = "console-workflow";
const CLIENT_SECRET: &str = "placeholder-workflow-secret";

/// Endpoints, relative to `/workflow`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    handlers::router(ctx)
}

/// The operation word of a request.
#[must_use]
pub fn operation(seen: &Seen<'_>) -> Option<&'static str> {
    let rest = seen.path.strip_prefix("/workflow/v1/")?;
    let parts: Vec<&str> = rest.split('/').collect();
    let body = || serde_json::from_slice::<Value>(seen.body).unwrap_or_default();
    match (seen.method, parts.as_slice()) {
        (&Method::POST, ["process-instances"]) => Some("start"),
        (&Method::POST, ["tasks", _]) => match body().get("action").and_then(Value::as_str)? {
            "claim" => Some("claim"),
            "complete" => Some("complete"),
            "delegate" => Some("assign"),
            _ => None,
        },
        (&Method::PUT, ["tasks", _]) if body().get("assignee").is_some() => Some("assign"),
        (&Method::PUT, ["tasks", _]) => Some("set_due"),
        _ => None,
    }
}

/// Whether a request that is no GET only reads.
#[must_use]
pub fn only_reads(seen: &Seen<'_>) -> bool {
    seen.path.ends_with("/oauth2/token")
}

/// Base address and placeholder credentials.
#[must_use]
pub fn credentials(ctx: &Ctx) -> Value {
    let base = format!("{}/workflow", ctx.base_url());
    json!({
        "base_url": base,
        "token_url": format!("{base}/tenants/{TENANT}/oauth2/token"),
        "history_base": format!("{base}/history/v1"),
        "tenant": TENANT,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    })
}

/// Makes something happen: `task` starts an instance ({definition_key, business_key}), `task_completed` completes a
/// task as a colleague would ({task_id, outcome, assignee}), `task_claimed` claims it, `process_cancelled` ends an
/// instance.
pub fn inject(ctx: &Ctx, kind: &str, body: &Value) -> Option<Result<Value, String>> {
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let now = ctx.now();
    let store = &mut ctx.workflow().store;
    let who = match text("assignee") {
        who if who.is_empty() => "henrike.solberg".to_owned(),
        who => who,
    };
    let done = match kind {
        "task" | "process" => store
            .start(
                model::Start {
                    definition_key: text("definition_key"),
                    business_key: Some(text("business_key")).filter(|k| !k.is_empty()),
                    ..model::Start::default()
                },
                &who,
                now,
            )
            .map(|id| json!({ "process_id": id })),
        "task_claimed" => store
            .claim(&text("task_id"), &who, now)
            .map(|()| json!({ "task_id": text("task_id") })),
        "task_completed" => store
            .claim(&text("task_id"), &who, now)
            .and_then(|()| store.complete(&text("task_id"), Some(text("outcome")), Vec::new(), now))
            .map(|()| json!({ "task_id": text("task_id") })),
        "process_cancelled" => store
            .cancel(&text("process_id"), "cancelled", now)
            .map(|()| json!({ "process_id": text("process_id") })),
        _ => return None,
    };
    Some(done.map_err(|p| p.message))
}

/// State as JSON.
#[must_use]
pub fn dump(ctx: &Ctx) -> Value {
    let state = ctx.workflow();
    let include = hal::Include {
        task_variables: true,
        ..hal::Include::default()
    };
    let store = &state.store;
    let tasks: Vec<Value> = store
        .tasks
        .values()
        .map(|t| hal::historic_task(t, store.process(&t.process_id).ok(), include))
        .collect();
    let processes: Vec<Value> = store
        .processes
        .values()
        .map(|p| hal::historic_process(p, true))
        .collect();
    json!({ "tasks": tasks, "processes": processes })
}

/// Hash of a request body, for the list of effects.
fn payload(body: &[u8]) -> Option<String> {
    Some(sha256_hex(body))
}
