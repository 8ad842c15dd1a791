//! Canonical JSON (RFC 8785) and SHA-256: the one way content becomes a hash.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Content that cannot be written as canonical JSON (a number outside IEEE 754, a map with keys that are no text).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("content has no canonical form: {0}")]
pub struct NotCanonical(pub String);

/// Canonical JSON bytes of a value, RFC 8785.
///
/// # Errors
/// [`NotCanonical`] when the value has no canonical form.
pub fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, NotCanonical> {
    serde_json_canonicalizer::to_vec(value).map_err(|e| NotCanonical(e.to_string()))
}

/// SHA-256 in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 over the canonical JSON of a value, in hex.
///
/// # Errors
/// [`NotCanonical`] when the value has no canonical form.
pub fn hash<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    Ok(sha256_hex(&to_bytes(value)?))
}
