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

mod apply;
mod blobs;
mod database;
mod error;
mod mirror;
mod origin;
mod overlay;
mod read;
mod sql;
mod wire;

pub use apply::{Applied, Batch, Incoming, Misfit, recheck::Rechecked};
pub use blobs::{BlobInfo, MAX_BLOB_BYTES};
pub use database::{Cache, mark_damaged};
pub use error::CacheError;
pub use origin::Origin;
pub use overlay::{Confirmed, OverlayRow};
pub use read::*;
pub use wire::{WIRE_CALLS, WireRow};
