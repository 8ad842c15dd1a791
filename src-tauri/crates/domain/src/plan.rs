//! A plan: numbered steps, one connector call each, with the gates between them. The person sees it before confirming.

use serde::{Deserialize, Serialize};

use crate::{IntentId, ObjectRef, StepKey, operation::Operation, words};

words! {
    /// What a step may do while its system is out of reach.
    OfflineClass {
        /// Queued and delivered in order on return.
        Queue = "queue",
        /// Prepared with its content hash; confirmed by the person on return.
        Prepare = "prepare",
        /// Refused with the reason on the button.
        Refuse = "refuse",
    }
}
words! {
    /// Kinds of gates.
    GateKind {
        /// A quorum of other people over the content hash.
        Review = "review",
        /// A second person confirms.
        SecondPerson = "second_person",
        /// Needs an answer from the live system before it goes on.
        LiveCheck = "live_check",
        /// The produced bytes must equal the approved ones.
        ReleaseCheck = "release_check",
        /// Everything a batch sends has been sent or given up.
        Batch = "batch",
        /// What tells the partner has gone out.
        Sent = "sent",
        /// Quiet hours of the recipient are over. Opened when a step is about to leave, and named by its instant.
        QuietHours = "quiet_hours",
        /// The time in which it can be undone is over. Opened and named in the same way.
        UndoWindow = "undo_window",
    }
}
words! {
    /// State of a gate.
    GateState {
        /// Not passed yet.
        Open = "open",
        /// Passed.
        Passed = "passed",
        /// Will not pass: rejected, expired or invalidated.
        Failed = "failed",
    }
}

/// A gate of a plan: a row, not a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Name unique in the plan.
    pub id: String,
    /// Kind.
    pub kind: GateKind,
    /// State.
    pub state: GateState,
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Number from 1.
    pub number: u32,
    /// Name unique in the plan; other steps refer to it.
    pub id: String,
    /// Operation.
    pub operation: Operation,
    /// What it is about, as a person would say it.
    pub subject: String,
    /// Arguments of the call. A value `{"from_step": "id", "field": "remote_ref"}` is filled in from that step's
    /// receipt before sending.
    pub args: serde_json::Value,
    /// SHA-256 over the canonical arguments.
    pub content_hash: String,
    /// Idempotency key.
    pub key: StepKey,
    /// Ids of steps and gates it waits on.
    pub waits_on: Vec<String>,
    /// Offline class.
    pub offline_class: OfflineClass,
    /// Order is kept among the steps of a system and case that name the same; `None` for all that name nothing. Recipients
    /// of one batch do not wait for each other.
    pub lane: Option<String>,
    /// May be left out when its connector is absent.
    pub optional: bool,
    /// Effective values shown until the mirror has caught up: (object, field, value).
    pub overlay: Vec<OverlayValue>,
}

/// One effective value of an unsettled step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverlayValue {
    /// Object it is shown on.
    pub object: ObjectRef,
    /// Column of the mirror, such as `status` or `owner`.
    pub field: String,
    /// Value shown.
    pub value: serde_json::Value,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Minted when the plan is first shown.
    pub intent: IntentId,
    /// Playbook id.
    pub playbook: String,
    /// Number of the use case, such as `S0.1`.
    pub use_case: String,
    /// Title for lists.
    pub title: String,
    /// Case it serves.
    pub case: ObjectRef,
    /// Steps in order.
    pub steps: Vec<PlannedStep>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Optional steps left out, each with its reason.
    pub skipped: Vec<String>,
}
