//! The exceptions list: findings with what people said about them.

use domain::{Millis, finding::Finding};
use sqlx::sqlite::SqliteRow;

use super::{
    cases::place,
    list::{self, Count, Filter, Order, Rows, Window},
};
use crate::{
    Cache, CacheError,
    sql::{column, json, list as list_of},
};

/// Which findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// Part of the title, number or id.
    pub text: Option<String>,
    /// Only those that still ask for somebody, or only those that do not.
    pub open: Option<bool>,
    /// Rules.
    pub rules: Vec<String>,
    /// Severities.
    pub severities: Vec<String>,
    /// Partner ids.
    pub partners: Vec<String>,
    /// States shown.
    pub states: Vec<String>,
    /// Ids left out.
    pub exclude: Vec<String>,
}

/// Order of the exceptions list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FindingSort {
    /// Latest first.
    #[default]
    Since,
    /// By partner.
    Partner,
}

/// A finding as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingItem {
    /// What was found.
    pub finding: Finding,
    /// State shown: what people said, else what the rule says.
    pub state: String,
    /// Whether its rule still raises it.
    pub raised: bool,
    /// Case it rides on.
    pub case_id: Option<String>,
    /// First seen here.
    pub opened_at: Millis,
    /// No longer raised since.
    pub closed_at: Option<Millis>,
}

const fn order(sort: FindingSort) -> Order {
    match sort {
        FindingSort::Since => Order {
            table: "finding",
            index: "finding_by_since",
            key: "occurred_at",
            descending: true,
            wide: "finding_by_since",
            half: Some("shown_open"),
        },
        FindingSort::Partner => Order {
            table: "finding",
            index: "finding_by_partner",
            key: "partner_id",
            descending: false,
            wide: "finding_by_partner",
            half: Some("shown_open"),
        },
    }
}

fn conditions(wanted: &FindingFilter) -> Filter {
    let mut filter = Filter::half(wanted.open);
    filter
        .any_of("rule", &wanted.rules)
        .any_of("severity", &wanted.severities)
        .any_of("partner_id", &wanted.partners)
        .any_of("shown_state", &wanted.states)
        .none_of("id", &wanted.exclude);
    if let Some(text) = wanted.text.as_deref().filter(|t| !t.trim().is_empty()) {
        // Findings are few: thousands, not millions.
        filter.with(
            "instr(lower(number || ' ' || order_number || ' ' || (record ->> '$.title')), ?) > 0",
            text.trim().to_lowercase(),
        );
    }
    filter
}

macro_rules! columns {
    () => {
        "r.record, r.shown_state, r.state, r.case_id, r.opened_at, r.closed_at"
    };
}
const BY_ID: &str = concat!(
    "select ",
    columns!(),
    " from json_each(?1) k cross join finding r on r.id = k.value"
);
const BY_CASE: &str = concat!(
    "select ",
    columns!(),
    " from finding r where r.case_id = ?1 and (?2 or r.shown_open = 1) \
     order by r.shown_open desc, r.occurred_at desc, r.row desc limit 500"
);
const BY_DOCUMENT: &str = concat!(
    "select ",
    columns!(),
    " from finding r where r.document_id = ?1 limit 100"
);
const BY_ORDER: &str = concat!(
    "select ",
    columns!(),
    " from finding r where r.order_number = ?1 and r.partner_id = ?2 and r.shown_open = 1 limit 500"
);

fn item(row: &SqliteRow) -> Result<FindingItem, CacheError> {
    let case: String = column(row, 3)?;
    Ok(FindingItem {
        finding: serde_json::from_str(&column::<String>(row, 0)?)?,
        state: column(row, 1)?,
        raised: column::<String>(row, 2)? == "open",
        case_id: (!case.is_empty()).then_some(case),
        opened_at: Millis(column(row, 4)?),
        closed_at: column::<Option<i64>>(row, 5)?.map(Millis),
    })
}

fn items(rows: &[SqliteRow]) -> Result<Vec<FindingItem>, CacheError> {
    rows.iter().map(item).collect()
}

impl Cache {
    /// A part of the exceptions list.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_findings(
        &self,
        wanted: &FindingFilter,
        sort: FindingSort,
        window: Window,
    ) -> Result<Rows<FindingItem>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let filter = conditions(wanted);
        let order = order(sort);
        let page = list::page(&order, &filter, window).rows(&order, columns!());
        let all = conditions(&FindingFilter::default());
        let totals = [list::count(&order, &filter), list::count(&order, &all)];
        list::fetch(&mut snapshot, page, totals, item).await
    }

    /// How many findings the filter lets through.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn count_findings(&self, wanted: &FindingFilter) -> Result<u32, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let order = order(FindingSort::Since);
        list::fetch_count(&mut snapshot, list::count(&order, &conditions(wanted))).await
    }

    /// Where a finding stands in the whole list.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn finding_place(
        &self,
        wanted: &FindingFilter,
        sort: FindingSort,
        id: &str,
    ) -> Result<Option<u32>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        place(&mut snapshot, &order(sort), &conditions(wanted), id).await
    }

    /// Values the list can be filtered by, with counts, over the open or all findings.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn finding_facets(&self, wanted: &FindingFilter) -> Result<Vec<Count>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let open = wanted
            .open
            .map_or("null".to_owned(), |o| i64::from(o).to_string());
        let rows: Vec<(String, String, u32)> = list_of(&mut snapshot, FACETS, open).await?;
        Ok(rows
            .into_iter()
            .filter_map(|(facet, value, count)| {
                let facet = ["rule", "severity", "partner", "state"]
                    .into_iter()
                    .find(|name| *name == facet)?;
                Some(Count {
                    facet,
                    value,
                    count,
                })
            })
            .collect())
    }

    /// Findings that ride on a case, open ones first.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn findings_of_case(
        &self,
        case_id: &str,
        closed_too: bool,
    ) -> Result<Vec<FindingItem>, CacheError> {
        let rows = sqlx::query(BY_CASE)
            .bind(case_id)
            .bind(closed_too)
            .fetch_all(self.reader().pool())
            .await?;
        items(&rows)
    }

    /// Findings on a document.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn findings_of_document(&self, id: &str) -> Result<Vec<FindingItem>, CacheError> {
        let rows = sqlx::query(BY_DOCUMENT)
            .bind(id)
            .fetch_all(self.reader().pool())
            .await?;
        items(&rows)
    }

    /// Open findings on an order of a partner.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn findings_of_order(
        &self,
        partner_id: &str,
        order_number: &str,
    ) -> Result<Vec<FindingItem>, CacheError> {
        let rows = sqlx::query(BY_ORDER)
            .bind(order_number)
            .bind(partner_id)
            .fetch_all(self.reader().pool())
            .await?;
        items(&rows)
    }

    /// Findings by id, in that order; unknown ones are left out.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn findings(&self, ids: &[String]) -> Result<Vec<FindingItem>, CacheError> {
        let rows = sqlx::query(BY_ID)
            .bind(json(ids)?)
            .fetch_all(self.reader().pool())
            .await?;
        items(&rows)
    }
}

const FACETS: &str = "with f as materialized (select rule, severity, partner_id, shown_state from finding \
      where json(?1) ->> '$' is null or shown_open = json(?1) ->> '$') \
    select json_group_array(json_array(f, v, n)) from ( \
      select 'rule' f, rule v, count(*) n from f group by rule \
      union all select 'severity', severity, count(*) from f group by severity \
      union all select 'partner', partner_id, count(*) from f group by partner_id \
      union all select 'state', shown_state, count(*) from f group by shown_state)";

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    let mut out = Vec::new();
    for wanted in [
        FindingFilter::default(),
        FindingFilter {
            open: Some(true),
            rules: vec!["price_differs".into()],
            partners: vec!["1".into()],
            ..FindingFilter::default()
        },
    ] {
        for sort in [FindingSort::Since, FindingSort::Partner] {
            let (order, filter) = (order(sort), conditions(&wanted));
            let page = list::page(&order, &filter, Window::first(50));
            out.push((page.sql.clone(), vec![]));
            out.push((page.rows(&order, columns!()).sql, vec!["sort"]));
            out.push((list::count(&order, &filter).sql, vec![]));
            out.push((list::before(&order, &filter, "1").sql, vec![]));
        }
    }
    for statement in [BY_ID, BY_CASE, BY_DOCUMENT, BY_ORDER] {
        out.push((statement.to_owned(), vec![]));
    }
    out
}
