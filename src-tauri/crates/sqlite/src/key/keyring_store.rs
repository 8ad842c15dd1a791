//! The operating system's keyring. Its calls block and may wait for a person, so they run aside and have an end.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{Key, KeyError};

const SERVICE: &str = "partner-console";

async fn aside<T: Send + 'static>(
    patience: Duration,
    call: impl FnOnce() -> keyring::v1::Result<T> + Send + 'static,
) -> Result<T, KeyError> {
    match tokio::time::timeout(patience, tokio::task::spawn_blocking(call)).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(keyring::v1::Error::NoEntry))) => Err(KeyError::KeyringEmpty),
        Ok(Ok(Err(error))) => Err(KeyError::NoKeyring(error.to_string())),
        Ok(Err(error)) => Err(KeyError::NoKeyring(error.to_string())),
        Err(_) => Err(KeyError::NoKeyring("it did not answer in time".into())),
    }
}

pub(super) async fn put(folder_id: &str, key: &Key, patience: Duration) -> Result<(), KeyError> {
    let user = folder_id.to_owned();
    let text = Zeroizing::new(hex::encode(key.bytes()));
    aside(patience, move || {
        let entry = keyring::v1::Entry::new(SERVICE, &user)?;
        entry.set_password(&text)?;
        // Some stores accept and forget; better to know now.
        entry.get_password().map(drop)
    })
    .await
}

pub(super) async fn get(folder_id: &str, patience: Duration) -> Result<Key, KeyError> {
    let user = folder_id.to_owned();
    let text = Zeroizing::new(
        aside(patience, move || {
            keyring::v1::Entry::new(SERVICE, &user)?.get_password()
        })
        .await?,
    );
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(text.trim(), &mut bytes)
        .map_err(|_| KeyError::Unreadable("the keyring's entry is no key".into()))?;
    Ok(Key::from_bytes(bytes))
}

pub(super) async fn forget(folder_id: &str) {
    let user = folder_id.to_owned();
    let _ = aside(Duration::from_secs(10), move || {
        keyring::v1::Entry::new(SERVICE, &user)?.delete_credential()
    })
    .await;
}
