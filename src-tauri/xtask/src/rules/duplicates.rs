//! Two versions of one crate in what is built for Linux: each is listed with its reason, a new one fails, and so does a
//! line of the list that no longer holds.

use super::{Tree, Violation};

/// Compares what the lock holds with `[bans] skip` of deny.toml.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let known = tree.words("bans", "skip");
    let mut found = Vec::new();
    for (name, versions) in &tree.built {
        if versions.len() > 1 && !known.contains(name) {
            found.push(Violation::new(
                name,
                format!(
                    "is built in {} versions ({}); use one, or add it to [bans] skip with the reason",
                    versions.len(),
                    versions.join(", ")
                ),
            ));
        }
    }
    for name in known {
        if tree
            .built
            .get(&name)
            .is_none_or(|versions| versions.len() < 2)
        {
            found.push(Violation::new(
                "deny.toml",
                format!("`{name}` is no longer built twice; take it off [bans] skip"),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree::small::Small;
    use super::*;

    fn small(skip: &str) -> Small {
        let mut small = Small::new().deny(&format!("[bans]\nskip = [{skip}]\n"));
        let versions = |list: &[&str]| list.iter().map(|v| (*v).to_owned()).collect();
        small.tree.built = [
            ("syn".to_owned(), versions(&["1.0.0", "2.0.0"])),
            ("serde".to_owned(), versions(&["1.0.0"])),
        ]
        .into();
        small
    }

    #[test]
    fn a_listed_duplicate_passes_and_a_new_one_is_named() {
        let listed = small("{ crate = \"syn\", reason = \"two macro generations\" }");
        assert_eq!(listed.places(check), [""; 0]);
        assert_eq!(small("").places(check), ["syn"]);
    }

    #[test]
    fn a_line_that_no_longer_holds_is_named() {
        let stale = small("{ crate = \"syn\" }, { crate = \"serde\" }");
        assert_eq!(stale.places(check), ["deny.toml"]);
    }
}
