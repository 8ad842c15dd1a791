//! The Content Server imitation: `/cs/cs/api`, and `/otdsws` for sign-in by token. It suits pyxecm: ids as text or
//! number, `True`, valueless and repeated keys, form and multipart on one path, both category shapes, the ticket in a
//! header or a cookie.

mod handlers;
mod json;
mod model;
mod node;
mod papers;
mod search;
mod seed;
mod store;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    http::{Method, header},
};
use domain::{Millis, time::MINUTE};
use serde_json::{Value, json};

use crate::{Scenario, core::state::Ctx, systems::Seen};

const USERNAME: &str = "svc.console";
const PASSWORD: &str = "placeholder-workspaces-password";
const CLIENT_ID: &str = "console-workspaces";
const CLIENT_SECRET: &str = "placeholder-workspaces-secret";
/// Minutes without a call after which a ticket is dead.
const IDLE: i64 = 30 * MINUTE;
/// Node owner of the service user.
const SERVICE_USER: u64 = 1_001;

/// What this system remembers.
#[derive(Debug, Default)]
pub struct State {
    store: store::Store,
    /// Last use of each ticket.
    tickets: BTreeMap<String, Millis>,
}

impl State {
    /// The state the scenario leads up to.
    #[must_use]
    pub fn seed(scenario: &Scenario, epoch: Millis) -> Self {
        Self {
            store: seed::store(scenario, epoch),
            tickets: BTreeMap::new(),
        }
    }
}

/// Endpoints, relative to `/workspaces`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    handlers::router(ctx)
}

/// The operation word of a request.
#[must_use]
pub fn operation(seen: &Seen<'_>) -> Option<&'static str> {
    let rest = seen.path.strip_prefix("/cs/cs/api/")?;
    let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    let files = seen
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|t| t.starts_with("multipart/"));
    match (seen.method, parts.as_slice()) {
        (&Method::POST, ["v2", "businessworkspaces"]) => Some("create_workspace"),
        (&Method::POST, ["v2" | "v1", "nodes"]) if files => Some("upload"),
        (&Method::POST, ["v2", "nodes", _, "versions"]) => Some("add_version"),
        (&Method::POST | &Method::PUT, ["v2", "nodes", _, "categories", ..]) => {
            Some("set_categories")
        }
        (&Method::GET, ["v1" | "v2", "nodes", _, .., "content"]) => Some("verify"),
        _ => None,
    }
}

/// Whether a request that is no GET only reads.
#[must_use]
pub fn only_reads(seen: &Seen<'_>) -> bool {
    seen.path.starts_with("/otdsws/")
        || seen.path.ends_with("/api/v1/auth")
        || seen.path.ends_with("/api/v2/search")
}

/// Base address and placeholder credentials.
#[must_use]
pub fn credentials(ctx: &Ctx) -> Value {
    let base = format!("{}/workspaces", ctx.base_url());
    json!({
        "base_url": base,
        "base_path": "/cs/cs",
        "token_url": format!("{base}/otdsws/oauth2/token"),
        "username": USERNAME,
        "password": PASSWORD,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "attributes": model::ATTRIBUTES,
        "supplier_type": "19",
    })
}

/// Makes something happen: `node` puts a file into a workspace as a colleague would ({parent_id, name, content}),
/// `node_version` adds a version ({node_id, content}), `node_deleted` removes a node ({node_id}), `node_reserved`
/// checks it out for a colleague ({node_id}), `category` sets values ({node_id, category_id, values}).
pub fn inject(ctx: &Ctx, kind: &str, body: &Value) -> Option<Result<Value, String>> {
    let text = |name: &str| crate::params::loose_text(body.get(name)).unwrap_or_default();
    let now = ctx.now();
    let incoming = || node::Incoming {
        file_name: text("name"),
        media_type: match text("media_type") {
            t if t.is_empty() => "text/plain".to_owned(),
            t => t,
        },
        bytes: text("content").into(),
    };
    let store = &mut ctx.workspaces().store;
    let node = text("node_id");
    let done = match kind {
        "node" => {
            let fresh = node::Fresh {
                parent: text("parent_id").parse().unwrap_or_default(),
                name: text("name"),
                subtype: node::DOCUMENT,
                categories: node::categories(body.get("categories")),
                ..node::Fresh::default()
            };
            store.create(fresh, 1_000, now).and_then(|id| {
                store.add_version(&id.to_string(), incoming(), String::new(), 1_000, now)?;
                Ok(json!({ "node_id": id.to_string() }))
            })
        }
        "node_version" => store
            .add_version(&node, incoming(), String::new(), 1_000, now)
            .map(|version| json!({ "version": version })),
        "node_deleted" => store.delete(&node).map(|()| json!({ "node_id": node })),
        "node_reserved" => store.node_mut(&node).map(|n| {
            n.reserved = Some((1_000, now));
            json!({ "node_id": node })
        }),
        "category" => {
            let values = body
                .get("values")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            store
                .set_category(&node, &text("category_id"), values, false, 1_000, now)
                .map(|()| json!({ "node_id": node }))
        }
        _ => return None,
    };
    Some(done.map_err(|refusal| refusal.1))
}

/// State as JSON: every node with the hash of its latest bytes.
#[must_use]
pub fn dump(ctx: &Ctx) -> Value {
    let state = ctx.workspaces();
    let nodes: Vec<Value> = state
        .store
        .nodes
        .values()
        .map(|n| {
            json!({
                "id": n.id, "parent_id": n.parent, "name": n.name, "type": n.subtype,
                "versions": n.versions.len(), "categories": json::flat_categories(n),
                "sha256": n.latest().map(|v| domain::canonical::sha256_hex(&v.bytes)),
                "business_object": n.object.as_ref().map(|o| format!("{}/{}/{}", o.system, o.object_type, o.object_id)),
                "modify_date": json::zulu(n.modified_at),
            })
        })
        .collect();
    json!({ "nodes": nodes })
}
