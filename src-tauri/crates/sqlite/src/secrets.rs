//! Secrets of a data folder, by owner and name, kept where the key of the folder is kept: in the operating system's keyring,
//! else sealed under that key in a file of their own. Beside a key that lies in a plain file nothing is kept.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::{
    Key,
    key::KeySource,
    keyring_store::{self, Failure},
};

mod vault;

/// The keyring gave the key of the folder a moment ago; a person who has to unlock it again is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a secret could not be read or kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The key of the folder lies in a plain file, and no secret is kept beside it.
    #[error("a folder whose key lies in a file keeps no secrets")]
    NoPlace,
    /// The keyring is gone, locked, or does not answer.
    #[error("the keyring cannot be used: {0}")]
    NoKeyring(String),
    /// The file of sealed secrets cannot be read or written.
    #[error("the sealed secrets cannot be used: {0}")]
    Unreadable(String),
}

/// Where the secrets of one data folder are. Cheap to clone; shows nothing of what it keeps.
#[derive(Clone)]
pub struct SecretStore {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    folder_id: String,
    place: KeySource,
    key: Key,
    /// One change of the sealed file at a time; between processes the lock of the folder sees to that.
    changing: Mutex<()>,
}

impl std::fmt::Debug for SecretStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretStore")
            .field("place", &self.inner.place)
            .finish_non_exhaustive()
    }
}

impl SecretStore {
    pub(crate) fn new(folder: PathBuf, folder_id: String, place: KeySource, key: &Key) -> Self {
        Self {
            inner: Arc::new(Inner {
                key: key.derive("secrets"),
                folder,
                folder_id,
                place,
                changing: Mutex::new(()),
            }),
        }
    }

    /// Where they are kept.
    #[must_use]
    pub fn place(&self) -> KeySource {
        self.inner.place
    }

    /// A secret; `None` when it was never kept here or is gone.
    ///
    /// # Errors
    /// A [`SecretError`] when that cannot be told.
    pub async fn get(
        &self,
        owner: &str,
        name: &str,
    ) -> Result<Option<Zeroizing<String>>, SecretError> {
        match self.inner.place {
            KeySource::File => Ok(None),
            KeySource::Keyring => {
                match keyring_store::get(&self.entry(owner, name), PATIENCE).await {
                    Ok(text) => Ok(Some(text)),
                    Err(Failure::Empty) => Ok(None),
                    Err(Failure::Unusable(why)) => Err(SecretError::NoKeyring(why)),
                }
            }
            KeySource::Passphrase => Ok(self.vault().read()?.get(owner, name)),
        }
    }

    /// Keeps a secret, replacing the one before.
    ///
    /// # Errors
    /// A [`SecretError`]; what was kept before is still there then.
    pub async fn put(&self, owner: &str, name: &str, value: &str) -> Result<(), SecretError> {
        match self.inner.place {
            KeySource::File => Err(SecretError::NoPlace),
            KeySource::Keyring => keyring_store::put(&self.entry(owner, name), value, PATIENCE)
                .await
                .map_err(no_keyring),
            KeySource::Passphrase => {
                self.change_vault(|kept| {
                    kept.put(owner, name, value);
                    true
                })
                .await
            }
        }
    }

    /// Forgets a secret; one that is not there is fine.
    ///
    /// # Errors
    /// A [`SecretError`].
    pub async fn forget(&self, owner: &str, name: &str) -> Result<(), SecretError> {
        match self.inner.place {
            KeySource::File => Ok(()),
            KeySource::Keyring => keyring_store::forget(&self.entry(owner, name), PATIENCE)
                .await
                .map_err(no_keyring),
            KeySource::Passphrase => self.change_vault(|kept| kept.forget(owner, name)).await,
        }
    }

    /// One change of the vault at a time; written only when `change` says that there is something to write.
    async fn change_vault(
        &self,
        change: impl FnOnce(&mut vault::Kept) -> bool,
    ) -> Result<(), SecretError> {
        let _one_at_a_time = self.inner.changing.lock().await;
        let vault = self.vault();
        let mut kept = vault.read_or_set_aside()?;
        if change(&mut kept) {
            vault.write(&kept)?;
        }
        Ok(())
    }

    fn entry(&self, owner: &str, name: &str) -> String {
        format!("{}/{owner}/{name}", self.inner.folder_id)
    }

    fn vault(&self) -> vault::Vault<'_> {
        vault::Vault {
            folder: &self.inner.folder,
            folder_id: &self.inner.folder_id,
            key: &self.inner.key,
        }
    }
}

fn no_keyring(failure: Failure) -> SecretError {
    match failure {
        Failure::Empty => SecretError::NoKeyring("it has no such entry".to_owned()),
        Failure::Unusable(why) => SecretError::NoKeyring(why),
    }
}
