//! The sandbox as a process of its own, met over HTTP.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Group, Outcome, Trouble, program, trouble};

/// How a sandbox is started.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// The synthetic company.
    pub seed: Option<u64>,
    /// How many cases it has.
    pub cases: Option<u32>,
    /// Customers beside the partners.
    pub customers: Option<u32>,
    /// Where its clock begins.
    pub epoch: Option<String>,
    /// Where it keeps its journal, so that a restart loses nothing.
    pub state: Option<PathBuf>,
    /// The address; a free port where none is named.
    pub listen: Option<String>,
}

/// A business effect the sandbox counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The system it happened in.
    pub system: String,
    /// What happened.
    pub kind: String,
    /// The key it came with.
    pub key: String,
    /// Our reference in it.
    pub reference: String,
    /// What it was about.
    pub subject: String,
}

/// A running sandbox. Dropping it ends it.
#[derive(Debug)]
pub struct SandboxProcess {
    options: SandboxOptions,
    hello: Value,
    http: reqwest::Client,
    server: Group,
}

impl SandboxProcess {
    /// A sandbox of the default company.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start() -> Outcome<Self> {
        Self::with(SandboxOptions::default())
    }

    /// A sandbox with options.
    ///
    /// # Errors
    /// When it does not start.
    pub fn with(options: SandboxOptions) -> Outcome<Self> {
        let (server, hello) = serve(&options)?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            options,
            hello,
            http,
            server,
        })
    }

    /// What it printed first: addresses, credentials, persons.
    #[must_use]
    pub fn hello(&self) -> &Value {
        &self.hello
    }

    /// The address `partnerctl init --sandbox` takes.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.word("base_url")
    }

    /// The PIN of a person.
    ///
    /// # Errors
    /// When the company has no such person.
    pub fn pin(&self, person: &str) -> Outcome<String> {
        self.hello
            .get("persons")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find(|entry| entry.get("name").and_then(Value::as_str) == Some(person))
            .and_then(|entry| entry.get("pin").and_then(Value::as_str))
            .map(str::to_owned)
            .ok_or_else(|| trouble(format!("the sandbox knows no person {person}")))
    }

    /// Every business effect so far.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn effects(&self) -> Outcome<Vec<Effect>> {
        let answer = self.admin_get("effects").await?;
        let items = answer
            .get("items")
            .and_then(Value::as_array)
            .ok_or_else(|| trouble(format!("effects are a list of items, not {answer}")))?;
        let word = |item: &Value, key: &str| {
            item.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Ok(items
            .iter()
            .map(|item| Effect {
                system: word(item, "system"),
                kind: word(item, "kind"),
                key: word(item, "key"),
                reference: word(item, "reference"),
                subject: word(item, "subject"),
            })
            .collect())
    }

    /// Switches a fault on.
    ///
    /// # Errors
    /// When the sandbox refuses it.
    pub async fn fault(&self, fault: Value) -> Outcome<Value> {
        self.admin_post("faults", fault).await
    }

    /// Switches every fault off.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn no_faults(&self) -> Outcome {
        let url = self.admin("faults");
        self.http.delete(url).send().await?.error_for_status()?;
        Ok(())
    }

    /// Moves its clock on.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn advance(&self, seconds: u64) -> Outcome<Value> {
        self.admin_post("clock", json!({ "advance_seconds": seconds }))
            .await
    }

    /// Injects an event.
    ///
    /// # Errors
    /// When the sandbox refuses it.
    pub async fn event(&self, event: Value) -> Outcome<Value> {
        self.admin_post("events", event).await
    }

    /// `GET` on an admin endpoint.
    ///
    /// # Errors
    /// When the sandbox does not answer with JSON.
    pub async fn admin_get(&self, path: &str) -> Outcome<Value> {
        let answer = self.http.get(self.admin(path)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// `POST` on an admin endpoint.
    ///
    /// # Errors
    /// When the sandbox refuses, with what it said.
    pub async fn admin_post(&self, path: &str, body: Value) -> Outcome<Value> {
        let answer = self.http.post(self.admin(path)).json(&body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(trouble(format!("POST {path} {body}: {status}: {text}")));
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Stops it; everything is out of reach until [`Self::resume`].
    pub fn stop(&mut self) {
        self.server.end();
    }

    /// Starts it again at the same address, from its journal.
    ///
    /// # Errors
    /// When it does not start.
    pub fn resume(&mut self) -> Outcome {
        self.server.end();
        let listen = self
            .base_url()
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let options = SandboxOptions {
            listen: Some(listen),
            ..self.options.clone()
        };
        let (server, hello) = serve(&options)?;
        self.server = server;
        self.hello = hello;
        Ok(())
    }

    fn admin(&self, path: &str) -> String {
        format!("{}/{path}", self.word("admin_url").trim_end_matches('/'))
    }

    fn word(&self, key: &str) -> &str {
        self.hello
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

fn serve(options: &SandboxOptions) -> Outcome<(Group, Value)> {
    let mut command = Command::new(program("partnerctl")?);
    command.args(["sandbox", "serve", "--listen"]);
    command.arg(options.listen.as_deref().unwrap_or("127.0.0.1:0"));
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(customers) = options.customers {
        command.args(["--customers", &customers.to_string()]);
    }
    if let Some(cases) = options.cases {
        command.args(["--cases", &cases.to_string()]);
    }
    if let Some(epoch) = &options.epoch {
        command.args(["--epoch", epoch]);
    }
    if let Some(state) = &options.state {
        command.arg("--state").arg(state);
    }
    let mut server = Group::start(command.stdout(Stdio::piped()))?;
    let said = server
        .child()
        .stdout
        .take()
        .ok_or_else(|| trouble("the sandbox has no standard output"))?;
    let mut reader = BufReader::new(said);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let hello: Value = serde_json::from_str(&line).map_err(|error| {
        Trouble::from(error).during(format!("first line of the sandbox `{line}`"))
    })?;
    // Whatever it prints later must not fill the pipe and stop it.
    std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
    Ok((server, hello))
}
