//! The key of a data folder: 32 random bytes, made once, from which each database gets its own.

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

mod sealed;
mod store;

pub use store::{KeyError, KeyRequest, KeySource, OpenedKey, leave_file, open};

/// A key. It is wiped from memory when dropped and shows nothing of itself.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key {
    bytes: [u8; 32],
    checked: bool,
}

impl Key {
    /// A key from its bytes, not known to belong to any folder.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            checked: false,
        }
    }

    /// A new random key.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0_u8; 32];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
        Self::from_bytes(bytes)
    }

    /// The key of one purpose: no two labels give the same, and none leads back to this one.
    #[must_use]
    pub fn derive(&self, label: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"partner-console key 1\0");
        hash.update(self.bytes);
        hash.update(label.as_bytes());
        Self {
            bytes: hash.finalize().into(),
            checked: self.checked,
        }
    }

    /// Its bytes, for what is no database: a signing key is made of a derived one.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.bytes)
    }

    /// Whether two keys are the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        // Of no use to an attacker who could time it: the keys are random.
        self.bytes == other.bytes
    }

    /// What is kept in the clear to tell a wrong key from a damaged file. It says nothing about the key.
    pub(crate) fn fingerprint(&self) -> String {
        self.derive("fingerprint")
            .bytes
            .iter()
            .take(8)
            .map(|b| format!("{b:02x}"))
            .collect()
    }

    pub(crate) fn checked(mut self) -> Self {
        self.checked = true;
        self
    }

    /// Whether it was compared with the fingerprint of its folder.
    pub(crate) fn was_checked(&self) -> bool {
        self.checked
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The raw form SQLCipher takes without stretching it again.
    pub(crate) fn pragma_value(&self) -> String {
        let hex = Zeroizing::new(hex::encode(self.bytes));
        format!("\"x'{}'\"", hex.as_str())
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}
