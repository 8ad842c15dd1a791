//! The whole audit chain verified: records read from the encrypted ledger, each hash made again from the one before.
//!
//! The peer hashes records of the same size that are in memory already: what SHA-256 alone takes.

use std::time::{Duration, Instant};

use domain::{
    Millis, ObjectRef,
    audit::{GENESIS, chain},
};
use ledger::{Actor, AuditEntry, Ledger};
use serde_json::json;
use sqlite::{Key, Mode};

use crate::figure::{Figure, median};

pub const FIGURES: [&str; 1] = ["audit_verify"];

const RECORDS: usize = 1_000_000;

pub async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(folder.path(), &Key::from_bytes([7; 32]), Mode::ReadWrite)
        .await
        .unwrap();
    let actor = Actor::person("lena", "Europe/Berlin");
    for page in 0..RECORDS / 1_000 {
        let entries = (0..1_000)
            .map(|n| {
                let case = ObjectRef::case((page * 1_000 + n).to_string());
                let mut entry = AuditEntry::new("op.queued", &case);
                entry.key = Some("0".repeat(64));
                entry.after_hash = Some("1".repeat(64));
                entry.with(json!({
                    "action": "a-3f9c1b22d04e5a6b", "step": "a-3f9c1b22d04e5a6b.2", "playbook": "customer_notice",
                    "system": "exstream", "operation": "release",
                }))
            })
            .collect();
        ledger
            .append_audit(&actor, entries, Millis(1_800_000_000_000))
            .await
            .unwrap();
    }
    let sample = ledger
        .list_audit(&ledger::audit::AuditFilter::default(), 1, 0)
        .await
        .unwrap();
    let record = sample[0].record.canonical().unwrap();
    let (mut ours, mut theirs): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let began = Instant::now();
        let verdict = ledger.verify_audit().await.unwrap();
        ours.push(began.elapsed());
        assert!(verdict.ok);
        assert_eq!(verdict.records, RECORDS as i64);
        let began = Instant::now();
        let mut head = GENESIS.to_owned();
        for _ in 0..RECORDS {
            head = chain(&head, &record);
        }
        theirs.push(began.elapsed());
        assert_ne!(head, GENESIS);
    }
    ledger.close().await;
    let rate = |times: &[Duration]| RECORDS as f64 / (median(times) / 1_000.0);
    Figure {
        figure: "audit_verify",
        unit: "records/s",
        value: rate(&ours),
        peer: "SHA-256 alone over records of the same size in memory",
        peer_value: Some(rate(&theirs)),
        aim: ">= 100000",
        note: format!(
            "median of {} runs over {RECORDS} records of {} bytes",
            ours.len(),
            record.len()
        ),
    }
    .print();
}
