//! Delivery runs: the outbox delivers, then what follows is followed until nothing more does.

use domain::{ActionId, Refusal};
use ledger::{Resolution, StepFilter};
use outbox::{RunReport, Worker};

use crate::{Desk, departure::Timing, problem::Refuse};

/// Attempts of one round: after it gates are passed, and other connections may take over.
const MOST: u32 = 100;
/// Rounds of delivering and following, should something follow without an end.
const ROUNDS: u32 = 4_096;

impl Desk {
    /// Delivers what can be delivered now and follows up (gates, release checks, derived steps), until
    /// nothing is runnable.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading; failures of the databases.
    pub async fn push(&self) -> Result<RunReport, Refusal> {
        self.writable()?;
        let _one_at_a_time = self.inner.pushing.lock().await;
        self.resume_answering().await?;
        let connected = self.state(|s| s.connected);
        let connectors =
            crate::partner::guarded(&self.connectors(), &self.inner.cache, &self.inner.ledger);
        let timing = Timing(self.clone());
        let mut whole = RunReport::default();
        for _ in 0..ROUNDS {
            // Somebody entered or paused connections: what is left goes over those.
            if *self.inner.reconnecting.borrow() != connected {
                break;
            }
            // Boxed: what follows from a delivery is deep, and a window's threads have small stacks.
            let followed =
                Box::pin(self.follow()).await? | Box::pin(self.read_for_rechecks()).await?;
            let worker = Worker {
                ledger: &self.inner.ledger,
                connectors: &connectors,
                clock: &self.inner.clock,
                lease: self.policy().outbox.lease_seconds * domain::time::SECOND,
                departures: &timing,
            };
            let report = worker.run(MOST).await.refuse()?;
            let quiet = report.settled.is_empty() && !followed;
            whole.confirmed += report.confirmed;
            whole.needs_attention += report.needs_attention;
            whole.attempts += report.attempts;
            whole.unreachable.extend(report.unreachable);
            whole.sign_in.extend(report.sign_in);
            whole.settled.extend(report.settled);
            whole.next_due = report.next_due;
            if quiet {
                break;
            }
        }
        self.keep_wire().await;
        self.refresh_overlay().await?;
        Ok(whole)
    }

    /// At start, as the owner of the folder: what was being sent was sent by a process that is gone.
    ///
    /// # Errors
    /// Failures of the ledger.
    pub async fn recover(&self) -> Result<(), Refusal> {
        self.writable()?;
        self.inner
            .ledger
            .abandoned_attempts(self.now())
            .await
            .refuse()?;
        Ok(())
    }

    /// Sends a refused step again, or one that waits for a time now.
    ///
    /// # Errors
    /// `E_STATE` when the step waits for another decision; `E_FORBIDDEN` for auditors.
    pub async fn retry_step(&self, id: &str) -> Result<(), Refusal> {
        self.may_act()?;
        self.inner
            .ledger
            .retry(id, &self.actor(), self.now())
            .await
            .refuse()?;
        self.after_decision().await
    }

    /// Withdraws a step that is not under way, with what cannot do without it; named by its gate (`ACTION/GATE`), what a
    /// failed gate holds.
    ///
    /// # Errors
    /// `E_STATE` when it may be under way, or the gate may still pass; `E_FORBIDDEN` for auditors.
    pub async fn cancel_step(&self, id: &str) -> Result<(), Refusal> {
        self.may_act()?;
        let (ledger, actor, now) = (&self.inner.ledger, self.actor(), self.now());
        let reason = "Cancelled by a person.";
        match id.split_once('/') {
            Some((action, gate)) => {
                let action = ActionId(action.to_owned());
                ledger
                    .withdraw_behind(&action, gate, &actor, reason, now)
                    .await
                    .refuse()?;
            }
            None => ledger.cancel(id, &actor, reason, now).await.refuse()?,
        }
        self.after_decision().await
    }

    /// Carries out what a person decided about a step that needs attention.
    ///
    /// # Errors
    /// `E_FIELD` naming undecided fields; `E_STATE` when the decision does not fit; `E_FORBIDDEN` for auditors.
    pub async fn resolve_step(&self, id: &str, resolution: &Resolution) -> Result<String, Refusal> {
        self.may_act()?;
        let goes_on = self
            .inner
            .ledger
            .resolve(id, resolution, &self.actor(), self.now())
            .await
            .refuse()?;
        self.after_decision().await?;
        Ok(goes_on)
    }

    /// Pauses all delivery, or goes on.
    ///
    /// # Errors
    /// `E_FORBIDDEN` for auditors; failures of the ledger.
    pub async fn pause(&self, on: bool) -> Result<(), Refusal> {
        self.may_act()?;
        if on {
            self.inner
                .ledger
                .pause_all(&self.actor(), "Paused by a person.", self.now())
                .await
                .refuse()?;
        } else {
            self.inner
                .ledger
                .resume_all(&self.actor(), self.now())
                .await
                .refuse()?;
            self.inner.wake.notify_waiters();
        }
        Ok(())
    }

    async fn after_decision(&self) -> Result<(), Refusal> {
        self.refresh_overlay().await?;
        self.inner.wake.notify_waiters();
        Ok(())
    }

    /// Steps as the outbox shows them.
    ///
    /// # Errors
    /// Failures of the ledger.
    pub async fn steps(
        &self,
        filter: &StepFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<ledger::StepRow>, Refusal> {
        self.inner
            .ledger
            .list_steps(filter, limit, offset)
            .await
            .refuse()
    }
}
