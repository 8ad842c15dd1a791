//! Bytes that were opened or pinned: letters, attachments, payloads; in rows of 1 MiB, under their SHA-256.

use domain::{Millis, ObjectRef, canonical::sha256_hex, time::DAY};
use sqlx::SqliteConnection;

use crate::{Cache, CacheError, sql::column};

/// Most bytes of one thing.
pub const MAX_BLOB_BYTES: u64 = 25 * 1024 * 1024;
const CHUNK: usize = 1024 * 1024;

/// What is known of stored bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobInfo {
    /// SHA-256 in hex.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Media type as told.
    pub media_type: String,
    /// Safe file name.
    pub name: String,
    /// Stored.
    pub stored_at: Millis,
}

impl Cache {
    /// Stores bytes for an object; `announced` is the hash its record names, if any. Returns the hash.
    ///
    /// # Errors
    /// Bytes over the limit or with another hash than announced; what the engine says.
    pub async fn put_blob(
        &self,
        object: &ObjectRef,
        case_id: Option<&str>,
        announced: Option<&str>,
        (name, media_type): (&str, &str),
        bytes: &[u8],
        now: Millis,
    ) -> Result<String, CacheError> {
        let size = bytes.len() as u64;
        if size > MAX_BLOB_BYTES {
            return Err(CacheError::TooLarge {
                size,
                limit: MAX_BLOB_BYTES,
            });
        }
        let sha256 = sha256_hex(bytes);
        if let Some(announced) = announced.filter(|a| !a.is_empty())
            && !announced.eq_ignore_ascii_case(&sha256)
        {
            return Err(CacheError::OtherBytes {
                announced: announced.to_owned(),
                found: sha256,
            });
        }
        let mut tx = self.writer()?.begin().await?;
        let added = sqlx::query(
            "insert or ignore into blob (sha256, size, media_type, name, stored_at, used_at) values (?1, ?2, ?3, ?4, ?5, ?5)",
        )
        .bind(&sha256)
        .bind(i64::try_from(size).unwrap_or(i64::MAX))
        .bind(media_type)
        .bind(name)
        .bind(now.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if added > 0 {
            for (number, chunk) in (0_i64..).zip(bytes.chunks(CHUNK)) {
                sqlx::query("insert into blob_chunk (sha256, number, bytes) values (?1, ?2, ?3)")
                    .bind(&sha256)
                    .bind(number)
                    .bind(chunk.to_vec())
                    .execute(&mut *tx)
                    .await?;
            }
        }
        sqlx::query(
            "insert or replace into blob_object (object, sha256, case_id) values (?1, ?2, ?3)",
        )
        .bind(object.to_string())
        .bind(&sha256)
        .bind(case_id.unwrap_or_default())
        .execute(&mut *tx)
        .await?;
        tx.announce(object.kind.as_str(), object.to_string());
        tx.commit().await?;
        Ok(sha256)
    }

    /// The hash of the bytes stored for an object.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn blob_of(&self, object: &ObjectRef) -> Result<Option<BlobInfo>, CacheError> {
        let sha256: Option<String> =
            sqlx::query_scalar("select sha256 from blob_object where object = ?1")
                .bind(object.to_string())
                .fetch_optional(self.reader().pool())
                .await?;
        match sha256 {
            Some(sha256) => self.blob_info(&sha256).await,
            None => Ok(None),
        }
    }

    /// What is known of bytes.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn blob_info(&self, sha256: &str) -> Result<Option<BlobInfo>, CacheError> {
        let row =
            sqlx::query("select size, media_type, name, stored_at from blob where sha256 = ?1")
                .bind(sha256)
                .fetch_optional(self.reader().pool())
                .await?;
        row.map(|row| {
            Ok(BlobInfo {
                sha256: sha256.to_owned(),
                size: u64::try_from(column::<i64>(&row, 0)?).unwrap_or(0),
                media_type: column(&row, 1)?,
                name: column(&row, 2)?,
                stored_at: Millis(column(&row, 3)?),
            })
        })
        .transpose()
    }

    /// The bytes with this hash, compared with it once more; `None` when they are not on this machine.
    ///
    /// # Errors
    /// [`CacheError::OtherBytes`] when what is stored is something else; what the engine says.
    pub async fn blob(&self, sha256: &str) -> Result<Option<Vec<u8>>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let size: Option<i64> = sqlx::query_scalar("select size from blob where sha256 = ?1")
            .bind(sha256)
            .fetch_optional(&mut *snapshot)
            .await?;
        let Some(size) = size else {
            return Ok(None);
        };
        let chunks: Vec<Vec<u8>> =
            sqlx::query_scalar("select bytes from blob_chunk where sha256 = ?1 order by number")
                .bind(sha256)
                .fetch_all(&mut *snapshot)
                .await?;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        for chunk in chunks {
            bytes.extend_from_slice(&chunk);
        }
        let found = sha256_hex(&bytes);
        if found != sha256 {
            return Err(CacheError::OtherBytes {
                announced: sha256.to_owned(),
                found,
            });
        }
        Ok(Some(bytes))
    }

    /// Notes that bytes were used, so that they stay.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn touch_blob(&self, sha256: &str, now: Millis) -> Result<(), CacheError> {
        let mut tx = self.writer()?.begin().await?;
        sqlx::query("update blob set used_at = max(used_at, ?2) where sha256 = ?1")
            .bind(sha256)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes away bytes nobody used for `days`, except those of pinned things and pinned cases. Returns how many.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn evict_blobs(&self, now: Millis, days: i64) -> Result<usize, CacheError> {
        let mut tx = self.writer()?.begin().await?;
        let old: Vec<String> = sqlx::query_scalar(
            "select b.sha256 from blob b where b.used_at < ?1 and not exists ( \
               select 1 from blob_object o where o.sha256 = b.sha256 and ( \
                 exists (select 1 from pin where object = o.object) \
                 or exists (select 1 from pin where object = 'case:community:' || o.case_id)))",
        )
        .bind(now.plus(-days.saturating_mul(DAY)).0)
        .fetch_all(&mut *tx)
        .await?;
        for sha256 in &old {
            remove(&mut tx, sha256).await?;
        }
        tx.commit().await?;
        Ok(old.len())
    }
}

async fn remove(connection: &mut SqliteConnection, sha256: &str) -> Result<(), sqlx::Error> {
    for statement in [
        "delete from blob_chunk where sha256 = ?1",
        "delete from blob_object where sha256 = ?1",
        "delete from blob where sha256 = ?1",
    ] {
        sqlx::query(statement)
            .bind(sha256)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
