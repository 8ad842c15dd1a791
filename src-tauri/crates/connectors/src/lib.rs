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

pub mod clock;
pub mod config;
pub mod error;
pub mod port;

pub use clock::Clock;
pub use config::{ConnectionConfig, Connections};
pub use error::{CallError, PullError};
pub use port::{
    Collection, Connector, Content, Fetched, LookUp, Manifest, Outgoing, PullPage, PullRequest,
    Receipt,
};
