//! Opening a database file.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    ChangeFeed, Key, Migration, OpenError, ReadOnly, Reader, Writer,
    at_exit::{Alive, Held},
    error::first_look,
    migrate,
};

/// What a database is for, which decides how it is synced and how much memory it may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Nothing committed may be lost: WAL with `synchronous = FULL`; copied aside before its schema changes.
    Ledger,
    /// May be refilled: WAL with `synchronous = NORMAL`, larger page caches.
    Cache,
}

impl Profile {
    const fn readers(self) -> u32 {
        match self {
            Self::Ledger => 2,
            Self::Cache => 3,
        }
    }

    /// Pages in the log after which it is copied into the file. A page that many pulled records touch is written to the log
    /// for each transaction and copied once.
    const fn checkpoint_pages(self) -> &'static str {
        match self {
            Self::Ledger => "1000",
            Self::Cache => "8000",
        }
    }

    /// Page cache per connection in KiB, for the writer and for each reader.
    const fn page_cache(self) -> (u32, u32) {
        match self {
            Self::Ledger => (16_384, 8_192),
            Self::Cache => (24_576, 8_192),
        }
    }
}

/// Whether to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Makes the file if needed and brings its schema up to date. The caller holds the [`crate::FolderLock`].
    ReadWrite,
    /// Reads only; any schema version is accepted, see [`Database::version`].
    ReadOnly,
}

/// Which file to open, and how.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The file.
    pub path: PathBuf,
    /// What it is for.
    pub profile: Profile,
    /// Its whole schema, in order.
    pub migrations: &'static [Migration],
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    path: PathBuf,
    writer: Option<Writer>,
    reader: Reader,
    feed: ChangeFeed,
    version: i64,
    copied_to: Option<PathBuf>,
}

impl Database {
    /// Opens a file.
    ///
    /// # Errors
    /// An [`OpenError`]; the file is as it was before, except for migrations that were completed.
    pub async fn open(spec: &Spec, key: &Key, mode: Mode) -> Result<Self, OpenError> {
        let name = file_name(&spec.path);
        let io = |e: std::io::Error| OpenError::Io {
            file: name.clone(),
            message: e.to_string(),
        };
        let feed = ChangeFeed::default();
        let (mut writer, mut version, mut copied_to) = (None, 0, None);
        match mode {
            Mode::ReadOnly if !spec.path.is_file() => {
                return Err(OpenError::Absent { file: name });
            }
            Mode::ReadOnly => {}
            Mode::ReadWrite => {
                if let Some(folder) = spec.path.parent() {
                    crate::files::private_folder(folder).map_err(io)?;
                }
                // SQLite gives its log and index files the permissions of the database file.
                crate::files::touch_private(&spec.path).map_err(io)?;
                let pool = write_pool(spec, key, &name).await?;
                match prepare(&pool, spec, &name, key).await {
                    Ok((now, copy)) => {
                        version = now;
                        copied_to = copy;
                    }
                    Err(error) => {
                        pool.close().await;
                        return Err(error);
                    }
                }
                writer = Some(Writer {
                    pool,
                    feed: feed.clone(),
                    _held: Arc::new(Held::new()),
                });
            }
        }
        let reader = Reader {
            pool: read_pool(spec, key),
            _held: Arc::new(Held::new()),
        };
        if mode == Mode::ReadOnly {
            let found = match migrate::found(reader.pool()).await {
                Ok(found) => found,
                Err(error) => {
                    reader.pool.close().await;
                    return Err(first_look(&name, &error, key.was_checked()));
                }
            };
            version = found.version();
        }
        crate::at_exit::wait_at_exit();
        Ok(Self {
            path: spec.path.clone(),
            writer,
            reader,
            feed,
            version,
            copied_to,
        })
    }

    /// The one connection that writes.
    ///
    /// # Errors
    /// [`ReadOnly`] when it was opened for reading only.
    pub fn writer(&self) -> Result<&Writer, ReadOnly> {
        self.writer
            .as_ref()
            .ok_or_else(|| ReadOnly(file_name(&self.path)))
    }

    /// The connections that read.
    #[must_use]
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What changed, told after each commit.
    #[must_use]
    pub fn changes(&self) -> &ChangeFeed {
        &self.feed
    }

    /// Version of the schema in the file.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Where the file was copied to before its schema changed, if it did.
    #[must_use]
    pub fn copied_to(&self) -> Option<&Path> {
        self.copied_to.as_deref()
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the whole file and says what is wrong with it; empty when nothing is. Takes seconds on a large file, so it is
    /// asked for and never part of a start.
    ///
    /// # Errors
    /// What the engine says beyond damage.
    pub async fn quick_check(&self) -> Result<Vec<String>, sqlx::Error> {
        let mut found = Vec::new();
        for (statement, fine) in [
            ("pragma cipher_integrity_check", ""),
            ("pragma quick_check(100)", "ok"),
        ] {
            match sqlx::query_scalar::<_, String>(statement)
                .fetch_all(self.reader.pool())
                .await
            {
                Ok(lines) => found.extend(lines.into_iter().filter(|line| line != fine)),
                Err(error) if crate::is_damage(&error) => found.push(error.to_string()),
                Err(error) => return Err(error),
            }
            if !found.is_empty() {
                // A page that does not decrypt makes its connection useless; do not meet it on purpose.
                break;
            }
        }
        Ok(found)
    }

    /// Closes every connection; the last commit is on disk and the log is moved into the file.
    pub async fn close(&self) {
        self.reader.pool.close().await;
        if let Some(writer) = &self.writer {
            if let Err(error) = writer.checkpoint().await {
                tracing::debug!(%error, "the log stays beside the file until the next start");
            }
            writer.pool.close().await;
        }
    }
}

async fn prepare(
    pool: &sqlx::SqlitePool,
    spec: &Spec,
    name: &str,
    key: &Key,
) -> Result<(i64, Option<PathBuf>), OpenError> {
    let found = migrate::found(pool)
        .await
        .map_err(|e| first_look(name, &e, key.was_checked()))?;
    migrate::judge(name, &found, spec.migrations)?;
    let copies = spec.profile == Profile::Ledger;
    let copy = migrate::apply(pool, &spec.path, name, &found, spec.migrations, copies).await?;
    Ok((spec.migrations.last().map_or(0, |m| m.version), copy))
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    )
}

/// Settings every connection shares. The key is given in a pragma whose text sqlx would otherwise write to the log, so
/// statement logging goes off before it.
fn options(spec: &Spec, key: &Key, cache_kib: u32) -> SqliteConnectOptions {
    let alive = Alive::new();
    SqliteConnectOptions::new()
        .filename(&spec.path)
        .disable_statement_logging()
        // The second pragma rides behind the first because it must come before the first page is read: SQLCipher writes
        // to standard error when a page does not decrypt.
        .pragma(
            "key",
            format!("{}; PRAGMA cipher_log_level = NONE", key.pragma_value()),
        )
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(256)
        .synchronous(match spec.profile {
            Profile::Ledger => SqliteSynchronous::Full,
            Profile::Cache => SqliteSynchronous::Normal,
        })
        .foreign_keys(true)
        .pragma("cache_size", format!("-{cache_kib}"))
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "0")
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on")
        // Used by no statement. The engine lets go of it last when it closes a file, which is how its end is noticed.
        .collation("closes_last", move |a, b| {
            let _ = &alive;
            a.cmp(b)
        })
}

async fn write_pool(spec: &Spec, key: &Key, name: &str) -> Result<sqlx::SqlitePool, OpenError> {
    let options = options(spec, key, spec.profile.page_cache().0)
        // What is deleted from a ledger is overwritten; a cache has too much of it and nothing that is not elsewhere.
        .pragma(
            "secure_delete",
            match spec.profile {
                Profile::Ledger => "on",
                Profile::Cache => "off",
            },
        )
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("wal_autocheckpoint", spec.profile.checkpoint_pages())
        .pragma("journal_size_limit", "67108864");
    let pool = pool_options(1).connect_lazy_with(options);
    // The key is not looked at before the first page is.
    match sqlx::query("select count(*) from sqlite_master")
        .execute(&pool)
        .await
    {
        Ok(_) => Ok(pool),
        Err(error) => {
            pool.close().await;
            Err(first_look(name, &error, key.was_checked()))
        }
    }
}

fn read_pool(spec: &Spec, key: &Key) -> sqlx::SqlitePool {
    let options = options(spec, key, spec.profile.page_cache().1)
        .read_only(true)
        .pragma("query_only", "on")
        .pragma("wal_autocheckpoint", "0");
    pool_options(spec.profile.readers()).connect_lazy_with(options)
}

fn pool_options(size: u32) -> SqlitePoolOptions {
    // Connections live as long as the database: a fresh one would start with an empty page cache.
    SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(Duration::from_secs(60))
}
