//! Active Documents: Lens and the AS2-shaped gateway, judged by a GraphQL library and a MIME library nobody here wrote.

mod codes;
mod lens;
mod letters;
mod purge;
mod sending;
mod windows;

use connectors::documents::DocumentsConnector;
use domain::{
    System,
    record::{Direction, Document, Record},
};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use crate::beside::{Beside, Pulled};

const SEARCH: &str = "/visibility_transaction_search";

async fn start() -> Outcome<(Beside, DocumentsConnector)> {
    let beside = Beside::start(System::Documents).await?;
    let connector = DocumentsConnector::new(&beside.config, &beside.parts());
    Ok((beside, connector))
}

fn documents(pulled: &Pulled) -> Vec<&Document> {
    fn document(record: &Record) -> &Document {
        let Record::Document(document) = record else {
            panic!("{record:?}")
        };
        document
    }
    pulled.all().map(document).collect()
}

/// The newest order of ours that was delivered.
fn newest_order(pulled: &Pulled) -> Document {
    let orders = documents(pulled).into_iter().filter(|d| {
        d.doc_type == "850" && d.direction == Some(Direction::Outbound) && d.status_code == "S"
    });
    orders.max_by_key(|d| d.arrived_at).unwrap().clone()
}

/// What Lens answers to a question of this input object, with every member a question here needs.
async fn lens(beside: &Beside, input: &str) -> Outcome<Value> {
    let text = format!(
        "{{ getTransactions(query:{{{input}}}) {{ count total offset scrollid transactions {{ transactionid editype \
         status statusdate fastatus fastatusdate arrivaltime contentkeys {{ key value }} }} }} }}"
    );
    beside.ask("POST", SEARCH, json!({ "query": text })).await
}

/// The page of an answer.
fn page(answer: &Value) -> &Value {
    &answer["data"]["getTransactions"]
}

fn rows(answer: &Value) -> &Vec<Value> {
    page(answer)["transactions"].as_array().unwrap()
}
