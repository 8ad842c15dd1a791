//! Rules over notices, tasks, certificates and the references of a case.

use serde_json::json;

use super::{Finding, Raised, Rule, Severity};
use crate::{
    Kind, Millis, ObjectRef, System,
    policy::Policy,
    record::{Case, Delivery, SpaceItem, Task},
    time::DAY,
};

/// A notice that bounced or failed: the customer is not informed.
#[must_use]
pub fn for_notice(delivery: &Delivery) -> Option<Finding> {
    let (rule, word) = match delivery.state.as_str() {
        "bounced" => (Rule::NoticeBounced, "bounced"),
        "failed" => (Rule::NoticeFailed, "not sent"),
        _ => return None,
    };
    let mut finding = Finding::new(Raised {
        rule,
        severity: Severity::Failure,
        title: format!("Notice {} {word}", delivery.notice_id),
        on: &delivery.notice_id,
        object: ObjectRef::new(Kind::Notice, System::Exstream, delivery.notice_id.clone()),
        place: String::new(),
        facts: json!({"recipient_channel": delivery.channel, "reason": delivery.reason, "raw": delivery.raw_state}),
        occurred_at: delivery.event_at,
    });
    finding.notice_id = Some(delivery.notice_id.clone());
    Some(finding)
}

/// A release check that found the produced letter different from the approved one (item of a review space). Nothing but a
/// person's decision ends it: the letter has left.
#[must_use]
pub fn for_mismatch(item: &SpaceItem) -> Option<Finding> {
    if item.item_kind != crate::release::MISMATCH {
        return None;
    }
    let text = |name: &str| {
        let value = item.data.get(name).and_then(|v| v.as_str());
        value.unwrap_or_default()
    };
    let notice = text("notice");
    if notice.is_empty() {
        return None;
    }
    let mut finding = Finding::new(Raised {
        rule: Rule::ReleaseMismatch,
        severity: Severity::Failure,
        title: format!("Letter {notice} was produced with other content than approved"),
        on: notice,
        object: ObjectRef::new(Kind::Notice, System::Exstream, notice),
        place: String::new(),
        facts: json!({"approved_sha256": text("approved_sha256"), "produced_sha256": text("produced_sha256"), "hash": text("hash")}),
        occurred_at: item.created_at,
    });
    finding.notice_id = Some(notice.to_owned());
    Some(finding)
}

/// An open task past its due date, or when it will be.
#[must_use]
pub fn for_task(task: &Task, now: Millis) -> (Option<Finding>, Option<Millis>) {
    let (Some(due), None) = (task.due_at, task.completed_at) else {
        return (None, None);
    };
    if now < due {
        return (None, Some(due));
    }
    let finding = Finding::new(Raised {
        rule: Rule::TaskOverdue,
        severity: Severity::Warning,
        title: format!("Task overdue: {}", task.name),
        on: &task.id,
        object: ObjectRef::new(Kind::Task, System::Workflow, task.id.clone()),
        place: String::new(),
        facts: json!({"due_at": due.rfc3339(), "assignee": task.assignee, "case_id": task.business_key}),
        occurred_at: due,
    });
    (Some(finding), None)
}

/// A certificate (item of an onboarding space with `data.valid_to`) that expires soon or has expired.
#[must_use]
pub fn for_certificate(
    item: &SpaceItem,
    partner_id: Option<&str>,
    policy: &Policy,
    now: Millis,
) -> (Option<Finding>, Option<Millis>) {
    if item.item_kind != "certificate" {
        return (None, None);
    }
    let Some(valid_to) = item
        .data
        .get("valid_to")
        .and_then(|v| v.as_str())
        .and_then(|t| Millis::parse_lenient(t).ok())
    else {
        return (None, None);
    };
    let warn_at = valid_to.plus(-policy.findings.certificate_days * DAY);
    let (rule, severity, title, at, next) = if now >= valid_to {
        (
            Rule::CertificateExpired,
            Severity::Failure,
            format!("{} has expired", item.title),
            valid_to,
            None,
        )
    } else if now >= warn_at {
        (
            Rule::CertificateExpiring,
            Severity::Warning,
            format!("{} expires soon", item.title),
            warn_at,
            Some(valid_to),
        )
    } else {
        return (None, Some(warn_at));
    };
    let mut finding = Finding::new(Raised {
        rule,
        severity,
        title,
        on: &item.title,
        object: ObjectRef::new(Kind::SpaceItem, System::Community, item.id.clone()),
        place: String::new(),
        facts: json!({"valid_to": valid_to.rfc3339()}),
        occurred_at: at,
    });
    finding.partner_id = partner_id.map(str::to_owned);
    (Some(finding), next)
}

/// References of a case that name another thing than the marker over there: (system, id on the case, id found there).
#[must_use]
pub fn for_case(case: &Case, disagreements: &[(System, String, String)]) -> Vec<Finding> {
    disagreements
        .iter()
        .map(|(system, on_case, found)| {
            let mut finding = Finding::new(Raised {
                rule: Rule::ReferencesDisagree,
                severity: Severity::Conflict,
                title: format!("Case {} and {system} name different things", case.number),
                on: &case.number,
                object: case.object(),
                place: system.to_string(),
                facts: json!({"on_case": on_case, "found": found}),
                occurred_at: case.updated_at,
            });
            finding.partner_id = Some(case.partner_id.clone());
            finding
        })
        .collect()
}
