//! Opening the ledger.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use sqlite::{ChangeFeed, Database, Key, Migration, Mode, OpenError, Profile, Reader, Spec, Tx};

use crate::LedgerError;

/// Name of the file in the data folder.
const NAME: &str = "ledger.db";

/// The schema, in order. Released steps are never edited.
const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "actions, steps, drafts, signatures, audit",
        sql: include_str!("schema/0001_first.sql"),
    },
    Migration {
        version: 2,
        name: "batches",
        sql: include_str!("schema/0002_batches.sql"),
    },
];

/// The ledger: what people decided, what became of it, and the chain that proves it.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(crate) database: Database,
    read_only: Option<Arc<str>>,
    policy_hash: Arc<RwLock<String>>,
}

impl Ledger {
    /// Whether a data folder has a ledger already.
    #[must_use]
    pub fn exists(folder: &Path) -> bool {
        folder.join(NAME).exists()
    }

    /// Opens the ledger of a data folder with the key of that folder. For writing, the caller holds the folder's lock.
    ///
    /// A ledger that may not be written (a later schema, a damaged page) is opened for reading only, and
    /// [`Ledger::read_only`] says why; it is never replaced.
    ///
    /// # Errors
    /// [`LedgerError::Open`] when it cannot be read at all.
    pub async fn open(folder: &Path, key: &Key, mode: Mode) -> Result<Self, LedgerError> {
        let spec = Spec {
            path: folder.join(NAME),
            profile: Profile::Ledger,
            migrations: MIGRATIONS,
        };
        let key = key.derive("ledger");
        if mode == Mode::ReadOnly {
            let database = Database::open(&spec, &key, Mode::ReadOnly).await?;
            return Ok(Self::with(
                database,
                Some("another process owns this data folder, or only reading was asked for"),
            ));
        }
        let fault = match Database::open(&spec, &key, Mode::ReadWrite).await {
            Ok(database) => {
                let ledger = Self::with(database, None);
                match ledger.probe().await {
                    Ok(()) => return Ok(ledger),
                    Err(error @ LedgerError::Damaged(_)) => {
                        ledger.close().await;
                        error.to_string()
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(error @ (OpenError::Newer { .. } | OpenError::Damaged { .. })) => error.to_string(),
            Err(error) => return Err(error.into()),
        };
        tracing::warn!(reason = %fault, "the ledger is opened for reading only");
        let database = Database::open(&spec, &key, Mode::ReadOnly).await?;
        Ok(Self::with(database, Some(&fault)))
    }

    fn with(database: Database, read_only: Option<&str>) -> Self {
        Self {
            database,
            read_only: read_only.map(Arc::from),
            policy_hash: Arc::default(),
        }
    }

    /// Touches what every start needs, so that damage there is met now and not in the middle of a decision.
    async fn probe(&self) -> Result<(), LedgerError> {
        for statement in [
            "select count(*) from (select hash, record from audit order by seq desc limit 2)",
            "select count(*) from lane join step on step.seq = lane.head where ready = 1",
            "select count(*) from (select args from step where open = 1 order by seq limit 200)",
            "select count(*) from setting",
        ] {
            sqlx::query_scalar::<_, i64>(statement)
                .fetch_one(self.reader().pool())
                .await?;
        }
        Ok(())
    }

    /// Why it is open for reading only, if it is.
    #[must_use]
    pub fn read_only(&self) -> Option<&str> {
        self.read_only.as_deref()
    }

    /// What changed, told after commit. Topics are in [`crate::topic`].
    #[must_use]
    pub fn changes(&self) -> &ChangeFeed {
        self.database.changes()
    }

    /// Sets the hash of the policy in force, which stands in every audit record from now on.
    pub fn set_policy_hash(&self, hash: impl Into<String>) {
        *self
            .policy_hash
            .write()
            .unwrap_or_else(PoisonError::into_inner) = hash.into();
    }

    pub(crate) fn policy_hash(&self) -> String {
        self.policy_hash
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads the whole file and says what is wrong with it; empty when nothing is.
    ///
    /// # Errors
    /// What the engine says beyond damage.
    pub async fn check(&self) -> Result<Vec<String>, LedgerError> {
        Ok(self.database.quick_check().await?)
    }

    /// Writes the whole file anew, so that nothing of what was overwritten or deleted is left in it.
    ///
    /// # Errors
    /// A [`LedgerError`]; nothing is lost then.
    pub async fn write_anew(&self) -> Result<(), LedgerError> {
        Ok(self.database.writer()?.write_anew().await?)
    }

    /// Version of the schema in the file.
    #[must_use]
    pub fn schema_version(&self) -> i64 {
        self.database.version()
    }

    /// Closes it: the log is moved into the file. What was committed is on disk either way.
    pub async fn close(&self) {
        self.database.close().await;
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.database.reader()
    }

    pub(crate) async fn begin(&self) -> Result<Tx, LedgerError> {
        if let Some(reason) = &self.read_only {
            return Err(LedgerError::ReadOnly(reason.to_string()));
        }
        Ok(self.database.writer()?.begin().await?)
    }
}
