//! What the desk needs to follow up on what was confirmed: receipts by step name, what was made here, and what people
//! decided about exceptions.

use domain::{ActionId, IntentId, Millis, operation::Operation};
use serde_json::{Map, Value};

use crate::{
    Actor, AuditEntry, Blob, Ledger, LedgerError, blobs::keep, enqueue::text, lanes::Work, topic,
};

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

const RECEIPTS: &str = "select s.name, r.remote_ref, r.detail, r.blob, r.at from action a join step s on s.action = a.seq
    join receipt r on r.step = s.seq where a.id = ? order by s.seq";
const MADE: &str =
    "select a.id from receipt r join step s on s.seq = r.step join action a on a.seq = s.action
    where r.remote_ref = ? and s.operation = ? order by s.seq limit 1";
const OPENED_FOR: &str =
    "select distinct s.args ->> '$.purpose' from receipt r join step s on s.seq = r.step
    where r.remote_ref = ? and s.operation = 'open_space' and s.args ->> '$.purpose' is not null";

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

    /// The action of this ledger whose step of this operation made what the other side calls `remote_ref`.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn maker_of(
        &self,
        operation: Operation,
        remote_ref: &str,
    ) -> Result<Option<ActionId>, LedgerError> {
        let id: Option<String> = sqlx::query_scalar(MADE)
            .bind(remote_ref)
            .bind(operation.as_str())
            .fetch_optional(self.reader().pool())
            .await?;
        Ok(id.map(ActionId))
    }

    /// What a space was opened for by steps of this ledger; nothing for one that others opened.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn opened_for(&self, space_id: &str) -> Result<Vec<String>, LedgerError> {
        Ok(sqlx::query_scalar(OPENED_FOR)
            .bind(space_id)
            .fetch_all(self.reader().pool())
            .await?)
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
        self.decide_with(key, value, &[], vec![entry], actor, now)
            .await
    }

    /// The same with the bytes it rests on and any number of records, all in one transaction.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn decide_with(
        &self,
        key: &str,
        value: &Value,
        blobs: &[Blob],
        entries: Vec<AuditEntry>,
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
        for blob in blobs {
            keep(&mut work.tx, blob, now).await?;
        }
        work.tx.announce(topic::SETTING, key);
        for entry in entries {
            work.audit(actor, entry).await?;
        }
        work.commit().await
    }
}
