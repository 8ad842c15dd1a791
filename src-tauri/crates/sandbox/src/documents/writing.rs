//! Makes transactions: of documents the grid is given, and of acknowledgements.

use domain::Millis;

use super::{
    State,
    text::{Envelope, Family, Verdict, control_text},
    transaction::{GridError, Party, Transaction},
};
use crate::Scenario;

/// Content key of the interchange control number.
pub(super) const CONTROL_KEY: &str = "interchange control number";
/// Content key of the group control number.
pub(super) const GROUP_KEY: &str = "group control number";
/// Content key of the control number of the set or message.
pub(super) const SET_KEY: &str = "document control number";
/// Content key of the order number.
pub(super) const ORDER_KEY: &str = "purchase order number";
/// Content key of the currency.
pub(super) const CURRENCY_KEY: &str = "currency";

/// The content key of a document's own number.
pub(super) fn number_key(editype: &str) -> &'static str {
    match editype {
        "850" | "860" | "ORDERS" | "ORDCHG" => ORDER_KEY,
        "855" | "ORDRSP" => "acknowledgement number",
        "856" | "DESADV" => "shipment identification",
        "810" | "INVOIC" => "invoice number",
        "997" | "CONTRL" => "acknowledged control number",
        _ => "reference number",
    }
}

/// Media type of RFC 1767.
pub(super) fn media_type(family: Family) -> &'static str {
    match family {
        Family::X12 => "application/EDI-X12",
        Family::Edifact => "application/EDIFACT",
    }
}

pub(super) fn envelope_of(family: Family) -> (&'static str, &'static str) {
    match family {
        Family::X12 => ("ISA", "004010"),
        Family::Edifact => ("UNA", "D96A"),
    }
}

/// A file the grid took.
pub(super) struct Taken<'a> {
    pub(super) reading: &'a edi::Reading,
    pub(super) bytes: &'a [u8],
    /// Name and address.
    pub(super) sender: (&'a str, &'a str),
    pub(super) receiver: (&'a str, &'a str),
    pub(super) message_id: &'a str,
    pub(super) arrived_at: Millis,
}

/// One transaction for each document of the file.
pub(super) fn take_in(state: &mut State, taken: &Taken<'_>) -> Vec<String> {
    let problem = taken
        .reading
        .problems
        .iter()
        .find(|p| p.severity == edi::Severity::Error);
    let family = match taken.reading.standard {
        Some(edi::Standard::Edifact) => Family::Edifact,
        _ => Family::X12,
    };
    let mut ids = Vec::new();
    for (interchange, group, message) in taken.reading.messages() {
        let business = edi::Document::of(interchange, group, message);
        let mut keys = Vec::new();
        let order = business.as_ref().and_then(|d| d.order_number.clone());
        if let Some(order) = &order {
            keys.push((ORDER_KEY.to_owned(), order.clone()));
        }
        if let Some(number) = business.as_ref().and_then(|d| d.number.clone()) {
            let key = number_key(&message.kind);
            if key != ORDER_KEY || order.is_none() {
                keys.push((key.to_owned(), number));
            }
        }
        for (key, value) in [
            (CONTROL_KEY, &interchange.control_number),
            (GROUP_KEY, &group.control_number),
            (SET_KEY, &message.control_number),
        ] {
            if !value.is_empty() {
                keys.push((key.to_owned(), value.clone()));
            }
        }
        if let Some(currency) = business.as_ref().and_then(|d| d.currency.clone()) {
            keys.push((CURRENCY_KEY.to_owned(), currency));
        }
        let id = state.next_id();
        let (envelope, _) = envelope_of(family);
        let mut statuses = vec![(taken.arrived_at, "P".to_owned())];
        if problem.is_some() {
            statuses.push((taken.arrived_at.plus(1), "V".to_owned()));
        }
        let expects = business.is_some() && problem.is_none();
        state.add(Transaction {
            id: id.clone(),
            correlation_id: format!("c-{id}"),
            editype: message.kind.clone(),
            envelope,
            version: message.version.clone(),
            sender: party(taken.sender),
            receiver: party(taken.receiver),
            content_keys: keys,
            category: if interchange.test {
                "Test"
            } else {
                "Production"
            },
            amount: business.and_then(|d| d.total),
            error: problem.map(|p| GridError {
                code: "TG-2200",
                kind: "Validation",
                message: format!("{} at byte {}", p.message, p.position),
            }),
            statuses,
            acks: vec![(taken.arrived_at, if expects { "W" } else { "N" }.to_owned())],
            payload: taken.bytes.to_vec(),
            media_type: media_type(family),
            message_id: taken.message_id.to_owned(),
        });
        ids.push(id);
    }
    ids
}

pub(super) fn party((name, address): (&str, &str)) -> Party {
    Party {
        name: name.to_owned(),
        address: address.to_owned(),
    }
}

/// The receiver of a transaction acknowledges it at an instant: a 997 or CONTRL goes the other way, and the transaction
/// shows its code from then on.
pub(super) fn acknowledge(
    state: &mut State,
    id: &str,
    code: &str,
    at: Millis,
    scenario: &Scenario,
) -> Option<String> {
    let target = state.find(id)?;
    let family = if target.envelope == "ISA" {
        Family::X12
    } else {
        Family::Edifact
    };
    let (from, to) = (target.receiver.clone(), target.sender.clone());
    let editype = target.editype.clone();
    let acknowledged = target
        .content_key(CONTROL_KEY)
        .unwrap_or_default()
        .to_owned();
    let group = target
        .content_key(GROUP_KEY)
        .unwrap_or(&acknowledged)
        .to_owned();
    let set = target.content_key(SET_KEY).unwrap_or("0001").to_owned();
    let order = target.content_key(ORDER_KEY).map(str::to_owned);
    let functional_id = functional_id(&editype);
    let control = state.next_control(&from.address, &to.address);
    let ours = from.address == scenario.company.edi_id;
    let payload = Verdict {
        code,
        acknowledged_type: &editype,
        functional_id,
        control: &acknowledged,
        group: &group,
        set: &set,
        original_sender: &to.address,
        original_receiver: &from.address,
    }
    .write(&Envelope {
        family,
        sender: &from.address,
        receiver: &to.address,
        control,
        at,
    });
    let made = state.next_id();
    let (word, _) = family.type_of(super::text::Kind::Acknowledgement);
    let (envelope, version) = envelope_of(family);
    let mut keys = vec![(number_key(word).to_owned(), acknowledged)];
    keys.extend(control_keys(family, control));
    if let Some(order) = order {
        keys.push((ORDER_KEY.to_owned(), order));
    }
    let last = if ours { "S" } else { "C" };
    state.add(Transaction {
        id: made.clone(),
        correlation_id: format!("c-{id}"),
        editype: word.to_owned(),
        envelope,
        version: version.to_owned(),
        sender: from,
        receiver: to,
        content_keys: keys,
        category: "Production",
        amount: None,
        error: None,
        statuses: vec![(at, "P".to_owned()), (at.plus(4_000), last.to_owned())],
        acks: vec![(at, "N".to_owned())],
        payload,
        media_type: media_type(family),
        message_id: format!("<{made}@grid.example>"),
    });
    let target = state.find_mut(id)?;
    target.acks.retain(|(when, _)| *when <= at);
    target.acks.push((at, code.to_owned()));
    Some(made)
}

/// Content keys of a single document in its interchange.
pub(super) fn control_keys(family: Family, control: u64) -> Vec<(String, String)> {
    let mut keys = vec![(CONTROL_KEY.to_owned(), control_text(family, control))];
    let set = match family {
        Family::X12 => {
            keys.push((GROUP_KEY.to_owned(), control.to_string()));
            "0001"
        }
        Family::Edifact => "1",
    };
    keys.push((SET_KEY.to_owned(), set.to_owned()));
    keys
}

fn functional_id(editype: &str) -> &'static str {
    match editype {
        "850" => "PO",
        "860" => "PC",
        "855" => "PR",
        "856" => "SH",
        "810" => "IN",
        _ => "FA",
    }
}
