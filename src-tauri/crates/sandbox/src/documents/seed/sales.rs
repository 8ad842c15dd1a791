//! Orders that customers placed with us.

use domain::{
    Millis,
    time::{DAY, HOUR, MINUTE},
};
use rust_decimal::Decimal;

use crate::{
    Scenario,
    scenario::{OrderLine, OrderSpec, Story},
};

/// What we sell: product, description, unit, price in cents.
const CATALOGUE: [(&str, &str, &str, i64); 7] = [
    ("CV-20110", "Export carton 600 x 400, 5-ply", "EA", 184),
    ("CV-20145", "Stretch film 500 mm, 23 my", "EA", 1_240),
    ("CV-20190", "Edge protector 1.2 m", "CS", 2_860),
    ("CV-21005", "Euro pallet, heat treated", "EA", 1_475),
    ("CV-21040", "Pallet label set", "CS", 3_990),
    ("CV-22010", "Desiccant bag 500 g", "CS", 5_120),
    ("CV-22300", "Load restraint strap 8 m", "EA", 935),
];
const COUNT: i64 = 42;

pub(super) fn orders(scenario: &Scenario, epoch: Millis) -> Vec<OrderSpec> {
    let mut rng = scenario.rng("sales");
    let mut out = Vec::new();
    for index in 0..COUNT {
        // Every fourth partner buys from us as well.
        let partners = scenario.partners.iter().take(16);
        let buyers: Vec<_> = partners.skip(2).step_by(4).collect();
        let Some(partner) = rng.pick(&buyers) else {
            break;
        };
        let ordered_at =
            epoch.plus(-(28 * DAY * (COUNT - index) / COUNT) + rng.between(0, 300) * MINUTE);
        let ship_by = ordered_at.plus(rng.between(2, 5) * DAY);
        let story = match index % 12 {
            4 => Story::ShortShip,
            7 => Story::RejectAck,
            9 => Story::NoAck,
            _ => Story::Accept,
        };
        let lines = (1..=u32::try_from(rng.between(1, 4)).unwrap_or(1))
            .filter_map(|line| {
                let (product, description, unit, cents) = rng.pick(&CATALOGUE)?;
                let quantity = rng.between(4, 60) * 5;
                let price = Decimal::new(*cents, 2);
                let shipped = if story == Story::ShortShip && line == 1 {
                    quantity - 5
                } else {
                    quantity
                };
                Some(OrderLine {
                    line,
                    product: (*product).to_owned(),
                    description: (*description).to_owned(),
                    unit: (*unit).to_owned(),
                    quantity,
                    price,
                    changed: None,
                    acknowledged: quantity,
                    shipped,
                    billed: quantity,
                    billed_price: price,
                })
            })
            .collect();
        let until = |at: Millis| Some(at).filter(|at| *at <= epoch.plus(-20 * MINUTE));
        out.push(OrderSpec {
            number: format!("{}", 9_100_204 + index * 3),
            partner_id: partner.id.clone(),
            standard: partner.standard.clone(),
            story,
            currency: partner.currency.clone(),
            lines,
            asn: format!("CSN-{}", 31_000 + index),
            invoice: format!("CI-{}", 60_500 + index * 2),
            ordered_at,
            ship_by,
            changed_at: None,
            acknowledged_at: if story == Story::NoAck {
                None
            } else {
                until(ordered_at.plus(rng.between(2, 9) * HOUR))
            },
            shipped_at: until(ship_by.plus(-rng.between(1, 12) * HOUR)),
            invoiced_at: until(ship_by.plus(rng.between(1, 20) * HOUR)),
        });
    }
    out
}
