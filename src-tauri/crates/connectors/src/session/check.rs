//! A connection test that says which step failed.

use serde_json::Value;
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use url::Url;

use crate::{
    http::Ask,
    port::CheckStep,
    session::{Session, WireError, clients::CONNECT, usable},
};

/// Whether an answer holds what those of this system hold.
fn fits(body: &Value, holds: &[&str]) -> Result<(), String> {
    let found = |pointer: &&str| match body.pointer(pointer) {
        Some(found) => found.is_array() || (found.is_object() && !pointer.is_empty()),
        None => false,
    };
    if holds.is_empty() || holds.iter().any(found) {
        Ok(())
    } else {
        let wanted = holds.join(" or ");
        Err(format!(
            "it is JSON, and nothing of this system: {wanted} is missing"
        ))
    }
}

/// The steps so far; the first that fails is the last.
#[derive(Default)]
struct Steps(Vec<CheckStep>);

impl Steps {
    fn add(&mut self, step: &str, outcome: Result<String, String>) -> Result<(), ()> {
        let ok = outcome.is_ok();
        let (Ok(message) | Err(message)) = outcome;
        self.0.push(CheckStep {
            step: step.to_owned(),
            ok,
            message,
        });
        if ok { Ok(()) } else { Err(()) }
    }
}

/// A harmless read, and what shows that its answer is one of this system.
#[derive(Debug)]
pub struct Probe<'a> {
    /// The read.
    pub ask: Ask,
    /// JSON pointers of which one leads to a list or an object in every right answer (the empty one to a list); none where
    /// anything will do.
    pub holds: &'a [&'a str],
    /// A status that says "there is no such thing" in JSON, to whom it let in.
    pub nothing: Option<u16>,
}

impl<'a> Probe<'a> {
    /// One that is answered with something.
    #[must_use]
    pub fn new(ask: Ask, holds: &'a [&'a str]) -> Self {
        Self {
            ask,
            holds,
            nothing: None,
        }
    }
}

impl Session {
    /// Tests address, name, reach, encryption, sign-in and one harmless read, in this order, up to the step that fails.
    /// Where the sign-in has a host of its own, that one is reached as well before it is asked.
    pub async fn check(&self, probe: &Probe<'_>) -> Vec<CheckStep> {
        let mut steps = Steps::default();
        // What failed stands among the steps.
        let _ = self.walk(probe, &mut steps).await;
        steps.0
    }

    async fn walk(&self, probe: &Probe<'_>, steps: &mut Steps) -> Result<(), ()> {
        let url = match self.address(&probe.ask) {
            Ok(url) => url,
            Err(error) => return steps.add("address", Err(error.words().to_owned())),
        };
        let clients = match &self.clients {
            Ok(clients) => clients,
            Err(why) => return steps.add("address", Err(why.clone())),
        };
        if let Err(why) = clients.to(&url) {
            return steps.add("address", Err(why));
        }
        let mut hosts = vec![url];
        for address in self.sign_in.addresses() {
            match usable(address) {
                Ok(other) if hosts.iter().all(|host| host.origin() != other.origin()) => {
                    hosts.push(other);
                }
                Ok(_) => {}
                Err(why) => {
                    let why = format!("of the sign-in: {why}");
                    return steps.add("address", Err(why));
                }
            }
        }
        if !self.parts.network.is_online() {
            let why = "the console is set to work offline".to_owned();
            return steps.add("reach", Err(why));
        }
        for host in &hosts {
            self.reach(&clients.met(host), steps).await?;
            if host.scheme() == "https" {
                // Whatever is answered to nobody in particular: it came over TLS.
                let tls = match self.timed(&Ask::get("/"), host, None, 1).await {
                    Err(WireError::NotSent(why)) => Err(why),
                    _ => Ok("encrypted, and the certificate is trusted".to_owned()),
                };
                steps.add("tls", tls)?;
            }
        }
        self.sign_in_again().await;
        // A token is asked for before anything else; a system that is left alone for a while is not asked for one either.
        if self.sign_in.renews()
            && self.pace.paused(self.now()).is_none()
            && let Err(error) = self.proof(None).await
        {
            return steps.add("sign_in", Err(error.words().to_owned()));
        }
        let answer = match self.send(&probe.ask).await {
            Ok(answer) => answer,
            Err(WireError::SignIn(why)) => return steps.add("sign_in", Err(why)),
            Err(error) => {
                // A token that was given is a sign-in; a proof that goes with every call was shown to nobody.
                if self.sign_in.renews() && self.is_signed_in().await {
                    steps.add("sign_in", Ok("signed in".to_owned()))?;
                }
                return steps.add("answer", Err(error.words().to_owned()));
            }
        };
        // The first call shows whether the proof is taken.
        steps.add("sign_in", Ok("signed in".to_owned()))?;
        if answer.status == 403 {
            let why = format!("403 {}", answer.words());
            return steps.add("permission", Err(why));
        }
        let nothing = probe.nothing == Some(answer.status);
        if !answer.is_success() && !nothing {
            let why = format!(
                "{} {}: is this the address of {}?",
                answer.status,
                answer.words(),
                self.system
            );
            return steps.add("answer", Err(why));
        }
        let read = answer.json().and_then(|body| fits(&body, probe.holds));
        if let Err(why) = read {
            return steps.add("answer", Err(why));
        }
        steps.add("permission", Ok("may read".to_owned()))?;
        steps.add("answer", Ok("the answer reads".to_owned()))
    }

    /// Whether the host is known and takes connections.
    async fn reach(&self, url: &Url, steps: &mut Steps) -> Result<(), ()> {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses: Vec<_> = match lookup_host((host, port)).await {
            Ok(found) => found.collect(),
            Err(e) => return steps.add("name_resolution", Err(format!("{host}: {e}"))),
        };
        steps.add("name_resolution", Ok(format!("{host} is known")))?;
        let reached = match timeout(CONNECT, TcpStream::connect(addresses.as_slice())).await {
            Ok(Ok(_)) => Ok(format!("{host} takes connections at port {port}")),
            Ok(Err(e)) => Err(format!("{host}:{port}: {e}")),
            Err(_) => Err(format!("{host}:{port} does not answer")),
        };
        steps.add("reach", reached)
    }
}
