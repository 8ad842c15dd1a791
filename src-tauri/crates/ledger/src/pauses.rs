//! Systems (or all of them) to which nothing is sent for the time being.

use domain::{Millis, System, step::StepEvent};

use crate::{
    Actor, AuditEntry, Ledger, LedgerError,
    lanes::Work,
    rows::{StepRecord, select_steps},
    topic,
};

/// Stands for every system.
pub(crate) const ALL: &str = "*";

/// A pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The system; `None` for all.
    pub system: Option<System>,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub since: Millis,
}

impl Ledger {
    /// What is paused.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn pauses(&self) -> Result<Vec<Pause>, LedgerError> {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as("select system, reason, since from pause order by system")
                .fetch_all(self.reader().pool())
                .await?;
        Ok(rows
            .into_iter()
            .map(|(system, reason, since)| Pause {
                system: system.parse().ok(),
                reason,
                since: Millis(since),
            })
            .collect())
    }

    /// Sends nothing to a system until it is resumed.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn pause_system(
        &self,
        system: System,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(), LedgerError> {
        self.pause(system.as_str(), actor, reason, now).await
    }

    /// Sends to a system again; steps that waited for sign-in go on.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn resume_system(
        &self,
        system: System,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        self.resume(system.as_str(), actor, now).await
    }

    /// Sends nothing at all until it is resumed.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn pause_all(
        &self,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(), LedgerError> {
        self.pause(ALL, actor, reason, now).await
    }

    /// Takes [`Ledger::pause_all`] back; systems paused by themselves stay so.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn resume_all(&self, actor: &Actor, now: Millis) -> Result<(), LedgerError> {
        self.resume(ALL, actor, now).await
    }

    async fn pause(
        &self,
        system: &str,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        if work.put_pause(system, reason).await? {
            let entry = AuditEntry::about("outbox.paused", format!("outbox:{system}"));
            work.audit(actor, entry.because(reason)).await?;
        }
        work.commit().await
    }

    async fn resume(&self, system: &str, actor: &Actor, now: Millis) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let gone = sqlx::query("delete from pause where system = ?")
            .bind(system)
            .execute(&mut *work.tx)
            .await?
            .rows_affected();
        work.release_signed_in().await?;
        if gone > 0 {
            work.tx.announce(topic::PAUSE, system);
            let entry = AuditEntry::about("outbox.resumed", format!("outbox:{system}"));
            work.audit(actor, entry).await?;
        }
        work.commit().await
    }
}

impl Work<'_> {
    async fn put_pause(&mut self, system: &str, reason: &str) -> Result<bool, LedgerError> {
        let new =
            sqlx::query("insert or ignore into pause (system, reason, since) values (?, ?, ?)")
                .bind(system)
                .bind(reason)
                .bind(self.now.0)
                .execute(&mut *self.tx)
                .await?
                .rows_affected()
                > 0;
        if new {
            self.tx.announce(topic::PAUSE, system);
        }
        Ok(new)
    }

    /// A refused sign-in pauses its system in the same transaction that holds the step, so that neither is without the
    /// other after a crash.
    pub(crate) async fn pause_for_sign_in(
        &mut self,
        system: &str,
        message: &str,
    ) -> Result<(), LedgerError> {
        let reason = if message.is_empty() {
            "Sign-in is needed."
        } else {
            message
        };
        if self.put_pause(system, reason).await? {
            let entry = AuditEntry::about("outbox.paused", format!("outbox:{system}"));
            self.audit(&Actor::system(), entry.because(reason)).await?;
        }
        Ok(())
    }

    /// Steps that wait for the sign-in of a system that is not paused go on.
    async fn release_signed_in(&mut self) -> Result<(), LedgerError> {
        let steps: Vec<StepRecord> = sqlx::query_as(select_steps!(
            "where s.seq in (select seq from step indexed by step_sign_in where state = 'waiting' and wait_reason = 'on_sign_in')
             and s.system not in (select system from pause) order by s.seq"
        ))
        .fetch_all(&mut *self.tx)
        .await?;
        for step in steps {
            self.advance(&step, StepEvent::Released, step.attempts(), None)
                .await?;
        }
        Ok(())
    }
}
