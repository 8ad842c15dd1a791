//! One owner, a cache that may be lost, and nothing readable.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};
use whole_system::harness::{
    Group, Home, Outcome, SandboxProcess, items, list, number, until, word,
};

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

/// What must not be found in any file: as it is and in UTF-16 of both orders.
fn shapes(text: &str) -> Vec<Vec<u8>> {
    let wide: Vec<u16> = text.encode_utf16().collect();
    vec![
        text.as_bytes().to_vec(),
        wide.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        wide.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
    ]
}

/// Secrets of the six sign-ins: every text beside the addresses.
fn secrets(hello: &Value) -> Vec<String> {
    let Some(systems) = hello["systems"].as_object() else {
        return Vec::new();
    };
    systems
        .values()
        .filter_map(Value::as_object)
        .flatten()
        .filter(|(name, _)| {
            ["password", "client_secret", "token", "api_key"].contains(&name.as_str())
        })
        .filter_map(|(_, value)| value.as_str())
        .filter(|text| text.len() >= 6)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn nothing_readable_lies_on_disk() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let notice = home.cases_for("S0.1", 1).await?.remove(0);
    let letter = home.cases_for("S0.6", 1).await?.remove(0);
    let filing = home.cases_for("S4.4", 1).await?.remove(0);
    home.ctl(&["do", "S0.1", "--case", &notice]).await?;
    home.ctl(&["do", "S0.6", "--case", &letter]).await?;
    home.ctl(&["do", "S4.4", "--case", &filing]).await?;
    home.deliver().await?;
    home.ctl(&["sync"]).await?;

    let mut words = vec![
        "%PDF".to_owned(),
        "CORVANE".to_owned(),
        "Corvane Supply".to_owned(),
    ];
    let partners = home.ctl(&["list", "partners"]).await?;
    words.extend(
        items(&partners)
            .iter()
            .map(|p| word(p, "short_name").to_owned()),
    );
    let cases = home.ctl(&["list", "cases", "--limit", "20"]).await?;
    words.extend(items(&cases).iter().map(|c| word(c, "number").to_owned()));
    words.extend(
        list(sandbox.hello(), "persons")
            .iter()
            .map(|p| word(p, "pin").to_owned()),
    );
    words.extend(secrets(sandbox.hello()));
    words.retain(|w| w.len() >= 4);
    assert!(words.len() > 40);
    let needles: Vec<(&str, Vec<u8>)> = words
        .iter()
        .flat_map(|w| shapes(w).into_iter().map(move |bytes| (w.as_str(), bytes)))
        // Four digits turn up in random bytes by chance; only their wide forms are telling.
        .filter(|(w, bytes)| w.len() > 4 || bytes.len() > 4 || *w == "%PDF")
        .collect();
    let files = home.files()?;
    assert!(files.iter().any(|f| f.ends_with("ledger.db")));
    let mut found = Vec::new();
    for file in files {
        let bytes = std::fs::read(&file)?;
        for (word, needle) in &needles {
            if contains(&bytes, needle) {
                found.push(format!("{word} in {}", file.display()));
            }
        }
    }
    // %PDF by chance in encrypted bytes: one in four thousand million a byte.
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else {
        return false;
    };
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|b| b == first) {
        let start = from + at + 1;
        if bytes[start..].starts_with(rest) {
            return true;
        }
        from = start;
    }
    false
}
