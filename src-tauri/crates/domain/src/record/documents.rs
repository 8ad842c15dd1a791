//! Active Documents: one EDI document with its three tracks and what its payload says.

use serde::{Deserialize, Serialize};

use crate::{Millis, words};

words! {
    /// Validation track.
    Validation {
        /// Not checked yet.
        Pending = "pending",
        /// Passed.
        Valid = "valid",
        /// Failed.
        Invalid = "invalid",
    }
}
words! {
    /// Delivery track.
    DeliveryTrack {
        /// Not handed over yet.
        Pending = "pending",
        /// Handed over, no proof yet.
        Sent = "sent",
        /// Proof of delivery.
        Delivered = "delivered",
        /// Not delivered.
        Failed = "failed",
    }
}
words! {
    /// Functional acknowledgement track.
    AckTrack {
        /// None expected.
        None = "none",
        /// Awaited.
        Pending = "pending",
        /// Accepted.
        Accepted = "accepted",
        /// Accepted with errors.
        AcceptedErrors = "accepted_errors",
        /// Partly accepted.
        Partial = "partial",
        /// Rejected.
        Rejected = "rejected",
        /// Did not come in time.
        Expired = "expired",
        /// Receipt failed its integrity check.
        IntegrityFailed = "integrity_failed",
    }
}
words! {
    /// Direction of a document seen from us.
    Direction {
        /// From the partner to us.
        Inbound = "inbound",
        /// From us to the partner.
        Outbound = "outbound",
    }
}

/// One transaction of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// `transactionid`.
    pub id: String,
    /// `correlationid`.
    pub correlation_id: Option<String>,
    /// `x12`, `edifact` or another word.
    pub standard: String,
    /// Type word as on the wire: `850`, `ORDERS`, `997`, ...
    pub doc_type: String,
    /// Direction; `None` when neither address is ours.
    pub direction: Option<Direction>,
    /// Business number of the document (order number on an order, invoice number on an invoice).
    pub number: String,
    /// Order it belongs to, if any.
    pub order_number: Option<String>,
    /// Address of the sender, `qualifier:id`.
    pub sender: String,
    /// Address of the receiver, `qualifier:id`.
    pub receiver: String,
    /// Name of the sender.
    pub sender_name: String,
    /// Name of the receiver.
    pub receiver_name: String,
    /// Interchange control number.
    pub interchange_control: Option<String>,
    /// Group control number.
    pub group_control: Option<String>,
    /// Transaction set or message reference.
    pub document_control: Option<String>,
    /// Test traffic.
    pub test: bool,
    /// Validation track, from the status code.
    pub validation: Validation,
    /// Delivery track, from status and delivery status.
    pub delivery: DeliveryTrack,
    /// Acknowledgement track, from the acknowledgement code.
    pub ack: AckTrack,
    /// Raw status code; its list is Lens status.
    pub status_code: String,
    /// Raw acknowledgement code; its list is Lens fastatus.
    pub ack_code: Option<String>,
    /// Error code of the grid.
    pub error_code: Option<String>,
    /// Error text of the grid.
    pub error_message: Option<String>,
    /// Total amount as decimal text.
    pub amount: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Arrived at the grid.
    pub arrived_at: Millis,
    /// Last status change.
    pub status_at: Millis,
    /// Last acknowledgement change.
    pub ack_at: Option<Millis>,
    /// SHA-256 of the payload, once fetched.
    pub payload_sha256: Option<String>,
    /// What the payload says, once read.
    pub content: Option<DocumentContent>,
    /// Why the payload could not be read, located.
    pub problem: Option<String>,
}

/// What was read from a payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct DocumentContent {
    /// Date of the document, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Ship or requested delivery date, `YYYY-MM-DD`.
    pub ship_date: Option<String>,
    /// Lines.
    pub lines: Vec<DocumentLine>,
    /// Acknowledged documents, for 997, 999, TA1, CONTRL.
    pub acknowledged: Vec<Acknowledged>,
}

/// One line of an order, acknowledgement, ship notice or invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct DocumentLine {
    /// Line number as written.
    pub line: String,
    /// Product id (buyer's, else vendor's, else GTIN).
    pub product: String,
    /// Description.
    pub description: String,
    /// Quantity as decimal text.
    pub quantity: String,
    /// Unit of measure.
    pub unit: String,
    /// Unit price as decimal text.
    pub price: Option<String>,
    /// Line status word or code of an acknowledgement.
    pub status: Option<String>,
}

/// One acknowledged document of a functional acknowledgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Interchange control number, where the acknowledgement names it.
    pub interchange_control: Option<String>,
    /// Group control number.
    pub group_control: Option<String>,
    /// Transaction set or message reference.
    pub document_control: Option<String>,
    /// Type of the acknowledged document.
    pub doc_type: Option<String>,
    /// Outcome.
    pub outcome: AckTrack,
    /// Located errors in words.
    pub errors: Vec<AckError>,
}

/// A located error of an acknowledgement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AckError {
    /// Segment id.
    pub segment: String,
    /// Position in the document, 1-based, if told.
    pub position: Option<i64>,
    /// Element position, if told.
    pub element: Option<String>,
    /// Code as sent.
    pub code: String,
    /// In words.
    pub words: String,
}
