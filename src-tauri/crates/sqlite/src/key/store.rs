//! Where the key of a folder is kept: the operating system's keyring, else under a passphrase, else (only where a folder
//! knows nothing but the sandbox) in a file of its owner.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Key, keyring_store, sealed};

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

/// Keeps the key of a folder elsewhere from now on; the databases stay as they are.
///
/// # Errors
/// A [`KeyError`]; the old place is given up only once the new one holds.
pub async fn move_to(request: &KeyRequest, to: KeySource) -> Result<OpenedKey, KeyError> {
    let file = read(&request.folder)?.ok_or(KeyError::KeyFileGone)?;
    let from = KeyRequest {
        sandbox_only: true,
        ..request.clone()
    };
    let opened = open_existing(&from, &file).await?;
    let moved = keep(request, &file.folder_id, opened.key, to).await?;
    if file.source == KeySource::Keyring && to != KeySource::Keyring {
        keyring_store::forget(&file.folder_id).await;
    }
    Ok(moved)
}

async fn open_existing(request: &KeyRequest, file: &KeyFile) -> Result<OpenedKey, KeyError> {
    let unreadable = |what: &str| KeyError::Unreadable(what.into());
    let key = match file.source {
        KeySource::Keyring => keyring_store::get(&file.folder_id, Duration::from_secs(120)).await?,
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
    Ok(OpenedKey {
        key: key.checked(),
        source: file.source,
        warning: (file.source == KeySource::File).then(|| FILE_WARNING.into()),
    })
}

async fn make(request: &KeyRequest) -> Result<OpenedKey, KeyError> {
    let key = Key::random();
    let mut id = [0_u8; 8];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut id);
    let id = hex::encode(id);
    if let Some(source) = request.prefer {
        return keep(request, &id, key, source).await;
    }
    match keep(request, &id, key.clone(), KeySource::Keyring).await {
        Err(KeyError::NoKeyring(reason)) => {
            tracing::info!(reason, "no keyring; the key is kept otherwise");
        }
        other => return other,
    }
    match keep(request, &id, key.clone(), KeySource::Passphrase).await {
        Err(KeyError::PassphraseNeeded) if request.sandbox_only => {}
        other => return other,
    }
    keep(request, &id, key, KeySource::File).await
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
            keyring_store::put(id, &key, patience).await?;
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
    Ok(OpenedKey {
        key: key.checked(),
        source,
        warning: (source == KeySource::File).then(|| FILE_WARNING.into()),
    })
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
