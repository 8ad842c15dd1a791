//! Names of what belongs to an order or a case elsewhere, so that all six systems agree on them.

use super::{CaseSpec, OrderSpec, Scenario};

/// The ticket of a case.
#[must_use]
pub fn ticket_for(case: &CaseSpec) -> Option<u64> {
    case.ticket_id
}

/// The process instance of a case.
#[must_use]
pub fn process_for(case: &CaseSpec) -> Option<&str> {
    case.process_id.as_deref()
}

/// The workspace of a case.
#[must_use]
pub fn case_workspace(case: &CaseSpec) -> Option<u64> {
    case.workspace_id
}

fn place(scenario: &Scenario, found: impl Fn(&OrderSpec) -> bool) -> Option<usize> {
    scenario.orders.iter().position(found)
}

/// The workspace of an order; one order in eleven has none. Its business object is (`ERP`, `order`, number).
#[must_use]
pub fn order_workspace(scenario: &Scenario, number: &str) -> Option<u64> {
    let index = place(scenario, |o| o.number == number)?;
    // What is told by hand is told with its workspace.
    let told = scenario
        .cases
        .iter()
        .any(|c| c.id == "48213" && c.order.as_deref() == Some(number));
    (index % 11 != 3 || told).then_some(400_000 + index as u64 * 40)
}

/// Whether the order has a second workspace, of the system before: (`LEGACY`, `order`, number).
#[must_use]
pub const fn has_second_workspace(index: usize) -> bool {
    index % 29 == 7
}

/// The workspace of a shipment; only two shipments of three have one. Its business object is (`ERP`, `shipment`, number).
#[must_use]
pub fn shipment_workspace(scenario: &Scenario, asn: &str) -> Option<u64> {
    let index = place(scenario, |o| o.asn == asn)?;
    (index % 3 != 2).then_some(400_000 + index as u64 * 40 + 20)
}
