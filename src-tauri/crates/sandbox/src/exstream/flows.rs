//! Flow instances and flow steps of a job, and the files a step holds. The shapes of counts, associated jobs and file lists
//! are ours; the paths are the product's.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path, State as Ax},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    jobs::Job,
    runtime::{Filter, done, halt, page, unknown},
    service_error,
};
use crate::core::{
    http::{Answer, Query, bytes_answer, json_answer},
    state::Ctx,
};

fn rows(ctx: &Ctx, of_job: impl Fn(&Job) -> Vec<Value>) -> Vec<Value> {
    let now = ctx.now();
    let state = ctx.exstream();
    let jobs = state.jobs.iter().filter(|job| job.started_at <= now);
    jobs.flat_map(of_job).collect()
}

fn named<'v>(row: &'v Value, name: &str) -> &'v str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `GET /runtime/{domain}/flow-instances`.
pub(super) async fn instances(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
) -> Answer {
    let (now, filter) = (ctx.now(), Filter::read(query.get("filter")));
    let mut rows = rows(&ctx, |job| vec![job.instance(now)]);
    rows.retain(|row| {
        filter.allows("jobId", named(row, "jobId"))
            && filter.allows("externalId", named(row, "externalId"))
            && filter.allows("statuses", named(row, "status"))
    });
    page(&rows, &query)
}

/// `GET /runtime/{domain}/flow-instances/{id}`.
pub(super) async fn instance(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    let now = ctx.now();
    let found = ctx.exstream().jobs.iter().find_map(|job| {
        let wanted = job.instance_id() == id;
        wanted.then(|| job.instance(now))
    });
    match found {
        Some(instance) => done(&instance),
        None => unknown(&ctx, "flow instance"),
    }
}

/// Ids of instances named in a body, a list or `{ids: []}`; nobody named means all.
fn chosen(body: &[u8]) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let ids = body.as_array().or_else(|| body.get("ids")?.as_array());
    let ids = ids.into_iter().flatten().filter_map(Value::as_str);
    ids.map(str::to_owned).collect()
}

fn is_chosen(ids: &[String], job: &Job) -> bool {
    ids.is_empty() || ids.contains(&job.instance_id())
}

/// `POST /runtime/{domain}/flow-instances/counts`: how many are in each status.
pub(super) async fn counts(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    body: Bytes,
) -> Answer {
    let (now, ids) = (ctx.now(), chosen(&body));
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for job in ctx.exstream().jobs.iter() {
        if job.started_at <= now && is_chosen(&ids, job) {
            *counts.entry(job.flow_status(now)).or_default() += 1;
        }
    }
    done(&json!(counts))
}

/// `POST /runtime/{domain}/flow-instances/associated-jobs`: the jobs of the instances named.
pub(super) async fn associated_jobs(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    body: Bytes,
) -> Answer {
    let ids = chosen(&body);
    if ids.is_empty() {
        let words = "no flow instances are named";
        return service_error(&ctx, StatusCode::BAD_REQUEST, "400001", words);
    }
    let now = ctx.now();
    let state = ctx.exstream();
    let jobs = state.jobs.iter().filter(|job| is_chosen(&ids, job));
    done(&jobs.map(|job| job.json(now, false)).collect())
}

/// The job that an instance or a step belongs to.
fn job_of(ctx: &Ctx, id: &str) -> Option<String> {
    let state = ctx.exstream();
    let found = state
        .jobs
        .iter()
        .find(|job| job.instance_id() == id || job.kind_of_step(id).is_some());
    found.map(|job| job.id.clone())
}

/// `POST .../flow-instances/{id}/stop`, `.../flow-steps/{id}/stop`: stops the job they belong to.
pub(super) async fn stop(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    match job_of(&ctx, &id) {
        Some(job) => halt(&ctx, &job),
        None => unknown(&ctx, "flow"),
    }
}

/// `POST .../flow-instances/{id}/release`, `.../flow-steps/{id}/release`: nothing is ever held in this company.
pub(super) async fn release(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    match job_of(&ctx, &id) {
        Some(_) => service_error(&ctx, StatusCode::CONFLICT, "409004", "it is not holding"),
        None => unknown(&ctx, "flow"),
    }
}

/// `GET /runtime/{domain}/flow-steps`.
pub(super) async fn steps(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
) -> Answer {
    let (now, filter) = (ctx.now(), Filter::read(query.get("filter")));
    let mut rows = rows(&ctx, |job| {
        if filter.allows("jobId", &job.id) {
            job.flow_steps(now)
        } else {
            Vec::new()
        }
    });
    rows.retain(|row| {
        filter.allows("flowInstanceId", named(row, "flowInstanceId"))
            && filter.allows("stepType", named(row, "stepType"))
            && filter.allows("statuses", named(row, "status"))
    });
    page(&rows, &query)
}

/// `GET /runtime/{domain}/flow-steps/{id}`.
pub(super) async fn step(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    let now = ctx.now();
    let found = rows(&ctx, |job| job.flow_steps(now));
    match found.iter().find(|step| named(step, "id") == id) {
        Some(step) => done(step),
        None => unknown(&ctx, "flow step"),
    }
}

/// Files of a step, as `what` names them in its path.
pub(super) async fn file(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(parts): Path<BTreeMap<String, String>>,
) -> Answer {
    let part = |name: &str| parts.get(name).map_or("", String::as_str);
    let state = ctx.exstream();
    let found = state.jobs.iter().find_map(|job| {
        let kind = job.kind_of_step(part("id"))?;
        Some((job, kind))
    });
    match (found, part("what"), part("name")) {
        (Some((job, "output")), "delivery-file", "")
        | (Some((job, "output")), "artifact", OUTPUT) => bytes_answer(
            StatusCode::OK,
            "application/pdf",
            job.produced().bytes.clone(),
        ),
        (Some((job, "output")), "delivery-file", "outputs") => done(&json!([{
            "name": OUTPUT, "mimeType": "application/pdf", "size": job.produced().bytes.len(),
        }])),
        (Some((_, "output")), "delivery-file", "output-files") => done(&json!([OUTPUT])),
        (Some((job, "input")), "message-file", "") => {
            json_answer(StatusCode::OK, &Value::Object(job.data.clone()))
        }
        _ => unknown(&ctx, "file"),
    }
}

/// Name of the file a letter is printed to.
const OUTPUT: &str = "output.pdf";
