//! One session for each system, shared by pull and push: sign-in and renewal, pace, offline switch, limits.

mod check;
mod classes;
mod clients;
mod exchange;
mod proof;
mod strike;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::{Millis, System};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

pub use check::Probe;
pub(crate) use clients::Clients;

use crate::{
    CallError, Clock, ConnectionConfig, PullError,
    http::{Answer, Ask, is_loopback},
    limits::{Budget, MAX_WAIT},
    pace::Pace,
    sign_in::{Proof, SignIn},
    wire_log::{WireCall, WireLog},
};

/// The switch that takes the console off the network, at the connectors and nowhere else.
#[derive(Debug, Clone)]
pub struct NetworkSwitch(Arc<AtomicBool>);

impl Default for NetworkSwitch {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl NetworkSwitch {
    /// Whether calls may go out.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Turns the network on or off for every session that shares this switch.
    pub fn set_online(&self, online: bool) {
        self.0.store(online, Ordering::SeqCst);
    }
}

/// Secrets of one connection, wiped when dropped, never shown.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, Zeroizing<String>>);

impl Secrets {
    /// A secret by name; empty counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(|v| v.as_str())
            .filter(|v| !v.is_empty())
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

/// What all connectors of a data folder share.
#[derive(Debug, Clone)]
pub struct SessionParts {
    /// Offline switch.
    pub network: NetworkSwitch,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Longest wait for a whole answer: what a call allows itself is cut to it.
    pub patience: Duration,
}

impl SessionParts {
    /// With the patience a connection has.
    #[must_use]
    pub fn new(network: NetworkSwitch, clock: Arc<dyn Clock>) -> Self {
        Self {
            network,
            clock,
            patience: MAX_WAIT,
        }
    }
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq)]
pub enum WireError {
    /// Nothing left this machine.
    NotSent(String),
    /// The system is left alone until then; nothing was sent.
    Paused(Millis, String),
    /// Sent, and no whole answer seen.
    Lost(String),
    /// An answer larger than the limit.
    TooLarge(String),
    /// Sign-in refused.
    SignIn(String),
}

impl WireError {
    /// Why, in words.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::NotSent(words)
            | Self::Paused(_, words)
            | Self::Lost(words)
            | Self::TooLarge(words)
            | Self::SignIn(words) => words,
        }
    }
}

/// One system, signed in.
#[derive(Debug)]
pub struct Session {
    system: System,
    base: Result<Url, String>,
    origins: Vec<url::Origin>,
    sign_in: SignIn,
    secrets: Secrets,
    parts: SessionParts,
    clients: Result<Clients, String>,
    proof: tokio::sync::Mutex<Option<Proof>>,
    refused: Mutex<Option<proof::Refused>>,
    /// Whether a call was let in since the last one that was not. Until then one call goes first and the others wait for it:
    /// a wrong password is sent once, not with every call of a pull.
    let_in: AtomicBool,
    first: tokio::sync::Mutex<()>,
    pace: Pace,
    log: WireLog,
}

/// An address that may carry secrets: https, or http to this machine.
fn usable(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("the address does not read: {e}"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("the address must begin with https".to_owned()),
    }
}

impl Session {
    /// A session for a connection. A connection that cannot be used safely says so with every call.
    #[must_use]
    pub fn new(
        system: System,
        config: &ConnectionConfig,
        sign_in: SignIn,
        parts: &SessionParts,
    ) -> Self {
        let base = usable(config.base_url.trim_end_matches('/'));
        let mut origins: Vec<url::Origin> = base.iter().map(Url::origin).collect();
        let named = config
            .settings
            .values()
            .map(String::as_str)
            .chain(sign_in.addresses());
        origins.extend(named.filter_map(|t| usable(t).ok()).map(|u| u.origin()));
        let local = base.as_ref().is_ok_and(is_loopback);
        let transport = &config.transport;
        let most = transport.requests_per_second;
        // The Windows domain of a Content Server login is a setting, but it travels with the login.
        let domain = config.settings.iter().filter(|(name, _)| *name == "domain");
        let secrets = config
            .secrets
            .iter()
            .chain(domain)
            .map(|(name, value)| (name.clone(), Zeroizing::new(value.clone())));
        Self {
            system,
            base,
            origins,
            sign_in,
            secrets: Secrets(secrets.collect()),
            parts: parts.clone(),
            clients: Clients::new(transport),
            proof: tokio::sync::Mutex::new(None),
            refused: Mutex::new(None),
            let_in: AtomicBool::new(false),
            first: tokio::sync::Mutex::new(()),
            pace: Pace::new(most.unwrap_or(if local { 0 } else { 25 }).into()),
            log: WireLog::default(),
        }
    }

    /// System.
    #[must_use]
    pub fn system(&self) -> System {
        self.system
    }

    /// Now, by the clock the session was given.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.parts.clock.now()
    }

    /// The last calls with a number above `after`, oldest first.
    #[must_use]
    pub fn recent_calls(&self, after: u64) -> Vec<WireCall> {
        self.log.after(after)
    }

    /// Sends a request and gives back the answer, whatever its status. A refused token is renewed once and the request
    /// repeated: 401 says that nothing was done. Where that is refused too, nothing more is sent for a while that grows with
    /// every refusal in a row.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn send(&self, ask: &Ask) -> Result<Answer, WireError> {
        let first = if self.let_in.load(Ordering::SeqCst) {
            None
        } else {
            Some(self.first.lock().await)
        };
        // Whoever waited goes on beside the others once one was let in.
        let _first = first.filter(|_| !self.let_in.load(Ordering::SeqCst));
        if let Some((until, words)) = self.pace.paused(self.now()) {
            return Err(WireError::Paused(until, words));
        }
        let proof = self.proof(None).await?;
        let mut answer = self.once(ask, Some(&proof), 1).await?;
        if answer.status == 401 && self.sign_in.renews() {
            let renewed = self.proof(Some(&proof)).await?;
            answer = self.once(ask, Some(&renewed), 2).await?;
        }
        if answer.status == 401 {
            let words = answer.words();
            self.let_in.store(false, Ordering::SeqCst);
            self.remember_refusal(&words);
            return Err(WireError::SignIn(words));
        }
        self.let_in.store(true, Ordering::SeqCst);
        if answer.is_success() {
            self.forget_refusal();
        }
        Ok(answer)
    }

    /// Reads: a 2xx answer, or the class of the failure.
    ///
    /// # Errors
    /// A [`PullError`].
    pub async fn read(&self, ask: &Ask) -> Result<Answer, PullError> {
        let answer = self.send(ask).await.map_err(PullError::from)?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(answer.pull_error())
        }
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// A [`PullError`]; an answer that is no JSON is `Drift`.
    pub async fn read_json(&self, ask: &Ask) -> Result<Value, PullError> {
        self.read(ask).await?.json().map_err(PullError::Drift)
    }

    /// Reads JSON that is kept with other answers of the same pull.
    ///
    /// # Errors
    /// A [`PullError`]; an answer that is no JSON, or one too many, is `Drift`.
    pub async fn read_json_within(&self, ask: &Ask, budget: &Budget) -> Result<Value, PullError> {
        let answer = self.read(ask).await?;
        budget.answer(&answer.body)?;
        answer.json().map_err(PullError::Drift)
    }

    /// Writes once: a 2xx answer, or the class of the failure.
    ///
    /// # Errors
    /// A [`CallError`].
    pub async fn write(&self, ask: &Ask) -> Result<Answer, CallError> {
        let answer = self.send(ask).await.map_err(CallError::from)?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(answer.call_error())
        }
    }

    /// Writes once and reads the JSON answer; a 2xx that cannot be read leaves the outcome unknown.
    ///
    /// # Errors
    /// A [`CallError`].
    pub async fn write_json(&self, ask: &Ask) -> Result<(Answer, Value), CallError> {
        let answer = self.write(ask).await?;
        match answer.json() {
            Ok(body) => Ok((answer, body)),
            Err(words) => Err(CallError::Unknown(words)),
        }
    }
}
