//! Exstream: letters on demand, their jobs and flows, templates and approval, events, and OpenText Messaging.

mod design;
mod letters;
mod messaging;
mod runtime;
mod states;

use connectors::{Connector as _, Outgoing, Receipt, exstream::ExstreamConnector};
use domain::{
    System,
    operation::Call,
    record::{Delivery, Record},
};
use serde_json::{Value, json};
use whole_system::harness::Outcome;

use crate::beside::{Beside, Pulled};

const RUNTIME: &str = "/orchestration/api/v1/runtime/corvane";
const GENERATE: &str = "/orchestration/api/v1/inputs/ondemand/corvane/generate";
const FULFIL: &str = "/orchestration/api/v1/inputs/fulfillment/ondemand/corvane/fulfill";
const DESIGN: &str = "/design/api/v1/resources/corvane";
const METRICS: &str = "/ei/api/v1/eventmetrics";

async fn start() -> Outcome<(Beside, ExstreamConnector)> {
    let beside = Beside::start(System::Exstream).await?;
    let connector = ExstreamConnector::new(&beside.config, &beside.parts());
    Ok((beside, connector))
}

/// Driver data of a letter to this mailbox.
fn letter(email: &str) -> Value {
    json!({
        "date": "2026-11-20", "title": "Shipment discrepancy, order 4500771820",
        "recipient": {"company": "Bramblewick Foods Ltd", "person": "Ines Okafor", "address": ["Mill Lane 4"], "email": email},
        "issue": "The quantities do not agree with our count.",
        "next_steps": "We have held the amount back.",
        "required_action": "Please send a credit note.",
        "amount_held": "8,823.20",
    })
}

fn render(beside: &Beside, notice: &str, channel: &str, email: &str) -> Outgoing {
    let call = Call::Render {
        notice_id: notice.to_owned(),
        template: "SDN-04".to_owned(),
        template_version: 7,
        channel: channel.to_owned(),
        language: "en-GB".to_owned(),
        data: letter(email),
    };
    beside.outgoing(&format!("render {notice}"), call, &[])
}

fn release(beside: &Beside, notice: &str, channel: &str, email: &str, proof: &Receipt) -> Outgoing {
    let call = Call::Release {
        notice_id: notice.to_owned(),
        case_id: "48213".to_owned(),
        document_id: proof.remote_ref.clone(),
        content_sha256: proof.detail["sha256"].as_str().unwrap().to_owned(),
        template: "SDN-04".to_owned(),
        template_version: 7,
        channel: channel.to_owned(),
        language: "en-GB".to_owned(),
        recipient: "Bramblewick Foods Ltd".to_owned(),
        data: letter(email),
    };
    beside.outgoing(&format!("release {notice}"), call, &[])
}

/// Renders and releases a letter; its job.
async fn released(
    beside: &Beside,
    connector: &ExstreamConnector,
    notice: &str,
    channel: &str,
    email: &str,
) -> String {
    let proof = render(beside, notice, channel, email);
    let proof = connector.perform(&proof).await.unwrap();
    let step = release(beside, notice, channel, email, &proof);
    connector.perform(&step).await.unwrap().remote_ref
}

/// What a pull says of a notice, last.
fn delivery(pulled: &Pulled, notice: &str) -> Option<Delivery> {
    let deliveries = pulled.all().filter_map(|record| match record {
        Record::Delivery(delivery) => Some(delivery),
        _ => None,
    });
    deliveries.filter(|d| d.notice_id == notice).last().cloned()
}

fn ids(rows: &Value) -> Vec<&str> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap()).collect()
}
