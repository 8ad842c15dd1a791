//! Records that do not fit are kept as they came, and leave when they fit.

use domain::{Millis, System};
use sqlx::SqliteConnection;

use super::Incoming;
use crate::{
    CacheError,
    sql::{insert_many, json},
};

/// Keeps misfits; the same one seen again counts up.
pub(crate) async fn set_aside(
    connection: &mut SqliteConnection,
    system: System,
    collection: &str,
    misfits: &[Incoming],
    now: Millis,
) -> Result<usize, CacheError> {
    insert_many(
        connection,
        "quarantine",
        &[
            "system",
            "collection",
            "remote_id",
            "code",
            "message",
            "raw",
            "first_at",
            "last_at",
            "times",
        ],
        "on conflict (system, collection, remote_id) do update set code = excluded.code, message = excluded.message, \
         raw = excluded.raw, last_at = excluded.last_at, times = quarantine.times + 1",
        misfits,
        |incoming, v| {
            let (code, message) = match &incoming.record {
                Err(misfit) => (misfit.code.as_str(), misfit.message.as_str()),
                Ok(_) => ("", ""),
            };
            v.text(system.as_str()).text(collection);
            v.text(&incoming.remote_id).text(code).text(message);
            v.text(&incoming.raw).int(now.0).int(now.0).int(1);
        },
    )
    .await?;
    Ok(misfits.len())
}

/// Lets go what fits now.
pub(crate) async fn release(
    connection: &mut SqliteConnection,
    system: System,
    collection: &str,
    fits: &[String],
) -> Result<(), CacheError> {
    let any: bool = sqlx::query_scalar(
        "select exists (select 1 from quarantine where system = ?1 and collection = ?2)",
    )
    .bind(system.as_str())
    .bind(collection)
    .fetch_one(&mut *connection)
    .await?;
    if any && !fits.is_empty() {
        sqlx::query(
            "delete from quarantine where system = ?1 and collection = ?2 \
             and remote_id in (select value from json_each(?3))",
        )
        .bind(system.as_str())
        .bind(collection)
        .bind(json(fits)?)
        .execute(connection)
        .await?;
    }
    Ok(())
}
