//! Active Community: TGCommunityServices as documented, and the case contract, which is ours.

mod acks;
mod cases;
mod claims;
mod contract;
mod files;
mod grid;
mod inject;
mod model;
mod seed;
mod spaces;
mod threads;

pub use model::State;

use std::sync::Arc;

use axum::{
    Router,
    http::Method,
    middleware::from_fn_with_state,
    routing::{get, post, put},
};
use serde_json::{Value, json};

use crate::{Ctx, systems::Seen};

/// Endpoints, relative to `/community`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    let company = "/TGCommunityServices/v1/companies/{company}";
    let at = |rest: &str| format!("{company}{rest}");
    Router::new()
        .route("/v1/oauth2/tokens", post(grid::token))
        .route(company, get(grid::company))
        .route(&at("/partnerDirectory"), get(grid::directory))
        .route(&at("/entitlements"), get(grid::entitlements))
        .route(&at("/users"), get(grid::list_users).post(grid::create_user))
        .route(
            &at("/users/{key}"),
            get(grid::read_user)
                .put(grid::change_user)
                .delete(grid::delete_user),
        )
        .route(
            &at("/users/{key}/roles"),
            get(grid::roles).merge(put(grid::add_roles)),
        )
        .route(
            &at("/users/{key}/entitlements"),
            get(grid::user_entitlements),
        )
        .route("/partners/{id}/agreement", get(grid::agreement))
        .route("/cases", get(cases::list).post(cases::create))
        .route("/cases/{id}", get(cases::read).patch(cases::change))
        .route(
            "/cases/{id}/claims",
            get(claims::claims).post(claims::claim),
        )
        .route(
            "/cases/{id}/comments",
            get(threads::comments).post(threads::post_comment),
        )
        .route(
            "/cases/{id}/attachments",
            get(threads::attachments).post(threads::add_attachment),
        )
        .route("/attachments/{id}/content", get(threads::content))
        .route("/events", get(threads::events))
        .route("/spaces", get(spaces::list).post(spaces::open))
        .route("/spaces/{id}", get(spaces::read))
        .route(
            "/spaces/{id}/items",
            get(spaces::items).post(spaces::publish),
        )
        .route(
            "/acknowledgement-requests",
            get(acks::list).post(acks::create),
        )
        .route("/acknowledgement-requests/{id}", get(acks::read))
        .route(
            "/acknowledgement-requests/{id}/responses",
            get(acks::responses).post(acks::respond),
        )
        .route("/onboardings", get(spaces::onboardings))
        .route("/onboardings/{id}/tasks", get(spaces::items))
        .route(
            "/onboardings/{id}/tasks/{task}",
            get(spaces::task).patch(spaces::change_task),
        )
        .layer(from_fn_with_state(Arc::clone(&ctx), grid::signed_in))
        .with_state(ctx)
}

/// The operation word of a request.
#[must_use]
pub fn operation(seen: &Seen<'_>) -> Option<&'static str> {
    let parts: Vec<&str> = seen.path.split('/').filter(|p| !p.is_empty()).collect();
    match (seen.method, parts.as_slice()) {
        (&Method::POST, ["cases"]) => Some("create_case"),
        (&Method::PATCH, ["cases", _]) => Some("update_case"),
        (&Method::POST, ["cases", _, "claims"]) => Some("claim"),
        (&Method::POST, ["cases", _, "comments"]) => Some("post_message"),
        (&Method::POST, ["cases", _, "attachments"]) => Some("add_attachment"),
        (&Method::POST, ["spaces"]) => Some("open_space"),
        (&Method::POST, ["spaces", _, "items"]) => Some("publish_item"),
        (&Method::POST, ["acknowledgement-requests"]) => Some("request_acknowledgement"),
        _ => None,
    }
}

/// Only the token endpoint reads with POST.
#[must_use]
pub fn only_reads(seen: &Seen<'_>) -> bool {
    seen.path == "/v1/oauth2/tokens"
}

/// Base address and placeholder credentials.
#[must_use]
pub fn credentials(ctx: &Ctx) -> Value {
    let base = format!("{}/community", ctx.base_url());
    json!({
        "base_url": base,
        "dialect": "grid",
        "token_url": format!("{base}/v1/oauth2/tokens"),
        "company_id": ctx.scenario().company.company_id,
        "client_id": grid::KEY.0,
        "client_secret": grid::KEY.1,
    })
}

/// Makes something happen.
pub fn inject(ctx: &Ctx, kind: &str, body: &Value) -> Option<Result<Value, String>> {
    inject::inject(ctx, kind, body)
}

/// State as JSON.
#[must_use]
pub fn dump(ctx: &Ctx) -> Value {
    json!(&*ctx.community())
}
