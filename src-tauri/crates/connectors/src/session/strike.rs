//! What an answer echoes of our own secrets is struck out before anybody reads, keeps or shows its words.

use bytes::Bytes;
use http::HeaderMap;
use memchr::memmem;

use crate::{http::Ask, session::Session, sign_in::Proof};

/// What stands where a secret stood.
const STRUCK: &str = "[struck out]";
/// Shorter ones are words that stand in any text.
const SHORTEST: usize = 6;
/// Names of what proves who we are; the others only say it. The second is whether a machine made it: a password may be a
/// word that a case holds as well.
const PROVING: &[(&str, bool)] = &[
    ("password", false),
    ("client_secret", true),
    ("token", true),
];
/// Headers a sign-in proves itself with.
const HEADERS: &[&str] = &["authorization", "otdsticket"];

impl Session {
    /// The body of an answer without what was sent to prove who we are: as it is typed, as the header of the request
    /// carries it, and as the token or ticket it was changed for. Of a success only JSON is looked at, as errors stand in it
    /// too, and a password stays: as a word of a text it is no echo, and nothing of a file may be changed. The answer of
    /// a sign-in that succeeded is left as it is.
    pub(super) fn struck(
        &self,
        answer: (bool, &HeaderMap, Bytes),
        ask: &Ask,
        proof: Option<&Proof>,
    ) -> Bytes {
        let (success, headers, mut body) = answer;
        if success && (proof.is_none() || !is_json(headers)) {
            return body;
        }
        let typed = PROVING.iter().filter(|(_, made)| *made || !success);
        let typed = typed.filter_map(|(name, _)| self.secrets.get(name));
        let headers = ask.headers.iter();
        let headers = headers.filter(|(name, _)| HEADERS.contains(&name.as_str()));
        let carried = headers.map(|(_, value)| value.as_str());
        let carried = carried.chain(proof.map(|proof| proof.value.as_str()));
        let carried = carried.map(|value| value.rsplit(' ').next().unwrap_or(value));
        for secret in typed.chain(carried).filter(|s| s.len() >= SHORTEST) {
            if memmem::find(&body, secret.as_bytes()).is_some() {
                body = without(&body, secret.as_bytes());
            }
        }
        body
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(http::header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    media_type.is_some_and(|text| text.to_ascii_lowercase().contains("json"))
}

fn without(body: &[u8], secret: &[u8]) -> Bytes {
    let mut kept = Vec::with_capacity(body.len());
    let mut from = 0;
    for at in memmem::find_iter(body, secret) {
        kept.extend_from_slice(body.get(from..at).unwrap_or_default());
        kept.extend_from_slice(STRUCK.as_bytes());
        from = at + secret.len();
    }
    kept.extend_from_slice(body.get(from..).unwrap_or_default());
    Bytes::from(kept)
}
