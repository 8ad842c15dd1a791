//! Totals and facets of the cases list.

use sqlx::SqliteConnection;

use super::{
    cases::CaseFilter,
    list::Count,
    tally::{Narrowed, Tally},
};
use crate::{Cache, CacheError};

const TALLY: Tally = Tally {
    table: "case_tally",
    halves: "case_half",
    half: "open",
};

impl Cache {
    /// Values the list can be filtered by, with counts, most frequent first; the facet's own choice does not narrow it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn case_facets(&self, wanted: &CaseFilter) -> Result<Vec<Count>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        TALLY.facets(&mut snapshot, &narrowed(wanted)).await
    }
}

fn narrowed(wanted: &CaseFilter) -> Narrowed<'_> {
    Narrowed {
        half: wanted.open,
        facets: vec![
            ("type", "case_type", &wanted.types),
            ("state", "status", &wanted.statuses),
            ("owner", "owner", &wanted.owners),
            ("partner", "partner_id", &wanted.partners),
            (
                "communication",
                "communication_status",
                &wanted.communication,
            ),
            ("priority", "priority", &wanted.priorities),
        ],
    }
}

/// Whether the tally answers the filter.
pub(super) fn counted(wanted: &CaseFilter) -> bool {
    wanted.text.is_none() && wanted.due_until.is_none() && wanted.exclude.is_empty()
}

/// How many cases the filter lets through.
pub(super) async fn total(
    connection: &mut SqliteConnection,
    wanted: &CaseFilter,
) -> Result<u32, CacheError> {
    TALLY.total(connection, &narrowed(wanted)).await
}
