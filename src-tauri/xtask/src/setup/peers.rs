//! Peers of the contract tests, which nobody here wrote: a tracker from Debian packages, clients in Python below the target
//! folder.
//!
//! The packages start nothing we use: a test makes a database of its own and serves it on a free port. The file names every package in one version, so pip resolves nothing; a folder of its own keeps them away from
//! whatever Python else is on the machine.

use std::fs;

use super::{Consent, apt, packages::PEERS, pip};
use crate::Outcome;
use crate::project::Project;
use crate::stamp::Stamp;

/// Where the tests look for them, below the target folder.
const FOLDER: &str = "tools/contract-python";

/// Installs what is missing.
pub(crate) fn ensure(project: &Project, consent: Consent) -> Outcome {
    apt::install(PEERS, consent)?;
    python(project, consent)
}

/// Fetches what `tests/contract/requirements.txt` names, unless it is there.
fn python(project: &Project, consent: Consent) -> Outcome {
    let requirements = project.root.join("tests/contract/requirements.txt");
    let home = project.target.join(FOLDER);
    let file = home.with_extension("stamp");
    let stamp = Stamp::new(file, std::slice::from_ref(&requirements), &[])?;
    if stamp.is_fresh() && home.is_dir() {
        return Ok(());
    }
    if !pip::is_there() {
        apt::install_tool(
            "python3-pip",
            "fetches the peers of the contract tests",
            consent,
        )?;
    }
    eprintln!(
        "The peers of the contract tests are set up in {}; nothing else on the machine uses them.",
        home.display()
    );
    // Fetched aside, so that an interrupted set-up leaves nothing half there.
    let part = home.with_extension("part");
    let _ = fs::remove_dir_all(&part);
    pip::install(&part, &["--requirement".as_ref(), requirements.as_os_str()]).map_err(
        |error| format!("the peers of the contract tests could not be fetched: {error}"),
    )?;
    let _ = fs::remove_dir_all(&home);
    fs::rename(&part, &home).map_err(|error| format!("{}: {error}", home.display()))?;
    stamp.set()
}
