//! Rules over an order thread: everything of one partner under one order number.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::json;

use super::{Finding, Raised, Rule, Severity};
use crate::{
    Kind, Millis, ObjectRef, System,
    policy::Policy,
    record::{Document, DocumentLine},
    time::{DAY, HOUR},
    words,
};

words! {
    /// What a document is in an order thread, whatever its standard.
    DocumentClass {
        /// 850, ORDERS.
        Order = "order",
        /// 860, ORDCHG.
        OrderChange = "order_change",
        /// 855, ORDRSP.
        Acknowledgement = "acknowledgement",
        /// 856, DESADV.
        ShipNotice = "ship_notice",
        /// 810, INVOIC.
        Invoice = "invoice",
        /// 997, 999, TA1, CONTRL, MDN.
        Receipt = "receipt",
        /// Anything else.
        Other = "other",
    }
}

impl DocumentClass {
    /// Class of a type word.
    #[must_use]
    pub fn of(doc_type: &str) -> Self {
        match doc_type {
            "850" | "ORDERS" => Self::Order,
            "860" | "ORDCHG" => Self::OrderChange,
            "855" | "ORDRSP" => Self::Acknowledgement,
            "856" | "DESADV" => Self::ShipNotice,
            "810" | "INVOIC" => Self::Invoice,
            "997" | "999" | "TA1" | "CONTRL" | "MDN" => Self::Receipt,
            _ => Self::Other,
        }
    }

    /// Word for people.
    #[must_use]
    pub fn title(self, doc_type: &str) -> String {
        match self {
            Self::Order => "Order".to_owned(),
            Self::OrderChange => "Order change".to_owned(),
            Self::Acknowledgement => "Order ack".to_owned(),
            Self::ShipNotice => "Ship notice".to_owned(),
            Self::Invoice => "Invoice".to_owned(),
            Self::Receipt => "Receipt".to_owned(),
            Self::Other => format!("Document {doc_type}"),
        }
    }
}

/// One order thread.
#[derive(Debug, Clone)]
pub struct ThreadFacts<'a> {
    /// Partner, if the addresses are known.
    pub partner_id: Option<&'a str>,
    /// Order number.
    pub order_number: &'a str,
    /// All its documents, receipts left out, in any order.
    pub documents: &'a [Document],
    /// Policy in force.
    pub policy: &'a Policy,
    /// Now.
    pub now: Millis,
}

/// What the rules say about a thread.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ThreadFindings {
    /// Findings.
    pub findings: Vec<Finding>,
    /// When time alone can change the verdict.
    pub next_check_at: Option<Millis>,
}

/// Key under which lines of different documents meet: the product where there is one, else the line number without
/// leading zeros.
#[must_use]
pub fn line_key(line: &DocumentLine) -> String {
    if line.product.is_empty() {
        format!("#{}", line.line.trim_start_matches('0'))
    } else {
        line.product.clone()
    }
}

struct Totals<'a> {
    ordered: Option<(Decimal, &'a DocumentLine)>,
    shipped: Decimal,
    invoiced: Decimal,
}

fn quantity(line: &DocumentLine) -> Decimal {
    line.quantity.trim().parse().unwrap_or(Decimal::ZERO)
}

fn lines(document: &Document) -> &[DocumentLine] {
    document.content.as_ref().map_or(&[], |c| &c.lines)
}

/// Applies every thread rule.
#[must_use]
pub fn for_thread(facts: &ThreadFacts<'_>) -> ThreadFindings {
    let mut documents: Vec<&Document> = facts.documents.iter().collect();
    documents.sort_by(|a, b| (a.arrived_at, &a.id).cmp(&(b.arrived_at, &b.id)));
    let of = |class| {
        documents
            .iter()
            .copied()
            .filter(move |d| DocumentClass::of(&d.doc_type) == class)
    };
    let mut out = ThreadFindings::default();
    duplicates(facts, &documents, &mut out);
    expected(facts, &documents, &mut out);

    let Some(order) = of(DocumentClass::Order).next() else {
        return out;
    };
    let mut totals: BTreeMap<String, Totals<'_>> = BTreeMap::new();
    for document in std::iter::once(order).chain(of(DocumentClass::OrderChange)) {
        for line in lines(document) {
            let entry = totals.entry(line_key(line)).or_insert(Totals {
                ordered: None,
                shipped: Decimal::ZERO,
                invoiced: Decimal::ZERO,
            });
            // A change states the line as it is now; a price it leaves out stays as ordered.
            let kept = entry
                .ordered
                .as_ref()
                .filter(|_| line.price.is_none())
                .map_or(line, |(_, before)| before);
            entry.ordered = Some((quantity(line), kept));
        }
    }
    let notices: Vec<_> = of(DocumentClass::ShipNotice).collect();
    // A number sent twice is one document: the repeated one is its own finding and must not double the sums.
    let invoices = unique_numbers(of(DocumentClass::Invoice).collect());
    for document in unique_numbers(notices.clone()) {
        for line in lines(document) {
            add(&mut totals, line).shipped += quantity(line);
        }
    }
    for document in &invoices {
        for line in lines(document) {
            add(&mut totals, line).invoiced += quantity(line);
        }
    }
    if let Some(last) = notices.last() {
        quantities(facts, last, &totals, &mut out);
    }
    for invoice in &invoices {
        billing(facts, invoice, !notices.is_empty(), &totals, &mut out);
    }
    out
}

fn add<'a, 'b>(
    totals: &'b mut BTreeMap<String, Totals<'a>>,
    line: &DocumentLine,
) -> &'b mut Totals<'a> {
    totals.entry(line_key(line)).or_insert(Totals {
        ordered: None,
        shipped: Decimal::ZERO,
        invoiced: Decimal::ZERO,
    })
}

fn unique_numbers(documents: Vec<&Document>) -> Vec<&Document> {
    let mut seen = std::collections::BTreeSet::new();
    documents
        .into_iter()
        .filter(|d| seen.insert(d.number.clone()))
        .collect()
}

fn raise(
    facts: &ThreadFacts<'_>,
    document: &Document,
    (rule, severity): (Rule, Severity),
    title: String,
    place: String,
    figures: serde_json::Value,
    at: Millis,
) -> Finding {
    let mut finding = Finding::new(Raised {
        rule,
        severity,
        title,
        on: &document.number,
        object: ObjectRef::new(Kind::Document, System::Documents, document.id.clone()),
        place,
        facts: figures,
        occurred_at: at,
    });
    finding.document_id = Some(document.id.clone());
    finding.partner_id = facts.partner_id.map(str::to_owned);
    finding.order_number = Some(facts.order_number.to_owned());
    finding
}

fn duplicates(facts: &ThreadFacts<'_>, documents: &[&Document], out: &mut ThreadFindings) {
    let mut first: BTreeMap<(DocumentClass, &str), &Document> = BTreeMap::new();
    for document in documents {
        let class = DocumentClass::of(&document.doc_type);
        if matches!(
            class,
            DocumentClass::Receipt
                | DocumentClass::Other
                | DocumentClass::OrderChange
                | DocumentClass::Acknowledgement
        ) {
            continue;
        }
        if let Some(original) = first.get(&(class, document.number.as_str())) {
            let figures = json!({"first": original.id, "first_at": original.arrived_at.rfc3339()});
            let title = format!(
                "{} {} sent twice",
                class.title(&document.doc_type),
                document.number
            );
            out.findings.push(raise(
                facts,
                document,
                (Rule::DuplicateNumber, Severity::Failure),
                title,
                String::new(),
                figures,
                document.arrived_at,
            ));
        } else {
            first.insert((class, document.number.as_str()), document);
        }
    }
}

fn expected(facts: &ThreadFacts<'_>, documents: &[&Document], out: &mut ThreadFindings) {
    let first = |class| {
        documents
            .iter()
            .copied()
            .find(|d| DocumentClass::of(&d.doc_type) == class)
    };
    let Some(order) = first(DocumentClass::Order) else {
        return;
    };
    let limits = &facts.policy.findings;
    let mut watch = |rule, on: &Document, due: Millis, title: String| {
        if facts.now >= due {
            let figures = json!({"due_at": due.rfc3339()});
            out.findings.push(raise(
                facts,
                on,
                (rule, Severity::Warning),
                title,
                String::new(),
                figures,
                due,
            ));
        } else {
            out.next_check_at = Some(out.next_check_at.map_or(due, |at| at.min(due)));
        }
    };
    let ship = first(DocumentClass::ShipNotice);
    let answered = first(DocumentClass::Acknowledgement).is_some();
    if !answered && ship.is_none() {
        let due = order
            .arrived_at
            .plus(limits.expected_acknowledgement_hours * HOUR);
        watch(
            Rule::MissingAcknowledgement,
            order,
            due,
            format!(
                "No order ack in {} h",
                limits.expected_acknowledgement_hours
            ),
        );
    }
    if ship.is_none()
        && let Some(date) = order.content.as_ref().and_then(|c| c.ship_date.as_deref())
        && let Ok(day) = Millis::parse_lenient(date)
    {
        // The whole ship date counts, then the grace.
        let due = day.plus(DAY + limits.expected_ship_notice_grace_hours * HOUR);
        watch(
            Rule::MissingShipNotice,
            order,
            due,
            format!("No ship notice by {date}"),
        );
    }
    if let Some(ship) = ship
        && first(DocumentClass::Invoice).is_none()
    {
        let due = ship.arrived_at.plus(limits.expected_invoice_hours * HOUR);
        watch(
            Rule::MissingInvoice,
            ship,
            due,
            format!(
                "No invoice {} h after shipping",
                limits.expected_invoice_hours
            ),
        );
    }
}

fn quantities(
    facts: &ThreadFacts<'_>,
    notice: &Document,
    totals: &BTreeMap<String, Totals<'_>>,
    out: &mut ThreadFindings,
) {
    let tolerance = facts.policy.findings.quantity_tolerance_percent / Decimal::ONE_HUNDRED;
    for total in totals.values() {
        let Some((ordered, line)) = &total.ordered else {
            continue;
        };
        let margin = *ordered * tolerance;
        let difference = total.shipped - *ordered;
        let (rule, word) = if difference < -margin {
            (Rule::QuantityShort, "Short")
        } else if difference > margin {
            (Rule::QuantityOver, "Over")
        } else {
            continue;
        };
        let number = line.line.trim_start_matches('0');
        let title = format!(
            "{word} {} {} on line {number}",
            difference.abs().normalize(),
            line.unit
        );
        let figures = json!({
            "ordered": ordered.normalize().to_string(), "shipped": total.shipped.normalize().to_string(),
            "difference": difference.normalize().to_string(), "unit": line.unit, "product": line.product,
        });
        out.findings.push(raise(
            facts,
            notice,
            (rule, Severity::Warning),
            title,
            format!("line {number}"),
            figures,
            notice.arrived_at,
        ));
    }
}

fn billing(
    facts: &ThreadFacts<'_>,
    invoice: &Document,
    shipped_at_all: bool,
    totals: &BTreeMap<String, Totals<'_>>,
    out: &mut ThreadFindings,
) {
    for line in lines(invoice) {
        let Some(total) = totals.get(&line_key(line)) else {
            continue;
        };
        let number = total
            .ordered
            .as_ref()
            .map_or(line.line.as_str(), |(_, l)| l.line.as_str())
            .trim_start_matches('0');
        if shipped_at_all && total.shipped.is_zero() && !quantity(line).is_zero() {
            let figures = json!({"invoiced": quantity(line).normalize().to_string(), "unit": line.unit, "product": line.product});
            let title = format!("Line {number} billed, not shipped");
            out.findings.push(raise(
                facts,
                invoice,
                (Rule::BilledNotShipped, Severity::Failure),
                title,
                format!("line {number}"),
                figures,
                invoice.arrived_at,
            ));
        }
        let price = |l: &DocumentLine| {
            l.price
                .as_deref()
                .and_then(|p| p.trim().parse::<Decimal>().ok())
        };
        if let (Some(billed), Some(agreed)) = (
            price(line),
            total.ordered.as_ref().and_then(|(_, l)| price(l)),
        ) && (billed - agreed).abs() > facts.policy.findings.price_tolerance
        {
            let figures = json!({"ordered": agreed.to_string(), "invoiced": billed.to_string(), "currency": invoice.currency, "product": line.product});
            let title = format!("Price differs on line {number}");
            out.findings.push(raise(
                facts,
                invoice,
                (Rule::PriceDiffers, Severity::Failure),
                title,
                format!("line {number} price"),
                figures,
                invoice.arrived_at,
            ));
        }
    }
}
