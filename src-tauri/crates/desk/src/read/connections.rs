//! The screen where six real connections are entered.

use std::{collections::BTreeMap, time::Instant};

use domain::{Refusal, System};
use zeroize::Zeroizing;

use super::words;
use crate::{
    Desk, Secrets, Source,
    connections::{RealConnection, check_address},
    problem::input,
    view::{
        ConnectionField, ConnectionInput, ConnectionTest, ConnectionView, ConnectionsView, Problem,
        SaveConnections, StatusWord, Tone,
    },
};

/// Shortest passphrase that is taken for a folder, in characters.
const SHORTEST_PASSPHRASE: usize = 12;

/// Fields of the sign-in of each system: (name, title, secret).
const fn fields_of(system: System) -> &'static [(&'static str, &'static str, bool)] {
    match system {
        System::Community | System::Documents => &[
            ("company_id", "Company id", false),
            ("token_url", "Token address", false),
            ("client_id", "Consumer key", true),
            ("client_secret", "Consumer secret", true),
        ],
        System::Exstream => &[
            ("tenant", "Tenant", false),
            ("domain", "Domain", false),
            ("token_url", "Token address", false),
            ("client_id", "Client id", true),
            ("client_secret", "Client secret", true),
            ("messaging", "Messaging address", false),
            ("username", "Messaging user", true),
            ("password", "Messaging password", true),
        ],
        System::Workflow => &[
            ("tenant", "Tenant", false),
            ("token_url", "Token address", false),
            ("history_base", "History address", false),
            ("client_id", "Client id", true),
            ("client_secret", "Client secret", true),
        ],
        System::Workspaces => &[("username", "User", true), ("password", "Password", true)],
        System::Tracker => &[
            ("dialect", "Dialect: request_tracker or servicenow", false),
            ("queue", "Queue", false),
            ("username", "User", true),
            ("password", "Password", true),
            ("token", "Token", true),
        ],
    }
}

/// Names of the secrets a connection to this system may have.
pub(crate) fn secret_fields(system: System) -> impl Iterator<Item = &'static str> {
    fields_of(system)
        .iter()
        .filter(|(_, _, secret)| *secret)
        .map(|(name, _, _)| *name)
}

const fn sign_in_of(system: System) -> &'static str {
    match system {
        System::Community | System::Documents => "Trading Grid client credentials",
        System::Exstream | System::Workflow => "OpenText Cloud Platform tenant token",
        System::Workspaces => "Content Server ticket",
        System::Tracker => "User or token",
    }
}

impl Desk {
    /// The six connections. A secret is never among the values.
    ///
    /// # Errors
    /// Failures of the databases.
    pub async fn connections_view(&self) -> Result<ConnectionsView, Refusal> {
        let source = self.source();
        let sandbox = source.as_ref().is_none_or(Source::is_sandbox);
        let known = source
            .as_ref()
            .map(Source::connections)
            .transpose()?
            .unwrap_or_default();
        let real = match &source {
            Some(Source::Real { connections }) => connections.clone(),
            _ => BTreeMap::new(),
        };
        let status = self.status().await?;
        let missing = self.missing_secrets();
        let connections = System::ALL
            .iter()
            .map(|system| {
                let config = known.systems.get(system);
                let lost = missing.get(system);
                let light = status
                    .systems
                    .iter()
                    .find(|l| l.system == words::system(*system));
                let status = light.map_or_else(
                    || words::word(Tone::None, "not_connected", "Not connected"),
                    |l| StatusWord {
                        tone: l.tone,
                        state: "connected".to_owned(),
                        word: l.word.clone(),
                    },
                );
                let stored = real.get(system);
                ConnectionView {
                    system: words::system(*system),
                    title: words::sentence(system.as_str()),
                    status,
                    base_url: config.map(|c| c.base_url.clone()).unwrap_or_default(),
                    enabled: config.is_some(),
                    sign_in: sign_in_of(*system).to_owned(),
                    fields: fields_of(*system)
                        .iter()
                        .map(|(name, title, secret)| ConnectionField {
                            name: (*name).to_owned(),
                            title: (*title).to_owned(),
                            value: if *secret {
                                None
                            } else if *name == "dialect" {
                                config.map(|c| c.dialect.clone())
                            } else {
                                config.and_then(|c| c.setting(name)).map(str::to_owned)
                            },
                            secret: *secret,
                            stored: stored.is_some_and(|c| c.secrets.contains(*name))
                                && !lost.is_some_and(|lost| lost.contains(*name))
                                || (sandbox && config.is_some_and(|c| c.secret(name).is_some())),
                        })
                        .collect(),
                }
            })
            .collect();
        Ok(ConnectionsView {
            sandbox,
            file: format!(
                "the encrypted ledger of this data folder; secrets in {}",
                self.secrets_are_in()
            ),
            connections,
            note: "Other connections empty the cache; what waits in the outbox must be delivered or cancelled first.".to_owned(),
        })
    }

    /// Connects to these systems from now on.
    ///
    /// # Errors
    /// `E_INPUT` for an address that cannot be used; as [`Desk::connect_to`].
    pub async fn save_connections(
        &self,
        args: &SaveConnections,
    ) -> Result<ConnectionsView, Refusal> {
        let before = self.real_connections();
        let (mut connections, mut secrets) = (BTreeMap::new(), Secrets::default());
        for edited in &args.connections {
            let (system, connection) = real_of(edited, &before, &mut secrets)?;
            if !connection.base_url.is_empty() {
                connections.insert(system, connection);
            }
        }
        if connections.is_empty() {
            return Err(input("Enter at least one address."));
        }
        let passphrase = args
            .passphrase
            .clone()
            .filter(|text| !text.is_empty())
            .map(Zeroizing::new);
        if passphrase
            .as_ref()
            .is_some_and(|text| text.chars().count() < SHORTEST_PASSPHRASE)
        {
            return Err(input(format!(
                "A passphrase has at least {SHORTEST_PASSPHRASE} characters."
            )));
        }
        self.connect_to(Source::Real { connections }, secrets, passphrase)
            .await?;
        self.connections_view().await
    }

    fn real_connections(&self) -> BTreeMap<System, RealConnection> {
        match self.source() {
            Some(Source::Real { connections }) => connections,
            _ => BTreeMap::new(),
        }
    }

    /// Tries every connection, step by step.
    pub async fn check_connections(&self) -> Vec<(System, Vec<connectors::port::CheckStep>)> {
        let mut out = Vec::new();
        for (system, connector) in self.connectors().iter() {
            out.push((*system, connector.check().await));
        }
        out
    }

    /// Tries a connection as edited and says which step failed.
    ///
    /// # Errors
    /// `E_INPUT` for an address that cannot be used.
    pub async fn test_connection(
        &self,
        edited: &ConnectionInput,
    ) -> Result<ConnectionTest, Refusal> {
        let mut secrets = Secrets::default();
        let (system, connection) = real_of(edited, &self.real_connections(), &mut secrets)?;
        let on_sandbox = self.source().filter(Source::is_sandbox);
        let source = match on_sandbox {
            // Nothing is entered over it: the one that is in use.
            Some(sandbox) if edited.base_url.is_empty() => sandbox,
            _ => Source::Real {
                connections: BTreeMap::from([(system, connection)]),
            },
        };
        let connections = self.at_hand(&source, &secrets).await?;
        let clock = std::sync::Arc::new(self.inner.clock.clone());
        let connectors =
            connectors::factory::connect(&connections, self.inner.network.clone(), clock);
        let begun = Instant::now();
        let Some(connector) = connectors.get(&system) else {
            return Err(input(format!("{system} has no address.")));
        };
        let steps = connector.check().await;
        let failed = steps.iter().find(|s| !s.ok);
        Ok(ConnectionTest {
            ok: failed.is_none(),
            text: failed.map_or_else(
                || "Signed in and answered.".to_owned(),
                |s| format!("{} failed: {}", words::sentence(&s.step), s.message),
            ),
            problem: failed.map(|s| Problem {
                code: format!("CHECK_{}", s.step.to_uppercase()),
                message: s.message.clone(),
                detail: None,
            }),
            took_ms: i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX),
        })
    }
}

/// What was entered over what is kept. A secret that was not entered again stays only while the addresses lead to the same
/// hosts: it was entered for those.
fn real_of(
    edited: &ConnectionInput,
    before: &BTreeMap<System, RealConnection>,
    secrets: &mut Secrets,
) -> Result<(System, RealConnection), Refusal> {
    let system = words::system_of(edited.system)
        .ok_or_else(|| input("This program is no system to connect to."))?;
    let usable = |address: &str| {
        check_address(address)
            .map_err(|why| input(format!("The address of {system} cannot be used: {why}.")))
    };
    if !edited.base_url.is_empty() {
        usable(&edited.base_url)?;
    }
    let stored = before.get(&system).cloned().unwrap_or_default();
    let mut connection = stored.clone();
    connection.base_url = edited.base_url.trim_end_matches('/').to_owned();
    connection.disabled = !edited.enabled;
    let mut entered = Vec::new();
    for (name, value) in &edited.fields {
        let Some((_, _, secret)) = fields_of(system).iter().find(|(n, _, _)| n == name) else {
            return Err(input(format!("{system} has no field {name}.")));
        };
        match (name.as_str(), secret) {
            ("dialect", _) => connection.dialect.clone_from(value),
            (_, true) => entered.push((name, value)),
            (_, false) => {
                if value.contains("://") {
                    usable(value)?;
                }
                connection.settings.insert(name.clone(), value.clone());
            }
        }
    }
    if !stored.same_place(&connection) {
        connection.secrets.clear();
    }
    // An empty field was not entered.
    for (name, value) in entered.into_iter().filter(|(_, value)| !value.is_empty()) {
        if !connection.base_url.is_empty() {
            connection.secrets.insert(name.clone());
            secrets.insert(system, name, value);
        }
    }
    Ok((system, connection))
}
