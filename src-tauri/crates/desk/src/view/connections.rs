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
    /// Off: its steps are left out where they are optional.
    pub enabled: bool,
    /// How it signs in, for people.
    pub sign_in: String,
    /// Further fields of its sign-in.
    pub fields: Vec<ConnectionField>,
}

/// One field of a sign-in.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConnectionField {
    /// Machine name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Value; always `null` for a secret.
    pub value: Option<String>,
    /// Kept in the keyring and never shown again.
    pub secret: bool,
    /// A secret is stored.
    pub stored: bool,
}

/// One edited connection.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ConnectionInput {
    /// Which.
    pub system: SystemName,
    /// Address.
    pub base_url: String,
    /// On or off.
    pub enabled: bool,
    /// Values; an absent secret keeps what is stored.
    pub fields: BTreeMap<String, String>,
}

/// Arguments of `save_connections`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SaveConnections {
    /// All of them; one without an address is not connected.
    pub connections: Vec<ConnectionInput>,
    /// Keeps key and secrets on a machine without a keyring; asked for at every start from then on.
    #[serde(default)]
    pub passphrase: Option<String>,
}

/// Arguments of `test_connection`.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TestConnection {
    /// As edited.
    pub connection: ConnectionInput,
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
    /// How long it took.
    pub took_ms: i64,
}
