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
// A handler's early end is the answer itself; boxing it would only hide that.
#![allow(clippy::result_large_err)]

pub mod community;
pub mod core;
pub mod documents;
pub mod exstream;
mod params;
pub mod scenario;
pub mod systems;
pub mod tracker;
pub mod workflow;
pub mod workspaces;

pub use crate::core::server::{Options, Running, start};
pub use crate::core::state::Ctx;
pub use scenario::Scenario;

/// Why the sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The scenario file does not read.
    #[error("scenario: {0}")]
    Scenario(String),
    /// The state folder cannot be used.
    #[error("state: {0}")]
    State(String),
    /// The address cannot be listened on.
    #[error("listen: {0}")]
    Listen(String),
}
