//! The direction inside the interface: lib and components, then features, then app; no feature imports another.

use super::{Tree, Violation};

/// Where a file of the interface stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    App,
    Feature(String),
    /// components, lib, platform, generated, testing
    Ground,
}

/// Checks every import of every source file of the interface.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in &tree.files {
        let Some(path) = file.strip_prefix("ui/src/") else {
            continue;
        };
        if !path.ends_with(".ts") && !path.ends_with(".tsx") {
            continue;
        }
        let here = place(path);
        let text = tree.text(file).unwrap_or_default();
        for (line, target) in imports(&text) {
            let Some(target) = resolve(path, &target) else {
                continue;
            };
            let wrong = match (&here, place(&target)) {
                (Place::Feature(own), Place::Feature(other)) if *own != other => {
                    format!(
                        "feature `{own}` imports feature `{other}`; share it through components or lib"
                    )
                }
                (Place::Feature(own), Place::App) => {
                    format!("feature `{own}` imports the app; features are below it")
                }
                (Place::Ground, Place::Feature(_) | Place::App) if !is_test(path) => {
                    "lib and components are below features and app".to_owned()
                }
                _ => continue,
            };
            found.push(Violation::new(format!("{file}:{line}"), wrong));
        }
    }
    found
}

fn place(path: &str) -> Place {
    let mut parts = path.split('/');
    match (parts.next(), parts.next()) {
        (Some("features"), Some(name)) => Place::Feature(name.to_owned()),
        (Some("components" | "lib" | "platform" | "generated" | "testing"), _) => Place::Ground,
        _ => Place::App,
    }
}

/// What only tests use may render what lies above it.
fn is_test(path: &str) -> bool {
    path.starts_with("testing/") || path.ends_with(".test.ts") || path.ends_with(".test.tsx")
}

/// Every module named by an import, with its line: `from '…'`, `import '…'`, `import('…')`.
pub(super) fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//") || trimmed.starts_with('*') {
            continue;
        }
        for opening in [
            "from '",
            "from \"",
            "import '",
            "import \"",
            "import('",
            "import(\"",
        ] {
            let Some((_, rest)) = line.split_once(opening) else {
                continue;
            };
            if let Some((module, _)) = rest.split_once(['\'', '"']) {
                found.push((number + 1, module.to_owned()));
            }
        }
    }
    found
}

/// The path below ui/src that an import means; packages are not ours.
fn resolve(file: &str, module: &str) -> Option<String> {
    for alias in ["@/", "~/", "src/"] {
        if let Some(rest) = module.strip_prefix(alias) {
            return Some(rest.to_owned());
        }
    }
    if !module.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in module.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tree::small::Small;
    use super::*;

    #[test]
    fn imports_that_go_down_pass() {
        let small = Small::new()
            .file("ui/src/app/App.tsx", "import { Desk } from '../features/desk';")
            .file(
                "ui/src/features/desk/page.tsx",
                "import x from './list';\nimport y from '../../components/Row';\nimport z from 'react';\n// from '../outbox'",
            )
            .file("ui/src/lib/time.test.tsx", "await import('../features/desk/page');")
            .file("ui/src/components/Row.tsx", "import a from '@/lib/time';")
            .file("ui/src/testing/render.tsx", "import a from '@/app/App';");
        assert_eq!(small.places(check), [""; 0]);
    }

    #[test]
    fn imports_that_go_up_or_across_are_named() {
        let small = Small::new()
            .file(
                "ui/src/features/desk/a.tsx",
                "\nimport x from '../outbox/list';",
            )
            .file(
                "ui/src/features/desk/b.tsx",
                "const x = import('@/features/outbox');",
            )
            .file("ui/src/features/desk/c.tsx", "import \"../../app/keys\";")
            .file(
                "ui/src/components/d.tsx",
                "import {\n  a,\n} from \"../features/desk/a\";",
            )
            .file("ui/src/lib/e.ts", "export { a } from '../app/App';");
        assert_eq!(
            small.places(check),
            [
                "ui/src/components/d.tsx:3",
                "ui/src/features/desk/a.tsx:2",
                "ui/src/features/desk/b.tsx:1",
                "ui/src/features/desk/c.tsx:1",
                "ui/src/lib/e.ts:1"
            ]
        );
    }
}
