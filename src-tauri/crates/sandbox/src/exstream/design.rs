//! Design: templates and documents as resources with an approval state and a lock.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Ax},
    http::StatusCode,
};
use domain::{Millis, System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::{Draft, State, runtime::page, service_error, templates::Template};
use crate::core::{
    effects::Effect,
    http::{Answer, Query, json_answer},
    state::Ctx,
};

const ROLES: [&str; 2] = ["Content approver", "Compliance approver"];

fn approval(state: &str) -> Value {
    let approvals: Vec<Value> = ROLES
        .iter()
        .zip(1..)
        .map(|(role, level)| {
            json!({
                "role": role, "level": level, "approved": state == "APPROVED", "pending": state == "REVIEW",
            })
        })
        .collect();
    json!({ "state": state, "pending": state == "REVIEW", "approvals": approvals })
}

fn template_json(template: &Template, latest: bool, with_approval: bool) -> Value {
    let mut out = json!({
        "id": template.id, "name": format!("{} {} ({})", template.key, template.title, template.language),
        "type": "exstrapplication", "version": template.version, "latestVersion": latest,
        "state": template.state, "locked": template.locked_by.is_some(), "lockedBy": template.locked_by,
        "lastModifiedDate": template.modified_at.rfc3339(),
        "properties": { "key": template.key, "title": template.title, "language": template.language },
    });
    if with_approval && let Some(out) = out.as_object_mut() {
        out.insert("approvalInfo".to_owned(), approval(&template.state));
    }
    out
}

fn draft_json(draft: &Draft) -> Value {
    json!({
        "id": draft.id, "name": draft.data.get("externalId"), "type": "empowerdocument", "version": 1,
        "latestVersion": true, "state": draft.state, "locked": draft.locked_by.is_some(),
        "lockedBy": draft.locked_by, "lastModifiedDate": draft.modified_at.rfc3339(),
        "properties": {}, "approvalInfo": approval(&draft.state),
    })
}

/// `GET /resources/{domain}`.
pub(super) async fn list(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    query: Query,
) -> Answer {
    let words = |name: &str| -> Vec<String> {
        query
            .all(name)
            .flat_map(|v| v.split(','))
            .filter(|v| !v.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (types, states) = (words("filter.types"), words("filter.states"));
    let time = |name: &str| query.get(name).and_then(|t| Millis::parse_lenient(t).ok());
    let (from, to) = (
        time("filter.lastModifiedDateStart"),
        time("filter.lastModifiedDateEnd"),
    );
    let latest_only = query.get("filter.latestVersion") == Some("true");
    let with_approval = query.get("fetchApproval") == Some("true");
    let state = ctx.exstream();
    let fits = |t: &&Template| states.is_empty() || states.contains(&t.state);
    let rows: Vec<Value> = state
        .templates
        .iter()
        .filter(|_| types.is_empty() || types.iter().any(|t| t == "exstrapplication"))
        .filter(fits)
        .filter_map(|template| {
            // The latest of those that fit: a newer draft does not hide what is in force.
            let latest = !state.templates.iter().filter(fits).any(|other| {
                other.key == template.key
                    && other.language == template.language
                    && other.version > template.version
            });
            (latest || !latest_only).then_some((template, latest))
        })
        .filter(|(t, _)| from.is_none_or(|from| t.modified_at >= from))
        .filter(|(t, _)| to.is_none_or(|to| t.modified_at <= to))
        .map(|(template, latest)| template_json(template, latest, with_approval))
        .collect();
    page(&rows, &query)
}

/// `GET /resources/{domain}/{id}`.
pub(super) async fn read(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    let state = ctx.exstream();
    let found = state
        .templates
        .iter()
        .find(|t| t.id == id)
        .map(|t| template_json(t, true, true))
        .or_else(|| state.drafts.get(&id).map(draft_json));
    match found {
        Some(data) => json_answer(StatusCode::OK, &json!({"status": "success", "data": data})),
        None => service_error(&ctx, StatusCode::NOT_FOUND, "404001", "no such resource"),
    }
}

/// Why a state was not set.
enum Refusal {
    Unknown,
    Locked,
    Invalid,
}

fn follows(from: &str, to: &str) -> bool {
    matches!(
        (from, to),
        ("DRAFT", "REVIEW")
            | ("REVIEW", "APPROVED" | "REJECTED" | "DRAFT")
            | ("REJECTED" | "APPROVED", "DRAFT")
    )
}

/// Sets a state; an approved template that goes back to draft becomes a new version beside the one in force.
fn change(
    state: &mut State,
    id: &str,
    to: &str,
    comment: &str,
    now: Millis,
) -> Result<(), Refusal> {
    if let Some(draft) = state.drafts.get_mut(id) {
        if draft.locked_by.is_some() {
            return Err(Refusal::Locked);
        }
        if !follows(&draft.state, to) {
            return Err(Refusal::Invalid);
        }
        draft.state = to.to_owned();
        draft.comment = comment.to_owned();
        draft.modified_at = now;
        return Ok(());
    }
    let Some(template) = state.templates.iter_mut().find(|t| t.id == id) else {
        return Err(Refusal::Unknown);
    };
    if template.locked_by.is_some() {
        return Err(Refusal::Locked);
    }
    if !follows(&template.state, to) {
        return Err(Refusal::Invalid);
    }
    if template.state == "APPROVED" {
        let mut next = template.clone();
        next.version += 1;
        next.id = super::ids::uuid(
            state.seed,
            &format!("template/{}/{}/{}", next.key, next.language, next.version),
        );
        next.state = to.to_owned();
        next.comment = comment.to_owned();
        next.modified_at = now;
        if state.templates.iter().any(|t| t.id == next.id) {
            return Err(Refusal::Invalid);
        }
        state.templates.push(next);
    } else {
        template.state = to.to_owned();
        template.comment = comment.to_owned();
        template.modified_at = now;
    }
    Ok(())
}

fn effect(ctx: &Ctx, id: &str, to: &str) {
    ctx.effect(Effect {
        system: System::Exstream,
        kind: "set_review_state".to_owned(),
        key: None,
        reference: Some(id.to_owned()),
        subject: to.to_owned(),
        payload_sha256: None,
    });
}

fn wanted(body: &Value) -> Option<(String, String)> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let state = text("state")
        .filter(|s| matches!(s.as_str(), "DRAFT" | "REVIEW" | "APPROVED" | "REJECTED"))?;
    Some((state, text("auditedComment").unwrap_or_default()))
}

/// `PUT /resources/{domain}/{id}/state`.
pub(super) async fn set_state(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some((to, comment)) = wanted(&body) else {
        return service_error(
            &ctx,
            StatusCode::BAD_REQUEST,
            "400001",
            "state is no approval state",
        );
    };
    let now = ctx.now();
    let done = change(&mut ctx.exstream(), &id, &to, &comment, now);
    let (status, code, words) = match done {
        Ok(()) => {
            effect(&ctx, &id, &to);
            let body = json!({"status": "success", "message": "state changed", "details": [id]});
            return json_answer(StatusCode::OK, &body);
        }
        Err(Refusal::Unknown) => (StatusCode::NOT_FOUND, "404001", "no such resource"),
        Err(Refusal::Locked) => (StatusCode::CONFLICT, "409002", "resource is locked"),
        Err(Refusal::Invalid) => (StatusCode::CONFLICT, "409003", "invalid state for update"),
    };
    service_error(&ctx, status, code, words)
}

/// `PUT /resources/{domain}/state`: sorts ids into buckets, so it can half succeed with 200.
pub(super) async fn set_states(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    body: Bytes,
) -> Answer {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some((to, comment)) = wanted(&body) else {
        return service_error(
            &ctx,
            StatusCode::BAD_REQUEST,
            "400001",
            "state is no approval state",
        );
    };
    let ids = body
        .get("resourceIds")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let now = ctx.now();
    let (mut changed, mut locked, mut invalid, mut errors) = (vec![], vec![], vec![], vec![]);
    for id in ids.iter().filter_map(Value::as_str).take(500) {
        match change(&mut ctx.exstream(), id, &to, &comment, now) {
            Ok(()) => changed.push(id),
            Err(Refusal::Locked) => locked.push(id),
            Err(Refusal::Invalid) => invalid.push(id),
            Err(Refusal::Unknown) => errors.push(id),
        }
    }
    for id in &changed {
        effect(&ctx, id, &to);
    }
    json_answer(
        StatusCode::OK,
        &json!({
            "status": "success",
            "data": {
                "stateChangedResources": changed, "resourceLockedExceptionResources": locked,
                "permissionDeniedExceptionResources": [], "invalidStateForUpdateExceptionResources": invalid,
                "notAllChildrenApprovedExceptionResources": [], "domainNotFoundExceptionResources": [],
                "workflowExceptionResources": [], "unexpectedExceptionResources": [], "errorResources": errors,
            },
        }),
    )
}

fn set_lock(ctx: &Ctx, id: &str, locked: bool) -> Answer {
    let mut state = ctx.exstream();
    let state = &mut *state;
    let holder = match state.templates.iter_mut().find(|t| t.id == id) {
        Some(template) => &mut template.locked_by,
        None => match state.drafts.get_mut(id) {
            Some(draft) => &mut draft.locked_by,
            None => {
                return service_error(ctx, StatusCode::NOT_FOUND, "404001", "no such resource");
            }
        },
    };
    if locked && holder.is_some() {
        return service_error(ctx, StatusCode::CONFLICT, "409002", "resource is locked");
    }
    *holder = locked.then(|| super::CLIENT_ID.to_owned());
    json_answer(
        StatusCode::OK,
        &json!({"status": "success", "message": "", "details": []}),
    )
}

/// `POST /resources/{domain}/{id}/lock`.
pub(super) async fn lock(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    set_lock(&ctx, &id, true)
}

/// `DELETE /resources/{domain}/{id}/lock`.
pub(super) async fn unlock(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path((_domain, id)): Path<(String, String)>,
) -> Answer {
    set_lock(&ctx, &id, false)
}

/// `POST /resources/{domain}/Etag/Descriptors`: a fingerprint for each resource asked for.
pub(super) async fn descriptors(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    body: Bytes,
) -> Answer {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let ids = body
        .as_array()
        .or_else(|| body.get("resourceIds")?.as_array())
        .cloned()
        .unwrap_or_default();
    let state = ctx.exstream();
    let rows: Vec<Value> = ids
        .iter()
        .filter_map(Value::as_str)
        .filter_map(|id| {
            let text = state
                .templates
                .iter()
                .find(|t| t.id == id)
                .map(|t| format!("{}@{} {} {}", t.key, t.version, t.language, t.title));
            let text = text.or_else(|| {
                state
                    .drafts
                    .get(id)
                    .map(|d| Value::Object(d.data.clone()).to_string())
            })?;
            Some(json!({ "id": id, "etag": sha256_hex(text.as_bytes()) }))
        })
        .collect();
    json_answer(
        StatusCode::OK,
        &json!({ "status": "success", "data": rows }),
    )
}
