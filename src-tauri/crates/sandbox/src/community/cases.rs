//! `/cases`: list, find, create, change, claim.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Millis, System, canonical::sha256_hex, case::CaseStatus, time::MINUTE};
use serde_json::{Map, Value, json};

use super::{
    asked::{Asked, lost},
    contract::{At, actor, begin, finish, matches, missing, unfit},
    model::{Case, Reference, State},
    requests::{BusinessRef, CaseChanges, ExternalRef, Instant, NewCase, Some200, Word, json_body},
    seed::partner_name,
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer, with_header},
    },
};

const FILTERS: &[&str] = &[
    "updated_since",
    "cursor",
    "limit",
    "partner_id",
    "status",
    "external_ref",
    "key",
];

pub(super) async fn list(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Result<Answer, Answer> {
    let asked = Asked::of(query, FILTERS)?;
    let since = asked.time("updated_since")?.unwrap_or(Millis(i64::MIN));
    let status = asked.word::<CaseStatus>("status")?;
    let size = asked.size()?;
    let after = match asked.text("cursor").filter(|cursor| !cursor.is_empty()) {
        Some(cursor) => Some(read_cursor(cursor).ok_or_else(|| lost("cursor"))?),
        None => None,
    };
    let state = ctx.community();
    let of_key = asked.text("key").map(|key| made_by(&state, key));
    let wanted = |case: &&Case| {
        case.updated_at >= since
            && after
                .as_ref()
                .is_none_or(|(at, id)| (case.updated_at.0, case.id.as_str()) > (*at, id))
            && of_key.is_none_or(|id| id == Some(&case.id))
            && asked.is("partner_id", Some(&case.partner.id))
            && status.is_none_or(|status| status.as_str() == case.status)
            && asked.text("external_ref").is_none_or(|r| {
                case.external_refs.iter().any(|e| {
                    let id = e["id"].as_str().unwrap_or_default();
                    let system = e["system"].as_str().unwrap_or_default();
                    r == id || r == format!("{system}:{id}")
                })
            })
    };
    let mut cases: Vec<&Case> = state.cases.values().filter(wanted).collect();
    cases.sort_by(|a, b| (a.updated_at, &a.id).cmp(&(b.updated_at, &b.id)));
    let more = cases.len() > size;
    cases.truncate(size);
    let cursor = cases.last().map(|c| write_cursor(c.updated_at, &c.id));
    let items: Vec<Value> = cases.iter().map(|c| c.json()).collect();
    Ok(json_answer(
        StatusCode::OK,
        &json!({"items": items, "more": more, "cursor": cursor}),
    ))
}

/// The case a key opened or changed.
fn made_by<'a>(state: &'a State, key: &str) -> Option<&'a String> {
    let made = state.keys.get(key)?;
    matches!(made.kind, "case" | "case_change").then_some(&made.id)
}

fn write_cursor(at: Millis, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}|{id}", at.0))
}

fn read_cursor(text: &str) -> Option<(i64, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = text.split_once('|')?;
    Some((at.parse().ok()?, id.to_owned()))
}

pub(super) async fn read(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
) -> Result<Answer, Answer> {
    let state = ctx.community();
    let case = state.cases.get(&id).ok_or_else(|| missing("case"))?;
    let answer = json_answer(StatusCode::OK, &case.json());
    Ok(with_header(answer, "etag", &case.etag()))
}

pub(super) async fn create(
    Shared(ctx): Shared<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let actor = actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, "POST /cases", &body)?;
    let fields = json_body(&headers, &body)?;
    let case = new_case(&ctx, fields, |kind| state.next_id(kind)).map_err(|e| unfit(&e))?;
    let (id, etag, shown) = (case.id.clone(), case.etag(), case.json());
    let data = json!({"old": null, "new": shown, "by": actor.login});
    state.event("case.created", &format!("case/{id}"), ctx.now(), data);
    state.cases.insert(id.clone(), case);
    ctx.effect(Effect {
        system: System::Community,
        kind: "create_case".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(id.clone()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256_hex(&body)),
    });
    let place = (Some(etag), Some(format!("/cases/{id}")));
    Ok(finish(
        &mut state,
        begun,
        "case",
        &id,
        StatusCode::CREATED,
        shown,
        place,
    ))
}

/// A case from what was asked for.
pub(super) fn new_case(
    ctx: &Ctx,
    fields: NewCase,
    mut next_id: impl FnMut(&'static str) -> String,
) -> Result<Case, String> {
    let partner_id = String::from(fields.partner_id);
    let partner = partner_name(ctx.scenario(), &partner_id).ok_or("partner_id names no partner")?;
    let minutes = ctx
        .scenario()
        .partner(&partner_id)
        .map_or(2_880, |p| p.resolution_minutes);
    let now = ctx.now();
    let id = next_id("case");
    Ok(Case {
        number: format!("PC-{id}"),
        id,
        subject: fields.subject.into(),
        case_type: fields.case_type.to_string(),
        subtype: fields.subtype.into(),
        status: CaseStatus::New.to_string(),
        priority: fields.priority.to_string(),
        owner: None,
        team: Some("partner_desk".to_owned()),
        partner,
        business_refs: references(fields.business_refs),
        opened_at: now,
        updated_at: now,
        due_at: Some(now.plus(minutes * MINUTE).rfc3339()),
        stage: Some("intake".to_owned()),
        communication_status: None,
        loop_state: Some("open".to_owned()),
        version: 1,
        external_refs: Vec::new(),
    })
}

fn references(refs: Some200<BusinessRef>) -> Vec<Reference> {
    let one = |r: BusinessRef| Reference {
        kind: r.kind.to_string(),
        value: r.value.into(),
    };
    refs.0.into_iter().map(one).collect()
}

pub(super) async fn change(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let actor = actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, &format!("PATCH /cases/{id}"), &body)?;
    let changes: CaseChanges = json_body(&headers, &body)?;
    let case = state.cases.get(&id).ok_or_else(|| missing("case"))?;
    matches(&headers, case.version, &case.json())?;
    let changed = changed_case(case, changes, ctx.now());
    let (old, shown) = (case.json(), changed.json());
    let etag = changed.etag();
    state.cases.insert(id.clone(), changed);
    let data = json!({"old": differing(&old, &shown), "new": shown, "by": actor.login});
    state.event("case.updated", &format!("case/{id}"), ctx.now(), data);
    ctx.effect(Effect {
        system: System::Community,
        kind: "update_case".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(id.clone()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256_hex(&body)),
    });
    Ok(finish(
        &mut state,
        begun,
        "case_change",
        &id,
        StatusCode::OK,
        shown,
        (Some(etag), None),
    ))
}

/// The members of `old` that are otherwise in `new`.
fn differing(old: &Value, new: &Value) -> Map<String, Value> {
    let members = old.as_object().into_iter().flatten();
    members
        .filter(|(name, value)| new.get(name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The case with fields changed, one version on.
pub(super) fn changed_case(case: &Case, changes: CaseChanges, now: Millis) -> Case {
    let mut case = case.clone();
    let word = |word: Option<Word>| word.map(|w| w.0);
    if let Some(subject) = changes.subject {
        case.subject = subject.into();
    }
    if let Some(case_type) = changes.case_type {
        case.case_type = case_type.to_string();
    }
    if let Some(subtype) = changes.subtype {
        case.subtype = subtype.into();
    }
    if let Some(status) = changes.status {
        case.status = status.to_string();
    }
    if let Some(priority) = changes.priority {
        case.priority = priority.to_string();
    }
    if let Some(owner) = changes.owner {
        case.owner = owner.map(String::from);
    }
    if let Some(team) = changes.team {
        case.team = team.map(String::from);
    }
    if let Some(due_at) = changes.due_at {
        case.due_at = due_at.map(|Instant(at)| at.rfc3339());
    }
    if let Some(stage) = changes.stage {
        case.stage = word(stage);
    }
    if let Some(status) = changes.communication_status {
        case.communication_status = word(status);
    }
    if let Some(state) = changes.loop_state {
        case.loop_state = word(state);
    }
    if let Some(refs) = changes.business_refs {
        case.business_refs = references(refs);
    }
    if let Some(refs) = changes.external_refs {
        case.external_refs.clear();
        add(&mut case.external_refs, refs);
    }
    add(&mut case.external_refs, changes.add_external_refs);
    case.version += 1;
    case.updated_at = now;
    case
}

/// Adds references to what the case has elsewhere; one that is there already is not added again, so that two who add
/// at once lose nothing.
fn add(refs: &mut Vec<Value>, added: Some200<ExternalRef>) {
    for ExternalRef { system, id, url } in added.0 {
        let (id, url) = (String::from(id), url.map(String::from));
        let same = |r: &Value| r["system"] == system.as_str() && r["id"] == id.as_str();
        if !refs.iter().any(same) {
            refs.push(json!({"system": system, "id": id, "url": url}));
        }
    }
}
