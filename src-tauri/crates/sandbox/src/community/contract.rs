//! The rules every write of the case contract keeps: acting person, idempotency keys, versions. This contract is ours,
//! not a vendor's.

use axum::http::{HeaderMap, StatusCode};
use domain::canonical::sha256_hex;
use serde_json::Value;

use super::model::{Made, State};
use crate::{
    Ctx,
    core::http::{Answer, header_text, json_answer, problem, with_header},
};

/// Who acts: login and printed name.
pub(super) struct Actor {
    pub(super) login: String,
    pub(super) name: String,
}

/// Reads `X-Acting-Person`; without it the company itself acts.
pub(super) fn actor(ctx: &Ctx, headers: &HeaderMap) -> Result<Actor, Answer> {
    let Some(login) = header_text(headers, "x-acting-person").filter(|l| !l.is_empty()) else {
        return Ok(Actor {
            login: "system".to_owned(),
            name: ctx.scenario().company.short_name.clone(),
        });
    };
    let Some(person) = ctx.scenario().person(login) else {
        return Err(problem(
            StatusCode::FORBIDDEN,
            "E_FORBIDDEN",
            "The acting person is not known.",
        ));
    };
    if person.roles.iter().all(|r| r == "auditor") {
        return Err(problem(
            StatusCode::FORBIDDEN,
            "E_FORBIDDEN",
            "Auditors read; they change nothing.",
        ));
    }
    Ok(Actor {
        login: person.name.clone(),
        name: person.full_name.clone(),
    })
}

/// A write that has not been answered before.
pub(super) struct Begun {
    pub(super) key: String,
    fingerprint: String,
}

/// Checks the idempotency key: missing is 400, known with the same request answers as the first time, known with
/// another request is 422.
pub(super) fn begin(
    state: &State,
    headers: &HeaderMap,
    place: &str,
    content: &[u8],
) -> Result<Begun, Answer> {
    let key = header_text(headers, "idempotency-key")
        .map(|k| k.trim_matches('"'))
        .unwrap_or_default();
    if key.is_empty() || key.len() > 255 {
        return Err(problem(
            StatusCode::BAD_REQUEST,
            "E_IDEMPOTENCY_KEY",
            "Idempotency-Key is missing or too long.",
        ));
    }
    let fingerprint = sha256_hex(&[place.as_bytes(), b"\n", content].concat());
    match state.keys.get(key) {
        None => Ok(Begun {
            key: key.to_owned(),
            fingerprint,
        }),
        Some(made) if made.fingerprint == fingerprint => Err(answered(made)),
        Some(_) => Err(problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "E_IDEMPOTENCY_REUSED",
            "This Idempotency-Key was used with another request.",
        )),
    }
}

fn answered(made: &Made) -> Answer {
    let status = StatusCode::from_u16(made.status).unwrap_or(StatusCode::OK);
    let mut answer = json_answer(status, &made.body);
    if let Some(etag) = &made.etag {
        answer = with_header(answer, "etag", etag);
    }
    if let Some(location) = &made.location {
        answer = with_header(answer, "location", location);
    }
    answer
}

/// Remembers the answer of a key and gives it.
pub(super) fn finish(
    state: &mut State,
    begun: Begun,
    kind: &'static str,
    id: &str,
    status: StatusCode,
    body: Value,
    (etag, location): (Option<String>, Option<String>),
) -> Answer {
    let made = Made {
        fingerprint: begun.fingerprint,
        kind,
        id: id.to_owned(),
        status: status.as_u16(),
        body,
        etag,
        location,
    };
    let answer = answered(&made);
    state.keys.insert(begun.key, made);
    answer
}

/// Reads a JSON object body.
pub(super) fn object(body: &[u8]) -> Result<serde_json::Map<String, Value>, Answer> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(problem(
            StatusCode::BAD_REQUEST,
            "E_JSON",
            "The body is not a JSON object.",
        )),
    }
}

/// A text member, or empty.
pub(super) fn text(object: &serde_json::Map<String, Value>, name: &str) -> String {
    object
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// 422 with a reason.
pub(super) fn unfit(detail: &str) -> Answer {
    problem(StatusCode::UNPROCESSABLE_ENTITY, "E_VALUE", detail)
}

/// 404.
pub(super) fn missing(what: &str) -> Answer {
    problem(
        StatusCode::NOT_FOUND,
        "E_NOT_FOUND",
        &format!("There is no such {what}."),
    )
}

/// Checks If-Match against a version: 428 when missing, 412 with what is there now when stale.
pub(super) fn matches(headers: &HeaderMap, version: i64, current: &Value) -> Result<(), Answer> {
    let Some(wanted) = header_text(headers, "if-match") else {
        return Err(problem(
            StatusCode::PRECONDITION_REQUIRED,
            "E_IF_MATCH",
            "If-Match is missing.",
        ));
    };
    let etag = format!("\"{version}\"");
    if wanted == "*"
        || wanted
            .split(',')
            .any(|w| w.trim().trim_start_matches("W/") == etag)
    {
        return Ok(());
    }
    let body = serde_json::json!({
        "type": "urn:problem:e_version",
        "title": "Precondition Failed",
        "status": 412,
        "detail": "The object changed meanwhile.",
        "code": "E_VERSION",
        "current": current,
    });
    let answer = json_answer(StatusCode::PRECONDITION_FAILED, &body);
    let answer = with_header(answer, "content-type", "application/problem+json");
    Err(with_header(answer, "etag", &etag))
}
