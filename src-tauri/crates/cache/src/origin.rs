//! Whose mirror this is: what was pulled from one system is never shown as another's.

use std::collections::BTreeMap;

use domain::{Kind, System};
use sqlite::Tx;
use sqlx::AssertSqlSafe;

use crate::{Cache, CacheError};

/// Where each system is, in a word that changes when it is another one.
pub type Origin = BTreeMap<System, String>;

impl Cache {
    /// Says which systems are mirrored from now on. Where one that was mirrored before is gone or is another one, everything
    /// that was pulled, opened or noted is forgotten in the same commit, and what is pulled next is another filling. True when
    /// that happened.
    ///
    /// # Errors
    /// What the engine says; then nothing changed.
    pub async fn belong_to(&self, origin: &Origin) -> Result<bool, CacheError> {
        let mut tx = self.writer()?.begin().await?;
        let before: Option<String> =
            sqlx::query_scalar("select value from meta where name = 'origin'")
                .fetch_optional(&mut *tx)
                .await?;
        // A mirror from before origins were noted is the one of the connections it was opened with.
        let before: Option<Origin> = before.and_then(|text| serde_json::from_str(&text).ok());
        if before.as_ref() == Some(origin) {
            return Ok(false);
        }
        let left = before.is_some_and(|before| {
            before
                .iter()
                .any(|(system, place)| origin.get(system) != Some(place))
        });
        if left {
            empty(&mut tx).await?;
        }
        sqlx::query("insert or replace into meta (name, value) values ('origin', ?1)")
            .bind(serde_json::to_string(origin)?)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(left)
    }
}

/// Empties every table but the one that says how the file is versioned and whose it is.
async fn empty(tx: &mut Tx) -> Result<(), CacheError> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select name from pragma_table_list where schema = 'main' and type = 'table' \
         and name not like 'sqlite\\_%' escape '\\' and name not in ('meta', 'migration') order by name",
    )
    .fetch_all(&mut **tx)
    .await?;
    // The full text keeps nothing of what it indexes, and is emptied by a word of its own.
    sqlx::query("insert into search (search) values ('delete-all')")
        .execute(&mut **tx)
        .await?;
    for table in tables {
        // Named by the migrations alone.
        sqlx::query(AssertSqlSafe(format!("delete from \"{table}\"")))
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(
        "insert or replace into meta (name, value) values ('filling', lower(hex(randomblob(16))))",
    )
    .execute(&mut **tx)
    .await?;
    for kind in Kind::ALL {
        tx.announce_many(kind.as_str());
    }
    tx.announce_many("status");
    Ok(())
}
