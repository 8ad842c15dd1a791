//! What Community remembers. Field names are those of the wire.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{contract::etag, users::User};
use crate::core::http::put;

/// A partner as cases name it.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
pub struct PartnerName {
    /// Id in Community.
    pub id: String,
    /// Legal name.
    pub name: String,
    /// Name in lists.
    pub short_name: String,
    /// Company id of the grid.
    pub buid: String,
}

/// A business reference.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reference {
    /// `po`, `invoice`, `asn`, `lens_transaction`.
    pub kind: String,
    /// Number.
    pub value: String,
}

/// A case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Case {
    /// Id.
    pub id: String,
    /// Visible number.
    pub number: String,
    /// Subject.
    pub subject: String,
    /// Type word.
    #[serde(rename = "type")]
    pub case_type: String,
    /// Finer word.
    pub subtype: String,
    /// Status word.
    pub status: String,
    /// Priority word.
    pub priority: String,
    /// Login of the owner.
    pub owner: Option<String>,
    /// Team.
    pub team: Option<String>,
    /// Partner.
    pub partner: PartnerName,
    /// Business references.
    pub business_refs: Vec<Reference>,
    /// Opened.
    #[serde(with = "domain::time::rfc3339")]
    pub opened_at: Millis,
    /// Last change.
    #[serde(with = "domain::time::rfc3339")]
    pub updated_at: Millis,
    /// Due, RFC 3339.
    pub due_at: Option<String>,
    /// Stage word.
    pub stage: Option<String>,
    /// Worst delivery state of its notices.
    pub communication_status: Option<String>,
    /// Loop word.
    #[serde(rename = "loop")]
    pub loop_state: Option<String>,
    /// Version; the ETag is this number in quotes.
    pub version: i64,
    /// Its ticket, workflow instance, workspace, notices.
    pub external_refs: Vec<Value>,
}

impl Case {
    /// As on the wire.
    #[must_use]
    pub fn json(&self) -> Value {
        json!(self)
    }

    /// ETag.
    #[must_use]
    pub fn etag(&self) -> String {
        etag(self.version)
    }
}

/// A message in a thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comment {
    /// Id.
    pub id: String,
    /// Case.
    pub case_id: String,
    /// Name of the author.
    pub author: String,
    /// `us` or `partner`.
    pub side: String,
    /// `partner` or `internal`.
    pub visibility: String,
    /// HTML or plain text.
    pub body: String,
    /// Written.
    #[serde(with = "domain::time::rfc3339")]
    pub created_at: Millis,
    /// Idempotency key it was made with.
    pub key: Option<String>,
}

/// A file on a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attachment {
    /// Id.
    pub id: String,
    /// Case.
    pub case_id: String,
    /// File name as given.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Bytes.
    pub size: usize,
    /// SHA-256.
    pub sha256: String,
    /// `partner` or `internal`.
    pub visibility: String,
    /// Name of the author.
    pub author: String,
    /// Added.
    #[serde(with = "domain::time::rfc3339")]
    pub created_at: Millis,
    /// Idempotency key.
    pub key: Option<String>,
}

/// A review, onboarding or mirror space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Space {
    /// Id.
    pub id: String,
    /// `review`, `onboarding`, `mirror`, `campaign`, `distribution`.
    pub purpose: String,
    /// Case.
    pub case_id: Option<String>,
    /// Partner.
    pub partner_id: Option<String>,
    /// Title.
    pub title: String,
    /// What it is about.
    pub subject: String,
    /// State word.
    pub state: String,
    /// Login of who opened it.
    pub created_by: String,
    /// Opened.
    #[serde(with = "domain::time::rfc3339")]
    pub created_at: Millis,
    /// Last change.
    #[serde(with = "domain::time::rfc3339")]
    pub updated_at: Millis,
    /// Idempotency key.
    pub key: Option<String>,
}

/// An item of a space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Item {
    /// Id.
    pub id: String,
    /// Space.
    pub space_id: String,
    /// Kind word.
    pub kind: String,
    /// Title.
    pub title: String,
    /// State word.
    pub state: String,
    /// Due, RFC 3339.
    pub due_at: Option<String>,
    /// Login of who wrote it.
    pub author: String,
    /// Free content.
    pub data: Value,
    /// Version.
    pub version: i64,
    /// Written.
    #[serde(with = "domain::time::rfc3339")]
    pub created_at: Millis,
    /// Last change.
    #[serde(with = "domain::time::rfc3339")]
    pub updated_at: Millis,
    /// Idempotency key.
    pub key: Option<String>,
}

/// Asking recipients to acknowledge a document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AckRequest {
    /// Id.
    pub id: String,
    /// Case.
    pub case_id: Option<String>,
    /// Title.
    pub title: String,
    /// What it is a part of.
    pub subject: Option<String>,
    /// Due.
    #[serde(with = "domain::time::rfc3339")]
    pub due_at: Millis,
    /// Wants to be viewed before it is answered.
    pub view_before: bool,
    /// Wants a signed file with a yes.
    pub signed_upload: bool,
    /// SHA-256 of the document.
    pub sha256: String,
    /// Login of who asked.
    pub author: String,
    /// Asked.
    #[serde(with = "domain::time::rfc3339")]
    pub created_at: Millis,
    /// Last answer by recipient: state, text, time.
    pub responses: BTreeMap<String, Value>,
    /// Idempotency key.
    pub key: Option<String>,
}

impl AckRequest {
    /// As on the wire.
    #[must_use]
    pub fn json(&self, now: Millis) -> Value {
        let mut body = json!(self);
        put(&mut body, "responses", json!(self.answers(now)));
        body
    }

    /// What each recipient answered: who has not by the due time has let it expire.
    #[must_use]
    pub fn answers(&self, now: Millis) -> Vec<Value> {
        let shown = |(recipient, answer): (&String, &Value)| {
            let mut answer = answer.clone();
            let state = answer.get("state").and_then(Value::as_str);
            if !matches!(state, Some("accepted" | "declined")) && now > self.due_at {
                put(&mut answer, "state", json!("expired"));
            }
            put(&mut answer, "recipient", json!(recipient));
            answer
        };
        self.responses.iter().map(shown).collect()
    }
}

/// What an idempotency key made, and the answer it was given.
#[derive(Debug, Clone, Serialize)]
pub struct Made {
    /// Hash of the request.
    pub fingerprint: String,
    /// Kind of the resource.
    pub kind: &'static str,
    /// Id of the resource.
    pub id: String,
    /// Status answered.
    pub status: u16,
    /// Body answered.
    pub body: Value,
    /// ETag answered.
    pub etag: Option<String>,
    /// Location answered.
    pub location: Option<String>,
}

/// Everything.
#[derive(Debug, Default, Serialize)]
pub struct State {
    /// Cases by number of id.
    pub cases: BTreeMap<String, Case>,
    /// Messages by time.
    pub comments: Vec<Comment>,
    /// Files by time.
    pub attachments: Vec<Attachment>,
    /// Bytes by SHA-256.
    #[serde(skip)]
    pub blobs: BTreeMap<String, Bytes>,
    /// Spaces by time.
    pub spaces: Vec<Space>,
    /// Items by time.
    pub items: Vec<Item>,
    /// Acknowledgement requests by time.
    pub ack_requests: Vec<AckRequest>,
    /// Reminders of them by time.
    pub ack_reminders: Vec<Value>,
    /// Files that came inside answers, by id.
    pub signed_files: BTreeMap<String, Value>,
    /// Members of agreements that changed since the history, by partner.
    pub agreements: BTreeMap<String, Map<String, Value>>,
    /// Claims by time.
    pub claims: Vec<Value>,
    /// Events by time.
    pub events: Vec<Value>,
    /// Idempotency keys.
    pub keys: BTreeMap<String, Made>,
    /// Users made, changed or (`None`) deleted since the history, by login.
    pub users: BTreeMap<String, Option<User>>,
    /// Last number given, by kind.
    pub numbers: BTreeMap<&'static str, u64>,
}

impl State {
    /// The next id of a kind.
    pub fn next_id(&mut self, kind: &'static str) -> String {
        let number = self.numbers.entry(kind).or_default();
        *number += 1;
        match kind {
            "case" => number.to_string(),
            _ => format!("{kind}-{number}"),
        }
    }

    /// Adds a CloudEvent.
    pub fn event(&mut self, kind: &str, subject: &str, at: Millis, data: Value) {
        let id = format!("evt-{:08}", self.events.len() + 1);
        self.events.push(json!({
            "specversion": "1.0",
            "id": id,
            "source": "/community",
            "type": format!("community.{kind}"),
            "subject": subject,
            "time": at.rfc3339(),
            "datacontenttype": "application/json",
            "data": data,
        }));
    }
}
