//! The documents connector against the sandbox, over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Bench, hostile};
use connectors::{
    CallError, Connector, LookUp, PullError, PullRequest, documents::DocumentsConnector,
};
use domain::{
    Kind, ObjectRef, System,
    canonical::sha256_hex,
    operation::{Call, Operation},
    record::{AckTrack, DeliveryTrack, Direction, Document, Record, Validation},
};
use serde_json::json;

fn connector(bench: &Bench) -> DocumentsConnector {
    DocumentsConnector::new(bench.config(System::Documents), &bench.parts())
}

fn documents(fetched: &[connectors::Fetched]) -> Vec<&Document> {
    fetched
        .iter()
        .map(|f| match f.record.as_ref().unwrap() {
            Record::Document(document) => document,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn the_whole_history_is_pulled_once_with_its_content() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (fetched, cursor) = bench.pull(&connector, "transactions", None).await;
    let documents = documents(&fetched);
    assert!(documents.len() >= 1_500, "{}", documents.len());
    let ids: BTreeSet<_> = documents.iter().map(|d| &d.id).collect();
    assert_eq!(ids.len(), documents.len(), "no document twice");
    let types: BTreeSet<_> = documents.iter().map(|d| d.doc_type.as_str()).collect();
    for wanted in [
        "850", "855", "856", "810", "860", "997", "ORDERS", "ORDRSP", "DESADV", "INVOIC", "CONTRL",
    ] {
        assert!(types.contains(wanted), "{wanted}");
    }
    for document in &documents {
        assert!(document.direction.is_some(), "{}", document.id);
        let content = document.content.as_ref().unwrap();
        let receipt = matches!(document.doc_type.as_str(), "997" | "CONTRL");
        if receipt {
            assert_eq!(content.acknowledged.len(), 1, "{}", document.id);
        } else {
            assert!(document.order_number.is_some(), "{}", document.id);
            let empty_is_right = document
                .content
                .as_ref()
                .is_some_and(|c| c.lines.is_empty())
                && matches!(
                    document.doc_type.as_str(),
                    "856" | "810" | "DESADV" | "INVOIC"
                );
            assert!(
                !content.lines.is_empty() || empty_is_right,
                "{} {}",
                document.id,
                document.doc_type
            );
        }
        if document.validation == Validation::Valid {
            assert_eq!(document.problem, None, "{}", document.id);
        }
    }
    let count = |test: fn(&&&Document) -> bool| documents.iter().filter(test).count();
    assert!(count(|d| d.direction == Some(Direction::Outbound) && d.doc_type == "850") > 50);
    assert!(count(|d| d.direction == Some(Direction::Inbound) && d.doc_type == "850") > 5);
    assert!(count(|d| d.delivery == DeliveryTrack::Failed) > 3);
    assert!(count(|d| d.validation == Validation::Invalid) > 3);
    assert!(count(|d| d.ack == AckTrack::Rejected) > 5);
    assert!(count(|d| d.ack == AckTrack::Expired) > 2);

    // Nothing changed: nothing comes again.
    let (again, _) = bench.pull(&connector, "transactions", Some(cursor)).await;
    assert_eq!(again, []);
}

#[tokio::test]
async fn a_receipt_names_the_document_whose_code_it_carries() {
    let bench = Bench::start().await;
    let (fetched, _) = bench.pull(&connector(&bench), "transactions", None).await;
    let documents = documents(&fetched);
    let by_control: BTreeMap<_, _> = documents
        .iter()
        .map(|d| {
            (
                (
                    d.sender.as_str(),
                    d.receiver.as_str(),
                    d.interchange_control.clone().unwrap(),
                ),
                *d,
            )
        })
        .collect();
    let mut rejected = 0;
    for receipt in documents
        .iter()
        .filter(|d| matches!(d.doc_type.as_str(), "997" | "CONTRL"))
    {
        let said = &receipt.content.as_ref().unwrap().acknowledged[0];
        // A 997 names the group, which here bears the number of its interchange.
        let control = match &said.interchange_control {
            Some(control) => control.clone(),
            None => format!(
                "{:09}",
                said.group_control.as_ref().unwrap().parse::<u64>().unwrap()
            ),
        };
        let target = by_control[&(receipt.receiver.as_str(), receipt.sender.as_str(), control)];
        assert_eq!(said.doc_type.as_deref(), Some(target.doc_type.as_str()));
        if said.outcome == AckTrack::Rejected {
            rejected += 1;
            assert!(!said.errors.is_empty());
            assert_eq!(target.ack, AckTrack::Rejected, "{}", target.id);
        }
    }
    assert!(rejected > 5);
}

#[tokio::test]
async fn a_late_acknowledgement_arrives_without_its_payload() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (fetched, transactions) = bench.pull(&connector, "transactions", None).await;
    let (_, acknowledgements) = bench.pull(&connector, "acknowledgements", None).await;
    let waiting = documents(&fetched)
        .into_iter()
        .filter(|d| d.doc_type == "850" && d.ack == AckTrack::Pending)
        .max_by_key(|d| d.arrived_at)
        .unwrap()
        .clone();
    bench
        .event(
            json!({"kind": "document", "doc_type": "997", "acknowledges": waiting.id, "code": "R"}),
        )
        .await;
    let (changed, _) = bench
        .pull(&connector, "acknowledgements", Some(acknowledgements))
        .await;
    let changed = documents(&changed);
    let turned = changed.iter().find(|d| d.id == waiting.id).unwrap();
    assert_eq!(
        (turned.ack, turned.ack_code.as_deref()),
        (AckTrack::Rejected, Some("R"))
    );
    assert_eq!(turned.content, None, "none stands for unchanged");
    assert!(turned.ack_at.unwrap() > waiting.status_at);
    let (new, _) = bench
        .pull(&connector, "transactions", Some(transactions))
        .await;
    let new = documents(&new);
    let receipt = new.iter().find(|d| d.doc_type == "997").unwrap();
    assert_eq!(
        receipt.content.as_ref().unwrap().acknowledged[0].outcome,
        AckTrack::Rejected
    );
}

#[tokio::test]
async fn content_is_the_payload_as_it_was_exchanged_and_proof_its_receipt() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (fetched, _) = bench.pull(&connector, "transactions", None).await;
    let order = documents(&fetched)
        .into_iter()
        .find(|d| d.doc_type == "850" && d.delivery == DeliveryTrack::Delivered)
        .unwrap();
    let object = ObjectRef::new(Kind::Document, System::Documents, order.id.clone());
    let content = connector.content(&object).await.unwrap();
    assert_eq!(Some(sha256_hex(&content.bytes)), order.payload_sha256);
    assert_eq!(content.media_type, "application/EDI-X12");
    let proof = ObjectRef::new(
        Kind::Document,
        System::Documents,
        format!("{}/proof", order.id),
    );
    let proof = connector.content(&proof).await.unwrap();
    assert!(String::from_utf8_lossy(&proof.bytes).contains("Disposition"));
    let other = ObjectRef::new(Kind::Case, System::Community, "1");
    assert!(connector.content(&other).await.is_err());
    let escaping = ObjectRef::new(
        Kind::Document,
        System::Documents,
        "../../sandbox/effects?x=#",
    );
    assert!(matches!(
        connector.content(&escaping).await,
        Err(PullError::Refused { status: 404, .. })
    ));
}

/// An invoice of ours: a payload that was exchanged, under another control number.
async fn sendable(bench: &Bench, connector: &DocumentsConnector) -> (Document, Vec<u8>) {
    let (fetched, _) = bench.pull(connector, "transactions", None).await;
    let invoice = documents(&fetched)
        .into_iter()
        .find(|d| d.doc_type == "810" && d.direction == Some(Direction::Outbound))
        .unwrap()
        .clone();
    let object = ObjectRef::new(Kind::Document, System::Documents, invoice.id.clone());
    let text = String::from_utf8(connector.content(&object).await.unwrap().bytes.to_vec()).unwrap();
    let control = invoice.interchange_control.clone().unwrap();
    (invoice, text.replace(&control, "000099001").into_bytes())
}

fn send(bench: &Bench, invoice: &Document, bytes: &[u8]) -> connectors::Outgoing {
    let call = Call::SendDocument {
        from: invoice.sender.clone(),
        to: invoice.receiver.clone(),
        media_type: "application/EDI-X12".to_owned(),
        blob: sha256_hex(bytes),
        letter: None,
    };
    bench.outgoing("send", call, &[bytes])
}

#[tokio::test]
async fn a_document_is_sent_once_although_its_receipt_is_lost() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (invoice, bytes) = sendable(&bench, &connector).await;
    let outgoing = send(&bench, &invoice, &bytes);
    assert_eq!(connector.look_up(&outgoing).await.unwrap(), LookUp::Absent);
    bench.fault(json!({"system": "documents", "operation": "send_document", "kind": "drop_response", "count": 1})).await;
    let lost = connector.perform(&outgoing).await.unwrap_err();
    assert!(matches!(lost, CallError::Unknown(_)), "{lost:?}");
    let LookUp::Found(found) = connector.look_up(&outgoing).await.unwrap() else {
        panic!("not found")
    };
    let receipt = connector.perform(&outgoing).await.unwrap();
    assert_eq!(receipt.remote_ref, found.remote_ref);
    assert_eq!(receipt.detail["mic_checked"], true);
    let effects = bench.effects("documents", "send_document").await;
    assert_eq!(effects.len(), 1);
    assert_eq!(effects[0]["key"], outgoing.key.as_str());
    assert_eq!(effects[0]["payload_sha256"], sha256_hex(&bytes));
    // It goes out, and the partner acknowledges it.
    bench.advance(900).await;
    let (fetched, _) = bench.pull(&connector, "transactions", None).await;
    let sent = documents(&fetched)
        .into_iter()
        .find(|d| d.id == receipt.remote_ref)
        .unwrap()
        .clone();
    assert_eq!(
        (sent.delivery, sent.ack),
        (DeliveryTrack::Delivered, AckTrack::Accepted)
    );
    assert_eq!(sent.payload_sha256, Some(sha256_hex(&bytes)));
}

#[tokio::test]
async fn what_the_partner_side_refuses_and_what_we_refuse_ourselves_is_not_sent() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (mut invoice, bytes) = sendable(&bench, &connector).await;
    let outgoing = bench.outgoing(
        "tampered",
        Call::SendDocument {
            from: invoice.sender.clone(),
            to: invoice.receiver.clone(),
            media_type: "application/EDI-X12".to_owned(),
            blob: sha256_hex(b"other"),
            letter: None,
        },
        &[&bytes],
    );
    assert!(matches!(
        connector.perform(&outgoing).await,
        Err(CallError::Refused { status: 0, .. })
    ));
    invoice.receiver = "ZZ:NOBODY".to_owned();
    let outgoing = send(&bench, &invoice, &bytes);
    let refused = connector.perform(&outgoing).await.unwrap_err();
    assert!(
        matches!(&refused, CallError::Refused { message, .. } if message.contains("unknown-trading-partner")),
        "{refused:?}"
    );
    assert_eq!(bench.effects("documents", "send_document").await.len(), 0);
}

#[tokio::test]
async fn reprocessing_twice_under_one_key_happens_once() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (fetched, cursor) = bench.pull(&connector, "transactions", None).await;
    let failed = documents(&fetched)
        .into_iter()
        .find(|d| d.delivery == DeliveryTrack::Failed)
        .unwrap();
    let call = Call::Reprocess {
        transaction_id: failed.id.clone(),
    };
    let outgoing = bench.outgoing("again", call, &[]);
    connector.perform(&outgoing).await.unwrap();
    connector.perform(&outgoing).await.unwrap();
    assert_eq!(bench.effects("documents", "reprocess").await.len(), 1);
    bench.advance(60).await;
    let (changed, _) = bench.pull(&connector, "transactions", Some(cursor)).await;
    let changed = documents(&changed);
    let now = changed.iter().find(|d| d.id == failed.id).unwrap();
    assert_eq!(
        (now.delivery, now.error_code.as_deref()),
        (DeliveryTrack::Delivered, None)
    );
}

#[tokio::test]
async fn an_expired_token_is_renewed_without_a_word() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    let (_, cursor) = bench.pull(&connector, "acknowledgements", None).await;
    bench.advance(11 * 3_600).await;
    bench
        .pull(&connector, "acknowledgements", Some(cursor))
        .await;
    bench
        .fault(json!({"system": "documents", "kind": "unauthorized", "count": 1}))
        .await;
    bench.pull(&connector, "acknowledgements", None).await;
    assert!(
        connector.check().await.iter().all(|s| s.ok),
        "{:?}",
        connector.check().await
    );
}

#[tokio::test]
async fn answers_that_do_not_fit_are_named_and_nothing_is_lost() {
    let bench = Bench::start().await;
    let request = PullRequest {
        collection: "transactions".to_owned(),
        cursor: None,
        now: bench.now(),
    };
    let config = |base_url: String| {
        let mut config = bench.config(System::Documents).clone();
        config.settings = BTreeMap::from([("own_addresses".to_owned(), "ZZ:CORVANE".to_owned())]);
        config.base_url = base_url;
        config
    };
    let big = format!(
        r#"{{"data":{{"getTransactions":{{"transactions":[{}]}}}}}}"#,
        "[".repeat(100_000)
    );
    for (kind, body) in [
        (
            "text/html",
            "<html><body>Maintenance</body></html>".to_owned(),
        ),
        (
            "application/json",
            r#"{"data":{"getTransactions":{"transactions":["#.to_owned(),
        ),
        (
            "application/json",
            r#"{"data":null,"errors":[{"message":"no"}]}"#.to_owned(),
        ),
        (
            "application/json",
            r#"{"data":{"getTransactions":{"transactions":7}}}"#.to_owned(),
        ),
        ("application/json", big),
        ("application/json", String::new()),
    ] {
        let base = hostile(kind, body.clone()).await;
        let connector = DocumentsConnector::new(&config(base), &bench.parts());
        let error = connector.pull(&request).await.unwrap_err();
        assert!(matches!(error, PullError::Drift(_)), "{error:?}");
    }
    let body = json!({"data": {"getTransactions": {"total": 2, "transactions": [
        {"transactionid": {"value": "t-1"}, "status": "S", "arrivaltime": "2026-11-20T10:00:00Z"},
        {"transactionid": "t-2", "status": "??", "fastatus": "Z", "editype": "999999", "arrivaltime": "2026-11-20T10:00:00Z"},
    ]}}});
    let base = hostile("application/json", body.to_string()).await;
    let connector = DocumentsConnector::new(&config(base), &bench.parts());
    let page = connector.pull(&request).await.unwrap();
    let unfit = page.records[0].record.as_ref().unwrap_err();
    assert_eq!(unfit.code, "WIRE_TYPE");
    let Ok(Record::Document(odd)) = &page.records[1].record else {
        panic!("{page:?}")
    };
    assert_eq!(
        (odd.status_code.as_str(), odd.ack_code.as_deref()),
        ("??", Some("Z"))
    );
    assert!(
        odd.problem.is_some(),
        "the payload was JSON, no interchange"
    );
    // A second that holds more than is read of one: the rest is named.
    let one = json!({"transactionid": "t-3", "status": "S", "statusdate": "2026-11-20T10:00:00Z",
        "arrivaltime": "2026-11-20T10:00:00Z"});
    let body = json!({"data": {"getTransactions": {"total": 1_000_000, "transactions": [one]}}});
    let base = hostile("application/json", body.to_string()).await;
    let connector = DocumentsConnector::new(&config(base), &bench.parts());
    let page = connector.pull(&request).await.unwrap();
    let unfit = page.records.last().unwrap().record.as_ref().unwrap_err();
    assert_eq!(unfit.code, "WIRE_TOO_LARGE");
    assert!(
        unfit.message.contains("999950 of 1000000"),
        "{}",
        unfit.message
    );
    assert!(page.more, "what came later is read");
    // The sandbox's own drift: ids that are objects.
    bench
        .fault(json!({"system": "documents", "kind": "drift", "count": 1}))
        .await;
    let connector = self::connector(&bench);
    let page = connector
        .pull(&PullRequest {
            collection: "acknowledgements".to_owned(),
            ..request
        })
        .await
        .unwrap();
    assert!(page.records.iter().any(|r| r.record.is_err()));
}

#[tokio::test]
async fn a_cursor_of_another_make_is_refused_and_the_manifest_keeps_its_level() {
    let bench = Bench::start().await;
    let connector = connector(&bench);
    for collection in ["transactions", "acknowledgements"] {
        let request = PullRequest {
            collection: collection.to_owned(),
            cursor: Some("7".to_owned()),
            now: bench.now(),
        };
        assert!(matches!(
            connector.pull(&request).await,
            Err(PullError::CursorLost(_))
        ));
    }
    for operation in [Operation::SendDocument, Operation::Reprocess] {
        assert_eq!(
            connector.manifest().entry(operation).unwrap().level,
            operation.level()
        );
    }
}

#[tokio::test]
async fn the_stories_raise_exceptions_of_every_rule_over_documents() {
    use domain::finding::{
        ReceivedControl, Rule, ThreadFacts, for_controls, for_document, for_thread,
    };
    let bench = Bench::start().await;
    let (fetched, _) = bench.pull(&connector(&bench), "transactions", None).await;
    let documents = documents(&fetched);
    let policy = domain::policy::Policy::load(None).unwrap();
    let now = bench.now();
    let mut rules: BTreeMap<Rule, usize> = BTreeMap::new();
    let mut threads: BTreeMap<(String, String), Vec<Document>> = BTreeMap::new();
    let mut controls: BTreeMap<String, Vec<ReceivedControl>> = BTreeMap::new();
    for document in &documents {
        for finding in for_document(document, None, &policy, now).0 {
            *rules.entry(finding.rule).or_default() += 1;
        }
        let inbound = document.direction == Some(Direction::Inbound);
        let partner = if inbound {
            &document.sender
        } else {
            &document.receiver
        };
        if let (Some(order), false) = (
            &document.order_number,
            matches!(document.doc_type.as_str(), "997" | "CONTRL"),
        ) {
            threads
                .entry((partner.clone(), order.clone()))
                .or_default()
                .push((*document).clone());
        }
        if inbound {
            controls
                .entry(partner.clone())
                .or_default()
                .push(ReceivedControl {
                    control: document.interchange_control.clone().unwrap(),
                    document_id: document.id.clone(),
                    arrived_at: document.arrived_at,
                });
        }
    }
    for ((_, order_number), documents) in &threads {
        let facts = ThreadFacts {
            partner_id: None,
            order_number,
            documents,
            policy: &policy,
            now,
        };
        for finding in for_thread(&facts).findings {
            *rules.entry(finding.rule).or_default() += 1;
        }
    }
    for (sender, received) in &controls {
        *rules.entry(Rule::ControlNumberGap).or_default() +=
            for_controls(sender, None, received).len();
    }
    let total: usize = rules.values().sum();
    assert!((300..=450).contains(&total), "{total}: {rules:?}");
    for rule in [
        Rule::AckRejected,
        Rule::AckPartial,
        Rule::ValidationError,
        Rule::DeliveryFailed,
        Rule::DuplicateNumber,
        Rule::AckOverdue,
        Rule::MissingAcknowledgement,
        Rule::MissingShipNotice,
        Rule::MissingInvoice,
        Rule::QuantityShort,
        Rule::QuantityOver,
        Rule::BilledNotShipped,
        Rule::PriceDiffers,
        Rule::ControlNumberGap,
    ] {
        assert!(
            rules.get(&rule).copied().unwrap_or(0) > 0,
            "{rule}: {rules:?}"
        );
    }
}
