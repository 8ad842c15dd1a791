//! What people decided here about the answers to notices, whether or not the mirror has it already.

use domain::Millis;
use serde_json::Value;

use crate::{Ledger, LedgerError};

/// A decision about a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopDecision {
    /// What its step publishes.
    pub data: Value,
    /// Who.
    pub person: String,
    /// When it was confirmed by the person.
    pub at: Millis,
}

pub(crate) const DECIDED: &str = "select s.args ->> '$.data', a.person, a.created_at from action a \
     join step s on s.action = a.seq where a.case_ref = ? and a.playbook = ? and s.name = 'outcome' \
     and s.state <> 'cancelled' order by a.seq";

impl Ledger {
    /// What people decided about the notices of a case by this playbook, earliest first, but for what was withdrawn.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn loop_decisions(
        &self,
        case: &str,
        playbook: &str,
    ) -> Result<Vec<LoopDecision>, LedgerError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(DECIDED)
            .bind(case)
            .bind(playbook)
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(data, person, at)| {
                Some(LoopDecision {
                    data: serde_json::from_str(&data).ok()?,
                    person,
                    at: Millis(at),
                })
            })
            .collect())
    }
}
