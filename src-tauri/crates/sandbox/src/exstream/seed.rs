//! The letters of the last thirty days: one job for each notice that a case of the scenario names.

use std::sync::OnceLock;

use domain::{
    Millis,
    time::{HOUR, MINUTE},
};
use serde_json::{Map, Value, json};

use super::{State, delivery::Step, jobs::Job, templates};
use crate::{
    Scenario,
    scenario::{CaseSpec, PartnerSpec, Rng},
};

pub(super) fn fill(state: &mut State, scenario: &Scenario, epoch: Millis) {
    let mut rng = scenario.rng("exstream");
    let mut planned = Vec::new();
    for case in &scenario.cases {
        let Some(partner) = scenario.partner(&case.partner_id) else {
            continue;
        };
        let span = case.updated_at.since(case.opened_at).max(HOUR);
        let count = i64::try_from(case.notice_ids.len()).unwrap_or(1);
        for (notice, number) in case.notice_ids.iter().zip(1..) {
            let jitter = rng.between(0, 20) * MINUTE;
            let latest = epoch.plus(-12 * MINUTE);
            let at = case
                .opened_at
                .plus(span * number / (count + 1) + jitter)
                .min(latest);
            // The worst of its letters is what the case shows; the last one stands for it.
            let last = number == count;
            let word = case
                .communication_status
                .as_deref()
                .filter(|_| last)
                .unwrap_or("delivered");
            planned.push((at, case, partner, notice, word));
        }
    }
    planned.sort_by_key(|(at, _, _, notice, _)| (*at, notice.to_owned()));
    for (at, case, partner, notice, word) in planned {
        add(
            state,
            scenario,
            &mut rng,
            &Planned {
                at,
                case,
                partner,
                notice,
                word,
            },
        );
    }
}

struct Planned<'a> {
    at: Millis,
    case: &'a CaseSpec,
    partner: &'a PartnerSpec,
    notice: &'a str,
    word: &'a str,
}

fn add(state: &mut State, scenario: &Scenario, rng: &mut Rng, planned: &Planned<'_>) {
    let Planned {
        at,
        case,
        partner,
        notice,
        word,
    } = planned;
    let key = key_for(&case.case_type);
    let Some(template) = templates::find(&state.templates, key, 0, &partner.language).cloned()
    else {
        return;
    };
    // Only mail can be delivered or bounce; of paper nobody hears again.
    let channel = match *word {
        "sent" | "failed" if rng.chance(70) => "letter",
        _ => "email",
    };
    let contact = partner.contacts.first();
    let email = contact.map(|c| c.email.clone()).unwrap_or_default();
    let recipient = if channel == "email" {
        email.clone()
    } else {
        partner.name.clone()
    };
    let data = driver_data(scenario, planned, &template.title, &email);
    let (number, id) = state.next_id("job");
    let injected = match (*word, channel) {
        ("bounced", _) => vec![(at.plus(4 * MINUTE), Step::Bounced)],
        ("failed", _) => vec![(at.plus(MINUTE / 2), Step::Failed)],
        ("sent", "email") => vec![(at.plus(MINUTE), Step::Sent)],
        _ => Vec::new(),
    };
    state.jobs.push(Job {
        id,
        number,
        external_id: Some((*notice).to_owned()),
        case_id: Some(case.id.clone()),
        template_key: template.key,
        template_title: template.title,
        template_version: template.version,
        language: template.language,
        channel: channel.to_owned(),
        recipient,
        triggered_by: case
            .owner
            .clone()
            .unwrap_or_else(|| "lena.kovar".to_owned()),
        data,
        started_at: *at,
        cancelled_at: None,
        deleted_at: None,
        injected,
        produced: OnceLock::new(),
    });
}

fn key_for(case_type: &str) -> &'static str {
    match case_type {
        "dispute" => "DSP-01",
        "shipment_exception" => "SDN-02",
        "order_change" => "OCN-01",
        "invoice_mismatch" => "INV-03",
        "compliance" => "CMP-02",
        "claim" => "CLM-01",
        "disruption" => "DLY-01",
        "edi_failure" => "EDI-01",
        "onboarding" => "ONB-01",
        "certificate" => "CRT-01",
        "recall" => "RCL-01",
        _ => "SRV-01",
    }
}

fn driver_data(
    scenario: &Scenario,
    planned: &Planned<'_>,
    title: &str,
    email: &str,
) -> Map<String, Value> {
    let Planned {
        at,
        case,
        partner,
        notice,
        ..
    } = planned;
    let contact = partner.contacts.first();
    let mut data = json!({
        "externalId": notice, "caseId": case.id, "date": at.rfc3339().get(..10),
        "language": partner.language,
        "sender": {
            "name": scenario.company.name, "address": scenario.company.address.get(1..),
            "department": "Partner desk",
        },
        "recipient": {
            "company": partner.name, "person": contact.map(|c| c.name.clone()),
            "address": partner.address.get(1..), "email": email,
        },
        "title": title,
        "issue": format!("This letter is about our case {}: {}.", case.number, case.subject),
        "next_steps": "We look into the figures of both sides and write to you again.",
        "required_action": "Please tell us within five working days if your figures differ.",
        "case": case.number,
    });
    if let (Some(order), Some(data)) = (&case.order, data.as_object_mut()) {
        data.insert("order".to_owned(), json!(order));
    }
    data.as_object().cloned().unwrap_or_default()
}
