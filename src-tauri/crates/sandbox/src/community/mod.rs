//! Active Community: TGCommunityServices as documented, and the case contract, which is ours.

mod acks;
mod agreement;
mod asked;
mod attachments;
mod cases;
mod claims;
mod contract;
mod files;
mod gateway;
mod grid;
mod inject;
mod model;
mod onboardings;
mod partner_answers;
mod requests;
mod seed;
mod settlement;
mod spaces;
mod threads;
mod users;

pub use model::State;

use std::sync::Arc;

use axum::{
    Router,
    http::Method,
    middleware::from_fn_with_state,
    routing::{MethodFilter, on, post},
};
use serde_json::{Value, json};

use crate::{Ctx, systems::Seen};

/// One table for the router and for whoever compares it with the written contract.
macro_rules! endpoints {
    ($($method:ident $path:literal => $handler:path;)+) => {
        /// Method and path of every endpoint of the case contract.
        pub const ENDPOINTS: &[(&str, &str)] = &[$((stringify!($method), $path)),+];

        fn cases() -> Router<Arc<Ctx>> {
            Router::new()$(.route($path, on(MethodFilter::$method, $handler)))+
        }
    };
}

endpoints! {
    GET "/cases" => cases::list;
    POST "/cases" => cases::create;
    GET "/cases/{id}" => cases::read;
    PATCH "/cases/{id}" => cases::change;
    GET "/cases/{id}/claims" => claims::claims;
    POST "/cases/{id}/claims" => claims::claim;
    GET "/cases/{id}/comments" => threads::comments;
    POST "/cases/{id}/comments" => threads::post_comment;
    GET "/cases/{id}/attachments" => attachments::list;
    POST "/cases/{id}/attachments" => attachments::add;
    GET "/attachments/{id}/content" => attachments::content;
    GET "/spaces" => spaces::list;
    POST "/spaces" => spaces::open;
    GET "/spaces/{id}" => spaces::read;
    GET "/spaces/{id}/items" => spaces::items;
    POST "/spaces/{id}/items" => spaces::publish;
    GET "/acknowledgement-requests" => acks::list;
    POST "/acknowledgement-requests" => acks::create;
    GET "/acknowledgement-requests/{id}" => acks::read;
    GET "/acknowledgement-requests/{id}/responses" => acks::responses;
    POST "/acknowledgement-requests/{id}/responses" => acks::respond;
    GET "/acknowledgement-requests/{id}/reminders" => acks::reminders;
    POST "/acknowledgement-requests/{id}/reminders" => acks::remind;
    GET "/onboardings" => onboardings::list;
    GET "/onboardings/{id}/tasks" => onboardings::tasks;
    GET "/onboardings/{id}/tasks/{task}" => onboardings::task;
    PATCH "/onboardings/{id}/tasks/{task}" => onboardings::change;
    GET "/partners/{id}/agreement" => agreement::read;
    GET "/events" => threads::events;
}

/// Endpoints, relative to `/community`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    cases()
        .fallback(contract::nowhere)
        .method_not_allowed_fallback(contract::no_such_method)
        .nest("/TGCommunityServices/v1", grid::router())
        .layer(from_fn_with_state(Arc::clone(&ctx), gateway::signed_in))
        .route("/v1/oauth2/tokens", post(gateway::token))
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
        (&Method::POST, ["acknowledgement-requests", _, "reminders"]) => {
            Some("remind_acknowledgement")
        }
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
        "client_id": gateway::KEY.0,
        "client_secret": gateway::KEY.1,
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
