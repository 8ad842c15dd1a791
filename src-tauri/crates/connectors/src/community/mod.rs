//! Active Community: TGCommunityServices for partners as documented, and for cases the contract that is ours.

mod calls;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod pull;
mod wire;

use async_trait::async_trait;
use domain::{Kind, ObjectRef, System, operation::Operation};

use crate::{
    CallError, Collection, ConnectionConfig, Connector, Content, LookUp, Manifest, Outgoing,
    PullError, PullPage, PullRequest, Receipt,
    http::{Ask, content_of, segment},
    limits::MAX_ATTACHMENT,
    port::{CheckStep, OperationEntry},
    session::{Probe, Session, SessionParts},
    sign_in::SignIn,
    wire_log::WireCall,
};

/// The connector of Active Community.
#[derive(Debug)]
pub struct CommunityConnector {
    session: Session,
    company_id: String,
    manifest: Manifest,
}

impl CommunityConnector {
    /// Connects by a configuration: `token_url` and `company_id` are its settings, `client_id` and `client_secret` its
    /// secrets.
    #[must_use]
    pub fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let token_url = config.setting("token_url").map_or_else(
            || format!("{}/v1/oauth2/tokens", config.base_url.trim_end_matches('/')),
            str::to_owned,
        );
        let rows: [(Operation, &'static str, &'static str); 9] = [
            (Operation::CreateCase, "POST", "/cases"),
            (Operation::PostMessage, "POST", "/cases/{id}/comments"),
            (Operation::UpdateCase, "PATCH", "/cases/{id}"),
            (Operation::Claim, "POST", "/cases/{id}/claims"),
            (Operation::AddAttachment, "POST", "/cases/{id}/attachments"),
            (Operation::OpenSpace, "POST", "/spaces"),
            (Operation::PublishItem, "POST", "/spaces/{id}/items"),
            (
                Operation::RequestAcknowledgement,
                "POST",
                "/acknowledgement-requests",
            ),
            (
                Operation::RemindAcknowledgement,
                "POST",
                "/acknowledgement-requests/{id}/reminders",
            ),
        ];
        Self {
            session: Session::new(System::Community, config, SignIn::Grid { token_url }, parts),
            company_id: config.setting("company_id").unwrap_or_default().to_owned(),
            manifest: Manifest {
                system: System::Community,
                dialect: "grid".to_owned(),
                operations: rows
                    .into_iter()
                    .map(|(operation, method, path)| OperationEntry {
                        operation,
                        level: operation.level(),
                        method,
                        path,
                        longest_time: operation.longest_time(),
                    })
                    .collect(),
            },
        }
    }
}

#[async_trait]
impl Connector for CommunityConnector {
    fn system(&self) -> System {
        System::Community
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn collections(&self) -> &'static [Collection] {
        pull::COLLECTIONS
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let at = request.cursor.as_deref();
        match request.collection.as_str() {
            "partners" => self.pull_partners(at).await,
            "cases" => self.pull_cases(at).await,
            "events" => self.pull_events(at).await,
            other => Err(PullError::Refused {
                status: 0,
                message: format!("community has no collection '{other}'"),
            }),
        }
    }

    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        self.write(outgoing).await
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        self.find(outgoing).await
    }

    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError> {
        if object.kind != Kind::Attachment {
            return Err(PullError::Refused {
                status: 0,
                message: format!("community holds no bytes of a {}", object.kind),
            });
        }
        let path = format!("/attachments/{}/content", segment(&object.remote_id));
        let answer = self
            .session
            .read(&Ask::get(path).limit(MAX_ATTACHMENT))
            .await?;
        Ok(content_of(answer, &object.remote_id))
    }

    async fn check(&self) -> Vec<CheckStep> {
        let ask = Ask::get("/cases").query("limit", 1);
        self.session.check(&Probe::new(ask, &["/items"])).await
    }

    fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        self.session.recent_calls(after)
    }
}
