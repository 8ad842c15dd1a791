//! What can go wrong with the ledger.

use domain::{Refusal, refusal::Code, step::IllegalTransition};

/// Why the ledger did not do something. Whatever it is, nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Open for reading only; the text says why.
    #[error("the ledger is open for reading only: {0}")]
    ReadOnly(String),
    /// What happened does not fit the state of the step.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    /// The attempt has been given up and another one was made since.
    #[error("attempt {attempt} of {step} is over")]
    Stale {
        /// Step.
        step: String,
        /// Attempt that came too late.
        attempt: u32,
    },
    /// A page or row of the file cannot be read.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] sqlite::OpenError),
    /// The engine refused (disk full, for one).
    #[error("the ledger cannot be written or read: {0}")]
    Engine(sqlx::Error),
    /// A file outside the database.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

impl From<sqlx::Error> for LedgerError {
    fn from(error: sqlx::Error) -> Self {
        if sqlite::is_damage(&error) {
            Self::Damaged("a page of it cannot be read".into())
        } else {
            Self::Engine(error)
        }
    }
}

impl From<sqlite::ReadOnly> for LedgerError {
    fn from(error: sqlite::ReadOnly) -> Self {
        Self::ReadOnly(error.0)
    }
}

impl LedgerError {
    /// As a refusal, for those who show it.
    #[must_use]
    pub fn to_refusal(&self) -> Refusal {
        let code = match self {
            Self::Refused(refusal) => return refusal.clone(),
            Self::ReadOnly(_) => Code::Locked,
            Self::Illegal(_) | Self::Stale { .. } => Code::State,
            Self::Damaged(_) => Code::Integrity,
            Self::Open(
                sqlite::OpenError::Damaged { .. }
                | sqlite::OpenError::WrongKey { .. }
                | sqlite::OpenError::Newer { .. },
            ) => Code::Integrity,
            Self::Open(_) | Self::Engine(_) | Self::File(_) => Code::Internal,
        };
        Refusal::new(code, self.to_string())
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        let id: String = id.chars().take(80).collect();
        Refusal::new(Code::NotFound, format!("There is no {what} '{id}'.")).into()
    }

    pub(crate) fn state(message: impl Into<String>) -> Self {
        Refusal::new(Code::State, message).into()
    }

    pub(crate) fn field(message: impl Into<String>) -> Self {
        Refusal::new(Code::Field, message).into()
    }
}
