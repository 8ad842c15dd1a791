//! One owner, and a cache that may be lost.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::process::Stdio;

use serde_json::json;
use whole_system::harness::{Group, Home, Outcome, SandboxProcess, list, number, until, word};

#[tokio::test]
async fn a_second_process_reads_and_is_refused_to_write() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    // A pull that takes long owns the folder meanwhile.
    sandbox
        .fault(json!({"kind": "slow_ms", "slow_ms": 2_000}))
        .await?;
    let mut owner = Group::start(
        home.command(&["sync", "--full"])?
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    let lock = home.data().join("owner.lock");
    let id = owner.id().to_string();
    until("the pull to own the folder", async || {
        let written = std::fs::read_to_string(&lock).unwrap_or_default();
        Ok((written.trim() == id).then_some(()))
    })
    .await?;
    let args = ["do", "S2.1", "--case", &case];
    let said = home.refused(&args, "", "E_LOCKED").await?;
    assert!(word(&said, "message").contains("only reads"), "{said}");
    owner.still_runs()?;
    assert_eq!(number(&home.ctl(&["list", "cases"]).await?, "total"), 240);
    owner.end();
    Ok(())
}

#[tokio::test]
async fn a_call_that_is_told_to_end_closes_both_databases_first() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    sandbox
        .fault(json!({"kind": "slow_ms", "slow_ms": 5_000}))
        .await?;
    let mut pull = Group::start(
        home.command(&["sync", "--full"])?
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    let log = |of: &str| home.data().join(format!("{of}.db-wal"));
    until("both databases to be open", async || {
        Ok((log("cache").exists() && log("ledger").exists()).then_some(()))
    })
    .await?;
    pull.ask_to_end();
    let status = until("the pull to end", async || pull.ended()).await?;
    assert_eq!(status.code(), Some(143));
    assert!(!log("cache").exists() && !log("ledger").exists());
    Ok(())
}

#[tokio::test]
async fn a_mistyped_data_folder_is_named_and_not_made() -> Outcome {
    let home = Home::new()?;
    let elsewhere = home.data();
    // All but empty: the policy a test runs under makes no data folder.
    std::fs::remove_file(elsewhere.join("policy.toml"))?;
    for call in [
        &["list", "cases"][..],
        &["sync"],
        &["audit", "verify"],
        &["doctor"],
    ] {
        let said = home.refused(call, "", "E_NOT_FOUND").await?;
        let named = elsewhere.display().to_string();
        assert!(word(&said, "message").contains(&named), "{said}");
    }
    assert_eq!(std::fs::read_dir(&elsewhere)?.count(), 0);
    Ok(())
}

/// Overwrites a part of the closed cache.
fn spoil(home: &Home, from: u64, bytes: usize) -> Outcome {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .open(home.data().join("cache.db"))?;
    file.seek(SeekFrom::Start(from))?;
    Ok(file.write_all(&vec![0xA5; bytes])?)
}

#[tokio::test]
async fn a_cache_damaged_anywhere_is_filled_again_by_the_next_start_but_one() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let length = std::fs::metadata(home.data().join("cache.db"))?.len();
    // What opening reads, and what only a list reads.
    for (from, bytes) in [(8_192, 20_000), (length / 4, length as usize / 2)] {
        spoil(&home, from, bytes)?;
        let first = home.run(&["list", "cases"], "").await?;
        assert!(
            first.code == Some(0) || word(&first.json, "code") == "E_INTERNAL",
            "{}",
            first.stdout
        );
        // Whoever meets the damage notes it.
        home.run(&["sync"], "").await?;
        home.ctl(&["sync"]).await?;
        assert_eq!(number(&home.ctl(&["list", "cases"]).await?, "total"), 240);
    }
    Ok(())
}

#[tokio::test]
async fn a_damaged_cache_is_filled_again_and_the_outbox_is_untouched() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let case = home.cases_for("S0.1", 1).await?.remove(0);
    home.ctl(&["do", "S0.1", "--case", &case]).await?;
    let steps = home.steps(None).await?.len();
    let cache = home.data().join("cache.db");
    for beside in ["cache.db-wal", "cache.db-shm"] {
        let _ = std::fs::remove_file(home.data().join(beside));
    }
    std::fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&cache)?
        .write_all(&[0xA5; 8_192])?;
    let warned = home.ctl(&["doctor"]).await?;
    assert!(!list(&warned, "warnings").is_empty(), "{warned}");
    home.ctl(&["sync"]).await?;
    assert_eq!(number(&home.ctl(&["list", "cases"]).await?, "total"), 240);
    assert_eq!(home.steps(None).await?.len(), steps);
    home.deliver().await?;
    home.all_confirmed(None).await?;
    Ok(())
}
