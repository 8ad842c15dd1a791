//! What no file of the project may hold: paths of a machine, hosts of a registry, work left undone.

use std::path::PathBuf;

use super::{Tree, Violation};

/// Beginnings of paths that exist on one machine only.
const PATHS: &[&str] = &["/home/", "/root/", "/Users/", "/work/", "C:\\Users\\"];

/// Where packages come from is the machine's business, not the lock file's.
const HOSTS: &[&str] = &[
    concat!("registry", ".npmjs.org"),
    concat!("registry", ".yarnpkg.com"),
    concat!("static", ".crates.io"),
    concat!("index", ".crates.io"),
    concat!("files", ".pythonhosted.org"),
    concat!("pypi", ".org"),
];

/// Checks every text file.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let configured = configured_hosts();
    let mut found = Vec::new();
    for file in &tree.files {
        // This file names what it looks for.
        if file.ends_with("xtask/src/rules/tracked.rs") {
            continue;
        }
        let Some(text) = tree.text(file) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let place = || format!("{file}:{}", number + 1);
            for path in PATHS.iter().filter(|path| starts_a_path(line, path)) {
                found.push(Violation::new(
                    place(),
                    format!("path of a machine: {path}…"),
                ));
            }
            for host in HOSTS
                .iter()
                .copied()
                .chain(configured.iter().map(String::as_str))
            {
                if line.contains(host) {
                    found.push(Violation::new(
                        place(),
                        format!("host of a registry: {host}"),
                    ));
                }
            }
            if file.ends_with("package-lock.json") && line.contains("\"resolved\": \"http") {
                found.push(Violation::new(
                    place(),
                    "a lock file names no host: omit-lockfile-registry-resolved=true in .npmrc",
                ));
            }
        }
        if file.ends_with("Cargo.lock") {
            found.extend(foreign_sources(file, &text));
        }
    }
    found
}

/// True if the path stands at the beginning of one, not inside an address or a longer path.
fn starts_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + path.len()..)
            .and_then(|text| text.chars().next());
        let inside = |c: char| c.is_alphanumeric() || "._-/~}>)*".contains(c);
        !before.is_some_and(inside) && after.is_some_and(char::is_alphanumeric)
    })
}

fn foreign_sources(file: &str, text: &str) -> Vec<Violation> {
    let canonical = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    text.lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("source = ") && *line != canonical)
        .map(|(number, line)| {
            Violation::new(
                format!("{file}:{}", number + 1),
                format!("not from crates.io: {line}"),
            )
        })
        .collect()
}

/// Hosts this machine was told to fetch from: they must not have found their way into a file.
fn configured_hosts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "npm_config_registry",
        "NPM_CONFIG_REGISTRY",
        "PIP_INDEX_URL",
        "GOPROXY",
        "CARGO_REGISTRIES_CRATES_IO_INDEX",
    ]
    .iter()
    .filter_map(|name| std::env::var(name).ok())
    .collect();
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        for name in [
            ".npmrc",
            ".cargo/config.toml",
            ".config/pip/pip.conf",
            ".pip/pip.conf",
        ] {
            texts.extend(std::fs::read_to_string(home.join(name)));
        }
    }
    let mut hosts: Vec<String> = texts.iter().flat_map(|text| hosts(text)).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

/// The hosts of the addresses in a configuration, those of the public world left out.
fn hosts(text: &str) -> Vec<String> {
    text.split("://")
        .skip(1)
        .filter_map(|rest| {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || ".-_@:".contains(c)))
                .unwrap_or(rest.len());
            let host = rest.get(..end)?.rsplit('@').next()?;
            let name = host.split(':').next()?;
            let public = ["github.com", "crates.io", "localhost", "127.0.0.1", ""];
            (!public.contains(&name)).then(|| name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::small::Small;
    use super::*;

    #[test]
    fn ordinary_files_pass() {
        let small = Small::new()
            .file(
                "a.md",
                "see https://example.com/home/page and src/work/x and ~/.local/share",
            )
            .file(
                "Cargo.lock",
                "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
            )
            .file(
                "ui/package-lock.json",
                "{ \"resolved\": \"node_modules/x\" }",
            );
        assert_eq!(small.places(check), [""; 0]);
    }

    #[test]
    fn paths_hosts_and_foreign_sources_are_named() {
        let small = Small::new()
            .file("a.md", "x\nsee /home/someone/file")
            .file("b.rs", "let x = \"/work/main\";")
            .file(
                "ui/package-lock.json",
                "{\n \"resolved\": \"https://mirror.example/x.tgz\" }",
            )
            .file("c.toml", "registry = \"https://registry.npmjs.org\"")
            .file("Cargo.lock", "source = \"git+https://github.com/x/y\"");
        assert_eq!(
            small.places(check),
            [
                "Cargo.lock:1",
                "a.md:2",
                "b.rs:1",
                "c.toml:1",
                "ui/package-lock.json:2"
            ]
        );
    }

    #[test]
    fn hosts_of_a_configuration_are_read_from_its_addresses() {
        assert_eq!(
            hosts(
                "registry=https://user:x@mirror.example:8443/npm/\nindex = \"sparse+https://crates.io/\""
            ),
            ["mirror.example"]
        );
    }
}
