//! What the imitation promises beyond its store.

use axum::http::{HeaderMap, Method};
use domain::Millis;

use super::{operation, seed};
use crate::{Scenario, systems::Seen};

#[test]
fn every_write_of_the_table_is_named_in_both_dialects() {
    let headers = HeaderMap::new();
    let word = |method: Method, path: &str, body: &str| {
        operation(&Seen {
            method: &method,
            path,
            query: "",
            headers: &headers,
            body: body.as_bytes(),
        })
    };
    let rt = "/REST/2.0/ticket/5";
    assert_eq!(
        word(Method::POST, "/REST/2.0/ticket", "{}"),
        Some("create_ticket")
    );
    assert_eq!(
        word(Method::POST, &format!("{rt}/comment"), "{}"),
        Some("comment")
    );
    assert_eq!(
        word(Method::POST, &format!("{rt}/correspond"), "{}"),
        Some("reply")
    );
    assert_eq!(
        word(Method::PUT, rt, r#"{"Status":"open"}"#),
        Some("update")
    );
    assert_eq!(
        word(Method::PUT, rt, r#"{"AddRefersTo":"7"}"#),
        Some("link")
    );
    let table = "/api/now/table/incident";
    let row = "/api/now/table/incident/abc";
    assert_eq!(word(Method::POST, table, "{}"), Some("create_ticket"));
    assert_eq!(
        word(Method::PATCH, row, r#"{"work_notes":"x"}"#),
        Some("comment")
    );
    assert_eq!(
        word(Method::PATCH, row, r#"{"comments":"x"}"#),
        Some("reply")
    );
    assert_eq!(word(Method::PATCH, row, r#"{"state":"2"}"#), Some("update"));
}

#[test]
fn every_case_that_names_a_ticket_has_one_that_names_the_case() {
    let epoch = Millis(1_795_000_000_000);
    let scenario = Scenario::generate(7, 700, epoch).unwrap();
    let store = seed::store(&scenario, epoch);
    let named = scenario.cases.iter().filter(|c| c.ticket_id.is_some());
    let mut count = 0;
    for case in named {
        let ticket = store.ticket(&case.ticket_id.unwrap().to_string()).unwrap();
        assert_eq!(ticket.custom_field("PartnerCase"), Some(case.id.as_str()));
        assert!(ticket.history.len() > 1 && ticket.updated_at <= epoch);
        count += 1;
    }
    assert!(count > 250 && store.tickets.len() == count);
}
