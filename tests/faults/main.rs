//! Lost answers, killed processes, systems out of reach: business effects are counted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    // The figures of a run are told.
    clippy::print_stderr
)]

mod lost_answers;
mod not_now;
mod offline;
