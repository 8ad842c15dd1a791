//! What many notices are about and what became of them: order lines by product and ship date, notices of one case.

use domain::outreach::AffectedLine;
use sqlx::sqlite::SqliteRow;

use crate::{
    Cache, CacheError,
    sql::{column, json},
};

/// More affected lines than this nobody tells apart; the query says so instead of cutting them off.
pub const MOST_LINES: usize = 100_000;

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderLineFilter {
    /// Products.
    pub products: Vec<String>,
    /// First ship date, `YYYY-MM-DD`; empty for none.
    pub from: String,
    /// Last ship date; empty for none.
    pub to: String,
}

/// A product that customers have ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedProduct {
    /// Product.
    pub product: String,
    /// Description as last written.
    pub description: String,
    /// Lines.
    pub lines: u32,
}

/// What became of a notice, in short: a case can have thousands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeStanding {
    /// Number.
    pub notice: String,
    /// State shown.
    pub state: String,
    /// Channel.
    pub channel: String,
    /// Why it bounced or failed.
    pub reason: Option<String>,
    /// SHA-256 of the produced bytes, when told.
    pub produced_sha256: Option<String>,
    /// Time of the last event.
    pub at: domain::Millis,
    /// `key@version` of its template; empty where it is not told.
    pub template: String,
    /// When it was released; the last event where only that is known.
    pub released_at: domain::Millis,
}

pub(crate) const STANDINGS: &str = "select n.id, n.shown_state, n.channel, n.record ->> 'reason', n.record ->> 'produced_sha256', n.event_at, n.template, \
     coalesce(n.record ->> 'released_at', n.event_at) from notice n where n.case_id = ?1 limit 100000";

macro_rules! columns {
    () => {
        "select d.order_number, d.party, d.partner_name, l.product, l.description, l.quantity, l.unit, l.ship_date, \
         exists (select 1 from document s where s.party = d.party and s.order_number = d.order_number \
             and s.class = 'ship_notice' and s.direction = 'outbound') \
         from json_each(?1) k cross join order_line l on l.product = k.value"
    };
}
/// Lines of the window, and those of orders that name no date: they may be in it.
pub(crate) const AFFECTED: &str = concat!(
    columns!(),
    " and l.ship_date between ?2 and ?3 cross join document d on d.row = l.document \
     where l.ship_date <> '' and d.validation <> 'invalid' union all ",
    columns!(),
    " and l.ship_date = '' cross join document d on d.row = l.document where d.validation <> 'invalid' limit ?4"
);
pub(crate) const PRODUCTS: &str =
    "select product, description, lines from product where lines > 0 order by product limit 2000";

fn line(row: &SqliteRow) -> Result<AffectedLine, CacheError> {
    Ok(AffectedLine {
        order: column(row, 0)?,
        party: column(row, 1)?,
        party_name: column(row, 2)?,
        product: column(row, 3)?,
        description: column(row, 4)?,
        quantity: column(row, 5)?,
        unit: column(row, 6)?,
        ship_date: column(row, 7)?,
        shipped: column(row, 8)?,
    })
}

fn standing(row: &SqliteRow) -> Result<NoticeStanding, CacheError> {
    Ok(NoticeStanding {
        notice: column(row, 0)?,
        state: column(row, 1)?,
        channel: column(row, 2)?,
        reason: column(row, 3)?,
        produced_sha256: column(row, 4)?,
        at: domain::Millis(column(row, 5)?),
        template: column(row, 6)?,
        released_at: domain::Millis(column(row, 7)?),
    })
}

impl Cache {
    /// Lines of customers' orders with these products whose ship date lies in the window or is not known, shipped or not;
    /// at most [`MOST_LINES`] and one more.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn affected_lines(
        &self,
        wanted: &OrderLineFilter,
    ) -> Result<Vec<AffectedLine>, CacheError> {
        // A day sorts before every longer text and after the empty one.
        let last = if wanted.to.is_empty() {
            "9999-12-31"
        } else {
            &wanted.to
        };
        let rows = sqlx::query(AFFECTED)
            .bind(json(&wanted.products)?)
            .bind(&wanted.from)
            .bind(last)
            .bind(i64::try_from(MOST_LINES + 1).unwrap_or(i64::MAX))
            .fetch_all(self.reader().pool())
            .await?;
        rows.iter().map(line).collect()
    }

    /// Every notice of a case with what became of it, in no order.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn notice_standings(&self, case_id: &str) -> Result<Vec<NoticeStanding>, CacheError> {
        let rows = sqlx::query(STANDINGS)
            .bind(case_id)
            .fetch_all(self.reader().pool())
            .await?;
        rows.iter().map(standing).collect()
    }

    /// Products that customers have ordered, by number; at most 2,000.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn ordered_products(&self) -> Result<Vec<OrderedProduct>, CacheError> {
        let rows: Vec<(String, String, u32)> = sqlx::query_as(PRODUCTS)
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(product, description, lines)| OrderedProduct {
                product,
                description,
                lines,
            })
            .collect())
    }
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    vec![
        (AFFECTED.to_owned(), vec![]),
        (STANDINGS.to_owned(), vec![]),
        // The products there are, in the order of their key.
        (PRODUCTS.to_owned(), vec!["product"]),
    ]
}
