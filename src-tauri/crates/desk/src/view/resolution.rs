use super::{PlanView, Problem, StatusWord};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Arguments of `plan_resolution` and `preview_resolution`: how a case was resolved, as far as a person has said so.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ResolutionInput {
    /// Case.
    pub case: String,
    /// `resolution_letter`, `updated_invoice`, `corrective_notice`; absent for what is suggested.
    pub output: Option<String>,
    /// Channel; absent for the proposed one.
    pub channel: Option<String>,
    /// What was found and done, as the partner reads it.
    pub text: String,
    /// Lines of the invoice that are put right.
    pub lines: Vec<LineInput>,
    /// Other values that are put right.
    pub corrections: Vec<CorrectionRow>,
    /// Amount that is put right, where it follows from no invoice.
    pub amount: Option<AmountRow>,
    /// Notice that is put right; absent for the newest that has gone out.
    pub corrects: Option<String>,
    /// Exceptions it resolves; absent for all of the case that a partner may be told of.
    pub exceptions: Option<Vec<String>>,
    /// Intent of the plan that was shown, so that it stays the same.
    pub intent: Option<String>,
    /// Why the partner is to read the personal data in it on the case.
    pub personal: Option<String>,
}

/// A line of an invoice that is put right.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct LineInput {
    /// Its number.
    pub line: String,
    /// Quantity as decimal text; absent where it stays.
    pub quantity: Option<String>,
    /// Unit price as decimal text; absent where it stays.
    pub price: Option<String>,
}

/// A value before and after.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct CorrectionRow {
    /// What.
    pub what: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

/// An amount before and after, decimal text.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct AmountRow {
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
    /// ISO 4217.
    pub currency: String,
}

/// Arguments of `send_resolution`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ResolutionSend {
    /// As it was shown.
    #[serde(flatten)]
    #[ts(flatten)]
    pub input: ResolutionInput,
    /// Hash of what was shown; refused when something else would be sent now.
    pub shown: String,
}

/// What would be sent, before it is.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ResolutionPlan {
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Partner.
    pub partner: String,
    /// Number of the notice that will tell it.
    pub notice: String,
    /// Outputs, best first.
    pub outputs: Vec<ResolutionChoice>,
    /// Channels, the proposed one first.
    pub channels: Vec<ResolutionChoice>,
    /// The invoice that can be put right, with its lines.
    pub invoice: Option<InvoiceToCorrect>,
    /// Notices that can be put right, newest first.
    pub corrects: Vec<ResolutionChoice>,
    /// What the partner reads as before and after.
    pub corrections: Vec<CorrectionRow>,
    /// What it comes to.
    pub amount: Option<AmountRow>,
    /// Exceptions of the case that a partner may be told of.
    pub exceptions: Vec<ResolutionChoice>,
    /// Why others have to sign it first; `null` where nobody has to.
    pub review: Option<String>,
    /// The case is resolved once it has gone out.
    pub resolves: bool,
    /// What follows once it has gone out, in one sentence.
    pub then: String,
    /// The steps.
    pub plan: PlanView,
    /// Why it cannot be sent as it stands.
    pub blocked: Option<String>,
    /// The refusal behind it, naming fields.
    pub problem: Option<Problem>,
    /// Hash of what is shown, for `send_resolution`; empty while it is blocked.
    pub shown: String,
}

/// Something that can be chosen.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ResolutionChoice {
    /// Machine word or id.
    pub id: String,
    /// For people.
    pub title: String,
    /// Why, or where to.
    pub reason: String,
    /// Why it cannot be chosen.
    pub blocked: Option<String>,
    /// It is chosen now.
    pub chosen: bool,
}

/// An invoice of ours as it was sent.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct InvoiceToCorrect {
    /// Its number.
    pub number: String,
    /// The document: for `get_document`.
    pub document: String,
    /// ISO 4217.
    pub currency: String,
    /// Its lines.
    pub lines: Vec<InvoiceLineRow>,
}

/// A line of it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct InvoiceLineRow {
    /// Number.
    pub line: String,
    /// Product.
    pub product: String,
    /// Description.
    pub description: String,
    /// Quantity as it was sent.
    pub quantity: String,
    /// Unit.
    pub unit: String,
    /// Unit price as it was sent.
    pub price: String,
}

/// What a case told about its resolution.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ResolutionRow {
    /// Notice.
    pub notice: String,
    /// "Resolution letter".
    pub title: String,
    /// `letter`, `email`, `sms`, `statement_insert`, `portal`, `edi`.
    pub channel: String,
    /// `pending`, `not_sent`, `sent`.
    pub status: StatusWord,
    /// Who.
    pub by: String,
    /// When.
    pub at: i64,
    /// Exceptions it resolves.
    pub exceptions: Vec<String>,
}
