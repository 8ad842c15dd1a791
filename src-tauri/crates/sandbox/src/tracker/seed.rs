//! Tickets the scenario leads up to: one for each case that names one, with internal comments and a few replies.

use domain::{Millis, time::MINUTE};

use super::{
    MARKER_FIELD,
    store::Store,
    ticket::{Fresh, Incoming, Kind, queue},
};
use crate::{
    Scenario,
    scenario::{CaseSpec, links},
};

const NOTES: &[&str] = &[
    "Warehouse count confirms the difference. Receipt attached to the delivery record.",
    "Carrier says the second pallet left a day later. Waiting for the scan.",
    "Price list checked: the agreed price is valid since the first of the month.",
    "Order in the ERP shows the quantity as ordered. No change was keyed in.",
    "Asked the planner for a new date.",
    "Same map version as last week. Segment DTM is missing in the partner's file.",
    "Finance holds the invoice until this is settled.",
    "Root cause is with us: the pick list was printed twice.",
];

const REPLIES: &[&str] = &[
    "We are looking into it and will come back to you today.",
    "Could you send the signed delivery note, please?",
    "The missing quantity ships with the next truck.",
];

const WORKERS: &[&str] = &[
    "lena.kovar",
    "mara.tindal",
    "tomas.adeyemi",
    "henrike.solberg",
];

fn queue_of(case: &CaseSpec) -> &'static str {
    match case.case_type.as_str() {
        "shipment_exception" | "disruption" => "Logistics",
        "invoice_mismatch" | "claim" => "Finance",
        "edi_failure" => "EDI",
        "compliance" | "certificate" => "Compliance",
        "onboarding" => "Master Data",
        "recall" => "Quality",
        _ => "Partner Operations",
    }
}

fn status_of(case: &CaseSpec) -> &'static str {
    match case.status.as_str() {
        "new" | "triaged" => "new",
        "waiting_partner" | "waiting_internal" => "stalled",
        "resolved" | "closed" => "resolved",
        "duplicate" | "cancelled" => "rejected",
        _ => "open",
    }
}

pub(super) fn store(scenario: &Scenario, epoch: Millis) -> Store {
    let mut store = Store::default();
    for case in &scenario.cases {
        if let Some(id) = links::ticket_for(case) {
            one(&mut store, scenario, case, id, epoch);
        }
    }
    store
}

fn one(store: &mut Store, scenario: &Scenario, case: &CaseSpec, id: u64, epoch: Millis) {
    let mut rng = scenario.rng(&format!("tracker/{}", case.id));
    let mut at = case.opened_at.plus(rng.between(5, 45) * MINUTE).min(epoch);
    let references: Vec<String> = case
        .business_refs
        .iter()
        .map(|(k, v)| format!("{k} {v}"))
        .collect();
    let body = format!(
        "{}\n{}\nPartner {}\n{}",
        case.number,
        case.subject,
        case.partner_id,
        references.join(", ")
    );
    let mut fresh = Fresh {
        subject: case.subject.clone(),
        queue: queue(queue_of(case)).map_or(1, |q| q.0),
        requestor: "svc.console".into(),
        owner: case.owner.clone(),
        priority: if case.priority == "high" || case.priority == "urgent" {
            80
        } else {
            50
        },
        messages: vec![Incoming::text("text/plain", &body)],
        ..Fresh::default()
    };
    fresh
        .custom_fields
        .insert(MARKER_FIELD.into(), vec![case.id.clone()]);
    store.create_as(id, fresh, "svc.console", at);
    let step = |rng: &mut crate::scenario::Rng, at: Millis| {
        at.plus(rng.between(10, 7 * 60) * MINUTE).min(epoch).max(at)
    };
    for index in 0..rng.between(1, 3) {
        at = step(&mut rng, at);
        let who = rng.pick(WORKERS).copied().unwrap_or("lena.kovar");
        let note = rng.pick(NOTES).copied().unwrap_or_default();
        // Some clients write HTML, and some of that is not meant well.
        let message = if index == 0 && rng.chance(10) {
            let html =
                format!("<p>{note}</p><script>alert(1)</script><img src=x onerror=alert(2)>");
            Incoming::text("text/html", &html)
        } else {
            Incoming::text("text/plain", note)
        };
        store.record(id, Kind::Comment, who, at, ("", "", ""), vec![message]);
    }
    if rng.chance(35) {
        at = step(&mut rng, at);
        let who = case.owner.clone().unwrap_or_else(|| "mara.tindal".into());
        let reply = rng.pick(REPLIES).copied().unwrap_or_default();
        store.record(
            id,
            Kind::Correspond,
            &who,
            at,
            ("", "", ""),
            vec![Incoming::text("text/plain", reply)],
        );
    }
    let status = status_of(case);
    if status != "new" {
        at = step(&mut rng, at);
        store.set_status(id, status, "mara.tindal", at);
    }
}
