//! The audit chain: appended in the transaction it explains, read, verified, exported.

mod export;
mod journal;
mod read;

pub use export::{verify_export, verify_export_bytes};
pub use journal::AuditEntry;
pub(crate) use journal::Journal;
pub use read::{AuditFilter, AuditRow};
