//! Tickets, transactions, attachments, queues.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::Millis;

/// Statuses of the default lifecycle.
pub(super) const STATUSES: &[&str] = &["new", "open", "stalled", "resolved", "rejected", "deleted"];
/// Those of a ticket that is worked on.
pub(super) const ACTIVE: &[&str] = &["open", "stalled"];

/// Queues by id.
pub(super) const QUEUES: &[(u64, &str)] = &[
    (1, "Partner Operations"),
    (2, "Logistics"),
    (3, "Finance"),
    (4, "EDI"),
    (5, "Compliance"),
    (6, "Master Data"),
    (7, "Quality"),
];

/// The queue with an id or name.
pub(super) fn queue(word: &str) -> Option<(u64, &'static str)> {
    QUEUES
        .iter()
        .find(|(id, name)| id.to_string() == word || name.eq_ignore_ascii_case(word))
        .copied()
}

/// What happened in a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Comment,
    Correspond,
    Status,
    Set,
    CustomField,
    AddLink,
    DeleteLink,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Comment => "Comment",
            Self::Correspond => "Correspond",
            Self::Status => "Status",
            Self::Set => "Set",
            Self::CustomField => "CustomField",
            Self::AddLink => "AddLink",
            Self::DeleteLink => "DeleteLink",
        }
    }
}

/// A file or text of a transaction.
#[derive(Debug, Clone)]
pub(super) struct Attachment {
    pub(super) id: u64,
    pub(super) transaction: u64,
    pub(super) file_name: String,
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
    pub(super) created_at: Millis,
    pub(super) creator: String,
}

/// One step in the history of a ticket.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) id: u64,
    pub(super) kind: Kind,
    pub(super) creator: String,
    pub(super) created_at: Millis,
    pub(super) field: String,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) attachments: Vec<u64>,
}

/// A ticket.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub(super) id: u64,
    pub(super) subject: String,
    pub(super) status: String,
    pub(super) queue: u64,
    pub(super) owner: String,
    pub(super) requestor: String,
    pub(super) priority: i64,
    pub(super) due_at: Option<Millis>,
    pub(super) created_at: Millis,
    pub(super) updated_at: Millis,
    pub(super) custom_fields: BTreeMap<String, Vec<String>>,
    /// Reference of the other dialect's `correlation_display`.
    pub(super) correlation: String,
    /// Kind and target, such as `RefersTo` and `2290`.
    pub(super) links: Vec<(String, String)>,
    pub(super) history: Vec<Transaction>,
}

impl Ticket {
    /// Number of the last transaction: the entity tag.
    pub(super) fn version(&self) -> u64 {
        self.history.last().map_or(0, |t| t.id)
    }

    /// First value of a custom field.
    pub(super) fn custom_field(&self, name: &str) -> Option<&str> {
        self.custom_fields.get(name)?.first().map(String::as_str)
    }

    /// Name of its queue.
    pub(super) fn queue_name(&self) -> &'static str {
        QUEUES
            .iter()
            .find(|q| q.0 == self.queue)
            .map_or("General", |q| q.1)
    }
}

/// Text or file on its way in.
#[derive(Debug, Clone, Default)]
pub(super) struct Incoming {
    pub(super) file_name: String,
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

impl Incoming {
    /// Text of a message.
    pub(super) fn text(media_type: &str, text: &str) -> Self {
        Self {
            file_name: String::new(),
            media_type: media_type.to_owned(),
            bytes: Bytes::from(text.to_owned()),
        }
    }
}

/// What a new ticket begins with.
#[derive(Debug, Clone, Default)]
pub(super) struct Fresh {
    pub(super) subject: String,
    pub(super) queue: u64,
    pub(super) requestor: String,
    pub(super) owner: Option<String>,
    pub(super) status: Option<String>,
    pub(super) priority: i64,
    pub(super) custom_fields: BTreeMap<String, Vec<String>>,
    pub(super) correlation: String,
    pub(super) messages: Vec<Incoming>,
}

/// The marker `pc:...` of a text, without its brackets.
pub(super) fn marker(text: &str) -> Option<String> {
    let at = text.find("[pc:")?;
    let rest = text.get(at + 1..)?;
    rest.split(']').next().map(str::to_owned)
}
