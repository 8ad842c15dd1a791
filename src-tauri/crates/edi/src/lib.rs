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

pub mod ack;
pub mod business;
mod decimal;
mod envelope;
pub mod matching;
mod problem;
mod reading;
mod scan;
mod segment;
mod source;
pub mod write;

pub use ack::Acknowledgement;
pub use business::Document;
pub use decimal::parse_decimal;
pub use envelope::read;
pub use problem::{Problem, Severity, code};
pub use reading::{Address, Group, Interchange, Message, Reading, Standard};
pub use rust_decimal::Decimal;
pub use scan::Delimiters;
pub use segment::{Element, Segment};
pub use source::Charset;
