//! TGCommunityServices as documented: companies, partner directory, users, roles, entitlements. Its answers are not
//! published; their fields follow those of the requests, and refusals have the gateway's form.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State as Shared},
    http::StatusCode,
    routing::get,
};
use serde_json::{Value, json};

use super::{
    gateway::{missing, no_such_method, nowhere},
    users,
};
use crate::{
    Ctx,
    core::http::{Answer, Query, json_answer},
    scenario::PartnerSpec,
};

/// Endpoints, relative to `/community/TGCommunityServices/v1`.
pub(super) fn router() -> Router<Arc<Ctx>> {
    let company = "/companies/{company}";
    let at = |rest: &str| format!("{company}{rest}");
    Router::new()
        .route(company, get(read))
        .route(&at("/partnerDirectory"), get(directory))
        .route(&at("/entitlements"), get(entitlements))
        .route(&at("/users"), get(users::list).post(users::create))
        .route(
            &at("/users/{user}"),
            get(users::read).put(users::change).delete(users::delete),
        )
        .route(
            &at("/users/{login}/roles"),
            get(users::roles).put(users::add_roles),
        )
        .route(&at("/users/{login}/entitlements"), get(users::entitlements))
        .fallback(nowhere)
        .method_not_allowed_fallback(no_such_method)
}

/// Only the company whose token it is can be asked for.
pub(super) fn of_company(ctx: &Ctx, id: &str) -> Result<(), Answer> {
    if ctx.scenario().company.company_id == id {
        Ok(())
    } else {
        Err(missing("company"))
    }
}

async fn read(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Result<Answer, Answer> {
    of_company(&ctx, &id)?;
    let company = &ctx.scenario().company;
    Ok(json_answer(
        StatusCode::OK,
        &json!({
            "companyId": company.company_id, "companyName": company.name, "address": address(&company.address, &company.country),
            "ediAddress": company.edi_id, "status": "Active",
        }),
    ))
}

fn address(lines: &[String], country: &str) -> Value {
    let line = |n: usize| lines.get(n).cloned().unwrap_or_default();
    json!({"addressLine1": line(0), "addressLine2": line(1), "city": line(2), "state": "", "postalCode": "", "countryCode": country})
}

fn directory_entry(partner: &PartnerSpec) -> Value {
    json!({
        "partnerId": partner.id,
        "partnerCompanyId": partner.buid,
        "partnerCompanyName": partner.name,
        "ediAddress": partner.edi_id,
        "invitationStatus": "Active",
        "address": address(&partner.address, &partner.country),
    })
}

async fn directory(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Answer, Answer> {
    of_company(&ctx, &id)?;
    let wanted = query.get("partnerCompanyName");
    let partners: Vec<Value> = ctx
        .scenario()
        .partners
        .iter()
        .filter(|p| wanted.is_none_or(|w| p.name.eq_ignore_ascii_case(w)))
        .map(directory_entry)
        .collect();
    Ok(json_answer(StatusCode::OK, &json!({"partners": partners})))
}

async fn entitlements(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
) -> Result<Answer, Answer> {
    of_company(&ctx, &id)?;
    Ok(json_answer(StatusCode::OK, &entitled()))
}

/// What the company and so each of its users may use.
pub(super) fn entitled() -> Value {
    json!({"entitlements": [{"name": "Active Community"}, {"name": "Active Documents"}, {"name": "Lens"}]})
}
