//! Lost answers, killed processes, systems out of reach: business effects are counted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod lost_answers;
mod offline;
