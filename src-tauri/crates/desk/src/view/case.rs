use super::{
    DocumentLine, LoopRow, Money, Owner, SourceAge, StatusWord, SystemName, Tone, UnclearAnswer,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything the case pane shows.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CaseView {
    /// Id.
    pub id: String,
    /// Number as people say it.
    pub number: String,
    /// Subject.
    pub subject: String,
    /// Partner, full name.
    pub partner: String,
    /// Id of the partner.
    pub partner_id: String,
    /// "Tier A", if the partner has one.
    pub tier: Option<String>,
    /// Type word.
    pub case_type: String,
    /// Type for people.
    pub type_title: String,
    /// State.
    pub status: StatusWord,
    /// Owner; `null` for nobody.
    pub owner: Option<Owner>,
    /// Partner's zone, to show their time beside ours.
    pub partner_zone: Option<String>,
    /// Kept for offline work.
    pub pinned: bool,
    /// Something of the partner's that the acting person has not seen.
    pub unread: bool,
    /// Version the next write is conditional on.
    pub version: String,
    /// Order, acknowledgement, ship notice, invoice.
    pub order_strip: Vec<OrderNode>,
    /// Reply and resolution as agreed, and the due date of the case.
    pub clocks: Vec<SlaClock>,
    /// Newest page of the timeline.
    pub timeline: TimelinePage,
    /// Messages both sides see.
    pub thread_count: u32,
    /// Internal notes.
    pub internal_count: u32,
    /// Lines compared between order, ship notice and invoice.
    pub lines: Vec<LineComparison>,
    /// Notices of this case.
    pub notices: Vec<NoticeRow>,
    /// Approvals and tasks.
    pub tasks: Vec<TaskRow>,
    /// Tickets in the tracker.
    pub tickets: Vec<TicketRow>,
    /// The workspace, or what stands in its way.
    pub workspace: WorkspaceView,
    /// One sentence on what the partner can see.
    pub partner_sees: String,
    /// The action bar, in order.
    pub actions: Vec<ActionAvailability>,
    /// Why the case cannot be resolved yet; `null` when it can.
    pub resolve_waits_for: Option<String>,
    /// Every communication of the case and what came of it, the newest first.
    pub loops: Vec<LoopRow>,
    /// Messages of which nobody can say what they answer.
    pub unclear: Vec<UnclearAnswer>,
    /// Why the case cannot be closed yet; `null` when it can.
    pub close_waits_for: Option<String>,
    /// What it told of its resolution, newest first.
    pub resolutions: Vec<super::ResolutionRow>,
    /// Ages of all systems that feed this pane.
    pub sources: Vec<SourceAge>,
}

/// One node of the order strip.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct OrderNode {
    /// Document, `null` when it is missing.
    pub id: Option<String>,
    /// "Ship notice".
    pub title: String,
    /// `856`.
    pub code: String,
    /// Glyph.
    pub tone: Tone,
    /// First line: the worst fact.
    pub fact: String,
    /// Second line: number, time, amount.
    pub detail: String,
    /// The next document contradicts this one or is missing: the joint is dashed.
    pub broken_after: bool,
}

/// One clock.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SlaClock {
    /// "Reply to partner".
    pub title: String,
    /// `running`, `late`, `breached`, `paused`, `met`.
    pub state: String,
    /// Glyph.
    pub tone: Tone,
    /// When it ends; `null` where a pause leaves that open.
    pub due_at: Option<i64>,
    /// Time left at `read_at`, counted on `calendar`; negative when it is over.
    pub left_ms: Option<i64>,
    /// When it was read.
    pub read_at: i64,
    /// Opening hours that follow, from and to: only in these does it run on. Empty while it stands still.
    pub open: Vec<(i64, i64)>,
    /// It is late with this much time left or less.
    pub late_ms: i64,
    /// Time allowed.
    pub allowed_ms: i64,
    /// Why it is paused, or when it was met.
    pub note: Option<String>,
    /// Calendar it is counted on.
    pub calendar: String,
}

/// Part of a timeline, newest first; planned entries stand before it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TimelinePage {
    /// Entries in all.
    pub total: u32,
    /// Place of the first one.
    pub offset: u32,
    /// The entries.
    pub entries: Vec<TimelineEntry>,
}

/// Who may see an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Never leaves.
    Internal,
    /// The partner sees it.
    Partner,
}

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EntryPhase {
    /// Happened.
    Past,
    /// Ours, not confirmed yet.
    Queued,
    /// A step that will follow.
    Planned,
}

/// One event of one of the six systems.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TimelineEntry {
    /// Id.
    pub id: String,
    /// When it happened there; `null` while planned.
    pub at: Option<i64>,
    /// When it was received, if that differs.
    pub received_at: Option<i64>,
    /// Where it stands.
    pub phase: EntryPhase,
    /// Which system.
    pub system: SystemName,
    /// Who or what, shown first.
    pub actor: String,
    /// What, shown after.
    pub text: String,
    /// Hash shown in the wire face, shortened.
    pub hash: Option<String>,
    /// Plain text of a message.
    pub excerpt: Option<String>,
    /// Sanitised HTML of a message, where it had any.
    pub html: Option<String>,
    /// Who may see it; `null` where the question does not arise.
    pub visibility: Option<Visibility>,
    /// State at the right edge.
    pub status: Option<StatusWord>,
    /// Plain note at the right edge: "due 15:00" is not preformatted, see `note_at`.
    pub note: Option<String>,
    /// Time belonging to the note.
    pub note_at: Option<i64>,
    /// What opens on Enter.
    pub target: Option<String>,
    /// Attachments.
    pub attachments: Vec<AttachmentRef>,
    /// `thread`, `internal` or `event`: which tab shows it beside the timeline.
    pub lane: String,
}

/// Names an attachment without its bytes.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct AttachmentRef {
    /// Id for `get_attachment`.
    pub id: String,
    /// Name, made harmless.
    pub name: String,
    /// Bytes, if known.
    pub size: Option<i64>,
    /// Media type as announced.
    pub media_type: Option<String>,
    /// True when its bytes are on this machine.
    pub local: bool,
}

/// One line as order, acknowledgement, ship notice and invoice have it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LineComparison {
    /// Line number.
    pub number: String,
    /// Item.
    pub item: String,
    /// As ordered.
    pub ordered: Option<DocumentLine>,
    /// As acknowledged.
    pub acknowledged: Option<DocumentLine>,
    /// As shipped.
    pub shipped: Option<DocumentLine>,
    /// As billed.
    pub billed: Option<DocumentLine>,
    /// Verdict.
    pub status: StatusWord,
    /// Money in question.
    pub difference: Option<Money>,
}

/// A notice of the case.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct NoticeRow {
    /// Id.
    pub id: String,
    /// Number or short id as people say it.
    pub number: String,
    /// Title of the template.
    pub title: String,
    /// Version.
    pub version: Option<String>,
    /// `letter`, `email`, `statement_insert`.
    pub channel: String,
    /// Needs a review.
    pub regulated: bool,
    /// State.
    pub status: StatusWord,
    /// Cause when it failed.
    pub cause: Option<String>,
    /// Last change.
    pub at: Option<i64>,
    /// Drafted, rendered, in review, released, delivered.
    pub steps: Vec<NoticeStep>,
    /// Review, if there is one.
    pub review: Option<String>,
    /// Id of the letter for `get_attachment`.
    pub letter: Option<String>,
    /// What is proposed now that it came back; `null` when it did not, or was replaced.
    pub fallback: Option<FallbackProposal>,
    /// Number of the notice it takes the place of.
    pub replaces: Option<String>,
    /// Number of the notice that takes its place.
    pub replaced_by: Option<String>,
}

/// Another channel for a notice that came back.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FallbackProposal {
    /// Channel.
    pub channel: String,
    /// "Bounced by e-mail: send as letter".
    pub title: String,
    /// "Retry by letter".
    pub command: String,
    /// It is reviewed again first.
    pub regulated: bool,
}

/// Both ends of a link between notices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FallbackLink {
    /// Number of the notice it takes the place of.
    pub(crate) replaces: Option<String>,
    /// Number of the notice that takes its place.
    pub(crate) replaced_by: Option<String>,
}

/// Arguments of `fall_back`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct FallBack {
    /// Notice, by its id or number.
    pub notice: String,
    /// Channel; absent for the next of the rule.
    pub channel: Option<String>,
}

/// Result of `fall_back`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FallenBack {
    /// Number of the new notice.
    pub notice: String,
    /// Number of the one it takes the place of.
    pub replaces: String,
    /// Case.
    pub case: String,
    /// Channel.
    pub channel: String,
    /// A review was asked for; it leaves once that is signed.
    pub review: bool,
}

/// One of the five marks of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoticeStep {
    /// Behind us.
    Done,
    /// Where it is.
    Now,
    /// Ahead.
    Todo,
    /// Where it failed.
    Bad,
}

/// A task or an approval.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TaskRow {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Who.
    pub who: String,
    /// When due.
    pub due_at: Option<i64>,
    /// State.
    pub status: StatusWord,
    /// Review it stands for.
    pub review: Option<String>,
}

/// A ticket in the tracker.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TicketRow {
    /// Id.
    pub id: String,
    /// `OPS-2291`.
    pub number: String,
    /// Title.
    pub title: String,
    /// State.
    pub status: StatusWord,
    /// Last change.
    pub at: Option<i64>,
}

/// The workspace of a case.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WorkspaceView {
    /// Id; `null` when none is linked.
    pub id: Option<String>,
    /// Path for people.
    pub path: Option<String>,
    /// How well it fits, decimal text from 0 to 1.
    pub score: Option<String>,
    /// Files.
    pub files: Vec<WorkspaceFile>,
    /// Why there is none: "No workspace linked, two fit equally well".
    pub problem: Option<String>,
}

/// A file of a workspace.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WorkspaceFile {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// `v2`.
    pub version: String,
    /// `document`, `table`, `notice`, `image`, `thread`, `other`.
    pub icon: String,
    /// `on`, `off`, `not_allowed`.
    pub shared: String,
    /// Verified, waiting, queued, stale, mismatch.
    pub filing: StatusWord,
    /// Id for `get_attachment`.
    pub content: Option<String>,
}

/// What a button does without a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OfflineClass {
    /// Waits in the outbox and goes by itself.
    Queue,
    /// Can be made ready; leaves after a look at what changed.
    Prepare,
    /// Needs the network.
    Refuse,
}

/// One button of the action bar.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ActionAvailability {
    /// `reply`, `note`, `new_notice`, `file`, `ticket`, `resolve`, …: also `data-command`.
    pub command: String,
    /// Playbook it starts, if it starts one.
    pub playbook: Option<String>,
    /// "New notice".
    pub title: String,
    /// What it does without a network.
    pub offline_class: OfflineClass,
    /// May be pressed now.
    pub available: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// A playbook and whether it fits a case.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PlaybookRow {
    /// Id.
    pub id: String,
    /// `S0.1`.
    pub use_case: String,
    /// Title.
    pub title: String,
    /// Fits this case.
    pub applies: bool,
    /// Why, or why not.
    pub why: String,
    /// Fields a person fills; empty when it runs as it is.
    pub fields: Vec<super::FieldRow>,
}

/// Arguments of `get_timeline`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct GetTimeline {
    /// Case.
    pub id: String,
    /// First entry wanted.
    pub offset: u32,
    /// At most 200.
    pub limit: Option<u32>,
    /// `thread`, `internal`; absent for all.
    pub lane: Option<String>,
}

/// Arguments of `reply_to_case`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ReplyInput {
    /// Case.
    pub case: String,
    /// Text.
    pub body: String,
    /// Who will see it.
    pub visibility: Visibility,
    /// Why the partner is to have the personal data in it.
    pub personal: Option<String>,
}

/// Arguments of `check_text`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CheckText {
    /// Case whose partner would read it.
    pub case: String,
    /// Text.
    pub text: String,
}

/// Personal data in a text, and the text without it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PersonalView {
    /// In the order of the text.
    pub found: Vec<PersonalRow>,
    /// The text with each of them replaced by what it is.
    pub redacted: String,
}

/// One place with personal data.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PersonalRow {
    /// `bank_account`, `card`, `tax_id`, `email` or `phone`.
    pub kind: String,
    /// "bank account".
    pub title: String,
    /// All but its last two characters hidden.
    pub masked: String,
}

/// Arguments of `pin_case`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PinCase {
    /// Case.
    pub case: String,
    /// Keep or let go.
    pub on: bool,
}
