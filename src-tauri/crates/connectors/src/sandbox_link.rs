//! The admin side of a sandbox: its description and its clock. Loopback only.

use std::time::Duration;

use domain::{Millis, System};
use serde_json::Value;

use crate::{ConnectionConfig, Connections, config::Transport, limits};

/// Keys of a system's description that are secrets; everything else is a plain setting.
const SECRETS: &[&str] = &[
    "username",
    "password",
    "client_id",
    "client_secret",
    "token",
];
/// A description is small.
const LIMIT: usize = 256 * 1024;

/// Why the sandbox could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox does not answer: {0}")]
pub struct LinkError(pub String);

async fn get(url: &str) -> Result<Value, LinkError> {
    let wrong = |e: &dyn std::fmt::Display| LinkError(e.to_string());
    let parsed = url::Url::parse(url).map_err(|e| wrong(&e))?;
    if !matches!(parsed.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
        return Err(LinkError(
            "a sandbox is on this machine, on a loopback address".to_owned(),
        ));
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|e| wrong(&e))?;
    let mut answer = client
        .get(parsed)
        .send()
        .await
        .map_err(|e| wrong(&e.without_url()))?;
    if !answer.status().is_success() {
        return Err(LinkError(format!(
            "it answers {}",
            answer.status().as_u16()
        )));
    }
    let bytes = limits::read_body(&mut answer, LIMIT)
        .await
        .map_err(|e| wrong(&e))?;
    limits::read_json(&bytes).map_err(LinkError)
}

/// What a sandbox says about itself (its first line), read from its admin address or its base address.
///
/// # Errors
/// [`LinkError`] when it does not answer or is no sandbox.
pub async fn describe(url: &str) -> Result<Value, LinkError> {
    let base = url.trim_end_matches('/').trim_end_matches("/sandbox");
    let description = get(&format!("{base}/sandbox/")).await;
    match description {
        Ok(value) => Ok(value),
        Err(_) => get(&format!("{base}/sandbox")).await,
    }
}

/// Milliseconds the sandbox's clock is ahead of this machine's.
///
/// # Errors
/// [`LinkError`] when it does not answer.
pub async fn clock_offset(admin_url: &str) -> Result<i64, LinkError> {
    let answer = get(&format!("{}/clock", admin_url.trim_end_matches('/'))).await?;
    let now = answer
        .get("now")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let now = Millis::parse_lenient(now).map_err(|e| LinkError(e.to_string()))?;
    Ok(now.0 - chrono::Utc::now().timestamp_millis())
}

impl Connections {
    /// The six connections of a sandbox's description.
    ///
    /// # Errors
    /// [`LinkError`] when it describes no system.
    pub fn of_sandbox(description: &Value) -> Result<Self, LinkError> {
        let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        let mut connections = Self {
            sandbox_admin: description
                .get("admin_url")
                .and_then(Value::as_str)
                .map(str::to_owned),
            ..Self::default()
        };
        for system in System::ALL {
            let Some(told) = description
                .get("systems")
                .and_then(|s| s.get(system.as_str()))
                .and_then(Value::as_object)
            else {
                continue;
            };
            let mut config = ConnectionConfig {
                base_url: told.get("base_url").map(text).unwrap_or_default(),
                dialect: told.get("dialect").map(text).unwrap_or_default(),
                transport: Transport::default(),
                settings: std::collections::BTreeMap::new(),
                secrets: std::collections::BTreeMap::new(),
            };
            for (name, value) in told {
                match name.as_str() {
                    "base_url" | "dialect" => {}
                    name if SECRETS.contains(&name) => {
                        config.secrets.insert(name.to_owned(), text(value));
                    }
                    name => {
                        config.settings.insert(name.to_owned(), text(value));
                    }
                }
            }
            connections.systems.insert(*system, config);
        }
        if connections.systems.is_empty() {
            return Err(LinkError("it describes no system".to_owned()));
        }
        Ok(connections)
    }
}
