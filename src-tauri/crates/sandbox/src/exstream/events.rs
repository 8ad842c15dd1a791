//! Event metrics, and the status call of OpenText Messaging.

use std::sync::Arc;

use axum::{
    extract::{Path, State as Ax},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Millis;
use serde_json::{Value, json};

use super::{
    DOMAIN, MESSAGING_PASSWORD, MESSAGING_USER, State, TENANT, delivery::Step, jobs::Job, refused,
};
use crate::core::{
    auth,
    http::{Answer, Query, json_answer},
    state::Ctx,
};

fn mail_events(state: &State, query: &Query, now: Millis) -> Vec<Value> {
    let time = |name: &str| query.get(name).and_then(|t| Millis::parse_lenient(t).ok());
    let (from, to) = (time("lastUpdateTimeStart"), time("lastUpdateTimeEnd"));
    let connector = query.get("connectorType").filter(|c| !c.is_empty());
    let states: Vec<&str> = query
        .all("processingStates")
        .flat_map(|s| s.split(','))
        .filter(|s| !s.is_empty())
        .collect();
    let mut events: Vec<(Millis, Value)> = state
        .jobs
        .iter()
        .filter(|job| job.is_mail() && connector.is_none_or(|c| c == "OTN"))
        .flat_map(|job| job.steps(now).into_iter().zip(1..).map(move |(step, n)| (job, step, n)))
        .filter(|(_, (at, _), _)| {
            from.is_none_or(|from| *at >= from) && to.is_none_or(|to| *at <= to)
        })
        .filter(|(_, (_, step), _)| {
            states.is_empty() || states.contains(&processing_state(*step).to_string().as_str())
        })
        .map(|(job, (at, step), n)| {
            let event = json!({
                "eventId": job.number * 100 + n, "connectorType": "OTN",
                "custMetadataId": job.external_id, "domainId": DOMAIN, "eventDate": at.rfc3339(),
                "eventType": "EMAIL", "eventStatus": step.event_status(), "eventRef": job.external_id,
                "jobId": job.id, "lastUpdateTime": at.rfc3339(),
                "processingState": processing_state(step), "tenantId": TENANT,
                "trackerId": job.tracker_id(),
            });
            (at, event)
        })
        .collect();
    events.sort_by_key(|(at, event)| (*at, event.get("eventId").and_then(Value::as_i64)));
    events.into_iter().map(|(_, event)| event).collect()
}

const fn processing_state(step: Step) -> i64 {
    if step.is_last() { 2 } else { 1 }
}

/// `GET .../email-event/{tenant}/{domain}/content`.
pub(super) async fn mail(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_parts): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    json_answer(
        StatusCode::OK,
        &Value::Array(mail_events(&ctx.exstream(), &query, ctx.now())),
    )
}

/// The same without `/content`, or with `/states`: one number.
pub(super) async fn mail_count(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_parts): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    json_answer(
        StatusCode::OK,
        &json!(mail_events(&ctx.exstream(), &query, ctx.now()).len()),
    )
}

/// `GET .../events/{tenant}/{domain}/content`: this company signs nothing by mail.
pub(super) async fn other(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_parts): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    refused(&ctx, &headers).unwrap_or_else(|| json_answer(StatusCode::OK, &json!([])))
}

/// `GET /mra/v1/outbound/emails/status?job_id=` with a Basic sign-in of its own.
pub(super) async fn mail_status(Ax(ctx): Ax<Arc<Ctx>>, query: Query, headers: HeaderMap) -> Answer {
    if auth::basic(&headers) != Some((MESSAGING_USER.to_owned(), MESSAGING_PASSWORD.to_owned())) {
        return json_answer(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "authentication failed"}),
        );
    }
    let wanted = query.get("job_id").unwrap_or_default();
    let (now, state) = (ctx.now(), ctx.exstream());
    let found = state
        .jobs
        .iter()
        .find(|job| job.is_mail() && job.tracker_id() == wanted);
    match found.filter(|job| !job.steps(now).is_empty()) {
        Some(job) => json_answer(StatusCode::OK, &status(job, now)),
        None => json_answer(
            StatusCode::NOT_FOUND,
            &json!({"error": "job_id is not known"}),
        ),
    }
}

fn status(job: &Job, now: Millis) -> Value {
    let (mut attempts, mut dsn) = (Vec::new(), Vec::new());
    for (at, step) in job.steps(now) {
        let time = at.rfc3339();
        match step {
            Step::Submitted => attempts.push(json!({"state": "Submitted", "time": time})),
            Step::Sent => attempts.push(json!({"state": "Sent", "time": time})),
            Step::Failed => attempts.push(json!({
                "state": "Error", "time": time, "reason": "The address of the recipient is not valid.",
            })),
            Step::Delivered => dsn.push(json!({
                "action": "delivered", "status": "2.0.0", "time": time,
                "diagnostic_code": "smtp; 250 2.0.0 accepted for delivery",
            })),
            Step::Bounced => dsn.push(json!({
                "action": "failed", "status": "5.1.1", "time": time,
                "diagnostic_code": "smtp; 550 5.1.1 mailbox does not exist",
            })),
        }
    }
    json!({
        "job_id": job.tracker_id(),
        "job_state": [if attempts.len() > 1 || !dsn.is_empty() { "Completed" } else { "Processing" }],
        "deliveries": [{
            "email": job.recipient,
            "ref_base64": STANDARD.encode(job.external_id.as_deref().unwrap_or_default()),
            "delivery_attempts": attempts,
            "events": { "email_delivery_events": { "dsn": dsn, "html_open": [], "opt_out": [], "pull": [] } },
        }],
    })
}
