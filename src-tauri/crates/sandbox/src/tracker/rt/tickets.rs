//! One ticket: create, read, change, comment, correspond.

use crate::core::http::put;
use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    super::{
        LINKS, MARKER_FIELD, effect,
        ticket::{Fresh, Incoming, Kind, Ticket, marker, queue},
    },
    base, custom_fields, etag, not_found, said, signed_in, time, uid,
};
use crate::{
    core::{
        http::{Answer, header_text, json_answer, with_header},
        state::Ctx,
    },
    params::loose_text,
};

/// Content and attachments of a JSON body.
fn messages(body: &Value) -> Result<Vec<Incoming>, Answer> {
    let mut all = Vec::new();
    if let Some(content) = body.get("Content").and_then(Value::as_str) {
        let media_type = body
            .get("ContentType")
            .and_then(Value::as_str)
            .unwrap_or("text/plain");
        all.push(Incoming::text(media_type, content));
    }
    let attached = body.get("Attachments").and_then(Value::as_array);
    for item in attached.into_iter().flatten() {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let (Some(file_name), Some(media_type), Some(content)) =
            (text("FileName"), text("FileType"), text("FileContent"))
        else {
            let words = "FileName is a required field for each attachment in Attachments";
            return Err(said(StatusCode::BAD_REQUEST, words));
        };
        let cleaned: String = content.chars().filter(|c| !c.is_whitespace()).collect();
        let Ok(bytes) = STANDARD.decode(cleaned) else {
            return Err(said(StatusCode::BAD_REQUEST, "FileContent is no base64"));
        };
        all.push(Incoming {
            file_name: file_name.to_owned(),
            media_type: media_type.to_owned(),
            bytes: bytes.into(),
        });
    }
    Ok(all)
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(|v| loose_text(Some(v))).collect(),
        other => loose_text(Some(other)).into_iter().collect(),
    }
}

fn read_object(body: &[u8]) -> Result<Value, Answer> {
    serde_json::from_slice::<Value>(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| said(StatusCode::BAD_REQUEST, "JSON object must be a HASH"))
}

pub(super) async fn create(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    let by = match signed_in(&ctx, &headers) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let sent = match read_object(&body) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let text = |name: &str| loose_text(sent.get(name)).unwrap_or_default();
    if text("Queue").is_empty() {
        return said(
            StatusCode::BAD_REQUEST,
            "Could not create ticket. Queue not set",
        );
    }
    let Some((queue, _)) = queue(&text("Queue")) else {
        let words = format!(
            "No permission to create tickets in the queue '{}'",
            text("Queue")
        );
        return said(StatusCode::FORBIDDEN, &words);
    };
    let messages = match messages(&sent) {
        Ok(messages) => messages,
        Err(refused) => return refused,
    };
    let given = sent.get("CustomFields").and_then(Value::as_object);
    let custom: BTreeMap<String, Vec<String>> = given
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), values(value)))
        .collect();
    let told = messages
        .iter()
        .find_map(|m| marker(&String::from_utf8_lossy(&m.bytes)))
        .or_else(|| custom.get(MARKER_FIELD).and_then(|v| v.first()).cloned());
    let fresh = Fresh {
        subject: text("Subject"),
        queue,
        requestor: text("Requestor"),
        owner: loose_text(sent.get("Owner")),
        status: loose_text(sent.get("Status")),
        priority: text("Priority").parse().unwrap_or(0),
        custom_fields: custom,
        messages,
        ..Fresh::default()
    };
    let now = ctx.now();
    let id = ctx.tracker().store.create(fresh, &by, now);
    effect(&ctx, "create_ticket", told, id, &body);
    let answer = json_answer(StatusCode::CREATED, &uid(&ctx, "ticket", &id.to_string()));
    with_header(answer, "location", &format!("{}/ticket/{id}", base(&ctx)))
}

fn link_ref(kind: &str) -> &'static str {
    match kind {
        "DependsOn" => "depends-on",
        "MemberOf" => "parent",
        "ReferredToBy" => "referred-to-by",
        "DependedOnBy" => "depended-on-by",
        "Members" => "child",
        _ => "refers-to",
    }
}

fn hyperlinks(ctx: &Ctx, ticket: &Ticket) -> Vec<Value> {
    let own = format!("{}/ticket/{}", base(ctx), ticket.id);
    let mut links = vec![json!({"ref": "self", "type": "ticket", "id": ticket.id, "_url": own})];
    for (kind, target) in &ticket.links {
        let mut link = if target.chars().all(|c| c.is_ascii_digit()) {
            uid(ctx, "ticket", target)
        } else {
            json!({"type": "external", "_url": target})
        };
        put(&mut link, "ref", json!(link_ref(kind)));
        links.push(link);
    }
    for word in ["history", "correspond", "comment"] {
        links.push(json!({"ref": word, "_url": format!("{own}/{word}")}));
    }
    for next in ["open", "stalled", "resolved", "rejected"] {
        if next != ticket.status {
            links.push(json!({"ref": "lifecycle", "label": next, "from": ticket.status, "to": next, "_url": own}));
        }
    }
    links
}

fn shown(ctx: &Ctx, ticket: &Ticket) -> Value {
    json!({
        "id": ticket.id, "Type": "ticket", "Subject": ticket.subject, "Status": ticket.status,
        "Queue": uid(ctx, "queue", &ticket.queue.to_string()), "Owner": uid(ctx, "user", &ticket.owner),
        "Requestor": [uid(ctx, "user", &ticket.requestor)], "Cc": [], "AdminCc": [],
        "Creator": uid(ctx, "user", ticket.history.first().map_or("svc.console", |t| t.creator.as_str())),
        "Priority": ticket.priority.to_string(), "InitialPriority": "0", "FinalPriority": "0",
        "Created": time(Some(ticket.created_at)), "LastUpdated": time(Some(ticket.updated_at)),
        "Due": time(ticket.due_at), "Started": time(None), "Resolved": time(None),
        "LastUpdatedBy": uid(ctx, "user", ticket.history.last().map_or("svc.console", |t| t.creator.as_str())),
        "EffectiveId": uid(ctx, "ticket", &ticket.id.to_string()), "TimeWorked": "0",
        "CustomFields": custom_fields(ctx, ticket), "_hyperlinks": hyperlinks(ctx, ticket),
    })
}

pub(super) async fn read(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.tracker();
    let Some(ticket) = state.store.ticket(&id) else {
        return not_found();
    };
    let tag = etag(ticket);
    if header_text(&headers, "if-none-match") == Some(tag.as_str()) {
        return with_header(
            json_answer(StatusCode::NOT_MODIFIED, &Value::Null),
            "etag",
            &tag,
        );
    }
    let answer = with_header(
        json_answer(StatusCode::OK, &shown(&ctx, ticket)),
        "etag",
        &tag,
    );
    let modified = ticket.updated_at.utc().map_or_else(String::new, |t| {
        t.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    });
    with_header(answer, "last-modified", &modified)
}

/// Refuses a change made against another version.
fn precondition(headers: &HeaderMap, ticket: &Ticket) -> Option<Answer> {
    let wanted = header_text(headers, header::IF_MATCH.as_str())?;
    let own = ticket.version().to_string();
    let fits = wanted == "*" || wanted.split(',').any(|t| t.trim().trim_matches('"') == own);
    (!fits).then(|| said(StatusCode::PRECONDITION_FAILED, "Precondition Failed"))
}

/// PUT answers 200 with a list of messages, also when a value was refused.
pub(super) async fn change(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let by = match signed_in(&ctx, &headers) {
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
    let Some(ticket) = store.ticket(&id) else {
        return not_found();
    };
    if let Some(refused) = precondition(&headers, ticket) {
        return refused;
    }
    let (id, before) = (ticket.id, ticket.version());
    let mut results = Vec::new();
    let empty = Map::new();
    let fields = sent.as_object().unwrap_or(&empty);
    let mut linked = None;
    for (name, value) in fields {
        let text = || loose_text(Some(value)).unwrap_or_default();
        match name.as_str() {
            "Status" => results.push(store.set_status(id, &text(), &by, now)),
            "CustomFields" => {
                for (field, value) in value.as_object().into_iter().flatten() {
                    results.extend(store.set_custom_field(id, field, values(value), &by, now));
                }
            }
            name => {
                let (add, kind) = match name.strip_prefix("Delete") {
                    Some(kind) => (false, kind),
                    None => (true, name.strip_prefix("Add").unwrap_or(name)),
                };
                if LINKS.contains(&kind) {
                    for target in values(value) {
                        results.extend(store.link(id, kind, &target, add, &by, now));
                        linked = Some(target);
                    }
                } else {
                    results.extend(store.set_field(id, name, &text(), &by, now));
                }
            }
        }
    }
    let after = store.tickets.get(&id).map_or(before, Ticket::version);
    drop(state);
    if after != before {
        let kind = if linked.is_some() { "link" } else { "update" };
        effect(
            &ctx,
            kind,
            linked.or_else(|| Some(id.to_string())),
            id,
            &body,
        );
    }
    json_answer(StatusCode::OK, &json!(results))
}

/// `take`, `untake`, `steal`.
pub(super) async fn take(
    State(ctx): State<Arc<Ctx>>,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let by = match signed_in(&ctx, &headers) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let now = ctx.now();
    let mut state = ctx.tracker();
    let Some(ticket) = state.store.ticket(&id) else {
        return not_found();
    };
    let id = ticket.id;
    let owner = match action.as_str() {
        "take" if ticket.owner != "Nobody" => {
            return json_answer(
                StatusCode::OK,
                &json!(["You can only take tickets that are unowned"]),
            );
        }
        "take" | "steal" => by.clone(),
        "untake" => "Nobody".to_owned(),
        _ => return not_found(),
    };
    let words = state.store.set_field(id, "Owner", &owner, &by, now);
    json_answer(
        StatusCode::OK,
        &json!(words.into_iter().collect::<Vec<_>>()),
    )
}

pub(super) async fn delete(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let by = match signed_in(&ctx, &headers) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let now = ctx.now();
    let mut state = ctx.tracker();
    let Some(id) = state.store.ticket(&id).map(|t| t.id) else {
        return not_found();
    };
    state.store.set_status(id, "deleted", &by, now);
    json_answer(StatusCode::NO_CONTENT, &Value::Null)
}

/// `comment` and `correspond`.
pub(super) async fn message(
    State(ctx): State<Arc<Ctx>>,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let by = match signed_in(&ctx, &headers) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let (kind, word, words) = match action.as_str() {
        "comment" => (Kind::Comment, "comment", "Comments added"),
        "correspond" => (Kind::Correspond, "reply", "Correspondence added"),
        _ => return not_found(),
    };
    let media = header_text(&headers, "content-type")
        .unwrap_or_default()
        .to_owned();
    let sent = if media.starts_with("text/") {
        json!({"Content": String::from_utf8_lossy(&body), "ContentType": media})
    } else {
        match read_object(&body) {
            Ok(sent) => sent,
            Err(refused) => return refused,
        }
    };
    if sent.get("Content").is_some() && sent.get("ContentType").is_none() {
        let words = "ContentType is a required field for application/json";
        return said(StatusCode::BAD_REQUEST, words);
    }
    let messages = match messages(&sent) {
        Ok(messages) => messages,
        Err(refused) => return refused,
    };
    let told = messages
        .iter()
        .find_map(|m| marker(&String::from_utf8_lossy(&m.bytes)));
    let now = ctx.now();
    let mut state = ctx.tracker();
    let Some(id) = state.store.ticket(&id).map(|t| t.id) else {
        return not_found();
    };
    let transaction = state
        .store
        .record(id, kind, &by, now, ("", "", ""), messages);
    if kind == Kind::Correspond {
        state.store.open_inactive(id, now);
    }
    if let Some(status) = loose_text(sent.get("Status")) {
        state.store.set_status(id, &status, &by, now);
    }
    drop(state);
    effect(&ctx, word, told, id, &body);
    let answer = json_answer(StatusCode::CREATED, &json!([words]));
    with_header(
        answer,
        "location",
        &format!("{}/transaction/{transaction}", base(&ctx)),
    )
}
