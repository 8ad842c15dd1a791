//! Set-up: what must be on the machine before anything of ours can be built.

pub(crate) mod apt;
pub(crate) mod node;
mod packages;
pub(crate) mod peers;
mod pip;

use std::io::{BufRead, IsTerminal, Write};

use crate::Outcome;
use crate::project::Project;
pub(crate) use packages::{BUILD, Need, TEST};

/// May something be installed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// `--yes`, or nobody there to ask.
    Given,
    /// Somebody sits at the terminal.
    Ask,
}

impl Consent {
    /// What holds for this call.
    pub(crate) fn of(yes: bool) -> Self {
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self::decide(yes, terminal)
    }

    fn decide(yes: bool, terminal: bool) -> Self {
        if yes || !terminal {
            Self::Given
        } else {
            Self::Ask
        }
    }

    /// Asks if it must, and turns a no into an error that says what is left undone.
    pub(crate) fn obtain(self, question: &str) -> Outcome {
        if self == Self::Given {
            return Ok(());
        }
        eprint!("{question} [Y/n] ");
        let _ = std::io::stderr().flush();
        let mut answer = String::new();
        std::io::stdin()
            .lock()
            .read_line(&mut answer)
            .map_err(|error| format!("no answer: {error}"))?;
        match answer.trim().to_ascii_lowercase().as_str() {
            "" | "y" | "yes" => Ok(()),
            _ => Err("nothing was installed; call again with --yes, or install it by hand".into()),
        }
    }
}

/// Everything the build and the tests need.
pub(crate) fn everything(project: &Project, yes: bool) -> Outcome {
    let needs: Vec<Need> = BUILD.iter().chain(TEST).copied().collect();
    apt::install(&needs, Consent::of(yes))?;
    let node = node::ensure(project, Consent::of(yes))?;
    crate::interface::install(project, &node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_asked_before_anything_is_installed() {
        assert_eq!(Consent::decide(false, true), Consent::Ask);
        assert_eq!(Consent::decide(true, true), Consent::Given);
        assert_eq!(Consent::decide(false, false), Consent::Given);
    }
}
