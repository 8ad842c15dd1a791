//! Event metrics.

use std::sync::Arc;

use axum::{
    extract::{Path, State as Ax},
    http::StatusCode,
};
use domain::Millis;
use serde_json::{Value, json};

use super::{
    DOMAIN, State, TENANT,
    delivery::Step,
    runtime::{done, unknown},
};
use crate::core::{
    http::{Answer, Query, json_answer},
    state::Ctx,
};

/// The part of the query that all kinds of events share.
struct Asked<'q> {
    from: Option<Millis>,
    to: Option<Millis>,
    states: Vec<&'q str>,
}

impl<'q> Asked<'q> {
    fn of(query: &'q Query) -> Self {
        let time = |name: &str| query.get(name).and_then(|t| Millis::parse_lenient(t).ok());
        let states = query.all("processingStates").flat_map(|s| s.split(','));
        Self {
            from: time("lastUpdateTimeStart"),
            to: time("lastUpdateTimeEnd"),
            states: states.filter(|s| !s.is_empty()).collect(),
        }
    }

    fn fits(&self, at: Millis, state: i64) -> bool {
        self.from.is_none_or(|from| at >= from)
            && self.to.is_none_or(|to| at <= to)
            && (self.states.is_empty() || self.states.contains(&state.to_string().as_str()))
    }
}

fn mail_events(state: &State, query: &Query, now: Millis) -> Vec<Value> {
    let asked = Asked::of(query);
    let connector = query.get("connectorType").filter(|c| !c.is_empty());
    let mut events: Vec<(Millis, Value)> = state
        .jobs
        .iter()
        .filter(|job| job.is_mail() && connector.is_none_or(|c| c == "OTN"))
        .flat_map(|job| job.steps(now).into_iter().zip(1..).map(move |(step, n)| (job, step, n)))
        .filter(|(_, (at, step), _)| asked.fits(*at, processing_state(*step)))
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
) -> Answer {
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
) -> Answer {
    json_answer(
        StatusCode::OK,
        &json!(mail_events(&ctx.exstream(), &query, ctx.now()).len()),
    )
}

/// `GET .../events/{tenant}/{domain}/content`: this company signs nothing by mail.
pub(super) async fn other() -> Answer {
    json_answer(StatusCode::OK, &json!([]))
}

/// The same as a count.
pub(super) async fn other_count() -> Answer {
    json_answer(StatusCode::OK, &json!(0))
}

/// One event for each letter that was composed, named after the step that did it.
fn docgen_events(state: &State, query: &Query, now: Millis) -> Vec<Value> {
    let asked = Asked::of(query);
    let jobs = state.jobs.iter().filter(|job| job.started_at <= now);
    jobs.filter(|job| asked.fits(job.started_at, DOCGEN_STATE))
        .map(|job| {
            json!({
                "eventId": job.number * 100, "domainId": DOMAIN, "eventDate": job.started_at.rfc3339(),
                "eventType": "DOCGEN", "eventStatus": "COMPLETE", "eventRef": job.external_id,
                "jobId": job.id, "flowStepId": job.step_id("communication"),
                "lastUpdateTime": job.started_at.rfc3339(), "processingState": DOCGEN_STATE,
                "tenantId": TENANT,
            })
        })
        .collect()
}

/// Composing is done when it is told of.
const DOCGEN_STATE: i64 = 2;

/// `GET .../docgen-event/{tenant}/{domain}`.
pub(super) async fn docgen(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_parts): Path<(String, String)>,
    query: Query,
) -> Answer {
    let events = docgen_events(&ctx.exstream(), &query, ctx.now());
    json_answer(StatusCode::OK, &Value::Array(events))
}

/// `GET .../docgen-event/{tenant}/{domain}/states`: one number.
pub(super) async fn docgen_count(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_parts): Path<(String, String)>,
    query: Query,
) -> Answer {
    let events = docgen_events(&ctx.exstream(), &query, ctx.now());
    json_answer(StatusCode::OK, &json!(events.len()))
}

/// `GET .../docgen-event/{tenant}/{domain}/{flowStepId}/metadata`.
pub(super) async fn docgen_metadata(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_tenant, _domain, step)): Path<(String, String, String)>,
) -> Answer {
    let state = ctx.exstream();
    let mut jobs = state.jobs.iter();
    match jobs.find(|job| job.step_id("communication") == step) {
        Some(job) => done(&json!({
            "template": job.template_key, "templateVersion": job.template_version,
            "language": job.language, "channel": job.channel, "externalId": job.external_id,
        })),
        None => unknown(&ctx, "flow step"),
    }
}
