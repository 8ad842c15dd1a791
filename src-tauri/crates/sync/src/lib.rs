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

mod gather;
mod progress;
mod pull;
mod report;
mod runner;
mod schedule;

use std::{collections::BTreeMap, sync::Arc};

use connectors::Connector;
use domain::System;

pub use gather::RECORDS_TOGETHER;
pub use pull::{Wanted, pull_once, replay};
pub use report::{Outcome, SystemReport};
pub use runner::{Runner, Wake};

/// The connectors there are, by system.
pub type ConnectorMap = BTreeMap<System, Arc<dyn Connector>>;
