//! Versions and bytes, in the first and second API.

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
        json::{self as answers, Page},
        node::{Node, Refusal, Version},
    },
    Sent,
    auth::signed_in,
    effect, failed, ok,
};
use crate::core::{
    http::{Answer, bytes_answer, with_header},
    state::Ctx,
};

pub(super) async fn list(
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
            let results: Vec<Value> = node
                .versions
                .iter()
                .map(|v| json!({"data": {"versions": answers::version(node, v)}}))
                .collect();
            let page = Page {
                limit: results.len().max(1),
                page: 1,
                total: results.len(),
            };
            ok(&answers::collection(
                results,
                page,
                &format!("/api/v2/nodes/{id}/versions"),
            ))
        }
        Err(refusal) => failed(&refusal),
    }
}

pub(super) async fn add(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let mut sent = Sent::read(&headers, body).await;
    let Some(file) = sent.files.remove("file") else {
        return failed(&Refusal(400, "A file is required.".into()));
    };
    let description = sent.text("description").unwrap_or_default();
    let now = ctx.now();
    let bytes = file.bytes.clone();
    let mut state = ctx.workspaces();
    let made = state
        .store
        .add_version(&id, file, description, SERVICE_USER, now);
    let answer = made.and_then(|number| {
        let node = state.store.node(&id)?;
        let version = node.latest().map(|v| answers::version(node, v));
        Ok((
            number,
            answers::single(json!({"data": {"versions": version}})),
        ))
    });
    drop(state);
    match answer {
        Ok((number, shown)) => {
            effect(&ctx, "add_version", format!("{id}@{number}"), id, &bytes);
            ok(&shown)
        }
        Err(refusal) => failed(&refusal),
    }
}

/// A version by number, or `latest`.
fn pick<'a>(node: &'a Node, version: &str) -> Result<&'a Version, Refusal> {
    if version == "latest" {
        node.latest()
    } else {
        node.versions
            .iter()
            .find(|v| v.number.to_string() == version)
    }
    .ok_or_else(|| Refusal(404, format!("Version {version} does not exist.")))
}

/// `GET /v1/nodes/{id}/versions/{n}`: the first API has its data at the top.
pub(super) async fn number(
    State(ctx): State<Arc<Ctx>>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.workspaces();
    let found = state
        .store
        .node(&id)
        .and_then(|n| pick(n, &version).map(|v| (n, v)));
    match found {
        Ok((node, version)) => ok(&json!({"data": answers::version(node, version)})),
        Err(refusal) => failed(&refusal),
    }
}

pub(super) async fn latest_content(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    bytes_of(&ctx, &id, "latest", &headers)
}

pub(super) async fn content(
    State(ctx): State<Arc<Ctx>>,
    Path((id, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    bytes_of(&ctx, &id, &version, &headers)
}

fn bytes_of(ctx: &Ctx, id: &str, version: &str, headers: &HeaderMap) -> Answer {
    if let Err(refused) = signed_in(ctx, headers) {
        return refused;
    }
    let state = ctx.workspaces();
    match state.store.node(id).and_then(|n| pick(n, version)) {
        Ok(found) => {
            let answer = bytes_answer(StatusCode::OK, &found.media_type, found.bytes.clone());
            let plain: String = found
                .file_name
                .chars()
                .map(|c| if c.is_ascii() && c != '"' { c } else { '_' })
                .collect();
            with_header(
                answer,
                "content-disposition",
                &format!("attachment; filename=\"{plain}\""),
            )
        }
        Err(refusal) => failed(&refusal),
    }
}
