//! Detached signatures (Ed25519, RFC 8032): what is sealed can be carried to no other letter, person, time or pack, and is
//! checked without the program that made it.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The key a data folder seals with. Wiped when dropped, never shown.
pub struct SealingKey(SigningKey);

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey")
    }
}

impl SealingKey {
    /// The key that belongs to 32 secret random bytes.
    #[must_use]
    pub fn of(secret: &Zeroizing<[u8; 32]>) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// Seals these bytes.
    #[must_use]
    pub fn seal(&self, bytes: &[u8]) -> Seal {
        Seal {
            key: hex::encode(self.0.verifying_key().to_bytes()),
            signature: hex::encode(self.0.sign(bytes).to_bytes()),
        }
    }

    /// Name of the key, for people to compare.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.0.verifying_key().to_bytes())
    }
}

/// A detached signature with the public key it was made under, both in lower hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Public key, 32 bytes.
    pub key: String,
    /// Signature, 64 bytes.
    pub signature: String,
}

impl Seal {
    /// Whether it was made over exactly these bytes under its key. Weak keys and other writings of the same signature are
    /// refused.
    #[must_use]
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let (mut key, mut signature) = ([0; 32], [0; 64]);
        hex::decode_to_slice(&self.key, &mut key).is_ok()
            && hex::decode_to_slice(&self.signature, &mut signature).is_ok()
            && VerifyingKey::from_bytes(&key).is_ok_and(|key| {
                key.verify_strict(bytes, &Signature::from_bytes(&signature))
                    .is_ok()
            })
    }

    /// Name of its key, for people to compare; empty when it is no key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::decode(&self.key).map_or_else(|_| String::new(), |key| fingerprint(&key))
    }
}

/// SHA-256 of a public key: its first 16 bytes in groups of four letters.
fn fingerprint(key: &[u8]) -> String {
    let text = hex::encode(Sha256::digest(key));
    let groups: Vec<&str> = (0..32)
        .step_by(4)
        .filter_map(|at| text.get(at..at + 4))
        .collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> SealingKey {
        SealingKey::of(&Zeroizing::new([n; 32]))
    }

    #[test]
    fn a_seal_holds_over_its_bytes_under_its_key_and_nothing_else() {
        let seal = key(1).seal(b"letter");
        assert!(seal.holds(b"letter"));
        assert!(!seal.holds(b"letters"));
        let mut other = key(2).seal(b"letter");
        other.signature.clone_from(&seal.signature);
        assert!(!other.holds(b"letter"));
        for (key, signature) in [
            ("", seal.signature.as_str()),
            (seal.key.as_str(), ""),
            (seal.key.as_str(), "zz"),
            // The neutral element signs anything where a weak key is taken.
            (
                "0100000000000000000000000000000000000000000000000000000000000000",
                seal.signature.as_str(),
            ),
        ] {
            let seal = Seal {
                key: key.to_owned(),
                signature: signature.to_owned(),
            };
            assert!(!seal.holds(b"letter"), "{seal:?}");
        }
    }

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn a_published_vector_comes_out() {
        let secret = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let mut bytes = [0; 32];
        hex::decode_to_slice(secret, &mut bytes).unwrap();
        let seal = SealingKey::of(&Zeroizing::new(bytes)).seal(&[0x72]);
        assert_eq!(
            seal.key,
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert!(
            seal.signature
                .starts_with("92a009a9f0d4cab8720e820b5f642540")
        );
        assert!(seal.holds(&[0x72]));
    }

    #[test]
    fn a_key_is_named_by_its_public_half_and_never_shown() {
        let key = key(1);
        assert_eq!(key.fingerprint(), key.seal(b"").fingerprint());
        assert_eq!(key.fingerprint().len(), 39);
        assert_eq!(format!("{key:?}"), "SealingKey");
    }
}
