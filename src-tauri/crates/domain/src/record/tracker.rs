//! The internal tracker X, whatever its dialect.

use serde::{Deserialize, Serialize};

use crate::{Millis, visibility::Visibility};

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Id in the tracker (`sys_id` or number).
    pub id: String,
    /// Number people see, such as `OPS-2291` or `INC0012`.
    pub number: String,
    /// Subject.
    pub subject: String,
    /// Status word.
    pub status: String,
    /// Queue or assignment group.
    pub queue: String,
    /// Owner.
    pub owner: Option<String>,
    /// Priority as text.
    pub priority: String,
    /// Case id carried by the marker or correlation id.
    pub case_id: Option<String>,
    /// Version for a conditional update (ETag or modification count).
    pub version: Option<String>,
    /// Created.
    pub created_at: Millis,
    /// Last change.
    pub updated_at: Millis,
}

/// A reply or comment on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketEntry {
    /// Id of the transaction or journal entry.
    pub id: String,
    /// Ticket it belongs to.
    pub ticket_id: String,
    /// Author.
    pub author: String,
    /// Correspondence is partner visible, comments are internal.
    pub visibility: Visibility,
    /// Harmless text.
    pub body: String,
    /// Written.
    pub created_at: Millis,
}
