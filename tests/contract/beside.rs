//! A connector of ours beside the sandbox process: its clock, its calls, and what the sandbox counted of them.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use connectors::{
    Clock as _, ConnectionConfig, Connections, Connector, Fetched, LookUp, NetworkSwitch, Outgoing,
    PullRequest, Receipt, SessionParts, clock::OffsetClock, sandbox_link,
};
use domain::{
    Millis, StepKey, System,
    canonical::sha256_hex,
    operation::{Call, Level, Operation},
    record::Record,
};
use serde_json::Value;
use whole_system::harness::{Effect, Outcome, SandboxProcess, word};

use crate::recorder::Recorder;

/// A sandbox, and what a connector of one of its systems is given.
pub(crate) struct Beside {
    pub(crate) sandbox: SandboxProcess,
    pub(crate) recorder: Recorder,
    /// Calls go by way of the recorder.
    pub(crate) config: ConnectionConfig,
    clock: OffsetClock,
    http: reqwest::Client,
    system: System,
    token: String,
}

/// Everything of one pull.
pub(crate) struct Pulled {
    pub(crate) records: Vec<Fetched>,
    pub(crate) cursor: String,
}

impl Pulled {
    /// The records; each of them fits.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().map(|f| f.record.as_ref().unwrap())
    }
}

/// An answer to a call the connector has no word for.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Beside {
    /// Starts a sandbox and signs in to a system of it.
    pub(crate) async fn start(system: System) -> Outcome<Self> {
        let sandbox = SandboxProcess::start()?;
        let connections = Connections::of_sandbox(sandbox.hello()).unwrap();
        let mut config = connections.systems[&system].clone();
        let recorder = Recorder::before(&config.base_url).await?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let token = token(&http, &config).await?;
        recorder.base_url().clone_into(&mut config.base_url);
        let beside = Self {
            sandbox,
            recorder,
            config,
            clock: OffsetClock::default(),
            http,
            system,
            token,
        };
        beside.advance(0).await?;
        Ok(beside)
    }

    pub(crate) fn parts(&self) -> SessionParts {
        SessionParts::new(NetworkSwitch::default(), Arc::new(self.clock.clone()))
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Moves the sandbox's clock on, and the connector's with it.
    pub(crate) async fn advance(&self, seconds: u64) -> Outcome {
        self.sandbox.advance(seconds).await?;
        let admin = word(self.sandbox.hello(), "admin_url");
        self.clock
            .set_offset(sandbox_link::clock_offset(admin).await?);
        Ok(())
    }

    /// Makes something happen, a second before what follows: two clocks never agree to the millisecond.
    pub(crate) async fn happens(&self, event: Value) -> Outcome<Value> {
        let told = self.sandbox.event(event).await?;
        self.advance(1).await?;
        Ok(told)
    }

    /// Signs in anew, where the old token is too old.
    pub(crate) async fn sign_in(&mut self) -> Outcome {
        self.token = token(&self.http, &self.config).await?;
        Ok(())
    }

    /// A call the connector has no word for.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Outcome<Answer> {
        let url = format!("{}{path}", self.config.base_url);
        let mut ask = self.http.request(method.parse().unwrap(), url);
        ask = ask.bearer_auth(&self.token).body(body);
        for (name, value) in headers {
            ask = ask.header(*name, *value);
        }
        let answer = ask.send().await?;
        let media_type = answer.headers().get("content-type");
        Ok(Answer {
            status: answer.status().as_u16(),
            media_type: media_type.map_or("", |v| v.to_str().unwrap()).to_owned(),
            body: answer.bytes().await?,
        })
    }

    /// The JSON of a call that went well.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Outcome<Value> {
        let json = [("content-type", "application/json")];
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.raw(method, path, &json, text).await?;
        let well = (200..300).contains(&answer.status);
        assert!(well, "{method} {path}: {} {}", answer.status, answer.text());
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// The status a call is refused with.
    pub(crate) async fn refused(&self, method: &str, path: &str, body: Value) -> Outcome<u16> {
        let json = [("content-type", "application/json")];
        Ok(self
            .raw(method, path, &json, body.to_string())
            .await?
            .status)
    }

    /// Pulls a collection from a cursor to its end.
    pub(crate) async fn pull(
        &self,
        connector: &dyn Connector,
        collection: &str,
        cursor: Option<String>,
    ) -> Pulled {
        let (mut records, mut cursor) = (Vec::new(), cursor);
        loop {
            let request = PullRequest {
                collection: collection.to_owned(),
                cursor,
                now: self.now(),
            };
            let page = connector.pull(&request).await.unwrap();
            records.extend(page.records);
            if !page.more {
                return Pulled {
                    records,
                    cursor: page.cursor,
                };
            }
            cursor = Some(page.cursor);
        }
    }

    /// A step of this name.
    pub(crate) fn outgoing(&self, name: &str, call: Call, blobs: &[&[u8]]) -> Outgoing {
        let key = sha256_hex(name.as_bytes());
        let blobs = blobs.iter();
        Outgoing {
            reference: key[..16].to_owned(),
            key: StepKey(key),
            actor: Some("lena.kovar".into()),
            call,
            blobs: blobs
                .map(|b| (sha256_hex(b), Bytes::copy_from_slice(b)))
                .collect::<BTreeMap<_, _>>(),
            now: self.now(),
        }
    }

    /// Effects of a kind in this system.
    pub(crate) async fn effects(&self, kind: &str) -> Outcome<Vec<Effect>> {
        let all = self.sandbox.effects().await?;
        let of_system = |e: &Effect| e.system == self.system.as_str() && e.kind == kind;
        Ok(all.into_iter().filter(of_system).collect())
    }

    /// Drives a step as the outbox does: performed, its answer taken for lost, resolved by the level of its operation,
    /// and nothing has happened twice.
    pub(crate) async fn drive(
        &self,
        connector: &dyn Connector,
        step: &Outgoing,
    ) -> Outcome<Receipt> {
        let operation = step.call.operation();
        let entry = connector.manifest().entry(operation).unwrap();
        let kind = operation.word();
        let before = self.effects(kind).await?.len();
        let receipt = connector
            .perform(step)
            .await
            .unwrap_or_else(|error| panic!("{:?}: {error:?}", step.call));
        assert!(!receipt.remote_ref.is_empty(), "{operation}");
        let again = match entry.level {
            Level::A => connector.perform(step).await.unwrap(),
            Level::B | Level::C => match connector.look_up(step).await.unwrap() {
                LookUp::Found(found) => found,
                other => panic!("{operation}: {other:?}"),
            },
        };
        if operation.has_outside_effect() {
            assert_eq!(again.remote_ref, receipt.remote_ref, "{operation}");
            let effects = self.effects(kind).await?.len();
            assert_eq!(effects, before + 1, "{operation}");
        }
        Ok(receipt)
    }
}

/// Confirms that these are all operations of the connector's manifest.
pub(crate) fn whole_manifest(connector: &dyn Connector, driven: &[Operation]) {
    let offered = connector.manifest().operations.iter();
    let offered: Vec<Operation> = offered.map(|e| e.operation).collect();
    assert_eq!(driven, offered);
}

/// A token of the system, by the sign-in of its world: the grid wants its grant in the query, the cloud platform in JSON.
async fn token(http: &reqwest::Client, config: &ConnectionConfig) -> Outcome<String> {
    let secret = |name: &str| config.secret(name).unwrap_or_default().to_owned();
    let (id, password) = (secret("client_id"), secret("client_secret"));
    let url = config.setting("token_url").unwrap_or_default();
    let ask = if url.contains("/v1/oauth2/tokens") {
        http.post(format!("{url}?grant_type=client_credentials"))
            .basic_auth(id, Some(password))
    } else {
        http.post(url).json(&serde_json::json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": password,
        }))
    };
    let answer: Value = ask.send().await?.error_for_status()?.json().await?;
    Ok(word(&answer, "access_token").to_owned())
}
