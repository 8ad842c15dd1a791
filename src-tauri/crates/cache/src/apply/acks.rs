//! Receipts (997, 999, TA1, CONTRL) turn the acknowledgement track of the documents they name, in whatever order both
//! arrive. A receipt names a document by control numbers, so sender and receiver have to be each other's.

use std::collections::BTreeMap;

use domain::record::{AckTrack, Acknowledged, Document, Record};
use sqlx::SqliteConnection;

use super::{Scope, Touched, ids_by, stage::Staged};
use crate::{
    CacheError,
    sql::{insert_many, json, list},
};

fn documents<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<&'a Document> {
    records
        .filter_map(|record| match record {
            Record::Document(document) => Some(document),
            _ => None,
        })
        .collect()
}

/// Stores what written receipts say and turns the tracks of every document that is written or named.
pub(crate) async fn apply(
    connection: &mut SqliteConnection,
    rows: &[&Staged],
    touched: &mut Touched,
) -> Result<(), CacheError> {
    let written = documents(rows.iter().map(|row| &row.record));
    let mut says: Vec<(&Document, usize, &Acknowledged)> = Vec::new();
    for document in &written {
        if let Some(content) = &document.content {
            for (position, one) in content.acknowledged.iter().enumerate() {
                says.push((document, position, one));
            }
        }
    }
    let receipts: Vec<String> = written
        .iter()
        .filter(|d| {
            d.content
                .as_ref()
                .is_some_and(|c| !c.acknowledged.is_empty())
        })
        .map(|d| d.id.clone())
        .collect();
    let mut targets: Vec<String> = written.iter().map(|d| d.id.clone()).collect();
    if !receipts.is_empty() {
        sqlx::query(
            "delete from acknowledged where document_id in (select value from json_each(?1))",
        )
        .bind(json(&receipts)?)
        .execute(&mut *connection)
        .await?;
        let errors: Vec<String> = says
            .iter()
            .map(|(_, _, one)| serde_json::to_string(&one.errors))
            .collect::<Result<_, _>>()?;
        let says: Vec<_> = says.into_iter().zip(errors).collect();
        insert_many(
            connection,
            "acknowledged",
            &[
                "document_id",
                "position",
                "sender",
                "receiver",
                "interchange_control",
                "group_control",
                "document_control",
                "outcome",
                "errors",
                "arrived_at",
            ],
            "",
            &says,
            |((document, position, one), errors), v| {
                v.text(&document.id)
                    .int(i64::try_from(*position).unwrap_or(i64::MAX));
                v.text(&document.sender).text(&document.receiver);
                v.word(one.interchange_control.as_deref())
                    .word(one.group_control.as_deref());
                v.word(one.document_control.as_deref())
                    .text(one.outcome.as_str());
                v.text(errors).int(document.arrived_at.0);
            },
        )
        .await?;
        targets.extend(named_by(connection, &receipts).await?);
        targets.sort();
        targets.dedup();
    }
    let named: Vec<String> = turn(connection, &targets).await?;
    touched
        .scopes
        .extend(named.into_iter().map(Scope::Document));
    Ok(())
}

/// Documents that receipts name.
async fn named_by(
    connection: &mut SqliteConnection,
    receipts: &[String],
) -> Result<Vec<String>, CacheError> {
    ids_by(
        connection,
        "select d.id from json_each(?1) r join acknowledged a on a.document_id = r.value \
           join document d on d.group_control = a.group_control \
           where a.group_control <> '' and (a.document_control = '' or d.document_control = a.document_control) \
             and d.sender = a.receiver and d.receiver = a.sender and d.class <> 'receipt' \
         union select d.id from json_each(?1) r join acknowledged a on a.document_id = r.value \
           join document d on d.interchange_control = a.interchange_control \
           where a.group_control = '' and a.interchange_control <> '' \
             and (a.document_control = '' or d.document_control = a.document_control) \
             and d.sender = a.receiver and d.receiver = a.sender and d.class <> 'receipt'",
        receipts,
    )
    .await
}

#[derive(serde::Deserialize)]
struct Says(String, String, String, i64, String);

/// Sets the effective track of documents from the grid's own and the last receipt; returns those a receipt turned.
async fn turn(
    connection: &mut SqliteConnection,
    targets: &[String],
) -> Result<Vec<String>, CacheError> {
    let mut turned = Vec::new();
    for part in targets.chunks(2_000) {
        let rows: Vec<Says> = list(
            connection,
            "select json_group_array(json_array(id, own, receipt, at, outcome)) from ( \
               select d.id, d.record ->> '$.ack' own, a.document_id receipt, a.arrived_at at, a.outcome \
                 from json_each(?1) t join document d on d.id = t.value \
                 join acknowledged a on a.group_control = d.group_control \
                 where d.group_control <> '' and (a.document_control = '' or a.document_control = d.document_control) \
                   and a.sender = d.receiver and a.receiver = d.sender and d.class <> 'receipt' \
                   and a.arrived_at >= d.arrived_at - 3600000 \
               union all \
               select d.id, d.record ->> '$.ack', a.document_id, a.arrived_at, a.outcome \
                 from json_each(?1) t join document d on d.id = t.value \
                 join acknowledged a on a.interchange_control = d.interchange_control \
                 where a.group_control = '' and d.interchange_control <> '' \
                   and (a.document_control = '' or a.document_control = d.document_control) \
                   and a.sender = d.receiver and a.receiver = d.sender and d.class <> 'receipt' \
                   and a.arrived_at >= d.arrived_at - 3600000)",
            json(part)?,
        )
        .await?;
        let mut last: BTreeMap<String, Says> = BTreeMap::new();
        for row in rows {
            match last.get(&row.0) {
                Some(known) if (known.3, &known.2) >= (row.3, &row.2) => {}
                _ => {
                    last.insert(row.0.clone(), row);
                }
            }
        }
        let sets: Vec<(&str, &str, &str, i64)> = last
            .values()
            .map(|Says(id, own, receipt, at, outcome)| {
                (id.as_str(), effective(own, outcome), receipt.as_str(), *at)
            })
            .collect();
        if sets.is_empty() {
            continue;
        }
        sqlx::query(
            "update document set ack = s.value ->> 1, ack_document_id = s.value ->> 2, \
               ack_at = coalesce(document.record ->> '$.ack_at', s.value ->> 3) \
             from json_each(?1) s where document.id = s.value ->> 0",
        )
        .bind(json(&sets)?)
        .execute(&mut *connection)
        .await?;
        turned.extend(last.into_keys());
    }
    Ok(turned)
}

/// The grid's own word stands where it says an end; where it still waits (or says that time ran out), the receipt does.
fn effective<'a>(own: &'a str, outcome: &'a str) -> &'a str {
    match own.parse::<AckTrack>() {
        Ok(AckTrack::None | AckTrack::Pending | AckTrack::Expired) | Err(_) => outcome,
        Ok(_) => own,
    }
}

/// A receipt that is gone no longer turns anything.
pub(crate) async fn gone(
    connection: &mut SqliteConnection,
    gone: &[Record],
    touched: &mut Touched,
) -> Result<(), CacheError> {
    let ids: Vec<String> = documents(gone.iter())
        .iter()
        .map(|d| d.id.clone())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let named = named_by(connection, &ids).await?;
    sqlx::query("delete from acknowledged where document_id in (select value from json_each(?1))")
        .bind(json(&ids)?)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update document set ack = record ->> '$.ack', ack_document_id = null, ack_at = record ->> '$.ack_at' \
         where id in (select value from json_each(?1))",
    )
    .bind(json(&named)?)
    .execute(&mut *connection)
    .await?;
    turn(connection, &named).await?;
    touched
        .scopes
        .extend(named.into_iter().map(Scope::Document));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_turns_a_waiting_track_and_leaves_an_end_alone() {
        assert_eq!(effective("pending", "rejected"), "rejected");
        assert_eq!(effective("expired", "accepted"), "accepted");
        assert_eq!(
            effective("integrity_failed", "accepted"),
            "integrity_failed"
        );
    }
}
