//! Where the six systems are and how to sign in.

use std::collections::BTreeMap;

use domain::System;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// One connection. Secrets are held apart from it: [`ConnectionConfig::secrets`] is filled from where the secrets of the folder
/// are kept (for a folder that knows only the sandbox, from its settings) and is never written with the rest.
#[derive(Clone, Serialize, Deserialize)]
pub struct ConnectionConfig {
    /// Base address, no trailing slash.
    pub base_url: String,
    /// Dialect: tracker `request_tracker` or `servicenow`; sign-in world elsewhere (`grid`, `ocp`, `otds`, `ticket`).
    #[serde(default)]
    pub dialect: String,
    /// Further addresses and plain settings by name: `token_url`, `messaging`, `history`, `tenant`, `domain`,
    /// `company_id`, `queue`, ... Names are those of the sandbox's first line.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// `username`, `password`, `client_id`, `client_secret`, `token`.
    #[serde(skip)]
    pub secrets: BTreeMap<String, String>,
}

impl Drop for ConnectionConfig {
    fn drop(&mut self) {
        for secret in self.secrets.values_mut() {
            secret.zeroize();
        }
    }
}

impl std::fmt::Debug for ConnectionConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Secrets never reach a log, not even by {:?}.
        f.debug_struct("ConnectionConfig")
            .field("base_url", &self.base_url)
            .field("dialect", &self.dialect)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl ConnectionConfig {
    /// A plain setting.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// A secret.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<&str> {
        self.secrets.get(name).map(String::as_str)
    }
}

/// The connections of a data folder. A system without one is absent, and what needs it says so.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Connections {
    /// By system.
    pub systems: BTreeMap<System, ConnectionConfig>,
    /// Admin address of the sandbox, when every system is served by it: the folder then follows its clock.
    #[serde(default)]
    pub sandbox_admin: Option<String>,
    /// Systems whose secrets are not at hand, each with the reason in words. Nothing is sent to them: they ask for a sign-in.
    #[serde(skip)]
    pub withheld: BTreeMap<System, String>,
}
