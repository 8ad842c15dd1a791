//! Where the programs under test are.

use std::path::PathBuf;

use super::{Outcome, trouble};

/// A program of the project, built in the profile this test was built in.
///
/// # Errors
/// When it is not built.
pub fn program(name: &str) -> Outcome<PathBuf> {
    let file = profile()?.join(name);
    if file.is_file() {
        Ok(file)
    } else {
        Err(trouble(format!(
            "{} is not built; `cargo xtask test` builds it before the tests",
            file.display()
        )))
    }
}

/// The folder for pictures and logs of failed tests.
///
/// # Errors
/// When it cannot be made.
pub fn failures() -> Outcome<PathBuf> {
    let profile = profile()?;
    let folder = profile.parent().unwrap_or(&profile).join("failures");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Tests lie in `target/PROFILE/deps`, programs in `target/PROFILE`.
fn profile() -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own
        .parent()
        .ok_or_else(|| trouble("a program lies in a folder"))?;
    Ok(if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder).to_path_buf()
    } else {
        folder.to_path_buf()
    })
}
