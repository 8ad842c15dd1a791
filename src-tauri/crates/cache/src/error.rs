//! What can go wrong in a file that may be refilled.

/// Why the cache could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It could not be opened.
    #[error(transparent)]
    Open(#[from] sqlite::OpenError),
    /// It is open for reading only.
    #[error(transparent)]
    ReadOnly(#[from] sqlite::ReadOnly),
    /// The engine refused.
    #[error("cache: {0}")]
    Sql(#[from] sqlx::Error),
    /// A stored record is not what this version writes.
    #[error("cache: a stored record cannot be read: {0}")]
    Record(#[from] serde_json::Error),
    /// The file could not be moved aside.
    #[error("cache: {0}")]
    Io(#[from] std::io::Error),
    /// Bytes over the limit.
    #[error("{size} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes offered.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// Bytes that do not have the hash they were announced with.
    #[error("bytes announced as {announced} are {found}")]
    OtherBytes {
        /// Hash announced.
        announced: String,
        /// Hash of the bytes.
        found: String,
    },
}

impl CacheError {
    /// Whether the file itself is damaged: it is set aside and refilled at the next start.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Open(sqlite::OpenError::Damaged { .. }) => true,
            Self::Sql(error) => sqlite::is_damage(error),
            _ => false,
        }
    }
}
