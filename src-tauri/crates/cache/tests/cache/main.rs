//! What the cache promises, one test for each promise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

mod apply;
mod bytes;
mod findings;
mod given;
mod lists;
mod order_lines;
mod origin;
mod overlay;
