//! Comments and attachments of a case, and the event feed.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
};
use domain::{System, canonical::sha256_hex, visibility::Visibility};
use serde_json::{Value, json};

use super::{
    cases::page_size,
    contract::{actor, begin, finish, missing, object, text, unfit},
    model::{Attachment, Comment},
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, bytes_answer, json_answer, multipart, problem, put, with_header},
    },
};

/// Largest attachment.
pub(super) const LARGEST: usize = 25 * 1024 * 1024;

/// A page of a list that is kept in order, by position.
pub(super) fn page(items: Vec<Value>, query: &Query) -> Answer {
    let from = query
        .get("cursor")
        .and_then(|c| c.parse::<usize>().ok())
        .unwrap_or(0);
    let size = page_size(query);
    let more = items.len() > from.saturating_add(size);
    let items: Vec<Value> = items.into_iter().skip(from).take(size).collect();
    let cursor = more.then(|| (from + size).to_string());
    json_answer(
        StatusCode::OK,
        &json!({"items": items, "more": more, "cursor": cursor}),
    )
}

pub(super) async fn comments(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let state = ctx.community();
    if !state.cases.contains_key(&id) {
        return missing("case");
    }
    let fits = |c: &&Comment| {
        c.case_id == id && query.get("key").is_none_or(|k| c.key.as_deref() == Some(k))
    };
    page(
        state
            .comments
            .iter()
            .filter(fits)
            .map(|c| json!(c))
            .collect(),
        &query,
    )
}

pub(super) async fn post_comment(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    try_comment(&ctx, &id, &headers, &body).unwrap_or_else(|refusal| refusal)
}

fn try_comment(ctx: &Ctx, id: &str, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let begun = begin(&state, headers, &format!("POST /cases/{id}/comments"), body)?;
    let actor = actor(ctx, headers)?;
    let fields = object(body)?;
    if !state.cases.contains_key(id) {
        return Err(missing("case"));
    }
    let visibility = text(&fields, "visibility");
    if visibility.parse::<Visibility>().is_err() {
        return Err(unfit("visibility must be partner or internal"));
    }
    let words = text(&fields, "body");
    if words.is_empty() || words.len() > 64 * 1024 {
        return Err(unfit("body is missing or too long"));
    }
    let comment = Comment {
        id: state.next_id("cm"),
        case_id: id.to_owned(),
        author: actor.name,
        side: "us".to_owned(),
        visibility,
        body: words,
        created_at: ctx.now(),
        key: Some(begun.key.clone()),
    };
    let (comment_id, shown) = (comment.id.clone(), json!(comment));
    state.comments.push(comment);
    state.event(
        "comment.created",
        &format!("case/{id}"),
        ctx.now(),
        shown.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "post_message".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(comment_id.clone()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256_hex(body)),
    });
    let place = (None, Some(format!("/cases/{id}/comments/{comment_id}")));
    Ok(finish(
        &mut state,
        begun,
        "comment",
        &comment_id,
        StatusCode::CREATED,
        shown,
        place,
    ))
}

pub(super) async fn attachments(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let state = ctx.community();
    if !state.cases.contains_key(&id) {
        return missing("case");
    }
    if let Some(key) = query.get("key") {
        // A file that was folded keeps its first key, so the key is asked for what it came to.
        let of_key = state
            .keys
            .get(key)
            .filter(|m| m.kind == "attachment")
            .map(|m| m.id.clone());
        let found = state
            .attachments
            .iter()
            .filter(|a| Some(&a.id) == of_key.as_ref());
        return page(found.map(|a| json!(a)).collect(), &query);
    }
    page(
        state
            .attachments
            .iter()
            .filter(|a| a.case_id == id)
            .map(|a| json!(a))
            .collect(),
        &query,
    )
}

pub(super) async fn add_attachment(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let Some(mut parts) = multipart(&headers, body).await else {
        return problem(
            StatusCode::BAD_REQUEST,
            "E_MULTIPART",
            "The body is not multipart.",
        );
    };
    let Some(file) = parts.remove("file") else {
        return unfit("the part 'file' is missing");
    };
    let field = |name: &str| {
        parts
            .get(name)
            .map(|p| String::from_utf8_lossy(&p.bytes).into_owned())
            .unwrap_or_default()
    };
    let name = Some(field("name"))
        .filter(|n| !n.is_empty())
        .or(file.file_name.clone());
    let visibility = field("visibility");
    let media_type = file
        .media_type
        .clone()
        .unwrap_or("application/octet-stream".to_owned());
    let upload = Upload {
        name: name.unwrap_or("file".into()),
        media_type,
        visibility,
        bytes: file.bytes,
    };
    try_attach(&ctx, &id, &headers, upload).unwrap_or_else(|refusal| refusal)
}

struct Upload {
    name: String,
    media_type: String,
    visibility: String,
    bytes: Bytes,
}

fn try_attach(ctx: &Ctx, id: &str, headers: &HeaderMap, upload: Upload) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let sha256 = sha256_hex(&upload.bytes);
    // The boundary differs each time, so the parts are the request, not the bytes between them.
    let content = format!(
        "{}\n{}\n{}\n{sha256}",
        upload.name, upload.media_type, upload.visibility
    );
    let place = format!("POST /cases/{id}/attachments");
    let begun = begin(&state, headers, &place, content.as_bytes())?;
    let actor = actor(ctx, headers)?;
    if !state.cases.contains_key(id) {
        return Err(missing("case"));
    }
    if upload.visibility.parse::<Visibility>().is_err() {
        return Err(unfit("visibility must be partner or internal"));
    }
    if upload.bytes.len() > LARGEST {
        return Err(problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "E_TOO_LARGE",
            "The file is larger than 25 MiB.",
        ));
    }
    let same = state
        .attachments
        .iter()
        .find(|a| a.case_id == id && a.sha256 == sha256 && a.visibility == upload.visibility);
    if let Some(same) = same {
        let (same_id, mut shown) = (same.id.clone(), json!(same));
        put(&mut shown, "folded", json!(true));
        let place = (None, Some(format!("/attachments/{same_id}")));
        return Ok(finish(
            &mut state,
            begun,
            "attachment",
            &same_id,
            StatusCode::OK,
            shown,
            place,
        ));
    }
    let attachment = Attachment {
        id: state.next_id("at"),
        case_id: id.to_owned(),
        name: upload.name,
        media_type: upload.media_type,
        size: upload.bytes.len(),
        sha256: sha256.clone(),
        visibility: upload.visibility,
        author: actor.name,
        created_at: ctx.now(),
        key: Some(begun.key.clone()),
    };
    let (attachment_id, shown) = (attachment.id.clone(), json!(attachment));
    state.attachments.push(attachment);
    state.blobs.insert(sha256.clone(), upload.bytes);
    state.event(
        "attachment.created",
        &format!("case/{id}"),
        ctx.now(),
        shown.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "add_attachment".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(attachment_id.clone()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256),
    });
    let place = (None, Some(format!("/attachments/{attachment_id}")));
    Ok(finish(
        &mut state,
        begun,
        "attachment",
        &attachment_id,
        StatusCode::CREATED,
        shown,
        place,
    ))
}

pub(super) async fn content(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    let state = ctx.community();
    let found = state.attachments.iter().find(|a| a.id == id);
    let Some((attachment, bytes)) = found.and_then(|a| Some((a, state.blobs.get(&a.sha256)?)))
    else {
        return missing("attachment");
    };
    let answer = bytes_answer(StatusCode::OK, &attachment.media_type, bytes.clone());
    let name: String = attachment
        .name
        .chars()
        .map(|c| if c.is_ascii() && c != '"' { c } else { '_' })
        .collect();
    with_header(
        answer,
        "content-disposition",
        &format!("attachment; filename=\"{name}\""),
    )
}

pub(super) async fn events(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.community();
    let from = match query.get("after").filter(|a| !a.is_empty()) {
        None => 0,
        Some(after) => {
            let number = after
                .strip_prefix("evt-")
                .and_then(|n| n.parse::<usize>().ok());
            match number.filter(|n| *n <= state.events.len()) {
                Some(number) => number,
                None => return problem(StatusCode::GONE, "E_CURSOR", "That event is not known."),
            }
        }
    };
    let size = page_size(&query);
    let batch: Vec<&Value> = state.events.iter().skip(from).take(size).collect();
    let more = state.events.len() > from + batch.len();
    let next = batch
        .last()
        .and_then(|e| e["id"].as_str())
        .map(str::to_owned);
    let mut answer = bytes_answer(
        StatusCode::OK,
        "application/cloudevents-batch+json",
        json!(batch).to_string(),
    );
    if let (true, Some(next)) = (more, next) {
        let link = format!("</community/events?after={next}&limit={size}>; rel=\"next\"");
        answer = with_header(answer, "link", &link);
    }
    answer
}
