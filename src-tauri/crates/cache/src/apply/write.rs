//! Writing the rows of one kind, and taking rows away.

use std::collections::{BTreeMap, HashMap};

use domain::{Kind, Millis, ObjectRef, record::Record};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::stage::{self, Mirrored, Staged, Verdict, decide};
use crate::{
    CacheError,
    mirror::{self, COMMON, Derivation, Table},
    sql::{insert_many, json, list_from},
};

/// What becomes of the staged records of one kind.
#[derive(Default)]
pub(crate) struct Decided {
    pub(crate) write: Vec<(Staged, Verdict)>,
    pub(crate) unchanged: usize,
    pub(crate) older: usize,
    /// Ids seen in this page, with the version the mirror will have afterwards.
    pub(crate) seen: Vec<(String, i64)>,
    /// Ids that were missing from a listing and are back.
    pub(crate) back: Vec<String>,
}

type Known = (String, i64, i64, i64, Option<i64>);

/// Compares the staged records of one kind with the mirror.
pub(crate) async fn compare(
    connection: &mut SqliteConnection,
    kind: Kind,
    table: &Table,
    staged: Vec<Staged>,
) -> Result<Decided, CacheError> {
    let ids: Vec<String> = staged
        .iter()
        .map(|s| mirror::id_of(&s.record).to_owned())
        .collect();
    let known: Vec<Known> = list_from(
        connection,
        format!(
            "select json_group_array(json_array(id, digest, version, changed_at, missing_since)) from {} \
             where id in (select value from json_each(?1))",
            table.name
        ),
        json(&ids)?,
    )
    .await?;
    let known: HashMap<String, Mirrored> = known
        .into_iter()
        .map(|(id, digest, version, changed_at, missing)| {
            let missing = missing.is_some();
            (
                id,
                Mirrored {
                    digest,
                    version,
                    changed_at,
                    missing,
                },
            )
        })
        .collect();
    let before = if stage::merges(kind) && !known.is_empty() {
        records(connection, kind, table, &ids).await?
    } else {
        HashMap::new()
    };
    let mut out = Decided {
        seen: Vec::with_capacity(staged.len()),
        ..Decided::default()
    };
    for (id, mut row) in ids.into_iter().zip(staged) {
        let there = known.get(&id);
        let merged = match before.get(&id) {
            Some(old) => {
                row = Staged::new(stage::merged(row.record, old))?;
                true
            }
            None => false,
        };
        let mut verdict = decide(&row.as_mirrored(), there);
        if merged && kind == Kind::Notice && verdict == Verdict::Older {
            // The merge already put the facts in order.
            verdict = Verdict::Changed;
        }
        let version = there.map_or(0, |t| t.version).max(row.version);
        if there.is_some_and(|t| t.missing) {
            out.back.push(id.clone());
        }
        out.seen.push((id, version));
        match verdict {
            Verdict::New | Verdict::Changed => out.write.push((row, verdict)),
            Verdict::Same => out.unchanged += 1,
            Verdict::Older => out.older += 1,
        }
    }
    Ok(out)
}

/// The mirrored records with these ids.
pub(crate) async fn records(
    connection: &mut SqliteConnection,
    kind: Kind,
    table: &Table,
    ids: &[String],
) -> Result<HashMap<String, Record>, CacheError> {
    let mut out = HashMap::new();
    for part in ids.chunks(2_000) {
        let rows: Vec<(String, String)> = list_from(
            connection,
            format!(
                "select json_group_array(json_array(id, record)) from {} where id in (select value from json_each(?1))",
                table.name
            ),
            json(part)?,
        )
        .await?;
        for (id, text) in rows {
            if let Some(record) = mirror::from_json(kind, &text)? {
                out.insert(id, record);
            }
        }
    }
    Ok(out)
}

/// Where the rows come from.
pub(crate) struct Origin<'a> {
    pub(crate) collection: &'a str,
    /// When the page was asked for: what happened over there before that is in it.
    pub(crate) requested_at: Millis,
}

/// Inserts or replaces rows.
pub(crate) async fn upsert(
    connection: &mut SqliteConnection,
    table: &Table,
    rows: &[&Staged],
    origin: &Origin<'_>,
    derivation: &Derivation<'_>,
) -> Result<(), CacheError> {
    let columns: Vec<&str> = COMMON.iter().chain(table.columns).copied().collect();
    insert_many(
        connection,
        table.name,
        &columns,
        &on_conflict(&columns),
        rows,
        |row, v| {
            v.text(mirror::id_of(&row.record)).text(origin.collection);
            v.text(&row.json).int(row.digest).int(row.version);
            v.int(row.changed_at)
                .int(origin.requested_at.0)
                .optional_int(None);
            mirror::bind(&row.record, derivation, v);
        },
    )
    .await
}

fn on_conflict(columns: &[&str]) -> String {
    let sets: Vec<String> = columns
        .iter()
        .filter(|c| **c != "id")
        .map(|c| format!("{c} = excluded.{c}"))
        .collect();
    format!("on conflict (id) do update set {}", sets.join(", "))
}

/// Binds the derived columns of rows again, after what they are derived from has changed (overlay, policy).
pub(crate) async fn rewrite(
    connection: &mut SqliteConnection,
    kind: Kind,
    ids: &[String],
    derivation: &Derivation<'_>,
) -> Result<Vec<Record>, CacheError> {
    let Some(table) = mirror::table(kind) else {
        return Ok(Vec::new());
    };
    let found = records(connection, kind, &table, ids).await?;
    let rows: Vec<(String, Record)> = found.into_iter().collect();
    for (id, record) in &rows {
        let sets: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("{column} = ?"))
            .collect();
        let mut values = crate::sql::Values::default();
        mirror::bind(record, derivation, &mut values);
        values.text(id);
        sqlx::query_with(
            AssertSqlSafe(format!(
                "update {} set {} where id = ?",
                table.name,
                sets.join(", ")
            )),
            values.finish()?,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(rows.into_iter().map(|(_, record)| record).collect())
}

/// Takes away rows that are gone at the source; the records that were there come back.
pub(crate) async fn delete(
    connection: &mut SqliteConnection,
    objects: &[ObjectRef],
) -> Result<Vec<Record>, CacheError> {
    let mut by_kind: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for object in objects {
        by_kind
            .entry(object.kind)
            .or_default()
            .push(object.remote_id.clone());
    }
    let mut gone = Vec::new();
    for (kind, ids) in by_kind {
        let Some(table) = mirror::table(kind) else {
            continue;
        };
        let there = records(connection, kind, &table, &ids).await?;
        if there.is_empty() {
            continue;
        }
        sqlx::query(AssertSqlSafe(format!(
            "delete from {} where id in (select value from json_each(?1))",
            table.name
        )))
        .bind(json(&ids)?)
        .execute(&mut *connection)
        .await?;
        gone.extend(there.into_values());
    }
    Ok(gone)
}

/// Rows of a collection that its full listing does not name: the first time they are marked, the second time they are
/// returned as gone. A row fetched after the listing was asked for is spared.
pub(crate) async fn missing(
    connection: &mut SqliteConnection,
    collection: &str,
    listing: &[ObjectRef],
    requested_at: Millis,
    now: Millis,
) -> Result<Vec<ObjectRef>, CacheError> {
    let mut listed: BTreeMap<Kind, Vec<&str>> = BTreeMap::new();
    for object in listing {
        listed
            .entry(object.kind)
            .or_default()
            .push(&object.remote_id);
    }
    let mut gone = Vec::new();
    for kind in mirror::KINDS {
        let Some(table) = mirror::table(*kind) else {
            continue;
        };
        let ids = json(&listed.remove(kind).unwrap_or_default())?;
        let name = table.name;
        sqlx::query(AssertSqlSafe(format!(
            "update {name} set missing_since = null where missing_since is not null and collection = ?1 \
             and id in (select value from json_each(?2))"
        )))
        .bind(collection)
        .bind(&ids)
        .execute(&mut *connection)
        .await?;
        let absent =
            "collection = ?1 and fetched_at < ?3 and id not in (select value from json_each(?2))";
        let twice: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select id from {name} where missing_since < ?3 and {absent}"
        )))
        .bind(collection)
        .bind(&ids)
        .bind(requested_at.0)
        .fetch_all(&mut *connection)
        .await?;
        sqlx::query(AssertSqlSafe(format!(
            "update {name} set missing_since = ?4 where missing_since is null and {absent}"
        )))
        .bind(collection)
        .bind(&ids)
        .bind(requested_at.0)
        .bind(now.0)
        .execute(&mut *connection)
        .await?;
        gone.extend(
            twice
                .into_iter()
                .map(|id| ObjectRef::new(*kind, mirror::system_of(*kind), id)),
        );
    }
    Ok(gone)
}

/// Takes back the mark of rows that a listing missed and that are back.
pub(crate) async fn found_again(
    connection: &mut SqliteConnection,
    table: &Table,
    ids: &[String],
) -> Result<(), CacheError> {
    if !ids.is_empty() {
        sqlx::query(AssertSqlSafe(format!(
            "update {} set missing_since = null where id in (select value from json_each(?1))",
            table.name
        )))
        .bind(json(ids)?)
        .execute(connection)
        .await?;
    }
    Ok(())
}
