//! `/cases/{id}/claims`: the first one wins, the others learn who did.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode},
};
use domain::{System, canonical::sha256_hex};
use serde_json::json;

use super::{
    asked::Asked,
    contract::{At, actor, begin, claimed, finish, missing},
    requests::{NewClaim, json_body},
};
use crate::{
    Ctx,
    core::{
        effects::Effect,
        http::{Answer, Query},
    },
};

pub(super) async fn claims(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    query: Query,
) -> Result<Answer, Answer> {
    let asked = Asked::of(query, &["key", "cursor", "limit"])?;
    let state = ctx.community();
    if !state.cases.contains_key(&id) {
        return Err(missing("case"));
    }
    let found = state
        .claims
        .iter()
        .filter(|claim| claim["case_id"] == json!(id) && asked.is("key", claim["key"].as_str()));
    asked.page(found.cloned())
}

pub(super) async fn claim(
    Shared(ctx): Shared<Arc<Ctx>>,
    At(id): At<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, Answer> {
    let mut state = ctx.community();
    let actor = actor(&ctx, &headers)?;
    let begun = begin(&state, &headers, &format!("POST /cases/{id}/claims"), &body)?;
    let NewClaim { purpose, subject } = json_body(&headers, &body)?;
    let (purpose, subject) = (String::from(purpose), String::from(subject));
    if !state.cases.contains_key(&id) {
        return Err(missing("case"));
    }
    let taken = state.claims.iter().find(|c| {
        c["case_id"] == json!(id)
            && c["purpose"] == json!(purpose)
            && c["subject"] == json!(subject)
    });
    if let Some(winner) = taken {
        return Err(claimed(winner));
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
        payload_sha256: Some(sha256_hex(&body)),
    });
    Ok(finish(
        &mut state,
        begun,
        "claim",
        &claim_id,
        StatusCode::CREATED,
        claim,
        (None, None),
    ))
}
