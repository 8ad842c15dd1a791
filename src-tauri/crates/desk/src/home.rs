//! A data folder, opened: key, lock, both databases, connections, clock, policy, playbooks, persons.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, atomic::AtomicI64},
    time::Duration,
};

use cache::Cache;
use connectors::{Clock, NetworkSwitch, clock::OffsetClock, sandbox_link};
use domain::{Millis, Person, Refusal, System, policy::Policy, refusal::Code, seal::SealingKey};
use ledger::{Actor, Ledger};
use serde_json::Value;
use sqlite::{FolderLock, Mode, key::KeySource, secrets::SecretStore};
use tokio::sync::{Mutex, Notify, RwLock, watch};
use zeroize::Zeroizing;

use crate::{
    Library, Persons, Secrets, Source, connect,
    joined::{Connectors, Joined},
    overlay::Unshown,
    problem::{Refuse, is_damaged_cache},
    secrets::Missing,
    wire,
};

const ACTING: &str = "acting_person";
const CACHE_FILE: &str = "cache.db";
const POLICY_FILE: &str = "policy.toml";
/// The longest an orderly end waits for what is under way.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked when a data folder is opened.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// The data folder; made if it does not exist.
    pub home: PathBuf,
    /// Passphrase a person gave, for folders that have one.
    pub passphrase: Option<Zeroizing<String>>,
    /// Connect to this sandbox (its first line) from now on.
    pub sandbox: Option<Value>,
    /// Connect to these systems from now on.
    pub source: Option<Source>,
    /// Secrets entered for them.
    pub secrets: Secrets,
    /// Act as this person.
    pub acting: Option<String>,
    /// Login of who sits at this machine, for real connections; absent is the user the program runs as.
    pub login: Option<String>,
    /// Only read, even when nobody owns the folder.
    pub read_only: bool,
}

fn login_here() -> String {
    std::env::var("USER").unwrap_or_else(|_| "local".to_owned())
}

/// The desk: the use cases and read models over one data folder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) home: PathBuf,
    pub(crate) cache: Cache,
    pub(crate) ledger: Ledger,
    pub(crate) network: NetworkSwitch,
    pub(crate) clock: OffsetClock,
    pub(crate) policy: Arc<Policy>,
    pub(crate) library: Library,
    pub(crate) state: std::sync::RwLock<State>,
    /// What the ledger announced and the overlay does not show yet.
    pub(crate) unshown: Mutex<Unshown>,
    /// One delivery run and one pull at a time in this process.
    pub(crate) pushing: Mutex<()>,
    pub(crate) pulling: Mutex<()>,
    /// Something was queued or released: the background run looks now.
    pub(crate) wake: Notify,
    /// Somebody wants fresh data now.
    pub(crate) pull_now: Notify,
    /// Held by whoever enters, edits or pauses connections, from reading them to storing them.
    pub(crate) connecting: Mutex<()>,
    /// Held for reading by whoever pulls, and for writing while the connections change.
    pub(crate) mirror: RwLock<()>,
    /// Counts how often other connections were asked for: pulls over the old ones end.
    pub(crate) reconnecting: watch::Sender<u64>,
    /// How far the wire journal is kept.
    pub(crate) wire: Mutex<wire::Kept>,
    /// What the signatures given here are sealed with.
    pub(crate) seal: SealingKey,
    /// When notices without an answer were last looked for, in milliseconds UTC.
    pub(crate) silence_looked_at: AtomicI64,
    /// When each proof of delivery was last asked for.
    pub(crate) proofs_asked: Mutex<crate::distribution::Asked>,
    /// When reviews were last looked through for reminders.
    pub(crate) reviews_looked_at: AtomicI64,
    /// Last change of the mirror, and when, that partners of reviews were looked at.
    pub(crate) partners_looked_at: (AtomicI64, AtomicI64),
    /// Who sits at this machine.
    pub(crate) login: String,
    pub(crate) warnings: Vec<String>,
    read_only: Option<String>,
    _lock: Option<FolderLock>,
}

/// What can change while the folder is open.
pub(crate) struct State {
    pub(crate) source: Option<Source>,
    /// The value of `reconnecting` these connections belong to.
    pub(crate) connected: u64,
    /// Where the secrets of the connections are kept.
    pub(crate) store: SecretStore,
    /// Secrets that are set but not there.
    pub(crate) missing: Missing,
    pub(crate) joined: Joined,
    pub(crate) persons: Persons,
    pub(crate) acting: Person,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("home", &self.home)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

impl Desk {
    /// Opens a data folder. Where another process owns it, or its ledger may not be written, it is open for reading only
    /// and [`Desk::read_only`] says why.
    ///
    /// # Errors
    /// `E_INTEGRITY` and others, when it cannot be read at all; `E_PASSPHRASE` when one opens it and none
    /// or a wrong one was given; `E_AUTH` without its key.
    pub async fn open(options: OpenOptions) -> Result<Self, Refusal> {
        match Self::open_once(options.clone()).await {
            // What is marked as damaged is set aside by the second look.
            Err(refusal) if is_damaged_cache(&refusal) => {
                cache::mark_damaged(&options.home.join(CACHE_FILE));
                Self::open_once(options).await
            }
            opened => opened,
        }
    }

    /// Has the next start set the cache aside when a call was refused because it is damaged.
    pub fn note_damage(&self, refusal: &Refusal) {
        if is_damaged_cache(refusal) {
            cache::mark_damaged(self.inner.cache.database().path());
        }
    }

    async fn open_once(options: OpenOptions) -> Result<Self, Refusal> {
        let home = options.home.clone();
        let unusable = |e: &dyn std::fmt::Display| {
            Refusal::new(
                Code::Internal,
                format!("The data folder cannot be used: {e}"),
            )
        };
        let (lock, mut reason) = match FolderLock::take(&home) {
            _ if options.read_only => (None, Some("only reading was asked for".to_owned())),
            Ok(lock) => (Some(lock), None),
            Err(sqlite::LockError::Locked { by }) => {
                let who = by
                    .map(|pid| format!(" (process {pid})"))
                    .unwrap_or_default();
                (
                    None,
                    Some(format!(
                        "Another program{who} works on this data folder; this one only reads."
                    )),
                )
            }
            Err(error) => return Err(unusable(&error)),
        };
        let mode = if lock.is_some() {
            Mode::ReadWrite
        } else {
            Mode::ReadOnly
        };
        let key = connect::open_key(&options, lock.is_some()).await?;
        let mut warnings: Vec<String> = key.warning.iter().cloned().collect();

        let policy = Arc::new(load_policy(&home)?);
        let ledger = Ledger::open(&home, &key.key, mode).await.refuse()?;
        ledger.set_policy_hash(policy.hash());
        reason = reason.or_else(|| ledger.read_only().map(str::to_owned));
        let settled = connect::settle(&ledger, &key.secrets, &options, reason.is_none()).await?;
        warnings.extend(settled.warning.clone());
        let source = settled.source.clone();
        if source.as_ref().is_some_and(|s| !s.is_sandbox()) && key.source == KeySource::File {
            return Err(Refusal::new(
                Code::Auth,
                "A folder with real connections may not keep its key in a file.",
            ));
        }
        let path = home.join(CACHE_FILE);
        let cache_policy = Arc::new(connect::policy_for_cache(&policy, source.as_ref()));
        let cache = Cache::open(&path, &key.key.derive("cache"), mode, cache_policy.clone())
            .await
            .refuse()?;
        if let Some(aside) = cache.set_aside() {
            warnings.push(format!(
                "The cache could not be read and is filled again; the old one lies in {}.",
                aside.display()
            ));
        }
        if let (Some(source), Mode::ReadWrite) = (&source, mode) {
            cache.belong_to(&source.origin()).await.refuse()?;
        }
        let library = Library::load(&home);
        warnings.extend(library.problems.iter().cloned());

        let login = options.login.clone().unwrap_or_else(login_here);
        let clock = OffsetClock::default();
        let network = NetworkSwitch::default();
        let (persons, pins) = connect::persons_of(source.as_ref(), &login);

        if reason.is_none() {
            give_pins(&ledger, pins, clock.now()).await?;
        }
        let acting = acting_person(&ledger, &persons, options.acting.as_deref()).await?;
        let (joined, missing) =
            connect::joined_of(&settled, &key.secrets, &network, &clock).await?;
        // Before everything is read, so that nothing falls between.
        let unshown = Mutex::new(Unshown::listen(ledger.changes()));
        let desk = Self {
            inner: Arc::new(Inner {
                home,
                cache,
                ledger,
                network,
                clock,
                policy,
                library,
                state: std::sync::RwLock::new(State {
                    source,
                    connected: 0,
                    store: key.secrets,
                    missing,
                    joined,
                    persons,
                    acting,
                }),
                unshown,
                pushing: Mutex::new(()),
                pulling: Mutex::new(()),
                wake: Notify::new(),
                pull_now: Notify::new(),
                connecting: Mutex::new(()),
                mirror: RwLock::new(()),
                reconnecting: watch::Sender::new(0),
                wire: Mutex::new(wire::Kept::new()),
                silence_looked_at: AtomicI64::new(i64::MIN),
                proofs_asked: Mutex::default(),
                reviews_looked_at: AtomicI64::new(i64::MIN),
                partners_looked_at: (AtomicI64::new(-1), AtomicI64::new(i64::MIN)),
                seal: SealingKey::of(&key.key.derive("seal").secret()),
                login,
                warnings,
                read_only: reason,
                _lock: lock,
            }),
        };
        desk.follow_clock().await;
        if desk.read_only().is_none() {
            desk.rebuild_overlay().await?;
        }
        Ok(desk)
    }

    /// Whether a folder holds no ledger yet, so that opening it begins one.
    #[must_use]
    pub fn is_new(home: &Path) -> bool {
        !Ledger::exists(home)
    }

    /// The orderly end: lets the delivery and the pull under way finish, then closes both databases, so that their last
    /// commit is in the file and no log lies beside it. What is asked afterwards fails. Waits at most some seconds; what
    /// could not be finished by then is taken up at the next start, as after a crash.
    pub async fn close(&self) {
        let orderly = async {
            let _nothing_is_sent = self.inner.pushing.lock().await;
            let _nothing_is_pulled = self.inner.pulling.lock().await;
            self.keep_wire().await;
            self.inner.ledger.close().await;
            self.inner.cache.close().await;
        };
        if tokio::time::timeout(PATIENCE, orderly).await.is_err() {
            tracing::warn!("the databases are still in use at the end");
        }
    }

    /// Why nothing can be written, if nothing can.
    #[must_use]
    pub fn read_only(&self) -> Option<&str> {
        self.inner.read_only.as_deref()
    }

    /// What a person should know about this start.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.inner.warnings
    }

    /// Now, by the clock of this folder.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.inner.clock.now()
    }

    /// Takes the offset of the sandbox's clock, where the folder knows only a sandbox. Keeps the last one when it does
    /// not answer.
    pub async fn follow_clock(&self) {
        let admin = self
            .source()
            .and_then(|s| s.connections().ok())
            .and_then(|c| c.sandbox_admin);
        if let Some(admin) = admin
            && self.inner.network.is_online()
            && let Ok(offset) = sandbox_link::clock_offset(&admin).await
        {
            self.inner.clock.set_offset(offset);
        }
    }

    /// Where the data comes from.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        self.state(|s| s.source.clone())
    }

    /// The person who acts.
    #[must_use]
    pub fn person(&self) -> Person {
        self.state(|s| s.acting.clone())
    }

    /// Everybody who may act here.
    #[must_use]
    pub fn persons(&self) -> Persons {
        self.state(|s| s.persons.clone())
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// Acts as another person from now on.
    ///
    /// # Errors
    /// `E_FORBIDDEN` on real connections, `E_NOT_FOUND` for nobody of this name.
    pub async fn act_as(&self, id: &str) -> Result<Person, Refusal> {
        let person = self.persons().choose(id)?;
        if self.read_only().is_none() {
            self.inner
                .ledger
                .set_setting(ACTING, &id, &self.actor(), self.now())
                .await
                .refuse()?;
        }
        self.change(|s| s.acting = person.clone());
        Ok(person)
    }

    /// Refuses where only reading is possible, and to who may only read.
    pub(crate) fn may_act(&self) -> Result<(), Refusal> {
        self.writable()?;
        if self.person().may_act() {
            return Ok(());
        }
        Err(Refusal::new(
            Code::Forbidden,
            "Auditors read everything and change nothing.",
        ))
    }

    /// Refuses where only reading is possible.
    pub(crate) fn writable(&self) -> Result<(), Refusal> {
        match self.read_only() {
            None => Ok(()),
            Some(why) => Err(Refusal::new(Code::Locked, why)),
        }
    }

    pub(crate) fn connectors(&self) -> Arc<Connectors> {
        self.state(|s| s.joined.connectors.clone())
    }

    pub(crate) fn connected(&self) -> BTreeSet<System> {
        self.connectors().keys().copied().collect()
    }

    pub(crate) fn actor(&self) -> Actor {
        let person = self.person();
        Actor::person(person.id, person.time_zone)
    }

    pub(crate) fn state<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(
            &self
                .inner
                .state
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    pub(crate) fn change(&self, write: impl FnOnce(&mut State)) {
        write(
            &mut self
                .inner
                .state
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}

/// The PINs a sandbox hands out, for persons who have none yet.
pub(crate) async fn give_pins(
    ledger: &Ledger,
    pins: Vec<(domain::PersonId, String)>,
    now: Millis,
) -> Result<(), Refusal> {
    for (person, pin) in pins {
        if !ledger.has_pin(&person).await.refuse()? {
            ledger
                .set_pin(&person, &pin, &Actor::system(), now)
                .await
                .refuse()?;
        }
    }
    Ok(())
}

fn load_policy(home: &Path) -> Result<Policy, Refusal> {
    let over = match std::fs::read_to_string(home.join(POLICY_FILE)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(Refusal::new(
                Code::Input,
                format!("The policy cannot be read: {error}"),
            ));
        }
    };
    Policy::load(over.as_deref()).map_err(|e| Refusal::new(Code::Input, e.to_string()))
}

async fn acting_person(
    ledger: &Ledger,
    persons: &Persons,
    asked: Option<&str>,
) -> Result<Person, Refusal> {
    if let Some(id) = asked {
        return persons.choose(id);
    }
    let stored: Option<String> = ledger.setting(ACTING).await.refuse()?;
    let nobody = || Refusal::new(Code::NotFound, "This data folder names nobody who may act.");
    stored
        .and_then(|id| persons.get(&id).cloned())
        .or_else(|| persons.all.first().cloned())
        .ok_or_else(nobody)
}
