//! Findings: named pure rules over mirrored rows. A finding opens an exception; when its rule no longer raises it, the
//! exception closes. No remote system offers exceptions as a list, so none is ever seeded or invented here.

mod controls;
mod document;
mod elsewhere;
mod thread;

pub use controls::{ReceivedControl, for_controls};
pub use document::for_document;
pub use elsewhere::{for_case, for_certificate, for_mismatch, for_notice, for_task};
pub use thread::{DocumentClass, ThreadFacts, ThreadFindings, for_thread, line_key};

use serde::{Deserialize, Serialize};

use crate::{Millis, ObjectRef, canonical, words};

words! {
    /// The rules of the first version.
    Rule {
        /// Functional acknowledgement rejected.
        AckRejected = "ack_rejected",
        /// Functional acknowledgement partial or with errors.
        AckPartial = "ack_partial",
        /// The grid could not validate the document.
        ValidationError = "validation_error",
        /// The document was not delivered.
        DeliveryFailed = "delivery_failed",
        /// The same business number twice from the same partner.
        DuplicateNumber = "duplicate_number",
        /// No functional acknowledgement in time.
        AckOverdue = "ack_overdue",
        /// No order acknowledgement in time.
        MissingAcknowledgement = "missing_acknowledgement",
        /// No ship notice by the ship date.
        MissingShipNotice = "missing_ship_notice",
        /// No invoice after shipping.
        MissingInvoice = "missing_invoice",
        /// Less shipped than ordered.
        QuantityShort = "quantity_short",
        /// More shipped than ordered.
        QuantityOver = "quantity_over",
        /// Invoiced, but not shipped.
        BilledNotShipped = "billed_not_shipped",
        /// Invoiced at another price than ordered.
        PriceDiffers = "price_differs",
        /// Control numbers of a partner have a gap.
        ControlNumberGap = "control_number_gap",
        /// A notice came back.
        NoticeBounced = "notice_bounced",
        /// A notice could not be sent.
        NoticeFailed = "notice_failed",
        /// A regulated letter was produced with other content than was approved.
        ReleaseMismatch = "release_mismatch",
        /// A task is past its due date.
        TaskOverdue = "task_overdue",
        /// A certificate expires soon.
        CertificateExpiring = "certificate_expiring",
        /// A certificate has expired.
        CertificateExpired = "certificate_expired",
        /// Case, ticket marker, business key or external id name different things.
        ReferencesDisagree = "references_disagree",
    }
}
impl Rule {
    /// Whether a letter to the partner may say it: facts of the trade between both. What concerns only our own work
    /// (notices, tasks, references, certificates, the wire) is internal and never leaves.
    #[must_use]
    pub const fn may_be_told(self) -> bool {
        matches!(
            self,
            Self::DuplicateNumber
                | Self::MissingAcknowledgement
                | Self::MissingShipNotice
                | Self::MissingInvoice
                | Self::QuantityShort
                | Self::QuantityOver
                | Self::BilledNotShipped
                | Self::PriceDiffers
        )
    }
}

words! {
    /// How bad it is; sorts lists and picks the glyph.
    Severity {
        /// Late or soon to be.
        Warning = "warning",
        /// Failed, rejected, wrong.
        Failure = "failure",
        /// Needs a decision.
        Conflict = "conflict",
    }
}
words! {
    /// State of an exception. Acknowledged and so on are actions of people in the ledger.
    ExceptionState {
        /// Raised.
        Open = "open",
        /// Somebody saw it.
        Acknowledged = "acknowledged",
        /// Somebody works on it.
        Investigating = "investigating",
        /// Corrected, not yet verified.
        Corrected = "corrected",
        /// Verified.
        Verified = "verified",
        /// Its rule no longer raises it, or a person closed it.
        Closed = "closed",
        /// Accepted as it is, with reason and approver.
        Waived = "waived",
    }
}

/// What a rule found wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// SHA-256 over rule, document or notice, and place; the same fact has the same id on every desktop.
    pub id: String,
    /// Rule.
    pub rule: Rule,
    /// Severity.
    pub severity: Severity,
    /// What is wrong, one line, effect first.
    pub title: String,
    /// Number of the thing it is on, as people say it.
    pub on: String,
    /// The thing it is on.
    pub object: ObjectRef,
    /// Document, if any.
    pub document_id: Option<String>,
    /// Notice, if any.
    pub notice_id: Option<String>,
    /// Partner, if known.
    pub partner_id: Option<String>,
    /// Order, if any.
    pub order_number: Option<String>,
    /// Where in the thing: `line 3`, `segment N1 at 12`, or empty.
    pub place: String,
    /// Figures and codes behind it: decimals as text.
    pub facts: serde_json::Value,
    /// When the fact came about at its source.
    pub occurred_at: Millis,
}

/// What a finding is made from; [`Finding::new`] adds its id.
struct Raised<'a> {
    rule: Rule,
    severity: Severity,
    title: String,
    on: &'a str,
    object: ObjectRef,
    place: String,
    facts: serde_json::Value,
    occurred_at: Millis,
}

impl Finding {
    fn new(raised: Raised<'_>) -> Self {
        let Raised {
            rule,
            severity,
            title,
            on,
            object,
            place,
            facts,
            occurred_at,
        } = raised;
        let id = canonical::sha256_hex(format!("{rule}\n{object}\n{place}").as_bytes());
        Self {
            id,
            rule,
            severity,
            title,
            on: on.to_owned(),
            object,
            document_id: None,
            notice_id: None,
            partner_id: None,
            order_number: None,
            place,
            facts,
            occurred_at,
        }
    }
}

#[cfg(test)]
mod tests;
