//! Settings of this data folder. Secrets do not belong here but in the keyring.

use domain::{Millis, canonical};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Actor, AuditEntry, Ledger, LedgerError, enqueue::text, lanes::Work, topic};

impl Ledger {
    /// A setting; `None` when it is not set or of another form than asked for.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, LedgerError> {
        let value: Option<String> = sqlx::query_scalar("select value from setting where key = ?")
            .bind(key)
            .fetch_optional(self.reader().pool())
            .await?;
        Ok(value.and_then(|v| serde_json::from_str(&v).ok()))
    }

    /// Every setting, by key.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn settings(&self) -> Result<Vec<(String, Value)>, LedgerError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select key, value from setting order by key")
                .fetch_all(self.reader().pool())
                .await?;
        Ok(rows
            .into_iter()
            .map(|(key, value)| (key, serde_json::from_str(&value).unwrap_or_default()))
            .collect())
    }

    /// Sets a setting. The chain keeps the hashes before and after, not the values. Nothing happens when it is set so
    /// already.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn set_setting<T: Serialize>(
        &self,
        key: &str,
        value: &T,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let value = text(value)?;
        let mut work = Work::begin(self, now).await?;
        let before: Option<String> = sqlx::query_scalar("select value from setting where key = ?")
            .bind(key)
            .fetch_optional(&mut *work.tx)
            .await?;
        if before.as_deref() == Some(value.as_str()) {
            return Ok(());
        }
        sqlx::query(
            "insert into setting (key, value, changed_at) values (?, ?, ?)
             on conflict (key) do update set value = excluded.value, changed_at = excluded.changed_at",
        )
        .bind(key)
        .bind(&value)
        .bind(now.0)
        .execute(&mut *work.tx)
        .await?;
        work.tx.announce(topic::SETTING, key);
        let mut entry = AuditEntry::about("setting.changed", format!("setting:{key}"));
        entry.before_hash = before.map(|b| canonical::sha256_hex(b.as_bytes()));
        entry.after_hash = Some(canonical::sha256_hex(value.as_bytes()));
        work.audit(actor, entry).await?;
        work.commit().await
    }
}
