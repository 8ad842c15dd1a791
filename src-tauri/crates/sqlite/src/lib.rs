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

mod at_exit;
mod changes;
mod database;
mod error;
pub mod explain;
pub mod files;
pub mod key;
mod keyring_store;
mod lock;
mod migrate;
mod reader;
pub mod secrets;
mod writer;

pub use changes::{ChangeFeed, Changes, Ids};
pub use database::{Database, Mode, Profile, Spec};
pub use error::{OpenError, is_damage};
pub use key::Key;
pub use lock::{FolderLock, LockError};
pub use migrate::Migration;
pub use reader::{Reader, Snapshot};
pub use writer::{ReadOnly, Tx, Writer};
