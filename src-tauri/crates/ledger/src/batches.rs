//! Batches: actions with a step of each kind for each of many recipients.

use domain::{ActionId, Millis, operation::Operation};
use serde_json::{Map, Value};

use crate::{Ledger, LedgerError};

/// How many steps of one kind of a batch are in which state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchCount {
    /// Operation.
    pub operation: String,
    /// State word.
    pub state: String,
    /// Steps.
    pub steps: u32,
}

/// The release of one notice of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchStep {
    /// Step.
    pub id: String,
    /// Name in the plan, such as `release_17`.
    pub name: String,
    /// What it is about.
    pub subject: String,
    /// State word.
    pub state: String,
    /// Why a person has to decide.
    pub attention: Option<String>,
    /// In words.
    pub reason: Option<String>,
    /// Number of the notice.
    pub notice: String,
    /// Address it goes to.
    pub recipient: String,
    /// What its receipt carries; empty while it is not confirmed.
    pub detail: Map<String, Value>,
}

/// A notice that a step of a case released, or is to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedNotice {
    /// Number of the notice.
    pub notice: String,
    /// State word of the step.
    pub state: String,
    /// Another desktop won the claim on it and sends it.
    pub lost: bool,
    /// Last change.
    pub at: Millis,
}

/// The newest step of each name: where a step took another's place, the later one counts.
pub(crate) const COUNTS: &str = "select s.operation, s.state, count(*) from action a join step s on s.action = a.seq \
     where a.id = ? and not exists (select 1 from step n where n.action = a.seq and n.supersedes = s.seq) \
     group by s.operation, s.state";
macro_rules! steps {
    ($($rest:literal)?) => {
        concat!(
            "select s.id, s.name, s.subject, s.state, s.attention, s.reason, s.args ->> 'notice_id', \
             coalesce(s.args ->> 'recipient', ''), r.detail from action a join step s on s.action = a.seq \
             left join receipt r on r.step = s.seq where a.id = ? and s.operation = ? \
             and not exists (select 1 from step n where n.action = a.seq and n.supersedes = s.seq) "
            $(, $rest)?
        )
    };
}
pub(crate) const STEPS: &str = steps!("order by s.seq");
pub(crate) const NOTICES_OF_CASE: &str = "select s.args ->> 'notice_id', s.state, s.changed_at, \
     exists (select 1 from step c join receipt r on r.step = c.seq where c.action = s.action \
         and c.name = replace(s.name, 'release', 'claim') and c.operation = 'claim' and r.detail ->> 'won' = 0) \
     from action a join step s on s.action = a.seq where a.case_ref = ? and s.operation = ?";
type Row = (
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    String,
    Option<String>,
);
impl Ledger {
    /// How many steps of a batch are in which state, by operation.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn batch_counts(&self, action: &ActionId) -> Result<Vec<BatchCount>, LedgerError> {
        let rows: Vec<(String, String, u32)> = sqlx::query_as(COUNTS)
            .bind(action.as_str())
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(operation, state, steps)| BatchCount {
                operation,
                state,
                steps,
            })
            .collect())
    }

    /// The steps of a batch that do this for each of its notices, in the order of the batch.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn batch_steps(
        &self,
        action: &ActionId,
        operation: Operation,
    ) -> Result<Vec<BatchStep>, LedgerError> {
        let rows: Vec<Row> = sqlx::query_as(STEPS)
            .bind(action.as_str())
            .bind(operation.as_str())
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .map(
                |(id, name, subject, state, attention, reason, notice, recipient, detail)| {
                    BatchStep {
                        id,
                        name,
                        subject,
                        state,
                        attention,
                        reason,
                        notice: notice.unwrap_or_default(),
                        recipient,
                        detail: detail
                            .and_then(|text| serde_json::from_str(&text).ok())
                            .unwrap_or_default(),
                    }
                },
            )
            .collect())
    }

    /// Notices that steps of a case released, are to release, or were withdrawn from.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn released_of_case(&self, case: &str) -> Result<Vec<ReleasedNotice>, LedgerError> {
        let rows: Vec<(Option<String>, String, i64, bool)> = sqlx::query_as(NOTICES_OF_CASE)
            .bind(case)
            .bind(Operation::Release.as_str())
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(notice, state, at, lost)| {
                Some(ReleasedNotice {
                    notice: notice?,
                    state,
                    lost,
                    at: Millis(at),
                })
            })
            .collect())
    }
}
