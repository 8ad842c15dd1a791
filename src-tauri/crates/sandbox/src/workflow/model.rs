//! Instances, tasks, and what hangs on them.

use domain::Millis;
use serde_json::{Value, json};

use super::definitions::Definition;

/// A refusal in the form of the engine: status, exception word, message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// HTTP status.
    pub(super) status: u16,
    /// Class name as the engine words it.
    pub(super) exception: &'static str,
    /// In words.
    pub(super) message: String,
}

impl Problem {
    pub(super) fn missing(what: &str, id: &str) -> Self {
        Self {
            status: 404,
            exception: "FlowableObjectNotFoundException",
            message: format!("Could not find a {what} with id '{id}'."),
        }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            exception: "FlowableIllegalArgumentException",
            message: message.into(),
        }
    }

    pub(super) fn conflict(message: String) -> Self {
        Self {
            status: 409,
            exception: "FlowableTaskAlreadyClaimedException",
            message,
        }
    }
}

/// A variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: Value,
}

/// A comment on a task or instance.
#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub(super) id: String,
    pub(super) author: String,
    pub(super) message: String,
    pub(super) task_id: Option<String>,
    pub(super) process_id: Option<String>,
    pub(super) time: Millis,
}

/// A file on a task.
#[derive(Debug, Clone)]
pub(super) struct Attachment {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) external_url: String,
}

/// A further assignment of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) user: Option<String>,
    pub(super) group: Option<String>,
    pub(super) kind: String,
}

/// A process instance.
#[derive(Debug, Clone)]
pub(super) struct Process {
    pub(super) id: String,
    pub(super) definition: &'static Definition,
    pub(super) stage: usize,
    pub(super) name: String,
    pub(super) business_key: Option<String>,
    pub(super) started_at: Millis,
    pub(super) started_by: String,
    pub(super) ended_at: Option<Millis>,
    pub(super) delete_reason: Option<String>,
    pub(super) suspended: bool,
    pub(super) variables: Vec<Variable>,
    pub(super) comments: Vec<Comment>,
}

/// A human task.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) process_id: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) assignee: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) assignments: Vec<Assignment>,
    pub(super) category: String,
    pub(super) created_at: Millis,
    pub(super) claimed_at: Option<Millis>,
    pub(super) due_at: Option<Millis>,
    pub(super) priority: i64,
    pub(super) delegation: Option<&'static str>,
    pub(super) comments: Vec<Comment>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) variables: Vec<Variable>,
    pub(super) ended_at: Option<Millis>,
    pub(super) outcome: Option<String>,
    pub(super) delete_reason: Option<String>,
}

impl Task {
    /// Whether work remains on it.
    pub(super) const fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether a group may claim it.
    pub(super) fn has_group(&self, group: &str) -> bool {
        self.assignments
            .iter()
            .any(|a| a.group.as_deref() == Some(group))
    }
}

/// What a start asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Start {
    pub(super) definition_key: String,
    pub(super) name: Option<String>,
    pub(super) business_key: Option<String>,
    pub(super) variables: Vec<Variable>,
    pub(super) comment: Option<String>,
}

/// Reads `[{name, value, ...}]`.
pub(super) fn variables(value: Option<&Value>) -> Result<Vec<Variable>, Problem> {
    let Some(value) = value.filter(|v| !v.is_null()) else {
        return Ok(Vec::new());
    };
    let items = value
        .as_array()
        .ok_or_else(|| Problem::bad("variables must be a list"))?;
    items
        .iter()
        .map(|item| {
            let name = item
                .get("name")
                .and_then(Value::as_str)
                .filter(|n| !n.is_empty())
                .ok_or_else(|| Problem::bad("Variable name is required"))?;
            Ok(Variable {
                name: name.to_owned(),
                value: item.get("value").cloned().unwrap_or(json!(null)),
            })
        })
        .collect()
}
