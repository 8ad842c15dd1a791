//! Secrets of connections: from the person who enters them to where the folder keeps them, and from there to the connector
//! of their own system. No other way leads out of here.

use std::collections::{BTreeMap, BTreeSet};

use connectors::Connections;
use domain::{Refusal, System, refusal::Code};
use serde_json::Value;
use sqlite::{
    key::KeySource,
    secrets::{SecretError, SecretStore},
};
use zeroize::Zeroizing;

use crate::{
    Source,
    connections::{RealConnection, address},
    read::secret_fields,
};

/// Values on their way, by system and name. Wiped when dropped, never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<System, BTreeMap<String, Zeroizing<String>>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    pub(crate) fn insert(&mut self, system: System, name: &str, value: &str) {
        self.0
            .entry(system)
            .or_default()
            .insert(name.to_owned(), Zeroizing::new(value.to_owned()));
    }

    pub(crate) fn get(&self, system: System, name: &str) -> Option<&Zeroizing<String>> {
        self.0.get(&system)?.get(name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Systems something was entered for.
    pub(crate) fn systems(&self) -> impl Iterator<Item = System> {
        self.0.keys().copied()
    }

    fn all(&self) -> impl Iterator<Item = (System, &str, &str)> {
        self.0.iter().flat_map(|(system, names)| {
            names
                .iter()
                .map(|(name, value)| (*system, name.as_str(), value.as_str()))
        })
    }
}

/// What was entered, with what is in use already for the same places: a secret that could not be kept serves until the end
/// of the process, whatever else is edited meanwhile.
pub(crate) fn with_those_in_use(
    entered: &Secrets,
    in_use: &Connections,
    before: Option<&Source>,
    now: &Source,
) -> Secrets {
    let mut all = entered.clone();
    let (Some(Source::Real { connections: old }), Source::Real { connections: new }) =
        (before, now)
    else {
        return all;
    };
    for (system, connection) in new {
        let same = old.get(system).filter(|old| old.same_place(connection));
        let Some(config) = same.and(in_use.systems.get(system)) else {
            continue;
        };
        for name in &connection.secrets {
            if let Some(value) = config.secret(name)
                && entered.get(*system, name).is_none()
            {
                all.insert(*system, name, value);
            }
        }
    }
    all
}

/// Names of secrets that are set but not at hand, by system.
pub(crate) type Missing = BTreeMap<System, BTreeSet<String>>;

/// The connections of a source with their secrets. Where one is not at hand its system alone is withheld.
///
/// # Errors
/// `E_INPUT` when a sandbox describes no system.
pub(crate) async fn at_hand(
    source: &Source,
    store: &SecretStore,
    entered: &Secrets,
) -> Result<(Connections, Missing), Refusal> {
    let mut connections = source.connections()?;
    let mut missing = Missing::new();
    let Source::Real { connections: real } = source else {
        return Ok((connections, missing));
    };
    for (system, config) in &mut connections.systems {
        let names = real.get(system).map(|c| &c.secrets).into_iter().flatten();
        let mut trouble = None;
        for name in names {
            let kept = match entered.get(*system, name) {
                Some(value) => Ok(Some(value.clone())),
                None => store.get(system.as_str(), name).await,
            };
            match kept {
                Ok(Some(value)) => {
                    config.secrets.insert(name.clone(), value.to_string());
                    continue;
                }
                Ok(None) => {}
                Err(error) => trouble = Some(error),
            }
            missing.entry(*system).or_default().insert(name.clone());
        }
        if let Some(names) = missing.get(system) {
            let words = words(names, store.place(), trouble.as_ref());
            tracing::warn!(%system, words, "withheld");
            connections.withheld.insert(*system, words);
        }
    }
    Ok((connections, missing))
}

fn words(names: &BTreeSet<String>, place: KeySource, trouble: Option<&SecretError>) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let names = names.join(", ");
    let code = Code::Secret;
    match trouble {
        Some(error) => format!("{code}: {names} cannot be read: {error}"),
        None => format!(
            "{code}: {names} not found in {}; enter the connection again",
            describe(place)
        ),
    }
}

/// Where secrets are kept, for people.
pub(crate) const fn describe(place: KeySource) -> &'static str {
    match place {
        KeySource::Keyring => "the operating system's keyring",
        KeySource::Passphrase => "the sealed file secrets.json, under the passphrase",
        KeySource::File => "no place: this folder knows only the sandbox",
    }
}

/// Forgets every secret of the source before that does not go with the one that follows: of systems that are gone, of
/// addresses that changed, of fields that were entered anew. Before the new addresses are stored, so that no secret ever
/// stands beside an address it was not entered for.
pub(crate) async fn forget_others(
    store: &SecretStore,
    before: Option<&Source>,
    now: &Source,
    entered: &Secrets,
) -> Result<(), Refusal> {
    let none = BTreeMap::new();
    let real = |source: Option<&Source>| match source {
        Some(Source::Real { connections }) => Some(connections.clone()),
        _ => None,
    };
    let (Some(before), now) = (real(before), real(Some(now)).unwrap_or(none)) else {
        return Ok(());
    };
    for system in System::ALL {
        let (old, new) = (before.get(system), now.get(system));
        let stays = |name: &str| {
            entered.get(*system, name).is_none()
                && new.is_some_and(|new| {
                    new.secrets.contains(name) && old.is_some_and(|old| old.same_place(new))
                })
        };
        // A crash may have left one under a name no connection tells of.
        let mut names: BTreeSet<&str> = secret_fields(*system).collect();
        names.extend(
            old.iter()
                .flat_map(|c| c.secrets.iter().map(String::as_str)),
        );
        for name in names.into_iter().filter(|name| !stays(name)) {
            store
                .forget(system.as_str(), name)
                .await
                .map_err(|e| refusal(&e))?;
        }
    }
    Ok(())
}

/// Keeps what was entered.
pub(crate) async fn keep(store: &SecretStore, entered: &Secrets) -> Result<(), Refusal> {
    for (system, name, value) in entered.all() {
        store
            .put(system.as_str(), name, value)
            .await
            .map_err(|e| refusal(&e))?;
    }
    Ok(())
}

fn refusal(error: &SecretError) -> Refusal {
    Refusal::new(
        Code::Secret,
        format!("A secret could not be kept or forgotten: {error}."),
    )
}

/// Takes the secrets out of a stored source of the first version, which held them among the settings of the ledger. Nothing
/// when there are none.
pub(crate) fn take_from_first_version(stored: &mut Value) -> Secrets {
    let mut taken = Secrets::default();
    let connections = stored.get_mut("connections").and_then(Value::as_object_mut);
    for (system, connection) in connections.into_iter().flatten() {
        let (Ok(system), Some(secrets)) = (system.parse(), connection.get_mut("secrets")) else {
            continue;
        };
        if let Value::Object(values) = secrets {
            for (name, value) in values.iter().filter_map(|(n, v)| Some((n, v.as_str()?))) {
                taken.insert(system, name, value);
            }
            *secrets = values.keys().cloned().collect();
        }
    }
    taken
}

impl RealConnection {
    /// Whether it leads to the same hosts, so that a secret entered for the one belongs to the other.
    pub(crate) fn same_place(&self, other: &Self) -> bool {
        // Whoever is trusted besides may stand between.
        self.hosts() == other.hosts() && self.transport.authority == other.transport.authority
    }

    /// Where each of its addresses leads, by name: two that change places lead elsewhere.
    fn hosts(&self) -> BTreeMap<&str, String> {
        let settings = self.settings.iter();
        settings
            .map(|(name, value)| (name.as_str(), value))
            .chain([("base_url", &self.base_url)])
            .filter_map(|(name, value)| {
                Some((name, address(value)?.origin().ascii_serialization()))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base_url: &str, token_url: &str) -> RealConnection {
        RealConnection {
            base_url: base_url.to_owned(),
            settings: BTreeMap::from([("token_url".to_owned(), token_url.to_owned())]),
            ..RealConnection::default()
        }
    }

    #[test]
    fn a_secret_belongs_to_the_hosts_it_was_entered_for() {
        let first = at("https://cases.example/a", "https://id.example/token");
        assert!(first.same_place(&at("https://CASES.example/b", "https://id.example/v2")));
        assert!(!first.same_place(&at(
            "https://cases.example.evil",
            "https://id.example/token"
        )));
        assert!(!first.same_place(&at("https://cases.example/a", "https://evil.example/token")));
        assert!(!first.same_place(&at(
            "https://cases.example:8443",
            "https://id.example/token"
        )));
        // What reads as an address leads somewhere, however it is written, and two do not change places unnoticed.
        assert!(!first.same_place(&at("https://cases.example/a", "https:evil.example/token")));
        assert!(!first.same_place(&at("https://id.example/a", "https://cases.example/token")));
        let mut between = at("https://cases.example/a", "https://id.example/token");
        between.transport.authority = "somebody else's".to_owned();
        assert!(!first.same_place(&between));
    }

    #[test]
    fn secrets_of_the_first_version_are_taken_out_whole() {
        let mut stored = serde_json::json!({"kind": "real", "connections": {
            "tracker": {"base_url": "https://t.example", "secrets": {"username": "u", "password": "hunter2"}},
            "workflow": {"base_url": "https://w.example"}}});
        let taken = take_from_first_version(&mut stored);
        assert_eq!(
            taken.get(System::Tracker, "password").unwrap().as_str(),
            "hunter2"
        );
        assert!(!stored.to_string().contains("hunter2"));
        let Source::Real { connections } = serde_json::from_value(stored.clone()).unwrap() else {
            panic!("it was real");
        };
        assert!(connections[&System::Tracker].secrets.contains("password"));
        assert!(take_from_first_version(&mut stored).is_empty());
    }
}
