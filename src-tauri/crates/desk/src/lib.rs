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

mod act;
mod batches;
mod campaign;
mod connect;
mod connections;
mod delegations;
mod departure;
mod derive;
mod distribution;
mod evidence;
mod facts;
mod fallback;
mod follow;
mod home;
mod invalidate;
mod joined;
mod letters;
mod library;
mod loops;
mod mailing;
mod outreach;
mod overlay;
mod partner;
mod personal;
mod persons;
mod prepared;
mod problem;
mod push;
mod read;
mod recheck;
mod register;
mod release;
mod resolution;
mod review;
mod review_comments;
mod review_rules;
mod revise;
mod runner;
mod secrets;
mod statements;
pub mod view;
mod wire;

pub use act::{Ask, Submitted};
/// The mirror, for those who list it as it is.
pub use cache;
pub use connections::Source;
pub use evidence::{is_archive, verify_evidence};
pub use home::{Desk, OpenOptions};
/// The ledger, for those who list or verify it as it is.
pub use ledger;
pub use library::Library;
pub use persons::Persons;
pub use problem::{DeskError, problem};
pub use read::redline;
pub use register::{RegisterFilter, register_format};
pub use review::Decision;
pub use review_comments::Passage;
pub use secrets::Secrets;
pub use sync;

/// What a sandbox says about itself.
///
/// # Errors
/// `E_UNREACHABLE` when it does not answer.
pub async fn describe_sandbox(url: &str) -> Result<serde_json::Value, DeskError> {
    connectors::sandbox_link::describe(url)
        .await
        .map_err(|e| domain::Refusal::new(domain::refusal::Code::Unreachable, e.to_string()))
}
