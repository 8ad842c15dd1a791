//! Every reader of Lens and of payloads on any bytes.

use domain::record::{Document, Record};
use serde_json::json;

use super::{ID, lens, payload as content, window};
use crate::{Fetched, fuzzing::by_all, limits::read_json};

/// Reads bytes as answers of Lens.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Fetched> {
    if let Ok(body) = read_json(bytes) {
        let _ = lens::page(&body).map(|page| page.transactions.iter().map(window::mark).count());
    }
    let own = ["ZZ:US".to_owned()];
    by_all(
        bytes,
        ID,
        &[&|value, place| lens::document(value, place, &own).map(Record::Document)],
    )
}

/// Reads bytes as the payload of an order.
#[must_use]
pub fn payload(bytes: &[u8]) -> Option<Document> {
    let transaction = json!({"transactionid": "t-1", "editype": "850", "status": "S", "arrivaltime": "2026-11-20T10:59:00Z"});
    let mut document = lens::document(&transaction, "fuzz", &[]).ok()?;
    content::read_into(&mut document, bytes);
    Some(document)
}
