#![doc = include_str!("../README.md")]
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod folder;
mod heap;
mod look;
mod shell;

use std::process::ExitCode;

/// Stack of each thread that carries out commands and deliveries, in bytes. What follows from one delivery is deep: in a build
/// for development it does not fit into the usual two mebibytes.
const STACK: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    heap::keep_little();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no thread can be started");
            return ExitCode::FAILURE;
        }
    };
    tauri::async_runtime::set(runtime.handle().clone());
    match shell::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window cannot open");
            ExitCode::FAILURE
        }
    }
}
