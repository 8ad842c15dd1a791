//! Letters on demand: three forms of one answer, drafts, release, and every operation of the manifest.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connectors::{CallError, Connector as _, LookUp};
use domain::{
    canonical::sha256_hex,
    operation::{Call, Operation},
};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{DESIGN, FULFIL, GENERATE, RUNTIME, letter, release, render, start};
use crate::{beside::whole_manifest, peer};

const NAMED: [(&str, &str); 3] = [
    ("communicationId", "SDN-04"),
    ("driverDataSource", "PartnerConsole"),
    ("content-type", "application/json"),
];

fn with<'h>(more: &[(&'h str, &'h str)]) -> Vec<(&'h str, &'h str)> {
    NAMED.iter().chain(more).copied().collect()
}

#[tokio::test]
async fn one_letter_comes_as_json_as_raw_pdf_and_as_a_draft_for_empower() -> Outcome {
    let (beside, _) = start().await?;
    let data = letter("a@b.example").to_string();
    let generate = async |headers: &[(&'static str, &'static str)]| {
        beside
            .raw("POST", GENERATE, &with(headers), data.clone())
            .await
    };
    let raw = generate(&[("accept", "application/pdf")]).await?;
    assert_eq!(
        (raw.status, raw.media_type.as_str()),
        (200, "application/pdf")
    );
    assert!(raw.body.starts_with(b"%PDF-") && raw.body.trim_ascii_end().ends_with(b"%%EOF"));

    let wrapped = generate(&[]).await?.json();
    assert_eq!(wrapped["status"], "success");
    let one = &wrapped["data"][0];
    assert_eq!(one["mimeType"], "application/pdf");
    assert!(one["engineOutputContext"]["queueName"].is_string());
    let content = STANDARD.decode(one["content"].as_str().unwrap()).unwrap();
    assert_eq!(
        sha256_hex(&content),
        sha256_hex(&raw.body),
        "the same data, the same bytes"
    );

    let html = generate(&[("accept", "text/html")]).await?.json();
    assert_eq!(html["data"][0]["mimeType"], "text/html");

    let draft = generate(&[
        ("accept", "application/json"),
        ("empowerUser", "lena.kovar"),
    ])
    .await?;
    let draft = draft.json();
    assert_eq!(draft.as_object().unwrap().len(), 1, "{draft}");
    let id = draft["documentId"].as_str().unwrap();
    let kept = format!("/empower/api/v1/documents/{id}/content");
    let kept = beside.raw("GET", &kept, &[], "").await?;
    assert_eq!(sha256_hex(&kept.body), sha256_hex(&raw.body));
    let editor = format!("/empower/api/v1/docedit/{id}/open");
    let editor = beside.raw("GET", &editor, &[], "").await?;
    assert_eq!(
        (editor.status, editor.media_type.as_str()),
        (200, "text/html")
    );
    assert_eq!(
        beside.sandbox.effects().await?,
        [],
        "nothing has left the house"
    );

    let words = [
        "Shipment discrepancy, order 4500771820",
        "Bramblewick Foods Ltd",
        "Please send a credit note.",
        "8,823.20",
    ];
    let letters: Vec<Value> = [
        ("raw", &raw.body[..]),
        ("wrapped", &content),
        ("draft", &kept.body),
    ]
    .iter()
    .map(|(name, pdf)| json!({"name": name, "pdf": STANDARD.encode(pdf), "words": words}))
    .collect();
    let given = json!({ "letters": letters });
    let report = tokio::task::spawn_blocking(move || peer::run("letters.py", &given)).await??;
    peer::tell(&report.line())?;
    assert_eq!(report.failures(), "");
    assert_eq!(report.steps.len(), 3 * (2 + words.len()));
    Ok(())
}

#[tokio::test]
async fn on_every_channel_a_letter_says_what_happened_what_follows_and_what_is_asked() -> Outcome {
    let (beside, connector) = start().await?;
    let email = "ines.okafor@bramblewick.example";
    let words = [
        "The quantities do not agree with our count.",
        "We have held the amount back.",
        "Please send a credit note.",
    ];
    let mut letters = Vec::new();
    for channel in ["letter", "email", "sms", "statement_insert"] {
        let outgoing = render(&beside, &format!("N-{channel}"), channel, email);
        let receipt = connector.perform(&outgoing).await?;
        let pdf = receipt.bytes.unwrap_or_default();
        letters.push(json!({"name": channel, "pdf": STANDARD.encode(&pdf), "words": words}));
    }
    let given = json!({ "letters": letters });
    let report = tokio::task::spawn_blocking(move || peer::run("letters.py", &given)).await??;
    peer::tell(&report.line())?;
    assert_eq!(report.failures(), "");
    assert_eq!(report.steps.len(), 4 * (2 + words.len()));
    Ok(())
}

#[tokio::test]
async fn a_letter_that_cannot_be_made_is_refused_in_the_words_of_the_engine() -> Outcome {
    let (beside, _) = start().await?;
    let data = letter("a@b.example").to_string();
    for (headers, body, status) in [
        (vec![NAMED[0]], data.clone(), 400),
        (vec![NAMED[1]], data.clone(), 400),
        (vec![("communicationId", "NONE-01"), NAMED[1]], data, 404),
        (NAMED.to_vec(), "[]".to_owned(), 400),
        (NAMED.to_vec(), "{}".to_owned(), 400),
    ] {
        let answer = beside.raw("POST", GENERATE, &headers, body).await?;
        assert_eq!(answer.status, status);
        let said = answer.json();
        assert_eq!(said["status"], "error");
        assert_eq!(said["data"][0]["statusCode"], status);
        assert!(said["data"][0]["errorMessage"].is_string());
    }
    let none = json!({ "documents": ["no-such-document"] }).to_string();
    assert_eq!(beside.raw("POST", FULFIL, &NAMED, none).await?.status, 404);
    let empty = json!({ "documents": [] }).to_string();
    assert_eq!(beside.raw("POST", FULFIL, &NAMED, empty).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn every_operation_is_confirmed_found_again_and_never_happens_twice() -> Outcome {
    let (beside, connector) = start().await?;
    let (channel, email) = ("email", "ines.okafor@bramblewick.example");
    let proof = beside
        .drive(&connector, &render(&beside, "N-7001", channel, email))
        .await?;
    let review = Call::SetReviewState {
        resource_id: proof.remote_ref.clone(),
        state: "REVIEW".into(),
        comment: "Please check".into(),
    };
    let review = beside.outgoing("review", review, &[]);
    assert_eq!(connector.look_up(&review).await.unwrap(), LookUp::Absent);
    beside.drive(&connector, &review).await?;
    let out = release(&beside, "N-7001", channel, email, &proof);
    assert_eq!(connector.look_up(&out).await.unwrap(), LookUp::Absent);
    let job = beside.drive(&connector, &out).await?;
    assert_eq!(
        job.detail["equal"], true,
        "what was produced is what was approved"
    );
    let cancel = Call::CancelJob {
        job_id: job.remote_ref.clone(),
    };
    let cancel = beside.outgoing("cancel", cancel, &[]);
    assert_eq!(connector.look_up(&cancel).await.unwrap(), LookUp::Absent);
    beside.drive(&connector, &cancel).await?;
    whole_manifest(
        &connector,
        &[
            Operation::Render,
            Operation::SetReviewState,
            Operation::Release,
            Operation::CancelJob,
        ],
    );
    Ok(())
}

#[tokio::test]
async fn the_external_id_is_looked_up_before_a_letter_is_released_again() -> Outcome {
    let (beside, connector) = start().await?;
    let (channel, email) = ("letter", "a@b.example");
    let proof = render(&beside, "N-7002", channel, email);
    let proof = connector.perform(&proof).await.unwrap();
    let step = release(&beside, "N-7002", channel, email, &proof);
    for kind in ["drop_request", "drop_response"] {
        let fault = json!({"system": "exstream", "operation": "release", "kind": kind, "count": 1});
        beside.sandbox.fault(fault).await?;
        let lost = connector.perform(&step).await;
        assert!(matches!(lost, Err(CallError::Unknown(_))), "{lost:?}");
        beside.recorder.take();
        let found = connector.look_up(&step).await.unwrap();
        let [asked, ..] = &beside.recorder.take()[..] else {
            panic!("nothing was asked")
        };
        assert!(
            asked.path.contains("jobs?filter=externalId%3AN-7002"),
            "{}",
            asked.path
        );
        let happened = kind == "drop_response";
        assert_eq!(
            matches!(found, LookUp::Found(_)),
            happened,
            "{kind}: {found:?}"
        );
        assert_eq!(
            beside.effects("release").await?.len(),
            usize::from(happened)
        );
    }
    // Another notice with a name that begins alike is another notice.
    let other = release(&beside, "N-700", channel, email, &proof);
    assert_eq!(connector.look_up(&other).await.unwrap(), LookUp::Absent);
    // A job that was deleted says nothing of its letter, so nobody sends it again unasked.
    beside.advance(60).await?;
    let LookUp::Found(job) = connector.look_up(&step).await.unwrap() else {
        panic!("not found")
    };
    let path = format!("{RUNTIME}/jobs/{}", job.remote_ref);
    beside.ask("DELETE", &path, Value::Null).await?;
    let found = connector.look_up(&step).await.unwrap();
    assert!(matches!(found, LookUp::CannotTell(_)), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn what_was_not_approved_does_not_leave() -> Outcome {
    let (beside, connector) = start().await?;
    let proof = render(&beside, "N-7003", "letter", "a@b.example");
    let proof = connector.perform(&proof).await.unwrap();
    let step = release(&beside, "N-7003", "letter", "a@b.example", &proof);
    // Rejected over there.
    let state = format!("{DESIGN}/{}/state", proof.remote_ref);
    for word in ["REVIEW", "REJECTED"] {
        beside.ask("PUT", &state, json!({ "state": word })).await?;
    }
    let said = connector.perform(&step).await;
    assert!(matches!(said, Err(CallError::Conflict { .. })), "{said:?}");
    // Changed after its approval.
    let change = json!({"kind": "letter_change", "notice_id": "N-7003"});
    beside.happens(change).await?;
    let said = connector.perform(&step).await;
    let told =
        matches!(&said, Err(CallError::Conflict { message, .. }) if message.starts_with("E_HASH"));
    assert!(told, "{said:?}");
    assert_eq!(beside.effects("release").await?, []);
    Ok(())
}
