//! Category values of a node.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{
    super::{SERVICE_USER, json as answers, node::Refusal},
    Sent,
    auth::signed_in,
    effect, failed, ok,
};
use crate::core::{http::Answer, state::Ctx};

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
