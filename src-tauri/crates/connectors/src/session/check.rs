//! A connection test that says which step failed.

use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};
use url::Url;

use crate::{
    PullError,
    http::Ask,
    port::CheckStep,
    session::{Session, WireError, clients::CONNECT},
};

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

impl Session {
    /// Tests address, name, reach, encryption, sign-in and one harmless read, in this order, up to the step that fails.
    pub async fn check(&self, probe: &Ask) -> Vec<CheckStep> {
        let mut steps = Steps::default();
        // What failed stands among the steps.
        let _ = self.walk(probe, &mut steps).await;
        steps.0
    }

    async fn walk(&self, probe: &Ask, steps: &mut Steps) -> Result<(), ()> {
        let url = match self.address(probe) {
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
        if !self.parts.network.is_online() {
            let why = "the console is set to work offline".to_owned();
            return steps.add("reach", Err(why));
        }
        self.reach(&clients.met(&url), steps).await?;
        if url.scheme() == "https" {
            // Whatever is answered to nobody in particular: it came over TLS.
            let tls = match self.timed(&Ask::get("/"), &url, None, 1).await {
                Err(WireError::NotSent(why)) => Err(why),
                _ => Ok("encrypted, and the certificate is trusted".to_owned()),
            };
            steps.add("tls", tls)?;
        }
        self.sign_in_again().await;
        let signed_in = "signed in".to_owned();
        if let Err(error) = self.proof(None).await {
            return steps.add("sign_in", Err(error.words().to_owned()));
        }
        // Where the proof is sent with every call, the first call shows whether it is taken.
        if self.sign_in.renews() {
            steps.add("sign_in", Ok(signed_in.clone()))?;
        }
        let answer = self.read_json(probe).await;
        if let Err(PullError::SignIn(why)) = answer {
            return steps.add("sign_in", Err(why));
        }
        if !self.sign_in.renews() {
            steps.add("sign_in", Ok(signed_in))?;
        }
        if let Err(PullError::Refused { status, message }) = &answer {
            return steps.add("permission", Err(format!("{status} {message}")));
        }
        if let Err(error) = answer {
            return steps.add("answer", Err(error.to_string()));
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
