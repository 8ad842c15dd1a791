//! Review, onboarding and mirror spaces with their items.
//!
//! A review space enforces separation of duties: whoever made the letter cannot sign it, a signature over another hash
//! than the one under review does not count, and nobody signs twice.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode},
};
use domain::{System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::{
    asked::Asked,
    contract::{Actor, At, actor, begin, finish, missing, unfit},
    model::{Item, Space, State},
    requests::{Instant, NewItem, NewSpace, Purpose, json_body},
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer, problem},
    },
};

const FILTERS: &[&str] = &[
    "purpose",
    "case_id",
    "partner_id",
    "subject",
    "key",
    "cursor",
    "limit",
];

pub(super) async fn list(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Result<Answer, Answer> {
    let asked = Asked::of(query, FILTERS)?;
    asked.word::<Purpose>("purpose")?;
    let state = ctx.community();
    let found = state.spaces.iter().filter(|s| {
        asked.is("purpose", Some(&s.purpose))
            && asked.is("case_id", s.case_id.as_deref())
            && asked.is("partner_id", s.partner_id.as_deref())
            && asked.is("subject", Some(&s.subject))
            && asked.is("key", s.key.as_deref())
    });
    asked.page(found.map(|s| json!(s)))
}

pub(super) async fn read(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
) -> Result<Answer, Answer> {
    let state = ctx.community();
    let space = state.spaces.iter().find(|s| s.id == id);
    let space = space.ok_or_else(|| missing("space"))?;
    Ok(json_answer(StatusCode::OK, &json!(space)))
}

pub(super) async fn open(
    Shared(ctx): Shared<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let actor = actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, "POST /spaces", &body)?;
    let wanted: NewSpace = json_body(&headers, &body)?;
    let (case_id, partner_id) = (
        wanted.case_id.map(String::from),
        wanted.partner_id.map(String::from),
    );
    let known = |id: &String| state.cases.contains_key(id);
    if case_id.as_ref().is_some_and(|id| !known(id)) {
        return Err(missing("case"));
    }
    if partner_id
        .as_ref()
        .is_some_and(|p| ctx.scenario().partner(p).is_none())
    {
        return Err(unfit("partner_id names no partner"));
    }
    let space = Space {
        id: state.next_id("sp"),
        purpose: wanted.purpose.to_string(),
        case_id,
        partner_id,
        title: wanted.title.into(),
        subject: wanted.subject.into(),
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
        payload_sha256: Some(sha256_hex(&body)),
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
    At(id): At<String>,
    query: Query,
) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["key", "cursor", "limit"])?;
    let state = ctx.community();
    if !state.spaces.iter().any(|s| s.id == id) {
        return Err(missing("space"));
    }
    let found = state.items.iter();
    let found = found.filter(|i| i.space_id == id && asked.is("key", i.key.as_deref()));
    asked.page(found.map(|i| json!(i)))
}

pub(super) async fn publish(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let actor = actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, &format!("POST /spaces/{id}/items"), &body)?;
    let wanted: NewItem = json_body(&headers, &body)?;
    let (kind, data) = (wanted.kind.0, Value::Object(wanted.data));
    let space = state
        .spaces
        .iter()
        .find(|s| s.id == id)
        .ok_or_else(|| missing("space"))?;
    if space.purpose == Purpose::Review.as_str() {
        may_publish(&ctx, &state, space, &kind, &data, &actor)?;
    }
    let now = ctx.now();
    let item = Item {
        id: state.next_id("it"),
        space_id: id.clone(),
        kind,
        title: wanted.title.into(),
        state: wanted.state.into(),
        due_at: wanted.due_at.map(|Instant(at)| at.rfc3339()),
        author: actor.login,
        data,
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
        payload_sha256: Some(sha256_hex(&body)),
    });
    Ok(finish(
        &mut state,
        begun,
        "item",
        &item_id,
        StatusCode::CREATED,
        shown,
        (None, None),
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
    data: &Value,
    actor: &Actor,
) -> Result<(), Answer> {
    if !matches!(kind, "signature" | "rejection") {
        return Ok(());
    }
    let forbidden = |code: &str, words: &str| problem(StatusCode::FORBIDDEN, code, words);
    let conflict = |code: &str, words: &str| problem(StatusCode::CONFLICT, code, words);
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
