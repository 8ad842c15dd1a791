//! Real connections: the sandbox, or another peer, entered as a person would enter it.

use serde_json::{Map, Value, json};

use super::{Ended, Home, Outcome, SandboxProcess};

/// What is a secret in a description of the sandbox; the rest are addresses and names.
const SECRETS: &[&str] = &[
    "username",
    "password",
    "client_id",
    "client_secret",
    "token",
];

/// The sandbox as six real connections, as a person would enter them.
#[must_use]
pub fn configuration(sandbox: &SandboxProcess) -> Value {
    let described = sandbox.hello().get("systems").and_then(Value::as_object);
    let systems: Map<String, Value> = described
        .into_iter()
        .flatten()
        .map(|(system, told)| (system.clone(), connection(told)))
        .collect();
    json!({ "systems": systems })
}

fn connection(told: &Value) -> Value {
    let (mut settings, mut secrets, mut connection) = (Map::new(), Map::new(), Map::new());
    for (name, value) in told.as_object().into_iter().flatten() {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let place = match name.as_str() {
            "base_url" | "dialect" => &mut connection,
            secret if SECRETS.contains(&secret) => &mut secrets,
            _ => &mut settings,
        };
        place.insert(name.clone(), json!(text));
    }
    connection.insert("settings".to_owned(), settings.into());
    connection.insert("secrets".to_owned(), secrets.into());
    connection.into()
}

/// Connects a folder by a configuration file, which lies outside of it and goes away again.
///
/// # Errors
/// When the program does not start.
pub async fn connect(home: &Home, configuration: &Value) -> Outcome<Ended> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), configuration.to_string())?;
    let path = file.path().display().to_string();
    home.run(&["init", "--config", &path], "").await
}
