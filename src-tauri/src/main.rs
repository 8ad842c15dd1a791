//! The window of Partner Console: a Tauri shell around the desk, and nothing else.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod shell;

use std::process::ExitCode;

fn main() -> ExitCode {
    match shell::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window cannot open");
            ExitCode::FAILURE
        }
    }
}
