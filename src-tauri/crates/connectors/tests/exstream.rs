//! The Exstream connector against the sandbox, over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::collections::BTreeMap;

use common::{Bench, hostile};
use connectors::{
    CallError, Connector, Fetched, LookUp, Outgoing, PullError, PullRequest, Receipt,
    exstream::ExstreamConnector,
};
use domain::{
    Kind, ObjectRef, System,
    canonical::sha256_hex,
    operation::{Call, Level, Operation},
    record::{Delivery, Record, Template},
};
use serde_json::{Value, json};

fn connector(bench: &Bench) -> ExstreamConnector {
    ExstreamConnector::new(bench.config(System::Exstream), &bench.parts())
}

fn data(email: &str) -> Value {
    json!({
        "date": "2026-11-20", "title": "Shipment discrepancy, order 4500771820",
        "recipient": {"company": "Bramblewick Foods Ltd", "person": "Ines Okafor", "address": ["Mill Lane 4"], "email": email},
        "issue": "The quantities do not agree with our count.",
        "next_steps": "We have held the amount back.",
        "required_action": "Please send a credit note.",
        "amount_held": "8,823.20",
    })
}

fn render(bench: &Bench, notice: &str, channel: &str, data: &Value) -> Outgoing {
    let call = Call::Render {
        notice_id: notice.to_owned(),
        template: "SDN-04".to_owned(),
        template_version: 7,
        channel: channel.to_owned(),
        language: "en-GB".to_owned(),
        data: data.clone(),
    };
    bench.outgoing(&format!("render {notice}"), call, &[])
}

fn release(bench: &Bench, notice: &str, channel: &str, data: &Value, proof: &Receipt) -> Outgoing {
    let call = Call::Release {
        notice_id: notice.to_owned(),
        case_id: "48213".to_owned(),
        document_id: proof.remote_ref.clone(),
        content_sha256: proof.detail["sha256"].as_str().unwrap().to_owned(),
        template: "SDN-04".to_owned(),
        template_version: 7,
        channel: channel.to_owned(),
        language: "en-GB".to_owned(),
        recipient: "Bramblewick Foods Ltd".to_owned(),
        data: data.clone(),
    };
    bench.outgoing(&format!("release {notice}"), call, &[])
}

/// Renders and releases; gives back the job.
async fn sent(
    bench: &Bench,
    connector: &ExstreamConnector,
    notice: &str,
    email: &str,
    channel: &str,
) -> Receipt {
    let data = data(email);
    let proof = connector
        .perform(&render(bench, notice, channel, &data))
        .await
        .unwrap();
    connector
        .perform(&release(bench, notice, channel, &data, &proof))
        .await
        .unwrap()
}

fn deliveries(fetched: &[Fetched]) -> BTreeMap<String, Delivery> {
    fetched
        .iter()
        .map(|f| match f.record.as_ref().unwrap() {
            Record::Delivery(delivery) => (delivery.notice_id.clone(), delivery.clone()),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn templates_are_listed_whole_and_a_draft_does_not_hide_what_is_in_force() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let request = PullRequest {
        collection: "templates".to_owned(),
        cursor: None,
        now: bench.now(),
    };
    let page = connector.pull(&request).await.unwrap();
    let templates: Vec<&Template> = page
        .records
        .iter()
        .map(|f| match f.record.as_ref().unwrap() {
            Record::Template(template) => template,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(page.listing.unwrap().len(), templates.len());
    let english: Vec<_> = templates
        .iter()
        .filter(|t| t.key == "SDN-04" && t.language == "en")
        .collect();
    let states: Vec<_> = english
        .iter()
        .map(|t| (t.version, t.state.as_str()))
        .collect();
    assert_eq!(states, [(7, "APPROVED"), (8, "DRAFT")]);
    for key in [
        "SDN-02", "RPL-01", "OCN-01", "INV-03", "CMP-02", "DSP-01", "SRV-01",
    ] {
        assert!(
            templates
                .iter()
                .any(|t| t.key == key && t.state == "APPROVED"),
            "{key}"
        );
    }
    assert!(
        templates
            .iter()
            .any(|t| t.key == "SDN-04" && t.language == "de")
    );
}

#[tokio::test]
async fn a_proof_can_be_rendered_again_and_nothing_leaves() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let first = connector
        .perform(&render(&bench, "N-9001", "letter", &data("a@b.example")))
        .await
        .unwrap();
    let again = connector
        .perform(&render(&bench, "N-9001", "letter", &data("a@b.example")))
        .await
        .unwrap();
    let bytes = first.bytes.clone().unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
    assert_eq!(first.detail["sha256"], sha256_hex(&bytes));
    assert_eq!(
        first.detail["sha256"], again.detail["sha256"],
        "the same data, the same bytes"
    );
    assert_eq!(bench.effects("exstream", "release").await.len(), 0);
    let mut other = data("a@b.example");
    other["amount_held"] = json!("8,823.21");
    let other = connector
        .perform(&render(&bench, "N-9001", "letter", &other))
        .await
        .unwrap();
    assert_ne!(first.detail["sha256"], other.detail["sha256"]);
    let mut incomplete = data("a@b.example");
    incomplete["next_steps"] = json!("");
    let refused = connector
        .perform(&render(&bench, "N-9001", "letter", &incomplete))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("next_steps"), "{refused}");
}

#[tokio::test]
async fn a_release_whose_answer_is_lost_is_found_and_happened_once() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let data = data("ines.okafor@bramblewick.example");
    let proof = connector
        .perform(&render(&bench, "N-9002", "email", &data))
        .await
        .unwrap();
    let outgoing = release(&bench, "N-9002", "email", &data, &proof);
    assert_eq!(connector.look_up(&outgoing).await.unwrap(), LookUp::Absent);
    bench.fault(json!({"system": "exstream", "operation": "release", "kind": "drop_response", "count": 1})).await;
    let lost = connector.perform(&outgoing).await.unwrap_err();
    assert!(matches!(lost, CallError::Unknown(_)), "{lost:?}");
    let LookUp::Found(found) = connector.look_up(&outgoing).await.unwrap() else {
        panic!("not found")
    };
    assert_eq!(found.detail["produced_sha256"], proof.detail["sha256"]);
    assert_eq!(found.detail["equal"], true);
    let effects = bench.effects("exstream", "release").await;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0]["reference"], "N-9002");
    assert_eq!(effects[0]["payload_sha256"], proof.detail["sha256"]);

    bench.fault(json!({"system": "exstream", "operation": "release", "kind": "drop_request", "count": 1})).await;
    let outgoing = release(&bench, "N-9003", "email", &data, &proof);
    assert!(matches!(
        connector.perform(&outgoing).await,
        Err(CallError::Unknown(_))
    ));
    assert_eq!(connector.look_up(&outgoing).await.unwrap(), LookUp::Absent);
}

#[tokio::test]
async fn a_blind_second_release_would_make_a_second_letter() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let data = data("a@b.example");
    let proof = connector
        .perform(&render(&bench, "N-9004", "letter", &data))
        .await
        .unwrap();
    let outgoing = release(&bench, "N-9004", "letter", &data, &proof);
    connector.perform(&outgoing).await.unwrap();
    connector.perform(&outgoing).await.unwrap();
    assert_eq!(bench.effects("exstream", "release").await.len(), 2);
    let LookUp::Found(found) = connector.look_up(&outgoing).await.unwrap() else {
        panic!("not found")
    };
    assert_eq!(found.detail["jobs"], 2, "and a look-up says so");
}

#[tokio::test]
async fn a_letter_changed_after_its_approval_is_not_released() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let data = data("a@b.example");
    let proof = connector
        .perform(&render(&bench, "N-9005", "letter", &data))
        .await
        .unwrap();
    let outgoing = release(&bench, "N-9005", "letter", &data, &proof);
    bench
        .event(json!({"kind": "letter_change", "notice_id": "N-9005"}))
        .await;
    let stopped = connector.perform(&outgoing).await.unwrap_err();
    assert!(
        matches!(&stopped, CallError::Conflict { message, .. } if message.contains("E_HASH")),
        "{stopped:?}"
    );
    assert_eq!(bench.effects("exstream", "release").await.len(), 0);
}

#[tokio::test]
async fn bytes_changed_in_production_are_reported_with_both_hashes() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let data = data("a@b.example");
    let proof = connector
        .perform(&render(&bench, "N-9006", "letter", &data))
        .await
        .unwrap();
    bench
        .event(json!({"kind": "letter_change", "notice_id": "N-9006", "stage": "production"}))
        .await;
    let receipt = connector
        .perform(&release(&bench, "N-9006", "letter", &data, &proof))
        .await
        .unwrap();
    assert_eq!(receipt.detail["equal"], false);
    assert_eq!(receipt.detail["content_sha256"], proof.detail["sha256"]);
    assert_ne!(receipt.detail["produced_sha256"], proof.detail["sha256"]);
    assert_eq!(
        sha256_hex(&receipt.bytes.unwrap()),
        receipt.detail["produced_sha256"].as_str().unwrap()
    );
}

#[tokio::test]
async fn mail_goes_from_released_to_sent_to_its_end_and_paper_ends_at_sent() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (_, jobs) = bench.pull(&connector, "jobs", None).await;
    let (_, events) = bench.pull(&connector, "deliveries", None).await;
    sent(
        &bench,
        &connector,
        "N-9010",
        "ines.okafor@bramblewick.example",
        "email",
    )
    .await;
    sent(
        &bench,
        &connector,
        "N-9011",
        "bounce@bramblewick.example",
        "email",
    )
    .await;
    sent(
        &bench,
        &connector,
        "N-9012",
        "fail@bramblewick.example",
        "email",
    )
    .await;
    sent(&bench, &connector, "N-9013", "a@b.example", "letter").await;
    let state = |all: &BTreeMap<String, Delivery>, notice: &str| all[notice].state.clone();

    let (new, jobs) = bench.pull(&connector, "jobs", Some(jobs)).await;
    let new = deliveries(&new);
    for notice in ["N-9010", "N-9011", "N-9012", "N-9013"] {
        assert_eq!(state(&new, notice), "released");
        assert_eq!(new[notice].case_id.as_deref(), Some("48213"));
        assert_eq!(new[notice].template.as_deref(), Some("SDN-04@7"));
    }
    bench.advance(25).await;
    let (paper, jobs) = bench.pull(&connector, "jobs", Some(jobs)).await;
    assert_eq!(state(&deliveries(&paper), "N-9013"), "sent");
    let (mail, events) = bench.pull(&connector, "deliveries", Some(events)).await;
    let mail = deliveries(&mail);
    assert_eq!(
        (state(&mail, "N-9010"), state(&mail, "N-9012")),
        ("sent".into(), "failed".into())
    );
    assert!(mail["N-9012"].reason.is_some());

    bench.advance(400).await;
    let (mail, _) = bench.pull(&connector, "deliveries", Some(events)).await;
    let mail = deliveries(&mail);
    assert_eq!(
        (state(&mail, "N-9010"), state(&mail, "N-9011")),
        ("delivered".into(), "bounced".into())
    );
    assert!(mail["N-9011"].reason.as_deref().unwrap().contains("5.1.1"));
    let (paper, _) = bench.pull(&connector, "jobs", Some(jobs)).await;
    assert!(
        !deliveries(&paper).contains_key("N-9013"),
        "nothing more is heard of paper"
    );
}

#[tokio::test]
async fn the_history_of_thirty_days_is_read_and_then_only_what_changes() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (all, cursor) = bench.pull(&connector, "jobs", None).await;
    let all = deliveries(&all);
    assert!(all.len() > 80, "{}", all.len());
    for word in ["delivered", "sent", "bounced", "failed"] {
        assert!(all.values().any(|d| d.state == word), "{word}");
    }
    assert!(
        all.values()
            .all(|d| d.case_id.is_some() && d.template.is_some())
    );
    let (again, _) = bench.pull(&connector, "jobs", Some(cursor)).await;
    assert_eq!(again, []);
    let (_, events) = bench.pull(&connector, "deliveries", None).await;
    let notice = all.values().find(|d| d.state == "delivered").unwrap();
    bench
        .event(json!({"kind": "delivery", "notice_id": notice.notice_id, "state": "bounced"}))
        .await;
    let (changed, _) = bench.pull(&connector, "deliveries", Some(events)).await;
    assert_eq!(deliveries(&changed)[&notice.notice_id].state, "bounced");
}

#[tokio::test]
async fn a_job_can_be_cancelled_until_its_letter_has_left() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let job = sent(&bench, &connector, "N-9020", "a@b.example", "letter").await;
    let outgoing = bench.outgoing(
        "cancel",
        Call::CancelJob {
            job_id: job.remote_ref.clone(),
        },
        &[],
    );
    assert_eq!(connector.look_up(&outgoing).await.unwrap(), LookUp::Absent);
    bench.fault(json!({"system": "exstream", "operation": "cancel", "kind": "drop_response", "count": 1})).await;
    assert!(matches!(
        connector.perform(&outgoing).await,
        Err(CallError::Unknown(_))
    ));
    assert!(matches!(
        connector.look_up(&outgoing).await.unwrap(),
        LookUp::Found(_)
    ));
    bench.advance(60).await;
    let (jobs, _) = bench.pull(&connector, "jobs", None).await;
    assert_eq!(deliveries(&jobs)["N-9020"].state, "withdrawn");

    let job = sent(&bench, &connector, "N-9021", "a@b.example", "letter").await;
    bench.advance(60).await;
    let outgoing = bench.outgoing(
        "too late",
        Call::CancelJob {
            job_id: job.remote_ref,
        },
        &[],
    );
    let late = connector.perform(&outgoing).await.unwrap_err();
    assert!(
        matches!(&late, CallError::Conflict { theirs, .. } if theirs["status"] == "complete"),
        "{late:?}"
    );
}

#[tokio::test]
async fn an_approval_state_is_read_compared_and_set_once() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let proof = connector
        .perform(&render(&bench, "N-9030", "letter", &data("a@b.example")))
        .await
        .unwrap();
    let set = |state: &str| {
        let call = Call::SetReviewState {
            resource_id: proof.remote_ref.clone(),
            state: state.to_owned(),
            comment: "by quorum".to_owned(),
        };
        bench.outgoing(state, call, &[])
    };
    let early = connector.perform(&set("APPROVED")).await.unwrap_err();
    assert!(
        matches!(&early, CallError::Conflict { theirs, .. } if theirs["state"] == "DRAFT"),
        "{early:?}"
    );
    bench.fault(json!({"system": "exstream", "operation": "set_review_state", "kind": "drop_response", "count": 1})).await;
    assert!(matches!(
        connector.perform(&set("REVIEW")).await,
        Err(CallError::Unknown(_))
    ));
    assert!(matches!(
        connector.look_up(&set("REVIEW")).await.unwrap(),
        LookUp::Found(_)
    ));
    assert_eq!(
        connector.perform(&set("REVIEW")).await.unwrap().detail["changed"],
        false
    );
    connector.perform(&set("APPROVED")).await.unwrap();
    assert_eq!(bench.effects("exstream", "set_review_state").await.len(), 2);
}

#[tokio::test]
async fn content_is_what_was_produced_or_the_draft() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let data = data("a@b.example");
    let proof = connector
        .perform(&render(&bench, "N-9040", "letter", &data))
        .await
        .unwrap();
    let notice = |id: &str| ObjectRef::new(Kind::Notice, System::Exstream, id);
    let draft = connector.content(&notice(&proof.remote_ref)).await.unwrap();
    assert_eq!(Some(draft.bytes), proof.bytes);
    connector
        .perform(&release(&bench, "N-9040", "letter", &data, &proof))
        .await
        .unwrap();
    let job = connector
        .look_up(&release(&bench, "N-9040", "letter", &data, &proof))
        .await
        .unwrap();
    let LookUp::Found(job) = job else {
        panic!("not found")
    };
    let by_job = connector
        .content(&notice(&format!("job-{}", job.remote_ref)))
        .await
        .unwrap();
    assert_eq!(Some(by_job.bytes), proof.bytes);
    let produced = connector.content(&notice("N-9040")).await.unwrap();
    assert_eq!(
        (Some(produced.bytes), produced.name.as_str()),
        (proof.bytes, "N-9040.pdf")
    );
    assert!(matches!(
        connector.content(&notice("N-none")).await,
        Err(PullError::Refused { status: 404, .. })
    ));
}

#[tokio::test]
async fn tokens_end_and_are_renewed_and_a_check_names_its_steps() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    bench.pull(&connector, "templates", None).await;
    bench.advance(2 * 3_600).await;
    bench.pull(&connector, "templates", None).await;
    let steps = connector.check().await;
    assert!(steps.iter().all(|s| s.ok), "{steps:?}");
    assert!(steps.iter().any(|s| s.step == "permission"));
    let mut config = bench.config(System::Exstream).clone();
    config
        .secrets
        .insert("client_secret".to_owned(), "wrong".to_owned());
    let wrong = ExstreamConnector::new(&config, &bench.parts());
    assert!(
        wrong
            .check()
            .await
            .iter()
            .any(|s| s.step == "sign_in" && !s.ok)
    );
}

#[tokio::test]
async fn answers_that_do_not_fit_are_named() {
    let bench = Bench::start().await;
    let config = |base_url: String| {
        let mut config = bench.config(System::Exstream).clone();
        config.settings = BTreeMap::from([("domain".to_owned(), "d".to_owned())]);
        config.base_url = base_url;
        config
    };
    for (kind, body) in [
        ("text/html", "<html>down</html>".to_owned()),
        (
            "application/json",
            r#"{"status":"success","data":[{"#.to_owned(),
        ),
        (
            "application/json",
            r#"{"status":"success","data":"none"}"#.to_owned(),
        ),
        ("application/json", "7".to_owned()),
    ] {
        let base = hostile(kind, body).await;
        let connector = ExstreamConnector::new(&config(base), &bench.parts());
        for collection in ["templates", "jobs", "deliveries"] {
            let request = PullRequest {
                collection: collection.to_owned(),
                cursor: None,
                now: bench.now(),
            };
            let error = connector.pull(&request).await.unwrap_err();
            assert!(
                matches!(error, PullError::Drift(_)),
                "{collection}: {error:?}"
            );
        }
        let proof = connector
            .perform(&render(&bench, "N-1", "letter", &data("a@b.example")))
            .await;
        assert!(matches!(proof, Err(CallError::Unknown(_))), "{proof:?}");
    }
    let rows = json!({"status": "success", "data": [
        {"id": {"value": 1}, "name": "x", "lastModifiedDate": "2026-11-20T10:00:00Z"},
        {"id": "j-2", "status": "pondering", "channel": "letter", "startDate": "2026-11-20T10:00:00Z"},
    ], "page": {"totalElements": 2}});
    let base = hostile("application/json", rows.to_string()).await;
    let connector = ExstreamConnector::new(&config(base), &bench.parts());
    let request = PullRequest {
        collection: "jobs".to_owned(),
        cursor: None,
        now: bench.now(),
    };
    let page = connector.pull(&request).await.unwrap();
    assert_eq!(
        page.records[0].record.as_ref().unwrap_err().code,
        "WIRE_TYPE"
    );
    let Ok(Record::Delivery(odd)) = &page.records[1].record else {
        panic!("{page:?}")
    };
    assert_eq!(
        (
            odd.notice_id.as_str(),
            odd.state.as_str(),
            odd.raw_state.as_str()
        ),
        ("job-j-2", "unknown", "job:pondering")
    );
    for collection in ["jobs", "deliveries"] {
        let request = PullRequest {
            collection: collection.to_owned(),
            cursor: Some("[".to_owned()),
            now: bench.now(),
        };
        assert!(matches!(
            connector.pull(&request).await,
            Err(PullError::CursorLost(_))
        ));
    }
}

#[tokio::test]
async fn where_a_tenant_does_not_map_the_notice_a_release_is_level_c() {
    let bench = Bench::start().await;
    let mut config = bench.config(System::Exstream).clone();
    config
        .settings
        .insert("external_id".to_owned(), "no".to_owned());
    let connector = ExstreamConnector::new(&config, &bench.parts());
    assert_eq!(
        connector
            .manifest()
            .entry(Operation::Release)
            .unwrap()
            .level,
        Level::C
    );
    let proof = Receipt {
        detail: json!({"sha256": "00"}).as_object().unwrap().clone(),
        ..Receipt::default()
    };
    let outgoing = release(&bench, "N-9050", "letter", &data("a@b.example"), &proof);
    assert!(matches!(
        connector.look_up(&outgoing).await.unwrap(),
        LookUp::CannotTell(_)
    ));
    // A release whose answer is seen is checked all the same.
    assert_eq!(
        sent(&bench, &connector, "N-9051", "a@b.example", "letter")
            .await
            .detail["equal"],
        true
    );
    let known = self::connector(&bench);
    assert_eq!(
        known.manifest().entry(Operation::Release).unwrap().level,
        Level::B
    );
}
