//! What each set of rules looks at is read from the mirror and handed to the rules.

use std::collections::BTreeMap;

use domain::{
    Millis, System,
    finding::{
        ReceivedControl, ThreadFacts, for_case, for_certificate, for_controls, for_document,
        for_mismatch, for_notice, for_task, for_thread,
    },
    policy::Policy,
    record::{AckTrack, Case, Delivery, Document, SpaceItem, Task},
};
use sqlx::SqliteConnection;

use super::Round;
use crate::{
    CacheError,
    apply::Scope,
    sql::{json, list},
};

fn ids(scopes: &[Scope], pick: impl Fn(&Scope) -> Option<&String>) -> Vec<&String> {
    scopes.iter().filter_map(pick).collect()
}

pub(super) async fn threads(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    policy: &Policy,
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let keys: Vec<(&String, &String)> = scopes
        .iter()
        .filter_map(|scope| match scope {
            Scope::Thread(party, order) => Some((party, order)),
            _ => None,
        })
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    type Row = (String, String, String, String, String, Option<i64>);
    let rows: Vec<Row> = list(
        connection,
        "select json_group_array(json_array(d.party, d.order_number, d.partner_id, d.record, d.ack, d.ack_at)) \
         from json_each(?1) k join document d on d.party = k.value ->> 0 and d.order_number = k.value ->> 1 \
         where d.class <> 'receipt'",
        json(&keys)?,
    )
    .await?;
    let mut threads: BTreeMap<(String, String), (String, Vec<Document>)> = BTreeMap::new();
    for (party, order, partner_id, record, ack, ack_at) in rows {
        let document = with_ack(&record, &ack, ack_at)?;
        let entry = threads.entry((party, order)).or_default();
        entry.0 = partner_id;
        entry.1.push(document);
    }
    for ((party, order_number), (partner_id, documents)) in threads {
        let found = for_thread(&ThreadFacts {
            partner_id: (!partner_id.is_empty()).then_some(partner_id.as_str()),
            order_number: &order_number,
            documents: &documents,
            policy,
            now,
        });
        let scope = Scope::Thread(party, order_number);
        round.again(&scope, found.next_check_at);
        for finding in found.findings {
            round.raise(&scope, finding, None);
        }
    }
    Ok(())
}

/// The document with its effective acknowledgement track.
pub(crate) fn with_ack(
    record: &str,
    ack: &str,
    ack_at: Option<i64>,
) -> Result<Document, CacheError> {
    let mut document: Document = serde_json::from_str(record)?;
    document.ack = ack.parse().unwrap_or(AckTrack::None);
    document.ack_at = ack_at.map(Millis).or(document.ack_at);
    Ok(document)
}

pub(super) async fn documents(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    policy: &Policy,
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Document(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, String, String, Option<i64>)> = list(
        connection,
        "select json_group_array(json_array(partner_id, record, ack, ack_at)) from document \
         where id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (partner_id, record, ack, ack_at) in rows {
        let document = with_ack(&record, &ack, ack_at)?;
        let partner_id = (!partner_id.is_empty()).then_some(partner_id.as_str());
        let (found, next) = for_document(&document, partner_id, policy, now);
        let scope = Scope::Document(document.id.clone());
        round.again(&scope, next);
        for finding in found {
            round.raise(&scope, finding, None);
        }
    }
    Ok(())
}

pub(super) async fn notices(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Notice(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(n.record, c.partner_id)) from notice n \
         left join case_ c on c.id = n.case_id where n.id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (record, partner_id) in rows {
        let delivery: Delivery = serde_json::from_str(&record)?;
        if let Some(mut finding) = for_notice(&delivery) {
            finding.partner_id = finding.partner_id.or(partner_id);
            let scope = Scope::Notice(delivery.notice_id.clone());
            round.raise(&scope, finding, delivery.case_id.as_deref());
        }
    }
    Ok(())
}

pub(super) async fn tasks(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Task(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(t.record, c.partner_id)) from task t \
         left join case_ c on c.id = t.case_id where t.id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (record, partner_id) in rows {
        let task: Task = serde_json::from_str(&record)?;
        let (found, next) = for_task(&task, now);
        let scope = Scope::Task(task.id.clone());
        round.again(&scope, next);
        if let Some(mut finding) = found {
            finding.partner_id = finding.partner_id.or(partner_id);
            round.raise(&scope, finding, task.business_key.as_deref());
        }
    }
    Ok(())
}

pub(super) async fn certificates(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    policy: &Policy,
    now: Millis,
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Certificate(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, Option<String>, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(i.record, s.partner_id, s.case_id)) from space_item i \
         left join space s on s.id = i.space_id where i.id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (record, partner_id, case_id) in rows {
        let item: SpaceItem = serde_json::from_str(&record)?;
        let partner_id = partner_id.filter(|id| !id.is_empty());
        let (found, next) = for_certificate(&item, partner_id.as_deref(), policy, now);
        let scope = Scope::Certificate(item.id.clone());
        round.again(&scope, next);
        if let Some(finding) = found {
            round.raise(&scope, finding, case_id.as_deref());
        }
    }
    Ok(())
}

pub(super) async fn mismatches(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Mismatch(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, Option<String>, Option<String>)> = list(
        connection,
        "select json_group_array(json_array(i.record, c.partner_id, s.case_id)) from space_item i \
         left join space s on s.id = i.space_id left join case_ c on c.id = s.case_id \
         where i.id in (select value from json_each(?1))",
        json(&ids)?,
    )
    .await?;
    for (record, partner_id, case_id) in rows {
        let item: SpaceItem = serde_json::from_str(&record)?;
        if let Some(mut finding) = for_mismatch(&item) {
            finding.partner_id = partner_id.filter(|id| !id.is_empty());
            round.raise(
                &Scope::Mismatch(item.id.clone()),
                finding,
                case_id.as_deref(),
            );
        }
    }
    Ok(())
}

/// A reference on a case disagrees when the thing it names says itself that it belongs to another case.
pub(super) async fn cases(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: &mut Round,
) -> Result<(), CacheError> {
    let ids = ids(scopes, |scope| match scope {
        Scope::Case(id) => Some(id),
        _ => None,
    });
    if ids.is_empty() {
        return Ok(());
    }
    let rows: Vec<(String, String, String, String)> = list(
        connection,
        "select json_group_array(json_array(id, system, named, other)) from ( \
           select c.id, 'tracker' system, r.value ->> 'id' named, t.case_id other \
             from json_each(?1) k join case_ c on c.id = k.value, json_each(c.record, '$.external_refs') r \
             join ticket t on t.id = r.value ->> 'id' \
             where r.value ->> 'system' = 'tracker' and t.case_id not in ('', c.id) \
           union all \
           select c.id, 'workflow', r.value ->> 'id', p.case_id \
             from json_each(?1) k join case_ c on c.id = k.value, json_each(c.record, '$.external_refs') r \
             join process p on p.id = r.value ->> 'id' \
             where r.value ->> 'system' = 'workflow' and p.case_id not in ('', c.id) \
           union all \
           select c.id, 'exstream', r.value ->> 'id', n.case_id \
             from json_each(?1) k join case_ c on c.id = k.value, json_each(c.record, '$.external_refs') r \
             join notice n on n.id = r.value ->> 'id' \
             where r.value ->> 'system' = 'exstream' and n.case_id not in ('', c.id))",
        json(&ids)?,
    )
    .await?;
    let mut by_case: BTreeMap<String, Vec<(System, String, String)>> = BTreeMap::new();
    for (case, system, named, other) in rows {
        if let Ok(system) = system.parse() {
            by_case
                .entry(case)
                .or_default()
                .push((system, named, format!("case {other}")));
        }
    }
    if by_case.is_empty() {
        return Ok(());
    }
    let records: Vec<String> = list(
        connection,
        "select json_group_array(record) from case_ where id in (select value from json_each(?1))",
        json(&by_case.keys().collect::<Vec<_>>())?,
    )
    .await?;
    for record in records {
        let case: Case = serde_json::from_str(&record)?;
        let disagreements = by_case.remove(&case.id).unwrap_or_default();
        let scope = Scope::Case(case.id.clone());
        for finding in for_case(&case, &disagreements) {
            round.raise(&scope, finding, Some(&case.id));
        }
    }
    Ok(())
}

/// Latest interchanges of a sender that are looked at.
const CONTROLS: &str = "select json_group_array(json_array(interchange_control, id, arrived_at, partner_id)) from ( \
    select interchange_control, id, arrived_at, partner_id from document \
    where sender = ?1 and direction = 'inbound' and interchange_control <> '' order by arrived_at desc limit 2000)";

pub(super) async fn controls(
    connection: &mut SqliteConnection,
    scopes: &[Scope],
    round: &mut Round,
) -> Result<(), CacheError> {
    for scope in scopes {
        let Scope::Controls(sender) = scope else {
            continue;
        };
        let rows: Vec<(String, String, i64, String)> =
            list(connection, CONTROLS, sender.clone()).await?;
        let mut partner = None;
        let mut received: Vec<ReceivedControl> = rows
            .into_iter()
            .map(|(control, document_id, arrived_at, partner_id)| {
                partner = (!partner_id.is_empty()).then_some(partner_id);
                ReceivedControl {
                    control,
                    document_id,
                    arrived_at: Millis(arrived_at),
                }
            })
            .collect();
        received
            .sort_by(|a, b| (a.arrived_at, &a.document_id).cmp(&(b.arrived_at, &b.document_id)));
        for finding in for_controls(sender, partner.as_deref(), &received) {
            round.raise(scope, finding, None);
        }
    }
    Ok(())
}
