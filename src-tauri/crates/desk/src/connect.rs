//! Which systems a data folder is connected to: what is stored, what replaces it, and the connectors made of it.

use std::sync::Arc;

use connectors::{Clock, Connections, NetworkSwitch, clock::OffsetClock};
use domain::{Millis, Refusal, System, policy::Policy, refusal::Code};
use ledger::{Actor, Ledger, StepFilter};
use serde_json::Value;
use sqlite::{
    key::{self, KeyError, KeyRequest, KeySource, OpenedKey},
    secrets::SecretStore,
};
use zeroize::Zeroizing;

use crate::{
    Desk, OpenOptions, Persons, Secrets, Source,
    connections::SETTING,
    home,
    joined::Joined,
    problem::Refuse,
    secrets::{self, Missing},
};

/// Where a folder leads when it is opened.
pub(crate) struct Settled {
    pub(crate) source: Option<Source>,
    /// Secrets that are at hand but could not be kept: of a folder that is only read, or of a keyring that refused.
    pub(crate) loose: Secrets,
    pub(crate) warning: Option<String>,
}

impl Desk {
    /// Connects to other systems from now on. The mirror belongs to the old ones and is emptied where any of them is gone or
    /// leads elsewhere, and so are their secrets.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading, `E_STATE` while steps for the old systems are open, `E_PASSPHRASE` where real
    /// connections need a better place for the key than a file, there is no keyring, and `passphrase` is not given either,
    /// `E_SECRET` when a secret cannot be kept.
    pub async fn connect_to(
        &self,
        source: Source,
        entered: Secrets,
        passphrase: Option<Zeroizing<String>>,
    ) -> Result<(), Refusal> {
        let _one_at_a_time = self.inner.connecting.lock().await;
        self.reconnect(source, entered, passphrase).await
    }

    /// The same, for whoever holds `connecting` since reading what it changes.
    pub(crate) async fn reconnect(
        &self,
        source: Source,
        entered: Secrets,
        passphrase: Option<Zeroizing<String>>,
    ) -> Result<(), Refusal> {
        self.writable()?;
        let before = self.source();
        not_left_open(&self.inner.ledger, before.as_ref(), &source).await?;
        let mut store = self.state(|s| s.store.clone());
        if !source.is_sandbox() && store.place() == KeySource::File {
            let request = KeyRequest {
                folder: self.inner.home.clone(),
                passphrase,
                sandbox_only: false,
                prefer: None,
            };
            store = key::leave_file(&request)
                .await
                .map_err(|e| no_key(&e))?
                .secrets;
            self.change(|s| s.store = store.clone());
        }
        let now = self.now();
        let ledger = &self.inner.ledger;
        let between = self.between_pulls().await;
        // Delivery ends its round over the old connections first, and is told by the number that others are asked for.
        let nothing_is_sent = self.inner.pushing.lock().await;
        self.keep_wire().await;
        replace(ledger, &store, before.as_ref(), &source, &entered, now).await?;
        // A secret that cannot be kept serves until the end of this process; the person is told.
        let kept = keep(ledger, &store, &entered, now).await;
        let known = self.with_those_in_use(&entered, &source);
        let (connections, missing) = secrets::at_hand(&source, &store, &known).await?;
        let joined = self.state(|s| s.joined.clone()).with(
            &source,
            connections,
            |system| entered.systems().any(|one| one == system),
            &self.inner.network,
            &self.inner.clock,
        );
        let (persons, pins) = persons_of(Some(&source), &self.inner.login);
        home::give_pins(ledger, pins, now).await?;
        let cache = &self.inner.cache;
        cache.belong_to(&source.origin()).await.refuse()?;
        let policy = Arc::new(policy_for_cache(&self.inner.policy, Some(&source)));
        cache.set_policy(policy).await.refuse()?;
        self.change(|s| {
            s.joined = joined;
            if let Some(first) = persons
                .get(s.acting.id.as_str())
                .or_else(|| persons.all.first())
            {
                s.acting = first.clone();
            }
            s.persons = persons;
            s.source = Some(source);
            s.missing = missing;
        });
        drop(between);
        drop(nothing_is_sent);
        self.inner.wake.notify_waiters();
        self.follow_clock().await;
        self.rebuild_overlay().await?;
        kept
    }

    /// The sandbox of this folder answers elsewhere now, with the same company: mirror and cursors stay.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading; `E_STATE` when the folder belongs to real systems.
    pub async fn sandbox_moved(&self, description: Value) -> Result<(), Refusal> {
        self.writable()?;
        if self.source().is_some_and(|s| !s.is_sandbox()) {
            return Err(Refusal::new(
                Code::State,
                "This data folder is connected to real systems.",
            ));
        }
        let source = Source::sandbox_after(self.source().as_ref(), description);
        let connections = source.connections()?;
        let joined = self.state(|s| s.joined.clone()).with(
            &source,
            connections,
            |_| false,
            &self.inner.network,
            &self.inner.clock,
        );
        if self.source().as_ref() != Some(&source) {
            store_source(&self.inner.ledger, &source, self.now()).await?;
        }
        let (persons, pins) = persons_of(Some(&source), &self.inner.login);
        home::give_pins(&self.inner.ledger, pins, self.now()).await?;
        let between = self.between_pulls().await;
        self.keep_wire().await;
        self.change(|s| {
            s.joined = joined;
            s.persons = persons;
            s.source = Some(source);
        });
        drop(between);
        self.follow_clock().await;
        Ok(())
    }

    /// What was entered for a source, with what is in use already for the same places.
    pub(crate) fn with_those_in_use(&self, entered: &Secrets, source: &Source) -> Secrets {
        let (before, joined) = self.state(|s| (s.source.clone(), s.joined.clone()));
        secrets::with_those_in_use(entered, joined.made_of(), before.as_ref(), source)
    }

    /// The connections of a source with the secrets kept for it, and those just entered.
    pub(crate) async fn at_hand(
        &self,
        source: &Source,
        entered: &Secrets,
    ) -> Result<Connections, Refusal> {
        let store = self.state(|s| s.store.clone());
        Ok(secrets::at_hand(source, &store, entered).await?.0)
    }

    /// Names of secrets that are set but were not found where they are kept, by system. Their systems wait for them.
    #[must_use]
    pub fn missing_secrets(&self) -> Missing {
        self.state(|s| s.missing.clone())
    }

    /// Where the key and the secrets of this folder are kept.
    #[must_use]
    pub fn key_source(&self) -> KeySource {
        self.state(|s| s.store.place())
    }

    /// The same in words.
    #[must_use]
    pub fn secrets_are_in(&self) -> &'static str {
        secrets::describe(self.key_source())
    }
}

/// The key of a folder. One that lies in a file moves before real connections are entered.
pub(crate) async fn open_key(options: &OpenOptions, owner: bool) -> Result<OpenedKey, Refusal> {
    let request = KeyRequest {
        folder: options.home.clone(),
        passphrase: options.passphrase.clone(),
        // Whether the key may stay in a file is checked once more when it is known what the folder connects to.
        sandbox_only: !matches!(options.source, Some(Source::Real { .. })),
        prefer: None,
    };
    match key::open(&request).await {
        Err(KeyError::FileRefused) if owner => key::leave_file(&request).await,
        other => other,
    }
    .map_err(|e| no_key(&e))
}

fn no_key(error: &KeyError) -> Refusal {
    let reason = match error {
        KeyError::NoKeyring(_) => "keyring_unusable",
        KeyError::KeyringEmpty => "keyring_empty",
        KeyError::NoPlace(_) => "no_place",
        KeyError::PassphraseNeeded => "passphrase_needed",
        KeyError::WrongPassphrase => "passphrase_wrong",
        KeyError::FileRefused => "key_in_file",
        KeyError::KeyFileGone => "key_file_gone",
        KeyError::OtherKey => "other_key",
        KeyError::Unreadable(_) => "key_unreadable",
    };
    let code = match error {
        KeyError::PassphraseNeeded | KeyError::WrongPassphrase | KeyError::NoPlace(_) => {
            Code::Passphrase
        }
        _ => Code::Auth,
    };
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    Refusal::new(
        code,
        format!("{}{}.", first.unwrap_or_default(), letters.as_str()),
    )
    .with(serde_json::json!({"reason": reason}))
}

/// What the folder connects to: what was asked for now, else what is stored. Secrets of the first version, which lay among
/// the settings, go where secrets are kept.
pub(crate) async fn settle(
    ledger: &Ledger,
    store: &SecretStore,
    options: &OpenOptions,
    may_write: bool,
) -> Result<Settled, Refusal> {
    let now = OffsetClock::default().now();
    let mut settled = Settled {
        source: None,
        loose: Secrets::default(),
        warning: None,
    };
    let mut stored = ledger.setting::<Value>(SETTING).await.refuse()?;
    let first_version = stored
        .as_mut()
        .map(secrets::take_from_first_version)
        .unwrap_or_default();
    let stored: Option<Source> = stored.map(serde_json::from_value).transpose().map_err(|_| {
        // Its words may quote what was read. Taken as none, the next start would connect the folder to a sandbox.
        Refusal::new(
            Code::Integrity,
            "What this data folder is connected to cannot be read. It may be of a newer version of this program.",
        )
    })?;
    if let Some(stored) = stored.as_ref().filter(|_| !first_version.is_empty()) {
        let moved = if may_write {
            out_of_ledger(ledger, store, stored, &first_version, now).await
        } else {
            Ok(())
        };
        if let Err(refusal) = moved {
            settled.warning = Some(format!(
                "Secrets of the first version stay in the ledger: {}",
                refusal.message
            ));
        }
        settled.loose = first_version;
    }
    let given = match (&options.source, &options.sandbox) {
        (Some(source), _) => Some(source.clone()),
        (None, Some(description)) => {
            Some(Source::sandbox_after(stored.as_ref(), description.clone()))
        }
        (None, None) => None,
    };
    settled.source = match (given, stored) {
        // Real connections are never replaced by the embedded sandbox of a mere start.
        (Some(Source::Sandbox { .. }), Some(real @ Source::Real { .. }))
            if options.source.is_none() =>
        {
            Some(real)
        }
        (Some(given), stored) => {
            not_left_open(ledger, stored.as_ref(), &given).await?;
            if may_write && (stored.as_ref() != Some(&given) || !options.secrets.is_empty()) {
                let entered = &options.secrets;
                replace(ledger, store, stored.as_ref(), &given, entered, now).await?;
                keep(ledger, store, entered, now).await?;
            }
            settled.loose = options.secrets.clone();
            Some(given)
        }
        (None, stored) => stored,
    };
    Ok(settled)
}

/// Once: what lay among the settings goes where secrets are kept, and the ledger is written anew without it.
async fn out_of_ledger(
    ledger: &Ledger,
    store: &SecretStore,
    source: &Source,
    found: &Secrets,
    now: Millis,
) -> Result<(), Refusal> {
    secrets::keep(store, found).await?;
    store_source(ledger, source, now).await?;
    ledger.write_anew().await.refuse()
}

/// Steps of one kind of systems never go to the other kind, and those of one system never to another one in its place.
async fn not_left_open(
    ledger: &Ledger,
    before: Option<&Source>,
    now: &Source,
) -> Result<(), Refusal> {
    let Some(before) = before else {
        return Ok(());
    };
    for system in System::ALL
        .iter()
        .filter(|system| before.moves(now, **system))
    {
        let filter = StepFilter {
            open: true,
            system: Some(system.to_string()),
            ..StepFilter::default()
        };
        if !ledger.list_steps(&filter, 1, 0).await.refuse()?.is_empty() {
            return Err(Refusal::new(
                Code::State,
                format!(
                    "Steps still wait for the {system} connected now: deliver or cancel them first."
                ),
            ));
        }
    }
    Ok(())
}

/// Stores another source, after which [`keep`] keeps the secrets entered for it. In this order a crash leaves a connection
/// without its secret, which asks for it again, and never a secret beside an address it was not entered for.
async fn replace(
    ledger: &Ledger,
    store: &SecretStore,
    before: Option<&Source>,
    source: &Source,
    entered: &Secrets,
    now: Millis,
) -> Result<(), Refusal> {
    secrets::forget_others(store, before, source, entered).await?;
    store_source(ledger, source, now).await
}

/// Keeps what was entered; what waited for it goes on.
async fn keep(
    ledger: &Ledger,
    store: &SecretStore,
    entered: &Secrets,
    now: Millis,
) -> Result<(), Refusal> {
    secrets::keep(store, entered).await?;
    for system in entered.systems() {
        ledger
            .resume_system(system, &Actor::system(), now)
            .await
            .refuse()?;
    }
    Ok(())
}

async fn store_source(ledger: &Ledger, source: &Source, now: Millis) -> Result<(), Refusal> {
    ledger
        .set_setting(SETTING, source, &Actor::system(), now)
        .await
        .refuse()
}

/// The partners a sandbox describes bring their interchange addresses with them; elsewhere the policy names them.
pub(crate) fn policy_for_cache(policy: &Policy, source: Option<&Source>) -> Policy {
    let mut policy = policy.clone();
    if let Some(Source::Sandbox { description, .. }) = source
        && let Some(Value::Object(addresses)) = description.get("partner_addresses")
    {
        for (address, partner) in addresses {
            if let Some(partner) = partner.as_str() {
                policy
                    .partner_addresses
                    .entry(address.clone())
                    .or_insert_with(|| partner.to_owned());
            }
        }
    }
    policy
}

/// Who may act, with the PINs a sandbox gives; `login` is who sits at this machine.
pub(crate) fn persons_of(
    source: Option<&Source>,
    login: &str,
) -> (Persons, Vec<(domain::PersonId, String)>) {
    match source {
        Some(Source::Sandbox { description, .. }) => Persons::of_sandbox(description),
        _ => (Persons::local(login), Vec::new()),
    }
}

/// Connectors, and the names of secrets that were not found, of a folder that is being opened.
pub(crate) async fn joined_of(
    settled: &Settled,
    store: &SecretStore,
    network: &NetworkSwitch,
    clock: &OffsetClock,
) -> Result<(Joined, Missing), Refusal> {
    let Some(source) = &settled.source else {
        return Ok((Joined::default(), Missing::new()));
    };
    let (connections, missing) = secrets::at_hand(source, store, &settled.loose).await?;
    let joined = Joined::default().with(source, connections, |_| false, network, clock);
    Ok((joined, missing))
}
