//! Customers beside the partners of the scenario file, and what they have ordered: for outreach to many.
//!
//! For `n` customers there are `n * 12.5` open orders. Of these, 312 in 5,000 name one of the [`LATE_PRODUCTS`] for a day of the next
//! three weeks and are not shipped; they are of 300 in 312 as many customers, the first of whom have two each. As many
//! orders again name it and were shipped, and as many for a day three months from now.

use domain::{Millis, time::DAY};
use rust_decimal::Decimal;

use super::{
    file::{ContactSpec, PartnerSpec},
    orders::{OrderLine, OrderSpec, Story},
    rng::Rng,
};

/// The products a disruption makes late: the second is ordered by the first [`LATER_CUSTOMERS`] customers.
pub const LATE_PRODUCTS: [&str; 2] = ["CV-20195", "CV-20196"];
/// How many customers ordered the second of them.
const LATER_CUSTOMERS: usize = 40;

const NAMES: [&str; 20] = [
    "Alderbrook",
    "Birchmoor",
    "Cloverdale",
    "Dunmallow",
    "Elmsworth",
    "Fallowfield",
    "Greywater",
    "Hazelcombe",
    "Inglebeck",
    "Juniper Row",
    "Kestrel",
    "Larkspur",
    "Millrace",
    "Nettleford",
    "Oakhollow",
    "Pebblewick",
    "Quarryside",
    "Rowanhill",
    "Sallowmere",
    "Thornbury Vale",
];
/// What follows a name, country, language, time zone, currency.
type Kind = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);
const KINDS: [Kind; 4] = [
    ("Stores Ltd", "GB", "en-GB", "Europe/London", "GBP"),
    ("Handels GmbH", "DE", "de-DE", "Europe/Berlin", "EUR"),
    ("Distribution S.A.S.", "FR", "fr-FR", "Europe/Paris", "EUR"),
    ("Markets Inc.", "US", "en-US", "America/New_York", "USD"),
];
const OTHERS: [(&str, &str, &str, i64); 5] = [
    ("CV-20110", "Export carton 600 x 400, 5-ply", "EA", 184),
    ("CV-20145", "Stretch film 500 mm, 23 my", "EA", 1_240),
    ("CV-21005", "Euro pallet, heat treated", "EA", 1_475),
    ("CV-21040", "Pallet label set", "CS", 3_990),
    ("CV-22010", "Desiccant bag 500 g", "CS", 5_120),
];

fn id(index: usize) -> String {
    format!("C-{:04}", index + 1)
}

pub(crate) fn customers(count: usize) -> Vec<PartnerSpec> {
    let one = |(index, (kind, name)): (usize, (&Kind, &&str))| {
        let (kind, country, language, zone, currency) = *kind;
        let number = index + 1;
        PartnerSpec {
            id: id(index),
            buid: format!("GC{}", 6_000_000 + number),
            edi_id: format!("ZZ:CUSTOMER{number:04}"),
            name: format!("{name} {number} {kind}"),
            short_name: format!("{name} {number}"),
            country: country.to_owned(),
            language: language.to_owned(),
            currency: currency.to_owned(),
            time_zone: zone.to_owned(),
            calendar: country.to_lowercase(),
            tier: "C".to_owned(),
            standard: if index.is_multiple_of(2) {
                "x12"
            } else {
                "edifact"
            }
            .to_owned(),
            range: "hardware".to_owned(),
            reply_minutes: 960,
            resolution_minutes: 5_760,
            address: vec![
                format!("{name} {number} {kind}"),
                format!("{number} Market Street"),
                country.to_owned(),
            ],
            contacts: vec![ContactSpec {
                name: format!("Purchasing {number}"),
                role: "Purchasing".to_owned(),
                email: format!("purchasing@customer-{number:04}.example"),
                phone: String::new(),
            }],
            channels: vec![if index % 3 == 2 { "letter" } else { "email" }.to_owned()],
        }
    };
    let kinds = KINDS.iter().cycle().zip(NAMES.iter().cycle());
    kinds.take(count).enumerate().map(one).collect()
}

/// What customers have ordered.
pub(crate) fn orders(count: usize, seed: u64, epoch: Millis) -> Vec<OrderSpec> {
    let all = count * 25 / 2;
    let late = all * 312 / 5_000;
    let told = late * 300 / 312;
    let mut rng = Rng::new(seed, "customers");
    let mut out = Vec::with_capacity(all);
    for (index, other) in (0..all).zip(OTHERS.iter().cycle()) {
        let is_late = index < late * 3;
        // The late ones first: those to be told, then those shipped, then those for later.
        let buyer = match index {
            i if i < late => i % told.max(1),
            i => i % count.max(1),
        };
        let (shipped, ship_in) = match index {
            i if i < late => (false, rng.between(3, 20)),
            i if i < late * 2 => (true, rng.between(3, 20)),
            i if i < late * 3 => (false, 90),
            _ => (false, rng.between(3, 40)),
        };
        let mut lines = Vec::new();
        let mut add = |product: &str, description: &str, unit: &str, cents: i64, quantity: i64| {
            let price = Decimal::new(cents, 2);
            lines.push(OrderLine {
                line: u32::try_from(lines.len() + 1).unwrap_or(1),
                product: product.to_owned(),
                description: description.to_owned(),
                unit: unit.to_owned(),
                quantity,
                price,
                changed: None,
                acknowledged: quantity,
                shipped: quantity,
                billed: quantity,
                billed_price: price,
            });
        };
        if is_late {
            let [one, other] = LATE_PRODUCTS;
            add(
                if buyer < LATER_CUSTOMERS { other } else { one },
                "Edge protector 1.5 m",
                "CS",
                2_860,
                rng.between(2, 40) * 5,
            );
        }
        let (product, description, unit, cents) = *other;
        add(product, description, unit, cents, rng.between(2, 40) * 5);
        let ordered_at = epoch.plus(-rng.between(2 * 24 * 60, 20 * 24 * 60) * domain::time::MINUTE);
        out.push(OrderSpec {
            number: format!("{}", 7_300_001 + index),
            partner_id: id(buyer),
            standard: if buyer.is_multiple_of(2) {
                "x12"
            } else {
                "edifact"
            }
            .to_owned(),
            story: Story::Accept,
            currency: "EUR".to_owned(),
            lines,
            asn: format!("KSN-{}", 71_000 + index),
            invoice: format!("KI-{}", 81_000 + index),
            ordered_at,
            ship_by: epoch.plus(ship_in * DAY),
            changed_at: None,
            acknowledged_at: None,
            shipped_at: shipped.then(|| epoch.plus(-DAY)),
            invoiced_at: None,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn of_five_thousand_orders_312_of_300_customers_are_late() {
        let epoch = Millis(1_800_000_000_000);
        let orders = orders(400, 1, epoch);
        assert_eq!(orders.len(), 5_000);
        let mut by_customer: BTreeMap<&str, usize> = BTreeMap::new();
        for order in &orders {
            let late = order
                .lines
                .iter()
                .any(|l| LATE_PRODUCTS.contains(&l.product.as_str()));
            if late && order.shipped_at.is_none() && order.ship_by < epoch.plus(30 * DAY) {
                *by_customer.entry(&order.partner_id).or_default() += 1;
            }
        }
        assert_eq!(by_customer.len(), 300);
        assert_eq!(by_customer.values().sum::<usize>(), 312);
        assert_eq!(by_customer.values().filter(|n| **n == 2).count(), 12);
        assert_eq!(customers(400).len(), 400);
    }
}
