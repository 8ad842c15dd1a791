//! Request Tracker 5, REST2: shapes and quirks as its own sources have them.

mod lists;
mod tickets;

use crate::core::http::put;
use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use domain::Millis;
use serde_json::{Value, json};

use super::ticket::Ticket;
use crate::core::{
    http::{Answer, json_answer},
    state::Ctx,
};

pub(super) fn router() -> Router<Arc<Ctx>> {
    let api = |path: &str| format!("/REST/2.0{path}");
    Router::new()
        .route(&api("/rt"), get(about))
        .route(&api("/ticket"), post(tickets::create))
        .route(
            &api("/ticket/{id}"),
            get(tickets::read)
                .put(tickets::change)
                .delete(tickets::delete),
        )
        .route(
            &api("/ticket/{id}/{action}"),
            get(lists::of_ticket)
                .post(tickets::message)
                .put(tickets::take),
        )
        .route(
            &api("/tickets"),
            get(lists::search).post(lists::search_posted),
        )
        .route(&api("/queues/all"), get(lists::queues))
        .route(&api("/queues"), get(lists::queues))
        .route(&api("/queue/{id}"), get(lists::queue))
        .route(&api("/transaction/{id}"), get(lists::transaction))
        .route(
            &api("/transaction/{id}/attachments"),
            get(lists::of_transaction),
        )
        .route(&api("/attachment/{id}"), get(lists::attachment))
}

async fn about(State(ctx): State<Arc<Ctx>>, headers: HeaderMap) -> Answer {
    match signed_in(&ctx, &headers) {
        Ok(_) => json_answer(StatusCode::OK, &json!({"Version": "5.0.3", "Plugins": []})),
        Err(refused) => refused,
    }
}

fn signed_in(ctx: &Ctx, headers: &HeaderMap) -> Result<String, Answer> {
    super::user(ctx, headers).ok_or_else(|| said(StatusCode::UNAUTHORIZED, "Unauthorized"))
}

fn said(status: StatusCode, message: &str) -> Answer {
    json_answer(status, &json!({ "message": message }))
}

fn not_found() -> Answer {
    said(StatusCode::NOT_FOUND, "Not Found")
}

fn base(ctx: &Ctx) -> String {
    format!("{}/tracker/REST/2.0", ctx.base_url())
}

/// `2026-11-20T21:00:00Z`; an unset time is the beginning of time.
fn time(at: Option<Millis>) -> Value {
    let at = at.unwrap_or(Millis(0));
    at.utc().map_or(Value::Null, |t| {
        json!(t.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    })
}

/// `{type, id, _url}`: how records name each other.
fn uid(ctx: &Ctx, kind: &str, id: &str) -> Value {
    json!({"type": kind, "id": id, "_url": format!("{}/{kind}/{id}", base(ctx))})
}

fn custom_fields(ctx: &Ctx, ticket: &Ticket) -> Value {
    let all = ticket
        .custom_fields
        .iter()
        .enumerate()
        .map(|(i, (name, values))| {
            let mut field = uid(ctx, "customfield", &(i + 1).to_string());
            put(&mut field, "name", json!(name));
            put(&mut field, "values", json!(values));
            field
        });
    Value::Array(all.collect())
}

/// The entity tag of a ticket, in quotes.
fn etag(ticket: &Ticket) -> String {
    format!("\"{}\"", ticket.version())
}
