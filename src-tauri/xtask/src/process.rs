//! Starting other programs, and saying which.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::project::Project;

/// Cargo, the one that runs us, in the root of the project.
pub(crate) fn cargo(project: &Project) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&project.root);
    command
}

/// Runs to the end with our streams; a non-zero end is an error that names the command.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let line = shown(command);
    eprintln!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` ended with {status}")),
        Err(error) => Err(format!("`{line}` could not be started: {error}")),
    }
}

/// Runs to the end and gives what it printed.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let line = shown(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("`{line}` could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{line}` ended with {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// True if the command ends well; what it prints is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// True if `program` is found along PATH.
pub(crate) fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|paths| {
        std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
    })
}

fn shown(command: &Command) -> String {
    let mut words: Vec<String> = vec![short(command.get_program())];
    words.extend(
        command
            .get_args()
            .map(|word| word.to_string_lossy().into_owned()),
    );
    // Our own npm is a script that our own node is given; what a person would type is `npm`.
    if words
        .get(1)
        .is_some_and(|word| word.ends_with("npm-cli.js"))
    {
        words.drain(..2);
        words.insert(0, "npm".into());
    }
    words.join(" ")
}

fn short(program: &OsStr) -> String {
    Path::new(program)
        .file_name()
        .unwrap_or(program)
        .to_string_lossy()
        .into_owned()
}
