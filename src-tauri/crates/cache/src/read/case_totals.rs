//! Totals and facets of the cases list.

use super::{
    cases::CaseFilter,
    list::{Count, Statement},
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

/// How many cases there are.
pub(super) fn of() -> Statement {
    TALLY.of()
}

/// How many cases the filter lets through.
pub(super) fn total(wanted: &CaseFilter) -> Statement {
    TALLY.total(&narrowed(wanted))
}
