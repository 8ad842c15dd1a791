//! Thirty days of documents: every order of the scenario with what followed, and orders that customers placed with us.

mod plan;
mod sales;

use domain::{
    Millis,
    time::{HOUR, MINUTE, SECOND},
};

use self::plan::{Course, Planned, What};
use super::{
    State,
    text::{Envelope, Family, Kind, Paper, Row},
    transaction::{GridError, Transaction},
    writing,
};
use crate::{
    Scenario,
    scenario::{OrderSpec, PartnerSpec},
};

pub(super) fn fill(state: &mut State, scenario: &Scenario, epoch: Millis) {
    let sold = sales::orders(scenario, epoch);
    let mut plan = Vec::new();
    for order in &scenario.orders {
        if let Some(partner) = scenario.partner(&order.partner_id) {
            plan::buying(&mut plan, scenario, order, partner);
        }
    }
    for order in sold.iter().chain(&scenario.customer_orders) {
        if let Some(partner) = scenario.partner(&order.partner_id) {
            plan::selling(&mut plan, scenario, order, partner);
        }
    }
    // Control numbers follow the time of writing, and answers follow what they answer.
    plan.sort_by_key(|p: &Planned<'_>| (p.written_at, p.slot));
    let mut made: Vec<(usize, String)> = Vec::new();
    for planned in &plan {
        let id = match &planned.what {
            What::Paper { .. } => Some(paper(state, scenario, planned, &made)),
            What::Answer { of, code, lost } => {
                let target = made
                    .iter()
                    .rev()
                    .find(|(slot, _)| slot == of)
                    .map(|(_, id)| id.clone());
                target.and_then(|target| {
                    let id = writing::acknowledge(state, &target, code, planned.at, scenario)?;
                    if *lost {
                        lose(state, &id, planned.at);
                    }
                    Some(id)
                })
            }
        };
        if let Some(id) = id {
            made.push((planned.slot, id));
        }
    }
    for (slot, code, at) in plan::settled(&plan) {
        let id = made
            .iter()
            .find(|(s, _)| *s == slot)
            .map(|(_, id)| id.clone());
        if let Some(found) = id.and_then(|id| state.find_mut(&id)) {
            found.acks.push((at, code.to_owned()));
            found.acks.sort_by_key(|(at, _)| *at);
        }
    }
}

/// The acknowledgement itself does not get through.
fn lose(state: &mut State, id: &str, at: Millis) {
    if let Some(found) = state.find_mut(id) {
        found.statuses = failed(at);
        found.error = Some(no_connection());
    }
}

fn failed(at: Millis) -> Vec<(Millis, String)> {
    vec![
        (at, "P".to_owned()),
        (at.plus(8 * SECOND), "D".to_owned()),
        (at.plus(25 * MINUTE), "F".to_owned()),
    ]
}

fn no_connection() -> GridError {
    GridError {
        code: "TG-4107",
        kind: "Delivery",
        message: "AS2 endpoint refused the connection, 5 attempts".to_owned(),
    }
}

fn paper(
    state: &mut State,
    scenario: &Scenario,
    planned: &Planned<'_>,
    made: &[(usize, String)],
) -> String {
    let What::Paper {
        order,
        partner,
        kind,
        from_us,
        course,
        repeats,
    } = &planned.what
    else {
        return String::new();
    };
    let family = Family::of(&order.standard);
    let us = (
        scenario.company.name.as_str(),
        scenario.company.edi_id.as_str(),
    );
    let them = (partner.name.as_str(), partner.edi_id.as_str());
    let (sender, receiver) = if *from_us { (us, them) } else { (them, us) };
    let repeated = repeats
        .and_then(|slot| made.iter().find(|(s, _)| *s == slot))
        .and_then(|(_, id)| state.find(id))
        .cloned();
    let id = state.next_id();
    if let (Some(before), Course::RefusedAsDuplicate) = (&repeated, course) {
        // The same interchange once more.
        let mut again = before.clone();
        again.id.clone_from(&id);
        again.correlation_id = format!("c-{id}");
        again.statuses = statuses(course, *from_us, planned.at);
        again.acks = vec![(planned.at, "N".to_owned())];
        again.error = error(course, *kind);
        again.message_id = format!("<{id}@grid.example>");
        state.add(again);
        return id;
    }
    if planned.gap > 0 {
        for _ in 0..planned.gap {
            state.next_control(sender.1, receiver.1);
        }
    }
    let control = state.next_control(sender.1, receiver.1);
    let envelope = Envelope {
        family,
        sender: sender.1,
        receiver: receiver.1,
        control,
        at: planned.written_at,
    };
    let buying = matches!(kind, Kind::Order | Kind::Change) == *from_us;
    let written = written(
        order,
        partner,
        *kind,
        planned,
        if buying { (us, them) } else { (them, us) },
    );
    let mut payload = written.write(&envelope);
    if *course == Course::Invalid {
        payload = damaged(&payload, family);
    }
    let (editype, _) = family.type_of(*kind);
    let (shape, version) = writing::envelope_of(family);
    let mut keys = vec![(writing::ORDER_KEY.to_owned(), order.number.clone())];
    if !matches!(kind, Kind::Order | Kind::Change) {
        keys.push((
            writing::number_key(editype).to_owned(),
            written.number.to_owned(),
        ));
    }
    keys.extend(writing::control_keys(family, control));
    keys.push((writing::CURRENCY_KEY.to_owned(), order.currency.clone()));
    let expects = planned.expects_answer;
    state.add(Transaction {
        id: id.clone(),
        correlation_id: format!("c-{id}"),
        editype: editype.to_owned(),
        envelope: shape,
        version: version.to_owned(),
        sender: writing::party(sender),
        receiver: writing::party(receiver),
        content_keys: keys,
        category: "Production",
        amount: matches!(kind, Kind::Order | Kind::Change | Kind::Invoice)
            .then(|| written.total().round_dp(2).to_string()),
        error: error(course, *kind),
        statuses: statuses(course, *from_us, planned.at),
        acks: vec![(planned.at, if expects { "W" } else { "N" }.to_owned())],
        payload,
        media_type: writing::media_type(family),
        message_id: format!("<{id}@grid.example>"),
    });
    id
}

fn written<'a>(
    order: &'a OrderSpec,
    _partner: &'a PartnerSpec,
    kind: Kind,
    planned: &Planned<'_>,
    (buyer, seller): ((&'a str, &'a str), (&'a str, &'a str)),
) -> Paper<'a> {
    let number = match kind {
        Kind::ShipNotice => &order.asn,
        Kind::Invoice => &order.invoice,
        _ => &order.number,
    };
    let rows = order
        .lines
        .iter()
        .filter_map(|line| {
            let quantity = match kind {
                Kind::Order => line.quantity,
                Kind::Change => line.changed.unwrap_or(line.quantity),
                Kind::Response => line.acknowledged,
                Kind::ShipNotice => line.shipped,
                _ => line.billed,
            };
            // What was not shipped or billed does not stand on the paper.
            if quantity == 0 && matches!(kind, Kind::ShipNotice | Kind::Invoice) {
                return None;
            }
            let ordered = match (kind, line.changed) {
                (Kind::Order | Kind::Change, _) | (_, None) => line.quantity,
                (_, Some(changed)) => changed,
            };
            Some(Row {
                line: line.line,
                product: line.product.clone(),
                description: line.description.clone(),
                unit: line.unit.clone(),
                ordered,
                quantity,
                price: if kind == Kind::Invoice {
                    line.billed_price
                } else {
                    line.price
                },
            })
        })
        .collect();
    Paper {
        kind,
        number,
        order_number: &order.number,
        ordered_at: order.ordered_at,
        issued_at: planned.written_at,
        ship_by: order.ship_by,
        currency: &order.currency,
        buyer,
        seller,
        rows,
    }
}

/// A trailer that counts wrong, as a cut-off transfer leaves behind.
fn damaged(payload: &[u8], family: Family) -> Vec<u8> {
    let text = String::from_utf8_lossy(payload);
    let trailer = match family {
        Family::X12 => "\nSE*",
        Family::Edifact => "\nUNT+",
    };
    match text.split_once(trailer) {
        Some((before, after)) => format!("{before}{trailer}9{after}").into_bytes(),
        None => payload.to_vec(),
    }
}

fn statuses(course: &Course, from_us: bool, at: Millis) -> Vec<(Millis, String)> {
    let after = |milliseconds: i64, code: &str| (at.plus(milliseconds), code.to_owned());
    match course {
        Course::Smooth if from_us => {
            vec![
                after(0, "P"),
                after(8 * SECOND, "D"),
                after(45 * SECOND, "S"),
            ]
        }
        Course::Smooth => vec![after(0, "P"), after(6 * SECOND, "C")],
        Course::Waiting => vec![after(0, "P"), after(8 * SECOND, "R"), after(5 * HOUR, "S")],
        Course::Failed => failed(at),
        Course::Invalid => vec![after(0, "P"), after(6 * SECOND, "V")],
        Course::RefusedAsDuplicate => vec![after(0, "P"), after(6 * SECOND, "U")],
    }
}

fn error(course: &Course, kind: Kind) -> Option<GridError> {
    match course {
        Course::Smooth | Course::Waiting => None,
        Course::Failed => Some(no_connection()),
        Course::Invalid => Some(GridError {
            code: "TG-2200",
            kind: "Validation",
            message: match kind {
                Kind::ShipNotice => "segment count differs from the trailer, SE01".to_owned(),
                _ => "segment count differs from the trailer".to_owned(),
            },
        }),
        Course::RefusedAsDuplicate => Some(GridError {
            code: "TG-2310",
            kind: "Duplicate",
            message: "interchange control number was received before".to_owned(),
        }),
    }
}
