//! Gates: rows of a plan that steps stand behind until they pass.

use domain::{
    ActionId, Millis,
    plan::{GateKind, GateState},
};

use crate::{
    Actor, AuditEntry, Ledger, LedgerError,
    lanes::Work,
    rows::{StepRecord, select_steps},
    topic,
};

/// A gate of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateRow {
    /// Action.
    pub action_id: ActionId,
    /// Name in the plan.
    pub id: String,
    /// Kind.
    pub kind: GateKind,
    /// State.
    pub state: GateState,
    /// Why, when it failed or was opened again.
    pub reason: Option<String>,
    /// When its state last changed.
    pub changed_at: Millis,
    /// Case of the action.
    pub case: String,
    /// Playbook of the action.
    pub playbook: String,
    /// Who confirmed the action.
    pub person: String,
}

type Columns = (
    String,
    String,
    String,
    String,
    Option<String>,
    i64,
    String,
    String,
    String,
);

macro_rules! select_gates {
    ($tail:expr) => {
        concat!(
            "select a.id, g.id, g.kind, g.state, g.reason, g.changed_at, a.case_ref, a.playbook, a.person ",
            "from gate g join action a on a.seq = g.action ",
            $tail
        )
    };
}

/// Action and name of every gate that failed with steps still behind it. Led by the open steps: what is settled grows for ever.
macro_rules! stopped_gates {
    () => {
        "select distinct g.action, g.id from step s indexed by step_open cross join dependency d on d.step = s.seq \
         cross join gate g on g.action = s.action and g.id = d.on_gate where s.open = 1 and g.state = 'failed'"
    };
}
pub(crate) use stopped_gates;

fn gate_row(columns: Columns) -> Option<GateRow> {
    let (action, id, kind, state, reason, changed_at, case, playbook, person) = columns;
    Some(GateRow {
        action_id: ActionId(action),
        id,
        kind: kind.parse().ok()?,
        state: state.parse().ok()?,
        reason,
        changed_at: Millis(changed_at),
        case,
        playbook,
        person,
    })
}

pub(crate) const STOPPED: &str = select_gates!(concat!(
    "where (g.action, g.id) in (",
    stopped_gates!(),
    ") order by g.action, g.place"
));

impl Ledger {
    /// Gates of an action, in the order of the plan.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn gates(&self, action: &ActionId) -> Result<Vec<GateRow>, LedgerError> {
        let rows: Vec<Columns> = sqlx::query_as(select_gates!("where a.id = ? order by g.place"))
            .bind(action.as_str())
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows.into_iter().filter_map(gate_row).collect())
    }

    /// Every open gate of a kind, oldest action first.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn open_gates(&self, kind: GateKind) -> Result<Vec<GateRow>, LedgerError> {
        let rows: Vec<Columns> = sqlx::query_as(select_gates!(
            "where g.state = 'open' and g.kind = ? order by g.action, g.place"
        ))
        .bind(kind.as_str())
        .fetch_all(self.reader().pool())
        .await?;
        Ok(rows.into_iter().filter_map(gate_row).collect())
    }

    /// Opens a gate again: what stands behind it and is not under way is held.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn open_gate(
        &self,
        action: &ActionId,
        gate: &str,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let (mut work, seq) = self
            .turn(action, gate, GateState::Open, actor, reason, now)
            .await?;
        let steps: Vec<StepRecord> = sqlx::query_as(select_steps!(
            "where s.action = ?1 and s.state in ('queued', 'waiting')
             and exists (select 1 from json_each(s.waits_on) w where w.value = ?2)
             and not exists (select 1 from dependency d where d.step = s.seq and d.on_gate = ?2) order by s.seq"
        ))
        .bind(seq)
        .bind(gate)
        .fetch_all(&mut *work.tx)
        .await?;
        for step in steps {
            work.hold_behind_gate(&step, gate).await?;
        }
        work.regate(seq).await?;
        work.commit().await
    }

    /// Passes a gate: what stood behind it goes on, unless it waits on more.
    ///
    /// # Errors
    /// A [`LedgerError`]; `E_STATE` when it failed before.
    pub async fn pass_gate(
        &self,
        action: &ActionId,
        gate: &str,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let (mut work, seq) = self
            .turn(action, gate, GateState::Passed, actor, "", now)
            .await?;
        let steps = work.behind(seq, gate).await?;
        sqlx::query(
            "delete from dependency where on_gate = ? and step in (select seq from step where action = ?)",
        )
        .bind(gate)
        .bind(seq)
        .execute(&mut *work.tx)
        .await?;
        work.regate(seq).await?;
        for step in steps {
            work.let_go(&step).await?;
        }
        work.commit().await
    }

    /// Fails a gate: what stood behind it is withdrawn.
    ///
    /// # Errors
    /// A [`LedgerError`]; `E_STATE` when it passed before.
    pub async fn fail_gate(
        &self,
        action: &ActionId,
        gate: &str,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let (mut work, seq) = self
            .turn(action, gate, GateState::Failed, actor, reason, now)
            .await?;
        work.withdraw_all_behind(seq, gate, actor, reason).await?;
        work.commit().await
    }

    /// Fails a gate and leaves what stands behind it where it is, in sight: nothing of it can go any more, and a person
    /// ends it with [`Ledger::withdraw_behind`].
    ///
    /// # Errors
    /// A [`LedgerError`]; `E_STATE` when it passed before.
    pub async fn stop_gate(
        &self,
        action: &ActionId,
        gate: &str,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let (work, _) = self
            .turn(action, gate, GateState::Failed, actor, reason, now)
            .await?;
        work.commit().await
    }

    /// Failed gates with steps still standing behind them, oldest action first.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn stopped_gates(&self) -> Result<Vec<GateRow>, LedgerError> {
        let rows: Vec<Columns> = sqlx::query_as(STOPPED)
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows.into_iter().filter_map(gate_row).collect())
    }

    /// Withdraws what stands behind a gate that will not pass, with what cannot do without it. Gives how many steps.
    ///
    /// # Errors
    /// A [`LedgerError`]; `E_STATE` when the gate may still pass, or has passed.
    pub async fn withdraw_behind(
        &self,
        action: &ActionId,
        gate: &str,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<usize, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let found: Option<(i64, String)> = sqlx::query_as(
            "select g.action, g.state from gate g join action a on a.seq = g.action where a.id = ? and g.id = ?",
        )
        .bind(action.as_str())
        .bind(gate)
        .fetch_optional(&mut *work.tx)
        .await?;
        let (seq, state) =
            found.ok_or_else(|| LedgerError::not_found("gate", &format!("{action}/{gate}")))?;
        if state != GateState::Failed.as_str() {
            return Err(LedgerError::state(
                "Steps behind this gate are cancelled one by one.",
            ));
        }
        let withdrawn = work.withdraw_all_behind(seq, gate, actor, reason).await?;
        work.tx.announce(topic::GATE, format!("{action}/{gate}"));
        work.commit().await?;
        Ok(withdrawn)
    }

    /// Starts a transaction in which a gate changes its state.
    async fn turn(
        &self,
        action: &ActionId,
        gate: &str,
        to: GateState,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<(Work<'_>, i64), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let found: Option<(i64, String, String)> = sqlx::query_as(
            "select g.action, g.state, a.case_ref from gate g join action a on a.seq = g.action where a.id = ? and g.id = ?",
        )
        .bind(action.as_str())
        .bind(gate)
        .fetch_optional(&mut *work.tx)
        .await?;
        let (seq, from, case) =
            found.ok_or_else(|| LedgerError::not_found("gate", &format!("{action}/{gate}")))?;
        let decided = matches!(
            (from.as_str(), to),
            ("failed", _) | ("passed", GateState::Failed)
        );
        if decided && from != to.as_str() {
            return Err(LedgerError::state(format!("This gate has {from} already.")));
        }
        sqlx::query(
            "update gate set state = ?, reason = ?, changed_at = ? where action = ? and id = ?",
        )
        .bind(to.as_str())
        .bind((!reason.is_empty()).then_some(reason))
        .bind(now.0)
        .bind(seq)
        .bind(gate)
        .execute(&mut *work.tx)
        .await?;
        if from != to.as_str() {
            let mut entry = AuditEntry::about(format!("gate.{to}"), case.clone());
            entry.case = case.parse().ok();
            let entry = entry
                .because(reason)
                .with(serde_json::json!({"action": action.as_str(), "gate": gate}));
            work.audit(actor, entry).await?;
            work.tx.announce(topic::GATE, format!("{action}/{gate}"));
        }
        Ok((work, seq))
    }
}

impl Work<'_> {
    /// Withdraws what stands behind a gate, with what cannot do without it. Gives how many steps.
    async fn withdraw_all_behind(
        &mut self,
        action: i64,
        gate: &str,
        actor: &Actor,
        reason: &str,
    ) -> Result<usize, LedgerError> {
        let mut withdrawn = 0;
        for step in self.behind(action, gate).await? {
            withdrawn += self.withdraw(&step, actor, reason, false).await?;
        }
        Ok(withdrawn)
    }

    async fn behind(&mut self, action: i64, gate: &str) -> Result<Vec<StepRecord>, LedgerError> {
        Ok(sqlx::query_as(select_steps!(
            "where s.action = ? and s.seq in (select step from dependency where on_gate = ?) order by s.seq"
        ))
        .bind(action)
        .bind(gate)
        .fetch_all(&mut *self.tx)
        .await?)
    }
}
