//! The wire journal: the last calls of each system, for the screen of connections and for support. It goes with the mirror.

use domain::{Millis, System};
use serde::{Deserialize, Serialize};

use crate::{
    Cache, CacheError,
    sql::{column, insert_many},
};

/// How many calls of a system are kept.
pub const WIRE_CALLS: u32 = 200;
/// Longest path or reason kept, in characters.
const LONGEST: usize = 500;

/// One call: no body, no query, no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireRow {
    /// System.
    pub system: System,
    /// Begun.
    #[serde(with = "domain::time::rfc3339")]
    pub at: Millis,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Status, 0 when none came.
    pub status: u16,
    /// Milliseconds it took.
    pub duration: i64,
    /// 1, or 2 after a renewed sign-in.
    pub attempt: u8,
    /// Short reference of the step it was made for.
    pub key: Option<String>,
    /// Bytes of the request's body.
    pub sent: i64,
    /// Bytes of the answer's body.
    pub received: i64,
    /// What went wrong, in words.
    pub problem: Option<String>,
}

pub(crate) const LAST: &str = "select system, at, method, path, status, duration, attempt, key, sent, received, problem \
    from wire_call where system = ?1 order by id desc limit ?2";
pub(crate) const PRUNE: &str = "delete from wire_call where system = ?1 and id <= \
    (select id from wire_call where system = ?1 order by id desc limit 1 offset ?2)";

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

impl Cache {
    /// Keeps calls, in the order given, and of each system the last [`WIRE_CALLS`].
    ///
    /// # Errors
    /// What the engine says.
    pub async fn keep_wire(&self, calls: &[WireRow]) -> Result<(), CacheError> {
        if calls.is_empty() {
            return Ok(());
        }
        let mut tx = self.writer()?.begin().await?;
        insert_many(
            &mut tx,
            "wire_call",
            &[
                "system", "at", "method", "path", "status", "duration", "attempt", "key", "sent",
                "received", "problem",
            ],
            "",
            calls,
            |call, v| {
                v.text(call.system.as_str()).int(call.at.0);
                v.text(&call.method).text(&short(&call.path));
                v.int(call.status.into()).int(call.duration);
                v.int(call.attempt.into())
                    .optional_text(call.key.as_deref());
                v.int(call.sent).int(call.received);
                v.optional_text(call.problem.as_deref().map(short).as_deref());
            },
        )
        .await?;
        for system in System::ALL {
            if calls.iter().any(|call| call.system == *system) {
                sqlx::query(PRUNE)
                    .bind(system.as_str())
                    .bind(WIRE_CALLS)
                    .execute(&mut *tx)
                    .await?;
            }
        }
        tx.announce_many("wire");
        tx.commit().await?;
        Ok(())
    }

    /// The last calls of a system, newest first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn wire(&self, system: System, limit: u32) -> Result<Vec<WireRow>, CacheError> {
        let rows = sqlx::query(LAST)
            .bind(system.as_str())
            .bind(limit.min(WIRE_CALLS))
            .fetch_all(self.reader().pool())
            .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            all.push(WireRow {
                system,
                at: Millis(column(row, 1)?),
                method: column(row, 2)?,
                path: column(row, 3)?,
                status: column(row, 4)?,
                duration: column(row, 5)?,
                attempt: column(row, 6)?,
                key: column(row, 7)?,
                sent: column(row, 8)?,
                received: column(row, 9)?,
                problem: column(row, 10)?,
            });
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::policy::Policy;
    use sqlite::{Key, Mode};

    use super::*;

    #[tokio::test]
    async fn of_each_system_the_last_calls_are_kept_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(
            &folder.path().join("cache.db"),
            &Key::random(),
            Mode::ReadWrite,
            Arc::new(Policy::load(None).unwrap()),
        )
        .await
        .unwrap();
        let call = |system, n: u32| WireRow {
            system,
            at: Millis(i64::from(n)),
            method: "GET".into(),
            path: format!("/cases/{n}"),
            status: 200,
            duration: 3,
            attempt: 1,
            key: n.is_multiple_of(2).then(|| format!("{n:016}")),
            sent: 0,
            received: 10,
            problem: None,
        };
        cache.keep_wire(&[call(System::Tracker, 1)]).await.unwrap();
        for part in 0..3 {
            let calls: Vec<_> = (part * 100..(part + 1) * 100)
                .map(|n| call(System::Community, n))
                .collect();
            cache.keep_wire(&calls).await.unwrap();
        }
        let kept = cache.wire(System::Community, 1_000).await.unwrap();
        assert_eq!(kept.len(), WIRE_CALLS as usize);
        assert_eq!(kept[0], call(System::Community, 299));
        assert_eq!(kept[199].path, "/cases/100");
        assert_eq!(cache.wire(System::Tracker, 5).await.unwrap().len(), 1);
    }
}
