//! Workflow Service: tasks and process instances.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// A human task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Process instance.
    pub process_id: Option<String>,
    /// Business key of the instance (= case id).
    pub business_key: Option<String>,
    /// Assignee.
    pub assignee: Option<String>,
    /// Candidate group.
    pub group: Option<String>,
    /// `created`, `assigned`, `claimed`, `completed`.
    pub state: String,
    /// Outcome word when completed.
    pub outcome: Option<String>,
    /// Priority number.
    pub priority: i64,
    /// Created.
    pub created_at: Millis,
    /// Claimed.
    pub claimed_at: Option<Millis>,
    /// Due.
    pub due_at: Option<Millis>,
    /// Completed.
    pub completed_at: Option<Millis>,
}

/// A process instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Id.
    pub id: String,
    /// Definition key.
    pub definition_key: String,
    /// Name.
    pub name: String,
    /// Business key (= case id).
    pub business_key: Option<String>,
    /// Started.
    pub started_at: Millis,
    /// Ended.
    pub ended_at: Option<Millis>,
    /// `running`, `completed`, `terminated`.
    pub state: String,
}
