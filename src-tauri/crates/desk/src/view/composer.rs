use super::{AttachmentRef, Content, OfflineClass, Problem, SourceAge, StatusWord, SystemName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What the notice composer opens with.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ComposerView {
    /// Case.
    pub case: String,
    /// Its number.
    pub case_number: String,
    /// Partner.
    pub partner: String,
    /// Templates, best first.
    pub templates: Vec<TemplateChoice>,
    /// Recipient.
    pub recipient: Recipient,
    /// What was typed before, if a draft was saved.
    pub draft: Option<DraftView>,
    /// The preview for the chosen (or first) template, without the proof's bytes.
    pub preview: NoticePreview,
    /// Who makes it.
    pub maker: String,
    /// Ages.
    pub sources: Vec<SourceAge>,
}

/// A template and why it is offered.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TemplateChoice {
    /// Id.
    pub id: String,
    /// Release.
    pub version: String,
    /// Title.
    pub title: String,
    /// Why it fits.
    pub reason: String,
    /// Needs a review.
    pub regulated: bool,
    /// Playbook that sends it.
    pub playbook: String,
    /// `letter`, `email`, `statement_insert`.
    pub channels: Vec<String>,
    /// Why it is folded away: "other language".
    pub hidden: Option<String>,
}

/// Who receives it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Recipient {
    /// Company.
    pub company: String,
    /// Person.
    pub person: Option<String>,
    /// "English (UK)".
    pub language: Option<String>,
    /// IANA zone.
    pub zone: Option<String>,
    /// When the address was last checked.
    pub checked_at: Option<i64>,
}

/// A draft of this person for this case.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DraftView {
    /// Template.
    pub template: String,
    /// Channel.
    pub channel: String,
    /// Own values.
    pub fields: BTreeMap<String, String>,
    /// When.
    pub saved_at: i64,
}

/// One field of a template or playbook.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FieldRow {
    /// Machine name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Effective value; `null` when there is none.
    pub value: Option<String>,
    /// Where it comes from: "Ship notice 856", "You".
    pub source: String,
    /// System it comes from.
    pub system: Option<SystemName>,
    /// When it was read there; `null` when it cannot age.
    pub read_at: Option<i64>,
    /// Older than the policy allows: must be confirmed.
    pub old: bool,
    /// Confirmed by this person although old.
    pub confirmed: bool,
    /// Typed by this person.
    pub edited: bool,
    /// Must have a value.
    pub required: bool,
    /// Required and without a value.
    pub missing: bool,
    /// `text`, `multiline`, `date`, `choice`, `money`.
    pub input: String,
    /// For `choice`.
    pub choices: Vec<String>,
}

/// What a person chose so far.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct NoticeInput {
    /// Case.
    pub case: String,
    /// Template.
    pub template: String,
    /// Channel.
    pub channel: String,
    /// Own values; everything else keeps its source.
    pub fields: BTreeMap<String, String>,
    /// Old values this person confirmed.
    pub confirmed: Vec<String>,
}

/// What would be sent.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct NoticePreview {
    /// Its number; each kind of notice on a case has its own.
    pub notice: String,
    /// Fields with their effective values.
    pub fields: Vec<FieldRow>,
    /// Checks: required fields, forbidden numbers, old values.
    pub checks: Vec<StatusWord>,
    /// The plan.
    pub plan: PlanView,
    /// The rendered proof, when there is one.
    pub proof: Option<Content>,
    /// Content hash of the letter version.
    pub hash: Option<String>,
    /// Why there is no proof.
    pub problem: Option<Problem>,
    /// Why it cannot be submitted; `null` when it can.
    pub blocked: Option<String>,
    /// When it would leave.
    pub leaves: DepartureView,
    /// "Send to review" or "Send".
    pub submit_title: String,
    /// One sentence: "Nothing reaches Bramblewick until two reviewers sign exactly this content."
    pub effect: String,
}

/// When a notice would leave, if it were confirmed now.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DepartureView {
    /// The first instant at which it may.
    pub at: i64,
    /// Quiet hours of the recipient hold it until then.
    pub held: bool,
    /// On the recipient's wall: "Mon 07:00 in Tokyo".
    pub local: String,
    /// IANA zone of the recipient.
    pub zone: String,
    /// One sentence: "Leaves Mon 07:00 in Tokyo, in 9 h".
    pub text: String,
    /// For how long it can be undone; 0 for regulated letters.
    pub undo_seconds: i64,
}

/// What can be undone of an action.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct UndoView {
    /// Action.
    pub action_id: String,
    /// Case.
    pub case: String,
    /// Title of the action.
    pub title: String,
    /// Hash of what is to be sent; `undo_notice` takes it back.
    pub content: String,
    /// Until when it is held for that; `null` once the time is over.
    pub until: Option<i64>,
    /// Something of it has left, so it cannot be undone any more.
    pub left: bool,
}

/// Arguments of `undo_notice`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct UndoInput {
    /// Action.
    pub action_id: String,
    /// Hash of what was to be sent.
    pub content: String,
}

/// Result of `undo_notice`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct UndoneView {
    /// Action.
    pub action_id: String,
    /// Case whose composer opens again.
    pub case: String,
    /// Hash of what was to be sent and never will be.
    pub content: String,
    /// Steps withdrawn.
    pub steps: u32,
    /// The text is a draft again; `false` where another draft was begun meanwhile, or nothing was typed.
    pub draft_restored: bool,
}

/// Arguments of `send_now`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SendNow {
    /// Action, or one of its steps.
    pub id: String,
    /// Why it cannot wait.
    pub reason: String,
}

/// Result of `save_draft`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DraftSaved {
    /// When.
    pub saved_at: i64,
}

/// Arguments of `plan_action` and `submit_action`. A notice is submitted with `template` and `channel` among its fields.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ActionInput {
    /// Id or use case of a playbook.
    pub playbook: String,
    /// Case.
    pub case: String,
    /// Own values.
    pub fields: BTreeMap<String, String>,
    /// Run it although it ran on this case before.
    pub again: Option<bool>,
    /// Intent of the plan that was shown; keeps its keys.
    pub intent: Option<String>,
    /// Old values this person confirmed.
    pub confirmed: Option<Vec<String>>,
    /// Why the partner is to have the personal data in what they would read.
    pub personal: Option<String>,
    /// Why it is sent in quiet hours of the recipient all the same.
    pub urgent: Option<String>,
}

/// A plan, shown or enqueued.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlanView {
    /// Set once enqueued.
    pub action_id: Option<String>,
    /// Intent.
    pub intent: String,
    /// Playbook.
    pub playbook: String,
    /// Title of the playbook.
    pub title: String,
    /// Gates and steps in the order they are met.
    pub rows: Vec<PlanRow>,
    /// Policy and rule: "Template rule SDN-04, policy 9f3c".
    pub rule: String,
}

/// One row of a plan: a step with a number or a gate without.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlanRow {
    /// Id of step or gate.
    pub id: String,
    /// Number of the step; `null` for a gate.
    pub number: Option<u32>,
    /// "Release letter".
    pub title: String,
    /// System; `console` for a gate.
    pub system: SystemName,
    /// Operation word; kind of gate for a gate.
    pub operation: String,
    /// "Leaves the company", "No outside effect".
    pub effect: String,
    /// True when something leaves this company.
    pub outside: bool,
    /// State.
    pub status: StatusWord,
    /// Numbers of the steps it waits on.
    pub waits_on: Vec<u32>,
    /// What happens without a network.
    pub offline_class: OfflineClass,
    /// "Offline: queues after 3".
    pub offline_note: String,
    /// Left out without harm when its system is absent.
    pub optional: bool,
}

/// What the filing dialog opens with.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FilingView {
    /// Case.
    pub case: String,
    /// Workspaces that may fit, best first.
    pub candidates: Vec<WorkspaceCandidate>,
    /// Chosen by rule; `null` when a person must choose.
    pub proposed: Option<String>,
    /// Messages and attachments that would be filed.
    pub items: Vec<AttachmentRef>,
    /// The plan for what is chosen, the proposal where nothing is; `null` while a choice is open.
    pub plan: Option<PlanView>,
    /// Why it cannot be filed.
    pub problem: Option<Problem>,
}

/// A workspace that may fit.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WorkspaceCandidate {
    /// Id.
    pub id: String,
    /// Path for people.
    pub path: String,
    /// Decimal text from 0 to 1.
    pub score: String,
    /// Why it fits.
    pub reasons: Vec<String>,
}

/// Arguments of `open_filing` and `file_case`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct FileInput {
    /// Case.
    pub case: String,
    /// Chosen workspace; absent for the proposed one.
    pub workspace: Option<String>,
    /// The message and attachments to file, by their ids in the view; absent for all.
    pub items: Option<Vec<String>>,
    /// File again although it was filed.
    pub again: Option<bool>,
}
