//! `cargo xtask fuzz [TARGET]... [--seconds N]`: fuzzes the parsers of what strangers send, and keeps what it learnt.
//!
//! What a run finds lies below the target folder, and the next run goes on from there; of it a small selection that
//! reaches the same places is kept in the repository. Not a part of `cargo xtask test`: a fuzzer is never done.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::process;
use crate::project::Project;

/// The version that is set up, below the target folder.
const CARGO_FUZZ: &str = "0.13.2";
/// Seconds for each target where nobody says otherwise.
const SECONDS: u32 = 180;
/// Largest input kept in the repository.
const LARGEST: u64 = 4_096;
/// Most inputs of one target kept in the repository: those that reach the most, which are the longest of a selection.
const MOST: usize = 100;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    targets: Vec<String>,
    seconds: u32,
}

impl Wanted {
    fn read(args: &[&str], all: &[String]) -> Outcome<Self> {
        let (mut targets, mut seconds) = (Vec::new(), SECONDS);
        let mut words = args.iter();
        while let Some(word) = words.next() {
            if *word == "--seconds" {
                let number = words.next().and_then(|n| n.parse().ok());
                seconds = number.ok_or("`--seconds` wants a number")?;
            } else if all.iter().any(|target| target == word) {
                targets.push((*word).to_owned());
            } else {
                return Err(format!(
                    "there is no target `{word}`; there are {}",
                    all.join(", ")
                ));
            }
        }
        if targets.is_empty() {
            targets = all.to_vec();
        }
        Ok(Self { targets, seconds })
    }
}

/// Where things are.
struct Places {
    /// The fuzz package.
    package: PathBuf,
    /// What was found on this machine.
    found: PathBuf,
    tools: PathBuf,
}

/// Fuzzes what was asked for; all targets where nothing was.
pub(crate) fn fuzz(args: &[&str]) -> Outcome {
    let project = Project::find();
    let places = Places {
        package: project.root.join("tests/fuzz"),
        found: project.target.join("fuzz/corpus"),
        tools: project.target.join("tools/cargo-fuzz"),
    };
    let wanted = Wanted::read(args, &targets(&places.package)?)?;
    if !places.tools.join("bin/cargo-fuzz").is_file() {
        process::run(
            process::cargo(&project)
                .args([
                    "install",
                    "--locked",
                    "cargo-fuzz",
                    "--version",
                    CARGO_FUZZ,
                    "--root",
                ])
                .arg(&places.tools),
        )?;
    }
    for target in &wanted.targets {
        one(&project, &places, target, wanted.seconds)?;
    }
    Ok(())
}

/// The targets there are: a file each.
fn targets(package: &Path) -> Outcome<Vec<String>> {
    let mut names: Vec<String> = files(&package.join("fuzz_targets"))?
        .iter()
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Fuzzes one target and keeps what is worth keeping.
fn one(project: &Project, places: &Places, target: &str, seconds: u32) -> Outcome {
    let found = places.found.join(target);
    let kept = places.package.join("corpus").join(target);
    for folder in [&found, &kept] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let limits = [
        format!("-max_total_time={seconds}"),
        "-timeout=10".to_owned(),
        "-rss_limit_mb=2048".to_owned(),
        "-max_len=65536".to_owned(),
        "-print_final_stats=1".to_owned(),
    ];
    process::run(libfuzzer(project, places, target, &[&found, &kept]).args(&limits))?;
    let fresh = places.found.join(format!("{target}.kept"));
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh).map_err(|error| format!("{}: {error}", fresh.display()))?;
    process::run(
        libfuzzer(project, places, target, &[&fresh, &kept, &found])
            .args(["-set_cover_merge=1", "-use_counters=0"]),
    )?;
    keep(&fresh, &kept)
}

/// The fuzzer of a target over folders of inputs, without a sanitizer: the code is safe Rust, and what is looked for is
/// panics, hangs and memory. Its flags of coverage are those of the compiler in use, which asks for leave to take them.
fn libfuzzer(project: &Project, places: &Places, target: &str, folders: &[&PathBuf]) -> Command {
    let mut command = Command::new(places.tools.join("bin/cargo-fuzz"));
    command
        .current_dir(&project.root)
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir"])
        .arg(&places.package)
        .arg("--target-dir")
        .arg(project.target.join("fuzz/build"))
        .arg(target)
        .args(folders)
        .arg("--");
    command
}

/// Replaces the kept inputs by the longest of the selection that are short enough.
fn keep(fresh: &Path, kept: &Path) -> Outcome {
    let mut chosen: Vec<(u64, PathBuf)> = files(fresh)?
        .into_iter()
        .filter_map(|file| Some((fs::metadata(&file).ok()?.len(), file)))
        .filter(|(size, _)| *size <= LARGEST)
        .collect();
    chosen.sort_by(|a, b| b.cmp(a));
    chosen.truncate(MOST);
    for old in files(kept)? {
        fs::remove_file(&old).map_err(|error| format!("{}: {error}", old.display()))?;
    }
    for (_, file) in chosen {
        let name = file.file_name().unwrap_or_default();
        fs::copy(&file, kept.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let read = |error| format!("{}: {error}", folder.display());
    fs::read_dir(folder)
        .map_err(read)?
        .map(|entry| Ok(entry.map_err(read)?.path()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_seconds_are_read_in_any_order_and_a_wrong_name_is_named() {
        let all = ["edi".to_owned(), "time".to_owned()];
        let read = |args: &[&str]| Wanted::read(args, &all);
        assert_eq!(read(&[]).unwrap().targets, all);
        let one = read(&["--seconds", "5", "time"]).unwrap();
        assert_eq!((one.targets, one.seconds), (vec!["time".to_owned()], 5));
        assert!(read(&["tiem"]).unwrap_err().contains("edi, time"));
        assert!(read(&["--seconds"]).is_err());
    }

    #[test]
    fn the_longest_of_the_short_inputs_replace_what_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (fresh, kept) = (folder.path().join("fresh"), folder.path().join("kept"));
        for path in [&fresh, &kept] {
            fs::create_dir(path).unwrap();
        }
        fs::write(kept.join("old"), "o").unwrap();
        fs::write(fresh.join("large"), vec![0; 5_000]).unwrap();
        for n in 0..MOST + 5 {
            fs::write(fresh.join(n.to_string()), vec![0; n]).unwrap();
        }
        keep(&fresh, &kept).unwrap();
        assert_eq!(files(&kept).unwrap().len(), MOST);
        assert!(kept.join((MOST + 4).to_string()).is_file());
        for name in ["old", "large", "0"] {
            assert!(!kept.join(name).exists(), "{name}");
        }
    }
}
