use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `list_audit`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ListAudit {
    /// Only records about this thing.
    pub object: Option<String>,
    /// First row, newest first.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// One record of the chain.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct AuditRow {
    /// Place in the chain.
    pub seq: i64,
    /// When it happened.
    pub occurred_at: i64,
    /// When it was written down.
    pub recorded_at: i64,
    /// Who.
    pub actor: String,
    /// For whom.
    pub on_behalf_of: Option<String>,
    /// `notice.released`.
    pub event: String,
    /// What it is about.
    pub object: String,
    /// Hash after.
    pub after_hash: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Hash of this record.
    pub hash: String,
}

/// Result of `verify_audit`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct AuditVerdict {
    /// Records looked at.
    pub records: i64,
    /// All fit.
    pub ok: bool,
    /// Hash of the newest.
    pub head: String,
    /// First record that does not fit.
    pub first_bad: Option<i64>,
}
