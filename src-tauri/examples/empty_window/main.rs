//! A window with one line of text: what any Tauri program takes before it does something. `cargo xtask bench` measures
//! the app beside it, so both are built in one profile, at one size, and leave no files.

use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
                .title("Empty window")
                .inner_size(1440.0, 900.0)
                .incognito(true)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!(
            "examples/empty_window/tauri.conf.json"
        ))
}
