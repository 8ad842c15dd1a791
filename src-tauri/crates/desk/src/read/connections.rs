//! The screen where six real connections are entered.

use std::{collections::BTreeMap, time::Instant};

use connectors::ConnectionConfig;
use domain::{Refusal, System};
use zeroize::Zeroizing;

use super::{
    connection_fields::{self, AUTHORITY, DIALECT, Field, PACE, PROXY, TRANSPORT},
    words,
};
use crate::{
    Desk, Secrets, Source,
    connections::{RealConnection, check_address},
    problem::input,
    view::{
        ConnectionField, ConnectionInput, ConnectionTest, ConnectionView, ConnectionsView,
        FieldChoice, PauseConnection, Problem, SaveConnections, StatusWord, TestStep, Tone,
    },
};

/// Shortest passphrase that is taken for a folder, in characters.
const SHORTEST_PASSPHRASE: usize = 12;

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
                let kept = |name: &str| {
                    stored.is_some_and(|c| c.secrets.contains(name))
                        && !lost.is_some_and(|lost| lost.contains(name))
                        || (sandbox && config.is_some_and(|c| c.secret(name).is_some()))
                };
                let fields = connection_fields::of(*system).iter().chain(TRANSPORT);
                ConnectionView {
                    system: words::system(*system),
                    title: words::sentence(system.as_str()),
                    status,
                    base_url: config.map(|c| c.base_url.clone()).unwrap_or_default(),
                    paused: source.as_ref().is_some_and(|s| s.is_paused(*system)),
                    sign_in: sign_in_of(*system).to_owned(),
                    fields: fields
                        .map(|field| shown(field, config, kept(field.name)))
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
        let _one_at_a_time = self.inner.connecting.lock().await;
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
        self.reconnect(Source::Real { connections }, secrets, passphrase)
            .await?;
        self.connections_view().await
    }

    /// Pauses a system, or goes on with it: what waits for it keeps its place, and what it has is read again afterwards.
    ///
    /// # Errors
    /// `E_INPUT` where there is no such connection; as [`Desk::connect_to`].
    pub async fn pause_connection(
        &self,
        args: &PauseConnection,
    ) -> Result<ConnectionsView, Refusal> {
        let system = words::system_of(args.system)
            .ok_or_else(|| input("This program is no system to connect to."))?;
        let _one_at_a_time = self.inner.connecting.lock().await;
        let mut source = self.source();
        let changed = source
            .as_mut()
            .is_some_and(|source| source.set_paused(system, args.paused));
        match source {
            Some(source) if changed => self.reconnect(source, Secrets::default(), None).await?,
            _ => return Err(input(format!("{system} is not connected."))),
        }
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
        self.keep_wire().await;
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
        let known = self.with_those_in_use(&secrets, &source);
        let connections = self.at_hand(&source, &known).await?;
        let Some(config) = connections.systems.get(&system) else {
            return Err(input(format!("{system} has no address.")));
        };
        // Tested is what is in use where nothing was edited: a sign-in that was refused before is tried again with it.
        let in_use = self.state(|s| s.joined.of(system, config));
        let begun = Instant::now();
        let steps = if let Some(connector) = in_use {
            let steps = connector.check().await;
            self.keep_wire().await;
            self.inner.pull_now.notify_waiters();
            steps
        } else {
            let clock = std::sync::Arc::new(self.inner.clock.clone());
            let network = self.inner.network.clone();
            let connectors = connectors::factory::connect(&connections, network, clock);
            let Some(connector) = connectors.get(&system) else {
                return Err(input(format!("{system} has no address.")));
            };
            let steps = connector.check().await;
            let calls = connector.recent_calls(0);
            self.keep_calls(&BTreeMap::from([(system, calls)])).await;
            steps
        };
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
            steps: steps
                .iter()
                .map(|step| TestStep {
                    title: words::sentence(&step.step),
                    ok: step.ok,
                    text: step.message.clone(),
                })
                .collect(),
            took_ms: i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX),
        })
    }
}

/// A field with its value; a secret is never one.
fn shown(field: &Field, config: Option<&ConnectionConfig>, stored: bool) -> ConnectionField {
    let value = config.filter(|_| !field.is_secret()).and_then(|config| {
        let transport = &config.transport;
        match field.name {
            DIALECT => Some(config.dialect.clone()),
            AUTHORITY => Some(transport.authority.clone()),
            PROXY => Some(transport.proxy.clone()),
            PACE => transport.requests_per_second.map(|n| n.to_string()),
            name => config.setting(name).map(str::to_owned),
        }
    });
    ConnectionField {
        name: field.name.to_owned(),
        title: field.title.to_owned(),
        kind: field.kind,
        choices: field
            .choices
            .iter()
            .map(|(value, title)| FieldChoice {
                value: (*value).to_owned(),
                title: (*title).to_owned(),
            })
            .collect(),
        advanced: field.advanced,
        value,
        stored: field.is_secret() && stored,
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
    let mut entered = Vec::new();
    for (name, value) in &edited.fields {
        let mut fields = connection_fields::of(system).iter().chain(TRANSPORT);
        let Some(field) = fields.find(|field| field.name == name) else {
            return Err(input(format!("{system} has no field {name}.")));
        };
        if field.is_secret() {
            entered.push((name, value));
        } else {
            set(&mut connection, field, value.trim(), &usable)?;
        }
    }
    connection
        .transport
        .check()
        .map_err(|why| input(format!("The connection to {system} cannot be made: {why}.")))?;
    if !stored.same_place(&connection) {
        connection.secrets.clear();
    }
    for name in &edited.forget {
        if !connection_fields::secret_fields(system).any(|known| known == name) {
            return Err(input(format!("{system} has no secret {name}.")));
        }
        connection.secrets.remove(name);
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

/// Takes a value that was entered; an empty one takes back what was.
fn set(
    connection: &mut RealConnection,
    field: &Field,
    value: &str,
    usable: &impl Fn(&str) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if !field.takes(value) {
        return Err(input(format!("{} cannot be {value}.", field.title)));
    }
    match field.name {
        DIALECT => value.clone_into(&mut connection.dialect),
        AUTHORITY => value.clone_into(&mut connection.transport.authority),
        PROXY => value.clone_into(&mut connection.transport.proxy),
        PACE => {
            connection.transport.requests_per_second = if value.is_empty() {
                None
            } else {
                let number = value.parse();
                Some(number.map_err(|_| input(format!("{} is a whole number.", field.title)))?)
            };
        }
        name if value.is_empty() => {
            connection.settings.remove(name);
        }
        name => {
            if connection_fields::is_address(name) {
                usable(value)?;
            }
            connection
                .settings
                .insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(())
}
