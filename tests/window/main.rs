//! The real window, by keyboard alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod notice;
mod regulated_letter;
mod smoke;
mod steps;
