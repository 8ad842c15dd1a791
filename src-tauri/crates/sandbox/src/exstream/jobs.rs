//! A released letter: its job with flow instance, flow steps and the bytes it produced.

use std::sync::{Arc, OnceLock};

use domain::{Millis, System, canonical::sha256_hex, time::DAY};
use serde_json::{Map, Value, json};

use super::{
    DOMAIN,
    delivery::{self, Step},
    ids,
    letter::Letter,
};
use crate::core::effects::Effect;

/// The steps of a letter's flow, which bear the names of their types.
const STEPS: [&str; 4] = ["input", "communication", "output", "processor"];

/// A letter that was released.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: String,
    /// Order of making.
    pub(super) number: i64,
    pub(super) external_id: Option<String>,
    pub(super) case_id: Option<String>,
    pub(super) template_key: String,
    pub(super) template_title: String,
    pub(super) template_version: i64,
    pub(super) language: String,
    pub(super) channel: String,
    pub(super) recipient: String,
    pub(super) triggered_by: String,
    pub(super) data: Map<String, Value>,
    pub(super) started_at: Millis,
    pub(super) cancelled_at: Option<Millis>,
    pub(super) deleted_at: Option<Millis>,
    /// What was made to happen from outside; it overrides the usual course from then on.
    pub(super) injected: Vec<(Millis, Step)>,
    pub(super) produced: OnceLock<Arc<Produced>>,
}

/// The bytes of a letter with their hash.
#[derive(Debug)]
pub(super) struct Produced {
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: String,
}

impl Job {
    /// What was produced; made when first asked for, which gives the same bytes.
    pub(super) fn produced(&self) -> Arc<Produced> {
        Arc::clone(self.produced.get_or_init(|| {
            let bytes = Letter {
                template_title: &self.template_title,
                language: &self.language,
                channel: &self.channel,
                data: &self.data,
            }
            .pdf();
            let sha256 = sha256_hex(&bytes);
            Arc::new(Produced { bytes, sha256 })
        }))
    }

    /// Steps up to an instant.
    pub(super) fn steps(&self, now: Millis) -> Vec<(Millis, Step)> {
        let first = self.injected.first().map(|(at, _)| *at);
        let mut steps: Vec<(Millis, Step)> =
            delivery::course(&self.id, &self.channel, &self.recipient, self.started_at)
                .into_iter()
                .filter(|(at, _)| {
                    *at <= now
                        && first.is_none_or(|first| *at < first)
                        && self.cancelled_at.is_none_or(|end| *at < end)
                })
                .chain(self.injected.iter().filter(|(at, _)| *at <= now).copied())
                .collect();
        steps.sort_by_key(|(at, _)| *at);
        steps
    }

    /// Name of the mail job over at Messaging.
    pub(super) fn tracker_id(&self) -> String {
        format!("mra-{}", self.id)
    }

    pub(super) fn is_mail(&self) -> bool {
        self.channel == "email"
    }

    /// Job status and when it came.
    pub(super) fn status(&self, now: Millis) -> (&'static str, Option<Millis>) {
        if let Some(at) = self.deleted_at {
            return ("deleted", Some(at));
        }
        self.course_status(now)
    }

    /// Status of its flow instance, which knows no deletion.
    pub(super) fn flow_status(&self, now: Millis) -> &'static str {
        self.course_status(now).0
    }

    fn course_status(&self, now: Millis) -> (&'static str, Option<Millis>) {
        if let Some(at) = self.cancelled_at {
            return ("canceled", Some(at));
        }
        let steps = self.steps(now);
        match steps
            .iter()
            .find(|(_, step)| !matches!(step, Step::Submitted))
        {
            // A bounce is no error of the job: the job has done its part.
            Some((at, Step::Failed)) => ("error", Some(*at)),
            Some((at, _)) => ("complete", Some(*at)),
            None => ("started", None),
        }
    }

    /// The job; its artifact with size and hash only where `whole`, since a list would have to print every letter.
    pub(super) fn json(&self, now: Millis, whole: bool) -> Value {
        let (status, ended) = self.status(now);
        let msg = match status {
            "error" => "Output could not be delivered to the recipient",
            "canceled" => "Stopped by a user",
            _ => "",
        };
        let mut artifact = json!({
            "name": "output.pdf", "mimeType": "application/pdf", "flowStepId": self.step_id("output"),
        });
        if whole && let Some(artifact) = artifact.as_object_mut() {
            let produced = self.produced();
            artifact.insert("size".to_owned(), produced.bytes.len().into());
            artifact.insert("sha256".to_owned(), produced.sha256.clone().into());
        }
        json!({
            "id": self.id, "domainId": DOMAIN, "channel": self.channel, "mode": "ONDEMAND", "status": status,
            "flowModelType": "COMMUNICATION", "msg": msg, "externalId": self.external_id,
            "triggeredBy": self.triggered_by, "startDate": self.started_at.rfc3339(),
            "endDate": ended.map(Millis::rfc3339),
            "expirationDate": self.started_at.plus(90 * DAY).rfc3339(),
            // Ours: a tenant may map driver data to job metadata.
            "metadata": {
                "caseId": self.case_id, "template": self.template_key,
                "templateVersion": self.template_version, "language": self.language,
                "recipient": self.recipient, "trackerId": self.is_mail().then(|| self.tracker_id()),
                "artifact": artifact,
            },
        })
    }

    pub(super) fn instance_id(&self) -> String {
        ids::uuid(0, &format!("instance/{}", self.id))
    }

    /// Which of its steps an id names.
    pub(super) fn kind_of_step(&self, id: &str) -> Option<&'static str> {
        STEPS.into_iter().find(|kind| self.step_id(kind) == id)
    }

    /// The same input as a job of its own.
    pub(super) fn again(&self, number: i64, id: String, now: Millis) -> Self {
        Self {
            id,
            number,
            external_id: self.external_id.clone(),
            case_id: self.case_id.clone(),
            template_key: self.template_key.clone(),
            template_title: self.template_title.clone(),
            template_version: self.template_version,
            language: self.language.clone(),
            channel: self.channel.clone(),
            recipient: self.recipient.clone(),
            triggered_by: self.triggered_by.clone(),
            data: self.data.clone(),
            started_at: now,
            cancelled_at: None,
            deleted_at: None,
            injected: Vec::new(),
            produced: OnceLock::new(),
        }
    }

    /// What counts of it as business.
    pub(super) fn released(&self) -> Effect {
        Effect {
            system: System::Exstream,
            kind: "release".to_owned(),
            key: None,
            reference: self.external_id.clone(),
            subject: self.recipient.clone(),
            payload_sha256: Some(self.produced().sha256.clone()),
        }
    }

    pub(super) fn step_id(&self, kind: &str) -> String {
        ids::uuid(0, &format!("step/{kind}/{}", self.id))
    }

    pub(super) fn instance(&self, now: Millis) -> Value {
        let (status, ended) = self.course_status(now);
        json!({
            "id": self.instance_id(), "jobId": self.id,
            "flowModelId": ids::uuid(0, &format!("model/{}", self.template_key)), "domainId": DOMAIN,
            "status": status, "startDate": self.started_at.rfc3339(),
            "endDate": ended.map(Millis::rfc3339),
            "expirationDate": self.started_at.plus(90 * DAY).rfc3339(), "msg": "",
            "externalId": self.external_id, "inputRetrievable": true,
        })
    }

    pub(super) fn flow_steps(&self, now: Millis) -> Vec<Value> {
        let (status, ended) = self.course_status(now);
        let mut previous: Option<String> = None;
        STEPS
            .into_iter()
            .map(|kind| {
                let id = self.step_id(kind);
                let last = kind == "processor";
                let done = match status {
                    "started" if last => "waiting",
                    "started" => "complete",
                    other if last => other,
                    _ => "complete",
                };
                let end = if last { ended } else { Some(self.started_at) };
                let step = json!({
                    "id": id, "previousStepId": previous, "flowInstanceId": self.instance_id(),
                    "stepName": kind, "displayName": if last { "delivery" } else { kind },
                    "status": done, "stepType": kind, "queueDate": self.started_at.rfc3339(),
                    "startDate": self.started_at.rfc3339(), "executeDate": self.started_at.rfc3339(),
                    "endDate": end.map(Millis::rfc3339), "msg": "", "externalId": self.external_id,
                    "deliveryFileRetrievable": kind == "output", "messageFileRetrievable": kind == "input",
                });
                previous = Some(id);
                step
            })
            .collect()
    }
}
