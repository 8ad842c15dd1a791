//! Appending: the records of one transaction, chained to the last one on disk.

use domain::{
    Millis, ObjectRef,
    audit::{AuditRecord, GENESIS, chain},
};
use sqlite::Tx;
use sqlx::QueryBuilder;

use crate::{Actor, Ledger, LedgerError, topic};

/// What happened, as told by who knows it. Number, time of writing, policy and hash are added when it is appended.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Word such as `notice.released`.
    pub event: String,
    /// What it is about.
    pub object: String,
    /// Case it belongs to; found by [`crate::audit::AuditFilter::case`].
    pub case: Option<ObjectRef>,
    /// When it happened; the time of writing when `None`.
    pub occurred_at: Option<Millis>,
    /// When the other side confirmed it.
    pub confirmed_at: Option<Millis>,
    /// Hash of the object before.
    pub before_hash: Option<String>,
    /// Hash of the object after.
    pub after_hash: Option<String>,
    /// Idempotency key.
    pub key: Option<String>,
    /// Reason in words.
    pub reason: Option<String>,
    /// Identifiers and hashes, never secrets.
    pub facts: serde_json::Value,
}

impl AuditEntry {
    /// An entry about a thing.
    pub fn new(event: impl Into<String>, object: &ObjectRef) -> Self {
        Self {
            case: (object.kind == domain::Kind::Case).then(|| object.clone()),
            ..Self::about(event, object.to_string())
        }
    }

    /// An entry about something that has no name of the form `kind:system:id`, such as a setting.
    pub fn about(event: impl Into<String>, object: impl Into<String>) -> Self {
        Self {
            event: event.into(),
            object: object.into(),
            case: None,
            occurred_at: None,
            confirmed_at: None,
            before_hash: None,
            after_hash: None,
            key: None,
            reason: None,
            facts: serde_json::Value::Null,
        }
    }

    /// Adds a reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        self.reason = (!reason.is_empty()).then_some(reason);
        self
    }

    /// Adds facts.
    #[must_use]
    pub fn with(mut self, facts: serde_json::Value) -> Self {
        self.facts = facts;
        self
    }
}

struct Line {
    seq: i64,
    hash: String,
    record: String,
    object: String,
    case: Option<String>,
}

/// The records of one transaction.
pub(crate) struct Journal {
    seq: i64,
    head: String,
    now: Millis,
    policy_hash: String,
    lines: Vec<Line>,
}

impl Journal {
    /// Continues the chain. The transaction holds the write lock, so nobody else can.
    pub(crate) async fn open(
        ledger: &Ledger,
        tx: &mut Tx,
        now: Millis,
    ) -> Result<Self, LedgerError> {
        let last: Option<(i64, String)> =
            sqlx::query_as("select seq, hash from audit order by seq desc limit 1")
                .fetch_optional(&mut **tx)
                .await?;
        let (seq, head) = last.unwrap_or_else(|| (0, GENESIS.to_owned()));
        Ok(Self {
            seq,
            head,
            now,
            policy_hash: ledger.policy_hash(),
            lines: Vec::new(),
        })
    }

    /// Adds a record.
    pub(crate) fn add(&mut self, actor: &Actor, entry: AuditEntry) -> Result<(), LedgerError> {
        self.seq += 1;
        let record = AuditRecord {
            seq: self.seq,
            occurred_at: entry.occurred_at.unwrap_or(self.now),
            recorded_at: self.now,
            confirmed_at: entry.confirmed_at,
            zone: actor.zone.clone(),
            actor: actor.person.clone(),
            on_behalf_of: actor.on_behalf_of.clone(),
            event: entry.event,
            object: entry.object.clone(),
            before_hash: entry.before_hash,
            after_hash: entry.after_hash,
            key: entry.key,
            reason: entry.reason,
            policy_hash: self.policy_hash.clone(),
            facts: entry.facts,
        };
        let bytes = record
            .canonical()
            .map_err(|e| LedgerError::field(e.to_string()))?;
        self.head = chain(&self.head, &bytes);
        self.lines.push(Line {
            seq: self.seq,
            hash: self.head.clone(),
            record: String::from_utf8(bytes).map_err(|e| LedgerError::field(e.to_string()))?,
            object: entry.object,
            case: entry.case.map(|c| c.to_string()),
        });
        Ok(())
    }

    /// Writes the records into the transaction. Comes last, before commit.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), LedgerError> {
        for lines in self.lines.chunks(500) {
            QueryBuilder::new("insert into audit (seq, hash, record, object, case_ref) ")
                .push_values(lines, |mut row, line| {
                    row.push_bind(line.seq)
                        .push_bind(&line.hash)
                        .push_bind(&line.record)
                        .push_bind(&line.object)
                        .push_bind(&line.case);
                })
                .build()
                .execute(&mut **tx)
                .await?;
        }
        if !self.lines.is_empty() {
            tx.announce_many(topic::AUDIT);
        }
        Ok(())
    }
}

impl Ledger {
    /// Appends records that explain nothing else in the ledger, such as a look at a letter or a filed head.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn append_audit(
        &self,
        actor: &Actor,
        entries: Vec<AuditEntry>,
        now: Millis,
    ) -> Result<(), LedgerError> {
        let mut tx = self.begin().await?;
        let mut journal = Journal::open(self, &mut tx, now).await?;
        for entry in entries {
            journal.add(actor, entry)?;
        }
        journal.write(&mut tx).await?;
        Ok(tx.commit().await?)
    }
}
