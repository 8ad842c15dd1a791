//! Which table mirrors which kind, and which of its columns repeat a value of the record.

use std::collections::BTreeMap;

use domain::{
    Kind, Millis, System,
    case::CaseStatus,
    finding::DocumentClass,
    policy::Policy,
    record::{Case, Direction, Document, Record, Task},
};

use crate::sql::Values;

/// Sorts what has no due date behind everything that has one.
pub(crate) const NO_DUE_DATE: i64 = i64::MAX;

/// Columns every mirror table begins with.
pub(crate) const COMMON: &[&str] = &[
    "id",
    "collection",
    "record",
    "digest",
    "version",
    "changed_at",
    "fetched_at",
    "missing_since",
];

/// A mirror table.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
}

/// Kinds that come with a pull, in the order they are written.
pub(crate) const KINDS: &[Kind] = &[
    Kind::Partner,
    Kind::Case,
    Kind::Comment,
    Kind::Attachment,
    Kind::Space,
    Kind::SpaceItem,
    Kind::Document,
    Kind::Template,
    Kind::Notice,
    Kind::Task,
    Kind::Process,
    Kind::Workspace,
    Kind::Node,
    Kind::Ticket,
    Kind::TicketEntry,
];

/// The table of a kind; `None` for what is never mirrored.
pub(crate) fn table(kind: Kind) -> Option<Table> {
    let (name, columns): (_, &'static [&'static str]) = match kind {
        Kind::Partner => ("partner", &["name", "short_name", "country"]),
        Kind::Case => (
            "case_",
            &[
                "number",
                "case_type",
                "partner_id",
                "partner_name",
                "opened_at",
                "updated_at",
                "due_key",
                "shown_status",
                "shown_priority",
                "shown_owner",
                "shown_communication_status",
                "shown_open",
            ],
        ),
        Kind::Comment => ("comment", &["case_id", "side", "visibility", "created_at"]),
        Kind::Attachment => ("attachment", &["case_id", "created_at"]),
        Kind::Space => (
            "space",
            &[
                "purpose",
                "case_id",
                "partner_id",
                "subject",
                "state",
                "updated_at",
            ],
        ),
        Kind::SpaceItem => (
            "space_item",
            &["space_id", "item_kind", "state", "created_at"],
        ),
        Kind::Document => (
            "document",
            &[
                "doc_type",
                "class",
                "direction",
                "number",
                "order_number",
                "party",
                "partner_id",
                "partner_name",
                "sender",
                "receiver",
                "interchange_control",
                "group_control",
                "document_control",
                "test",
                "validation",
                "delivery",
                "ack",
                "ack_document_id",
                "ack_at",
                "arrived_at",
                "event_at",
            ],
        ),
        Kind::Template => ("template", &["key", "state", "language"]),
        Kind::Notice => (
            "notice",
            &["case_id", "channel", "template", "event_at", "shown_state"],
        ),
        Kind::Task => (
            "task",
            &[
                "process_id",
                "case_id",
                "group_name",
                "created_at",
                "due_key",
                "shown_state",
                "shown_assignee",
                "shown_open",
            ],
        ),
        Kind::Process => ("process", &["case_id", "state", "started_at"]),
        Kind::Workspace => (
            "workspace",
            &[
                "type_name",
                "object_type",
                "object_id",
                "partner_id",
                "modified_at",
            ],
        ),
        Kind::Node => (
            "node",
            &["workspace_id", "parent_id", "name", "modified_at"],
        ),
        Kind::Ticket => (
            "ticket",
            &["number", "status", "queue", "case_id", "updated_at"],
        ),
        Kind::TicketEntry => ("ticket_entry", &["ticket_id", "visibility", "created_at"]),
        Kind::Finding | Kind::Review => return None,
    };
    Some(Table { name, columns })
}

/// The record without its kind, as it is stored.
pub(crate) fn to_json(record: &Record) -> Result<String, serde_json::Error> {
    match record {
        Record::Partner(r) => serde_json::to_string(r),
        Record::Case(r) => serde_json::to_string(r),
        Record::Comment(r) => serde_json::to_string(r),
        Record::Attachment(r) => serde_json::to_string(r),
        Record::Space(r) => serde_json::to_string(r),
        Record::SpaceItem(r) => serde_json::to_string(r),
        Record::Document(r) => serde_json::to_string(r),
        Record::Template(r) => serde_json::to_string(r),
        Record::Delivery(r) => serde_json::to_string(r),
        Record::Task(r) => serde_json::to_string(r),
        Record::Process(r) => serde_json::to_string(r),
        Record::Workspace(r) => serde_json::to_string(r),
        Record::Node(r) => serde_json::to_string(r),
        Record::Ticket(r) => serde_json::to_string(r),
        Record::TicketEntry(r) => serde_json::to_string(r),
        Record::Gone(object) => serde_json::to_string(object),
    }
}

/// Version that rises with each change, 0 where the source has none.
pub(crate) fn version(record: &Record) -> i64 {
    match record {
        Record::Case(r) => r.version,
        Record::Template(r) => r.version,
        Record::Node(r) => r.version,
        Record::Ticket(r) => r
            .version
            .as_deref()
            .and_then(|v| v.trim_matches(['"', 'W', '/']).parse().ok())
            .unwrap_or(0),
        _ => 0,
    }
}

/// Last change at the source, from every time the record carries: a completed task is newer than the same task open.
pub(crate) fn changed_at(record: &Record) -> i64 {
    match record {
        Record::Task(r) => [r.claimed_at, r.completed_at]
            .into_iter()
            .flatten()
            .fold(r.created_at, Millis::max),
        Record::Process(r) => r.ended_at.unwrap_or(r.started_at),
        Record::Document(r) => r.ack_at.unwrap_or(r.status_at).max(r.status_at),
        other => other.changed_at(),
    }
    .0
}

/// Effective values of the objects in a batch, by object and field.
pub(crate) type Shown = BTreeMap<(Kind, String), BTreeMap<String, String>>;

/// What columns are derived from beside the record.
pub(crate) struct Derivation<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) shown: &'a Shown,
}

/// The other side of a document: key of its threads, partner id if known, and its name.
pub(crate) struct Party<'a> {
    pub(crate) key: &'a str,
    pub(crate) partner_id: Option<&'a str>,
    pub(crate) name: &'a str,
}

/// Finds the partner of a document by the address table of the policy.
pub(crate) fn party<'a>(document: &'a Document, policy: &'a Policy) -> Party<'a> {
    let ours = |address: &str| policy.company.edi_addresses.iter().any(|a| a == address);
    let from_us = match document.direction {
        Some(Direction::Outbound) => true,
        Some(Direction::Inbound) => false,
        None => ours(&document.sender),
    };
    let (address, name) = if from_us {
        (&document.receiver, &document.receiver_name)
    } else {
        (&document.sender, &document.sender_name)
    };
    let partner_id = policy.partner_addresses.get(address).map(String::as_str);
    Party {
        key: partner_id.unwrap_or(address),
        partner_id,
        name: if name.is_empty() { address } else { name },
    }
}

/// The order a document belongs to: an order belongs to itself.
pub(crate) fn order_number(document: &Document) -> &str {
    match (
        &document.order_number,
        DocumentClass::of(&document.doc_type),
    ) {
        (Some(number), _) => number,
        (None, DocumentClass::Order | DocumentClass::OrderChange) => &document.number,
        (None, _) => "",
    }
}

/// Whether a task can still be worked on, by the state shown.
pub(crate) fn task_is_open(state: &str) -> bool {
    state != "completed"
}

/// Binds the columns of [`Table::columns`], in that order.
pub(crate) fn bind(record: &Record, derivation: &Derivation<'_>, v: &mut Values) {
    match record {
        Record::Partner(r) => {
            v.text(&r.name).text(&r.short_name).text(&r.country);
        }
        Record::Case(r) => case(r, derivation, v),
        Record::Comment(r) => {
            v.text(&r.case_id).text(&r.side);
            v.text(r.visibility.as_str()).int(r.created_at.0);
        }
        Record::Attachment(r) => {
            v.text(&r.case_id).int(r.created_at.0);
        }
        Record::Space(r) => {
            v.text(&r.purpose).word(r.case_id.as_deref());
            v.word(r.partner_id.as_deref()).text(&r.subject);
            v.text(&r.state).int(r.updated_at.0);
        }
        Record::SpaceItem(r) => {
            v.text(&r.space_id).text(&r.item_kind);
            v.text(&r.state).int(r.created_at.0);
        }
        Record::Document(r) => document(r, derivation.policy, v),
        Record::Template(r) => {
            v.text(&r.key).text(&r.state).text(&r.language);
        }
        Record::Delivery(r) => {
            let shown = shown(derivation, Kind::Notice, &r.notice_id);
            v.word(r.case_id.as_deref()).text(&r.channel);
            v.word(r.template.as_deref()).int(r.event_at.0);
            v.text(shown("state").unwrap_or(&r.state));
        }
        Record::Task(r) => task(r, derivation, v),
        Record::Process(r) => {
            v.word(r.business_key.as_deref()).text(&r.state);
            v.int(r.started_at.0);
        }
        Record::Workspace(r) => {
            v.text(&r.type_name).word(r.object_type.as_deref());
            v.word(r.object_id.as_deref()).word(r.partner_id.as_deref());
            v.int(r.modified_at.0);
        }
        Record::Node(r) => {
            v.text(&r.workspace_id).text(&r.parent_id);
            v.text(&r.name).int(r.modified_at.0);
        }
        Record::Ticket(r) => {
            v.text(&r.number).text(&r.status).text(&r.queue);
            v.word(r.case_id.as_deref()).int(r.updated_at.0);
        }
        Record::TicketEntry(r) => {
            v.text(&r.ticket_id).text(r.visibility.as_str());
            v.int(r.created_at.0);
        }
        Record::Gone(_) => {}
    }
}

fn shown<'a>(
    derivation: &Derivation<'a>,
    kind: Kind,
    id: &str,
) -> impl Fn(&str) -> Option<&'a str> + use<'a> {
    let values = if derivation.shown.is_empty() {
        None
    } else {
        derivation.shown.get(&(kind, id.to_owned()))
    };
    move |field| values.and_then(|v| v.get(field)).map(String::as_str)
}

fn case(r: &Case, derivation: &Derivation<'_>, v: &mut Values) {
    let shown = shown(derivation, Kind::Case, &r.id);
    let status = shown("status").unwrap_or(&r.status);
    let owner = shown("owner").or(r.owner.as_deref());
    let communication = shown("communication_status").or(r.communication_status.as_deref());
    v.text(&r.number).text(&r.case_type).text(&r.partner_id);
    v.text(&r.partner_short_name)
        .int(r.opened_at.0)
        .int(r.updated_at.0);
    v.int(r.due_at.map_or(NO_DUE_DATE, |at| at.0));
    v.text(status)
        .text(shown("priority").unwrap_or(&r.priority));
    v.word(owner)
        .word(communication)
        .flag(CaseStatus::is_open(status));
}

fn task(r: &Task, derivation: &Derivation<'_>, v: &mut Values) {
    let shown = shown(derivation, Kind::Task, &r.id);
    let state = shown("state").unwrap_or(&r.state);
    v.word(r.process_id.as_deref())
        .word(r.business_key.as_deref());
    v.word(r.group.as_deref()).int(r.created_at.0);
    v.int(r.due_at.map_or(NO_DUE_DATE, |at| at.0));
    v.text(state)
        .word(shown("assignee").or(r.assignee.as_deref()));
    v.flag(task_is_open(state));
}

fn document(r: &Document, policy: &Policy, v: &mut Values) {
    let other = party(r, policy);
    v.text(&r.doc_type)
        .text(DocumentClass::of(&r.doc_type).as_str());
    v.word(r.direction.map(Direction::as_str)).text(&r.number);
    v.text(order_number(r)).text(other.key);
    v.word(other.partner_id).text(other.name);
    v.text(&r.sender).text(&r.receiver);
    v.word(r.interchange_control.as_deref());
    v.word(r.group_control.as_deref())
        .word(r.document_control.as_deref());
    v.flag(r.test)
        .text(r.validation.as_str())
        .text(r.delivery.as_str());
    v.text(r.ack.as_str()).optional_text(None);
    v.optional_int(r.ack_at.map(|at| at.0)).int(r.arrived_at.0);
    v.int(r.ack_at.unwrap_or(r.status_at).max(r.status_at).0);
}

/// Reads a stored record back.
pub(crate) fn from_json(kind: Kind, text: &str) -> Result<Option<Record>, serde_json::Error> {
    Ok(Some(match kind {
        Kind::Partner => Record::Partner(serde_json::from_str(text)?),
        Kind::Case => Record::Case(serde_json::from_str(text)?),
        Kind::Comment => Record::Comment(serde_json::from_str(text)?),
        Kind::Attachment => Record::Attachment(serde_json::from_str(text)?),
        Kind::Space => Record::Space(serde_json::from_str(text)?),
        Kind::SpaceItem => Record::SpaceItem(serde_json::from_str(text)?),
        Kind::Document => Record::Document(serde_json::from_str(text)?),
        Kind::Template => Record::Template(serde_json::from_str(text)?),
        Kind::Notice => Record::Delivery(serde_json::from_str(text)?),
        Kind::Task => Record::Task(serde_json::from_str(text)?),
        Kind::Process => Record::Process(serde_json::from_str(text)?),
        Kind::Workspace => Record::Workspace(serde_json::from_str(text)?),
        Kind::Node => Record::Node(serde_json::from_str(text)?),
        Kind::Ticket => Record::Ticket(serde_json::from_str(text)?),
        Kind::TicketEntry => Record::TicketEntry(serde_json::from_str(text)?),
        Kind::Finding | Kind::Review => return Ok(None),
    }))
}

/// The system that owns things of a kind.
pub(crate) const fn system_of(kind: Kind) -> System {
    match kind {
        Kind::Document => System::Documents,
        Kind::Template | Kind::Notice => System::Exstream,
        Kind::Task | Kind::Process => System::Workflow,
        Kind::Workspace | Kind::Node => System::Workspaces,
        Kind::Ticket | Kind::TicketEntry => System::Tracker,
        _ => System::Community,
    }
}

/// The id of a record without making a name of it.
pub(crate) fn id_of(record: &Record) -> &str {
    match record {
        Record::Partner(r) => &r.id,
        Record::Case(r) => &r.id,
        Record::Comment(r) => &r.id,
        Record::Attachment(r) => &r.id,
        Record::Space(r) => &r.id,
        Record::SpaceItem(r) => &r.id,
        Record::Document(r) => &r.id,
        Record::Template(r) => &r.id,
        Record::Delivery(r) => &r.notice_id,
        Record::Task(r) => &r.id,
        Record::Process(r) => &r.id,
        Record::Workspace(r) => &r.id,
        Record::Node(r) => &r.id,
        Record::Ticket(r) => &r.id,
        Record::TicketEntry(r) => &r.id,
        Record::Gone(object) => &object.remote_id,
    }
}
