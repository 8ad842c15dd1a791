//! Which of our packages may depend on which.

use super::{Tree, Violation};

/// Member, what it may use, what its tests may use besides.
///
/// `sandbox` is met over HTTP only; tests may start one, which is why it stands in the last column.
const MAY: &[(&str, &[&str], &[&str])] = &[
    ("domain", &[], &[]),
    ("edi", &[], &[]),
    ("sqlite", &[], &[]),
    ("cache", &["domain", "edi", "sqlite"], &[]),
    ("ledger", &["domain", "edi", "sqlite"], &[]),
    ("connectors", &["domain", "edi"], &["sandbox"]),
    (
        "sync",
        &["domain", "edi", "cache", "connectors"],
        &["sandbox", "sqlite"],
    ),
    (
        "outbox",
        &["domain", "edi", "ledger", "connectors"],
        &["sandbox", "sqlite"],
    ),
    (
        "desk",
        &[
            "domain",
            "edi",
            "sqlite",
            "cache",
            "ledger",
            "connectors",
            "sync",
            "outbox",
        ],
        &["sandbox"],
    ),
    ("sandbox", &["domain", "edi"], &[]),
    ("api", &["desk", "domain", "edi"], &["sandbox"]),
    ("cli", &["api", "desk", "domain", "edi", "sandbox"], &[]),
    (
        "partner-console",
        &["api", "desk", "domain", "sandbox"],
        &[],
    ),
    ("xtask", &[], &[]),
    (
        "whole-system",
        &[
            "domain",
            "edi",
            "sqlite",
            "cache",
            "ledger",
            "connectors",
            "sync",
            "outbox",
            "desk",
            "api",
            "sandbox",
        ],
        &[],
    ),
];

/// Checks the dependencies of every member on other members.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let ours: Vec<&str> = tree
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    let mut found = Vec::new();
    for member in &tree.members {
        let place = format!("{}/Cargo.toml", member.folder);
        let Some((_, may, tests)) = MAY.iter().find(|(name, ..)| *name == member.name) else {
            found.push(Violation::new(
                place,
                format!("`{}` has no line in the table of directions", member.name),
            ));
            continue;
        };
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            let fine = !ours.contains(&name)
                || may.contains(&name)
                // A package may name itself for tests, to turn on a feature.
                || (dependency.development && (tests.contains(&name) || name == member.name));
            if !fine {
                let list = if may.is_empty() {
                    "none of our packages".to_owned()
                } else {
                    may.join(", ")
                };
                found.push(Violation::new(
                    place.clone(),
                    format!("`{}` may not use `{name}`, only {list}", member.name),
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::small::Small;
    use super::*;

    #[test]
    fn downward_is_allowed_and_tests_may_start_the_sandbox() {
        let small = Small::new()
            .member("domain", "domain", &["serde"])
            .member("cache", "cache", &["domain"])
            .member("sandbox", "sandbox", &["domain"])
            .member("connectors", "connectors", &["domain", "dev:sandbox"])
            .member("desk", "desk", &["cache", "connectors"]);
        assert_eq!(small.places(check), [""; 0]);
    }

    #[test]
    fn upward_and_sideways_are_named() {
        let small = Small::new()
            .member("domain", "domain", &["cache"])
            .member("cache", "cache", &[])
            .member("ledger", "ledger", &[])
            .member("sandbox", "sandbox", &["dev:connectors"])
            .member("connectors", "connectors", &["sandbox"])
            .member("sync", "sync", &["ledger"])
            .member("outbox", "outbox", &["cache"])
            .member("stranger", "stranger", &[]);
        assert_eq!(
            small.places(check),
            [
                "connectors/Cargo.toml",
                "domain/Cargo.toml",
                "outbox/Cargo.toml",
                "sandbox/Cargo.toml",
                "stranger/Cargo.toml",
                "sync/Cargo.toml"
            ]
        );
    }
}
