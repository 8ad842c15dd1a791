//! Which documents belong to one order, and where they disagree line by line.

mod compare;
mod slots;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use compare::compare;

use crate::business::{Document, DocumentKind, Product};
use crate::reading::Address;

/// All documents of one order between two parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// The buyer, as named by the first document or by the caller's table.
    pub buyer: String,
    /// The seller.
    pub seller: String,
    /// The buyer's order number.
    pub order_number: String,
    /// Indices of the documents, in the order they were given (arrival).
    pub documents: Vec<usize>,
    /// Documents that repeat the number of an earlier one; they are not counted.
    pub duplicates: Vec<Duplicate>,
    /// Documents that a later one replaces or cancels; they are not counted.
    pub superseded: Vec<usize>,
}

/// A document whose number was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// Index of the later document.
    pub document: usize,
    /// Index of the earlier one.
    pub of: usize,
    /// Whether both say the same.
    pub same_content: bool,
}

/// Groups documents by (buyer, seller, order number), in order of first
/// appearance. A ship notice or invoice over several orders is in each of them;
/// a document without an order number is in none.
#[must_use]
pub fn link(documents: &[Document]) -> Vec<Conversation> {
    link_by(documents, Address::to_string)
}

/// As [`link`], with the caller's names for parties: one partner may use several
/// identifiers.
pub fn link_by(documents: &[Document], name: impl Fn(&Address) -> String) -> Vec<Conversation> {
    let mut found: Vec<Conversation> = Vec::new();
    let mut index: HashMap<(String, String, String), usize> = HashMap::new();
    for (i, document) in documents.iter().enumerate() {
        let (buyer, seller) = (name(document.buyer()), name(document.seller()));
        for number in document.order_numbers() {
            let key = (buyer.clone(), seller.clone(), number.to_owned());
            let place = *index.entry(key).or_insert_with(|| {
                found.push(Conversation {
                    buyer: buyer.clone(),
                    seller: seller.clone(),
                    order_number: number.to_owned(),
                    documents: Vec::new(),
                    duplicates: Vec::new(),
                    superseded: Vec::new(),
                });
                found.len() - 1
            });
            if let Some(conversation) = found.get_mut(place) {
                conversation.documents.push(i);
            }
        }
    }
    for conversation in &mut found {
        conversation.find_repeats(documents);
    }
    found
}

impl Conversation {
    /// Documents that count, by kind, in the order of arrival.
    pub fn effective<'a>(
        &'a self,
        documents: &'a [Document],
        kind: DocumentKind,
    ) -> impl Iterator<Item = (usize, &'a Document)> {
        self.documents
            .iter()
            .filter(|i| !self.superseded.contains(i))
            .filter(|i| !self.duplicates.iter().any(|d| d.document == **i))
            .filter_map(|i| documents.get(*i).map(|document| (*i, document)))
            .filter(move |(_, document)| document.kind == kind && !document.is_cancellation())
    }

    fn find_repeats(&mut self, documents: &[Document]) {
        let mut last: HashMap<(DocumentKind, bool, &str), usize> = HashMap::new();
        for &i in &self.documents {
            let Some(document) = documents.get(i) else {
                continue;
            };
            let number = document.number.as_deref().unwrap_or_default();
            // A credit note may carry the number of the invoice it takes back.
            let key = (document.kind, document.credit, number);
            let earlier = last.get(&key).copied();
            let Some((of, before)) = earlier.and_then(|of| Some((of, documents.get(of)?))) else {
                last.insert(key, i);
                continue;
            };
            let same_content = before.says_the_same(document);
            let replaces = matches!(document.purpose.as_deref(), Some("05" | "5"));
            match document.kind {
                _ if same_content => {
                    self.duplicates.push(Duplicate {
                        document: i,
                        of,
                        same_content,
                    });
                }
                _ if replaces || document.is_cancellation() => {
                    self.superseded.push(of);
                    last.insert(key, i);
                }
                // Changes and responses of one order follow each other under its number.
                DocumentKind::OrderChange
                | DocumentKind::OrderResponse
                | DocumentKind::ChangeResponse => {
                    last.insert(key, i);
                }
                DocumentKind::Order | DocumentKind::ShipNotice | DocumentKind::Invoice => {
                    self.duplicates.push(Duplicate {
                        document: i,
                        of,
                        same_content,
                    });
                }
            }
        }
    }
}

impl Document {
    /// Equal in content; envelopes, times and places in the file may differ.
    fn says_the_same(&self, other: &Self) -> bool {
        self.number == other.number
            && self.order_number == other.order_number
            && self.purpose == other.purpose
            && self.credit == other.credit
            && self.answer == other.answer
            && self.total == other.total
            && self.lines.len() == other.lines.len()
            && self.lines.iter().zip(&other.lines).all(|(a, b)| {
                a.line_number == b.line_number
                    && a.products == b.products
                    && a.quantities == b.quantities
                    && a.price == b.price
                    && a.status == b.status
                    && a.change == b.change
            })
    }
}

/// What a company allows before it calls something a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Quantities may differ by so many percent.
    pub quantity_percent: Decimal,
    /// Prices may differ by so many percent.
    pub price_percent: Decimal,
    /// How units convert into each other.
    pub conversions: Vec<Conversion>,
    /// Whether goods are announced by a ship notice, so that an invoice without
    /// one bills what was not shipped.
    pub ship_notice_expected: bool,
}

impl Default for Rules {
    /// No tolerance, no conversions, ship notices expected.
    fn default() -> Self {
        Self {
            quantity_percent: Decimal::ZERO,
            price_percent: Decimal::ZERO,
            conversions: Vec::new(),
            ship_notice_expected: true,
        }
    }
}

/// One unit in terms of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// For this product number only; for all where absent.
    pub product: Option<String>,
    /// One of these …
    pub from: String,
    /// … is `factor` of those.
    pub to: String,
    /// How many.
    pub factor: Decimal,
}

/// Where a document stands in the course of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The order response.
    Acknowledged,
    /// The ship notice.
    Shipped,
    /// The invoice.
    Invoiced,
}

/// What is different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// Less than before.
    Short,
    /// More than before.
    Over,
    /// Billed beyond what was shipped.
    BilledNotShipped,
    /// Another price.
    PriceDiffers,
    /// The line is absent where it should be.
    MissingLine,
    /// The line is on no order.
    ExtraLine,
    /// Another unit, and no conversion is known: quantities cannot be compared.
    UnitDiffers,
}

/// One difference of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What.
    pub kind: DifferenceKind,
    /// In which document.
    pub stage: Stage,
    /// What it should be: a quantity, a price or a unit.
    pub expected: Option<String>,
    /// What it is.
    pub actual: Option<String>,
    /// The money concerned at the known price, where it can be told.
    pub amount: Option<Decimal>,
    /// Index of the document that shows it.
    pub document: Option<usize>,
}

/// One line across all documents. Quantities are sums in `unit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineComparison {
    /// Number in the order, or in the first document that has the line.
    pub line_number: Option<String>,
    /// Identifiers of the product, of all documents.
    pub products: Vec<Product>,
    /// Description in words.
    pub description: Option<String>,
    /// Unit of the quantities.
    pub unit: Option<String>,
    /// After changes.
    pub ordered: Option<Decimal>,
    /// By the last response that has the line.
    pub acknowledged: Option<Decimal>,
    /// Of all ship notices.
    pub shipped: Option<Decimal>,
    /// Of all invoices, less credits.
    pub invoiced: Option<Decimal>,
    /// Price of the order, after changes.
    pub ordered_price: Option<Decimal>,
    /// Price of the response.
    pub acknowledged_price: Option<Decimal>,
    /// Price of the last invoice.
    pub invoiced_price: Option<Decimal>,
    /// Codes of the last response.
    pub status: Vec<String>,
    /// What is different.
    pub differences: Vec<Difference>,
}

/// One order, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The order.
    pub order_number: String,
    /// ISO 4217, of the first document that names it.
    pub currency: Option<String>,
    /// Whether the order itself is known.
    pub has_order: bool,
    /// Whether there is a response.
    pub has_response: bool,
    /// Whether there is a ship notice.
    pub has_ship_notice: bool,
    /// Whether there is an invoice.
    pub has_invoice: bool,
    /// Lines of the order, then lines that are on no order.
    pub lines: Vec<LineComparison>,
}

impl Comparison {
    /// Every difference with its line.
    pub fn differences(&self) -> impl Iterator<Item = (&LineComparison, &Difference)> {
        self.lines
            .iter()
            .flat_map(|line| line.differences.iter().map(move |d| (line, d)))
    }
}
