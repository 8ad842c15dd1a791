//! Filing: uploads, versions, and the hash that says whether the bytes over there are ours.

use bytes::Bytes;
use domain::{canonical::sha256_hex, operation::Operation, record::Node};
use serde_json::{Value, json};

use super::{
    WorkspacesConnector,
    calls::{is_taken, receipt, refused},
    wire,
};
use crate::{
    CallError, LookUp, PullError, Receipt,
    fields::drift,
    http::{Ask, Part},
};

/// A file on its way out.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'a> {
    pub(super) name: &'a str,
    pub(super) media_type: &'a str,
    /// Its SHA-256.
    pub(super) blob: &'a str,
    pub(super) bytes: &'a Bytes,
}

/// What a node has now.
struct There {
    node: Node,
    sha256: String,
}

impl WorkspacesConnector {
    /// The child of a folder with exactly this name; names do not mind case.
    async fn child(&self, parent_id: &str, name: &str) -> Result<Option<String>, PullError> {
        let ask = Ask::get(self.node_path(parent_id, "/nodes"))
            .query("where_name", name)
            .query("limit", 100)
            .query("fields", "properties");
        let body = self.session.read_json(&ask).await?;
        let (items, _) = wire::results(&body).map_err(drift)?;
        for item in items {
            let told = item
                .pointer("/data/properties/name")
                .and_then(Value::as_str);
            if told.is_some_and(|t| t.to_lowercase() == name.to_lowercase()) {
                return wire::node(item, "child").map(|n| Some(n.id)).map_err(drift);
            }
        }
        Ok(None)
    }

    async fn there(&self, id: &str) -> Result<Option<There>, PullError> {
        let Some(node) = self.node(id).await? else {
            return Ok(None);
        };
        let sha256 = if node.subtype == 144 {
            sha256_hex(&self.bytes(id, None).await?.0)
        } else {
            String::new()
        };
        Ok(Some(There { node, sha256 }))
    }

    fn filed(there: &There, name: &str) -> Receipt {
        receipt(
            &there.node.id,
            &[
                ("version", json!(there.node.version)),
                ("sha256", json!(there.sha256)),
                ("name", json!(name)),
            ],
        )
    }

    /// Uploads a document. Where the name is taken, the same bytes are taken as ours, others are a conflict.
    pub(super) async fn upload(
        &self,
        parent_id: &str,
        file: &File<'_>,
        categories: &Value,
    ) -> Result<Receipt, CallError> {
        let categories = self
            .attributes
            .all(categories)
            .map_err(|name| refused(format!("the category '{name}' is not mapped to an id")))?;
        let roles = json!({ "categories": categories });
        let body = if categories.is_empty() {
            json!({ "type": "144", "name": file.name, "parent_id": parent_id })
        } else {
            json!({ "type": "144", "name": file.name, "parent_id": parent_id, "roles": roles })
        };
        let ask = Ask::post(format!("{}/v2/nodes", self.api))
            .multipart(vec![
                Part::text("body", body.to_string()),
                Part::file("file", file.name, file.media_type, file.bytes.clone()),
            ])
            .within(Operation::Upload);
        let answer = self.session.send(&ask).await.map_err(CallError::from)?;
        if is_taken(&answer) {
            let id = self.child(parent_id, file.name).await?;
            let there = match id {
                Some(id) => self.there(&id).await?,
                None => None,
            };
            return match there {
                Some(there) if there.sha256 == file.blob => Ok(Self::filed(&there, file.name)),
                Some(there) => Err(CallError::Conflict {
                    message: format!("'{}' is there with other content", file.name),
                    theirs: json!({ "node_id": there.node.id, "sha256": there.sha256 }),
                    version: Some(there.node.version.to_string()),
                }),
                None => Err(refused(answer.words())),
            };
        }
        if !answer.is_success() {
            return Err(answer.call_error());
        }
        let body = answer.json().map_err(CallError::Unknown)?;
        let results = body.get("results").unwrap_or(&Value::Null);
        let id = results
            .pointer("/data/properties/id")
            .and_then(|id| {
                id.as_str()
                    .map(str::to_owned)
                    .or_else(|| id.as_u64().map(|n| n.to_string()))
            })
            .ok_or_else(|| CallError::Unknown("the answer names no node".to_owned()))?;
        let version = results
            .pointer("/data/versions/version_number")
            .and_then(Value::as_i64);
        Ok(receipt(
            &id,
            &[
                ("version", json!(version.unwrap_or(1))),
                ("sha256", json!(file.blob)),
                ("name", json!(file.name)),
            ],
        ))
    }

    /// Whether a document of this name lies there with our bytes.
    pub(super) async fn find_upload(
        &self,
        parent_id: &str,
        name: &str,
        blob: &str,
    ) -> Result<LookUp, CallError> {
        let Some(id) = self.child(parent_id, name).await? else {
            return Ok(LookUp::Absent);
        };
        Ok(match self.there(&id).await? {
            Some(there) if there.sha256 == blob => LookUp::Found(Self::filed(&there, name)),
            // Other content under the name: ours did not arrive, and sending again ends in the conflict it is.
            _ => LookUp::Absent,
        })
    }

    /// Adds a version unless the latest has our bytes already.
    pub(super) async fn add_version(
        &self,
        node_id: &str,
        file: &File<'_>,
    ) -> Result<Receipt, CallError> {
        if let LookUp::Found(receipt) = self.find_version(node_id, file.blob).await? {
            return Ok(receipt);
        }
        let ask = Ask::post(self.node_path(node_id, "/versions"))
            .multipart(vec![
                Part::text("description", ""),
                Part::file("file", file.name, file.media_type, file.bytes.clone()),
            ])
            .within(Operation::AddVersion);
        let answer = self.session.send(&ask).await.map_err(CallError::from)?;
        if !answer.is_success() {
            return Err(match self.reserved(node_id, answer.status).await {
                Some(by) => CallError::Conflict {
                    message: answer.words(),
                    theirs: json!({ "reserved_user_id": by }),
                    version: None,
                },
                None => answer.call_error(),
            });
        }
        let body = answer.json().map_err(CallError::Unknown)?;
        let version = body
            .pointer("/results/data/versions/version_number")
            .and_then(Value::as_i64);
        Ok(receipt(
            node_id,
            &[
                ("version", json!(version)),
                ("sha256", json!(file.blob)),
                ("name", json!(file.name)),
            ],
        ))
    }

    /// Who has the node checked out, where that may be why a change was refused.
    async fn reserved(&self, node_id: &str, status: u16) -> Option<Value> {
        if !(400..500).contains(&status) {
            return None;
        }
        let ask = Ask::get(self.node_path(node_id, "")).query("fields", "properties");
        let body = self.session.read_json(&ask).await.ok()?;
        let properties = body.pointer("/results/data/properties")?;
        let reserved = properties.get("reserved").and_then(Value::as_bool)?;
        reserved.then(|| {
            properties
                .get("reserved_user_id")
                .cloned()
                .unwrap_or_default()
        })
    }

    /// Whether the latest version has our bytes.
    pub(super) async fn find_version(
        &self,
        node_id: &str,
        blob: &str,
    ) -> Result<LookUp, CallError> {
        Ok(match self.there(node_id).await? {
            Some(there) if there.sha256 == blob => {
                let name = there.node.name.clone();
                LookUp::Found(Self::filed(&there, &name))
            }
            Some(_) => LookUp::Absent,
            None => LookUp::CannotTell("the node is gone".to_owned()),
        })
    }

    /// Downloads and compares.
    pub(super) async fn verify(&self, node_id: &str, sha256: &str) -> Result<Receipt, CallError> {
        let there = self
            .there(node_id)
            .await?
            .ok_or_else(|| CallError::Refused {
                status: 404,
                message: format!("node {node_id} is gone"),
            })?;
        if there.sha256 == sha256 {
            let name = there.node.name.clone();
            return Ok(Self::filed(&there, &name));
        }
        Err(refused(format!(
            "node {node_id} holds {}, expected {sha256}",
            if there.sha256.is_empty() {
                "no bytes"
            } else {
                &there.sha256
            }
        )))
    }
}
