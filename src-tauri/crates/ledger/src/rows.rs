//! Steps as they stand in the table, and back.

use domain::{
    Millis, ObjectRef, StepKey, System,
    operation::{Level, Operation},
    step::{Attention, StepEvent, StepState, WaitReason, transition},
};
use sha2::{Digest, Sha256};
use sqlite::Tx;

use crate::{Actor, AuditEntry, LedgerError, lanes::Work, topic};

/// `select` of steps with what their action says, to be followed by a condition.
macro_rules! select_steps {
    ($tail:expr) => {
        concat!(
            "select s.seq, s.id, s.action, a.id as action_id, a.intent, a.title, a.playbook, a.case_ref, a.person, ",
            "s.number, s.name, s.system, s.operation, s.level, s.lane, s.subject, s.args, ",
            "s.content_hash, s.key, s.seal, s.waits_on, s.offline_class, s.optional, s.overlay, s.supersedes, s.state, ",
            "s.wait_reason, s.until, s.attempts, s.lease_until, s.look_up_after, s.attention, s.remote_ref, s.reason, ",
            "s.gated, s.created_at, s.changed_at, s.confirmed_at ",
            "from step s join action a on a.seq = s.action ",
            $tail
        )
    };
}
pub(crate) use select_steps;

/// A row of the table. Numbers and words are taken as they come; what they mean is asked later, so that one odd row stops
/// nothing.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct StepRecord {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) action: i64,
    pub(crate) action_id: String,
    pub(crate) intent: String,
    pub(crate) title: String,
    pub(crate) playbook: String,
    pub(crate) case_ref: String,
    pub(crate) person: String,
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) system: String,
    pub(crate) operation: String,
    pub(crate) level: String,
    pub(crate) lane: String,
    pub(crate) subject: String,
    pub(crate) args: String,
    pub(crate) content_hash: String,
    pub(crate) key: String,
    pub(crate) seal: String,
    pub(crate) waits_on: String,
    pub(crate) offline_class: String,
    pub(crate) optional: bool,
    pub(crate) overlay: String,
    pub(crate) state: String,
    pub(crate) wait_reason: Option<String>,
    pub(crate) until: Option<i64>,
    pub(crate) attempts: i64,
    pub(crate) lease_until: Option<i64>,
    pub(crate) look_up_after: Option<i64>,
    pub(crate) attention: Option<String>,
    pub(crate) remote_ref: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) gated: bool,
    pub(crate) created_at: i64,
    pub(crate) changed_at: i64,
    pub(crate) confirmed_at: Option<i64>,
}

/// Binds what must never change to a row: its key, its call and its lane.
pub(crate) fn seal(
    key: &str,
    operation: &str,
    lane: &str,
    content_hash: &str,
    args: &str,
) -> String {
    let mut hash = Sha256::new();
    for part in [key, operation, lane, content_hash, args] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

impl StepRecord {
    pub(crate) fn attempts(&self) -> u32 {
        u32::try_from(self.attempts).unwrap_or(u32::MAX)
    }

    /// The state, if the columns make one.
    pub(crate) fn state(&self) -> Option<StepState> {
        let time = |t: Option<i64>| t.map(Millis);
        Some(match self.state.as_str() {
            "queued" => StepState::Queued,
            "waiting" => StepState::Waiting {
                reason: self.wait_reason.as_deref()?.parse().ok()?,
                until: time(self.until),
            },
            "sending" => StepState::Sending {
                attempt: self.attempts(),
                lease_until: time(self.lease_until)?,
            },
            "unknown" => StepState::Unknown {
                attempt: self.attempts(),
                look_up_after: time(self.look_up_after)?,
            },
            "needs_attention" => StepState::NeedsAttention {
                attention: self.attention.as_deref()?.parse().ok()?,
            },
            "confirmed" => StepState::Confirmed {
                remote_ref: self.remote_ref.clone()?,
            },
            "cancelled" => StepState::Cancelled,
            _ => return None,
        })
    }

    /// The state, where one that cannot be read asks for a person.
    pub(crate) fn shown_state(&self) -> StepState {
        self.state().unwrap_or(StepState::NeedsAttention {
            attention: Attention::Undecidable,
        })
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        self.operation.parse().ok()
    }

    /// Whether the row is as it was written.
    pub(crate) fn is_sealed(&self) -> bool {
        let whole = seal(
            &self.key,
            &self.operation,
            &self.lane,
            &self.content_hash,
            &self.args,
        );
        whole == self.seal
    }

    /// An audit record about this step.
    pub(crate) fn audit(&self, event: &str) -> AuditEntry {
        let mut entry = AuditEntry::about(event, self.case_ref.clone());
        entry.case = self.case_ref.parse::<ObjectRef>().ok();
        entry.key = Some(self.key.clone());
        entry.with(serde_json::json!({
            "action": self.action_id,
            "step": self.id,
            "system": self.system,
            "operation": self.operation,
        }))
    }

    /// The machine, for whoever queued it.
    pub(crate) fn machine(&self) -> Actor {
        Actor::system_for(&self.person)
    }
}

/// What lists show of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    /// Id, such as `a-3f9c1b22d04e.2`.
    pub id: String,
    /// Action.
    pub action_id: String,
    /// Intent.
    pub intent: String,
    /// Title of the action.
    pub title: String,
    /// Playbook of the action.
    pub playbook: String,
    /// Case, as `case:community:48213`.
    pub case: String,
    /// Who confirmed it, or `system`.
    pub person: String,
    /// Number in the action, from 1.
    pub number: u32,
    /// Name in the plan.
    pub name: String,
    /// System word.
    pub system: String,
    /// Operation word of the published table.
    pub operation: String,
    /// The operation, if the row can be read.
    pub op: Option<Operation>,
    /// Level.
    pub level: Option<Level>,
    /// What it is about.
    pub subject: String,
    /// State.
    pub state: StepState,
    /// Attempts charged.
    pub attempt: u32,
    /// Key.
    pub key: StepKey,
    /// Hash of its arguments.
    pub content_hash: String,
    /// Id on the other side.
    pub remote_ref: Option<String>,
    /// Reason in words, for a state that has one.
    pub reason: Option<String>,
    /// Step id, `gate:NAME` or `system:WORD` that holds it up.
    pub blocked_by: Option<String>,
    /// Names of steps and gates it was planned to wait on.
    pub waits_on: Vec<String>,
    /// Offline class.
    pub offline_class: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it waits behind an open gate.
    pub gated: bool,
    /// Id of the step it takes the place of.
    pub supersedes: Option<String>,
    /// When it was queued.
    pub created_at: Millis,
    /// When its state last changed.
    pub changed_at: Millis,
    /// When it was confirmed.
    pub confirmed_at: Option<Millis>,
}

impl StepRow {
    pub(crate) fn from_record(
        record: &StepRecord,
        blocked_by: Option<String>,
        supersedes: Option<String>,
    ) -> Self {
        let state = record.shown_state();
        let op = record.operation();
        let odd = record.state().is_none() || op.is_none() || !record.is_sealed();
        Self {
            id: record.id.clone(),
            action_id: record.action_id.clone(),
            intent: record.intent.clone(),
            title: record.title.clone(),
            playbook: record.playbook.clone(),
            case: record.case_ref.clone(),
            person: record.person.clone(),
            number: u32::try_from(record.number).unwrap_or_default(),
            name: record.name.clone(),
            system: record.system.clone(),
            operation: op.map_or_else(|| record.operation.clone(), |op| op.word().to_owned()),
            op,
            level: record.level.parse().ok(),
            subject: record.subject.clone(),
            state,
            attempt: record.attempts(),
            key: StepKey(record.key.clone()),
            content_hash: record.content_hash.clone(),
            remote_ref: record.remote_ref.clone(),
            reason: record
                .reason
                .clone()
                .or_else(|| odd.then(|| "The stored row is not as it was written.".into())),
            blocked_by,
            waits_on: serde_json::from_str(&record.waits_on).unwrap_or_default(),
            offline_class: record.offline_class.clone(),
            optional: record.optional,
            gated: record.gated,
            supersedes,
            created_at: Millis(record.created_at),
            changed_at: Millis(record.changed_at),
            confirmed_at: record.confirmed_at.map(Millis),
        }
    }

    /// The system, if the row can be read.
    #[must_use]
    pub fn system(&self) -> Option<System> {
        self.system.parse().ok()
    }
}

pub(crate) async fn by_id(tx: &mut Tx, id: &str) -> Result<StepRecord, LedgerError> {
    sqlx::query_as(select_steps!("where s.id = ?"))
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?
        .ok_or_else(|| LedgerError::not_found("step", id))
}

impl Work<'_> {
    /// Moves a step by the one transition function and writes the state. `attempts` is the number of attempts charged
    /// from now on.
    pub(crate) async fn advance(
        &mut self,
        step: &StepRecord,
        event: StepEvent,
        attempts: u32,
        reason: Option<&str>,
    ) -> Result<StepState, LedgerError> {
        let next = transition(&step.shown_state(), event, attempts)?;
        self.put_state(step, &next, reason).await?;
        Ok(next)
    }

    /// Writes a state. Lane and action are brought up to date at commit.
    pub(crate) async fn put_state(
        &mut self,
        step: &StepRecord,
        state: &StepState,
        reason: Option<&str>,
    ) -> Result<(), LedgerError> {
        let mut columns = Columns {
            attempts: step.attempts(),
            ..Columns::default()
        };
        match state {
            StepState::Queued | StepState::Cancelled => {}
            StepState::Waiting { reason, until } => {
                columns.wait_reason = Some(reason.as_str());
                columns.until = until.map(|t| t.0);
            }
            StepState::Sending {
                attempt,
                lease_until,
            } => {
                columns.attempts = *attempt;
                columns.lease_until = Some(lease_until.0);
            }
            StepState::Unknown {
                attempt,
                look_up_after,
            } => {
                columns.attempts = *attempt;
                columns.look_up_after = Some(look_up_after.0);
            }
            StepState::NeedsAttention { attention } => {
                columns.attention = Some(attention.as_str());
            }
            StepState::Confirmed { remote_ref } => {
                columns.remote_ref = Some(remote_ref);
                columns.confirmed_at = Some(self.now.0);
            }
        }
        sqlx::query(
            "update step set state = ?, wait_reason = ?, until = ?, attempts = ?, lease_until = ?, look_up_after = ?,
             attention = ?, remote_ref = ?, confirmed_at = ?, reason = ?, changed_at = ? where seq = ?",
        )
        .bind(state.word())
        .bind(columns.wait_reason)
        .bind(columns.until)
        .bind(columns.attempts)
        .bind(columns.lease_until)
        .bind(columns.look_up_after)
        .bind(columns.attention)
        .bind(columns.remote_ref)
        .bind(columns.confirmed_at)
        .bind(reason)
        .bind(self.now.0)
        .bind(step.seq)
        .execute(&mut *self.tx)
        .await?;
        self.touch(step);
        Ok(())
    }

    /// Marks a step as changed.
    pub(crate) fn touch(&mut self, step: &StepRecord) {
        self.lanes.insert(step.lane.clone());
        self.actions.insert(step.action);
        self.tx.announce(topic::STEP, step.id.clone());
    }

    /// Puts a row nobody can read before a person; the others go on.
    pub(crate) async fn quarantine(
        &mut self,
        step: &StepRecord,
        attention: Attention,
        reason: &str,
    ) -> Result<(), LedgerError> {
        self.put_state(step, &StepState::NeedsAttention { attention }, Some(reason))
            .await?;
        self.audit(
            &step.machine(),
            step.audit("op.quarantined").because(reason),
        )
        .await
    }
}

#[derive(Default)]
struct Columns<'a> {
    wait_reason: Option<&'static str>,
    until: Option<i64>,
    attempts: u32,
    lease_until: Option<i64>,
    look_up_after: Option<i64>,
    attention: Option<&'static str>,
    remote_ref: Option<&'a str>,
    confirmed_at: Option<i64>,
}

/// What a step that still has something to wait on waits for.
pub(crate) async fn wait_reason(tx: &mut Tx, seq: i64) -> Result<Option<WaitReason>, LedgerError> {
    let (rows, gates): (i64, i64) =
        sqlx::query_as("select count(*), count(on_gate) from dependency where step = ?")
            .bind(seq)
            .fetch_one(&mut **tx)
            .await?;
    Ok(match (rows, gates) {
        (0, _) => None,
        (_, 0) => Some(WaitReason::OnStep),
        _ => Some(WaitReason::OnGate),
    })
}
