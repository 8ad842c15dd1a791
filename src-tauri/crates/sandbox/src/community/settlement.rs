//! Transactions of the month before the epoch, for each partner, in a space of the settlement case.

use domain::{
    Millis,
    statement::{LineKind, decimals, written},
    time::{DAY, MINUTE},
};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::model::{Item, Space, State};
use crate::{Scenario, scenario::PartnerSpec};

/// Type of the case whose space they lie in.
const CASE_TYPE: &str = "settlement";

/// The kinds of lines of the partner at this place: most have a bit of all, some only one kind.
const fn kinds(place: usize) -> &'static [LineKind] {
    match place % 8 {
        1 => &[LineKind::Rebate, LineKind::Rebate],
        3 => &[LineKind::Chargeback],
        5 => &[LineKind::SharedService, LineKind::SharedService],
        6 => &[LineKind::Settlement, LineKind::CarryOver],
        _ => &[LineKind::Settlement, LineKind::Settlement, LineKind::Rebate],
    }
}

const fn words(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Settlement => "Goods settled",
        LineKind::Rebate => "Quarterly rebate",
        LineKind::Chargeback => "Chargeback, late ship notice",
        LineKind::SharedService => "Share of pallet pool",
        LineKind::CarryOver => "Carried over",
    }
}

/// The month before, `YYYY-MM`.
fn month_before(epoch: Millis) -> String {
    let day = epoch.rfc3339();
    let of_month: i64 = day.get(8..10).and_then(|d| d.parse().ok()).unwrap_or(1);
    let before = epoch.plus(-of_month * DAY).rfc3339();
    before.get(..7).unwrap_or_default().to_owned()
}

/// Nothing of every twelfth partner is approved, and of another twelfth one line is not.
const fn is_approved(place: usize, line: usize) -> bool {
    match place % 12 {
        4 => false,
        7 => line > 0,
        _ => true,
    }
}

fn lines(
    scenario: &Scenario,
    period: &str,
    place: usize,
    partner: &PartnerSpec,
) -> Vec<(bool, Value)> {
    let mut rng = scenario.rng(&format!("settlement/{}", partner.id));
    let places = decimals(&partner.currency);
    let of = |(line, kind): (usize, &LineKind)| {
        let minor = rng.between(2_000, 9_000_000);
        let sign = if matches!(kind, LineKind::Rebate | LineKind::Chargeback) {
            -1
        } else {
            1
        };
        let amount = written(
            Decimal::new(sign * minor, 2).round_dp(places),
            &partner.currency,
        );
        let data = json!({
            "partner_id": partner.id, "kind": kind, "reference": format!("TX-{}-{}", partner.id, line + 1),
            "description": words(*kind), "booked_on": format!("{period}-{:02}", rng.between(1, 28)),
            "amount": amount, "currency": partner.currency,
        });
        (is_approved(place, line), data)
    };
    kinds(place).iter().enumerate().map(of).collect()
}

impl State {
    /// Lays the transactions into a space of the settlement case; nothing where there is no such case.
    pub(super) fn settle(
        &mut self,
        scenario: &Scenario,
        epoch: Millis,
        history: &mut Vec<(Millis, &'static str, String, Value)>,
    ) {
        let Some(case) = scenario.cases.iter().find(|c| c.case_type == CASE_TYPE) else {
            return;
        };
        let period = month_before(epoch);
        let begun = epoch.plus(-2 * DAY);
        let space = Space {
            id: self.next_id("sp"),
            purpose: CASE_TYPE.to_owned(),
            case_id: Some(case.id.clone()),
            partner_id: None,
            title: case.subject.clone(),
            subject: period.clone(),
            state: "open".to_owned(),
            created_by: "ada.admin".to_owned(),
            created_at: begun,
            updated_at: begun,
            key: None,
        };
        let subject = format!("space/{}", space.id);
        history.push((begun, "space.created", subject.clone(), json!(space)));
        for (place, partner) in scenario.partners.iter().enumerate() {
            for (approved, data) in lines(scenario, &period, place, partner) {
                let item = Item {
                    id: self.next_id("it"),
                    space_id: space.id.clone(),
                    kind: "line".to_owned(),
                    title: String::new(),
                    state: if approved { "approved" } else { "open" }.to_owned(),
                    due_at: None,
                    author: "ada.admin".to_owned(),
                    data,
                    version: 1,
                    created_at: begun.plus(MINUTE),
                    updated_at: begun.plus(MINUTE),
                    key: None,
                };
                history.push((
                    item.created_at,
                    "item.created",
                    subject.clone(),
                    json!(item),
                ));
                self.items.push(item);
            }
        }
        self.spaces.push(space);
    }
}
