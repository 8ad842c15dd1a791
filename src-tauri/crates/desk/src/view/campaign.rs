use super::{Page, SourceAge, StatusWord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A file that is to be acknowledged, given by a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CampaignFile {
    /// File name, without a folder.
    pub name: String,
    /// Its bytes, base64; a PDF of at most as many MiB as an attachment may have.
    pub base64: String,
}

/// Who is asked to acknowledge what, and until when. Arguments of `plan_campaign`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct CampaignInput {
    /// Case.
    pub case: String,
    /// Finished letter that is to be acknowledged, by its number; absent where a file is given.
    pub document: Option<String>,
    /// File that is to be acknowledged; absent where a letter is named.
    pub file: Option<CampaignFile>,
    /// Which partners, by fact: `country`, `tier`, `language`, `currency`, `calendar`, `time_zone`, `channel`. Of one fact any
    /// of its values, of several facts all.
    pub segment: BTreeMap<String, Vec<String>>,
    /// Partners named one by one, beside those of the segment.
    pub partners: Vec<String>,
    /// Partners a person leaves out, each with the reason.
    pub exclude: BTreeMap<String, String>,
    /// Last day to acknowledge, `YYYY-MM-DD`; it ends when it ends where the partner is.
    pub due: String,
    /// A reminder every so many days; absent for what the policy says, 0 for none.
    pub remind_every_days: Option<u32>,
    /// A last reminder so many days before the due day; absent for what the policy says, 0 for none.
    pub remind_before_due_days: Option<u32>,
    /// An acknowledgement counts only after the document was viewed.
    pub view_first: bool,
    /// An acknowledgement counts only with a signed confirmation.
    pub signed: bool,
    /// Campaign whose document this one takes the place of, by number.
    pub supersedes: Option<String>,
    /// `recipients`, `blocking`, `excluded` or `must_repeat`; absent for recipients.
    pub list: Option<String>,
    /// First row.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// What a campaign would do.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CampaignPlan {
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Goes back with `launch_campaign`.
    pub intent: String,
    /// Hash over the document, the terms and exactly these recipients; goes back with `launch_campaign`. Empty while there is
    /// no document or no due day.
    pub root: String,
    /// Finished letters of the case that can be acknowledged, newest first.
    pub documents: Vec<DocumentChoice>,
    /// The document; `null` until one is chosen.
    pub document: Option<CampaignDocument>,
    /// Values of facts that partners have, for the choice of a segment.
    pub facts: Vec<SegmentFact>,
    /// Campaigns whose document this one may take the place of, newest first.
    pub supersedable: Vec<CampaignChoice>,
    /// What was found.
    pub counts: CampaignCounts,
    /// Recipients by country, tier and language.
    pub volumes: Vec<SegmentCount>,
    /// One window of recipients, or of the list asked for.
    pub rows: Page<CampaignPlanRow>,
    /// Days of reminders of a partner on the calendar of the policy, `YYYY-MM-DD`, with why.
    pub reminders: Vec<PlannedReminder>,
    /// A reminder every so many days; 0 for none.
    pub remind_every_days: u32,
    /// A last reminder so many days before the due day; 0 for none.
    pub remind_before_due_days: u32,
    /// Why it cannot be launched; `null` when it can.
    pub blocked: Option<String>,
    /// Field that `blocked` is about; `null` where it is about none.
    pub blocked_field: Option<String>,
    /// Signatures of others needed; 0 when none are.
    pub signatures: u32,
    /// What launching does, as a sentence.
    pub effect: String,
    /// How old the partners are that were looked at.
    pub data_as_of: Option<i64>,
    /// Ages.
    pub sources: Vec<SourceAge>,
}

/// A finished letter that can be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentChoice {
    /// Number.
    pub id: String,
    /// Title of its template.
    pub title: String,
    /// `policy`, `compliance` or `amendment`.
    pub class: String,
    /// Delivery state.
    pub state: String,
    /// When.
    pub at: i64,
    /// Chosen.
    pub chosen: bool,
}

/// The document of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CampaignDocument {
    /// Name.
    pub name: String,
    /// `policy`, `compliance` or `amendment`.
    pub class: String,
    /// Version: 1, or one more than that of the campaign it supersedes.
    pub version: u32,
    /// SHA-256 of its bytes; empty while it is not known.
    pub sha256: String,
    /// Letter it is; `null` for a file.
    pub notice: Option<String>,
    /// Leaves only with a quorum.
    pub regulated: bool,
}

/// A fact of partners with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SegmentFact {
    /// Machine name.
    pub name: String,
    /// For people.
    pub title: String,
    /// Values, each with how many partners have it.
    pub values: Vec<SegmentValue>,
}

/// A value of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SegmentValue {
    /// Value.
    pub value: String,
    /// Partners that have it.
    pub partners: u32,
    /// Chosen.
    pub chosen: bool,
}

/// A campaign to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CampaignChoice {
    /// Number.
    pub number: String,
    /// Title.
    pub title: String,
    /// Version of its document.
    pub version: u32,
    /// Chosen.
    pub chosen: bool,
}

/// What a campaign found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CampaignCounts {
    /// Partners of the segment and those named.
    pub partners: u32,
    /// Partners that would be asked.
    pub recipients: u32,
    /// Partners without a contact to ask: they block the launch.
    pub blocking: u32,
    /// Partners left out.
    pub excluded: u32,
    /// Partners that acknowledged the version before and have to repeat it.
    pub must_repeat: u32,
}

/// Recipients of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SegmentCount {
    /// Country.
    pub country: String,
    /// Tier.
    pub tier: String,
    /// Language.
    pub language: String,
    /// Recipients.
    pub recipients: u32,
}

/// A partner in the plan of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CampaignPlanRow {
    /// Partner id.
    pub partner: String,
    /// Name.
    pub name: String,
    /// Country.
    pub country: String,
    /// Tier.
    pub tier: String,
    /// Language.
    pub language: String,
    /// Person asked there; empty where there is none.
    pub contact: String,
    /// Their e-mail address.
    pub address: String,
    /// Time zone reminders go by.
    pub time_zone: String,
    /// Why they are asked, why not, or what blocks them.
    pub reason: String,
    /// Acknowledged the version before and has to repeat it.
    pub must_repeat: bool,
}

/// A reminder that is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlannedReminder {
    /// Its number in the plan, from 1.
    pub number: u32,
    /// Day where the recipient is, `YYYY-MM-DD`.
    pub day: String,
    /// `every` or `before_due`.
    pub why: String,
}

/// Arguments of `launch_campaign`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CampaignLaunch {
    /// As for `plan_campaign`.
    pub input: CampaignInput,
    /// Intent that was shown.
    pub intent: String,
    /// Root that was shown; if recipients or document have changed since, nothing is launched.
    pub root: String,
}

/// A campaign.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CampaignRow {
    /// Its number, such as `K-1A2B3C4D`: what other commands name it by.
    pub number: String,
    /// Title.
    pub title: String,
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// `draft`, `approved`, `issuing`, `active`, `closed`, `superseded`; `withdrawn` where its review did not approve it.
    pub status: StatusWord,
    /// Its document.
    pub document: CampaignDocument,
    /// Login of who launched it.
    pub maker: String,
    /// Their name.
    pub maker_name: String,
    /// Confirmed.
    pub at: i64,
    /// Last day to acknowledge.
    pub due: String,
    /// Viewed before it counts.
    pub view_first: bool,
    /// Signed confirmation needed.
    pub signed: bool,
    /// Recipients by state.
    pub counts: RecipientCounts,
    /// Campaign whose document it takes the place of.
    pub supersedes: Option<String>,
    /// Campaign that took its place.
    pub superseded_by: Option<String>,
    /// Its review; `null` where none is needed or asked for yet.
    pub review: Option<String>,
    /// Root that was launched.
    pub root: String,
    /// Action on this desktop; `null` where another launched it.
    pub action: Option<String>,
}

/// Recipients of a campaign by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecipientCounts {
    /// All of them.
    pub recipients: u32,
    /// Asked, and nothing is known yet.
    pub pending: u32,
    /// The request is there.
    pub delivered: u32,
    /// Viewed.
    pub opened: u32,
    /// Acknowledged, and it counts.
    pub acknowledged: u32,
    /// Declined.
    pub declined: u32,
    /// The due day is over.
    pub overdue: u32,
    /// Cannot be reached.
    pub unreachable: u32,
    /// Waived by a person.
    pub waived: u32,
}

/// Arguments of `get_campaign`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct GetCampaign {
    /// Number, such as `K-1A2B3C4D`.
    pub id: String,
    /// Only recipients of this state, or `must_repeat`, `questions`; absent for all.
    pub only: Option<String>,
    /// First row.
    pub offset: Option<u32>,
    /// At most 200.
    pub limit: Option<u32>,
}

/// A campaign, opened.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CampaignView {
    /// Its row.
    pub row: CampaignRow,
    /// One window of its recipients, by name.
    pub rows: Page<RecipientRow>,
    /// Who acknowledged the version before and has not acknowledged this one yet.
    pub must_repeat: u32,
    /// Reminders that were sent, newest first.
    pub reminders: Vec<ReminderRow>,
    /// When the next reminder is due; `null` when none is.
    pub next_reminder: Option<i64>,
    /// Recipients it would go to.
    pub next_reminder_recipients: u32,
    /// A reminder every so many days; 0 for none.
    pub remind_every_days: u32,
    /// A last reminder so many days before the due day; 0 for none.
    pub remind_before_due_days: u32,
    /// Answers that do not count, newest first.
    pub quarantined: Vec<AnswerRow>,
    /// What recipients asked or remarked, newest first.
    pub questions: Vec<AnswerRow>,
    /// Who was left out, and why.
    pub left_out: Vec<CampaignLeftOut>,
    /// Cumulative acknowledgements by day (UTC), from the first day to the last one with anything to show.
    pub progress: Vec<ProgressPoint>,
    /// Signed confirmations that are here, proven, and those that are still to be fetched.
    pub evidence: EvidenceState,
    /// Why it cannot be closed now; `null` when it can.
    pub close_blocked: Option<String>,
    /// What closing does, as a sentence.
    pub close_effect: String,
    /// Ages: progress is as of Community's.
    pub sources: Vec<SourceAge>,
}

/// One recipient of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecipientRow {
    /// Partner id.
    pub partner: String,
    /// Name.
    pub name: String,
    /// Country.
    pub country: String,
    /// Person asked.
    pub contact: String,
    /// `pending`, `delivered`, `opened`, `acknowledged`, `declined`, `overdue`, `unreachable`, `waived`.
    pub status: StatusWord,
    /// Since when.
    pub at: Option<i64>,
    /// Person who answered; `null` while nobody did.
    pub by: Option<String>,
    /// What they wrote.
    pub text: String,
    /// SHA-256 of the signed confirmation; `null` where there is none.
    pub file_sha256: Option<String>,
    /// Its object, for `get_attachment`.
    pub file: Option<String>,
    /// Whether its bytes are here and have that hash.
    pub file_proven: bool,
    /// Reminders sent.
    pub reminders: u32,
    /// Next reminder; `null` when none is due any more.
    pub next_reminder: Option<i64>,
    /// Whom to turn to where they cannot be reached; `null` where nobody else is known or needed.
    pub next_contact: Option<String>,
    /// Why it was waived, why an answer does not count, or why they cannot be reached.
    pub reason: Option<String>,
    /// Acknowledged the version before.
    pub must_repeat: bool,
}

/// A reminder that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReminderRow {
    /// When.
    pub at: i64,
    /// Recipients.
    pub recipients: u32,
    /// Who sent it: a person, or the desktop by plan.
    pub by: String,
}

/// An answer, as a list of them shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswerRow {
    /// Partner id.
    pub partner: String,
    /// Name.
    pub name: String,
    /// Person who answered.
    pub by: String,
    /// When.
    pub at: i64,
    /// What the answer says.
    pub state: String,
    /// Text.
    pub text: String,
    /// SHA-256 of the document it names.
    pub sha256: String,
    /// Why it does not count; empty where it is a question.
    pub reason: String,
}

/// Who was left out of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CampaignLeftOut {
    /// Partner id.
    pub partner: String,
    /// Name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Name of the person who left them out; `null` where a rule did.
    pub by: Option<String>,
}

/// A point of progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProgressPoint {
    /// Day, `YYYY-MM-DD`.
    pub day: String,
    /// Acknowledged until the end of it.
    pub acknowledged: u32,
}

/// Signed confirmations of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EvidenceState {
    /// Signed confirmations that answers name.
    pub files: u32,
    /// Of these, here and proven.
    pub proven: u32,
    /// SHA-256 of the evidence pack made at close; `null` while there is none.
    pub pack_sha256: Option<String>,
    /// Its object, for `get_attachment`.
    pub pack: Option<String>,
}

/// Arguments of `waive_recipient`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WaiveInput {
    /// Campaign.
    pub campaign: String,
    /// Recipients.
    pub partners: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Arguments of `remind_recipients`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RemindInput {
    /// Campaign.
    pub campaign: String,
    /// Recipients; empty for everybody who has not answered.
    pub partners: Vec<String>,
}
