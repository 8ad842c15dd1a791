//! Lens and the contract beside it, as a stranger would call them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod wire;

use domain::System;
use serde_json::{Value, json};
use wire::Wire;

async fn lens(wire: &Wire, query: &str) -> Value {
    let body = json!({"query": format!("query q {{ getTransactions(query:{{{query}}}) {{ count total offset scrollid transactions {{ transactionid editype status statusdate fastatus sendername contentkeys(names:[\"purchase order number\"]) {{ key value }} }} }} }}"), "variables": {}});
    let answer = wire
        .call(
            "POST",
            "/visibility_transaction_search",
            &[],
            &body.to_string(),
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn page(answer: &Value) -> &Value {
    &answer["data"]["getTransactions"]
}

fn rows(answer: &Value) -> &Vec<Value> {
    page(answer)["transactions"].as_array().unwrap()
}

#[tokio::test]
async fn the_documented_keys_narrow_sort_and_page() {
    let wire = Wire::to(System::Documents).await;
    let all = lens(&wire, "count:5 offset:0").await;
    let total = page(&all)["total"].as_u64().unwrap();
    assert!(total >= 1_500 && rows(&all).len() == 5, "{total}");
    let orders = lens(&wire, r#"count:1000 filters:[{field:"editype" values:[{not:false value:"850"}]}] sortby:{field:statusdate type:DESC}"#).await;
    let dates: Vec<_> = rows(&orders)
        .iter()
        .map(|r| r["statusdate"].as_str().unwrap())
        .collect();
    assert!(dates.len() > 50 && dates.is_sorted_by(|a, b| a >= b));
    assert!(rows(&orders).iter().all(|r| r["editype"] == "850"));
    let others = lens(
        &wire,
        r#"count:1 filters:[{field:"editype" values:[{not:true value:"850"}]}]"#,
    )
    .await;
    assert_eq!(
        page(&others)["total"].as_u64().unwrap() + dates.len() as u64,
        total
    );
    let number = rows(&orders)[0]["contentkeys"][0]["value"]
        .as_str()
        .unwrap()
        .to_owned();
    let thread = lens(
        &wire,
        &format!(
            r#"count:20 contentKeyFilters:[{{key:"purchase order number" value:"{}*"}}]"#,
            &number[..9]
        ),
    )
    .await;
    assert!(
        rows(&thread)
            .iter()
            .any(|r| r["contentkeys"][0]["value"] == number.as_str())
    );
    let failures = lens(
        &wire,
        r#"count:100 fields:{should:[{field:"errorcode" query:"*"}]}"#,
    )
    .await;
    assert!(!rows(&failures).is_empty());
    assert!(
        rows(&failures)
            .iter()
            .all(|r| ["F", "V", "U"].contains(&r["status"].as_str().unwrap()))
    );
    let words = lens(&wire, r#"count:10 query:"Bramblewick* AND 856""#).await;
    assert!(rows(&words).iter().all(|r| r["editype"] == "856"));
    let window = lens(&wire, r#"count:1000 ranges:{field: statusdate from:"2026-11-18T00:00:00Z" to:"2026-11-19T00:00:00Z"}"#).await;
    assert!(
        rows(&window)
            .iter()
            .all(|r| r["statusdate"].as_str().unwrap().starts_with("2026-11-18"))
    );
}

#[tokio::test]
async fn a_repeated_scroll_goes_on_and_forgets_keys_unless_told() {
    let wire = Wire::to(System::Documents).await;
    let (mut seen, mut total) = (std::collections::BTreeSet::new(), 0);
    for _ in 0..6 {
        let next = lens(&wire, "scroll:true contentKeyFilters:[]").await;
        assert!(page(&next)["scrollid"].is_string());
        total = page(&next)["total"].as_u64().unwrap();
        if rows(&next).is_empty() {
            break;
        }
        for row in rows(&next) {
            assert!(seen.insert(row["transactionid"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(seen.len() as u64, total);
    let bare = lens(&wire, "scroll:true").await;
    assert!(rows(&bare).iter().all(|r| r["contentkeys"] == json!([])));
}

#[tokio::test]
async fn what_is_no_question_is_answered_with_errors_and_status_200() {
    let wire = Wire::to(System::Documents).await;
    for query in [
        "{ getTransactions(query:{}) { secrets } }",
        "mutation { remove }",
        "{ getTransactions(query:{ranges:{field: editype}}) { count } }",
        "{ getTransactions(query:{count:1 shape:2}) { count } }",
        "{",
    ] {
        let body = json!({"query": query}).to_string();
        let answer = wire
            .call("POST", "/visibility_transaction_search", &[], &body)
            .await;
        assert_eq!(answer.status, 200);
        assert!(answer.json()["errors"][0]["message"].is_string(), "{query}");
    }
    let out = Wire::to(System::Documents).await.signed_out();
    let answer = out
        .call("POST", "/visibility_transaction_search", &[], "{}")
        .await;
    assert_eq!(answer.status, 401);
    assert!(answer.json()["fault"]["detail"]["errorcode"].is_string());
}

#[tokio::test]
async fn a_repeated_message_is_dropped_and_one_with_other_bytes_is_named() {
    let wire = Wire::to(System::Documents).await;
    let found = lens(&wire, r#"count:1 filters:[{field:"editype" values:[{value:"850"}]},{field:"senderaddress" values:[{value:"ZZ:CORVANE"}]}]"#).await;
    let id = rows(&found)[0]["transactionid"]
        .as_str()
        .unwrap()
        .to_owned();
    let payload = wire
        .call("GET", &format!("/documents/{id}/payload"), &[], "")
        .await;
    assert!(
        payload.head.contains("application/EDI-X12"),
        "{}",
        payload.head
    );
    let text = payload.text();
    let to = format!("ZZ:{}", text.split('*').nth(8).unwrap().trim());
    let headers = [
        ("as2-from", "ZZ:CORVANE"),
        ("as2-to", to.as_str()),
        ("message-id", "<k1@console>"),
        ("content-type", "application/EDI-X12"),
        ("disposition-notification-to", "edi@corvane.example"),
    ];
    let first = wire.call("POST", "/as2/messages", &headers, &text).await;
    assert!(first.text().contains("; processed\r\n"), "{}", first.text());
    let again = wire.call("POST", "/as2/messages", &headers, &text).await;
    assert!(again.text().contains("; processed\r\n"));
    let other = wire
        .call("POST", "/as2/messages", &headers, &text.replace("~\n", "~"))
        .await;
    assert!(other.text().contains("duplicate-document"));
    let effects = wire.sandbox.ctx().effects(None, None);
    assert_eq!(effects.len(), 1);
    let mut broken = headers;
    broken[2] = ("message-id", "<k2@console>");
    let broken = wire
        .call("POST", "/as2/messages", &broken, "no interchange")
        .await;
    assert!(broken.text().contains("unexpected-processing-error"));
    let missing = wire
        .call("POST", "/as2/messages", &headers[..2], &text)
        .await;
    assert_eq!(missing.status, 400);
}

#[tokio::test]
async fn the_same_scenario_gives_the_same_payloads() {
    let (one, two) = (
        Wire::to(System::Documents).await,
        Wire::to(System::Documents).await,
    );
    let state = |wire: &Wire| sandbox::systems::dump(System::Documents, wire.sandbox.ctx());
    let (one, two) = (state(&one), state(&two));
    assert!(one["count"].as_u64().unwrap() >= 1_500);
    assert_eq!(one, two);
}
