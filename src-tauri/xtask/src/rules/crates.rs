//! What every package of ours carries: a README that is its rustdoc, the lints of the workspace, a purpose.

use super::{Tree, Violation};

/// A README shorter than this says nothing.
const LEAST: usize = 200;

/// Checks every member.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for member in &tree.members {
        let folder = &member.folder;
        let manifest = format!("{folder}/Cargo.toml");
        let table: toml::Table = tree
            .text(&manifest)
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        let lints = table
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool);
        if lints != Some(true) {
            found.push(Violation::new(
                manifest.clone(),
                "takes the lints of the workspace: [lints] workspace = true",
            ));
        }
        let purpose = table
            .get("package")
            .and_then(|package| package.get("description"))
            .and_then(toml::Value::as_str)
            .unwrap_or_default();
        if purpose.is_empty() {
            found.push(Violation::new(manifest, "says its purpose: description"));
        }
        let readme = tree
            .text(&format!("{folder}/README.md"))
            .unwrap_or_default();
        if readme.len() < LEAST {
            found.push(Violation::new(
                format!("{folder}/README.md"),
                "says what the package is for, what it promises and what it must not know",
            ));
        }
        let root = ["src/lib.rs", "src/main.rs"]
            .iter()
            .map(|file| format!("{folder}/{file}"))
            .find_map(|file| tree.text(&file).map(|text| (file, text)));
        match root {
            Some((file, text)) if !text.contains("#![doc = include_str!(\"../README.md\")]") => {
                found.push(Violation::new(
                    file,
                    "has its README as rustdoc: #![doc = include_str!(\"../README.md\")]",
                ));
            }
            Some(_) => {}
            None => found.push(Violation::new(
                format!("{folder}/src"),
                "has neither lib.rs nor main.rs",
            )),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::small::Small;
    use super::*;

    const MANIFEST: &str =
        "[package]\nname = \"a\"\ndescription = \"x\"\n[lints]\nworkspace = true\n";

    #[test]
    fn a_package_that_carries_it_all_passes() {
        let small = Small::new()
            .member("a", "a", &[])
            .file("a/Cargo.toml", MANIFEST)
            .file("a/README.md", &"word ".repeat(60))
            .file("a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]\n");
        assert_eq!(small.places(check), [""; 0]);
    }

    #[test]
    fn each_thing_that_is_missing_is_named() {
        let small = Small::new()
            .member("a", "a", &[])
            .file("a/Cargo.toml", "[package]\nname = \"a\"\n")
            .file("a/README.md", "# a\n")
            .file("a/src/main.rs", "fn main() {}\n");
        assert_eq!(
            small.places(check),
            [
                "a/Cargo.toml",
                "a/Cargo.toml",
                "a/README.md",
                "a/src/main.rs"
            ]
        );
    }
}
