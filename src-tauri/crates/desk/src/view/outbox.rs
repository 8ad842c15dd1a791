use super::{Eye, OutboxCounts, Owner, StatusWord, SystemName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Arguments of `list_outbox`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ListOutbox {
    /// `open`, `to_decide`, `unknown`, `sending`, `waiting`, `queued`, `confirmed`; absent for `open`.
    pub state: Option<String>,
}

/// The outbox.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OutboxView {
    /// Counts for the tabs.
    pub counts: OutboxCounts,
    /// Actions that fit, what needs a person first.
    pub groups: Vec<OutboxGroup>,
    /// Last confirmation.
    pub last_confirmed_at: Option<i64>,
}

/// One action with its steps.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OutboxGroup {
    /// Action.
    pub action_id: String,
    /// Intent.
    pub intent: String,
    /// Partner.
    pub partner: String,
    /// Case.
    pub case: Option<String>,
    /// Its number.
    pub case_number: Option<String>,
    /// What it is: "Notice N-3120".
    pub title: String,
    /// Steps confirmed.
    pub done: u32,
    /// Steps in all.
    pub total: u32,
    /// Steps and gates in order.
    pub rows: Vec<OutboxRow>,
}

/// One step or gate.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OutboxRow {
    /// Id for `get_step`.
    pub id: String,
    /// Number of the step; `null` for a gate.
    pub number: Option<u32>,
    /// Effect first: "Letter to Umberfield not sent".
    pub effect: String,
    /// System.
    pub system: SystemName,
    /// Operation word.
    pub operation: String,
    /// State with its word: "Waits for step 2".
    pub status: StatusWord,
    /// When the state's word names a time.
    pub status_at: Option<i64>,
    /// Numbers of steps it waits on.
    pub waits_on: Vec<u32>,
    /// Steps this one holds up.
    pub holds: u32,
    /// Since when it is open; `null` when done.
    pub since: Option<i64>,
    /// Attempts so far.
    pub attempt: u32,
    /// What can be done: `retry`, `cancel`, `resolve`.
    pub actions: Vec<String>,
}

/// One step or gate, opened.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StepView {
    /// Its row.
    pub row: OutboxRow,
    /// Effect first: "Case 48160 is not resolved yet".
    pub title: String,
    /// Cause and what was not done, as sentences.
    pub explanation: String,
    /// Case.
    pub case: Option<String>,
    /// `A`, `B` or `C`.
    pub level: String,
    /// Why it needs a person: `conflict`, `refused`, `undecidable`.
    pub reason: Option<String>,
    /// The three sides, for a conflict.
    pub conflict: Option<ConflictView>,
    /// For `undecidable`: what a person should look for at the other side.
    pub look_for: Option<String>,
    /// What follows when this goes.
    pub consequences: Vec<StatusWord>,
    /// Attempts, oldest first.
    pub attempts: Vec<AttemptRow>,
    /// Idempotency key.
    pub key: String,
    /// Hash of what is sent.
    pub content_hash: String,
    /// Who confirmed it.
    pub queued_by: String,
    /// When.
    pub queued_at: i64,
    /// What the other side calls the result.
    pub remote_ref: Option<String>,
    /// Step or gate it is blocked by.
    pub blocked_by: Option<String>,
    /// What a gate waits for; `null` for a step.
    pub gate: Option<GateView>,
}

/// What a gate waits for.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct GateView {
    /// `review`, `second_person`, `live_check`, `release_check`.
    pub kind: String,
    /// `open`, `passed`, `failed`.
    pub state: String,
    /// One sentence.
    pub waits_for: String,
    /// Content hash it is about.
    pub hash: Option<String>,
    /// Signatures needed, for a review.
    pub needed: Option<u32>,
    /// Who has decided, with meaning and time.
    pub signed: Vec<Eye>,
    /// Who may still sign.
    pub may_sign: Vec<Owner>,
    /// What is compared with what, for a check.
    pub check: Option<String>,
    /// Review to open.
    pub review: Option<String>,
    /// Since when it is in this state; for a review, when it was asked for.
    pub since: i64,
}

/// A conflict between what we and they changed.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConflictView {
    /// When the common ground was read.
    pub base_at: Option<i64>,
    /// Who changed it here.
    pub mine_by: String,
    /// When.
    pub mine_at: i64,
    /// Who changed it there.
    pub theirs_by: String,
    /// When.
    pub theirs_at: Option<i64>,
    /// The fields.
    pub fields: Vec<ConflictField>,
    /// One sentence on fields that need no decision.
    pub note: String,
}

/// One field of a conflict.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConflictField {
    /// Machine name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Common ground.
    pub base: Option<String>,
    /// Ours.
    pub mine: Option<String>,
    /// Theirs.
    pub theirs: Option<String>,
    /// Result so far; `null` while a person must choose.
    pub result: Option<String>,
    /// `decide`, `merged`, `equal`.
    pub kind: String,
}

/// One attempt.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct AttemptRow {
    /// When it began.
    pub at: i64,
    /// What came of it.
    pub text: String,
    /// How long it took.
    pub took_ms: Option<i64>,
    /// Status of the answer, if there was one.
    pub http_status: Option<u16>,
}

/// Arguments of `resolve_step`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ResolveInput {
    /// Step.
    pub id: String,
    /// `base`, `mine`, `theirs`: for every field not named.
    pub take: Option<String>,
    /// Field name to `base`, `mine` or `theirs`.
    pub fields: Option<BTreeMap<String, String>>,
    /// `sent` or `not_sent`, after a person looked at the other side.
    pub outcome: Option<String>,
}

/// Arguments of `pause_outbox`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PauseOutbox {
    /// Pause or go on.
    pub on: bool,
}
