//! The interface: its packages and its build, made again only when an input changed.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::process;
use crate::project::Project;
use crate::setup::node::Node;
use crate::stamp::Stamp;

/// Installs the locked npm packages.
pub(crate) fn install(project: &Project, node: &Node) -> Outcome {
    let ui = project.ui();
    let modules = ui.join("node_modules");
    // The stamp lies inside, so that a deleted folder is a missing stamp.
    let stamp = Stamp::new(
        modules.join(".xtask-stamp"),
        &[ui.join("package.json"), ui.join("package-lock.json")],
        &[&node.version],
    )?;
    if stamp.is_fresh() {
        return Ok(());
    }
    process::run(node.npm(project).args([
        "ci",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
    ]))?;
    stamp.set()
}

/// Builds `ui/dist`, which the shell embeds.
pub(crate) fn build(project: &Project, node: &Node) -> Outcome {
    let ui = project.ui();
    let stamp = Stamp::new(
        project.notes().join("interface.stamp"),
        &inputs(project),
        &[&node.version],
    )?;
    if stamp.is_fresh() && ui.join("dist/index.html").is_file() {
        return Ok(());
    }
    process::run(&mut script(project, node, "build"))?;
    stamp.set()
}

/// `npm run NAME` in the interface.
pub(crate) fn script(project: &Project, node: &Node, name: &str) -> Command {
    let mut command = node.npm(project);
    command.args(["run", "--silent", name]);
    command
}

fn inputs(project: &Project) -> Vec<PathBuf> {
    let ui = project.ui();
    [
        "src",
        "public",
        "index.html",
        "package.json",
        "package-lock.json",
        "vite.config.ts",
        "tsconfig.json",
    ]
    .iter()
    .map(|name| ui.join(name))
    .collect()
}
