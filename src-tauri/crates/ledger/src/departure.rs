//! When a step may leave: asked in the transaction of its claim, so that what has to wait is never in between.
//!
//! What may not leave yet is put behind a gate that is named by the instant at which it passes. So it leaves the lane, and a
//! reply need not wait for the morning of somebody else; and after a restart it is found where it was.

use async_trait::async_trait;
use domain::{
    ActionId, Millis, PersonId, Refusal,
    operation::{Call, Operation},
    plan::{GateKind, GateState},
    quiet,
    step::{StepEvent, WaitReason},
    undo,
};

use crate::{
    Actor, AuditEntry, Ledger, LedgerError,
    enqueue::text,
    lanes::Work,
    rows::{StepRecord, select_steps},
    topic,
};

/// Kinds of gates that are opened at a claim and pass by themselves.
pub const TIMED: [GateKind; 2] = [GateKind::QuietHours, GateKind::UndoWindow];

/// What is about to leave.
#[derive(Debug, Clone)]
pub struct Leaving<'a> {
    /// Action.
    pub action: &'a ActionId,
    /// Its intent.
    pub intent: &'a str,
    /// Case, as `case:community:48213`.
    pub case: &'a str,
    /// Lane: of one recipient where a batch has many.
    pub lane: &'a str,
    /// The call, references filled in.
    pub call: &'a Call,
    /// Whether it follows from an event, without a person.
    pub derived: bool,
    /// When the action was accepted.
    pub accepted_at: Millis,
    /// Template of the first notice the action releases; told only while it may be undone.
    pub template: Option<&'a str>,
    /// Why a person sends it in quiet hours all the same.
    pub urgent: Option<&'a str>,
}

/// Whether a step may leave now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    /// It may.
    Now,
    /// It may because a person said so; without that it would have waited until then.
    Urgent {
        /// When quiet hours end.
        until: Millis,
    },
    /// It may not.
    Later {
        /// What it waits for, one of [`TIMED`].
        gate: GateKind,
        /// Until when.
        until: Millis,
        /// Why, in words.
        reason: String,
    },
    /// It may not any more: it is withdrawn, with what cannot do without it.
    Never {
        /// Why, in words.
        reason: String,
    },
}

/// Whoever knows when a step may leave.
#[async_trait]
pub trait Departures: std::fmt::Debug + Send + Sync {
    /// Decides about a step that would be sent now.
    ///
    /// # Errors
    /// When nobody can say; then nothing is sent.
    async fn departure(&self, leaving: &Leaving<'_>, now: Millis) -> Result<Departure, Refusal>;
}

/// Everything leaves at once.
#[derive(Debug, Clone, Copy)]
pub struct AtOnce;

#[async_trait]
impl Departures for AtOnce {
    async fn departure(&self, _: &Leaving<'_>, _: Millis) -> Result<Departure, Refusal> {
        Ok(Departure::Now)
    }
}

/// Gate beside that of the reason for sending in quiet hours: who gave it, where, and for whom.
const URGENT_BY: &str = "urgent_by";

/// Name of a gate that passes by itself at an instant.
fn gate_name(kind: GateKind, until: Millis) -> String {
    format!("{kind}-{}", until.0)
}

/// When a gate passes by itself; `None` for one that waits for something else.
#[must_use]
pub fn passes_at(gate: &str) -> Option<Millis> {
    TIMED.iter().find_map(|kind| {
        let instant = gate.strip_prefix(kind.as_str())?.strip_prefix('-')?;
        instant.parse().ok().map(Millis)
    })
}

/// Open gates that pass by themselves. There are few: recipients of one zone share theirs.
pub(crate) const TIMED_GATES: &str = "select action, id from gate indexed by gate_open
     where state = 'open' and kind in ('quiet_hours', 'undo_window')";

pub(crate) const RELEASED_FIRST: &str =
    "select args from step where action = ? and operation = 'release' order by seq limit 1";

impl Ledger {
    /// When the next gate passes by itself.
    pub(crate) async fn next_gate(&self) -> Result<Option<Millis>, LedgerError> {
        let gates: Vec<(i64, String)> = sqlx::query_as(TIMED_GATES)
            .fetch_all(self.reader().pool())
            .await?;
        Ok(gates.iter().filter_map(|(_, id)| passes_at(id)).min())
    }

    /// Why a person sends an action in quiet hours, if one does.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn urgent(&self, action: &ActionId) -> Result<Option<String>, LedgerError> {
        let reason: Option<Option<String>> = sqlx::query_scalar(
            "select g.reason from gate g join action a on a.seq = g.action where a.id = ? and g.id = ?",
        )
        .bind(action.as_str())
        .bind(quiet::URGENT)
        .fetch_optional(self.reader().pool())
        .await?;
        Ok(reason.flatten())
    }

    /// Sends what an action holds for quiet hours now, and what it releases later at once, for a reason that is recorded
    /// with who gives it. Gives how many steps were held.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_STATE` when nothing of it is open; else a [`LedgerError`].
    pub async fn send_now(
        &self,
        action: &ActionId,
        actor: &Actor,
        reason: &str,
        now: Millis,
    ) -> Result<usize, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let found: Option<(i64, String)> =
            sqlx::query_as("select seq, state from action where id = ?")
                .bind(action.as_str())
                .fetch_optional(&mut *work.tx)
                .await?;
        let (seq, state) =
            found.ok_or_else(|| LedgerError::not_found("action", action.as_str()))?;
        if state != "open" {
            return Err(LedgerError::state("Nothing of it is left to send."));
        }
        work.put_urgent(seq, actor, reason).await?;
        let held: Vec<String> = sqlx::query_scalar(
            "select id from gate where action = ? and kind = 'quiet_hours' and state = 'open'",
        )
        .bind(seq)
        .fetch_all(&mut *work.tx)
        .await?;
        let mut steps = 0;
        for gate in held {
            steps += work.pass_timed(seq, &gate, actor, reason).await?;
        }
        work.actions.insert(seq);
        work.commit().await?;
        Ok(steps)
    }
}

impl Work<'_> {
    /// Keeps why an action is sent in quiet hours and who says so, the latest word of them, with a record of each.
    pub(crate) async fn put_urgent(
        &mut self,
        action: i64,
        actor: &Actor,
        reason: &str,
    ) -> Result<(), LedgerError> {
        let (id, case): (String, String) =
            sqlx::query_as("select id, case_ref from action where seq = ?")
                .bind(action)
                .fetch_one(&mut *self.tx)
                .await?;
        let given_by = text(&(&actor.person, &actor.zone, &actor.on_behalf_of))?;
        for (gate, said) in [(quiet::URGENT, reason), (URGENT_BY, given_by.as_str())] {
            self.put_gate(action, gate, GateKind::QuietHours, GateState::Passed, said)
                .await?;
        }
        let mut entry = AuditEntry::about("notice.urgent", case.clone());
        entry.case = case.parse().ok();
        let facts = serde_json::json!({"action": id});
        self.audit(actor, entry.because(reason).with(facts)).await
    }

    /// Why an action is sent in quiet hours, and who said so last.
    async fn urgent(
        &mut self,
        action: i64,
    ) -> Result<Option<(String, Option<Actor>)>, LedgerError> {
        let mut said: [Option<String>; 2] = [None, None];
        for (gate, said) in [quiet::URGENT, URGENT_BY].into_iter().zip(&mut said) {
            let found: Option<Option<String>> =
                sqlx::query_scalar("select reason from gate where action = ? and id = ?")
                    .bind(action)
                    .bind(gate)
                    .fetch_optional(&mut *self.tx)
                    .await?;
            *said = found.flatten();
        }
        let [reason, given_by] = said;
        let given_by = given_by.and_then(|by| serde_json::from_str(&by).ok()).map(
            |(person, zone, on_behalf_of)| Actor {
                person,
                zone,
                on_behalf_of,
            },
        );
        Ok(reason.map(|reason| (reason, given_by)))
    }

    async fn put_gate(
        &mut self,
        action: i64,
        id: &str,
        kind: GateKind,
        state: GateState,
        reason: &str,
    ) -> Result<(), LedgerError> {
        sqlx::query(
            "insert into gate (action, id, place, kind, state, reason, changed_at)
             values (?1, ?2, (select coalesce(max(place), -1) + 1 from gate where action = ?1), ?3, ?4, ?5, ?6)
             on conflict (action, id) do update set state = excluded.state, reason = excluded.reason,
             changed_at = excluded.changed_at",
        )
        .bind(action)
        .bind(id)
        .bind(kind.as_str())
        .bind(state.as_str())
        .bind(reason)
        .bind(self.now.0)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Passes every gate whose time has come. True when there was one.
    pub(crate) async fn pass_due_gates(&mut self) -> Result<bool, LedgerError> {
        let gates: Vec<(i64, String)> =
            sqlx::query_as(TIMED_GATES).fetch_all(&mut *self.tx).await?;
        let mut passed = false;
        for (action, gate) in gates {
            if passes_at(&gate).is_none_or(|at| at <= self.now) {
                self.pass_timed(action, &gate, &Actor::system(), "").await?;
                passed = true;
            }
        }
        if passed {
            self.refresh_lanes().await?;
        }
        Ok(passed)
    }

    /// Passes a gate of time. Gives how many steps stood behind it.
    async fn pass_timed(
        &mut self,
        action: i64,
        gate: &str,
        actor: &Actor,
        reason: &str,
    ) -> Result<usize, LedgerError> {
        let (id, case): (String, String) =
            sqlx::query_as("select id, case_ref from action where seq = ?")
                .bind(action)
                .fetch_one(&mut *self.tx)
                .await?;
        sqlx::query("update gate set state = 'passed', changed_at = ? where action = ? and id = ?")
            .bind(self.now.0)
            .bind(action)
            .bind(gate)
            .execute(&mut *self.tx)
            .await?;
        let behind: Vec<StepRecord> = sqlx::query_as(select_steps!(
            "where s.action = ? and s.seq in (select step from dependency where on_gate = ?) order by s.seq"
        ))
        .bind(action)
        .bind(gate)
        .fetch_all(&mut *self.tx)
        .await?;
        sqlx::query(
            "delete from dependency where on_gate = ? and step in (select seq from step where action = ?)",
        )
        .bind(gate)
        .bind(action)
        .execute(&mut *self.tx)
        .await?;
        self.regate(action).await?;
        for step in &behind {
            self.let_go(step).await?;
        }
        let mut entry = AuditEntry::about("gate.passed", case.clone());
        entry.case = case.parse().ok();
        let entry = entry
            .because(reason)
            .with(serde_json::json!({"action": id, "gate": gate}));
        self.audit(actor, entry).await?;
        self.tx.announce(topic::GATE, format!("{id}/{gate}"));
        Ok(behind.len())
    }

    /// Asks when a step that is next may leave, and holds it until then, or withdraws it. True when it may
    /// not leave now.
    pub(crate) async fn held(
        &mut self,
        step: &StepRecord,
        operation: Operation,
        call: &Call,
        departures: &dyn Departures,
    ) -> Result<bool, LedgerError> {
        if !undo::has_effect(operation) {
            return Ok(false);
        }
        let (intent, derived, accepted_at, zone): (String, bool, i64, String) =
            sqlx::query_as("select intent, derived, created_at, zone from action where seq = ?")
                .bind(step.action)
                .fetch_one(&mut *self.tx)
                .await?;
        let accepted_at = Millis(accepted_at);
        let mut template = None;
        if !derived && undo::open_until(accepted_at, undo::LONGEST, self.now).is_some() {
            template = self.released_template(step.action).await?;
        }
        let (urgent, given_by) = self.urgent(step.action).await?.unzip();
        let action = ActionId(step.action_id.clone());
        let leaving = Leaving {
            action: &action,
            intent: &intent,
            case: &step.case_ref,
            lane: &step.lane,
            call,
            derived,
            accepted_at,
            template: template.as_deref(),
            urgent: urgent.as_deref(),
        };
        match departures.departure(&leaving, self.now).await? {
            Departure::Now => Ok(false),
            Departure::Urgent { until } => {
                // It may be somebody else's than who confirmed it; what was kept before that was known is theirs.
                let maker = || Actor::person(PersonId(step.person.clone()), zone);
                let actor = given_by.flatten().unwrap_or_else(maker);
                let mut entry = step.audit("notice.sent_in_quiet_hours");
                entry.after_hash = Some(step.content_hash.clone());
                with_fact(&mut entry, "until", until.rfc3339());
                self.audit(&actor, entry.because(urgent.unwrap_or_default()))
                    .await?;
                Ok(false)
            }
            Departure::Later {
                gate,
                until,
                reason,
            } => {
                self.hold_until(step, gate, until, &reason).await?;
                Ok(true)
            }
            Departure::Never { reason } => {
                self.withdraw(step, &Actor::system(), &reason, false)
                    .await?;
                self.refresh_lanes().await?;
                Ok(true)
            }
        }
    }

    async fn released_template(&mut self, action: i64) -> Result<Option<String>, LedgerError> {
        let args: Option<String> = sqlx::query_scalar(RELEASED_FIRST)
            .bind(action)
            .fetch_optional(&mut *self.tx)
            .await?;
        let args: Option<serde_json::Value> = args.and_then(|a| serde_json::from_str(&a).ok());
        let template = args.as_ref().and_then(|a| a.get("template"));
        Ok(template.and_then(|t| t.as_str()).map(str::to_owned))
    }

    async fn hold_until(
        &mut self,
        step: &StepRecord,
        kind: GateKind,
        until: Millis,
        reason: &str,
    ) -> Result<(), LedgerError> {
        let gate = gate_name(kind, until);
        self.put_gate(step.action, &gate, kind, GateState::Open, reason)
            .await?;
        sqlx::query("insert into dependency (step, on_gate) values (?, ?)")
            .bind(step.seq)
            .bind(&gate)
            .execute(&mut *self.tx)
            .await?;
        let held = StepEvent::Held {
            reason: WaitReason::OnGate,
            until: Some(until),
        };
        self.advance(step, held, step.attempts(), Some(reason))
            .await?;
        self.regate(step.action).await?;
        self.refresh_lanes().await?;
        let mut entry = step.audit("op.held");
        with_fact(&mut entry, "gate", gate.clone());
        with_fact(&mut entry, "until", until.rfc3339());
        self.audit(&step.machine(), entry.because(reason)).await?;
        self.tx
            .announce(topic::GATE, format!("{}/{gate}", step.action_id));
        Ok(())
    }
}

fn with_fact(entry: &mut AuditEntry, name: &str, value: String) {
    if let Some(facts) = entry.facts.as_object_mut() {
        facts.insert(name.to_owned(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_of_time_is_named_by_when_it_passes() {
        for kind in TIMED {
            let at = Millis(1_795_212_000_000);
            assert_eq!(passes_at(&gate_name(kind, at)), Some(at));
        }
        for other in [
            "review",
            "quiet_hours",
            "quiet_hours-soon",
            quiet::URGENT,
            URGENT_BY,
        ] {
            assert_eq!(passes_at(other), None, "{other}");
        }
    }
}
