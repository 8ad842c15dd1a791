//! One write transaction over steps, and the table of lane heads that keeps choosing the next step cheap.
//!
//! Order is kept per lane (system, case): only the head of a lane may go. A step behind an open gate is not in its lane
//! yet, for a review of two days must not hold up a reply; when the gate passes it takes the place it was given.

use std::collections::BTreeSet;

use domain::Millis;
use sqlite::Tx;

use crate::{Actor, AuditEntry, Ledger, LedgerError, audit::Journal};

/// A write transaction that remembers what has to be brought up to date before it commits.
pub(crate) struct Work<'a> {
    ledger: &'a Ledger,
    pub(crate) tx: Tx,
    pub(crate) now: Millis,
    pub(crate) lanes: BTreeSet<String>,
    pub(crate) actions: BTreeSet<i64>,
    journal: Option<Journal>,
}

impl<'a> Work<'a> {
    pub(crate) async fn begin(ledger: &'a Ledger, now: Millis) -> Result<Self, LedgerError> {
        Ok(Self {
            ledger,
            tx: ledger.begin().await?,
            now,
            lanes: BTreeSet::new(),
            actions: BTreeSet::new(),
            journal: None,
        })
    }

    /// Adds an audit record to the transaction.
    pub(crate) async fn audit(
        &mut self,
        actor: &Actor,
        entry: AuditEntry,
    ) -> Result<(), LedgerError> {
        if self.journal.is_none() {
            self.journal = Some(Journal::open(self.ledger, &mut self.tx, self.now).await?);
        }
        self.journal
            .as_mut()
            .map_or(Ok(()), |journal| journal.add(actor, entry))
    }

    /// Brings the heads of the touched lanes up to date.
    pub(crate) async fn refresh_lanes(&mut self) -> Result<(), LedgerError> {
        if self.lanes.is_empty() {
            return Ok(());
        }
        let lanes = serde_json::to_string(&std::mem::take(&mut self.lanes))
            .map_err(|e| LedgerError::field(e.to_string()))?;
        sqlx::query("delete from lane where id in (select value from json_each(?))")
            .bind(&lanes)
            .execute(&mut *self.tx)
            .await?;
        sqlx::query(
            "insert into lane (id, system, head, head_order, ready, due_at)
             select lane, system, seq, lane_order,
                    state = 'queued' and not busy,
                    case when state = 'waiting' and wait_reason = 'until' and not busy then coalesce(until, 0) end
             from (select s.*, exists (select 1 from step u where u.lane = s.lane and u.state in ('sending', 'unknown')) as busy
                   from json_each(?) j join step s on s.seq =
                        (select h.seq from step h where h.lane = j.value and h.open = 1 and h.gated = 0
                         order by h.lane_order, h.seq limit 1))",
        )
        .bind(&lanes)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Completes the transaction.
    pub(crate) async fn commit(mut self) -> Result<(), LedgerError> {
        self.refresh_lanes().await?;
        for action in std::mem::take(&mut self.actions) {
            sqlx::query(
                "update action set state = case
                     when exists (select 1 from step where action = ?1 and open = 1) then 'open'
                     when exists (select 1 from step where action = ?1 and state = 'confirmed'
                                  and operation not in ('render', 'verify')) then 'done'
                     else 'cancelled' end
                 where seq = ?1",
            )
            .bind(action)
            .execute(&mut *self.tx)
            .await?;
        }
        if let Some(journal) = self.journal {
            journal.write(&mut self.tx).await?;
        }
        Ok(self.tx.commit().await?)
    }
}
