//! Windows over a moving result: closed, overlapped, on both dates.

use domain::{
    Millis,
    record::{AckTrack, Direction, Document},
    time::MINUTE,
};
use graphql_parser::query::{
    Definition, OperationDefinition, Selection, Value as Literal, parse_query,
};
use serde_json::json;
use whole_system::harness::Outcome;

use super::{SEARCH, documents, newest_order, start};
use crate::{
    beside::{Beside, Pulled},
    recorder::Sent,
};

/// The window a question asks for.
#[derive(Debug)]
struct Window {
    field: String,
    from: Millis,
    to: Millis,
    total: bool,
}

fn word(value: &Literal<'_, String>) -> String {
    match value {
        Literal::Enum(word) | Literal::String(word) => word.clone(),
        other => panic!("{other:?}"),
    }
}

/// Reads a question by a library; everything a window needs must be in it.
fn window(sent: &Sent) -> Window {
    let body = sent.json();
    let document = parse_query::<String>(body["query"].as_str().unwrap()).unwrap();
    let Definition::Operation(OperationDefinition::Query(query)) = &document.definitions[0] else {
        panic!("{document:?}")
    };
    let Selection::Field(root) = &query.selection_set.items[0] else {
        panic!("{document:?}")
    };
    let Literal::Object(input) = &root.arguments[0].1 else {
        panic!("{document:?}")
    };
    assert_eq!(input["contentKeyFilters"], Literal::List(vec![]));
    let (Literal::Object(sort), Literal::Object(range)) = (&input["sortby"], &input["ranges"])
    else {
        panic!("{input:?}")
    };
    assert_eq!(word(&sort["type"]), "ASC");
    assert_eq!(
        sort["field"], range["field"],
        "sorted by the date of the window"
    );
    let time = |name: &str| Millis::parse_lenient(&word(&range[name])).unwrap();
    Window {
        field: word(&range["field"]),
        from: time("from"),
        to: time("to"),
        total: root
            .selection_set
            .items
            .iter()
            .any(|item| matches!(item, Selection::Field(field) if field.name == "total")),
    }
}

/// The windows that were asked for since the last call.
fn windows(beside: &Beside) -> Vec<Window> {
    let sent = beside.recorder.take();
    let asked = sent.iter().filter(|sent| sent.path.ends_with(SEARCH));
    asked.map(window).collect()
}

#[tokio::test]
async fn windows_are_closed_begin_before_the_last_end_and_bring_nothing_twice() -> Outcome {
    let (beside, connector) = start().await?;
    for (collection, field) in [
        ("transactions", "statusdate"),
        ("acknowledgements", "fastatusdate"),
    ] {
        beside.recorder.take();
        let begin = beside.now();
        let first = beside.pull(&connector, collection, None).await;
        let asked = windows(&beside);
        assert!(asked.iter().all(|w| w.field == field && w.total));
        assert!(asked.iter().all(|w| w.from < w.to), "{asked:?}");
        let end = asked.last().unwrap().to;
        assert!(
            (begin..=beside.now()).contains(&end),
            "up to now, no further"
        );

        beside.advance(600).await?;
        let second = beside
            .pull(&connector, collection, Some(first.cursor.clone()))
            .await;
        let asked = windows(&beside);
        let overlap = end.since(asked[0].from);
        assert!((MINUTE..=10 * MINUTE).contains(&overlap), "{overlap} ms");
        // What lies in the overlap was read in this state before, and is left out.
        let marks = |pulled: &Pulled| -> Vec<_> {
            let mark = |d: &&Document| {
                (
                    d.id.clone(),
                    d.status_at,
                    d.status_code.clone(),
                    d.ack_code.clone(),
                )
            };
            documents(pulled).iter().map(mark).collect()
        };
        let before = marks(&first);
        for mark in marks(&second) {
            assert!(!before.contains(&mark), "{mark:?}");
        }
        let third = beside
            .pull(&connector, collection, Some(second.cursor))
            .await;
        assert!(
            documents(&third).is_empty(),
            "nothing changed, nothing comes"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_change_within_the_overlap_comes_although_its_transaction_was_read() -> Outcome {
    let (beside, connector) = start().await?;
    let first = beside.pull(&connector, "transactions", None).await;
    let order = newest_order(&first);
    let change = |code: &str| json!({"kind": "document", "transaction": order.id, "status": code});
    let mut cursor = first.cursor;
    for code in ["H", "F", "S"] {
        beside.happens(change(code)).await?;
        let pulled = beside.pull(&connector, "transactions", Some(cursor)).await;
        let found = documents(&pulled);
        let found: Vec<_> = found.iter().filter(|d| d.id == order.id).collect();
        assert_eq!(found.len(), 1, "{code}");
        assert_eq!(found[0].status_code, code);
        cursor = pulled.cursor;
    }
    Ok(())
}

#[tokio::test]
async fn an_acknowledgement_after_the_status_is_final_is_found_by_its_own_date() -> Outcome {
    let (beside, connector) = start().await?;
    let first = beside.pull(&connector, "transactions", None).await;
    let acks = beside.pull(&connector, "acknowledgements", None).await;
    let order = documents(&first)
        .into_iter()
        .filter(|d| d.direction == Some(Direction::Outbound) && d.ack == AckTrack::Pending)
        .find(|d| d.doc_type == "850" && d.status_code == "S")
        .unwrap()
        .clone();
    beside.advance(3_600).await?;
    let late =
        json!({"kind": "document", "doc_type": "997", "acknowledges": order.id, "code": "R"});
    beside.happens(late).await?;
    let by_status = beside
        .pull(&connector, "transactions", Some(first.cursor))
        .await;
    assert!(documents(&by_status).iter().all(|d| d.id != order.id));
    let by_ack = beside
        .pull(&connector, "acknowledgements", Some(acks.cursor))
        .await;
    let found = documents(&by_ack);
    let found = found.iter().find(|d| d.id == order.id).unwrap();
    assert_eq!(found.status_at, order.status_at);
    assert_eq!(
        (found.ack, found.ack_code.as_deref()),
        (AckTrack::Rejected, Some("R"))
    );
    assert!(found.ack_at.unwrap() > order.status_at);
    Ok(())
}
