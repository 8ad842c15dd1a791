//! A data folder and the command line over it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::{Outcome, SandboxProcess, Trouble, items, list, program, trouble, word};

/// No single call of the command line takes longer, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(180);

/// What a test runs under where it says nothing else: everything leaves when it is ready, so that what is looked at has
/// happened. When something leaves has tests of its own.
const AT_ONCE: &str = "[notice]\nundo_seconds = 0\n[quiet_hours]\nchannels = []\n";

/// A data folder that goes away with the test, in a user's home that is empty but for it.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
    more: Vec<(&'static str, String)>,
    /// The sandbox it is connected to, for a window that would start its own.
    sandbox: Option<String>,
}

/// How a call of the command line ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The exit code; none when it was killed.
    pub code: Option<i32>,
    /// What it printed on standard output, if that is JSON.
    pub json: Value,
    /// Standard output as it was.
    pub stdout: String,
    /// Standard error as it was.
    pub stderr: String,
}

impl Ended {
    /// The JSON of a call that ended with `code`.
    ///
    /// # Errors
    /// When it ended with another.
    pub fn expect_code(self, code: i32) -> Outcome<Value> {
        if self.code == Some(code) {
            return Ok(self.json);
        }
        Err(trouble(format!(
            "ended with {:?} instead of {code}\nstdout: {}\nstderr: {}",
            self.code, self.stdout, self.stderr
        )))
    }
}

impl Home {
    /// An empty one.
    ///
    /// # Errors
    /// When no folder can be made.
    pub fn new() -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("partner-console-")
            .tempdir()?;
        let home = Self {
            folder,
            more: Vec::new(),
            sandbox: None,
        };
        std::fs::create_dir_all(home.data())?;
        std::fs::create_dir_all(home.user())?;
        home.policy(AT_ONCE)?;
        Ok(home)
    }

    /// Puts a policy beside the shipped one, in the place of what was there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn policy(&self, text: &str) -> Outcome {
        Ok(std::fs::write(self.data().join("policy.toml"), text)?)
    }

    /// The same, of a test that looks at something else than when things leave.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn policy_at_once(&self, text: &str) -> Outcome {
        self.policy(&format!("{AT_ONCE}{text}"))
    }

    /// The same with a variable of its environment set: a passphrase, a session bus, what is logged.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.more.push((name, value.into()));
        self
    }

    /// One that is connected to `sandbox` and has pulled once.
    ///
    /// # Errors
    /// When either fails.
    pub async fn on(sandbox: &SandboxProcess) -> Outcome<Self> {
        let mut home = Self::new()?;
        home.sandbox = Some(sandbox.base_url().to_owned());
        home.ctl(&["init", "--sandbox", sandbox.base_url()]).await?;
        home.ctl(&["sync"]).await?;
        Ok(home)
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What the program takes for the user's home.
    #[must_use]
    pub fn user(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// Variables that keep a program inside this home: no keyring, no configuration of whoever runs the test; and those set
    /// with [`Home::with`].
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let sandbox = self.sandbox.as_ref();
        [
            ("PARTNER_CONSOLE_HOME", self.data()),
            ("HOME", self.user()),
            ("XDG_DATA_HOME", self.user().join("share")),
            ("XDG_CONFIG_HOME", self.user().join("config")),
            ("XDG_CACHE_HOME", self.user().join("cache")),
            ("XDG_STATE_HOME", self.user().join("state")),
        ]
        .into_iter()
        .map(|(name, folder)| (name, folder.into_os_string()))
        .chain(sandbox.map(|url| ("PARTNER_CONSOLE_SANDBOX", url.into())))
        .chain(self.more.iter().map(|(name, value)| (*name, value.into())))
        .collect()
    }

    /// `partnerctl --home HOME --json ARGS`, ready to be started by a test that wants to kill it.
    ///
    /// # Errors
    /// When `partnerctl` is not built.
    pub fn command(&self, args: &[&str]) -> Outcome<std::process::Command> {
        let mut command = std::process::Command::new(program("partnerctl")?);
        command
            .arg("--home")
            .arg(self.data())
            .arg("--json")
            .args(args)
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("PARTNER_CONSOLE_PASSPHRASE")
            .envs(self.environment());
        Ok(command)
    }

    /// Runs `partnerctl` to its end; its JSON if it ended with 0.
    ///
    /// # Errors
    /// When it ended with anything else.
    pub async fn ctl(&self, args: &[&str]) -> Outcome<Value> {
        self.run(args, "")
            .await?
            .expect_code(0)
            .map_err(|error| error.during(format!("partnerctl {}", args.join(" "))))
    }

    /// Runs `partnerctl` to its end with this on its standard input, and says how it ended.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub async fn run(&self, args: &[&str], input: &str) -> Outcome<Ended> {
        let what = || format!("partnerctl {}", args.join(" "));
        let mut child = Command::from(self.command(args)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Trouble::from(error).during(what()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that reads nothing may have closed its end already.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        let output = tokio::time::timeout(LIMIT, child.wait_with_output())
            .await
            .map_err(|_| trouble(format!("{} did not end in {} s", what(), LIMIT.as_secs())))??;
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Ended {
            code: output.status.code(),
            json: serde_json::from_str(&stdout).unwrap_or(Value::Null),
            stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// The ids of cases where this use case applies, at most `count` of them, open ones.
    ///
    /// # Errors
    /// When there are fewer.
    pub async fn cases_for(&self, use_case: &str, count: usize) -> Outcome<Vec<String>> {
        let open = ["list", "cases", "--where", "open=true", "--limit", "500"];
        let cases = self.ctl(&open).await?;
        let mut found = Vec::new();
        for id in words(&cases, "id") {
            let playbooks = self.ctl(&["playbooks", "--case", &id]).await?;
            let applies = items(&playbooks).iter().any(|playbook| {
                playbook.get("use_case").and_then(Value::as_str) == Some(use_case)
                    && playbook.get("applies").and_then(Value::as_bool) == Some(true)
            });
            if applies {
                found.push(id);
            }
            if found.len() == count {
                return Ok(found);
            }
        }
        Err(trouble(format!(
            "{use_case} applies to {} cases, {count} were wanted",
            found.len()
        )))
    }

    /// An open case no ticket was made for.
    ///
    /// # Errors
    /// When every case has one.
    pub async fn case_without_ticket(&self) -> Outcome<String> {
        let open = ["list", "cases", "--where", "open=true", "--limit", "500"];
        for id in words(&self.ctl(&open).await?, "id") {
            let plan = ["do", "ticket", "--case", &id, "--dry-run"];
            let plan = self.run(&plan, "").await?;
            let creates = |step: &Value| word(step, "operation") == "create_ticket";
            if list(&plan.json, "steps").iter().any(creates) {
                return Ok(id);
            }
        }
        Err(trouble("every case has a ticket already"))
    }

    /// Runs a call that a rule refuses: exit code 1 and `{code, message, detail}`.
    ///
    /// # Errors
    /// When it was not refused, or with another code.
    pub async fn refused(&self, args: &[&str], input: &str, code: &str) -> Outcome<Value> {
        let said = self.run(args, input).await?.expect_code(1)?;
        if word(&said, "code") == code {
            return Ok(said);
        }
        Err(trouble(format!(
            "partnerctl {}: refused with {said}, not with {code}",
            args.join(" ")
        )))
    }

    /// Delivers until nothing is runnable now.
    ///
    /// # Errors
    /// When a system is out of reach or something needs attention.
    pub async fn deliver(&self) -> Outcome<Value> {
        self.ctl(&["outbox", "run", "--until-idle"]).await
    }

    /// The steps of an action, or of everything.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn steps(&self, action: Option<&str>) -> Outcome<Vec<Value>> {
        let all = self.ctl(&["outbox", "list", "--limit", "10000"]).await?;
        Ok(items(&all)
            .iter()
            .filter(|step| action.is_none_or(|id| word(step, "action_id") == id))
            .cloned()
            .collect())
    }

    /// Confirms that every step of an action, or of everything, is confirmed.
    ///
    /// # Errors
    /// Naming those that are not.
    pub async fn all_confirmed(&self, action: Option<&str>) -> Outcome<Vec<Value>> {
        let steps = self.steps(action).await?;
        let open: Vec<String> = steps
            .iter()
            .filter(|step| word(step, "state") != "confirmed")
            .map(|step| {
                format!(
                    "{} {} ({})",
                    word(step, "subject"),
                    word(step, "state"),
                    word(step, "reason")
                )
            })
            .collect();
        if steps.is_empty() {
            return Err(trouble("there is no step"));
        }
        if open.is_empty() {
            return Ok(steps);
        }
        Err(trouble(format!("not confirmed: {}", open.join("; "))))
    }

    /// Every file below the data folder and the user's home.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn files(&self) -> Outcome<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut open = vec![self.folder.path().to_path_buf()];
        while let Some(path) = open.pop() {
            if Path::is_dir(&path) {
                for entry in std::fs::read_dir(&path)? {
                    open.push(entry?.path());
                }
            } else {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }
}

/// One word of every item.
fn words(answer: &Value, key: &str) -> Vec<String> {
    items(answer)
        .iter()
        .filter_map(|item| item.get(key).and_then(Value::as_str))
        .map(str::to_owned)
        .collect()
}
