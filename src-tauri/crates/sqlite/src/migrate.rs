//! Embedded migrations, applied in order, each in its own transaction and remembered with its checksum.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row, SqlitePool};

use crate::{OpenError, error::first_look};

/// One step of a schema. A released one is never edited.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// From 1, without gaps.
    pub version: i64,
    /// What it brings, in a few words.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

impl Migration {
    fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.sql.as_bytes()))
    }
}

/// What the file says about its schema.
pub(crate) struct Found {
    pub(crate) applied: Vec<(i64, String)>,
}

impl Found {
    pub(crate) fn version(&self) -> i64 {
        self.applied.last().map_or(0, |(version, _)| *version)
    }
}

pub(crate) async fn found(pool: &SqlitePool) -> Result<Found, sqlx::Error> {
    let there: i64 = sqlx::query_scalar(
        "select count(*) from sqlite_master where type = 'table' and name = 'migration'",
    )
    .fetch_one(pool)
    .await?;
    let mut applied = Vec::new();
    if there > 0 {
        for row in sqlx::query("select version, checksum from migration order by version")
            .fetch_all(pool)
            .await?
        {
            applied.push((row.try_get(0)?, row.try_get(1)?));
        }
    }
    Ok(Found { applied })
}

/// Whether what was applied is what this program knows.
pub(crate) fn judge(file: &str, found: &Found, known: &[Migration]) -> Result<(), OpenError> {
    let newest = known.last().map_or(0, |m| m.version);
    if found.version() > newest {
        return Err(OpenError::Newer {
            file: file.into(),
            found: found.version(),
            known: newest,
        });
    }
    for (version, checksum) in &found.applied {
        let same = known
            .iter()
            .any(|m| m.version == *version && m.checksum() == *checksum);
        if !same {
            return Err(OpenError::Damaged {
                file: file.into(),
                message: format!("schema step {version} is not the one this program knows"),
            });
        }
    }
    Ok(())
}

/// Applies what is missing. With `copies`, the file is first copied aside under the same key.
pub(crate) async fn apply(
    pool: &SqlitePool,
    file: &Path,
    name: &str,
    found: &Found,
    known: &[Migration],
    copies: bool,
) -> Result<Option<PathBuf>, OpenError> {
    let fail = |error: sqlx::Error| match first_look(name, &error, true) {
        OpenError::Io { file, message } => OpenError::Io {
            file,
            message: format!("schema step failed, nothing was changed: {message}"),
        },
        other => other,
    };
    let mut copy = None;
    for migration in known.iter().filter(|m| m.version > found.version()) {
        if copies && found.version() > 0 {
            copy = Some(
                copy_aside(pool, file, migration.version - 1)
                    .await
                    .map_err(|message| OpenError::Io {
                        file: name.into(),
                        message,
                    })?,
            );
        }
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.map_err(fail)?;
        sqlx::raw_sql(
            "create table if not exists migration (version integer primary key, name text not null, checksum text not null)",
        )
        .execute(&mut *tx)
        .await
        .map_err(fail)?;
        sqlx::raw_sql(migration.sql)
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        sqlx::query("insert into migration (version, name, checksum) values (?, ?, ?)")
            .bind(migration.version)
            .bind(migration.name)
            .bind(migration.checksum())
            .execute(&mut *tx)
            .await
            .map_err(fail)?;
        tx.commit().await.map_err(fail)?;
    }
    Ok(copy)
}

/// Copies the database to `FILE.vN.bak` under the same key, whole or not at all. An earlier copy of the same version is
/// kept: it is the older state.
async fn copy_aside(pool: &SqlitePool, file: &Path, version: i64) -> Result<PathBuf, String> {
    let mut target = file.as_os_str().to_owned();
    target.push(format!(".v{version}.bak"));
    let target = PathBuf::from(target);
    if target.exists() {
        return Ok(target);
    }
    let mut half = target.as_os_str().to_owned();
    half.push(".new");
    let half = PathBuf::from(half);
    let _ = std::fs::remove_file(&half);
    let quoted = half
        .to_str()
        .ok_or("the path of the data folder is not text")?
        .replace('\'', "''");
    sqlx::query(AssertSqlSafe(format!("vacuum into '{quoted}'")))
        .execute(pool)
        .await
        .map_err(|e| format!("it could not be copied aside before its schema changes: {e}"))?;
    let finish = || -> std::io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&half, std::fs::Permissions::from_mode(0o600))?;
        }
        std::fs::File::open(&half)?.sync_all()?;
        std::fs::rename(&half, &target)?;
        crate::files::sync_folder(&target);
        Ok(())
    };
    finish().map_err(|e| e.to_string())?;
    Ok(target)
}
