//! The internal tracker behind one port with two dialects: Request Tracker 5 (REST2) and ServiceNow (Table API).

pub(crate) mod messages;
pub(crate) mod request_tracker;
pub(crate) mod servicenow;

use async_trait::async_trait;
use domain::{
    ObjectRef, System,
    operation::{Call, Level, Operation},
    time::MINUTE,
    visibility::Visibility,
};
use serde_json::{Map, Value};

use self::{request_tracker::RequestTracker, servicenow::ServiceNow};
use crate::{
    CallError, Collection, ConnectionConfig, Connector, Content, LookUp, Manifest, Outgoing,
    PullError, PullPage, PullRequest, Receipt, Session, SessionParts,
    port::{CheckStep, OperationEntry},
    wire_log::WireCall,
};

/// What a dialect has to offer. Every write carries the reference of its step where people and look-ups find it.
#[async_trait]
trait Dialect: Send + Sync + std::fmt::Debug {
    fn session(&self) -> &Session;
    fn level(&self, operation: Operation) -> Level;
    fn endpoint(&self, operation: Operation) -> (&'static str, &'static str);
    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError>;
    async fn create(&self, ticket: &NewTicket<'_>) -> Result<Receipt, CallError>;
    async fn find_created(&self, ticket: &NewTicket<'_>) -> Result<LookUp, CallError>;
    async fn say(&self, message: &Message<'_>) -> Result<Receipt, CallError>;
    async fn find_said(&self, message: &Message<'_>) -> Result<LookUp, CallError>;
    async fn update(&self, change: &Change<'_>) -> Result<Receipt, CallError>;
    async fn find_update(&self, change: &Change<'_>) -> Result<LookUp, CallError>;
    async fn link(&self, link: &Link<'_>) -> Result<Receipt, CallError>;
    async fn find_link(&self, link: &Link<'_>) -> Result<LookUp, CallError>;
    async fn content(&self, id: &str) -> Result<Content, PullError>;
    async fn check(&self) -> Vec<CheckStep>;
}

/// A ticket to be made.
#[derive(Debug)]
struct NewTicket<'a> {
    case_id: &'a str,
    queue: &'a str,
    subject: &'a str,
    body: &'a str,
    marker: &'a str,
    reference: &'a str,
}

/// A comment or reply to be written.
#[derive(Debug)]
struct Message<'a> {
    ticket_id: &'a str,
    visibility: Visibility,
    body: &'a str,
    reference: &'a str,
}

/// A change against a version.
#[derive(Debug)]
struct Change<'a> {
    ticket_id: &'a str,
    base_version: Option<&'a str>,
    changes: &'a Map<String, Value>,
}

/// A link to another ticket or address.
#[derive(Debug)]
struct Link<'a> {
    ticket_id: &'a str,
    target: &'a str,
    reference: &'a str,
}

/// The connector.
#[derive(Debug)]
pub struct TrackerConnector {
    dialect: Box<dyn Dialect>,
    manifest: Manifest,
}

const COLLECTIONS: &[Collection] = &[Collection {
    name: "tickets",
    pace: MINUTE / 2,
    order: 1,
}];

const OPERATIONS: &[Operation] = &[
    Operation::CreateTicket,
    Operation::CommentTicket,
    Operation::ReplyTicket,
    Operation::UpdateTicket,
    Operation::LinkTicket,
];

impl TrackerConnector {
    /// Opens a connection. Dialect `servicenow`, else Request Tracker. Settings: `queue`, `marker_field`,
    /// `number_prefix`; for ServiceNow `table`, `journal` (`hidden` where it cannot be read).
    #[must_use]
    pub fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let (name, dialect): (&str, Box<dyn Dialect>) = if config.dialect == "servicenow" {
            ("servicenow", Box::new(ServiceNow::new(config, parts)))
        } else {
            (
                "request_tracker",
                Box::new(RequestTracker::new(config, parts)),
            )
        };
        let operations = OPERATIONS
            .iter()
            .map(|operation| {
                let (method, path) = dialect.endpoint(*operation);
                OperationEntry {
                    operation: *operation,
                    level: dialect.level(*operation),
                    method,
                    path,
                    longest_time: operation.longest_time(),
                }
            })
            .collect();
        Self {
            dialect,
            manifest: Manifest {
                system: System::Tracker,
                dialect: name.to_owned(),
                operations,
            },
        }
    }
}

/// A call of ours in the words of the dialects.
enum Wanted<'a> {
    Create(NewTicket<'a>),
    Say(Message<'a>),
    Change(Change<'a>),
    Link(Link<'a>),
}

fn wanted(outgoing: &Outgoing) -> Result<Wanted<'_>, CallError> {
    let reference = outgoing.reference.as_str();
    Ok(match &outgoing.call {
        Call::CreateTicket {
            case_id,
            queue,
            subject,
            body,
            marker,
        } => Wanted::Create(NewTicket {
            case_id,
            queue,
            subject,
            body,
            marker,
            reference,
        }),
        Call::CommentTicket {
            ticket_id, body, ..
        } => Wanted::Say(Message {
            ticket_id,
            visibility: Visibility::Internal,
            body,
            reference,
        }),
        Call::ReplyTicket {
            ticket_id, body, ..
        } => Wanted::Say(Message {
            ticket_id,
            visibility: Visibility::Partner,
            body,
            reference,
        }),
        Call::UpdateTicket {
            ticket_id,
            base_version,
            changes,
        } => Wanted::Change(Change {
            ticket_id,
            base_version: base_version.as_deref(),
            changes,
        }),
        Call::LinkTicket { ticket_id, target } => Wanted::Link(Link {
            ticket_id,
            target,
            reference,
        }),
        other => {
            return Err(CallError::Refused {
                status: 0,
                message: format!("the tracker has no '{}'", other.operation().word()),
            });
        }
    })
}

#[async_trait]
impl Connector for TrackerConnector {
    fn system(&self) -> System {
        System::Tracker
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn collections(&self) -> &'static [Collection] {
        COLLECTIONS
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        if request.collection != "tickets" {
            return Err(PullError::Refused {
                status: 0,
                message: format!("the tracker has no collection '{}'", request.collection),
            });
        }
        self.dialect.pull(request).await
    }

    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        match wanted(outgoing)? {
            Wanted::Create(ticket) => self.dialect.create(&ticket).await,
            Wanted::Say(message) => self.dialect.say(&message).await,
            Wanted::Change(change) => self.dialect.update(&change).await,
            Wanted::Link(link) => self.dialect.link(&link).await,
        }
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        if self.dialect.level(outgoing.call.operation()) == Level::C {
            return Ok(LookUp::CannotTell(
                "this tracker does not let us read its journal".to_owned(),
            ));
        }
        match wanted(outgoing)? {
            Wanted::Create(ticket) => self.dialect.find_created(&ticket).await,
            Wanted::Say(message) => self.dialect.find_said(&message).await,
            Wanted::Change(change) => self.dialect.find_update(&change).await,
            Wanted::Link(link) => self.dialect.find_link(&link).await,
        }
    }

    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError> {
        self.dialect.content(&object.remote_id).await
    }

    async fn check(&self) -> Vec<CheckStep> {
        self.dialect.check().await
    }

    fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        self.dialect.session().recent_calls(after)
    }
}
