//! The chain as the audit screen shows it.

use domain::Refusal;
use ledger::audit::AuditFilter;

use crate::{
    Desk,
    problem::Refuse,
    view::{AuditRow, AuditVerdict, ListAudit, Page},
};

impl Desk {
    /// A window of the chain, newest first.
    ///
    /// # Errors
    /// Failures of the ledger.
    pub async fn list_audit(&self, args: &ListAudit) -> Result<Page<AuditRow>, Refusal> {
        let (limit, offset) = (
            args.limit.unwrap_or(100).clamp(1, 200),
            args.offset.unwrap_or(0),
        );
        let case = args
            .object
            .as_deref()
            .filter(|o| o.starts_with("case:"))
            .map(str::to_owned);
        let object = args.object.clone().filter(|_| case.is_none());
        let filter = AuditFilter { case, object };
        let rows = self
            .inner
            .ledger
            .list_audit(&filter, limit, offset)
            .await
            .refuse()?;
        let (all, _) = self.inner.ledger.audit_head().await.refuse()?;
        let total = u32::try_from(all).unwrap_or(u32::MAX);
        let fits = if args.object.is_some() {
            u32::try_from(rows.len()).unwrap_or(u32::MAX)
        } else {
            total
        };
        Ok(Page {
            total: fits,
            fits,
            outside_filter_total: if args.object.is_some() { total } else { 0 },
            offset,
            around: None,
            items: rows
                .into_iter()
                .map(|row| AuditRow {
                    seq: row.record.seq,
                    occurred_at: row.record.occurred_at.0,
                    recorded_at: row.record.recorded_at.0,
                    actor: self.persons().name(row.record.actor.as_str()).to_owned(),
                    on_behalf_of: row.record.on_behalf_of.map(|p| p.to_string()),
                    event: row.record.event,
                    object: row.record.object,
                    after_hash: row.record.after_hash,
                    reason: row.record.reason,
                    hash: row.hash,
                })
                .collect(),
            sources: Vec::new(),
            facets: Vec::new(),
        })
    }

    /// Verifies the chain.
    ///
    /// # Errors
    /// Failures of the ledger.
    pub async fn verify_audit(&self) -> Result<AuditVerdict, Refusal> {
        let verdict = self.inner.ledger.verify_audit().await.refuse()?;
        Ok(AuditVerdict {
            records: verdict.records,
            ok: verdict.ok,
            head: verdict.head,
            first_bad: verdict.first_bad.map(|bad| bad.seq),
        })
    }

    /// The ledger, for the command line's audit calls.
    #[must_use]
    pub fn ledger(&self) -> &ledger::Ledger {
        &self.inner.ledger
    }

    /// The cache, for the command line's lists.
    #[must_use]
    pub fn cache(&self) -> &cache::Cache {
        &self.inner.cache
    }
}
