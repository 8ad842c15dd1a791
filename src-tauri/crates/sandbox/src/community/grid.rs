//! TGCommunityServices as documented (companies, partner directory, users, roles, entitlements) and the token endpoint
//! of the grid gateway. Answers of the directory are not published; their fields follow the request fields.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::{Path, Request, State as Shared},
    http::{HeaderMap, StatusCode},
    middleware::Next,
};
use domain::{System, time::HOUR};
use serde_json::{Value, json};

use super::contract::{missing, object, text};
use crate::{
    Ctx,
    core::{
        auth,
        http::{Answer, Query, json_answer, put},
    },
    scenario::{PartnerSpec, PersonSpec},
};

/// Placeholder consumer key and secret.
pub(super) const KEY: (&str, &str) = ("sandbox-grid-key", "sandbox-grid-secret");

/// The gateway's form of an error.
pub(super) fn fault(status: StatusCode, words: &str, code: &str) -> Answer {
    json_answer(
        status,
        &json!({"fault": {"faultstring": words, "detail": {"errorcode": code}}}),
    )
}

pub(super) async fn token(
    Shared(ctx): Shared<Arc<Ctx>>,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    if query.get("grant_type") != Some("client_credentials") {
        return fault(
            StatusCode::BAD_REQUEST,
            "grant_type is missing in the query",
            "oauth.v2.InvalidRequest",
        );
    }
    match auth::basic(&headers) {
        Some((key, secret)) if key == KEY.0 && ctx.takes(System::Community, KEY.1, &secret) => {
            let token = auth::issue(&ctx, "grid", &key, 10 * HOUR);
            let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": 36_000});
            json_answer(StatusCode::OK, &body)
        }
        _ => fault(
            StatusCode::UNAUTHORIZED,
            "Invalid ApiKey",
            "oauth.v2.InvalidApiKey",
        ),
    }
}

/// Lets only a token of the grid through.
pub(crate) async fn signed_in(
    Shared(ctx): Shared<Arc<Ctx>>,
    request: Request<Body>,
    next: Next,
) -> Answer {
    if request.uri().path().ends_with("/v1/oauth2/tokens") {
        return next.run(request).await;
    }
    let token = auth::bearer(request.headers());
    match token.and_then(|t| auth::subject(&ctx, "grid", t)) {
        Some(_) => next.run(request).await,
        None => fault(
            StatusCode::UNAUTHORIZED,
            "Access Token expired or invalid",
            "keymanagement.service.InvalidAccessToken",
        ),
    }
}

fn of_company(ctx: &Ctx, id: &str) -> Result<(), Answer> {
    if ctx.scenario().company.company_id == id {
        Ok(())
    } else {
        Err(missing("company"))
    }
}

pub(super) async fn company(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    if let Err(refusal) = of_company(&ctx, &id) {
        return refusal;
    }
    let company = &ctx.scenario().company;
    json_answer(
        StatusCode::OK,
        &json!({
            "companyId": company.company_id, "companyName": company.name, "address": address(&company.address, &company.country),
            "ediAddress": company.edi_id, "status": "Active",
        }),
    )
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

pub(super) async fn directory(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    if let Err(refusal) = of_company(&ctx, &id) {
        return refusal;
    }
    let wanted = query.get("partnerCompanyName");
    let partners: Vec<Value> = ctx
        .scenario()
        .partners
        .iter()
        .filter(|p| wanted.is_none_or(|w| p.name.eq_ignore_ascii_case(w)))
        .map(directory_entry)
        .collect();
    json_answer(StatusCode::OK, &json!({"partners": partners}))
}

pub(super) async fn agreement(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    let Some(partner) = ctx.scenario().partner(&id) else {
        return missing("partner");
    };
    json_answer(
        StatusCode::OK,
        &json!({
            "partner": {"id": partner.id, "buid": partner.buid, "name": partner.name, "short_name": partner.short_name, "country": partner.country},
            "language": partner.language, "currency": partner.currency, "time_zone": partner.time_zone,
            "calendar": partner.calendar, "tier": partner.tier,
            "response_times": {"reply_minutes": partner.reply_minutes, "resolution_minutes": partner.resolution_minutes},
            "address": partner.address, "contacts": partner.contacts, "channels": partner.channels,
            "tolerance_set": if partner.tier == "A" { "narrow" } else { "default" },
            "allowed_recipients": [partner.id],
            "identifiers": [partner.edi_id],
            "updated_at": ctx.scenario().epoch.plus(-30 * 24 * HOUR).rfc3339(),
        }),
    )
}

fn user_of(person: &PersonSpec) -> Value {
    let (first, last) = person
        .full_name
        .split_once(' ')
        .unwrap_or((&person.full_name, ""));
    json!({
        "userId": format!("U-{}", person.name), "firstName": first, "lastName": last, "loginId": person.name, "type": "Web",
        "preferredLanguage": "en", "preferredTimezone": person.time_zone, "roles": tg_roles(&person.roles),
        "contactInformation": {"email": format!("{}@corvane.example", person.name)},
    })
}

fn tg_roles(roles: &[String]) -> Vec<&'static str> {
    let mut all = vec!["Community Viewer", "Lens Standard role"];
    if roles.iter().any(|r| r == "administrator") {
        all.extend(["Account Admin", "Security Admin"]);
    }
    if roles.iter().any(|r| r == "partner_manager") {
        all.push("Partner Admin");
    }
    all
}

/// Users of the scenario as changed or removed, and those made since.
fn users(ctx: &Ctx) -> Vec<Value> {
    let state = ctx.community();
    let known = |login: &Value| state.users.iter().find(|u| u["loginId"] == *login);
    let mut all: Vec<Value> = ctx
        .scenario()
        .persons
        .iter()
        .map(user_of)
        .filter(|u| known(&u["loginId"]).is_none())
        .collect();
    all.extend(
        state
            .users
            .iter()
            .filter(|u| u["deleted"] != json!(true))
            .cloned(),
    );
    all
}

pub(super) async fn list_users(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    query: Query,
) -> Answer {
    if let Err(refusal) = of_company(&ctx, &id) {
        return refusal;
    }
    let wanted = query.get("loginId");
    let users: Vec<Value> = users(&ctx)
        .into_iter()
        .filter(|u| wanted.is_none_or(|w| u["loginId"] == json!(w)))
        .collect();
    json_answer(StatusCode::OK, &json!({"users": users}))
}

pub(super) async fn create_user(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let work = || -> Result<Answer, Answer> {
        of_company(&ctx, &id)?;
        let mut fields = object(&body)?;
        let login = text(&fields, "loginId");
        if login.is_empty() || text(&fields, "lastName").is_empty() {
            return Err(fault(
                StatusCode::BAD_REQUEST,
                "loginId and lastName are needed",
                "user.Invalid",
            ));
        }
        if users(&ctx).iter().any(|u| u["loginId"] == json!(login)) {
            return Err(fault(StatusCode::CONFLICT, "loginId exists", "user.Exists"));
        }
        // A password is taken and never told.
        fields.remove("loginPassword");
        let mut state = ctx.community();
        let user_id = state.next_id("user");
        fields.insert("userId".to_owned(), json!(user_id));
        fields.insert("roles".to_owned(), json!(["Community Viewer"]));
        let user = Value::Object(fields);
        state.users.push(user.clone());
        Ok(json_answer(StatusCode::CREATED, &user))
    };
    work().unwrap_or_else(|refusal| refusal)
}

fn find(ctx: &Ctx, name: &str, value: &str) -> Option<Value> {
    users(ctx).into_iter().find(|u| u[name] == json!(value))
}

/// `key` is a userId here.
pub(super) async fn read_user(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((_, key)): Path<(String, String)>,
) -> Answer {
    find(&ctx, "userId", &key).map_or_else(|| missing("user"), |u| json_answer(StatusCode::OK, &u))
}

fn keep(ctx: &Ctx, user: Value) {
    let mut state = ctx.community();
    state
        .users
        .retain(|u| u.get("loginId") != user.get("loginId"));
    state.users.push(user);
}

pub(super) async fn change_user(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((_, key)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let Some(mut user) = find(&ctx, "userId", &key) else {
        return missing("user");
    };
    let fields = match object(&body) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    for (name, value) in fields {
        if !["userId", "loginId", "loginPassword", "roles"].contains(&name.as_str()) {
            put(&mut user, &name, value);
        }
    }
    keep(&ctx, user.clone());
    json_answer(StatusCode::OK, &user)
}

pub(super) async fn delete_user(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((_, key)): Path<(String, String)>,
) -> Answer {
    let Some(mut user) = find(&ctx, "userId", &key) else {
        return missing("user");
    };
    put(&mut user, "deleted", json!(true));
    keep(&ctx, user);
    json_answer(StatusCode::OK, &json!({"status": "deleted"}))
}

/// `key` is a loginId here.
pub(super) async fn roles(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((_, key)): Path<(String, String)>,
) -> Answer {
    match find(&ctx, "loginId", &key) {
        Some(user) => json_answer(StatusCode::OK, &role_list(user.get("roles"))),
        None => missing("user"),
    }
}

fn role_list(roles: Option<&Value>) -> Value {
    let names = roles.and_then(Value::as_array).cloned().unwrap_or_default();
    json!({"roles": names.iter().map(|n| json!({"roleName": n})).collect::<Vec<_>>()})
}

pub(super) async fn add_roles(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((_, key)): Path<(String, String)>,
    query: Query,
    body: Bytes,
) -> Answer {
    if query.get("action") != Some("Add") {
        return fault(
            StatusCode::BAD_REQUEST,
            "action must be Add",
            "role.Invalid",
        );
    }
    let Some(mut user) = find(&ctx, "loginId", &key) else {
        return missing("user");
    };
    let Ok(Value::Array(added)) = serde_json::from_slice::<Value>(&body) else {
        return fault(
            StatusCode::BAD_REQUEST,
            "an array of roleName is needed",
            "role.Invalid",
        );
    };
    let mut names = user
        .get("roles")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for name in added.iter().map(|r| r["roleName"].clone()) {
        if name.is_string() && !names.contains(&name) {
            names.push(name);
        }
    }
    put(&mut user, "roles", json!(names));
    keep(&ctx, user.clone());
    json_answer(StatusCode::OK, &role_list(user.get("roles")))
}

pub(super) async fn entitlements(Shared(ctx): Shared<Arc<Ctx>>, Path(id): Path<String>) -> Answer {
    match of_company(&ctx, &id) {
        Ok(()) => json_answer(StatusCode::OK, &entitled()),
        Err(refusal) => refusal,
    }
}

fn entitled() -> Value {
    json!({"entitlements": [{"name": "Active Community"}, {"name": "Active Documents"}, {"name": "Lens"}]})
}

pub(super) async fn user_entitlements(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((_, key)): Path<(String, String)>,
) -> Answer {
    match find(&ctx, "loginId", &key) {
        Some(_) => json_answer(StatusCode::OK, &entitled()),
        None => missing("user"),
    }
}
