//! Licences of everything that is locked: crates from cargo's metadata, npm packages from their manifests.
//!
//! The list of what is allowed is `deny.toml`, in cargo-deny's format, so that `cargo deny check licenses` reads the
//! same words. `[npm]` holds what only build tools of the interface may carry.

use std::fs;

use serde_json::Value;

use super::{Tree, Violation, spdx};

/// Checks crates and npm packages.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let allowed = tree.words("licenses", "allow");
    let mut found = Vec::new();
    for package in &tree.packages {
        let place = format!("{} {}", package.name, package.version);
        match (&package.licence, &package.licence_file) {
            (Some(licence), _) => {
                if !spdx::satisfied(licence, &|name| allowed.iter().any(|a| a == name)) {
                    found.push(Violation::new(
                        place,
                        format!("licence `{licence}` is not allowed"),
                    ));
                }
            }
            (None, file) => {
                let clarified = tree.words("licenses", "clarify").contains(&package.name);
                if !clarified {
                    let file = file.as_deref().unwrap_or("none");
                    found.push(Violation::new(
                        place,
                        format!("names no licence (file: {file}); read it and add it to [licenses] clarify"),
                    ));
                }
            }
        }
    }
    found.extend(npm(tree, &allowed));
    found
}

fn npm(tree: &Tree, allowed: &[String]) -> Vec<Violation> {
    let modules = tree.root.join("ui/node_modules");
    // npm's own note of what it installed; without it nothing is installed, and there is nothing to ship either.
    let Ok(text) = fs::read_to_string(modules.join(".package-lock.json")) else {
        return Vec::new();
    };
    let Ok(lock) = serde_json::from_str::<Value>(&text) else {
        return vec![Violation::new(
            "ui/node_modules/.package-lock.json",
            "is not JSON",
        )];
    };
    let tools = tree.words("npm", "allow-in-tools");
    let mut found = Vec::new();
    for (path, entry) in lock
        .get("packages")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let licence = licence_of(entry)
            .or_else(|| {
                let manifest =
                    fs::read_to_string(tree.root.join("ui").join(path).join("package.json"));
                licence_of(&serde_json::from_str(&manifest.ok()?).ok()?)
            })
            .unwrap_or_default();
        let tool = entry.get("dev").and_then(Value::as_bool).unwrap_or(false);
        let fine = spdx::satisfied(&licence, &|name| {
            allowed.iter().any(|a| a == name) || (tool && tools.iter().any(|a| a == name))
        });
        if !fine {
            found.push(Violation::new(
                format!("ui/{path}"),
                format!("licence `{licence}` is not allowed"),
            ));
        }
    }
    found
}

fn licence_of(manifest: &Value) -> Option<String> {
    let licence = manifest.get("license")?;
    licence
        .as_str()
        .or_else(|| licence.get("type").and_then(Value::as_str))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::tree::Package;
    use super::super::tree::small::Small;
    use super::*;

    fn package(name: &str, licence: Option<&str>) -> Package {
        Package {
            name: name.into(),
            version: "1.0.0".into(),
            licence: licence.map(str::to_owned),
            licence_file: None,
        }
    }

    fn small() -> Small {
        Small::new().deny(
            "[licenses]\nallow = [\"MIT\", \"OFL-1.1\"]\n[[licenses.clarify]]\ncrate = \"known\"\n[npm]\nallow-in-tools = [\"CC-BY-4.0\"]\n",
        )
    }

    #[test]
    fn allowed_and_clarified_licences_pass() {
        let mut small = small().file(
            "ui/node_modules/.package-lock.json",
            r#"{"packages":{"node_modules/a":{"license":"MIT"},"node_modules/b":{"license":"CC-BY-4.0","dev":true},"node_modules/c":{}}}"#,
        )
        .file("ui/node_modules/c/package.json", r#"{"license":{"type":"OFL-1.1"}}"#);
        small.tree.packages = vec![package("a", Some("MIT OR GPL-3.0")), package("known", None)];
        assert_eq!(small.places(check), [""; 0]);
    }

    #[test]
    fn others_are_named() {
        let mut small = small().file(
            "ui/node_modules/.package-lock.json",
            r#"{"packages":{"node_modules/a":{"license":"AGPL-3.0"},"node_modules/b":{"license":"CC-BY-4.0"},"node_modules/c":{}}}"#,
        );
        small.tree.packages = vec![package("a", Some("GPL-3.0")), package("b", None)];
        assert_eq!(
            small.places(check),
            [
                "a 1.0.0",
                "b 1.0.0",
                "ui/node_modules/a",
                "ui/node_modules/b",
                "ui/node_modules/c"
            ]
        );
    }
}
