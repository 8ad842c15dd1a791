//! Reading the chain back, and verifying it as it streams by.

use domain::audit::{AuditRecord, Verification, Verifier};
use serde::Serialize;
use sqlx::QueryBuilder;

use crate::{Ledger, LedgerError};

/// Records read at a time: large enough that the hand-over between threads does not count.
const CHUNK: i64 = 2_000;

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only about this thing.
    pub object: Option<String>,
    /// Only of this case, whatever thing of it they are about.
    pub case: Option<String>,
}

/// A record with its hash.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRow {
    /// The record.
    #[serde(flatten)]
    pub record: AuditRecord,
    /// Its hash in the chain.
    pub hash: String,
}

impl Ledger {
    /// Records, newest first. A record that cannot be read is left out here; [`Ledger::verify_audit`] names it.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn list_audit(
        &self,
        filter: &AuditFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<AuditRow>, LedgerError> {
        let mut query = QueryBuilder::new("select hash, record from audit where 1 = 1");
        if let Some(object) = &filter.object {
            query.push(" and object = ").push_bind(object);
        }
        if let Some(case) = &filter.case {
            query.push(" and case_ref = ").push_bind(case);
        }
        query
            .push(" order by seq desc limit ")
            .push_bind(limit)
            .push(" offset ")
            .push_bind(offset);
        let rows: Vec<(String, String)> = query
            .build_query_as()
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(hash, record)| match serde_json::from_str(&record) {
                Ok(record) => Some(AuditRow { record, hash }),
                Err(error) => {
                    tracing::warn!(%error, hash, "an audit record cannot be read");
                    None
                }
            })
            .collect())
    }

    /// Number of records and the hash of the newest.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn audit_head(&self) -> Result<(i64, String), LedgerError> {
        let last: Option<(i64, String)> =
            sqlx::query_as("select seq, hash from audit order by seq desc limit 1")
                .fetch_optional(self.reader().pool())
                .await?;
        Ok(last.unwrap_or_else(|| (0, domain::audit::GENESIS.to_owned())))
    }

    /// Verifies the whole chain.
    ///
    /// # Errors
    /// A [`LedgerError`] when it cannot be read; a record that does not fit is no error but the verdict.
    pub async fn verify_audit(&self) -> Result<Verification, LedgerError> {
        let mut verifier = Verifier::default();
        let mut after = 0_i64;
        let mut snapshot = self.reader().snapshot().await?;
        loop {
            // One row of text for many records. Canonical JSON holds no line break; one that was put there changes into
            // something else here, so that lines cannot run together unnoticed.
            let (last, text): (Option<i64>, Option<String>) = sqlx::query_as(
                "select max(seq), group_concat(replace(hash, char(10), '?') || ' ' || replace(record, char(10), '?'), char(10))
                 from (select seq, hash, record from audit where seq > ? order by seq limit ?)",
            )
            .bind(after)
            .bind(CHUNK)
            .fetch_one(&mut *snapshot)
            .await?;
            let (Some(last), Some(text)) = (last, text) else {
                break;
            };
            for line in text.split('\n') {
                let (hash, record) = line.split_once(' ').unwrap_or((line, ""));
                verifier.take(record.as_bytes(), hash);
            }
            after = last;
        }
        Ok(verifier.finish())
    }
}
