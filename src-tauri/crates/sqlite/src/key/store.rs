//! Where the key of a folder is kept: the operating system's keyring, else under a passphrase, else (only where a folder
//! knows nothing but the sandbox) in a file of its owner.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Key, sealed};
use crate::{
    keyring_store::{self, Failure},
    secrets::SecretStore,
};

/// Name of the file that says where the key is.
const NAME: &str = "key.json";
/// Environment variable with the passphrase of folders that have one.
const VARIABLE: &str = "PARTNER_CONSOLE_PASSPHRASE";

/// Where a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The operating system's keyring.
    Keyring,
    /// In the key file, wrapped under a passphrase.
    Passphrase,
    /// In the key file, readable for its owner: sandbox folders only.
    File,
}

/// What is known when a key is asked for.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    /// The data folder.
    pub folder: PathBuf,
    /// The passphrase a person gave; else the environment is asked.
    pub passphrase: Option<Zeroizing<String>>,
    /// The folder knows only the sandbox, so its key may lie in a file.
    pub sandbox_only: bool,
    /// For a new folder: where to keep it; `None` tries keyring, passphrase, file in this order.
    pub prefer: Option<KeySource>,
}

/// A key and where it came from.
#[derive(Debug)]
pub struct OpenedKey {
    /// The key of the folder; databases take [`Key::derive`]d ones.
    pub key: Key,
    /// Where it is kept.
    pub source: KeySource,
    /// What a person should be told.
    pub warning: Option<String>,
    /// Where the secrets of the folder are kept: where its key is.
    pub secrets: SecretStore,
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No keyring here, or it does not answer.
    #[error("the keyring cannot be used: {0}")]
    NoKeyring(String),
    /// The keyring has no entry for this folder any more.
    #[error("the keyring has no key for this data folder")]
    KeyringEmpty,
    /// A passphrase is needed.
    #[error("this data folder needs its passphrase (or the variable PARTNER_CONSOLE_PASSPHRASE)")]
    PassphraseNeeded,
    /// Neither is there a keyring to use, nor was a passphrase given.
    #[error(
        "the keyring cannot be used ({0}), and no passphrase was given (variable PARTNER_CONSOLE_PASSPHRASE)"
    )]
    NoPlace(String),
    /// The passphrase does not open the key.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The key lies in a plain file, but the folder has real connections.
    #[error("the key of a folder with real connections may not lie in a file")]
    FileRefused,
    /// The folder holds databases but says nothing about their key. No new key is made over them.
    #[error("this data folder holds databases, but its key file is gone")]
    KeyFileGone,
    /// What was found is not the key of this folder.
    #[error("the key found is not the one of this data folder")]
    OtherKey,
    /// The key file or its content does not make sense.
    #[error("the key cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct KeyFile {
    version: u32,
    folder_id: String,
    source: KeySource,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    sealed: Option<sealed::Sealed>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    plain: Option<String>,
}

const FILE_WARNING: &str = "The key of this sandbox folder lies in a file beside the databases.";

/// Opens the key of a folder, making one for a new folder.
///
/// # Errors
/// A [`KeyError`]; an existing key is never replaced.
pub async fn open(request: &KeyRequest) -> Result<OpenedKey, KeyError> {
    match read(&request.folder)? {
        Some(file) => open_existing(request, &file).await,
        None if holds_databases(&request.folder) => Err(KeyError::KeyFileGone),
        None => make(request).await,
    }
}

/// Keeps a key that lies in a file in the keyring from now on, or under a passphrase where there is none; the databases stay
/// as they are. A key that lies elsewhere stays where it is.
///
/// # Errors
/// A [`KeyError`]; the old place is given up only once the new one holds.
pub async fn leave_file(request: &KeyRequest) -> Result<OpenedKey, KeyError> {
    let file = read(&request.folder)?.ok_or(KeyError::KeyFileGone)?;
    if file.source != KeySource::File {
        return open_existing(request, &file).await;
    }
    let from = KeyRequest {
        sandbox_only: true,
        ..request.clone()
    };
    let key = open_existing(&from, &file).await?.key;
    let to = KeyRequest {
        sandbox_only: false,
        ..request.clone()
    };
    keep_safely(&to, &file.folder_id, key).await
}

async fn open_existing(request: &KeyRequest, file: &KeyFile) -> Result<OpenedKey, KeyError> {
    let unreadable = |what: &str| KeyError::Unreadable(what.into());
    let key = match file.source {
        KeySource::Keyring => from_keyring(&file.folder_id).await?,
        KeySource::Passphrase => {
            let passphrase = passphrase(request).ok_or(KeyError::PassphraseNeeded)?;
            let sealed = file
                .sealed
                .clone()
                .ok_or(unreadable("nothing is wrapped in it"))?;
            aside(move || sealed::unseal(&sealed, &passphrase)).await?
        }
        KeySource::File if !request.sandbox_only => return Err(KeyError::FileRefused),
        KeySource::File => {
            let text = file.plain.as_ref().ok_or(unreadable("no key in it"))?;
            let mut bytes = [0_u8; 32];
            hex::decode_to_slice(text.as_str(), &mut bytes)
                .map_err(|_| unreadable("the key in it is no key"))?;
            Key::from_bytes(bytes)
        }
    };
    if key.fingerprint() != file.fingerprint {
        return Err(KeyError::OtherKey);
    }
    Ok(opened(&request.folder, file, key))
}

fn opened(folder: &Path, file: &KeyFile, key: Key) -> OpenedKey {
    OpenedKey {
        secrets: SecretStore::new(folder.to_owned(), file.folder_id.clone(), file.source, &key),
        key: key.checked(),
        source: file.source,
        warning: (file.source == KeySource::File).then(|| FILE_WARNING.into()),
    }
}

async fn from_keyring(folder_id: &str) -> Result<Key, KeyError> {
    let text = keyring_store::get(folder_id, Duration::from_secs(120))
        .await
        .map_err(|failure| match failure {
            Failure::Empty => KeyError::KeyringEmpty,
            Failure::Unusable(why) => KeyError::NoKeyring(why),
        })?;
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(text.trim(), &mut bytes)
        .map_err(|_| KeyError::Unreadable("the keyring's entry is no key".into()))?;
    Ok(Key::from_bytes(bytes))
}

async fn make(request: &KeyRequest) -> Result<OpenedKey, KeyError> {
    let key = Key::random();
    let mut id = [0_u8; 8];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut id);
    let id = hex::encode(id);
    if let Some(source) = request.prefer {
        return keep(request, &id, key, source).await;
    }
    match keep_safely(request, &id, key.clone()).await {
        Err(KeyError::NoPlace(_)) if request.sandbox_only => {
            keep(request, &id, key, KeySource::File).await
        }
        other => other,
    }
}

/// In the keyring, or under a passphrase where there is none.
async fn keep_safely(request: &KeyRequest, id: &str, key: Key) -> Result<OpenedKey, KeyError> {
    if request.prefer == Some(KeySource::Passphrase) {
        return keep(request, id, key, KeySource::Passphrase).await;
    }
    let reason = match keep(request, id, key.clone(), KeySource::Keyring).await {
        Err(KeyError::NoKeyring(reason)) => reason,
        other => return other,
    };
    tracing::info!(reason, "no keyring; the key is kept otherwise");
    match keep(request, id, key, KeySource::Passphrase).await {
        Err(KeyError::PassphraseNeeded) => Err(KeyError::NoPlace(reason)),
        other => other,
    }
}

/// Puts a key where it is to be kept and says so in the key file.
async fn keep(
    request: &KeyRequest,
    id: &str,
    key: Key,
    source: KeySource,
) -> Result<OpenedKey, KeyError> {
    let mut file = KeyFile {
        version: 1,
        folder_id: id.to_owned(),
        source,
        fingerprint: key.fingerprint(),
        sealed: None,
        plain: None,
    };
    match source {
        KeySource::Keyring => {
            // Where there is another way, a keyring that waits for somebody to unlock it is not waited for.
            let patience = if request.sandbox_only || passphrase(request).is_some() {
                Duration::from_secs(5)
            } else {
                Duration::from_secs(120)
            };
            let text = Zeroizing::new(hex::encode(key.bytes()));
            keyring_store::put(id, &text, patience)
                .await
                .map_err(|failure| match failure {
                    Failure::Empty => KeyError::NoKeyring("it forgets what it is given".into()),
                    Failure::Unusable(why) => KeyError::NoKeyring(why),
                })?;
        }
        KeySource::Passphrase => {
            let passphrase = passphrase(request).ok_or(KeyError::PassphraseNeeded)?;
            let to_seal = key.clone();
            file.sealed = Some(aside(move || sealed::seal(&to_seal, &passphrase)).await?);
        }
        KeySource::File if !request.sandbox_only => return Err(KeyError::FileRefused),
        KeySource::File => file.plain = Some(hex::encode(key.bytes())),
    }
    write(&request.folder, &file)?;
    Ok(opened(&request.folder, &file, key))
}

/// Stretching a passphrase takes a moment, so it is not done on an async thread.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeyError> + Send + 'static,
) -> Result<T, KeyError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| KeyError::Unreadable(e.to_string()))?
}

fn passphrase(request: &KeyRequest) -> Option<Zeroizing<String>> {
    request
        .passphrase
        .clone()
        .or_else(|| std::env::var(VARIABLE).ok().map(Zeroizing::new))
        .filter(|p| !p.is_empty())
}

fn read(folder: &Path) -> Result<Option<KeyFile>, KeyError> {
    let bytes = match std::fs::read(folder.join(NAME)) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeyError::Unreadable(error.to_string())),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        // The text of a parse error may quote what it read.
        .map_err(|e| KeyError::Unreadable(format!("{NAME} line {}", e.line())))
}

fn write(folder: &Path, file: &KeyFile) -> Result<(), KeyError> {
    let failed = |e: String| KeyError::Unreadable(format!("{NAME} cannot be written: {e}"));
    let bytes = Zeroizing::new(serde_json::to_vec_pretty(file).map_err(|e| failed(e.to_string()))?);
    crate::files::private_folder(folder).map_err(|e| failed(e.to_string()))?;
    crate::files::write_private(&folder.join(NAME), &bytes).map_err(|e| failed(e.to_string()))
}

fn holds_databases(folder: &Path) -> bool {
    ["ledger.db", "cache.db"]
        .iter()
        .any(|name| std::fs::metadata(folder.join(name)).is_ok_and(|m| m.len() > 0))
}
