//! What screens and the command line read of the outbox.

use domain::{ActionId, Millis, plan::OverlayValue};
use serde_json::{Map, Value};

use crate::{Sides, StepRow, rows::StepRecord};

/// Which steps.
#[derive(Debug, Clone, Default)]
pub struct StepFilter {
    /// State words; empty for every state.
    pub states: Vec<String>,
    /// Only those not settled.
    pub open: bool,
    /// Only of this case (`case:community:48213`).
    pub case: Option<String>,
    /// Only of this action.
    pub action: Option<String>,
    /// Only of this system.
    pub system: Option<String>,
    /// Latest first.
    pub newest_first: bool,
}

/// How many steps are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Queued.
    pub queued: i64,
    /// Waiting.
    pub waiting: i64,
    /// Under way.
    pub sending: i64,
    /// Outcome not seen.
    pub unknown: i64,
    /// A person decides.
    pub needs_attention: i64,
    /// Done.
    pub confirmed: i64,
    /// Withdrawn.
    pub cancelled: i64,
    /// Gates that failed with steps still behind them: a person decides, too.
    pub stopped_gates: i64,
    /// When the oldest open step was queued.
    pub oldest_open: Option<Millis>,
    /// When a step was last confirmed.
    pub last_confirmed_at: Option<Millis>,
}

impl Counts {
    /// Steps not settled.
    #[must_use]
    pub const fn open(&self) -> i64 {
        self.queued + self.waiting + self.sending + self.unknown + self.needs_attention
    }

    /// What a person has to decide: steps, and gates that stopped a plan.
    #[must_use]
    pub const fn to_decide(&self) -> i64 {
        self.needs_attention + self.stopped_gates
    }
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRow {
    /// Id.
    pub id: ActionId,
    /// Intent.
    pub intent: String,
    /// Playbook.
    pub playbook: String,
    /// Use case.
    pub use_case: String,
    /// Title.
    pub title: String,
    /// Case.
    pub case: String,
    /// Who confirmed it.
    pub person: String,
    /// Whether it follows from an event.
    pub derived: bool,
    /// `open`, `done`, `cancelled`.
    pub state: String,
    /// Steps left out when it was planned, with reasons.
    pub skipped: Vec<String>,
    /// When.
    pub created_at: Millis,
}

/// An attempt or a look-up.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptRow {
    /// Number.
    pub number: u32,
    /// When it began.
    pub started_at: Millis,
    /// When its outcome was written.
    pub ended_at: Option<Millis>,
    /// `confirmed`, `not_sent`, `held`, `postponed`, `unknown`, `absent`, `cannot_tell`, `conflict`, `refused`; `None`
    /// while it is under way.
    pub outcome: Option<String>,
    /// Status of the answer.
    pub http_status: Option<u16>,
    /// In words.
    pub message: Option<String>,
    /// What was learnt.
    pub facts: Value,
}

/// What the other side confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiptRow {
    /// Id over there.
    pub remote_ref: String,
    /// Further results.
    pub detail: Map<String, Value>,
    /// SHA-256 of bytes that came back.
    pub blob: Option<String>,
    /// When.
    pub at: Millis,
}

/// A step with everything known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct StepDetail {
    /// Its row.
    pub row: StepRow,
    /// Its arguments as planned.
    pub args: Value,
    /// Effective values while it is not settled.
    pub overlay: Vec<OverlayValue>,
    /// Attempts and look-ups, oldest first.
    pub attempts: Vec<AttemptRow>,
    /// Receipt, when confirmed.
    pub receipt: Option<ReceiptRow>,
    /// The three sides, when it needs attention for a conflict.
    pub conflict: Option<Sides>,
    /// Steps that wait on it.
    pub dependents: Vec<StepRow>,
}

/// One effective value of a step, for the overlay of the cache.
#[derive(Debug, Clone, PartialEq)]
pub struct OverlayRow {
    /// Step.
    pub step: String,
    /// Place of the step among all, in the order they were queued.
    pub position: i64,
    /// The value.
    pub value: OverlayValue,
    /// State word of the step.
    pub state: String,
    /// When it was confirmed.
    pub confirmed_at: Option<Millis>,
    /// `version` of its receipt, if it has one: at or above it the mirror has caught up.
    pub confirmed_version: Option<Value>,
}

impl OverlayRow {
    /// Whether it is shown: its step is not settled, or was confirmed at or after a time.
    #[must_use]
    pub fn is_effective(&self, confirmed_since: Millis) -> bool {
        match self.state.as_str() {
            "confirmed" => self.confirmed_at.is_some_and(|at| at >= confirmed_since),
            state => state != "cancelled",
        }
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct Listed {
    #[sqlx(flatten)]
    pub(crate) record: StepRecord,
    blocked_by: Option<String>,
    supersedes_id: Option<String>,
}

impl Listed {
    pub(crate) fn row(&self) -> StepRow {
        StepRow::from_record(
            &self.record,
            self.blocked_by.clone(),
            self.supersedes_id.clone(),
        )
    }
}

pub(crate) type AttemptColumns = (
    i64,
    i64,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<String>,
    Option<String>,
);

pub(crate) fn attempt_row(columns: AttemptColumns) -> AttemptRow {
    let (number, started_at, ended_at, outcome, http_status, message, facts) = columns;
    AttemptRow {
        number: u32::try_from(number).unwrap_or_default(),
        started_at: Millis(started_at),
        ended_at: ended_at.map(Millis),
        outcome,
        http_status: http_status.and_then(|s| u16::try_from(s).ok()),
        message: message.filter(|m| !m.is_empty()),
        facts: facts
            .and_then(|f| serde_json::from_str(&f).ok())
            .unwrap_or_default(),
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct OverlayColumns {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) overlay: String,
    pub(crate) state: String,
    pub(crate) confirmed_at: Option<i64>,
    pub(crate) detail: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct ActionColumns {
    pub(crate) id: String,
    pub(crate) intent: String,
    pub(crate) playbook: String,
    pub(crate) use_case: String,
    pub(crate) title: String,
    pub(crate) case_ref: String,
    pub(crate) person: String,
    pub(crate) derived: bool,
    pub(crate) state: String,
    pub(crate) skipped: String,
    pub(crate) created_at: i64,
}

impl ActionColumns {
    pub(crate) fn row(self) -> ActionRow {
        ActionRow {
            id: ActionId(self.id),
            intent: self.intent,
            playbook: self.playbook,
            use_case: self.use_case,
            title: self.title,
            case: self.case_ref,
            person: self.person,
            derived: self.derived,
            state: self.state,
            skipped: serde_json::from_str(&self.skipped).unwrap_or_default(),
            created_at: Millis(self.created_at),
        }
    }
}
