//! The endpoints under `/cs/cs/api` and `/otdsws`.

mod auth;
mod categories;
mod index;
mod nodes;
mod versions;
mod workspaces;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
    routing::{get, post},
};
use domain::{System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::node::{Incoming, Refusal};
use crate::core::{
    effects::Effect,
    http::{Answer, Query, json_answer, multipart},
    state::Ctx,
};

pub(super) fn router(ctx: Arc<Ctx>) -> Router {
    let api = |path: &str| format!("/cs/cs/api{path}");
    Router::new()
        .route(
            "/otdsws/rest/authentication/credentials",
            post(auth::otds_credentials),
        )
        .route("/otdsws/oauth2/token", post(auth::otds_token))
        .route(
            "/otdsws/otdstenant/{tenant}/oauth2/token",
            post(auth::otds_token),
        )
        .route(&api("/v1/ping"), get(auth::ping))
        .route(
            &api("/v1/auth"),
            get(auth::exchange)
                .post(auth::sign_in)
                .delete(auth::sign_out),
        )
        .route(&api("/v2/members"), get(auth::members))
        .route(&api("/v2/members/{id}"), get(auth::member))
        .route(&api("/v2/businessworkspacetypes"), get(workspaces::types))
        .route(
            &api("/v1/businessworkspacetypes/{id}"),
            get(workspaces::one_type),
        )
        .route(
            &api("/v2/businessworkspaces"),
            get(workspaces::find).post(workspaces::create),
        )
        .route(&api("/v2/businessworkspaces/{id}"), get(workspaces::read))
        .route(
            &api("/v2/forms/businessworkspaces/create"),
            get(workspaces::form),
        )
        .route(
            &api("/v2/externalsystems/{system}/botypes/{kind}/boids/{id}"),
            get(workspaces::by_object),
        )
        .route(&api("/v2/nodes"), post(nodes::create))
        .route(&api("/v1/nodes"), post(nodes::create))
        .route(
            &api("/v2/nodes/{id}"),
            get(nodes::read).put(nodes::change).delete(nodes::delete),
        )
        .route(&api("/v2/nodes/{id}/nodes"), get(nodes::children))
        .route(&api("/v2/nodes/{id}/audit"), get(index::audit))
        .route(
            &api("/v2/nodes/{id}/categories"),
            get(categories::categories).post(categories::add_category),
        )
        .route(
            &api("/v2/nodes/{id}/categories/{category}"),
            get(categories::category)
                .put(categories::set_category)
                .delete(categories::remove_category),
        )
        .route(
            &api("/v2/nodes/{id}/categories/{category}/inheritance"),
            post(categories::inherit).delete(categories::inherit),
        )
        .route(&api("/v2/search"), post(index::search))
        .route(
            &api("/v2/nodes/{id}/versions"),
            get(versions::list).post(versions::add),
        )
        .route(
            &api("/v1/nodes/{id}/versions/{version}"),
            get(versions::number),
        )
        .route(
            &api("/v1/nodes/{id}/content"),
            get(versions::latest_content),
        )
        .route(
            &api("/v2/nodes/{id}/content"),
            get(versions::latest_content),
        )
        .route(
            &api("/v1/nodes/{id}/versions/{version}/content"),
            get(versions::content),
        )
        .route(
            &api("/v2/nodes/{id}/versions/{version}/content"),
            get(versions::content),
        )
        .with_state(ctx)
}

fn ok(body: &Value) -> Answer {
    json_answer(StatusCode::OK, body)
}

fn failed(refusal: &Refusal) -> Answer {
    let status = StatusCode::from_u16(refusal.0).unwrap_or(StatusCode::BAD_REQUEST);
    json_answer(status, &json!({ "error": refusal.1 }))
}

/// Fields and files of a request, whether it came as a form, as multipart or as JSON. A field `body` holding JSON is
/// opened.
#[derive(Debug, Default)]
struct Sent {
    fields: Vec<(String, String)>,
    files: BTreeMap<String, Incoming>,
    body: Value,
}

impl Sent {
    async fn read(headers: &HeaderMap, bytes: Bytes) -> Self {
        let media = headers
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let mut sent = Self::default();
        if media.starts_with("multipart/") {
            for (name, part) in multipart(headers, bytes).await.unwrap_or_default() {
                match part.file_name {
                    Some(file_name) => {
                        let media_type = part
                            .media_type
                            .unwrap_or_else(|| "application/octet-stream".into());
                        let incoming = Incoming {
                            file_name,
                            media_type,
                            bytes: part.bytes,
                        };
                        sent.files.insert(name, incoming);
                    }
                    None => {
                        sent.fields
                            .push((name, String::from_utf8_lossy(&part.bytes).into_owned()));
                    }
                }
            }
        } else if media.starts_with("application/json") {
            sent.body = serde_json::from_slice(&bytes).unwrap_or_default();
        } else {
            let form = Query::read(&String::from_utf8_lossy(&bytes));
            sent.fields = form
                .pairs()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect();
        }
        if let Some(text) = sent.field("body") {
            sent.body = serde_json::from_str(text).unwrap_or_default();
        }
        sent
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// A value by name, from the JSON body or from a field.
    fn text(&self, name: &str) -> Option<String> {
        crate::params::loose_text(self.body.get(name))
            .or_else(|| self.field(name).map(str::to_owned))
    }

    /// Category values given as plain fields (`555_2=Open`, repeated for lists) or in the JSON body.
    fn attributes(&self, category: &str) -> serde_json::Map<String, Value> {
        let prefix = format!("{category}_");
        let mut values = serde_json::Map::new();
        for (name, value) in &self.fields {
            if !name.starts_with(&prefix) {
                continue;
            }
            match values.get_mut(name) {
                Some(Value::Array(list)) => list.push(json!(value)),
                Some(first) => *first = json!([first.clone(), value]),
                None => {
                    values.insert(name.clone(), json!(value));
                }
            }
        }
        if let Value::Object(body) = &self.body {
            values.extend(
                body.iter()
                    .filter(|(k, _)| k.starts_with(&prefix))
                    .map(|(k, v)| (k.clone(), v.clone())),
            );
        }
        values
    }
}

fn effect(ctx: &Ctx, kind: &str, reference: String, subject: String, payload: &[u8]) {
    ctx.effect(Effect {
        system: System::Workspaces,
        kind: kind.into(),
        key: None,
        reference: Some(reference),
        subject,
        payload_sha256: Some(sha256_hex(payload)),
    });
}
