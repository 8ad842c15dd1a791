//! The operating system's keyring. Its calls block and may wait for a person, so they run aside and have an end.

use std::time::Duration;

use zeroize::Zeroizing;

/// Service all our entries stand under. The name of an entry is `FOLDER` for the key of a data folder and
/// `FOLDER/OWNER/NAME` for a secret of it.
const SERVICE: &str = "partner-console";

/// Why the keyring gave or took nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It has no such entry.
    Empty,
    /// It is not there, is locked, or does not answer.
    Unusable(String),
}

async fn aside<T: Send + 'static>(
    patience: Duration,
    call: impl FnOnce() -> keyring::v1::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::time::timeout(patience, tokio::task::spawn_blocking(call)).await {
        Ok(Ok(Ok(value))) => Ok(value),
        Ok(Ok(Err(keyring::v1::Error::NoEntry))) => Err(Failure::Empty),
        Ok(Ok(Err(error))) => Err(Failure::Unusable(words(&error))),
        Ok(Err(error)) => Err(Failure::Unusable(error.to_string())),
        Err(_) => Err(Failure::Unusable("it did not answer in time".into())),
    }
}

/// In words, without anything an entry holds.
fn words(error: &keyring::v1::Error) -> String {
    use keyring::v1::Error;
    match error {
        Error::NoDefaultStore => "there is none in this session".to_owned(),
        Error::NoStorageAccess(why) => format!("it is locked or gives no access: {why}"),
        Error::PlatformFailure(why) => why.to_string(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "an entry is no text".to_owned(),
        other => other.to_string(),
    }
}

/// Keeps a text under a name, replacing what was there.
pub(crate) async fn put(name: &str, text: &str, patience: Duration) -> Result<(), Failure> {
    let (name, text) = (name.to_owned(), Zeroizing::new(text.to_owned()));
    let kept = aside(patience, move || {
        let entry = keyring::v1::Entry::new(SERVICE, &name)?;
        entry.set_password(&text)?;
        // Some stores accept and forget; better to know now.
        let read = Zeroizing::new(entry.get_password()?);
        Ok(*read == *text)
    })
    .await?;
    if kept {
        Ok(())
    } else {
        Err(Failure::Unusable("it keeps something else".to_owned()))
    }
}

/// The text under a name.
pub(crate) async fn get(name: &str, patience: Duration) -> Result<Zeroizing<String>, Failure> {
    let name = name.to_owned();
    aside(patience, move || {
        let entry = keyring::v1::Entry::new(SERVICE, &name)?;
        entry.get_password().map(Zeroizing::new)
    })
    .await
}

/// Forgets what is under a name; nothing there is fine.
pub(crate) async fn forget(name: &str, patience: Duration) -> Result<(), Failure> {
    let name = name.to_owned();
    let gone = aside(patience, move || {
        keyring::v1::Entry::new(SERVICE, &name)?.delete_credential()
    });
    match gone.await {
        Ok(()) | Err(Failure::Empty) => Ok(()),
        Err(other) => Err(other),
    }
}
