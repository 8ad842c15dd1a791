//! Cases: one for each kind of trouble, on orders whose story fits it. The ids of what belongs to a case elsewhere
//! (ticket, process, workspace, notices) are given here, so that all six systems agree on them.

use domain::{
    Millis,
    time::{DAY, HOUR, MINUTE},
};
use serde::Serialize;

use super::{
    file::File,
    orders::{OrderSpec, Story},
    rng::Rng,
};

/// A partner case with the names of everything that belongs to it.
#[derive(Debug, Clone, Serialize)]
pub struct CaseSpec {
    /// Id in Community, such as `48213`.
    pub id: String,
    /// Number people see: `PC-48213`.
    pub number: String,
    /// Subject.
    pub subject: String,
    /// Type word.
    pub case_type: String,
    /// Finer word, may be empty.
    pub subtype: String,
    /// Status word.
    pub status: String,
    /// `low`, `normal`, `high`, `urgent`.
    pub priority: String,
    /// Login of the owner.
    pub owner: Option<String>,
    /// Team word.
    pub team: String,
    /// Partner.
    pub partner_id: String,
    /// Order it is about.
    pub order: Option<String>,
    /// Business references: kind and number.
    pub business_refs: Vec<(String, String)>,
    /// Opened.
    pub opened_at: Millis,
    /// Last change.
    pub updated_at: Millis,
    /// Due.
    pub due_at: Option<Millis>,
    /// Stage word.
    pub stage: Option<String>,
    /// Worst delivery state of its notices.
    pub communication_status: Option<String>,
    /// `open`, `acted`, `no_response`, `closed`.
    pub loop_state: Option<String>,
    /// Ticket in the tracker.
    pub ticket_id: Option<u64>,
    /// Process instance in Workflow; its business key is the case id.
    pub process_id: Option<String>,
    /// Business workspace node; its business object is (`COMMUNITY`, `case`, case id).
    pub workspace_id: Option<u64>,
    /// Notices: `externalId` in Exstream.
    pub notice_ids: Vec<String>,
}

impl CaseSpec {
    /// Whether work remains.
    #[must_use]
    pub fn is_open(&self) -> bool {
        domain::case::CaseStatus::is_open(&self.status)
    }
}

/// Type, weight, subtypes, and the stories that call for it.
type KindRow = (&'static str, u64, &'static [&'static str], &'static [Story]);

const KINDS: &[KindRow] = &[
    (
        "dispute",
        12,
        &["quantity_discrepancy", "pricing_conflict", ""],
        &[
            Story::ShortShip,
            Story::BilledNotShipped,
            Story::PriceDiffers,
        ],
    ),
    (
        "shipment_exception",
        16,
        &[
            "quantity_discrepancy",
            "delayed_shipment",
            "missing_shipment",
            "customs",
        ],
        &[
            Story::ShortShip,
            Story::LateShip,
            Story::OverShip,
            Story::Change860Short,
        ],
    ),
    (
        "order_change",
        10,
        &["order_mismatch", "availability"],
        &[
            Story::AckChanged,
            Story::RejectLine,
            Story::Change860,
            Story::RejectAll,
        ],
    ),
    (
        "invoice_mismatch",
        12,
        &["pricing_conflict", "duplicate", "quantity_discrepancy"],
        &[
            Story::PriceDiffers,
            Story::DuplicateInvoice,
            Story::BilledNotShipped,
            Story::NoInvoice,
        ],
    ),
    ("compliance", 6, &["label", "document_missing"], &[]),
    (
        "claim",
        8,
        &["damage", "quantity_discrepancy"],
        &[Story::ShortShip, Story::OverShip],
    ),
    (
        "disruption",
        6,
        &["delayed_shipment", "availability"],
        &[Story::LateShip, Story::NoShipNotice],
    ),
    (
        "edi_failure",
        14,
        &[
            "missing_asn",
            "rejected",
            "control_number",
            "delivery_failed",
        ],
        &[
            Story::RejectAck,
            Story::ControlGap,
            Story::DeliveryFailed,
            Story::ValidationError,
            Story::NoAck,
            Story::NoShipNotice,
            Story::OutOfOrder,
        ],
    ),
    ("request", 6, &["", "document_copy", "address_change"], &[]),
    ("onboarding", 4, &[""], &[]),
    ("certificate", 4, &["expiring", "expired"], &[]),
    ("recall", 2, &[""], &[]),
];

fn subject(kind: &str, subtype: &str, order: Option<&OrderSpec>, rng: &mut Rng) -> String {
    let number = order.map_or_else(String::new, |o| o.number.clone());
    let asn = order.map_or_else(String::new, |o| o.asn.clone());
    let invoice = order.map_or_else(String::new, |o| o.invoice.clone());
    match (kind, subtype) {
        ("dispute", "pricing_conflict") => format!("Invoice {invoice} above the agreed price"),
        ("dispute", _) => format!("Disputed quantity on order {number}"),
        ("shipment_exception", "delayed_shipment") => format!("Shipment for {number} late"),
        ("shipment_exception", "missing_shipment") => format!("Nothing received for {number}"),
        ("shipment_exception", "customs") => format!("Customs hold on {asn}"),
        ("shipment_exception", _) => format!("Ship notice {asn} differs from the order"),
        ("order_change", "availability") => format!("Order {number}: line not available"),
        ("order_change", _) => format!("Order {number} acknowledged with changes"),
        ("invoice_mismatch", "duplicate") => format!("Invoice {invoice} received twice"),
        ("invoice_mismatch", _) => format!("Invoice {invoice} does not match {number}"),
        ("compliance", "label") => "Pallet labels without SSCC".to_owned(),
        ("compliance", _) => "Declaration of conformity missing".to_owned(),
        ("claim", "damage") => format!("Damage claim, {} units of {number}", rng.between(4, 60)),
        ("claim", _) => format!("Claim for missing goods, {number}"),
        ("disruption", "availability") => "Raw material shortage announced".to_owned(),
        ("disruption", _) => format!("Carrier disruption, {number} affected"),
        ("edi_failure", "control_number") => "Control numbers missing in sequence".to_owned(),
        ("edi_failure", "delivery_failed") => format!("Delivery of documents for {number} fails"),
        ("edi_failure", "missing_asn") => format!("No ship notice for {number}"),
        ("edi_failure", _) => format!("Documents of {number} rejected"),
        ("request", "document_copy") => "Copies of last quarter's invoices".to_owned(),
        ("request", "address_change") => "New warehouse address".to_owned(),
        ("onboarding", _) => "Connect a new AS2 endpoint".to_owned(),
        ("certificate", "expired") => "AS2 certificate expired".to_owned(),
        ("certificate", _) => format!("AS2 certificate expires in {} days", rng.between(3, 28)),
        ("recall", _) => format!("Recall of lot L{}", rng.between(4_000, 9_999)),
        _ => "Question on the trading agreement".to_owned(),
    }
}

const FIRST_ID: u64 = 48_001;
const BEST_KNOWN_ID: u64 = 48_213;

pub(crate) fn generate(
    file: &File,
    orders: &[OrderSpec],
    count: usize,
    seed: u64,
    epoch: Millis,
) -> Vec<CaseSpec> {
    let mut rng = Rng::new(seed, "cases");
    let count = count as u64;
    // The best known case is always among them, however few are asked for.
    let first = FIRST_ID.max((BEST_KNOWN_ID + 1).saturating_sub(count));
    let weights: Vec<u64> = KINDS.iter().map(|k| k.1).collect();
    let mut cases = Vec::new();
    for index in 0..count {
        let id = first + index;
        let kind = KINDS.get(rng.weighted(&weights)).or(KINDS.first());
        let Some((kind, _, subtypes, stories)) = kind else {
            break;
        };
        let age = 29 * DAY * i64::try_from(count - index).unwrap_or(1)
            / i64::try_from(count).unwrap_or(1);
        let opened_at = epoch.plus(-age - rng.between(20, 200) * MINUTE);
        let fitting: Vec<&OrderSpec> = orders
            .iter()
            .filter(|o| stories.contains(&o.story) && o.ordered_at < opened_at)
            .collect();
        let order = rng.pick(&fitting).copied();
        let partner_id = order.map_or_else(
            || {
                rng.pick(&file.partner)
                    .map(|p| p.id.clone())
                    .unwrap_or_default()
            },
            |o| o.partner_id.clone(),
        );
        let subtype = rng.pick(subtypes).copied().unwrap_or_default();
        let closed_share = if age > 15 * DAY {
            80
        } else if age > 6 * DAY {
            45
        } else {
            8
        };
        let status = if rng.chance(closed_share) {
            [
                "resolved",
                "closed",
                "closed",
                "closed",
                "duplicate",
                "cancelled",
            ]
            .get(rng.weighted(&[3, 4, 4, 4, 1, 1]))
        } else {
            [
                "new",
                "triaged",
                "in_progress",
                "waiting_partner",
                "waiting_internal",
            ]
            .get(rng.weighted(if age < DAY {
                &[6, 3, 4, 1, 1]
            } else {
                &[1, 3, 9, 6, 4]
            }))
        }
        .copied()
        .unwrap_or("new");
        let owner = match (status, rng.below(10)) {
            ("new", _) | (_, 9) => None,
            (_, 0..=3) => Some("lena.kovar"),
            (_, 4..=6) => Some("mara.tindal"),
            _ => Some("tomas.adeyemi"),
        };
        let subject = subject(kind, subtype, order, &mut rng);
        let mut case = CaseSpec {
            id: id.to_string(),
            number: format!("PC-{id}"),
            subject,
            case_type: (*kind).to_owned(),
            subtype: subtype.to_owned(),
            status: status.to_owned(),
            priority: ["low", "normal", "high", "urgent"]
                .get(rng.weighted(&[2, 10, 5, 1]))
                .map_or_else(String::new, |p| (*p).to_owned()),
            owner: owner.map(str::to_owned),
            team: "partner_desk".to_owned(),
            partner_id,
            order: order.map(|o| o.number.clone()),
            business_refs: Vec::new(),
            opened_at,
            updated_at: opened_at
                .plus(rng.between(10, (age / MINUTE).clamp(11, 6_000)) * MINUTE)
                .min(epoch.plus(-5 * MINUTE)),
            due_at: None,
            stage: None,
            communication_status: None,
            loop_state: None,
            // The best known case has ticket 2291; ids below that count back from it, the rest keep their own.
            ticket_id: rng.chance(45).then_some(
                (2_291 + id)
                    .checked_sub(BEST_KNOWN_ID)
                    .filter(|n| *n > 0)
                    .unwrap_or(id),
            ),
            process_id: rng.chance(45).then(|| format!("pi-{id}")),
            workspace_id: rng.chance(70).then_some(100_000 + (id % 10_000) * 20),
            notice_ids: (0..rng.weighted(&[55, 30, 15]) as u64)
                .map(|n| format!("N-{}", 2_000 + (id - first) * 3 + n))
                .collect(),
        };
        if let Some(told) = file.story_case.iter().find(|t| t.id == id) {
            case.partner_id.clone_from(&told.partner_id);
            case.subject.clone_from(&told.subject);
            case.case_type.clone_from(&told.case_type);
            case.subtype.clone_from(&told.subtype);
            case.status.clone_from(&told.status);
            case.owner.clone_from(&told.owner);
            case.order = told.order.clone().or_else(|| {
                let own =
                    |o: &&OrderSpec| o.partner_id == told.partner_id && o.ordered_at < opened_at;
                orders.iter().rev().find(own).map(|o| o.number.clone())
            });
            if told.invoice.is_some() {
                case.order = None;
            }
            case.notice_ids.clone_from(&told.notices);
            case.ticket_id = told.ticket.or(case.ticket_id);
            case.priority = "high".to_owned();
            if id == BEST_KNOWN_ID {
                case.opened_at = epoch.plus(-5 * HOUR);
                case.updated_at = epoch.plus(-12 * MINUTE);
                case.process_id = Some(format!("pi-{id}"));
                case.workspace_id = Some(100_000 + (id % 10_000) * 20);
            }
        }
        finish(&mut case, file, orders, epoch, &mut rng);
        let told = file.story_case.iter().find(|t| t.id == id);
        if let Some(invoice) = told.and_then(|t| t.invoice.clone()) {
            case.business_refs = vec![("invoice".to_owned(), invoice)];
        }
        cases.push(case);
    }
    cases
}

fn finish(case: &mut CaseSpec, file: &File, orders: &[OrderSpec], epoch: Millis, rng: &mut Rng) {
    if let Some(order) = case
        .order
        .as_ref()
        .and_then(|n| orders.iter().find(|o| o.number == *n))
    {
        let mut refs = vec![("po".to_owned(), order.number.clone())];
        if order.shipped_at.is_some() {
            refs.push(("asn".to_owned(), order.asn.clone()));
        }
        if order.invoiced_at.is_some() {
            refs.push(("invoice".to_owned(), order.invoice.clone()));
        }
        case.business_refs = refs;
    }
    let minutes = file
        .partner
        .iter()
        .find(|p| p.id == case.partner_id)
        .map_or(2_880, |p| p.resolution_minutes);
    let open = case.is_open();
    // Open work is due around the epoch and after it, a little of it just missed; finished work was due after it ended.
    case.due_at = Some(if open {
        epoch
            .plus(rng.between(-6 * 60, 4 * 24 * 60) * MINUTE)
            .max(case.opened_at.plus(2 * HOUR))
    } else {
        case.updated_at.plus(minutes * MINUTE)
    });
    let stage = match case.status.as_str() {
        "new" => "intake",
        "triaged" => "triage",
        "resolved" | "closed" | "duplicate" | "cancelled" => "done",
        _ => "handling",
    };
    case.stage = Some(stage.to_owned());
    case.loop_state = Some(
        if !open {
            "closed"
        } else if case.status == "waiting_partner" {
            "acted"
        } else {
            "open"
        }
        .to_owned(),
    );
    if !case.notice_ids.is_empty() {
        let word = ["delivered", "sent", "bounced", "failed"].get(rng.weighted(&[12, 4, 2, 1]));
        case.communication_status = word.map(|w| (*w).to_owned());
    }
}
