//! Reading: a small pool that cannot write.

use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::at_exit::Held;

/// Read-only connections. They neither write nor checkpoint.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(crate) pool: SqlitePool,
    pub(crate) _held: Arc<Held>,
}

impl Reader {
    /// For single statements: `sqlx::query(...).fetch_all(reader.pool())`.
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// For several statements that must see the same state.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn snapshot(&self) -> Result<Snapshot, sqlx::Error> {
        Ok(Snapshot {
            inner: self.pool.begin().await?,
        })
    }
}

/// One state of the database, for several statements. Dropping it ends it.
#[derive(Debug)]
pub struct Snapshot {
    inner: Transaction<'static, Sqlite>,
}

impl std::ops::Deref for Snapshot {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.inner
    }
}

impl std::ops::DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}
