//! Tokens that need no table: subject and end of life stand in the token, sealed by a hash, so that they survive a
//! restart and end by the sandbox clock. These are placeholders of a synthetic company, not secrets.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{Millis, canonical::sha256_hex};

use super::state::Ctx;

fn seal(world: &str, subject: &str, until: i64, seed: u64) -> String {
    let hash = sha256_hex(format!("{world}|{subject}|{until}|{seed}").as_bytes());
    hash.chars().take(24).collect()
}

/// A token of one of the sign-in worlds (`grid`, `ocp`, `otds`, `ticket`, ...) for a subject.
#[must_use]
pub fn issue(ctx: &Ctx, world: &str, subject: &str, milliseconds: i64) -> String {
    let until = ctx.now().plus(milliseconds).0;
    let subject = hex::encode(subject);
    let sealed = seal(world, &subject, until, ctx.scenario().seed);
    format!("{world}-{subject}-{until:x}-{sealed}")
}

/// The subject of a token of this world that has not ended.
#[must_use]
pub fn subject(ctx: &Ctx, world: &str, token: &str) -> Option<String> {
    let mut parts = token.split('-');
    let (Some(w), Some(subject), Some(until), Some(sealed), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return None;
    };
    let until = i64::from_str_radix(until, 16).ok()?;
    if w != world
        || sealed != seal(world, subject, until, ctx.scenario().seed)
        || ctx.now() >= Millis(until)
    {
        return None;
    }
    String::from_utf8(hex::decode(subject).ok()?).ok()
}

/// The token of an `Authorization: Bearer` header.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim)
}

/// Name and password of an `Authorization: Basic` header.
#[must_use]
pub fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let bytes = STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}
