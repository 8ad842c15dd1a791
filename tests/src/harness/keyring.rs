//! A keyring of our own: a session bus and gnome-keyring on it, in a home nobody else has.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::{Group, Outcome, trouble, until};

/// Password of the keyring.
const PASSWORD: &str = "sesame of the tests";

/// A running keyring. Dropping it ends it.
#[derive(Debug)]
pub struct Keyring {
    // In the order in which they end.
    daemon: Group,
    address: String,
    _bus: Group,
    folder: TempDir,
}

impl Keyring {
    /// An empty one, unlocked.
    ///
    /// # Errors
    /// When bus or daemon are not installed or do not start.
    pub async fn start() -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("partner-console-keyring-")
            .tempdir()?;
        let (bus, address) = bus(&folder)?;
        let daemon = daemon(&folder, &address, true).await?;
        Ok(Self {
            daemon,
            address,
            _bus: bus,
            folder,
        })
    }

    /// Address of its session bus, as in `DBUS_SESSION_BUS_ADDRESS`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Starts it again with what it keeps, locked; nobody is there to unlock it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn lock(&mut self) -> Outcome {
        self.again(false).await
    }

    /// Starts it again with what it keeps, unlocked.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn unlock(&mut self) -> Outcome {
        self.again(true).await
    }

    /// What it keeps for the program under this name, as another program of the same person reads it.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn look_up(&self, name: &str) -> Outcome<Option<String>> {
        let said = self.tool("lookup", name)?.output()?;
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        Ok(said.status.success().then_some(text))
    }

    /// Takes away what it keeps for the program under this name.
    ///
    /// # Errors
    /// When it does not.
    pub fn clear(&self, name: &str) -> Outcome {
        if self.tool("clear", name)?.status()?.success() {
            Ok(())
        } else {
            Err(trouble(format!("{name} cannot be cleared")))
        }
    }

    /// The files it keeps its entries in.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub fn files(&self) -> Outcome<Vec<PathBuf>> {
        let folder = self.folder.path().join("share/keyrings");
        let entries = std::fs::read_dir(folder)?;
        Ok(entries
            .map(|e| e.map(|e| e.path()))
            .collect::<Result<_, _>>()?)
    }

    async fn again(&mut self, unlocked: bool) -> Outcome {
        self.daemon.end();
        let address = self.address.clone();
        until("the keyring to leave the bus", async || {
            Ok((!answers(&address)?).then_some(()))
        })
        .await?;
        self.daemon = daemon(&self.folder, &self.address, unlocked).await?;
        Ok(())
    }

    fn tool(&self, call: &str, name: &str) -> Outcome<Command> {
        let mut tool = Command::new("secret-tool");
        tool.args([call, "service", "partner-console", "username", name])
            .envs(environment(&self.folder))
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        Ok(tool)
    }
}

fn environment(folder: &TempDir) -> Vec<(&'static str, PathBuf)> {
    let folder = folder.path();
    vec![
        ("HOME", folder.to_path_buf()),
        ("XDG_DATA_HOME", folder.join("share")),
        ("XDG_CONFIG_HOME", folder.join("config")),
        ("XDG_CACHE_HOME", folder.join("cache")),
        ("XDG_RUNTIME_DIR", folder.to_path_buf()),
    ]
}

fn bus(folder: &TempDir) -> Outcome<(Group, String)> {
    let mut bus = Group::start(
        Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
            .arg(format!("--address=unix:dir={}", folder.path().display()))
            .envs(environment(folder))
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdout(Stdio::piped())
            .stderr(Stdio::null()),
    )?;
    let said = bus
        .child()
        .stdout
        .take()
        .ok_or_else(|| trouble("the bus has no standard output"))?;
    let mut address = String::new();
    BufReader::new(said).read_line(&mut address)?;
    let address = address.trim().to_owned();
    if address.is_empty() {
        return Err(trouble("the bus named no address"));
    }
    Ok((bus, address))
}

/// A daemon reads its password from standard input, which programs of a group do not have; a shell gives it one.
async fn daemon(folder: &TempDir, address: &str, unlocked: bool) -> Outcome<Group> {
    let script = if unlocked {
        "printf %s \"$PASSWORD\" | exec gnome-keyring-daemon --foreground --components=secrets --unlock"
    } else {
        "exec gnome-keyring-daemon --foreground --components=secrets"
    };
    let mut daemon = Group::start(
        Command::new("sh")
            .args(["-c", script])
            .envs(environment(folder))
            .env("PASSWORD", PASSWORD)
            .env("DBUS_SESSION_BUS_ADDRESS", address)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    until("the keyring on the bus", async || {
        daemon.still_runs()?;
        Ok(answers(address)?.then_some(()))
    })
    .await?;
    Ok(daemon)
}

/// Whether somebody keeps secrets on this bus.
fn answers(address: &str) -> Outcome<bool> {
    let said = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus"])
        .args(["/", "org.freedesktop.DBus.NameHasOwner"])
        .arg("string:org.freedesktop.secrets")
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .stdin(Stdio::null())
        .output()?;
    Ok(String::from_utf8_lossy(&said.stdout).contains("boolean true"))
}
