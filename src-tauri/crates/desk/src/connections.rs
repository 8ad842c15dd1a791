//! Where the six systems are: the sandbox, or six connections of one's own. Kept in the ledger, which is encrypted.

use std::collections::BTreeMap;

use connectors::Connections;
use domain::{Refusal, System, refusal::Code};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Setting under which the source is kept.
pub(crate) const SETTING: &str = "source";

/// Where a data folder gets its data from.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A sandbox, with what it says about itself (its credentials are placeholders).
    Sandbox {
        /// First line of `sandbox serve`.
        description: Value,
    },
    /// Connections of one's own.
    Real {
        /// The connections without their secrets.
        connections: BTreeMap<System, RealConnection>,
    },
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Secrets never reach a log, not even by {:?}.
        f.write_str(match self {
            Self::Sandbox { .. } => "Source::Sandbox",
            Self::Real { .. } => "Source::Real",
        })
    }
}

/// One connection of one's own as it is kept: the ledger is encrypted, and no secret is ever read back to a screen.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RealConnection {
    /// Base address.
    pub base_url: String,
    /// Dialect or sign-in world.
    #[serde(default)]
    pub dialect: String,
    /// Plain settings.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Secrets by name.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Switched off by a person.
    #[serde(default)]
    pub disabled: bool,
}

impl std::fmt::Debug for RealConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RealConnection")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// The connections to build connectors from.
    ///
    /// # Errors
    /// `E_INPUT` when a sandbox describes no system.
    pub fn connections(&self) -> Result<Connections, Refusal> {
        match self {
            Self::Sandbox { description } => Connections::of_sandbox(description)
                .map_err(|e| Refusal::new(Code::Input, e.to_string())),
            Self::Real { connections } => Ok(Connections {
                sandbox_admin: None,
                systems: connections
                    .iter()
                    .filter(|(_, c)| !c.disabled)
                    .map(|(system, c)| {
                        let config = connectors::ConnectionConfig {
                            base_url: c.base_url.trim_end_matches('/').to_owned(),
                            dialect: c.dialect.clone(),
                            settings: c.settings.clone(),
                            secrets: c.secrets.clone(),
                        };
                        (*system, config)
                    })
                    .collect(),
            }),
        }
    }

    /// Reads a configuration file: `{systems: {community: {base_url, dialect, settings, secrets}, ...}}`.
    ///
    /// # Errors
    /// `E_INPUT` saying what does not fit.
    pub fn of_config(text: &str) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            systems: BTreeMap<System, RealConnection>,
        }
        let file: File = serde_json::from_str(text).map_err(|e| {
            Refusal::new(Code::Input, format!("The configuration does not fit: {e}"))
        })?;
        for (system, connection) in &file.systems {
            check_address(&connection.base_url).map_err(|why| {
                Refusal::new(
                    Code::Input,
                    format!("The address of {system} cannot be used: {why}"),
                )
            })?;
        }
        Ok(Self::Real {
            connections: file.systems,
        })
    }

    /// Whether it is a sandbox.
    #[must_use]
    pub const fn is_sandbox(&self) -> bool {
        matches!(self, Self::Sandbox { .. })
    }
}

/// Plain http only to this machine.
///
/// # Errors
/// Why it cannot be used, in words.
pub(crate) fn check_address(address: &str) -> Result<(), String> {
    let rest = match address.split_once("://") {
        Some(("https", rest)) => rest,
        Some(("http", rest)) => {
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            if !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
                return Err("plain http is for this machine only; use https".to_owned());
            }
            rest
        }
        _ => return Err("it must begin with https://".to_owned()),
    };
    if rest.split('/').next().unwrap_or_default().is_empty() {
        return Err("it names no host".to_owned());
    }
    if address.contains('@') {
        return Err("it may not carry a user or password".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_refused_but_on_this_machine() {
        assert!(check_address("https://cases.example/base").is_ok());
        assert!(check_address("http://127.0.0.1:8080").is_ok());
        for bad in [
            "http://cases.example",
            "ftp://x",
            "https://",
            "https://user:pw@cases.example",
            "cases.example",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_secret_is_printed_by_debug() {
        let text = r#"{"systems":{"tracker":{"base_url":"https://t.example","secrets":{"password":"hunter2"}}}}"#;
        let source = Source::of_config(text).unwrap();
        assert!(!format!("{source:?} {:?}", source.connections().unwrap()).contains("hunter2"));
    }
}
