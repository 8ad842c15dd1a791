//! What a set of rules looks at: one order thread, one document, one notice and so on.

use std::fmt;

use domain::{
    finding::DocumentClass,
    policy::Policy,
    record::{Direction, Record},
};

use super::Touched;
use crate::mirror;

/// Separates the two names of a thread; no wire carries it in an id.
const SEPARATOR: char = '\u{1f}';

/// Everything the rules of one function see. Findings of a scope that are not raised again are closed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// Documents of one party under one order number.
    Thread(String, String),
    Document(String),
    Notice(String),
    Task(String),
    /// Item of a space with a validity.
    Certificate(String),
    /// Item of a review space that tells of a failed release check.
    Mismatch(String),
    /// References of a case.
    Case(String),
    /// Control numbers of one sender.
    Controls(String),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread(party, order) => write!(f, "thread:{party}{SEPARATOR}{order}"),
            Self::Document(id) => write!(f, "document:{id}"),
            Self::Notice(id) => write!(f, "notice:{id}"),
            Self::Task(id) => write!(f, "task:{id}"),
            Self::Certificate(id) => write!(f, "certificate:{id}"),
            Self::Mismatch(id) => write!(f, "mismatch:{id}"),
            Self::Case(id) => write!(f, "case:{id}"),
            Self::Controls(sender) => write!(f, "controls:{sender}"),
        }
    }
}

impl Scope {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(':')?;
        let id = rest.to_owned();
        Some(match word {
            "thread" => {
                let (party, order) = rest.split_once(SEPARATOR)?;
                Self::Thread(party.to_owned(), order.to_owned())
            }
            "document" => Self::Document(id),
            "notice" => Self::Notice(id),
            "task" => Self::Task(id),
            "certificate" => Self::Certificate(id),
            "mismatch" => Self::Mismatch(id),
            "case" => Self::Case(id),
            "controls" => Self::Controls(id),
            _ => return None,
        })
    }
}

/// Notes which rules have to be applied again because a record came, changed or went.
pub(crate) fn touch(record: &Record, policy: &Policy, touched: &mut Touched) {
    match record {
        Record::Document(document) => {
            touched.scopes.insert(Scope::Document(document.id.clone()));
            let order = mirror::order_number(document);
            if !order.is_empty() && DocumentClass::of(&document.doc_type) != DocumentClass::Receipt
            {
                let party = mirror::party(document, policy).key.to_owned();
                touched
                    .scopes
                    .insert(Scope::Thread(party, order.to_owned()));
            }
            if document.direction == Some(Direction::Inbound)
                && document.interchange_control.is_some()
            {
                touched.senders.insert(document.sender.clone());
            }
        }
        Record::Delivery(delivery) => {
            touched
                .scopes
                .insert(Scope::Notice(delivery.notice_id.clone()));
        }
        Record::Task(task) => {
            touched.scopes.insert(Scope::Task(task.id.clone()));
        }
        Record::SpaceItem(item) if item.item_kind == "certificate" => {
            touched.scopes.insert(Scope::Certificate(item.id.clone()));
        }
        Record::SpaceItem(item) if item.item_kind == domain::release::MISMATCH => {
            touched.scopes.insert(Scope::Mismatch(item.id.clone()));
        }
        Record::Case(case) if !case.external_refs.is_empty() => {
            touched.scopes.insert(Scope::Case(case.id.clone()));
        }
        Record::Ticket(ticket) => {
            touched
                .scopes
                .extend(ticket.case_id.clone().map(Scope::Case));
        }
        Record::Process(process) => {
            touched
                .scopes
                .extend(process.business_key.clone().map(Scope::Case));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_survives_text() {
        for scope in [
            Scope::Thread("ZZ:A:B".into(), "4500:1".into()),
            Scope::Document("7".into()),
            Scope::Mismatch("it-7".into()),
            Scope::Case("48213".into()),
            Scope::Controls("ZZ:A".into()),
        ] {
            assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
        }
        assert_eq!(Scope::parse("moon:1"), None);
    }
}
