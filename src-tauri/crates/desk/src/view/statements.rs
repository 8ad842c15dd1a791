use super::{Page, SourceAge, VolumeRow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which statements. Arguments of `plan_statements`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct StatementInput {
    /// Case of the settlement.
    pub case: String,
    /// Month, `YYYY-MM`; absent for the one the settlement is about.
    pub period: Option<String>,
    /// Only these partners; empty for all.
    pub only: Vec<String>,
    /// Partners a person leaves out, each with the reason.
    pub exclude: BTreeMap<String, String>,
    /// `statements` or `excluded`; absent for statements.
    pub list: Option<String>,
    /// First row.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// What a settlement would state.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StatementsView {
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Its subject.
    pub subject: String,
    /// Goes back with `send_statements`.
    pub intent: String,
    /// Hash over exactly these statements; goes back with `send_statements`.
    pub root: String,
    /// Months that have transactions, latest first.
    pub periods: Vec<String>,
    /// The one that is taken.
    pub period: String,
    /// What was found.
    pub counts: StatementCounts,
    /// What they come to, by currency: the control total.
    pub totals: Vec<TotalRow>,
    /// Statements by channel and language.
    pub volumes: Vec<VolumeRow>,
    /// Minutes until all have left, by the pace of production.
    pub minutes: u32,
    /// A part of the statements, or of those left out.
    pub rows: Page<StatementRow>,
    /// Statements to look at: the largest, the smallest, and some that nobody chose.
    pub samples: Vec<StatementRow>,
    /// Why it cannot be run as it stands.
    pub blocked: Option<String>,
    /// Signatures it needs.
    pub signatures: u32,
    /// What happens on confirming, in a sentence.
    pub effect: String,
    /// When what is approved was last read, in milliseconds UTC.
    pub data_as_of: Option<i64>,
    /// Ages of what it is made from.
    pub sources: Vec<SourceAge>,
}

/// How much there is.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StatementCounts {
    /// Transactions of the period.
    pub lines: u32,
    /// Those of them that are approved.
    pub approved: u32,
    /// Partners with transactions.
    pub partners: u32,
    /// Statements.
    pub statements: u32,
    /// Partners left out.
    pub excluded: u32,
}

/// What statements come to in a currency, as decimal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TotalRow {
    /// ISO 4217.
    pub currency: String,
    /// Statements in it.
    pub statements: u32,
    /// Sum of their approved transactions.
    pub approved: String,
    /// Sum of what is due by them.
    pub total: String,
}

/// A statement, or somebody who gets none.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StatementRow {
    /// Partner.
    pub partner: String,
    /// Name.
    pub name: String,
    /// "Statement", "Rebate note" and so on; empty for who gets none.
    pub title: String,
    /// Channel.
    pub channel: String,
    /// Language.
    pub language: String,
    /// Number it will have.
    pub notice: Option<String>,
    /// Approved transactions in it.
    pub lines: u32,
    /// Transactions of the period that are not approved, and not in it.
    pub not_approved: u32,
    /// Sum of its transactions, as decimal text.
    pub approved: Option<String>,
    /// Agreed rebate, as decimal text.
    pub rebate: Option<String>,
    /// What is due, as decimal text.
    pub total: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// Why they get none; else what is not in it.
    pub reason: Option<String>,
    /// Why it is looked at: `largest`, `smallest`, `random`.
    pub sample: Option<String>,
}

/// Arguments of `sample_statement`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StatementSample {
    /// As entered.
    pub input: StatementInput,
    /// Partner whose statement is shown.
    pub partner: String,
}

/// Arguments of `send_statements`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct StatementSend {
    /// As entered.
    pub input: StatementInput,
    /// As shown.
    pub intent: String,
    /// As shown.
    pub root: String,
}
