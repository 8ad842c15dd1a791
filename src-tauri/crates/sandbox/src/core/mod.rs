//! What all six systems stand on: clock, journal, effects, faults, sign-in, server.

pub mod admin;
pub mod auth;
pub mod clock;
pub mod effects;
pub mod faults;
pub mod http;
pub mod journal;
pub(crate) mod secrets;
pub mod server;
pub mod state;
mod strike;
