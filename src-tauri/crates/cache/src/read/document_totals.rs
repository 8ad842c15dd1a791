//! Totals and facets of the documents list, from the tally the engine keeps.

use sqlx::SqliteConnection;

use super::{documents::DocumentFilter, list::Count};
use crate::{Cache, CacheError, sql::list as list_of};

impl Cache {
    /// Values the list can be filtered by, with counts; the facet's own choice does not narrow it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn document_facets(&self, wanted: &DocumentFilter) -> Result<Vec<Count>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let mut out = Vec::new();
        for (facet, clear) in FACETS {
            let mut filter = wanted.clone();
            clear(&mut filter);
            out.extend(
                tally(&mut snapshot, &filter)
                    .await?
                    .into_iter()
                    .filter(|count| count.facet == *facet),
            );
        }
        Ok(out)
    }
}

type Clear = fn(&mut DocumentFilter);
const FACETS: &[(&str, Clear)] = &[
    ("class", |f| f.classes.clear()),
    ("type", |f| f.types.clear()),
    ("partner", |f| f.partners.clear()),
    ("direction", |f| f.directions.clear()),
    ("validation", |f| f.validation.clear()),
    ("delivery", |f| f.delivery.clear()),
    ("ack", |f| f.ack.clear()),
];

pub(super) fn counted(wanted: &DocumentFilter) -> bool {
    wanted.text.is_none() && wanted.exclude.is_empty()
}

pub(super) fn sum(counts: &[Count]) -> u32 {
    counts
        .iter()
        .filter(|count| count.facet == "class")
        .map(|count| count.count)
        .sum()
}

const TALLY: &str = "with t as materialized (select * from document_tally where n > 0 \
      and (?1 ->> 'test' is null or test = ?1 ->> 'test') \
      and (?1 -> 'classes' = '[]' or class in (select value from json_each(?1, '$.classes'))) \
      and (?1 -> 'types' = '[]' or doc_type in (select value from json_each(?1, '$.types'))) \
      and (?1 -> 'partners' = '[]' or partner_id in (select value from json_each(?1, '$.partners'))) \
      and (?1 -> 'directions' = '[]' or direction in (select value from json_each(?1, '$.directions'))) \
      and (?1 -> 'validation' = '[]' or validation in (select value from json_each(?1, '$.validation'))) \
      and (?1 -> 'delivery' = '[]' or delivery in (select value from json_each(?1, '$.delivery'))) \
      and (?1 -> 'ack' = '[]' or ack in (select value from json_each(?1, '$.ack')))) \
    select json_group_array(json_array(f, v, n)) from ( \
      select 'class' f, class v, sum(n) n from t group by class \
      union all select 'type', doc_type, sum(n) from t group by doc_type \
      union all select 'partner', partner_id, sum(n) from t group by partner_id \
      union all select 'direction', direction, sum(n) from t group by direction \
      union all select 'validation', validation, sum(n) from t group by validation \
      union all select 'delivery', delivery, sum(n) from t group by delivery \
      union all select 'ack', ack, sum(n) from t group by ack)";

pub(super) async fn tally(
    connection: &mut SqliteConnection,
    wanted: &DocumentFilter,
) -> Result<Vec<Count>, CacheError> {
    let parameter = serde_json::json!({
        "test": wanted.test.map(i64::from), "classes": wanted.classes, "types": wanted.types,
        "partners": wanted.partners, "directions": wanted.directions, "validation": wanted.validation,
        "delivery": wanted.delivery, "ack": wanted.ack,
    });
    let rows: Vec<(String, String, u32)> =
        list_of(connection, TALLY, parameter.to_string()).await?;
    let mut counts: Vec<Count> = rows
        .into_iter()
        .filter_map(|(facet, value, count)| {
            let facet = FACETS
                .iter()
                .map(|(name, _)| *name)
                .find(|name| *name == facet)?;
            Some(Count {
                facet,
                value,
                count,
            })
        })
        .collect();
    counts.sort_by(|a, b| (a.facet, b.count, &a.value).cmp(&(b.facet, a.count, &b.value)));
    Ok(counts)
}
