//! Totals and facets of a long list, from the tallies the engine keeps.

use sqlx::SqliteConnection;

use super::list::{self, Count, Filter, Statement};
use crate::CacheError;

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
    fn filter(&self, tally: &Tally, except: Option<&str>) -> Filter {
        let mut filter = Filter::default();
        if let Some(half) = self.half {
            filter.on(format!("{} = {}", tally.half, u8::from(half)));
        }
        for (facet, column, values) in &self.facets {
            if except != Some(*facet) {
                filter.any_of(column, values);
            }
        }
        filter
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
            let counts = narrowed
                .filter(self, Some(facet))
                .select(&format!("{column} v, sum(n) n"), self.table);
            let rows: Vec<(String, u32)> = list::fetch_json(connection, counts.grouped()).await?;
            out.extend(rows.into_iter().map(|(value, count)| Count {
                facet,
                value,
                count,
            }));
        }
        Ok(out)
    }

    /// How many rows there are.
    pub(super) fn of(&self) -> Statement {
        Filter::default().select("coalesce(sum(n), 0)", self.halves)
    }

    /// How many rows are let through.
    pub(super) fn total(&self, narrowed: &Narrowed<'_>) -> Statement {
        let whole = narrowed
            .facets
            .iter()
            .all(|(_, _, values)| values.is_empty());
        if !whole {
            return narrowed
                .filter(self, None)
                .select("coalesce(sum(n), 0)", self.table);
        }
        let mut filter = Filter::default();
        if let Some(half) = narrowed.half {
            filter.on(format!("half = {}", u8::from(half)));
        }
        filter.select("coalesce(sum(n), 0)", self.halves)
    }
}
