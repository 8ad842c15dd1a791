//! What the imitation promises beyond its store.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use domain::Millis;

use super::{operation, search, seed};
use crate::{Scenario, scenario::links, systems::Seen};

#[test]
fn every_write_of_the_table_is_named() {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("multipart/form-data; boundary=x"),
    );
    let word = |method: Method, path: &str| {
        operation(&Seen {
            method: &method,
            path,
            query: "",
            headers: &headers,
            body: b"",
        })
    };
    assert_eq!(word(Method::POST, "/cs/cs/api/v2/nodes"), Some("upload"));
    assert_eq!(
        word(Method::POST, "/cs/cs/api/v2/nodes/7/versions"),
        Some("add_version")
    );
    assert_eq!(
        word(Method::PUT, "/cs/cs/api/v2/nodes/7/categories/555"),
        Some("set_categories")
    );
    assert_eq!(
        word(Method::POST, "/cs/cs/api/v2/businessworkspaces"),
        Some("create_workspace")
    );
    assert_eq!(
        word(Method::GET, "/cs/cs/api/v1/nodes/7/content"),
        Some("verify")
    );
    assert_eq!(word(Method::GET, "/cs/cs/api/v2/nodes/7"), None);
}

#[test]
fn seeded_workspaces_are_found_by_their_business_object_some_twice_some_never() {
    let epoch = Millis(1_795_000_000_000);
    let scenario = Scenario::generate(7, 60, epoch).unwrap();
    let store = seed::store(&scenario, epoch);
    let (mut none, mut two) = (0, 0);
    for order in &scenario.orders {
        let number = store
            .nodes
            .values()
            .filter(|n| {
                n.object
                    .as_ref()
                    .is_some_and(|o| o.object_type == "order" && o.object_id == order.number)
            })
            .count();
        assert_eq!(
            number == 0,
            links::order_workspace(&scenario, &order.number).is_none()
        );
        none += usize::from(number == 0);
        two += usize::from(number == 2);
    }
    assert!(none > 10 && two > 5, "{none} without, {two} with two");
    for case in scenario.cases.iter().filter(|c| c.workspace_id.is_some()) {
        let id = case.workspace_id.unwrap().to_string();
        assert_eq!(
            store.node(&id).unwrap().object.as_ref().unwrap().object_id,
            case.id
        );
    }
    let documents = search::run(&store, "OTSubType: 144", &[], "");
    assert!(
        documents.len() > 500
            && documents
                .iter()
                .all(|n| n.latest().is_some_and(|v| !v.bytes.is_empty()))
    );
}
