//! ORDERS, ORDCHG, ORDRSP, DESADV and INVOIC.

use super::dates;
use super::types::{
    Answer, Document, DocumentKind, Line, LineChange, Party, Product, ProductKind, QuantityKind,
    Reference,
};
use crate::segment::Segment;

pub(super) fn fill(document: &mut Document, body: &[Segment]) {
    let mut reader = Reader {
        document,
        line: None,
        price_rank: None,
        summary: false,
        total: None,
    };
    for segment in body {
        reader.take(segment);
    }
    reader.end_line();
}

struct Reader<'a> {
    document: &'a mut Document,
    line: Option<Open>,
    /// Rank of the price kept for the line; lower is better.
    price_rank: Option<usize>,
    /// Behind UNS+S.
    summary: bool,
    /// Rank of the total kept.
    total: Option<usize>,
}

/// A line with its quantities as qualified in the file.
struct Open {
    line: Line,
    quantities: Vec<(String, String, Option<String>)>,
}

/// The kinds of price by how well they say what is paid.
const PRICES: [&str; 5] = ["AAA", "INV", "CAL", "AAB", "AAE"];
/// The kinds of total by how well they say what is paid.
const TOTALS: [&str; 6] = ["77", "39", "86", "9", "139", "79"];

impl Reader<'_> {
    fn take(&mut self, segment: &Segment) {
        match segment.tag.as_str() {
            "BGM" => self.head(segment),
            "DTM" => self.date(segment),
            "RFF" => self.reference(segment),
            "NAD" if self.line.is_none() => self.party(segment),
            "CUX" if self.document.currency.is_none() => {
                self.document.currency = segment.part(1, 2).map(str::to_owned);
            }
            "LIN" => self.begin_line(segment),
            "PIA" => self.products(segment),
            "IMD" => self.describe(segment),
            "QTY" => self.quantity(segment),
            "PRI" => self.price(segment),
            "MOA" => self.amount(segment),
            "FTX" => self.note(segment),
            // A new package or allowance of a ship notice ends the line before it.
            "CPS" => self.end_line(),
            "UNS" => {
                self.end_line();
                self.summary = segment.value(1) == Some("S");
            }
            _ => {}
        }
    }

    fn head(&mut self, segment: &Segment) {
        let document = &mut *self.document;
        document.number = segment.value(2).map(str::to_owned);
        document.purpose = segment.value(3).map(str::to_owned);
        document.credit = document.kind == DocumentKind::Invoice
            && segment
                .value(1)
                .is_some_and(|code| matches!(code, "381" | "83" | "396" | "420" | "458" | "532"));
        if document.kind == DocumentKind::OrderResponse {
            document.answer = answer(segment.value(3), segment.value(4));
        }
    }

    fn date(&mut self, segment: &Segment) {
        let Some(value) = segment.part(1, 2) else {
            return;
        };
        let date = dates::formatted(value, segment.part(1, 3));
        let dates = &mut self.document.dates;
        match (&mut self.line, segment.part(1, 1).unwrap_or_default()) {
            (Some(open), "67" | "2" | "69" | "10" | "17") => open.line.date = Some(date),
            (Some(_), _) => {}
            (None, "137" | "3") => dates.issued = Some(date),
            (None, "4" | "171") => dates.ordered = dates.ordered.take().or(Some(date)),
            (None, "2" | "63") => {
                dates.delivery_requested = dates.delivery_requested.take().or(Some(date));
            }
            (None, "10" | "200") => dates.ship_requested = Some(date),
            (None, "11") => dates.shipped = Some(date),
            (None, "17" | "67" | "69" | "132") => dates.delivery_expected = Some(date),
            _ => {}
        }
    }

    fn reference(&mut self, segment: &Segment) {
        let (Some(qualifier), Some(value)) = (segment.part(1, 1), segment.part(1, 2)) else {
            return;
        };
        let order = matches!(qualifier, "ON" | "CO");
        match self.line.as_mut() {
            Some(open) if order => {
                open.line.order_number = Some(value.to_owned());
                open.line.order_line = segment.part(1, 3).map(str::to_owned);
            }
            Some(open) if qualifier == "LI" => open.line.order_line = Some(value.to_owned()),
            Some(_) => {}
            None => {
                // A change names its order by its own number or by RFF+ON.
                if order && self.document.order_number.is_none() {
                    self.document.order_number = Some(value.to_owned());
                }
                self.document.references.push(Reference {
                    qualifier: qualifier.to_owned(),
                    value: value.to_owned(),
                });
            }
        }
    }

    fn party(&mut self, segment: &Segment) {
        let Some(role) = segment.value(1) else { return };
        self.document.parties.push(Party {
            role: role.to_owned(),
            name: segment.joined(4).or_else(|| segment.joined(3)),
            id: segment.part(2, 1).map(str::to_owned),
            id_qualifier: segment.part(2, 3).map(str::to_owned),
        });
    }

    fn begin_line(&mut self, segment: &Segment) {
        self.end_line();
        self.price_rank = None;
        let mut line = Line {
            line_number: segment.value(1).map(str::to_owned),
            products: product(segment, 3).into_iter().collect(),
            position: segment.offset,
            ..Line::default()
        };
        if let Some(action) = segment.value(2) {
            line.change = match action {
                "1" => Some(LineChange::Added),
                "2" => Some(LineChange::Deleted),
                "3" => Some(LineChange::Changed),
                _ => None,
            };
            line.status.push(action.to_owned());
        }
        self.line = Some(Open {
            line,
            quantities: Vec::new(),
        });
    }

    fn products(&mut self, segment: &Segment) {
        if let Some(open) = self.line.as_mut() {
            open.line
                .products
                .extend((2..=6).filter_map(|n| product(segment, n)));
        }
    }

    fn describe(&mut self, segment: &Segment) {
        let Some(open) = self.line.as_mut() else {
            return;
        };
        let words: Vec<&str> = (4..=6).filter_map(|n| segment.part(3, n)).collect();
        let text = words.join(" ");
        if open.line.description.is_none() && !text.is_empty() {
            open.line.description = Some(text);
        }
    }

    fn quantity(&mut self, segment: &Segment) {
        if let (Some(open), Some(qualifier), Some(value)) =
            (self.line.as_mut(), segment.part(1, 1), segment.part(1, 2))
        {
            let unit = segment.part(1, 3).map(str::to_owned);
            open.quantities
                .push((qualifier.to_owned(), value.to_owned(), unit));
        }
    }

    fn price(&mut self, segment: &Segment) {
        let Some(open) = self.line.as_mut() else {
            return;
        };
        let qualifier = segment.part(1, 1).unwrap_or_default();
        let rank = rank(&PRICES, qualifier);
        if self.price_rank.is_none_or(|kept| rank < kept)
            && let Some(price) = segment.part(1, 2)
        {
            open.line.price = Some(price.to_owned());
            open.line.price_basis = segment.part(1, 5).map(str::to_owned);
            self.price_rank = Some(rank);
        }
    }

    fn amount(&mut self, segment: &Segment) {
        let (Some(qualifier), Some(value)) = (segment.part(1, 1), segment.part(1, 2)) else {
            return;
        };
        match self.line.as_mut() {
            Some(open) if matches!(qualifier, "203" | "66" | "38") => {
                open.line.amount.get_or_insert_with(|| value.to_owned());
            }
            Some(_) => {}
            None if self.summary && TOTALS.contains(&qualifier) => {
                let rank = rank(&TOTALS, qualifier);
                if self.total.is_none_or(|kept| rank < kept) {
                    self.document.total = Some(value.to_owned());
                    self.total = Some(rank);
                }
            }
            None => {}
        }
    }

    fn note(&mut self, segment: &Segment) {
        if let Some(open) = self.line.as_mut()
            && open.line.note.is_none()
        {
            open.line.note = segment.joined(4);
        }
    }

    fn end_line(&mut self) {
        let Some(Open {
            mut line,
            quantities,
        }) = self.line.take()
        else {
            return;
        };
        for (kind, qualifiers) in meanings(self.document.kind) {
            // The best qualifier that occurs is taken, all its schedules added.
            let Some(best) = qualifiers
                .iter()
                .find(|q| quantities.iter().any(|(known, ..)| known == *q))
            else {
                continue;
            };
            for (_, value, unit) in quantities.iter().filter(|(known, ..)| known == best) {
                line.set(*kind, value, unit.as_deref());
            }
        }
        self.document.lines.push(line);
    }
}

type Meaning = (QuantityKind, &'static [&'static str]);

/// Which QTY qualifiers (6063) carry which quantity, best first.
fn meanings(kind: DocumentKind) -> &'static [Meaning] {
    match kind {
        DocumentKind::Order | DocumentKind::OrderChange => &[(
            QuantityKind::Ordered,
            &["21", "1", "47", "145", "12", "113"],
        )],
        DocumentKind::OrderResponse | DocumentKind::ChangeResponse => &[
            (QuantityKind::Ordered, &["21", "1"]),
            (QuantityKind::Acknowledged, &["113", "194", "12", "170"]),
            (QuantityKind::Backordered, &["83"]),
        ],
        DocumentKind::ShipNotice => &[
            (QuantityKind::Ordered, &["21"]),
            (QuantityKind::Shipped, &["12", "46", "113", "1"]),
        ],
        DocumentKind::Invoice => &[(QuantityKind::Invoiced, &["47", "46", "12", "21", "1"])],
    }
}

fn rank(list: &[&str], qualifier: &str) -> usize {
    list.iter()
        .position(|known| *known == qualifier)
        .unwrap_or(list.len())
}

/// C212: number and who gave it.
fn product(segment: &Segment, element: usize) -> Option<Product> {
    let value = segment.part(element, 1)?.to_owned();
    let qualifier = segment.part(element, 2).unwrap_or_default();
    let kind = match qualifier {
        "EN" | "UP" | "SRV" | "GTI" | "UEN" => ProductKind::Gtin,
        "SA" | "VP" | "VN" | "MF" | "SU" => ProductKind::Vendor,
        "BP" | "IN" => ProductKind::Buyer,
        _ => ProductKind::Other,
    };
    Some(Product {
        kind,
        qualifier: qualifier.to_owned(),
        value,
    })
}

/// 1225 message function and 4343 response type.
fn answer(function: Option<&str>, response: Option<&str>) -> Option<Answer> {
    match (function, response) {
        (Some("27"), _) | (_, Some("RE")) => Some(Answer::Rejected),
        (Some("29" | "44"), _) | (_, Some("AP" | "AD")) => Some(Answer::Accepted),
        (Some("4"), _) | (_, Some("AC")) => Some(Answer::Changed),
        (Some("12"), _) | (_, Some("AI" | "AQ")) => Some(Answer::Received),
        _ => None,
    }
}
