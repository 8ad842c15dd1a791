use super::{Problem, StatusWord, SystemName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The six connections.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConnectionsView {
    /// True while they all lead to the sandbox.
    pub sandbox: bool,
    /// Where the configuration lies, for people.
    pub file: String,
    /// One per system.
    pub connections: Vec<ConnectionView>,
    /// What changing them means: restart, empty cache.
    pub note: String,
}

/// One connection.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// Which.
    pub system: SystemName,
    /// "Community".
    pub title: String,
    /// Connected, switched off, needs sign-in, failing.
    pub status: StatusWord,
    /// Address.
    pub base_url: String,
    /// Paused by a person: neither read from nor delivered to, and nothing of it is lost.
    pub paused: bool,
    /// How it signs in, for people.
    pub sign_in: String,
    /// Further fields of its sign-in.
    pub fields: Vec<ConnectionField>,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// A secret: kept apart and never shown again.
    Secret,
    /// One of some words.
    Choice,
    /// A whole number.
    Number,
    /// Certificates as PEM.
    Certificates,
}

/// One word of a choice.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct FieldChoice {
    /// Machine name.
    pub value: String,
    /// Name for people.
    pub title: String,
}

/// One field of a connection.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConnectionField {
    /// Machine name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What a choice chooses from.
    pub choices: Vec<FieldChoice>,
    /// Seldom needed.
    pub advanced: bool,
    /// Value; always `null` for a secret.
    pub value: Option<String>,
    /// A secret is stored.
    pub stored: bool,
}

/// One edited connection.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct ConnectionInput {
    /// Which.
    pub system: SystemName,
    /// Address.
    pub base_url: String,
    /// Values; an absent secret keeps what is stored.
    pub fields: BTreeMap<String, String>,
    /// Names of secrets that are kept no longer.
    #[serde(default)]
    pub forget: Vec<String>,
}

impl std::fmt::Debug for ConnectionInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Secrets are typed into its fields.
        f.debug_struct("ConnectionInput")
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}

/// Arguments of `pause_connection`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PauseConnection {
    /// Which.
    pub system: SystemName,
    /// Pause, or go on.
    pub paused: bool,
}

/// Arguments of `get_wire`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WireOf {
    /// Which.
    pub system: SystemName,
}

/// The last calls of a system.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WireView {
    /// Newest first.
    pub calls: Vec<WireCallRow>,
}

/// One call, without bodies, query and secrets.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WireCallRow {
    /// Milliseconds.
    pub at: i64,
    /// HTTP method.
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Status, 0 when no answer came.
    pub status: u16,
    /// Milliseconds it took.
    pub duration_ms: i64,
    /// 1, or 2 after a renewed sign-in.
    pub attempt: u8,
    /// Short reference of the step it was made for.
    pub key: Option<String>,
    /// Bytes of the request's body.
    pub sent: i64,
    /// Bytes of the answer's body.
    pub received: i64,
    /// What went wrong.
    pub problem: Option<String>,
}

/// Arguments of `save_connections`.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SaveConnections {
    /// All of them; one without an address is not connected.
    pub connections: Vec<ConnectionInput>,
    /// Keeps key and secrets on a machine without a keyring; asked for at every start from then on.
    #[serde(default)]
    pub passphrase: Option<String>,
}

impl std::fmt::Debug for SaveConnections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // No passphrase.
        f.debug_struct("SaveConnections")
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// Arguments of `test_connection`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TestConnection {
    /// As edited.
    pub connection: ConnectionInput,
}

/// One step of a test.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TestStep {
    /// "Name resolution", "Sign in".
    pub title: String,
    /// Passed.
    pub ok: bool,
    /// What was found.
    pub text: String,
}

/// Result of a test.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConnectionTest {
    /// Signed in and answered.
    pub ok: bool,
    /// One sentence.
    pub text: String,
    /// What went wrong.
    pub problem: Option<Problem>,
    /// The steps in their order; the first that fails is the last.
    pub steps: Vec<TestStep>,
    /// How long it took.
    pub took_ms: i64,
}
