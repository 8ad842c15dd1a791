//! What every connector offers, in the words of [`domain`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    Millis, ObjectRef, PersonId, StepKey, System,
    operation::{Call, Level, Operation},
    record::Record,
};
use serde::{Deserialize, Serialize};

use crate::{CallError, PullError, wire_log::WireCall};

/// A stream of records of one system with a cursor of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// Word, unique within the system: `cases`, `events`, `tasks_open`, ...
    pub name: &'static str,
    /// Milliseconds between two pulls when nothing else asks.
    pub pace: i64,
    /// Order in which a first pull reads them (lower first).
    pub order: u8,
}

/// Asks for the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Word of the collection.
    pub collection: String,
    /// Where the last applied page ended; `None` reads from the beginning. Opaque to everybody but its connector.
    pub cursor: Option<String>,
    /// Now.
    pub now: Millis,
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct PullPage {
    /// Records, in the order of the other side.
    pub records: Vec<Fetched>,
    /// To be stored once these records are applied.
    pub cursor: String,
    /// Whether the next page can be asked for at once.
    pub more: bool,
    /// Set on the last page of a full listing: every id there is, so that what is missing can be marked gone.
    pub listing: Option<Vec<ObjectRef>>,
}

/// One record as it came, read or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// Id on the other side, or a position such as `page-2/17` when there is none.
    pub remote_id: String,
    /// The raw JSON text, at most 256 KiB (longer is cut and marked).
    pub raw: String,
    /// The record, or why it does not fit.
    pub record: Result<Record, Unfit>,
}

/// Why a record does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    /// Stable code such as `WIRE_TYPE`, `WIRE_MISSING`, `WIRE_ID`, `WIRE_TIME`, `WIRE_TOO_LARGE`.
    pub code: String,
    /// What and where, in words.
    pub message: String,
}

/// A write on its way out.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Idempotency key of the step.
    pub key: StepKey,
    /// Short reference people may see on the other side, unique for the step: first 16 characters of the key.
    pub reference: String,
    /// The call.
    pub call: Call,
    /// Bytes named by the call, by SHA-256.
    pub blobs: BTreeMap<String, Bytes>,
    /// Login of the person who confirmed it; `None` for what the system derived.
    pub actor: Option<PersonId>,
    /// Now, by the clock of the desk.
    pub now: Millis,
}

/// What the other side confirmed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Receipt {
    /// Id of what was made or changed there; later steps may use it.
    pub remote_ref: String,
    /// Further results by name: `version`, `sha256`, `document_id`, `job_id`, `produced_sha256`, `won`, `winner`, ...
    #[serde(default)]
    pub detail: serde_json::Map<String, serde_json::Value>,
    /// Bytes that came back (a rendered letter), kept by the caller under their SHA-256.
    #[serde(skip)]
    pub bytes: Option<Bytes>,
}

/// The answer to "did this happen?".
#[derive(Debug, Clone, PartialEq)]
pub enum LookUp {
    /// It did.
    Found(Receipt),
    /// It did not (as far as the other side can tell now).
    Absent,
    /// The other side cannot tell, or something like it exists that may be another's.
    CannotTell(String),
}

/// Bytes of an attachment, node, payload or letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The bytes, within the limit.
    pub bytes: Bytes,
    /// Media type as told.
    pub media_type: String,
    /// Safe file name.
    pub name: String,
}

/// What a connector can do, with which endpoint, and how sure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// System.
    pub system: System,
    /// Dialect in use.
    pub dialect: String,
    /// Offered operations.
    pub operations: Vec<OperationEntry>,
}

/// One row of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperationEntry {
    /// Operation.
    pub operation: Operation,
    /// Level reached with this dialect and these settings.
    pub level: Level,
    /// HTTP method.
    pub method: &'static str,
    /// Path under the base address.
    pub path: &'static str,
    /// Longest time in milliseconds a call may still be under way.
    pub longest_time: i64,
}

impl Manifest {
    /// The row of an operation, if it is offered.
    #[must_use]
    pub fn entry(&self, operation: Operation) -> Option<&OperationEntry> {
        self.operations.iter().find(|e| e.operation == operation)
    }
}

/// One step of a connection test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStep {
    /// `secrets`, `address`, `name_resolution`, `reach`, `tls`, `sign_in`, `permission`, `answer`.
    pub step: String,
    /// Whether it passed.
    pub ok: bool,
    /// In words.
    pub message: String,
}

/// A remote system. Sign-in, renewal, pace and size limits are inside; classification comes out.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Which system.
    fn system(&self) -> System;
    /// What it can do.
    fn manifest(&self) -> &Manifest;
    /// What can be pulled.
    fn collections(&self) -> &'static [Collection];
    /// Pulls one page.
    ///
    /// # Errors
    /// A [`PullError`]; records that do not fit are no error but [`Fetched`] with [`Unfit`].
    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError>;
    /// Performs a write once. Never repeats it by itself once a byte was sent.
    ///
    /// # Errors
    /// A classified [`CallError`].
    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError>;
    /// Asks whether a write happened, by key or reference.
    ///
    /// # Errors
    /// A classified [`CallError`]; it never has an effect.
    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError>;
    /// Fetches bytes.
    ///
    /// # Errors
    /// A [`PullError`].
    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError>;
    /// Tests the connection step by step and says which one failed.
    async fn check(&self) -> Vec<CheckStep>;
    /// The last calls on the wire with a number above `after`, oldest first: no bodies, no queries, no secrets.
    fn recent_calls(&self, after: u64) -> Vec<WireCall>;
}
