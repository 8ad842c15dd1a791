//! Exstream: templates, and what became of a notice.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// A released or draft template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Resource id.
    pub id: String,
    /// Key people know, such as `SDN-04`; it is what the policy names.
    pub key: String,
    /// Name.
    pub name: String,
    /// Version of the resource.
    pub version: i64,
    /// Approval state word: `DRAFT`, `REVIEW`, `APPROVED`, `REJECTED`.
    pub state: String,
    /// BCP 47 language.
    pub language: String,
    /// Last change.
    pub updated_at: Millis,
}

/// What became of a notice: one job with its delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Notice id (`externalId`); jobs without one are keyed `job-{id}`.
    pub notice_id: String,
    /// Job id.
    pub job_id: String,
    /// Case id, when the driver data or metadata name it.
    pub case_id: Option<String>,
    /// Template key@version, when known.
    pub template: Option<String>,
    /// Channel word.
    pub channel: String,
    /// Recipient as addressed.
    pub recipient: String,
    /// One word of [`crate::notice::NoticeState`] or `unknown`.
    pub state: String,
    /// The word(s) as sent, kept.
    pub raw_state: String,
    /// Reason in words for bounced and failed.
    pub reason: Option<String>,
    /// SHA-256 of the produced bytes, when told.
    pub produced_sha256: Option<String>,
    /// Id of the delivery event or job state, for de-duplication.
    pub event_id: String,
    /// Time of the event at the source.
    pub event_at: Millis,
    /// When the job began; `None` where the source has told of its delivery only.
    #[serde(default)]
    pub released_at: Option<Millis>,
}
