//! Nothing readable lies on disk: every file of a used data folder and of the person's home is searched, while a program
//! works on it, after it was killed and after it ended in order, with everything logged that can be.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use whole_system::harness::{
    Display, Group, Home, Outcome, SandboxProcess, configuration, connect, items, list, program,
    until, until_within, word,
};

use crate::{secrets::secrets, traces::Traces};

const PASSPHRASE: &str = "nine herons over the delta";

/// Works as a person and as the background do: pulls, letters, files, a signature with a PIN.
async fn work(home: &Home) -> Outcome {
    home.ctl(&["sync"]).await?;
    for use_case in ["S0.1", "S0.6", "S4.4"] {
        let case = home.cases_for(use_case, 1).await?.remove(0);
        home.ctl(&["do", use_case, "--case", &case]).await?;
    }
    home.run(&["outbox", "run", "--until-idle"], "").await?;
    home.ctl(&["sync"]).await?;
    Ok(())
}

/// What a person could read on the screens of this folder.
async fn readable(home: &Home, sandbox: &SandboxProcess) -> Outcome<Traces> {
    let mut traces = Traces::default();
    for text in ["%PDF-", "CORVANE", "Corvane Supply"] {
        traces.text(text);
    }
    for partner in items(&home.ctl(&["list", "partners"]).await?) {
        traces.text(word(partner, "name"));
        traces.text(word(partner, "short_name"));
    }
    let cases = home.ctl(&["list", "cases", "--limit", "40"]).await?;
    for case in items(&cases) {
        traces.number(word(case, "number"));
        traces.text(word(case, "subject"));
    }
    let documents = home.ctl(&["list", "documents", "--limit", "200"]).await?;
    for document in items(&documents) {
        traces.number(word(document, "number"));
        traces.number(word(document, "order_number"));
    }
    for case in items(&cases).iter().take(10) {
        let shown = home.ctl(&["show", "case", word(case, "id")]).await?;
        for words in sentences(&shown) {
            traces.text(&words);
        }
    }
    for person in list(sandbox.hello(), "persons") {
        traces.number(word(person, "pin"));
    }
    assert!(traces.len() > 500, "{}", traces.len());
    Ok(traces)
}

/// What people wrote: texts with blanks in them. Forty bytes are enough to know one again.
fn sentences(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.len() > 30 && text.contains(' ') => {
            vec![text.chars().take(40).collect()]
        }
        Value::Array(items) => items.iter().flat_map(sentences).collect(),
        Value::Object(members) => members.values().flat_map(sentences).collect(),
        _ => Vec::new(),
    }
}

/// Logs of everything, kept beside the data folder, where they are searched like any other file.
fn log_of(home: &Home, name: &str) -> PathBuf {
    home.user().join(format!("{name}.log"))
}

fn everything_logged(command: &mut Command, log: &Path) -> Outcome {
    command
        .env("PARTNER_CONSOLE_LOG", "trace")
        .stdout(Stdio::null())
        .stderr(File::create(log)?);
    Ok(())
}

fn size(home: &Home, name: &str) -> u64 {
    std::fs::metadata(home.data().join(name)).map_or(0, |found| found.len())
}

/// Searches while a pull is under way, after it was killed in the middle of it, and after another ended in order.
async fn search_through_a_life(home: &Home, sandbox: &SandboxProcess, traces: &Traces) -> Outcome {
    sandbox
        .fault(json!({"kind": "slow_ms", "slow_ms": 500}))
        .await?;
    let log = log_of(home, "killed");
    let mut command = home.command(&["sync", "--full"])?;
    everything_logged(&mut command, &log)?;
    let mut pull = Group::start(&mut command)?;
    until("the log of the database and of the program", async || {
        pull.still_runs()?;
        let written = std::fs::metadata(&log)?.len() > 10_000;
        Ok((written && size(home, "cache.db-wal") > 0).then_some(()))
    })
    .await?;
    nothing(traces, home, "while a pull is under way")?;
    pull.still_runs()?;
    pull.kill();
    assert!(
        size(home, "cache.db-wal") > 0,
        "it was killed in the middle"
    );
    nothing(traces, home, "after it was killed")?;
    sandbox.no_faults().await?;

    let log = log_of(home, "ended");
    let mut command = home.command(&["sync"])?;
    everything_logged(&mut command, &log)?;
    let mut run = Group::start(&mut command)?;
    until("the run to end", async || Ok(run.ended()?.map(drop))).await?;
    let logs = (size(home, "cache.db-wal"), size(home, "ledger.db-wal"));
    assert_eq!(
        logs,
        (0, 0),
        "an orderly end leaves no log beside a database"
    );
    assert!(std::fs::metadata(&log)?.len() > 0, "it was logged");
    nothing(traces, home, "after an orderly end")
}

fn nothing(traces: &Traces, home: &Home, when: &str) -> Outcome {
    let files = home.files()?;
    for file in ["ledger.db", "cache.db", "key.json"] {
        assert!(files.iter().any(|f| f.ends_with(file)), "{file}");
    }
    let mut plain = Traces::default();
    plain.text("SQLite format 3");
    // The web view keeps an empty list of hosts as a plain database in the person's home; in the folder there is none.
    let ours: Vec<PathBuf> = files
        .iter()
        .filter(|file| file.starts_with(home.data()))
        .cloned()
        .collect();
    let mut found = plain.found_in(&ours)?;
    found.extend(traces.found_in(&files)?);
    assert!(found.is_empty(), "{when}: {found:#?}");
    Ok(())
}

#[tokio::test]
async fn nothing_readable_lies_on_disk() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::new()?.with("PARTNER_CONSOLE_PASSPHRASE", PASSPHRASE);
    let configuration = configuration(&sandbox);
    connect(&home, &configuration).await?.expect_code(0)?;
    work(&home).await?;
    let mut traces = readable(&home, &sandbox).await?;
    traces.secret(PASSPHRASE);
    for connection in configuration["systems"].as_object().unwrap().values() {
        let secrets = &connection["secrets"];
        for (name, password) in [("username", "password"), ("client_id", "client_secret")] {
            let (name, password) = (word(secrets, name), word(secrets, password));
            if !password.is_empty() {
                // As a sign-in carries it.
                traces.secret(&format!("{name}:{password}"));
            }
        }
    }
    for secret in secrets(&configuration) {
        traces.secret(&secret);
    }
    search_through_a_life(&home, &sandbox, &traces).await
}

/// Where the key lies in a file it is known, so it can be looked for in all others, and so can what is derived from it.
#[tokio::test]
async fn the_key_of_a_database_lies_in_no_other_file() -> Outcome {
    let sandbox = SandboxProcess::start()?;
    let home = Home::on(&sandbox).await?;
    let key_file = home.data().join("key.json");
    let said: Value = serde_json::from_slice(&std::fs::read(&key_file)?)?;
    let key = bytes_of_hex(word(&said, "plain"));
    assert_eq!(key.len(), 32);
    let mut traces = Traces::default();
    for purpose in ["ledger", "cache", "secrets"] {
        let mut hash = Sha256::new();
        hash.update(b"partner-console key 1\0");
        hash.update(&key);
        hash.update(purpose);
        traces.bytes(&format!("key of the {purpose}"), &hash.finalize());
    }
    search_through_a_life(&home, &sandbox, &traces).await?;
    traces.bytes("key of the folder", &key);
    let mut files = home.files()?;
    assert!(!traces.found_in(&files)?.is_empty(), "it lies in its file");
    files.retain(|file| *file != key_file);
    let found = traces.found_in(&files)?;
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}

fn bytes_of_hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// The window itself, as it is released: not driven, so that its web view keeps nothing.
#[tokio::test]
async fn nothing_readable_lies_on_disk_while_the_window_is_open_and_after_it_was_killed() -> Outcome
{
    let sandbox = SandboxProcess::start()?;
    let display = Display::start(1440, 900)?;
    let home = Home::new()?;
    let log = log_of(&home, "window");
    let mut command = Command::new(program("partner-console")?);
    everything_logged(&mut command, &log)?;
    command
        .envs(home.environment())
        .env("PARTNER_CONSOLE_SANDBOX", sandbox.base_url())
        .env("DISPLAY", display.name())
        .env("GDK_BACKEND", "x11")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env("NO_AT_BRIDGE", "1")
        .env("LANG", "C.UTF-8")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("PARTNER_CONSOLE_PASSPHRASE");
    let mut window = Group::start(&mut command)?;
    let lock = home.data().join("owner.lock");
    let id = window.id().to_string();
    // Before that, the command line would own the folder.
    until("the window to own the folder", async || {
        window.still_runs()?;
        let written = std::fs::read_to_string(&lock).unwrap_or_default();
        Ok((written.trim() == id).then_some(()))
    })
    .await?;
    let patience = std::time::Duration::from_secs(120);
    until_within(patience, "the window to pull everything", async || {
        window.still_runs()?;
        let pulled = home.run(&["list", "documents", "--limit", "1"], "").await?;
        Ok((pulled.json["total"].as_u64() > Some(1_000)).then_some(()))
    })
    .await?;
    let traces = readable(&home, &sandbox).await?;
    nothing(&traces, &home, "while the window is open")?;
    window.still_runs()?;
    window.kill();
    nothing(&traces, &home, "after the window was killed")
}

#[test]
fn the_search_finds_what_it_looks_for() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("control");
    let mut traces = Traces::default();
    traces.text("Bramblewick");
    traces.number("48213");
    traces.secret("placeholder-secret");
    traces.bytes("key", &[0xA7; 32]);
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let base64 = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    };
    let planted = [
        b"x Bramblewick".to_vec(),
        wide("Bramblewick", u16::to_le_bytes),
        wide("Bramblewick", u16::to_be_bytes),
        b"case:community:48213/".to_vec(),
        b"GET /48213/comments".to_vec(),
        wide("48213", u16::to_le_bytes),
        b"placeholder-secret".to_vec(),
        base64("placeholder-secret").into_bytes(),
        base64("u:placeholder-secret").into_bytes(),
        base64("me:placeholder-secret").into_bytes(),
        vec![0xA7; 32],
        "a7".repeat(32).into_bytes(),
        "A7".repeat(32).into_bytes(),
    ];
    for bytes in planted {
        let mut around = vec![0x5B; 1_001];
        around.extend_from_slice(&bytes);
        around.extend_from_slice(&[0x5B; 999]);
        std::fs::write(&file, around)?;
        let found = traces.found_in(std::slice::from_ref(&file))?;
        assert!(!found.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    }
    std::fs::write(&file, [0x5B; 4_096])?;
    assert!(traces.found_in(&[file])?.is_empty());
    Ok(())
}
