//! Bytes of accepted steps: copied here when a step is accepted, named by their SHA-256, stored in pieces of 1 MiB.

use bytes::{Bytes, BytesMut};
use domain::{Millis, Refusal, canonical::sha256_hex, refusal::Code};
use sqlite::Tx;

use crate::{Ledger, LedgerError};

const PIECE: usize = 1024 * 1024;

/// Bytes with their name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 in hex.
    pub sha256: String,
    /// The bytes.
    pub bytes: Bytes,
}

impl Blob {
    /// Names bytes.
    #[must_use]
    pub fn of(bytes: Bytes) -> Self {
        Self {
            sha256: sha256_hex(&bytes),
            bytes,
        }
    }
}

/// Keeps bytes, once. Bytes that are not what their name says are refused.
pub(crate) async fn keep(tx: &mut Tx, blob: &Blob, now: Millis) -> Result<(), LedgerError> {
    if sha256_hex(&blob.bytes) != blob.sha256 {
        return Err(Refusal::new(
            Code::Hash,
            "The bytes of an attachment are not the ones that were named.",
        )
        .with(serde_json::json!({"named": blob.sha256}))
        .into());
    }
    let new = sqlx::query("insert or ignore into blob (sha256, size, created_at) values (?, ?, ?)")
        .bind(&blob.sha256)
        .bind(i64::try_from(blob.bytes.len()).unwrap_or(i64::MAX))
        .bind(now.0)
        .execute(&mut **tx)
        .await?
        .rows_affected();
    if new == 0 {
        return Ok(());
    }
    for (place, piece) in (0_i64..).zip(blob.bytes.chunks(PIECE)) {
        sqlx::query("insert into blob_piece (sha256, place, bytes) values (?, ?, ?)")
            .bind(&blob.sha256)
            .bind(place)
            .bind(piece)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

pub(crate) async fn has(tx: &mut Tx, sha256: &str) -> Result<bool, LedgerError> {
    Ok(
        sqlx::query_scalar::<_, i64>("select count(*) from blob where sha256 = ?")
            .bind(sha256)
            .fetch_one(&mut **tx)
            .await?
            > 0,
    )
}

impl Ledger {
    /// Bytes by their SHA-256, compared with it once more.
    ///
    /// # Errors
    /// A [`LedgerError`]; `Damaged` when they are not what their name says.
    pub async fn blob(&self, sha256: &str) -> Result<Option<Bytes>, LedgerError> {
        let mut snapshot = self.reader().snapshot().await?;
        let size: Option<i64> = sqlx::query_scalar("select size from blob where sha256 = ?")
            .bind(sha256)
            .fetch_optional(&mut *snapshot)
            .await?;
        let Some(size) = size else { return Ok(None) };
        // What the row says is not trusted with memory.
        let mut bytes = BytesMut::with_capacity(usize::try_from(size).unwrap_or(0).min(32 * PIECE));
        let mut place = 0_i64;
        while let Some(piece) = sqlx::query_scalar::<_, Vec<u8>>(
            "select bytes from blob_piece where sha256 = ? and place = ?",
        )
        .bind(sha256)
        .bind(place)
        .fetch_optional(&mut *snapshot)
        .await?
        {
            bytes.extend_from_slice(&piece);
            place += 1;
        }
        let bytes = bytes.freeze();
        if sha256_hex(&bytes) == sha256 {
            Ok(Some(bytes))
        } else {
            Err(LedgerError::Damaged(format!(
                "the bytes {sha256} are not what their name says"
            )))
        }
    }
}
