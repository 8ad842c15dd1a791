//! Every frozen database opens and keeps its outbox.
//!
//! A folder `vN` beside this file is a data folder as the first release with ledger schema N left it, in the middle of its
//! work. Nothing in it is ever changed again; the test works on a copy. A new one is written by
//! `cargo test -p whole-system --test upgrades -- --ignored freeze` and committed with the release.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod frozen;

use std::path::{Path, PathBuf};

use cache::Cache;
use domain::{
    Millis,
    operation::Call,
    plan::GateKind,
    step::{Attention, StepEvent, StepState},
};
use frozen::{NOW, PIN, row};
use ledger::{Actor, Ledger, Settlement};
use sqlite::{
    Mode,
    key::{self, KeyRequest},
};

fn frozen_folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("upgrades");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

async fn copy_and_open(frozen: &Path) -> (tempfile::TempDir, Ledger, Cache) {
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(frozen).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    let request = KeyRequest {
        folder: dir.path().to_owned(),
        passphrase: None,
        sandbox_only: true,
        prefer: None,
    };
    let key = key::open(&request).await.unwrap().key;
    let ledger = Ledger::open(dir.path(), &key, Mode::ReadWrite)
        .await
        .unwrap();
    assert_eq!(ledger.read_only(), None, "{}", frozen.display());
    let path = dir.path().join("cache.db");
    let cache = Cache::open(
        &path,
        &key.derive("cache"),
        Mode::ReadWrite,
        frozen::policy(),
    )
    .await
    .unwrap();
    (dir, ledger, cache)
}

#[tokio::test]
async fn every_frozen_database_opens_and_keeps_its_outbox() {
    let folders = frozen_folders();
    assert!(!folders.is_empty());
    for folder in folders {
        let (_dir, ledger, cache) = copy_and_open(&folder).await;
        let counts = ledger.counts().await.unwrap();
        assert_eq!(
            (
                counts.queued,
                counts.waiting,
                counts.sending,
                counts.unknown
            ),
            (1, 4, 1, 1)
        );
        assert_eq!(
            (counts.needs_attention, counts.confirmed, counts.cancelled),
            (2, 1, 0)
        );
        assert!(ledger.verify_audit().await.unwrap().ok);
        assert!(ledger.check().await.unwrap().is_empty());
        let other_things = (
            ledger.drafts(&"lena".into()).await.unwrap().len(),
            ledger.prepared_decisions(None).await.unwrap().len(),
            ledger.signatures("review:community:7").await.unwrap().len(),
            ledger.setting::<String>("theme").await.unwrap(),
            ledger.derive_position("notices").await.unwrap(),
        );
        assert_eq!(other_things, (1, 1, 1, Some("dark".into()), 17));
        let lena = Actor::person("lena", "Europe/Berlin");
        ledger
            .verify_pin(&"tomas".into(), PIN, &lena, NOW)
            .await
            .unwrap();
        // The cache may be refilled; it must not be in the way.
        let case = cache.case("1", "lena").await.unwrap();
        assert!(case.is_some() || cache.set_aside().is_some());
        goes_on(&ledger, &lena).await;
        ledger.close().await;
        cache.close().await;
    }
}

/// What was pending is delivered, each with the key and the bytes it was queued with.
async fn goes_on(ledger: &Ledger, lena: &Actor) {
    let now = NOW.plus(domain::time::DAY);
    assert_eq!(ledger.abandoned_attempts(now).await.unwrap().len(), 1);
    let mut looked_up = 0;
    while let Some(step) = ledger.claim_look_up(now, 60_000, &[]).await.unwrap() {
        looked_up += 1;
        let answer = Settlement::of(StepEvent::SafeToResend);
        ledger
            .settle(&step.id, step.attempt, answer, now)
            .await
            .unwrap();
    }
    assert_eq!(looked_up, 2);
    let review = ledger.open_gates(GateKind::Review).await.unwrap();
    assert_eq!(review.len(), 1);
    let gate = &review[0];
    ledger
        .pass_gate(&gate.action_id, &gate.id, lena, now)
        .await
        .unwrap();
    let undecidable = row(ledger, "undecidable").await;
    assert_eq!(
        undecidable.state,
        StepState::NeedsAttention {
            attention: Attention::Undecidable
        }
    );
    let sent = ledger::Resolution::Sent {
        remote_ref: "INC-7".into(),
    };
    ledger
        .resolve(&undecidable.id, &sent, lena, now)
        .await
        .unwrap();
    let conflict = row(ledger, "conflict").await;
    let mine = ledger::Resolution::Take {
        all: Some(ledger::Side::Mine),
        fields: Default::default(),
    };
    ledger
        .resolve(&conflict.id, &mine, lena, now)
        .await
        .unwrap();
    let mut sent = Vec::new();
    while let Some(step) = ledger.claim_next(now, 60_000, &[]).await.unwrap() {
        if let Some(blob) = step.call.blob() {
            assert!(ledger.blob(blob).await.unwrap().is_some());
        }
        if let Call::CommentTicket { ticket_id, .. } = &step.call {
            assert_eq!(ticket_id, "INC-1");
        }
        if let Call::UpdateCase { base_version, .. } = &step.call {
            assert_eq!(*base_version, 5);
        }
        sent.push(step.subject.clone());
        let done = Settlement::of(StepEvent::Confirmed {
            remote_ref: format!("r-{}", step.reference),
        });
        ledger
            .settle(&step.id, step.attempt, done, now)
            .await
            .unwrap();
    }
    sent.sort();
    assert_eq!(
        sent,
        [
            "attached",
            "commented",
            "conflict",
            "gated",
            "lost",
            "postponed",
            "queued",
            "unseen"
        ]
    );
    assert_eq!(ledger.counts().await.unwrap().open(), 0);
    assert_eq!(ledger.next_due(now).await.unwrap(), None::<Millis>);
    assert!(ledger.verify_audit().await.unwrap().ok);
}

#[tokio::test]
#[ignore = "writes the frozen database of this version"]
async fn freeze() {
    frozen::freeze(&Path::new(env!("CARGO_MANIFEST_DIR")).join("upgrades")).await;
}
