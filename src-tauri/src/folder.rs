//! The data folder behind the window. The window stands first; the folder is opened behind it, and may ask for a passphrase.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use api::{OpenFolder, Problem};
use desk::view::{ById, ExportRegister};
use desk::{Desk, OpenOptions, Secrets, Source};
use serde_json::Value;
use tauri::{AppHandle, Emitter as _, Manager as _};
use tokio::sync::{Mutex, Notify, watch};

use crate::look;

/// Variable that names a running sandbox to connect to instead of the embedded one.
const SANDBOX: &str = "PARTNER_CONSOLE_SANDBOX";

/// The longest the folder waits for the page.
const LATEST: Duration = Duration::from_secs(5);

/// How far the folder is.
#[derive(Clone)]
enum State {
    Opening,
    Open(Desk),
    Closed(Problem),
}

/// A data folder that is being opened, is open, or says why not.
pub(crate) struct Folder {
    path: PathBuf,
    state: watch::Sender<State>,
    stop: Notify,
    /// The page asked for something.
    asked: Notify,
    /// One opening at a time; the embedded sandbox lives as long as the window.
    sandbox: Mutex<Option<sandbox::Running>>,
}

impl Folder {
    /// A folder nobody has begun to open.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            state: watch::channel(State::Opening).0,
            stop: Notify::new(),
            asked: Notify::new(),
            sandbox: Mutex::new(None),
        }
    }

    /// Waits until the page is drawn and asks for something, at most for [`LATEST`]: what waits in the outbox is delivered
    /// even when no page comes.
    pub(crate) async fn wanted(&self) {
        let _ = tokio::time::timeout(LATEST, self.asked.notified()).await;
    }

    /// Opens the folder, then pulls and delivers until [`Folder::close`]. What goes wrong is what [`Folder::call`] answers.
    pub(crate) async fn open(&self, app: &AppHandle, passphrase: Option<String>) {
        let mut sandbox = self.sandbox.lock().await;
        if matches!(*self.state.borrow(), State::Open(_)) {
            return;
        }
        self.state.send_replace(State::Opening);
        let desk = match self.desk(passphrase, &mut sandbox).await {
            Ok(desk) => desk,
            Err(problem) => {
                tracing::warn!(code = problem.code, "the data folder is not open");
                self.state.send_replace(State::Closed(problem));
                return;
            }
        };
        entitle(app, &desk);
        self.state.send_replace(State::Open(desk.clone()));
        tauri::async_runtime::spawn(forward(app.clone(), desk.clone()));
        // What is here is shown already; the sandbox of the last time comes back behind it.
        if sandbox.is_none() && std::env::var_os(SANDBOX).is_none() && is_embedded(&desk) {
            match self.start_sandbox(&mut sandbox).await {
                Ok(running) => {
                    if let Err(refusal) = desk.sandbox_moved(running.first_line()).await {
                        tracing::error!(%refusal, "the sandbox of this folder is not connected");
                    }
                }
                Err(problem) => tracing::error!(problem.message, "the sandbox does not start"),
            }
        }
        drop(sandbox);
        desk.run(self.stop.notified()).await;
    }

    /// Ends pulling and delivering, then closes what is open.
    pub(crate) async fn close(&self) {
        self.stop.notify_waiters();
        let state = self
            .state
            .send_replace(State::Closed(problem("The window is closed.")));
        if let State::Open(desk) = state {
            desk.close().await;
        }
        // An opening under way ends with the process.
        if let Ok(mut sandbox) = self.sandbox.try_lock()
            && let Some(running) = sandbox.take()
        {
            running.shutdown().await;
        }
    }

    /// One command of the window; waits while the folder is being opened.
    pub(crate) async fn call(
        &self,
        app: &AppHandle,
        command: &str,
        args: Value,
    ) -> Result<Value, Problem> {
        self.asked.notify_one();
        if command == "keep_look" {
            if let Ok(chosen) = serde_json::from_value(args) {
                look::keep(&self.path, &chosen);
            }
            return Ok(Value::Null);
        }
        let closed = matches!(*self.state.borrow(), State::Closed(_));
        if command == "open_folder" && closed {
            let given: Option<OpenFolder> = serde_json::from_value(args).ok();
            let passphrase = given.map(|given| given.passphrase);
            self.state.send_replace(State::Opening);
            tauri::async_runtime::spawn(crate::shell::open(app.clone(), passphrase));
            return self.opened().await.map(|_| Value::Null);
        }
        let desk = self.opened().await?;
        if command == "use_sandbox" {
            self.use_sandbox(&desk).await?;
            entitle(app, &desk);
            return api::call(&desk, "get_connections", Value::Null).await;
        }
        if matches!(
            command,
            "export_evidence" | "export_campaign" | "export_register"
        ) {
            // A desktop that names none has the usual one.
            let usual = |_| app.path().home_dir().map(|home| home.join("Downloads"));
            let downloads = app.path().download_dir().or_else(usual);
            let downloads = downloads.map_err(|_| problem("There is no folder for downloads."))?;
            return export(&desk, command, args, &downloads).await;
        }
        let answer = api::call(&desk, command, args).await;
        if command == "save_connections" {
            entitle(app, &desk);
        }
        answer
    }

    /// Leaves connections of one's own for the sandbox.
    async fn use_sandbox(&self, desk: &Desk) -> Result<(), Problem> {
        let description = match std::env::var(SANDBOX) {
            Ok(url) => desk::describe_sandbox(&url)
                .await
                .map_err(|refusal| desk::problem(&refusal))?,
            Err(_) => self
                .start_sandbox(&mut *self.sandbox.lock().await)
                .await?
                .first_line(),
        };
        desk.connect_to(Source::sandbox(description), Secrets::default(), None)
            .await
            .map_err(|refusal| desk::problem(&refusal))
    }

    async fn opened(&self) -> Result<Desk, Problem> {
        let mut state = self.state.subscribe();
        let known = state
            .wait_for(|state| !matches!(state, State::Opening))
            .await
            .map(|state| state.clone());
        match known {
            Ok(State::Open(desk)) => Ok(desk),
            Ok(State::Closed(problem)) => Err(problem),
            Ok(State::Opening) | Err(_) => Err(problem("The window is closing.")),
        }
    }

    /// The desk of this folder. A new one begins on the sandbox, so it waits for that.
    async fn desk(
        &self,
        passphrase: Option<String>,
        sandbox: &mut Option<sandbox::Running>,
    ) -> Result<Desk, Problem> {
        let options = OpenOptions {
            home: self.path.clone(),
            passphrase: passphrase.map(Into::into),
            ..OpenOptions::default()
        };
        let refused = |refusal| desk::problem(&refusal);
        if let Ok(url) = std::env::var(SANDBOX) {
            // Out of reach, it is the one this folder knows.
            let description = desk::describe_sandbox(&url).await.ok();
            let options = OpenOptions {
                sandbox: description,
                ..options
            };
            return Desk::open(options).await.map_err(refused);
        }
        if Desk::is_new(&self.path) {
            let description = Some(self.start_sandbox(sandbox).await?.first_line());
            let options = OpenOptions {
                sandbox: description,
                ..options
            };
            return Desk::open(options).await.map_err(refused);
        }
        Desk::open(options).await.map_err(refused)
    }

    /// The sandbox of this window, started when first wanted. Its state lies beside the data folder, not in it: it stands for
    /// systems elsewhere.
    async fn start_sandbox<'a>(
        &self,
        running: &'a mut Option<sandbox::Running>,
    ) -> Result<&'a sandbox::Running, Problem> {
        if let Some(running) = running {
            return Ok(running);
        }
        let mut state = self.path.clone().into_os_string();
        state.push("-sandbox");
        sandbox::start(sandbox::Options {
            state_dir: Some(state.into()),
            ..sandbox::Options::default()
        })
        .await
        .map(|started| &*running.insert(started))
        .map_err(|error| problem(&format!("The sandbox does not start: {error}")))
    }
}

/// Whether a desk belongs to the sandbox inside this program: one it may write for, and no systems of its own.
fn is_embedded(desk: &Desk) -> bool {
    desk.read_only().is_none() && !matches!(desk.source(), Some(Source::Real { .. }))
}

/// The title says where the window leads.
fn entitle(app: &AppHandle, desk: &Desk) {
    let sandbox = desk.source().is_some_and(|source| source.is_sandbox());
    if let Some(window) = app.get_webview_window("main") {
        // Only a name: a window that keeps its own is no fault.
        let _ = window.set_title(if sandbox {
            "Partner Console (sandbox)"
        } else {
            "Partner Console"
        });
    }
}

fn problem(message: &str) -> Problem {
    Problem {
        code: "E_INTERNAL".to_owned(),
        message: message.to_owned(),
        detail: None,
    }
}

/// Tells the window what changed.
async fn forward(app: AppHandle, desk: Desk) {
    let mut changes = desk.listen();
    while let Some(changed) = changes.recv().await {
        if app.emit("changed", changed).is_err() {
            return;
        }
    }
}

async fn export(
    desk: &Desk,
    command: &str,
    args: Value,
    downloads: &Path,
) -> Result<Value, Problem> {
    if command == "export_register" {
        let wanted: ExportRegister = serde_json::from_value(args)
            .map_err(|_| problem("A register is named, with its form."))?;
        let exported = desk.export_register_among(&wanted, downloads).await;
        let exported = exported.map_err(|refusal| desk::problem(&refusal))?;
        return serde_json::to_value(exported).map_err(|error| problem(&error.to_string()));
    }
    let wanted: ById = serde_json::from_value(args)
        .map_err(|_| problem("A review or a campaign is named by its id."))?;
    let exported = match command {
        "export_campaign" => desk.export_campaign_among(&wanted.id, downloads).await,
        _ => desk.export_evidence_among(&wanted.id, downloads).await,
    };
    let exported = exported.map_err(|refusal| desk::problem(&refusal))?;
    serde_json::to_value(exported).map_err(|error| problem(&error.to_string()))
}
