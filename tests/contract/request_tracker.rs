//! A real Request Tracker 5 from its Debian packages, with a database of its own in a temporary folder.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use whole_system::harness::{Group, Outcome, trouble, until_within};

const SETUP: &str = "/usr/sbin/rt-setup-database-5";
const SERVER: &str = "/usr/share/request-tracker5/libexec/rt-server";
/// What its first user signs in with, as the packages make him.
pub(crate) const USER: (&str, &str) = ("root", "password");
/// The server compiles its pages when it starts.
const START: Duration = Duration::from_mins(2);

/// Queues and the custom field an administrator makes for the console.
const INITIAL: &str = r"
@Queues = ({Name => 'Logistics'}, {Name => 'Partner Operations'});
@CustomFields = ({
    Name => 'PartnerCase', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => 0,
});
1;
";

/// A running server. Dropping it ends it and removes what it kept.
#[derive(Debug)]
pub(crate) struct RequestTracker {
    base: String,
    server: Group,
    _folder: TempDir,
}

impl RequestTracker {
    /// Makes a database and serves it on a free loopback port.
    pub(crate) async fn start() -> Outcome<Self> {
        if !std::path::Path::new(SERVER).is_file() {
            return Err(trouble(
                "Request Tracker is not installed; `cargo xtask test contract` installs it",
            ));
        }
        // It commits many times for each ticket: in memory, where there is such a folder, as nothing of it is kept.
        let memory = std::path::Path::new("/dev/shm");
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let folder = tempfile::Builder::new()
            .prefix("request-tracker-")
            .tempdir_in(place)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let root = folder.path().display();
        for name in ["site.d", "mason", "sessions"] {
            std::fs::create_dir(folder.path().join(name))?;
        }
        let settings = format!(
            "Set($rtname, 'contract');\nSet($Organization, 'contract.invalid');\nSet($Timezone, 'UTC');\n\
             Set($WebPath, '');\nSet($WebDomain, '127.0.0.1');\nSet($WebPort, {port});\n\
             Set($WebBaseURL, 'http://127.0.0.1:{port}');\nSet($WebSecureCookies, 0);\n\
             Set($DatabaseType, 'SQLite');\nSet($DatabaseName, '{root}/rt');\nSet($DatabaseHost, '');\n\
             Set($DatabaseUser, '');\nSet($DatabasePassword, '');\nSet($SendmailPath, '/bin/true');\n\
             Set($LogToSTDERR, 'error');\nSet($LogToFile, undef);\nSet($LogToSyslog, undef);\n\
             Set($MasonDataDir, '{root}/mason');\nSet($MasonLocalDataDir, '{root}/mason');\n\
             Set($MasonSessionDir, '{root}/sessions');\n1;\n"
        );
        std::fs::write(folder.path().join("site.pm"), settings)?;
        std::fs::write(folder.path().join("initial"), INITIAL)?;
        let of = |program: &str| {
            let mut command = Command::new(program);
            command
                .env("RT_SITE_CONFIG", folder.path().join("site.pm"))
                .env("RT_SITE_CONFIG_DIR", folder.path().join("site.d"))
                .current_dir(folder.path())
                .stdin(Stdio::null());
            command
        };
        run(of(SETUP).args(["--action", "init", "--skip-create"]))?;
        run(of(SETUP)
            .args(["--action", "insert", "--skip-create", "--datafile"])
            .arg(folder.path().join("initial")))?;
        let log = std::fs::File::create(folder.path().join("log"))?;
        let server = Group::start(
            of(SERVER)
                .args(["--server", "Standalone", "--port"])
                .arg(port.to_string())
                .stdout(Stdio::null())
                .stderr(log),
        )?;
        let mut started = Self {
            base: format!("http://127.0.0.1:{port}"),
            server,
            _folder: folder,
        };
        let http = reqwest::Client::builder().no_proxy().build()?;
        until_within(START, "Request Tracker to answer", async || {
            started.server.still_runs()?;
            let ask = http.get(format!("{}/REST/2.0/queues/all", started.base));
            let answer = ask.basic_auth(USER.0, Some(USER.1)).send().await;
            Ok(answer
                .ok()
                .filter(|answer| answer.status().is_success())
                .map(|_| ()))
        })
        .await?;
        Ok(started)
    }

    /// Its base address.
    pub(crate) fn base_url(&self) -> &str {
        &self.base
    }

    /// What its version is.
    pub(crate) async fn version(&self) -> Outcome<String> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let ask = http.get(format!("{}/REST/2.0/rt", self.base));
        let answer = ask.basic_auth(USER.0, Some(USER.1)).send().await?;
        let said: Value = answer.error_for_status()?.json().await?;
        Ok(said["Version"].as_str().unwrap_or_default().to_owned())
    }
}

fn run(command: &mut Command) -> Outcome {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(trouble(format!(
        "{:?} ended with {}: {}{}",
        command.get_program(),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}
