//! Acknowledgement requests: a document, its recipients, and what each answered.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode},
};
use domain::{Millis, System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::{
    asked::Asked,
    attachments::{parts, within_limit},
    contract::{At, actor, begin, finish, missing, unfit},
    model::{AckRequest, State},
    requests::{
        NewAckRequest, NewReminder, NewResponse, Response, SignedFile, json_body, json_text,
    },
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer, problem, put},
    },
};

pub(super) async fn list(Shared(ctx): Shared<Arc<Ctx>>, query: Query) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["case_id", "key", "cursor", "limit"])?;
    let state = ctx.community();
    let found = state
        .ack_requests
        .iter()
        .filter(|a| asked.is("key", a.key.as_deref()) && asked.is("case_id", a.case_id.as_deref()));
    asked.page(found.map(|a| a.json(ctx.now())))
}

fn at<'a>(state: &'a State, id: &str) -> Result<&'a AckRequest, Answer> {
    let found = state.ack_requests.iter().find(|a| a.id == id);
    found.ok_or_else(|| missing("acknowledgement request"))
}

pub(super) async fn read(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
) -> Result<Answer, Answer> {
    let state = ctx.community();
    let request = at(&state, &id)?;
    Ok(json_answer(StatusCode::OK, &request.json(ctx.now())))
}

pub(super) async fn create(
    Shared(ctx): Shared<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut parts = parts(&headers, body, &["request", "file"]).await?;
    let (Some(request), Some(file)) = (parts.remove("request"), parts.remove("file")) else {
        return Err(unfit("the parts 'request' and 'file' are needed"));
    };
    let (request, file) = (request.bytes, file.bytes);
    let mut state = ctx.community();
    let sha256 = sha256_hex(&file);
    let content = [&request[..], b"\n", sha256.as_bytes()].concat();
    let actor = actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, "POST /acknowledgement-requests", &content)?;
    let wanted: NewAckRequest = json_text(&request)?;
    within_limit(&file)?;
    let case_id = wanted.case_id.map(String::from);
    let known = |id: &String| state.cases.contains_key(id);
    if case_id.as_ref().is_some_and(|id| !known(id)) {
        return Err(missing("case"));
    }
    let asked = json!({
        "state": "requested", "by": null, "sha256": sha256, "text": "", "signed_file": null,
        "at": ctx.now().rfc3339(),
    });
    let count = wanted.recipients.0.len();
    let recipients = wanted.recipients.0.into_iter().map(String::from);
    let responses: BTreeMap<String, Value> = recipients.map(|to| (to, asked.clone())).collect();
    if responses.is_empty() || responses.len() != count {
        return Err(unfit("recipients are needed, each once"));
    }
    let ack = AckRequest {
        id: state.next_id("ar"),
        case_id,
        title: wanted.title.into(),
        subject: wanted.subject.map(String::from),
        due_at: wanted.due_at.0,
        view_before: wanted.view_before,
        signed_upload: wanted.signed_upload,
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

pub(super) async fn responses(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    query: Query,
) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["cursor", "limit"])?;
    let state = ctx.community();
    asked.page(at(&state, &id)?.answers(ctx.now()).into_iter())
}

pub(super) async fn respond(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let place = format!("POST /acknowledgement-requests/{id}/responses");
    let begun = begin(&state, &headers, &place, &body)?;
    let wanted: NewResponse = json_body(&headers, &body)?;
    if matches!(wanted.state, Response::Delivered | Response::Undeliverable) {
        return Err(unfit("a recipient does not say this"));
    }
    let shown = answer(&mut state, &id, wanted, ctx.now())?;
    Ok(finish(
        &mut state,
        begun,
        "response",
        &id,
        StatusCode::CREATED,
        shown,
        (None, None),
    ))
}

/// A recipient answers: by the due time, and once for good when it is yes or no to the document that was sent. What is
/// answered about another document is passed on as it is said.
pub(super) fn answer(
    state: &mut State,
    id: &str,
    wanted: NewResponse,
    now: Millis,
) -> Result<Value, Answer> {
    let closed = |words: &str| problem(StatusCode::CONFLICT, "E_STATE", words);
    let text = String::from(wanted.text);
    let (answer_id, file_id) = (state.next_id("an"), state.next_id("sf"));
    let mut requests = state.ack_requests.iter_mut();
    let request = requests.find(|a| a.id == id);
    let request = request.ok_or_else(|| missing("acknowledgement request"))?;
    let recipient = String::from(wanted.recipient);
    let Some(slot) = request.responses.get_mut(&recipient) else {
        return Err(problem(
            StatusCode::FORBIDDEN,
            "E_FORBIDDEN",
            "This recipient was not asked.",
        ));
    };
    if now > request.due_at {
        return Err(closed("The request has expired."));
    }
    let decided = matches!(slot["state"].as_str(), Some("accepted" | "declined"));
    if decided && slot["sha256"] == json!(request.sha256) {
        return Err(closed("This recipient has answered already."));
    }
    let signed = wanted
        .signed_file
        .map(|file| file.kept(file_id, &mut state.signed_files, &mut state.blobs));
    let sha256 = wanted
        .sha256
        .map_or_else(|| request.sha256.clone(), String::from);
    let (by, at) = (wanted.by.map(String::from), now.rfc3339());
    *slot = json!({
        "state": wanted.state, "by": by, "sha256": sha256, "text": text, "signed_file": signed, "at": at,
    });
    let mut shown = slot.clone();
    put(&mut shown, "id", json!(answer_id));
    put(&mut shown, "request_id", json!(id));
    put(&mut shown, "case_id", json!(request.case_id));
    put(&mut shown, "recipient", json!(recipient));
    put(&mut shown, "title", json!(request.title));
    state.event(
        "acknowledgement.responded",
        &format!("acknowledgement/{id}"),
        now,
        shown.clone(),
    );
    Ok(shown)
}

pub(super) async fn reminders(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    query: Query,
) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["key", "cursor", "limit"])?;
    let state = ctx.community();
    at(&state, &id)?;
    let found = state
        .ack_reminders
        .iter()
        .filter(|r| r["request_id"] == json!(id) && asked.is("key", r["key"].as_str()));
    asked.page(found.cloned())
}

/// Recipients are reminded of a request: only those who were asked.
pub(super) async fn remind(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let actor = actor(&ctx, &headers)?;
    let place = format!("POST /acknowledgement-requests/{id}/reminders");
    let begun = begin(&state, &headers, &place, &body)?;
    let wanted: NewReminder = json_body(&headers, &body)?;
    let request = at(&state, &id)?;
    let (case_id, title) = (request.case_id.clone(), request.title.clone());
    let count = wanted.recipients.0.len();
    let recipients: BTreeSet<String> = wanted.recipients.0.into_iter().map(String::from).collect();
    if recipients.is_empty() || recipients.len() != count {
        return Err(unfit("recipients are needed, each once"));
    }
    if recipients
        .iter()
        .any(|r| !request.responses.contains_key(r))
    {
        return Err(unfit("a recipient was not asked"));
    }
    let reminder_id = state.next_id("rm");
    let shown = json!({
        "id": reminder_id, "request_id": id, "case_id": case_id, "title": title, "recipients": recipients,
        "text": String::from(wanted.text), "author": actor.login, "at": ctx.now().rfc3339(), "key": begun.key,
    });
    state.ack_reminders.push(shown.clone());
    let subject = format!("acknowledgement/{id}");
    state.event(
        "acknowledgement.reminded",
        &subject,
        ctx.now(),
        shown.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "remind_acknowledgement".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(reminder_id.clone()),
        subject,
        payload_sha256: None,
    });
    Ok(finish(
        &mut state,
        begun,
        "reminder",
        &reminder_id,
        StatusCode::CREATED,
        shown,
        (None, None),
    ))
}

impl SignedFile {
    /// Keeps the bytes; its record is what a response carries.
    fn kept(
        self,
        id: String,
        files: &mut BTreeMap<String, Value>,
        blobs: &mut BTreeMap<String, Bytes>,
    ) -> Value {
        let sha256 = sha256_hex(&self.content);
        let record = json!({
            "id": id, "name": String::from(self.name), "media_type": String::from(self.media_type),
            "size": self.content.len(), "sha256": sha256,
        });
        blobs.insert(sha256, Bytes::from(self.content));
        files.insert(id, record.clone());
        record
    }
}
