//! Sign-in: user and password, OTDS token, OTDS ticket; tickets die when nobody uses them.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use domain::{System, time::DAY};
use serde_json::{Value, json};

use super::{
    super::{CLIENT_ID, CLIENT_SECRET, IDLE, PASSWORD, SERVICE_USER, USERNAME},
    Sent, ok,
};
use crate::core::{
    auth as tokens,
    http::{Answer, Query, header_text, json_answer, with_header},
    state::Ctx,
};

fn password(ctx: &Ctx, sent: &Sent) -> bool {
    sent.text("password")
        .is_some_and(|told| ctx.takes(System::Workspaces, PASSWORD, &told))
}

fn refuse(words: &str) -> Answer {
    json_answer(StatusCode::UNAUTHORIZED, &json!({ "error": words }))
}

/// Who asks: by the ticket in a header or cookie, or by an OTDS token straight away.
pub(super) fn signed_in(ctx: &Ctx, headers: &HeaderMap) -> Result<u64, Answer> {
    let cookie = header_text(headers, "cookie").and_then(|cookies| {
        cookies
            .split(';')
            .filter_map(|c| c.trim().split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("otcsticket") || *name == "LLCookie")
            .map(|(_, value)| value)
    });
    let ticket = header_text(headers, "otcsticket").or(cookie);
    let dead = || refuse("Authentication Required: the ticket is missing or has expired.");
    let Some(ticket) = ticket else {
        return tokens::bearer(headers)
            .and_then(|t| tokens::subject(ctx, "otds", t))
            .map(|_| SERVICE_USER)
            .ok_or_else(dead);
    };
    if tokens::subject(ctx, "ticket", ticket).is_none() {
        return Err(dead());
    }
    let now = ctx.now();
    // Only tickets signed in for since the start are watched: a replayed change must not be refused because the reads
    // that kept its ticket alive are not replayed.
    if let Some(last) = ctx.workspaces().tickets.get_mut(ticket) {
        if now.since(*last) > IDLE {
            return Err(dead());
        }
        *last = now;
    }
    Ok(SERVICE_USER)
}

fn fresh_ticket(ctx: &Ctx) -> String {
    // Two sign-ins in one millisecond may share a ticket; that harms nobody.
    let ticket = tokens::issue(ctx, "ticket", USERNAME, 30 * DAY);
    ctx.workspaces().tickets.insert(ticket.clone(), ctx.now());
    ticket
}

pub(super) async fn ping() -> Answer {
    ok(&json!({"rest_api": [{"build": 1, "href": "api/v1", "version": 1}]}))
}

pub(super) async fn sign_in(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let sent = Sent::read(&headers, body).await;
    if sent.text("username").as_deref() == Some(USERNAME) && password(&ctx, &sent) {
        let ticket = fresh_ticket(&ctx);
        return with_header(ok(&json!({ "ticket": ticket })), "otcsticket", &ticket);
    }
    refuse("Invalid username/password specified.")
}

/// `GET /v1/auth`: a ticket for an OTDS token or ticket, or who the ticket belongs to.
pub(super) async fn exchange(State(ctx): State<Arc<Ctx>>, headers: HeaderMap) -> Answer {
    let otds = tokens::bearer(&headers).and_then(|t| tokens::subject(&ctx, "otds", t));
    let ticket =
        header_text(&headers, "otdsticket").and_then(|t| tokens::subject(&ctx, "otdsticket", t));
    if otds.or(ticket).is_some() {
        let ticket = fresh_ticket(&ctx);
        return with_header(ok(&user(SERVICE_USER, USERNAME)), "otcsticket", &ticket);
    }
    match signed_in(&ctx, &headers) {
        Ok(id) => ok(&user(id, USERNAME)),
        Err(refused) => refused,
    }
}

pub(super) async fn sign_out(State(ctx): State<Arc<Ctx>>, headers: HeaderMap) -> Answer {
    if let Some(ticket) = header_text(&headers, "otcsticket") {
        // Far in the past: the next use finds it idle.
        ctx.workspaces()
            .tickets
            .insert(ticket.to_owned(), domain::Millis(0));
    }
    ok(&json!({}))
}

fn user(id: u64, name: &str) -> Value {
    json!({"data": {"id": id, "name": name, "type": 0, "deleted": false}})
}

pub(super) async fn otds_credentials(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let sent = Sent::read(&headers, body).await;
    let name = sent.text("userName").or_else(|| sent.text("user_name"));
    if name.as_deref() == Some(USERNAME) && password(&ctx, &sent) {
        let ticket = tokens::issue(&ctx, "otdsticket", USERNAME, DAY);
        return ok(&json!({"ticket": ticket, "userId": USERNAME, "token": ticket}));
    }
    json_answer(
        StatusCode::UNAUTHORIZED,
        &json!({"status": 401, "error": "Authentication failed", "errorDetail": "Authentication failed"}),
    )
}

pub(super) async fn otds_token(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let sent = Sent::read(&headers, body).await;
    let client = tokens::basic(&headers)
        .or_else(|| Some((sent.text("client_id")?, sent.text("client_secret")?)));
    let by_client = client.is_some_and(|(id, secret)| {
        id == CLIENT_ID && ctx.takes(System::Workspaces, CLIENT_SECRET, &secret)
    });
    let by_password = sent.text("username").as_deref() == Some(USERNAME) && password(&ctx, &sent);
    let allowed = match sent.text("grant_type").as_deref() {
        Some("client_credentials") => by_client,
        Some("password") => by_password,
        _ => {
            return json_answer(
                StatusCode::BAD_REQUEST,
                &json!({"error": "unsupported_grant_type"}),
            );
        }
    };
    if !allowed {
        return json_answer(
            StatusCode::UNAUTHORIZED,
            &json!({"error": "invalid_client"}),
        );
    }
    let token = tokens::issue(&ctx, "otds", USERNAME, IDLE);
    ok(&json!({"access_token": token, "token_type": "Bearer", "expires_in": IDLE / 1_000}))
}

fn people(ctx: &Ctx) -> Vec<Value> {
    let mut all = vec![
        json!({"id": 1_000, "name": "Admin", "type": 0, "type_name": "User"}),
        json!({"id": SERVICE_USER, "name": USERNAME, "type": 0, "type_name": "User"}),
    ];
    for (i, person) in (1_100_u64..).zip(&ctx.scenario().persons) {
        all.push(json!({
            "id": i, "name": person.name, "first_name": person.full_name, "type": 0, "type_name": "User",
        }));
    }
    all.push(json!({"id": 2_001, "name": "Partner desk", "type": 1, "type_name": "Group"}));
    all
}

pub(super) async fn members(
    State(ctx): State<Arc<Ctx>>,
    headers: HeaderMap,
    query: Query,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let results: Vec<Value> = people(&ctx)
        .into_iter()
        .filter(|p| {
            query
                .number("where_type")
                .is_none_or(|t| p.get("type") == Some(&json!(t)))
        })
        .filter(|p| {
            query
                .get("where_name")
                .is_none_or(|n| p.get("name") == Some(&json!(n)))
        })
        .map(|p| json!({"data": {"properties": p}}))
        .collect();
    let page = super::super::json::Page {
        limit: 100,
        page: 1,
        total: results.len(),
    };
    ok(&super::super::json::collection(
        results,
        page,
        "/api/v2/members",
    ))
}

pub(super) async fn member(
    State(ctx): State<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    if let Err(refused) = signed_in(&ctx, &headers) {
        return refused;
    }
    let found = people(&ctx)
        .into_iter()
        .find(|p| crate::params::loose_text(p.get("id")).as_deref() == Some(id.as_str()));
    match found {
        Some(person) => ok(&super::super::json::single(
            json!({"data": {"properties": person}}),
        )),
        None => super::failed(&super::super::node::Refusal::missing(&id)),
    }
}
