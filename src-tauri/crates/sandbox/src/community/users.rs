//! Users of TGCommunityServices. A user is read, changed and deleted by `userId`, but asked for roles and entitlements
//! by `loginId`.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State as Shared},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    gateway::{fault, missing},
    grid::{entitled, of_company},
};
use crate::{
    Ctx,
    core::http::{Answer, Query, json_answer},
    scenario::PersonSpec,
};

/// A switch as this wire has it: a text.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Switch {
    /// On.
    Yes,
    /// Off.
    No,
}

/// Where a user is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "fields carry the names of the wire")]
pub struct Address {
    pub address_line1: String,
    pub address_line2: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    pub country_code: String,
}

/// How a user is reached.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "fields carry the names of the wire")]
pub struct ContactInformation {
    pub email: String,
    pub phone_number: String,
    /// Spelt so on the wire.
    #[serde(rename = "phoneNumberExtention")]
    pub phone_number_extension: String,
    pub mobile: String,
    pub fax_number: String,
}

/// A user. `loginPassword` and `userPasswordHint` are taken and neither kept nor told.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "fields carry the names of the wire")]
pub struct User {
    pub user_id: String,
    pub login_id: String,
    pub first_name: String,
    pub last_name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub preferred_date_format: String,
    pub preferred_language: String,
    pub preferred_timezone: String,
    pub address: Address,
    pub contact_information: ContactInformation,
    pub is_consent_clause: Switch,
    pub is_day_light_savings_time_observed: Switch,
    pub is_required_open_text_marketing_materials: Switch,
    pub roles: Vec<String>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            user_id: String::new(),
            login_id: String::new(),
            first_name: String::new(),
            last_name: String::new(),
            kind: "Web".to_owned(),
            preferred_date_format: "MM/DD/YYYY".to_owned(),
            preferred_language: "en".to_owned(),
            preferred_timezone: "UTC".to_owned(),
            address: Address::default(),
            contact_information: ContactInformation::default(),
            is_consent_clause: Switch::No,
            is_day_light_savings_time_observed: Switch::No,
            is_required_open_text_marketing_materials: Switch::No,
            roles: vec!["Community Viewer".to_owned()],
        }
    }
}

fn user_of(person: &PersonSpec) -> User {
    let (first, last) = person
        .full_name
        .split_once(' ')
        .unwrap_or((&person.full_name, ""));
    User {
        user_id: format!("U-{}", person.name),
        login_id: person.name.clone(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        preferred_timezone: person.time_zone.clone(),
        contact_information: ContactInformation {
            email: format!("{}@corvane.example", person.name),
            ..ContactInformation::default()
        },
        is_consent_clause: Switch::Yes,
        is_day_light_savings_time_observed: Switch::Yes,
        roles: tg_roles(&person.roles).map(str::to_owned).collect(),
        ..User::default()
    }
}

fn tg_roles(roles: &[String]) -> impl Iterator<Item = &'static str> {
    let has = |role: &str| roles.iter().any(|r| r == role);
    let of: [(bool, &[&str]); 3] = [
        (true, &["Community Viewer", "Lens Standard role"]),
        (has("administrator"), &["Account Admin", "Security Admin"]),
        (has("partner_manager"), &["Partner Admin"]),
    ];
    of.into_iter()
        .filter(|(theirs, _)| *theirs)
        .flat_map(|(_, names)| names.iter().copied())
}

/// Users of the scenario as changed or removed, and those made since.
fn all(ctx: &Ctx) -> Vec<User> {
    let changed = &ctx.community().users;
    let persons = ctx.scenario().persons.iter();
    let untouched = persons.filter(|p| !changed.contains_key(&p.name));
    let made = changed.values().flatten().cloned();
    untouched.map(user_of).chain(made).collect()
}

/// The one user of the company for whom something holds.
fn find(ctx: &Ctx, company: &str, holds: impl Fn(&User) -> bool) -> Result<User, Answer> {
    of_company(ctx, company)?;
    let found = all(ctx).into_iter().find(holds);
    found.ok_or_else(|| missing("user"))
}

fn keep(ctx: &Ctx, user: User) {
    let login = user.login_id.clone();
    ctx.community().users.insert(login, Some(user));
}

fn unfit(words: &str) -> Answer {
    fault(StatusCode::BAD_REQUEST, words, "user.Invalid")
}

pub(super) async fn list(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(company): Path<String>,
    query: Query,
) -> Result<Answer, Answer> {
    of_company(&ctx, &company)?;
    let wanted = query.get("loginId");
    let mut users = all(&ctx);
    users.retain(|u| wanted.is_none_or(|w| u.login_id == w));
    Ok(json_answer(StatusCode::OK, &json!({"users": users})))
}

pub(super) async fn create(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path(company): Path<String>,
    body: Bytes,
) -> Result<Answer, Answer> {
    of_company(&ctx, &company)?;
    let user: User = serde_json::from_slice(&body).map_err(|e| unfit(&e.to_string()))?;
    if user.login_id.is_empty() || user.last_name.is_empty() {
        return Err(unfit("loginId and lastName are needed"));
    }
    if all(&ctx).iter().any(|u| u.login_id == user.login_id) {
        return Err(fault(StatusCode::CONFLICT, "loginId exists", "user.Exists"));
    }
    let user = User {
        user_id: ctx.community().next_id("user"),
        roles: User::default().roles,
        ..user
    };
    keep(&ctx, user.clone());
    Ok(json_answer(StatusCode::CREATED, &json!(user)))
}

pub(super) async fn read(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((company, id)): Path<(String, String)>,
) -> Result<Answer, Answer> {
    let user = find(&ctx, &company, |u| u.user_id == id)?;
    Ok(json_answer(StatusCode::OK, &json!(user)))
}

/// Takes a partial object: what is not there stays, also inside address and contact.
pub(super) async fn change(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((company, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Answer, Answer> {
    let before = find(&ctx, &company, |u| u.user_id == id)?;
    let changes: Value = serde_json::from_slice(&body).map_err(|e| unfit(&e.to_string()))?;
    if !changes.is_object() {
        return Err(unfit("an object is needed"));
    }
    let mut whole = json!(before);
    lay_over(&mut whole, changes);
    let after: User = serde_json::from_value(whole).map_err(|e| unfit(&e.to_string()))?;
    let after = User {
        user_id: before.user_id,
        login_id: before.login_id,
        roles: before.roles,
        ..after
    };
    keep(&ctx, after.clone());
    Ok(json_answer(StatusCode::OK, &json!(after)))
}

/// Lays a partial value over a whole one, member by member.
fn lay_over(whole: &mut Value, part: Value) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                lay_over(whole.entry(name).or_insert(Value::Null), value);
            }
        }
        (whole, part) => *whole = part,
    }
}

pub(super) async fn delete(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((company, id)): Path<(String, String)>,
) -> Result<Answer, Answer> {
    let user = find(&ctx, &company, |u| u.user_id == id)?;
    ctx.community().users.insert(user.login_id, None);
    Ok(json_answer(StatusCode::OK, &json!({"status": "deleted"})))
}

pub(super) async fn roles(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((company, login)): Path<(String, String)>,
) -> Result<Answer, Answer> {
    let user = find(&ctx, &company, |u| u.login_id == login)?;
    Ok(role_list(&user))
}

fn role_list(user: &User) -> Answer {
    let names = user.roles.iter().map(|name| json!({"roleName": name}));
    let names: Vec<Value> = names.collect();
    json_answer(StatusCode::OK, &json!({"roles": names}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleName {
    role_name: String,
}

pub(super) async fn add_roles(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((company, login)): Path<(String, String)>,
    query: Query,
    body: Bytes,
) -> Result<Answer, Answer> {
    let unfit = |words: &str| fault(StatusCode::BAD_REQUEST, words, "role.Invalid");
    let mut user = find(&ctx, &company, |u| u.login_id == login)?;
    if query.get("action") != Some("Add") {
        return Err(unfit("action must be Add"));
    }
    let added: Vec<RoleName> =
        serde_json::from_slice(&body).map_err(|_| unfit("an array of roleName is needed"))?;
    for RoleName { role_name } in added {
        if !user.roles.contains(&role_name) {
            user.roles.push(role_name);
        }
    }
    keep(&ctx, user.clone());
    Ok(role_list(&user))
}

pub(super) async fn entitlements(
    Shared(ctx): Shared<Arc<Ctx>>,
    Path((company, login)): Path<(String, String)>,
) -> Result<Answer, Answer> {
    find(&ctx, &company, |u| u.login_id == login)?;
    Ok(json_answer(StatusCode::OK, &entitled()))
}
