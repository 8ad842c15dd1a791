//! Opens the window, then the data folder behind it.

use std::{error::Error, path::PathBuf};

use serde_json::Value;
use tauri::{AppHandle, Manager as _, WebviewUrl, WebviewWindowBuilder};

use crate::{folder::Folder, look};

/// Variable that names the data folder instead of the system's.
const HOME: &str = "PARTNER_CONSOLE_HOME";

/// Opens the window and returns when it is closed.
///
/// # Errors
/// When the window cannot be made. What is wrong with the data folder is shown in the window.
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
            let look = look::read(&folder);
            app.manage(Folder::new(folder));
            // The frame of the window first: opening the folder beside WebKit's start would hold its first paint back.
            tauri::async_runtime::spawn(async move {
                handle.state::<Folder>().wanted().await;
                open(handle, None).await;
            });
            // Incognito: WebKit keeps no files of its own beside the encrypted ones.
            WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
                .title("Partner Console")
                .inner_size(1440.0, 900.0)
                .min_inner_size(960.0, 600.0)
                .initialization_script(look::script(&look))
                .incognito(!automated())
                .build()?;
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            if matches!(event, tauri::RunEvent::Exit) {
                tauri::async_runtime::block_on(app.state::<Folder>().close());
            }
        });
    Ok(())
}

/// Opens the data folder and works on it until the window is closed.
pub(crate) async fn open(app: AppHandle, passphrase: Option<String>) {
    app.state::<Folder>().open(&app, passphrase).await;
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

/// The one command of the window.
#[tauri::command]
async fn call(app: AppHandle, command: String, args: Value) -> Result<Value, api::Problem> {
    app.state::<Folder>().call(&app, &command, args).await
}
