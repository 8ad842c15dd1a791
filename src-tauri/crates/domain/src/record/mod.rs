//! What a pull brings: one struct for each kind of remote object.
//!
//! Words of remote systems stay text here (a status this version does not know must survive); typed words are read
//! from them where a rule needs them. Optional means: the other side did not say.

mod community;
mod documents;
mod exstream;
mod tracker;
mod workflow;
mod workspaces;

pub use community::*;
pub use documents::*;
pub use exstream::*;
pub use tracker::*;
pub use workflow::*;
pub use workspaces::*;

use serde::{Deserialize, Serialize};

use crate::{Kind, Millis, ObjectRef, System};

/// Any mirrored object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant is documented on its struct")]
pub enum Record {
    Partner(Partner),
    Case(Case),
    Comment(Comment),
    Attachment(Attachment),
    Space(Space),
    SpaceItem(SpaceItem),
    Document(Document),
    Template(Template),
    Delivery(Delivery),
    Task(Task),
    Process(Process),
    Workspace(Workspace),
    Node(Node),
    Ticket(Ticket),
    TicketEntry(TicketEntry),
    /// The other side says the object is gone.
    Gone(ObjectRef),
}

impl Record {
    /// The name of the object.
    #[must_use]
    pub fn object(&self) -> ObjectRef {
        let (kind, system, id) = match self {
            Self::Partner(r) => (Kind::Partner, System::Community, &r.id),
            Self::Case(r) => (Kind::Case, System::Community, &r.id),
            Self::Comment(r) => (Kind::Comment, System::Community, &r.id),
            Self::Attachment(r) => (Kind::Attachment, System::Community, &r.id),
            Self::Space(r) => (Kind::Space, System::Community, &r.id),
            Self::SpaceItem(r) => (Kind::SpaceItem, System::Community, &r.id),
            Self::Document(r) => (Kind::Document, System::Documents, &r.id),
            Self::Template(r) => (Kind::Template, System::Exstream, &r.id),
            Self::Delivery(r) => (Kind::Notice, System::Exstream, &r.notice_id),
            Self::Task(r) => (Kind::Task, System::Workflow, &r.id),
            Self::Process(r) => (Kind::Process, System::Workflow, &r.id),
            Self::Workspace(r) => (Kind::Workspace, System::Workspaces, &r.id),
            Self::Node(r) => (Kind::Node, System::Workspaces, &r.id),
            Self::Ticket(r) => (Kind::Ticket, System::Tracker, &r.id),
            Self::TicketEntry(r) => (Kind::TicketEntry, System::Tracker, &r.id),
            Self::Gone(object) => return object.clone(),
        };
        ObjectRef::new(kind, system, id.clone())
    }

    /// When the object last changed at its source, as far as the source says.
    #[must_use]
    pub const fn changed_at(&self) -> Millis {
        match self {
            Self::Partner(r) => r.updated_at,
            Self::Case(r) => r.updated_at,
            Self::Comment(r) => r.created_at,
            Self::Attachment(r) => r.created_at,
            Self::Space(r) => r.updated_at,
            Self::SpaceItem(r) => r.updated_at,
            Self::Document(r) => r.status_at,
            Self::Template(r) => r.updated_at,
            Self::Delivery(r) => r.event_at,
            Self::Task(r) => r.created_at,
            Self::Process(r) => r.started_at,
            Self::Workspace(r) => r.modified_at,
            Self::Node(r) => r.modified_at,
            Self::Ticket(r) => r.updated_at,
            Self::TicketEntry(r) => r.created_at,
            Self::Gone(_) => Millis(0),
        }
    }
}
