//! Effective values of unsettled steps, shown until the mirror has caught up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{Kind, Millis, ObjectRef, StepKey, plan::OverlayValue};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::{
    Cache, CacheError,
    apply::{
        findings,
        write::{self, Decided},
    },
    mirror::{Derivation, Shown, Table},
    sql::{insert_many, json, list, list_from},
};

/// One effective value of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverlayRow {
    /// The step it comes from.
    pub step: StepKey,
    /// Order among the steps: of two on one field the higher one is shown.
    pub position: i64,
    /// Object, field and value.
    pub value: OverlayValue,
    /// Set once the other side confirmed the step: from then on the mirror may catch up.
    pub confirmed: Option<Confirmed>,
}

/// When and as what a step was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// Version of the object after the step, where the source has versions.
    pub version: Option<i64>,
    /// When.
    pub at: Millis,
}

impl Cache {
    /// Replaces the values these steps have on these objects, and nothing else; what the mirror has caught up with
    /// already is left out. Where that changes nothing, nothing is written and nothing announced.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn replace_overlay(
        &self,
        of: &[(ObjectRef, StepKey)],
        rows: Vec<OverlayRow>,
    ) -> Result<(), CacheError> {
        let objects: BTreeSet<String> = of.iter().map(|(object, _)| object.to_string()).collect();
        let steps: BTreeSet<&str> = of.iter().map(|(_, step)| step.as_str()).collect();
        let which = json(&serde_json::json!({"objects": objects, "steps": steps}))?;
        let mut tx = self.writer()?.begin().await?;
        let rows = ahead(&mut tx, rows).await?;
        let there: Vec<Stored> = list(&mut tx, THESE, which.clone()).await?;
        let mut before: Vec<Stored> = there;
        let mut after: Vec<Stored> = rows.iter().map(stored).collect();
        before.sort();
        after.sort();
        let changed: Vec<ObjectRef> = parse_all(
            before
                .iter()
                .filter(|row| after.binary_search(row).is_err())
                .chain(
                    after
                        .iter()
                        .filter(|row| before.binary_search(row).is_err()),
                )
                .map(|row| row.0.clone())
                .collect(),
        );
        if changed.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "delete from overlay where object in (select value from json_each(?1, '$.objects')) \
             and step in (select value from json_each(?1, '$.steps'))",
        )
        .bind(which)
        .execute(&mut *tx)
        .await?;
        write_rows(&mut tx, &rows).await?;
        self.show(&mut tx, changed).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Replaces everything, at start: the ledger is what counts. What the mirror has caught up with already is left out.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn rebuild_overlay(&self, rows: &[OverlayRow]) -> Result<(), CacheError> {
        let mut tx = self.writer()?.begin().await?;
        let rows = ahead(&mut tx, rows.to_vec()).await?;
        let objects: Vec<String> = sqlx::query_scalar("delete from overlay returning object")
            .fetch_all(&mut *tx)
            .await?;
        write_rows(&mut tx, &rows).await?;
        let mut objects = parse_all(objects);
        objects.extend(rows.iter().map(|row| row.value.object.clone()));
        self.show(&mut tx, objects).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The values on one object, in the order of their steps.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn overlay_of(&self, object: &ObjectRef) -> Result<Vec<OverlayRow>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        type Row = (String, String, i64, String, Option<i64>, Option<i64>);
        let rows: Vec<Row> = list(
            &mut snapshot,
            "select json_group_array(json_array(field, step, position, value, confirmed_version, confirmed_at)) \
             from (select * from overlay where object = ?1 order by position)",
            object.to_string(),
        )
        .await?;
        rows.into_iter()
            .map(|(field, step, position, value, version, at)| {
                Ok(OverlayRow {
                    step: StepKey(step),
                    position,
                    value: OverlayValue {
                        object: object.clone(),
                        field,
                        value: serde_json::from_str(&value)?,
                    },
                    confirmed: at.map(|at| Confirmed {
                        version,
                        at: Millis(at),
                    }),
                })
            })
            .collect()
    }

    async fn show(
        &self,
        tx: &mut sqlite::Tx,
        mut objects: Vec<ObjectRef>,
    ) -> Result<(), CacheError> {
        objects.sort();
        objects.dedup();
        let shown = shown_on(tx, &objects).await?;
        let policy = self.policy();
        let derivation = Derivation {
            policy: &policy,
            shown: &shown,
        };
        refresh(tx, &objects, &derivation).await?;
        for object in objects {
            tx.announce(object.kind.as_str(), object.to_string());
        }
        Ok(())
    }
}

fn parse_all(objects: Vec<String>) -> Vec<ObjectRef> {
    objects.iter().filter_map(|o| o.parse().ok()).collect()
}

/// As the columns hold it.
fn as_column(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

async fn write_rows(
    connection: &mut SqliteConnection,
    rows: &[OverlayRow],
) -> Result<(), CacheError> {
    insert_many(
        connection,
        "overlay",
        &[
            "object",
            "field",
            "step",
            "position",
            "value",
            "shown",
            "confirmed_version",
            "confirmed_at",
        ],
        "on conflict do update set position = excluded.position, value = excluded.value, shown = excluded.shown, \
         confirmed_version = excluded.confirmed_version, confirmed_at = excluded.confirmed_at",
        rows,
        |row, v| {
            v.text(&row.value.object.to_string()).text(&row.value.field);
            v.text(row.step.as_str()).int(row.position);
            v.text(&row.value.value.to_string())
                .text(&as_column(&row.value.value));
            v.optional_int(row.confirmed.and_then(|c| c.version));
            v.optional_int(row.confirmed.map(|c| c.at.0));
        },
    )
    .await
}

/// A row of the table: object, field, step, position, value, version and time of the confirmation.
type Stored = (
    String,
    String,
    String,
    i64,
    String,
    Option<i64>,
    Option<i64>,
);

fn stored(row: &OverlayRow) -> Stored {
    (
        row.value.object.to_string(),
        row.value.field.clone(),
        row.step.as_str().to_owned(),
        row.position,
        row.value.value.to_string(),
        row.confirmed.and_then(|c| c.version),
        row.confirmed.map(|c| c.at.0),
    )
}

pub(crate) const THESE: &str = "select json_group_array(json_array(object, field, step, position, value, confirmed_version, confirmed_at)) \
     from overlay where object in (select value from json_each(?1, '$.objects')) \
     and step in (select value from json_each(?1, '$.steps'))";

/// The rows that the mirror has not caught up with: of steps not confirmed, or confirmed after what is mirrored was read.
async fn ahead(
    connection: &mut SqliteConnection,
    rows: Vec<OverlayRow>,
) -> Result<Vec<OverlayRow>, CacheError> {
    let mut by_kind: BTreeMap<Kind, BTreeSet<&str>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.confirmed.is_some()) {
        let object = &row.value.object;
        let ids = by_kind.entry(object.kind).or_default();
        ids.insert(&object.remote_id);
    }
    let mut mirrored: HashMap<(Kind, String), (i64, i64)> = HashMap::new();
    for (kind, ids) in by_kind {
        let Some(table) = crate::mirror::table(kind) else {
            continue;
        };
        let found: Vec<(String, i64, i64)> = list_from(
            connection,
            format!(
                "select json_group_array(json_array(id, version, fetched_at)) from {} \
                 where id in (select value from json_each(?1))",
                table.name
            ),
            json(&ids)?,
        )
        .await?;
        mirrored.extend(
            found
                .into_iter()
                .map(|(id, version, at)| ((kind, id), (version, at))),
        );
    }
    let caught_up = |row: &OverlayRow| {
        let object = &row.value.object;
        let there = mirrored.get(&(object.kind, object.remote_id.clone()));
        match (row.confirmed, there) {
            (Some(confirmed), Some((version, fetched_at))) => match confirmed.version {
                Some(reached) if *version > 0 => *version >= reached,
                _ => *fetched_at > confirmed.at.0,
            },
            _ => false,
        }
    };
    let behind: Vec<bool> = rows.iter().map(caught_up).collect();
    Ok(rows
        .into_iter()
        .zip(behind)
        .filter_map(|(row, behind)| (!behind).then_some(row))
        .collect())
}

/// The effective values on some objects.
async fn shown_on(
    connection: &mut SqliteConnection,
    objects: &[ObjectRef],
) -> Result<Shown, CacheError> {
    let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
    let rows = list(connection, SHOWN_ON, json(&names)?).await?;
    Ok(by_object(rows))
}

pub(crate) const SHOWN_ON: &str = "select json_group_array(json_array(object, field, shown)) from \
     (select o.* from json_each(?1) n cross join overlay o on o.object = n.value order by o.position)";

/// Every effective value. Unsettled steps are few; there is no need to ask for each object.
pub(crate) async fn shown(connection: &mut SqliteConnection) -> Result<Shown, CacheError> {
    let rows: Vec<(String, String, String)> = list(
        connection,
        "select json_group_array(json_array(object, field, shown)) from (select * from overlay order by position) \
         where ?1 is not null",
        String::new(),
    )
    .await?;
    Ok(by_object(rows))
}

fn by_object(rows: Vec<(String, String, String)>) -> Shown {
    let mut shown = Shown::new();
    for (object, field, value) in rows {
        if let Ok(object) = object.parse::<ObjectRef>() {
            shown
                .entry((object.kind, object.remote_id))
                .or_default()
                .insert(field, value);
        }
    }
    shown
}

/// Takes away the values that the mirror has caught up with by this page, and names their objects: the version is at or
/// above the confirmed one, else the object was read after the confirmation.
pub(crate) async fn caught_up(
    connection: &mut SqliteConnection,
    decided: &BTreeMap<Kind, (Table, Decided)>,
    requested_at: Millis,
) -> Result<Vec<ObjectRef>, CacheError> {
    let confirmed: Vec<(String, String, String, Option<i64>, i64)> = list(
        connection,
        "select json_group_array(json_array(object, field, step, confirmed_version, confirmed_at)) from overlay \
         where confirmed_at is not null and ?1 is not null",
        String::new(),
    )
    .await?;
    if confirmed.is_empty() {
        return Ok(Vec::new());
    }
    let seen: HashMap<(Kind, &str), i64> = decided
        .iter()
        .flat_map(|(kind, (_, found))| {
            found
                .seen
                .iter()
                .map(|(id, version)| ((*kind, id.as_str()), *version))
        })
        .collect();
    let mut objects = Vec::new();
    let mut keys = Vec::new();
    for (name, field, step, version, at) in confirmed {
        let Ok(object) = name.parse::<ObjectRef>() else {
            continue;
        };
        let Some(mirrored) = seen.get(&(object.kind, object.remote_id.as_str())) else {
            continue;
        };
        let reached = match version {
            Some(version) if *mirrored > 0 => *mirrored >= version,
            _ => requested_at.0 > at,
        };
        if reached {
            keys.push((name, field, step));
            objects.push(object);
        }
    }
    if !keys.is_empty() {
        sqlx::query(
            "delete from overlay where (object, field, step) in \
             (select value ->> 0, value ->> 1, value ->> 2 from json_each(?1))",
        )
        .bind(json(&keys)?)
        .execute(connection)
        .await?;
    }
    objects.sort();
    objects.dedup();
    Ok(objects)
}

/// Sets the shown columns of objects again.
pub(crate) async fn refresh(
    connection: &mut SqliteConnection,
    objects: &[ObjectRef],
    derivation: &Derivation<'_>,
) -> Result<(), CacheError> {
    let mut by_kind: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for object in objects {
        by_kind
            .entry(object.kind)
            .or_default()
            .push(object.remote_id.clone());
    }
    for (kind, ids) in by_kind {
        match kind {
            Kind::Case | Kind::Task | Kind::Notice => {
                write::rewrite(connection, kind, &ids, derivation).await?;
            }
            Kind::Finding => refresh_findings(connection, &ids, derivation.shown).await?,
            // Other kinds show their values without columns of their own.
            _ => {}
        }
    }
    Ok(())
}

async fn refresh_findings(
    connection: &mut SqliteConnection,
    ids: &[String],
    shown: &Shown,
) -> Result<(), CacheError> {
    for id in ids {
        let value = shown
            .get(&(Kind::Finding, id.clone()))
            .and_then(|fields| fields.get("state"));
        // What its rule no longer raises is closed, whatever people said about it before.
        sqlx::query(
            "update finding set \
               shown_state = case when state = 'closed' then state else coalesce(?2, state) end, \
               shown_open = case when state = 'closed' then 0 else ?3 end \
             where id = ?1",
        )
        .bind(id)
        .bind(value)
        .bind(value.is_none_or(|state| findings::is_open(state)))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
