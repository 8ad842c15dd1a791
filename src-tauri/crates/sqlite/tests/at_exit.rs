//! The end of the process.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::process::{Command, Stdio};

use sqlite::{Database, Key, Migration, Mode, Profile, Spec};

#[test]
fn the_process_ends_cleanly_while_connections_are_being_closed() {
    let children: Vec<_> = (0..4)
        .map(|_| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "leaves_without_closing"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        let status = child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

#[test]
#[ignore = "run as a process of its own by the test above"]
fn leaves_without_closing() {
    let dir = tempfile::tempdir().unwrap();
    let spec = Spec {
        path: dir.path().join("ledger.db"),
        profile: Profile::Ledger,
        migrations: &[Migration {
            version: 1,
            name: "first",
            sql: "create table note (bytes blob not null)",
        }],
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let database = Database::open(&spec, &Key::random(), Mode::ReadWrite)
            .await
            .unwrap();
        // Less than what starts a checkpoint by itself, so that closing has something to do.
        let mut tx = database.writer().unwrap().begin().await.unwrap();
        for _ in 0..3 {
            sqlx::query("insert into note (bytes) values (zeroblob(1000000))")
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
    });
}
