//! The nouns of the business content.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::decimal::parse_decimal;
use crate::reading::{Address, Standard};

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// 850, ORDERS.
    Order,
    /// 860, ORDCHG.
    OrderChange,
    /// 855, ORDRSP.
    OrderResponse,
    /// 865: the answer to a change.
    ChangeResponse,
    /// 856, DESADV.
    ShipNotice,
    /// 810, INVOIC; credit notes too.
    Invoice,
}

/// Where a document came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// X12 or EDIFACT.
    pub standard: Standard,
    /// Sender of the interchange.
    pub sender: Address,
    /// Receiver of the interchange.
    pub receiver: Address,
    /// Marked as a test.
    pub test: bool,
    /// Control number of the interchange.
    pub interchange: String,
    /// For example `PO`; empty where there is no group.
    pub functional_id: String,
    /// Control number of the group; empty where there is none.
    pub group: String,
    /// Control number of the document.
    pub control_number: String,
    /// Preparation of the interchange.
    pub prepared_at: Option<String>,
}

/// A business document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What it is for.
    pub kind: DocumentKind,
    /// `850`, `ORDERS`, …
    #[serde(rename = "type")]
    pub message_type: String,
    /// Its envelope.
    pub envelope: Envelope,
    /// The number of this document: order, shipment, invoice. For a response the
    /// number the seller gave, or the order's where the set has no other.
    pub number: Option<String>,
    /// The buyer's order it belongs to.
    pub order_number: Option<String>,
    /// Purpose code as written: X12 353 (`00` original, `01` cancellation, `05`
    /// replace) or EDIFACT 1225 (`9` original, `1` cancellation, `5` replace).
    pub purpose: Option<String>,
    /// What a response says to the order as a whole.
    pub answer: Option<Answer>,
    /// A credit: its quantities and amounts are taken back.
    pub credit: bool,
    /// Dates of the whole document.
    pub dates: Dates,
    /// Parties named in the header.
    pub parties: Vec<Party>,
    /// Further references of the header.
    pub references: Vec<Reference>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Total amount as decimal text.
    pub total: Option<String>,
    /// Lines in the order of the document.
    pub lines: Vec<Line>,
}

impl Document {
    pub(crate) fn empty(kind: DocumentKind, message_type: &str, envelope: Envelope) -> Self {
        Self {
            kind,
            message_type: message_type.to_owned(),
            envelope,
            number: None,
            order_number: None,
            purpose: None,
            answer: None,
            credit: false,
            dates: Dates::default(),
            parties: Vec::new(),
            references: Vec::new(),
            currency: None,
            total: None,
            lines: Vec::new(),
        }
    }

    /// The buyer's side of the envelope.
    #[must_use]
    pub fn buyer(&self) -> &Address {
        if self.kind.is_from_buyer() {
            &self.envelope.sender
        } else {
            &self.envelope.receiver
        }
    }

    /// The seller's side of the envelope.
    #[must_use]
    pub fn seller(&self) -> &Address {
        if self.kind.is_from_buyer() {
            &self.envelope.receiver
        } else {
            &self.envelope.sender
        }
    }

    /// The first party with this role (`BY`, `SU`, `SE`, `ST`, `DP`, …).
    #[must_use]
    pub fn party(&self, role: &str) -> Option<&Party> {
        self.parties.iter().find(|party| party.role == role)
    }

    /// Whether it takes back everything it names.
    #[must_use]
    pub fn is_cancellation(&self) -> bool {
        matches!(self.purpose.as_deref(), Some("01" | "1"))
    }

    /// Every order this document speaks of: a ship notice or an invoice may cover several.
    #[must_use]
    pub fn order_numbers(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> = Vec::new();
        let lines = self
            .lines
            .iter()
            .filter_map(|line| line.order_number.as_deref());
        for number in self.order_number.as_deref().into_iter().chain(lines) {
            // Bounded: a document of ten thousand orders is listed, not compared by pairs.
            if numbers.last() != Some(&number) && !numbers.iter().take(1_000).any(|n| *n == number)
            {
                numbers.push(number);
            }
        }
        numbers
    }
}

/// What a response says to the whole order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// As ordered.
    Accepted,
    /// With changes, which the lines tell.
    Changed,
    /// Not at all.
    Rejected,
    /// Only that it arrived.
    Received,
}

/// Dates as ISO 8601 text (`2026-11-18` or `2026-11-18T10:30`), or as written
/// where the format is not understood.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dates {
    /// Of the document.
    pub issued: Option<String>,
    /// Of the order referred to.
    pub ordered: Option<String>,
    /// When the buyer wants delivery.
    pub delivery_requested: Option<String>,
    /// When the buyer wants shipment.
    pub ship_requested: Option<String>,
    /// When the goods left.
    pub shipped: Option<String>,
    /// When they are expected.
    pub delivery_expected: Option<String>,
}

/// A party named in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// `BY`, `SU`, `SE`, `ST`, …
    pub role: String,
    /// Its name.
    pub name: Option<String>,
    /// Its identifier.
    pub id: Option<String>,
    /// Whose numbering the identifier is: X12 66 or EDIFACT 3055.
    pub id_qualifier: Option<String>,
}

/// A further number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// X12 128 or EDIFACT 1153.
    pub qualifier: String,
    /// The number.
    pub value: String,
}

/// Who gave a product its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// The buyer.
    Buyer,
    /// The seller.
    Vendor,
    /// GS1: GTIN, EAN, UPC.
    Gtin,
    /// Anyone else; the qualifier tells.
    Other,
}

/// An identifier of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Who numbers it.
    pub kind: ProductKind,
    /// X12 235 or EDIFACT 7143.
    pub qualifier: String,
    /// The number.
    pub value: String,
}

/// Which quantity of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantityKind {
    /// What the buyer wants.
    Ordered,
    /// What the seller confirms.
    Acknowledged,
    /// What left.
    Shipped,
    /// What is billed.
    Invoiced,
    /// What the seller will deliver later.
    Backordered,
}

/// A quantity, kept as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantity {
    /// Which one.
    pub kind: QuantityKind,
    /// Decimal text as in the file.
    pub value: String,
    /// `EA`, `CA`, `PCE`, …
    pub unit: Option<String>,
}

impl Quantity {
    /// The exact number; `None` where the text is none.
    #[must_use]
    pub fn number(&self) -> Option<Decimal> {
        parse_decimal(&self.value)
    }

    /// The number as an integer with `places` decimal places; `None` where it
    /// does not fit exactly.
    #[must_use]
    pub fn scaled(&self, places: u32) -> Option<i64> {
        let factor = 10_i64.checked_pow(places).map(Decimal::from)?;
        let scaled = self.number()?.checked_mul(factor)?;
        scaled
            .is_integer()
            .then(|| i64::try_from(scaled.normalize()).ok())
            .flatten()
    }
}

/// What a change does to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    /// A new line.
    Added,
    /// The line is taken out.
    Deleted,
    /// Quantity, price or other content is replaced.
    Changed,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// As written in the document.
    pub line_number: Option<String>,
    /// The line of the order, where the document names it apart.
    pub order_line: Option<String>,
    /// The order, where the line names one.
    pub order_number: Option<String>,
    /// Identifiers of the product.
    pub products: Vec<Product>,
    /// Description in words.
    pub description: Option<String>,
    /// Quantities by kind.
    pub quantities: Vec<Quantity>,
    /// Unit price as decimal text.
    pub price: Option<String>,
    /// The price is for so many units; 1 where absent.
    pub price_basis: Option<String>,
    /// Amount of the line as decimal text.
    pub amount: Option<String>,
    /// Codes of the seller's answer: X12 668 or EDIFACT 1229.
    pub status: Vec<String>,
    /// What a change does to the line.
    pub change: Option<LineChange>,
    /// The date of the line: promised, or requested.
    pub date: Option<String>,
    /// Free text.
    pub note: Option<String>,
    /// Byte offset of the line in the file.
    pub position: usize,
}

impl Line {
    /// The quantity of this kind.
    #[must_use]
    pub fn quantity(&self, kind: QuantityKind) -> Option<&Quantity> {
        self.quantities.iter().find(|q| q.kind == kind)
    }

    /// Price of one unit, exact.
    #[must_use]
    pub fn unit_price(&self) -> Option<Decimal> {
        let price = parse_decimal(self.price.as_deref()?)?;
        match self.price_basis.as_deref().and_then(parse_decimal) {
            Some(basis) if !basis.is_zero() => price.checked_div(basis),
            _ => Some(price),
        }
    }

    pub(crate) fn set(&mut self, kind: QuantityKind, value: &str, unit: Option<&str>) {
        let quantity = Quantity {
            kind,
            value: value.to_owned(),
            unit: unit.map(str::to_owned),
        };
        match self.quantities.iter_mut().find(|q| q.kind == kind) {
            // Several schedules of one line add up.
            Some(known) => match (known.number(), quantity.number()) {
                (Some(a), Some(b)) => {
                    if let Some(sum) = a.checked_add(b) {
                        known.value = sum.normalize().to_string();
                    }
                }
                (None, Some(_)) => *known = quantity,
                _ => {}
            },
            None => self.quantities.push(quantity),
        }
    }

    /// A response that gives a line no confirmed quantity still means one.
    pub(crate) fn confirm(&mut self, answer: Option<Answer>) {
        if self.quantity(QuantityKind::Acknowledged).is_some() {
            return;
        }
        let refused = self.change == Some(LineChange::Deleted)
            || self
                .status
                .iter()
                .any(|code| crate::ack::words::line_is_refused(code))
            || answer == Some(Answer::Rejected);
        let ordered = self.quantity(QuantityKind::Ordered).cloned();
        let delayed = self.quantity(QuantityKind::Backordered).is_some();
        if refused || delayed {
            let unit = ordered.and_then(|q| q.unit);
            self.set(QuantityKind::Acknowledged, "0", unit.as_deref());
        } else if let Some(ordered) = ordered {
            self.set(
                QuantityKind::Acknowledged,
                &ordered.value,
                ordered.unit.as_deref(),
            );
        }
    }
}
