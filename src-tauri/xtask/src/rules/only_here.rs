//! The four "only here" rules: what each layer alone may touch.
//!
//! - sqlx and SQL only in `sqlite`, `cache`, `ledger`
//! - reqwest only in `connectors`
//! - tauri only in the shell
//! - `@tauri-apps/*` only in `ui/src/platform`
//!
//! The package of whole-system tests is no part of the product: it may speak HTTP to the sandbox, and measures against
//! bare sqlx. Tests inside a crate may use reqwest as a client of their own.

use super::{Tree, Violation, features, rust};

const TESTS: &str = "whole-system";

struct OnlyHere {
    /// What the rule is about.
    name: &'static str,
    /// Members that may.
    members: &'static [&'static str],
    /// Package names; a trailing `-` means every name that begins so.
    packages: &'static [&'static str],
    /// Identifiers in code; a trailing `_` means every one that begins so.
    words: &'static [&'static str],
    /// Tests of any crate may.
    in_tests: bool,
}

const RUST: &[OnlyHere] = &[
    OnlyHere {
        name: "sqlx",
        members: &["sqlite", "cache", "ledger", TESTS],
        packages: &["sqlx", "sqlx-", "libsqlite3-sys", "rusqlite"],
        words: &["sqlx", "libsqlite3_sys", "rusqlite"],
        in_tests: false,
    },
    OnlyHere {
        name: "reqwest",
        members: &["connectors", TESTS],
        packages: &["reqwest", "ureq"],
        words: &["reqwest", "ureq"],
        in_tests: true,
    },
    OnlyHere {
        name: "tauri",
        members: &["partner-console"],
        packages: &["tauri", "tauri-", "wry", "tao"],
        words: &["tauri", "tauri_", "wry", "tao"],
        in_tests: false,
    },
];

/// Checks manifests and sources.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = manifests(tree);
    for file in tree.with_ending(".rs") {
        let Some(text) = tree.text(file) else {
            continue;
        };
        let member = tree.owner(file).map_or("", |member| member.name.as_str());
        let test_file = tree.owner(file).is_some_and(|member| {
            ["tests", "benches", "examples"]
                .iter()
                .any(|folder| file.starts_with(&format!("{}/{folder}/", member.folder)))
        }) || file.ends_with("/tests.rs")
            || file.contains("/src/tests/");
        found.extend(words(file, member, &text, test_file));
        found.extend(sql(file, member, &text, test_file));
    }
    found.extend(
        tree.with_ending(".sql")
            .filter(|file| !may(tree.owner(file).map_or("", |m| m.name.as_str()), sqlx()))
            .map(|file| Violation::new(file, "SQL lives only in sqlite, cache and ledger")),
    );
    found.extend(interface(tree));
    found
}

fn sqlx() -> &'static [&'static str] {
    RUST.first().map_or(&[], |rule| rule.members)
}

fn may(member: &str, members: &[&str]) -> bool {
    members.contains(&member)
}

fn manifests(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for member in &tree.members {
        for rule in RUST.iter().filter(|rule| !may(&member.name, rule.members)) {
            for dependency in &member.dependencies {
                let named = rule.packages.iter().any(|package| {
                    dependency.name == *package
                        || (package.ends_with('-') && dependency.name.starts_with(package))
                });
                if named && !(rule.in_tests && dependency.development) {
                    found.push(Violation::new(
                        format!("{}/Cargo.toml", member.folder),
                        format!(
                            "`{}` depends on `{}`; {} is only in {}",
                            member.name,
                            dependency.name,
                            rule.name,
                            rule.members.join(", ")
                        ),
                    ));
                }
            }
        }
    }
    found
}

fn words(file: &str, member: &str, text: &str, test_file: bool) -> Vec<Violation> {
    let product = rust::product(text);
    let mut found = Vec::new();
    for rule in RUST.iter().filter(|rule| !may(member, rule.members)) {
        if rule.in_tests && test_file {
            continue;
        }
        for word in rule.words {
            for line in paths(&product.code, word) {
                found.push(Violation::new(
                    format!("{file}:{line}"),
                    format!("`{word}` is only in {}", rule.members.join(", ")),
                ));
            }
        }
    }
    found
}

/// Lines where the word is used as a path (`word::`, `use word`, `extern crate word`), not as a name of our own.
fn paths(code: &str, word: &str) -> Vec<usize> {
    let lines: Vec<&str> = code.lines().collect();
    rust::lines_with(code, word)
        .into_iter()
        .filter(|number| {
            lines.get(number - 1).is_some_and(|line| {
                line.trim_start().starts_with("use ")
                    || line.trim_start().starts_with("pub use ")
                    || line.contains("extern crate")
                    || line.match_indices(word).any(|(at, _)| {
                        line.get(at..).is_some_and(|rest| {
                            rest.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
                                .starts_with("::")
                        }) && !line.get(..at).is_some_and(|before| before.ends_with("::"))
                    })
            })
        })
        .collect()
}

fn sql(file: &str, member: &str, text: &str, test_file: bool) -> Vec<Violation> {
    if may(member, sqlx()) || test_file {
        return Vec::new();
    }
    rust::product(text)
        .strings
        .iter()
        .filter(|(_, string)| is_sql(string))
        .map(|(line, _)| {
            Violation::new(
                format!("{file}:{line}"),
                "SQL lives only in sqlite, cache and ledger",
            )
        })
        .collect()
}

/// True if the text reads as a statement: its first words are SQL's, in one case, and it goes on as one.
fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some(first) = words.first() else {
        return false;
    };
    // "Select a partner from the list" is a sentence: statements are written in one case.
    let one_case = *first == first.to_lowercase() || *first == first.to_uppercase();
    let has = |word: &str| words.iter().any(|w| w.eq_ignore_ascii_case(word));
    let second = |options: &[&str]| {
        words.get(1).is_some_and(|word| {
            options
                .iter()
                .any(|option| word.eq_ignore_ascii_case(option))
        })
    };
    one_case
        && match first.to_ascii_lowercase().as_str() {
            "select" => has("from") && words.len() > 3,
            "insert" => second(&["into", "or"]),
            "delete" => second(&["from"]) && words.len() > 2,
            "update" => has("set") && words.len() > 3,
            "create" | "drop" | "alter" => {
                second(&["table", "index", "unique", "trigger", "virtual", "view"])
            }
            "pragma" => words.len() > 1,
            "with" => has("as") && has("select"),
            _ => false,
        }
}

fn interface(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in &tree.files {
        let source = file.starts_with("ui/src/")
            && [".ts", ".tsx", ".css", ".js"]
                .iter()
                .any(|end| file.ends_with(end));
        if !source || file.starts_with("ui/src/platform/") {
            continue;
        }
        let text = tree.text(file).unwrap_or_default();
        found.extend(
            features::imports(&text)
                .into_iter()
                .filter(|(_, module)| module.starts_with("@tauri-apps/"))
                .map(|(line, _)| {
                    Violation::new(
                        format!("{file}:{line}"),
                        "`@tauri-apps/*` is only in ui/src/platform",
                    )
                }),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::small::Small;
    use super::*;

    #[test]
    fn layers_that_keep_to_their_tools_pass() {
        let small = Small::new()
            .member("cache", "crates/cache", &["sqlx", "sqlite"])
            .member("connectors", "crates/connectors", &["reqwest"])
            .member("sandbox", "crates/sandbox", &["axum", "dev:reqwest"])
            .member("partner-console", "src-tauri", &["tauri", "tauri-build"])
            .file("crates/cache/src/lib.rs", "use sqlx::Row; const Q: &str = \"select id from item where x = ?\";")
            .file("crates/cache/migrations/1.sql", "create table t(x)")
            .file("crates/connectors/src/lib.rs", "use reqwest::Client;")
            .file(
                "crates/sandbox/src/lib.rs",
                "// sqlx is not used here\nlet text = \"Select a partner from the list\";\n#[cfg(test)]\nmod tests { use reqwest::Client; }",
            )
            .file("crates/sandbox/tests/wire.rs", "use reqwest::Client;")
            .file("src-tauri/src/main.rs", "fn main() { tauri::Builder::default(); }")
            .file("ui/src/rules.test.ts", "paths.some((path) => path.startsWith('@tauri-apps/'))")
            .file("ui/src/platform/tauri.ts", "import { invoke } from '@tauri-apps/api/core';");
        assert_eq!(small.places(check), [""; 0]);
    }

    #[test]
    fn manifests_that_reach_for_another_layers_tools_are_named() {
        let small = Small::new()
            .member("desk", "crates/desk", &["sqlx", "reqwest"])
            .member("cli", "crates/cli", &["tauri-plugin-log"])
            .member("sync", "crates/sync", &["dev:sqlx", "dev:reqwest"]);
        assert_eq!(
            small.places(check),
            [
                "crates/cli/Cargo.toml",
                "crates/desk/Cargo.toml",
                "crates/desk/Cargo.toml",
                "crates/sync/Cargo.toml"
            ]
        );
    }

    #[test]
    fn sources_that_do_are_named_with_their_line() {
        let small = Small::new()
            .member("desk", "crates/desk", &[])
            .file("crates/desk/src/a.rs", "\nuse sqlx::Row;")
            .file("crates/desk/src/b.rs", "fn f() { reqwest::get(x) }")
            .file(
                "crates/desk/src/c.rs",
                "\n\nconst Q: &str = \"\n  SELECT a, b\n  FROM t\";",
            )
            .file(
                "crates/desk/src/d.rs",
                "fn f() { q(r#\"insert or ignore into t values (1)\"#) }",
            )
            .file("crates/desk/x.sql", "select 1")
            .file(
                "ui/src/features/desk/api.ts",
                "import { invoke } from '@tauri-apps/api/core';",
            );
        assert_eq!(
            small.places(check),
            [
                "crates/desk/src/a.rs:2",
                "crates/desk/src/b.rs:1",
                "crates/desk/src/c.rs:3",
                "crates/desk/src/d.rs:1",
                "crates/desk/x.sql",
                "ui/src/features/desk/api.ts:1"
            ]
        );
    }

    #[test]
    fn sentences_are_no_statements() {
        for text in [
            "update the set-up",
            "select",
            "delete it",
            "create a case",
            "insert here",
            "Update case set due",
        ] {
            assert!(!is_sql(text), "{text}");
        }
        for text in [
            "pragma key = x",
            "update t set a = 1",
            "delete from t where x",
            "with a as (select 1) select * from a",
            "create virtual table f using fts5(x)",
        ] {
            assert!(is_sql(text), "{text}");
        }
    }
}
