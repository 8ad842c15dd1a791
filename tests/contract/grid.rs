//! The grid met over plain HTTP: a token of its gateway, and requests below its prefix.

use reqwest::Method;
use serde_json::Value;
use whole_system::harness::{Outcome, SandboxProcess, trouble, word};

/// A sandbox whose grid somebody is signed in to.
pub(crate) struct Grid {
    pub(crate) sandbox: SandboxProcess,
    http: reqwest::Client,
    token: String,
}

impl Grid {
    /// Signs in.
    pub(crate) async fn of(sandbox: SandboxProcess) -> Outcome<Self> {
        let mut grid = Self {
            sandbox,
            http: reqwest::Client::builder().no_proxy().build()?,
            token: String::new(),
        };
        grid.sign_in().await?;
        Ok(grid)
    }

    /// What the sandbox says about itself as the grid.
    pub(crate) fn about(&self) -> &Value {
        &self.sandbox.hello()["systems"]["community"]
    }

    /// A request for a token: the grant in the query, key and secret as Basic.
    pub(crate) fn sign_in_as(&self, secret: &str) -> reqwest::RequestBuilder {
        self.http
            .post(word(self.about(), "token_url"))
            .query(&[("grant_type", "client_credentials")])
            .basic_auth(word(self.about(), "client_id"), Some(secret))
    }

    /// Takes a new token.
    pub(crate) async fn sign_in(&mut self) -> Outcome {
        let ask = self.sign_in_as(word(self.about(), "client_secret"));
        let answer: Value = ask.send().await?.error_for_status()?.json().await?;
        answer["access_token"]
            .as_str()
            .ok_or_else(|| trouble(format!("no token in {answer}")))?
            .clone_into(&mut self.token);
        Ok(())
    }

    /// A request without a token, to a path below the prefix.
    pub(crate) fn ask_unsigned(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let base = word(self.about(), "base_url");
        self.http.request(method, format!("{base}{path}"))
    }

    /// A request with the token.
    pub(crate) fn ask(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.ask_unsigned(method, path).bearer_auth(&self.token)
    }
}
