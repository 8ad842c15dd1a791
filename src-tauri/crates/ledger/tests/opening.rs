//! Opening: wrong key, later schema, damage, a second process, the log.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;
#[path = "common/tampering.rs"]
mod tampering;

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use common::*;
use ledger::{Ledger, LedgerError};
use sqlite::{FolderLock, Key, LockError, Mode, OpenError};

#[tokio::test]
async fn a_wrong_key_is_named_and_changes_nothing() {
    let (dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    ledger.close().await;
    let error = Ledger::open(dir.path(), &Key::from_bytes([8; 32]), Mode::ReadWrite)
        .await
        .unwrap_err();
    assert!(
        matches!(error, LedgerError::Open(OpenError::WrongKey { .. })),
        "{error}"
    );
    assert_eq!(rows(&open(dir.path()).await).await.len(), 1);
}

#[tokio::test]
async fn a_ledger_of_a_later_version_is_read_and_not_written() {
    let (dir, ledger) = fresh().await;
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    ledger.close().await;
    tampering::run(
        dir.path(),
        &["insert into migration values (99, 'later', 'x')"],
    )
    .await;
    let ledger = Ledger::open(dir.path(), &key(), Mode::ReadWrite)
        .await
        .unwrap();
    assert!(ledger.read_only().unwrap().contains("later version"));
    assert_eq!(rows(&ledger).await.len(), 1);
    let error = ledger.pause_all(&lena(), "", NOW).await.unwrap_err();
    assert!(matches!(error, LedgerError::ReadOnly(_)));
}

#[tokio::test]
async fn a_damaged_ledger_is_read_where_it_can_be_and_never_replaced() {
    let (dir, ledger) = fresh().await;
    ledger
        .set_setting("theme", &"dark", &lena(), NOW)
        .await
        .unwrap();
    for n in 0..60 {
        let intent = format!("i{n}");
        PlanMaker::new(&intent, &intent)
            .message("m", &[])
            .send(&ledger)
            .await;
    }
    ledger.close().await;
    let path = dir.path().join("ledger.db");
    let whole = std::fs::read(&path).unwrap();
    let pages = whole.len() / 4096;
    let mut read_only = 0;
    for page in 1..pages {
        let mut bytes = whole.clone();
        bytes[page * 4096 + 2_000] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        match Ledger::open(dir.path(), &key(), Mode::ReadWrite).await {
            Ok(ledger) => {
                read_only += usize::from(ledger.read_only().is_some());
                assert!(!ledger.check().await.unwrap().is_empty(), "page {page}");
                ledger.close().await;
            }
            Err(error) => assert!(matches!(
                error,
                LedgerError::Open(OpenError::Damaged { .. })
            )),
        }
        let after = std::fs::read(&path).unwrap();
        assert!(after == bytes, "page {page}: the file was written");
    }
    assert!(read_only > 0);
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(rows(&open(dir.path()).await).await.len(), 60);
}

#[tokio::test]
async fn a_second_process_reads_and_cannot_write() {
    let (dir, first) = fresh().await;
    let _lock = FolderLock::take(dir.path()).unwrap();
    assert!(matches!(
        FolderLock::take(dir.path()),
        Err(LockError::Locked { .. })
    ));
    let second = Ledger::open(dir.path(), &key(), Mode::ReadOnly)
        .await
        .unwrap();
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&first)
        .await;
    assert_eq!(rows(&second).await.len(), 1);
    let plan = PlanMaker::new("i2", "2").message("m", &[]);
    assert_eq!(
        code(&plan.try_send(&second, false).await.unwrap_err()),
        "E_LOCKED"
    );
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
async fn neither_key_nor_pin_is_in_any_log() {
    let sink = Sink::default();
    let writer = sink.clone();
    let _ = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .try_init();
    let dir = tempfile::tempdir().unwrap();
    let secret = Key::from_bytes([0x5c; 32]);
    let ledger = Ledger::open(dir.path(), &secret, Mode::ReadWrite)
        .await
        .unwrap();
    PlanMaker::new("i1", "1")
        .message("m", &[])
        .send(&ledger)
        .await;
    ledger
        .set_pin(&"lena".into(), "pin-81726354", &lena(), NOW)
        .await
        .unwrap();
    ledger
        .verify_pin(&"lena".into(), "pin-81726354", &lena(), NOW)
        .await
        .unwrap();
    tracing::info!("heard {ledger:?} {secret:?}");
    let log = String::from_utf8_lossy(&sink.0.lock().unwrap()).to_lowercase();
    assert!(log.contains("heard"));
    for trace in ["5c5c5c", "pragma key", "81726354", "92, 92, 92"] {
        assert!(!log.contains(trace), "{trace} is in the log");
    }
}
