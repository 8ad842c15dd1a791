//! Nodes: read, children, upload, change, delete, categories, search, audit.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde_json::{Value, json};

use super::{
    super::{
        SERVICE_USER,
        json::{self as answers, Page, Wanted, zulu},
        search as index,
        store::{self, DOCUMENT, FOLDER, Fresh, Incoming, Node, Refusal, WORKSPACE},
    },
    Sent,
    auth::signed_in,
    effect, failed, ok,
};
use crate::{
    core::{
        http::{Answer, Query, json_answer},
        state::Ctx,
    },
    params::Asked,
};

pub(super) async fn read(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.workspaces();
    match state.store.node(&id) {
        Ok(node) => {
            let wanted = Wanted::read(query.all("fields"));
            let mut body = answers::single(answers::data(&state.store, node, &wanted, zulu));
            if query.flag("metadata")
                && let Some(results) = body.get_mut("results")
            {
                results["metadata"] = json!({"properties": {"name": {"name": "Name", "type": -1}}});
            }
            ok(&body)
        }
        Err(refusal) => failed(&refusal),
    }
}

fn kind_fits(node: &Node, wanted: &str) -> bool {
    match wanted {
        "-1" => node.is_container(),
        "-2" => matches!(node.subtype, FOLDER | DOCUMENT | WORKSPACE),
        "-3" => !node.is_container(),
        number => number.parse::<i64>().is_ok_and(|n| n == node.subtype),
    }
}

pub(super) async fn children(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.workspaces();
    let parent = match state.store.node(&id) {
        Ok(parent) => parent.id,
        Err(refusal) => return failed(&refusal),
    };
    let kinds: Vec<&str> = query.all("where_type").filter(|t| !t.is_empty()).collect();
    let name = query.text("where_name").map(str::to_lowercase);
    let mut found: Vec<&Node> = state
        .store
        .children(parent)
        .filter(|n| kinds.is_empty() || kinds.iter().any(|k| kind_fits(n, k)))
        .filter(|n| {
            name.as_deref().is_none_or(|wanted| {
                let own = n.name.to_lowercase();
                match wanted.strip_prefix("contains_") {
                    Some(part) => own.contains(part),
                    None => own == wanted,
                }
            })
        })
        .collect();
    match query.text("sort") {
        Some("asc_name") => found.sort_by(|a, b| a.name.cmp(&b.name)),
        Some("desc_name") => found.sort_by(|a, b| b.name.cmp(&a.name)),
        Some("desc_modify_date") => found.sort_by_key(|n| std::cmp::Reverse((n.modified_at, n.id))),
        _ => found.sort_by_key(|n| n.id),
    }
    let page = Page {
        limit: query.count("limit", 25).clamp(1, 500),
        page: query.count("page", 1).max(1),
        total: found.len(),
    };
    let wanted = Wanted::read(query.all("fields"));
    let results = found
        .iter()
        .skip(page.start())
        .take(page.limit)
        .map(|n| answers::data(&state.store, n, &wanted, zulu))
        .collect();
    ok(&answers::collection(
        results,
        page,
        &format!("/api/v2/nodes/{id}/nodes"),
    ))
}

/// Creates a folder (form) or uploads a document (multipart with `body` and `file`).
pub(super) async fn create(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let mut sent = Sent::read(&headers, body).await;
    let subtype = sent
        .text("type")
        .and_then(|t| t.parse::<i64>().ok())
        .unwrap_or(DOCUMENT);
    let file: Option<Incoming> = sent.files.remove("file");
    let parent = sent
        .text("parent_id")
        .and_then(|p| p.parse().ok())
        .unwrap_or_default();
    let name = sent
        .text("name")
        .or_else(|| file.as_ref().map(|f| f.file_name.clone()))
        .unwrap_or_default();
    if subtype == DOCUMENT && file.is_none() {
        return failed(&Refusal(400, "A file is required.".into()));
    }
    if subtype != DOCUMENT && subtype != FOLDER {
        return failed(&Refusal(400, "The type cannot be created here.".into()));
    }
    let fresh = Fresh {
        parent,
        name: name.clone(),
        subtype,
        description: sent.text("description").unwrap_or_default(),
        categories: store::categories(sent.body.pointer("/roles/categories")),
        ..Fresh::default()
    };
    let now = ctx.now();
    let mut state = ctx.workspaces();
    let made = state.store.create(fresh, SERVICE_USER, now).and_then(|id| {
        if let Some(file) = file.clone() {
            state
                .store
                .add_version(&id.to_string(), file, String::new(), SERVICE_USER, now)?;
        }
        Ok(id)
    });
    let answer = made.and_then(|id| {
        let node = state.store.node(&id.to_string())?;
        let wanted = Wanted::read(["properties", "versions"].into_iter());
        Ok((
            id,
            answers::single(answers::data(&state.store, node, &wanted, zulu)),
        ))
    });
    drop(state);
    match answer {
        Ok((id, shown)) => {
            if let Some(file) = file {
                effect(
                    &ctx,
                    "upload",
                    format!("{parent}/{name}"),
                    id.to_string(),
                    &file.bytes,
                );
            }
            json_answer(StatusCode::OK, &shown)
        }
        Err(refusal) => failed(&refusal),
    }
}

/// Rename, move, describe, check out and in.
pub(super) async fn change(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let sent = Sent::read(&headers, body).await;
    let now = ctx.now();
    let mut state = ctx.workspaces();
    let store = &mut state.store;
    let parent = sent.text("parent_id").and_then(|p| p.parse().ok());
    let name = sent.text("name");
    let mut done = store.node(&id).map(|_| ());
    if done.is_ok() && (parent.is_some() || name.is_some()) {
        done = store.move_to(&id, parent, name, SERVICE_USER, now);
    }
    if let (Ok(()), Ok(node)) = (&done, store.node_mut(&id)) {
        if let Some(description) = sent.text("description") {
            node.description = description;
            node.modified_at = now;
        }
        match sent
            .field("reserved_user_id")
            .or(sent.text("reserved_user_id").as_deref())
        {
            Some("" | "null") => node.reserved = None,
            Some(user) => {
                let user = user.parse().unwrap_or(SERVICE_USER);
                if node.reserved.is_some_and(|(who, _)| who != user) {
                    done = Err(Refusal(400, "The item is reserved by another user.".into()));
                } else {
                    node.reserved = Some((user, now));
                }
            }
            None => {}
        }
    }
    match done.and_then(|()| store.node(&id)) {
        Ok(node) => ok(&answers::single(answers::data(
            store,
            node,
            &Wanted::read(["properties"].into_iter()),
            zulu,
        ))),
        Err(refusal) => failed(&refusal),
    }
}

pub(super) async fn delete(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let done = ctx.workspaces().store.delete(&id);
    match done {
        Ok(()) => ok(&answers::single(json!({}))),
        Err(refusal) => failed(&refusal),
    }
}

fn category_json(category: &str, values: &serde_json::Map<String, Value>) -> Value {
    json!({
        "data": {"categories": values},
        "metadata": {"categories": {category: {"name": category}}},
        "metadata_order": {"categories": [category]},
    })
}

pub(super) async fn categories(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.workspaces();
    match state.store.node(&id) {
        Ok(node) => {
            let all: Vec<Value> = node
                .categories
                .iter()
                .map(|(c, values)| category_json(c, values))
                .collect();
            ok(&answers::single(all.into()))
        }
        Err(refusal) => failed(&refusal),
    }
}

pub(super) async fn category(
    State(ctx): State<Arc<Ctx>>,
    Path((id, category)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.workspaces();
    match state.store.node(&id) {
        Ok(node) => node.categories.get(&category).map_or_else(
            || {
                failed(&Refusal(
                    404,
                    format!("Category {category} is not assigned."),
                ))
            },
            |values| ok(&answers::single(category_json(&category, values))),
        ),
        Err(refusal) => failed(&refusal),
    }
}

async fn put_values(
    ctx: &Ctx,
    id: &str,
    category: Option<String>,
    headers: &HeaderMap,
    body: Bytes,
) -> Answer {
    if let Err(refused) = signed_in(ctx, headers) {
        return refused;
    }
    let sent = Sent::read(headers, body.clone()).await;
    let must_exist = category.is_some();
    let Some(category) = category.or_else(|| sent.text("category_id")) else {
        return failed(&Refusal(400, "category_id is required.".into()));
    };
    let values = sent.attributes(&category);
    let now = ctx.now();
    let done =
        ctx.workspaces()
            .store
            .set_category(id, &category, values, must_exist, SERVICE_USER, now);
    match done {
        Ok(()) => {
            effect(
                ctx,
                "set_categories",
                format!("{id}/{category}"),
                id.to_owned(),
                &body,
            );
            ok(&answers::single(json!({})))
        }
        Err(refusal) => failed(&refusal),
    }
}

pub(super) async fn add_category(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    put_values(&ctx, &id, None, &headers, body).await
}

pub(super) async fn set_category(
    State(ctx): State<Arc<Ctx>>,
    Path((id, category)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    put_values(&ctx, &id, Some(category), &headers, body).await
}

pub(super) async fn remove_category(
    State(ctx): State<Arc<Ctx>>,
    Path((id, category)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let now = ctx.now();
    let mut state = ctx.workspaces();
    match state.store.node_mut(&id) {
        Ok(node) => {
            node.categories.remove(&category);
            node.modified_at = now;
            ok(&answers::single(json!({})))
        }
        Err(refusal) => failed(&refusal),
    }
}

/// Inheritance is accepted; new items take what they are given, as the console always names its values.
pub(super) async fn inherit(
    State(ctx): State<Arc<Ctx>>,
    Path((id, _category)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    match ctx.workspaces().store.node(&id) {
        Ok(_) => ok(&answers::single(json!({}))),
        Err(refusal) => failed(&refusal),
    }
}

pub(super) async fn search(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let sent = Sent::read(&headers, body).await;
    let Some(query) = sent.text("where") else {
        return failed(&Refusal(400, "where is required.".into()));
    };
    let locations: Vec<u64> = sent
        .fields
        .iter()
        .filter(|(name, _)| name.starts_with("location_id"))
        .filter_map(|(_, value)| value.parse().ok())
        .collect();
    let number = |name: &str, fallback: usize| {
        sent.text(name)
            .and_then(|t| t.parse::<usize>().ok())
            .unwrap_or(fallback)
    };
    let state = ctx.workspaces();
    let sort = sent.text("sort").unwrap_or_default();
    let found = index::run(&state.store, &query, &locations, &sort);
    let page = Page {
        limit: number("limit", 100).clamp(1, 100),
        page: number("page", 1).max(1),
        total: found.len(),
    };
    let wanted = Wanted::read(["properties", "versions", "categories"].into_iter());
    let results = found
        .iter()
        .skip(page.start())
        .take(page.limit)
        .map(|n| {
            let mut item = answers::data(&state.store, n, &wanted, zulu);
            let path: Vec<String> = state
                .store
                .path(n.id)
                .iter()
                .map(ToString::to_string)
                .collect();
            if let Some(data) = item.get_mut("data") {
                data["regions"] = json!({"OTName": n.name, "OTLocation": path.join(" ")});
            }
            item["search_result_metadata"] = json!({"current_version": true, "result_type": "264"});
            item
        })
        .collect();
    ok(&answers::collection(results, page, "/api/v2/search"))
}

pub(super) async fn audit(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.workspaces();
    let node = match state.store.node(&id) {
        Ok(node) => node,
        Err(refusal) => return failed(&refusal),
    };
    let day = |at: domain::Millis| at.0.div_euclid(domain::time::DAY);
    let mut found: Vec<_> = node
        .audit
        .iter()
        .filter(|a| {
            query
                .number("where_type")
                .is_none_or(|t| u64::try_from(t) == Ok(a.event))
        })
        .filter(|a| {
            query
                .time("where_audit_date_start")
                .is_none_or(|t| day(a.at) >= day(t))
        })
        .filter(|a| {
            query
                .time("where_audit_date_end")
                .is_none_or(|t| day(a.at) <= day(t))
        })
        .collect();
    if query.text("sort") != Some("asc_audit_date") {
        found.reverse();
    }
    let page = Page {
        limit: query.count("limit", 100).clamp(1, 500),
        page: query.count("page", 1).max(1),
        total: found.len(),
    };
    let entries: Vec<Value> = found
        .iter()
        .skip(page.start())
        .take(page.limit)
        .map(|a| {
            json!({
                "id": node.id, "event_type": a.event, "audit_name": a.name,
                "audit_date": zulu(a.at), "user_id": a.user, "target_user_id": null,
            })
        })
        .collect();
    let mut body = answers::collection(Vec::new(), page, &format!("/api/v2/nodes/{id}/audit"));
    body["results"] = json!({"data": {"audit": entries, "audit_event_types": [
        {"id": 1, "name": "Create"}, {"id": 2, "name": "Version Added"}, {"id": 10, "name": "Attribute Value Changed"},
    ]}});
    ok(&body)
}
