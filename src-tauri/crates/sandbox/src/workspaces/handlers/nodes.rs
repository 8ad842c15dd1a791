//! Nodes: read, children, upload, change, delete, categories, search, audit.

use crate::core::http::put;
use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde_json::json;

use super::{
    super::{
        SERVICE_USER,
        json::{self as answers, Page, Wanted, zulu},
        node::{self, DOCUMENT, FOLDER, Fresh, Incoming, Node, Refusal, WORKSPACE},
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
                put(
                    results,
                    "metadata",
                    json!({"properties": {"name": {"name": "Name", "type": -1}}}),
                );
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
        categories: node::categories(sent.body.pointer("/roles/categories")),
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
