//! The rules of the source tree. Each rule is a function from a [`Tree`] to its violations, so that small trees made by
//! hand can prove it; all violations of all rules are reported together.

mod crates;
mod direction;
mod duplicates;
mod features;
mod licences;
mod only_here;
mod rust;
mod spdx;
mod tracked;
mod tree;

use crate::Outcome;
use crate::project::Project;
pub(crate) use tree::Tree;

/// One place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// File and line, or the package.
    pub(crate) place: String,
    /// What is wrong, and what to do instead.
    pub(crate) text: String,
}

impl Violation {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
        }
    }
}

type Rule = fn(&Tree) -> Vec<Violation>;

const RULES: &[(&str, Rule)] = &[
    ("only here", only_here::check),
    ("dependency direction", direction::check),
    ("crates", crates::check),
    ("features of the interface", features::check),
    ("licences", licences::check),
    ("duplicate versions", duplicates::check),
    ("tracked files", tracked::check),
];

/// Checks every rule and names every violation.
pub(crate) fn check(project: &Project) -> Outcome {
    let tree = Tree::read(project)?;
    let mut count = 0;
    for (name, rule) in RULES {
        let mut violations = rule(&tree);
        violations.sort();
        violations.dedup();
        for violation in &violations {
            println!("{name}: {}: {}", violation.place, violation.text);
        }
        count += violations.len();
    }
    if count == 0 {
        Ok(())
    } else {
        Err(format!("{count} places break a rule of the tree"))
    }
}
