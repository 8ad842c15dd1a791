//! Intents: minted when a plan is first shown, kept through confirm, crash and resume.

use domain::{IntentId, Millis, ObjectRef, PersonId};

use crate::{Ledger, LedgerError};

/// A plan left on screen for longer than this is a new decision.
const LONGEST: i64 = 30 * domain::time::DAY;

impl Ledger {
    /// The intent of a plan that this person has been shown and not yet confirmed, else `fresh`, from now on. Showing the
    /// same plan again (after a crash, say) gives the same intent; after it was confirmed, a new one.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn intent_for(
        &self,
        playbook: &str,
        case: &ObjectRef,
        person: &PersonId,
        fresh: IntentId,
        now: Millis,
    ) -> Result<IntentId, LedgerError> {
        let case = case.to_string();
        let mut tx = self.begin().await?;
        let known: Option<String> = sqlx::query_scalar(
            "select id from intent where action is null and playbook = ? and case_ref = ? and person = ? and shown_at > ?
             order by shown_at desc limit 1",
        )
        .bind(playbook)
        .bind(&case)
        .bind(person.as_str())
        .bind(now.plus(-LONGEST).0)
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(known) = known {
            return Ok(IntentId(known));
        }
        sqlx::query(
            "insert into intent (id, playbook, case_ref, person, shown_at) values (?, ?, ?, ?, ?)",
        )
        .bind(fresh.as_str())
        .bind(playbook)
        .bind(&case)
        .bind(person.as_str())
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(fresh)
    }
}
