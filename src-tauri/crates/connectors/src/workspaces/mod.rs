//! Extended ECM on Content Server: workspaces by paged listing, nodes by search on the modification day (or, where the
//! index cannot be asked, by walking the workspaces), writes resolved by natural keys and hashes.

mod attributes;
mod calls;
mod filing;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod pulls;
mod wire;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    ObjectRef, System,
    operation::{Call, Level, Operation},
    time::MINUTE,
};

use self::attributes::Attributes;
use crate::{
    CallError, Collection, ConnectionConfig, Connector, Content, LookUp, Manifest, Outgoing, Probe,
    PullError, PullPage, PullRequest, Receipt, Session, SessionParts, SignIn,
    fields::segment,
    http::Ask,
    limits::MAX_ATTACHMENT,
    port::{CheckStep, OperationEntry},
    sign_in::Otds,
    text::safe_file_name,
    wire_log::WireCall,
};

/// The connector.
#[derive(Debug)]
pub struct WorkspacesConnector {
    session: Session,
    /// Path of the API under the base address, such as `/cs/cs/api`.
    api: String,
    attributes: Attributes,
    manifest: Manifest,
    /// Workspace of each container seen; `None` where it lies in none.
    places: Mutex<HashMap<String, Option<String>>>,
}

const COLLECTIONS: &[Collection] = &[
    Collection {
        name: "workspaces",
        pace: 5 * MINUTE,
        order: 2,
    },
    Collection {
        name: "nodes",
        pace: MINUTE,
        order: 3,
    },
];

impl WorkspacesConnector {
    /// Opens a connection. Settings: `base_path`, `attributes` (`filing=560,filing.role=2`). Dialects are the ways to sign in:
    /// `ticket` by password; `otds_token` and `otds_ticket`, which OTDS gives at `token_url` and Content Server changes for its
    /// own ticket; `otds` shows the token with every call.
    #[must_use]
    pub fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let api = format!(
            "{}/api",
            config
                .setting("base_path")
                .unwrap_or("/cs/cs")
                .trim_end_matches('/')
        );
        let base = config.base_url.trim_end_matches('/');
        let auth_url = format!("{base}{api}/v1/auth");
        let token_url = config.setting("token_url").unwrap_or_default().to_owned();
        let (dialect, sign_in) = match config.dialect.as_str() {
            "otds" => ("otds", SignIn::Otds { token_url }),
            "otds_token" => {
                let otds = Otds::Token { token_url };
                ("otds_token", SignIn::ContentServerBehind { otds, auth_url })
            }
            "otds_ticket" => {
                let otds = Otds::Ticket {
                    credentials_url: token_url,
                };
                (
                    "otds_ticket",
                    SignIn::ContentServerBehind { otds, auth_url },
                )
            }
            _ => ("ticket", SignIn::ContentServer { auth_url }),
        };
        let entry = |operation: Operation, level, method, path| OperationEntry {
            operation,
            level,
            method,
            path,
            longest_time: operation.longest_time(),
        };
        Self {
            session: Session::new(System::Workspaces, config, sign_in, parts),
            api,
            attributes: Attributes::read(config.setting("attributes").unwrap_or_default()),
            manifest: Manifest {
                system: System::Workspaces,
                dialect: dialect.to_owned(),
                operations: vec![
                    entry(
                        Operation::CreateWorkspace,
                        Level::B,
                        "POST",
                        "/v2/businessworkspaces",
                    ),
                    entry(Operation::Upload, Level::B, "POST", "/v2/nodes"),
                    entry(
                        Operation::AddVersion,
                        Level::B,
                        "POST",
                        "/v2/nodes/{id}/versions",
                    ),
                    entry(
                        Operation::SetCategories,
                        Level::B,
                        "PUT",
                        "/v2/nodes/{id}/categories/{category}",
                    ),
                    entry(Operation::Verify, Level::A, "GET", "/v1/nodes/{id}/content"),
                ],
            },
            places: Mutex::default(),
        }
    }

    fn places(&self) -> std::sync::MutexGuard<'_, HashMap<String, Option<String>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Path of a node in the second API.
    fn node_path(&self, id: &str, rest: &str) -> String {
        format!("{}/v2/nodes/{}{rest}", self.api, segment(id))
    }

    /// Bytes of a node, or of one of its versions.
    async fn bytes(&self, id: &str, version: Option<&str>) -> Result<(Bytes, String), PullError> {
        let path = match version {
            Some(version) => format!(
                "{}/v1/nodes/{}/versions/{}/content",
                self.api,
                segment(id),
                segment(version)
            ),
            None => format!("{}/v1/nodes/{}/content", self.api, segment(id)),
        };
        let ask = Ask::get(path)
            .header("accept", "application/octet-stream")
            .limit(MAX_ATTACHMENT)
            .within(Operation::Verify);
        let answer = self.session.read(&ask).await?;
        let media_type = answer
            .header("content-type")
            .unwrap_or("application/octet-stream")
            .to_owned();
        Ok((answer.body, media_type))
    }
}

#[async_trait]
impl Connector for WorkspacesConnector {
    fn system(&self) -> System {
        System::Workspaces
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn collections(&self) -> &'static [Collection] {
        COLLECTIONS
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        match request.collection.as_str() {
            "workspaces" => self.pull_workspaces(request).await,
            "nodes" => self.pull_nodes(request).await,
            other => Err(PullError::Refused {
                status: 0,
                message: format!("the content server has no collection '{other}'"),
            }),
        }
    }

    async fn perform(&self, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        match &outgoing.call {
            call @ Call::CreateWorkspace { .. } => self.create_workspace(call).await,
            Call::Upload {
                parent_id,
                name,
                media_type,
                blob,
                categories,
            } => {
                let bytes = held(outgoing, blob)?;
                let file = filing::File {
                    name,
                    media_type,
                    blob,
                    bytes,
                };
                self.upload(parent_id, &file, categories).await
            }
            Call::AddVersion {
                node_id,
                name,
                media_type,
                blob,
            } => {
                let bytes = held(outgoing, blob)?;
                let file = filing::File {
                    name,
                    media_type,
                    blob,
                    bytes,
                };
                self.add_version(node_id, &file).await
            }
            Call::SetCategories {
                node_id,
                category_id,
                values,
            } => self.set_categories(node_id, category_id, values).await,
            Call::Verify { node_id, sha256 } => self.verify(node_id, sha256).await,
            other => Err(not_ours(other)),
        }
    }

    async fn look_up(&self, outgoing: &Outgoing) -> Result<LookUp, CallError> {
        match &outgoing.call {
            Call::CreateWorkspace {
                external_system,
                object_type,
                object_id,
                ..
            } => {
                let found = self
                    .by_object(external_system, object_type, object_id)
                    .await?;
                Ok(found.map_or(LookUp::Absent, LookUp::Found))
            }
            Call::Upload {
                parent_id,
                name,
                blob,
                ..
            } => self.find_upload(parent_id, name, blob).await,
            Call::AddVersion { node_id, blob, .. } => self.find_version(node_id, blob).await,
            Call::SetCategories {
                node_id,
                category_id,
                values,
            } => self.has_values(node_id, category_id, values).await,
            Call::Verify { node_id, sha256 } => {
                self.verify(node_id, sha256).await.map(LookUp::Found)
            }
            other => Err(not_ours(other)),
        }
    }

    /// Bytes of a node; `id@3` pins a version.
    async fn content(&self, object: &ObjectRef) -> Result<Content, PullError> {
        let (id, version) = match object.remote_id.split_once('@') {
            Some((id, version)) => (id, Some(version)),
            None => (object.remote_id.as_str(), None),
        };
        let node = self.node(id).await?.ok_or_else(|| PullError::Refused {
            status: 404,
            message: format!("node {id} is gone"),
        })?;
        let (bytes, media_type) = self.bytes(id, version).await?;
        Ok(Content {
            bytes,
            media_type,
            name: safe_file_name(&node.name),
        })
    }

    async fn check(&self) -> Vec<CheckStep> {
        let ask = Ask::get(format!("{}/v2/businessworkspaces", self.api))
            .query("limit", 1)
            .query("fields", "properties{id}");
        self.session.check(&Probe::new(ask, &["/results"])).await
    }

    fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        self.session.recent_calls(after)
    }
}

/// The bytes a call names.
fn held<'a>(outgoing: &'a Outgoing, blob: &str) -> Result<&'a Bytes, CallError> {
    outgoing.blobs.get(blob).ok_or_else(|| CallError::Refused {
        status: 0,
        message: format!("the bytes {blob} are not at hand"),
    })
}

fn not_ours(call: &Call) -> CallError {
    CallError::Refused {
        status: 0,
        message: format!("the content server has no '{}'", call.operation().word()),
    }
}
