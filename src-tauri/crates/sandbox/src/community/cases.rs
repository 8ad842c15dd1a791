//! `/cases`: list, find, create, change, claim.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Millis, System, canonical::sha256_hex, case::CaseStatus, time::MINUTE};
use serde_json::{Map, Value, json};

use super::{
    contract::{actor, begin, finish, matches, missing, object, text, unfit},
    model::{Case, Reference},
    seed::partner_name,
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer, problem, with_header},
    },
};

/// Longest page.
pub(super) const PAGE: usize = 200;

/// The page size asked for, within the limit.
pub(super) fn page_size(query: &Query) -> usize {
    let asked = query.number("limit").and_then(|n| usize::try_from(n).ok());
    asked.unwrap_or(100).clamp(1, PAGE)
}

pub(super) async fn list(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.community();
    if let Some(key) = query.get("key") {
        let found = state
            .keys
            .get(key)
            .filter(|m| matches!(m.kind, "case" | "case_change"));
        let items: Vec<Value> = found
            .and_then(|m| state.cases.get(&m.id))
            .map(Case::json)
            .into_iter()
            .collect();
        return json_answer(
            StatusCode::OK,
            &json!({"items": items, "more": false, "cursor": null}),
        );
    }
    let since = match query.get("updated_since").map(Millis::parse_lenient) {
        Some(Err(e)) => return problem(StatusCode::BAD_REQUEST, "E_TIME", &e.to_string()),
        Some(Ok(at)) => at,
        None => Millis(i64::MIN),
    };
    let after = match query
        .get("cursor")
        .filter(|c| !c.is_empty())
        .map(read_cursor)
    {
        Some(None) => return problem(StatusCode::GONE, "E_CURSOR", "The cursor is not known."),
        Some(after) => after,
        None => None,
    };
    let wanted = |case: &&Case| {
        let is = |name: &str, value: &str| query.get(name).is_none_or(|wanted| wanted == value);
        case.updated_at >= since
            && after
                .as_ref()
                .is_none_or(|(at, id)| (case.updated_at.0, case.id.as_str()) > (*at, id))
            && is("partner_id", &case.partner.id)
            && is("status", &case.status)
            && query.get("external_ref").is_none_or(|r| {
                case.external_refs.iter().any(|e| {
                    let id = e["id"].as_str().unwrap_or_default();
                    let system = e["system"].as_str().unwrap_or_default();
                    r == id || r == format!("{system}:{id}")
                })
            })
    };
    let mut cases: Vec<&Case> = state.cases.values().filter(wanted).collect();
    cases.sort_by(|a, b| (a.updated_at, &a.id).cmp(&(b.updated_at, &b.id)));
    let size = page_size(&query);
    let more = cases.len() > size;
    cases.truncate(size);
    let cursor = cases.last().map(|c| write_cursor(c.updated_at, &c.id));
    let items: Vec<Value> = cases.iter().map(|c| c.json()).collect();
    json_answer(
        StatusCode::OK,
        &json!({"items": items, "more": more, "cursor": cursor}),
    )
}

fn write_cursor(at: Millis, id: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}|{id}", at.0))
}

fn read_cursor(text: &str) -> Option<(i64, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = text.split_once('|')?;
    Some((at.parse().ok()?, id.to_owned()))
}

pub(super) async fn read(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    match ctx.community().cases.get(&id) {
        Some(case) => with_header(
            json_answer(StatusCode::OK, &case.json()),
            "etag",
            &case.etag(),
        ),
        None => missing("case"),
    }
}

const TYPES: &[&str] = &[
    "dispute",
    "shipment_exception",
    "order_change",
    "invoice_mismatch",
    "compliance",
    "claim",
    "disruption",
    "edi_failure",
    "request",
    "onboarding",
    "certificate",
    "recall",
];

pub(super) async fn create(
    Shared(ctx): Shared<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    try_create(&ctx, &headers, &body).unwrap_or_else(|refusal| refusal)
}

fn try_create(ctx: &Ctx, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let begun = begin(&state, headers, "POST /cases", body)?;
    let actor = actor(ctx, headers)?;
    let fields = object(body)?;
    let case = new_case(ctx, &fields, |kind| state.next_id(kind)).map_err(|e| unfit(&e))?;
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
        payload_sha256: Some(sha256_hex(body)),
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

/// A case from its wire fields.
pub(super) fn new_case(
    ctx: &Ctx,
    fields: &Map<String, Value>,
    mut next_id: impl FnMut(&'static str) -> String,
) -> Result<Case, String> {
    let partner_id = match fields.get("partner_id").or(fields.get("partner")) {
        Some(Value::String(id)) => id.clone(),
        Some(Value::Object(partner)) => text(partner, "id"),
        _ => String::new(),
    };
    let partner = partner_name(ctx.scenario(), &partner_id).ok_or("partner_id names no partner")?;
    let subject = text(fields, "subject");
    if subject.is_empty() || subject.len() > 500 {
        return Err("subject is missing or too long".to_owned());
    }
    let case_type = text(fields, "type");
    if !TYPES.contains(&case_type.as_str()) {
        return Err(format!("type '{case_type}' is not on the list"));
    }
    let business_refs: Vec<Reference> = match fields.get("business_refs") {
        Some(refs) => {
            serde_json::from_value(refs.clone()).map_err(|e| format!("business_refs: {e}"))?
        }
        None => Vec::new(),
    };
    let minutes = ctx
        .scenario()
        .partner(&partner_id)
        .map_or(2_880, |p| p.resolution_minutes);
    let now = ctx.now();
    let id = next_id("case");
    Ok(Case {
        number: format!("PC-{id}"),
        id,
        subject,
        case_type,
        subtype: text(fields, "subtype"),
        status: "new".to_owned(),
        priority: Some(text(fields, "priority"))
            .filter(|p| !p.is_empty())
            .unwrap_or("normal".into()),
        owner: fields
            .get("owner")
            .and_then(Value::as_str)
            .map(str::to_owned),
        team: Some("partner_desk".to_owned()),
        partner,
        business_refs,
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

pub(super) async fn change(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    try_change(&ctx, &id, &headers, &body).unwrap_or_else(|refusal| refusal)
}

fn try_change(ctx: &Ctx, id: &str, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let begun = begin(&state, headers, &format!("PATCH /cases/{id}"), body)?;
    let actor = actor(ctx, headers)?;
    let fields = object(body)?;
    let case = state.cases.get(id).ok_or_else(|| missing("case"))?;
    matches(headers, case.version, &case.json())?;
    let changed = changed_case(case, &fields, ctx.now()).map_err(|e| unfit(&e))?;
    let old: Map<String, Value> = match case.json() {
        Value::Object(all) => all
            .into_iter()
            .filter(|(k, _)| fields.contains_key(k))
            .collect(),
        _ => Map::new(),
    };
    let (etag, shown) = (changed.etag(), changed.json());
    state.cases.insert(id.to_owned(), changed);
    let data = json!({"old": old, "new": shown, "by": actor.login});
    state.event("case.updated", &format!("case/{id}"), ctx.now(), data);
    ctx.effect(Effect {
        system: System::Community,
        kind: "update_case".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(id.to_owned()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256_hex(body)),
    });
    Ok(finish(
        &mut state,
        begun,
        "case_change",
        id,
        StatusCode::OK,
        shown,
        (Some(etag), None),
    ))
}

/// Adds references to what the case has elsewhere; one that is there already is not added again, so that two who add
/// at once lose nothing.
fn add_external_refs(shown: &mut Map<String, Value>, added: &Value) -> Result<(), String> {
    let added = added.as_array().ok_or("add_external_refs is no list")?;
    let refs = shown
        .entry("external_refs")
        .or_insert_with(|| json!([]))
        .as_array_mut()
        .ok_or("external_refs is no list")?;
    for one in added {
        let same = |r: &Value| r["system"] == one["system"] && r["id"] == one["id"];
        if one["system"].as_str().is_none_or(str::is_empty)
            || one["id"].as_str().is_none_or(str::is_empty)
        {
            return Err("a reference names system and id".to_owned());
        }
        if !refs.iter().any(same) {
            refs.push(one.clone());
        }
    }
    Ok(())
}

/// The case with fields changed, one version on.
pub(super) fn changed_case(
    case: &Case,
    fields: &Map<String, Value>,
    now: Millis,
) -> Result<Case, String> {
    const MAY_CHANGE: &[&str] = &[
        "subject",
        "type",
        "subtype",
        "status",
        "priority",
        "owner",
        "team",
        "due_at",
        "stage",
        "communication_status",
        "loop",
        "business_refs",
        "external_refs",
    ];
    let Value::Object(mut shown) = case.json() else {
        return Err("the case has no form".to_owned());
    };
    for (name, value) in fields {
        if name == "add_external_refs" {
            add_external_refs(&mut shown, value)?;
            continue;
        }
        if !MAY_CHANGE.contains(&name.as_str()) {
            return Err(format!("{name} cannot be changed"));
        }
        shown.insert(name.clone(), value.clone());
    }
    let mut case: Case = serde_json::from_value(Value::Object(shown)).map_err(|e| e.to_string())?;
    if case.status.parse::<CaseStatus>().is_err() {
        return Err(format!("status '{}' is not on the list", case.status));
    }
    case.version += 1;
    case.updated_at = now;
    Ok(case)
}
