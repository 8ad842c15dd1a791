//! `cargo xtask run`: from a bare machine to the open window.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::project::Project;
use crate::setup::{BUILD, Consent, apt, node};
use crate::{interface, process};

/// Sets up, builds, and becomes the app.
pub(crate) fn run(args: &[&str]) -> Outcome {
    let options = Options::read(args)?;
    let project = Project::find();
    let consent = Consent::of(options.yes);
    apt::install(BUILD, consent)?;
    let node = node::ensure(&project, consent)?;
    interface::install(&project, &node)?;
    interface::build(&project, &node)?;

    let mut build = process::cargo(&project);
    build.args(["build", "--package", "partner-console"]);
    if options.release {
        build.arg("--release");
    }
    process::run(&mut build)?;

    let profile = if options.release { "release" } else { "debug" };
    let app = project.program(profile, "partner-console");
    if !has_display() {
        return Err(format!(
            "the app is built ({}), but there is no display to open it on: neither DISPLAY nor WAYLAND_DISPLAY is set",
            app.display()
        ));
    }
    let mut app = Command::new(app);
    app.args(&options.app);
    if !Path::new("/dev/dri").exists() {
        // Without a GPU WebKit's default renderer takes twice the time per frame and a quarter more memory.
        app.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    }
    eprintln!("$ {}", app.get_program().to_string_lossy());
    // We have nothing left to do: the app takes our place and our signals.
    Err(format!("the app could not be started: {}", app.exec()))
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    yes: bool,
    release: bool,
    app: Vec<String>,
}

impl Options {
    fn read(args: &[&str]) -> Outcome<Self> {
        let mut options = Self::default();
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            match *word {
                "--yes" | "-y" => options.yes = true,
                "--release" => options.release = true,
                "--" => options.app = rest.by_ref().map(|word| (*word).to_owned()).collect(),
                other => {
                    return Err(format!(
                        "`run` does not know `{other}`; arguments of the app come after `--`"
                    ));
                }
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_after_two_dashes_belong_to_the_app() {
        let options = Options::read(&["--yes", "--", "--release", "x"]).unwrap();
        assert!(options.yes && !options.release);
        assert_eq!(options.app, ["--release", "x"]);
        assert!(Options::read(&["--yess"]).unwrap_err().contains("--yess"));
    }
}
