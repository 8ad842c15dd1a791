#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod accept;
mod actor;
mod acts;
mod amend;
pub mod audit;
mod batches;
mod blobs;
mod cascade;
mod claim;
mod decisions;
mod departure;
mod drafts;
mod enqueue;
mod error;
mod follow;
mod gates;
#[cfg(test)]
mod hot;
mod intents;
mod lanes;
mod ledger;
mod listing;
mod pauses;
mod pins;
mod prepare;
mod published;
mod references;
mod rows;
mod settings;
mod settle;
mod undone;
mod view;

pub use actor::Actor;
pub use acts::{Resolution, Side};
pub use amend::Sides;
pub use audit::AuditEntry;
pub use batches::{BatchCount, BatchStep, ReleasedNotice};
pub use blobs::Blob;
pub use claim::ClaimedStep;
pub use decisions::{DecisionState, PreparedDecision};
pub use departure::{AtOnce, Departure, Departures, Leaving, TIMED, passes_at};
pub use drafts::Draft;
pub use enqueue::{Derived, Enqueue};
pub use error::LedgerError;
pub use follow::NamedReceipt;
pub use gates::GateRow;
pub use ledger::Ledger;
pub use pauses::Pause;
pub use published::Published;
pub use rows::StepRow;
pub use settle::Settlement;
pub use undone::Undone;
pub use view::{ActionRow, AttemptRow, Counts, OverlayRow, ReceiptRow, StepDetail, StepFilter};

/// Topics of [`Ledger::changes`].
pub mod topic {
    /// Steps, by id.
    pub const STEP: &str = "step";
    /// Gates, by `action/gate`.
    pub const GATE: &str = "gate";
    /// Drafts, by id.
    pub const DRAFT: &str = "draft";
    /// Prepared decisions and signatures, by review.
    pub const REVIEW: &str = "review";
    /// Settings, by key.
    pub const SETTING: &str = "setting";
    /// Paused systems, by system (`*` for all).
    pub const PAUSE: &str = "pause";
    /// The chain grew.
    pub const AUDIT: &str = "audit";
}
