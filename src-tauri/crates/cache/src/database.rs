//! Opening `cache.db`. It may be deleted: a damaged one is moved aside and refilled.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use domain::{Kind, policy::Policy, record::Record};
use sqlite::{Database, Key, Migration, Mode, OpenError, Profile, Reader, Spec, Writer};

use crate::{
    CacheError,
    apply::write,
    mirror::{Derivation, Shown},
};

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "mirror",
        sql: include_str!("../migrations/0001_mirror.sql"),
    },
    Migration {
        version: 2,
        name: "halves",
        sql: include_str!("../migrations/0002_halves.sql"),
    },
    Migration {
        version: 3,
        name: "wire",
        sql: include_str!("../migrations/0003_wire.sql"),
    },
    Migration {
        version: 4,
        name: "order lines",
        sql: include_str!("../migrations/0004_order_lines.sql"),
    },
];

/// The mirror of the six systems.
#[derive(Debug, Clone)]
pub struct Cache {
    database: Database,
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    policy: RwLock<Arc<Policy>>,
    set_aside: Option<PathBuf>,
}

impl Cache {
    /// Opens the file, making it if needed. A damaged one, or one of a later version, is moved aside and an empty one takes
    /// its place: the next pull refills it.
    ///
    /// # Errors
    /// A wrong key, a file system that refuses, or (for reading only) a file that is absent or damaged.
    pub async fn open(
        path: &Path,
        key: &Key,
        mode: Mode,
        policy: Arc<Policy>,
    ) -> Result<Self, CacheError> {
        let spec = Spec {
            path: path.to_owned(),
            profile: Profile::Cache,
            migrations: MIGRATIONS,
        };
        let mut set_aside = None;
        if mode == Mode::ReadWrite && marker(path).exists() {
            set_aside = Some(move_aside(path)?);
        }
        let database = match Database::open(&spec, key, mode).await {
            Ok(database) => database,
            Err(OpenError::Damaged { message, .. }) if mode == Mode::ReadWrite => {
                tracing::warn!(%message, "the cache is damaged and starts empty");
                set_aside = Some(move_aside(path)?);
                Database::open(&spec, key, mode).await?
            }
            Err(OpenError::Newer { found, known, .. }) if mode == Mode::ReadWrite => {
                tracing::warn!(
                    found,
                    known,
                    "the cache is of a later version and starts empty"
                );
                set_aside = Some(move_aside(path)?);
                Database::open(&spec, key, mode).await?
            }
            Err(error) => return Err(error.into()),
        };
        let with = |database, set_aside| Self {
            database,
            inner: Arc::new(Inner {
                policy: RwLock::new(policy.clone()),
                set_aside,
            }),
        };
        let cache = with(database, set_aside);
        if mode == Mode::ReadOnly {
            return Ok(cache);
        }
        match cache.set_policy(policy.clone()).await {
            Err(error) if error.is_damage() => {
                tracing::warn!(%error, "the cache is damaged and starts empty");
                cache.close().await;
                let set_aside = Some(move_aside(path)?);
                let cache = with(Database::open(&spec, key, mode).await?, set_aside);
                cache.set_policy(policy.clone()).await?;
                Ok(cache)
            }
            done => done.map(|()| cache),
        }
    }

    /// Where a damaged file was moved to by this start, if it was.
    #[must_use]
    pub fn set_aside(&self) -> Option<&Path> {
        self.inner.set_aside.as_deref()
    }

    /// The file and its connections: version, change feed, quick check, checkpoint.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Name of this filling of the cache: positions in its change log mean nothing in another one.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn filling(&self) -> Result<String, CacheError> {
        Ok(
            sqlx::query_scalar("select value from meta where name = 'filling'")
                .fetch_optional(self.reader().pool())
                .await?
                .unwrap_or_default(),
        )
    }

    /// Brings another policy in force: partners of documents are found again by its addresses, and every rule is applied
    /// again at the next check.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn set_policy(&self, policy: Arc<Policy>) -> Result<(), CacheError> {
        let hash = policy.hash();
        *self
            .inner
            .policy
            .write()
            .unwrap_or_else(PoisonError::into_inner) = policy.clone();
        let mut tx = self.writer()?.begin().await?;
        sqlx::query(
            "insert or ignore into meta (name, value) values ('filling', lower(hex(randomblob(16))))",
        )
        .execute(&mut *tx)
        .await?;
        let before: Option<String> =
            sqlx::query_scalar("select value from meta where name = 'policy'")
                .fetch_optional(&mut *tx)
                .await?;
        if before.as_ref() != Some(&hash) {
            let shown = Shown::new();
            let derivation = Derivation {
                policy: &policy,
                shown: &shown,
            };
            let ids: Vec<String> = sqlx::query_scalar("select id from document")
                .fetch_all(&mut *tx)
                .await?;
            readdress(&mut tx, &ids, &derivation).await?;
            for statement in [
                "insert or replace into recheck (scope, at) \
                 select distinct 'thread:' || party || char(31) || order_number, 0 from document where order_number <> ''",
                "insert or replace into recheck (scope, at) select 'document:' || id, 0 from document",
                "insert or replace into recheck (scope, at) \
                 select distinct 'controls:' || sender, 0 from document where direction = 'inbound'",
                "insert or replace into recheck (scope, at) \
                 select 'certificate:' || id, 0 from space_item where item_kind = 'certificate'",
                // Scopes of parties that have another name now raise nothing and are closed.
                "insert or replace into recheck (scope, at) select distinct scope, 0 from finding where state <> 'closed'",
            ] {
                sqlx::query(statement).execute(&mut *tx).await?;
            }
            sqlx::query("insert or replace into meta (name, value) values ('policy', ?1)")
                .bind(&hash)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.inner
            .policy
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets one cursor: its collection is read again from the beginning.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn forget_cursor(
        &self,
        system: domain::System,
        collection: &str,
    ) -> Result<(), CacheError> {
        let mut tx = self.writer()?.begin().await?;
        sqlx::query("delete from cursor where system = ?1 and collection = ?2")
            .bind(system.as_str())
            .bind(collection)
            .execute(&mut *tx)
            .await?;
        tx.announce("status", "cursor");
        tx.commit().await?;
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.database.close().await;
    }

    pub(crate) fn reader(&self) -> &Reader {
        self.database.reader()
    }

    pub(crate) fn writer(&self) -> Result<&Writer, CacheError> {
        Ok(self.database.writer()?)
    }

    /// Remembers beside the file that it is damaged, if that is what the error says: the next start moves it aside.
    pub fn note_damage(&self, error: &CacheError) {
        if error.is_damage() {
            mark_damaged(self.database.path());
        }
    }
}

/// Remembers beside a cache that it is damaged: the next start moves it aside.
pub fn mark_damaged(path: &Path) {
    if let Err(error) = sqlite::files::touch_private(&marker(path)) {
        tracing::warn!(%error, "the damaged cache could not be marked");
    }
}

/// Finds party and partner of documents again.
async fn readdress(
    tx: &mut sqlite::Tx,
    ids: &[String],
    derivation: &Derivation<'_>,
) -> Result<(), CacheError> {
    let Some(table) = crate::mirror::table(Kind::Document) else {
        return Ok(());
    };
    for part in ids.chunks(2_000) {
        let records = write::records(tx, Kind::Document, &table, part).await?;
        let sets: Vec<(&str, &str, &str, &str)> = records
            .values()
            .filter_map(|record| match record {
                Record::Document(d) => {
                    let other = crate::mirror::party(d, derivation.policy);
                    Some((
                        d.id.as_str(),
                        other.key,
                        other.partner_id.unwrap_or_default(),
                        other.name,
                    ))
                }
                _ => None,
            })
            .collect();
        sqlx::query(
            "update document set party = s.value ->> 1, partner_id = s.value ->> 2, partner_name = s.value ->> 3 \
             from json_each(?1) s where document.id = s.value ->> 0 \
               and (party, partner_id, partner_name) is not (s.value ->> 1, s.value ->> 2, s.value ->> 3)",
        )
        .bind(crate::sql::json(&sets)?)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn marker(path: &Path) -> PathBuf {
    beside(path, ".damaged")
}

/// Moves the file and what lies beside it; the one that was moved before is replaced: it holds nothing that cannot be
/// pulled again.
fn move_aside(path: &Path) -> std::io::Result<PathBuf> {
    let target = beside(path, ".aside");
    let remove = |path: &Path| match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    remove(&target)?;
    match std::fs::rename(path, &target) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for suffix in ["-wal", "-shm"] {
        remove(&beside(path, suffix))?;
    }
    remove(&marker(path))?;
    Ok(target)
}
