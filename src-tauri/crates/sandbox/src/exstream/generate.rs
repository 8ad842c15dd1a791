//! Letters on demand: proofs, drafts for Empower, and releases.

use std::sync::{Arc, OnceLock};

use axum::{
    body::Bytes,
    extract::{Path, State as Ax},
    http::{HeaderMap, StatusCode},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    Draft, State,
    jobs::Job,
    letter::{self, Letter},
    service_error,
    templates::{self, Template},
    told,
};
use crate::core::{
    effects::Effect,
    http::{Answer, bytes_answer, json_answer},
    state::Ctx,
};

/// Whether driver data asks for delivery at once instead of a proof.
pub(super) fn releases(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|data| data.get("release").and_then(Value::as_bool))
        .unwrap_or(false)
}

fn text(data: &Map<String, Value>, key: &str) -> String {
    data.get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// The template that a communication and its driver data name.
fn template_of<'a>(
    state: &'a State,
    communication: &str,
    data: &Map<String, Value>,
) -> Option<&'a Template> {
    let version = data
        .get("templateVersion")
        .and_then(Value::as_i64)
        .unwrap_or(0);
    templates::find(
        &state.templates,
        communication,
        version,
        &text(data, "language"),
    )
}

fn channel(data: &Map<String, Value>) -> String {
    let channel = text(data, "channel");
    if channel.is_empty() {
        "letter".to_owned()
    } else {
        channel
    }
}

/// `{status:"error", data:[{errorMessage, statusCode, engineOutputContext}]}`.
fn engine_error(status: StatusCode, words: &str) -> Answer {
    json_answer(
        status,
        &json!({
            "status": "error",
            "data": [{ "errorMessage": words, "statusCode": status.as_u16(), "engineOutputContext": null }],
        }),
    )
}

/// `POST /inputs/ondemand/{domain}/generate`.
pub(super) async fn generate(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let (Some(communication), Some(_)) = (
        told(&headers, "communicationid"),
        told(&headers, "driverdatasource"),
    ) else {
        let words = "headers communicationId and driverDataSource are needed";
        return engine_error(StatusCode::BAD_REQUEST, words);
    };
    let data = match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Object(data)) => data,
        _ => return engine_error(StatusCode::BAD_REQUEST, "driver data is no JSON object"),
    };
    let mut state = ctx.exstream();
    let Some(template) = template_of(&state, communication, &data).cloned() else {
        let words = format!(
            "no communication '{}'",
            communication.chars().take(60).collect::<String>()
        );
        return engine_error(StatusCode::NOT_FOUND, &words);
    };
    let channel = channel(&data);
    let letter = Letter {
        template_title: &template.title,
        language: &template.language,
        channel: &channel,
        data: &data,
    };
    let missing = letter.missing();
    if !missing.is_empty() {
        let words = format!("required variables have no value: {}", missing.join(", "));
        return engine_error(StatusCode::BAD_REQUEST, &words);
    }
    let accept = told(&headers, "accept").unwrap_or("*/*").to_owned();
    if told(&headers, "empoweruser").is_some() && accept.contains("application/json") {
        let (_, id) = state.next_id("draft");
        state.drafts.insert(
            id.clone(),
            Draft {
                id: id.clone(),
                template_id: template.id,
                data,
                state: "DRAFT".to_owned(),
                comment: String::new(),
                locked_by: None,
                modified_at: ctx.now(),
                production_note: None,
            },
        );
        return json_answer(StatusCode::OK, &json!({ "documentId": id }));
    }
    let pdf = letter.pdf();
    let html = letter.html();
    if data.get("release").and_then(Value::as_bool) == Some(true) {
        if template.state != "APPROVED" {
            return engine_error(StatusCode::CONFLICT, "template is not approved");
        }
        let user = told(&headers, "empoweruser")
            .unwrap_or("console")
            .to_owned();
        let (_, effect) = make_job(
            &mut state,
            &ctx,
            &template,
            data.clone(),
            &user,
            &Map::new(),
        );
        drop(state);
        ctx.effect(effect);
    } else {
        drop(state);
    }
    if accept.contains("application/pdf") {
        return bytes_answer(StatusCode::OK, "application/pdf", pdf);
    }
    let (content, mime) = if accept.contains("text/html") {
        (html.into_bytes(), "text/html")
    } else {
        (pdf, "application/pdf")
    };
    json_answer(
        StatusCode::OK,
        &json!({
            "status": "success",
            "data": [{
                "content": STANDARD.encode(content), "mimeType": mime,
                "engineOutputContext": {
                    "queueName": channel, "fileName": format!("{}.pdf", text(&data, "externalId")),
                    "customerNumber": text(&data, "partner_id"),
                },
            }],
        }),
    )
}

fn make_job(
    state: &mut State,
    ctx: &Ctx,
    template: &Template,
    data: Map<String, Value>,
    user: &str,
    metadata: &Map<String, Value>,
) -> (String, Effect) {
    let (number, id) = state.next_id("job");
    let either = |names: &[&str]| {
        names
            .iter()
            .flat_map(|name| [data.get(*name), metadata.get(*name)])
            .find_map(|v| {
                v.and_then(Value::as_str)
                    .filter(|t| !t.is_empty())
                    .map(str::to_owned)
            })
    };
    let channel = either(&["channel"]).unwrap_or_else(|| "letter".to_owned());
    let told = metadata
        .get("recipient")
        .and_then(Value::as_str)
        .filter(|r| !r.is_empty());
    let mailbox = letter::mailbox(&data);
    let company = data
        .get("recipient")
        .and_then(|r| r.get("company").or(Some(r)))
        .and_then(Value::as_str)
        .map(str::to_owned);
    // What the letter itself says wins for mail, since it was printed and approved with it.
    let recipient = if channel == "email" {
        mailbox.or_else(|| told.map(str::to_owned))
    } else {
        told.map(str::to_owned).or(company)
    };
    let job = Job {
        id,
        number,
        external_id: either(&["externalId"]),
        case_id: either(&["caseId", "case_id"]),
        template_key: template.key.clone(),
        template_title: template.title.clone(),
        template_version: template.version,
        language: template.language.clone(),
        channel,
        recipient: recipient.unwrap_or_default(),
        triggered_by: user.to_owned(),
        data,
        started_at: ctx.now(),
        cancelled_at: None,
        deleted_at: None,
        injected: Vec::new(),
        produced: OnceLock::new(),
    };
    let made = (job.id.clone(), job.released());
    state.jobs.push(job);
    made
}

/// `POST /inputs/fulfillment/ondemand/{domain}/fulfill`: every call makes letters, a repeated one makes them again.
pub(super) async fn fulfill(
    Ax(ctx): Ax<Arc<Ctx>>,
    Path(_domain): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if told(&headers, "communicationid").is_none() || told(&headers, "driverdatasource").is_none() {
        let words = "headers communicationId and driverDataSource are needed";
        return engine_error(StatusCode::BAD_REQUEST, words);
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let documents: Vec<&str> = body
        .get("documents")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if documents.is_empty() {
        return engine_error(StatusCode::BAD_REQUEST, "documents is empty");
    }
    // Ours: what a tenant maps to job metadata.
    let metadata = body
        .get("metadata")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let mut state = ctx.exstream();
    let mut chosen = Vec::new();
    for id in documents {
        let Some(draft) = state.drafts.get(id) else {
            return engine_error(StatusCode::NOT_FOUND, "a document does not exist");
        };
        let Some(template) = state.templates.iter().find(|t| t.id == draft.template_id) else {
            return engine_error(StatusCode::NOT_FOUND, "the template does not exist");
        };
        if template.state != "APPROVED" {
            return engine_error(StatusCode::CONFLICT, "template is not approved");
        }
        if draft.state == "REJECTED" {
            return engine_error(StatusCode::CONFLICT, "document was rejected");
        }
        let mut data = draft.data.clone();
        if let Some(note) = &draft.production_note {
            data.insert("production".to_owned(), Value::String(note.clone()));
        }
        chosen.push((template.clone(), data));
    }
    let user = told(&headers, "empoweruser")
        .unwrap_or("console")
        .to_owned();
    let mut made = Vec::new();
    let mut data = Vec::new();
    for (template, driver_data) in chosen {
        let (id, effect) = make_job(&mut state, &ctx, &template, driver_data, &user, &metadata);
        data.push(json!({ "jobId": id, "externalId": effect.reference, "status": "started" }));
        made.push(effect);
    }
    drop(state);
    for effect in made {
        ctx.effect(effect);
    }
    json_answer(
        StatusCode::OK,
        &json!({ "status": "success", "data": data }),
    )
}

/// `GET /empower/api/v1/documents/{id}/content`, a contract of our own: the draft as it would be printed now.
pub(super) async fn draft_content(Ax(ctx): Ax<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    let state = ctx.exstream();
    let found = state.drafts.get(&id).and_then(|draft| {
        let template = state.templates.iter().find(|t| t.id == draft.template_id)?;
        Some((draft, template))
    });
    let Some((draft, template)) = found else {
        return service_error(&ctx, StatusCode::NOT_FOUND, "404001", "no such document");
    };
    let channel = channel(&draft.data);
    let pdf = Letter {
        template_title: &template.title,
        language: &template.language,
        channel: &channel,
        data: &draft.data,
    }
    .pdf();
    bytes_answer(StatusCode::OK, "application/pdf", pdf)
}

/// `GET /empower/api/v1/docedit/{documentId}/open`: where the editor of the product opens, which this is not.
pub(super) async fn open_draft(Ax(ctx): Ax<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    let state = ctx.exstream();
    let found = state.drafts.get(&id).and_then(|draft| {
        let template = state.templates.iter().find(|t| t.id == draft.template_id)?;
        Some(Letter {
            template_title: &template.title,
            language: &template.language,
            channel: "email",
            data: &draft.data,
        })
    });
    match found {
        Some(letter) => bytes_answer(StatusCode::OK, "text/html", letter.html()),
        None => service_error(&ctx, StatusCode::NOT_FOUND, "404001", "no such document"),
    }
}
