//! Ordered, acknowledged, shipped and invoiced, line by line.

use rust_decimal::Decimal;

use super::slots::Slots;
use super::{Comparison, Conversation, Difference, DifferenceKind, LineComparison, Rules, Stage};
use crate::business::{Answer, Document, DocumentKind};

/// Compares all documents of one order. Sums are exact; what cannot be compared
/// is a difference too, never left out.
#[must_use]
pub fn compare(conversation: &Conversation, documents: &[Document], rules: &Rules) -> Comparison {
    let number = conversation.order_number.as_str();
    let of = |kind| conversation.effective(documents, kind);
    let mut slots = Slots::new(rules);
    if let Some((_, order)) = of(DocumentKind::Order).last() {
        slots.order(order, number);
        slots.has_order = true;
        for (_, change) in of(DocumentKind::OrderChange) {
            slots.order(change, number);
        }
    }
    if conversation.is_cancelled(documents) {
        slots.cancel();
    }
    let seen = Seen {
        response: answers(conversation, documents, &mut slots),
        complete_response: of(DocumentKind::OrderResponse).any(|(_, d)| !d.lines.is_empty()),
        ship_notice: of(DocumentKind::ShipNotice).next().is_some(),
        invoice: of(DocumentKind::Invoice).next().is_some(),
    };
    for (index, notice) in of(DocumentKind::ShipNotice) {
        slots.shipment(index, notice, number);
    }
    for (index, invoice) in of(DocumentKind::Invoice) {
        slots.invoice(index, invoice, number);
    }
    let has_order = slots.has_order;
    let mut lines = slots.lines;
    for line in &mut lines {
        if !rules.conversions.is_empty() {
            line.close_gaps_of_conversion();
        }
        judge(line, &seen, rules);
    }
    Comparison {
        order_number: number.to_owned(),
        currency: conversation
            .documents
            .iter()
            .find_map(|i| documents.get(*i)?.currency.clone()),
        has_order,
        has_response: seen.response,
        has_ship_notice: seen.ship_notice,
        has_invoice: seen.invoice,
        lines,
    }
}

impl Conversation {
    /// Whether the buyer took the whole order back.
    fn is_cancelled(&self, documents: &[Document]) -> bool {
        self.documents
            .iter()
            .filter_map(|i| documents.get(*i))
            .any(|document| document.kind.is_from_buyer() && document.is_cancellation())
    }
}

/// Responses in the order of arrival, to the order and to its changes alike.
fn answers(conversation: &Conversation, documents: &[Document], slots: &mut Slots<'_>) -> bool {
    let number = conversation.order_number.as_str();
    let mut responses: Vec<(usize, &Document)> = conversation
        .effective(documents, DocumentKind::OrderResponse)
        .chain(conversation.effective(documents, DocumentKind::ChangeResponse))
        .collect();
    responses
        .sort_by_key(|(index, document)| (document.kind == DocumentKind::ChangeResponse, *index));
    for (index, response) in &responses {
        match response.answer {
            Some(Answer::Accepted) if response.lines.is_empty() => slots.respond_to_all(true),
            Some(Answer::Rejected) if response.lines.is_empty() => slots.respond_to_all(false),
            _ => slots.response(*index, response, number),
        }
    }
    !responses.is_empty()
}

/// Which documents there are.
struct Seen {
    response: bool,
    /// A response that lists all lines, not only changed ones.
    complete_response: bool,
    ship_notice: bool,
    invoice: bool,
}

fn judge(line: &mut LineComparison, seen: &Seen, rules: &Rules) {
    let incomparable = |line: &LineComparison, stage| {
        line.differences
            .iter()
            .any(|d| d.stage == stage && d.kind == DifferenceKind::UnitDiffers)
    };
    let price = line
        .ordered_price
        .or(line.acknowledged_price)
        .or(line.invoiced_price);
    let zero = Decimal::ZERO;
    let mut found = Vec::new();
    let mut note = |kind, stage, expected: Option<Decimal>, actual: Option<Decimal>| {
        let gap = actual
            .unwrap_or_default()
            .checked_sub(expected.unwrap_or_default());
        let amount = match kind {
            DifferenceKind::PriceDiffers => None,
            _ => gap
                .and_then(|gap| gap.abs().checked_mul(price?))
                .map(|a| a.normalize()),
        };
        let text = |n: Option<Decimal>| n.map(|n| n.normalize().to_string());
        found.push(Difference {
            kind,
            stage,
            expected: text(expected),
            actual: text(actual),
            amount,
            document: None,
        });
    };
    let within = |a, b| close(a, b, rules.quantity_percent);

    if let (Some(ordered), Some(acknowledged)) = (line.ordered, line.acknowledged) {
        if !within(ordered, acknowledged) {
            let kind = short_or_over(ordered, acknowledged);
            note(kind, Stage::Acknowledged, Some(ordered), Some(acknowledged));
        }
    } else if seen.complete_response
        && line.acknowledged.is_none()
        && line.ordered.is_some_and(|n| n > zero)
        && !incomparable(line, Stage::Acknowledged)
    {
        note(
            DifferenceKind::MissingLine,
            Stage::Acknowledged,
            line.ordered,
            None,
        );
    }

    let promised = line.acknowledged.or(line.ordered);
    // A seller may deliver later what it could not confirm at once: up to the
    // ordered quantity that is not too much, unless nothing was confirmed.
    let most = match line.acknowledged {
        Some(acknowledged) if acknowledged > zero => {
            Some(acknowledged.max(line.ordered.unwrap_or(zero)))
        }
        _ => promised,
    };
    if seen.ship_notice && !incomparable(line, Stage::Shipped) {
        match (promised, most, line.shipped) {
            (Some(due), _, Some(shipped)) if shipped < due && !within(due, shipped) => {
                note(
                    DifferenceKind::Short,
                    Stage::Shipped,
                    Some(due),
                    Some(shipped),
                );
            }
            (_, Some(most), Some(shipped)) if shipped > most && !within(most, shipped) => {
                note(
                    DifferenceKind::Over,
                    Stage::Shipped,
                    Some(most),
                    Some(shipped),
                );
            }
            (Some(promised), _, None) if promised > zero => {
                note(
                    DifferenceKind::MissingLine,
                    Stage::Shipped,
                    Some(promised),
                    None,
                );
            }
            _ => {}
        }
    }

    if seen.invoice && !incomparable(line, Stage::Invoiced) && !incomparable(line, Stage::Shipped) {
        let by_notice = seen.ship_notice || rules.ship_notice_expected;
        let due = if by_notice {
            line.shipped.or(Some(zero))
        } else {
            promised
        };
        match (due, line.invoiced) {
            (Some(due), Some(invoiced)) if !within(due, invoiced) => {
                let kind = match short_or_over(due, invoiced) {
                    DifferenceKind::Over if by_notice => DifferenceKind::BilledNotShipped,
                    kind => kind,
                };
                note(kind, Stage::Invoiced, Some(due), Some(invoiced));
            }
            (Some(due), None) if due > zero => {
                note(
                    DifferenceKind::MissingLine,
                    Stage::Invoiced,
                    Some(due),
                    None,
                );
            }
            _ => {}
        }
    }

    let pairs = [
        (
            Stage::Acknowledged,
            line.ordered_price,
            line.acknowledged_price,
        ),
        (
            Stage::Invoiced,
            line.ordered_price.or(line.acknowledged_price),
            line.invoiced_price,
        ),
    ];
    for (stage, expected, actual) in pairs {
        if let (Some(a), Some(b)) = (expected, actual)
            && !close(a, b, rules.price_percent)
            && !is_void(line, stage)
        {
            note(DifferenceKind::PriceDiffers, stage, expected, actual);
        }
    }
    line.differences.extend(found);
    line.differences.sort_by_key(|d| (d.stage, d.kind));
}

/// The price of a line of which nothing comes concerns nobody.
fn is_void(line: &LineComparison, stage: Stage) -> bool {
    let quantity = match stage {
        Stage::Acknowledged => line.acknowledged,
        Stage::Shipped => line.shipped,
        Stage::Invoiced => line.invoiced,
    };
    quantity.is_some_and(|n| n.is_zero())
}

fn short_or_over(expected: Decimal, actual: Decimal) -> DifferenceKind {
    if actual < expected {
        DifferenceKind::Short
    } else {
        DifferenceKind::Over
    }
}

/// Equal, or apart by at most so many percent of what is expected.
fn close(expected: Decimal, actual: Decimal, percent: Decimal) -> bool {
    if expected == actual {
        return true;
    }
    let allowed = expected.abs().checked_mul(percent);
    let apart = actual
        .checked_sub(expected)
        .and_then(|gap| gap.abs().checked_mul(Decimal::ONE_HUNDRED));
    matches!((apart, allowed), (Some(apart), Some(allowed)) if apart <= allowed)
}
