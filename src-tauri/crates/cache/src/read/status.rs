//! State of the pull: cursors and their ages, systems, quarantine, and the log of changes.

use domain::{Kind, Millis, ObjectRef, System};
use serde::{Deserialize, Serialize};

use crate::{Cache, CacheError, mirror, sql::column};

/// One cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionAge {
    /// System.
    pub system: System,
    /// Stream of that system.
    pub collection: String,
    /// Where the next page begins.
    pub cursor: String,
    /// Last page applied.
    pub advanced_at: Millis,
    /// When the read that last reached its end was asked for: the age of what is shown.
    pub completed_at: Option<Millis>,
}

/// How the pull of a system goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemStatus {
    /// System.
    pub system: System,
    /// Last time it was asked.
    pub last_attempt: Option<Millis>,
    /// Last time it answered all of it.
    pub last_success: Option<Millis>,
    /// Why the last attempt failed; `None` when it did not.
    pub last_error: Option<String>,
    /// Its clock minus ours, in milliseconds.
    pub clock_skew: Option<i64>,
}

/// A record that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineRow {
    /// Its number here.
    pub id: i64,
    /// System.
    pub system: System,
    /// Stream of that system.
    pub collection: String,
    /// Id on the other side.
    pub remote_id: String,
    /// Stable code.
    pub code: String,
    /// What and where, in words.
    pub message: String,
    /// The text as it came.
    pub raw: String,
    /// First seen.
    pub first_at: Millis,
    /// Last seen.
    pub last_at: Millis,
    /// How often it came.
    pub times: i64,
}

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Position.
    pub seq: i64,
    /// What changed.
    pub object: ObjectRef,
    /// `added`, `changed` or `gone`.
    pub what: String,
    /// When it was applied.
    pub at: Millis,
}

const QUARANTINED: &str = "select id, system, collection, remote_id, code, message, raw, first_at, last_at, times \
    from quarantine order by last_at desc, id desc limit ?1 offset ?2";
const CHANGES: &str =
    "select seq, kind, id, what, at from change where seq > ?1 order by seq limit ?2";

impl Cache {
    /// Where the next page of a collection begins.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn cursor(
        &self,
        system: System,
        collection: &str,
    ) -> Result<Option<CollectionAge>, CacheError> {
        Ok(self
            .ages()
            .await?
            .into_iter()
            .find(|age| age.system == system && age.collection == collection))
    }

    /// Every cursor with its age.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn ages(&self) -> Result<Vec<CollectionAge>, CacheError> {
        let rows =
            sqlx::query("select system, collection, cursor, advanced_at, completed_at from cursor")
                .fetch_all(self.reader().pool())
                .await?;
        let mut ages = Vec::with_capacity(rows.len());
        for row in &rows {
            let Ok(system) = column::<String>(row, 0)?.parse() else {
                continue;
            };
            ages.push(CollectionAge {
                system,
                collection: column(row, 1)?,
                cursor: column(row, 2)?,
                advanced_at: Millis(column(row, 3)?),
                completed_at: column::<Option<i64>>(row, 4)?.map(Millis),
            });
        }
        Ok(ages)
    }

    /// How the pull of every system goes; systems never asked are missing.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn system_status(&self) -> Result<Vec<SystemStatus>, CacheError> {
        let rows = sqlx::query(
            "select system, last_attempt, last_success, last_error, clock_skew from system_status",
        )
        .fetch_all(self.reader().pool())
        .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let Ok(system) = column::<String>(row, 0)?.parse() else {
                continue;
            };
            all.push(SystemStatus {
                system,
                last_attempt: column::<Option<i64>>(row, 1)?.map(Millis),
                last_success: column::<Option<i64>>(row, 2)?.map(Millis),
                last_error: column(row, 3)?,
                clock_skew: column(row, 4)?,
            });
        }
        Ok(all)
    }

    /// Notes that a system was asked, and how that ended.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn note_attempt(
        &self,
        system: System,
        at: Millis,
        error: Option<&str>,
    ) -> Result<(), CacheError> {
        let mut tx = self.writer()?.begin().await?;
        sqlx::query(
            "insert into system_status (system, last_attempt, last_success, last_error) values (?1, ?2, ?3, ?4) \
             on conflict do update set last_attempt = excluded.last_attempt, \
             last_success = coalesce(excluded.last_success, system_status.last_success), last_error = excluded.last_error",
        )
        .bind(system.as_str())
        .bind(at.0)
        .bind(error.is_none().then_some(at.0))
        .bind(error)
        .execute(&mut *tx)
        .await?;
        tx.announce("status", system.as_str());
        tx.commit().await?;
        Ok(())
    }

    /// Notes how far the clock of a system is from ours.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn note_clock_skew(
        &self,
        system: System,
        milliseconds: i64,
    ) -> Result<(), CacheError> {
        let mut tx = self.writer()?.begin().await?;
        sqlx::query(
            "insert into system_status (system, clock_skew) values (?1, ?2) \
             on conflict do update set clock_skew = excluded.clock_skew",
        )
        .bind(system.as_str())
        .bind(milliseconds)
        .execute(&mut *tx)
        .await?;
        tx.announce("status", system.as_str());
        tx.commit().await?;
        Ok(())
    }

    /// Records that do not fit, last seen first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn quarantined(
        &self,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<QuarantineRow>, CacheError> {
        let rows = sqlx::query(QUARANTINED)
            .bind(i64::from(limit.min(500)))
            .bind(i64::from(offset))
            .fetch_all(self.reader().pool())
            .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let Ok(system) = column::<String>(row, 1)?.parse() else {
                continue;
            };
            all.push(QuarantineRow {
                id: column(row, 0)?,
                system,
                collection: column(row, 2)?,
                remote_id: column(row, 3)?,
                code: column(row, 4)?,
                message: column(row, 5)?,
                raw: column(row, 6)?,
                first_at: Millis(column(row, 7)?),
                last_at: Millis(column(row, 8)?),
                times: column(row, 9)?,
            });
        }
        Ok(all)
    }

    /// How many records do not fit, by system.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn quarantine_counts(&self) -> Result<Vec<(System, u32)>, CacheError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select system, count(*) from quarantine group by system")
                .fetch_all(self.reader().pool())
                .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(system, n)| {
                Some((system.parse().ok()?, u32::try_from(n).unwrap_or(u32::MAX)))
            })
            .collect())
    }

    /// What changed after a position. A position counts for one filling of the cache only, see [`Cache::filling`].
    ///
    /// # Errors
    /// What the engine says.
    pub async fn changes_since(&self, seq: i64, limit: u32) -> Result<Vec<ChangeRow>, CacheError> {
        let rows = sqlx::query(CHANGES)
            .bind(seq)
            .bind(i64::from(limit))
            .fetch_all(self.reader().pool())
            .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let Ok(kind) = column::<String>(row, 1)?.parse::<Kind>() else {
                continue;
            };
            all.push(ChangeRow {
                seq: column(row, 0)?,
                object: ObjectRef::new(kind, mirror::system_of(kind), column::<String>(row, 2)?),
                what: column(row, 3)?,
                at: Millis(column(row, 4)?),
            });
        }
        Ok(all)
    }

    /// Position of the last change.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn last_change(&self) -> Result<i64, CacheError> {
        Ok(
            sqlx::query_scalar("select coalesce(max(seq), 0) from change")
                .fetch_one(self.reader().pool())
                .await?,
        )
    }

    /// Rows of every mirror table: what the first pull has brought so far.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn mirrored_rows(&self) -> Result<i64, CacheError> {
        Ok(sqlx::query_scalar(ROWS)
            .fetch_one(self.reader().pool())
            .await?)
    }
}

/// Rows are numbered from 1 without reuse of holes to speak of: the highest number is a count good enough for progress.
const ROWS: &str = "select coalesce((select max(row) from partner), 0) + coalesce((select max(row) from case_), 0) \
    + coalesce((select max(row) from comment), 0) + coalesce((select max(row) from attachment), 0) \
    + coalesce((select max(row) from space), 0) + coalesce((select max(row) from space_item), 0) \
    + coalesce((select max(row) from document), 0) + coalesce((select max(row) from template), 0) \
    + coalesce((select max(row) from notice), 0) + coalesce((select max(row) from task), 0) \
    + coalesce((select max(row) from process), 0) + coalesce((select max(row) from workspace), 0) \
    + coalesce((select max(row) from node), 0) + coalesce((select max(row) from ticket), 0) \
    + coalesce((select max(row) from ticket_entry), 0)";

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    vec![
        (QUARANTINED.to_owned(), vec!["quarantine_by_time"]),
        (CHANGES.to_owned(), vec![]),
    ]
}
