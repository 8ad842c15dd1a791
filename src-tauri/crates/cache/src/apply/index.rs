//! The full-text index, filled once for each page and not by row triggers. Its row numbers begin with the time of the
//! object, so that "newest first" is the order of the index itself.

use std::collections::HashMap;

use domain::{Kind, record::Record};
use sqlx::SqliteConnection;

use super::stage::{self, Staged};
use crate::{
    CacheError, mirror,
    sql::{insert_many, json, list},
};

macro_rules! known {
    ($kind:literal) => {
        concat!(
            "select json_group_array(json_array(id, row, digest)) from search_row where kind = '",
            $kind,
            "' and id in (select value from json_each(?1))"
        )
    };
}

/// Low bits of a row number: tells objects of one millisecond apart.
const COUNTER_BITS: u32 = 20;

/// Text of an object and the time it is sorted by; `None` for what is not searched.
fn entry(record: &Record) -> Option<(i64, String)> {
    let join = |parts: &[&str]| parts.join(" ");
    Some(match record {
        Record::Case(r) => {
            let mut text = join(&[
                &r.number,
                &r.id,
                &r.subject,
                &r.partner_name,
                &r.partner_short_name,
            ]);
            for reference in &r.business_refs {
                text.push(' ');
                text.push_str(&reference.value);
            }
            for reference in &r.external_refs {
                text.push(' ');
                text.push_str(&reference.id);
            }
            (r.opened_at.0, text)
        }
        Record::Comment(r) => (r.created_at.0, join(&[&r.author, &plain(&r.body)])),
        Record::Delivery(r) => {
            let template = r.template.as_deref().unwrap_or_default();
            let text = join(&[&r.notice_id, template, &r.recipient, &r.job_id]);
            (r.event_at.0, text)
        }
        Record::Ticket(r) => (r.created_at.0, join(&[&r.number, &r.id, &r.subject])),
        Record::Document(r) => {
            let or = |v: &Option<String>| v.clone().unwrap_or_default();
            let text = join(&[
                &r.number,
                &or(&r.order_number),
                &r.doc_type,
                &r.id,
                &or(&r.interchange_control),
                &or(&r.group_control),
            ]);
            (r.arrived_at.0, text)
        }
        _ => return None,
    })
}

/// Text without its tags.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

struct Row<'a> {
    row: i64,
    id: &'a str,
    digest: i64,
    text: String,
}

/// Indexes what was written; what reads the same as before is left alone.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    kind: Kind,
    staged: &[&Staged],
) -> Result<(), CacheError> {
    let entries: Vec<(&str, i64, String)> = staged
        .iter()
        .filter_map(|row| {
            let (at, text) = entry(&row.record)?;
            Some((mirror::id_of(&row.record), at, text))
        })
        .collect();
    if entries.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = entries.iter().map(|(id, _, _)| *id).collect();
    let known: Vec<(String, i64, i64)> = list(
        connection,
        match kind {
            Kind::Case => known!("case"),
            Kind::Comment => known!("comment"),
            Kind::Notice => known!("notice"),
            Kind::Ticket => known!("ticket"),
            _ => known!("document"),
        },
        json(&ids)?,
    )
    .await?;
    let known: HashMap<String, (i64, i64)> = known
        .into_iter()
        .map(|(id, row, digest)| (id, (row, digest)))
        .collect();
    let counter: i64 =
        sqlx::query_scalar("select cast(value as integer) from meta where name = 'search_counter'")
            .fetch_optional(&mut *connection)
            .await?
            .unwrap_or(0);
    let mut next = counter;
    let mut rows = Vec::with_capacity(entries.len());
    let mut stale = Vec::new();
    for (id, at, text) in entries {
        let digest = stage::digest(text.as_bytes());
        let row = match known.get(id) {
            Some((_, same)) if *same == digest => continue,
            Some((row, _)) => {
                stale.push(*row);
                *row
            }
            None => {
                next += 1;
                let at = at.clamp(0, (1 << 42) - 1);
                (at << COUNTER_BITS) | (next & ((1 << COUNTER_BITS) - 1))
            }
        };
        rows.push(Row {
            row,
            id,
            digest,
            text,
        });
    }
    forget(connection, &stale).await?;
    // A row number below the last one would make the index write out what it has gathered, each time.
    rows.sort_unstable_by_key(|row| row.row);
    insert_many(
        connection,
        "search_row",
        &["row", "kind", "id", "digest"],
        "on conflict (kind, id) do update set digest = excluded.digest",
        &rows,
        |row, v| {
            v.int(row.row).text(kind.as_str());
            v.text(row.id).int(row.digest);
        },
    )
    .await?;
    insert_many(
        connection,
        "search",
        &["rowid", "kind", "body"],
        "",
        &rows,
        |row, v| {
            v.int(row.row).text(kind.as_str()).text(&row.text);
        },
    )
    .await?;
    if next != counter {
        sqlx::query("insert or replace into meta (name, value) values ('search_counter', ?1)")
            .bind(next.to_string())
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn forget(connection: &mut SqliteConnection, rows: &[i64]) -> Result<(), CacheError> {
    if !rows.is_empty() {
        sqlx::query("delete from search where rowid in (select value from json_each(?1))")
            .bind(json(rows)?)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Takes objects out of the index.
pub(crate) async fn gone(
    connection: &mut SqliteConnection,
    gone: &[Record],
) -> Result<(), CacheError> {
    for record in gone {
        if entry(record).is_none() {
            continue;
        }
        let object = record.object();
        let row: Option<i64> =
            sqlx::query_scalar("delete from search_row where kind = ?1 and id = ?2 returning row")
                .bind(object.kind.as_str())
                .bind(&object.remote_id)
                .fetch_optional(&mut *connection)
                .await?;
        forget(connection, row.as_slice()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_not_searched() {
        assert_eq!(
            plain("<p>Two <b>pallets</b> short</p>")
                .split_whitespace()
                .collect::<Vec<_>>(),
            ["Two", "pallets", "short"]
        );
        assert_eq!(plain("a < b"), "a ");
    }
}
