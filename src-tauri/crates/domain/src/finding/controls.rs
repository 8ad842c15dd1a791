//! Control numbers of one sender: what is missing between two that arrived.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Finding, Raised, Rule, Severity};
use crate::{Kind, Millis, ObjectRef, System};

/// One received interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedControl {
    /// Interchange control number as written.
    pub control: String,
    /// A document that came in it.
    pub document_id: String,
    /// Its arrival.
    pub arrived_at: Millis,
}

/// Larger jumps are a restarted counter, not a loss.
const LARGEST_GAP: i64 = 50;

/// Gaps in the numeric control numbers of one sender. Raised on the document after the gap; closes when the missing
/// ones arrive. A counter that restarts is no gap.
#[must_use]
pub fn for_controls(
    sender: &str,
    partner_id: Option<&str>,
    received: &[ReceivedControl],
) -> Vec<Finding> {
    let mut by_number: BTreeMap<i64, &ReceivedControl> = BTreeMap::new();
    for one in received {
        if let Ok(number) = one.control.trim().parse::<i64>() {
            by_number.entry(number).or_insert(one);
        }
    }
    let numbers: Vec<(i64, &ReceivedControl)> = by_number.into_iter().collect();
    numbers
        .windows(2)
        .filter_map(|pair| {
            let [(before, _), (after, document)] = pair else { return None };
            let missing = after - before - 1;
            if !(1..=LARGEST_GAP).contains(&missing) {
                return None;
            }
            let mut finding = Finding::new(Raised {
                rule: Rule::ControlNumberGap,
                severity: Severity::Warning,
                title: format!("Control number gap, {missing} missing"),
                on: &document.control,
                object: ObjectRef::new(Kind::Document, System::Documents, document.document_id.clone()),
                place: format!("after {before}"),
                facts: json!({"sender": sender, "from": before + 1, "to": after - 1, "missing": missing}),
                occurred_at: document.arrived_at,
            });
            finding.document_id = Some(document.document_id.clone());
            finding.partner_id = partner_id.map(str::to_owned);
            Some(finding)
        })
        .collect()
}
