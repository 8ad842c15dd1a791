//! Statements as their screen shows them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Refusal, System,
    batch::ControlTotal,
    case::CaseStatus,
    statement::{Statement, written},
};

use super::batches::{counted, number, part};
use crate::{
    Desk,
    problem::Refuse,
    statements::DraftedStatements,
    view::{
        BatchRow, Content, StatementCounts, StatementInput, StatementRow, StatementSample,
        StatementSend, StatementsView, TotalRow,
    },
};

fn row(drafted: &DraftedStatements, of: &Statement, sample: Option<&str>) -> StatementRow {
    let partner = drafted.mailing.to(&of.partner_id);
    let reason = match of.not_approved {
        0 => None,
        1 => Some("1 transaction is not approved and not in it".to_owned()),
        n => Some(format!("{n} transactions are not approved and not in it")),
    };
    StatementRow {
        partner: of.partner_id.clone(),
        name: partner.map(|(p, _)| p.name.clone()).unwrap_or_default(),
        title: of.title.to_owned(),
        channel: partner.map(|(_, w)| w.channel.clone()).unwrap_or_default(),
        language: partner
            .map(|(_, w)| w.template.language.clone())
            .unwrap_or_default(),
        notice: Some(of.notice.clone()),
        lines: number(of.lines.len()),
        not_approved: number(of.not_approved),
        approved: Some(of.amount(of.approved)),
        rebate: Some(of.amount(of.rebate)),
        total: Some(of.amount(of.total)),
        currency: of.currency.clone(),
        reason,
        sample: sample.map(str::to_owned),
    }
}

fn left_out(drafted: &DraftedStatements) -> Vec<StatementRow> {
    let rows = drafted.found.left_out.iter().map(|left| StatementRow {
        partner: left.partner_id.clone(),
        name: left.name.clone(),
        title: String::new(),
        channel: String::new(),
        language: String::new(),
        notice: None,
        lines: 0,
        not_approved: 0,
        approved: None,
        rebate: None,
        total: None,
        currency: drafted
            .mailing
            .partners
            .get(&left.partner_id)
            .map(|p| p.agreement.currency.clone())
            .unwrap_or_default(),
        reason: Some(left.reason.clone()),
        sample: None,
    });
    rows.collect()
}

/// Control totals as they are shown and signed.
pub(crate) fn total_rows(totals: &[ControlTotal]) -> Vec<TotalRow> {
    let rows = totals.iter().map(|t| TotalRow {
        currency: t.currency.clone(),
        statements: number(t.statements),
        approved: written(t.approved, &t.currency),
        total: written(t.total, &t.currency),
    });
    rows.collect()
}

impl Desk {
    /// What a settlement would state, from what is on this machine.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_NOT_APPLICABLE` for a case that settles nothing; `E_FIELD` for what does not read.
    pub async fn statements(&self, args: &StatementInput) -> Result<StatementsView, Refusal> {
        let drafted = self.draft_statements(args, &BTreeSet::new()).await?;
        let policy = self.policy();
        let found = &drafted.found;
        let sample_of: BTreeMap<usize, &str> = drafted.samples.iter().copied().collect();
        let (count, excluded) = (found.statements.len(), found.left_out.len());
        let rows = if args.list.as_deref() == Some("excluded") {
            part(left_out(&drafted), count, args.offset, args.limit)
        } else {
            let rows = found.statements.iter().enumerate();
            let rows = rows.map(|(i, s)| row(&drafted, s, sample_of.get(&i).copied()));
            part(rows.collect(), excluded, args.offset, args.limit)
        };
        let samples = drafted.samples.iter().filter_map(|(i, why)| {
            let of = found.statements.get(*i)?;
            Some(row(&drafted, of, Some(why)))
        });
        let blocked = if let Err(refusal) = self.may_state(args, &drafted) {
            Some(refusal.message)
        } else if !CaseStatus::is_open(&drafted.known.case.status) {
            Some(format!("The case is {}.", drafted.known.case.status))
        } else if !self.is_online() {
            Some("Money needs a live check of what is approved.".to_owned())
        } else {
            self.may_act().err().map(|refusal| refusal.message)
        };
        let ways = found.statements.iter().filter_map(|s| {
            let (_, way) = drafted.mailing.to(&s.partner_id)?;
            Some((way.channel.clone(), way.template.language.clone()))
        });
        let per_minute = policy.batch.notices_per_minute.max(1) as usize;
        let sources = self.ages(&[System::Community, System::Exstream]).await?;
        Ok(StatementsView {
            case: drafted.known.case.object().to_string(),
            case_number: drafted.known.case.number.clone(),
            subject: drafted.known.case.subject.clone(),
            intent: uuid::Uuid::now_v7().to_string(),
            root: drafted.root.clone(),
            periods: drafted.periods.clone(),
            period: drafted.period.clone(),
            counts: StatementCounts {
                lines: number(found.lines),
                approved: number(found.approved),
                partners: number(count + excluded),
                statements: number(count),
                excluded: number(excluded),
            },
            totals: total_rows(&found.totals),
            volumes: counted(ways),
            minutes: number(count.div_ceil(per_minute)),
            rows,
            samples: samples.collect(),
            blocked,
            signatures: policy.review.needed,
            effect: format!(
                "Nothing leaves until {} others sign the control total, and what is approved is read again before it does.",
                policy.review.needed
            ),
            data_as_of: sources.first().and_then(|s| s.fetched_at),
            sources,
        })
    }

    /// What one partner would get, as a PDF.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for somebody who gets none; `E_FIELD`; `E_OFFLINE` while Exstream cannot be reached.
    pub async fn statement_sample(&self, args: &StatementSample) -> Result<Content, Refusal> {
        let proof = self.statement_proof(&args.input, &args.partner).await?;
        Ok(proof.content(format!("{}.pdf", args.partner)))
    }

    /// Puts what was shown before those who sign it.
    ///
    /// # Errors
    /// `E_HASH` when the transactions have changed since; `E_OFFLINE`; `E_STATE` when there is nothing to state; `E_FORBIDDEN`
    /// for auditors.
    pub async fn send_statements(&self, args: &StatementSend) -> Result<BatchRow, Refusal> {
        let action = self.confirm_statements(args).await?;
        let row = self.inner.ledger.action(&action).await.refuse()?;
        self.batch_row(&row).await
    }
}
