//! Totals and facets of the cases list, from the tally the engine keeps.

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::{cases::CaseFilter, list::Count};
use crate::{Cache, CacheError, sql::list_from};

impl Cache {
    /// Values the list can be filtered by, with counts, most frequent first; the facet's own choice does not narrow it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn case_facets(&self, wanted: &CaseFilter) -> Result<Vec<Count>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let mut out = Vec::new();
        for (facet, column, clear) in FACETS {
            let mut filter = wanted.clone();
            clear(&mut filter);
            let rows: Vec<(String, u32)> = list_from(
                &mut snapshot,
                format!(
                    "select json_group_array(json_array(v, n)) from (select {column} v, sum(n) n from case_tally \
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

type Clear = fn(&mut CaseFilter);
const FACETS: &[(&str, &str, Clear)] = &[
    ("type", "case_type", |f| f.types.clear()),
    ("state", "status", |f| f.statuses.clear()),
    ("owner", "owner", |f| f.owners.clear()),
    ("partner", "partner_id", |f| f.partners.clear()),
    ("communication", "communication_status", |f| {
        f.communication.clear();
    }),
    ("priority", "priority", |f| f.priorities.clear()),
];

/// Whether the tally answers the filter.
pub(super) fn counted(wanted: &CaseFilter) -> bool {
    wanted.text.is_none() && wanted.due_until.is_none() && wanted.exclude.is_empty()
}

const CONDITIONS: &str = "n > 0 \
      and (?1 ->> 'open' is null or open = ?1 ->> 'open') \
      and (?1 -> 'types' = '[]' or case_type in (select value from json_each(?1, '$.types'))) \
      and (?1 -> 'statuses' = '[]' or status in (select value from json_each(?1, '$.statuses'))) \
      and (?1 -> 'owners' = '[]' or owner in (select value from json_each(?1, '$.owners'))) \
      and (?1 -> 'partners' = '[]' or partner_id in (select value from json_each(?1, '$.partners'))) \
      and (?1 -> 'communication' = '[]' or communication_status in (select value from json_each(?1, '$.communication'))) \
      and (?1 -> 'priorities' = '[]' or priority in (select value from json_each(?1, '$.priorities')))";

fn parameter(wanted: &CaseFilter) -> String {
    serde_json::json!({
        "open": wanted.open.map(i64::from), "types": wanted.types, "statuses": wanted.statuses,
        "owners": wanted.owners, "partners": wanted.partners, "communication": wanted.communication,
        "priorities": wanted.priorities,
    })
    .to_string()
}

/// How many cases the filter lets through.
pub(super) async fn total(
    connection: &mut SqliteConnection,
    wanted: &CaseFilter,
) -> Result<u32, CacheError> {
    let statement = if *wanted == CaseFilter::default() {
        "select coalesce(sum(n), 0) from case_tally where ?1 is not null".to_owned()
    } else {
        format!("select coalesce(sum(n), 0) from case_tally where {CONDITIONS}")
    };
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(parameter(wanted))
        .fetch_one(connection)
        .await?;
    Ok(u32::try_from(total).unwrap_or(u32::MAX))
}
