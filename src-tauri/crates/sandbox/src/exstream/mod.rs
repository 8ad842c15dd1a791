//! Exstream: Design (templates and their approval), Orchestration (letters, jobs), event metrics, and the status call
//! of OpenText Messaging, which has a sign-in of its own.
//!
//! Under `/exstream`: `/tenants/{tenant}/oauth2/token`, `/design/api/v1/resources/...`,
//! `/orchestration/api/v1/inputs/...`, `/orchestration/api/v1/runtime/...`, `/empower/api/v1/documents/{id}/content`
//! (ours), `/ei/api/v1/eventmetrics/...`, `/messaging/mra/v1/outbound/emails[/status]`.

mod delivery;
mod design;
mod events;
mod flows;
mod generate;
mod ids;
mod inject;
mod jobs;
pub mod letter;
mod messaging;
mod runtime;
mod seed;
mod templates;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State as Ax},
    http::{HeaderMap, Method, StatusCode},
    middleware::{Next, from_fn_with_state},
    routing::{get, post, put},
};
use domain::{
    Millis, System,
    time::{HOUR, SECOND},
};
use serde_json::{Map, Value, json};

use self::{jobs::Job, templates::Template};
use crate::{
    Scenario,
    core::{
        auth,
        http::{Answer, Query, header_text, json_answer},
        state::Ctx,
    },
    systems::Seen,
};

const TENANT: &str = "corvane";
const DOMAIN: &str = "corvane";
const CLIENT_ID: &str = "exstream-console";
const CLIENT_SECRET: &str = "exstream-placeholder";
const MESSAGING_USER: &str = "messaging-console";
const MESSAGING_PASSWORD: &str = "messaging-placeholder";
/// Sign-in world of the OpenText Cloud Platform.
const WORLD: &str = "ocp";
/// Life of a token.
const TOKEN_LIFE: i64 = HOUR;

/// What this system remembers.
#[derive(Debug, Default)]
pub struct State {
    seed: u64,
    templates: Vec<Template>,
    drafts: BTreeMap<String, Draft>,
    jobs: Vec<Job>,
    mails: Vec<messaging::Mail>,
    /// Counter behind the ids of drafts and jobs.
    last: i64,
}

/// A letter in Empower: rendered, not released.
#[derive(Debug)]
struct Draft {
    id: String,
    template_id: String,
    data: Map<String, Value>,
    /// Approval state of the document, as Design keeps one for each resource.
    state: String,
    comment: String,
    locked_by: Option<String>,
    modified_at: Millis,
    /// Production prints something else than the draft shows (a fault that can be switched on).
    production_note: Option<String>,
}

impl State {
    /// The state the scenario leads up to.
    #[must_use]
    pub fn seed(scenario: &Scenario, epoch: Millis) -> Self {
        let mut state = Self {
            seed: scenario.seed,
            templates: templates::all(scenario.seed, epoch),
            ..Self::default()
        };
        seed::fill(&mut state, scenario, epoch);
        state
    }

    fn next_id(&mut self, what: &str) -> (i64, String) {
        self.last += 1;
        (
            self.last,
            ids::uuid(self.seed, &format!("{what}/{}", self.last)),
        )
    }

    fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    fn job_mut(&mut self, id: &str) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.id == id)
    }
}

/// Endpoints, relative to `/exstream`.
pub fn router(ctx: Arc<Ctx>) -> Router {
    let design = "/design/api/v1/resources/{domain}";
    let inputs = "/orchestration/api/v1/inputs";
    let runtime = "/orchestration/api/v1/runtime/{domain}";
    let metrics = "/ei/api/v1/eventmetrics";
    Router::new()
        .route(design, get(design::list))
        .route(&format!("{design}/state"), put(design::set_states))
        .route(
            &format!("{design}/Etag/Descriptors"),
            post(design::descriptors),
        )
        .route(&format!("{design}/{{id}}"), get(design::read))
        .route(&format!("{design}/{{id}}/state"), put(design::set_state))
        .route(
            &format!("{design}/{{id}}/lock"),
            post(design::lock).delete(design::unlock),
        )
        .route(
            &format!("{inputs}/ondemand/{{domain}}/generate"),
            post(generate::generate),
        )
        .route(
            &format!("{inputs}/fulfillment/ondemand/{{domain}}/fulfill"),
            post(generate::fulfill),
        )
        .route(
            "/empower/api/v1/documents/{id}/content",
            get(generate::draft_content),
        )
        .route(
            "/empower/api/v1/docedit/{id}/open",
            get(generate::open_draft),
        )
        .route(
            &format!("{runtime}/jobs"),
            get(runtime::list).delete(runtime::delete_found),
        )
        .route(
            &format!("{runtime}/jobs/{{id}}"),
            get(runtime::read).delete(runtime::delete),
        )
        .route(&format!("{runtime}/jobs/{{id}}/stop"), post(runtime::stop))
        .route(
            &format!("{runtime}/jobs/{{id}}/reprocessing"),
            post(runtime::reprocess),
        )
        .merge(flow_routes(runtime))
        .route(
            &format!("{metrics}/email-event/{{tenant}}/{{domain}}"),
            get(events::mail_count),
        )
        .route(
            &format!("{metrics}/email-event/{{tenant}}/{{domain}}/content"),
            get(events::mail),
        )
        .route(
            &format!("{metrics}/email-event/{{tenant}}/{{domain}}/states"),
            get(events::mail_count),
        )
        .route(
            &format!("{metrics}/events/{{tenant}}/{{domain}}/content"),
            get(events::other),
        )
        .route(
            &format!("{metrics}/events/{{tenant}}/{{domain}}"),
            get(events::other_count),
        )
        .route(
            &format!("{metrics}/events/{{tenant}}/{{domain}}/states"),
            get(events::other_count),
        )
        .route(
            &format!("{metrics}/docgen-event/{{tenant}}/{{domain}}"),
            get(events::docgen),
        )
        .route(
            &format!("{metrics}/docgen-event/{{tenant}}/{{domain}}/states"),
            get(events::docgen_count),
        )
        .route(
            &format!("{metrics}/docgen-event/{{tenant}}/{{domain}}/{{step}}/metadata"),
            get(events::docgen_metadata),
        )
        .route_layer(from_fn_with_state(ctx.clone(), signed_in))
        // These sign in by themselves.
        .route("/tenants/{tenant}/oauth2/token", post(token))
        .route("/messaging/mra/v1/outbound/emails", post(messaging::submit))
        .route(
            "/messaging/mra/v1/outbound/emails/status",
            get(messaging::status),
        )
        .with_state(ctx)
}

fn flow_routes(runtime: &str) -> Router<Arc<Ctx>> {
    let instances = format!("{runtime}/flow-instances");
    let steps = format!("{runtime}/flow-steps");
    Router::new()
        .route(&instances, get(flows::instances))
        .route(&format!("{instances}/counts"), post(flows::counts))
        .route(
            &format!("{instances}/associated-jobs"),
            post(flows::associated_jobs),
        )
        .route(&format!("{instances}/{{id}}"), get(flows::instance))
        .route(&format!("{instances}/{{id}}/stop"), post(flows::stop))
        .route(&format!("{instances}/{{id}}/release"), post(flows::release))
        .route(&steps, get(flows::steps))
        .route(&format!("{steps}/{{id}}"), get(flows::step))
        .route(&format!("{steps}/{{id}}/stop"), post(flows::stop))
        .route(&format!("{steps}/{{id}}/release"), post(flows::release))
        .route(&format!("{steps}/{{id}}/{{what}}"), get(flows::file))
        .route(
            &format!("{steps}/{{id}}/{{what}}/{{name}}"),
            get(flows::file),
        )
}

/// The operation word of a request.
#[must_use]
pub fn operation(seen: &Seen<'_>) -> Option<&'static str> {
    if seen.method == Method::POST && seen.path.ends_with("/generate") {
        return Some(if generate::releases(seen.body) {
            "release"
        } else {
            "render"
        });
    }
    if seen.method == Method::POST && seen.path.ends_with("/fulfill") {
        return Some("release");
    }
    if seen.method == Method::POST && seen.path.ends_with("/stop") {
        return Some("cancel");
    }
    let states = seen.path.starts_with("/design/") && seen.path.ends_with("/state");
    (seen.method == Method::PUT && states).then_some("set_review_state")
}

/// Whether a request that is no GET only reads. A proof leaves nothing behind; a draft made for Empower is kept.
#[must_use]
pub fn only_reads(seen: &Seen<'_>) -> bool {
    seen.path.ends_with("/oauth2/token")
        || seen.path.ends_with("/Etag/Descriptors")
        || seen.path.ends_with("/flow-instances/counts")
        || seen.path.ends_with("/flow-instances/associated-jobs")
        || (seen.path.ends_with("/generate")
            && told(seen.headers, "empoweruser").is_none()
            && !generate::releases(seen.body))
}

/// Base address and placeholder credentials.
#[must_use]
pub fn credentials(ctx: &Ctx) -> Value {
    let base = format!("{}/exstream", ctx.base_url());
    json!({
        "base_url": base,
        "token_url": format!("{base}/tenants/{TENANT}/oauth2/token"),
        "tenant": TENANT,
        "domain": DOMAIN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "driver_data_source": "PartnerConsole",
        "messaging": format!("{base}/messaging"),
        "username": MESSAGING_USER,
        "password": MESSAGING_PASSWORD,
    })
}

/// Makes something happen.
pub fn inject(ctx: &Ctx, kind: &str, body: &Value) -> Option<Result<Value, String>> {
    match kind {
        "delivery" => Some(inject::delivery(ctx, body)),
        "letter_change" => Some(inject::letter_change(ctx, body)),
        "template" => Some(inject::template(ctx, body)),
        _ => None,
    }
}

/// State as JSON.
#[must_use]
pub fn dump(ctx: &Ctx) -> Value {
    let now = ctx.now();
    let state = ctx.exstream();
    let jobs: Vec<Value> = state
        .jobs
        .iter()
        .map(|job| {
            json!({
                "id": job.id, "externalId": job.external_id, "channel": job.channel, "recipient": job.recipient,
                "status": job.status(now).0, "template": job.template_key, "started_at": job.started_at.rfc3339(),
                "last": job.steps(now).last().map(|(_, step)| step.event_status()),
            })
        })
        .collect();
    let drafts: Vec<Value> = state
        .drafts
        .values()
        .map(|d| json!({"id": d.id, "externalId": d.data.get("externalId"), "state": d.state}))
        .collect();
    json!({ "templates": state.templates, "drafts": drafts, "jobs": jobs })
}

/// The OCP token endpoint: JSON or form, client in the body or in Basic.
async fn token(Ax(ctx): Ax<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    let form = Query::read(&String::from_utf8_lossy(&body));
    let parsed: Value = serde_json::from_slice(&body).unwrap_or_default();
    let field = |name: &str| {
        parsed
            .get(name)
            .and_then(Value::as_str)
            .or_else(|| form.get(name))
            .map(str::to_owned)
    };
    let client = field("client_id")
        .zip(field("client_secret"))
        .or_else(|| auth::basic(&headers));
    let grant = field("grant_type");
    let known = client.is_some_and(|(id, secret)| {
        id == CLIENT_ID && ctx.takes(System::Exstream, CLIENT_SECRET, &secret)
    });
    if !known {
        let body = json!({"error": "invalid_client", "error_description": "client is not known"});
        return json_answer(StatusCode::UNAUTHORIZED, &body);
    }
    if grant.as_deref() != Some("client_credentials") {
        let body = json!({"error": "unsupported_grant_type"});
        return json_answer(StatusCode::BAD_REQUEST, &body);
    }
    json_answer(
        StatusCode::OK,
        &json!({
            "access_token": auth::issue(&ctx, WORLD, CLIENT_ID, TOKEN_LIFE),
            "token_type": "Bearer", "expires_in": TOKEN_LIFE / SECOND,
        }),
    )
}

/// Lets only a living token through.
async fn signed_in(Ax(ctx): Ax<Arc<Ctx>>, request: Request, next: Next) -> Answer {
    let token = auth::bearer(request.headers());
    if token.and_then(|t| auth::subject(&ctx, WORLD, t)).is_some() {
        return next.run(request).await;
    }
    let fault = json!({"fault": {"faultstring": "Invalid access token", "detail": {"errorcode": "oauth.v2.InvalidAccessToken"}}});
    json_answer(StatusCode::UNAUTHORIZED, &fault)
}

/// `ExstreamErrorResponse`.
fn service_error(ctx: &Ctx, status: StatusCode, code: &str, words: &str) -> Answer {
    json_answer(
        status,
        &json!({
            "timestamp": ctx.now().rfc3339(), "status": status.as_u16(),
            "error": status.canonical_reason().unwrap_or("Error"), "message": words, "details": [],
            "errorCode": code, "path": "",
        }),
    )
}

/// A header that has a value.
fn told<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    header_text(headers, name)
        .map(str::trim)
        .filter(|v| !v.is_empty())
}
