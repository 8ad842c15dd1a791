//! TGCommunityServices as published, quirks included, over plain HTTP. Its answers are not published; what is compared
//! are the fields of its requests, its paths and queries, and the gateway's form of a refusal.

use reqwest::Method;
use serde_json::{Value, json};
use whole_system::harness::{Outcome, SandboxProcess, list, word};

use crate::grid::Grid;

const LOGIN: &str = "ines.okafor@corvane.example";

/// The services of the company the token is for.
struct Services(Grid);

impl Services {
    async fn start() -> Outcome<Self> {
        Ok(Self(Grid::of(SandboxProcess::start()?).await?))
    }

    fn path(&self, rest: &str) -> String {
        let company = word(self.0.about(), "company_id");
        format!("/TGCommunityServices/v1/companies/{company}{rest}")
    }

    async fn call(&self, method: Method, rest: &str, body: Value) -> Outcome<(u16, Value)> {
        let mut ask = self.0.ask(method, &self.path(rest));
        if !body.is_null() {
            ask = ask.json(&body);
        }
        answer(ask).await
    }

    async fn get(&self, rest: &str) -> Outcome<(u16, Value)> {
        self.call(Method::GET, rest, Value::Null).await
    }

    /// A user with every field the published request has.
    async fn made(&self) -> Outcome<Value> {
        let (status, made) = self.call(Method::POST, "/users", new_user()).await?;
        assert_eq!(status, 201, "{made}");
        Ok(made)
    }
}

async fn answer(ask: reqwest::RequestBuilder) -> Outcome<(u16, Value)> {
    let answer = ask.send().await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

/// Every refusal is a fault of the gateway: words, and a code in its detail.
fn refused((status, body): (u16, Value), expected: u16, code: &str) {
    assert_eq!(status, expected, "{body}");
    assert_eq!(body["fault"]["detail"]["errorcode"], code, "{body}");
    assert_ne!(word(&body["fault"], "faultstring"), "", "{body}");
}

fn new_user() -> Value {
    let hint =
        |n: u8| json!({"question": format!("Question {n}"), "answer": format!("Answer {n}")});
    json!({
        "firstName": "Ines", "lastName": "Okafor", "loginId": LOGIN, "loginPassword": "not-a-real-one",
        "type": "Web", "preferredDateFormat": "DD/MM/YYYY", "preferredLanguage": "en",
        "preferredTimezone": "Europe/London",
        "address": {
            "addressLine1": "Kanaalkade 14", "addressLine2": "Gate 2", "city": "Velder", "state": "ZH",
            "postalCode": "9999 ZZ", "countryCode": "NL",
        },
        "contactInformation": {
            "email": LOGIN, "phoneNumber": "+31 20 555 0100", "phoneNumberExtention": "114",
            "mobile": "+31 6 5555 0100", "faxNumber": "+31 20 555 0101",
        },
        "isConsentClause": "Yes", "isDayLightSavingsTimeObserved": "Yes",
        "isRequiredOpenTextMarketingMaterials": "No",
        "userPasswordHint": {
            "pwdHintQuestionAnswer1": hint(1), "pwdHintQuestionAnswer2": hint(2), "pwdHintQuestionAnswer3": hint(3),
            "pwdHintQuestionAnswer4": hint(4), "pwdHintQuestionAnswer5": hint(5), "pwdHintQuestionAnswer6": hint(6),
        },
    })
}

fn role_names(answer: &Value) -> Vec<&str> {
    let roles = list(answer, "roles").iter();
    roles.map(|role| word(role, "roleName")).collect()
}

#[tokio::test]
async fn a_token_is_given_for_the_grant_in_the_query_and_the_basic_client() -> Outcome {
    let grid = Grid::of(SandboxProcess::start()?).await?;
    let about = grid.about();
    let (id, secret) = (word(about, "client_id"), word(about, "client_secret"));
    let (status, token) = answer(grid.sign_in_as(secret)).await?;
    assert_eq!(status, 200);
    assert_eq!(token["token_type"], "Bearer");
    assert_eq!(token["expires_in"], 36_000);

    let wrong = answer(grid.sign_in_as("wrong")).await?;
    refused(wrong, 401, "oauth.v2.InvalidApiKey");
    let tokens = "/v1/oauth2/tokens";
    let no_client = grid.ask_unsigned(Method::POST, tokens);
    let no_client = no_client.query(&[("grant_type", "client_credentials")]);
    refused(answer(no_client).await?, 401, "oauth.v2.InvalidApiKey");
    // Other OAuth servers take the grant from the body; this one does not.
    let in_body = grid.ask_unsigned(Method::POST, tokens);
    let in_body = in_body.basic_auth(id, Some(secret));
    let in_body = in_body.form(&[("grant_type", "client_credentials")]);
    refused(answer(in_body).await?, 400, "oauth.v2.InvalidRequest");
    Ok(())
}

#[tokio::test]
async fn a_token_lives_ten_hours_of_the_sandbox_clock() -> Outcome {
    const ENDED: &str = "keymanagement.service.InvalidAccessToken";
    let mut services = Services::start().await?;
    let company = services.path("");
    let unsigned = services.0.ask_unsigned(Method::GET, &company);
    refused(answer(unsigned).await?, 401, ENDED);
    let invented = services.0.ask_unsigned(Method::GET, &company);
    refused(answer(invented.bearer_auth("invented")).await?, 401, ENDED);

    services.0.sandbox.advance(10 * 3_600 - 60).await?;
    assert_eq!(services.get("").await?.0, 200);
    services.0.sandbox.advance(60).await?;
    refused(services.get("").await?, 401, ENDED);
    // The case contract stands behind the same gateway.
    let cases = services.0.ask(Method::GET, "/cases");
    refused(answer(cases).await?, 401, ENDED);
    services.0.sign_in().await?;
    assert_eq!(services.get("").await?.0, 200);
    Ok(())
}

#[tokio::test]
async fn the_company_tells_its_directory_whole_or_one_partner() -> Outcome {
    let services = Services::start().await?;
    let (status, company) = services.get("").await?;
    assert_eq!(status, 200);
    let id = word(services.0.about(), "company_id");
    assert!(
        id.starts_with("GC") && id[2..].parse::<u64>().is_ok(),
        "{id}"
    );
    assert_eq!(word(&company, "companyId"), id);

    let (status, all) = services.get("/partnerDirectory").await?;
    assert_eq!(status, 200);
    let all = list(&all, "partners");
    assert!(all.len() > 5, "{}", all.len());
    let first = &all[0];
    assert!(word(first, "partnerCompanyId").starts_with("GC"), "{first}");
    let named = services.path("/partnerDirectory");
    let named = services.0.ask(Method::GET, &named);
    let named = named.query(&[("partnerCompanyName", word(first, "partnerCompanyName"))]);
    let (status, one) = answer(named).await?;
    assert_eq!((status, list(&one, "partners")), (200, &all[..1]));
    let (_, none) = services
        .get("/partnerDirectory?partnerCompanyName=Nobody")
        .await?;
    assert_eq!(list(&none, "partners").len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_user_is_made_with_every_published_field_and_found_by_its_login() -> Outcome {
    let services = Services::start().await?;
    let (_, before) = services.get("/users").await?;
    let made = services.made().await?;
    let mut told = new_user();
    for secret in ["loginPassword", "userPasswordHint"] {
        assert!(made.get(secret).is_none(), "{secret} is told");
        told.as_object_mut().and_then(|user| user.remove(secret));
    }
    for (name, value) in told.as_object().into_iter().flatten() {
        assert_eq!(&made[name], value, "{name}");
    }
    let (_, after) = services.get("/users").await?;
    assert_eq!(
        list(&after, "users").len(),
        list(&before, "users").len() + 1
    );
    let (_, found) = services.get(&format!("/users?loginId={LOGIN}")).await?;
    assert_eq!(found["users"], json!([made]));
    let (_, none) = services.get("/users?loginId=nobody").await?;
    assert_eq!(none["users"], json!([]));
    let again = services.call(Method::POST, "/users", new_user()).await?;
    refused(again, 409, "user.Exists");
    Ok(())
}

#[tokio::test]
async fn switches_of_a_user_are_the_texts_yes_and_no() -> Outcome {
    let services = Services::start().await?;
    for wrong in [json!(true), json!("yes"), json!("Maybe"), Value::Null] {
        let mut user = new_user();
        user["isConsentClause"] = wrong;
        let said = services.call(Method::POST, "/users", user).await?;
        refused(said, 400, "user.Invalid");
    }
    let id = services.made().await?["userId"].clone();
    let path = format!("/users/{}", id.as_str().unwrap_or_default());
    let off = json!({"isDayLightSavingsTimeObserved": "No"});
    let (status, user) = services.call(Method::PUT, &path, off).await?;
    assert_eq!(
        (status, &user["isDayLightSavingsTimeObserved"]),
        (200, &json!("No"))
    );
    Ok(())
}

#[tokio::test]
async fn a_put_is_partial_and_goes_by_user_id_not_by_login() -> Outcome {
    let services = Services::start().await?;
    let made = services.made().await?;
    let by_id = format!("/users/{}", word(&made, "userId"));
    let by_login = format!("/users/{LOGIN}");
    assert_eq!(services.get(&by_id).await?, (200, made.clone()));
    for method in [Method::GET, Method::DELETE] {
        let said = services.call(method, &by_login, Value::Null).await?;
        refused(said, 404, "user.NotFound");
    }
    let change =
        json!({"lastName": "Okafor-Lind", "contactInformation": {"phoneNumberExtention": "9"}});
    let by_wrong_key = services
        .call(Method::PUT, &by_login, change.clone())
        .await?;
    refused(by_wrong_key, 404, "user.NotFound");

    let (status, changed) = services.call(Method::PUT, &by_id, change).await?;
    let mut expected = made;
    expected["lastName"] = json!("Okafor-Lind");
    expected["contactInformation"]["phoneNumberExtention"] = json!("9");
    assert_eq!((status, &changed), (200, &expected));
    assert_eq!(services.get(&by_id).await?, (200, expected));
    let no_object = services
        .call(Method::PUT, &by_id, json!(["lastName"]))
        .await?;
    refused(no_object, 400, "user.Invalid");
    Ok(())
}

#[tokio::test]
async fn roles_go_by_login_and_are_added_as_a_list_of_names() -> Outcome {
    let services = Services::start().await?;
    let made = services.made().await?;
    let roles = format!("/users/{LOGIN}/roles");
    let (status, before) = services.get(&roles).await?;
    assert_eq!(
        (status, role_names(&before)),
        (200, vec!["Community Viewer"])
    );
    let by_id = format!("/users/{}/roles", word(&made, "userId"));
    refused(services.get(&by_id).await?, 404, "user.NotFound");

    let added = json!([{"roleName": "Partner Admin"}, {"roleName": "Community Viewer"}]);
    let path = format!("{roles}?action=Add");
    let (status, after) = services.call(Method::PUT, &path, added.clone()).await?;
    assert_eq!(status, 200);
    assert_eq!(role_names(&after), ["Community Viewer", "Partner Admin"]);
    assert_eq!(services.get(&roles).await?, (200, after));

    for (path, body) in [
        (roles.clone(), added.clone()),
        (format!("{roles}?action=add"), added),
        (path.clone(), json!({"roleName": "Partner Admin"})),
        (path.clone(), json!(["Partner Admin"])),
    ] {
        let said = services.call(Method::PUT, &path, body).await?;
        refused(said, 400, "role.Invalid");
    }
    Ok(())
}

#[tokio::test]
async fn entitlements_are_those_of_the_company_and_of_a_login() -> Outcome {
    let services = Services::start().await?;
    let made = services.made().await?;
    let (status, company) = services.get("/entitlements").await?;
    let names = list(&company, "entitlements").iter();
    let names: Vec<_> = names.map(|one| word(one, "name")).collect();
    assert_eq!(status, 200);
    assert!(names.contains(&"Active Community"), "{names:?}");
    let (status, user) = services
        .get(&format!("/users/{LOGIN}/entitlements"))
        .await?;
    assert_eq!((status, user), (200, company));
    let by_id = format!("/users/{}/entitlements", word(&made, "userId"));
    refused(services.get(&by_id).await?, 404, "user.NotFound");
    Ok(())
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_its_login_free() -> Outcome {
    let services = Services::start().await?;
    let made = services.made().await?;
    let by_id = format!("/users/{}", word(&made, "userId"));
    let (status, _) = services.call(Method::DELETE, &by_id, Value::Null).await?;
    assert_eq!(status, 200);
    refused(services.get(&by_id).await?, 404, "user.NotFound");
    let roles = services.get(&format!("/users/{LOGIN}/roles")).await?;
    refused(roles, 404, "user.NotFound");
    let (_, found) = services.get(&format!("/users?loginId={LOGIN}")).await?;
    assert_eq!(found["users"], json!([]));
    let again = services.made().await?;
    assert_ne!(again["userId"], made["userId"]);
    Ok(())
}

#[tokio::test]
async fn another_company_a_strange_path_and_a_wrong_method_are_faults() -> Outcome {
    let services = Services::start().await?;
    let other = |rest: &str| format!("/TGCommunityServices/v1/companies/GC0000000{rest}");
    for rest in [
        "",
        "/partnerDirectory",
        "/users",
        "/users/U-lena.kovar",
        "/users/lena.kovar/roles",
        "/entitlements",
        "/users/lena.kovar/entitlements",
    ] {
        let ask = services.0.ask(Method::GET, &other(rest));
        refused(answer(ask).await?, 404, "company.NotFound");
    }
    refused(services.get("/invitations").await?, 404, "path.NotFound");
    let patch = services.0.ask(Method::PATCH, &services.path("/users/1"));
    let said = patch.send().await?;
    assert_eq!(said.headers()["allow"], "GET,HEAD,PUT,DELETE");
    let said = (said.status().as_u16(), said.json().await?);
    refused(said, 405, "request.Method");
    Ok(())
}
