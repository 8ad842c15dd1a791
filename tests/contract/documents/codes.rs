//! The two code lists, whose letters collide, from the wire into records.

use connectors::{Connector as _, documents::tracks};
use domain::record::{AckTrack, DeliveryTrack, Document, Validation};
use serde_json::json;
use whole_system::harness::Outcome;

use super::{documents, lens, newest_order, page, rows, start};
use crate::beside::Beside;

use AckTrack as Ack;
use DeliveryTrack::{Delivered, Failed, Pending, Sent};
use Validation::{Invalid, Valid};

/// `status`: every code, as the vendor's list explains it.
const STATUS: &[(&str, Validation, DeliveryTrack)] = &[
    ("P", Validation::Pending, Pending),
    ("D", Valid, Pending),
    ("B", Valid, Pending),
    ("R", Valid, Sent),
    ("H", Valid, Pending),
    ("S", Valid, Delivered),
    ("C", Valid, Delivered),
    ("F", Valid, Failed),
    ("V", Invalid, Pending),
    ("U", Invalid, Pending),
    ("N", Valid, Failed),
    // No code of the list: neither good nor bad.
    ("Q", Validation::Pending, Pending),
    ("Unknown", Validation::Pending, Pending),
];

/// `fastatus`: every code that an answer can have.
const FASTATUS: &[(&str, AckTrack)] = &[
    ("W", Ack::Pending),
    ("A", Ack::Accepted),
    ("M", Ack::Accepted),
    ("N", Ack::None),
    ("S", Ack::None),
    ("R", Ack::Rejected),
    ("T", Ack::Expired),
    ("E", Ack::AcceptedErrors),
    ("P", Ack::Partial),
    ("Z", Ack::Pending),
];

/// What one transaction becomes when it is moved.
async fn moved(
    beside: &Beside,
    connector: &connectors::documents::DocumentsConnector,
    collection: &str,
    cursor: &mut String,
    id: &str,
    change: (&str, &str),
) -> Outcome<Document> {
    let event = json!({"kind": "document", "transaction": id, change.0: change.1});
    beside.happens(event).await?;
    let pulled = beside
        .pull(connector, collection, Some(cursor.clone()))
        .await;
    cursor.clone_from(&pulled.cursor);
    let found = documents(&pulled);
    let found = found.into_iter().find(|d| d.id == id);
    Ok(found
        .unwrap_or_else(|| panic!("{change:?} did not come"))
        .clone())
}

#[tokio::test]
async fn every_code_is_read_by_its_own_list_and_kept_as_it_came() -> Outcome {
    let (beside, connector) = start().await?;
    let first = beside.pull(&connector, "transactions", None).await;
    let id = newest_order(&first).id;
    let mut cursor = first.cursor;
    for (code, validation, delivery) in STATUS {
        let change = ("status", *code);
        let found = moved(
            &beside,
            &connector,
            "transactions",
            &mut cursor,
            &id,
            change,
        )
        .await?;
        assert_eq!(found.status_code, *code);
        assert_eq!(
            (found.validation, found.delivery),
            (*validation, *delivery),
            "{code}"
        );
    }
    let mut cursor = beside
        .pull(&connector, "acknowledgements", None)
        .await
        .cursor;
    for (code, ack) in FASTATUS {
        let change = ("fastatus", *code);
        let found = moved(
            &beside,
            &connector,
            "acknowledgements",
            &mut cursor,
            &id,
            change,
        )
        .await?;
        assert_eq!(found.ack_code.as_deref(), Some(*code));
        assert_eq!(found.ack, *ack, "{code}");
        assert_eq!(
            found.status_code, "Unknown",
            "the other list is not touched"
        );
    }
    Ok(())
}

#[test]
fn no_code_of_either_list_is_left_out_here() {
    let letters = |codes: Vec<&'static str>| {
        let mut codes = codes;
        codes.sort_unstable();
        codes
    };
    let known = letters(tracks::STATUS.iter().map(|(code, ..)| *code).collect());
    let tested = STATUS.iter().map(|(code, ..)| *code);
    let unknown = ["Q", "Unknown", "Z"];
    assert_eq!(
        letters(tested.filter(|c| !unknown.contains(c)).collect()),
        known
    );
    // `C` can only be asked for.
    let known = letters(tracks::FASTATUS.iter().map(|(code, _)| *code).collect());
    let tested = FASTATUS.iter().map(|(code, _)| *code).chain(["C"]);
    assert_eq!(
        letters(tested.filter(|c| !unknown.contains(c)).collect()),
        known
    );
}

#[tokio::test]
async fn received_can_be_asked_for_but_is_answered_with_null_and_a_warning() -> Outcome {
    let (beside, connector) = start().await?;
    let first = beside.pull(&connector, "transactions", None).await;
    let id = newest_order(&first).id;
    let mut cursor = beside
        .pull(&connector, "acknowledgements", None)
        .await
        .cursor;
    let change = ("fastatus", "C");
    let found = moved(
        &beside,
        &connector,
        "acknowledgements",
        &mut cursor,
        &id,
        change,
    )
    .await?;
    assert_eq!(
        (found.ack, found.ack_code),
        (Ack::Pending, None),
        "it came, and decides nothing"
    );
    let filter = r#"count:5 filters:[{field: fastatus values:[{value:"C"}]}]"#;
    let answer = lens(&beside, filter).await?;
    assert_eq!(page(&answer)["total"], 1);
    let row = &rows(&answer)[0];
    assert_eq!(
        (&row["transactionid"], &row["fastatus"]),
        (&json!(id), &json!(null))
    );
    assert_eq!(
        answer["errors"][0]["path"],
        json!(["getTransactions", "transactions", 0, "fastatus"])
    );
    assert!(connector.check().await.iter().all(|step| step.ok));
    Ok(())
}
