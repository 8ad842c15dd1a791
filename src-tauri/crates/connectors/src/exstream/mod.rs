//! Exstream: templates, letters and what became of them. Delivery of mail is told by OpenText Messaging, which has an
//! address and a sign-in of its own.

mod letters;
pub mod states;
mod wire;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    Kind, Millis, ObjectRef, System,
    operation::{Call, Level, Operation},
    record::{Delivery, Record},
    time::{DAY, MINUTE, SECOND},
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::letters::{Proof, Release};
use crate::{
    CallError, Collection, ConnectionConfig, Connector, Content, Fetched, LookUp, Manifest,
    Outgoing, PullError, PullPage, PullRequest, Receipt, Session, SessionParts, SignIn,
    fields::{drift, fetched, segment},
    http::Ask,
    port::{CheckStep, OperationEntry, Unfit},
    text::safe_file_name,
};

const TEMPLATES: &str = "templates";
const JOBS: &str = "jobs";
const DELIVERIES: &str = "deliveries";

const COLLECTIONS: &[Collection] = &[
    Collection { name: TEMPLATES, pace: 15 * MINUTE, order: 10 },
    Collection { name: JOBS, pace: 30 * SECOND, order: 30 },
    Collection { name: DELIVERIES, pace: 30 * SECOND, order: 31 },
];

/// Rows of one page.
const PAGE: usize = 100;
/// Calls to Messaging at the same time.
const PARALLEL: usize = 4;
/// How far a first pull goes back.
const FIRST: i64 = 45 * DAY;
/// Overlap of the windows of mail events.
const OVERLAP: i64 = 5 * MINUTE;
/// After this long nobody will hear from a mail any more.
const GIVE_UP: i64 = 7 * DAY;
/// Open mails asked about in one pull.
const MOST_OPEN: usize = 300;

/// The connector.
#[derive(Debug)]
pub struct ExstreamConnector {
    session: Arc<Session>,
    /// Messaging, where its address is known.
    messaging: Option<Arc<Session>>,
    manifest: Manifest,
    domain: String,
    tenant: String,
    driver_data_source: String,
    finds_by_external_id: bool,
}

/// Where the jobs stand: the day to read from, and the status each job was last seen in.
#[derive(Debug, Default, Serialize, Deserialize)]
struct JobsCursor {
    day: String,
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    seen: BTreeMap<String, String>,
}

/// Where the deliveries stand: the end of the last window, the events read within its overlap, and the mails whose end
/// has not been heard of, by job, with the time they were started.
#[derive(Debug, Default, Serialize, Deserialize)]
struct DeliveriesCursor {
    at: i64,
    #[serde(default)]
    seen: Vec<String>,
    #[serde(default)]
    open: BTreeMap<String, i64>,
}

fn cursor<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, PullError> {
    serde_json::from_str(text)
        .map_err(|_| PullError::CursorLost("the cursor does not read".to_owned()))
}

fn cursor_text<T: Serialize>(cursor: &T) -> String {
    serde_json::to_string(cursor).unwrap_or_default()
}

fn day(at: Millis) -> String {
    at.rfc3339().chars().take(10).collect()
}

impl ExstreamConnector {
    /// A connector for a connection. Settings: `token_url`, `domain`, `tenant`, `driver_data_source`, `messaging`,
    /// `external_id` (`no` where the tenant does not map it, which makes a release level C).
    #[must_use]
    pub fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let setting = |name: &str, fallback: &str| {
            config.setting(name).filter(|v| !v.is_empty()).unwrap_or(fallback).to_owned()
        };
        let domain = setting("domain", "default");
        let tenant = setting("tenant", "default");
        let token_url = config.setting("token_url").map_or_else(
            || format!("{}/tenants/{}/oauth2/token", config.base_url, segment(&tenant)),
            str::to_owned,
        );
        let sign_in = match config.dialect.as_str() {
            "otds" => SignIn::Otds { token_url },
            _ => SignIn::Ocp { token_url },
        };
        let messaging = config.setting("messaging").filter(|u| !u.is_empty()).map(|base_url| {
            let mut config = config.clone();
            base_url.clone_into(&mut config.base_url);
            Arc::new(Session::new(System::Exstream, &config, SignIn::Basic, parts))
        });
        let finds_by_external_id = config.setting("external_id") != Some("no");
        Self {
            session: Arc::new(Session::new(System::Exstream, config, sign_in, parts)),
            messaging,
            manifest: manifest(finds_by_external_id),
            driver_data_source: setting("driver_data_source", "PartnerConsole"),
            domain,
            tenant,
            finds_by_external_id,
        }
    }

    /// The session, for the connections screen.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    fn runtime(&self, what: &str) -> Ask {
        Ask::get(format!("/orchestration/api/v1/runtime/{}/{what}", segment(&self.domain)))
    }

    async fn job(&self, id: &str) -> Result<wire::Job, PullError> {
        let answer = self.session.read_json(&self.runtime(&format!("jobs/{}", segment(id)))).await?;
        wire::job(answer.get("data").unwrap_or(&answer), "job").map_err(drift)
    }

    fn templates_ask(&self) -> Ask {
        Ask::get(format!("/design/api/v1/resources/{}", segment(&self.domain)))
            .query("filter.types", "exstrapplication")
            .query("fetchApproval", "true")
    }

    /// A full listing: what is in force in its latest version, and what is under way, so that what is gone is seen.
    async fn templates(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut records = Vec::new();
        let mut listing = Vec::new();
        for states in ["APPROVED", "DRAFT,REVIEW,REJECTED"] {
            let mut offset = 0;
            loop {
                let ask = self
                    .templates_ask()
                    .query("filter.states", states)
                    .query("filter.latestVersion", "true")
                    .query("offset", offset)
                    .query("count", PAGE);
                let answer = self.session.read_json(&ask).await?;
                let rows = wire::rows(&answer).map_err(drift)?;
                for (at, row) in rows.rows.iter().enumerate() {
                    let place = format!("resources[{}]", offset + at);
                    let record = wire::template(row, &place).map(Record::Template);
                    match &record {
                        Ok(record) => listing.push(record.object()),
                        // Its id still stands in the listing, or it would be taken for gone.
                        Err(_) => listing.extend(row.get("id").and_then(Value::as_str).map(|id| {
                            ObjectRef::new(Kind::Template, System::Exstream, id)
                        })),
                    }
                    records.push(fetched(&place, row, record));
                }
                offset += rows.rows.len();
                if rows.rows.is_empty() || offset >= rows.total || offset > 20_000 {
                    break;
                }
            }
        }
        Ok(PullPage {
            records,
            cursor: request.now.0.to_string(),
            more: false,
            listing: Some(listing),
        })
    }

    /// Jobs can be filtered by day only: today and yesterday are read again, and what did not change is left out.
    async fn jobs(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut state: JobsCursor = match request.cursor.as_deref() {
            Some(text) => cursor(text)?,
            None => JobsCursor { day: day(request.now.plus(-FIRST)), ..JobsCursor::default() },
        };
        let ask = self
            .runtime("jobs")
            .query("filter", format!("startDate:{}", state.day))
            .query("sort", "startDate")
            .query("offset", state.offset)
            .query("count", PAGE);
        let answer = self.session.read_json(&ask).await?;
        let rows = wire::rows(&answer).map_err(drift)?;
        let mut wanted = Vec::new();
        for (at, row) in rows.rows.iter().enumerate() {
            let place = format!("jobs[{}]", state.offset + at);
            let job = wire::job(row, &place);
            if let Ok(job) = &job
                && state.seen.insert(job.id.clone(), job.status.clone()).as_ref() == Some(&job.status)
            {
                continue;
            }
            wanted.push((place, row.clone(), job));
        }
        let records: Vec<Result<Fetched, PullError>> = stream::iter(wanted)
            .map(|(place, row, job)| async move {
                let delivery = match job {
                    Ok(job) => self.delivery(&job).await?,
                    Err(unfit) => Err(unfit),
                };
                Ok(fetched(&place, &row, delivery.map(Record::Delivery)))
            })
            .buffered(PARALLEL)
            .collect()
            .await;
        let records = records.into_iter().collect::<Result<_, _>>()?;
        state.offset += rows.rows.len();
        let more = !rows.rows.is_empty() && state.offset < rows.total;
        if !more {
            // What started before yesterday is settled or in the hands of Messaging.
            state.offset = 0;
            state.day = day(request.now.plus(-DAY));
            while state.seen.len() > 5_000 {
                state.seen.pop_first();
            }
        }
        Ok(PullPage { records, cursor: cursor_text(&state), more, listing: None })
    }

    /// What became of a job: its own word, and for mail what Messaging says.
    async fn delivery(&self, job: &wire::Job) -> Result<Result<Delivery, Unfit>, PullError> {
        let mut delivery = job.delivery();
        let (Some(messaging), Some(tracker)) = (&self.messaging, &job.tracker_id) else {
            return Ok(Ok(delivery));
        };
        if !states::is_mail(&job.channel) || matches!(job.status.as_str(), "canceled" | "deleted") {
            return Ok(Ok(delivery));
        }
        let ask = Ask::get("/mra/v1/outbound/emails/status").query("job_id", tracker);
        let answer = match messaging.read_json(&ask).await {
            Ok(answer) => answer,
            // Not handed over yet.
            Err(PullError::Refused { status: 404, .. }) => return Ok(Ok(delivery)),
            Err(error) => return Err(error),
        };
        Ok(wire::add_mail_status(&mut delivery, tracker, &answer).map(|()| delivery))
    }

    /// Mail events since the last window, and every mail whose end is still open: each is asked about at Messaging.
    async fn deliveries(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut state: DeliveriesCursor = match request.cursor.as_deref() {
            Some(text) => cursor(text)?,
            // The jobs of the first pull already carry what became of them; events of the last day find the open ones.
            None => DeliveriesCursor { at: request.now.plus(-DAY).0, ..DeliveriesCursor::default() },
        };
        let (from, to) = (Millis(state.at).plus(-OVERLAP), request.now);
        let path = format!(
            "/ei/api/v1/eventmetrics/email-event/{}/{}/content",
            segment(&self.tenant),
            segment(&self.domain)
        );
        let ask = Ask::get(path)
            .query("lastUpdateTimeStart", from.rfc3339())
            .query("lastUpdateTimeEnd", to.rfc3339());
        let answer = self.session.read_json(&ask).await?;
        let rows = wire::rows(&answer).map_err(drift)?;
        let mut records = Vec::new();
        let mut seen = Vec::new();
        let mut jobs: BTreeMap<String, Value> = BTreeMap::new();
        for (at, row) in rows.rows.iter().enumerate() {
            let place = format!("events[{at}]");
            match wire::mail_event(row, &place) {
                Ok(event) => {
                    if event.updated_at >= to.plus(-OVERLAP) {
                        seen.push(event.event_id.clone());
                    }
                    if !state.seen.contains(&event.event_id) {
                        state.open.entry(event.job_id.clone()).or_insert(event.updated_at.0);
                        jobs.insert(event.job_id, row.clone());
                    }
                }
                Err(unfit) => records.push(fetched(&place, row, Err(unfit))),
            }
        }
        let asked: Vec<String> = state
            .open
            .keys()
            .filter(|id| !jobs.contains_key(*id))
            .take(MOST_OPEN)
            .cloned()
            .chain(jobs.keys().cloned())
            .collect();
        let answers: Vec<Result<(String, Result<Delivery, Unfit>), PullError>> = stream::iter(asked)
            .map(|id| async move {
                let delivery = match self.job(&id).await {
                    Ok(job) => self.delivery(&job).await?,
                    Err(PullError::Drift(message)) => {
                        Err(Unfit { code: "WIRE_TYPE".to_owned(), message })
                    }
                    Err(PullError::Refused { status: 404, message }) => {
                        Err(Unfit { code: "WIRE_UNKNOWN_JOB".to_owned(), message })
                    }
                    Err(error) => return Err(error),
                };
                Ok((id, delivery))
            })
            .buffered(PARALLEL)
            .collect()
            .await;
        for answer in answers {
            let (id, delivery) = answer?;
            let is_open = delivery.as_ref().is_ok_and(|d| {
                matches!(d.state.as_str(), "released" | "sent" | states::UNKNOWN)
            });
            let young = state.open.get(&id).is_some_and(|at| to.since(Millis(*at)) < GIVE_UP);
            if !is_open || !young {
                state.open.remove(&id);
            }
            let raw = jobs.get(&id).cloned().unwrap_or_else(|| serde_json::json!({ "jobId": id }));
            records.push(fetched(&format!("job {id}"), &raw, delivery.map(Record::Delivery)));
        }
        state.seen = seen;
        state.at = to.0;
        Ok(PullPage { records, cursor: cursor_text(&state), more: false, listing: None })
    }
}

fn manifest(finds_by_external_id: bool) -> Manifest {
    let entry = |operation: Operation, method, path| OperationEntry {
        operation,
        level: match operation {
            Operation::Release if !finds_by_external_id => Level::C,
            other => other.level(),
        },
        method,
        path,
        longest_time: operation.longest_time(),
    };
    Manifest {
        system: System::Exstream,
        dialect: "ocp".to_owned(),
        operations: vec![
            entry(Operation::Render, "POST", "/orchestration/api/v1/inputs/ondemand/{domain}/generate"),
            entry(Operation::SetReviewState, "PUT", "/design/api/v1/resources/{domain}/{id}/state"),
            entry(
                Operation::Release,
                "POST",
                "/orchestration/api/v1/inputs/fulfillment/ondemand/{domain}/fulfill",
            ),
            entry(Operation::CancelJob, "POST", "/orchestration/api/v1/runtime/{domain}/jobs/{id}/stop"),
        ],
    }
}

fn proof_of(call: &Call) -> Option<Proof<'_>> {
    match call {
        Call::Render { notice_id, template, template_version, channel, language, data }
        | Call::Release {
            notice_id, template, template_version, channel, language, data, ..
        } => Some(Proof {
            notice_id,
            template,
            template_version: *template_version,
            channel,
            language,
            data,
        }),
        _ => None,
    }
}

#[async_trait]
impl Connector for ExstreamConnector {
    fn system(&self) -> System {
        System::Exstream
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn collections(&self) -> &'static [Collection] {
        COLLECTIONS
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        match request.collection.as_str() {
            TEMPLATES => self.templates(request).await,
            JOBS => self.jobs(request).await,
            DELIVERIES => self.deliveries(request).await,
            other => Err(PullError::Refused {
                status: 0,
                message: format!("no collection '{other}'"),
            }),
        }
    }

    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        match (&outgoing.call, proof_of(&outgoing.call)) {
            (Call::Render { .. }, Some(proof)) => self.render(&proof).await,
            (Call::Release { case_id, document_id, content_sha256, recipient, .. }, Some(proof)) => {
                self.release(&Release { proof, case_id, document_id, content_sha256, recipient }).await
            }
            (Call::SetReviewState { resource_id, state, comment }, _) => {
                self.set_review_state(resource_id, state, comment).await
            }
            (Call::CancelJob { job_id }, _) => self.cancel(job_id).await,
            (other, _) => Err(CallError::Refused {
                status: 0,
                message: format!("{} is no operation of exstream", other.operation()),
            }),
        }
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        match &outgoing.call {
            Call::Release { notice_id, content_sha256, .. } => {
                self.find_release(notice_id, content_sha256).await
            }
            Call::SetReviewState { resource_id, state, .. } => {
                self.find_review_state(resource_id, state).await
            }
            Call::CancelJob { job_id } => self.find_cancel(job_id).await,
            // Rendering again has no effect outside.
            _ => Ok(LookUp::Absent),
        }
    }

    /// The letter of a notice: what its job produced, else, for the id of a draft, the draft.
    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError> {
        if object.kind != Kind::Notice || object.system != System::Exstream {
            let message = format!("{} has no content here", object.kind);
            return Err(PullError::Refused { status: 0, message });
        }
        let id = object.remote_id.as_str();
        let bytes = match self.find_release(id, "").await {
            Ok(LookUp::Found(Receipt { bytes: Some(bytes), .. })) => bytes,
            Ok(_) => self.draft(id).await?,
            Err(CallError::SignIn(words)) => return Err(PullError::SignIn(words)),
            Err(CallError::Unreachable(words)) => return Err(PullError::Unreachable(words)),
            Err(CallError::Refused { status, message }) => {
                return Err(PullError::Refused { status, message });
            }
            Err(other) => {
                let message = other.to_string();
                return Err(PullError::Transient { status: 0, message, retry_at: None });
            }
        };
        Ok(Content {
            bytes,
            media_type: "application/pdf".to_owned(),
            name: safe_file_name(&format!("{id}.pdf")),
        })
    }

    async fn check(&self) -> Vec<CheckStep> {
        let probe = self.templates_ask().query("offset", 0).query("count", 1);
        let mut steps = self.session.check(&probe).await;
        if let Some(messaging) = &self.messaging {
            let probe = Ask::get("/mra/v1/outbound/emails/status").query("job_id", "none");
            let (ok, message) = match messaging.read(&probe).await {
                // It knows no such mail, and says so to whom it let in.
                Ok(_) | Err(PullError::Refused { status: 404, .. }) => {
                    (true, "delivery status can be read".to_owned())
                }
                Err(error) => (false, error.to_string()),
            };
            steps.push(CheckStep { step: "permission".to_owned(), ok, message });
        }
        steps
    }
}
