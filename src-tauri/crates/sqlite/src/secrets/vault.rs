//! The file of sealed secrets, for folders whose key lies under a passphrase: one XChaCha20-Poly1305 box under a key that is
//! derived from the folder's, bound to the folder it belongs to, replaced whole or not at all.

use std::{collections::BTreeMap, io, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use chacha20poly1305::{
    XChaCha20Poly1305,
    aead::{Aead, KeyInit, Payload},
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::SecretError;
use crate::Key;

/// Name of the file in a data folder.
const NAME: &str = "secrets.json";
/// What the box is bound to beside its folder.
const PURPOSE: &str = "partner-console secrets 1";
/// Six connections have a few short secrets; nothing in a file makes us read more than this.
const LARGEST: u64 = 1024 * 1024;

/// Secrets by owner and name, wiped when dropped.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Kept(BTreeMap<String, BTreeMap<String, String>>);

impl Drop for Kept {
    fn drop(&mut self) {
        self.0
            .values_mut()
            .flat_map(BTreeMap::values_mut)
            .for_each(Zeroize::zeroize);
    }
}

impl Kept {
    pub(super) fn get(&self, owner: &str, name: &str) -> Option<Zeroizing<String>> {
        let value = self.0.get(owner)?.get(name)?;
        Some(Zeroizing::new(value.clone()))
    }

    pub(super) fn put(&mut self, owner: &str, name: &str, value: &str) {
        let of_owner = self.0.entry(owner.to_owned()).or_default();
        if let Some(mut before) = of_owner.insert(name.to_owned(), value.to_owned()) {
            before.zeroize();
        }
    }

    /// Whether there was one.
    pub(super) fn forget(&mut self, owner: &str, name: &str) -> bool {
        let gone = self.0.get_mut(owner).and_then(|names| names.remove(name));
        gone.map(|mut before| before.zeroize()).is_some()
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    nonce: String,
    sealed: String,
}

/// The file of one folder.
pub(super) struct Vault<'a> {
    pub(super) folder: &'a Path,
    pub(super) folder_id: &'a str,
    pub(super) key: &'a Key,
}

impl Vault<'_> {
    /// What is kept; nothing where there is no file.
    pub(super) fn read(&self) -> Result<Kept, SecretError> {
        let path = self.folder.join(NAME);
        match std::fs::metadata(&path) {
            Ok(found) if found.len() > LARGEST => return Err(unreadable("the file is too large")),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Kept::default()),
            Err(error) => return Err(unreadable(error)),
        }
        let bytes = std::fs::read(&path).map_err(unreadable)?;
        let file: File = serde_json::from_slice(&bytes)
            .map_err(|e| unreadable(format!("{NAME} line {}", e.line())))?;
        let nonce: [u8; 24] = decode(&file.nonce)?
            .try_into()
            .map_err(|_| unreadable("its nonce has another length"))?;
        let plain = Zeroizing::new(
            XChaCha20Poly1305::new(self.key.bytes().into())
                .decrypt(
                    (&nonce).into(),
                    Payload {
                        msg: &decode(&file.sealed)?,
                        aad: self.bound_to().as_bytes(),
                    },
                )
                .map_err(|_| unreadable("it was changed, or belongs to another folder"))?,
        );
        // The text of a parse error may quote what it read.
        serde_json::from_slice(&plain).map_err(|_| unreadable("what is sealed has another form"))
    }

    /// As [`Vault::read`], for a change: a file that cannot be read is kept under another name, so that secrets can be
    /// entered again.
    pub(super) fn read_or_set_aside(&self) -> Result<Kept, SecretError> {
        self.read().or_else(|error| {
            tracing::warn!(%error, "the sealed secrets are set aside");
            let path = self.folder.join(NAME);
            std::fs::rename(&path, self.folder.join(format!("{NAME}.damaged")))
                .map_err(unreadable)?;
            Ok(Kept::default())
        })
    }

    /// Writes all of them.
    pub(super) fn write(&self, kept: &Kept) -> Result<(), SecretError> {
        let plain = Zeroizing::new(serde_json::to_vec(kept).map_err(unreadable)?);
        let mut nonce = [0_u8; 24];
        rand::RngCore::fill_bytes(&mut rand::rng(), &mut nonce);
        let sealed = XChaCha20Poly1305::new(self.key.bytes().into())
            .encrypt(
                (&nonce).into(),
                Payload {
                    msg: &plain,
                    aad: self.bound_to().as_bytes(),
                },
            )
            .map_err(|_| unreadable("they could not be sealed"))?;
        let file = File {
            version: 1,
            nonce: BASE64.encode(nonce),
            sealed: BASE64.encode(sealed),
        };
        let bytes = serde_json::to_vec_pretty(&file).map_err(unreadable)?;
        crate::files::write_private(&self.folder.join(NAME), &bytes).map_err(unreadable)
    }

    fn bound_to(&self) -> String {
        format!("{PURPOSE} {}", self.folder_id)
    }
}

fn decode(text: &str) -> Result<Vec<u8>, SecretError> {
    BASE64
        .decode(text)
        .map_err(|_| unreadable("it is not base64"))
}

fn unreadable(why: impl std::fmt::Display) -> SecretError {
    SecretError::Unreadable(why.to_string())
}
