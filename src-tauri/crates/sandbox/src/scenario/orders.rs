//! Orders: what was ordered, and what of it was acknowledged, shipped and billed. Every EDI document follows from these.

use domain::{
    Millis,
    time::{DAY, HOUR, MINUTE},
    words,
};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{file::File, rng::Rng};

words! {
    /// What happens to an order.
    Story {
        /// Everything as ordered.
        Accept = "accept",
        /// Acknowledged with changed quantities.
        AckChanged = "ack_changed",
        /// Less shipped than acknowledged.
        ShortShip = "short_ship",
        /// More shipped than ordered.
        OverShip = "over_ship",
        /// Shipped days after the agreed date.
        LateShip = "late_ship",
        /// Every line rejected.
        RejectAll = "reject_all",
        /// One line rejected.
        RejectLine = "reject_line",
        /// The functional acknowledgement of a document says rejected.
        RejectAck = "reject_ack",
        /// No order acknowledgement.
        NoAck = "no_ack",
        /// No ship notice.
        NoShipNotice = "no_ship_notice",
        /// No invoice.
        NoInvoice = "no_invoice",
        /// The same invoice number twice.
        DuplicateInvoice = "duplicate_invoice",
        /// We changed the order, and the change was followed.
        Change860 = "change860",
        /// We changed the order, and less than the change was shipped.
        Change860Short = "change860_short",
        /// Billed at another price.
        PriceDiffers = "price_differs",
        /// A line was billed and never shipped.
        BilledNotShipped = "billed_not_shipped",
        /// Interchange control numbers are missing before this order's documents.
        ControlGap = "control_gap",
        /// A document of ours could not be delivered.
        DeliveryFailed = "delivery_failed",
        /// A document failed validation.
        ValidationError = "validation_error",
        /// Documents arrive in another order than they were written.
        OutOfOrder = "out_of_order",
    }
}

const WEIGHTS: &[(Story, u64)] = &[
    (Story::Accept, 12),
    (Story::AckChanged, 6),
    (Story::ShortShip, 7),
    (Story::OverShip, 3),
    (Story::LateShip, 5),
    (Story::RejectAll, 2),
    (Story::RejectLine, 3),
    (Story::RejectAck, 5),
    (Story::NoAck, 4),
    (Story::NoShipNotice, 4),
    (Story::NoInvoice, 2),
    (Story::DuplicateInvoice, 3),
    (Story::Change860, 2),
    (Story::Change860Short, 2),
    (Story::PriceDiffers, 5),
    (Story::BilledNotShipped, 4),
    (Story::ControlGap, 2),
    (Story::DeliveryFailed, 3),
    (Story::ValidationError, 3),
    (Story::OutOfOrder, 2),
];

/// One line with all its quantities.
#[derive(Debug, Clone, Serialize)]
pub struct OrderLine {
    /// Line number, from 1.
    pub line: u32,
    /// Buyer's product id.
    pub product: String,
    /// Description.
    pub description: String,
    /// Unit of measure (`CS`, `EA`, ...).
    pub unit: String,
    /// Ordered.
    pub quantity: i64,
    /// Unit price ordered.
    pub price: Decimal,
    /// Quantity after our order change, where there is one.
    pub changed: Option<i64>,
    /// Quantity the partner acknowledged (0 = rejected).
    pub acknowledged: i64,
    /// Quantity on the ship notice.
    pub shipped: i64,
    /// Quantity on the invoice.
    pub billed: i64,
    /// Unit price on the invoice.
    pub billed_price: Decimal,
}

/// One order and the times of what followed. A `None` time means: it never came, or not before the epoch.
#[derive(Debug, Clone, Serialize)]
pub struct OrderSpec {
    /// Order number.
    pub number: String,
    /// Partner.
    pub partner_id: String,
    /// `x12` or `edifact`.
    pub standard: String,
    /// Story.
    pub story: Story,
    /// Currency.
    pub currency: String,
    /// Lines.
    pub lines: Vec<OrderLine>,
    /// Ship notice number.
    pub asn: String,
    /// Invoice number.
    pub invoice: String,
    /// Order sent by us.
    pub ordered_at: Millis,
    /// Agreed ship date.
    pub ship_by: Millis,
    /// Order change sent by us.
    pub changed_at: Option<Millis>,
    /// Order acknowledgement received.
    pub acknowledged_at: Option<Millis>,
    /// Ship notice received.
    pub shipped_at: Option<Millis>,
    /// Invoice received.
    pub invoiced_at: Option<Millis>,
}

/// How many orders a scenario has.
const COUNT: i64 = 400;

pub(crate) fn generate(file: &File, seed: u64, epoch: Millis) -> Vec<OrderSpec> {
    let mut orders: Vec<OrderSpec> = file
        .story_order
        .iter()
        .filter_map(|told| by_hand(file, told, epoch))
        .collect();
    let mut rng = Rng::new(seed, "orders");
    let weights: Vec<u64> = WEIGHTS.iter().map(|w| w.1).collect();
    for index in 0..COUNT {
        let number = (4_500_770_003 + index * 7).to_string();
        if orders.iter().any(|o| o.number == number) {
            continue;
        }
        let Some(partner) = rng.pick(&file.partner) else {
            break;
        };
        let story = WEIGHTS
            .get(rng.weighted(&weights))
            .map_or(Story::Accept, |w| w.0);
        // Evenly over thirty days, so that the last week is still under way and the rest has its documents.
        let age = 30 * DAY * (COUNT - index) / COUNT;
        let ordered_at = epoch.plus(-age + rng.between(0, 90) * MINUTE);
        let ship_by = ordered_at.plus(rng.between(3, 6) * DAY);
        let mut lines = Vec::new();
        let range = file
            .ranges
            .get(&partner.range)
            .map_or(&[][..], Vec::as_slice);
        for line in 1..=rng.between(2, 8) {
            let Some((description, unit, low, high)) = rng.pick(range) else {
                break;
            };
            let quantity = rng.between(2, 40) * if unit == "EA" { 10 } else { 6 };
            let price = Decimal::new(rng.between(low * 100, high * 100), 2);
            let code: String = partner.edi_id.chars().skip(3).take(2).collect();
            lines.push(OrderLine {
                line: u32::try_from(line).unwrap_or(1),
                product: format!("{code}-{}", rng.between(10_100, 19_999)),
                description: description.clone(),
                unit: unit.clone(),
                quantity,
                price,
                changed: None,
                acknowledged: quantity,
                shipped: quantity,
                billed: quantity,
                billed_price: price,
            });
        }
        let mut order = OrderSpec {
            number,
            partner_id: partner.id.clone(),
            standard: partner.standard.clone(),
            story,
            currency: partner.currency.clone(),
            lines,
            asn: format!("ASN-{:07}", 48_000 + index),
            invoice: format!("INV-{}", 80_200 + index * 3),
            ordered_at,
            ship_by,
            changed_at: None,
            acknowledged_at: Some(ordered_at.plus(rng.between(3 * 60, 20 * 60) * MINUTE)),
            shipped_at: Some(ship_by.plus(-rng.between(1, 16) * HOUR)),
            invoiced_at: Some(ship_by.plus(rng.between(4, 40) * HOUR)),
        };
        tell(&mut order, &mut rng);
        until(&mut order, epoch);
        orders.push(order);
    }
    orders.sort_by(|a, b| (a.ordered_at, &a.number).cmp(&(b.ordered_at, &b.number)));
    orders
}

/// Applies a story to an order that went as ordered.
fn tell(order: &mut OrderSpec, rng: &mut Rng) {
    let count = order.lines.len() as u64;
    let at = usize::try_from(rng.below(count)).unwrap_or(0);
    match order.story {
        Story::LateShip => {
            order.shipped_at = Some(order.ship_by.plus(rng.between(2, 4) * DAY));
            order.invoiced_at = Some(order.ship_by.plus(5 * DAY));
        }
        Story::RejectAll => {
            for line in &mut order.lines {
                (line.acknowledged, line.shipped, line.billed) = (0, 0, 0);
            }
            (order.shipped_at, order.invoiced_at) = (None, None);
        }
        Story::NoAck => order.acknowledged_at = None,
        Story::NoShipNotice => order.shipped_at = None,
        Story::NoInvoice => order.invoiced_at = None,
        Story::Change860 | Story::Change860Short => {
            order.changed_at = Some(order.ordered_at.plus(26 * HOUR));
        }
        _ => {}
    }
    let Some(line) = order.lines.get_mut(at) else {
        return;
    };
    let part = (line.quantity / 5).max(1);
    match order.story {
        Story::AckChanged => {
            line.acknowledged -= part;
            (line.shipped, line.billed) = (line.acknowledged, line.acknowledged);
        }
        Story::ShortShip => line.shipped -= part,
        Story::OverShip => {
            line.shipped += part;
            line.billed += part;
        }
        Story::RejectLine => (line.acknowledged, line.shipped, line.billed) = (0, 0, 0),
        Story::Change860 | Story::Change860Short => {
            let wanted = line.quantity + part;
            line.changed = Some(wanted);
            (line.acknowledged, line.shipped, line.billed) = (wanted, wanted, wanted);
            if order.story == Story::Change860Short {
                (line.shipped, line.billed) = (line.quantity, line.quantity);
            }
        }
        Story::PriceDiffers => {
            line.billed_price = (line.price * Decimal::new(1034, 3)).round_dp(2);
        }
        Story::BilledNotShipped => line.shipped = 0,
        _ => {}
    }
}

/// What lies after the epoch has not come yet.
fn until(order: &mut OrderSpec, epoch: Millis) {
    for time in [
        &mut order.changed_at,
        &mut order.acknowledged_at,
        &mut order.shipped_at,
        &mut order.invoiced_at,
    ] {
        *time = time.filter(|at| *at <= epoch);
    }
}

fn by_hand(file: &File, told: &super::file::StoryOrder, epoch: Millis) -> Option<OrderSpec> {
    let partner = file.partner.iter().find(|p| p.id == told.partner_id)?;
    let ordered_at = epoch.plus(-((told.days_before * 86_400_000.0) as i64));
    let lines = (1_u32..)
        .zip(&told.lines)
        .map(|(line, told)| {
            let price = told.price.parse().unwrap_or_default();
            OrderLine {
                line,
                product: told.product.clone(),
                description: told.description.clone(),
                unit: told.unit.clone(),
                quantity: told.quantity,
                price,
                changed: None,
                acknowledged: told.acknowledged.unwrap_or(told.quantity),
                shipped: told.shipped.unwrap_or(told.quantity),
                billed: told.billed.unwrap_or(told.quantity),
                billed_price: price,
            }
        })
        .collect();
    Some(OrderSpec {
        number: told.number.clone(),
        partner_id: told.partner_id.clone(),
        standard: partner.standard.clone(),
        story: told.story.parse().unwrap_or(Story::Accept),
        currency: partner.currency.clone(),
        lines,
        asn: told.asn.clone(),
        invoice: told.invoice.clone(),
        ordered_at,
        ship_by: ordered_at.plus(8 * DAY),
        changed_at: None,
        acknowledged_at: Some(ordered_at.plus(7 * HOUR + 26 * MINUTE)),
        shipped_at: Some(epoch.plus(-5 * HOUR - 20 * MINUTE)),
        invoiced_at: Some(epoch.plus(-3 * HOUR - MINUTE)),
    })
}
