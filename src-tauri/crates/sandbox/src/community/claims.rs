//! `/cases/{id}/claims`: the first one wins, the others learn who did.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Shared},
    http::{HeaderMap, StatusCode},
};
use domain::{System, canonical::sha256_hex};
use serde_json::{Value, json};

use super::contract::{actor, begin, finish, missing, object, text, unfit};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query, json_answer},
    },
};

pub(super) async fn claims(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    let state = ctx.community();
    let items: Vec<&Value> = state
        .claims
        .iter()
        .filter(|c| c["case_id"] == json!(id))
        .filter(|c| query.get("key").is_none_or(|k| c["key"] == json!(k)))
        .collect();
    json_answer(
        StatusCode::OK,
        &json!({"items": items, "more": false, "cursor": null}),
    )
}

pub(super) async fn claim(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    try_claim(&ctx, &id, &headers, &body).unwrap_or_else(|refusal| refusal)
}

fn try_claim(ctx: &Ctx, id: &str, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let begun = begin(&state, headers, &format!("POST /cases/{id}/claims"), body)?;
    let actor = actor(ctx, headers)?;
    let fields = object(body)?;
    if !state.cases.contains_key(id) {
        return Err(missing("case"));
    }
    let (purpose, subject) = (text(&fields, "purpose"), text(&fields, "subject"));
    if purpose.is_empty() || subject.is_empty() {
        return Err(unfit("purpose and subject are needed"));
    }
    let taken = state.claims.iter().find(|c| {
        c["case_id"] == json!(id)
            && c["purpose"] == json!(purpose)
            && c["subject"] == json!(subject)
    });
    if let Some(winner) = taken {
        return Err(json_answer(
            StatusCode::CONFLICT,
            &json!({
                "type": "urn:problem:e_claimed",
                "title": "Conflict",
                "status": 409,
                "detail": "Somebody else was first.",
                "code": "E_CLAIMED",
                "winner": winner["person"],
                "claim": winner,
            }),
        ));
    }
    let claim_id = state.next_id("cl");
    let claim = json!({
        "id": claim_id, "case_id": id, "purpose": purpose, "subject": subject,
        "person": actor.login, "key": begun.key, "at": ctx.now().rfc3339(),
    });
    state.claims.push(claim.clone());
    state.event(
        "claim.made",
        &format!("case/{id}"),
        ctx.now(),
        claim.clone(),
    );
    ctx.effect(Effect {
        system: System::Community,
        kind: "claim".to_owned(),
        key: Some(begun.key.clone()),
        reference: Some(claim_id.clone()),
        subject: format!("case/{id}"),
        payload_sha256: Some(sha256_hex(body)),
    });
    let place = (None, Some(format!("/cases/{id}/claims/{claim_id}")));
    Ok(finish(
        &mut state,
        begun,
        "claim",
        &claim_id,
        StatusCode::CREATED,
        claim,
        place,
    ))
}
