use super::{SystemName, Tone};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The word at the left of the status bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// All systems answer.
    Online,
    /// A pull or a delivery runs.
    Syncing,
    /// No system is reached, or the switch is off.
    Offline,
    /// A system asks for a new sign-in.
    NeedsSignIn,
    /// Some systems do not answer.
    Degraded,
    /// This program cannot work as it should.
    Error,
}

/// What the frame of the window shows.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Status {
    /// Overall state.
    pub sync: SyncState,
    /// Since when there is no connection.
    pub offline_since: Option<i64>,
    /// True when a person switched it off.
    pub offline_by_choice: bool,
    /// The clock everything is measured by (the sandbox has its own).
    pub now: i64,
    /// IANA zone of this person.
    pub zone: String,
    /// Short name of the zone now: `CET`.
    pub zone_short: String,
    /// Offset of the zone now.
    pub zone_offset_minutes: i32,
    /// Six lights, always in the same order.
    pub systems: Vec<SystemLight>,
    /// Outbox at a glance.
    pub outbox: OutboxCounts,
    /// Numbers beside the rail's entries.
    pub counts: RailCounts,
    /// First hex digits of the policy hash.
    pub policy: String,
    /// Who acts.
    pub person: Person,
    /// True on the sandbox: persons can be chosen, the mark is shown.
    pub sandbox: bool,
    /// Why nothing can be written, when nothing can.
    pub read_only: Option<String>,
    /// What lies on this machine.
    pub storage: Storage,
    /// Progress of the very first pull.
    pub first_sync: Option<FirstSync>,
}

/// One system's light.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SystemLight {
    /// Which.
    pub system: SystemName,
    /// "Workspaces".
    pub title: String,
    /// Glyph.
    pub tone: Tone,
    /// "OK", "4 min old", "Needs sign-in".
    pub word: String,
    /// Last try.
    pub last_attempt: Option<i64>,
    /// Last success.
    pub last_success: Option<i64>,
    /// What went wrong last, if the last try failed.
    pub last_error: Option<String>,
    /// True when a person has to sign in again.
    pub needs_sign_in: bool,
    /// Records set aside because they could not be read.
    pub quarantined: u32,
}

/// Counts of unfinished work.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct OutboxCounts {
    /// All that is not confirmed or cancelled.
    pub open: u32,
    /// Waiting for a person's decision.
    pub to_decide: u32,
    /// Outcome not known yet.
    pub unknown: u32,
    /// Under way.
    pub sending: u32,
    /// Waiting for a step, a gate or a time.
    pub waiting: u32,
    /// Ready to go.
    pub queued: u32,
    /// Confirmed since midnight of this person's zone.
    pub confirmed_today: u32,
    /// When the oldest open step was confirmed by its person.
    pub oldest_at: Option<i64>,
    /// True when a person paused delivery.
    pub paused: bool,
}

/// Numbers in the rail.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct RailCounts {
    /// Open cases of the default view.
    pub cases: u32,
    /// Open exceptions.
    pub exceptions: u32,
    /// Documents.
    pub documents: u32,
    /// Reviews this person may act on.
    pub reviews: u32,
    /// Prepared decisions waiting for a PIN.
    pub prepared: u32,
}

/// A person who can act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Person {
    /// Sign-in name.
    pub id: String,
    /// "Lena Kovář".
    pub name: String,
    /// "LK".
    pub initials: String,
    /// `agent`, `reviewer`, …
    pub roles: Vec<String>,
    /// "Agent, tier 2".
    pub title: String,
}

/// Size on this machine.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Storage {
    /// Both databases.
    pub bytes: i64,
    /// Cases pinned for offline work.
    pub pinned_cases: u32,
}

/// Progress of the very first pull.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FirstSync {
    /// Rows applied so far.
    pub rows: i64,
    /// Rows expected, if any system says so.
    pub rows_expected: Option<i64>,
    /// Bytes read.
    pub bytes: i64,
    /// Seconds left, if it can be said.
    pub seconds_left: Option<i64>,
    /// True once the first view can be worked with.
    pub ready: bool,
}

/// Arguments of `open_folder`: another try at a data folder that did not open. Answers once it is open.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct OpenFolder {
    /// What the person typed; empty where none was asked for.
    pub passphrase: String,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Height of rows: 28, 36 or 44 px.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// For triage.
    #[default]
    Compact,
    /// For reading.
    Normal,
    /// For touch.
    Comfortable,
}

/// How the window looks; the argument of `keep_look`. It belongs to the window, not to the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Look {
    /// Theme.
    pub theme: Theme,
    /// Row height.
    pub density: Density,
}

/// Arguments of `act_as`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ActAs {
    /// [`Person::id`].
    pub person: String,
}

/// Arguments of `set_offline`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SetOffline {
    /// True cuts at the connectors.
    pub on: bool,
}

/// Arguments of `sync_now`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(optional_fields)]
pub struct SyncNow {
    /// Only this one.
    pub system: Option<SystemName>,
}

/// Result of one pull.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SyncReport {
    /// One line per system.
    pub systems: Vec<SyncLine>,
}

/// Result of one pull at one system.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SyncLine {
    /// Which.
    pub system: SystemName,
    /// Records read.
    pub fetched: u32,
    /// Rows changed.
    pub applied: u32,
    /// Records set aside.
    pub quarantined: u32,
    /// What went wrong.
    pub error: Option<String>,
}
