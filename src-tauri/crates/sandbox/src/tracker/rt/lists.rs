//! Lists: search, history, attachments, queues; and the single records below a ticket.

use crate::core::http::put;
use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    super::{
        sql,
        ticket::{Attachment, QUEUES, Ticket, Transaction, queue as queue_of},
    },
    base, custom_fields, not_found, said, signed_in, time, uid,
};
use crate::{
    core::{
        http::{Answer, Query, json_answer},
        state::Ctx,
    },
    params::Asked,
};

/// At most this many a page, whatever is asked.
const MOST: usize = 100;

fn paged(
    ctx: &Ctx,
    query: &Query,
    path: &str,
    total: usize,
    item: impl Fn(usize) -> Value,
) -> Answer {
    let per_page = match query.count("per_page", 20) {
        0 => 20,
        n => n.min(MOST),
    };
    let page = query.count("page", 1).max(1);
    let start = (page - 1).saturating_mul(per_page);
    let items: Vec<Value> = (start..total.min(start.saturating_add(per_page)))
        .map(item)
        .collect();
    let pages = total.div_ceil(per_page);
    let mut body = json!({
        "count": items.len(), "total": total, "per_page": per_page, "page": page,
        // As the real one: it rounds up with a division, which leaves a float where there is nothing.
        "pages": if pages == 0 { json!(0.0) } else { json!(pages) },
        "items": items,
    });
    let link = |page: usize| {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in query.pairs().filter(|(n, _)| *n != "page") {
            pairs.append_pair(name, value);
        }
        pairs.append_pair("page", &page.to_string());
        json!(format!("{}{path}?{}", base(ctx), pairs.finish()))
    };
    if page < pages {
        put(&mut body, "next_page", link(page + 1));
    }
    if page > 1 {
        put(&mut body, "prev_page", link((page - 1).min(pages.max(1))));
    }
    json_answer(StatusCode::OK, &body)
}

/// Fields asked for, besides type, id and address.
fn fields(query: &Query) -> Vec<String> {
    query
        .get("fields")
        .map(|f| f.split(',').map(str::to_owned).collect())
        .unwrap_or_default()
}

/// Whether `fields[Queue]=Name` and the like is asked.
fn sub_field(query: &Query, field: &str, name: &str) -> bool {
    let key = format!("fields[{field}]");
    query
        .get(&key)
        .is_some_and(|f| f.split(',').any(|n| n == name))
}

fn ticket_item(ctx: &Ctx, ticket: &Ticket, query: &Query) -> Value {
    let mut item = uid(ctx, "ticket", &ticket.id.to_string());
    for field in fields(query) {
        let value = match field.as_str() {
            "Subject" => json!(ticket.subject),
            "Status" => json!(ticket.status),
            "Priority" => json!(ticket.priority.to_string()),
            "Created" => time(Some(ticket.created_at)),
            "LastUpdated" => time(Some(ticket.updated_at)),
            "Due" => time(ticket.due_at),
            "CustomFields" => custom_fields(ctx, ticket),
            "Queue" => {
                let mut queue = uid(ctx, "queue", &ticket.queue.to_string());
                if sub_field(query, "Queue", "Name") {
                    put(&mut queue, "Name", json!(ticket.queue_name()));
                }
                queue
            }
            "Owner" => {
                let mut owner = uid(ctx, "user", &ticket.owner);
                if sub_field(query, "Owner", "Name") {
                    put(&mut owner, "Name", json!(ticket.owner));
                }
                owner
            }
            "Requestor" => json!([uid(ctx, "user", &ticket.requestor)]),
            _ => json!(""),
        };
        put(&mut item, field.as_str(), value);
    }
    item
}

fn found(ctx: &Ctx, query: &Query, text: &str) -> Answer {
    let parsed = match sql::parse(text) {
        Ok(parsed) => parsed,
        Err(words) => return said(StatusCode::BAD_REQUEST, &words),
    };
    let state = ctx.tracker();
    let mut tickets: Vec<&Ticket> = state
        .store
        .tickets
        .values()
        .filter(|t| t.status != "deleted" && sql::answers(&state.store, t, &parsed))
        .collect();
    match query.text("orderby") {
        Some("LastUpdated") => tickets.sort_by_key(|t| (t.updated_at.0.div_euclid(1_000), t.id)),
        Some("Created") => tickets.sort_by_key(|t| (t.created_at.0.div_euclid(1_000), t.id)),
        Some("Subject") => tickets.sort_by(|a, b| a.subject.cmp(&b.subject)),
        _ => {}
    }
    if query
        .get("order")
        .is_some_and(|o| o.eq_ignore_ascii_case("DESC"))
    {
        tickets.reverse();
    }
    paged(ctx, query, "/tickets", tickets.len(), |i| {
        tickets
            .get(i)
            .map_or(Value::Null, |t| ticket_item(ctx, t, query))
    })
}

pub(super) async fn search(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let text = query.get("query").unwrap_or_default().to_owned();
    found(&ctx, &query, &text)
}

pub(super) async fn search_posted(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    query: Query,
    body: Bytes,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let form = Query::read(&String::from_utf8_lossy(&body));
    let text = form
        .get("query")
        .or(query.get("query"))
        .unwrap_or_default()
        .to_owned();
    found(&ctx, &query, &text)
}

fn transaction_links(ctx: &Ctx, transaction: &Transaction) -> Vec<Value> {
    let mut links = vec![json!({
        "ref": "self", "type": "transaction", "id": transaction.id,
        "_url": format!("{}/transaction/{}", base(ctx), transaction.id),
    })];
    for id in &transaction.attachments {
        links.push(json!({"ref": "attachment", "_url": format!("{}/attachment/{id}", base(ctx))}));
    }
    links
}

fn transaction_item(ctx: &Ctx, ticket: &Ticket, transaction: &Transaction, query: &Query) -> Value {
    let mut item = uid(ctx, "transaction", &transaction.id.to_string());
    for field in fields(query) {
        let value = match field.as_str() {
            "_hyperlinks" => json!(transaction_links(ctx, transaction)),
            name => full_transaction(ctx, ticket, transaction)
                .get(name)
                .cloned()
                .unwrap_or_else(|| json!("")),
        };
        put(&mut item, field.as_str(), value);
    }
    item
}

fn full_transaction(ctx: &Ctx, ticket: &Ticket, transaction: &Transaction) -> Value {
    json!({
        "id": transaction.id, "Type": transaction.kind.word(), "Field": transaction.field,
        "OldValue": transaction.old, "NewValue": transaction.new, "Data": "", "TimeTaken": "0",
        "Creator": uid(ctx, "user", &transaction.creator), "Created": time(Some(transaction.created_at)),
        "Object": uid(ctx, "ticket", &ticket.id.to_string()), "CustomFields": [],
        "_hyperlinks": transaction_links(ctx, transaction),
    })
}

fn attachment_item(ctx: &Ctx, attachment: &Attachment, query: &Query) -> Value {
    let mut item = uid(ctx, "attachment", &attachment.id.to_string());
    for field in fields(query) {
        put(
            &mut item,
            field.as_str(),
            match field.as_str() {
                "ContentType" => json!(attachment.media_type),
                "Filename" => json!(attachment.file_name),
                "ContentLength" => json!(attachment.bytes.len()),
                "TransactionId" => uid(ctx, "transaction", &attachment.transaction.to_string()),
                "Created" => time(Some(attachment.created_at)),
                "Creator" => uid(ctx, "user", &attachment.creator),
                _ => json!(""),
            },
        );
    }
    item
}

/// `history` and `attachments` of a ticket.
pub(super) async fn of_ticket(
    State(ctx): State<Arc<Ctx>>,
    Path((id, what)): Path<(String, String)>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.tracker();
    let Some(ticket) = state.store.ticket(&id) else {
        return not_found();
    };
    let newest_first = query
        .get("order")
        .is_some_and(|o| o.eq_ignore_ascii_case("DESC"));
    let path = format!("/ticket/{id}/{what}");
    match what.as_str() {
        "history" => {
            let mut all: Vec<&Transaction> = ticket.history.iter().collect();
            if newest_first {
                all.reverse();
            }
            paged(&ctx, &query, &path, all.len(), |i| {
                all.get(i)
                    .map_or(Value::Null, |t| transaction_item(&ctx, ticket, t, &query))
            })
        }
        "attachments" => {
            let all: Vec<&Attachment> = ticket
                .history
                .iter()
                .flat_map(|t| &t.attachments)
                .filter_map(|a| state.store.attachments.get(a))
                .collect();
            paged(&ctx, &query, &path, all.len(), |i| {
                all.get(i)
                    .map_or(Value::Null, |a| attachment_item(&ctx, a, &query))
            })
        }
        _ => not_found(),
    }
}

pub(super) async fn transaction(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.tracker();
    match state.store.transaction(&id) {
        Some((ticket, found)) => {
            json_answer(StatusCode::OK, &full_transaction(&ctx, ticket, found))
        }
        None => not_found(),
    }
}

pub(super) async fn of_transaction(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.tracker();
    let Some((_, found)) = state.store.transaction(&id) else {
        return not_found();
    };
    let all: Vec<&Attachment> = found
        .attachments
        .iter()
        .filter_map(|a| state.store.attachments.get(a))
        .collect();
    paged(
        &ctx,
        &query,
        &format!("/transaction/{id}/attachments"),
        all.len(),
        |i| {
            all.get(i)
                .map_or(Value::Null, |a| attachment_item(&ctx, a, &query))
        },
    )
}

/// Base64 in lines of 76, as MIME::Base64 writes it.
fn wrapped(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = String::with_capacity(text.len() + text.len() / 76 + 1);
    for (i, c) in text.chars().enumerate() {
        if i > 0 && i % 76 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push('\n');
    out
}

pub(super) async fn attachment(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.tracker();
    let found = id
        .parse::<u64>()
        .ok()
        .and_then(|id| state.store.attachments.get(&id));
    let Some(found) = found else {
        return not_found();
    };
    json_answer(
        StatusCode::OK,
        &json!({
            "id": found.id, "ContentType": found.media_type, "Filename": found.file_name,
            "TransactionId": uid(&ctx, "transaction", &found.transaction.to_string()),
            "Creator": uid(&ctx, "user", &found.creator), "Created": time(Some(found.created_at)),
            "Parent": uid(&ctx, "attachment", "0"), "Subject": "", "Headers": "",
            "Content": wrapped(&found.bytes), "_hyperlinks": [],
        }),
    )
}

fn queue_item(ctx: &Ctx, id: u64, name: &str) -> Value {
    let mut item = uid(ctx, "queue", &id.to_string());
    put(&mut item, "Name", json!(name));
    item
}

pub(super) async fn queues(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let named = fields(&query).iter().any(|f| f == "Name");
    paged(&ctx, &query, "/queues/all", QUEUES.len(), |i| {
        QUEUES.get(i).map_or(Value::Null, |(id, name)| {
            if named {
                queue_item(&ctx, *id, name)
            } else {
                uid(&ctx, "queue", &id.to_string())
            }
        })
    })
}

pub(super) async fn queue(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    match queue_of(&id) {
        Some((id, name)) => json_answer(
            StatusCode::OK,
            &json!({"id": id, "Name": name, "Lifecycle": "default", "Disabled": "0", "_hyperlinks": []}),
        ),
        None => not_found(),
    }
}
