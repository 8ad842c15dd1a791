//! ServiceNow Table API over the same tickets.

mod rows;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use domain::{Millis, System, canonical::sha256_hex, time::HOUR};
use serde_json::{Map, Value, json};

use super::{
    CLIENT_ID, CLIENT_SECRET, MARKER_FIELD, PASSWORD, USERNAME, effect,
    store::Store,
    ticket::{Fresh, Incoming, Kind, QUEUES, Ticket, marker},
    user,
};
use crate::{
    core::{
        auth,
        http::{Answer, Query, bytes_answer, json_answer},
        state::Ctx,
    },
    params::loose_text,
};

pub(super) fn router() -> Router<Arc<Ctx>> {
    Router::new()
        .route("/oauth_token.do", post(token))
        .route("/api/now/table/{table}", get(rows::list).post(create))
        .route(
            "/api/now/table/{table}/{id}",
            get(rows::read).patch(change).put(change),
        )
        .route("/api/now/stats/{table}", get(rows::count))
        .route("/api/now/attachment", get(rows::attachments))
        .route("/api/now/attachment/file", post(upload))
        .route("/api/now/attachment/{id}/file", get(download))
}

async fn token(State(ctx): State<Arc<Ctx>>, body: Bytes) -> Answer {
    let form = Query::read(&String::from_utf8_lossy(&body));
    let is = |name: &str, value: &str| form.get(name) == Some(value);
    let takes = |name: &str, first: &str| {
        form.get(name)
            .is_some_and(|told| ctx.takes(System::Tracker, first, told))
    };
    let client = is("client_id", CLIENT_ID) && takes("client_secret", CLIENT_SECRET);
    let allowed = match form.get("grant_type") {
        Some("password") => client && is("username", USERNAME) && takes("password", PASSWORD),
        Some("client_credentials") => client,
        _ => false,
    };
    if !allowed {
        return json_answer(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "server_error", "error_description": "access_denied"}),
        );
    }
    let token = auth::issue(&ctx, "tracker", USERNAME, HOUR / 2);
    json_answer(
        StatusCode::OK,
        &json!({"access_token": token, "token_type": "Bearer", "expires_in": 1_799, "scope": "useraccount"}),
    )
}

fn failed(status: StatusCode, message: &str, detail: &str) -> Answer {
    json_answer(
        status,
        &json!({"error": {"message": message, "detail": detail}, "status": "failure"}),
    )
}

fn signed_in(ctx: &Ctx, headers: &HeaderMap) -> Result<String, Answer> {
    user(ctx, headers).ok_or_else(|| {
        failed(
            StatusCode::UNAUTHORIZED,
            "User Not Authenticated",
            "Required to provide Auth information",
        )
    })
}

fn no_record() -> Answer {
    failed(
        StatusCode::NOT_FOUND,
        "No Record found",
        "Record doesn't exist or ACL restricts the record retrieval",
    )
}

/// 32 hex digits that follow from what they name.
fn sys_id(kind: &str, id: u64) -> String {
    sha256_hex(format!("{kind}/{id}").as_bytes())
        .chars()
        .take(32)
        .collect()
}

/// `2026-11-20 21:00:00`, UTC without saying so.
fn time(at: Millis) -> Value {
    at.utc().map_or(Value::Null, |t| {
        json!(t.format("%Y-%m-%d %H:%M:%S").to_string())
    })
}

const STATES: &[(&str, &str)] = &[
    ("new", "1"),
    ("open", "2"),
    ("stalled", "3"),
    ("resolved", "6"),
    ("rejected", "8"),
    ("deleted", "7"),
];

fn state_number(status: &str) -> &'static str {
    STATES.iter().find(|s| s.0 == status).map_or("2", |s| s.1)
}

fn status_of(state: &str) -> Option<&'static str> {
    STATES
        .iter()
        .find(|s| s.1 == state || s.0 == state)
        .map(|s| s.0)
}

fn by_sys_id<'a>(store: &'a Store, id: &str) -> Option<&'a Ticket> {
    store
        .tickets
        .values()
        .find(|t| sys_id("incident", t.id) == id)
}

fn reference(ctx: &Ctx, table: &str, value: &str) -> Value {
    if value.is_empty() || value == "Nobody" {
        return json!("");
    }
    let link = format!("{}/tracker/api/now/table/{table}/{value}", ctx.base_url());
    json!({"link": link, "value": value})
}

/// A ticket as a row of the table; numbers are text.
fn row(ctx: &Ctx, store: &Store, ticket: &Ticket) -> Map<String, Value> {
    let description = ticket
        .history
        .first()
        .map(|t| store.text(t))
        .unwrap_or_default();
    let body = json!({
        "sys_id": sys_id("incident", ticket.id), "number": format!("INC{:07}", ticket.id),
        "short_description": ticket.subject, "description": description,
        "state": state_number(&ticket.status), "priority": if ticket.priority >= 80 { "2" } else { "3" },
        "assigned_to": reference(ctx, "sys_user", &ticket.owner),
        "assignment_group": reference(ctx, "sys_user_group", ticket.queue_name()),
        "correlation_id": ticket.custom_field(MARKER_FIELD).unwrap_or_default(),
        "correlation_display": ticket.correlation, "due_date": ticket.due_at.map_or(json!(""), time),
        "sys_created_on": time(ticket.created_at), "sys_updated_on": time(ticket.updated_at),
        "sys_mod_count": ticket.history.len().saturating_sub(1).to_string(), "active": "true",
        "sys_class_name": "incident", "opened_by": reference(ctx, "sys_user", &ticket.requestor),
    });
    match body {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn read_object(body: &[u8]) -> Result<Value, Answer> {
    serde_json::from_slice::<Value>(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| {
            failed(
                StatusCode::BAD_REQUEST,
                "Exception while reading request",
                "no JSON object",
            )
        })
}

fn known_table(table: &str) -> Result<(), Answer> {
    if matches!(table, "incident" | "sn_customerservice_case" | "task") {
        return Ok(());
    }
    Err(failed(
        StatusCode::BAD_REQUEST,
        &format!("Invalid table {table}"),
        "",
    ))
}

async fn create(
    State(ctx): State<Arc<Ctx>>,
    Path(table): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let by = match signed_in(&ctx, &headers).and_then(|by| known_table(&table).map(|()| by)) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let sent = match read_object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let text = |name: &str| loose_text(sent.get(name)).unwrap_or_default();
    let queue = QUEUES
        .iter()
        .find(|q| q.1.eq_ignore_ascii_case(&text("assignment_group")))
        .map_or(1, |q| q.0);
    let mut fresh = Fresh {
        subject: text("short_description"),
        queue,
        requestor: by.clone(),
        owner: Some(text("assigned_to")).filter(|o| !o.is_empty()),
        status: status_of(&text("state")).map(str::to_owned),
        priority: 50,
        correlation: text("correlation_display"),
        messages: vec![Incoming::text("text/plain", &text("description"))],
        ..Fresh::default()
    };
    if !text("correlation_id").is_empty() {
        fresh
            .custom_fields
            .insert(MARKER_FIELD.into(), vec![text("correlation_id")]);
    }
    let told = Some(fresh.correlation.clone()).filter(|c| !c.is_empty());
    let now = ctx.now();
    let mut state = ctx.tracker();
    let id = state.store.create(fresh, &by, now);
    let made = state
        .store
        .tickets
        .get(&id)
        .map(|t| row(&ctx, &state.store, t));
    drop(state);
    effect(&ctx, "create_ticket", told, id, &body);
    json_answer(StatusCode::CREATED, &json!({ "result": made }))
}

async fn change(
    State(ctx): State<Arc<Ctx>>,
    Path((table, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let by = match signed_in(&ctx, &headers).and_then(|by| known_table(&table).map(|()| by)) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let sent = match read_object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let now = ctx.now();
    let mut state = ctx.tracker();
    let store = &mut state.store;
    let Some(ticket) = by_sys_id(store, &id).map(|t| t.id) else {
        return no_record();
    };
    let mut kind = "update";
    let mut told = Some(id);
    for (name, value) in sent.as_object().into_iter().flatten() {
        let text = loose_text(Some(value)).unwrap_or_default();
        match name.as_str() {
            "comments" | "work_notes" if !text.is_empty() => {
                let (word, note) = if name == "comments" {
                    ("reply", Kind::Correspond)
                } else if text.starts_with("Linked: ") {
                    ("link", Kind::Comment)
                } else {
                    ("comment", Kind::Comment)
                };
                kind = word;
                told = marker(&text);
                store.record(
                    ticket,
                    note,
                    &by,
                    now,
                    ("", "", ""),
                    vec![Incoming::text("text/plain", &text)],
                );
            }
            "state" => {
                if let Some(status) = status_of(&text) {
                    store.set_status(ticket, status, &by, now);
                }
            }
            "priority" => {
                let number = if matches!(text.as_str(), "1" | "2") {
                    "80"
                } else {
                    "50"
                };
                store.set_field(ticket, "Priority", number, &by, now);
            }
            "correlation_id" => {
                store.set_custom_field(ticket, MARKER_FIELD, vec![text], &by, now);
            }
            name => {
                let field = match name {
                    "short_description" => "Subject",
                    "assigned_to" => "Owner",
                    "assignment_group" => "Queue",
                    "due_date" => "Due",
                    _ => continue,
                };
                store.set_field(ticket, field, &text, &by, now);
            }
        }
    }
    let changed = store.tickets.get(&ticket).map(|t| row(&ctx, store, t));
    drop(state);
    effect(&ctx, kind, told, ticket, &body);
    json_answer(StatusCode::OK, &json!({ "result": changed }))
}

async fn upload(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    query: Query,
    body: Bytes,
) -> Answer {
    let by = match signed_in(&ctx, &headers) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let now = ctx.now();
    let mut state = ctx.tracker();
    let found =
        by_sys_id(&state.store, query.get("table_sys_id").unwrap_or_default()).map(|t| t.id);
    let Some(ticket) = found else {
        return no_record();
    };
    let media_type = crate::core::http::header_text(&headers, "content-type")
        .unwrap_or("application/octet-stream")
        .to_owned();
    let incoming = Incoming {
        file_name: query.get("file_name").unwrap_or("file").to_owned(),
        media_type,
        bytes: body,
    };
    let transaction = state.store.record(
        ticket,
        Kind::Comment,
        &by,
        now,
        ("", "", ""),
        vec![incoming],
    );
    let made = state
        .store
        .attachments
        .values()
        .rfind(|a| a.transaction == transaction)
        .map(|a| rows::attachment(ticket, a));
    json_answer(StatusCode::CREATED, &json!({ "result": made }))
}

async fn download(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.tracker();
    let found = state
        .store
        .attachments
        .values()
        .find(|a| sys_id("attachment", a.id) == id);
    found.map_or_else(no_record, |a| {
        bytes_answer(StatusCode::OK, &a.media_type, a.bytes.clone())
    })
}
