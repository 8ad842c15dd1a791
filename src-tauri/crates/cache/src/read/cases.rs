//! The cases list and single cases.

use domain::{Kind, Millis, ObjectRef, record::Case};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    case_totals::{counted, of, total},
    list::{self, Filter, Order, Rows, Window},
    search,
};
use crate::{
    Cache, CacheError,
    sql::{column, json, list as list_of},
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

/// What [`item`] reads of `r`; its parameter is the person who looks.
macro_rules! columns {
    () => {
        "r.record, r.shown_status, r.shown_owner, r.shown_priority, r.shown_communication_status, r.fetched_at, \
         exists (select 1 from pin where object = 'case:community:' || r.id), \
         exists (select 1 from overlay where object = 'case:community:' || r.id), \
         coalesce((select max(created_at) from comment where case_id = r.id and side = 'partner'), r.opened_at) \
           > coalesce((select at from seen where person = ? and object = 'case:community:' || r.id), -1), \
         (select count(*) from finding where case_id = r.id and shown_open = 1)"
    };
}
const BY_ID: &str = concat!(
    "select ",
    columns!(),
    " from json_each(?) k cross join case_ r on r.id = k.value"
);

fn item(row: &SqliteRow) -> Result<CaseItem, CacheError> {
    let mut case: Case = serde_json::from_str(&column::<String>(row, 0)?)?;
    let optional = |text: String| (!text.is_empty()).then_some(text);
    case.status = column(row, 1)?;
    case.owner = optional(column(row, 2)?);
    case.priority = column(row, 3)?;
    case.communication_status = optional(column(row, 4)?);
    Ok(CaseItem {
        case,
        fetched_at: Millis(column(row, 5)?),
        pinned: column(row, 6)?,
        overlaid: column(row, 7)?,
        unread: column(row, 8)?,
        open_findings: u32::try_from(column::<i64>(row, 9)?).unwrap_or(u32::MAX),
    })
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
        let page = list::page(&order, &filter, window).rows_for(&order, columns!(), person);
        let total = if counted(wanted) {
            total(wanted)
        } else {
            list::count(&order, &filter)
        };
        list::fetch(&mut snapshot, page, [total, of()], item).await
    }

    /// How many cases the filter lets through.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn count_cases(&self, wanted: &CaseFilter) -> Result<u32, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        if counted(wanted) {
            return list::fetch_count(&mut snapshot, total(wanted)).await;
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
        sqlx::query(BY_ID)
            .bind(person)
            .bind(json(ids)?)
            .fetch_all(self.reader().pool())
            .await?
            .iter()
            .map(item)
            .collect()
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
    let kinds = [Kind::Case, Kind::Comment];
    let Some([mut ids, comments]) = search::ids(connection, wanted.text.as_deref(), kinds).await?
    else {
        return Ok(None);
    };
    let threads: Vec<String> = list_of(
        connection,
        "select json_group_array(distinct case_id) from comment where id in (select value from json_each(?1))",
        json(&comments)?,
    )
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
    let mut one = filter.clone();
    one.with("+id = ?", id.to_owned());
    if !one.is_found() {
        one.only(Some(&[id.to_owned()]));
    }
    one.look_up();
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
            let page = list::page(&order, &filter, Window::first(50));
            out.push((page.sql.clone(), filter.allowed(&order)));
            // The rows of one page are put in order again.
            out.push((page.rows_for(&order, columns!(), "").sql, vec!["sort"]));
            out.push((list::count(&order, &filter).sql, vec![]));
            out.push((list::before(&order, &filter, "1").sql, vec![]));
        }
    }
    let many: Vec<String> = (0..1_000).map(|id| id.to_string()).collect();
    for open in [None, Some(true)] {
        let wanted = CaseFilter {
            open,
            ..CaseFilter::default()
        };
        for found in [&many[..], &many[..1]] {
            let filter = conditions(&wanted, Some(found));
            let order = order(CaseSort::Due);
            let page = list::page(&order, &filter, Window::first(50)).sql;
            let looked_up = found.len() == 1;
            out.push((page, if looked_up { vec!["sort"] } else { vec![] }));
            out.push((list::count(&order, &filter).sql, vec![]));
            out.push((list::before(&order, &filter, "1").sql, vec![]));
        }
    }
    out.push((BY_ID.to_owned(), vec![]));
    out.push((FIND.to_owned(), vec![]));
    out
}
