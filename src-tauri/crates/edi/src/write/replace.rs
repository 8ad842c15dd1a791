//! A corrected invoice in the place of one that was sent: the same document line by line, with other quantities and
//! prices, its total worked out anew, marked as a replacement (X12 BIG08 `05`; EDIFACT BGM 1225 `5`, 1001 `384`).
//!
//! What carries amounts that cannot be worked out from lines (allowances, charges, taxes) is refused, never guessed.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Body, EdifactWriter, Stamp, X12Writer};
use crate::{
    Element, Group, Interchange, Message, Segment, Severity, Standard, decimal::parse_decimal, read,
};

/// What changes on one line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineChange {
    /// Number of the line as the invoice writes it.
    pub line: String,
    /// Invoiced quantity; `None` where it stays.
    pub quantity: Option<Decimal>,
    /// Unit price; `None` where it stays.
    pub price: Option<Decimal>,
}

/// A replacement about to be written.
#[derive(Debug, Clone)]
pub struct Replacement<'a> {
    /// Control number of the new interchange, up to nine digits.
    pub control_number: u32,
    /// When it is prepared.
    pub stamp: Stamp,
    /// Changes, each of a line that exists.
    pub changes: &'a [LineChange],
    /// Decimals of the currency: the total is rounded to them, halves away from zero.
    pub decimals: u32,
}

/// A replacement as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The whole interchange.
    pub interchange: String,
    /// Total of the invoice it replaces, worked out from its lines.
    pub before: Decimal,
    /// Total of the new one.
    pub after: Decimal,
}

/// Why an invoice cannot be replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReplaceable {
    /// The bytes are not one invoice that can be read without errors.
    #[error("the original cannot be read as one invoice: {0}")]
    Unreadable(String),
    /// It has amounts that do not follow from its lines.
    #[error("the original has {0}, so its total does not follow from its lines")]
    OtherAmounts(String),
    /// A line that was to change is not in it, or lacks the value to change.
    #[error("the original has no line {0} with a quantity and a price")]
    NoLine(String),
}

/// Segments that add to or take from what the lines come to.
const OTHER_AMOUNTS: [&str; 6] = ["SAC", "TXI", "ITA", "ALC", "TAX", "PCD"];

/// The invoice in `original`, corrected.
///
/// # Errors
/// [`NotReplaceable`]; nothing is written then.
pub fn replace_invoice(
    original: &[u8],
    with: &Replacement<'_>,
) -> Result<Replaced, NotReplaceable> {
    let reading = read(original);
    if let Some(problem) = reading
        .problems
        .iter()
        .find(|p| p.severity == Severity::Error)
    {
        return Err(NotReplaceable::Unreadable(problem.message.clone()));
    }
    let mut messages = reading.messages();
    let (Some((interchange, group, message)), None) = (messages.next(), messages.next()) else {
        let words = "it has not exactly one document";
        return Err(NotReplaceable::Unreadable(words.to_owned()));
    };
    if !matches!(message.kind.as_str(), "810" | "INVOIC") {
        let words = format!("it is a {}", message.kind);
        return Err(NotReplaceable::Unreadable(words));
    }
    if let Some(other) = content(message).find(|s| OTHER_AMOUNTS.contains(&s.tag.as_str())) {
        return Err(NotReplaceable::OtherAmounts(other.tag.clone()));
    }
    if let Some(amount) = content(message)
        .filter(|s| s.tag == "MOA")
        .find(|s| !is_known(s))
    {
        let words = format!("MOA {}", amount.part(1, 1).unwrap_or_default());
        return Err(NotReplaceable::OtherAmounts(words));
    }
    let mut lines = lines(interchange.standard, content(message))?;
    let round = |total: Decimal| {
        total.round_dp_with_strategy(with.decimals, RoundingStrategy::MidpointAwayFromZero)
    };
    let before = round(total(&lines)?);
    let stated = crate::Document::of(interchange, group, message).and_then(|d| d.total);
    if let Some(stated) = stated.as_deref().and_then(parse_decimal)
        && stated != before
    {
        // A price for another quantity than one, or something this does not know of.
        let words = format!("a total of {stated}, where its lines come to {before}");
        return Err(NotReplaceable::OtherAmounts(words));
    }
    for change in with.changes {
        let line = lines
            .iter_mut()
            .find(|l| l.line == change.line)
            .ok_or_else(|| NotReplaceable::NoLine(change.line.clone()))?;
        line.quantity = change.quantity.unwrap_or(line.quantity);
        line.price = change.price.unwrap_or(line.price);
    }
    let after = round(total(&lines)?);
    if interchange.standard == Standard::X12 && after.normalize().scale() > 2 {
        let words = "a total of other decimals than TDS can say".to_owned();
        return Err(NotReplaceable::OtherAmounts(words));
    }
    let new = New {
        lines: &lines,
        total: after,
        decimals: with.decimals,
    };
    let interchange = match interchange.standard {
        Standard::X12 => x12(interchange, group, message, with, &new),
        Standard::Edifact => edifact(interchange, message, with, &new),
    };
    Ok(Replaced {
        interchange,
        before,
        after,
    })
}

/// A line with what it will say.
struct Line {
    line: String,
    quantity: Decimal,
    price: Decimal,
}

struct New<'a> {
    lines: &'a [Line],
    total: Decimal,
    decimals: u32,
}

/// Segments of a document between its header and its trailer.
fn content(message: &Message) -> impl Iterator<Item = &Segment> {
    let envelope = ["ST", "SE", "UNH", "UNT"];
    message
        .body
        .iter()
        .filter(move |s| !envelope.contains(&s.tag.as_str()))
}

fn lines<'a>(
    standard: Standard,
    segments: impl Iterator<Item = &'a Segment>,
) -> Result<Vec<Line>, NotReplaceable> {
    let mut found: Vec<(String, Option<Decimal>, Option<Decimal>)> = Vec::new();
    for segment in segments {
        match (standard, segment.tag.as_str()) {
            (Standard::X12, "IT1") => found.push((
                segment.value(1).unwrap_or_default().to_owned(),
                segment.value(2).and_then(parse_decimal),
                segment.value(4).and_then(parse_decimal),
            )),
            (Standard::Edifact, "LIN") => {
                let line = segment.value(1).unwrap_or_default();
                found.push((line.to_owned(), None, None));
            }
            (Standard::Edifact, "QTY") if segment.part(1, 1) == Some("47") => {
                if let Some(line) = found.last_mut() {
                    line.1 = segment.part(1, 2).and_then(parse_decimal);
                }
            }
            (Standard::Edifact, "PRI") if is_price(segment) => {
                if let Some(line) = found.last_mut() {
                    line.2 = segment.part(1, 2).and_then(parse_decimal);
                }
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .map(|(line, quantity, price)| match (quantity, price) {
            (Some(quantity), Some(price)) => Ok(Line {
                line,
                quantity,
                price,
            }),
            _ => Err(NotReplaceable::NoLine(line)),
        })
        .collect()
}

/// What lines come to.
fn total(lines: &[Line]) -> Result<Decimal, NotReplaceable> {
    let too_large = || NotReplaceable::Unreadable("its amounts are too large".to_owned());
    lines.iter().try_fold(Decimal::ZERO, |sum, line| {
        let amount = line.quantity.checked_mul(line.price);
        let sum = amount.and_then(|amount| sum.checked_add(amount));
        sum.filter(|sum| sum.checked_mul(Decimal::ONE_HUNDRED).is_some())
            .ok_or_else(too_large)
    })
}

/// Amounts of the whole invoice, and of a line, that follow from its lines.
const OF_ALL: [&str; 7] = ["9", "39", "77", "79", "86", "125", "139"];
const OF_LINE: [&str; 3] = ["38", "66", "203"];

fn is_known(segment: &Segment) -> bool {
    let qualifier = segment.part(1, 1).unwrap_or_default();
    OF_ALL.contains(&qualifier) || OF_LINE.contains(&qualifier)
}

/// Calculation net or gross.
fn is_price(segment: &Segment) -> bool {
    matches!(segment.part(1, 1), Some("AAA" | "AAB"))
}

fn x12(
    interchange: &Interchange,
    group: &Group,
    message: &Message,
    with: &Replacement<'_>,
    new: &New<'_>,
) -> String {
    let (sender, receiver) = (
        interchange.sender.to_string(),
        interchange.receiver.to_string(),
    );
    X12Writer::new(
        &sender,
        &receiver,
        with.control_number,
        with.stamp.clone(),
        interchange.test,
    )
    .version(&interchange.version)
    .group("IN", with.control_number)
    .named_as(group)
    .transaction("810", "0001", |body| {
        let mut lines = new.lines.iter();
        for segment in content(message) {
            let mut elements: Vec<String> = segment
                .elements
                .iter()
                .map(|e| e.text().to_owned())
                .collect();
            match segment.tag.as_str() {
                "BIG" => set(&mut elements, 8, "05".to_owned()),
                "IT1" => {
                    if let Some(line) = lines.next() {
                        set(&mut elements, 2, line.quantity.normalize().to_string());
                        set(&mut elements, 4, line.price.to_string());
                    }
                }
                // N2: two decimals are implied.
                "TDS" => {
                    let cents = (new.total * Decimal::ONE_HUNDRED).normalize().to_string();
                    elements = vec![cents];
                }
                // The hash total of quantities, which are others now.
                "CTT" => elements.truncate(1),
                _ => {}
            }
            let mut all = vec![segment.tag.as_str()];
            all.extend(elements.iter().map(String::as_str));
            body.segment(&all);
        }
    })
    .finish()
}

fn edifact(
    interchange: &Interchange,
    message: &Message,
    with: &Replacement<'_>,
    new: &New<'_>,
) -> String {
    let (sender, receiver) = (
        interchange.sender.to_string(),
        interchange.receiver.to_string(),
    );
    let reference = format!("{:09}", with.control_number);
    EdifactWriter::new(
        &sender,
        &receiver,
        &reference,
        with.stamp.clone(),
        interchange.test,
    )
    .message("INVOIC", &message.version, "1", |body| {
        let mut place = None;
        for segment in content(message) {
            let mut elements: Vec<Vec<String>> = segment.elements.iter().map(components).collect();
            if segment.tag == "LIN" {
                place = Some(place.map_or(0, |n| n + 1));
            }
            let line = place.and_then(|n: usize| new.lines.get(n));
            match (segment.tag.as_str(), line) {
                ("BGM", _) => {
                    part(&mut elements, 1, 1, "384".to_owned());
                    part(&mut elements, 3, 1, "5".to_owned());
                }
                ("QTY", Some(line)) if segment.part(1, 1) == Some("47") => {
                    part(&mut elements, 1, 2, line.quantity.normalize().to_string());
                }
                ("PRI", Some(line)) if is_price(segment) => {
                    part(&mut elements, 1, 2, line.price.to_string());
                }
                ("MOA", line) => {
                    let amount = match (segment.part(1, 1), line) {
                        (Some(q), Some(line)) if OF_LINE.contains(&q) => {
                            line.quantity.checked_mul(line.price)
                        }
                        (Some(q), _) if OF_ALL.contains(&q) => Some(new.total),
                        _ => None,
                    };
                    if let Some(amount) = amount {
                        let amount = amount.round_dp_with_strategy(
                            new.decimals,
                            RoundingStrategy::MidpointAwayFromZero,
                        );
                        part(&mut elements, 1, 2, amount.normalize().to_string());
                    }
                }
                _ => {}
            }
            write(body, &segment.tag, &elements);
        }
    })
    .finish()
}

fn write(body: &mut Body, tag: &str, elements: &[Vec<String>]) {
    let parts: Vec<Vec<&str>> = std::iter::once(vec![tag])
        .chain(
            elements
                .iter()
                .map(|e| e.iter().map(String::as_str).collect()),
        )
        .collect();
    let all: Vec<&[&str]> = parts.iter().map(Vec::as_slice).collect();
    body.composite(&all);
}

fn components(element: &Element) -> Vec<String> {
    let first = element.repetitions().next().unwrap_or_default();
    first.into_iter().map(str::to_owned).collect()
}

/// Sets element `number` (from 1).
fn set(elements: &mut Vec<String>, number: usize, value: String) {
    if elements.len() < number {
        elements.resize(number, String::new());
    }
    if let Some(place) = number.checked_sub(1).and_then(|n| elements.get_mut(n)) {
        *place = value;
    }
}

/// Sets component `component` of element `number` (both from 1).
fn part(elements: &mut Vec<Vec<String>>, number: usize, component: usize, value: String) {
    if elements.len() < number {
        elements.resize(number, Vec::new());
    }
    if let Some(element) = number.checked_sub(1).and_then(|n| elements.get_mut(n)) {
        set(element, component, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x12() -> String {
        X12Writer::new("ZZ:US", "ZZ:THEM", 41, Stamp::new(2026, 11, 2, 9, 0), false)
            .group("IN", 41)
            .transaction("810", "0001", |t| {
                t.segment(&["BIG", "20261102", "CI-1", "20261020", "PO-9"]);
                t.segment(&["CUR", "BY", "EUR"]);
                t.segment(&["IT1", "1", "10", "EA", "12.50", "", "BP", "BOLT"]);
                t.segment(&["IT1", "2", "3", "EA", "0.333", "", "BP", "NUT"]);
                t.segment(&["TDS", "12600"]);
                t.segment(&["CTT", "2", "13"]);
            })
            .finish()
    }

    fn edifact() -> String {
        let stamp = Stamp::new(2026, 11, 2, 9, 0);
        EdifactWriter::new("14:US", "14:THEM", "41", stamp, false)
            .message("INVOIC", "D:96A:UN", "1", |m| {
                m.segment(&["BGM", "380", "CI-1", "9"]);
                m.composite(&[&["LIN"], &["1"], &[], &["BOLT", "BP"]]);
                m.composite(&[&["QTY"], &["47", "10", "EA"]]);
                m.composite(&[&["PRI"], &["AAA", "12.50"]]);
                m.composite(&[&["LIN"], &["2"], &[], &["NUT", "BP"]]);
                m.composite(&[&["QTY"], &["47", "3", "EA"]]);
                m.composite(&[&["PRI"], &["AAA", "0.333"]]);
                m.segment(&["UNS", "S"]);
                m.composite(&[&["MOA"], &["77", "126"]]);
            })
            .finish()
    }

    fn replaced(original: &str, changes: &[LineChange]) -> Result<Replaced, NotReplaceable> {
        replace_invoice(
            original.as_bytes(),
            &Replacement {
                control_number: 123_456_789,
                stamp: Stamp::new(2026, 11, 30, 10, 0),
                changes,
                decimals: 2,
            },
        )
    }

    fn price(line: &str, price: &str) -> LineChange {
        LineChange {
            line: line.to_owned(),
            quantity: None,
            price: Some(price.parse().unwrap()),
        }
    }

    #[test]
    fn a_replacement_reads_as_the_same_invoice_with_other_lines_and_their_sum() {
        for original in [x12(), edifact()] {
            let done = replaced(&original, &[price("1", "11.90")]).unwrap();
            assert_eq!(done.before.to_string(), "126.00", "{original}");
            assert_eq!(done.after.to_string(), "120.00");
            let reading = read(done.interchange.as_bytes());
            assert!(reading.problems.is_empty(), "{:?}", reading.problems);
            let document = &reading.documents()[0];
            assert_eq!(document.number.as_deref(), Some("CI-1"));
            let purpose = document.purpose.as_deref();
            assert!(matches!(purpose, Some("05" | "5")), "{purpose:?}");
            let total: Decimal = document.total.as_deref().unwrap().parse().unwrap();
            assert_eq!(total, Decimal::from(120));
            assert_eq!(document.lines[0].price.as_deref(), Some("11.90"));
            assert_eq!(document.lines[1].price.as_deref(), Some("0.333"));
            assert_ne!(document.envelope.interchange, "41");
        }
    }

    #[test]
    fn a_replacement_is_for_the_same_people_inside_the_companies() {
        let stamp = Stamp::new(2026, 11, 2, 9, 0);
        let original = X12Writer::new("ZZ:US", "ZZ:THEM", 41, stamp, false)
            .version("00501")
            .group("IN", 41)
            .transaction("810", "0001", |t| {
                t.segment(&["BIG", "20261102", "CI-1", "20261020", "PO-9"]);
                t.segment(&["IT1", "1", "10", "EA", "12.50", "", "BP", "BOLT"]);
                t.segment(&["TDS", "12500"]);
            })
            .finish()
            .replace("GS*IN*US*THEM*", "GS*IN*BILLING*PAYABLES*")
            .replace("*X*005010~", "*X*005010UCS~");
        let done = replaced(&original, &[price("1", "11.90")]).unwrap();
        let reading = read(done.interchange.as_bytes());
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        let (interchange, group, _) = reading.messages().next().unwrap();
        assert_eq!(interchange.version, "00501");
        assert_eq!(
            [&group.sender, &group.receiver, &group.version],
            ["BILLING", "PAYABLES", "005010UCS"]
        );
    }

    #[test]
    fn what_does_not_follow_from_lines_is_refused() {
        let taxed = x12()
            .replace("TDS*", "TXI*ST*1.00~TDS*")
            .replace("SE*8", "SE*9");
        assert!(matches!(
            replaced(&taxed, &[price("1", "1")]),
            Err(NotReplaceable::OtherAmounts(_))
        ));
        // Priced for a hundred, or an amount nobody knows how to work out.
        for strange in [
            x12().replace("TDS*12600", "TDS*126"),
            edifact().replace("MOA+77:126", "MOA+77:1.26"),
            edifact().replace("MOA+77:126", "MOA+8:126"),
        ] {
            let refused = replaced(&strange, &[price("1", "1")]);
            assert!(
                matches!(refused, Err(NotReplaceable::OtherAmounts(_))),
                "{refused:?}"
            );
        }
        assert!(matches!(
            replaced(&x12(), &[price("7", "1")]),
            Err(NotReplaceable::NoLine(_))
        ));
        let order = X12Writer::new("ZZ:A", "ZZ:B", 1, Stamp::new(2026, 1, 1, 0, 0), false)
            .group("PO", 1)
            .transaction("850", "0001", |t| {
                t.segment(&["BEG", "00", "SA", "1", "", "20260101"]);
            })
            .finish();
        for bytes in [order.as_bytes(), b"", b"ISA*broken", &[0xff, 0xfe, 0x00]] {
            let with = Replacement {
                control_number: 1,
                stamp: Stamp::new(2026, 1, 1, 0, 0),
                changes: &[],
                decimals: 2,
            };
            assert!(replace_invoice(bytes, &with).is_err());
        }
    }
}
