//! The real window, by keyboard alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod ambiguous_workspace;
mod filing;
mod letters;
mod offline;
mod smoke;
