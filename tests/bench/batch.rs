//! A batch of 10,000 recipients planned: 20,000 affected lines become notices, and the playbook a plan of 30,001 steps with
//! arguments, hashes and keys.
//!
//! The peer is what no plan can do without: the arguments of these steps as canonical JSON, hashed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use domain::{
    IntentId, Millis, ObjectRef, System,
    action::args_hash,
    outreach::{AffectedLine, Asked, Told, plan},
    playbook::{self, Facts},
    record::{Agreement, Contact, Partner},
};
use serde_json::{Value, json};

use crate::figure::{Figure, median};

pub const FIGURES: [&str; 1] = ["batch_plan"];

const RECIPIENTS: usize = 10_000;
const PLAYBOOK: &str = include_str!("../../assets/playbooks/outreach.toml");

fn partner(index: usize) -> Partner {
    Partner {
        id: format!("C-{index:05}"),
        buid: format!("GC{index}"),
        name: format!("Customer {index}"),
        short_name: format!("C{index}"),
        country: "NL".into(),
        agreement: Agreement {
            language: "en".into(),
            currency: "EUR".into(),
            time_zone: "UTC".into(),
            calendar: "nl".into(),
            tier: "C".into(),
            reply_minutes: 960,
            resolution_minutes: 5_760,
            address: vec![format!("{index} Market Street"), "Velder".into()],
            contacts: vec![Contact {
                name: "Purchasing".into(),
                role: "Purchasing".into(),
                email: format!("{index}@example.com"),
                phone: String::new(),
            }],
            channels: vec!["email".into()],
            tolerance_set: String::new(),
            allowed_recipients: Vec::new(),
            identifiers: Vec::new(),
            terms: domain::record::Terms::default(),
        },
        updated_at: Millis(0),
    }
}

fn line(index: usize) -> AffectedLine {
    let party = format!("C-{:05}", index / 2);
    AffectedLine {
        order: (7_000_000 + index).to_string(),
        party_name: party.clone(),
        party,
        product: "CV-20195".into(),
        description: "Edge protector 1.5 m".into(),
        quantity: "120".into(),
        unit: "CS".into(),
        ship_date: "2026-12-20".into(),
        shipped: false,
    }
}

fn facts(recipients: Vec<Value>) -> Facts {
    Facts {
        case: ObjectRef::case("1"),
        values: json!({
            "case": {"id": "1", "number": "PC-1", "case_type": "disruption", "status": "in_progress", "version": 1},
            "batch": {"number": "B-1", "notices": recipients.len(), "root": "0", "sheet": "1", "reviewed": true, "begins_work": false},
            "company": {"name": "Corvane", "address": ["Kanaalkade 14"]},
            "dates": {"today": "2026-12-01"},
            "recipients": recipients,
        }),
        connected: BTreeSet::from([System::Community, System::Exstream]),
    }
}

pub fn measure() {
    let partners: BTreeMap<String, Partner> = (0..RECIPIENTS)
        .map(partner)
        .map(|p| (p.id.clone(), p))
        .collect();
    let lines: Vec<AffectedLine> = (0..RECIPIENTS * 2).map(line).collect();
    let told = Told {
        dates: BTreeMap::from([(String::new(), "2027-01-20".to_owned())]),
        ..Told::default()
    };
    let playbook = playbook::load("outreach", PLAYBOOK).unwrap();
    let (destinations, left_out) = (BTreeSet::new(), BTreeMap::new());
    let intent = IntentId::from("bench");
    let (mut ours, mut theirs): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let began = Instant::now();
        let asked = Asked {
            case_id: "1",
            told: &told,
            destinations: &destinations,
            left_out: &left_out,
            person: "lena",
            before: &[],
        };
        let found = plan(&lines, &partners, asked, |_| Ok(()));
        assert_eq!(found.notices.len(), RECIPIENTS);
        let recipients = found
            .notices
            .iter()
            .map(|n| {
                let lines: Vec<Value> = n.lines.iter().map(|l| json!({"line": 1, "item": l.product, "finding": "new date", "amount": ""})).collect();
                json!({"notice": n.notice, "partner_id": n.partner_id, "name": n.partner_id, "template": "DLY-01",
                    "template_version": 3, "title": "Delay announced", "language": "en", "channel": "email",
                    "address": "purchasing@example.com", "letterhead": {"company": n.partner_id},
                    "orders": n.orders().join(", "), "lines": lines, "paragraphs": []})
            })
            .collect();
        let made =
            playbook::plan(&playbook, &facts(recipients), &BTreeMap::new(), &intent).unwrap();
        ours.push(began.elapsed());
        assert_eq!(made.steps.len(), RECIPIENTS * 3 + 1);
        let began = Instant::now();
        let mut bytes = 0;
        for step in &made.steps {
            bytes += args_hash(&step.args).unwrap().len();
        }
        theirs.push(began.elapsed());
        assert!(bytes > 0);
    }
    Figure {
        figure: "batch_plan",
        unit: "ms",
        value: median(&ours),
        peer: "canonical JSON and SHA-256 of the same arguments",
        peer_value: Some(median(&theirs)),
        aim: "ratio <= 6",
        note: format!("{RECIPIENTS} recipients, {} lines", RECIPIENTS * 2),
    }
    .print();
}
