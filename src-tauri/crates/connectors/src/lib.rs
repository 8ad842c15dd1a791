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
pub mod community;
pub mod config;
pub mod documents;
pub mod error;
pub mod exstream;
pub mod factory;
pub mod fields;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub mod http;
pub mod limits;
pub mod pace;
pub mod port;
pub mod sandbox_link;
pub mod session;
pub mod sign_in;
pub mod text;
pub mod tracker;
pub mod wire_log;
mod withheld;
pub mod workflow;
pub mod workspaces;

pub use clock::Clock;
pub use config::{ConnectionConfig, Connections, Transport};
pub use error::{CallError, PullError};
pub use factory::connect;
pub use port::{
    CheckStep, Collection, Connector, Content, Fetched, LookUp, Manifest, Outgoing, PullPage,
    PullRequest, Receipt,
};
pub use session::{NetworkSwitch, Probe, Session, SessionParts};
pub use sign_in::SignIn;
