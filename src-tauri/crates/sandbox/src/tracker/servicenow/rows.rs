//! Rows: encoded queries, fields, paging by limit and offset with Link headers.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use domain::time::HOUR;
use serde_json::{Map, Value, json};

use super::{
    super::{
        store::Store,
        ticket::{Attachment, Kind},
    },
    by_sys_id, known_table, no_record, row, signed_in, sys_id, time,
};
use crate::{
    core::{
        http::{Answer, Query, json_answer, with_header},
        state::Ctx,
    },
    params::Asked,
};

type Row = Map<String, Value>;

/// The plain value of a member: references count by their value.
fn plain(row: &Row, name: &str) -> String {
    match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(reference)) => reference
            .get("value")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// One condition such as `sys_updated_on>=2026-11-20 21:00:00` or `valueLIKE[pc:`.
fn fits(row: &Row, condition: &str) -> Option<bool> {
    for operator in [
        "NOT LIKE",
        "STARTSWITH",
        "LIKE",
        "IN",
        "!=",
        ">=",
        "<=",
        ">",
        "<",
        "=",
    ] {
        let Some(at) = condition.find(operator) else {
            continue;
        };
        let (name, rest) = condition.split_at(at);
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        {
            continue;
        }
        let wanted = rest.strip_prefix(operator)?;
        let own = plain(row, name);
        return Some(match operator {
            "NOT LIKE" => !own.contains(wanted),
            "STARTSWITH" => own.starts_with(wanted),
            "LIKE" => own.contains(wanted),
            "IN" => wanted.split(',').any(|w| w == own),
            "!=" => own != wanted,
            ">=" => own.as_str() >= wanted,
            "<=" => own.as_str() <= wanted,
            ">" => own.as_str() > wanted,
            "<" => own.as_str() < wanted,
            _ => own == wanted,
        });
    }
    None
}

/// Applies `sysparm_query`; what cannot be read is left out, as the real server does.
fn selected(mut rows: Vec<Row>, query: &str) -> Vec<Row> {
    let parts: Vec<&str> = query.split('^').filter(|p| !p.is_empty()).collect();
    rows.retain(|row| {
        parts
            .iter()
            .filter(|p| !p.starts_with("ORDERBY"))
            .all(|p| fits(row, p).unwrap_or(true))
    });
    for part in parts.iter().rev() {
        if let Some(name) = part.strip_prefix("ORDERBYDESC") {
            rows.sort_by_key(|r| std::cmp::Reverse(plain(r, name)));
        } else if let Some(name) = part.strip_prefix("ORDERBY") {
            rows.sort_by_key(|r| plain(r, name));
        }
    }
    rows
}

fn shaped(mut row: Row, query: &Query) -> Value {
    if query.flag("sysparm_exclude_reference_link") {
        for value in row.values_mut() {
            if let Some(inner) = value.get("value").cloned() {
                *value = json!({ "value": inner });
            }
        }
    }
    if let Some(fields) = query.text("sysparm_fields") {
        let fields: Vec<&str> = fields.split(',').map(str::trim).collect();
        row.retain(|name, _| fields.contains(&name.as_str()));
    }
    Value::Object(row)
}

/// Journal entries of one ticket, or of every ticket.
fn journal(store: &Store, of: Option<&str>) -> Vec<Row> {
    let mut rows = Vec::new();
    let wanted = |id| of.is_none_or(|of| sys_id("incident", id) == of);
    for ticket in store.tickets.values().filter(|t| wanted(t.id)) {
        for entry in &ticket.history {
            let element = match entry.kind {
                Kind::Comment => "work_notes",
                Kind::Correspond => "comments",
                _ => continue,
            };
            let row = json!({
                "sys_id": sys_id("journal", entry.id), "element_id": sys_id("incident", ticket.id),
                "element": element, "name": "incident", "value": store.text(entry),
                "sys_created_on": time(entry.created_at), "sys_created_by": entry.creator,
            });
            if let Value::Object(row) = row {
                rows.push(row);
            }
        }
    }
    rows
}

fn service_levels(store: &Store) -> Vec<Row> {
    let mut rows = Vec::new();
    for ticket in store.tickets.values() {
        let done = matches!(ticket.status.as_str(), "resolved" | "rejected");
        let row = json!({
            "sys_id": sys_id("sla", ticket.id),
            "task": {"link": "", "value": sys_id("incident", ticket.id)},
            "sla": {"link": "", "value": "resolution"},
            "stage": if done { "completed" } else { "in_progress" },
            "planned_end_time": time(ticket.created_at.plus(48 * HOUR)),
            "has_breached": (!done && ticket.updated_at.since(ticket.created_at) > 48 * HOUR).to_string(),
        });
        if let Value::Object(row) = row {
            rows.push(row);
        }
    }
    rows
}

/// The rows of a table that `sysparm_query` asks for, in its order.
fn chosen(ctx: &Ctx, table: &str, query: &Query) -> Result<Vec<Row>, Answer> {
    let asked = query.get("sysparm_query").unwrap_or_default();
    let state = ctx.tracker();
    let store = &state.store;
    let rows: Vec<Row> = match table {
        "sys_journal_field" => {
            let of = asked.split('^').find_map(|p| p.strip_prefix("element_id="));
            journal(store, of)
        }
        "sys_attachment" => files(store),
        "task_sla" => service_levels(store),
        other => {
            known_table(other)?;
            let tickets = store.tickets.values();
            tickets.map(|t| row(ctx, store, t)).collect()
        }
    };
    Ok(selected(rows, asked))
}

/// `GET /api/now/stats/{table}?sysparm_count=true`: how many rows there are, as text.
pub(super) async fn count(
    State(ctx): State<Arc<Ctx>>,
    Path(table): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    match chosen(&ctx, &table, &query) {
        Ok(rows) => {
            let stats = json!({ "count": rows.len().to_string() });
            json_answer(StatusCode::OK, &json!({ "result": { "stats": stats } }))
        }
        Err(refused) => refused,
    }
}

pub(super) async fn list(
    State(ctx): State<Arc<Ctx>>,
    Path(table): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let rows = match chosen(&ctx, &table, &query) {
        Ok(rows) => rows,
        Err(refused) => return refused,
    };
    let total = rows.len();
    let limit = query.count("sysparm_limit", 10_000).clamp(1, 10_000);
    let offset = query.count("sysparm_offset", 0);
    let page: Vec<Value> = rows
        .into_iter()
        .skip(offset)
        .take(limit)
        .map(|r| shaped(r, &query))
        .collect();
    let base = format!("{}/tracker/api/now/table/{table}", ctx.base_url());
    let link = |offset: usize, word: &str| {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in query.pairs().filter(|(n, _)| *n != "sysparm_offset") {
            pairs.append_pair(name, value);
        }
        pairs.append_pair("sysparm_offset", &offset.to_string());
        format!("<{base}?{}>;rel=\"{word}\"", pairs.finish())
    };
    let mut links = vec![link(0, "first")];
    if offset > 0 {
        links.push(link(offset.saturating_sub(limit), "prev"));
    }
    if offset + limit < total {
        links.push(link(offset + limit, "next"));
    }
    links.push(link(total.saturating_sub(1) / limit * limit, "last"));
    let answer = json_answer(StatusCode::OK, &json!({ "result": page }));
    with_header(
        with_header(answer, "x-total-count", &total.to_string()),
        "link",
        &links.join(","),
    )
}

pub(super) async fn read(
    State(ctx): State<Arc<Ctx>>,
    Path((table, id)): Path<(String, String)>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers).and_then(|_| known_table(&table)) {
        return refused;
    }
    let state = ctx.tracker();
    by_sys_id(&state.store, &id).map_or_else(no_record, |ticket| {
        let shown = shaped(row(&ctx, &state.store, ticket), &query);
        json_answer(StatusCode::OK, &json!({ "result": shown }))
    })
}

/// An attachment as the attachment API and its table show it.
pub(super) fn attachment(ticket: u64, found: &Attachment) -> Row {
    let shown = json!({
        "sys_id": sys_id("attachment", found.id), "file_name": found.file_name,
        "content_type": found.media_type, "size_bytes": found.bytes.len().to_string(),
        "table_name": "incident", "table_sys_id": sys_id("incident", ticket),
        "sys_created_on": time(found.created_at), "sys_created_by": found.creator,
    });
    match shown {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// The files of all tickets: what has a name.
fn files(store: &Store) -> Vec<Row> {
    let mut rows = Vec::new();
    for ticket in store.tickets.values() {
        let attachments = ticket.history.iter().flat_map(|t| &t.attachments);
        let found = attachments.filter_map(|a| store.attachments.get(a));
        let named = found.filter(|a| !a.file_name.is_empty());
        rows.extend(named.map(|a| attachment(ticket.id, a)));
    }
    rows
}

pub(super) async fn attachments(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    match chosen(&ctx, "sys_attachment", &query) {
        Ok(rows) => json_answer(StatusCode::OK, &json!({ "result": rows })),
        Err(refused) => refused,
    }
}
