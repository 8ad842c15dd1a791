//! Python packages in pinned versions, each set in a folder of its own.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process;

/// Whether the machine's Python has pip.
pub(crate) fn is_there() -> bool {
    process::succeeds(Command::new("python3").args(["-m", "pip", "--version"]))
}

/// Fetches exactly these packages (words of pip) into `folder`: nothing is resolved or built, no script runs.
pub(crate) fn install(folder: &Path, packages: &[&OsStr]) -> Outcome {
    process::run(
        Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .args(["--disable-pip-version-check", "--no-warn-script-location"])
            .args(["--root-user-action=ignore", "--only-binary=:all:"])
            .arg("--target")
            .arg(folder)
            .args(packages),
    )
}
