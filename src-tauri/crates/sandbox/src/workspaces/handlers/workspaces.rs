//! Business workspaces: types, find, create, by business object.

use crate::core::http::put;
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
        json::{self as answers, Page, Wanted, naked},
        model,
        node::{self, BusinessObject, Fresh, Node, Refusal, WORKSPACE},
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

const PATH: &str = "/api/v2/businessworkspaces";

pub(super) async fn types(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, query: Query) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let results: Vec<Value> = model::TYPES
        .iter()
        .map(|t| {
            let mut data = json!({"properties": {
                "wksp_type_id": t.id, "wksp_type_name": t.name,
                "wksp_type_names": {"en": t.name, "de": t.name}, "config_node_id": 30_000 + t.id,
                "wksp_creation": {"location": "StaticNodeId", "location_value": t.location.to_string()},
                "wksp_creation_enabled": true,
            }});
            if query.flag("expand_templates")
                && let Some(properties) = data.get_mut("properties")
            {
                put(properties, "templates", json!([{"id": t.template, "name": t.name, "subtype": WORKSPACE}]));
            }
            if query.flag("expand_wksp_info") {
                put(&mut data, "wksp_info", json!({"in_use": true, "indexing_status": "UpToDate"}));
            }
            json!({ "data": data })
        })
        .collect();
    ok(&answers::single(results.into()))
}

/// A type by id, in the short form of the first version of the interface.
pub(super) async fn one_type(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    match id.parse().ok().and_then(model::workspace_type) {
        Some(kind) => ok(&json!({
            "icon_url": null, "is_policies_enabled": false, "workspace_type": kind.name,
        })),
        None => failed(&Refusal(404, format!("There is no workspace type {id}."))),
    }
}

fn named(filter: Option<&str>, name: &str) -> bool {
    let Some(filter) = filter else {
        return true;
    };
    let name = name.to_lowercase();
    let filter = filter.to_lowercase();
    if let Some(part) = filter.strip_prefix("contains_") {
        name.contains(part)
    } else if let Some(start) = filter.strip_prefix("startswith_") {
        name.starts_with(start)
    } else {
        name == filter
    }
}

fn object_fits(node: &Node, query: &Query) -> bool {
    let part = |name: &str, of: fn(&BusinessObject) -> &str| {
        query.text(name).is_none_or(|wanted| {
            node.object
                .as_ref()
                .is_some_and(|o| of(o).eq_ignore_ascii_case(wanted))
        })
    };
    part("where_ext_system_id", |o| &o.system)
        && part("where_bo_type", |o| &o.object_type)
        && part("where_bo_id", |o| &o.object_id)
}

pub(super) async fn find(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, query: Query) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let state = ctx.workspaces();
    let type_name = query
        .text("where_workspace_type_name")
        .map(str::to_lowercase);
    let mut found: Vec<&Node> = state
        .store
        .nodes
        .values()
        .filter(|n| n.type_id.is_some())
        .filter(|n| {
            query
                .text("where_workspace_type_id")
                .is_none_or(|t| n.type_id.is_some_and(|id| id.to_string() == t))
        })
        .filter(|n| {
            // The real call matches the beginning of the type name.
            type_name.as_deref().is_none_or(|t| {
                n.type_id
                    .and_then(model::workspace_type)
                    .is_some_and(|k| k.name.to_lowercase().starts_with(t))
            })
        })
        .filter(|n| named(query.text("where_name"), &n.name) && object_fits(n, &query))
        .collect();
    match query.text("sort") {
        Some("desc_name") => found.sort_by(|a, b| b.name.cmp(&a.name)),
        Some("desc_modify_date") => found.sort_by_key(|n| std::cmp::Reverse((n.modified_at, n.id))),
        Some("asc_modify_date") => found.sort_by_key(|n| (n.modified_at, n.id)),
        _ => found.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    let page = Page {
        limit: query.count("limit", 100).clamp(1, 500),
        page: query.count("page", 1).max(1),
        total: found.len(),
    };
    let wanted = Wanted::read(query.all("fields"));
    let results = found
        .iter()
        .skip(page.start())
        .take(page.limit)
        .map(|n| answers::data(&state.store, n, &wanted, naked))
        .collect();
    ok(&answers::workspaces(results, page, PATH))
}

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
        Ok(node) if node.type_id.is_some() => {
            let wanted = Wanted::read(query.all("fields"));
            ok(&answers::single(answers::data(
                &state.store,
                node,
                &wanted,
                naked,
            )))
        }
        _ => failed(&Refusal::missing(&id)),
    }
}

pub(super) async fn by_object(
    State(ctx): State<Arc<Ctx>>,
    Path((system, object_type, object_id)): Path<(String, String, String)>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let object = BusinessObject {
        system,
        object_type,
        object_id,
    };
    let state = ctx.workspaces();
    let wanted = Wanted::read(query.all("fields"));
    let found = state.store.by_object(&object).next();
    found.map_or_else(
        || {
            failed(&Refusal(
                404,
                "No workspace found for the business object.".into(),
            ))
        },
        |node| {
            ok(&answers::single(answers::data(
                &state.store,
                node,
                &wanted,
                naked,
            )))
        },
    )
}

pub(super) async fn form(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, query: Query) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let template: u64 = query
        .text("template_id")
        .and_then(|t| t.parse().ok())
        .unwrap_or_default();
    let Some(kind) = model::TYPES.iter().find(|t| t.template == template) else {
        return failed(&Refusal(400, "The template does not exist.".into()));
    };
    let category = kind.category;
    ok(&json!({"forms": [
        {"data": {"name": "", "parent_id": query.get("parent_id"), "type": WORKSPACE, "wksp_type_id": kind.id},
         "options": {}, "schema": {"properties": {}, "type": "object"}},
        {"data": {"categories": {category: {format!("{category}_2"): Value::Null}}},
         "options": {}, "schema": {"properties": {}, "type": "object"}},
    ]}))
}

pub(super) async fn create(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let sent = Sent::read(&headers, body.clone()).await;
    let number = |name: &str| sent.text(name).and_then(|t| t.parse::<u64>().ok());
    let template = number("template_id").unwrap_or_default();
    let kind = number("wksp_type_id")
        .and_then(model::workspace_type)
        .or_else(|| model::TYPES.iter().find(|t| t.template == template));
    let Some(kind) = kind else {
        return failed(&Refusal(400, "The workspace type does not exist.".into()));
    };
    let object = match (
        sent.text("ext_system_id"),
        sent.text("bo_type"),
        sent.text("bo_id"),
    ) {
        (Some(system), Some(object_type), Some(object_id)) => Some(BusinessObject {
            system,
            object_type,
            object_id,
        }),
        _ => None,
    };
    let now = ctx.now();
    let mut state = ctx.workspaces();
    if let Some(object) = &object
        && state.store.by_object(object).next().is_some()
    {
        return failed(&Refusal(
            500,
            "A workspace for the business object already exists.".into(),
        ));
    }
    let fresh = Fresh {
        parent: number("parent_id")
            .filter(|p| *p > 0)
            .unwrap_or(kind.location),
        name: sent.text("name").unwrap_or_default(),
        subtype: WORKSPACE,
        description: sent.text("description").unwrap_or_default(),
        categories: node::categories(sent.body.pointer("/roles/categories")),
        type_id: Some(kind.id),
        object: object.clone(),
    };
    let made = state.store.create(fresh, SERVICE_USER, now);
    drop(state);
    match made {
        Ok(id) => {
            let reference = object.map_or_else(
                || sent.text("name").unwrap_or_default(),
                |o| format!("{}/{}/{}", o.system, o.object_type, o.object_id),
            );
            effect(&ctx, "create_workspace", reference, id.to_string(), &body);
            let results = json!({"direct_open": true, "id": id, "sub_folder_id": 0});
            json_answer(StatusCode::OK, &answers::single(results))
        }
        // Duplicate names of workspaces come as 500.
        Err(Refusal(400, words)) if words.contains("already exists") => {
            failed(&Refusal(500, words))
        }
        Err(refusal) => failed(&refusal),
    }
}
