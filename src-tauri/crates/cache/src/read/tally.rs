//! Totals and facets of a long list, from the tallies the engine keeps.

use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::list::Count;
use crate::{CacheError, sql::list_from};

/// The tallies of a list.
pub(super) struct Tally {
    /// How many rows have which values together.
    pub(super) table: &'static str,
    /// How many rows each half has.
    pub(super) halves: &'static str,
    /// Column of `table` that tells the halves apart.
    pub(super) half: &'static str,
}

/// What a list is narrowed by, as far as its tally knows it.
pub(super) struct Narrowed<'a> {
    /// Which half; both when `None`.
    pub(super) half: Option<bool>,
    /// Facet, its column, and the values let through; all where there are none.
    pub(super) facets: Vec<(&'static str, &'static str, &'a [String])>,
}

impl Narrowed<'_> {
    /// Only the conditions that are asked for: each would be looked at for every row of the tally.
    fn conditions(&self, tally: &Tally, except: Option<&str>) -> (String, String) {
        let mut conditions = vec!["n > 0 and ?1 is not null".to_owned()];
        let mut parameter = Map::new();
        if let Some(half) = self.half {
            conditions.push(format!("{} = ?1 ->> 'half'", tally.half));
            parameter.insert("half".to_owned(), i64::from(half).into());
        }
        for (facet, column, values) in &self.facets {
            if values.is_empty() || except == Some(*facet) {
                continue;
            }
            conditions.push(format!(
                "{column} in (select value from json_each(?1, '$.{facet}'))"
            ));
            parameter.insert((*facet).to_owned(), Value::from(values.to_vec()));
        }
        (conditions.join(" and "), Value::from(parameter).to_string())
    }
}

impl Tally {
    /// Values the list can be filtered by, with counts, most frequent first; the facet's own choice does not narrow it.
    pub(super) async fn facets(
        &self,
        connection: &mut SqliteConnection,
        narrowed: &Narrowed<'_>,
    ) -> Result<Vec<Count>, CacheError> {
        let mut out = Vec::new();
        for (facet, column, _) in &narrowed.facets {
            let (conditions, parameter) = narrowed.conditions(self, Some(facet));
            let rows: Vec<(String, u32)> = list_from(
                connection,
                format!(
                    "select json_group_array(json_array(v, n)) from (select {column} v, sum(n) n from {} \
                     where {conditions} group by 1 order by 2 desc, 1)",
                    self.table
                ),
                parameter,
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

    /// How many rows are let through.
    pub(super) async fn total(
        &self,
        connection: &mut SqliteConnection,
        narrowed: &Narrowed<'_>,
    ) -> Result<u32, CacheError> {
        let whole = narrowed
            .facets
            .iter()
            .all(|(_, _, values)| values.is_empty());
        let (conditions, parameter) = if whole {
            let half = narrowed.half.map(i64::from);
            let conditions = "(?1 ->> 'half' is null or half = ?1 ->> 'half')".to_owned();
            (conditions, serde_json::json!({ "half": half }).to_string())
        } else {
            narrowed.conditions(self, None)
        };
        let table = if whole { self.halves } else { self.table };
        let total: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "select coalesce(sum(n), 0) from {table} where {conditions}"
        )))
        .bind(parameter)
        .fetch_one(connection)
        .await?;
        Ok(u32::try_from(total).unwrap_or(u32::MAX))
    }
}
