//! Lines of one order, and which line of another document means which of them.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{Difference, DifferenceKind, LineComparison, Rules, Stage};
use crate::business::{
    Document, DocumentKind, Line, LineChange, Product, ProductKind, QuantityKind,
};

/// So many lines of one product are told apart; a hostile order may have more.
const MAX_CANDIDATES: usize = 64;

/// Lines by product and by number.
pub(super) struct Slots<'a> {
    pub(super) lines: Vec<LineComparison>,
    by_product: HashMap<String, Vec<usize>>,
    by_number: HashMap<String, usize>,
    rules: &'a Rules,
    /// Whether lines beyond the order's are noted as such.
    pub(super) has_order: bool,
}

impl<'a> Slots<'a> {
    pub(super) fn new(rules: &'a Rules) -> Self {
        Self {
            lines: Vec::new(),
            by_product: HashMap::new(),
            by_number: HashMap::new(),
            rules,
            has_order: false,
        }
    }

    /// Lines of the order, or of the change of an order.
    pub(super) fn order(&mut self, document: &Document, number: &str) {
        let change = document.kind == DocumentKind::OrderChange;
        for line in lines_of(document, number) {
            let place = match line.change {
                _ if !change => None,
                Some(LineChange::Added) => None,
                _ => self.find(line, |_| false),
            };
            let place = place.unwrap_or_else(|| self.add(line));
            let Some(slot) = self.lines.get_mut(place) else {
                continue;
            };
            let quantity = line.quantity(QuantityKind::Ordered);
            if line.change == Some(LineChange::Deleted) {
                slot.ordered = Some(Decimal::ZERO);
                continue;
            }
            if let Some(quantity) = quantity {
                slot.ordered = quantity.number();
                slot.unit = quantity.unit.clone().or(slot.unit.take());
            }
            slot.ordered_price = line.unit_price().or(slot.ordered_price);
        }
    }

    /// Everything an order cancelled as a whole still wants.
    pub(super) fn cancel(&mut self) {
        for slot in &mut self.lines {
            slot.ordered = Some(Decimal::ZERO);
        }
    }

    /// Lines of a response. The last response that has a line counts.
    pub(super) fn response(&mut self, index: usize, document: &Document, number: &str) {
        let mut sums: HashMap<usize, Decimal> = HashMap::new();
        for line in lines_of(document, number) {
            let Some((place, quantity, price)) = self.place(
                index,
                line,
                QuantityKind::Acknowledged,
                Stage::Acknowledged,
                &|s, slots| sums.contains_key(&s) || slots.get(s).is_none(),
            ) else {
                continue;
            };
            let sum = sums.entry(place).or_default();
            *sum = sum
                .checked_add(quantity.unwrap_or_default())
                .unwrap_or(*sum);
            let Some(slot) = self.lines.get_mut(place) else {
                continue;
            };
            slot.acknowledged = quantity.map(|_| *sum);
            slot.acknowledged_price = price.or(slot.acknowledged_price);
            slot.status.clone_from(&line.status);
        }
    }

    /// A response without lines speaks of all of them.
    pub(super) fn respond_to_all(&mut self, accepted: bool) {
        for slot in &mut self.lines {
            slot.acknowledged = if accepted {
                slot.ordered
            } else {
                Some(Decimal::ZERO)
            };
        }
    }

    /// Lines of a ship notice.
    pub(super) fn shipment(&mut self, index: usize, document: &Document, number: &str) {
        for line in lines_of(document, number) {
            let placed = self.place(
                index,
                line,
                QuantityKind::Shipped,
                Stage::Shipped,
                &|s, slots| slots.get(s).is_some_and(|slot| slot.shipped.is_some()),
            );
            if let Some((place, Some(quantity), _)) = placed
                && let Some(slot) = self.lines.get_mut(place)
            {
                slot.shipped = slot.shipped.unwrap_or_default().checked_add(quantity);
            }
        }
    }

    /// Lines of an invoice or a credit.
    pub(super) fn invoice(&mut self, index: usize, document: &Document, number: &str) {
        for line in lines_of(document, number) {
            let placed = self.place(
                index,
                line,
                QuantityKind::Invoiced,
                Stage::Invoiced,
                &|s, slots| slots.get(s).is_some_and(|slot| slot.invoiced.is_some()),
            );
            let Some((place, quantity, price)) = placed else {
                continue;
            };
            let Some(slot) = self.lines.get_mut(place) else {
                continue;
            };
            if let Some(quantity) = quantity {
                let known = slot.invoiced.unwrap_or_default();
                // A credit that is written with negative quantities takes back as well.
                slot.invoiced = if document.credit {
                    known.checked_sub(quantity.abs())
                } else {
                    known.checked_add(quantity)
                };
            }
            if !document.credit {
                slot.invoiced_price = price.or(slot.invoiced_price);
            }
        }
    }

    /// The slot of a line with quantity and price in the slot's unit; `None` when
    /// the line cannot be compared.
    fn place(
        &mut self,
        index: usize,
        line: &Line,
        kind: QuantityKind,
        stage: Stage,
        taken: &dyn Fn(usize, &[LineComparison]) -> bool,
    ) -> Option<(usize, Option<Decimal>, Option<Decimal>)> {
        let lines = &self.lines;
        let found = self.find(line, |slot| taken(slot, lines));
        let new = found.is_none();
        let place = found.unwrap_or_else(|| self.add(line));
        let has_order = self.has_order;
        let rules = self.rules;
        let slot = self.lines.get_mut(place)?;
        let quantity = line.quantity(kind);
        if new && has_order {
            slot.differences.push(Difference {
                kind: DifferenceKind::ExtraLine,
                stage,
                expected: None,
                actual: quantity.map(|q| q.value.clone()),
                amount: None,
                document: Some(index),
            });
        }
        add_products(slot, &line.products);
        if slot.description.is_none() {
            slot.description.clone_from(&line.description);
        }
        let unit = quantity.and_then(|q| q.unit.as_deref());
        let number = quantity.and_then(crate::business::Quantity::number);
        let price = line.unit_price();
        let (Some(own), Some(other)) = (slot.unit.as_deref(), unit) else {
            if slot.unit.is_none() {
                slot.unit = unit.map(str::to_owned);
            }
            return Some((place, number, price));
        };
        match rules.factor(other, own, &slot.products) {
            Some((times, parts)) => Some((
                place,
                number.and_then(|n| n.checked_mul(times)?.checked_div(parts)),
                price.and_then(|p| p.checked_mul(parts)?.checked_div(times)),
            )),
            None => {
                slot.differences.push(Difference {
                    kind: DifferenceKind::UnitDiffers,
                    stage,
                    expected: Some(own.to_owned()),
                    actual: Some(other.to_owned()),
                    amount: None,
                    document: Some(index),
                });
                None
            }
        }
    }

    fn add(&mut self, line: &Line) -> usize {
        let place = self.lines.len();
        for product in &line.products {
            self.by_product.entry(key(product)).or_default().push(place);
        }
        let number = line.order_line.clone().or_else(|| line.line_number.clone());
        if let Some(number) = &number {
            self.by_number
                .entry(plain(number).to_owned())
                .or_insert(place);
        }
        self.lines.push(LineComparison {
            line_number: number,
            products: line.products.clone(),
            description: line.description.clone(),
            ..LineComparison::default()
        });
        place
    }

    /// The slot a line means: that of its number if a product agrees, else that of
    /// its product, of several the first that is not `taken`. A line number alone
    /// decides only where no product contradicts it.
    fn find(&self, line: &Line, taken: impl Fn(usize) -> bool) -> Option<usize> {
        let number = line.order_line.as_ref().or(line.line_number.as_ref());
        let numbered = number.and_then(|n| self.by_number.get(plain(n))).copied();
        let shares = |place: &usize| {
            let slot = self.lines.get(*place);
            slot.is_some_and(|slot| in_common(&slot.products, &line.products))
        };
        if let Some(place) = numbered.filter(shares) {
            return Some(place);
        }
        let mut candidates: Vec<usize> = Vec::new();
        for product in &line.products {
            let places = self.by_product.get(&key(product));
            for place in places.into_iter().flatten().take(MAX_CANDIDATES) {
                if !candidates.contains(place) {
                    candidates.push(*place);
                }
            }
        }
        match candidates.as_slice() {
            [] => {
                let place = numbered?;
                let slot = self.lines.get(place)?;
                let substitute = line.status.iter().any(|code| code == "IS");
                (substitute || !contradicts(&slot.products, &line.products)).then_some(place)
            }
            [only] => Some(*only),
            several => several
                .iter()
                .copied()
                .find(|place| !taken(*place))
                .or_else(|| several.first().copied()),
        }
    }
}

impl Rules {
    /// How many `to` one `from` is, as a fraction: a twelfth is no decimal.
    fn factor(&self, from: &str, to: &str, products: &[Product]) -> Option<(Decimal, Decimal)> {
        if same_unit(from, to) {
            return Some((Decimal::ONE, Decimal::ONE));
        }
        let fits = |product: &Option<String>| match product {
            Some(value) => products.iter().any(|p| p.value == *value),
            None => true,
        };
        // A conversion of the product itself goes before a general one.
        let mut known: Vec<_> = self
            .conversions
            .iter()
            .filter(|c| !c.factor.is_zero() && fits(&c.product))
            .collect();
        known.sort_by_key(|c| c.product.is_none());
        known.into_iter().find_map(|c| {
            if same_unit(&c.from, from) && same_unit(&c.to, to) {
                Some((c.factor, Decimal::ONE))
            } else if same_unit(&c.from, to) && same_unit(&c.to, from) {
                Some((Decimal::ONE, c.factor))
            } else {
                None
            }
        })
    }
}

impl LineComparison {
    /// Thirds of a case that came in three parts are a whole case again.
    pub(super) fn close_gaps_of_conversion(&mut self) {
        let tiny = Decimal::new(1, 12);
        for sum in [
            &mut self.acknowledged,
            &mut self.shipped,
            &mut self.invoiced,
        ] {
            if let Some(n) = sum
                && let Some(gap) = n.checked_sub(n.round_dp(9))
                && gap.abs() < tiny
            {
                *sum = Some(n.round_dp(9).normalize());
            }
        }
    }
}

/// Codes of both standards for the same unit.
fn same_unit(a: &str, b: &str) -> bool {
    const SAME: [&[&str]; 4] = [
        &["EA", "PCE", "PC", "C62", "H87", "PCS", "UN"],
        &["CA", "CS", "CT", "CAR"],
        &["KG", "KGM"],
        &["LB", "LBR"],
    ];
    a == b
        || SAME
            .iter()
            .any(|units| units.contains(&a) && units.contains(&b))
}

/// Whether two lists of identifiers name different products: the same party's
/// numbering with different numbers, and no number in common.
fn contradicts(a: &[Product], b: &[Product]) -> bool {
    let same_numbering = |a: &Product, b: &Product| a.kind == b.kind && a.qualifier == b.qualifier;
    a.iter().any(|a| b.iter().any(|b| same_numbering(a, b))) && !in_common(a, b)
}

fn in_common(a: &[Product], b: &[Product]) -> bool {
    a.iter().any(|a| b.iter().any(|b| key(a) == key(b)))
}

/// Zeros in front are padding: GTIN-12 and GTIN-14 of one product differ in them.
fn key(product: &Product) -> String {
    if product.kind == ProductKind::Gtin {
        product.value.trim_start_matches('0').to_owned()
    } else {
        product.value.clone()
    }
}

/// Line numbers are compared without zeros in front.
fn plain(number: &str) -> &str {
    let short = number.trim_start_matches('0');
    if short.is_empty() { number } else { short }
}

fn add_products(slot: &mut LineComparison, products: &[Product]) {
    for product in products {
        if slot.products.len() < 20 && !slot.products.contains(product) {
            slot.products.push(product.clone());
        }
    }
}

/// Lines of a document that belong to an order: all, unless they name another.
fn lines_of<'d>(document: &'d Document, number: &'d str) -> impl Iterator<Item = &'d Line> {
    let whole = document.order_number.as_deref() == Some(number);
    document
        .lines
        .iter()
        .filter(move |line| match line.order_number.as_deref() {
            Some(named) => named == number,
            None => whole,
        })
}
