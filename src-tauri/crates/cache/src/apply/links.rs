//! Which case names which order, invoice, ship notice, ticket, process, workspace and notice. The case is the authority.

use std::collections::BTreeSet;

use domain::{
    Kind,
    record::{Case, Record},
};
use sqlx::SqliteConnection;

use super::{
    Scope, Touched, ids_by,
    stage::{Staged, Verdict},
    write,
};
use crate::{
    CacheError, mirror,
    sql::{insert_many, json},
};

struct Link<'a> {
    value: &'a str,
    relation: &'a str,
    case: &'a Case,
}

fn of(case: &Case) -> impl Iterator<Item = Link<'_>> {
    let business = case.business_refs.iter().map(|r| (&r.value, &r.kind));
    let external = case.external_refs.iter().map(|r| (&r.id, &r.system));
    business
        .chain(external)
        .filter(|(value, _)| !value.is_empty())
        .map(move |(value, relation)| Link {
            value,
            relation,
            case,
        })
}

/// Takes the links of cases that are about to be replaced.
pub(crate) async fn before(
    connection: &mut SqliteConnection,
    rows: &[(Staged, Verdict)],
) -> Result<(), CacheError> {
    let ids: Vec<String> = rows
        .iter()
        .filter(|(_, verdict)| *verdict == Verdict::Changed)
        .map(|(row, _)| mirror::id_of(&row.record).to_owned())
        .collect();
    let Some(table) = mirror::table(Kind::Case) else {
        return Ok(());
    };
    if ids.is_empty() {
        return Ok(());
    }
    let old: Vec<Record> = write::records(connection, Kind::Case, &table, &ids)
        .await?
        .into_values()
        .collect();
    remove(connection, &old).await
}

async fn remove(connection: &mut SqliteConnection, old: &[Record]) -> Result<(), CacheError> {
    let keys: Vec<(&str, &str, &str)> = old
        .iter()
        .filter_map(|record| match record {
            Record::Case(case) => Some(case),
            _ => None,
        })
        .flat_map(of)
        .map(|l| (l.value, l.case.id.as_str(), l.relation))
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from link where (value, case_id, relation) in \
         (select value ->> 0, value ->> 1, value ->> 2 from json_each(?1))",
    )
    .bind(json(&keys)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes the links of cases, and notes the findings that may now ride on another case.
pub(crate) async fn after(
    connection: &mut SqliteConnection,
    rows: &[&Staged],
    touched: &mut Touched,
) -> Result<(), CacheError> {
    let cases: Vec<&Case> = rows
        .iter()
        .filter_map(|row| match &row.record {
            Record::Case(case) => Some(case),
            _ => None,
        })
        .collect();
    let mut links: Vec<Link<'_>> = cases.iter().copied().flat_map(of).collect();
    // In the order of the key: neighbours land on the same page.
    links.sort_by(|a, b| (a.value, &a.case.id, a.relation).cmp(&(b.value, &b.case.id, b.relation)));
    insert_many(
        connection,
        "link",
        &["value", "case_id", "relation", "partner_id"],
        "on conflict do update set partner_id = excluded.partner_id",
        &links,
        |link, v| {
            v.text(link.value).text(&link.case.id);
            v.text(link.relation).text(&link.case.partner_id);
        },
    )
    .await?;
    let numbers: Vec<String> = cases
        .iter()
        .flat_map(|case| case.business_refs.iter().map(|r| r.value.clone()))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    touched
        .findings
        .extend(findings_on(connection, &numbers).await?);
    // A notice or task may have come before its case: its finding then knows no partner yet.
    let ids: Vec<String> = cases.iter().map(|case| case.id.clone()).collect();
    let scopes = ids_by(
        connection,
        "select f.scope from json_each(?1) c join finding f on f.case_id = c.value where f.document_id = ''",
        &ids,
    )
    .await?;
    touched
        .scopes
        .extend(scopes.iter().filter_map(|scope| Scope::parse(scope)));
    Ok(())
}

/// Notes the cases that name these tickets, processes or notices: both sides must agree.
pub(crate) async fn named(
    connection: &mut SqliteConnection,
    rows: &[&Staged],
    touched: &mut Touched,
) -> Result<(), CacheError> {
    let ids: Vec<String> = rows
        .iter()
        .map(|row| mirror::id_of(&row.record).to_owned())
        .collect();
    let cases = ids_by(
        connection,
        "select l.case_id from json_each(?1) n join link l on l.value = n.value \
         where l.relation in ('tracker', 'workflow', 'exstream')",
        &ids,
    )
    .await?;
    touched.scopes.extend(cases.into_iter().map(Scope::Case));
    Ok(())
}

async fn findings_on(
    connection: &mut SqliteConnection,
    numbers: &[String],
) -> Result<Vec<String>, CacheError> {
    ids_by(
        connection,
        "select f.id from json_each(?1) n join finding f on f.order_number = n.value \
         union select f.id from json_each(?1) n join finding f on f.number = n.value",
        numbers,
    )
    .await
}

/// Takes the links of cases that are gone.
pub(crate) async fn gone(
    connection: &mut SqliteConnection,
    gone: &[Record],
    touched: &mut Touched,
) -> Result<(), CacheError> {
    remove(connection, gone).await?;
    let cases: Vec<String> = gone
        .iter()
        .filter_map(|record| match record {
            Record::Case(case) => Some(case.id.clone()),
            _ => None,
        })
        .collect();
    touched.findings.extend(
        ids_by(
            connection,
            "select id from finding where case_id in (select value from json_each(?1))",
            &cases,
        )
        .await?,
    );
    touched.scopes.extend(cases.into_iter().map(Scope::Case));
    Ok(())
}
