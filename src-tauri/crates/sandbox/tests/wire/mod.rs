//! A sandbox and a client that speaks plain HTTP to it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Millis, System};
use sandbox::{Options, Running, systems};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Wire {
    pub sandbox: Running,
    authorization: String,
    base: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Wire {
    /// Signs in at one system, with its own client and at its own token endpoint.
    pub async fn to(system: System) -> Self {
        let options = Options {
            cases: 40,
            epoch: Some(Millis(1_795_183_200_000)),
            ..Options::default()
        };
        let sandbox = sandbox::start(options).await.unwrap();
        let told = systems::credentials(system, sandbox.ctx());
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let mut wire = Self {
            base: text("base_url"),
            authorization: String::new(),
            sandbox,
        };
        let client = STANDARD.encode(format!("{}:{}", text("client_id"), text("client_secret")));
        let token_url = text("token_url");
        let path = token_url.strip_prefix(&wire.base).unwrap();
        wire.authorization = format!("Basic {client}");
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let path = format!("{path}?grant_type=client_credentials");
        let answer = wire
            .call("POST", &path, &form, "grant_type=client_credentials")
            .await;
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        wire.authorization = format!("Bearer {token}");
        wire
    }

    /// The same place without a sign-in.
    pub fn signed_out(mut self) -> Self {
        self.authorization = String::new();
        self
    }

    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let (address, prefix) = self
            .base
            .strip_prefix("http://")
            .unwrap()
            .split_once('/')
            .unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut request = format!(
            "{method} /{prefix}{path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        if !self.authorization.is_empty() {
            request.push_str(&format!("authorization: {}\r\n", self.authorization));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: answer[end + 4..].to_vec(),
            head,
        }
    }
}
