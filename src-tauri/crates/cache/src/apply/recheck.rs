//! Rules that time alone can decide: acknowledgements, expected documents, tasks, certificates.

use std::collections::BTreeSet;

use domain::{Millis, ObjectRef};

use sqlx::SqliteConnection;

use super::{Scope, findings};
use crate::{Cache, CacheError, overlay, sql::insert_many};

/// Scopes of one transaction.
const ROUND: i64 = 1_000;

/// What looking again changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rechecked {
    /// Findings raised, changed or closed.
    pub changed: Vec<ObjectRef>,
    /// When time alone can change something next.
    pub next_at: Option<Millis>,
}

/// Has the control numbers of senders looked at by the next [`Cache::recheck_due`].
pub(crate) async fn soon(
    connection: &mut SqliteConnection,
    senders: &BTreeSet<String>,
    now: Millis,
) -> Result<(), CacheError> {
    let scopes: Vec<String> = senders
        .iter()
        .map(|sender| Scope::Controls(sender.clone()).to_string())
        .collect();
    insert_many(
        connection,
        "recheck",
        &["scope", "at"],
        "on conflict do update set at = min(at, excluded.at)",
        &scopes,
        |scope, v| {
            v.text(scope).int(now.0);
        },
    )
    .await
}

impl Cache {
    /// Applies the rules again whose verdict may have changed by time alone.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn recheck_due(&self, now: Millis) -> Result<Rechecked, CacheError> {
        let mut out = Rechecked::default();
        loop {
            let due: Vec<String> =
                sqlx::query_scalar("select scope from recheck where at <= ?1 order by at limit ?2")
                    .bind(now.0)
                    .bind(ROUND)
                    .fetch_all(self.reader().pool())
                    .await?;
            if due.is_empty() {
                break;
            }
            let scopes: BTreeSet<Scope> = due.iter().filter_map(|s| Scope::parse(s)).collect();
            let mut tx = self.writer()?.begin().await?;
            // What is due leaves the list first: a rule that asks for the same instant again must not hold the loop.
            sqlx::query("delete from recheck where scope in (select value from json_each(?1))")
                .bind(crate::sql::json(&due)?)
                .execute(&mut *tx)
                .await?;
            let shown = overlay::shown(&mut tx).await?;
            let found = findings::evaluate(&mut tx, scopes, &self.policy(), &shown, now).await?;
            let ids: BTreeSet<String> = found.changed.into_iter().collect();
            findings::join_cases(&mut tx, &ids).await?;
            let names = findings::names(&mut tx, &ids).await?;
            for name in &names {
                tx.announce(name.kind.as_str(), name.to_string());
            }
            tx.commit().await?;
            out.changed.extend(names);
        }
        out.next_at = sqlx::query_scalar::<_, Option<i64>>("select min(at) from recheck")
            .fetch_one(self.reader().pool())
            .await?
            .map(Millis);
        Ok(out)
    }
}
