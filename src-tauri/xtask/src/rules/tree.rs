//! What the rules look at: the packages as cargo sees them and the files as git sees them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Outcome;
use crate::process;
use crate::project::Project;
use crate::stamp::files_below;

/// The tree to judge.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The folder of the workspace.
    pub(crate) root: PathBuf,
    /// Our own packages.
    pub(crate) members: Vec<Member>,
    /// Every locked package, ours included.
    pub(crate) packages: Vec<Package>,
    /// Packages of the lock that are built for Linux, name to versions.
    pub(crate) built: BTreeMap<String, Vec<String>>,
    /// Files of the project, relative to the root.
    pub(crate) files: Vec<String>,
    /// The rules' own configuration, in cargo-deny's format.
    pub(crate) deny: toml::Table,
}

/// One package of ours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Folder relative to the root.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency named in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Only tests, examples and benches see it.
    pub(crate) development: bool,
}

/// A locked package.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    /// The file that holds the licence where no expression names it.
    pub(crate) licence_file: Option<String>,
}

impl Tree {
    /// Reads the tree of the project.
    pub(crate) fn read(project: &Project) -> Outcome<Self> {
        let metadata = metadata(project, &[])?;
        let linux = metadata_of_linux(project)?;
        let root = &project.root;
        let deny = fs::read_to_string(root.join("deny.toml"))
            .map_err(|error| format!("deny.toml: {error}"))?
            .parse()
            .map_err(|error| format!("deny.toml: {error}"))?;
        Ok(Self {
            root: root.clone(),
            members: members(&metadata, root),
            packages: packages(&metadata),
            built: built(&linux),
            files: files(root)?,
            deny,
        })
    }

    /// The member the file belongs to: the one with the longest folder above it.
    pub(crate) fn owner(&self, file: &str) -> Option<&Member> {
        self.members
            .iter()
            .filter(|member| {
                file.strip_prefix(&member.folder)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
            .max_by_key(|member| member.folder.len())
    }

    /// The files with this ending.
    pub(crate) fn with_ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a str> {
        self.files
            .iter()
            .map(String::as_str)
            .filter(move |file| file.ends_with(ending))
    }

    /// The text of a file; what is not text has none.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        String::from_utf8(fs::read(self.root.join(file)).ok()?).ok()
    }

    /// A list of words in deny.toml.
    pub(crate) fn words(&self, section: &str, key: &str) -> Vec<String> {
        self.deny
            .get(section)
            .and_then(|section| section.get(key))
            .and_then(toml::Value::as_array)
            .map(|words| {
                words
                    .iter()
                    .filter_map(|word| {
                        word.as_str()
                            .or_else(|| word.get("crate").and_then(toml::Value::as_str))
                    })
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default()
    }
}

fn metadata(project: &Project, words: &[&str]) -> Outcome<Value> {
    let text = process::capture(
        process::cargo(project)
            .args(["metadata", "--format-version", "1"])
            .args(words),
    )?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
}

fn metadata_of_linux(project: &Project) -> Outcome<Value> {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    metadata(project, &["--filter-platform", &platform])
}

fn members(metadata: &Value, root: &Path) -> Vec<Member> {
    let ids: Vec<&str> = strings(metadata, "workspace_members");
    list(metadata, "packages")
        .iter()
        .filter(|package| ids.contains(&string(package, "id")))
        .map(|package| Member {
            name: string(package, "name").to_owned(),
            folder: Path::new(string(package, "manifest_path"))
                .parent()
                .and_then(|folder| folder.strip_prefix(root).ok())
                .map(|folder| folder.to_string_lossy().into_owned())
                .unwrap_or_default(),
            dependencies: list(package, "dependencies")
                .iter()
                .map(|dependency| Dependency {
                    name: string(dependency, "name").to_owned(),
                    development: string(dependency, "kind") == "dev",
                })
                .collect(),
        })
        .collect()
}

fn packages(metadata: &Value) -> Vec<Package> {
    list(metadata, "packages")
        .iter()
        .map(|package| {
            let option = |key| package.get(key).and_then(Value::as_str).map(str::to_owned);
            Package {
                name: string(package, "name").to_owned(),
                version: string(package, "version").to_owned(),
                licence: option("license"),
                licence_file: option("license_file"),
            }
        })
        .collect()
}

/// Packages that the resolve for one platform reaches.
fn built(metadata: &Value) -> BTreeMap<String, Vec<String>> {
    let nodes: BTreeMap<&str, &Value> = metadata
        .get("resolve")
        .map(|resolve| list(resolve, "nodes"))
        .unwrap_or_default()
        .iter()
        .map(|node| (string(node, "id"), node))
        .collect();
    let mut reached: Vec<&str> = strings(metadata, "workspace_members");
    let mut next = 0;
    while let Some(id) = reached.get(next).copied() {
        next += 1;
        for dependency in nodes
            .get(id)
            .map(|node| strings(node, "dependencies"))
            .unwrap_or_default()
        {
            if !reached.contains(&dependency) {
                reached.push(dependency);
            }
        }
    }
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in list(metadata, "packages") {
        if reached.contains(&string(package, "id")) {
            found
                .entry(string(package, "name").to_owned())
                .or_default()
                .push(string(package, "version").to_owned());
        }
    }
    found
}

/// What git tracks or would track; every file where this is no checkout.
fn files(root: &Path) -> Outcome<Vec<String>> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output();
    if let Ok(output) = listed
        && output.status.success()
    {
        let mut files: Vec<String> = String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|file| !file.is_empty() && root.join(file).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        return Ok(files);
    }
    Ok(files_below(root)?
        .iter()
        .filter_map(|file| file.strip_prefix(root).ok())
        .map(|file| file.to_string_lossy().into_owned())
        .filter(|file| {
            !["target/", "ui/node_modules/", "ui/dist/", ".git/"]
                .iter()
                .any(|folder| file.starts_with(folder))
        })
        .collect())
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn strings<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    list(value, key).iter().filter_map(Value::as_str).collect()
}

fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Small trees for the tests of the rules.
#[cfg(test)]
pub(crate) mod small {
    use super::*;

    /// A tree of files on disk, and the packages that the folders of its manifests name.
    pub(crate) struct Small {
        folder: tempfile::TempDir,
        pub(crate) tree: Tree,
    }

    impl Small {
        pub(crate) fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let tree = Tree {
                root: folder.path().to_path_buf(),
                ..Tree::default()
            };
            Self { folder, tree }
        }

        pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
            let file = self.folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
            self.tree.files.push(path.to_owned());
            self
        }

        /// A member; dependencies with a leading `dev:` are for tests only.
        pub(crate) fn member(mut self, name: &str, folder: &str, dependencies: &[&str]) -> Self {
            self.tree.members.push(Member {
                name: name.into(),
                folder: folder.into(),
                dependencies: dependencies
                    .iter()
                    .map(|word| Dependency {
                        name: word.trim_start_matches("dev:").into(),
                        development: word.starts_with("dev:"),
                    })
                    .collect(),
            });
            self
        }

        pub(crate) fn deny(mut self, text: &str) -> Self {
            self.tree.deny = text.parse().unwrap();
            self
        }

        pub(crate) fn places(&self, rule: super::super::Rule) -> Vec<String> {
            let mut places: Vec<String> = rule(&self.tree)
                .into_iter()
                .map(|violation| violation.place)
                .collect();
            places.sort();
            places
        }
    }
}
