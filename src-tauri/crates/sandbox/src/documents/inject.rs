//! Documents that arrive from outside.
//!
//! `{kind: "document", payload: "ISA*..." [, from, to]}` takes a file as it is.
//! `{kind: "document", doc_type: "997" | "CONTRL", acknowledges: transaction id or control number, code: "A" | "R" | ...}`
//! makes a functional acknowledgement and moves the acknowledged transaction.
//! `{kind: "document", doc_type: "855", order: number}` makes the next paper of an order of the scenario: 850, 855, 856,
//! 860 or 810 and their EDIFACT names, with `quantities: {line: quantity}` to differ from the order.
//! `{kind: "document", transaction: id, status: code, fastatus: code}` moves a transaction to another status, or its
//! acknowledgement to another code without a paper that says so; one of the two may be left out.

use domain::System;
use serde_json::{Value, json};

use super::{
    text::{Envelope, Family, Kind, Paper, Row},
    transaction::GridError,
    writing,
};
use crate::core::state::Ctx;

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn document(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let ids = if let Some(payload) = body.get("payload").and_then(Value::as_str) {
        file(ctx, body, payload.as_bytes())?
    } else if !text(body, "acknowledges").is_empty() {
        vec![acknowledgement(ctx, body)?]
    } else if !text(body, "transaction").is_empty() {
        vec![status(ctx, body)?]
    } else {
        let payload = paper(ctx, body)?;
        file(ctx, body, &payload)?
    };
    Ok(json!({ "system": System::Documents, "transactions": ids }))
}

fn acknowledgement(ctx: &Ctx, body: &Value) -> Result<String, String> {
    let named = text(body, "acknowledges");
    let code = if text(body, "code").is_empty() {
        "A"
    } else {
        text(body, "code")
    };
    let mut state = ctx.documents();
    let target = state
        .find_by_any(named)
        .map(|t| t.id.clone())
        .ok_or_else(|| format!("no transaction '{named}'"))?;
    writing::acknowledge(&mut state, &target, code, ctx.now(), ctx.scenario())
        .ok_or_else(|| "it cannot be acknowledged".to_owned())
}

fn status(ctx: &Ctx, body: &Value) -> Result<String, String> {
    let named = text(body, "transaction");
    let (code, ack) = (text(body, "status"), text(body, "fastatus"));
    if code.is_empty() && ack.is_empty() {
        return Err("status and fastatus are missing".to_owned());
    }
    let now = ctx.now();
    let mut state = ctx.documents();
    let id = state
        .find_by_any(named)
        .map(|t| t.id.clone())
        .ok_or_else(|| format!("no transaction '{named}'"))?;
    if let Some(found) = state.find_mut(&id) {
        if !code.is_empty() {
            found.statuses.retain(|(at, _)| *at <= now);
            found.statuses.push((now, code.to_owned()));
        }
        if !ack.is_empty() {
            found.acks.retain(|(at, _)| *at <= now);
            found.acks.push((now, ack.to_owned()));
        }
        let message = text(body, "message");
        if !message.is_empty() {
            found.error = Some(GridError {
                code: "TG-9000",
                kind: "Injected",
                message: message.to_owned(),
            });
        }
    }
    Ok(id)
}

fn file(ctx: &Ctx, body: &Value, payload: &[u8]) -> Result<Vec<String>, String> {
    let reading = edi::read(payload);
    let interchange = reading
        .interchanges
        .first()
        .ok_or_else(|| "payload holds no interchange".to_owned())?;
    let side = |name: &str, written: String| match text(body, name) {
        "" => written,
        told => told.to_owned(),
    };
    let (from, to) = (
        side("from", interchange.sender.to_string()),
        side("to", interchange.receiver.to_string()),
    );
    let company = &ctx.scenario().company;
    let name = |address: &str| {
        if address == company.edi_id {
            return company.name.clone();
        }
        let partner = ctx.scenario().partners.iter().find(|p| p.edi_id == address);
        partner.map_or_else(|| address.to_owned(), |p| p.name.clone())
    };
    let (sender, receiver) = (name(&from), name(&to));
    let now = ctx.now();
    let mut state = ctx.documents();
    let message_id = format!("<injected-{}@grid.example>", state.last + 1);
    let ids = writing::take_in(
        &mut state,
        &writing::Taken {
            reading: &reading,
            bytes: payload,
            sender: (&sender, &from),
            receiver: (&receiver, &to),
            message_id: &message_id,
            arrived_at: now,
        },
    );
    let ours = from == company.edi_id;
    for id in &ids {
        let Some(found) = state.find_mut(id) else {
            continue;
        };
        if found.statuses.len() == 1 {
            found
                .statuses
                .push((now, if ours { "S" } else { "C" }.to_owned()));
        }
        if !ours {
            found.acks = vec![(now, "N".to_owned())];
        }
    }
    Ok(ids)
}

/// The next paper of an order of the scenario, as text.
fn paper(ctx: &Ctx, body: &Value) -> Result<Vec<u8>, String> {
    let number = text(body, "order");
    let order = ctx
        .scenario()
        .order(number)
        .ok_or_else(|| format!("no order '{number}'"))?;
    let partner = ctx
        .scenario()
        .partner(&order.partner_id)
        .ok_or_else(|| "the order has no partner".to_owned())?;
    let kind = match text(body, "doc_type") {
        "850" | "ORDERS" => Kind::Order,
        "860" | "ORDCHG" => Kind::Change,
        "855" | "ORDRSP" => Kind::Response,
        "856" | "DESADV" => Kind::ShipNotice,
        "810" | "INVOIC" => Kind::Invoice,
        other => return Err(format!("doc_type '{other}' cannot be made")),
    };
    let company = &ctx.scenario().company;
    let us = (company.name.as_str(), company.edi_id.as_str());
    let them = (partner.name.as_str(), partner.edi_id.as_str());
    let from_us = matches!(kind, Kind::Order | Kind::Change);
    let (sender, receiver) = if from_us { (us, them) } else { (them, us) };
    let told = |line: u32| body.get("quantities")?.get(line.to_string())?.as_i64();
    let rows = order
        .lines
        .iter()
        .map(|line| {
            let ordered = line.changed.unwrap_or(line.quantity);
            Row {
                line: line.line,
                product: line.product.clone(),
                description: line.description.clone(),
                unit: line.unit.clone(),
                ordered,
                quantity: told(line.line).unwrap_or(ordered),
                price: line.price,
            }
        })
        .collect();
    let family = Family::of(&order.standard);
    let own_number = match (text(body, "number"), kind) {
        ("", Kind::ShipNotice) => order.asn.as_str(),
        ("", Kind::Invoice) => order.invoice.as_str(),
        ("", _) => order.number.as_str(),
        (told, _) => told,
    };
    let control = ctx.documents().next_control(sender.1, receiver.1);
    let now = ctx.now();
    Ok(Paper {
        kind,
        number: own_number,
        order_number: &order.number,
        ordered_at: order.ordered_at,
        issued_at: now,
        ship_by: order.ship_by,
        currency: &order.currency,
        buyer: us,
        seller: them,
        rows,
    }
    .write(&Envelope {
        family,
        sender: sender.1,
        receiver: receiver.1,
        control,
        at: now,
    }))
}
