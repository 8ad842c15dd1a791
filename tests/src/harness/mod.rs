//! What whole-system tests are made of.

mod answers;
mod app;
mod display;
mod effects;
mod home;
mod keyring;
mod keys;
mod process;
mod programs;
mod real;
mod sandbox;
pub mod steps;
mod trouble;
mod wait;
mod webdriver;

pub use answers::{item_with, items, list, number, word};
pub use app::{App, in_window};
pub use display::Display;
pub use effects::once;
pub use home::{Ended, Home};
pub use keyring::Keyring;
pub use process::Group;
pub use programs::{failures, program};
pub use real::{configuration, connect};
pub use sandbox::{Effect, SandboxOptions, SandboxProcess};
pub use trouble::{Outcome, Trouble, trouble};
pub use wait::{until, until_within};
pub use webdriver::{Element, Session};
