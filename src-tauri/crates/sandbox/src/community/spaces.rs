//! Review, onboarding and mirror spaces with their items; onboarding tasks are the items of an onboarding space.
//!
//! A review space enforces separation of duties: whoever made the letter cannot sign it, a signature over another hash
//! than the one under review does not count, and nobody signs twice.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
};
use domain::{System, canonical::sha256_hex};
use serde_json::{Map, Value, json};

use super::{
    contract::{Actor, actor, begin, finish, matches, missing, object, text, unfit},
    model::{Item, Space, State},
    threads::page,
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer, problem, with_header},
    },
};

pub(super) async fn list(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.community();
    let fits = |s: &&Space| {
        let is = |name: &str, value: Option<&str>| query.get(name).is_none_or(|w| value == Some(w));
        is("purpose", Some(&s.purpose))
            && is("case_id", s.case_id.as_deref())
            && is("partner_id", s.partner_id.as_deref())
            && is("subject", Some(&s.subject))
            && is("key", s.key.as_deref())
    };
    page(
        state.spaces.iter().filter(fits).map(|s| json!(s)).collect(),
        &query,
    )
}

pub(super) async fn read(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    match ctx.community().spaces.iter().find(|s| s.id == id) {
        Some(space) => json_answer(StatusCode::OK, &json!(space)),
        None => missing("space"),
    }
}

pub(super) async fn open(Shared(ctx): Shared<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    try_open(&ctx, &headers, &body).unwrap_or_else(|refusal| refusal)
}

fn try_open(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let begun = begin(&state, headers, "POST /spaces", body)?;
    let actor = actor(ctx, headers)?;
    let fields = object(body)?;
    let purpose = text(&fields, "purpose");
    if !["review", "onboarding", "mirror"].contains(&purpose.as_str()) {
        return Err(unfit("purpose must be review, onboarding or mirror"));
    }
    let optional = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let case_id = optional("case_id");
    if case_id
        .as_ref()
        .is_some_and(|c| !state.cases.contains_key(c))
    {
        return Err(missing("case"));
    }
    let partner_id = optional("partner_id");
    if partner_id
        .as_ref()
        .is_some_and(|p| ctx.scenario().partner(p).is_none())
    {
        return Err(unfit("partner_id names no partner"));
    }
    let space = Space {
        id: state.next_id("sp"),
        purpose,
        case_id,
        partner_id,
        title: text(&fields, "title"),
        subject: text(&fields, "subject"),
        state: "open".to_owned(),
        created_by: actor.login,
        created_at: ctx.now(),
        updated_at: ctx.now(),
        key: Some(begun.key.clone()),
    };
    let (id, shown) = (space.id.clone(), json!(space));
    state.spaces.push(space);
    state.event(
        "space.created",
        &format!("space/{id}"),
        ctx.now(),
        shown.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "open_space".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(id.clone()),
        subject: format!("space/{id}"),
        payload_sha256: Some(sha256_hex(body)),
    });
    let place = (None, Some(format!("/spaces/{id}")));
    Ok(finish(
        &mut state,
        begun,
        "space",
        &id,
        StatusCode::CREATED,
        shown,
        place,
    ))
}

pub(super) async fn items(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let state = ctx.community();
    if !state.spaces.iter().any(|s| s.id == id) {
        return missing("space");
    }
    let fits = |i: &&Item| {
        i.space_id == id && query.get("key").is_none_or(|k| i.key.as_deref() == Some(k))
    };
    page(
        state.items.iter().filter(fits).map(|i| json!(i)).collect(),
        &query,
    )
}

pub(super) async fn publish(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    try_publish(&ctx, &id, &headers, &body).unwrap_or_else(|refusal| refusal)
}

fn try_publish(ctx: &Ctx, id: &str, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let begun = begin(&state, headers, &format!("POST /spaces/{id}/items"), body)?;
    let actor = actor(ctx, headers)?;
    let fields = object(body)?;
    let kind = text(&fields, "kind");
    if kind.is_empty() {
        return Err(unfit("kind is needed"));
    }
    let space = state
        .spaces
        .iter()
        .find(|s| s.id == id)
        .ok_or_else(|| missing("space"))?;
    if space.purpose == "review" {
        may_publish(ctx, &state, space, &kind, &fields, &actor)?;
    }
    let now = ctx.now();
    let item = Item {
        id: state.next_id("it"),
        space_id: id.to_owned(),
        kind,
        title: text(&fields, "title"),
        state: text(&fields, "state"),
        due_at: fields
            .get("due_at")
            .and_then(Value::as_str)
            .map(str::to_owned),
        author: actor.login,
        data: fields.get("data").cloned().unwrap_or_else(|| json!({})),
        version: 1,
        created_at: now,
        updated_at: now,
        key: Some(begun.key.clone()),
    };
    let (item_id, shown) = (item.id.clone(), json!(item));
    state.items.push(item);
    if let Some(space) = state.spaces.iter_mut().find(|s| s.id == id) {
        space.updated_at = now;
    }
    state.event("item.created", &format!("space/{id}"), now, shown.clone());
    ctx.effect(Effect {
        system: System::Community,
        kind: "publish_item".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(item_id.clone()),
        subject: format!("space/{id}"),
        payload_sha256: Some(sha256_hex(body)),
    });
    let place = (None, Some(format!("/spaces/{id}/items/{item_id}")));
    Ok(finish(
        &mut state,
        begun,
        "item",
        &item_id,
        StatusCode::CREATED,
        shown,
        place,
    ))
}

fn member<'a>(data: &'a Value, names: &[&str]) -> Option<&'a str> {
    names
        .iter()
        .find_map(|n| data.get(n)?.as_str())
        .filter(|t| !t.is_empty())
}

/// The rules of a review space.
fn may_publish(
    ctx: &Ctx,
    state: &State,
    space: &Space,
    kind: &str,
    fields: &Map<String, Value>,
    actor: &Actor,
) -> Result<(), Answer> {
    if !matches!(kind, "signature" | "rejection") {
        return Ok(());
    }
    let forbidden = |code: &str, words: &str| problem(StatusCode::FORBIDDEN, code, words);
    let conflict = |code: &str, words: &str| problem(StatusCode::CONFLICT, code, words);
    let empty = json!({});
    let data = fields.get("data").unwrap_or(&empty);
    let signer = member(data, &["person"]).unwrap_or(&actor.login);
    if actor.login != "system" && actor.login != signer {
        return Err(forbidden(
            "E_FORBIDDEN",
            "A signature is given by the person who signs.",
        ));
    }
    let in_space = || state.items.iter().filter(|i| i.space_id == space.id);
    let Some(request) = in_space().rev().find(|i| i.kind == "request") else {
        return Err(conflict("E_STATE", "Nothing is under review here."));
    };
    let maker = member(&request.data, &["maker", "person"]).unwrap_or(&request.author);
    if signer == maker || (space.created_by != "system" && signer == space.created_by) {
        return Err(forbidden("E_SOD", "Who made the letter cannot sign it."));
    }
    let may_sign = ["reviewer", "approver", "compliance"];
    let roles = ctx
        .scenario()
        .person(signer)
        .map(|p| p.roles.as_slice())
        .unwrap_or_default();
    if !roles.iter().any(|r| may_sign.contains(&r.as_str())) {
        return Err(forbidden(
            "E_FORBIDDEN",
            "The roles of this person do not include signing.",
        ));
    }
    let names = ["hash", "content_hash"];
    let Some(hash) = member(&request.data, &names) else {
        return Err(conflict("E_HASH", "The request names no hash."));
    };
    if member(data, &names) != Some(hash) {
        return Err(conflict(
            "E_HASH",
            "The signature is over another hash than the one under review.",
        ));
    }
    let again = in_space().any(|i| {
        matches!(i.kind.as_str(), "signature" | "rejection")
            && member(&i.data, &["person"]).unwrap_or(&i.author) == signer
            && member(&i.data, &names) == Some(hash)
    });
    if again {
        return Err(conflict("E_STATE", "This person has decided already."));
    }
    Ok(())
}

pub(super) async fn onboardings(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.community();
    let found = state.spaces.iter().filter(|s| s.purpose == "onboarding");
    page(found.map(|s| json!(s)).collect(), &query)
}

fn task_at(state: &State, space: &str, task: &str) -> Option<usize> {
    let onboarding = state
        .spaces
        .iter()
        .any(|s| s.id == space && s.purpose == "onboarding");
    state
        .items
        .iter()
        .position(|i| onboarding && i.space_id == space && i.id == task)
}

pub(super) async fn task(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((space, task)): Path<(String, String)>,
) -> Answer {
    let state = ctx.community();
    match task_at(&state, &space, &task).and_then(|at| state.items.get(at)) {
        Some(item) => {
            let etag = format!("\"{}\"", item.version);
            with_header(json_answer(StatusCode::OK, &json!(item)), "etag", &etag)
        }
        None => missing("task"),
    }
}

pub(super) async fn change_task(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((space, task)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    try_change_task(&ctx, &space, &task, &headers, &body).unwrap_or_else(|refusal| refusal)
}

fn try_change_task(
    ctx: &Ctx,
    space: &str,
    task: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let begun = begin(
        &state,
        headers,
        &format!("PATCH /onboardings/{space}/tasks/{task}"),
        body,
    )?;
    actor(ctx, headers)?;
    let fields = object(body)?;
    let at = task_at(&state, space, task).ok_or_else(|| missing("task"))?;
    let item = state.items.get_mut(at).ok_or_else(|| missing("task"))?;
    matches(headers, item.version, &json!(item))?;
    for (name, value) in &fields {
        match (name.as_str(), value) {
            ("state", Value::String(word)) => item.state.clone_from(word),
            ("due_at", Value::String(at)) => item.due_at = Some(at.clone()),
            ("due_at", Value::Null) => item.due_at = None,
            _ => return Err(unfit(&format!("{name} cannot be changed"))),
        }
    }
    item.version += 1;
    item.updated_at = ctx.now();
    let (shown, etag) = (json!(item), format!("\"{}\"", item.version));
    state.event(
        "item.updated",
        &format!("space/{space}"),
        ctx.now(),
        shown.clone(),
    );
    Ok(finish(
        &mut state,
        begun,
        "item",
        task,
        StatusCode::OK,
        shown,
        (Some(etag), None),
    ))
}
