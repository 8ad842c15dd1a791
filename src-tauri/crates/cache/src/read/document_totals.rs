//! Totals and facets of the documents list, from the tally the engine keeps.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{documents::DocumentFilter, list::Count};
use crate::{Cache, CacheError, sql::list_from};

impl Cache {
    /// Values the list can be filtered by, with counts, most frequent first; the facet's own choice does not narrow it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn document_facets(&self, wanted: &DocumentFilter) -> Result<Vec<Count>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let mut out = Vec::new();
        for (facet, column, clear) in FACETS {
            let mut filter = wanted.clone();
            clear(&mut filter);
            let rows: Vec<(String, u32)> = list_from(
                &mut snapshot,
                format!(
                    "select json_group_array(json_array(v, n)) from (select {column} v, sum(n) n from document_tally \
                     where {CONDITIONS} group by 1 order by 2 desc, 1)"
                ),
                parameter(&filter),
            )
            .await?;
            out.extend(rows.into_iter().map(|(value, count)| Count {
                facet,
                value,
                count,
            }));
        }
        Ok(out)
    }
}

type Clear = fn(&mut DocumentFilter);
const FACETS: &[(&str, &str, Clear)] = &[
    ("class", "class", |f| f.classes.clear()),
    ("type", "doc_type", |f| f.types.clear()),
    ("partner", "partner_id", |f| f.partners.clear()),
    ("direction", "direction", |f| f.directions.clear()),
    ("validation", "validation", |f| f.validation.clear()),
    ("delivery", "delivery", |f| f.delivery.clear()),
    ("ack", "ack", |f| f.ack.clear()),
];

/// Whether the tally answers the filter.
pub(super) fn counted(wanted: &DocumentFilter) -> bool {
    wanted.text.is_none() && wanted.exclude.is_empty()
}

const CONDITIONS: &str = "n > 0 \
      and (?1 ->> 'test' is null or test = ?1 ->> 'test') \
      and (?1 -> 'classes' = '[]' or class in (select value from json_each(?1, '$.classes'))) \
      and (?1 -> 'types' = '[]' or doc_type in (select value from json_each(?1, '$.types'))) \
      and (?1 -> 'partners' = '[]' or partner_id in (select value from json_each(?1, '$.partners'))) \
      and (?1 -> 'directions' = '[]' or direction in (select value from json_each(?1, '$.directions'))) \
      and (?1 -> 'validation' = '[]' or validation in (select value from json_each(?1, '$.validation'))) \
      and (?1 -> 'delivery' = '[]' or delivery in (select value from json_each(?1, '$.delivery'))) \
      and (?1 -> 'ack' = '[]' or ack in (select value from json_each(?1, '$.ack')))";

fn parameter(wanted: &DocumentFilter) -> String {
    serde_json::json!({
        "test": wanted.test.map(i64::from), "classes": wanted.classes, "types": wanted.types,
        "partners": wanted.partners, "directions": wanted.directions, "validation": wanted.validation,
        "delivery": wanted.delivery, "ack": wanted.ack,
    })
    .to_string()
}

/// How many documents the filter lets through.
pub(super) async fn total(
    connection: &mut SqliteConnection,
    wanted: &DocumentFilter,
) -> Result<u32, CacheError> {
    let statement = if *wanted == DocumentFilter::default() {
        "select coalesce(sum(n), 0) from document_tally where ?1 is not null".to_owned()
    } else {
        format!("select coalesce(sum(n), 0) from document_tally where {CONDITIONS}")
    };
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(parameter(wanted))
        .fetch_one(connection)
        .await?;
    Ok(u32::try_from(total).unwrap_or(u32::MAX))
}
