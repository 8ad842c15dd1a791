//! Starts the embedded sandbox where nothing else is connected, opens the desk, opens the window, forwards changes.

use std::{error::Error, path::PathBuf, sync::Arc};

use desk::{Desk, OpenOptions, Source};
use serde_json::Value;
use tauri::{AppHandle, Emitter as _, Manager as _, WebviewUrl, WebviewWindowBuilder};
use tokio::sync::Notify;

/// Variable that names the data folder instead of the system's.
const HOME: &str = "PARTNER_CONSOLE_HOME";
/// Variable that names a running sandbox to connect to instead of the embedded one.
const SANDBOX: &str = "PARTNER_CONSOLE_SANDBOX";

/// What the commands work on.
struct App {
    desk: Desk,
    stop: Arc<Notify>,
    /// The embedded sandbox lives as long as the window.
    _sandbox: Option<sandbox::Running>,
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When the data folder cannot be opened or the window cannot be made.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("PARTNER_CONSOLE_LOG")
        .unwrap_or_else(|_| "warn".into());
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![call])
        .setup(|app| {
            let handle = app.handle().clone();
            let folder = home(&handle)?;
            let opened = tauri::async_runtime::block_on(open(folder))?;
            let title = if opened.desk.source().is_some_and(|s| s.is_sandbox()) {
                "Partner Console (sandbox)"
            } else {
                "Partner Console"
            };
            let desk = opened.desk.clone();
            let stop = opened.stop.clone();
            app.manage(opened);
            // Incognito: WebKit keeps no files of its own beside the encrypted ones.
            WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
                .title(title)
                .inner_size(1440.0, 900.0)
                .min_inner_size(960.0, 600.0)
                .incognito(!automated())
                .build()?;
            tauri::async_runtime::spawn(forward(handle, desk.clone()));
            tauri::async_runtime::spawn(async move { desk.run(stop.notified()).await });
            Ok(())
        })
        .on_window_event(|window, event| {
            if matches!(event, tauri::WindowEvent::Destroyed) {
                window.state::<App>().stop.notify_waiters();
            }
        })
        .run(tauri::generate_context!())?;
    Ok(())
}

/// A window that tests drive cannot be incognito: WebKit lets itself be driven in its lasting context only. A release
/// is never driven.
fn automated() -> bool {
    cfg!(debug_assertions) && std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some()
}

fn home(app: &AppHandle) -> Result<PathBuf, Box<dyn Error>> {
    match std::env::var_os(HOME) {
        Some(folder) => Ok(folder.into()),
        None => Ok(app.path().app_local_data_dir()?.join("data")),
    }
}

/// Opens the desk. A folder that was never connected, or only to the sandbox, gets the embedded one.
async fn open(folder: PathBuf) -> Result<App, Box<dyn Error>> {
    let stop = Arc::new(Notify::new());
    if let Ok(url) = std::env::var(SANDBOX) {
        let description = desk::describe_sandbox(&url).await.ok();
        let desk = Desk::open(OpenOptions {
            home: folder,
            sandbox: description,
            ..OpenOptions::default()
        })
        .await?;
        return Ok(App {
            desk,
            stop,
            _sandbox: None,
        });
    }
    // Its state lies beside the data folder, not in it: it stands for systems elsewhere.
    let mut state = folder.clone().into_os_string();
    state.push("-sandbox");
    let probe = Desk::open(OpenOptions {
        home: folder.clone(),
        ..OpenOptions::default()
    })
    .await;
    if let Ok(desk) = &probe
        && (matches!(desk.source(), Some(Source::Real { .. })) || desk.read_only().is_some())
    {
        return Ok(App {
            desk: desk.clone(),
            stop,
            _sandbox: None,
        });
    }
    drop(probe);
    let running = sandbox::start(sandbox::Options {
        state_dir: Some(state.into()),
        ..sandbox::Options::default()
    })
    .await?;
    let description = Some(running.first_line());
    let desk = Desk::open(OpenOptions {
        home: folder,
        sandbox: description,
        ..OpenOptions::default()
    })
    .await?;
    Ok(App {
        desk,
        stop,
        _sandbox: Some(running),
    })
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

/// The one command of the window.
#[tauri::command]
async fn call(
    app: tauri::State<'_, App>,
    command: String,
    args: Value,
) -> Result<Value, api::Problem> {
    api::call(&app.desk, &command, args).await
}
