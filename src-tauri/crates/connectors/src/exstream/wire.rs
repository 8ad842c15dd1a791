//! Wire shapes of Design, Orchestration, event metrics and Messaging.

use domain::{
    Millis,
    record::{Delivery, Template},
};
use serde_json::Value;

use super::states;
use crate::{
    fields::{Fields, bounded, name_of},
    port::Unfit,
    text::one_line,
};

/// `data` and the total of an offset list.
pub(super) struct Rows<'a> {
    pub(super) rows: &'a [Value],
    pub(super) total: usize,
}

/// Reads the envelope `{status, data[], page{}}`, or a bare list.
///
/// # Errors
/// [`Unfit`] when it is neither.
pub(super) fn rows(answer: &Value) -> Result<Rows<'_>, Unfit> {
    if let Value::Array(rows) = answer {
        return Ok(Rows {
            rows: bounded(rows, "answer")?,
            total: rows.len(),
        });
    }
    let fields = Fields::of(answer, "answer")?;
    let rows = match fields.value("data") {
        Some(Value::Array(rows)) => bounded(rows, "answer.data")?,
        Some(other) => return Err(crate::fields::wrong_type("answer.data", "a list", other)),
        None => {
            return Err(Unfit {
                code: "WIRE_MISSING".to_owned(),
                message: "answer.data is missing".to_owned(),
            });
        }
    };
    let total = match fields.opt_object("page")? {
        Some(page) => page.opt_integer("totalElements")?,
        None => None,
    };
    Ok(Rows {
        rows,
        total: total
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(rows.len()),
    })
}

/// A resource of Design as a template.
///
/// # Errors
/// [`Unfit`] with the place.
pub(super) fn template(value: &Value, place: &str) -> Result<Template, Unfit> {
    let fields = Fields::of(value, place)?;
    let properties = fields.opt_object("properties")?;
    let property = |name: &str| match &properties {
        Some(p) => p.opt_text(name),
        None => Ok(None),
    };
    let name = fields.text("name")?;
    // Without the property the first word of the name is the key people use.
    let key = match property("key")? {
        Some(key) => key,
        None => name.split_whitespace().next().unwrap_or(&name).to_owned(),
    };
    Ok(Template {
        id: fields.id("id")?,
        key,
        name: property("title")?.unwrap_or(name),
        version: fields.integer_or("version", 1)?,
        state: match fields.opt_object("approvalInfo")? {
            Some(approval) => approval.text("state")?,
            None => fields.text("state")?,
        },
        language: property("language")?.unwrap_or_else(|| "en".to_owned()),
        updated_at: fields.time("lastModifiedDate")?,
    })
}

/// What a job says about itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) external_id: Option<String>,
    pub(super) status: String,
    pub(super) channel: String,
    pub(super) message: Option<String>,
    pub(super) started_at: Millis,
    pub(super) ended_at: Option<Millis>,
    pub(super) case_id: Option<String>,
    pub(super) template: Option<String>,
    pub(super) recipient: Option<String>,
    /// Name of the job over at Messaging.
    pub(super) tracker_id: Option<String>,
    pub(super) produced_sha256: Option<String>,
    /// Flow step that holds the produced bytes.
    pub(super) output_step: Option<String>,
}

/// A job of Orchestration.
///
/// # Errors
/// [`Unfit`] with the place.
pub(super) fn job(value: &Value, place: &str) -> Result<Job, Unfit> {
    let fields = Fields::of(value, place)?;
    let mut job = Job {
        id: fields.id("id")?,
        external_id: fields.opt_id("externalId")?,
        status: fields.text("status")?,
        channel: fields.opt_text("channel")?.unwrap_or_default(),
        message: fields.opt_text("msg")?.map(|m| one_line(&m)),
        started_at: fields.time("startDate")?,
        ended_at: fields.opt_time("endDate")?,
        case_id: None,
        template: None,
        recipient: None,
        tracker_id: None,
        produced_sha256: None,
        output_step: None,
    };
    if let Some(metadata) = fields.opt_object("metadata")? {
        job.case_id = metadata.opt_id("caseId")?;
        job.recipient = metadata.opt_text("recipient")?;
        job.tracker_id = metadata.opt_id("trackerId")?;
        let version = metadata.opt_integer("templateVersion")?;
        job.template = metadata.opt_text("template")?.map(|key| match version {
            Some(version) => format!("{key}@{version}"),
            None => key,
        });
        if let Some(artifact) = metadata.opt_object("artifact")? {
            job.produced_sha256 = artifact.opt_text("sha256")?;
            job.output_step = artifact.opt_id("flowStepId")?;
        }
    }
    Ok(job)
}

/// The notice a job that does not read is for, as far as it names one.
pub(super) fn notice_of(value: &Value, place: &str) -> String {
    let job = match name_of(value, "/id", "") {
        id if id.is_empty() => place.to_owned(),
        id => format!("job-{id}"),
    };
    name_of(value, "/externalId", &job)
}

impl Job {
    /// The notice it is for; a job without `externalId` is its own notice.
    pub(super) fn notice_id(&self) -> String {
        self.external_id
            .clone()
            .unwrap_or_else(|| format!("job-{}", self.id))
    }

    /// The job as the state of its notice, as far as Orchestration knows.
    pub(super) fn delivery(&self) -> Delivery {
        let state = states::of_job(&self.status, &self.channel);
        Delivery {
            notice_id: self.notice_id(),
            job_id: self.id.clone(),
            case_id: self.case_id.clone(),
            template: self.template.clone(),
            channel: self.channel.clone(),
            recipient: self.recipient.clone().unwrap_or_default(),
            state: state
                .map_or(states::UNKNOWN, domain::notice::NoticeState::as_str)
                .to_owned(),
            raw_state: format!("job:{}", self.status),
            reason: self.message.clone().filter(|_| self.status == "error"),
            produced_sha256: self.produced_sha256.clone(),
            event_id: format!("job:{}:{}", self.id, self.status),
            event_at: self.ended_at.unwrap_or(self.started_at),
            released_at: Some(self.started_at),
        }
    }
}

/// Adds what Messaging says about the mail of a job: the newest fact counts, a notification above an attempt.
///
/// # Errors
/// [`Unfit`] with the place.
pub(super) fn add_mail_status(
    delivery: &mut Delivery,
    tracker: &str,
    answer: &Value,
) -> Result<(), Unfit> {
    let fields = Fields::of(answer, "status")?;
    let Some(first) = fields.list("deliveries")?.first() else {
        return Ok(());
    };
    let mail = Fields::of(first, "status.deliveries[0]")?;
    if let Some(email) = mail.opt_text("email")? {
        delivery.recipient = email;
    }
    if let Some(last) = mail.list("delivery_attempts")?.last() {
        let attempt = Fields::of(last, "status.deliveries[0].delivery_attempts")?;
        let word = attempt.text("state")?;
        let at = attempt.opt_time("time")?.unwrap_or(delivery.event_at);
        set(
            delivery,
            states::of("attempt", &word),
            format!("attempt:{word}"),
            tracker,
            at,
        );
        delivery.reason = attempt.opt_text("reason")?.map(|r| one_line(&r));
    }
    let notifications = match mail.opt_object("events")? {
        Some(events) => match events.opt_object("email_delivery_events")? {
            Some(kinds) => kinds.list("dsn")?,
            None => &[],
        },
        None => &[],
    };
    if let Some(last) = notifications.last() {
        let dsn = Fields::of(
            last,
            "status.deliveries[0].events.email_delivery_events.dsn",
        )?;
        let action = dsn.opt_text("action")?.unwrap_or_default();
        let status = dsn.opt_text("status")?.unwrap_or_default();
        let at = dsn.opt_time("time")?.unwrap_or(delivery.event_at);
        // A notification older than the last attempt speaks of an earlier one.
        if at >= delivery.event_at || delivery.raw_state.starts_with("job:") {
            let raw = format!("dsn:{action} {status}").trim().to_owned();
            set(delivery, states::of_dsn(&action, &status), raw, tracker, at);
            let diagnostic = dsn.opt_text("diagnostic_code")?.map(|r| one_line(&r));
            delivery.reason = diagnostic.filter(|_| delivery.state == "bounced");
        }
    }
    Ok(())
}

fn set(
    delivery: &mut Delivery,
    state: Option<domain::notice::NoticeState>,
    raw: String,
    tracker: &str,
    at: Millis,
) {
    delivery.state = state
        .map_or(states::UNKNOWN, domain::notice::NoticeState::as_str)
        .to_owned();
    delivery.event_id = format!("{tracker}:{raw}:{}", at.0);
    delivery.raw_state = raw;
    delivery.event_at = at;
}

/// What a mail event says: job, tracker, status, place in time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MailEvent {
    pub(super) event_id: String,
    pub(super) job_id: String,
    pub(super) tracker_id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) updated_at: Millis,
}

/// What an event says, where no Messaging is connected that would say more.
pub(super) fn add_mail_event(delivery: &mut Delivery, event: &MailEvent) {
    let Some(word) = &event.status else { return };
    let tracker = event.tracker_id.as_deref().unwrap_or(&event.job_id);
    let state = states::of("event", word);
    set(
        delivery,
        state,
        format!("event:{word}"),
        tracker,
        event.updated_at,
    );
}

/// A mail event.
///
/// # Errors
/// [`Unfit`] with the place.
pub(super) fn mail_event(value: &Value, place: &str) -> Result<MailEvent, Unfit> {
    let fields = Fields::of(value, place)?;
    Ok(MailEvent {
        event_id: fields.id("eventId")?,
        job_id: fields.id("jobId")?,
        tracker_id: fields.opt_id("trackerId")?,
        status: fields.opt_text("eventStatus")?,
        updated_at: fields.time("lastUpdateTime")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job_json() -> Value {
        json!({
            "id": "j-1", "externalId": "N-1", "status": "complete", "channel": "email", "msg": "",
            "startDate": "2026-11-20T10:00:00Z", "endDate": "2026-11-20T10:00:20Z",
            "metadata": {"caseId": "48213", "template": "SDN-04", "templateVersion": 7, "trackerId": "m-1",
                "artifact": {"sha256": "ab", "flowStepId": "s-1"}},
        })
    }

    fn status(attempts: Value, dsn: Value) -> Value {
        json!({"job_id": "m-1", "deliveries": [{"email": "a@b.example", "delivery_attempts": attempts,
            "events": {"email_delivery_events": {"dsn": dsn}}}]})
    }

    #[test]
    fn mail_is_delivered_only_when_a_notification_says_so() {
        let job = job(&job_json(), "jobs[0]").unwrap();
        let mut delivery = job.delivery();
        assert_eq!(delivery.state, "released");
        let sent = json!([{"state": "Sent", "time": "2026-11-20T10:00:20Z"}]);
        add_mail_status(&mut delivery, "m-1", &status(sent.clone(), json!([]))).unwrap();
        assert_eq!(
            (delivery.state.as_str(), delivery.raw_state.as_str()),
            ("sent", "attempt:Sent")
        );
        let dsn = json!([{"action": "failed", "status": "5.1.1", "time": "2026-11-20T10:01:00Z",
            "diagnostic_code": "smtp; 550 5.1.1 no mailbox"}]);
        add_mail_status(&mut delivery, "m-1", &status(sent, dsn)).unwrap();
        assert_eq!(delivery.state, "bounced");
        assert!(delivery.reason.unwrap().contains("550"));
        assert_eq!(delivery.template.as_deref(), Some("SDN-04@7"));
    }

    #[test]
    fn a_word_nobody_knows_is_kept_and_shown_as_unknown() {
        let mut delivery = job(&job_json(), "jobs[0]").unwrap().delivery();
        let odd = json!([{"state": "Pondering", "time": "2026-11-20T10:00:20Z"}]);
        add_mail_status(&mut delivery, "m-1", &status(odd, json!([]))).unwrap();
        assert_eq!(
            (delivery.state.as_str(), delivery.raw_state.as_str()),
            ("unknown", "attempt:Pondering")
        );
    }

    #[test]
    fn what_does_not_fit_says_where() {
        let mut bad = job_json();
        bad["metadata"] = json!("none");
        assert_eq!(job(&bad, "jobs[2]").unwrap_err().code, "WIRE_TYPE");
        let mut bad = job_json();
        bad["startDate"] = json!("soon");
        assert!(
            job(&bad, "jobs[2]")
                .unwrap_err()
                .message
                .contains("jobs[2].startDate")
        );
        assert!(rows(&json!({"status": "success", "data": "x"})).is_err());
        assert!(rows(&json!({"status": "success"})).is_err());
        assert_eq!(rows(&json!([])).unwrap().total, 0);
    }
}
