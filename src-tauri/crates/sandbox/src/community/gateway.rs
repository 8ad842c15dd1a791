//! The gateway of the grid: it gives tokens, lets nobody in without one, and has its own form of an error.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State as Shared},
    http::{HeaderMap, StatusCode},
    middleware::Next,
};
use domain::{System, time::HOUR};
use serde_json::json;

use crate::{
    Ctx,
    core::{
        auth,
        http::{Answer, Query, json_answer},
    },
};

/// Placeholder consumer key and secret.
pub(super) const KEY: (&str, &str) = ("sandbox-grid-key", "sandbox-grid-secret");

/// The gateway's form of an error.
pub(super) fn fault(status: StatusCode, words: &str, code: &str) -> Answer {
    json_answer(
        status,
        &json!({"fault": {"faultstring": words, "detail": {"errorcode": code}}}),
    )
}

/// The grant stands in the query, key and secret in Basic; the token lives ten hours.
pub(super) async fn token(
    Shared(ctx): Shared<Arc<Ctx>>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if query.get("grant_type") != Some("client_credentials") {
        return fault(
            StatusCode::BAD_REQUEST,
            "grant_type is missing in the query",
            "oauth.v2.InvalidRequest",
        );
    }
    match auth::basic(&headers) {
        Some((key, secret)) if key == KEY.0 && ctx.takes(System::Community, KEY.1, &secret) => {
            let token = auth::issue(&ctx, "grid", &key, 10 * HOUR);
            let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": 36_000});
            json_answer(StatusCode::OK, &body)
        }
        _ => fault(
            StatusCode::UNAUTHORIZED,
            "Invalid ApiKey",
            "oauth.v2.InvalidApiKey",
        ),
    }
}

/// Lets only a token of the grid through.
pub(super) async fn signed_in(
    Shared(ctx): Shared<Arc<Ctx>>,
    request: Request<Body>,
    next: Next,
) -> Answer {
    let token = auth::bearer(request.headers());
    match token.and_then(|t| auth::subject(&ctx, "grid", t)) {
        Some(_) => next.run(request).await,
        None => fault(
            StatusCode::UNAUTHORIZED,
            "Access Token expired or invalid",
            "keymanagement.service.InvalidAccessToken",
        ),
    }
}

/// 404 for a path that leads nowhere.
pub(super) async fn nowhere() -> Answer {
    missing("path")
}

/// 405; the router adds Allow.
pub(super) async fn no_such_method() -> Answer {
    fault(
        StatusCode::METHOD_NOT_ALLOWED,
        "This resource does not answer that method",
        "request.Method",
    )
}

/// 404.
pub(super) fn missing(what: &str) -> Answer {
    fault(
        StatusCode::NOT_FOUND,
        &format!("There is no such {what}"),
        &format!("{what}.NotFound"),
    )
}
