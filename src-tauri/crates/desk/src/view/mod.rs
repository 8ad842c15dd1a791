//! What screens are drawn from, and what they ask with: plain data, no rules.
//!
//! Ids are `kind:system:remote_id`, times are milliseconds UTC, document numbers are text, money is decimal
//! text with its currency. What is optional and unknown is `null`, never a made-up value. Words a person reads
//! (`title`, `word`, `text`, `reason`) are finished sentences or words; words a machine reads (`state`, `code`,
//! `command`) are lower snake case.
//!
//! The command list is [`COMMANDS`]; a refused command answers with a [`Problem`]. One event, `changed`, carries [`Changed`].

mod audit;
mod campaign;
mod case;
mod commands;
mod composer;
mod connections;
mod desk;
mod distribution;
mod loops;
mod outbox;
mod outreach;
mod partner_review;
mod register;
mod resolution;
mod review;
mod revision;
mod statements;
mod status;

pub use audit::*;
pub use campaign::*;
pub use case::*;
pub use commands::{COMMANDS, Command, export_typescript};
pub use composer::*;
pub use connections::*;
pub use desk::*;
pub use distribution::*;
pub use loops::*;
pub use outbox::*;
pub use outreach::*;
pub use partner_review::*;
pub use register::*;
pub use resolution::*;
pub use review::*;
pub use revision::*;
pub use statements::*;
pub use status::*;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The six systems, as the screens name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SystemName {
    /// Where partners talk: cases, threads, reviews.
    Community,
    /// EDI documents and their acknowledgements.
    Documents,
    /// Notices: templates, rendering, release, delivery.
    Exstream,
    /// Approvals and tasks.
    Workflow,
    /// Filing.
    Workspaces,
    /// The internal tracker.
    Tracker,
    /// This program itself: gates, derived work.
    Console,
}

/// What a status glyph says; always shown with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Disc with tick: done, accepted, verified.
    Ok,
    /// Ring: waiting for somebody.
    Wait,
    /// Half ring: under way now.
    Run,
    /// Ring with a question mark: the outcome is not known.
    Unknown,
    /// Triangle: late, expiring, different.
    Late,
    /// Octagon: failed, rejected, breached.
    Fail,
    /// Diamond: a person decides.
    Conflict,
    /// Dashed ring: only on this machine so far.
    Queue,
    /// Clock face: old.
    Stale,
    /// Dash: nothing to say.
    None,
}

/// A state with its glyph and its word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatusWord {
    /// Glyph.
    pub tone: Tone,
    /// Machine word, lower snake case.
    pub state: String,
    /// Word for people.
    pub word: String,
}

/// How old what is shown is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceAge {
    /// Whose data.
    pub system: SystemName,
    /// Last successful read; `null` before the first.
    pub fetched_at: Option<i64>,
    /// True when older than the policy allows: values are shown grey.
    pub stale: bool,
    /// What was not searched or not read, as a sentence.
    pub problem: Option<String>,
}

/// Decimal text and ISO 4217 code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Money {
    /// `"8823.20"`.
    pub amount: String,
    /// `"EUR"`.
    pub currency: String,
}

/// One window of a list.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Page<T> {
    /// Rows of the list: what the filter lets through without those left out.
    pub total: u32,
    /// Rows the filter lets through, those left out (`exclude`) included: they stand above the list.
    pub fits: u32,
    /// Rows the filter hides.
    pub outside_filter_total: u32,
    /// Place of the first item in the whole list.
    pub offset: u32,
    /// Place of `around_id` in the whole list, when it was asked for and is in it.
    pub around: Option<u32>,
    /// The rows.
    pub items: Vec<T>,
    /// Ages of the systems these rows come from.
    pub sources: Vec<SourceAge>,
    /// Values that can be filtered by, with counts; only where no rows and no place were asked for (limit 0).
    pub facets: Vec<Facet>,
}

/// One property a list can be filtered by.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Facet {
    /// Machine name: `owner`, `state`, `partner`, `type`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Values with counts, most frequent first.
    pub values: Vec<FacetValue>,
}

/// One value of a facet.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FacetValue {
    /// What goes into the filter.
    pub value: String,
    /// What people read.
    pub title: String,
    /// Rows with it.
    pub count: u32,
}

/// Arguments of every desk list.
///
/// Facets the screens choose by themselves (saved views): cases have `owner` (`me`, `nobody`, a person's id),
/// `state` (`open`, or a state), `due` (`2h`, `late`), `notice` (`bounced`), `type`, `partner`; exceptions
/// have `state` (`open`, …), `rule`, `partner`; documents have `code`, `track` (`rejected`), `partner`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct ListArgs {
    /// Full text; empty or absent for all.
    pub text: Option<String>,
    /// Chosen facet values; values of one facet are alternatives, facets narrow each other.
    pub facets: Option<Vec<FacetChoice>>,
    /// `reply_due`, `opened`, `partner`, `since`, `event`; absent for the list's own order.
    pub sort: Option<String>,
    /// First row wanted.
    pub offset: Option<u32>,
    /// How many, at most 200.
    pub limit: Option<u32>,
    /// Also say where this id stands.
    pub around_id: Option<String>,
    /// Ids left out, because they are shown in the pinned linked group.
    pub exclude: Option<Vec<String>>,
}

/// One chosen filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FacetChoice {
    /// Facet name.
    pub name: String,
    /// Values, any of which fits.
    pub values: Vec<String>,
}

/// Names one thing.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ById {
    /// `kind:system:remote_id`, or the id of a step.
    pub id: String,
}

/// Names one case.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ByCase {
    /// `case:community:…`.
    pub case: String,
}

/// Accepted, with one sentence to echo.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Done {
    /// What happened: "Comment queued, 3rd in line".
    pub text: String,
    /// What can take it back, while it can.
    pub undo_step: Option<String>,
}

/// Bytes for a viewer.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Content {
    /// File name, made harmless.
    pub name: String,
    /// `application/pdf`, `text/plain`, …
    pub media_type: String,
    /// Hex.
    pub sha256: String,
    /// Bytes before encoding.
    pub size: u32,
    /// The bytes; `null` when they are not on this machine.
    pub base64: Option<String>,
    /// Why there are no bytes, or what is wrong with them.
    pub problem: Option<Problem>,
}

/// A refusal or a failure, effect first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// `E_DUP`, `E_LOCKED`, …
    pub code: String,
    /// "Letter to Umberfield not sent".
    pub message: String,
    /// Cause and what fixes it; fields in question by name.
    pub detail: Option<String>,
}

/// What named parts of the screens are out of date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Changed {
    /// Topics; every screen re-reads what it shows of them.
    pub topics: Vec<Topic>,
}

/// Parts of the data that change together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Case rows and case panes.
    Cases,
    /// Findings and what was done about them.
    Exceptions,
    /// EDI documents.
    Documents,
    /// Notices and drafts.
    Notices,
    /// Steps.
    Outbox,
    /// Reviews and signatures.
    Reviews,
    /// Lights, counts, person, switches.
    Status,
    /// Audit chain.
    Audit,
    /// Connections.
    Connections,
    /// The wire journal.
    Wire,
}
