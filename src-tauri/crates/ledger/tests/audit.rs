//! The chain: appended, verified, exported.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod common;

use common::*;
use domain::ObjectRef;
use ledger::{
    AuditEntry, Ledger,
    audit::{AuditFilter, verify_export},
};

async fn some_records(ledger: &Ledger, n: usize) {
    let entries = (0..n)
        .map(|k| AuditEntry::new("case.seen", &ObjectRef::case((k % 3).to_string())))
        .collect();
    ledger.append_audit(&lena(), entries, NOW).await.unwrap();
}

async fn tamper(folder: &std::path::Path, statement: &'static str) {
    tampering::run(folder, &[statement]).await;
}

#[path = "common/tampering.rs"]
mod tampering;

#[tokio::test]
async fn a_chain_over_many_chunks_verifies() {
    let (_dir, ledger) = fresh().await;
    assert!(ledger.verify_audit().await.unwrap().ok);
    some_records(&ledger, 4_001).await;
    let verdict = ledger.verify_audit().await.unwrap();
    assert_eq!((verdict.ok, verdict.records), (true, 4_001));
    assert_eq!(ledger.audit_head().await.unwrap(), (4_001, verdict.head));
}

#[tokio::test]
async fn a_changed_record_is_named() {
    for (statement, first_bad) in [
        (
            "update audit set record = replace(record, 'lena', 'olga') where seq = 2500",
            2_500,
        ),
        (
            "update audit set hash = replace(hash, 'a', 'b') where seq = 7",
            7,
        ),
        ("delete from audit where seq = 100", 100),
        (
            "update audit set record = record || char(10) where seq = 5",
            5,
        ),
        ("update audit set record = 'x' where seq = 1", 1),
    ] {
        let (dir, ledger) = fresh().await;
        some_records(&ledger, 3_000).await;
        ledger.close().await;
        tamper(dir.path(), statement).await;
        let verdict = open(dir.path()).await.verify_audit().await.unwrap();
        assert_eq!(
            (verdict.ok, verdict.first_bad.unwrap().seq),
            (false, first_bad),
            "{statement}"
        );
    }
}

#[tokio::test]
async fn records_are_found_by_case_and_by_thing() {
    let (_dir, ledger) = fresh().await;
    some_records(&ledger, 9).await;
    PlanMaker::new("i1", "2")
        .message("m", &[])
        .send(&ledger)
        .await;
    let of_case = AuditFilter {
        case: Some("case:community:2".into()),
        object: None,
    };
    let rows = ledger.list_audit(&of_case, 10, 0).await.unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(
        (rows[0].record.event.as_str(), rows[0].record.seq),
        ("op.queued", 10)
    );
    assert_eq!(rows[0].record.policy_hash, "policy-1");
    assert_eq!(ledger.list_audit(&of_case, 2, 3).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_export_verifies_alone_whole_and_by_case() {
    let (dir, ledger) = fresh().await;
    some_records(&ledger, 1_200).await;
    let whole = dir.path().join("whole.jsonl");
    let case = dir.path().join("case.jsonl");
    assert_eq!(ledger.export_audit(&whole, None, NOW).await.unwrap(), 1_200);
    assert_eq!(
        ledger
            .export_audit(&case, Some("case:community:1"), NOW)
            .await
            .unwrap(),
        400
    );
    let head = ledger.audit_head().await.unwrap().1;
    ledger.close().await;
    for (path, records) in [(whole, 1_200), (case, 400)] {
        let verdict = verify_export(&path).unwrap();
        assert_eq!(
            (verdict.ok, verdict.records, verdict.head),
            (true, records, head.clone())
        );
    }
}

#[tokio::test]
async fn a_changed_or_cut_export_is_named() {
    let (dir, ledger) = fresh().await;
    some_records(&ledger, 30).await;
    for case in [None, Some("case:community:1")] {
        let path = dir.path().join(format!("{}.jsonl", case.is_some()));
        ledger.export_audit(&path, case, NOW).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let changed = text.replacen("lena", "olga", 1);
        let cut_tail = lines[..5].join("\n") + "\n";
        let mut without: Vec<&str> = lines.clone();
        without.remove(4);
        let without = without.join("\n") + "\n";
        for (what, text) in [
            ("changed", changed),
            ("cut", cut_tail),
            ("without", without),
        ] {
            std::fs::write(&path, text).unwrap();
            let verdict = verify_export(&path).unwrap();
            assert!(
                !verdict.ok && verdict.first_bad.is_some(),
                "{what} {case:?}"
            );
        }
    }
    std::fs::write(dir.path().join("no.jsonl"), "{}\n").unwrap();
    assert!(!verify_export(&dir.path().join("no.jsonl")).unwrap().ok);
}
