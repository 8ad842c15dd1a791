//! The promises of the crate, each by name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use sqlite::{
    Database, FolderLock, Ids, Key, LockError, Migration, Mode, OpenError, Profile, Spec,
    key::{self, KeyError, KeyRequest, KeySource},
};

const FIRST: &[Migration] = &[Migration {
    version: 1,
    name: "first",
    sql: "create table note (id integer primary key, text text not null)",
}];
const SECOND: &[Migration] = &[
    FIRST[0],
    Migration {
        version: 2,
        name: "second",
        sql: "alter table note add column at integer; create index note_by_at on note (at)",
    },
];

fn spec(folder: &Path, migrations: &'static [Migration]) -> Spec {
    Spec {
        path: folder.join("ledger.db"),
        profile: Profile::Ledger,
        migrations,
    }
}

fn key() -> Key {
    Key::from_bytes([7; 32])
}

async fn open(folder: &Path) -> Database {
    Database::open(&spec(folder, FIRST), &key(), Mode::ReadWrite)
        .await
        .unwrap()
}

async fn insert(database: &Database, text: &str) {
    let mut tx = database.writer().unwrap().begin().await.unwrap();
    sqlx::query("insert into note (text) values (?)")
        .bind(text)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.announce("note", text);
    tx.commit().await.unwrap();
}

async fn count(database: &Database) -> i64 {
    sqlx::query_scalar("select count(*) from note")
        .fetch_one(database.reader().pool())
        .await
        .unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect()
}

#[tokio::test]
async fn nothing_readable_lies_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).await;
    insert(&database, "umberfield-consignment-4711").await;
    for checkpoint in [false, true] {
        if checkpoint {
            database.writer().unwrap().checkpoint().await.unwrap();
        }
        for file in files(dir.path()) {
            let bytes = std::fs::read(&file).unwrap();
            for word in [
                "umberfield-consignment-4711",
                "SQLite format 3",
                "create table",
            ] {
                let found = bytes.windows(word.len()).any(|w| w == word.as_bytes());
                assert!(!found, "{word} in {}", file.display());
            }
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_their_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    let database = open(&home).await;
    insert(&database, "x").await;
    assert_eq!(
        std::fs::metadata(&home).unwrap().permissions().mode() & 0o077,
        0
    );
    for file in files(&home) {
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}

#[tokio::test]
async fn a_wrong_key_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).await;
    insert(&database, "x").await;
    database.close().await;
    for mode in [Mode::ReadWrite, Mode::ReadOnly] {
        let error = Database::open(&spec(dir.path(), FIRST), &Key::from_bytes([8; 32]), mode)
            .await
            .unwrap_err();
        assert!(matches!(error, OpenError::WrongKey { .. }), "{error}");
    }
    assert_eq!(count(&open(dir.path()).await).await, 1);
}

#[tokio::test]
async fn a_later_schema_is_not_opened_for_writing() {
    let dir = tempfile::tempdir().unwrap();
    let newer = Database::open(&spec(dir.path(), SECOND), &key(), Mode::ReadWrite)
        .await
        .unwrap();
    insert(&newer, "x").await;
    newer.close().await;
    let error = Database::open(&spec(dir.path(), FIRST), &key(), Mode::ReadWrite)
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        OpenError::Newer {
            found: 2,
            known: 1,
            ..
        }
    ));
    let readable = Database::open(&spec(dir.path(), FIRST), &key(), Mode::ReadOnly)
        .await
        .unwrap();
    assert_eq!((readable.version(), count(&readable).await), (2, 1));
}

#[tokio::test]
async fn a_damaged_file_is_named_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let request = KeyRequest {
        folder: dir.path().to_owned(),
        passphrase: None,
        sandbox_only: true,
        prefer: Some(KeySource::File),
    };
    let key = key::open(&request).await.unwrap().key.derive("ledger");
    let spec = spec(dir.path(), FIRST);
    let database = Database::open(&spec, &key, Mode::ReadWrite).await.unwrap();
    insert(&database, "x").await;
    database.close().await;
    let mut bytes = std::fs::read(&spec.path).unwrap();
    bytes[100] ^= 0xff;
    std::fs::write(&spec.path, &bytes).unwrap();
    let error = Database::open(&spec, &key, Mode::ReadWrite)
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert_eq!(std::fs::read(&spec.path).unwrap(), bytes);
}

#[tokio::test]
async fn a_check_on_demand_finds_a_page_that_was_touched() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).await;
    for n in 0..50 {
        insert(&database, &format!("{n}").repeat(400)).await;
    }
    assert_eq!(database.quick_check().await.unwrap(), Vec::<String>::new());
    database.close().await;
    let path = dir.path().join("ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() - 2_000;
    bytes[at] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let database = open(dir.path()).await;
    assert!(!database.quick_check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_ledger_is_copied_aside_before_its_schema_changes() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).await;
    insert(&database, "kept").await;
    database.close().await;
    let database = Database::open(&spec(dir.path(), SECOND), &key(), Mode::ReadWrite)
        .await
        .unwrap();
    let copy = database.copied_to().unwrap().to_owned();
    assert_eq!((database.version(), count(&database).await), (2, 1));
    let before = Spec {
        path: copy,
        ..spec(dir.path(), FIRST)
    };
    let before = Database::open(&before, &key(), Mode::ReadOnly)
        .await
        .unwrap();
    assert_eq!((before.version(), count(&before).await), (1, 1));
}

#[tokio::test]
async fn a_migration_edited_after_release_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    const EDITED: &[Migration] = &[Migration {
        version: 1,
        name: "first",
        sql: "create table note (id integer primary key, text text)",
    }];
    let error = Database::open(&spec(dir.path(), EDITED), &key(), Mode::ReadWrite)
        .await
        .unwrap_err();
    assert!(matches!(error, OpenError::Damaged { .. }));
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).await;
    insert(&database, "kept").await;
    database.close().await;
    const BROKEN: &[Migration] = &[
        FIRST[0],
        Migration {
            version: 2,
            name: "broken",
            sql: "alter table note add column at integer; select nothing_like_this()",
        },
    ];
    assert!(
        Database::open(&spec(dir.path(), BROKEN), &key(), Mode::ReadWrite)
            .await
            .is_err()
    );
    let database = open(dir.path()).await;
    assert_eq!((database.version(), count(&database).await), (1, 1));
}

#[tokio::test]
async fn changes_are_announced_after_commit_only() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).await;
    let mut feed = database.changes().listen();
    let mut tx = database.writer().unwrap().begin().await.unwrap();
    tx.announce("note", "lost");
    drop(tx);
    insert(&database, "a").await;
    let changes = feed.recv().await.unwrap();
    assert_eq!(
        changes.topics["note"],
        Ids::Some(["a".to_owned()].into_iter().collect())
    );
    assert!(feed.try_recv().is_err());
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).await;
    let done = sqlx::query("insert into note (text) values ('x')")
        .execute(database.reader().pool())
        .await;
    assert!(done.is_err());
    database.close().await;
    let second = Database::open(&spec(dir.path(), FIRST), &key(), Mode::ReadOnly)
        .await
        .unwrap();
    assert!(second.writer().is_err());
}

#[tokio::test]
async fn a_second_owner_is_turned_away() {
    let dir = tempfile::tempdir().unwrap();
    let first = FolderLock::take(dir.path()).unwrap();
    let LockError::Locked { by } = FolderLock::take(dir.path()).unwrap_err() else {
        panic!("locked twice");
    };
    assert_eq!(by, Some(std::process::id()));
    drop(first);
    FolderLock::take(dir.path()).unwrap();
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_key_is_in_no_log() {
    let sink = Sink::default();
    let writer = sink.clone();
    let _ = tracing_log_everything(writer);
    let dir = tempfile::tempdir().unwrap();
    let secret = Key::from_bytes([0x5c; 32]);
    let database = Database::open(&spec(dir.path(), FIRST), &secret, Mode::ReadWrite)
        .await
        .unwrap();
    insert(&database, "x").await;
    assert_eq!(count(&database).await, 1);
    database.close().await;
    let wrong = Key::from_bytes([0x5d; 32]);
    let error = Database::open(&spec(dir.path(), FIRST), &wrong, Mode::ReadWrite)
        .await
        .unwrap_err();
    tracing::info!("heard: {error} {error:?} {secret:?} {database:?}");
    let log = String::from_utf8_lossy(&sink.0.lock().unwrap()).to_lowercase();
    assert!(log.contains("heard"), "the log was captured");
    for trace in ["5c5c5c", "5d5d5d", "pragma key", "92, 92, 92"] {
        assert!(!log.contains(trace), "{trace} is in the log");
    }
}

/// Everything of every level, also what comes by the `log` crate, whichever thread it comes from.
fn tracing_log_everything(sink: Sink) -> bool {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || sink.clone())
        .try_init()
        .is_ok()
}

fn request(folder: &Path, prefer: Option<KeySource>) -> KeyRequest {
    KeyRequest {
        folder: folder.to_owned(),
        passphrase: None,
        sandbox_only: false,
        prefer,
    }
}

fn same(a: &Key, b: &Key) -> bool {
    format!("{:?}", a) == "Key(..)" && a.is_same(b)
}

#[tokio::test]
async fn a_passphrase_gives_the_key_back_and_a_wrong_one_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let with = |text: &str| KeyRequest {
        passphrase: Some(text.to_owned().into()),
        ..request(dir.path(), Some(KeySource::Passphrase))
    };
    let made = key::open(&with("correct horse")).await.unwrap();
    let again = key::open(&with("correct horse")).await.unwrap();
    assert!(same(&made.key, &again.key));
    assert_eq!(again.source, KeySource::Passphrase);
    let wrong = key::open(&with("battery staple")).await.unwrap_err();
    assert_eq!(wrong, KeyError::WrongPassphrase);
    let none = key::open(&request(dir.path(), None)).await.unwrap_err();
    assert_eq!(none, KeyError::PassphraseNeeded);
}

#[tokio::test]
async fn a_plain_key_file_is_for_sandbox_folders_only() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = KeyRequest {
        sandbox_only: true,
        ..request(dir.path(), Some(KeySource::File))
    };
    let made = key::open(&sandbox).await.unwrap();
    assert!(made.warning.is_some());
    let real = request(dir.path(), None);
    assert_eq!(key::open(&real).await.unwrap_err(), KeyError::FileRefused);
    let with = KeyRequest {
        passphrase: Some("correct horse".to_owned().into()),
        ..real
    };
    let moved = key::leave_file(&KeyRequest {
        prefer: Some(KeySource::Passphrase),
        ..with.clone()
    })
    .await
    .unwrap();
    assert!(same(&made.key, &moved.key));
    assert!(same(&made.key, &key::open(&with).await.unwrap().key));
    let text = std::fs::read_to_string(dir.path().join("key.json")).unwrap();
    assert!(!text.contains("plain"));
}

#[tokio::test]
async fn no_new_key_is_made_over_databases_whose_key_file_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("ledger.db"), b"something").unwrap();
    let error = key::open(&request(dir.path(), None)).await.unwrap_err();
    assert_eq!(error, KeyError::KeyFileGone);
}

#[tokio::test]
async fn keys_of_two_databases_differ() {
    let folder = key();
    assert!(!same(&folder.derive("ledger"), &folder.derive("cache")));
    assert!(same(&folder.derive("ledger"), &folder.derive("ledger")));
}
