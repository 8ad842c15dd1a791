//! Acknowledgement requests: a document, its recipients, and what each answered.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
};
use domain::{Millis, System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::{
    contract::{actor, begin, finish, missing, object, text, unfit},
    model::{AckRequest, State},
    threads::{LARGEST, page},
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer, multipart, problem},
    },
};

pub(super) async fn list(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Answer {
    let state = ctx.community();
    let fits = |a: &&AckRequest| {
        query.get("key").is_none_or(|k| a.key.as_deref() == Some(k))
            && query
                .get("case_id")
                .is_none_or(|c| a.case_id.as_deref() == Some(c))
    };
    page(
        state
            .ack_requests
            .iter()
            .filter(fits)
            .map(|a| a.json(ctx.now()))
            .collect(),
        &query,
    )
}

pub(super) async fn read(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    match ctx.community().ack_requests.iter().find(|a| a.id == id) {
        Some(request) => json_answer(StatusCode::OK, &request.json(ctx.now())),
        None => missing("acknowledgement request"),
    }
}

pub(super) async fn create(
    Shared(ctx): Shared<Arc<Ctx>>,
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
    let (Some(request), Some(file)) = (parts.remove("request"), parts.remove("file")) else {
        return unfit("the parts 'request' and 'file' are needed");
    };
    try_create(&ctx, &headers, &request.bytes, file.bytes).unwrap_or_else(|refusal| refusal)
}

fn try_create(
    ctx: &Ctx,
    headers: &HeaderMap,
    request: &[u8],
    file: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let sha256 = sha256_hex(&file);
    let content = [request, b"\n", sha256.as_bytes()].concat();
    let begun = begin(&state, headers, "POST /acknowledgement-requests", &content)?;
    let actor = actor(ctx, headers)?;
    let fields = object(request)?;
    if file.len() > LARGEST {
        return Err(problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "E_TOO_LARGE",
            "The file is larger than 25 MiB.",
        ));
    }
    let case_id = fields
        .get("case_id")
        .and_then(Value::as_str)
        .map(str::to_owned);
    if case_id
        .as_ref()
        .is_some_and(|c| !state.cases.contains_key(c))
    {
        return Err(missing("case"));
    }
    let due_at =
        Millis::parse_lenient(&text(&fields, "due_at")).map_err(|e| unfit(&e.to_string()))?;
    let recipients = fields
        .get("recipients")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut responses = BTreeMap::new();
    for recipient in recipients.iter().filter_map(Value::as_str) {
        let asked = json!({"state": "requested", "text": "", "at": ctx.now().rfc3339()});
        responses.insert(recipient.to_owned(), asked);
    }
    if responses.is_empty() {
        return Err(unfit("recipients are needed"));
    }
    let ack = AckRequest {
        id: state.next_id("ar"),
        case_id,
        title: text(&fields, "title"),
        due_at,
        sha256: sha256.clone(),
        author: actor.login,
        created_at: ctx.now(),
        responses,
        key: Some(begun.key.clone()),
    };
    let (id, shown) = (ack.id.clone(), ack.json(ctx.now()));
    state.blobs.insert(sha256.clone(), file);
    state.ack_requests.push(ack);
    state.event(
        "acknowledgement.requested",
        &format!("acknowledgement/{id}"),
        ctx.now(),
        shown.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "request_acknowledgement".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(id.clone()),
        subject: format!("acknowledgement/{id}"),
        payload_sha256: Some(sha256),
    });
    let place = (None, Some(format!("/acknowledgement-requests/{id}")));
    Ok(finish(
        &mut state,
        begun,
        "acknowledgement",
        &id,
        StatusCode::CREATED,
        shown,
        place,
    ))
}

pub(super) async fn responses(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    match ctx.community().ack_requests.iter().find(|a| a.id == id) {
        Some(request) => {
            let request = request.json(ctx.now());
            let items = request.get("responses");
            json_answer(
                StatusCode::OK,
                &json!({"items": items, "more": false, "cursor": null}),
            )
        }
        None => missing("acknowledgement request"),
    }
}

pub(super) async fn respond(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let work = || -> Result<Answer, Answer> {
        let mut state = ctx.community();
        let begun = begin(
            &state,
            &headers,
            &format!("POST /acknowledgement-requests/{id}/responses"),
            &body,
        )?;
        let fields = object(&body)?;
        let shown =
            answer(&mut state, &id, &Value::Object(fields), ctx.now()).map_err(|e| unfit(&e))?;
        Ok(finish(
            &mut state,
            begun,
            "response",
            &id,
            StatusCode::CREATED,
            shown,
            (None, None),
        ))
    };
    work().unwrap_or_else(|refusal| refusal)
}

/// A recipient answers.
pub(super) fn answer(
    state: &mut State,
    id: &str,
    fields: &Value,
    now: Millis,
) -> Result<Value, String> {
    let member = |name: &str| {
        fields
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (recipient, word) = (member("recipient"), member("state"));
    if !["viewed", "accepted", "declined"].contains(&word.as_str()) {
        return Err("state must be viewed, accepted or declined".to_owned());
    }
    let request = state
        .ack_requests
        .iter_mut()
        .find(|a| a.id == id)
        .ok_or("no such request")?;
    if now > request.due_at {
        return Err("the request has expired".to_owned());
    }
    let slot = request
        .responses
        .get_mut(&recipient)
        .ok_or("not a recipient")?;
    *slot = json!({"state": word, "text": member("text"), "signed_file": fields.get("signed_file"), "at": now.rfc3339()});
    let shown = json!({
        "id": format!("{id}-{recipient}"), "request_id": id, "case_id": request.case_id,
        "recipient": recipient, "state": word, "text": member("text"), "at": now.rfc3339(),
        "title": request.title,
    });
    state.event(
        "acknowledgement.responded",
        &format!("acknowledgement/{id}"),
        now,
        shown.clone(),
    );
    Ok(shown)
}
