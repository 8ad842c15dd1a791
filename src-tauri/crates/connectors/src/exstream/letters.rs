//! The writes: render, approval state, release, cancel.

use bytes::Bytes;
use domain::{canonical::sha256_hex, operation::Operation};
use serde_json::{Map, Value, json};

use super::{ExstreamConnector, wire};
use crate::{
    CallError, LookUp, PullError, Receipt, fields::segment, http::Ask, limits::MAX_ATTACHMENT,
};

/// The name under which Empower keeps what the console derived by itself.
pub(super) const NOBODY: &str = "partner-console";

/// What a letter is made from.
pub(super) struct Proof<'a> {
    pub(super) notice_id: &'a str,
    pub(super) template: &'a str,
    pub(super) template_version: i64,
    pub(super) channel: &'a str,
    pub(super) language: &'a str,
    pub(super) data: &'a Value,
    /// Login of who confirmed it.
    pub(super) user: &'a str,
}

/// A letter on its way out.
pub(super) struct Release<'a> {
    pub(super) proof: Proof<'a>,
    pub(super) case_id: &'a str,
    pub(super) document_id: &'a str,
    pub(super) content_sha256: &'a str,
    pub(super) recipient: &'a str,
}

fn refused(message: impl Into<String>) -> CallError {
    CallError::Refused {
        status: 0,
        message: message.into(),
    }
}

/// Driver data with what steers the engine; none of it is printed.
fn driver_data(proof: &Proof<'_>) -> Result<Map<String, Value>, CallError> {
    let mut data = match proof.data {
        Value::Object(data) => data.clone(),
        Value::Null => Map::new(),
        _ => return Err(refused("driver data is no JSON object")),
    };
    data.insert("externalId".to_owned(), proof.notice_id.into());
    data.insert("templateVersion".to_owned(), proof.template_version.into());
    data.insert("channel".to_owned(), proof.channel.into());
    data.insert("language".to_owned(), proof.language.into());
    // A proof never releases, whatever the data says.
    data.remove("release");
    Ok(data)
}

impl ExstreamConnector {
    fn on_demand(&self, operation: &str, template: &str) -> Ask {
        Ask::post(format!("/orchestration/api/v1/inputs/{operation}"))
            .header("communicationId", template)
            .header("driverDataSource", self.driver_data_source.as_str())
    }

    fn generate(&self, template: &str) -> Ask {
        let domain = segment(&self.domain);
        self.on_demand(&format!("ondemand/{domain}/generate"), template)
    }

    /// A proof: the draft in Empower, which a release will name, and its bytes. Neither leaves the house; asked again,
    /// another draft lies there and nothing else has happened.
    pub(super) async fn render(&self, proof: &Proof<'_>) -> Result<Receipt, CallError> {
        let data = Value::Object(driver_data(proof)?);
        let ask = self
            .generate(proof.template)
            .header("empowerUser", proof.user)
            .header("Accept", "application/json")
            .json(data)
            .within(Operation::Render);
        let (_, body) = self.session.write_json(&ask).await?;
        let document_id = body
            .get("documentId")
            .and_then(Value::as_str)
            .filter(|id| !id.is_empty() && id.len() <= 200)
            .ok_or_else(|| CallError::Unknown("the answer names no documentId".to_owned()))?
            .to_owned();
        let bytes = self.draft(&document_id).await?;
        let sha256 = sha256_hex(&bytes);
        let mut detail = Map::new();
        detail.insert("document_id".to_owned(), document_id.clone().into());
        detail.insert("sha256".to_owned(), sha256.into());
        detail.insert("size".to_owned(), bytes.len().into());
        detail.insert("media_type".to_owned(), "application/pdf".into());
        Ok(Receipt {
            remote_ref: document_id,
            detail,
            bytes: Some(bytes),
        })
    }

    /// Bytes of a draft as they would be printed now.
    pub(super) async fn draft(&self, document_id: &str) -> Result<Bytes, PullError> {
        let path = format!("/empower/api/v1/documents/{}/content", segment(document_id));
        self.pdf(path).await
    }

    /// Bytes a job produced.
    pub(super) async fn produced(&self, output_step: &str) -> Result<Bytes, PullError> {
        let step = segment(output_step);
        let domain = segment(&self.domain);
        self.pdf(format!(
            "/orchestration/api/v1/runtime/{domain}/flow-steps/{step}/delivery-file"
        ))
        .await
    }

    async fn pdf(&self, path: String) -> Result<Bytes, PullError> {
        let ask = Ask::get(path)
            .header("Accept", "application/pdf")
            .limit(MAX_ATTACHMENT);
        let answer = self.session.read(&ask).await?;
        if answer.body.starts_with(b"%PDF-") {
            Ok(answer.body)
        } else {
            Err(PullError::Drift("the answer is no PDF".to_owned()))
        }
    }

    /// Releases a letter once. The stored draft is compared first, so that nothing leaves that nobody approved; what was
    /// produced is compared afterwards, and both hashes are reported.
    pub(super) async fn release(&self, release: &Release<'_>) -> Result<Receipt, CallError> {
        if release.document_id.is_empty() {
            return Err(refused(
                "no draft is named: the letter must be rendered before it is released",
            ));
        }
        let draft = sha256_hex(&self.draft(release.document_id).await?);
        if draft != release.content_sha256 {
            return Err(CallError::Conflict {
                message: "E_HASH: the stored letter is not the one that was approved".to_owned(),
                theirs: json!({ "content_sha256": draft }),
                version: None,
            });
        }
        let domain = segment(&self.domain);
        let ask = self
            .on_demand(
                &format!("fulfillment/ondemand/{domain}/fulfill"),
                release.proof.template,
            )
            .header("empowerUser", release.proof.user)
            .header("preserveDocuments", "true")
            .json(json!({
                "documents": [release.document_id],
                // What the tenant maps to job metadata.
                "metadata": {
                    "externalId": release.proof.notice_id, "caseId": release.case_id,
                    "recipient": release.recipient, "channel": release.proof.channel,
                },
            }))
            .within(Operation::Release);
        let (_, answer) = self.session.write_json(&ask).await?;
        // It has left. Whatever goes wrong from here on, the look-up will find the job and compare its bytes.
        let unchecked = |words: &dyn std::fmt::Display| {
            CallError::Unknown(format!("released, but not checked: {words}"))
        };
        let job = answer.pointer("/data/0/jobId").and_then(Value::as_str);
        if let Some(job) = job {
            let job = self.job(job).await.map_err(|e| unchecked(&e))?;
            return self
                .receipt(&job, release.content_sha256)
                .await
                .map_err(|e| unchecked(&e));
        }
        match self
            .find_release(release.proof.notice_id, release.content_sha256)
            .await
        {
            Ok(LookUp::Found(receipt)) => Ok(receipt),
            Ok(LookUp::Absent) => Err(unchecked(&"its job is not listed yet")),
            Ok(LookUp::CannotTell(words)) => Err(unchecked(&words)),
            Err(error) => Err(unchecked(&error)),
        }
    }

    /// The job of a notice, its produced bytes compared with the approved ones.
    pub(super) async fn find_release(
        &self,
        notice_id: &str,
        content_sha256: &str,
    ) -> Result<LookUp, CallError> {
        if !self.finds_by_external_id {
            return Ok(LookUp::CannotTell(
                "this tenant does not map externalId".to_owned(),
            ));
        }
        if notice_id.contains([',', ';', ':']) || notice_id.is_empty() {
            return Ok(LookUp::CannotTell(
                "the notice id cannot be searched for".to_owned(),
            ));
        }
        let answer = self
            .session
            .read_json(
                &self
                    .runtime("jobs")
                    .query("filter", format!("externalId:{notice_id}"))
                    .query("offset", 0)
                    .query("count", 50),
            )
            .await?;
        let unfit = |u: crate::port::Unfit| CallError::from(crate::fields::drift(u));
        let rows = wire::rows(&answer).map_err(unfit)?;
        let mut jobs = Vec::new();
        for (at, row) in rows.rows.iter().enumerate() {
            let job = wire::job(row, &format!("jobs[{at}]")).map_err(unfit)?;
            // The filter of a stranger is not trusted: another letter's job must not pass for this one.
            if job.external_id.as_deref() == Some(notice_id) {
                jobs.push(job);
            }
        }
        // A cancelled job is no release; the oldest that was not is the one that was meant.
        jobs.retain(|job| job.status != "canceled");
        let deleted = jobs.iter().any(|job| job.status == "deleted");
        jobs.retain(|job| job.status != "deleted");
        jobs.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
        let Some(job) = jobs.first() else {
            return Ok(if deleted {
                LookUp::CannotTell("its job was deleted, so its letter may have left".to_owned())
            } else {
                LookUp::Absent
            });
        };
        let mut receipt = self.receipt(job, content_sha256).await?;
        receipt.detail.insert("jobs".to_owned(), jobs.len().into());
        Ok(LookUp::Found(receipt))
    }

    /// A job as a receipt, with the bytes it produced and whether they are the approved ones.
    pub(super) async fn receipt(
        &self,
        job: &wire::Job,
        content_sha256: &str,
    ) -> Result<Receipt, CallError> {
        let bytes = match &job.output_step {
            Some(step) => Some(self.produced(step).await?),
            None => None,
        };
        let produced = bytes
            .as_ref()
            .map(|b| sha256_hex(b))
            .or_else(|| job.produced_sha256.clone());
        let mut detail = Map::new();
        detail.insert("job_id".to_owned(), job.id.clone().into());
        detail.insert("state".to_owned(), job.delivery().state.into());
        detail.insert("content_sha256".to_owned(), content_sha256.into());
        if let Some(produced) = produced {
            detail.insert("equal".to_owned(), (produced == content_sha256).into());
            detail.insert("produced_sha256".to_owned(), produced.into());
        }
        Ok(Receipt {
            remote_ref: job.id.clone(),
            detail,
            bytes,
        })
    }

    fn resource(&self, id: &str) -> String {
        format!(
            "/design/api/v1/resources/{}/{}",
            segment(&self.domain),
            segment(id)
        )
    }

    /// State of a resource over there.
    pub(super) async fn review_state(&self, id: &str) -> Result<String, PullError> {
        let answer = self.session.read_json(&Ask::get(self.resource(id))).await?;
        let data = answer.get("data").unwrap_or(&answer);
        let state = data
            .pointer("/approvalInfo/state")
            .or_else(|| data.get("state"));
        state
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| PullError::Drift("the resource has no state".to_owned()))
    }

    /// Sets an approval state; a state that is there already is left alone.
    pub(super) async fn set_review_state(
        &self,
        id: &str,
        state: &str,
        comment: &str,
    ) -> Result<Receipt, CallError> {
        let before = self.review_state(id).await?;
        if before == state {
            return Ok(state_receipt(id, state, false));
        }
        let ask = Ask::put(format!("{}/state", self.resource(id)))
            .json(json!({ "state": state, "auditedComment": comment, "locked": false }))
            .within(Operation::SetReviewState);
        match self.session.write(&ask).await {
            Ok(_) => Ok(state_receipt(id, state, true)),
            Err(CallError::Conflict {
                message, version, ..
            }) => {
                let theirs = self.review_state(id).await.unwrap_or(before);
                Err(CallError::Conflict {
                    message,
                    theirs: json!({ "state": theirs }),
                    version,
                })
            }
            Err(other) => Err(other),
        }
    }

    pub(super) async fn find_review_state(
        &self,
        id: &str,
        state: &str,
    ) -> Result<LookUp, CallError> {
        let now = self.review_state(id).await?;
        Ok(if now == state {
            LookUp::Found(state_receipt(id, state, true))
        } else {
            LookUp::Absent
        })
    }

    /// Stops a job that has not sent its letter yet.
    pub(super) async fn cancel(&self, job_id: &str) -> Result<Receipt, CallError> {
        let ask = Ask::post(format!(
            "/orchestration/api/v1/runtime/{}/jobs/{}/stop",
            segment(&self.domain),
            segment(job_id)
        ))
        .within(Operation::CancelJob);
        match self.session.write(&ask).await {
            Ok(_) => Ok(cancelled(job_id)),
            Err(CallError::Conflict {
                message, version, ..
            }) => {
                let status = self
                    .job(job_id)
                    .await
                    .map(|job| job.status)
                    .unwrap_or_default();
                Err(CallError::Conflict {
                    message,
                    theirs: json!({ "status": status }),
                    version,
                })
            }
            Err(other) => Err(other),
        }
    }

    pub(super) async fn find_cancel(&self, job_id: &str) -> Result<LookUp, CallError> {
        let job = self.job(job_id).await?;
        Ok(match job.status.as_str() {
            "canceled" => LookUp::Found(cancelled(job_id)),
            "deleted" => LookUp::CannotTell("the job was deleted".to_owned()),
            _ => LookUp::Absent,
        })
    }
}

fn state_receipt(id: &str, state: &str, changed: bool) -> Receipt {
    let mut detail = Map::new();
    detail.insert("state".to_owned(), state.into());
    detail.insert("changed".to_owned(), changed.into());
    Receipt {
        remote_ref: id.to_owned(),
        detail,
        bytes: None,
    }
}

fn cancelled(job_id: &str) -> Receipt {
    let mut detail = Map::new();
    detail.insert("status".to_owned(), "canceled".into());
    Receipt {
        remote_ref: job_id.to_owned(),
        detail,
        bytes: None,
    }
}
