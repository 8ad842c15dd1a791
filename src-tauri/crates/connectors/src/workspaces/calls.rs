//! Writing: workspaces and categories, and how each is found again.

use domain::{
    operation::{Call, Operation},
    record::Node,
};
use serde_json::{Map, Value, json};

use super::{WorkspacesConnector, wire};
use crate::{
    CallError, LookUp, PullError, Receipt,
    fields::{Fields, drift, segment},
    http::{Answer, Ask},
};

/// Whether an answer says that the name or object is taken: 400 or 500, depending on the call.
pub(super) fn is_taken(answer: &Answer) -> bool {
    matches!(answer.status, 400 | 409 | 500)
        && answer.words().to_lowercase().contains("already exists")
}

pub(super) fn receipt(remote_ref: &str, detail: &[(&str, Value)]) -> Receipt {
    Receipt {
        remote_ref: remote_ref.to_owned(),
        detail: detail
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<Map<_, _>>(),
        bytes: None,
    }
}

pub(super) fn refused(message: impl Into<String>) -> CallError {
    CallError::Refused {
        status: 0,
        message: message.into(),
    }
}

/// Values compare as text: `7` and `"7"` are the same to the server, a list of one is its element.
fn same(wanted: &Value, there: Option<&Value>) -> bool {
    fn texts(value: &Value) -> Vec<String> {
        match value {
            Value::Null => Vec::new(),
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            Value::String(text) if text.is_empty() => Vec::new(),
            Value::String(text) => vec![text.clone()],
            other => vec![other.to_string()],
        }
    }
    texts(wanted) == there.map(texts).unwrap_or_default()
}

impl WorkspacesConnector {
    /// A node, or `None` when it is gone.
    pub(super) async fn node(&self, id: &str) -> Result<Option<Node>, PullError> {
        let ask = Ask::get(self.node_path(id, ""))
            .query("fields", "properties")
            .query("fields", "versions");
        match self.session.read_json(&ask).await {
            Ok(body) => {
                let results = body.get("results").unwrap_or(&Value::Null);
                wire::node(results, "node").map(Some).map_err(drift)
            }
            Err(PullError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The workspace of a business object.
    pub(super) async fn by_object(
        &self,
        system: &str,
        object_type: &str,
        object_id: &str,
    ) -> Result<Option<Receipt>, PullError> {
        let path = format!(
            "{}/v2/externalsystems/{}/botypes/{}/boids/{}",
            self.api,
            segment(system),
            segment(object_type),
            segment(object_id)
        );
        let body = match self.session.read_json(&Ask::get(path)).await {
            Ok(body) => body,
            Err(PullError::Refused { status: 404, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let results = body.get("results").unwrap_or(&Value::Null);
        let properties = Fields::of(results, "results")
            .and_then(|r| r.object("data"))
            .and_then(|d| d.object("properties"))
            .map_err(drift)?;
        let id = properties.id("id").map_err(drift)?;
        let name = properties.opt_text("name").map_err(drift)?;
        Ok(Some(receipt(&id, &[("name", json!(name))])))
    }

    /// Id and template of a workspace type given by id or name.
    async fn workspace_type(&self, word: &str) -> Result<(String, Option<String>), CallError> {
        if word.bytes().all(|b| b.is_ascii_digit()) && !word.is_empty() {
            return Ok((word.to_owned(), None));
        }
        let ask = Ask::get(format!("{}/v2/businessworkspacetypes", self.api))
            .query("expand_templates", "true")
            .query("expand_wksp_info", "false");
        let body = self.session.read_json(&ask).await?;
        let (items, _) = wire::results(&body).map_err(drift)?;
        for item in items {
            let Some(properties) = item.pointer("/data/properties") else {
                continue;
            };
            let fields = Fields::of(properties, "type").map_err(drift)?;
            let name = fields.opt_text("wksp_type_name").map_err(drift)?;
            if name.is_some_and(|n| n.eq_ignore_ascii_case(word)) {
                let template = fields.list("templates").map_err(drift)?.first();
                let template = match template {
                    Some(template) => Fields::of(template, "template")
                        .and_then(|t| t.opt_id("id"))
                        .map_err(drift)?,
                    None => None,
                };
                return Ok((fields.id("wksp_type_id").map_err(drift)?, template));
            }
        }
        Err(refused(format!(
            "the content server has no workspace type '{word}'"
        )))
    }

    /// Creates a workspace for a business object; one that is there already is taken.
    pub(super) async fn create_workspace(&self, call: &Call) -> Result<Receipt, CallError> {
        let Call::CreateWorkspace {
            template_id,
            type_id,
            name,
            parent_id,
            external_system,
            object_type,
            object_id,
        } = call
        else {
            return Err(super::not_ours(call));
        };
        let (type_id, template) = self.workspace_type(type_id).await?;
        let template = Some(template_id.clone())
            .filter(|t| !t.is_empty())
            .or(template);
        let parent = Some(parent_id.clone()).filter(|p| !p.is_empty());
        let mut body = Map::new();
        for (member, value) in [
            ("name", Some(name.replace(':', "-"))),
            ("type", Some("848".to_owned())),
            ("wksp_type_id", Some(type_id)),
            ("ext_system_id", Some(external_system.clone())),
            ("bo_type", Some(object_type.clone())),
            ("bo_id", Some(object_id.clone())),
            ("template_id", template),
            ("parent_id", parent),
        ] {
            if let Some(value) = value {
                body.insert(member.to_owned(), json!(value));
            }
        }
        let body = Value::Object(body);
        let ask = Ask::post(format!("{}/v2/businessworkspaces", self.api))
            .form(vec![("body".to_owned(), body.to_string())])
            .within(Operation::CreateWorkspace);
        let answer = self.session.send(&ask).await.map_err(CallError::from)?;
        if is_taken(&answer) {
            let found = self
                .by_object(external_system, object_type, object_id)
                .await?;
            return found.ok_or_else(|| CallError::Conflict {
                message: answer.words(),
                theirs: json!({ "name": name }),
                version: None,
            });
        }
        if !answer.is_success() {
            return Err(answer.call_error());
        }
        let unread = |words: String| CallError::Unknown(words);
        let body = answer.json().map_err(unread)?;
        let id = Fields::of(&body, "answer")
            .and_then(|b| b.object("results"))
            .and_then(|r| r.id("id"))
            .map_err(|u| CallError::Unknown(u.message))?;
        self.places().insert(id.clone(), Some(id.clone()));
        Ok(receipt(&id, &[("name", json!(name))]))
    }

    /// Values a node has in a category; `None` when it does not carry the category.
    async fn category(&self, node_id: &str, category: &str) -> Result<Option<Value>, PullError> {
        let path = self.node_path(node_id, &format!("/categories/{}", segment(category)));
        match self.session.read_json(&Ask::get(path)).await {
            Ok(body) => Ok(body.pointer("/results/data/categories").cloned()),
            Err(PullError::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn wanted(
        &self,
        category: &str,
        values: &Value,
    ) -> Result<(String, Map<String, Value>), CallError> {
        let id = self
            .attributes
            .category(category)
            .ok_or_else(|| refused(format!("the category '{category}' is not mapped to an id")))?;
        let values = self.attributes.values(&id, values);
        Ok((id, values))
    }

    /// Sets values; a category the node does not carry yet is added.
    pub(super) async fn set_categories(
        &self,
        node_id: &str,
        category: &str,
        values: &Value,
    ) -> Result<Receipt, CallError> {
        let (id, values) = self.wanted(category, values)?;
        let mut fields = vec![("category_id".to_owned(), id.clone())];
        for (name, value) in &values {
            let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            match value {
                Value::Array(items) => {
                    fields.extend(items.iter().map(|v| (name.clone(), text(v))));
                }
                Value::Null => fields.push((name.clone(), String::new())),
                value => fields.push((name.clone(), text(value))),
            }
        }
        let carried = self.category(node_id, &id).await?.is_some();
        let ask = if carried {
            Ask::put(self.node_path(node_id, &format!("/categories/{}", segment(&id))))
        } else {
            Ask::post(self.node_path(node_id, "/categories"))
        };
        let ask = ask.form(fields).within(Operation::SetCategories);
        self.session.write(&ask).await?;
        Ok(receipt(node_id, &[("category_id", json!(id))]))
    }

    /// Whether the node has the values.
    pub(super) async fn has_values(
        &self,
        node_id: &str,
        category: &str,
        values: &Value,
    ) -> Result<LookUp, CallError> {
        let (id, values) = self.wanted(category, values)?;
        let there = self.category(node_id, &id).await?.unwrap_or_default();
        let all = values
            .iter()
            .all(|(name, value)| same(value, there.get(name)));
        Ok(if all {
            LookUp::Found(receipt(node_id, &[("category_id", json!(id))]))
        } else {
            LookUp::Absent
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_compare_as_the_server_keeps_them() {
        assert!(same(&json!(7), Some(&json!("7"))));
        assert!(same(&json!(["a"]), Some(&json!("a"))));
        assert!(same(&json!(""), None));
        assert!(!same(&json!(["a", "b"]), Some(&json!("a"))));
    }
}
