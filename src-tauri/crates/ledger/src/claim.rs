//! What may go next: the head of a lane, with its attempt and lease on disk before anybody sends it.

use domain::{
    ActionId, Millis, StepKey, System,
    operation::{Call, Level, Operation},
    step::{StepEvent, StepState, WaitReason},
    time::SECOND,
};
use sqlx::{QueryBuilder, Sqlite};

use crate::{
    AtOnce, Departures, Ledger, LedgerError,
    lanes::Work,
    prepare::{Odd, Prepared, prepare},
    rows::{StepRecord, select_steps},
};

/// How much longer than the operation's longest time a lease lasts at least.
const MARGIN: i64 = 10 * SECOND;
/// Rows put before a person in one call before it gives up for now.
const MOST_ODD_ROWS: usize = 100;

/// A step in the hands of a worker. Attempt and lease are on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedStep {
    /// Step.
    pub id: String,
    /// Action.
    pub action_id: ActionId,
    /// Case, as `case:community:48213`.
    pub case: String,
    /// Playbook of the action.
    pub playbook: String,
    /// What it is about.
    pub subject: String,
    /// Who confirmed it, or `system`.
    pub person: String,
    /// System.
    pub system: System,
    /// Operation.
    pub operation: Operation,
    /// Least level of the operation; the manifest may say more.
    pub level: Level,
    /// Idempotency key.
    pub key: StepKey,
    /// Short reference people may see on the other side.
    pub reference: String,
    /// The call, references filled in.
    pub call: Call,
    /// Number of the attempt: given back to [`Ledger::settle`].
    pub attempt: u32,
    /// Until when the attempt may be under way; for a look-up, when the next look-up may follow.
    pub lease_until: Millis,
    /// When the attempt whose outcome is unknown was made; `None` when this is not a look-up.
    pub look_up_of: Option<Millis>,
}

/// What came of one transaction of a claim.
enum Round {
    Claimed(Box<ClaimedStep>),
    /// Some may not leave yet; there may be more.
    Held,
    Nothing,
}

impl Ledger {
    /// The next step that may go, oldest first over all lanes, with its attempt and lease written. `exclude` names systems
    /// the caller knows to be out of reach. The lease lasts `lease` milliseconds, or longer where the operation does.
    ///
    /// # Errors
    /// A [`LedgerError`]; then nothing was claimed.
    pub async fn claim_next(
        &self,
        now: Millis,
        lease: i64,
        exclude: &[System],
    ) -> Result<Option<ClaimedStep>, LedgerError> {
        self.claim_departing(now, lease, exclude, &AtOnce).await
    }

    /// The same, of what may leave now: each step that would be next is asked about in the transaction of its claim, and
    /// what has to wait is put behind a gate that passes by itself.
    ///
    /// # Errors
    /// A [`LedgerError`]; then nothing was claimed.
    pub async fn claim_departing(
        &self,
        now: Millis,
        lease: i64,
        exclude: &[System],
        departures: &dyn Departures,
    ) -> Result<Option<ClaimedStep>, LedgerError> {
        loop {
            match self.claim_round(now, lease, exclude, departures).await? {
                Round::Claimed(step) => return Ok(Some(*step)),
                Round::Nothing => return Ok(None),
                // Hundreds of one batch may have to wait: not all of them in one transaction.
                Round::Held => {}
            }
        }
    }

    async fn claim_round(
        &self,
        now: Millis,
        lease: i64,
        exclude: &[System],
        departures: &dyn Departures,
    ) -> Result<Round, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let passed = work.pass_due_gates().await?;
        let Some(systems) = work.open_systems(exclude).await? else {
            if passed {
                work.commit().await?;
            }
            return Ok(Round::Nothing);
        };
        sqlx::query("update lane set ready = 1, due_at = null where ready = 0 and due_at <= ?")
            .bind(now.0)
            .execute(&mut *work.tx)
            .await?;
        let mut held = false;
        for _ in 0..MOST_ODD_ROWS {
            let Some(step) = work.next_head(&systems).await? else {
                work.commit().await?;
                return Ok(Round::Nothing);
            };
            let prepared = match step.state() {
                Some(StepState::Queued) => prepare(&mut work.tx, &step).await?,
                Some(StepState::Waiting {
                    reason: WaitReason::Until,
                    ..
                }) => prepare(&mut work.tx, &step).await?,
                _ => Err(Odd::new("its state cannot be read")),
            };
            match prepared {
                Ok(prepared) => {
                    let (operation, call) = (prepared.operation, prepared.call());
                    if work.held(&step, operation, call, departures).await? {
                        held = true;
                        continue;
                    }
                    let claimed = work.take(&step, prepared, lease).await?;
                    work.commit().await?;
                    return Ok(Round::Claimed(Box::new(claimed)));
                }
                Err(odd) => {
                    tracing::warn!(step = %step.id, reason = %odd.reason, "a step is put before a person");
                    work.quarantine(&step, odd.attention, &odd.reason).await?;
                    work.refresh_lanes().await?;
                }
            }
        }
        work.commit().await?;
        Ok(if held { Round::Held } else { Round::Nothing })
    }

    /// The next step whose outcome is unknown and can be looked up by now. The next look-up of the same step follows after
    /// `lease` milliseconds at the earliest, whatever becomes of this one.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn claim_look_up(
        &self,
        now: Millis,
        lease: i64,
        exclude: &[System],
    ) -> Result<Option<ClaimedStep>, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let Some(systems) = work.open_systems(exclude).await? else {
            return Ok(None);
        };
        for _ in 0..MOST_ODD_ROWS {
            let mut query = QueryBuilder::new(select_steps!(
                "where s.seq in (select seq from step indexed by step_look_up
                 where state = 'unknown' and look_up_after <= "
            ));
            query.push_bind(now.0).push(" and system in (");
            let mut list = query.separated(", ");
            for system in &systems {
                list.push_bind(system.as_str());
            }
            query.push(") order by look_up_after limit 1)");
            let step: Option<StepRecord> =
                query.build_query_as().fetch_optional(&mut *work.tx).await?;
            let Some(step) = step else { break };
            match prepare(&mut work.tx, &step).await? {
                Ok(prepared) => {
                    let until = now.plus(lease);
                    work.advance(
                        &step,
                        StepEvent::OutcomeUnknown {
                            look_up_after: until,
                        },
                        step.attempts(),
                        step.reason.as_deref(),
                    )
                    .await?;
                    let sent_at: Option<i64> = sqlx::query_scalar(
                        "select started_at from attempt where step = ? and number = ? order by id limit 1",
                    )
                    .bind(step.seq)
                    .bind(step.attempts)
                    .fetch_optional(&mut *work.tx)
                    .await?;
                    let claimed = prepared.claimed(
                        &step,
                        step.attempts(),
                        until,
                        Some(Millis(sent_at.unwrap_or(step.changed_at))),
                    );
                    work.commit().await?;
                    return Ok(Some(claimed));
                }
                Err(odd) => work.quarantine(&step, odd.attention, &odd.reason).await?,
            }
        }
        work.commit().await?;
        Ok(None)
    }

    /// Attempts whose lease ran out: their outcome is unknown from now on. Gives their step ids.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn expired_leases(&self, now: Millis) -> Result<Vec<String>, LedgerError> {
        self.give_up(now, now.0, "The attempt did not come back in time.")
            .await
    }

    /// At start, by the owner of the data folder: whatever was being sent was sent by a process that is gone, so its
    /// outcome is unknown without waiting for the lease. Gives the step ids.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn abandoned_attempts(&self, now: Millis) -> Result<Vec<String>, LedgerError> {
        self.give_up(
            now,
            i64::MAX,
            "The program ended while this was being sent.",
        )
        .await
    }

    async fn give_up(
        &self,
        now: Millis,
        lease_before: i64,
        reason: &str,
    ) -> Result<Vec<String>, LedgerError> {
        let due: i64 = sqlx::query_scalar(
            "select count(*) from step indexed by step_lease where state = 'sending' and lease_until <= ?",
        )
        .bind(lease_before)
        .fetch_one(self.reader().pool())
        .await?;
        if due == 0 {
            return Ok(Vec::new());
        }
        let mut work = Work::begin(self, now).await?;
        let steps: Vec<StepRecord> = sqlx::query_as(select_steps!(
            "where s.seq in (select seq from step indexed by step_lease where state = 'sending' and lease_until <= ?) order by s.seq"
        ))
        .bind(lease_before)
        .fetch_all(&mut *work.tx)
        .await?;
        let mut ids = Vec::with_capacity(steps.len());
        for step in steps {
            let started: Option<i64> = sqlx::query_scalar(
                "update attempt set ended_at = ?, outcome = 'unknown', message = ?
                 where step = ? and ended_at is null returning started_at",
            )
            .bind(now.0)
            .bind(reason)
            .bind(step.seq)
            .fetch_optional(&mut *work.tx)
            .await?;
            let longest = step.operation().map_or(0, Operation::longest_time);
            let over = Millis(started.unwrap_or(step.changed_at)).plus(longest);
            work.advance(
                &step,
                StepEvent::OutcomeUnknown {
                    look_up_after: over.max(now),
                },
                step.attempts(),
                Some(reason),
            )
            .await?;
            work.audit(&step.machine(), step.audit("op.unknown").because(reason))
                .await?;
            ids.push(step.id);
        }
        work.commit().await?;
        Ok(ids)
    }

    /// When something may be runnable next: `now` when something is, `None` when nothing waits for a time.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn next_due(&self, now: Millis) -> Result<Option<Millis>, LedgerError> {
        let due: Option<i64> = sqlx::query_scalar(
            "select min(at) from (
                 select ?1 as at where exists (select 1 from lane where ready = 1
                     and system not in (select system from pause))
                     and not exists (select 1 from pause where system = '*')
                 union all select min(due_at) from lane where ready = 0 and due_at is not null
                     and system not in (select system from pause)
                 union all select min(look_up_after) from step where state = 'unknown'
                     and system not in (select system from pause)
                 union all select min(lease_until) from step where state = 'sending')",
        )
        .bind(now.0)
        .fetch_one(self.reader().pool())
        .await?;
        let gate = self.next_gate().await?;
        let due = [due.map(Millis), gate].into_iter().flatten().min();
        Ok(due.map(|at| at.max(now)))
    }
}

impl Work<'_> {
    /// Systems something may be sent to; `None` when there is none.
    async fn open_systems(
        &mut self,
        exclude: &[System],
    ) -> Result<Option<Vec<System>>, LedgerError> {
        let paused: Vec<String> = sqlx::query_scalar("select system from pause")
            .fetch_all(&mut *self.tx)
            .await?;
        if paused.iter().any(|p| p == crate::pauses::ALL) {
            return Ok(None);
        }
        let open: Vec<System> = System::ALL
            .iter()
            .copied()
            .filter(|s| !exclude.contains(s) && !paused.iter().any(|p| p == s.as_str()))
            .collect();
        Ok((!open.is_empty()).then_some(open))
    }

    async fn next_head(&mut self, systems: &[System]) -> Result<Option<StepRecord>, LedgerError> {
        let mut query = heads(systems);
        let mut heads: Vec<(i64, i64)> = query.build_query_as().fetch_all(&mut *self.tx).await?;
        heads.sort_unstable();
        let Some((_, seq)) = heads.first() else {
            return Ok(None);
        };
        Ok(sqlx::query_as(select_steps!("where s.seq = ?"))
            .bind(seq)
            .fetch_optional(&mut *self.tx)
            .await?)
    }

    async fn take(
        &mut self,
        step: &StepRecord,
        prepared: Prepared,
        lease: i64,
    ) -> Result<ClaimedStep, LedgerError> {
        let lease_until = self
            .now
            .plus(lease.max(prepared.operation.longest_time() + MARGIN));
        let mut step = step.clone();
        if step.state == "waiting" {
            self.advance(&step, StepEvent::Released, step.attempts(), None)
                .await?;
            step.state = "queued".into();
        }
        let state = self
            .advance(
                &step,
                StepEvent::Claimed { lease_until },
                step.attempts(),
                None,
            )
            .await?;
        let attempt = match state {
            StepState::Sending { attempt, .. } => attempt,
            _ => step.attempts(),
        };
        sqlx::query(
            "insert into attempt (step, number, started_at, lease_until) values (?, ?, ?, ?)",
        )
        .bind(step.seq)
        .bind(attempt)
        .bind(self.now.0)
        .bind(lease_until.0)
        .execute(&mut *self.tx)
        .await?;
        Ok(prepared.claimed(&step, attempt, lease_until, None))
    }
}

/// The oldest ready head of each system, each found at the front of its index.
pub(crate) fn heads(systems: &[System]) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("");
    for (n, system) in systems.iter().enumerate() {
        if n > 0 {
            query.push(" union all ");
        }
        query
            .push("select * from (select head_order, head from lane where system = ")
            .push_bind(system.as_str())
            .push(" and ready = 1 order by head_order, head limit 1)");
    }
    query
}
