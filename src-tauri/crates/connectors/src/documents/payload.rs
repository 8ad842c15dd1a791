//! What a payload says, as far as the mirror keeps it.

use domain::record::{AckError, AckTrack, Acknowledged, Document, DocumentContent, DocumentLine};
use edi::{
    Acknowledgement, Message, Reading, Severity,
    ack::{Outcome, Status},
    business::{Line, ProductKind, QuantityKind},
};

/// More lines or errors of one document are not mirrored.
const MOST: usize = 5_000;
/// Bytes of a line beside its texts.
const LINE: usize = 200;

/// Reads the bytes of a document into its record: content, control numbers, test mark, and what is wrong with it.
pub(super) fn read_into(document: &mut Document, bytes: &[u8]) {
    document.payload_sha256 = Some(domain::canonical::sha256_hex(bytes));
    // Neither a receipt nor a letter is a business document: there is nothing in them to read.
    if document.doc_type == "MDN" || document.standard == "bin" {
        document.content = Some(DocumentContent::default());
        return;
    }
    let reading = edi::read(bytes);
    document.problem = reading
        .problems
        .iter()
        .find(|p| p.severity == Severity::Error)
        .map(|p| format!("{} at byte {}: {}", p.code, p.position, p.message));
    let Some((interchange, group, message)) = own_message(&reading, document) else {
        document
            .problem
            .get_or_insert_with(|| "the payload holds no such document".to_owned());
        return;
    };
    document.test |= interchange.test;
    let some = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
    document.interchange_control =
        some(&interchange.control_number).or(document.interchange_control.take());
    document.group_control = some(&group.control_number).or(document.group_control.take());
    document.document_control = some(&message.control_number).or(document.document_control.take());
    let mut content = DocumentContent::default();
    if let Some(business) = edi::Document::of(interchange, group, message) {
        content.date = business.dates.issued.as_deref().map(day);
        let dates = &business.dates;
        let shipping = [
            &dates.shipped,
            &dates.ship_requested,
            &dates.delivery_requested,
            &dates.delivery_expected,
        ];
        content.ship_date = shipping.into_iter().flatten().next().map(|d| day(d));
        let kind = quantity_kind(business.kind);
        content.lines = business
            .lines
            .iter()
            .take(MOST)
            .map(|l| line(l, kind))
            .collect();
        if document.currency.is_none() {
            document.currency.clone_from(&business.currency);
        }
        if document.amount.is_none() {
            document.amount.clone_from(&business.total);
        }
        if document.order_number.is_none() {
            document.order_number.clone_from(&business.order_number);
        }
    }
    content.acknowledged = Acknowledgement::all(interchange)
        .into_iter()
        .filter(|ack| {
            ack.position == message.position || ack.kind == edi::ack::AckKind::Interchange
        })
        .flat_map(acknowledged)
        .take(MOST)
        .collect();
    document.content = Some(content);
}

/// Bytes a document's content takes, by its texts.
pub(super) fn weight(document: &Document) -> usize {
    let Some(content) = &document.content else {
        return 0;
    };
    let lines = content.lines.iter().map(|l| {
        let texts = [&l.line, &l.product, &l.description, &l.quantity, &l.unit];
        let more = [&l.price, &l.status].into_iter().flatten();
        texts
            .into_iter()
            .chain(more)
            .map(String::len)
            .sum::<usize>()
            + LINE
    });
    let acknowledged = content.acknowledged.iter().map(|a| {
        let words = a
            .errors
            .iter()
            .map(|e| e.segment.len() + e.code.len() + e.words.len() + LINE);
        words.sum::<usize>() + LINE
    });
    lines.chain(acknowledged).sum()
}

/// The message of the transaction: by type and control number, else the only one of its type, else the only one.
fn own_message<'a>(
    reading: &'a Reading,
    document: &Document,
) -> Option<(&'a edi::Interchange, &'a edi::Group, &'a Message)> {
    let all: Vec<_> = reading.messages().collect();
    let typed: Vec<_> = all
        .iter()
        .filter(|(.., m)| m.kind == document.doc_type)
        .collect();
    let exact = typed.iter().find(|(.., m)| {
        document
            .document_control
            .as_deref()
            .is_some_and(|control| control == m.control_number)
    });
    match (exact, typed.as_slice(), all.as_slice()) {
        (Some(exact), ..) => Some(**exact),
        (None, [only], _) => Some(**only),
        (None, [], [only]) => Some(*only),
        _ => None,
    }
}

const fn quantity_kind(kind: edi::business::DocumentKind) -> QuantityKind {
    use edi::business::DocumentKind as Kind;
    match kind {
        Kind::Order | Kind::OrderChange => QuantityKind::Ordered,
        Kind::OrderResponse | Kind::ChangeResponse => QuantityKind::Acknowledged,
        Kind::ShipNotice => QuantityKind::Shipped,
        Kind::Invoice => QuantityKind::Invoiced,
    }
}

fn line(line: &Line, kind: QuantityKind) -> DocumentLine {
    let product = [
        ProductKind::Buyer,
        ProductKind::Vendor,
        ProductKind::Gtin,
        ProductKind::Other,
    ]
    .into_iter()
    .find_map(|kind| line.products.iter().find(|p| p.kind == kind));
    let quantity = line.quantity(kind);
    let unit = quantity
        .and_then(|q| q.unit.clone())
        .or_else(|| line.quantities.iter().find_map(|q| q.unit.clone()));
    DocumentLine {
        // An answer or a notice may number its lines anew; what counts is the line of the order.
        line: line
            .order_line
            .clone()
            .or_else(|| line.line_number.clone())
            .unwrap_or_default(),
        product: product.map(|p| p.value.clone()).unwrap_or_default(),
        description: line.description.clone().unwrap_or_default(),
        quantity: quantity
            .and_then(edi::business::Quantity::number)
            .map(|n| n.normalize().to_string())
            .unwrap_or_else(|| "0".to_owned()),
        unit: unit.unwrap_or_default(),
        price: line.unit_price().map(|p| p.normalize().to_string()),
        status: line.status.first().cloned(),
    }
}

fn day(text: &str) -> String {
    text.chars().take(10).collect()
}

fn track(status: Option<&Status>) -> AckTrack {
    match status.map(|s| s.outcome) {
        Some(Outcome::Accepted) => AckTrack::Accepted,
        Some(Outcome::AcceptedWithErrors) => AckTrack::AcceptedErrors,
        Some(Outcome::Partial) => AckTrack::Partial,
        Some(Outcome::Rejected) => AckTrack::Rejected,
        Some(Outcome::Received | Outcome::Unknown) | None => AckTrack::Pending,
    }
}

fn errors(list: &[edi::ack::AckError]) -> Vec<AckError> {
    list.iter()
        .take(MOST)
        .map(|e| AckError {
            segment: e.segment.clone().unwrap_or_default(),
            position: e.position.map(i64::from),
            element: e.element.map(|n| match e.component {
                Some(component) => format!("{n}:{component}"),
                None => n.to_string(),
            }),
            code: e.code.clone(),
            words: e.words.clone(),
        })
        .collect()
}

fn acknowledged(ack: Acknowledgement) -> Vec<Acknowledged> {
    let base = Acknowledged {
        interchange_control: ack.interchange.clone(),
        group_control: ack.group.clone(),
        document_control: None,
        doc_type: None,
        outcome: track(ack.status.as_ref()),
        errors: errors(&ack.errors),
    };
    if ack.sets.is_empty() {
        return vec![base];
    }
    ack.sets
        .iter()
        .map(|set| Acknowledged {
            document_control: Some(set.control_number.clone()),
            doc_type: Some(set.message_type.clone()),
            outcome: track(set.status.as_ref().or(ack.status.as_ref())),
            errors: errors(&set.errors),
            ..base.clone()
        })
        .collect()
}
