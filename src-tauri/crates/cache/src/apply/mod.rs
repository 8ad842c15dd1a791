//! One page of one collection becomes rows, links, findings, search entries and, last, a cursor: in one transaction.

mod acks;
pub(crate) mod findings;
mod index;
mod links;
mod quarantine;
pub(crate) mod recheck;
mod scope;
pub(crate) mod stage;
pub(crate) mod write;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::{Kind, Millis, ObjectRef, System, record::Record};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::{
    Cache, CacheError,
    mirror::{self, Derivation},
    overlay,
    sql::{insert_many, json},
};
pub(crate) use scope::Scope;
use stage::{Staged, Verdict};
use write::Origin;

/// One record as it came, read or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// Id on the other side, or a position where there is none.
    pub remote_id: String,
    /// The raw text; kept only where the record does not fit.
    pub raw: String,
    /// The record, or why it does not fit.
    pub record: Result<Record, Misfit>,
}

/// Why a record does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misfit {
    /// Stable code such as `WIRE_MISSING`.
    pub code: String,
    /// What and where, in words.
    pub message: String,
}

/// One page to be applied.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Where it comes from.
    pub system: System,
    /// Stream of that system.
    pub collection: String,
    /// Its records.
    pub records: Vec<Incoming>,
    /// Where the next page begins.
    pub cursor: String,
    /// Whether there is a next page at once.
    pub more: bool,
    /// Every id there is, at the end of a full listing.
    pub listing: Option<Vec<ObjectRef>>,
    /// When the page was asked for: what is shown on top of older reads goes by it.
    pub requested_at: Millis,
    /// Now.
    pub now: Millis,
}

/// What a page did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Records in the page.
    pub fetched: usize,
    /// Rows written or taken away.
    pub applied: usize,
    /// Records the mirror already had, or newer.
    pub unchanged: usize,
    /// Records set aside.
    pub quarantined: usize,
    /// Objects that changed, findings included.
    pub changed: Vec<ObjectRef>,
}

/// What the rows of a page touch beside their own tables.
#[derive(Default)]
pub(crate) struct Touched {
    pub(crate) scopes: BTreeSet<Scope>,
    pub(crate) findings: BTreeSet<String>,
    /// Senders whose control numbers are looked at once after the pull, not with each page.
    pub(crate) senders: BTreeSet<String>,
}

impl Cache {
    /// Applies a page. The cursor advances in the transaction that applied the rows, after all of them.
    ///
    /// # Errors
    /// What the engine says; then nothing of the page was applied and the cursor stands where it stood.
    pub async fn apply(&self, batch: Batch) -> Result<Applied, CacheError> {
        let mut tx = self.writer()?.begin().await?;
        let result = self.apply_in(&mut tx, batch).await;
        let applied = match result {
            Ok(applied) => applied,
            Err(error) => {
                self.note_damage(&error);
                return Err(error);
            }
        };
        announce(&mut tx, &applied.changed);
        tx.announce("status", "cursor");
        tx.commit().await?;
        Ok(applied)
    }

    async fn apply_in(
        &self,
        connection: &mut SqliteConnection,
        batch: Batch,
    ) -> Result<Applied, CacheError> {
        let mut out = Applied {
            fetched: batch.records.len(),
            ..Applied::default()
        };
        let mut sorted = stage::sort(batch.records)?;
        let mut touched = Touched::default();
        let policy = self.policy();
        let origin = Origin {
            collection: &batch.collection,
            requested_at: batch.requested_at,
        };

        let mut decided = BTreeMap::new();
        for kind in mirror::KINDS {
            let (Some(table), Some(staged)) = (mirror::table(*kind), sorted.by_kind.remove(kind))
            else {
                continue;
            };
            let found = write::compare(connection, *kind, &table, staged).await?;
            out.unchanged += found.unchanged + found.older;
            write::found_again(connection, &table, &found.back).await?;
            decided.insert(*kind, (table, found));
        }

        let dropped = overlay::caught_up(connection, &decided, batch.requested_at).await?;
        let shown = overlay::shown(connection).await?;
        let derivation = Derivation {
            policy: &policy,
            shown: &shown,
        };
        let mut log: Vec<(ObjectRef, &'static str)> = Vec::new();
        for (kind, (table, found)) in &decided {
            if found.write.is_empty() {
                continue;
            }
            if *kind == Kind::Case {
                links::before(connection, &found.write).await?;
            }
            let rows: Vec<&Staged> = found.write.iter().map(|(row, _)| row).collect();
            write::upsert(connection, table, &rows, &origin, &derivation).await?;
            if *kind == Kind::Case {
                links::after(connection, &rows, &mut touched).await?;
            }
            if *kind == Kind::Document {
                acks::apply(connection, &rows, &mut touched).await?;
            }
            if matches!(kind, Kind::Ticket | Kind::Process | Kind::Notice) {
                links::named(connection, &rows, &mut touched).await?;
            }
            index::write(connection, *kind, &rows).await?;
            for (row, verdict) in &found.write {
                scope::touch(&row.record, &policy, &mut touched);
                let what = if *verdict == Verdict::New {
                    "added"
                } else {
                    "changed"
                };
                log.push((row.record.object(), what));
            }
        }
        let stale: Vec<ObjectRef> = if dropped.is_empty() {
            Vec::new()
        } else {
            let written: HashSet<&ObjectRef> = log.iter().map(|(object, _)| object).collect();
            dropped
                .into_iter()
                .filter(|object| !written.contains(object))
                .collect()
        };
        overlay::refresh(connection, &stale, &derivation).await?;

        if let Some(listing) = &batch.listing {
            sorted.gone.extend(
                write::missing(
                    connection,
                    &batch.collection,
                    listing,
                    batch.requested_at,
                    batch.now,
                )
                .await?,
            );
        }
        for record in self
            .take_away(connection, &sorted.gone, &mut touched)
            .await?
        {
            log.push((record.object(), "gone"));
        }

        let findings = findings::evaluate(
            connection,
            std::mem::take(&mut touched.scopes),
            &policy,
            &shown,
            batch.now,
        )
        .await?;
        touched.findings.extend(findings.changed);
        recheck::soon(connection, &touched.senders, batch.now).await?;
        findings::join_cases(connection, &touched.findings).await?;

        out.quarantined = quarantine::set_aside(
            connection,
            batch.system,
            &batch.collection,
            &sorted.misfits,
            batch.now,
        )
        .await?;
        quarantine::release(connection, batch.system, &batch.collection, &sorted.fits).await?;

        out.applied = log.len();
        write_log(connection, &log, batch.now).await?;
        out.changed = log.into_iter().map(|(object, _)| object).collect();
        out.changed.extend(stale);
        out.changed
            .extend(findings::names(connection, &touched.findings).await?);
        sqlx::query(
            "insert into cursor (system, collection, cursor, advanced_at, completed_at) values (?1, ?2, ?3, ?4, ?5) \
             on conflict (system, collection) do update set cursor = excluded.cursor, advanced_at = excluded.advanced_at, \
             completed_at = coalesce(excluded.completed_at, cursor.completed_at)",
        )
        .bind(batch.system.as_str())
        .bind(&batch.collection)
        .bind(&batch.cursor)
        .bind(batch.now.0)
        .bind((!batch.more).then_some(batch.requested_at.0))
        .execute(&mut *connection)
        .await?;
        Ok(out)
    }

    async fn take_away(
        &self,
        connection: &mut SqliteConnection,
        objects: &[ObjectRef],
        touched: &mut Touched,
    ) -> Result<Vec<Record>, CacheError> {
        let gone = write::delete(connection, objects).await?;
        if gone.is_empty() {
            return Ok(gone);
        }
        let policy = self.policy();
        for record in &gone {
            scope::touch(record, &policy, touched);
        }
        links::gone(connection, &gone, touched).await?;
        acks::gone(connection, &gone, touched).await?;
        index::gone(connection, &gone).await?;
        Ok(gone)
    }
}

/// Tells what changed; beyond a few hundred of one kind, listeners read that kind again anyway.
fn announce(tx: &mut sqlite::Tx, changed: &[ObjectRef]) {
    const MANY: usize = 500;
    let mut by_kind: BTreeMap<Kind, Vec<&ObjectRef>> = BTreeMap::new();
    for object in changed {
        by_kind.entry(object.kind).or_default().push(object);
    }
    for (kind, objects) in by_kind {
        if objects.len() > MANY {
            tx.announce_many(kind.as_str());
        } else {
            for object in objects {
                tx.announce(kind.as_str(), object.to_string());
            }
        }
    }
}

/// Appends to the log that those read who act on changes.
async fn write_log(
    connection: &mut SqliteConnection,
    log: &[(ObjectRef, &'static str)],
    now: Millis,
) -> Result<(), CacheError> {
    insert_many(
        connection,
        "change",
        &["kind", "id", "what", "at"],
        "",
        log,
        |(object, what), v| {
            v.text(object.kind.as_str()).text(&object.remote_id);
            v.text(what).int(now.0);
        },
    )
    .await?;
    // Who has not read this far reads everything again; the cache is refilled from time to time anyway.
    sqlx::query("delete from change where seq <= (select max(seq) from change) - 500000")
        .execute(&mut *connection)
        .await?;
    Ok(())
}

pub(crate) async fn ids_by(
    connection: &mut SqliteConnection,
    statement: &'static str,
    values: &[String],
) -> Result<Vec<String>, CacheError> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar(statement)
        .bind(json(values)?)
        .fetch_all(connection)
        .await?)
}
