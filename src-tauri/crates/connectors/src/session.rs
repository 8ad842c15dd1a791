//! One session for each system, shared by pull and push: sign-in and renewal, pace, offline switch, limits.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{Millis, System, time::MINUTE};
use http::Method;
use serde_json::Value;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::{
    CallError, Clock, ConnectionConfig, PullError,
    http::{Answer, Ask, Body, cause},
    limits::{BodyProblem, read_body},
    pace::Pace,
    port::CheckStep,
    sign_in::{Proof, SignIn},
    text::safe_file_name,
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

/// One system, signed in.
#[derive(Debug)]
pub struct Session {
    system: System,
    base: Result<Url, String>,
    origins: Vec<url::Origin>,
    sign_in: SignIn,
    secrets: Secrets,
    parts: SessionParts,
    client: Option<reqwest::Client>,
    proof: tokio::sync::Mutex<Option<Proof>>,
    refused: Mutex<Option<(Millis, String)>>,
    pace: Pace,
    log: WireLog,
}

/// How long a refused sign-in is not tried again by itself, so that no account is locked by trying.
const REFUSED_PAUSE: i64 = MINUTE;

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
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
            .chain(sign_in.address());
        origins.extend(named.filter_map(|t| usable(t).ok()).map(|u| u.origin()));
        let local = base.as_ref().is_ok_and(is_loopback);
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(20))
            .user_agent(concat!("partner-console/", env!("CARGO_PKG_VERSION")));
        if local {
            builder = builder.no_proxy();
        }
        let client = builder.build().ok();
        let per_second = config
            .setting("requests_per_second")
            .and_then(|n| n.parse().ok());
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
            client,
            proof: tokio::sync::Mutex::new(None),
            refused: Mutex::new(None),
            pace: Pace::new(per_second.unwrap_or(if local { 0 } else { 25 })),
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

    /// The last calls.
    #[must_use]
    pub fn recent_calls(&self) -> Vec<WireCall> {
        self.log.list()
    }

    /// Sends a request and gives back the answer, whatever its status. A refused token is renewed once and the request
    /// repeated: 401 says that nothing was done.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn send(&self, ask: &Ask) -> Result<Answer, WireError> {
        let now = self.now();
        if let Some((until, words)) = self.pace.paused(now) {
            return Err(WireError::Paused(until, words));
        }
        let proof = self.proof(None).await?;
        let answer = self.once(ask, Some(&proof), 1).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        if self.sign_in.address().is_none() {
            let words = answer.words();
            self.remember_refusal(&words);
            return Err(WireError::SignIn(words));
        }
        let renewed = self.proof(Some(&proof)).await?;
        let answer = self.once(ask, Some(&renewed), 2).await?;
        if answer.status == 401 {
            return Err(WireError::SignIn(answer.words()));
        }
        Ok(answer)
    }

    /// A proof that holds; `stale` is one the other side just refused. One caller signs in, the others wait for it.
    async fn proof(&self, stale: Option<&Proof>) -> Result<Proof, WireError> {
        let mut held = self.proof.lock().await;
        let now = self.now();
        if let Some(proof) = held.as_ref().filter(|p| p.holds(now))
            && stale.is_none_or(|s| s.value != proof.value)
        {
            return Ok(proof.clone());
        }
        let refused = self
            .refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((at, words)) = refused
            && now.since(at) < REFUSED_PAUSE
            && now >= at
        {
            return Err(WireError::SignIn(words));
        }
        if let Some(proof) = self.sign_in.at_hand(&self.secrets) {
            return Ok(held.insert(proof).clone());
        }
        let Some(ask) = self.sign_in.ask(&self.secrets) else {
            return Err(WireError::SignIn(
                "this connection names no sign-in".to_owned(),
            ));
        };
        *held = None;
        let answer = match self.once(&ask, None, 1).await {
            // A sign-in has no effect: whatever broke it, nothing of the call itself was sent.
            Err(WireError::Lost(words) | WireError::TooLarge(words)) => {
                return Err(WireError::NotSent(format!("sign-in: {words}")));
            }
            other => other?,
        };
        if matches!(answer.status, 429 | 500..=599) {
            let until = answer.retry_at().unwrap_or(now.plus(5_000));
            return Err(WireError::Paused(
                until,
                format!("sign-in: {}", answer.words()),
            ));
        }
        match self.sign_in.proof(&answer) {
            Ok(proof) => {
                *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Ok(held.insert(proof).clone())
            }
            Err(words) => {
                self.remember_refusal(&words);
                Err(WireError::SignIn(words))
            }
        }
    }

    fn remember_refusal(&self, words: &str) {
        let entry = Some((self.now(), words.to_owned()));
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = entry;
    }

    /// Forgets a refused sign-in, so that the next call tries again: somebody entered new credentials or asked to.
    pub async fn sign_in_again(&self) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.proof.lock().await = None;
    }

    fn address(&self, ask: &Ask) -> Result<Url, WireError> {
        let base = self
            .base
            .as_ref()
            .map_err(|words| WireError::SignIn(words.clone()))?;
        let mut url = if ask.target.starts_with("http:") || ask.target.starts_with("https:") {
            usable(&ask.target).map_err(WireError::NotSent)?
        } else {
            let text = format!("{}{}", base.as_str().trim_end_matches('/'), ask.target);
            usable(&text).map_err(WireError::NotSent)?
        };
        if !self.origins.contains(&url.origin()) {
            return Err(WireError::NotSent(
                "the address belongs to a host this connection does not name".to_owned(),
            ));
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        Ok(url)
    }

    async fn once(
        &self,
        ask: &Ask,
        proof: Option<&Proof>,
        attempt: u8,
    ) -> Result<Answer, WireError> {
        let mut url = self.address(ask)?;
        for _ in 0..4 {
            let answer = self.timed(ask, &url, proof, attempt).await?;
            // Only reads follow a redirect, and only within the same origin: a write that is sent on is no answer.
            let location = match answer.header("location") {
                Some(location)
                    if ask.method == Method::GET && (300..400).contains(&answer.status) =>
                {
                    location
                }
                _ => return Ok(answer),
            };
            let next = url
                .join(location)
                .map_err(|e| WireError::Lost(format!("redirect: {e}")))?;
            if next.origin() != url.origin() {
                return Err(WireError::NotSent(
                    "the answer redirects to another host, which is refused".to_owned(),
                ));
            }
            url = next;
        }
        Err(WireError::Lost("too many redirects".to_owned()))
    }

    async fn timed(
        &self,
        ask: &Ask,
        url: &Url,
        proof: Option<&Proof>,
        attempt: u8,
    ) -> Result<Answer, WireError> {
        if !self.parts.network.is_online() {
            return Err(WireError::NotSent(
                "the console is set to work offline".to_owned(),
            ));
        }
        self.pace.turn().await;
        let at = self.now();
        let begun = Instant::now();
        let result = self.exchange(ask, url, proof).await;
        let (status, received, problem) = match &result {
            Ok(answer) => (answer.status, answer.body.len(), None),
            Err(
                WireError::NotSent(words)
                | WireError::Lost(words)
                | WireError::TooLarge(words)
                | WireError::SignIn(words)
                | WireError::Paused(_, words),
            ) => (0, 0, Some(words.clone())),
        };
        tracing::debug!(system = %self.system, method = %ask.method, path = url.path(), status, "call");
        self.log.add(WireCall {
            at,
            method: ask.method.to_string(),
            path: url.path().to_owned(),
            status,
            duration: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            attempt,
            received,
            problem,
        });
        let now = self.now();
        match &result {
            Ok(answer) => match (answer.status, answer.retry_at()) {
                (429 | 503, Some(until)) => self.pace.asked_to_wait(until),
                (500..=599, _) => self.pace.unwell(now),
                _ => self.pace.well(),
            },
            Err(_) => self.pace.unwell(now),
        }
        result
    }

    async fn exchange(
        &self,
        ask: &Ask,
        url: &Url,
        proof: Option<&Proof>,
    ) -> Result<Answer, WireError> {
        let Some(client) = &self.client else {
            return Err(WireError::NotSent(
                "the network client could not be made".to_owned(),
            ));
        };
        let mut request = client
            .request(ask.method.clone(), url.clone())
            .timeout(ask.timeout);
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if let Some(proof) = proof.filter(|p| !p.value.is_empty()) {
            request = request.header(proof.name, proof.value.as_str());
        }
        request = match &ask.body {
            Body::Empty => request,
            Body::Json(value) => request.json(value),
            Body::Form(fields) => request.form(fields),
            Body::Bytes(media_type, bytes) => request
                .header("content-type", media_type)
                .body(bytes.clone()),
            Body::Multipart(parts) => {
                let mut form = reqwest::multipart::Form::new();
                for part in parts {
                    let length = part.bytes.len() as u64;
                    let mut field =
                        reqwest::multipart::Part::stream_with_length(part.bytes.clone(), length);
                    if let Some(name) = &part.file_name {
                        field = field.file_name(safe_file_name(name));
                    }
                    if let Some(media_type) = &part.media_type {
                        field = field.mime_str(media_type).map_err(|_| {
                            WireError::NotSent(format!("'{media_type}' is no media type"))
                        })?;
                    }
                    form = form.part(part.name.clone(), field);
                }
                request.multipart(form)
            }
        };
        let mut answer = match request.send().await {
            Ok(answer) => answer,
            // Refused, unknown host, TLS: nothing was sent. A builder error never left either.
            Err(e) if e.is_connect() || e.is_builder() => {
                return Err(WireError::NotSent(cause(&e)));
            }
            Err(e) if e.is_timeout() => {
                return Err(WireError::Lost("no answer in time".to_owned()));
            }
            Err(e) => return Err(WireError::Lost(cause(&e))),
        };
        let body = read_body(&mut answer, ask.limit)
            .await
            .map_err(|e| match e {
                BodyProblem::TooLarge(_) => WireError::TooLarge(e.to_string()),
                BodyProblem::Broken(_) => WireError::Lost(e.to_string()),
            })?;
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body,
            at: self.now(),
        })
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

    /// Tests name and address, sign-in and one harmless read, and says which step failed.
    pub async fn check(&self, probe: &Ask) -> Vec<CheckStep> {
        let step = |step: &str, ok: bool, message: String| CheckStep {
            step: step.to_owned(),
            ok,
            message,
        };
        let mut steps = Vec::new();
        let url = match self.address(probe) {
            Ok(url) => url,
            Err(WireError::SignIn(words) | WireError::NotSent(words)) => {
                return vec![step("name_resolution", false, words)];
            }
            Err(other) => return vec![step("name_resolution", false, format!("{other:?}"))],
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let port = url.port_or_known_default().unwrap_or(443);
        if !self.parts.network.is_online() {
            let words = "the console is set to work offline".to_owned();
            return vec![step("name_resolution", false, words)];
        }
        match tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await {
            Ok(_) => steps.push(step("name_resolution", true, format!("{host} is known"))),
            Err(e) => {
                steps.push(step("name_resolution", false, format!("{host}: {e}")));
                return steps;
            }
        }
        self.sign_in_again().await;
        match self.proof(None).await {
            Ok(_) => {
                let encrypted = if url.scheme() == "https" {
                    "encrypted"
                } else {
                    "this machine only"
                };
                steps.push(step("tls", true, encrypted.to_owned()));
                steps.push(step("sign_in", true, "signed in".to_owned()));
            }
            Err(WireError::NotSent(words)) => {
                steps.push(step("tls", false, words));
                return steps;
            }
            Err(WireError::SignIn(words) | WireError::Paused(_, words)) => {
                steps.push(step("tls", true, "reached".to_owned()));
                steps.push(step("sign_in", false, words));
                return steps;
            }
            Err(other) => {
                steps.push(step("sign_in", false, format!("{other:?}")));
                return steps;
            }
        }
        match self.read_json(probe).await {
            Ok(_) => {
                steps.push(step("permission", true, "may read".to_owned()));
                steps.push(step("answer", true, "the answer reads".to_owned()));
            }
            Err(PullError::SignIn(words)) => steps.push(step("sign_in", false, words)),
            Err(PullError::Refused { status, message }) => {
                steps.push(step("permission", false, format!("{status} {message}")));
            }
            Err(other) => steps.push(step("answer", false, other.to_string())),
        }
        steps
    }
}

impl From<WireError> for PullError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::NotSent(words) => Self::Unreachable(words),
            // A read that got lost did nothing: it is simply tried again later.
            WireError::Lost(message) => Self::Transient {
                status: 0,
                message,
                retry_at: None,
            },
            WireError::Paused(until, message) => Self::Transient {
                status: 0,
                message,
                retry_at: Some(until),
            },
            WireError::TooLarge(words) => Self::Drift(words),
            WireError::SignIn(words) => Self::SignIn(words),
        }
    }
}

impl From<WireError> for CallError {
    fn from(error: WireError) -> Self {
        match error {
            WireError::NotSent(words) => Self::Unreachable(words),
            WireError::Lost(words) | WireError::TooLarge(words) => Self::Unknown(words),
            WireError::Paused(until, message) => Self::Transient {
                status: 0,
                message,
                retry_at: Some(until),
            },
            WireError::SignIn(words) => Self::SignIn(words),
        }
    }
}

/// A failed look-up in the words of a call: it had no effect, so it is tried again, never unknown.
impl From<PullError> for CallError {
    fn from(error: PullError) -> Self {
        match error {
            PullError::Unreachable(words) => Self::Unreachable(words),
            PullError::Transient {
                status,
                message,
                retry_at,
            } => Self::Transient {
                status,
                message,
                retry_at,
            },
            PullError::SignIn(words) => Self::SignIn(words),
            PullError::CursorLost(message) | PullError::Drift(message) => Self::Transient {
                status: 0,
                message,
                retry_at: None,
            },
            PullError::Refused { status, message } => Self::Refused { status, message },
        }
    }
}
