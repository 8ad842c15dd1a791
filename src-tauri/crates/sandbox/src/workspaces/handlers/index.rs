//! What is asked across nodes and time: search and audit.

use crate::core::http::put;
use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{
    super::{
        json::{self as answers, Page, Wanted, zulu},
        node::Refusal,
        search as index,
    },
    Sent,
    auth::signed_in,
    failed, ok,
};
use crate::{
    core::{
        http::{Answer, Query},
        state::Ctx,
    },
    params::Asked,
};

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
                put(
                    data,
                    "regions",
                    json!({"OTName": n.name, "OTLocation": path.join(" ")}),
                );
            }
            put(
                &mut item,
                "search_result_metadata",
                json!({"current_version": true, "result_type": "264"}),
            );
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
    put(
        &mut body,
        "results",
        json!({"data": {"audit": entries, "audit_event_types": [
            {"id": 1, "name": "Create"}, {"id": 2, "name": "Version Added"}, {"id": 10, "name": "Attribute Value Changed"},
        ]}}),
    );
    ok(&body)
}
