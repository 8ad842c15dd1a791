//! The rules the case contract keeps: ids, acting person, idempotency keys, versions. This contract is ours, not a
//! vendor's.

use axum::{
    extract::{FromRequestParts, Path, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, request::Parts},
};
use domain::canonical::sha256_hex;
use serde_json::Value;

use super::model::{Made, State};
use crate::{
    Ctx,
    core::http::{Answer, bytes_answer, header_text, json_answer, problem, with_header},
};

/// Ids in the path; what cannot be one names nothing.
pub(super) struct At<T>(pub(super) T);

impl<S: Send + Sync, T> FromRequestParts<S> for At<T>
where
    Path<T>: FromRequestParts<S, Rejection = PathRejection>,
{
    type Rejection = Answer;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Answer> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(missing("resource")),
        }
    }
}

/// Who acts: login and printed name.
pub(super) struct Actor {
    pub(super) login: String,
    pub(super) name: String,
}

/// Reads `X-Acting-Person`; without it the company itself acts. What is there but names nobody is refused: nobody acts
/// as the company by a mistake.
pub(super) fn actor(ctx: &Ctx, headers: &HeaderMap) -> Result<Actor, Answer> {
    const HEADER: &str = "x-acting-person";
    if !headers.contains_key(HEADER) {
        return Ok(Actor {
            login: "system".to_owned(),
            name: ctx.scenario().company.short_name.clone(),
        });
    }
    let login = header_text(headers, HEADER).unwrap_or_default();
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
    let Some(key) = header_text(headers, "idempotency-key").and_then(key_of) else {
        return Err(problem(
            StatusCode::BAD_REQUEST,
            "E_IDEMPOTENCY_KEY",
            "Idempotency-Key is missing or is no key.",
        ));
    };
    // Who acts is a part of what is asked.
    let actor = headers.get("x-acting-person");
    let actor = actor.map(HeaderValue::as_bytes).unwrap_or_default();
    let request = [place.as_bytes(), b"\n", actor, b"\n", content].concat();
    let fingerprint = sha256_hex(&request);
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

/// The key a header holds, bare or in quotes (a structured string, as the draft wants it).
fn key_of(text: &str) -> Option<&str> {
    let quoted = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._~:-".contains(&b);
    ((1..=255).contains(&key.len()) && key.bytes().all(fits)).then_some(key)
}

fn answered(made: &Made) -> Answer {
    let status = StatusCode::from_u16(made.status).unwrap_or(StatusCode::OK);
    let mut answer = json_answer(status, &made.body);
    if let Some(etag) = &made.etag {
        answer = with_header(answer, "etag", etag);
    }
    if let Some(location) = &made.location {
        // A reference from the root of the server, below which each system has its prefix.
        answer = with_header(answer, "location", &format!("/community{location}"));
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

/// Checks If-Match against a version: 428 when missing, 400 when it is no entity tag, 412 with what is there now when
/// stale. A weak tag never matches (RFC 9110, 13.1.1).
pub(super) fn matches(headers: &HeaderMap, version: i64, current: &Value) -> Result<(), Answer> {
    let Some(wanted) = headers.get("if-match") else {
        return Err(problem(
            StatusCode::PRECONDITION_REQUIRED,
            "E_IF_MATCH",
            "If-Match is missing.",
        ));
    };
    let wanted = wanted.to_str().unwrap_or_default();
    let is_tag = |text: &str| {
        let text = text.strip_prefix("W/").unwrap_or(text);
        let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
        inner.is_some_and(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    if wanted == "*" {
        return Ok(());
    }
    if !is_tag(wanted) {
        return Err(problem(
            StatusCode::BAD_REQUEST,
            "E_IF_MATCH",
            "If-Match holds no entity tag.",
        ));
    }
    let etag = etag(version);
    if wanted == etag {
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
    let answer = bytes_answer(
        StatusCode::PRECONDITION_FAILED,
        "application/problem+json",
        body.to_string(),
    );
    Err(with_header(answer, "etag", &etag))
}

/// The entity tag of a version.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// 409: the case was claimed before, by whom and when.
pub(super) fn claimed(winner: &Value) -> Answer {
    let body = serde_json::json!({
        "type": "urn:problem:e_claimed",
        "title": "Conflict",
        "status": 409,
        "detail": "Somebody else was first.",
        "code": "E_CLAIMED",
        "winner": winner.get("person"),
        "claim": winner,
    });
    bytes_answer(
        StatusCode::CONFLICT,
        "application/problem+json",
        body.to_string(),
    )
}

/// 404 for a path that leads nowhere.
pub(super) async fn nowhere() -> Answer {
    missing("path")
}

/// 405; the router adds Allow.
pub(super) async fn no_such_method() -> Answer {
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "E_METHOD",
        "This resource does not answer that method.",
    )
}
