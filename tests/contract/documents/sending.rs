//! Sending in the manner of AS2: what goes out, what receipt comes back, and what is made of it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connectors::{
    CallError, Connector as _, LookUp, Outgoing, PullError, documents::DocumentsConnector,
};
use domain::{
    Kind, ObjectRef, System,
    canonical::sha256_hex,
    operation::{Call, Operation},
    record::{DeliveryTrack, Direction, Document, Validation},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use whole_system::harness::Outcome;

use super::{documents, start};
use crate::{
    beside::{Beside, Pulled, whole_manifest},
    peer,
};

const SHAPES: &[(&str, &str)] = &[
    ("810", "application/EDI-X12"),
    ("ORDERS", "application/EDIFACT"),
];

/// A document of ours that was exchanged, and its bytes under another control number.
async fn sendable(
    connector: &DocumentsConnector,
    pulled: &Pulled,
    doc_type: &str,
) -> (Document, Vec<u8>) {
    let document = documents(pulled).into_iter().find(|d| {
        d.doc_type == doc_type
            && d.direction == Some(Direction::Outbound)
            && d.validation == Validation::Valid
    });
    let document = document.unwrap_or_else(|| panic!("no {doc_type}")).clone();
    let object = ObjectRef::new(Kind::Document, System::Documents, document.id.clone());
    let bytes = connector.content(&object).await.unwrap().bytes;
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let control = document.interchange_control.clone().unwrap();
    let other = "7".repeat(control.len());
    (document, text.replace(&control, &other).into_bytes())
}

fn send(
    beside: &Beside,
    name: &str,
    document: &Document,
    media_type: &str,
    bytes: &[u8],
) -> Outgoing {
    let call = Call::SendDocument {
        from: document.sender.clone(),
        to: document.receiver.clone(),
        media_type: media_type.to_owned(),
        blob: sha256_hex(bytes),
        letter: None,
    };
    beside.outgoing(name, call, &[bytes])
}

fn mic(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

#[tokio::test]
async fn every_operation_is_confirmed_found_again_and_never_happens_twice() -> Outcome {
    let (beside, connector) = start().await?;
    let pulled = beside.pull(&connector, "transactions", None).await;
    let (invoice, bytes) = sendable(&connector, &pulled, "810").await;
    let step = send(&beside, "send", &invoice, SHAPES[0].1, &bytes);
    assert_eq!(connector.look_up(&step).await.unwrap(), LookUp::Absent);
    let sent = beside.drive(&connector, &step).await?;
    let LookUp::Found(found) = connector.look_up(&step).await.unwrap() else {
        panic!("not found by its Message-ID")
    };
    assert_eq!(found.remote_ref, sent.remote_ref);

    let failed = documents(&pulled)
        .into_iter()
        .find(|d| d.delivery == DeliveryTrack::Failed)
        .unwrap();
    let again = Call::Reprocess {
        transaction_id: failed.id.clone(),
    };
    let again = beside.outgoing("again", again, &[]);
    beside.drive(&connector, &again).await?;
    beside.advance(60).await?;
    let changed = beside
        .pull(&connector, "transactions", Some(pulled.cursor.clone()))
        .await;
    let changed = documents(&changed);
    let now = changed.iter().find(|d| d.id == failed.id).unwrap();
    assert_eq!((now.status_code.as_str(), &now.error_code), ("S", &None));

    // One key means one document.
    let path = format!("/documents/{}/reprocess", invoice.id);
    let reused = [("idempotency-key", again.key.as_str())];
    assert_eq!(beside.raw("POST", &path, &reused, "").await?.status, 422);
    assert_eq!(beside.raw("POST", &path, &[], "").await?.status, 400);
    whole_manifest(&connector, &[Operation::SendDocument, Operation::Reprocess]);
    Ok(())
}

#[tokio::test]
async fn a_document_goes_out_unchanged_in_the_shape_of_as2() -> Outcome {
    let (beside, connector) = start().await?;
    let pulled = beside.pull(&connector, "transactions", None).await;
    let mut receipts = Vec::new();
    for (doc_type, media_type) in SHAPES {
        let (document, bytes) = sendable(&connector, &pulled, doc_type).await;
        let step = send(&beside, doc_type, &document, media_type, &bytes);
        beside.recorder.take();
        let receipt = connector.perform(&step).await.unwrap();
        let [sent] = beside.recorder.take().try_into().unwrap();
        assert!(
            sent.path.ends_with("/documents/as2/messages"),
            "{}",
            sent.path
        );
        assert_eq!((sent.method.as_str(), &sent.body[..]), ("POST", &bytes[..]));
        let header = |name: &str| sent.header(name).unwrap_or_default();
        assert_eq!(header("content-type"), *media_type);
        assert_eq!(header("as2-from"), document.sender);
        assert_eq!(header("as2-to"), document.receiver);
        assert_eq!(
            header("message-id"),
            format!("<{}@partner-console>", step.key)
        );
        assert_eq!(header("disposition-notification-to"), document.sender);
        assert!(header("disposition-notification-options").contains("sha-256"));
        assert_eq!(receipt.detail["mic_checked"], true);
        receipts.push(json!({
            "media_type": "", "body": String::from_utf8(receipt.bytes.unwrap().to_vec()).unwrap(),
            "message_id": header("message-id"), "recipient": document.receiver,
            "disposition": "automatic-action/MDN-sent-automatically; processed", "mic": mic(&bytes),
        }));
    }
    // The sandbox's receipts again, with the media type that a receipt of the connector does not keep.
    let (document, bytes) = sendable(&connector, &pulled, "810").await;
    let raw = |media: &'static str, to: &str, id: &str| {
        [
            ("content-type", media.to_owned()),
            ("as2-from", document.sender.clone()),
            ("as2-to", to.to_owned()),
            ("message-id", id.to_owned()),
            (
                "disposition-notification-to",
                "edi@corvane.example".to_owned(),
            ),
        ]
    };
    for (headers, disposition) in [
        (
            raw("application/EDI-X12", &document.receiver, "<1@c>"),
            "processed",
        ),
        (
            raw("application/EDI-X12", &document.receiver, "<1@c>"),
            "processed",
        ),
        (
            raw("application/EDI-X12", "ZZ:NOBODY", "<2@c>"),
            "processed/error: unknown-trading-partner",
        ),
        (
            raw("text/plain", &document.receiver, "<3@c>"),
            "failed/failure: unsupported format",
        ),
    ] {
        let named: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = beside
            .raw("POST", "/as2/messages", &named, bytes.clone())
            .await?;
        receipts.push(json!({
            "media_type": answer.media_type, "body": answer.text(), "message_id": named[3].1,
            "recipient": named[2].1, "mic": mic(&bytes),
            "disposition": format!("automatic-action/MDN-sent-automatically; {disposition}"),
        }));
    }
    // Nobody asked for a receipt, so none is sent.
    let named = raw("application/EDI-X12", &document.receiver, "<4@c>");
    let named: Vec<_> = named[..4].iter().map(|(n, v)| (*n, v.as_str())).collect();
    let silent = beside
        .raw("POST", "/as2/messages", &named, bytes.clone())
        .await?;
    assert_eq!((silent.status, silent.body.len()), (200, 0));

    // The type of a kept receipt begins with its boundary, so the library is told what a report is.
    for receipt in &mut receipts[..SHAPES.len()] {
        let body = receipt["body"].as_str().unwrap();
        let boundary = body
            .lines()
            .next()
            .unwrap()
            .trim_start_matches("--")
            .to_owned();
        receipt["media_type"] =
            format!("multipart/report; report-type=disposition-notification; boundary={boundary}")
                .into();
    }
    let count = receipts.len();
    let given = json!({ "receipts": receipts });
    let report = tokio::task::spawn_blocking(move || peer::run("receipts.py", &given)).await??;
    peer::tell(&report.line())?;
    assert_eq!(report.failures(), "");
    assert_eq!(report.steps.len(), count * 6);
    Ok(())
}

#[tokio::test]
async fn each_disposition_is_what_it_says() -> Outcome {
    let (beside, connector) = start().await?;
    let pulled = beside.pull(&connector, "transactions", None).await;
    let (document, bytes) = sendable(&connector, &pulled, "810").await;
    let stranger = Document {
        receiver: "ZZ:NOBODY".into(),
        ..document.clone()
    };
    let other = Document {
        sender: "ZZ:NOT-US".into(),
        ..document.clone()
    };
    let edi = "application/EDI-X12";
    let junk: &[u8] = b"no interchange";
    for (step, words) in [
        (
            send(&beside, "1", &stranger, edi, &bytes),
            "unknown-trading-partner",
        ),
        (
            send(&beside, "2", &other, edi, &bytes),
            "authentication-failed",
        ),
        (
            send(&beside, "3", &document, edi, junk),
            "unexpected-processing-error",
        ),
        (
            send(&beside, "4", &document, "text/plain", &bytes),
            "Nobody approved these bytes",
        ),
    ] {
        let said = connector.perform(&step).await;
        let told =
            matches!(&said, Err(CallError::Refused { message, .. }) if message.contains(words));
        assert!(told, "{words}: {said:?}");
    }
    assert_eq!(beside.effects("send_document").await?, []);
    let first = send(&beside, "5", &document, edi, &bytes);
    connector.perform(&first).await.unwrap();
    // Another content under the same Message-ID.
    let mut changed = bytes.clone();
    changed.extend_from_slice(b"\n");
    let second = send(&beside, "5", &document, edi, &changed);
    let said = connector.perform(&second).await;
    let told = matches!(&said, Err(CallError::Refused { message, .. }) if message.contains("duplicate-document"));
    assert!(told, "{said:?}");
    assert_eq!(beside.effects("send_document").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_receipt_over_other_bytes_or_for_another_message_is_no_success() -> Outcome {
    let (beside, connector) = start().await?;
    let pulled = beside.pull(&connector, "transactions", None).await;
    let (document, bytes) = sendable(&connector, &pulled, "810").await;
    let step = send(&beside, "mic", &document, SHAPES[0].1, &bytes);
    beside.recorder.exchange(&mic(&bytes), &mic(b"other bytes"));
    let said = connector.perform(&step).await;
    let told =
        matches!(&said, Err(CallError::Refused { message, .. }) if message.starts_with("E_HASH"));
    assert!(told, "a person decides: {said:?}");
    for (from, to) in [
        // No hash at all is not checked, and said so.
        ("Received-Content-MIC:", "Unreceived-Content-M:"),
        // Receipts that do not say what became of it, or of what.
        ("Disposition: auto", "Undisposed : auto"),
        ("; processed\r\n", "; processes\r\n"),
        ("Original-Message-ID", "Aboriginal-MessageI"),
        ("message/disposition", "massage/disposition"),
    ] {
        beside.recorder.exchange(from, to);
        let said = connector.perform(&step).await;
        if from.starts_with("Received") {
            assert_eq!(said.unwrap().detail["mic_checked"], false);
        } else {
            assert!(
                matches!(said, Err(CallError::Unknown(_))),
                "{from}: {said:?}"
            );
        }
    }
    beside.recorder.exchange("x", "x");
    // The outbox sends again under the same key, and learns that it had arrived.
    let receipt = connector.perform(&step).await.unwrap();
    assert_eq!(receipt.detail["mic_checked"], true);
    assert_eq!(beside.effects("send_document").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_lost_receipt_is_asked_for_again_under_the_same_message_id() -> Outcome {
    let (beside, connector) = start().await?;
    let pulled = beside.pull(&connector, "transactions", None).await;
    let (document, bytes) = sendable(&connector, &pulled, "810").await;
    let step = send(&beside, "lost", &document, SHAPES[0].1, &bytes);
    let lost = json!({"system": "documents", "operation": "send_document", "kind": "drop_response", "count": 1});
    beside.sandbox.fault(lost).await?;
    let said = connector.perform(&step).await;
    assert!(matches!(said, Err(CallError::Unknown(_))), "{said:?}");
    beside.recorder.take();
    let first = connector.perform(&step).await.unwrap();
    let second = connector.perform(&step).await.unwrap();
    let receipts: Vec<_> = [&first, &second].map(|r| (&r.remote_ref, &r.detail)).into();
    assert_eq!(receipts[0], receipts[1], "a repeat is answered as before");
    let sent = beside.recorder.take();
    assert_eq!(sent[0].header("message-id"), sent[1].header("message-id"));
    assert_eq!(beside.effects("send_document").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn payload_and_proof_are_the_bytes_that_were_exchanged() -> Outcome {
    let (beside, connector) = start().await?;
    let pulled = beside.pull(&connector, "transactions", None).await;
    let (document, bytes) = sendable(&connector, &pulled, "810").await;
    let step = send(&beside, "proof", &document, SHAPES[0].1, &bytes);
    let sent = connector.perform(&step).await.unwrap().remote_ref;
    let object = |id: String| ObjectRef::new(Kind::Document, System::Documents, id);
    let payload = connector.content(&object(sent.clone())).await.unwrap();
    assert_eq!(
        (&payload.bytes[..], payload.media_type.as_str()),
        (&bytes[..], SHAPES[0].1)
    );
    let proof = object(format!("{sent}/proof"));
    let early = connector.content(&proof).await;
    assert!(
        matches!(early, Err(PullError::Refused { status: 404, .. })),
        "{early:?}"
    );
    beside.advance(60).await?;
    let proof = connector.content(&proof).await.unwrap();
    assert!(
        proof.media_type.starts_with("multipart/report"),
        "{}",
        proof.media_type
    );
    let given = json!({ "receipts": [{
        "media_type": proof.media_type, "body": String::from_utf8(proof.bytes.to_vec()).unwrap(),
        "message_id": format!("<{}@partner-console>", step.key), "recipient": document.receiver,
        "disposition": "automatic-action/MDN-sent-automatically; processed", "mic": mic(&bytes),
    }] });
    let report = tokio::task::spawn_blocking(move || peer::run("receipts.py", &given)).await??;
    assert_eq!(report.failures(), "");
    Ok(())
}
