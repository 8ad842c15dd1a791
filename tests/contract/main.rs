//! The wire of the six systems, against software nobody here wrote.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    // One line for each peer, with how many calls were compared.
    clippy::print_stderr
)]

mod beside;
mod community;
mod community_contract;
mod community_services;
mod content_server;
mod content_server_form;
mod documents;
mod exstream;
mod grid;
mod hostile;
mod peer;
mod recorder;
mod request_tracker;
mod servicenow;
mod tracker;
mod window;
mod workflow;
