//! CONTRL, syntax versions 3 and 4.

use super::words::{self, Table};
use super::{AckError, AckKind, Acknowledgement, SetResult};
use crate::reading::{Interchange, Message};
use crate::segment::Segment;

pub(super) fn all(interchange: &Interchange) -> Vec<Acknowledgement> {
    interchange
        .groups
        .iter()
        .flat_map(|group| &group.documents)
        .filter(|message| message.kind == "CONTRL")
        .map(|message| report(interchange, message))
        .collect()
}

fn report(interchange: &Interchange, message: &Message) -> Acknowledgement {
    let mut ack = Acknowledgement::empty(AckKind::Contrl, interchange, message.position);
    for segment in &message.body {
        match segment.tag.as_str() {
            "UCI" => {
                ack.interchange = segment.value(1).map(str::to_owned);
                ack.status = segment.value(4).map(words::action);
                ack.errors.extend(syntax_error(segment, 5, 6, 7));
            }
            "UCF" => {
                ack.group = segment.value(1).map(str::to_owned);
                ack.errors.extend(syntax_error(segment, 5, 6, 7));
            }
            "UCM" => ack.sets.push(SetResult {
                control_number: segment.value(1).unwrap_or_default().to_owned(),
                message_type: segment.part(2, 1).unwrap_or_default().to_owned(),
                status: segment.value(3).map(words::action),
                errors: syntax_error(segment, 4, 5, 6).into_iter().collect(),
            }),
            "UCS" => {
                let found = AckError {
                    position: segment.value(1).and_then(|n| n.parse().ok()),
                    ..error(segment.value(2).unwrap_or_default())
                };
                errors_of(&mut ack).push(found);
            }
            "UCD" => element_error(&mut ack, segment),
            _ => {}
        }
    }
    ack
}

/// Code, service segment and element of an error that UCI, UCF or UCM carries itself.
fn syntax_error(segment: &Segment, code: usize, tag: usize, element: usize) -> Option<AckError> {
    Some(AckError {
        segment: segment.value(tag).map(str::to_owned),
        element: segment.part(element, 1).and_then(|n| n.parse().ok()),
        component: segment.part(element, 2).and_then(|n| n.parse().ok()),
        ..error(segment.value(code)?)
    })
}

fn element_error(ack: &mut Acknowledgement, segment: &Segment) {
    let errors = errors_of(ack);
    let position = errors.last().and_then(|last| last.position);
    // UCS without a code only says where the elements in error are.
    if errors.last().is_some_and(|last| last.code.is_empty()) {
        errors.pop();
    }
    errors.push(AckError {
        position,
        element: segment.part(2, 1).and_then(|n| n.parse().ok()),
        component: segment.part(2, 2).and_then(|n| n.parse().ok()),
        ..error(segment.value(1).unwrap_or_default())
    });
}

fn errors_of(ack: &mut Acknowledgement) -> &mut Vec<AckError> {
    match ack.sets.last_mut() {
        Some(set) => &mut set.errors,
        None => &mut ack.errors,
    }
}

fn error(code: &str) -> AckError {
    AckError {
        code: code.to_owned(),
        words: words::explain(Table::Syntax, code),
        ..AckError::default()
    }
}
