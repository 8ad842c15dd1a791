//! Orchestration's runtime: jobs.

use std::sync::Arc;

use axum::{
    extract::{Path, State as Ax},
    http::StatusCode,
};
use domain::{Millis, System};
use serde_json::{Value, json};

use super::{State, jobs::Job, service_error};
use crate::core::{
    effects::Effect,
    http::{Answer, Query, json_answer},
    state::Ctx,
};

/// `filter=statuses:complete,error;externalId:ABC`.
pub(super) struct Filter(Vec<(String, Vec<String>)>);

impl Filter {
    pub(super) fn read(text: Option<&str>) -> Self {
        let parts = text.unwrap_or_default().split(';');
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

    pub(super) fn allows(&self, name: &str, value: &str) -> bool {
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

fn found<'s>(state: &'s State, query: &Query, now: Millis) -> impl Iterator<Item = &'s Job> {
    let filter = Filter::read(query.get("filter"));
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
        .filter(move |job| job.started_at <= now)
        .filter(move |job| {
            let started: String = job.started_at.rfc3339().chars().take(10).collect();
            filter.allows("statuses", job.status(now).0)
                && filter.allows("externalId", job.external_id.as_deref().unwrap_or_default())
                && filter.allows("channel", &job.channel)
                && from.as_ref().is_none_or(|from| started >= *from)
                && to.as_ref().is_none_or(|to| started <= *to)
        })
}

/// `GET /runtime/{domain}/jobs`.
pub(super) async fn list(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
) -> Answer {
    let now = ctx.now();
    let rows: Vec<Value> = found(&ctx.exstream(), &query, now)
        .map(|job| job.json(now, false))
        .collect();
    page(&rows, &query)
}

/// `GET /runtime/{domain}/jobs/{id}`.
pub(super) async fn read(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    match ctx.exstream().job(&id) {
        Some(job) => done(&job.json(ctx.now(), true)),
        None => unknown(&ctx, "job"),
    }
}

/// `data` of a call that went well.
pub(super) fn done(data: &Value) -> Answer {
    json_answer(
        StatusCode::OK,
        &json!({ "status": "success", "data": data }),
    )
}

pub(super) fn unknown(ctx: &Ctx, what: &str) -> Answer {
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
) -> Answer {
    halt(&ctx, &id)
}

/// Stops a job that has not sent its letter yet.
pub(super) fn halt(ctx: &Ctx, id: &str) -> Answer {
    let now = ctx.now();
    let mut state = ctx.exstream();
    let Some(job) = state.job_mut(id) else {
        return unknown(ctx, "job");
    };
    match job.status(now).0 {
        "started" => job.cancelled_at = Some(now),
        "canceled" => {}
        other => {
            let words = format!("job is {other}");
            return service_error(ctx, StatusCode::CONFLICT, "409001", &words);
        }
    }
    let reference = job.external_id.clone();
    drop(state);
    ctx.effect(Effect {
        system: System::Exstream,
        kind: "cancel".to_owned(),
        key: None,
        reference,
        subject: id.to_owned(),
        payload_sha256: None,
    });
    json_answer(
        StatusCode::OK,
        &json!({"status": "success", "message": "job stopped"}),
    )
}

/// `DELETE /runtime/{domain}/jobs/{id}`: what is under way stays.
pub(super) async fn delete(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    let now = ctx.now();
    let mut state = ctx.exstream();
    let Some(job) = state.job_mut(&id) else {
        return unknown(&ctx, "job");
    };
    if job.status(now).0 == "started" {
        let words = "a job that is started cannot be deleted";
        return service_error(&ctx, StatusCode::CONFLICT, "409005", words);
    }
    job.deleted_at.get_or_insert(now);
    done(&json!([id]))
}

/// `DELETE /runtime/{domain}/jobs?filter=`: every finished job that is found. Without a filter nothing is deleted.
pub(super) async fn delete_found(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
) -> Answer {
    if query.get("filter").is_none_or(str::is_empty) {
        return service_error(&ctx, StatusCode::BAD_REQUEST, "400001", "filter is missing");
    }
    let now = ctx.now();
    let mut state = ctx.exstream();
    let finished = |job: &&Job| job.status(now).0 != "started";
    let ids: Vec<String> = found(&state, &query, now)
        .filter(finished)
        .map(|job| job.id.clone())
        .collect();
    for job in state.jobs.iter_mut().filter(|job| ids.contains(&job.id)) {
        job.deleted_at.get_or_insert(now);
    }
    done(&json!(ids))
}

/// `POST /runtime/{domain}/jobs/{id}/reprocessing`: the same input once more, which makes another letter.
pub(super) async fn reprocess(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    let now = ctx.now();
    let mut state = ctx.exstream();
    let Some(status) = state.job(&id).map(|job| job.status(now).0) else {
        return unknown(&ctx, "job");
    };
    if matches!(status, "started" | "deleted") {
        let words = format!("job is {status}");
        return service_error(&ctx, StatusCode::CONFLICT, "409001", &words);
    }
    let (number, made) = state.next_id("job");
    let Some(again) = state.job(&id).map(|job| job.again(number, made, now)) else {
        return unknown(&ctx, "job");
    };
    let answer = done(&json!([{
        "jobId": again.id, "externalId": again.external_id, "status": "started",
    }]));
    let effect = again.released();
    state.jobs.push(again);
    drop(state);
    ctx.effect(effect);
    answer
}
