//! Where the six systems are and how to sign in.

use std::collections::BTreeMap;

use domain::System;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroize;

/// How the wire to a system is made. Nothing of it decides which system that is, or what is read there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transport {
    /// Certificate authorities to trust besides those of the operating system, as PEM.
    #[serde(default)]
    pub authority: String,
    /// Address of a proxy, without user and password; empty takes the one of the environment, if any. A system on this
    /// machine is never asked through one.
    #[serde(default)]
    pub proxy: String,
    /// Most requests begun in one second, 1 to 1,000; absent is 25, and no bound for a system on this machine.
    #[serde(default)]
    pub requests_per_second: Option<u16>,
}

impl Transport {
    /// Whether it can be used.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check(&self) -> Result<(), String> {
        if let Some(0 | 1_001..) = self.requests_per_second {
            return Err("requests in a second are 1 to 1,000".to_owned());
        }
        crate::session::Clients::new(self)?.far().map(drop)
    }

    pub(crate) fn authorities(&self) -> Result<Vec<reqwest::Certificate>, String> {
        if self.authority.trim().is_empty() {
            return Ok(Vec::new());
        }
        match reqwest::Certificate::from_pem_bundle(self.authority.as_bytes()) {
            Ok(found) if !found.is_empty() => Ok(found),
            _ => Err("the certificate authority is no certificate in PEM".to_owned()),
        }
    }

    pub(crate) fn proxy(&self) -> Result<Option<Url>, String> {
        let address = self.proxy.trim();
        if address.is_empty() {
            return Ok(None);
        }
        let url = Url::parse(address).map_err(|e| format!("the proxy does not read: {e}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("a proxy begins with http:// or https://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a proxy may not carry a user or password".to_owned());
        }
        Ok(Some(url))
    }
}

/// One connection. Secrets are held apart from it: [`ConnectionConfig::secrets`] is filled from where the secrets of the folder
/// are kept (for a folder that knows only the sandbox, from its settings) and is never written with the rest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How the wire to it is made.
    #[serde(default)]
    pub transport: Transport,
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
            .field("transport", &self.transport)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_that_cannot_be_used_says_why() {
        let with = |authority: &str, proxy: &str, requests_per_second| Transport {
            authority: authority.to_owned(),
            proxy: proxy.to_owned(),
            requests_per_second,
        };
        for good in [
            with("", "", None),
            with(" ", "http://proxy.example:3128", Some(1)),
        ] {
            assert_eq!(good.check(), Ok(()), "{good:?}");
        }
        for bad in [
            with("no certificate", "", None),
            with(
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "",
                None,
            ),
            with("", "socks5://proxy.example", None),
            with("", "http://user:pw@proxy.example", None),
            with("", "proxy.example:3128", None),
            with("", "", Some(0)),
            with("", "", Some(5_000)),
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
