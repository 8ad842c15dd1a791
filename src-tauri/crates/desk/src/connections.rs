//! Where the six systems are: the sandbox, or six connections of one's own. Kept in the ledger, without secrets.

use std::collections::{BTreeMap, BTreeSet};

use cache::Origin;
use connectors::{Connections, Transport, http::is_loopback};
use domain::{Refusal, System, canonical::sha256_hex};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use crate::{Secrets, problem::input, read::check_connection_words};

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
        /// Systems a person paused.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        paused: BTreeSet<System>,
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

/// One connection of one's own as it is kept: its secrets lie elsewhere, only their names are here.
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
    /// How the wire to it is made.
    #[serde(default)]
    pub transport: Transport,
    /// Names of the secrets that are set.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    /// Paused by a person: neither read from nor delivered to.
    #[serde(default, alias = "disabled")]
    pub paused: bool,
}

impl std::fmt::Debug for RealConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RealConnection")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl RealConnection {
    /// What decides where a write goes and whether it is found again: everything but how one signs in and how the wire is
    /// made. Two that differ here are two systems.
    fn place(&self, system: System) -> Value {
        let signs_in = |name: &str| match name {
            "token_url" | "sign_in" | "utc" | "own_addresses" | "attributes" | "supplier_type" => {
                true
            }
            "domain" => system == System::Workspaces,
            _ => false,
        };
        let settings: BTreeMap<&String, &String> = self
            .settings
            .iter()
            .filter(|(name, value)| !signs_in(name) && !value.is_empty())
            .collect();
        // Elsewhere it is a way to sign in.
        let dialect = (system == System::Tracker).then_some(&self.dialect);
        serde_json::json!([self.base_url.trim_end_matches('/'), dialect, settings])
    }
}

impl Source {
    /// A sandbox, with nothing paused.
    #[must_use]
    pub const fn sandbox(description: Value) -> Self {
        Self::Sandbox {
            description,
            paused: BTreeSet::new(),
        }
    }

    /// A sandbox that answers elsewhere than the one before, if that was one: what was paused there stays so.
    pub(crate) fn sandbox_after(before: Option<&Self>, description: Value) -> Self {
        match before {
            Some(Self::Sandbox { paused, .. }) => Self::Sandbox {
                description,
                paused: paused.clone(),
            },
            _ => Self::sandbox(description),
        }
    }

    /// The connections there are, those of one's own still without their secrets, whether paused or not.
    ///
    /// # Errors
    /// `E_INPUT` when a sandbox describes no system.
    pub fn connections(&self) -> Result<Connections, Refusal> {
        match self {
            Self::Sandbox { description, .. } => {
                Connections::of_sandbox(description).map_err(|e| input(e.to_string()))
            }
            Self::Real { connections } => Ok(Connections {
                sandbox_admin: None,
                withheld: BTreeMap::new(),
                systems: connections
                    .iter()
                    .map(|(system, c)| {
                        let config = connectors::ConnectionConfig {
                            base_url: c.base_url.trim_end_matches('/').to_owned(),
                            dialect: c.dialect.clone(),
                            settings: c.settings.clone(),
                            transport: c.transport.clone(),
                            secrets: BTreeMap::new(),
                        };
                        (*system, config)
                    })
                    .collect(),
            }),
        }
    }

    /// Whether a person paused this system.
    #[must_use]
    pub fn is_paused(&self, system: System) -> bool {
        match self {
            Self::Sandbox { paused, .. } => paused.contains(&system),
            Self::Real { connections } => connections.get(&system).is_some_and(|c| c.paused),
        }
    }

    /// Pauses a system, or goes on with it. False when there is none.
    pub(crate) fn set_paused(&mut self, system: System, on: bool) -> bool {
        match self {
            Self::Sandbox { paused, .. } => {
                if on {
                    paused.insert(system);
                } else {
                    paused.remove(&system);
                }
                true
            }
            Self::Real { connections } => connections
                .get_mut(&system)
                .map(|connection| connection.paused = on)
                .is_some(),
        }
    }

    /// Reads a configuration file: `{systems: {community: {base_url, dialect, settings, secrets, transport}, ...}}`, where a
    /// transport is `{authority, proxy, requests_per_second}`. The secrets come apart from the rest, as they are kept apart.
    ///
    /// # Errors
    /// `E_INPUT` saying what does not fit.
    pub fn of_config(text: &str) -> Result<(Self, Secrets), Refusal> {
        let file: File = serde_json::from_str(text).map_err(|e| {
            // The text of the error may quote what it read.
            input(format!(
                "The configuration does not fit in line {}, column {}.",
                e.line(),
                e.column()
            ))
        })?;
        if file.systems.is_empty() {
            return Err(input("The configuration names no system."));
        }
        let mut secrets = Secrets::default();
        let mut connections = BTreeMap::new();
        for (system, told) in file.systems {
            let secret_names = told.secrets.keys().map(String::as_str);
            check_connection_words(system, &told.dialect, &told.settings, secret_names)?;
            let addresses = told.settings.values().filter(|v| address(v).is_some());
            for address in std::iter::once(&told.base_url).chain(addresses) {
                check_address(address).map_err(|why| {
                    input(format!("The address of {system} cannot be used: {why}."))
                })?;
            }
            told.transport.check().map_err(|why| {
                input(format!("The transport of {system} cannot be used: {why}."))
            })?;
            for (name, value) in told.secrets.iter().filter(|(_, v)| !v.is_empty()) {
                secrets.insert(system, name, value);
            }
            let connection = RealConnection {
                base_url: told.base_url.trim_end_matches('/').to_owned(),
                dialect: told.dialect,
                settings: told.settings,
                transport: told.transport,
                secrets: told
                    .secrets
                    .into_iter()
                    .filter(|(_, v)| !v.is_empty())
                    .map(|(name, _)| name)
                    .collect(),
                paused: told.paused,
            };
            connections.insert(system, connection);
        }
        Ok((Self::Real { connections }, secrets))
    }

    /// What the mirror is a mirror of. A sandbox is one company wherever it answers; of a connection of one's own everything
    /// counts that decides what is read there.
    pub(crate) fn origin(&self) -> Origin {
        match self {
            Self::Sandbox { .. } => System::ALL
                .iter()
                .map(|system| (*system, "sandbox".to_owned()))
                .collect(),
            Self::Real { connections } => connections
                .iter()
                .map(|(system, c)| {
                    let place = serde_json::json!([c.base_url, c.dialect, c.settings]);
                    (*system, sha256_hex(place.to_string().as_bytes()))
                })
                .collect(),
        }
    }

    /// Whether another system stands in the place of this one from now on, or none.
    pub(crate) fn moves(&self, now: &Self, system: System) -> bool {
        match (self, now) {
            (Self::Sandbox { .. }, Self::Sandbox { .. }) => false,
            (Self::Real { connections: old }, Self::Real { connections: new }) => {
                old.get(&system).is_some_and(|old| {
                    new.get(&system)
                        .is_none_or(|new| new.place(system) != old.place(system))
                })
            }
            _ => true,
        }
    }

    /// Whether it is a sandbox.
    #[must_use]
    pub const fn is_sandbox(&self) -> bool {
        matches!(self, Self::Sandbox { .. })
    }
}

/// A configuration file, the one place where secrets stand beside their addresses. It is the person's, and never kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    systems: BTreeMap<System, FileConnection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileConnection {
    base_url: String,
    #[serde(default)]
    dialect: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "wiped")]
    secrets: BTreeMap<String, Zeroizing<String>>,
    #[serde(default)]
    transport: Transport,
    #[serde(default)]
    paused: bool,
}

fn wiped<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Zeroizing<String>>, D::Error> {
    let values = BTreeMap::<String, String>::deserialize(from)?;
    Ok(values
        .into_iter()
        .map(|(name, value)| (name, Zeroizing::new(value)))
        .collect())
}

/// The address a text is, if it is one with a host: a setting that is none is a word.
pub(crate) fn address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(Url::has_host)
}

/// An address secrets may be sent to: encrypted, or on this machine.
///
/// # Errors
/// Why it cannot be used, in words.
pub(crate) fn check_address(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|_| "it must begin with https://".to_owned())?;
    if !url.has_host() {
        return Err("it names no host".to_owned());
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("plain http is for this machine only; use https".to_owned()),
        _ => return Err("it must begin with https://".to_owned()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it may not carry a user or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it may not carry a query or a fragment".to_owned());
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
        assert!(check_address("http://[::1]:8080").is_ok());
        for bad in [
            "https://cases.example?token=x",
            "https://cases.example/#x",
            "https://cases .example",
            "https://cases.example:99999",
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
    fn another_place_is_another_system_and_another_sign_in_is_not() {
        let of = |system: &str, told: &str| {
            let text = format!(r#"{{"systems":{{"{system}":{{{told}}}}}}}"#);
            Source::of_config(&text).unwrap().0
        };
        let base = r#""base_url":"https://x.example""#;
        let with = |settings: &str| format!(r#"{base},"settings":{{{settings}}}"#);
        for (system, name, before, after, moves) in [
            (
                System::Community,
                "community",
                base.to_owned(),
                with(r#""company_id":"GC2""#),
                true,
            ),
            (
                System::Workspaces,
                "workspaces",
                base.to_owned(),
                with(r#""base_path":"/other""#),
                true,
            ),
            (
                System::Workspaces,
                "workspaces",
                base.to_owned(),
                with(r#""domain":"OPS""#),
                false,
            ),
            (
                System::Exstream,
                "exstream",
                base.to_owned(),
                with(r#""domain":"OPS""#),
                true,
            ),
            (
                System::Tracker,
                "tracker",
                base.to_owned(),
                with(r#""queue":"Other""#),
                true,
            ),
            (
                System::Tracker,
                "tracker",
                base.to_owned(),
                format!(r#"{base},"dialect":"servicenow""#),
                true,
            ),
            (
                System::Workspaces,
                "workspaces",
                base.to_owned(),
                format!(r#"{base},"dialect":"otds""#),
                false,
            ),
            (
                System::Documents,
                "documents",
                base.to_owned(),
                with(r#""token_url":"https://y.example/t""#),
                false,
            ),
            (
                System::Documents,
                "documents",
                base.to_owned(),
                r#""base_url":"https://x.example/""#.to_owned(),
                false,
            ),
            (
                System::Documents,
                "documents",
                base.to_owned(),
                r#""base_url":"https://y.example""#.to_owned(),
                true,
            ),
        ] {
            let (before, now) = (of(name, &before), of(name, &after));
            assert_eq!(before.moves(&now, system), moves, "{after}");
        }
    }

    #[test]
    fn a_configuration_with_words_nobody_knows_is_refused_before_it_is_stored() {
        for (told, why) in [
            ("", "names no system"),
            (
                r#""tracker":{"base_url":"https://t.example","dialect":"jira"}"#,
                "tracker has no dialect jira",
            ),
            (
                r#""tracker":{"base_url":"https://t.example","secrets":{"pasword":"hunter2"}}"#,
                "tracker has no secret pasword",
            ),
            (
                r#""tracker":{"base_url":"https://t.example","settings":{"requests_per_second":"5"}}"#,
                "part of transport",
            ),
            (
                r#""tracker":{"base_url":"https://t.example","settings":{"password":"hunter2"}}"#,
                "password of tracker is a secret",
            ),
            (
                r#""tracker":{"base_url":"https://t.example","settings":{"compani":"x"}}"#,
                "tracker has no setting compani",
            ),
            (
                r#""tracker":{"base_url":"https://t.example","settings":{"sign_in":"saml"}}"#,
                "sign_in of tracker cannot be that",
            ),
            (
                r#""documents":{"base_url":"https://d.example","settings":{"token_url":"d.example/tok"}}"#,
                "token_url of documents cannot be used",
            ),
        ] {
            let text = format!(r#"{{"systems":{{{told}}}}}"#);
            let refusal = Source::of_config(&text).map(drop).unwrap_err();
            assert!(refusal.message.contains(why), "{refusal}");
            assert!(!refusal.message.contains("hunter2"));
        }
    }

    #[test]
    fn a_configuration_gives_its_secrets_apart_and_no_debug_prints_them() {
        let text = r#"{"systems":{"tracker":{"base_url":"https://t.example","secrets":{"password":"hunter2","token":""}}}}"#;
        let (source, secrets) = Source::of_config(text).unwrap();
        assert_eq!(
            secrets.get(System::Tracker, "password").unwrap().as_str(),
            "hunter2"
        );
        let stored = serde_json::to_string(&source).unwrap();
        assert!(stored.contains("password") && !stored.contains("token"));
        assert!(
            !format!(
                "{stored} {source:?} {secrets:?} {:?}",
                source.connections().unwrap()
            )
            .contains("hunter2")
        );
        let wrong =
            r#"{"systems":{"tracker":{"base_url":"https://t.example","secrets":"hunter2"}}}"#;
        assert!(
            !Source::of_config(wrong)
                .unwrap_err()
                .message
                .contains("hunter2")
        );
    }
}
