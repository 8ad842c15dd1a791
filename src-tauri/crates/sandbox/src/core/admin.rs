//! `/sandbox`: the switches of the imitation itself.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use domain::System;
use serde_json::{Value, json};

use super::{
    faults::Fault,
    http::{Answer, Query, json_answer, problem},
    state::Ctx,
};
use crate::systems;

/// The admin endpoints.
pub fn router(ctx: Arc<Ctx>) -> Router {
    Router::new()
        .route("/", get(about))
        .route("/clock", get(clock).post(advance))
        .route("/effects", get(effects))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/secrets", axum::routing::post(change_secret))
        .route("/events", axum::routing::post(inject))
        .route("/state/{system}", get(state))
        .with_state(ctx)
}

/// `/sandbox/` says the same as `/sandbox`.
pub fn with_slash(ctx: Arc<Ctx>) -> Router {
    Router::new().route("/sandbox/", get(about)).with_state(ctx)
}

/// What `sandbox serve` prints first.
#[must_use]
pub fn first_line(ctx: &Ctx) -> Value {
    let persons: Vec<Value> = ctx
        .scenario()
        .persons
        .iter()
        .map(|p| {
            json!({
                "name": p.name, "full_name": p.full_name, "roles": p.roles, "pin": p.pin,
                "time_zone": p.time_zone, "team": p.team,
            })
        })
        .collect();
    let systems: serde_json::Map<String, Value> = System::ALL
        .iter()
        .map(|s| (s.to_string(), systems::credentials(*s, ctx)))
        .collect();
    let addresses: serde_json::Map<String, Value> = ctx
        .scenario()
        .partners
        .iter()
        .map(|p| (p.edi_id.clone(), json!(p.id)))
        .collect();
    json!({
        "base_url": ctx.base_url(),
        "admin_url": format!("{}/sandbox", ctx.base_url()),
        "company": ctx.scenario().company,
        "seed": ctx.scenario().seed,
        "epoch": ctx.scenario().epoch.rfc3339(),
        "persons": persons,
        "partner_addresses": addresses,
        "systems": systems,
    })
}

async fn about(State(ctx): State<Arc<Ctx>>) -> Answer {
    json_answer(StatusCode::OK, &first_line(&ctx))
}

fn clock_json(ctx: &Ctx) -> Value {
    json!({
        "now": ctx.clock.running().rfc3339(),
        "offset_seconds": ctx.clock.offset() as f64 / 1_000.0,
    })
}

async fn clock(State(ctx): State<Arc<Ctx>>) -> Answer {
    json_answer(StatusCode::OK, &clock_json(&ctx))
}

async fn advance(State(ctx): State<Arc<Ctx>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match body.get("advance_seconds").and_then(Value::as_f64) {
        Some(seconds) if seconds.is_finite() && seconds.abs() < 4e9 => {
            ctx.clock.advance((seconds * 1_000.0) as i64);
            json_answer(StatusCode::OK, &clock_json(&ctx))
        }
        _ => problem(
            StatusCode::BAD_REQUEST,
            "E_CLOCK",
            "advance_seconds must be a number",
        ),
    }
}

async fn effects(State(ctx): State<Arc<Ctx>>, query: Query) -> Answer {
    let items = ctx.effects.list(query.get("system"), query.get("key"));
    json_answer(StatusCode::OK, &json!({ "items": items }))
}

async fn faults(State(ctx): State<Arc<Ctx>>) -> Answer {
    json_answer(StatusCode::OK, &json!({ "items": ctx.faults.list() }))
}

async fn add_fault(State(ctx): State<Arc<Ctx>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match Fault::read(&body) {
        Ok(fault) => {
            let shown = json!(fault);
            ctx.faults.add(fault);
            json_answer(StatusCode::CREATED, &shown)
        }
        Err(words) => problem(StatusCode::BAD_REQUEST, "E_FAULT", &words),
    }
}

async fn clear_faults(State(ctx): State<Arc<Ctx>>) -> Answer {
    ctx.faults.clear();
    json_answer(StatusCode::OK, &json!({ "items": [] }))
}

/// `{system, secret}`: somebody changed the password over there.
async fn change_secret(State(ctx): State<Arc<Ctx>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    match (text("system").map(str::parse::<System>), text("secret")) {
        (Some(Ok(system)), Some(secret)) if !secret.is_empty() => {
            ctx.secrets.change(system, secret);
            json_answer(StatusCode::OK, &json!({ "system": system }))
        }
        _ => problem(
            StatusCode::BAD_REQUEST,
            "E_SECRET",
            "name a system and its new secret",
        ),
    }
}

async fn inject(State(ctx): State<Arc<Ctx>>, body: Bytes) -> Answer {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let kind = body
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let system = body.get("system").and_then(Value::as_str);
    for candidate in System::ALL {
        if system.is_some_and(|s| s != candidate.as_str()) {
            continue;
        }
        match systems::inject(*candidate, &ctx, &kind, &body) {
            Some(Ok(made)) => return json_answer(StatusCode::CREATED, &made),
            Some(Err(words)) => {
                return problem(StatusCode::UNPROCESSABLE_ENTITY, "E_EVENT", &words);
            }
            None => {}
        }
    }
    problem(
        StatusCode::BAD_REQUEST,
        "E_EVENT",
        &format!("no system makes events of kind '{kind}'"),
    )
}

async fn state(State(ctx): State<Arc<Ctx>>, Path(system): Path<String>) -> Answer {
    match system.parse::<System>() {
        Ok(system) => json_answer(StatusCode::OK, &systems::dump(system, &ctx)),
        Err(e) => problem(StatusCode::NOT_FOUND, "E_SYSTEM", &e.to_string()),
    }
}
