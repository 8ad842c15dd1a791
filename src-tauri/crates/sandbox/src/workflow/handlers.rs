//! The endpoints: sign-in, tasks, process instances, history.

mod history;
mod process_parts;
mod processes;
mod tasks;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn_with_state},
    routing::{get, post},
};
use domain::System;
use serde_json::{Value, json};

use super::{CLIENT_ID, CLIENT_SECRET, model::Problem};
use crate::{
    core::{
        auth,
        http::{Answer, Query, json_answer},
        state::Ctx,
    },
    params::Asked,
};

/// Life of an access token.
const TOKEN_LIFE: i64 = 30 * domain::time::MINUTE;

pub(super) fn router(ctx: Arc<Ctx>) -> Router {
    let runtime = "/workflow/v1";
    let history = "/history/v1";
    Router::new()
        .route(&format!("{runtime}/tasks"), get(tasks::list))
        .route(
            &format!("{runtime}/tasks/{{id}}"),
            get(tasks::read).put(tasks::change).post(tasks::act),
        )
        .route(
            &format!("{runtime}/tasks/{{id}}/assignments"),
            get(tasks::assignments)
                .post(tasks::assign)
                .put(tasks::assign)
                .delete(tasks::unassign),
        )
        .route(
            &format!("{runtime}/tasks/{{id}}/attachments"),
            get(tasks::attachments).post(tasks::attach),
        )
        .route(
            &format!("{runtime}/tasks/{{id}}/attachments/{{attachment}}"),
            get(tasks::attachment).delete(tasks::detach),
        )
        .route(
            &format!("{runtime}/tasks/{{id}}/comments"),
            get(tasks::comments).post(tasks::comment),
        )
        .route(
            &format!("{runtime}/process-instances"),
            get(processes::list).post(processes::start),
        )
        .route(
            &format!("{runtime}/process-instances/{{id}}"),
            get(processes::read)
                .put(processes::suspend)
                .delete(processes::cancel),
        )
        .route(
            &format!("{runtime}/process-instances/{{id}}/variables"),
            get(process_parts::variables).post(process_parts::set_variables),
        )
        .route(
            &format!("{runtime}/process-instances/{{id}}/variables/{{name}}"),
            get(process_parts::variable)
                .put(process_parts::set_variable)
                .delete(process_parts::remove_variable),
        )
        .route(
            &format!("{runtime}/process-instances/{{id}}/comments"),
            get(process_parts::comments).post(process_parts::comment),
        )
        .route(
            &format!("{runtime}/process-instances/{{id}}/comments/{{comment}}"),
            get(process_parts::read_comment).delete(process_parts::remove_comment),
        )
        .route(
            &format!("{runtime}/process-instances/{{id}}/diagram"),
            get(process_parts::diagram),
        )
        .route(&format!("{runtime}/executions"), get(processes::executions))
        .route(&format!("{runtime}/runtime/models"), get(processes::models))
        .route(
            &format!("{history}/historic-task-instances"),
            get(history::tasks),
        )
        .route(
            &format!("{history}/historic-process-instances"),
            get(history::processes),
        )
        .route_layer(from_fn_with_state(ctx.clone(), signed_in))
        // Nobody is signed in who signs in.
        .route("/tenants/{tenant}/oauth2/token", post(token))
        .with_state(ctx)
}

/// `grant_type=client_credentials`, in JSON or as a form, credentials in the body or by Basic.
async fn token(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    let sent: Value = serde_json::from_slice(&body).unwrap_or_else(|_| {
        let form = Query::read(&String::from_utf8_lossy(&body));
        form.pairs()
            .map(|(k, v)| (k.to_owned(), json!(v)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    });
    let text = |name: &str| {
        sent.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (id, secret) =
        auth::basic(&headers).unwrap_or_else(|| (text("client_id"), text("client_secret")));
    let user = match text("grant_type").as_str() {
        "client_credentials" => CLIENT_ID.to_owned(),
        "password" if !text("username").is_empty() => text("username"),
        _ => return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    };
    if id != CLIENT_ID || !ctx.takes(System::Workflow, CLIENT_SECRET, &secret) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let token = auth::issue(&ctx, "ocp", &user, TOKEN_LIFE);
    json_answer(
        StatusCode::OK,
        &json!({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE / 1_000}),
    )
}

fn refuse(status: StatusCode, error: &str) -> Answer {
    json_answer(status, &json!({"error": error, "error_description": error}))
}

/// Who asks.
#[derive(Clone)]
struct By(String);

/// Lets only a living token through, and says whose it is.
async fn signed_in(State(ctx): State<Arc<Ctx>>, mut request: Request, next: Next) -> Answer {
    let token = auth::bearer(request.headers());
    match token.and_then(|t| auth::subject(&ctx, "ocp", t)) {
        Some(by) => {
            request.extensions_mut().insert(By(by));
            next.run(request).await
        }
        None => json_answer(
            StatusCode::UNAUTHORIZED,
            &json!({"fault": {
                "faultstring": "Access Token expired or invalid",
                "detail": {"errorcode": "keymanagement.service.invalid_access_token"},
            }}),
        ),
    }
}

fn failed(problem: &Problem) -> Answer {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    json_answer(
        status,
        &json!({"exception": problem.exception, "details": problem.message}),
    )
}

fn ok(body: &Value) -> Answer {
    json_answer(StatusCode::OK, body)
}

fn empty() -> Answer {
    json_answer(StatusCode::NO_CONTENT, &Value::Null)
}

/// Reads a JSON object from a body; nothing is an empty object.
fn object(body: &[u8]) -> Result<Value, Answer> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice::<Value>(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| failed(&Problem::bad("request body is no JSON object")))
}

/// Offset and count of a list request.
fn window(query: &Query) -> (usize, usize) {
    (
        query.count("offset", 0),
        query.count("count", 20).clamp(1, 1_000),
    )
}
