//! What the connector asks, and what it is answered, before the schema and a GraphQL library.

use std::collections::BTreeSet;

use connectors::{Connector as _, LookUp};
use domain::operation::Call;
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use super::{SEARCH, lens, page, rows, start};
use crate::{beside::Beside, peer};

const SCHEMA: &str = include_str!("../../../assets/contracts/lens.graphql");

/// Questions of the vendor's examples, and others of the same language.
const VALID: &[&str] = &[
    r#"query q { getTransactions(query:{count:100 offset:0 contentKeyFilters:[] sortby:{field: statusdate type: ASC} ranges:{field: statusdate from:"2020-11-20T00:00:00Z" to:"2099-11-20T01:00:00Z"}}) { count total offset transactions { transactionid correlationid editype status statusdate fastatus errorcode contentkeys(names:["purchase order number"]) { key value } } } }"#,
    r#"{ getTransactions(query:{count:15 query:"SYS* AND 856"}) { total transactions { transactionid } } }"#,
    r#"{ getTransactions(query:{count:15 contentKeyFilters:[{key:"purchase order number" value:"4*"}]}) { total transactions { contentkeys { key value } } } }"#,
    r#"{ getTransactions(query:{filters:[{field: editype values:[{not:false value:"850"},{not:true value:"997"}]}]}) { total transactions { editype } } }"#,
    r#"{ getTransactions(query:{fields:{must:[{field: sendername query:"*"}] should:[{field: errorcode query:"*"},{field: externalerrormessage query:"*"}]}}) { total transactions { status errorcode errortype externalerrormessage } } }"#,
    r#"{ getTransactions(query:{count:2 sortby:{field: arrivaltime type: DESC} ranges:[{field: arrivaltime from:"2020-01-01T00:00:00Z"},{field: statusdate to:"2099-01-01T00:00:00Z"}]}) { found: total transactions { __typename id: transactionid arrivaltime } } }"#,
    "query page($count: Int!, $field: TransactionField = statusdate) { page: getTransactions(query:{count:$count sortby:{field:$field}}) { ...frame } } fragment frame on TransactionResult { count transactions { ... on Transaction { transactionid ...times } } } fragment times on Transaction { arrivaltime statusdate purgedate }",
];

/// Questions the language or the schema does not know.
const INVALID: &[&str] = &[
    "",
    "{",
    "mutation { getTransactions(query:{}) { total } }",
    "{ getDocuments(query:{}) { total } }",
    "{ getTransactions { total } }",
    "{ getTransactions(query:{}) }",
    "{ getTransactions(query:{}) { transactions } }",
    "{ getTransactions(query:{}) { total { value } } }",
    "{ getTransactions(query:{}) { transactions { payload } } }",
    "{ getTransactions(query:{}) { transactions { contentkeys } } }",
    "{ getTransactions(query:{}) { transactions { contentkeys { name } } } }",
    "{ getTransactions(query:{limit:5}) { total } }",
    "{ getTransactions(query:{sortby:{field: weather}}) { total } }",
    "{ getTransactions(query:{sortby:{field: statusdate type: UP}}) { total } }",
    "{ getTransactions(query:{ranges:{from:\"2026-11-20T00:00:00Z\"}}) { total } }",
    "{ getTransactions(query:{count:$count}) { total } }",
    "{ getTransactions(query:{}) { ...nowhere } }",
];

/// Questions with what they were answered.
async fn answered(beside: &Beside, bodies: Vec<Value>) -> Outcome<Vec<Value>> {
    let mut asked = Vec::new();
    for body in bodies {
        let answer = beside.ask("POST", SEARCH, body.clone()).await?;
        asked.push(json!({
            "query": body["query"], "variables": body["variables"], "answer": answer,
        }));
    }
    Ok(asked)
}

async fn judged(asked: Vec<Value>) -> Outcome {
    let count = asked.len();
    let given = json!({ "schema": SCHEMA, "asked": asked });
    let report = tokio::task::spawn_blocking(move || peer::run("lens.py", &given)).await??;
    peer::tell(&report.line())?;
    assert_eq!(report.failures(), "");
    assert!(report.steps.len() > count, "{}", report.steps.len());
    Ok(())
}

#[tokio::test]
async fn every_question_of_the_connector_is_valid_and_answered_in_the_shape_it_asks_for() -> Outcome
{
    let (beside, connector) = start().await?;
    beside.pull(&connector, "transactions", None).await;
    beside.pull(&connector, "acknowledgements", None).await;
    let send = Call::SendDocument {
        from: "ZZ:US".into(),
        to: "ZZ:THEM".into(),
        media_type: "application/EDI-X12".into(),
        blob: String::new(),
        letter: None,
    };
    let step = beside.outgoing("send", send, &[]);
    assert_eq!(connector.look_up(&step).await.unwrap(), LookUp::Absent);
    assert!(connector.check().await.iter().all(|step| step.ok));
    let sent = beside.recorder.take();
    let bodies: Vec<Value> = sent
        .iter()
        .filter(|sent| sent.path.ends_with(SEARCH))
        .map(|sent| {
            assert_eq!(sent.method, "POST");
            assert_eq!(sent.header("content-type").unwrap(), "application/json");
            assert!(sent.header("authorization").unwrap().starts_with("Bearer "));
            sent.json()
        })
        .collect();
    let kinds: BTreeSet<&str> = bodies
        .iter()
        .map(|body| body["query"].as_str().unwrap())
        .filter_map(|text| text.split_whitespace().nth(1))
        .collect();
    assert_eq!(kinds.len(), 2, "windows and references: {kinds:?}");
    judged(answered(&beside, bodies).await?).await
}

#[tokio::test]
async fn the_sandbox_and_a_graphql_library_agree_on_what_is_a_question() -> Outcome {
    let (beside, _) = start().await?;
    let all: Vec<&str> = VALID.iter().chain(INVALID).copied().collect();
    let bodies = all
        .iter()
        .map(|text| json!({ "query": text, "variables": { "count": 3 } }))
        .collect();
    let asked = answered(&beside, bodies).await?;
    for (text, asked) in all.iter().zip(&asked) {
        let valid = VALID.contains(text);
        assert_eq!(asked["answer"]["data"].is_object(), valid, "{text}");
        assert_eq!(asked["answer"]["errors"].is_array(), !valid, "{text}");
    }
    judged(asked).await
}

#[tokio::test]
async fn every_field_of_the_schema_is_known_to_the_sandbox() -> Outcome {
    let (beside, _) = start().await?;
    let after = |mark: &str| SCHEMA.split_once(mark).unwrap().1;
    let words = |block: &str| -> Vec<String> {
        let lines = block.split_once("\n}").unwrap().0.lines();
        let words = lines.map(|l| l.trim().split([':', '(', '"', '#']).next().unwrap());
        words.filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let mut fields = words(after("type Transaction {"));
    assert_eq!(fields.pop().unwrap(), "contentkeys");
    assert!(fields.len() > 50, "{}", fields.len());
    assert_eq!(fields, words(after("enum TransactionField {")));
    let mut bodies = vec![json!({ "query": format!(
        "{{ getTransactions(query:{{count:1000}}) {{ count transactions {{ {} contentkeys {{ key value }} }} }} }}",
        fields.join(" ")
    ) })];
    for field in fields {
        bodies.push(json!({ "query": format!(
            "{{ getTransactions(query:{{count:1 sortby:{{field: {field}}} filters:[{{field: {field} \
             values:[{{not:true value:\"\"}}]}}]}}) {{ total }} }}"
        ) }));
    }
    judged(answered(&beside, bodies).await?).await
}

#[tokio::test]
async fn a_scroll_goes_on_by_a_thousand_each_time_the_identical_question_is_posted() -> Outcome {
    let (beside, _) = start().await?;
    let question = "scroll:true contentKeyFilters:[] sortby:{field: arrivaltime type: ASC}";
    let mut seen = BTreeSet::new();
    let mut sizes = Vec::new();
    let mut ids = BTreeSet::new();
    loop {
        let answer = lens(&beside, question).await?;
        let page = page(&answer);
        ids.insert(page["scrollid"].as_str().unwrap().to_owned());
        let total = page["total"].as_u64().unwrap();
        for row in rows(&answer) {
            assert!(seen.insert(row["transactionid"].clone().to_string()));
            assert_ne!(row["contentkeys"], json!([]));
        }
        sizes.push(rows(&answer).len());
        if rows(&answer).is_empty() {
            assert_eq!(seen.len() as u64, total);
            break;
        }
    }
    assert_eq!(sizes[0], 1_000, "{sizes:?}");
    assert!(sizes.len() > 2, "{sizes:?}");
    assert_eq!(ids.len(), 1, "one scroll has one id");
    // Another question is another scroll, and without the filter it forgets the keys.
    let other = lens(&beside, "scroll:true").await?;
    assert_eq!(rows(&other).len(), 1_000);
    assert!(rows(&other).iter().all(|r| r["contentkeys"] == json!([])));
    Ok(())
}
