//! Lens: the query text, and one transaction of its answer as a document.

use domain::{
    Millis,
    record::{Direction, Document},
};
use serde_json::{Value, json};

use super::tracks;
use crate::{
    fields::{Fields, bounded},
    port::Unfit,
};

/// Fields asked for with every transaction.
const FIELDS: &str = "transactionid correlationid editype envelopetype status statusdate deliverystatus fastatus \
    fastatusdate sendername senderaddress receivername receiveraddress errorcode errortype externalerrormessage \
    arrivaltime category pototalamount invoicetotalamount contentkeys { key value }";

const ORDER_KEY: &str = "purchase order number";
/// Content key of the set or message control number.
pub(super) const SET_KEY: &str = "document control number";

/// A search over one closed window of one time field, oldest first.
pub(super) fn window(field: &str, from: Millis, to: Millis, count: usize, offset: usize) -> Value {
    let (from, to) = (from.rfc3339(), to.rfc3339());
    let text = format!(
        "query window {{ getTransactions(query:{{count:{count} offset:{offset} contentKeyFilters:[] \
         sortby:{{field: {field} type: ASC}} ranges:{{field: {field} from:\"{from}\" to:\"{to}\"}}}}) \
         {{ count total offset transactions {{ {FIELDS} }} }} }}"
    );
    json!({ "query": text, "variables": {} })
}

/// A search for what was sent under a reference.
pub(super) fn by_reference(reference: &str) -> Value {
    let text = "query sent($reference: String!) { getTransactions(query:{count:5 offset:0 contentKeyFilters:[] \
        filters:[{field: senderreference values:[{not: false value: $reference}]}]}) \
        { count total offset transactions { transactionid status } } }";
    json!({ "query": text, "variables": { "reference": reference } })
}

/// A page of an answer.
pub(super) struct Page<'a> {
    pub(super) total: usize,
    pub(super) transactions: &'a [Value],
}

/// Reads the frame of an answer. `errors` of GraphQL come with status 200: beside data they are warnings about single
/// values, which are null; in place of data they are a refusal.
///
/// # Errors
/// In words, when it is no such answer.
pub(super) fn page(answer: &Value) -> Result<Page<'_>, String> {
    let message = answer.pointer("/errors/0/message").map(|message| {
        let words = message.as_str().unwrap_or("an error without words");
        crate::text::one_line(words)
    });
    let frame = answer
        .pointer("/data/getTransactions")
        .and_then(Value::as_object)
        .ok_or_else(|| match &message {
            Some(words) => format!("the search was refused: {words}"),
            None => "the answer has no data.getTransactions".to_owned(),
        })?;
    if let Some(words) = &message {
        tracing::info!("Lens left values out: {words}");
    }
    let transactions = frame
        .get("transactions")
        .and_then(Value::as_array)
        .ok_or_else(|| "data.getTransactions.transactions is no list".to_owned())?;
    let transactions = bounded(transactions, "transactions").map_err(|unfit| unfit.message)?;
    let total = frame
        .get("total")
        .and_then(Value::as_u64)
        .and_then(|n| usize::try_from(n).ok());
    Ok(Page {
        total: total.unwrap_or(transactions.len()),
        transactions,
    })
}

/// One transaction, its payload not yet read.
///
/// # Errors
/// [`Unfit`] with the place.
pub(super) fn document(value: &Value, place: &str, own: &[String]) -> Result<Document, Unfit> {
    let fields = Fields::of(value, place)?;
    let keys = keys(&fields)?;
    let key = |name: &str| keys.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone());
    let id = fields.id("transactionid")?;
    let doc_type = fields
        .opt_text("editype")?
        .unwrap_or_else(|| "unknown".to_owned());
    let status_code = fields.text("status")?;
    let ack_code = fields.opt_text("fastatus")?;
    let delivery_word = fields.opt_text("deliverystatus")?;
    let (validation, delivery) = tracks::status(&status_code, delivery_word.as_deref());
    let sender = fields.opt_text("senderaddress")?.unwrap_or_default();
    let receiver = fields.opt_text("receiveraddress")?.unwrap_or_default();
    let standard = match fields.opt_text("envelopetype")?.as_deref() {
        Some("ISA") => "x12".to_owned(),
        Some("UNA" | "UNB") => "edifact".to_owned(),
        Some(other) => other.to_ascii_lowercase(),
        None => "unknown".to_owned(),
    };
    let order_number = key(ORDER_KEY);
    let interchange_control = key("interchange control number");
    let number = number_keys(&doc_type)
        .iter()
        .find_map(|name| key(name))
        .or_else(|| interchange_control.clone())
        .or_else(|| order_number.clone())
        .unwrap_or_else(|| id.clone());
    let amount = fields
        .opt_text("invoicetotalamount")?
        .or(fields.opt_text("pototalamount")?);
    let arrived_at = fields.time("arrivaltime")?;
    let ack_at = fields.opt_time("fastatusdate")?;
    Ok(Document {
        correlation_id: fields.opt_text("correlationid")?,
        standard,
        direction: direction(&sender, &receiver, own),
        number,
        order_number,
        sender_name: fields
            .opt_text("sendername")?
            .unwrap_or_else(|| sender.clone()),
        receiver_name: fields
            .opt_text("receivername")?
            .unwrap_or_else(|| receiver.clone()),
        sender,
        receiver,
        interchange_control,
        group_control: key("group control number"),
        document_control: key(SET_KEY),
        test: fields
            .opt_text("category")?
            .is_some_and(|c| c.eq_ignore_ascii_case("test")),
        validation,
        delivery,
        ack: tracks::ack(ack_code.as_deref(), ack_at.is_some()),
        status_code,
        ack_code,
        error_code: fields.opt_text("errorcode")?,
        error_message: fields
            .opt_text("externalerrormessage")?
            .map(|t| crate::text::one_line(&t)),
        amount,
        currency: key("currency"),
        arrived_at,
        status_at: fields.opt_time("statusdate")?.unwrap_or(arrived_at),
        ack_at,
        payload_sha256: None,
        content: None,
        problem: None,
        id,
        doc_type,
    })
}

fn keys(fields: &Fields<'_>) -> Result<Vec<(String, String)>, Unfit> {
    let mut keys = Vec::new();
    for (at, item) in fields.list("contentkeys")?.iter().take(200).enumerate() {
        let pair = Fields::of(item, format!("contentkeys[{at}]"))?;
        if let (Some(key), Some(value)) = (pair.opt_text("key")?, pair.opt_id("value")?) {
            keys.push((key, value));
        }
    }
    Ok(keys)
}

/// Content keys that hold a document's own number, best first.
fn number_keys(doc_type: &str) -> &'static [&'static str] {
    match doc_type {
        "850" | "860" | "ORDERS" | "ORDCHG" => &[ORDER_KEY],
        "855" | "ORDRSP" => &["acknowledgement number", ORDER_KEY],
        "856" | "DESADV" => &["shipment identification"],
        "810" | "INVOIC" => &["invoice number"],
        "997" | "999" | "TA1" | "CONTRL" => &[],
        _ => &[
            "reference number",
            "invoice number",
            "shipment identification",
            ORDER_KEY,
        ],
    }
}

fn direction(sender: &str, receiver: &str, own: &[String]) -> Option<Direction> {
    let is_own = |address: &str| own.iter().any(|o| o == address);
    if is_own(sender) {
        Some(Direction::Outbound)
    } else if is_own(receiver) {
        Some(Direction::Inbound)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction() -> Value {
        json!({
            "transactionid": "t-1", "correlationid": "c-1", "editype": "850", "envelopetype": "ISA",
            "status": "S", "statusdate": "2026-11-20T00:12:00Z", "fastatus": "W", "fastatusdate": null,
            "senderaddress": "ZZ:US", "receiveraddress": "ZZ:THEM", "arrivaltime": "2026-11-20T00:10:00Z",
            "errorcode": null, "contentkeys": [{"key": "purchase order number", "value": "PO-1"}],
        })
    }

    #[test]
    fn the_documented_answer_becomes_a_document() {
        let answer = json!({"data": {"getTransactions": {"count": 1, "total": 7, "transactions": [transaction()]}}});
        let page = page(&answer).unwrap();
        assert_eq!(page.total, 7);
        let document = document(&page.transactions[0], "p", &["ZZ:US".to_owned()]).unwrap();
        assert_eq!(
            (document.number.as_str(), document.standard.as_str()),
            ("PO-1", "x12")
        );
        assert_eq!(document.direction, Some(Direction::Outbound));
        assert_eq!(document.ack, domain::record::AckTrack::Pending);
    }

    #[test]
    fn a_value_lens_cannot_name_is_a_warning_and_no_refusal() {
        let mut received = transaction();
        received["fastatus"] = Value::Null;
        received["fastatusdate"] = json!("2026-11-20T00:14:00Z");
        let data = json!({"getTransactions": {"total": 1, "transactions": [received]}});
        let warning = json!([{"message": "no such value", "path": ["getTransactions", "transactions", 0, "fastatus"]}]);
        let answer = json!({"data": data, "errors": warning});
        let page = page(&answer).unwrap();
        let document = document(&page.transactions[0], "p", &[]).unwrap();
        assert_eq!(document.ack, domain::record::AckTrack::Pending);
        assert_eq!(document.ack_code, None);
    }

    #[test]
    fn what_does_not_fit_says_where() {
        for (name, value, code) in [
            ("transactionid", Value::Null, "WIRE_MISSING"),
            ("status", json!(["S"]), "WIRE_TYPE"),
            ("arrivaltime", json!("soon"), "WIRE_TIME"),
            ("contentkeys", json!("none"), "WIRE_TYPE"),
        ] {
            let mut bad = transaction();
            bad[name] = value;
            let unfit = document(&bad, "transactions[3]", &[]).unwrap_err();
            assert_eq!(unfit.code, code);
            assert!(unfit.message.contains(name), "{}", unfit.message);
        }
        assert!(page(&json!({"errors": [{"message": "no"}], "data": null})).is_err());
        assert!(page(&json!([])).is_err());
    }
}
