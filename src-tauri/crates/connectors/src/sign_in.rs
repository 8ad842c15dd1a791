//! The sign-in worlds. They are never merged: each system signs in at its own place and its token goes nowhere else.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Millis, time::SECOND};
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
    /// Content Server behind OTDS: what OTDS gives is changed for a ticket of Content Server's own.
    ContentServerBehind {
        /// What OTDS is asked for.
        otds: Otds,
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

/// What OTDS gives to be shown to Content Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otds {
    /// An access token, for a client or for a user with a password.
    Token {
        /// Address of `/otdsws/oauth2/token`.
        token_url: String,
    },
    /// A ticket of its own, for a user with a password.
    Ticket {
        /// Address of `/otdsws/rest/authentication/credentials`.
        credentials_url: String,
    },
}

impl Otds {
    fn address(&self) -> &str {
        match self {
            Self::Token { token_url } => token_url,
            Self::Ticket { credentials_url } => credentials_url,
        }
    }
}

/// How far a sign-in is after an answer.
pub(crate) enum Progress {
    /// Signed in.
    Done(Proof),
    /// What was given is to be shown to another address, which gives the proof.
    Show(Ask),
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
    /// The addresses of the sign-in, where it is apart from the calls.
    pub(crate) fn addresses(&self) -> Vec<&str> {
        match self {
            Self::Grid { token_url } | Self::Ocp { token_url } | Self::Otds { token_url } => {
                vec![token_url]
            }
            Self::ContentServer { auth_url } => vec![auth_url],
            Self::ContentServerBehind { otds, auth_url } => vec![otds.address(), auth_url],
            Self::Basic | Self::Fixed { .. } | Self::Open => Vec::new(),
        }
    }

    /// Whether asking again may give a proof where the one at hand is refused.
    pub(crate) fn renews(&self) -> bool {
        !self.addresses().is_empty()
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
        let addresses = self.addresses();
        let address = *addresses.first().filter(|address| !address.is_empty())?;
        let ask = Ask::post(address).limit(LIMIT);
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
            Self::ContentServerBehind {
                otds: Otds::Ticket { .. },
                ..
            } => ask.json(json!({
                "userName": secret("username"),
                "password": secret("password"),
            })),
            Self::Otds { .. } | Self::ContentServerBehind { .. }
                if secrets.get("username").is_some() =>
            {
                ask.header(
                    "authorization",
                    basic(secrets, "client_id", "client_secret").as_str(),
                )
                .form(vec![
                    pair("grant_type", "password".into()),
                    pair("username", secret("username")),
                    pair("password", secret("password")),
                ])
            }
            Self::Otds { .. } | Self::ContentServerBehind { .. } => ask.form(vec![
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

    /// Reads the answer of the sign-in, or of what it was shown to.
    pub(crate) fn progress(&self, answer: &Answer, shown: bool) -> Result<Progress, String> {
        if !answer.is_success() {
            return Err(format!("{} {}", answer.status, answer.words()));
        }
        match self {
            Self::ContentServerBehind { .. } if shown => {
                let ticket = answer.header("otcsticket").filter(|t| !t.is_empty());
                let ticket = ticket.ok_or("the sign-in answer has no header OTCSTicket")?;
                Ok(Progress::Done(ticket_of(ticket)))
            }
            Self::ContentServerBehind { otds, auth_url } => {
                let body = answer.json()?;
                let show = Ask::get(auth_url).limit(LIMIT);
                Ok(Progress::Show(match otds {
                    Otds::Token { .. } => {
                        let token = text_of(&body, "access_token")?;
                        show.header("authorization", format!("Bearer {token}"))
                    }
                    Otds::Ticket { .. } => show.header("otdsticket", text_of(&body, "ticket")?),
                }))
            }
            Self::ContentServer { .. } => {
                let body = answer.json()?;
                Ok(Progress::Done(ticket_of(text_of(&body, "ticket")?)))
            }
            _ => token_of(answer).map(Progress::Done),
        }
    }
}

/// Longest answer of a sign-in, in bytes.
const LIMIT: usize = 64 * 1024;

fn text_of<'a>(body: &'a Value, name: &str) -> Result<&'a str, String> {
    let value = body.get(name).and_then(Value::as_str);
    let text = value
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("the sign-in answer has no {name}"))?;
    // It travels in a header from now on.
    if text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        Ok(text)
    } else {
        Err(format!("the {name} of the sign-in answer fits no header"))
    }
}

/// A ticket names no end: it dies when nobody uses it.
fn ticket_of(ticket: &str) -> Proof {
    Proof {
        name: "otcsticket",
        value: Zeroizing::new(ticket.to_owned()),
        until: None,
    }
}

fn token_of(answer: &Answer) -> Result<Proof, String> {
    let body = answer.json()?;
    let seconds = match body.get("expires_in") {
        Some(Value::Number(n)) => n.as_i64(),
        Some(Value::String(t)) => t.parse().ok(),
        _ => None,
    };
    Ok(Proof {
        name: "authorization",
        value: Zeroizing::new(format!("Bearer {}", text_of(&body, "access_token")?)),
        until: seconds.map(|s| answer.at.plus(s.clamp(0, 365 * 86_400) * SECOND)),
    })
}

fn basic(secrets: &Secrets, name: &str, password: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!(
        "{}:{}",
        secrets.get(name).unwrap_or_default(),
        secrets.get(password).unwrap_or_default()
    ));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}
