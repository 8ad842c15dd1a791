//! Writing: exactly one connection, which also does every checkpoint.

use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::{ChangeFeed, Changes, at_exit::Held};

/// The database is open for reading only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("open for reading only: {0}")]
pub struct ReadOnly(pub String);

/// The one connection that writes.
#[derive(Debug, Clone)]
pub struct Writer {
    pub(crate) pool: SqlitePool,
    pub(crate) feed: ChangeFeed,
    pub(crate) _held: Arc<Held>,
}

impl Writer {
    /// Starts a transaction that has the write lock from its beginning. Waits for the one before it.
    ///
    /// # Errors
    /// When the connection cannot be had or the lock is not given.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(Tx {
            inner: self.pool.begin_with("BEGIN IMMEDIATE").await?,
            changes: Changes::default(),
            feed: self.feed.clone(),
        })
    }

    /// Moves the write-ahead log into the file and empties it, as far as readers allow.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn checkpoint(&self) -> Result<(), sqlx::Error> {
        sqlx::query("pragma wal_checkpoint(truncate)")
            .execute(&self.pool)
            .await
            .map(drop)
    }

    /// Writes the whole file anew and empties the log, so that nothing of what was overwritten or deleted is left. Takes as
    /// long as a copy, and about as much memory as the file is large.
    ///
    /// # Errors
    /// What the engine says; the file is as it was then.
    pub async fn write_anew(&self) -> Result<(), sqlx::Error> {
        sqlx::query("vacuum").execute(&self.pool).await?;
        self.checkpoint().await
    }

    /// Lets the engine refresh its statistics where it thinks they are stale.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn optimize(&self) -> Result<(), sqlx::Error> {
        sqlx::query("pragma optimize")
            .execute(&self.pool)
            .await
            .map(drop)
    }
}

/// A write transaction. Dropped without [`Tx::commit`] it leaves nothing behind and announces nothing.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Sqlite>,
    changes: Changes,
    feed: ChangeFeed,
}

impl Tx {
    /// Notes a change, told to listeners after commit.
    pub fn announce(&mut self, topic: &'static str, id: impl Into<String>) {
        self.changes.add(topic, id.into());
    }

    /// Notes that a whole topic changed.
    pub fn announce_many(&mut self, topic: &'static str) {
        self.changes.add_many(topic);
    }

    /// Commits, then tells the listeners, once.
    ///
    /// # Errors
    /// What the engine says; then nothing was written and nothing is told.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await?;
        self.feed.announce(self.changes);
        Ok(())
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.inner.rollback().await
    }
}

impl std::ops::Deref for Tx {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.inner
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.inner
    }
}
