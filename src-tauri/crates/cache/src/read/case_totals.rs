//! Totals and facets of the cases list, from the tally the engine keeps.

use sqlx::SqliteConnection;

use super::{cases::CaseFilter, list::Count};
use crate::{Cache, CacheError, sql::list as list_of};

impl Cache {
    /// Values the list can be filtered by, with counts; the facet's own choice does not narrow it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn case_facets(&self, wanted: &CaseFilter) -> Result<Vec<Count>, CacheError> {
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

type Clear = fn(&mut CaseFilter);
const FACETS: &[(&str, Clear)] = &[
    ("type", |f| f.types.clear()),
    ("state", |f| f.statuses.clear()),
    ("owner", |f| f.owners.clear()),
    ("partner", |f| f.partners.clear()),
    ("communication", |f| f.communication.clear()),
    ("priority", |f| f.priorities.clear()),
];

/// Whether the tally answers the filter.
pub(super) fn counted(wanted: &CaseFilter) -> bool {
    wanted.text.is_none() && wanted.due_until.is_none() && wanted.exclude.is_empty()
}

pub(super) fn sum(counts: &[Count], facet: &str) -> u32 {
    counts
        .iter()
        .filter(|count| count.facet == facet)
        .map(|count| count.count)
        .sum()
}

const TALLY: &str = "with t as materialized (select * from case_tally where n > 0 \
      and (?1 ->> 'open' is null or open = ?1 ->> 'open') \
      and (?1 -> 'types' = '[]' or case_type in (select value from json_each(?1, '$.types'))) \
      and (?1 -> 'statuses' = '[]' or status in (select value from json_each(?1, '$.statuses'))) \
      and (?1 -> 'owners' = '[]' or owner in (select value from json_each(?1, '$.owners'))) \
      and (?1 -> 'partners' = '[]' or partner_id in (select value from json_each(?1, '$.partners'))) \
      and (?1 -> 'communication' = '[]' or communication_status in (select value from json_each(?1, '$.communication'))) \
      and (?1 -> 'priorities' = '[]' or priority in (select value from json_each(?1, '$.priorities')))) \
    select json_group_array(json_array(f, v, n)) from ( \
      select 'open' f, cast(open as text) v, sum(n) n from t group by open \
      union all select 'type', case_type, sum(n) from t group by case_type \
      union all select 'state', status, sum(n) from t group by status \
      union all select 'owner', owner, sum(n) from t group by owner \
      union all select 'partner', partner_id, sum(n) from t group by partner_id \
      union all select 'communication', communication_status, sum(n) from t group by communication_status \
      union all select 'priority', priority, sum(n) from t group by priority)";

pub(super) async fn tally(
    connection: &mut SqliteConnection,
    wanted: &CaseFilter,
) -> Result<Vec<Count>, CacheError> {
    let parameter = serde_json::json!({
        "open": wanted.open.map(i64::from), "types": wanted.types, "statuses": wanted.statuses,
        "owners": wanted.owners, "partners": wanted.partners, "communication": wanted.communication,
        "priorities": wanted.priorities,
    });
    let rows: Vec<(String, String, u32)> =
        list_of(connection, TALLY, parameter.to_string()).await?;
    let mut counts: Vec<Count> = rows
        .into_iter()
        .filter_map(|(facet, value, count)| {
            let facet = FACETS
                .iter()
                .map(|(name, _)| *name)
                .chain(["open"])
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
