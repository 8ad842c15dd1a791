//! `cargo xtask screenshots`: pictures of the real window on the sandbox, both sizes, light and dark.

use std::process::Command;

use crate::Outcome;
use crate::project::Project;
use crate::setup::{BUILD, Consent, Need, TEST, apt, node};
use crate::{interface, process};

/// Builds the app and lets the test package drive it.
pub(crate) fn screenshots(args: &[&str]) -> Outcome {
    let project = Project::find();
    let consent = Consent::of(args.contains(&"--yes"));
    let needs: Vec<Need> = BUILD.iter().chain(TEST).copied().collect();
    apt::install(&needs, consent)?;
    let node = node::ensure(&project, consent)?;
    interface::install(&project, &node)?;
    interface::build(&project, &node)?;
    build(&project, &["partner-console", "cli", "whole-system"])?;
    process::run(
        Command::new(project.program("debug", "screenshots"))
            .arg(project.root.join("assets/screenshots")),
    )
}

/// Builds the programs that tests and pictures start.
pub(crate) fn programs(project: &Project) -> Outcome {
    build(project, &["partner-console", "cli"])
}

fn build(project: &Project, packages: &[&str]) -> Outcome {
    let mut command = process::cargo(project);
    command.args(["build", "--bins"]);
    for package in packages {
        command.args(["--package", package]);
    }
    process::run(&mut command)
}
