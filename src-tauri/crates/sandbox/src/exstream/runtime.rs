//! Orchestration's runtime: jobs, flow instances, flow steps and artifacts.

use std::sync::Arc;

use axum::{
    extract::{Path, State as Ax},
    http::{HeaderMap, StatusCode},
};
use domain::{Millis, System};
use serde_json::{Value, json};

use super::{State, refused, service_error};
use crate::core::{
    effects::Effect,
    http::{Answer, Query, bytes_answer, json_answer},
    state::Ctx,
};

/// `filter=statuses:complete,error;externalId:ABC`.
struct Filter(Vec<(String, Vec<String>)>);

impl Filter {
    fn read(query: &Query) -> Self {
        let parts = query.get("filter").unwrap_or_default().split(';');
        Self(
            parts
                .filter_map(|part| part.split_once(':'))
                .map(|(name, values)| {
                    (
                        name.trim().to_owned(),
                        values.split(',').map(|v| v.trim().to_owned()).collect(),
                    )
                })
                .collect(),
        )
    }

    fn allows(&self, name: &str, value: &str) -> bool {
        self.0
            .iter()
            .filter(|(n, _)| n == name)
            .all(|(_, values)| values.iter().any(|v| v == value))
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)?
            .1
            .first()
            .map(String::as_str)
    }
}

/// Rows of an offset list in the envelope of the product.
pub(super) fn page(rows: &[Value], query: &Query) -> Answer {
    let at_least = |name: &str, fallback: i64| {
        usize::try_from(query.number(name).unwrap_or(fallback).max(0)).unwrap_or(0)
    };
    let (offset, count) = (at_least("offset", 0), at_least("count", 25).clamp(1, 200));
    let data: Vec<&Value> = rows.iter().skip(offset).take(count).collect();
    json_answer(
        StatusCode::OK,
        &json!({
            "status": "success",
            "data": data,
            "page": {
                "pageSize": count, "pageOffset": offset, "totalElements": rows.len(),
                "totalPages": rows.len().div_ceil(count), "currentPageNumber": offset / count + 1,
            },
        }),
    )
}

fn job_rows(state: &State, query: &Query, now: Millis) -> Vec<Value> {
    let filter = Filter::read(query);
    // Days, not instants: finer filters are not known here.
    let day = |name: &str| {
        filter
            .first(name)
            .map(|d| d.chars().take(10).collect::<String>())
    };
    let (from, to) = (day("startDate"), day("endDate"));
    state
        .jobs
        .iter()
        .rev()
        .filter(|job| job.started_at <= now)
        .filter(|job| {
            let started: String = job.started_at.rfc3339().chars().take(10).collect();
            filter.allows("statuses", job.status(now).0)
                && filter.allows("externalId", job.external_id.as_deref().unwrap_or_default())
                && filter.allows("channel", &job.channel)
                && from.as_ref().is_none_or(|from| started >= *from)
                && to.as_ref().is_none_or(|to| started <= *to)
        })
        .map(|job| job.json(now, false))
        .collect()
}

/// `GET /runtime/{domain}/jobs`.
pub(super) async fn list(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let rows = job_rows(&ctx.exstream(), &query, ctx.now());
    page(&rows, &query)
}

/// `GET /runtime/{domain}/jobs/{id}`.
pub(super) async fn read(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    match ctx.exstream().job(&id) {
        Some(job) => json_answer(
            StatusCode::OK,
            &json!({"status": "success", "data": job.json(ctx.now(), true)}),
        ),
        None => unknown(&ctx, "job"),
    }
}

fn unknown(ctx: &Ctx, what: &str) -> Answer {
    service_error(
        ctx,
        StatusCode::NOT_FOUND,
        "404001",
        &format!("no such {what}"),
    )
}

/// `POST /runtime/{domain}/jobs/{id}/stop`: possible until the letter has left.
pub(super) async fn stop(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let now = ctx.now();
    let mut state = ctx.exstream();
    let Some(job) = state.job_mut(&id) else {
        return unknown(&ctx, "job");
    };
    match job.status(now).0 {
        "started" => job.cancelled_at = Some(now),
        "canceled" => {}
        other => {
            let words = format!("job is {other}");
            return service_error(&ctx, StatusCode::CONFLICT, "409001", &words);
        }
    }
    let reference = job.external_id.clone();
    drop(state);
    ctx.effect(Effect {
        system: System::Exstream,
        kind: "cancel".to_owned(),
        key: None,
        reference,
        subject: id,
        payload_sha256: None,
    });
    json_answer(
        StatusCode::OK,
        &json!({"status": "success", "message": "job stopped"}),
    )
}

/// `GET /runtime/{domain}/flow-instances`.
pub(super) async fn instances(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let (now, filter) = (ctx.now(), Filter::read(&query));
    let state = ctx.exstream();
    let rows: Vec<Value> = state
        .jobs
        .iter()
        .filter(|job| filter.allows("jobId", &job.id))
        .filter(|job| filter.allows("externalId", job.external_id.as_deref().unwrap_or_default()))
        .map(|job| job.instance(now))
        .collect();
    page(&rows, &query)
}

/// `GET /runtime/{domain}/flow-instances/{id}`.
pub(super) async fn instance(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let state = ctx.exstream();
    match state.jobs.iter().find(|job| job.instance_id() == id) {
        Some(job) => json_answer(
            StatusCode::OK,
            &json!({"status": "success", "data": job.instance(ctx.now())}),
        ),
        None => unknown(&ctx, "flow instance"),
    }
}

/// `GET /runtime/{domain}/flow-steps`.
pub(super) async fn steps(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let (now, filter) = (ctx.now(), Filter::read(&query));
    let state = ctx.exstream();
    let rows: Vec<Value> = state
        .jobs
        .iter()
        .filter(|job| {
            filter.allows("jobId", &job.id) && filter.allows("flowInstanceId", &job.instance_id())
        })
        .flat_map(|job| job.flow_steps(now))
        .filter(|step| {
            filter.allows(
                "stepType",
                step.get("stepType")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            )
        })
        .collect();
    page(&rows, &query)
}

/// `GET /runtime/{domain}/flow-steps/{id}` and what hangs below it.
pub(super) async fn step(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let (now, state) = (ctx.now(), ctx.exstream());
    let found = state
        .jobs
        .iter()
        .flat_map(|job| job.flow_steps(now))
        .find(|step| step.get("id").and_then(Value::as_str) == Some(&id));
    match found {
        Some(step) => json_answer(StatusCode::OK, &json!({"status": "success", "data": step})),
        None => unknown(&ctx, "flow step"),
    }
}

/// `.../flow-steps/{id}/delivery-file`, `.../artifact/{name}`: the produced bytes.
pub(super) async fn artifact(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(parts): Path<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let id = parts
        .iter()
        .find(|(name, _)| name == "id")
        .map_or("", |(_, id)| id.as_str());
    let state = ctx.exstream();
    match state.jobs.iter().find(|job| job.step_id("output") == id) {
        Some(job) => bytes_answer(
            StatusCode::OK,
            "application/pdf",
            job.produced().bytes.clone(),
        ),
        None => unknown(&ctx, "delivery file"),
    }
}
