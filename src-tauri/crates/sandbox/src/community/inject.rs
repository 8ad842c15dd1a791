//! Things the partner or a colleague does while we look elsewhere.

use bytes::Bytes;
use domain::{canonical::sha256_hex, time::DAY};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{
    acks,
    cases::{changed_case, new_case},
    model::{Attachment, Comment, Item, Space},
    partner_answers,
    requests::NewCase,
};
use crate::{Ctx, core::http::put};

pub(super) fn member(body: &Value, name: &str) -> Option<String> {
    body.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// `case`, `message`, `case_update`, `attachment`, `space_item`, `partner_answer`, `certificate`, `acknowledgement`, `agreement`.
pub(super) fn inject(ctx: &Ctx, kind: &str, body: &Value) -> Option<Result<Value, String>> {
    Some(match kind {
        "case" => case(ctx, body),
        "message" => message(ctx, body),
        "case_update" => case_update(ctx, body),
        "attachment" => attachment(ctx, body),
        "space_item" => space_item(ctx, body),
        "partner_answer" => partner_answers::inject(ctx, body),
        "certificate" => certificate(ctx, body),
        "acknowledgement" => acknowledgement(ctx, body),
        "agreement" => agreement(ctx, body),
        _ => return None,
    })
}

/// The members of an event that a request of the contract has too.
fn request<T: DeserializeOwned>(body: &Value, names: &[&str]) -> Result<T, String> {
    let known = |name: &&str| Some(((*name).to_owned(), body.get(*name)?.clone()));
    let fields: Map<String, Value> = names.iter().filter_map(known).collect();
    serde_json::from_value(Value::Object(fields)).map_err(|e| e.to_string())
}

fn case(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let mut asked = body.clone();
    let partner = member(body, "partner_id").or_else(|| member(body.get("partner")?, "id"));
    let first = ctx.scenario().partners.first().map(|p| p.id.clone());
    put(&mut asked, "partner_id", json!(partner.or(first)));
    for (name, usual) in [("subject", "Injected case"), ("type", "request")] {
        if member(body, name).is_none() {
            put(&mut asked, name, json!(usual));
        }
    }
    let names = [
        "partner_id",
        "subject",
        "type",
        "subtype",
        "priority",
        "business_refs",
    ];
    let fields: NewCase = request(&asked, &names)?;
    let mut state = ctx.community();
    let mut case = new_case(ctx, fields, |kind| state.next_id(kind))?;
    case.owner = member(body, "owner");
    if let Some(due) = member(body, "due_at") {
        case.due_at = Some(due);
    }
    if let Some(status) = member(body, "status") {
        case.status = status;
    }
    let shown = case.json();
    let subject = format!("case/{}", case.id);
    state.cases.insert(case.id.clone(), case);
    state.event(
        "case.created",
        &subject,
        ctx.now(),
        json!({"old": null, "new": shown}),
    );
    Ok(shown)
}

fn case_update(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let id = member(body, "case_id").ok_or("case_id is needed")?;
    let changes = body.get("changes").cloned().unwrap_or_else(|| json!({}));
    let changes = serde_json::from_value(changes).map_err(|e| e.to_string())?;
    let mut state = ctx.community();
    let case = state.cases.get(&id).ok_or("no such case")?;
    let old = case.json();
    let changed = changed_case(case, changes, ctx.now());
    let shown = changed.json();
    state.cases.insert(id.clone(), changed);
    state.event(
        "case.updated",
        &format!("case/{id}"),
        ctx.now(),
        json!({"old": old, "new": shown}),
    );
    Ok(shown)
}

fn message(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let case_id = member(body, "case_id")
        .or(member(body, "case"))
        .ok_or("case_id is needed")?;
    let mut state = ctx.community();
    let case = state.cases.get(&case_id).ok_or("no such case")?;
    let contact = ctx
        .scenario()
        .partner(&case.partner.id)
        .and_then(|p| p.contacts.first());
    let side = member(body, "side").unwrap_or("partner".to_owned());
    let author = member(body, "author").or_else(|| contact.map(|c| c.name.clone()));
    let comment = Comment {
        id: state.next_id("cm"),
        case_id: case_id.clone(),
        author: author.unwrap_or("Partner".to_owned()),
        side,
        visibility: member(body, "visibility").unwrap_or("partner".to_owned()),
        body: member(body, "body")
            .or(member(body, "text"))
            .unwrap_or("Any news?".to_owned()),
        created_at: ctx.now(),
        key: None,
    };
    let shown = json!(comment);
    state.comments.push(comment);
    state.event(
        "comment.created",
        &format!("case/{case_id}"),
        ctx.now(),
        shown.clone(),
    );
    Ok(shown)
}

pub(super) fn attachment(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let case_id = member(body, "case_id").ok_or("case_id is needed")?;
    let mut state = ctx.community();
    if !state.cases.contains_key(&case_id) {
        return Err("no such case".to_owned());
    }
    let bytes = match member(body, "base64") {
        Some(text) => STANDARD.decode(text).map_err(|e| format!("base64: {e}"))?,
        None => member(body, "text").unwrap_or_default().into_bytes(),
    };
    let sha256 = sha256_hex(&bytes);
    let attachment = Attachment {
        id: state.next_id("at"),
        case_id: case_id.clone(),
        name: member(body, "name").unwrap_or("file.txt".to_owned()),
        media_type: member(body, "media_type").unwrap_or("text/plain".to_owned()),
        size: bytes.len(),
        sha256: sha256.clone(),
        visibility: member(body, "visibility").unwrap_or("partner".to_owned()),
        author: member(body, "author").unwrap_or("Partner".to_owned()),
        created_at: ctx.now(),
        key: None,
    };
    let shown = json!(attachment);
    state.blobs.insert(sha256, Bytes::from(bytes));
    state.attachments.push(attachment);
    state.event(
        "attachment.created",
        &format!("case/{case_id}"),
        ctx.now(),
        shown.clone(),
    );
    Ok(shown)
}

fn acknowledgement(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let id = member(body, "id").unwrap_or_default();
    let said = request(
        body,
        &["recipient", "state", "by", "sha256", "text", "signed_file"],
    )?;
    acks::answer(&mut ctx.community(), &id, said, ctx.now())
        .map_err(|refused| format!("refused with {}", refused.status()))
}

/// What was agreed with a partner changes: contacts, channels, language and whatever else an agreement has.
fn agreement(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let id = member(body, "partner_id").unwrap_or_default();
    ctx.scenario()
        .partner(&id)
        .ok_or("partner_id names no partner")?;
    let changes = body.get("changes").and_then(Value::as_object);
    let mut changes = changes.cloned().ok_or("changes are needed")?;
    changes.insert("updated_at".to_owned(), json!(ctx.now().rfc3339()));
    let mut state = ctx.community();
    let kept = state.agreements.entry(id).or_default();
    kept.extend(changes);
    Ok(Value::Object(kept.clone()))
}

/// A certificate of a partner with its end, in a space of its own.
fn certificate(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let first = ctx.scenario().partners.first().map(|p| p.id.clone());
    let partner_id = member(body, "partner_id").or(first).unwrap_or_default();
    let partner = ctx
        .scenario()
        .partner(&partner_id)
        .ok_or("partner_id names no partner")?;
    let now = ctx.now();
    let space_id = {
        let mut state = ctx.community();
        let space = Space {
            id: state.next_id("sp"),
            purpose: "onboarding".to_owned(),
            case_id: member(body, "case_id"),
            partner_id: Some(partner_id),
            title: format!("Certificates of {}", partner.short_name),
            subject: partner.name.clone(),
            state: "open".to_owned(),
            created_by: "system".to_owned(),
            created_at: now,
            updated_at: now,
            key: None,
        };
        let (id, shown) = (space.id.clone(), json!(space));
        state.spaces.push(space);
        state.event("space.created", &format!("space/{id}"), now, shown);
        id
    };
    let valid_to = member(body, "valid_to").unwrap_or_else(|| now.plus(10 * DAY).rfc3339());
    let item = json!({
        "space_id": space_id, "item_kind": "certificate", "author": "system",
        "title": member(body, "title").unwrap_or("AS2 certificate".to_owned()),
        "data": {"valid_to": valid_to},
    });
    space_item(ctx, &item)
}

pub(super) fn space_item(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    if let Some(id) = member(body, "item_id") {
        return item_state(ctx, &id, body);
    }
    let space_id = member(body, "space_id").ok_or("space_id is needed")?;
    let mut state = ctx.community();
    if !state.spaces.iter().any(|s| s.id == space_id) {
        return Err("no such space".to_owned());
    }
    let item = Item {
        id: state.next_id("it"),
        space_id: space_id.clone(),
        kind: member(body, "item_kind").unwrap_or("comment".to_owned()),
        title: member(body, "title").unwrap_or_default(),
        state: member(body, "state").unwrap_or("open".to_owned()),
        due_at: member(body, "due_at"),
        author: member(body, "author").unwrap_or("partner".to_owned()),
        data: body.get("data").cloned().unwrap_or_else(|| json!({})),
        version: 1,
        created_at: ctx.now(),
        updated_at: ctx.now(),
        key: None,
    };
    let shown = json!(item);
    state.items.push(item);
    state.event(
        "item.created",
        &format!("space/{space_id}"),
        ctx.now(),
        shown.clone(),
    );
    Ok(shown)
}

/// Somebody changes the state of an item.
fn item_state(ctx: &Ctx, id: &str, body: &Value) -> Result<Value, String> {
    let wanted = member(body, "state").ok_or("state is needed")?;
    let mut state = ctx.community();
    let now = ctx.now();
    let item = state.items.iter_mut().find(|i| i.id == id);
    let item = item.ok_or("no such item")?;
    item.state = wanted;
    item.version += 1;
    item.updated_at = now;
    let (subject, shown) = (format!("space/{}", item.space_id), json!(item));
    state.event("item.updated", &subject, now, shown.clone());
    Ok(shown)
}
