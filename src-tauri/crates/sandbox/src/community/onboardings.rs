//! Onboarding: the spaces of that purpose, whose items are tasks, milestones and required documents.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode},
};
use serde_json::json;

use super::{
    asked::Asked,
    contract::{At, actor, begin, etag, finish, matches, missing},
    model::State,
    requests::{Instant, Purpose, TaskChanges, json_body},
};
use crate::{
    Ctx,
    core::http::{Answer, Query, json_answer, with_header},
};

pub(super) async fn list(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["cursor", "limit"])?;
    let state = ctx.community();
    let found = state.spaces.iter();
    let found = found.filter(|s| s.purpose == Purpose::Onboarding.as_str());
    asked.page(found.map(|s| json!(s)))
}

fn is_onboarding(state: &State, id: &str) -> bool {
    let mut spaces = state.spaces.iter();
    spaces.any(|s| s.id == id && s.purpose == Purpose::Onboarding.as_str())
}

fn task_at(state: &State, space: &str, task: &str) -> Result<usize, Answer> {
    let onboarding = is_onboarding(state, space);
    let mut items = state.items.iter();
    let at = items.position(|i| onboarding && i.space_id == space && i.id == task);
    at.ok_or_else(|| missing("task"))
}

pub(super) async fn tasks(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    query: Query,
) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["cursor", "limit"])?;
    let state = ctx.community();
    if !is_onboarding(&state, &id) {
        return Err(missing("onboarding"));
    }
    let found = state.items.iter().filter(|i| i.space_id == id);
    asked.page(found.map(|i| json!(i)))
}

pub(super) async fn task(
    Shared(ctx): Shared<Arc<Ctx>>,
    At((space, task)): At<(String, String)>,
) -> Result<Answer, Answer> {
    let state = ctx.community();
    let at = task_at(&state, &space, &task)?;
    let item = state.items.get(at).ok_or_else(|| missing("task"))?;
    let answer = json_answer(StatusCode::OK, &json!(item));
    Ok(with_header(answer, "etag", &etag(item.version)))
}

pub(super) async fn change(
    Shared(ctx): Shared<Arc<Ctx>>,
    At((space, task)): At<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let place = format!("PATCH /onboardings/{space}/tasks/{task}");
    actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, &place, &body)?;
    let changes: TaskChanges = json_body(&headers, &body)?;
    let at = task_at(&state, &space, &task)?;
    let item = state.items.get_mut(at).ok_or_else(|| missing("task"))?;
    matches(&headers, item.version, &json!(item))?;
    if let Some(word) = changes.state {
        item.state = word.into();
    }
    if let Some(due_at) = changes.due_at {
        item.due_at = due_at.map(|Instant(at)| at.rfc3339());
    }
    item.version += 1;
    item.updated_at = ctx.now();
    let (shown, etag) = (json!(item), etag(item.version));
    let subject = format!("space/{space}");
    state.event("item.updated", &subject, ctx.now(), shown.clone());
    Ok(finish(
        &mut state,
        begun,
        "item",
        &task,
        StatusCode::OK,
        shown,
        (Some(etag), None),
    ))
}
