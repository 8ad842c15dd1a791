//! The pieces of work end to end, by command line and by direct call.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod audit;
mod command_line;
mod connections;
mod data_folder;
mod direct;
mod exceptions;
mod filing;
mod letters;
mod nothing_readable;
mod playbook_file;
mod reading;
mod real_connections;
mod secrets;
mod several_desks;
mod shapes;
mod sharing;
mod signing_in;
mod ticket;
mod traces;
mod wire;
