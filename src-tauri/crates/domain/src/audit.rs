//! The audit record, its canonical form and the chain: h(n) = SHA-256(h(n-1) + canonical record).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Millis, PersonId,
    canonical::{self, NotCanonical},
};

/// Hash before the first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One record of the chain, without its hash. Optional fields are absent in the canonical form when they are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Number from 1, without gaps.
    pub seq: i64,
    /// When it happened.
    pub occurred_at: Millis,
    /// When it was written.
    pub recorded_at: Millis,
    /// When the other side confirmed it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confirmed_at: Option<Millis>,
    /// IANA zone of the actor.
    pub zone: String,
    /// Who: a login, or `system` for what follows by itself.
    pub actor: PersonId,
    /// For whom, when acting for another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on_behalf_of: Option<PersonId>,
    /// Word such as `notice.released` or `op.confirmed`.
    pub event: String,
    /// `kind:system:remote_id`.
    pub object: String,
    /// Hash of the object before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub before_hash: Option<String>,
    /// Hash of the object after.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub after_hash: Option<String>,
    /// Idempotency key of the step.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<String>,
    /// Reason in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Hash of the policy in force.
    pub policy_hash: String,
    /// Further facts: identifiers and hashes, never secrets.
    #[serde(skip_serializing_if = "serde_json::Value::is_null", default)]
    pub facts: serde_json::Value,
}

impl AuditRecord {
    /// Canonical bytes, RFC 8785.
    ///
    /// # Errors
    /// [`NotCanonical`] when the facts have no canonical form.
    pub fn canonical(&self) -> Result<Vec<u8>, NotCanonical> {
        canonical::to_bytes(self)
    }
}

/// Hash of a record in the chain, from the hash before it and the record's canonical bytes.
#[must_use]
pub fn chain(previous: &str, canonical_record: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(previous.as_bytes());
    hash.update(canonical_record);
    hex::encode(hash.finalize())
}

/// Result of verifying a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Records read.
    pub records: i64,
    /// Whether all fit.
    pub ok: bool,
    /// Hash of the last record that fits.
    pub head: String,
    /// First record that does not fit, with the reason.
    pub first_bad: Option<FirstBad>,
}

/// The first record that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstBad {
    /// Its number.
    pub seq: i64,
    /// Why, in words.
    pub reason: String,
}

/// Verifies records as they stream by: (stored canonical bytes, stored hash), in order.
#[derive(Debug, Clone)]
pub struct Verifier {
    previous: String,
    next_seq: i64,
    first_bad: Option<FirstBad>,
}

impl Default for Verifier {
    fn default() -> Self {
        Self {
            previous: GENESIS.to_owned(),
            next_seq: 1,
            first_bad: None,
        }
    }
}

impl Verifier {
    /// Takes the next record; after the first bad one nothing more is compared.
    pub fn take(&mut self, canonical_record: &[u8], stored_hash: &str) {
        if self.first_bad.is_some() {
            return;
        }
        let seq = self.next_seq;
        let fault = match serde_json::from_slice::<SeqOnly>(canonical_record) {
            Err(error) => Some(format!("cannot be read: {error}")),
            Ok(record) if record.seq != seq => {
                Some(format!("number {} stands where {seq} belongs", record.seq))
            }
            Ok(_) => {
                let hash = chain(&self.previous, canonical_record);
                if hash == stored_hash {
                    self.previous = hash;
                    self.next_seq += 1;
                    None
                } else {
                    Some("hash does not follow from the record before it".to_owned())
                }
            }
        };
        self.first_bad = fault.map(|reason| FirstBad { seq, reason });
    }

    /// The verdict.
    #[must_use]
    pub fn finish(self) -> Verification {
        Verification {
            records: self.next_seq - 1,
            ok: self.first_bad.is_none(),
            head: self.previous,
            first_bad: self.first_bad,
        }
    }
}

#[derive(Deserialize)]
struct SeqOnly {
    seq: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(n: i64) -> Vec<(Vec<u8>, String)> {
        let mut previous = GENESIS.to_owned();
        (1..=n)
            .map(|seq| {
                let record = AuditRecord {
                    seq,
                    occurred_at: Millis(seq),
                    recorded_at: Millis(seq),
                    confirmed_at: None,
                    zone: "UTC".into(),
                    actor: "lena".into(),
                    on_behalf_of: None,
                    event: "op.queued".into(),
                    object: "case:community:1".into(),
                    before_hash: None,
                    after_hash: None,
                    key: None,
                    reason: None,
                    policy_hash: "p".into(),
                    facts: serde_json::Value::Null,
                };
                let bytes = record.canonical().unwrap();
                previous = chain(&previous, &bytes);
                (bytes, previous.clone())
            })
            .collect()
    }

    fn verify(records: &[(Vec<u8>, String)]) -> Verification {
        let mut verifier = Verifier::default();
        for (bytes, hash) in records {
            verifier.take(bytes, hash);
        }
        verifier.finish()
    }

    #[test]
    fn one_flipped_byte_anywhere_names_its_record() {
        let whole = records(5);
        assert!(verify(&whole).ok);
        for n in 0..5 {
            let mut bad = whole.clone();
            let middle = bad[n].0.len() / 2;
            bad[n].0[middle] ^= 1;
            assert_eq!(verify(&bad).first_bad.unwrap().seq, n as i64 + 1);
        }
    }

    #[test]
    fn a_record_taken_out_of_the_middle_is_named() {
        let mut gap = records(5);
        gap.remove(2);
        assert_eq!(verify(&gap).first_bad.unwrap().seq, 3);
    }
}
