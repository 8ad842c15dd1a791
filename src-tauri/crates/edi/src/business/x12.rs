//! 850, 855, 856, 810, 860 and 865.

use std::collections::HashMap;

use super::dates;
use super::types::{
    Answer, Document, DocumentKind, Line, LineChange, Party, Product, ProductKind, QuantityKind,
    Reference,
};
use crate::ack::words;
use crate::decimal::parse_decimal;
use crate::segment::Segment;

pub(super) fn fill(document: &mut Document, body: &[Segment]) {
    let mut reader = Reader {
        document,
        line: None,
        levels: Levels::default(),
        detail: false,
    };
    for segment in body {
        reader.take(segment);
    }
    reader.end_line();
}

struct Reader<'a> {
    document: &'a mut Document,
    line: Option<Line>,
    levels: Levels,
    /// Behind the first line, where parties and dates belong to lines.
    detail: bool,
}

impl Reader<'_> {
    fn take(&mut self, segment: &Segment) {
        match segment.tag.as_str() {
            "BEG" => self.head(
                segment,
                Head {
                    purpose: 1,
                    number: 3,
                    order: 3,
                    date: 5,
                },
            ),
            "BCH" => self.head(
                segment,
                Head {
                    purpose: 1,
                    number: 3,
                    order: 3,
                    date: 6,
                },
            ),
            "BAK" => {
                self.head(
                    segment,
                    Head {
                        purpose: 1,
                        number: 8,
                        order: 3,
                        date: 4,
                    },
                );
                self.document.answer = segment.value(2).and_then(answer);
            }
            "BCA" => {
                self.head(
                    segment,
                    Head {
                        purpose: 1,
                        number: 9,
                        order: 3,
                        date: 6,
                    },
                );
                self.document.answer = segment.value(2).and_then(answer);
            }
            "BSN" => self.head(
                segment,
                Head {
                    purpose: 1,
                    number: 2,
                    order: 0,
                    date: 3,
                },
            ),
            "BIG" => {
                self.head(
                    segment,
                    Head {
                        purpose: 8,
                        number: 2,
                        order: 4,
                        date: 1,
                    },
                );
                self.document.dates.ordered = segment.value(3).map(date_text);
                self.document.credit = segment
                    .value(7)
                    .is_some_and(|kind| matches!(kind, "CR" | "CN" | "CD"));
            }
            "PO1" | "IT1" => self.item(segment, 2, 3, 4, 6),
            "POC" => self.change(segment),
            "HL" => {
                self.end_line();
                self.levels.enter(segment);
                self.detail = segment
                    .value(3)
                    .is_some_and(|level| !matches!(level, "S" | "O"));
            }
            "PRF" => {
                let order = segment.value(1).map(str::to_owned);
                if self.document.order_number.is_none() {
                    self.document.order_number.clone_from(&order);
                    self.document.dates.ordered = segment.value(4).map(date_text);
                }
                self.levels.order(order);
            }
            "LIN" if self.document.kind == DocumentKind::ShipNotice => {
                self.begin_shipped(segment);
                let line = self.line.get_or_insert_default();
                line.line_number = segment
                    .value(1)
                    .map(str::to_owned)
                    .or(line.line_number.take());
                line.products = products(segment, 2);
            }
            "SN1" if self.document.kind == DocumentKind::ShipNotice => self.shipped(segment),
            "ACK" => self.acknowledge(segment),
            "PID" => self.describe(segment.value(5)),
            "CUR" if self.line.is_none() => {
                self.document.currency = segment.value(2).map(str::to_owned);
            }
            "DTM" => self.date(segment),
            "N1" if !self.detail => self.party(segment),
            "REF" => self.reference(segment),
            "MSG" => self.note(segment.text(1)),
            "TDS" => {
                self.end_line();
                self.document.total = segment.value(1).map(two_places);
                if let Some(total) = segment.value(1) {
                    self.document.credit |= total.starts_with('-');
                }
            }
            "AMT" if segment.value(1) == Some("TT") && self.document.total.is_none() => {
                self.document.total = segment.value(2).map(str::to_owned);
            }
            "CTT" | "SE" => self.end_line(),
            _ => {}
        }
    }

    fn head(&mut self, segment: &Segment, head: Head) {
        let text = |n: usize| segment.value(n).map(str::to_owned);
        self.document.purpose = text(head.purpose);
        self.document.order_number = text(head.order);
        self.document.number = text(head.number).or_else(|| text(head.order));
        self.document.dates.issued = segment.value(head.date).map(date_text);
    }

    /// PO1, IT1: the quantity is the one the document is about.
    fn item(&mut self, segment: &Segment, quantity: usize, unit: usize, price: usize, ids: usize) {
        self.end_line();
        self.detail = true;
        let mut line = Line {
            line_number: segment.value(1).map(str::to_owned),
            products: products(segment, ids),
            price: segment.value(price).map(str::to_owned),
            position: segment.offset,
            ..Line::default()
        };
        let kind = match self.document.kind {
            DocumentKind::Invoice => QuantityKind::Invoiced,
            _ => QuantityKind::Ordered,
        };
        if let Some(value) = segment.value(quantity) {
            line.set(kind, value, segment.value(unit));
        }
        self.line = Some(line);
    }

    fn change(&mut self, segment: &Segment) {
        self.item(segment, 3, 5, 6, 8);
        if let Some(line) = self.line.as_mut() {
            line.change = segment.value(2).map(|code| match code {
                "AI" => LineChange::Added,
                "DI" => LineChange::Deleted,
                _ => LineChange::Changed,
            });
        }
    }

    fn begin_shipped(&mut self, segment: &Segment) {
        // One item level may hold several LIN and SN1 pairs.
        if self.line.as_ref().is_some_and(|l| !l.products.is_empty()) {
            self.end_line();
        }
        self.detail = true;
        let order = self.levels.current_order();
        let line = self.line.get_or_insert_default();
        line.position = segment.offset;
        line.order_number = order;
    }

    fn shipped(&mut self, segment: &Segment) {
        if self.line.is_none() {
            self.begin_shipped(segment);
        }
        let Some(line) = self.line.as_mut() else {
            return;
        };
        if line.line_number.is_none() {
            line.line_number = segment.value(1).map(str::to_owned);
        }
        if let Some(value) = segment.value(2) {
            line.set(QuantityKind::Shipped, value, segment.value(3));
        }
        if let Some(value) = segment.value(5) {
            line.set(
                QuantityKind::Ordered,
                value,
                segment.value(6).or(segment.value(3)),
            );
        }
    }

    /// ACK: one schedule of the seller's answer to the line before it.
    fn acknowledge(&mut self, segment: &Segment) {
        let Some(line) = self.line.as_mut() else {
            return;
        };
        let code = segment.value(1).unwrap_or_default();
        let kind = if words::line_is_backordered(code) {
            Some(QuantityKind::Backordered)
        } else if words::line_is_refused(code) {
            None
        } else {
            Some(QuantityKind::Acknowledged)
        };
        line.status.push(code.to_owned());
        if let (Some(kind), Some(value)) = (kind, segment.value(2)) {
            line.set(kind, value, segment.value(3));
        }
        if let Some(date) = segment.value(5) {
            line.date = Some(date_text(date));
        }
    }

    fn describe(&mut self, text: Option<&str>) {
        if let (Some(line), Some(text)) = (self.line.as_mut(), text)
            && line.description.is_none()
        {
            line.description = Some(text.to_owned());
        }
    }

    fn note(&mut self, text: Option<&str>) {
        if let (Some(line), Some(text)) = (self.line.as_mut(), text)
            && line.note.is_none()
        {
            line.note = Some(text.to_owned());
        }
    }

    fn date(&mut self, segment: &Segment) {
        let Some(date) = segment.value(2).map(date_text) else {
            return;
        };
        let dates = &mut self.document.dates;
        let qualifier = segment.value(1).unwrap_or_default();
        match (&mut self.line, qualifier) {
            (Some(line), "002" | "010" | "067" | "068" | "038") => line.date = Some(date),
            (Some(_), _) => {}
            (None, "002" | "074" | "064") => dates.delivery_requested = Some(date),
            (None, "010" | "038") => dates.ship_requested = Some(date),
            (None, "011") => dates.shipped = Some(date),
            (None, "017" | "067") => dates.delivery_expected = Some(date),
            _ => {}
        }
    }

    fn party(&mut self, segment: &Segment) {
        let text = |n: usize| segment.text(n).map(str::to_owned);
        if let Some(role) = segment.value(1) {
            self.document.parties.push(Party {
                role: role.to_owned(),
                name: text(2),
                id_qualifier: text(3),
                id: text(4),
            });
        }
    }

    fn reference(&mut self, segment: &Segment) {
        let value = segment.text(2).map(str::to_owned);
        match self.line.as_mut() {
            Some(line) => {
                if segment.value(1) == Some("PO") {
                    line.order_number = value;
                } else if line.note.is_none() {
                    line.note = segment.text(3).map(str::to_owned);
                }
            }
            None => {
                if let (Some(qualifier), Some(value)) = (segment.value(1), value) {
                    if qualifier == "PO" && self.document.order_number.is_none() {
                        self.document.order_number = Some(value.clone());
                    }
                    self.document.references.push(Reference {
                        qualifier: qualifier.to_owned(),
                        value,
                    });
                }
            }
        }
    }

    fn end_line(&mut self) {
        self.document.lines.extend(self.line.take());
    }
}

/// Element numbers of a beginning segment; 0 for none.
struct Head {
    purpose: usize,
    number: usize,
    order: usize,
    date: usize,
}

/// The hierarchy of an 856: which order a level belongs to.
#[derive(Default)]
struct Levels {
    orders: HashMap<String, String>,
    current: String,
    last: Option<String>,
}

impl Levels {
    fn enter(&mut self, segment: &Segment) {
        self.current = segment.value(1).unwrap_or_default().to_owned();
        // A level inherits the order of its parent, which stands before it.
        let inherited = segment
            .value(2)
            .and_then(|parent| self.orders.get(parent))
            .cloned();
        if let Some(order) = inherited {
            self.orders.insert(self.current.clone(), order);
        }
    }

    fn order(&mut self, order: Option<String>) {
        if let Some(order) = order {
            self.orders.insert(self.current.clone(), order.clone());
            self.last = Some(order);
        }
    }

    fn current_order(&self) -> Option<String> {
        self.orders
            .get(&self.current)
            .or(self.last.as_ref())
            .cloned()
    }
}

/// Pairs of qualifier and number from element `from` on.
fn products(segment: &Segment, from: usize) -> Vec<Product> {
    (from..=segment.elements.len())
        .step_by(2)
        .filter_map(|n| {
            let qualifier = segment.value(n)?;
            let value = segment.text(n + 1)?.to_owned();
            let kind = match qualifier {
                "BP" | "IN" | "CB" | "PI" | "SK" | "BN" => ProductKind::Buyer,
                "VP" | "VN" | "VC" | "VA" | "VS" | "SA" => ProductKind::Vendor,
                "UP" | "UK" | "EN" | "UA" | "UI" | "UN" | "UE" | "EO" | "GT" => ProductKind::Gtin,
                // Descriptive qualifiers are no identifiers.
                "PR" | "LT" | "PO" | "PD" => return None,
                _ => ProductKind::Other,
            };
            Some(Product {
                kind,
                qualifier: qualifier.to_owned(),
                value,
            })
        })
        .collect()
}

fn answer(code: &str) -> Option<Answer> {
    Some(match code {
        "AD" | "AP" | "AT" => Answer::Accepted,
        "AK" | "AH" => Answer::Received,
        "AC" | "AE" => Answer::Changed,
        "RD" | "RF" | "RJ" | "RO" => Answer::Rejected,
        _ => return None,
    })
}

fn date_text(text: &str) -> String {
    dates::day(text).unwrap_or_else(|| text.to_owned())
}

/// TDS has two implied decimal places.
fn two_places(text: &str) -> String {
    let scaled = parse_decimal(text)
        .filter(|n| n.is_integer())
        .and_then(|n| i64::try_from(n).ok())
        .map(|n| rust_decimal::Decimal::new(n, 2).to_string());
    scaled.unwrap_or_else(|| text.to_owned())
}
