//! Review decisions made offline, and the signatures given here.

use domain::{
    Millis, PersonId,
    review::{Signature, Verdict},
    words,
};
use serde_json::Value;

use crate::{Actor, AuditEntry, Ledger, LedgerError, enqueue::text, lanes::Work, topic};

words! {
    /// State of a decision made while the hash could not be read again.
    DecisionState {
        /// Waits for the hash to be read again and the PIN to be entered.
        Prepared = "prepared",
        /// Became a signature.
        Confirmed = "confirmed",
        /// The letter changed meanwhile, or it was withdrawn.
        Invalidated = "invalidated",
    }
}

/// A decision prepared over a hash. It is no signature and no step.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedDecision {
    /// Id.
    pub id: String,
    /// Review, as `review:community:...`.
    pub review: String,
    /// Who decided.
    pub person: PersonId,
    /// Hash that was shown.
    pub hash: String,
    /// Verdict.
    pub verdict: Verdict,
    /// Meaning as shown; the reason when rejecting.
    pub meaning: String,
    /// State.
    pub state: DecisionState,
    /// What was learnt: the difference, when it was invalidated.
    pub detail: Value,
    /// When it was prepared.
    pub prepared_at: Millis,
    /// When it became a signature or was invalidated.
    pub decided_at: Option<Millis>,
}

type Columns = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    Option<i64>,
);

fn decision(columns: Columns) -> Option<PreparedDecision> {
    let (id, review, person, hash, verdict, meaning, state, detail, prepared_at, decided_at) =
        columns;
    Some(PreparedDecision {
        id,
        review,
        person: PersonId(person),
        hash,
        verdict: verdict.parse().ok()?,
        meaning,
        state: state.parse().ok()?,
        detail: serde_json::from_str(&detail).unwrap_or_default(),
        prepared_at: Millis(prepared_at),
        decided_at: decided_at.map(Millis),
    })
}

impl Ledger {
    /// Keeps a decision made offline.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn prepare_decision(
        &self,
        decision: &PreparedDecision,
        actor: &Actor,
    ) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, decision.prepared_at).await?;
        sqlx::query(
            "insert into review_decision (id, review, person, hash, verdict, meaning, state, detail, prepared_at)
             values (?, ?, ?, ?, ?, ?, 'prepared', ?, ?)",
        )
        .bind(&decision.id)
        .bind(&decision.review)
        .bind(decision.person.as_str())
        .bind(&decision.hash)
        .bind(decision.verdict.as_str())
        .bind(&decision.meaning)
        .bind(text(&decision.detail)?)
        .bind(decision.prepared_at.0)
        .execute(&mut *work.tx)
        .await?;
        work.tx.announce(topic::REVIEW, decision.review.clone());
        let mut entry = AuditEntry::about("review.prepared", decision.review.clone());
        entry.after_hash = Some(decision.hash.clone());
        work.audit(actor, entry).await?;
        work.commit().await
    }

    /// Decisions that still wait, oldest first; of one person, or of all.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn prepared_decisions(
        &self,
        person: Option<&PersonId>,
    ) -> Result<Vec<PreparedDecision>, LedgerError> {
        let rows: Vec<Columns> = sqlx::query_as(
            "select id, review, person, hash, verdict, meaning, state, detail, prepared_at, decided_at from review_decision
             where state = 'prepared' and (?1 is null or person = ?1) order by prepared_at",
        )
        .bind(person.map(PersonId::as_str))
        .fetch_all(self.reader().pool())
        .await?;
        Ok(rows.into_iter().filter_map(decision).collect())
    }

    /// What this person prepared last about a review, whatever became of it.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn last_decision(
        &self,
        review: &str,
        person: &PersonId,
    ) -> Result<Option<PreparedDecision>, LedgerError> {
        let row: Option<Columns> = sqlx::query_as(
            "select id, review, person, hash, verdict, meaning, state, detail, prepared_at, decided_at from review_decision
             where review = ? and person = ? order by prepared_at desc, id desc limit 1",
        )
        .bind(review)
        .bind(person.as_str())
        .fetch_optional(self.reader().pool())
        .await?;
        Ok(row.and_then(decision))
    }

    /// Ends a prepared decision: it became a signature, or the letter is not the one that was shown.
    ///
    /// # Errors
    /// `E_STATE` when it does not wait any more; else a [`LedgerError`].
    pub async fn end_decision(
        &self,
        id: &str,
        state: DecisionState,
        detail: &Value,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let review: Option<(String, String)> = sqlx::query_as(
            "update review_decision set state = ?, detail = ?, decided_at = ? where id = ? and state = 'prepared'
             returning review, hash",
        )
        .bind(state.as_str())
        .bind(text(detail)?)
        .bind(now.0)
        .bind(id)
        .fetch_optional(&mut *work.tx)
        .await?;
        let Some((review, hash)) = review else {
            return Err(LedgerError::state("This decision does not wait any more."));
        };
        work.tx.announce(topic::REVIEW, review.clone());
        let mut entry = AuditEntry::about(format!("review.{state}"), review);
        entry.before_hash = Some(hash);
        work.audit(actor, entry).await?;
        work.commit().await
    }

    /// Keeps a signature given here, once for each person and hash. The caller has checked PIN and roles.
    ///
    /// # Errors
    /// `E_STATE` when this person has signed this hash; else a [`LedgerError`].
    pub async fn put_signature(
        &self,
        review: &str,
        signature: &Signature,
        actor: &Actor,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let new = sqlx::query(
            "insert or ignore into signature (review, person, printed_name, verdict, hash, meaning, at, zone)
             values (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(review)
        .bind(signature.person.as_str())
        .bind(&signature.printed_name)
        .bind(signature.verdict.as_str())
        .bind(&signature.hash)
        .bind(&signature.meaning)
        .bind(signature.at.0)
        .bind(&signature.zone)
        .execute(&mut *work.tx)
        .await?
        .rows_affected();
        if new == 0 {
            return Err(LedgerError::state("You have signed this letter already."));
        }
        work.tx.announce(topic::REVIEW, review);
        let mut entry = AuditEntry::about(format!("review.signed_{}", signature.verdict), review)
            .because(&signature.meaning);
        entry.occurred_at = Some(signature.at);
        entry.after_hash = Some(signature.hash.clone());
        work.audit(actor, entry).await?;
        work.commit().await
    }

    /// Signatures given here for a review, in order.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn signatures(&self, review: &str) -> Result<Vec<Signature>, LedgerError> {
        let rows: Vec<(String, String, String, String, String, i64, String)> = sqlx::query_as(
            "select person, printed_name, verdict, hash, meaning, at, zone from signature where review = ? order by id",
        )
        .bind(review)
        .fetch_all(self.reader().pool())
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(person, printed_name, verdict, hash, meaning, at, zone)| {
                Some(Signature {
                    seal: None,
                    partner: None,
                    roles: Vec::new(),
                    on_behalf_of: None,
                    person: PersonId(person),
                    printed_name,
                    verdict: verdict.parse().ok()?,
                    hash,
                    meaning,
                    at: Millis(at),
                    reached_at: None,
                    zone,
                })
            })
            .collect())
    }
}
