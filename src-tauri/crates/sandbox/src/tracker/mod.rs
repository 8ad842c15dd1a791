//! The tracker imitation: Request Tracker 5 under `/REST/2.0` and the ServiceNow Table API under `/api/now`, over the
//! same tickets.

mod rt;
mod seed;
mod servicenow;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod ticket;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderMap, Method},
};
use domain::{Millis, System, canonical::sha256_hex};
use serde_json::{Value, json};

use crate::{
    Scenario,
    core::{auth, effects::Effect, http::header_text, state::Ctx},
    params::loose_text,
    systems::Seen,
};

const USERNAME: &str = "svc.console";
const PASSWORD: &str = "placeholder-tracker-password";
const TOKEN: &str = "placeholder-tracker-token";
const CLIENT_ID: &str = "console-tracker";
const CLIENT_SECRET: &str = "placeholder-tracker-secret";
/// Custom field that carries the case id.
const MARKER_FIELD: &str = "PartnerCase";

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

/// Endpoints, relative to `/tracker`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    rt::router().merge(servicenow::router()).with_state(ctx)
}

const LINKS: &[&str] = &[
    "RefersTo",
    "DependsOn",
    "MemberOf",
    "ReferredToBy",
    "DependedOnBy",
    "Members",
];

/// The operation word of a request.
#[must_use]
pub fn operation(seen: &Seen<'_>) -> Option<&'static str> {
    let body = || serde_json::from_slice::<Value>(seen.body).unwrap_or_default();
    let has = |body: &Value, names: &[&str]| names.iter().any(|n| body.get(*n).is_some());
    if let Some(rest) = seen.path.strip_prefix("/REST/2.0/") {
        let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
        return match (seen.method, parts.as_slice()) {
            (&Method::POST, ["ticket"]) => Some("create_ticket"),
            (&Method::POST, ["ticket", _, "comment"]) => Some("comment"),
            (&Method::POST, ["ticket", _, "correspond"]) => Some("reply"),
            (&Method::PUT, ["ticket", _]) => {
                let links: Vec<String> = ["", "Add", "Delete"]
                    .iter()
                    .flat_map(|p| LINKS.iter().map(move |l| format!("{p}{l}")))
                    .collect();
                let links: Vec<&str> = links.iter().map(String::as_str).collect();
                Some(if has(&body(), &links) {
                    "link"
                } else {
                    "update"
                })
            }
            _ => None,
        };
    }
    let rest = seen.path.strip_prefix("/api/now/table/")?;
    let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    match (seen.method, parts.as_slice()) {
        (&Method::POST, [_]) => Some("create_ticket"),
        (&Method::PATCH | &Method::PUT, [_, _]) => {
            let body = body();
            let note = body
                .get("work_notes")
                .and_then(Value::as_str)
                .unwrap_or_default();
            Some(if note.starts_with("Linked: ") {
                "link"
            } else if !note.is_empty() {
                "comment"
            } else if has(&body, &["comments"]) {
                "reply"
            } else {
                "update"
            })
        }
        _ => None,
    }
}

/// Whether a request that is no GET only reads.
#[must_use]
pub fn only_reads(seen: &Seen<'_>) -> bool {
    seen.path.ends_with("/oauth_token.do") || seen.path.trim_end_matches('/') == "/REST/2.0/tickets"
}

/// Base address and placeholder credentials.
#[must_use]
pub fn credentials(ctx: &Ctx) -> Value {
    let base = format!("{}/tracker", ctx.base_url());
    json!({
        "base_url": base,
        "dialect": "request_tracker",
        "username": USERNAME,
        "password": PASSWORD,
        "token": TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_url": format!("{base}/oauth_token.do"),
        "queue": "Partner Operations",
        "marker_field": MARKER_FIELD,
        "number_prefix": "OPS-",
        "table": "incident",
    })
}

/// The user of a request, by Basic, token or OAuth.
fn user(ctx: &Ctx, headers: &HeaderMap) -> Option<String> {
    if let Some((name, password)) = auth::basic(headers) {
        return (name == USERNAME && ctx.takes(System::Tracker, PASSWORD, &password))
            .then_some(name);
    }
    let value = header_text(headers, "authorization")?;
    if value.strip_prefix("token ") == Some(TOKEN) {
        return Some(USERNAME.to_owned());
    }
    auth::subject(ctx, "tracker", auth::bearer(headers)?)
}

fn effect(ctx: &Ctx, kind: &str, reference: Option<String>, ticket: u64, payload: &[u8]) {
    ctx.effect(Effect {
        system: System::Tracker,
        kind: kind.into(),
        key: None,
        reference,
        subject: ticket.to_string(),
        payload_sha256: Some(sha256_hex(payload)),
    });
}

/// Makes something happen: `ticket` ({subject, queue, case_id, body}), `ticket_comment` ({ticket_id, body, visibility,
/// author}), `ticket_change` ({ticket_id, status, owner, priority, subject, queue, author}).
pub fn inject(ctx: &Ctx, kind: &str, body: &Value) -> Option<Result<Value, String>> {
    let text = |name: &str| loose_text(body.get(name)).unwrap_or_default();
    let or = |value: String, fallback: &str| {
        if value.is_empty() {
            fallback.to_owned()
        } else {
            value
        }
    };
    let now = ctx.now();
    let by = or(text("author"), "tomas.adeyemi");
    let store = &mut ctx.tracker().store;
    let id = text("ticket_id").parse::<u64>().unwrap_or_default();
    let known = store.tickets.contains_key(&id);
    let missing = || Some(Err(format!("there is no ticket {id}")));
    match kind {
        "ticket" => {
            let queue = ticket::queue(&or(text("queue"), "Partner Operations")).map_or(1, |q| q.0);
            let mut fresh = ticket::Fresh {
                subject: or(text("subject"), "Injected ticket"),
                queue,
                requestor: by.clone(),
                messages: vec![ticket::Incoming::text("text/plain", &text("body"))],
                ..ticket::Fresh::default()
            };
            if !text("case_id").is_empty() {
                fresh
                    .custom_fields
                    .insert(MARKER_FIELD.into(), vec![text("case_id")]);
            }
            let id = store.create(fresh, &by, now);
            Some(Ok(json!({ "ticket_id": id.to_string() })))
        }
        "ticket_comment" if known => {
            let kind = if text("visibility") == "partner" {
                ticket::Kind::Correspond
            } else {
                ticket::Kind::Comment
            };
            let media_type = or(text("media_type"), "text/plain");
            let message = ticket::Incoming::text(&media_type, &text("body"));
            let made = store.record(id, kind, &by, now, ("", "", ""), vec![message]);
            Some(Ok(json!({ "transaction_id": made.to_string() })))
        }
        "ticket_change" if known => {
            if !text("status").is_empty() {
                store.set_status(id, &text("status"), &by, now);
            }
            for (name, field) in [
                ("owner", "Owner"),
                ("priority", "Priority"),
                ("subject", "Subject"),
                ("queue", "Queue"),
            ] {
                if !text(name).is_empty() {
                    store.set_field(id, field, &text(name), &by, now);
                }
            }
            Some(Ok(json!({ "ticket_id": id.to_string() })))
        }
        "ticket_comment" | "ticket_change" => missing(),
        _ => None,
    }
}

/// State as JSON.
#[must_use]
pub fn dump(ctx: &Ctx) -> Value {
    let state = ctx.tracker();
    let store = &state.store;
    let tickets: Vec<Value> = store
        .tickets
        .values()
        .map(|t| {
            let history: Vec<Value> = t
                .history
                .iter()
                .map(|h| json!({"id": h.id, "type": h.kind.word(), "creator": h.creator, "text": store.text(h), "field": h.field, "new": h.new}))
                .collect();
            json!({
                "id": t.id, "subject": t.subject, "status": t.status, "queue": t.queue_name(),
                "owner": t.owner, "custom_fields": t.custom_fields, "links": t.links,
                "correlation": t.correlation, "updated_at": t.updated_at.rfc3339(), "history": history,
            })
        })
        .collect();
    json!({ "tickets": tickets })
}
