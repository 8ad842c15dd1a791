//! A sandbox, its clock, and a server that says whatever it is told.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::sync::Arc;

use connectors::{
    Clock, ConnectionConfig, Connections, Connector, Fetched, NetworkSwitch, Outgoing, PullRequest,
    SessionParts,
};
use domain::{Millis, StepKey, System, canonical::sha256_hex, operation::Call};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Follows the sandbox.
#[derive(Debug)]
struct SandboxTime(Arc<sandbox::Ctx>);

impl Clock for SandboxTime {
    fn now(&self) -> Millis {
        self.0.now()
    }
}

/// A running sandbox with a fixed epoch.
pub struct Bench {
    pub running: sandbox::Running,
    pub connections: Connections,
}

impl Bench {
    pub async fn start() -> Self {
        Self::start_with(240).await
    }

    pub async fn start_with(cases: usize) -> Self {
        let epoch = Millis::parse_lenient("2026-11-20T12:00:00Z").unwrap();
        let options = sandbox::Options {
            epoch: Some(epoch),
            cases,
            ..sandbox::Options::default()
        };
        let running = sandbox::start(options).await.unwrap();
        let connections = Connections::of_sandbox(&running.first_line()).unwrap();
        Self {
            running,
            connections,
        }
    }

    pub fn now(&self) -> Millis {
        self.running.ctx().now()
    }

    pub fn parts(&self) -> SessionParts {
        SessionParts::new(
            NetworkSwitch::default(),
            Arc::new(SandboxTime(Arc::clone(self.running.ctx()))),
        )
    }

    pub fn config(&self, system: System) -> &ConnectionConfig {
        &self.connections.systems[&system]
    }

    async fn admin(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let url = format!("{}/sandbox{path}", self.running.base_url);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client
            .request(method, url)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    pub async fn fault(&self, fault: Value) {
        self.admin(reqwest::Method::POST, "/faults", fault).await;
    }

    pub async fn event(&self, event: Value) -> Value {
        self.admin(reqwest::Method::POST, "/events", event).await
    }

    pub async fn advance(&self, seconds: i64) {
        self.admin(
            reqwest::Method::POST,
            "/clock",
            json!({ "advance_seconds": seconds }),
        )
        .await;
    }

    /// Effects of a system and kind.
    pub async fn effects(&self, system: &str, kind: &str) -> Vec<Value> {
        let path = format!("/effects?system={system}");
        let all = self.admin(reqwest::Method::GET, &path, Value::Null).await;
        let items = all["items"].as_array().unwrap().iter();
        items.filter(|e| e["kind"] == kind).cloned().collect()
    }

    /// Pulls a collection from a cursor to its end.
    pub async fn pull(
        &self,
        connector: &dyn Connector,
        collection: &str,
        cursor: Option<String>,
    ) -> (Vec<Fetched>, String) {
        let (mut all, mut cursor) = (Vec::new(), cursor);
        loop {
            let request = PullRequest {
                collection: collection.to_owned(),
                cursor,
                now: self.now(),
            };
            let page = connector.pull(&request).await.unwrap();
            all.extend(page.records);
            if !page.more {
                return (all, page.cursor);
            }
            cursor = Some(page.cursor);
        }
    }

    pub fn outgoing(&self, name: &str, call: Call, blobs: &[&[u8]]) -> Outgoing {
        let key = sha256_hex(name.as_bytes());
        Outgoing {
            reference: key[..16].to_owned(),
            key: StepKey(key),
            actor: Some("lena.kovar".into()),
            call,
            blobs: blobs
                .iter()
                .map(|b| (sha256_hex(b), bytes::Bytes::copy_from_slice(b)))
                .collect(),
            now: self.now(),
        }
    }
}

/// Serves the same answer to everything but the sign-in.
pub async fn hostile(content_type: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let body = body.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                let mut chunk = [0_u8; 4096];
                loop {
                    let Ok(read) = stream.read(&mut chunk).await else {
                        return;
                    };
                    if read == 0 {
                        return;
                    }
                    seen.extend_from_slice(&chunk[..read]);
                    let text = String::from_utf8_lossy(&seen).into_owned();
                    let Some((head, rest)) = text.split_once("\r\n\r\n") else {
                        continue;
                    };
                    let length = head
                        .lines()
                        .find_map(|l| {
                            l.to_ascii_lowercase()
                                .strip_prefix("content-length:")
                                .map(|n| n.trim().parse::<usize>().unwrap())
                        })
                        .unwrap_or(0);
                    if rest.len() < length {
                        continue;
                    }
                    let (kind, body) = if head.contains("oauth2/token") {
                        (
                            "application/json",
                            r#"{"access_token":"t","expires_in":3600}"#.to_owned(),
                        )
                    } else {
                        (content_type, body.clone())
                    };
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                    return;
                }
            });
        }
    });
    base
}
