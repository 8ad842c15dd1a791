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

mod dispatch;

pub use desk::view::{
    COMMANDS, Changed, Density, Look, OpenFolder, Problem, Theme, export_typescript,
};
pub use dispatch::call;
