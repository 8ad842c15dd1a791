//! Drafts: what a person has begun and not confirmed.

use domain::{Millis, PersonId};
use serde_json::Value;
use sqlite::Tx;

use crate::{Ledger, LedgerError, enqueue::text, topic};

/// A draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Id.
    pub id: String,
    /// Kind: `reply`, `notice`, a playbook id, ...
    pub kind: String,
    /// Case it belongs to.
    pub case: Option<String>,
    /// Whose it is.
    pub person: PersonId,
    /// Content.
    pub body: Value,
    /// When it was begun; kept when it is saved again.
    pub created_at: Millis,
    /// When it was last saved.
    pub updated_at: Millis,
}

type Columns = (String, String, Option<String>, String, String, i64, i64);

fn draft(columns: Columns) -> Draft {
    let (id, kind, case, person, body, created_at, updated_at) = columns;
    Draft {
        id,
        kind,
        case,
        person: PersonId(person),
        body: serde_json::from_str(&body).unwrap_or_default(),
        created_at: Millis(created_at),
        updated_at: Millis(updated_at),
    }
}

macro_rules! select_drafts {
    ($tail:literal) => {
        concat!(
            "select id, kind, case_ref, person, body, created_at, updated_at from draft ",
            $tail
        )
    };
}

impl Ledger {
    /// Saves a draft under its id.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn save_draft(&self, draft: &Draft) -> Result<(), LedgerError> {
        let mut tx = self.begin().await?;
        put_draft(&mut tx, draft).await?;
        Ok(tx.commit().await?)
    }

    /// A draft by its id.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn draft(&self, id: &str) -> Result<Option<Draft>, LedgerError> {
        let row: Option<Columns> = sqlx::query_as(select_drafts!("where id = ?"))
            .bind(id)
            .fetch_optional(self.reader().pool())
            .await?;
        Ok(row.map(draft))
    }

    /// Drafts of a person, last saved first, at most 500.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn drafts(&self, person: &PersonId) -> Result<Vec<Draft>, LedgerError> {
        let rows: Vec<Columns> = sqlx::query_as(select_drafts!(
            "where person = ? order by updated_at desc limit 500"
        ))
        .bind(person.as_str())
        .fetch_all(self.reader().pool())
        .await?;
        Ok(rows.into_iter().map(draft).collect())
    }

    /// Throws the drafts of a kind away that a person last saved before a time.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn forget_drafts(
        &self,
        person: &PersonId,
        kind: &str,
        before: Millis,
    ) -> Result<(), LedgerError> {
        let mut tx = self.begin().await?;
        sqlx::query("delete from draft where person = ? and updated_at < ? and kind = ?")
            .bind(person.as_str())
            .bind(before.0)
            .bind(kind)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn delete_draft(&self, id: &str) -> Result<(), LedgerError> {
        let mut tx = self.begin().await?;
        sqlx::query("delete from draft where id = ?")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.announce(topic::DRAFT, id);
        Ok(tx.commit().await?)
    }
}

/// Writes a draft as a part of more.
pub(crate) async fn put_draft(tx: &mut Tx, draft: &Draft) -> Result<(), LedgerError> {
    sqlx::query(
        "insert into draft (id, kind, case_ref, person, body, created_at, updated_at) values (?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set kind = excluded.kind, case_ref = excluded.case_ref, body = excluded.body,
         updated_at = excluded.updated_at",
    )
    .bind(&draft.id)
    .bind(&draft.kind)
    .bind(&draft.case)
    .bind(draft.person.as_str())
    .bind(text(&draft.body)?)
    .bind(draft.created_at.0)
    .bind(draft.updated_at.0)
    .execute(&mut **tx)
    .await?;
    tx.announce(topic::DRAFT, draft.id.clone());
    Ok(())
}
