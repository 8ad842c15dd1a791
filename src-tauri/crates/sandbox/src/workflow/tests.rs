//! What the imitation promises beyond its store.

use axum::http::{HeaderMap, Method};

use super::operation;
use crate::systems::Seen;

#[test]
fn every_write_of_the_table_is_named() {
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
    let task = "/workflow/v1/tasks/5";
    assert_eq!(
        word(Method::POST, "/workflow/v1/process-instances", "{}"),
        Some("start")
    );
    assert_eq!(
        word(Method::POST, task, r#"{"action":"claim"}"#),
        Some("claim")
    );
    assert_eq!(
        word(Method::POST, task, r#"{"action":"complete"}"#),
        Some("complete")
    );
    assert_eq!(
        word(Method::PUT, task, r#"{"assignee":"a"}"#),
        Some("assign")
    );
    assert_eq!(
        word(Method::PUT, task, r#"{"dueDate":"2026-01-01"}"#),
        Some("set_due")
    );
    assert_eq!(word(Method::GET, task, ""), None);
}
