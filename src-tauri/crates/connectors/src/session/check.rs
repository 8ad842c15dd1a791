//! A connection test that says which step failed.

use crate::{
    PullError,
    http::Ask,
    port::CheckStep,
    session::{Session, WireError},
};

impl Session {
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
