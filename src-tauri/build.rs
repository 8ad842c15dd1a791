//! Generates the Tauri context: capabilities, permissions, embedded interface.
fn main() {
    tauri_build::build();
}
