//! The sign-in worlds. They are never merged: each system signs in at its own place and its token goes nowhere else.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Millis, time::SECOND};
use http::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    http::{Answer, Ask},
    session::Secrets,
};

/// How a session signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// Trading Grid gateway: POST with the grant in the query, key and secret as Basic; 10 hours.
    Grid {
        /// Address of the token endpoint.
        token_url: String,
    },
    /// OpenText Cloud Platform: JSON body with client id and secret.
    Ocp {
        /// Address of the token endpoint.
        token_url: String,
    },
    /// OTDS: form body, client credentials or, where a username is held, password grant.
    Otds {
        /// Address of the token endpoint.
        token_url: String,
    },
    /// Content Server: form body, answers a ticket that goes into its own header.
    ContentServer {
        /// Address of `/api/v1/auth`.
        auth_url: String,
    },
    /// Name and password with every request.
    Basic,
    /// A fixed token: `Authorization: {scheme} {token}`.
    Fixed {
        /// Scheme word, such as `token` or `Bearer`.
        scheme: &'static str,
    },
    /// None.
    Open,
}

/// A header that proves who we are, and until when.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    pub(crate) name: &'static str,
    pub(crate) value: Zeroizing<String>,
    pub(crate) until: Option<Millis>,
}

impl Proof {
    /// Whether it will still do for a request begun now.
    pub(crate) fn holds(&self, now: Millis) -> bool {
        self.until.is_none_or(|until| now.plus(30 * SECOND) < until)
    }
}

impl SignIn {
    /// The address of the sign-in, if there is one apart from the calls.
    pub(crate) fn address(&self) -> Option<&str> {
        match self {
            Self::Grid { token_url } | Self::Ocp { token_url } | Self::Otds { token_url } => {
                Some(token_url)
            }
            Self::ContentServer { auth_url } => Some(auth_url),
            Self::Basic | Self::Fixed { .. } | Self::Open => None,
        }
    }

    /// A proof that needs no request.
    pub(crate) fn at_hand(&self, secrets: &Secrets) -> Option<Proof> {
        let value = match self {
            Self::Basic => basic(secrets, "username", "password"),
            Self::Fixed { scheme } => Zeroizing::new(format!(
                "{scheme} {}",
                secrets.get("token").unwrap_or_default()
            )),
            Self::Open => Zeroizing::new(String::new()),
            _ => return None,
        };
        Some(Proof {
            name: "authorization",
            value,
            until: None,
        })
    }

    /// The request that signs in.
    pub(crate) fn ask(&self, secrets: &Secrets) -> Option<Ask> {
        let secret = |name: &str| secrets.get(name).unwrap_or_default().to_owned();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let ask = Ask::new(Method::POST, self.address()?).limit(64 * 1024);
        Some(match self {
            Self::Grid { .. } => ask.query("grant_type", "client_credentials").header(
                "authorization",
                basic(secrets, "client_id", "client_secret").as_str(),
            ),
            Self::Ocp { .. } => ask.json(json!({
                "client_id": secret("client_id"),
                "client_secret": secret("client_secret"),
                "grant_type": "client_credentials",
            })),
            Self::Otds { .. } if secrets.get("username").is_some() => ask
                .header(
                    "authorization",
                    basic(secrets, "client_id", "client_secret").as_str(),
                )
                .form(vec![
                    pair("grant_type", "password".into()),
                    pair("username", secret("username")),
                    pair("password", secret("password")),
                ]),
            Self::Otds { .. } => ask.form(vec![
                pair("grant_type", "client_credentials".into()),
                pair("client_id", secret("client_id")),
                pair("client_secret", secret("client_secret")),
            ]),
            Self::ContentServer { .. } => {
                let mut fields = vec![
                    pair("username", secret("username")),
                    pair("password", secret("password")),
                ];
                if let Some(domain) = secrets.get("domain") {
                    fields.push(pair("domain", domain.to_owned()));
                }
                ask.form(fields)
            }
            Self::Basic | Self::Fixed { .. } | Self::Open => return None,
        })
    }

    /// Reads the answer of the sign-in.
    pub(crate) fn proof(&self, answer: &Answer) -> Result<Proof, String> {
        if !answer.is_success() {
            return Err(format!("{} {}", answer.status, answer.words()));
        }
        let body = answer.json()?;
        let text = |name: &str| {
            let value = body
                .get(name)
                .and_then(Value::as_str)
                .filter(|t| !t.is_empty());
            value.ok_or_else(|| format!("the sign-in answer has no {name}"))
        };
        if let Self::ContentServer { .. } = self {
            return Ok(Proof {
                name: "otcsticket",
                value: Zeroizing::new(text("ticket")?.to_owned()),
                until: None,
            });
        }
        let seconds = match body.get("expires_in") {
            Some(Value::Number(n)) => n.as_i64(),
            Some(Value::String(t)) => t.parse().ok(),
            _ => None,
        };
        Ok(Proof {
            name: "authorization",
            value: Zeroizing::new(format!("Bearer {}", text("access_token")?)),
            until: seconds.map(|s| answer.at.plus(s.clamp(0, 365 * 86_400) * SECOND)),
        })
    }
}

fn basic(secrets: &Secrets, name: &str, password: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!(
        "{}:{}",
        secrets.get(name).unwrap_or_default(),
        secrets.get(password).unwrap_or_default()
    ));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}
