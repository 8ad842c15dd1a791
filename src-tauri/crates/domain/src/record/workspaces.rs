//! Extended ECM: business workspaces and the nodes in them.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// A business workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Node id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Workspace type name, such as `Order` or `Shipment`.
    pub type_name: String,
    /// External system of its business object.
    pub external_system: Option<String>,
    /// Business object type.
    pub object_type: Option<String>,
    /// Business object id, such as the order number.
    pub object_id: Option<String>,
    /// Partner it belongs to, from its categories, if told.
    pub partner_id: Option<String>,
    /// Last change.
    pub modified_at: Millis,
}

/// A document or folder below a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Node id.
    pub id: String,
    /// Workspace it lies in.
    pub workspace_id: String,
    /// Parent node.
    pub parent_id: String,
    /// Safe file name.
    pub name: String,
    /// Subtype: 0 folder, 144 document, 848 workspace.
    pub subtype: i64,
    /// Bytes.
    pub size: i64,
    /// Media type.
    pub media_type: String,
    /// Current version number.
    pub version: i64,
    /// Category values as told, JSON object.
    pub categories: serde_json::Value,
    /// Last change.
    pub modified_at: Millis,
}
