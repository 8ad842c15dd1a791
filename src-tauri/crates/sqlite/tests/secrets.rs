//! Secrets of a data folder whose key lies under a passphrase; those in a keyring are met in the tests of the whole system.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::Path;

use sqlite::{
    key::{self, KeyRequest, KeySource, OpenedKey},
    secrets::{SecretError, SecretStore},
};

const SECRET: &str = "pale-otter-4417-drumbeat";

async fn opened(folder: &Path, place: KeySource) -> OpenedKey {
    let request = KeyRequest {
        folder: folder.to_owned(),
        passphrase: Some("correct horse".to_owned().into()),
        sandbox_only: place == KeySource::File,
        prefer: Some(place),
    };
    key::open(&request).await.unwrap()
}

async fn read(store: &SecretStore, name: &str) -> Option<String> {
    let found = store.get("tracker", name).await.unwrap();
    found.map(|text| text.to_string())
}

#[tokio::test]
async fn a_sealed_secret_is_found_by_the_next_start_and_by_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let first = opened(dir.path(), KeySource::Passphrase).await.secrets;
    first
        .put("tracker", "password", "an older one")
        .await
        .unwrap();
    first.put("tracker", "password", SECRET).await.unwrap();
    first.put("workflow", "password", "another").await.unwrap();
    let second = opened(dir.path(), KeySource::Passphrase).await.secrets;
    assert_eq!(read(&second, "password").await.as_deref(), Some(SECRET));
    assert_eq!(read(&second, "token").await, None);
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for word in [SECRET, "an older one", "tracker", "correct horse"] {
            assert!(
                !bytes.windows(word.len()).any(|w| w == word.as_bytes()),
                "{word}"
            );
        }
    }
    // In another folder, under another key, the file is nothing.
    let other = tempfile::tempdir().unwrap();
    let there = opened(other.path(), KeySource::Passphrase).await.secrets;
    let file = "secrets.json";
    std::fs::copy(dir.path().join(file), other.path().join(file)).unwrap();
    let refused = there.get("tracker", "password").await.unwrap_err();
    assert!(matches!(refused, SecretError::Unreadable(_)), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_the_sealed_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let store = opened(dir.path(), KeySource::Passphrase).await.secrets;
    store.put("tracker", "password", SECRET).await.unwrap();
    let file = std::fs::metadata(dir.path().join("secrets.json")).unwrap();
    assert_eq!(file.permissions().mode() & 0o077, 0);
}

#[tokio::test]
async fn a_forgotten_secret_is_gone_and_the_others_stay() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened(dir.path(), KeySource::Passphrase).await.secrets;
    store.put("tracker", "password", SECRET).await.unwrap();
    store.put("tracker", "username", "svc").await.unwrap();
    store.forget("tracker", "password").await.unwrap();
    store.forget("tracker", "never set").await.unwrap();
    let again = opened(dir.path(), KeySource::Passphrase).await.secrets;
    assert_eq!(read(&again, "password").await, None);
    assert_eq!(read(&again, "username").await.as_deref(), Some("svc"));
}

#[tokio::test]
async fn a_damaged_file_is_named_and_kept_aside_when_secrets_are_entered_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened(dir.path(), KeySource::Passphrase).await.secrets;
    store.put("tracker", "password", SECRET).await.unwrap();
    let path = dir.path().join("secrets.json");
    let mut text = std::fs::read_to_string(&path).unwrap();
    let at = text.find("sealed").unwrap() + 14;
    let other = if text.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    text.replace_range(at..=at, other);
    std::fs::write(&path, &text).unwrap();
    let refused = store.get("tracker", "password").await.unwrap_err();
    assert!(!refused.to_string().contains(SECRET));
    store.put("tracker", "password", "new").await.unwrap();
    assert_eq!(read(&store, "password").await.as_deref(), Some("new"));
    let aside = std::fs::read_to_string(dir.path().join("secrets.json.damaged")).unwrap();
    assert_eq!(aside, text);
}

#[tokio::test]
async fn beside_a_key_in_a_file_no_secret_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened(dir.path(), KeySource::File).await.secrets;
    let refused = store.put("tracker", "password", SECRET).await.unwrap_err();
    assert_eq!(refused, SecretError::NoPlace);
    assert_eq!(read(&store, "password").await, None);
}
