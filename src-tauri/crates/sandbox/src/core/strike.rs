//! What a fault that strikes does to an answer.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use domain::System;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::{
    faults::{Fault, FaultKind, drifted, with_first_list},
    http::{Answer, json_answer, problem, with_header},
};

/// Sign-in is never struck: the switches are about calls, and expiry has the clock.
pub(super) fn is_sign_in(path: &str) -> bool {
    path.contains("oauth2/token")
        || path.contains("/otdsws/")
        || path.ends_with("/api/v1/auth")
        || path.ends_with("/api/v1/ping")
        || path.ends_with("/oauth_token.do")
}

/// The answer of a fault that keeps the handler out.
pub(super) fn refusal(fault: &Fault, system: System) -> Option<Answer> {
    let status = match fault.kind {
        FaultKind::HttpStatus => StatusCode::from_u16(fault.status).ok()?,
        FaultKind::Unauthorized => StatusCode::UNAUTHORIZED,
        FaultKind::Conflict => match system {
            System::Community | System::Tracker => StatusCode::PRECONDITION_FAILED,
            _ => StatusCode::CONFLICT,
        },
        _ => return None,
    };
    let words = status.canonical_reason().unwrap_or("Fault");
    let answer = match system {
        System::Community => problem(status, "E_FAULT", words),
        System::Tracker => json_answer(status, &json!({ "message": words })),
        System::Workspaces => json_answer(status, &json!({ "error": words })),
        _ => json_answer(
            status,
            &json!({ "fault": { "faultstring": words, "detail": { "errorcode": "sandbox.Fault" } } }),
        ),
    };
    Some(match fault.retry_after {
        Some(seconds) => with_header(answer, "retry-after", &seconds.to_string()),
        None => answer,
    })
}

/// Applies the faults that change an answer.
pub(super) async fn reshape(answer: Answer, struck: &[Fault]) -> Answer {
    let changes: Vec<FaultKind> = struck
        .iter()
        .map(|f| f.kind)
        .filter(|k| {
            matches!(
                k,
                FaultKind::Drift | FaultKind::DuplicateEvent | FaultKind::ReorderEvents
            )
        })
        .collect();
    if changes.is_empty() {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = body.collect().await else {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "E_INTERNAL", "No body.");
    };
    let bytes = body.to_bytes();
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    for kind in changes {
        match kind {
            FaultKind::Drift => value = drifted(&value),
            FaultKind::DuplicateEvent => {
                with_first_list(&mut value, &mut |items| {
                    *items = items.iter().flat_map(|i| [i.clone(), i.clone()]).collect();
                });
            }
            FaultKind::ReorderEvents => {
                with_first_list(&mut value, &mut |items| items.reverse());
            }
            _ => {}
        }
    }
    let text = value.to_string();
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
    Response::from_parts(parts, Body::from(text))
}
