//! `cargo xtask generate`: the TypeScript types of the read models, and the proof that they are the current ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::process;
use crate::project::Project;
use crate::stamp::files_below;

const GENERATED: &str = "ui/src/generated";

/// Writes the types, or with `--check` compares them with what is there.
pub(crate) fn generate(args: &[&str]) -> Outcome {
    let project = Project::find();
    match args {
        [] => export(&project, &project.root.join(GENERATED)),
        ["--check"] => check(&project),
        _ => Err("usage: cargo xtask generate [--check]".into()),
    }
}

/// Fails if the files in the tree are not what the crate `api` exports now.
pub(crate) fn check(project: &Project) -> Outcome {
    let fresh = project.notes().join("generated");
    let _ = fs::remove_dir_all(&fresh);
    export(project, &fresh)?;
    let different = differences(&project.root.join(GENERATED), &fresh)?;
    if different.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "{GENERATED} is not what the crate `api` says; run `cargo xtask generate`:\n  {}",
            different.join("\n  ")
        ))
    }
}

fn export(project: &Project, folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    process::run(
        process::cargo(project)
            .args(["run", "--quiet", "--package", "api"])
            .args(["--bin", "export-types", "--"])
            .arg(folder),
    )
}

fn differences(there: &Path, fresh: &Path) -> Outcome<Vec<String>> {
    let names = |folder: &Path| -> Outcome<BTreeSet<String>> {
        Ok(files_below(folder)?
            .iter()
            .filter_map(|file| file.strip_prefix(folder).ok())
            .map(|file| file.to_string_lossy().into_owned())
            .collect())
    };
    let (have, want) = (names(there)?, names(fresh)?);
    let mut different = Vec::new();
    for name in have.union(&want) {
        let state = match (have.contains(name), want.contains(name)) {
            (true, false) => "no longer exported",
            (false, true) => "missing",
            _ if fs::read(there.join(name)).ok() != fs::read(fresh.join(name)).ok() => "different",
            _ => continue,
        };
        different.push(format!("{name}: {state}"));
    }
    Ok(different)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (there, fresh) = (folder.path().join("a"), folder.path().join("b"));
        for (base, files) in [
            (
                &there,
                [("same.ts", "1"), ("old.ts", "1"), ("x/changed.ts", "1")],
            ),
            (
                &fresh,
                [("same.ts", "1"), ("new.ts", "1"), ("x/changed.ts", "2")],
            ),
        ] {
            for (name, text) in files {
                let file = base.join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
        }
        assert_eq!(
            differences(&there, &fresh).unwrap(),
            [
                "new.ts: missing",
                "old.ts: no longer exported",
                "x/changed.ts: different"
            ]
        );
    }
}
