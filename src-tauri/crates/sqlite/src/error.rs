//! Why a database does not open, in the four kinds people can act on.

/// Why a database could not be opened. Nothing on disk was replaced or deleted, whichever it is.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The key does not open this file.
    #[error("the key does not open {file}")]
    WrongKey {
        /// Name of the file.
        file: String,
    },
    /// A later version of the program wrote it.
    #[error(
        "{file} was written by a later version of this program (schema {found}, known {known})"
    )]
    Newer {
        /// Name of the file.
        file: String,
        /// Version found.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// It cannot be read as a database, or a migration that was applied is not the one this program knows.
    #[error("{file} is damaged: {message}")]
    Damaged {
        /// Name of the file.
        file: String,
        /// What was found.
        message: String,
    },
    /// It has an older schema and was opened for reading only.
    #[error("{file} has an older schema ({found}, needed {known}) and is open for reading only")]
    Older {
        /// Name of the file.
        file: String,
        /// Version found.
        found: i64,
        /// Version needed.
        known: i64,
    },
    /// It is not there and was to be opened for reading only.
    #[error("{file} does not exist")]
    Absent {
        /// Name of the file.
        file: String,
    },
    /// The file system or the engine refused.
    #[error("{file} cannot be opened: {message}")]
    Io {
        /// Name of the file.
        file: String,
        /// What was said.
        message: String,
    },
}

/// Whether the engine says that the file itself is damaged: a corrupt page, or one that does not decrypt. SQLCipher reports
/// the latter beyond page 1 as a bare "SQL logic error", which no faulty statement gives.
#[must_use]
pub fn is_damage(error: &sqlx::Error) -> bool {
    match primary_code(error) {
        Some(11 | 26) => true,
        Some(1) => matches!(error, sqlx::Error::Database(e) if e.message() == "SQL logic error"),
        _ => false,
    }
}

pub(crate) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    match error {
        sqlx::Error::Database(e) => e.code()?.parse::<i32>().ok().map(|code| code & 0xff),
        _ => None,
    }
}

/// Maps an error of the first look at a file. Code 26 means that page 1 does not decrypt: the key is wrong, unless the
/// key itself was checked before; then the page is.
pub(crate) fn first_look(file: &str, error: &sqlx::Error, key_was_checked: bool) -> OpenError {
    match primary_code(error) {
        Some(26) if !key_was_checked => OpenError::WrongKey { file: file.into() },
        Some(26) => OpenError::Damaged {
            file: file.into(),
            message: "its first page cannot be read with the key of this folder".into(),
        },
        _ if is_damage(error) => OpenError::Damaged {
            file: file.into(),
            message: "a page of it cannot be read".into(),
        },
        Some(14) => OpenError::Io {
            file: file.into(),
            message: "the file cannot be opened".into(),
        },
        _ => OpenError::Io {
            file: file.into(),
            message: error.to_string(),
        },
    }
}
