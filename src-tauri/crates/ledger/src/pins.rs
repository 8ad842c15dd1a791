//! PINs: the re-authentication before a signature. Stored as Argon2id; five wrong ones lock signing.

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};
use domain::{Millis, PersonId, Refusal, refusal::Code};
use zeroize::Zeroizing;

use crate::{Actor, AuditEntry, Ledger, LedgerError, lanes::Work};

/// Wrong PINs after which signing is locked.
const MOST_WRONG: i64 = 5;
/// A PIN has at least this many characters.
const SHORTEST: usize = 4;

impl Ledger {
    /// Whether a person has a PIN.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn has_pin(&self, person: &PersonId) -> Result<bool, LedgerError> {
        Ok(
            sqlx::query_scalar::<_, i64>("select count(*) from person_pin where person = ?")
                .bind(person.as_str())
                .fetch_one(self.reader().pool())
                .await?
                > 0,
        )
    }

    /// Whether signing is locked for a person.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn pin_locked(&self, person: &PersonId) -> Result<bool, LedgerError> {
        Ok(
            sqlx::query_scalar::<_, i64>("select wrong from person_pin where person = ?")
                .bind(person.as_str())
                .fetch_optional(self.reader().pool())
                .await?
                .is_some_and(|wrong| wrong >= MOST_WRONG),
        )
    }

    /// Sets the PIN of a person, which also unlocks signing. The caller has checked that `actor` may.
    ///
    /// # Errors
    /// `E_FIELD` for a PIN that is too short; else a [`LedgerError`].
    pub async fn set_pin(
        &self,
        person: &PersonId,
        pin: &str,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        if pin.chars().count() < SHORTEST {
            return Err(LedgerError::field(format!(
                "A PIN has at least {SHORTEST} characters."
            )));
        }
        let pin = Zeroizing::new(pin.to_owned());
        let hash = aside(move || {
            let mut salt = [0_u8; 16];
            rand::RngCore::fill_bytes(&mut rand::rng(), &mut salt);
            let salt = SaltString::encode_b64(&salt).map_err(|e| e.to_string())?;
            Argon2::default()
                .hash_password(pin.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|e| e.to_string())
        })
        .await?;
        let mut work = Work::begin(self, now).await?;
        sqlx::query(
            "insert into person_pin (person, hash, wrong, changed_at) values (?, ?, 0, ?)
             on conflict (person) do update set hash = excluded.hash, wrong = 0, changed_at = excluded.changed_at",
        )
        .bind(person.as_str())
        .bind(hash)
        .bind(now.0)
        .execute(&mut *work.tx)
        .await?;
        let entry = AuditEntry::about("pin.set", format!("person:{person}"));
        work.audit(actor, entry).await?;
        work.commit().await
    }

    /// Checks the PIN of a person. The try is counted before it is compared, so that ending the program half-way gives no
    /// free try.
    ///
    /// # Errors
    /// `E_AUTH` when it is wrong, not set or locked; else a [`LedgerError`].
    pub async fn verify_pin(
        &self,
        person: &PersonId,
        pin: &str,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let refuse = |message: &str, left: i64| -> LedgerError {
            Refusal::new(Code::Auth, message)
                .with(serde_json::json!({"tries_left": left}))
                .into()
        };
        let mut tx = self.begin().await?;
        let counted: Option<(String, i64)> = sqlx::query_as(
            "update person_pin set wrong = wrong + 1 where person = ? and wrong < ? returning hash, wrong",
        )
        .bind(person.as_str())
        .bind(MOST_WRONG)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((hash, wrong)) = counted else {
            let known: i64 = sqlx::query_scalar("select count(*) from person_pin where person = ?")
                .bind(person.as_str())
                .fetch_one(&mut *tx)
                .await?;
            return Err(if known == 0 {
                refuse("No PIN is set, so you cannot sign yet.", 0)
            } else {
                refuse("Signing is locked after five wrong PINs.", 0)
            });
        };
        tx.commit().await?;
        let pin = Zeroizing::new(pin.to_owned());
        let right = aside(move || {
            let parsed = PasswordHash::new(&hash).map_err(|e| e.to_string())?;
            Ok(Argon2::default()
                .verify_password(pin.as_bytes(), &parsed)
                .is_ok())
        })
        .await?;
        let mut work = Work::begin(self, now).await?;
        if right {
            sqlx::query("update person_pin set wrong = 0 where person = ?")
                .bind(person.as_str())
                .execute(&mut *work.tx)
                .await?;
            return work.commit().await;
        }
        let left = MOST_WRONG - wrong;
        let event = if left == 0 { "pin.locked" } else { "pin.wrong" };
        let entry = AuditEntry::about(event, format!("person:{person}"));
        work.audit(actor, entry).await?;
        work.commit().await?;
        Err(if left == 0 {
            refuse(
                "The PIN is wrong; signing is locked after five wrong ones.",
                0,
            )
        } else {
            refuse("The PIN is wrong.", left)
        })
    }
}

/// Stretching takes a moment, so it is not done on an async thread.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, LedgerError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| e.to_string())
        .and_then(|done| done)
        .map_err(LedgerError::Damaged)
}
