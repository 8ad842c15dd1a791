//! What an error answer echoes of our own secrets is struck out before anybody reads, keeps or shows its words.

use bytes::Bytes;

use crate::{http::Ask, session::Session, sign_in::Proof};

/// What stands where a secret stood.
const STRUCK: &str = "[struck out]";
/// Shorter ones are words that stand in any text.
const SHORTEST: usize = 6;
/// Names of what proves who we are; the others only say it.
const PROVING: &[&str] = &["password", "client_secret", "token"];
/// Headers a sign-in proves itself with.
const HEADERS: &[&str] = &["authorization", "otdsticket"];

impl Session {
    /// The body of an answer that is no success, without what was sent to prove who we are: as it is typed, as the header
    /// of the request carries it, and as the token or ticket it was changed for.
    pub(super) fn struck(&self, body: Bytes, ask: &Ask, proof: Option<&Proof>) -> Bytes {
        let typed = PROVING.iter().filter_map(|name| self.secrets.get(name));
        let headers = ask.headers.iter();
        let headers = headers.filter(|(name, _)| HEADERS.contains(&name.as_str()));
        let carried = headers.map(|(_, value)| value.as_str());
        let carried = carried.chain(proof.map(|proof| proof.value.as_str()));
        let carried = carried.map(|value| value.rsplit(' ').next().unwrap_or(value));
        let mut text = None;
        for secret in typed.chain(carried).filter(|s| s.len() >= SHORTEST) {
            let current = text.get_or_insert_with(|| String::from_utf8_lossy(&body).into_owned());
            if current.contains(secret) {
                *current = current.replace(secret, STRUCK);
            }
        }
        match text {
            Some(text) if text.as_bytes() != &*body => Bytes::from(text),
            _ => body,
        }
    }
}
