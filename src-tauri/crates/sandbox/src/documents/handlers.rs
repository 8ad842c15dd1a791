//! The endpoints that read, and reprocessing.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use domain::{
    Millis, System,
    canonical::sha256_hex,
    time::{HOUR, SECOND},
};
use serde_json::{Value, json};

use super::{CLIENT_ID, CLIENT_SECRET, WORLD, proofs, query, search, writing};
use crate::core::{
    auth,
    effects::Effect,
    http::{Answer, Query, bytes_answer, header_text, json_answer, problem, with_header},
    state::Ctx,
};

/// Life of a grid token.
const TOKEN_LIFE: i64 = 10 * HOUR;

/// `grant_type` stands in the query, the client in Basic.
pub(super) async fn token(State(ctx): State<Arc<Ctx>>, query: Query, headers: HeaderMap) -> Answer {
    if query.get("grant_type") != Some("client_credentials") {
        return fault(
            StatusCode::BAD_REQUEST,
            "Missing param: grant_type",
            "invalid_request",
        );
    }
    match auth::basic(&headers) {
        Some((id, secret))
            if id == CLIENT_ID && ctx.takes(System::Documents, CLIENT_SECRET, &secret) =>
        {
            json_answer(
                StatusCode::OK,
                &json!({
                    "access_token": auth::issue(&ctx, WORLD, &id, TOKEN_LIFE),
                    "token_type": "Bearer", "expires_in": (TOKEN_LIFE / SECOND).to_string(), "status": "approved",
                }),
            )
        }
        _ => fault(
            StatusCode::UNAUTHORIZED,
            "Invalid ApiKey",
            "oauth.v2.InvalidApiKey",
        ),
    }
}

/// The form of the gateway for whatever it refuses itself.
pub(super) fn fault(status: StatusCode, words: &str, code: &str) -> Answer {
    json_answer(
        status,
        &json!({ "fault": { "faultstring": words, "detail": { "errorcode": code } } }),
    )
}

/// The refusal of a request without a living token.
pub(super) fn refused(ctx: &Ctx, headers: &HeaderMap) -> Option<Answer> {
    let token = auth::bearer(headers);
    if token.and_then(|t| auth::subject(ctx, WORLD, t)).is_some() {
        return None;
    }
    Some(match token {
        None => fault(
            StatusCode::UNAUTHORIZED,
            "Invalid access token",
            "oauth.v2.InvalidAccessToken",
        ),
        Some(_) => fault(
            StatusCode::UNAUTHORIZED,
            "Access Token expired",
            "keymanagement.service.access_token_expired",
        ),
    })
}

/// Lens.
pub(super) async fn search(State(ctx): State<Arc<Ctx>>, headers: HeaderMap, body: Bytes) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let body: Value = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(e) => return graphql_error(&format!("request is no JSON: {e}")),
    };
    let text = body
        .get("query")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let none = json!({});
    let variables = body
        .get("variables")
        .filter(|v| v.is_object())
        .unwrap_or(&none);
    let request = query::read(text, variables).and_then(|r| search::check(&r).map(|()| r));
    let request = match request {
        Ok(request) => request,
        Err(words) => return graphql_error(&words),
    };
    let now = ctx.now();
    let mut state = ctx.documents();
    let scroll = request
        .search
        .scroll
        .then(|| sha256_hex(body.to_string().as_bytes()));
    let (offset, count) = match &scroll {
        Some(id) => (
            state.scrolls.get(id).copied().unwrap_or(0),
            search::MAX_COUNT,
        ),
        None => (request.search.offset, request.search.count),
    };
    let page = search::run(
        &request.search,
        state.transactions.iter(),
        offset,
        count,
        now,
    );
    let (data, untold) = search::answer(&request, &page, scroll.as_deref(), now);
    let reached = offset + page.found.len();
    let ended = page.found.is_empty();
    if let Some(id) = scroll {
        // The same query again goes on; behind the last page it begins anew.
        if ended {
            state.scrolls.remove(&id);
        } else {
            state.scrolls.insert(id, reached);
        }
    }
    let answer = if untold.is_empty() {
        json!({ "data": data })
    } else {
        json!({ "data": data, "errors": untold })
    };
    json_answer(StatusCode::OK, &answer)
}

fn graphql_error(words: &str) -> Answer {
    json_answer(
        StatusCode::OK,
        &json!({ "errors": [{ "message": words }], "data": null }),
    )
}

/// The bytes as they were exchanged.
pub(super) async fn payload(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let now = ctx.now();
    match ctx.documents().find(&id).filter(|t| t.is_visible(now)) {
        Some(found) => with_header(
            bytes_answer(StatusCode::OK, found.media_type, found.payload.clone()),
            "content-disposition",
            &format!("attachment; filename=\"{}.edi\"", found.id),
        ),
        None => problem(StatusCode::NOT_FOUND, "E_UNKNOWN", "no such transaction"),
    }
}

/// The MDN of a delivered document, the receipt of the portal, or the letter signed and returned.
pub(super) async fn proof(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let now = ctx.now();
    let state = ctx.documents();
    let Some(found) = state.find(&id).filter(|t| t.is_visible(now)) else {
        return problem(StatusCode::NOT_FOUND, "E_UNKNOWN", "no such transaction");
    };
    match proofs::of(&state, found, now) {
        Some((media_type, text)) => bytes_answer(StatusCode::OK, &media_type, text),
        None => problem(StatusCode::NOT_FOUND, "E_NO_PROOF", "not delivered yet"),
    }
}

/// Processes a document again; the same key does it once.
pub(super) async fn reprocess(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Some(answer) = refused(&ctx, &headers) {
        return answer;
    }
    let Some(key) = header_text(&headers, "idempotency-key").filter(|k| !k.is_empty()) else {
        return problem(
            StatusCode::BAD_REQUEST,
            "E_KEY",
            "Idempotency-Key is missing",
        );
    };
    let now = ctx.now();
    let mut state = ctx.documents();
    if let Some(before) = state.reprocessed.get(key) {
        if *before != id {
            let words = "this key was used for another transaction";
            return problem(StatusCode::UNPROCESSABLE_ENTITY, "E_KEY", words);
        }
        return accepted(&id);
    }
    let Some(found) = state.find_mut(&id).filter(|t| t.is_visible(now)) else {
        return problem(StatusCode::NOT_FOUND, "E_UNKNOWN", "no such transaction");
    };
    let asks_again = again(found, now);
    let payload_sha256 = Some(sha256_hex(&found.payload));
    if asks_again {
        writing::acknowledge(&mut state, &id, "A", now.plus(300 * SECOND), ctx.scenario());
    }
    state.reprocessed.insert(key.to_owned(), id.clone());
    drop(state);
    ctx.effect(Effect {
        system: System::Documents,
        kind: "reprocess".to_owned(),
        key: Some(key.to_owned()),
        reference: Some(id.clone()),
        subject: id.clone(),
        payload_sha256,
    });
    accepted(&id)
}

fn accepted(id: &str) -> Answer {
    json_answer(
        StatusCode::ACCEPTED,
        &json!({ "transactionid": id, "status": "P" }),
    )
}

/// What a second run brings: a document nobody corrected fails validation again, every other one goes out, and its
/// receiver is asked again where the answer was not good. Says whether it is asked.
fn again(transaction: &mut super::Transaction, now: Millis) -> bool {
    let invalid = transaction.status(now).1 == "V";
    let mut line = vec![(now, "P".to_owned())];
    if invalid {
        line.push((now.plus(10 * SECOND), "V".to_owned()));
    } else {
        line.push((now.plus(5 * SECOND), "D".to_owned()));
        line.push((now.plus(30 * SECOND), "S".to_owned()));
    }
    transaction.statuses.retain(|(at, _)| *at <= now);
    transaction.statuses.extend(line);
    let bad = |code: &str| matches!(code, "R" | "T" | "E" | "P");
    let asks = !invalid && transaction.ack(now).is_some_and(|(_, code)| bad(code));
    if asks {
        transaction.acks.push((now, "W".to_owned()));
    }
    asks
}
