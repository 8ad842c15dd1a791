//! Totals and facets of the documents list.

use super::{
    documents::DocumentFilter,
    list::{Count, Statement},
    tally::{Narrowed, Tally},
};
use crate::{Cache, CacheError};

const TALLY: Tally = Tally {
    table: "document_tally",
    halves: "document_half",
    half: "test",
};

impl Cache {
    /// Values the list can be filtered by, with counts, most frequent first; the facet's own choice does not narrow it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn document_facets(&self, wanted: &DocumentFilter) -> Result<Vec<Count>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        TALLY.facets(&mut snapshot, &narrowed(wanted)).await
    }
}

fn narrowed(wanted: &DocumentFilter) -> Narrowed<'_> {
    Narrowed {
        half: wanted.test,
        facets: vec![
            ("class", "class", &wanted.classes),
            ("type", "doc_type", &wanted.types),
            ("partner", "partner_id", &wanted.partners),
            ("direction", "direction", &wanted.directions),
            ("validation", "validation", &wanted.validation),
            ("delivery", "delivery", &wanted.delivery),
            ("ack", "ack", &wanted.ack),
        ],
    }
}

/// Whether the tally answers the filter.
pub(super) fn counted(wanted: &DocumentFilter) -> bool {
    wanted.text.is_none() && wanted.exclude.is_empty()
}

/// How many documents there are.
pub(super) fn of() -> Statement {
    TALLY.of()
}

/// How many documents the filter lets through.
pub(super) fn total(wanted: &DocumentFilter) -> Statement {
    TALLY.total(&narrowed(wanted))
}
