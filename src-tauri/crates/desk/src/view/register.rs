use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{SourceAge, StatusWord};

/// The two registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RegisterName {
    /// Letters that were put under review before they were used.
    Approval,
    /// What became of everything that was sent.
    Delivery,
}

/// Form of an exported register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RegisterFormat {
    /// For spreadsheets: RFC 4180, UTF-8.
    Csv,
    /// For people: A4 pages with page numbers.
    Pdf,
}

/// Which rows of a register; what is left out lets everything through.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct RegisterFilterArgs {
    /// Words that stand in a row.
    pub text: Option<String>,
    /// States of the review or of the notice.
    pub states: Option<Vec<String>>,
    /// Keys of templates.
    pub templates: Option<Vec<String>>,
    /// Partner ids.
    pub partners: Option<Vec<String>>,
    /// Asked for, or last heard of, at this time or later; milliseconds UTC.
    pub from: Option<i64>,
    /// Asked for, or last heard of, before this time; milliseconds UTC.
    pub until: Option<i64>,
}

/// Arguments of `get_register`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct GetRegister {
    /// Which.
    pub register: RegisterName,
    /// Which rows.
    #[serde(default)]
    pub filter: Option<RegisterFilterArgs>,
    /// [`RegisterPage::next`] of the page before; the newest rows without one.
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// A part of a register, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RegisterPage {
    /// Which.
    pub register: RegisterName,
    /// Rows of the approval register.
    pub approvals: Vec<ApprovalRow>,
    /// Rows of the delivery register.
    pub deliveries: Vec<DeliveryRow>,
    /// Rows of the register without a filter.
    pub of: u32,
    /// Rows the filter lets through. Only of deliveries: what a review has come to is known once it was read.
    pub fits: Option<u32>,
    /// Rows that were looked at for this page.
    pub looked_at: u32,
    /// Whether there may be more: then the page is not the end of the register, however few rows it has.
    pub truncated: bool,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Ages of the systems these rows come from.
    pub sources: Vec<SourceAge>,
    /// What can be filtered by; only with the newest page.
    pub choices: Option<RegisterChoices>,
}

/// What a register can be filtered by.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RegisterChoices {
    /// Words of states.
    pub states: Vec<RegisterChoice>,
    /// Keys of templates.
    pub templates: Vec<RegisterChoice>,
    /// Partners.
    pub partners: Vec<RegisterChoice>,
}

/// One value to filter by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RegisterChoice {
    /// What is asked with.
    pub value: String,
    /// What is shown.
    pub title: String,
}

/// One letter of the approval register, as Community has it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ApprovalRow {
    /// Review.
    pub id: String,
    /// Number of the letter, or of the batch.
    pub notice: String,
    /// What it is called.
    pub title: String,
    /// Case.
    pub case: String,
    /// Its number; empty where the case is not here.
    pub case_number: String,
    /// Partner of the case.
    pub partner: String,
    /// Key of the template.
    pub template: String,
    /// Release of the template: the version that was approved.
    pub release: String,
    /// What the signatures are over: SHA-256 of bytes, data, template and recipients.
    pub hash: String,
    /// Who made it.
    pub maker: String,
    /// When it was asked for.
    pub asked_at: i64,
    /// Where it stands.
    pub status: StatusWord,
    /// Signatures the quorum takes.
    pub needed: u32,
    /// Who signed this hash, earliest first.
    pub signatures: Vec<RegisterSignature>,
    /// When the quorum was reached.
    pub approved_at: Option<i64>,
    /// When it was released.
    pub released_at: Option<i64>,
    /// When it was first used, from its delivery.
    pub first_used_at: Option<i64>,
    /// Why the first use is not known, where it cannot be.
    pub first_use_note: Option<String>,
}

/// One signature of a letter.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RegisterSignature {
    /// Printed name.
    pub by: String,
    /// `approved` or `rejected`.
    pub verdict: String,
    /// Meaning of the signature, or the reason of a rejection.
    pub meaning: String,
    /// When.
    pub at: i64,
    /// Time zone of the signer.
    pub zone: String,
    /// Name of the key it is sealed with; empty for one without a seal.
    pub sealed_with: String,
}

/// One notice of the delivery register.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DeliveryRow {
    /// Notice.
    pub id: String,
    /// Its number.
    pub notice: String,
    /// Job at the source.
    pub job: String,
    /// Case; `None` where none is named.
    pub case: Option<String>,
    /// Its number; empty where the case is not here.
    pub case_number: String,
    /// Partner of the case.
    pub partner: String,
    /// Key and version of the template.
    pub template: String,
    /// Channel word.
    pub channel: String,
    /// Recipient as addressed.
    pub recipient: String,
    /// What became of it.
    pub status: StatusWord,
    /// The state in the words of the source.
    pub told: String,
    /// Why it bounced or failed.
    pub reason: Option<String>,
    /// When it was released, where the source has told.
    pub released_at: Option<i64>,
    /// Last event.
    pub at: i64,
    /// SHA-256 of the produced bytes; empty where it was not told.
    pub sha256: String,
}

/// Arguments of `export_register`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ExportRegister {
    /// Which.
    pub register: RegisterName,
    /// Which rows.
    #[serde(default)]
    pub filter: Option<RegisterFilterArgs>,
    /// As what.
    pub format: RegisterFormat,
}

/// A register that was written.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ExportedRegister {
    /// File.
    pub file: String,
    /// Rows of it, without the head.
    pub rows: u64,
}

/// Arguments of `get_register_trend`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct GetRegisterTrend {
    /// Which.
    pub register: RegisterName,
    /// Days back from today, 7 to 364.
    pub days: u32,
}

/// A register over time.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RegisterTrend {
    /// Which.
    pub register: RegisterName,
    /// Approvals by week, oldest first.
    pub weeks: Vec<ApprovalWeek>,
    /// States the days count, in the order they are stacked.
    pub states: Vec<StatusWord>,
    /// Notices by the day of their last event, oldest first.
    pub days: Vec<DeliveryDay>,
    /// Whether older reviews were not looked at.
    pub truncated: bool,
    /// Ages of the systems the numbers come from.
    pub sources: Vec<SourceAge>,
}

/// How long the approvals of one week took.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ApprovalWeek {
    /// Monday, `YYYY-MM-DD`, UTC.
    pub week: String,
    /// Letters approved.
    pub approved: u32,
    /// Half took at most so long, in milliseconds; `None` for a week without approvals.
    pub median_ms: Option<i64>,
    /// Nine of ten took at most so long, in milliseconds; `None` for a week without approvals.
    pub p90_ms: Option<i64>,
}

/// Notices of one day by state.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DeliveryDay {
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    /// As [`RegisterTrend::states`].
    pub counts: Vec<u32>,
}
