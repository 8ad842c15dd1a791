//! `cargo xtask test`: every check and every test, headless by itself.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::Outcome;
use crate::project::Project;
use crate::setup::{self, node};
use crate::{generate, interface, process, rules, screenshots};

/// Test targets of the package `whole-system`, each a part that can be asked for.
const WHOLE: &[&str] = &["journeys", "faults", "contract", "upgrades", "window"];

/// What contract tests keep of their peers below the target folder, a line for each.
const PEERS: &str = "peers.txt";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Selection {
    /// Stages and parts; empty means all.
    parts: Vec<String>,
    /// Names of tests.
    names: Vec<String>,
    yes: bool,
}

impl Selection {
    fn read(args: &[&str]) -> Outcome<Self> {
        let stages = ["fmt", "rules", "ui", "generated", "clippy", "unit"];
        let mut selection = Self::default();
        for word in args {
            if *word == "--yes" {
                selection.yes = true;
            } else if word.starts_with('-') {
                return Err(format!("`test` does not know `{word}`"));
            } else if stages.contains(word) || WHOLE.contains(word) {
                selection.parts.push((*word).to_owned());
            } else {
                selection.names.push((*word).to_owned());
            }
        }
        Ok(selection)
    }

    fn all(&self) -> bool {
        self.parts.is_empty() && self.names.is_empty()
    }

    fn wants(&self, part: &str) -> bool {
        self.all() || self.parts.iter().any(|chosen| chosen == part)
    }

    /// The whole-system targets that were asked for by name.
    fn targets(&self) -> Vec<&str> {
        WHOLE
            .iter()
            .copied()
            .filter(|target| self.parts.iter().any(|part| part == target))
            .collect()
    }

    fn runs_tests(&self) -> bool {
        self.wants("unit") || !self.targets().is_empty() || !self.names.is_empty()
    }
}

/// Runs what was asked for; all of it where nothing was.
pub(crate) fn test(args: &[&str]) -> Outcome {
    let selection = Selection::read(args)?;
    let project = Project::find();
    if selection.wants("rules") && !selection.all() {
        stage("rules", || rules::check(&project))?;
    }
    if selection.wants("fmt") {
        stage("fmt", || {
            process::run(process::cargo(&project).args(["fmt", "--all", "--check"]))
        })?;
    }
    let compiles = selection.wants("clippy") || selection.runs_tests();
    if compiles || selection.wants("ui") || selection.wants("generated") {
        let mut built = None;
        stage("set-up", || {
            setup::everything(&project, selection.yes)?;
            let node = node::ensure(&project, setup::Consent::of(selection.yes))?;
            // The shell embeds the interface, so nothing compiles without it.
            interface::build(&project, &node)?;
            if selection.wants("contract") {
                setup::peers::ensure(&project, setup::Consent::of(selection.yes))?;
            }
            built = Some(node);
            Ok(())
        })?;
        if let (true, Some(node)) = (selection.wants("ui"), built) {
            stage("ui", || ui(&project, &node))?;
        }
    }
    if selection.all() {
        // After the set-up, as licences of npm packages are read from where they were installed.
        stage("rules", || rules::check(&project))?;
    }
    if selection.wants("generated") {
        stage("generated", || generate::check(&project))?;
    }
    if selection.wants("clippy") {
        stage("clippy", || {
            process::run(
                process::cargo(&project)
                    .args(["clippy", "--workspace", "--all-targets", "--quiet"])
                    .args(["--", "-D", "warnings"]),
            )
        })?;
    }
    if selection.runs_tests() {
        stage("programs", || screenshots::programs(&project))?;
        let peers = project.target.join(PEERS);
        let _ = fs::remove_file(&peers);
        // Last where everything runs, and nothing is printed after it: the summary of the runner is the last word.
        let outcome = process::run(&mut runner(&project, &selection));
        if let (false, Ok(lines)) = (selection.all(), fs::read_to_string(&peers)) {
            println!("\n{}", lines.trim_end());
        }
        outcome?;
    }
    Ok(())
}

fn ui(project: &Project, node: &node::Node) -> Outcome {
    process::run(&mut interface::script(project, node, "typecheck"))?;
    process::run(&mut interface::script(project, node, "test"))
}

fn stage(name: &str, work: impl FnOnce() -> Outcome) -> Outcome {
    let start = Instant::now();
    let outcome = work();
    let word = if outcome.is_ok() { "ok" } else { "FAILED" };
    println!(
        "stage {name:<10} {word:<6} {:>8.1} s",
        start.elapsed().as_secs_f64()
    );
    outcome
}

fn runner(project: &Project, selection: &Selection) -> Command {
    let mut command = process::cargo(project);
    let nextest = process::succeeds(process::cargo(project).args(["nextest", "--version"]));
    command.args(words(nextest, selection));
    command
}

/// The words after `cargo` that run the chosen tests.
fn words(nextest: bool, selection: &Selection) -> Vec<String> {
    let own = |words: &[&str]| -> Vec<String> { words.iter().map(|w| (*w).to_owned()).collect() };
    let targets = selection.targets();
    let unit = selection.wants("unit");
    let whole_alone = !targets.is_empty() && !unit;
    let named = || {
        let sets: Vec<String> = selection
            .names
            .iter()
            .map(|n| format!("test({n})"))
            .collect();
        sets.join(" + ")
    };
    let mut words = if nextest {
        own(&["nextest", "run", "--no-fail-fast"])
    } else {
        own(&["test", "--no-fail-fast"])
    };
    if whole_alone {
        words.extend(own(&["--package", "whole-system"]));
        for target in &targets {
            words.extend(own(&["--test", target]));
        }
        // A journey of a subject is taken by command line and in the window.
        if !selection.names.is_empty() {
            if targets.contains(&"journeys") && !targets.contains(&"window") {
                words.extend(own(&["--test", "window"]));
            }
            if nextest {
                words.extend(["-E".to_owned(), named()]);
            } else {
                words.push("--".into());
                words.extend(selection.names.iter().cloned());
            }
        }
        return words;
    }
    words.push("--workspace".into());
    if selection.all() {
        return words;
    }
    if nextest {
        let mut sets: Vec<String> = Some(named())
            .filter(|n| !n.is_empty())
            .into_iter()
            .collect();
        sets.extend(targets.iter().map(|target| format!("binary({target})")));
        if unit {
            sets.push("not package(whole-system)".into());
        }
        words.extend(["-E".to_owned(), sets.join(" + ")]);
    } else if unit {
        words.extend(own(&["--exclude", "whole-system"]));
    } else {
        words.push("--".into());
        words.extend(selection.names.iter().cloned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(nextest: bool, args: &[&str]) -> String {
        words(nextest, &Selection::read(args).unwrap()).join(" ")
    }

    #[test]
    fn without_a_choice_everything_runs_with_either_runner() {
        assert_eq!(line(true, &[]), "nextest run --no-fail-fast --workspace");
        assert_eq!(line(false, &[]), "test --no-fail-fast --workspace");
        let all = Selection::read(&["--yes"]).unwrap();
        assert!(all.wants("clippy") && all.runs_tests() && all.yes);
    }

    #[test]
    fn a_part_runs_alone() {
        assert_eq!(
            line(true, &["journeys", "faults"]),
            "nextest run --no-fail-fast --package whole-system --test journeys --test faults"
        );
        let rules = Selection::read(&["rules"]).unwrap();
        assert!(rules.wants("rules") && !rules.wants("fmt") && !rules.runs_tests());
        assert_eq!(
            line(true, &["unit"]),
            "nextest run --no-fail-fast --workspace -E not package(whole-system)"
        );
    }

    #[test]
    fn the_journeys_of_a_subject_run_by_command_line_and_in_the_window() {
        assert_eq!(
            line(true, &["journeys", "letters"]),
            "nextest run --no-fail-fast --package whole-system --test journeys --test window -E test(letters)"
        );
        assert_eq!(
            line(false, &["journeys", "letters"]),
            "test --no-fail-fast --package whole-system --test journeys --test window -- letters"
        );
        assert_eq!(
            line(true, &["contract", "exstream"]),
            "nextest run --no-fail-fast --package whole-system --test contract -E test(exstream)"
        );
    }

    #[test]
    fn another_word_is_the_name_of_a_test() {
        assert_eq!(
            line(true, &["lost_response"]),
            "nextest run --no-fail-fast --workspace -E test(lost_response)"
        );
        assert_eq!(
            line(false, &["lost_response"]),
            "test --no-fail-fast --workspace -- lost_response"
        );
        assert!(Selection::read(&["--journeys"]).is_err());
    }
}
