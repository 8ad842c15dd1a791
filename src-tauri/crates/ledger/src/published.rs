//! What people published about a case from here, whether or not the mirror has it already.

use domain::Millis;
use serde_json::Value;

use crate::{Ledger, LedgerError};

/// What a person published, such as a decision about a loop.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// What its step publishes.
    pub data: Value,
    /// Who.
    pub person: String,
    /// When it was confirmed by the person.
    pub at: Millis,
    /// What was to tell the partner was refused or withdrawn, here and for everybody.
    pub stuck: bool,
}

pub(crate) const PUBLISHED: &str = "select s.args ->> '$.data', a.person, a.created_at, \
     exists (select 1 from step x where x.action = a.seq and x.operation in ('release', 'send_document', 'add_attachment', 'post_message') \
         and x.name in ('release', 'send', 'attach', 'publish') and x.state in ('needs_attention', 'cancelled') \
         and not exists (select 1 from step n where n.action = a.seq and n.supersedes = x.seq)) \
     and not exists (select 1 from step c join receipt r on r.step = c.seq where c.action = a.seq and c.name = 'claim' \
         and r.detail ->> 'won' = 0) \
     from action a join step s on s.action = a.seq where a.case_ref = ? and a.playbook = ? and s.name = ? \
     and s.state <> 'cancelled' order by a.seq";

impl Ledger {
    /// What people published about a case by a step of this playbook, earliest first, but for what was withdrawn.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn published(
        &self,
        case: &str,
        playbook: &str,
        step: &str,
    ) -> Result<Vec<Published>, LedgerError> {
        let rows: Vec<(String, String, i64, bool)> = sqlx::query_as(PUBLISHED)
            .bind(case)
            .bind(playbook)
            .bind(step)
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(data, person, at, stuck)| {
                Some(Published {
                    data: serde_json::from_str(&data).ok()?,
                    person,
                    at: Millis(at),
                    stuck,
                })
            })
            .collect())
    }
}
