//! Rules over one document.

use serde_json::json;

use super::{Finding, Raised, Rule, Severity, thread::DocumentClass};
use crate::{
    Kind, Millis, ObjectRef, System,
    policy::Policy,
    record::{AckTrack, DeliveryTrack, Document, Validation},
    time::HOUR,
};

/// Findings of one document, and when to look again without a change.
#[must_use]
pub fn for_document(
    document: &Document,
    partner_id: Option<&str>,
    policy: &Policy,
    now: Millis,
) -> (Vec<Finding>, Option<Millis>) {
    let mut found = Vec::new();
    let mut raise = |rule, severity, title: String, place: String, facts, at| {
        let mut finding = Finding::new(Raised {
            rule,
            severity,
            title,
            on: &document.number,
            object: ObjectRef::new(Kind::Document, System::Documents, document.id.clone()),
            place,
            facts,
            occurred_at: at,
        });
        finding.document_id = Some(document.id.clone());
        finding.partner_id = partner_id.map(str::to_owned);
        finding.order_number.clone_from(&document.order_number);
        found.push(finding);
    };
    let class = DocumentClass::of(&document.doc_type);
    let name = class.title(&document.doc_type);
    let ack_at = document.ack_at.unwrap_or(document.status_at);
    let code = json!({"code": document.ack_code, "code_list": "lens_fastatus"});
    match document.ack {
        AckTrack::Rejected => {
            raise(
                Rule::AckRejected,
                Severity::Failure,
                format!("{name} rejected by the receiver"),
                String::new(),
                code,
                ack_at,
            );
        }
        AckTrack::Expired => raise(
            Rule::AckOverdue,
            Severity::Warning,
            format!("No receipt for {name} in time"),
            String::new(),
            code,
            ack_at,
        ),
        AckTrack::Partial | AckTrack::AcceptedErrors => {
            let title = if document.ack == AckTrack::Partial {
                "partly accepted"
            } else {
                "accepted with errors"
            };
            raise(
                Rule::AckPartial,
                Severity::Warning,
                format!("{name} {title}"),
                String::new(),
                code,
                ack_at,
            );
        }
        AckTrack::IntegrityFailed => raise(
            Rule::AckRejected,
            Severity::Failure,
            format!("Receipt for {name}: integrity failed"),
            "receipt".to_owned(),
            code,
            ack_at,
        ),
        AckTrack::None | AckTrack::Pending | AckTrack::Accepted => {}
    }
    if document.validation == Validation::Invalid {
        let reason = document
            .error_message
            .as_deref()
            .or(document.problem.as_deref())
            .unwrap_or("does not validate");
        raise(
            Rule::ValidationError,
            Severity::Failure,
            format!("{name}: {reason}"),
            String::new(),
            json!({"code": document.error_code, "status": document.status_code}),
            document.status_at,
        );
    }
    if document.delivery == DeliveryTrack::Failed {
        raise(
            Rule::DeliveryFailed,
            Severity::Failure,
            format!("{name} not delivered"),
            String::new(),
            json!({"code": document.error_code, "message": document.error_message, "status": document.status_code}),
            document.status_at,
        );
    }
    let mut next = None;
    if document.ack == AckTrack::Pending && document.delivery != DeliveryTrack::Failed {
        let due = document
            .arrived_at
            .plus(policy.findings.ack_overdue_hours * HOUR);
        if now >= due {
            raise(
                Rule::AckOverdue,
                Severity::Warning,
                format!(
                    "No receipt for {name} in {} h",
                    policy.findings.ack_overdue_hours
                ),
                String::new(),
                json!({"due_at": due.rfc3339()}),
                due,
            );
        } else {
            next = Some(due);
        }
    }
    (found, next)
}
