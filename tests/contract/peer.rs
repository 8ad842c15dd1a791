//! Peers that run beside the tests: programs in Python from the packages pinned in `requirements.txt`.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use whole_system::harness::{Outcome, program, trouble, word};

/// The longest a peer works. Its own waits are switched off; the whole suite takes some seconds.
const LONGEST: Duration = Duration::from_mins(3);

/// What a peer found.
#[derive(Debug)]
pub(crate) struct Report {
    /// One for each comparison: `step`, `ok`, `detail`.
    pub(crate) steps: Vec<Value>,
    /// `peer`, `version`, `calls`, `compared`, `endpoints`.
    pub(crate) summary: Value,
}

impl Report {
    /// One line: which peer, how many calls were made and comparisons drawn.
    pub(crate) fn line(&self) -> String {
        let Self { summary, .. } = self;
        format!(
            "peer {} {}: {} calls, {} comparisons",
            word(summary, "peer"),
            word(summary, "version"),
            summary["calls"],
            summary["compared"]
        )
    }

    /// The comparisons that failed, one to a line.
    pub(crate) fn failures(&self) -> String {
        let failed = self.steps.iter().filter(|step| step["ok"] != true);
        failed.map(|step| format!("{step}\n")).collect()
    }
}

/// Keeps one line about a peer, which `cargo xtask test contract` prints when all have run.
pub(crate) fn tell(line: &str) -> Outcome {
    let mut kept = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(target()?.join("peers.txt"))?;
    Ok(writeln!(kept, "{line}")?)
}

/// Runs a script of this folder with `given` on its standard input.
pub(crate) fn run(script: &str, given: &Value) -> Outcome<Report> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("contract");
    let mut child = std::process::Command::new("python3")
        .arg(folder.join(script))
        .env("PYTHONPATH", packages()?)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(given.to_string().as_bytes())?;
    }
    let id = child.id();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    let Ok(output) = told.recv_timeout(LONGEST) else {
        if let Some(pid) = rustix::process::Pid::from_raw(id.try_into()?) {
            rustix::process::kill_process(pid, rustix::process::Signal::KILL)?;
        }
        return Err(trouble(format!("{script} did not end in {LONGEST:?}")));
    };
    let output = output?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<Value> = said
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    match lines.pop() {
        Some(summary) if summary["peer"].is_string() => Ok(Report {
            steps: lines,
            summary,
        }),
        _ => Err(trouble(format!(
            "{script} ended with {} and told no end: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

fn target() -> Outcome<PathBuf> {
    let programs = program("partnerctl")?;
    let target = programs.ancestors().nth(2).map(PathBuf::from);
    target.ok_or_else(|| trouble("the programs lie in no target folder"))
}

/// Where `cargo xtask test` puts the packages.
fn packages() -> Outcome<PathBuf> {
    let folder = target()?.join("tools/contract-python");
    if folder.join("pyxecm").is_dir() {
        Ok(folder)
    } else {
        Err(trouble(format!(
            "{} does not hold pyxecm; `cargo xtask test contract` fetches it",
            folder.display()
        )))
    }
}
