//! How long a person waits after Confirm until the action cannot be lost any more.
//!
//! `enqueue` is the ledger alone: a plan of five steps into action, steps, dependencies, lanes and six audit records, in
//! one transaction under `synchronous = FULL`. `confirm` is the same through the whole desk by the command table: facts
//! read, plan made again and checked, ledger, overlay. The peer is what no durable write can do without: one transaction
//! of the same number of bytes and rows into a plain table, encrypted, FULL, by bare sqlx. They take turns on one disk.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use desk::Desk;
use domain::{
    IntentId, Millis, ObjectRef,
    action::{args_hash, step_key},
    operation::Operation,
    plan::{OfflineClass, Plan, PlannedStep},
};
use ledger::{Actor, Enqueue, Ledger};
use serde_json::json;
use sqlite::{Database, Key, Migration, Mode, Profile, Spec};

use crate::{
    company::Company,
    figure::{Figure, median, p95},
};

pub const FIGURES: [&str; 2] = ["enqueue", "confirm"];

/// Rows of the peer's transaction: an action, its intent, five steps and six records.
const ROWS: usize = 13;
/// Bytes of each: what such a row holds.
const BYTES: usize = 700;
const RUNS: usize = 300;

const PLAIN: &[Migration] = &[Migration {
    version: 1,
    name: "plain",
    sql: "create table plain (id integer primary key, text text not null) strict",
}];

struct Plain(Database);

impl Plain {
    async fn open(folder: &Path) -> Self {
        let spec = Spec {
            path: folder.join("plain.db"),
            profile: Profile::Ledger,
            migrations: PLAIN,
        };
        let key = Key::from_bytes([7; 32]);
        Self(Database::open(&spec, &key, Mode::ReadWrite).await.unwrap())
    }

    async fn write(&self, run: usize) -> Duration {
        let text = format!("{run:x>BYTES$}");
        let places = vec!["(?)"; ROWS].join(",");
        let began = Instant::now();
        let mut tx = self.0.writer().unwrap().begin().await.unwrap();
        let mut insert = sqlx::query(sqlx::AssertSqlSafe(format!(
            "insert into plain (text) values {places}"
        )));
        for _ in 0..ROWS {
            insert = insert.bind(text.as_str());
        }
        insert.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        began.elapsed()
    }
}

fn plan(run: usize) -> Plan {
    let case = ObjectRef::case((1_000 + run).to_string());
    let intent = IntentId(format!("bench/{run}"));
    let steps = [
        ("render", Operation::Render, &[][..]),
        ("release", Operation::Release, &["render"]),
        ("note", Operation::PostMessage, &["release"]),
        ("update", Operation::UpdateCase, &["release"]),
        ("file", Operation::Upload, &["release"]),
    ];
    let steps = (1..)
        .zip(steps)
        .map(|(number, (id, operation, waits_on))| {
            let args = json!({
                "case_id": case.remote_id, "template": "price_change@3", "channel": "email", "body": "x".repeat(200),
                "data": {"partner": "Partner 7 Trading Company Ltd", "order": format!("45{run:08}")},
            });
            let content_hash = args_hash(&args).unwrap();
            PlannedStep {
                number,
                id: id.to_owned(),
                operation,
                subject: format!("Notice to Partner 7: {id}"),
                key: step_key(&intent, number, &content_hash),
                content_hash,
                args,
                waits_on: waits_on.iter().map(|w| (*w).to_owned()).collect(),
                offline_class: OfflineClass::Queue,
                lane: None,
                optional: false,
                overlay: Vec::new(),
            }
        })
        .collect();
    Plan {
        intent,
        playbook: "customer_notice".into(),
        use_case: "S0.1".into(),
        title: "Notice to a partner".into(),
        case,
        steps,
        gates: Vec::new(),
        skipped: Vec::new(),
    }
}

pub async fn measure(desk: &Desk, company: &Company) {
    let folder = company.home.user();
    let plain = Plain::open(&folder).await;
    enqueue(&folder, &plain).await;
    confirm(desk, company, &plain).await;
}

async fn enqueue(folder: &Path, plain: &Plain) {
    let ledger = Ledger::open(
        &folder.join("ledger"),
        &Key::from_bytes([7; 32]),
        Mode::ReadWrite,
    )
    .await
    .unwrap();
    let actor = Actor::person("lena", "Europe/Berlin");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..RUNS {
        let plan = plan(run);
        let began = Instant::now();
        ledger
            .enqueue(Enqueue {
                plan: &plan,
                actor: &actor,
                blobs: Vec::new(),
                again: false,
                repeatable: false,
                audit: Vec::new(),
                now: Millis(1_800_000_000_000),
            })
            .await
            .unwrap();
        ours.push(began.elapsed());
        theirs.push(plain.write(run).await);
    }
    ledger.close().await;
    print(
        "enqueue",
        "<= 5",
        "the ledger alone: five steps, six audit records",
        &ours,
        &theirs,
    );
}

async fn confirm(desk: &Desk, company: &Company, plain: &Plain) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut steps = 0;
    for run in 0..RUNS {
        let case = &company.notice_cases[run % company.notice_cases.len()];
        let args = json!({"playbook": "S0.1", "case": case, "fields": {}, "again": true});
        // The plan is on screen before a person confirms it.
        let shown = api::call(desk, "plan_action", args.clone()).await.unwrap();
        let mut args = args;
        args["intent"] = shown["intent"].clone();
        let began = Instant::now();
        let done = api::call(desk, "submit_action", args).await.unwrap();
        ours.push(began.elapsed());
        steps = done["rows"].as_array().map_or(0, |rows| {
            rows.iter().filter(|row| !row["number"].is_null()).count()
        });
        theirs.push(plain.write(run).await);
    }
    let what = format!(
        "submit_action of S0.1 ({steps} steps) through the whole desk: facts, plan, ledger, overlay, with up to {} actions \
         open before it",
        RUNS
    );
    print("confirm", "<= 5", &what, &ours, &theirs);
}

fn print(figure: &str, aim: &str, what: &str, ours: &[Duration], theirs: &[Duration]) {
    Figure {
        figure,
        unit: "ms p95",
        value: p95(&ours[10..]),
        peer: "bare sqlx, one FULL transaction of as many rows and bytes into a plain table",
        peer_value: Some(p95(&theirs[10..])),
        aim,
        note: format!(
            "{what}; median {:.1} ms against {:.1}",
            median(&ours[10..]),
            median(&theirs[10..])
        ),
    }
    .print();
}
