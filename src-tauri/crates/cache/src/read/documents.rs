//! The documents list, order threads, and what belongs to a case.

use domain::{Kind, Millis, record::Document};
use sqlx::{SqliteConnection, sqlite::SqliteRow};

use super::{
    cases::place,
    document_totals::{counted, of, total},
    list::{self, Filter, Order, Rows, Window},
    search,
};
use crate::{
    Cache, CacheError,
    apply::findings::with_ack,
    sql::{column, json},
};

/// Which documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Full text over numbers; the newest 2,000 hits count.
    pub text: Option<String>,
    /// Classes: `order`, `invoice`, ...
    pub classes: Vec<String>,
    /// Type words as on the wire.
    pub types: Vec<String>,
    /// Partner ids.
    pub partners: Vec<String>,
    /// Directions.
    pub directions: Vec<String>,
    /// Validation words.
    pub validation: Vec<String>,
    /// Delivery words.
    pub delivery: Vec<String>,
    /// Acknowledgement words, effective.
    pub ack: Vec<String>,
    /// Test traffic only, or none of it.
    pub test: Option<bool>,
    /// Ids left out.
    pub exclude: Vec<String>,
}

/// Order of the documents list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DocumentSort {
    /// Last event first.
    #[default]
    Event,
    /// By partner.
    Partner,
}

/// A document as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentItem {
    /// The document; its acknowledgement track is the effective one.
    pub document: Document,
    /// Partner, if the addresses are known.
    pub partner_id: Option<String>,
    /// Name of the other side.
    pub partner_name: String,
    /// Order it belongs to, its own number on an order.
    pub order_number: Option<String>,
    /// Receipt that turned the acknowledgement track.
    pub ack_document_id: Option<String>,
    /// Last event.
    pub event_at: Millis,
}

const fn order(sort: DocumentSort) -> Order {
    match sort {
        DocumentSort::Event => Order {
            table: "document",
            index: "document_by_event",
            key: "event_at",
            descending: true,
            wide: "document_by_event",
            half: None,
        },
        DocumentSort::Partner => Order {
            table: "document",
            index: "document_by_partner",
            key: "partner_name",
            descending: false,
            wide: "document_by_event",
            half: None,
        },
    }
}

fn conditions(wanted: &DocumentFilter, ids: Option<&[String]>) -> Filter {
    let mut filter = Filter::default();
    filter
        .any_of("class", &wanted.classes)
        .any_of("doc_type", &wanted.types)
        .any_of("partner_id", &wanted.partners)
        .any_of("direction", &wanted.directions)
        .any_of("validation", &wanted.validation)
        .any_of("delivery", &wanted.delivery)
        .any_of("ack", &wanted.ack)
        .flag("test", wanted.test)
        .none_of("id", &wanted.exclude)
        .only(ids);
    filter
}

macro_rules! columns {
    () => {
        "r.record, r.ack, r.ack_at, r.partner_id, r.partner_name, r.order_number, r.ack_document_id, r.event_at"
    };
}
const BY_ID: &str = concat!(
    "select ",
    columns!(),
    " from json_each(?1) k cross join document r on r.id = k.value"
);
const BY_ORDER: &str = concat!(
    "select ",
    columns!(),
    " from document r where r.party = ?1 and r.order_number = ?2 order by r.arrived_at limit 1000"
);
const BY_NUMBER: &str = concat!(
    "select ",
    columns!(),
    " from document r where r.number = ?1 and (?2 is null or r.party = ?2) limit 100"
);
/// Orders a case is about: named by it, or named by documents it names.
const ORDERS_OF_CASE: &str = "select d.party, d.order_number from case_ c, json_each(c.record, '$.business_refs') r \
      cross join document d on d.party = c.partner_id and d.order_number = r.value ->> 'value' \
      where c.id = ?1 and d.order_number <> '' \
    union select d.party, d.order_number from case_ c, json_each(c.record, '$.business_refs') r \
      cross join document d on d.number = r.value ->> 'value' and d.party = c.partner_id \
      where c.id = ?1 and d.order_number <> '' \
    union select d.party, d.order_number from case_ c, json_each(c.record, '$.business_refs') r \
      cross join document d on d.id = r.value ->> 'value' \
      where c.id = ?1 and r.value ->> 'kind' = 'lens_transaction' and d.order_number <> '' \
    limit 50";
/// Documents of a case: everything of its orders, and what it names itself.
pub(crate) const IDS_OF_CASE: &str = "select d.id from case_ c, json_each(c.record, '$.business_refs') r \
      cross join document d on d.number = r.value ->> 'value' and d.party = c.partner_id where c.id = ?1 \
    union select d.id from case_ c, json_each(c.record, '$.business_refs') r \
      cross join document d on d.id = r.value ->> 'value' \
      where c.id = ?1 and r.value ->> 'kind' = 'lens_transaction' \
    union select d.id from json_each(?2) o \
      cross join document d on d.party = o.value ->> 0 and d.order_number = o.value ->> 1 \
    limit 2000";

fn item(row: &SqliteRow) -> Result<DocumentItem, CacheError> {
    let ack_at: Option<i64> = column(row, 2)?;
    let optional = |text: String| (!text.is_empty()).then_some(text);
    Ok(DocumentItem {
        document: with_ack(
            &column::<String>(row, 0)?,
            &column::<String>(row, 1)?,
            ack_at,
        )?,
        partner_id: optional(column(row, 3)?),
        partner_name: column(row, 4)?,
        order_number: optional(column(row, 5)?),
        ack_document_id: column(row, 6)?,
        event_at: Millis(column(row, 7)?),
    })
}

async fn fetch(
    connection: &mut SqliteConnection,
    statement: &'static str,
    keys: String,
) -> Result<Vec<DocumentItem>, CacheError> {
    items(
        &sqlx::query(statement)
            .bind(keys)
            .fetch_all(connection)
            .await?,
    )
}

fn items(rows: &[SqliteRow]) -> Result<Vec<DocumentItem>, CacheError> {
    rows.iter().map(item).collect()
}

pub(crate) async fn orders_of_case(
    connection: &mut SqliteConnection,
    case_id: &str,
) -> Result<Vec<(String, String)>, CacheError> {
    Ok(sqlx::query_as(ORDERS_OF_CASE)
        .bind(case_id)
        .fetch_all(connection)
        .await?)
}

impl Cache {
    /// A part of the documents list.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn list_documents(
        &self,
        wanted: &DocumentFilter,
        sort: DocumentSort,
        window: Window,
    ) -> Result<Rows<DocumentItem>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let ids = search::ids_of(&mut snapshot, wanted.text.as_deref(), Kind::Document).await?;
        let filter = conditions(wanted, ids.as_deref());
        let order = order(sort);
        let page = list::page(&order, &filter, window).rows(&order, columns!());
        let total = if counted(wanted) {
            total(wanted)
        } else {
            list::count(&order, &filter)
        };
        list::fetch(&mut snapshot, page, [total, of()], item).await
    }

    /// How many documents the filter lets through.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn count_documents(&self, wanted: &DocumentFilter) -> Result<u32, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        if counted(wanted) {
            return list::fetch_count(&mut snapshot, total(wanted)).await;
        }
        let ids = search::ids_of(&mut snapshot, wanted.text.as_deref(), Kind::Document).await?;
        let filter = conditions(wanted, ids.as_deref());
        list::fetch_count(
            &mut snapshot,
            list::count(&order(DocumentSort::Event), &filter),
        )
        .await
    }

    /// Where a document stands in the whole list.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn document_place(
        &self,
        wanted: &DocumentFilter,
        sort: DocumentSort,
        id: &str,
    ) -> Result<Option<u32>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let ids = search::ids_of(&mut snapshot, wanted.text.as_deref(), Kind::Document).await?;
        let filter = conditions(wanted, ids.as_deref());
        place(&mut snapshot, &order(sort), &filter, id).await
    }

    /// Documents by id, in that order; unknown ones are left out.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn documents(&self, ids: &[String]) -> Result<Vec<DocumentItem>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        fetch(&mut snapshot, BY_ID, json(ids)?).await
    }

    /// Everything of one order, in order of arrival. `party` is the partner id, else the address of the other side.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn documents_of_order(
        &self,
        party: &str,
        order_number: &str,
    ) -> Result<Vec<DocumentItem>, CacheError> {
        let rows = sqlx::query(BY_ORDER)
            .bind(party)
            .bind(order_number)
            .fetch_all(self.reader().pool())
            .await?;
        items(&rows)
    }

    /// Documents with a number, of one party or of all.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn documents_numbered(
        &self,
        number: &str,
        party: Option<&str>,
    ) -> Result<Vec<DocumentItem>, CacheError> {
        let rows = sqlx::query(BY_NUMBER)
            .bind(number)
            .bind(party)
            .fetch_all(self.reader().pool())
            .await?;
        items(&rows)
    }

    /// Orders a case is about, as (party, order number).
    ///
    /// # Errors
    /// What the engine says.
    pub async fn orders_of_case(&self, case_id: &str) -> Result<Vec<(String, String)>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        orders_of_case(&mut snapshot, case_id).await
    }

    /// Documents of a case: everything of its orders and what it names itself, in order of arrival.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn documents_of_case(&self, case_id: &str) -> Result<Vec<DocumentItem>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let orders = orders_of_case(&mut snapshot, case_id).await?;
        let ids: Vec<String> = sqlx::query_scalar(IDS_OF_CASE)
            .bind(case_id)
            .bind(json(&orders)?)
            .fetch_all(&mut *snapshot)
            .await?;
        let mut found = fetch(&mut snapshot, BY_ID, json(&ids)?).await?;
        found.sort_by(|a, b| {
            (a.document.arrived_at, &a.document.id).cmp(&(b.document.arrived_at, &b.document.id))
        });
        Ok(found)
    }
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    let mut out = Vec::new();
    for wanted in [
        DocumentFilter::default(),
        DocumentFilter {
            types: vec!["850".into()],
            partners: vec!["1".into()],
            ack: vec!["rejected".into()],
            test: Some(false),
            ..DocumentFilter::default()
        },
    ] {
        for sort in [DocumentSort::Event, DocumentSort::Partner] {
            let (order, filter) = (order(sort), conditions(&wanted, None));
            // The walk along the index of the order is the point; it holds every column of the filter.
            let walk = filter.allowed(&order);
            let page = list::page(&order, &filter, Window::first(50));
            out.push((page.sql.clone(), walk.clone()));
            let rows = page.rows(&order, columns!());
            out.push((rows.sql, [walk.clone(), vec!["sort"]].concat()));
            out.push((list::count(&order, &filter).sql, vec![order.table]));
            out.push((list::before(&order, &filter, "1").sql, walk));
        }
    }
    for statement in [BY_ID, BY_ORDER, BY_NUMBER] {
        out.push((statement.to_owned(), vec![]));
    }
    out
}
