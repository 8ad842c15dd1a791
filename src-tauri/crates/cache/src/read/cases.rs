//! The cases list and single cases.

use domain::{Kind, Millis, ObjectRef, record::Case};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    case_totals::{counted, total},
    list::{self, Filter, Order, Rows, Window},
    search,
};
use crate::{
    Cache, CacheError,
    sql::{column, json},
};

/// Which cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Full text over the case and its thread; the newest 2,000 hits count.
    pub text: Option<String>,
    /// Only open ones, or only those that are not.
    pub open: Option<bool>,
    /// Logins of owners; an empty one for nobody.
    pub owners: Vec<String>,
    /// Status words.
    pub statuses: Vec<String>,
    /// Type words.
    pub types: Vec<String>,
    /// Partner ids.
    pub partners: Vec<String>,
    /// Communication status words.
    pub communication: Vec<String>,
    /// Priority words.
    pub priorities: Vec<String>,
    /// Due at this instant or before.
    pub due_until: Option<Millis>,
    /// Ids left out.
    pub exclude: Vec<String>,
}

/// Order of the cases list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseSort {
    /// Due first; without a due date last.
    #[default]
    Due,
    /// Newest first.
    Opened,
    /// Last changed first.
    Updated,
    /// Partners by name.
    Partner,
}

/// A case as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseItem {
    /// The case; status, owner, priority and communication status are the effective ones.
    pub case: Case,
    /// Whether something of it is only on this machine so far.
    pub overlaid: bool,
    /// Something arrived since this person last opened it.
    pub unread: bool,
    /// Kept for offline work.
    pub pinned: bool,
    /// Findings that ride on it and are open.
    pub open_findings: u32,
    /// When it was last read from its source.
    pub fetched_at: Millis,
}

const fn order(sort: CaseSort) -> Order {
    let (index, key, descending) = match sort {
        CaseSort::Due => ("case_by_due", "due_key", false),
        CaseSort::Opened => ("case_by_opened", "opened_at", true),
        CaseSort::Updated => ("case_by_updated", "updated_at", true),
        CaseSort::Partner => ("case_by_partner", "partner_name", false),
    };
    Order {
        table: "case_",
        index,
        key,
        descending,
        wide: "case_by_due",
        half: Some("shown_open"),
    }
}

fn conditions(wanted: &CaseFilter, ids: Option<&[String]>) -> Filter {
    let mut filter = Filter::half(wanted.open);
    filter
        .any_of("shown_owner", &wanted.owners)
        .any_of("shown_status", &wanted.statuses)
        .any_of("case_type", &wanted.types)
        .any_of("partner_id", &wanted.partners)
        .any_of("shown_communication_status", &wanted.communication)
        .any_of("shown_priority", &wanted.priorities)
        .at_most("due_key", wanted.due_until.map(|at| at.0))
        .none_of("id", &wanted.exclude)
        .only(ids);
    filter
}

const COLUMNS: &str = "c.row, c.record, c.shown_status, c.shown_owner, c.shown_priority, c.shown_communication_status, \
    c.fetched_at, \
    exists (select 1 from pin where object = 'case:community:' || c.id), \
    exists (select 1 from overlay where object = 'case:community:' || c.id), \
    coalesce((select max(created_at) from comment where case_id = c.id and side = 'partner'), c.opened_at) \
      > coalesce((select at from seen where person = ?2 and object = 'case:community:' || c.id), -1), \
    (select count(*) from finding where case_id = c.id and shown_open = 1)";

macro_rules! by_row {
    () => {
        "from json_each(?1) k cross join case_ c on c.row = k.value"
    };
}
macro_rules! by_id {
    () => {
        "from json_each(?1) k cross join case_ c on c.id = k.value"
    };
}

fn item(row: &SqliteRow) -> Result<(i64, CaseItem), CacheError> {
    let mut case: Case = serde_json::from_str(&column::<String>(row, 1)?)?;
    let optional = |text: String| (!text.is_empty()).then_some(text);
    case.status = column(row, 2)?;
    case.owner = optional(column(row, 3)?);
    case.priority = column(row, 4)?;
    case.communication_status = optional(column(row, 5)?);
    Ok((
        column(row, 0)?,
        CaseItem {
            case,
            fetched_at: Millis(column(row, 6)?),
            pinned: column(row, 7)?,
            overlaid: column(row, 8)?,
            unread: column(row, 9)?,
            open_findings: u32::try_from(column::<i64>(row, 10)?).unwrap_or(u32::MAX),
        },
    ))
}

async fn fetch(
    connection: &mut SqliteConnection,
    from: &str,
    keys: String,
    person: &str,
) -> Result<Vec<(i64, CaseItem)>, CacheError> {
    sqlx::query(sqlx::AssertSqlSafe(format!("select {COLUMNS} {from}")))
        .bind(keys)
        .bind(person)
        .fetch_all(connection)
        .await?
        .iter()
        .map(item)
        .collect()
}

impl Cache {
    /// A part of the cases list, as `person` sees it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_cases(
        &self,
        wanted: &CaseFilter,
        sort: CaseSort,
        window: Window,
        person: &str,
    ) -> Result<Rows<CaseItem>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let ids = found(&mut snapshot, wanted).await?;
        let filter = conditions(wanted, ids.as_deref());
        let order = order(sort);
        let rows = list::fetch_rows(&mut snapshot, list::page(&order, &filter, window)).await?;
        let found = fetch(&mut snapshot, by_row!(), json(&rows)?, person).await?;
        let of = total(&mut snapshot, &CaseFilter::default()).await?;
        let total = if counted(wanted) {
            total(&mut snapshot, wanted).await?
        } else {
            list::fetch_count(&mut snapshot, list::count(&order, &filter)).await?
        };
        Ok(Rows {
            total,
            of,
            items: list::in_order(&rows, found),
        })
    }

    /// How many cases the filter lets through.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn count_cases(&self, wanted: &CaseFilter) -> Result<u32, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        if counted(wanted) {
            return total(&mut snapshot, wanted).await;
        }
        let ids = found(&mut snapshot, wanted).await?;
        let filter = conditions(wanted, ids.as_deref());
        list::fetch_count(&mut snapshot, list::count(&order(CaseSort::Due), &filter)).await
    }

    /// Where a case stands in the whole list; `None` when it is not in it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn case_place(
        &self,
        wanted: &CaseFilter,
        sort: CaseSort,
        id: &str,
    ) -> Result<Option<u32>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let ids = found(&mut snapshot, wanted).await?;
        let filter = conditions(wanted, ids.as_deref());
        place(&mut snapshot, &order(sort), &filter, id).await
    }

    /// One case.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn case(&self, id: &str, person: &str) -> Result<Option<CaseItem>, CacheError> {
        Ok(self.cases(&[id.to_owned()], person).await?.pop())
    }

    /// Cases by id, in that order; unknown ones are left out.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn cases(&self, ids: &[String], person: &str) -> Result<Vec<CaseItem>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        Ok(fetch(&mut snapshot, by_id!(), json(ids)?, person)
            .await?
            .into_iter()
            .map(|(_, item)| item)
            .collect())
    }

    /// The case with this number or id, as people type it: `PC-48213` or `48213`.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn find_case(&self, typed: &str) -> Result<Option<String>, CacheError> {
        let typed = typed.trim();
        Ok(sqlx::query_scalar(FIND)
            .bind(typed)
            .fetch_optional(self.reader().pool())
            .await?)
    }

    /// Cases that name this order, invoice or ship notice of this partner, or this thing elsewhere; open ones first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn cases_naming(
        &self,
        value: &str,
        partner_id: Option<&str>,
        person: &str,
    ) -> Result<Vec<CaseItem>, CacheError> {
        let ids: Vec<String> = sqlx::query_scalar(NAMING)
            .bind(value)
            .bind(partner_id)
            .fetch_all(self.reader().pool())
            .await?;
        self.cases(&ids, person).await
    }

    /// Notes that a person saw something as it was at `at`. Announced only when that is later than what they saw before.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn mark_seen(
        &self,
        person: &str,
        object: &ObjectRef,
        at: Millis,
    ) -> Result<(), CacheError> {
        let mut tx = self.writer()?.begin().await?;
        let marked = sqlx::query(
            "insert into seen (person, object, at) values (?1, ?2, ?3) \
             on conflict do update set at = excluded.at where excluded.at > at",
        )
        .bind(person)
        .bind(object.to_string())
        .bind(at.0)
        .execute(&mut *tx)
        .await?;
        // What was seen before is no news: a listener that reads again would otherwise be told again, for ever.
        if marked.rows_affected() > 0 {
            tx.announce(object.kind.as_str(), object.to_string());
        }
        tx.commit().await?;
        Ok(())
    }

    /// Keeps something for offline work, or lets it go.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn pin(&self, object: &ObjectRef, on: bool, now: Millis) -> Result<(), CacheError> {
        let mut tx = self.writer()?.begin().await?;
        let statement = if on {
            "insert or ignore into pin (object, at) values (?1, ?2)"
        } else {
            "delete from pin where object = ?1"
        };
        sqlx::query(statement)
            .bind(object.to_string())
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        tx.announce(object.kind.as_str(), object.to_string());
        tx.commit().await?;
        Ok(())
    }

    /// What is pinned.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn pinned(&self) -> Result<Vec<ObjectRef>, CacheError> {
        let names: Vec<String> = sqlx::query_scalar("select object from pin order by at")
            .fetch_all(self.reader().pool())
            .await?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }
}

const FIND: &str =
    "select id from case_ where id = ?1 union all select id from case_ where number = ?1 limit 1";
const NAMING: &str = "select c.id from link l cross join case_ c on c.id = l.case_id \
    where l.value = ?1 and (?2 is null or l.partner_id = ?2) group by c.id \
    order by c.shown_open desc, c.opened_at desc limit 50";

/// Ids the text of the filter finds: in the case itself or in its thread.
async fn found(
    connection: &mut SqliteConnection,
    wanted: &CaseFilter,
) -> Result<Option<Vec<String>>, CacheError> {
    let Some(text) = wanted.text.as_deref().filter(|t| !t.trim().is_empty()) else {
        return Ok(None);
    };
    let mut ids = search::ids(connection, text, Kind::Case).await?;
    let comments = search::ids(connection, text, Kind::Comment).await?;
    let threads: Vec<String> = sqlx::query_scalar(
        "select distinct case_id from comment where id in (select value from json_each(?1))",
    )
    .bind(json(&comments)?)
    .fetch_all(connection)
    .await?;
    ids.extend(threads);
    ids.sort();
    ids.dedup();
    Ok(Some(ids))
}

/// Where an id stands in a list.
pub(crate) async fn place(
    connection: &mut SqliteConnection,
    order: &Order,
    filter: &Filter,
    id: &str,
) -> Result<Option<u32>, CacheError> {
    let mut itself = filter.clone();
    itself.with("+id = ?", id.to_owned());
    let mut one = itself;
    if !one.is_few() {
        one.only(Some(&[id.to_owned()]));
    }
    if list::fetch_count(connection, list::count(order, &one)).await? == 0 {
        return Ok(None);
    }
    list::fetch_count(connection, list::before(order, filter, id))
        .await
        .map(Some)
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    let mut out = Vec::new();
    let filters = [
        CaseFilter::default(),
        CaseFilter {
            open: Some(true),
            ..CaseFilter::default()
        },
        CaseFilter {
            open: Some(true),
            owners: vec!["a".into()],
            statuses: vec!["new".into()],
            types: vec!["dispute".into()],
            partners: vec!["1".into()],
            communication: vec!["bounced".into()],
            priorities: vec!["high".into()],
            due_until: Some(Millis(1)),
            ..CaseFilter::default()
        },
    ];
    for wanted in &filters {
        let filter = conditions(wanted, None);
        for sort in [
            CaseSort::Due,
            CaseSort::Opened,
            CaseSort::Updated,
            CaseSort::Partner,
        ] {
            let order = order(sort);
            out.push((
                list::page(&order, &filter, Window::first(50)).sql,
                filter.allowed(&order),
            ));
            out.push((list::count(&order, &filter).sql, vec![]));
            out.push((list::before(&order, &filter, "1").sql, vec![]));
        }
    }
    out.push((format!("select {COLUMNS} {}", by_row!()), vec![]));
    out.push((format!("select {COLUMNS} {}", by_id!()), vec![]));
    out.push((FIND.to_owned(), vec![]));
    out
}
