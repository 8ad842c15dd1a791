//! 997, 999 and TA1.

use super::words::{self, Table};
use super::{AckError, AckKind, Acknowledgement, SetResult};
use crate::reading::{Interchange, Message};
use crate::segment::Segment;

pub(super) fn all(interchange: &Interchange) -> Vec<Acknowledgement> {
    let interchange_level = interchange
        .service
        .iter()
        .filter(|segment| segment.tag == "TA1")
        .map(|segment| interchange_acknowledgement(interchange, segment));
    let functional = interchange
        .groups
        .iter()
        .flat_map(|group| &group.documents)
        .filter_map(|message| functional_acknowledgement(interchange, message));
    interchange_level.chain(functional).collect()
}

fn interchange_acknowledgement(interchange: &Interchange, ta1: &Segment) -> Acknowledgement {
    let mut ack = Acknowledgement::empty(AckKind::Interchange, interchange, ta1.offset);
    ack.interchange = ta1.value(1).map(str::to_owned);
    ack.status = ta1.value(4).map(words::status);
    if let Some(code) = ta1.value(5).filter(|code| *code != "000") {
        ack.errors.push(error(Table::Interchange, code));
    }
    ack
}

fn functional_acknowledgement(
    interchange: &Interchange,
    message: &Message,
) -> Option<Acknowledgement> {
    let kind = match message.kind.as_str() {
        "997" => AckKind::Functional,
        "999" => AckKind::Implementation,
        _ => return None,
    };
    let mut ack = Acknowledgement::empty(kind, interchange, message.position);
    for segment in &message.body {
        match segment.tag.as_str() {
            "AK1" => {
                ack.functional_id = segment.value(1).map(str::to_owned);
                ack.group = segment.value(2).map(str::to_owned);
            }
            "AK2" => ack.sets.push(SetResult {
                message_type: segment.value(1).unwrap_or_default().to_owned(),
                control_number: segment.value(2).unwrap_or_default().to_owned(),
                status: None,
                errors: Vec::new(),
            }),
            "AK3" | "IK3" => segment_error(&mut ack, segment),
            "AK4" | "IK4" => element_error(&mut ack, segment),
            "AK5" | "IK5" => {
                let errors = (2..=6).filter_map(|n| segment.value(n));
                let errors: Vec<_> = errors.map(|code| error(Table::Set, code)).collect();
                if let Some(set) = ack.sets.last_mut() {
                    set.status = segment.value(1).map(words::status);
                    set.errors.extend(errors);
                }
            }
            "AK9" => {
                ack.status = segment.value(1).map(words::status);
                let errors = (5..=9).filter_map(|n| segment.value(n));
                ack.errors
                    .extend(errors.map(|code| error(Table::Group, code)));
            }
            _ => {}
        }
    }
    Some(ack)
}

fn segment_error(ack: &mut Acknowledgement, segment: &Segment) {
    let code = segment.value(4).unwrap_or_default();
    let found = AckError {
        segment: segment.value(1).map(str::to_owned),
        position: segment.value(2).and_then(|n| n.parse().ok()),
        ..error(Table::Segment, code)
    };
    errors_of(ack).push(found);
}

fn element_error(ack: &mut Acknowledgement, segment: &Segment) {
    let errors = errors_of(ack);
    // AK4 refers to the AK3 before it and tells more than its "has element errors".
    let (tag, position) = match errors.last() {
        Some(last) => (last.segment.clone(), last.position),
        None => (None, None),
    };
    if errors.last().is_some_and(|last| {
        last.element.is_none() && last.segment.is_some() && matches!(last.code.as_str(), "8" | "")
    }) {
        errors.pop();
    }
    errors.push(AckError {
        segment: tag,
        position,
        element: segment.part(1, 1).and_then(|n| n.parse().ok()),
        component: segment.part(1, 2).and_then(|n| n.parse().ok()),
        value: segment.text(4).map(str::to_owned),
        ..error(Table::Element, segment.value(3).unwrap_or_default())
    });
}

/// Errors of the set being told about; of the group where none is.
fn errors_of(ack: &mut Acknowledgement) -> &mut Vec<AckError> {
    match ack.sets.last_mut() {
        Some(set) => &mut set.errors,
        None => &mut ack.errors,
    }
}

fn error(table: Table, code: &str) -> AckError {
    AckError {
        code: code.to_owned(),
        words: words::explain(table, code),
        ..AckError::default()
    }
}
