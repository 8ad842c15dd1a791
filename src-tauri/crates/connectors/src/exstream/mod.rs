//! Exstream: templates, letters and what became of them. Delivery of mail is told by OpenText Messaging, which has an
//! address and a sign-in of its own.

#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod letters;
mod pulls;
pub mod states;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Kind, ObjectRef, System,
    operation::{Call, Level, Operation},
    time::{MINUTE, SECOND},
};

use self::letters::{Proof, Release};
use crate::{
    CallError, Collection, ConnectionConfig, Connector, Content, LookUp, Manifest, Outgoing, Probe,
    PullError, PullPage, PullRequest, Receipt, Session, SessionParts, SignIn,
    fields::{drift, segment},
    http::Ask,
    port::{CheckStep, OperationEntry},
    text::safe_file_name,
    wire_log::WireCall,
};

const TEMPLATES: &str = "templates";
const JOBS: &str = "jobs";
const DELIVERIES: &str = "deliveries";

/// What is pulled, and how often.
pub const COLLECTIONS: &[Collection] = &[
    Collection {
        name: TEMPLATES,
        pace: 15 * MINUTE,
        order: 10,
    },
    Collection {
        name: JOBS,
        pace: 30 * SECOND,
        order: 30,
    },
    Collection {
        name: DELIVERIES,
        pace: 30 * SECOND,
        order: 31,
    },
];

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

impl ExstreamConnector {
    /// A connector for a connection. Settings: `token_url`, `domain`, `tenant`, `driver_data_source`, `messaging`,
    /// `external_id` (`no` where the tenant does not map it, which makes a release level C).
    #[must_use]
    pub fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let setting = |name: &str, fallback: &str| {
            config
                .setting(name)
                .filter(|v| !v.is_empty())
                .unwrap_or(fallback)
                .to_owned()
        };
        let domain = setting("domain", "default");
        let tenant = setting("tenant", "default");
        let token_url = config.setting("token_url").map_or_else(
            || {
                format!(
                    "{}/tenants/{}/oauth2/token",
                    config.base_url,
                    segment(&tenant)
                )
            },
            str::to_owned,
        );
        let sign_in = match config.dialect.as_str() {
            "otds" => SignIn::Otds { token_url },
            _ => SignIn::Ocp { token_url },
        };
        let messaging = config
            .setting("messaging")
            .filter(|u| !u.is_empty())
            .map(|base_url| {
                let mut config = config.clone();
                base_url.clone_into(&mut config.base_url);
                Arc::new(Session::new(
                    System::Exstream,
                    &config,
                    SignIn::Basic,
                    parts,
                ))
            });
        let finds_by_external_id = config.setting("external_id") != Some("no");
        // User and password are those of Messaging: they go to no other sign-in.
        let mut config = config.clone();
        config.secrets.remove("username");
        config.secrets.remove("password");
        Self {
            session: Arc::new(Session::new(System::Exstream, &config, sign_in, parts)),
            messaging,
            manifest: manifest(finds_by_external_id),
            driver_data_source: setting("driver_data_source", "PartnerConsole"),
            domain,
            tenant,
            finds_by_external_id,
        }
    }

    fn runtime(&self, what: &str) -> Ask {
        Ask::get(format!(
            "/orchestration/api/v1/runtime/{}/{what}",
            segment(&self.domain)
        ))
    }

    async fn job(&self, id: &str) -> Result<wire::Job, PullError> {
        let answer = self
            .session
            .read_json(&self.runtime(&format!("jobs/{}", segment(id))))
            .await?;
        wire::job(answer.get("data").unwrap_or(&answer), "job").map_err(drift)
    }

    fn templates_ask(&self) -> Ask {
        Ask::get(format!(
            "/design/api/v1/resources/{}",
            segment(&self.domain)
        ))
        .query("filter.types", "exstrapplication")
        .query("fetchApproval", "true")
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
            entry(
                Operation::Render,
                "POST",
                "/orchestration/api/v1/inputs/ondemand/{domain}/generate",
            ),
            entry(
                Operation::SetReviewState,
                "PUT",
                "/design/api/v1/resources/{domain}/{id}/state",
            ),
            entry(
                Operation::Release,
                "POST",
                "/orchestration/api/v1/inputs/fulfillment/ondemand/{domain}/fulfill",
            ),
            entry(
                Operation::CancelJob,
                "POST",
                "/orchestration/api/v1/runtime/{domain}/jobs/{id}/stop",
            ),
        ],
    }
}

fn proof_of(outgoing: &Outgoing) -> Option<Proof<'_>> {
    match &outgoing.call {
        Call::Render {
            notice_id,
            template,
            template_version,
            channel,
            language,
            data,
        }
        | Call::Release {
            notice_id,
            template,
            template_version,
            channel,
            language,
            data,
            ..
        } => Some(Proof {
            notice_id,
            template,
            template_version: *template_version,
            channel,
            language,
            data,
            user: outgoing
                .actor
                .as_ref()
                .map_or(letters::NOBODY, domain::PersonId::as_str),
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
        match (&outgoing.call, proof_of(outgoing)) {
            (Call::Render { .. }, Some(proof)) => self.render(&proof).await,
            (
                Call::Release {
                    case_id,
                    document_id,
                    content_sha256,
                    recipient,
                    ..
                },
                Some(proof),
            ) => {
                self.release(&Release {
                    proof,
                    case_id,
                    document_id,
                    content_sha256,
                    recipient,
                })
                .await
            }
            (
                Call::SetReviewState {
                    resource_id,
                    state,
                    comment,
                },
                _,
            ) => self.set_review_state(resource_id, state, comment).await,
            (Call::CancelJob { job_id }, _) => self.cancel(job_id).await,
            (other, _) => Err(CallError::Refused {
                status: 0,
                message: format!("{} is no operation of exstream", other.operation()),
            }),
        }
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        match &outgoing.call {
            Call::Release {
                notice_id,
                content_sha256,
                ..
            } => self.find_release(notice_id, content_sha256).await,
            Call::SetReviewState {
                resource_id, state, ..
            } => self.find_review_state(resource_id, state).await,
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
        let job = match id.strip_prefix("job-") {
            Some(job) => match self.job(job).await {
                Ok(job) => self.receipt(&job, "").await.map(LookUp::Found),
                Err(error) => Err(error.into()),
            },
            None => self.find_release(id, "").await,
        };
        let bytes = match job {
            Ok(LookUp::Found(Receipt {
                bytes: Some(bytes), ..
            })) => bytes,
            Ok(_) => self.draft(id).await?,
            Err(CallError::SignIn(words)) => return Err(PullError::SignIn(words)),
            Err(CallError::Unreachable(words)) => return Err(PullError::Unreachable(words)),
            Err(CallError::Refused { status, message }) => {
                return Err(PullError::Refused { status, message });
            }
            Err(other) => {
                let message = other.to_string();
                return Err(PullError::Transient {
                    status: 0,
                    message,
                    retry_at: None,
                });
            }
        };
        Ok(Content {
            bytes,
            media_type: "application/pdf".to_owned(),
            name: safe_file_name(&format!("{id}.pdf")),
        })
    }

    async fn check(&self) -> Vec<CheckStep> {
        let ask = self.templates_ask().query("offset", 0).query("count", 1);
        let mut steps = self.session.check(&Probe::new(ask, &["/data", ""])).await;
        if let Some(messaging) = &self.messaging
            && steps.iter().all(|step| step.ok)
        {
            // It knows no such mail, and says so to whom it let in.
            let ask = Ask::get("/mra/v1/outbound/emails/status").query("job_id", "none");
            let probe = Probe {
                ask,
                holds: &[],
                nothing: Some(404),
            };
            let more = messaging.check(&probe).await;
            steps.extend(more.into_iter().map(|step| CheckStep {
                message: format!("Messaging: {}", step.message),
                ..step
            }));
        }
        steps
    }

    fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        let mut calls = self.session.recent_calls(after);
        if let Some(messaging) = &self.messaging {
            calls.extend(messaging.recent_calls(after));
            calls.sort_by_key(|call| call.number);
        }
        calls
    }
}
