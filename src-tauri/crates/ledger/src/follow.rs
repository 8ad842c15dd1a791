//! What the desk needs to follow up on what was confirmed: receipts by step name, claims another desktop won, and what
//! people decided about exceptions.

use domain::{ActionId, IntentId, Millis};
use serde_json::{Map, Value};

use crate::{Actor, AuditEntry, Ledger, LedgerError, enqueue::text, lanes::Work, topic};

/// A receipt with the name its step has in the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedReceipt {
    /// Name of the step.
    pub name: String,
    /// Id over there.
    pub remote_ref: String,
    /// Results by name.
    pub detail: Map<String, Value>,
    /// SHA-256 of bytes that came back.
    pub blob: Option<String>,
    /// When it was confirmed.
    pub at: Millis,
}

/// A claim that another desktop won, with the open steps that wait on it here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostClaim {
    /// The claim's step.
    pub step: String,
    /// Who won, if told.
    pub winner: Option<String>,
    /// Open steps of the same action that name it among what they wait on.
    pub dependents: Vec<String>,
}

const RECEIPTS: &str = "select s.name, r.remote_ref, r.detail, r.blob, r.at from action a join step s on s.action = a.seq
    join receipt r on r.step = s.seq where a.id = ? order by s.seq";
const LOST: &str = "select c.id, r.detail, d.id from step d join step c on c.action = d.action join receipt r on r.step = c.seq
    where d.open = 1 and d.state in ('queued', 'waiting') and c.operation = 'claim' and c.state = 'confirmed'
    and r.detail ->> 'won' = 0 and exists (select 1 from json_each(d.waits_on) w where w.value = c.name) order by d.seq";

impl Ledger {
    /// Receipts of an action in the order of its steps; of two steps with one name the later one comes last.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn receipts(&self, action: &ActionId) -> Result<Vec<NamedReceipt>, LedgerError> {
        let rows: Vec<(String, String, String, Option<String>, i64)> = sqlx::query_as(RECEIPTS)
            .bind(action.as_str())
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(name, remote_ref, detail, blob, at)| NamedReceipt {
                name,
                remote_ref,
                detail: serde_json::from_str(&detail).unwrap_or_default(),
                blob,
                at: Millis(at),
            })
            .collect())
    }

    /// Claims that were lost and still have open steps behind them.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn lost_claims(&self) -> Result<Vec<LostClaim>, LedgerError> {
        let rows: Vec<(String, String, String)> =
            sqlx::query_as(LOST).fetch_all(self.reader().pool()).await?;
        let mut lost: Vec<LostClaim> = Vec::new();
        for (step, detail, dependent) in rows {
            if let Some(known) = lost.iter_mut().find(|l| l.step == step) {
                known.dependents.push(dependent);
                continue;
            }
            let detail: Map<String, Value> = serde_json::from_str(&detail).unwrap_or_default();
            let winner = detail
                .get("winner")
                .and_then(Value::as_str)
                .map(str::to_owned);
            lost.push(LostClaim {
                step,
                winner,
                dependents: vec![dependent],
            });
        }
        Ok(lost)
    }

    /// The action an intent became, if it was confirmed.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn action_of(&self, intent: &IntentId) -> Result<Option<ActionId>, LedgerError> {
        let id: Option<String> = sqlx::query_scalar("select id from action where intent = ?")
            .bind(intent.as_str())
            .fetch_optional(self.reader().pool())
            .await?;
        Ok(id.map(ActionId))
    }

    /// Keeps what a person decided, under a key, with the audit record that says why, in one transaction.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn decide(
        &self,
        key: &str,
        value: &Value,
        entry: AuditEntry,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        sqlx::query(
            "insert into setting (key, value, changed_at) values (?, ?, ?)
             on conflict (key) do update set value = excluded.value, changed_at = excluded.changed_at",
        )
        .bind(key)
        .bind(text(value)?)
        .bind(now.0)
        .execute(&mut *work.tx)
        .await?;
        work.tx.announce(topic::SETTING, key);
        work.audit(actor, entry).await?;
        work.commit().await
    }
}
