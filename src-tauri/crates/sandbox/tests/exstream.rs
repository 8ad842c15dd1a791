//! Design, Orchestration and Messaging, as a stranger would call them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod wire;

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::System;
use serde_json::{Value, json};
use wire::{Answer, Wire};

const GENERATE: &str = "/orchestration/api/v1/inputs/ondemand/corvane/generate";
const FULFILL: &str = "/orchestration/api/v1/inputs/fulfillment/ondemand/corvane/fulfill";

fn data() -> Value {
    json!({
        "externalId": "N-1", "channel": "email", "templateVersion": 7, "language": "en",
        "recipient": {"company": "Bramblewick Foods Ltd", "email": "ines@bramblewick.example"},
        "issue": "Issue of this letter", "next_steps": "Steps of this letter", "required_action": "Action of this letter",
    })
}

async fn generate(wire: &Wire, accept: &str, empower: bool, data: &Value) -> Answer {
    let mut headers = vec![
        ("communicationId", "SDN-04"),
        ("driverDataSource", "PartnerConsole"),
        ("content-type", "application/json"),
        ("accept", accept),
    ];
    if empower {
        headers.push(("empowerUser", "lena.kovar"));
    }
    wire.call("POST", GENERATE, &headers, &data.to_string())
        .await
}

async fn templates(wire: &Wire, query: &str) -> Vec<Value> {
    let answer = wire
        .call(
            "GET",
            &format!("/design/api/v1/resources/corvane?count=200&{query}"),
            &[],
            "",
        )
        .await;
    answer.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn generate_answers_in_its_three_forms() {
    let wire = Wire::to(System::Exstream).await;
    let raw = generate(&wire, "application/pdf", false, &data()).await;
    assert!(raw.body.starts_with(b"%PDF-"));
    let wrapped = generate(&wire, "*/*", false, &data()).await.json();
    assert_eq!(wrapped["status"], "success");
    let content = STANDARD
        .decode(wrapped["data"][0]["content"].as_str().unwrap())
        .unwrap();
    assert_eq!(content, raw.body);
    let draft = generate(&wire, "application/json", true, &data())
        .await
        .json();
    let id = draft["documentId"].as_str().unwrap();
    let stored = wire
        .call(
            "GET",
            &format!("/empower/api/v1/documents/{id}/content"),
            &[],
            "",
        )
        .await;
    assert_eq!(stored.body, raw.body);
    let html = generate(&wire, "text/html", false, &data()).await.json();
    let html = STANDARD
        .decode(html["data"][0]["content"].as_str().unwrap())
        .unwrap();
    let html = String::from_utf8(html).unwrap();
    for block in [
        "Issue of this letter",
        "Steps of this letter",
        "Action of this letter",
    ] {
        assert!(html.contains(block));
    }
    assert_eq!(
        wire.sandbox.ctx().effects(None, None),
        [],
        "none of them leaves the house"
    );
}

#[tokio::test]
async fn every_call_that_releases_makes_a_letter_whoever_repeats_it() {
    let wire = Wire::to(System::Exstream).await;
    let draft = generate(&wire, "application/json", true, &data())
        .await
        .json();
    let headers = [
        ("communicationId", "SDN-04"),
        ("driverDataSource", "PartnerConsole"),
    ];
    let body = json!({ "documents": [draft["documentId"]] }).to_string();
    for _ in 0..2 {
        let answer = wire.call("POST", FULFILL, &headers, &body).await;
        assert_eq!(answer.json()["data"][0]["externalId"], "N-1");
    }
    let mut at_once = data();
    at_once["release"] = json!(true);
    generate(&wire, "application/pdf", false, &at_once).await;
    let effects = wire.sandbox.ctx().effects(None, None);
    assert_eq!(effects.len(), 3);
    assert!(
        effects
            .iter()
            .all(|e| e.effect.reference.as_deref() == Some("N-1"))
    );
    let jobs = wire
        .call(
            "GET",
            "/orchestration/api/v1/runtime/corvane/jobs?filter=externalId:N-1;statuses:started",
            &[],
            "",
        )
        .await;
    assert_eq!(jobs.json()["page"]["totalElements"], 3);
    let none = wire
        .call("POST", FULFILL, &headers, r#"{"documents":["none"]}"#)
        .await;
    assert_eq!(
        (none.status, &none.json()["status"]),
        (404, &json!("error"))
    );
}

#[tokio::test]
async fn a_bulk_approval_can_half_succeed_with_status_200() {
    let wire = Wire::to(System::Exstream).await;
    let drafts = templates(&wire, "filter.states=DRAFT,REVIEW").await;
    let id = |key: &str| {
        let found = drafts
            .iter()
            .find(|t| t["properties"]["key"] == key)
            .unwrap();
        found["id"].as_str().unwrap().to_owned()
    };
    let (draft, review) = (id("SDN-04"), id("OCN-01"));
    let locked = wire
        .call(
            "POST",
            &format!("/design/api/v1/resources/corvane/{}/lock", id("POL-01")),
            &[],
            "",
        )
        .await;
    assert_eq!(locked.status, 200);
    let body = json!({"resourceIds": [draft, review, id("POL-01"), "none"], "state": "APPROVED", "auditedComment": "", "locked": false});
    let answer = wire
        .call(
            "PUT",
            "/design/api/v1/resources/corvane/state",
            &[],
            &body.to_string(),
        )
        .await;
    assert_eq!(answer.status, 200);
    let buckets = answer.json()["data"].clone();
    assert_eq!(buckets["stateChangedResources"], json!([review]));
    assert_eq!(
        buckets["invalidStateForUpdateExceptionResources"],
        json!([draft])
    );
    assert_eq!(
        buckets["resourceLockedExceptionResources"],
        json!([id("POL-01")])
    );
    assert_eq!(buckets["errorResources"], json!(["none"]));
    let again = wire
        .call(
            "POST",
            &format!("/design/api/v1/resources/corvane/{}/lock", id("POL-01")),
            &[],
            "",
        )
        .await;
    assert_eq!(again.status, 409);
    assert_eq!(again.json()["errorCode"], "409002");
    let approved = templates(&wire, "filter.states=APPROVED&filter.latestVersion=true").await;
    let order_change = approved
        .iter()
        .find(|t| t["properties"]["key"] == "OCN-01" && t["properties"]["language"] == "en");
    assert_eq!(
        order_change.unwrap()["version"],
        5,
        "what was approved is in force"
    );
}

#[tokio::test]
async fn back_to_draft_opens_a_new_version_beside_the_one_in_force() {
    let wire = Wire::to(System::Exstream).await;
    let approved = templates(&wire, "filter.states=APPROVED&filter.latestVersion=true").await;
    let id = approved
        .iter()
        .find(|t| t["properties"]["key"] == "SDN-02" && t["properties"]["language"] == "en")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"state": "DRAFT", "auditedComment": "wording", "locked": false}).to_string();
    let answer = wire
        .call(
            "PUT",
            &format!("/design/api/v1/resources/corvane/{id}/state"),
            &[],
            &body,
        )
        .await;
    assert_eq!(answer.status, 200);
    let versions = templates(&wire, "filter.types=exstrapplication").await;
    let mut versions: Vec<_> = versions
        .iter()
        .filter(|t| t["properties"]["key"] == "SDN-02" && t["properties"]["language"] == "en")
        .map(|t| {
            (
                t["version"].as_i64().unwrap(),
                t["state"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    versions.sort();
    assert_eq!(
        versions,
        [(3, "APPROVED".to_owned()), (4, "DRAFT".to_owned())]
    );
}

#[tokio::test]
async fn messaging_has_a_sign_in_of_its_own_and_events_can_be_counted() {
    let wire = Wire::to(System::Exstream).await;
    let status = wire
        .call(
            "GET",
            "/messaging/mra/v1/outbound/emails/status?job_id=x",
            &[],
            "",
        )
        .await;
    assert_eq!(status.status, 401, "the token of Exstream is none here");
    let events = "/ei/api/v1/eventmetrics/email-event/corvane/corvane";
    let list = wire
        .call("GET", &format!("{events}/content"), &[], "")
        .await
        .json();
    let count = wire.call("GET", events, &[], "").await.json();
    assert_eq!(
        list.as_array().unwrap().len() as u64,
        count.as_u64().unwrap()
    );
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .any(|e| e["eventStatus"] == "BOUNCED")
    );
    let ended = wire
        .call(
            "GET",
            &format!("{events}/states?processingStates=2"),
            &[],
            "",
        )
        .await
        .json();
    assert!(ended.as_u64() < count.as_u64());
}
