//! A display of our own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Group, Outcome, trouble};

/// A running Xvfb on a display nobody else has.
#[derive(Debug)]
pub struct Display {
    name: String,
    _server: Group,
}

impl Display {
    /// Starts a server with one screen of this size. It picks a free number itself and says which.
    ///
    /// # Errors
    /// When Xvfb is not installed or does not start.
    pub fn start(width: u32, height: u32) -> Outcome<Self> {
        Self::with(width, height, &mut Command::new("Xvfb"))
    }

    /// The same, with its frame buffer as the file `Xvfb_screen0` in `folder`: a window dump that always holds what is
    /// on the screen.
    ///
    /// # Errors
    /// When Xvfb is not installed or does not start.
    pub fn kept_in(folder: &Path, width: u32, height: u32) -> Outcome<Self> {
        let mut server = Command::new("Xvfb");
        server.arg("-fbdir").arg(folder);
        Self::with(width, height, &mut server)
    }

    fn with(width: u32, height: u32, server: &mut Command) -> Outcome<Self> {
        let screen = format!("{width}x{height}x24");
        let mut server = Group::start(
            server
                .args([
                    "-displayfd",
                    "1",
                    "-nolisten",
                    "tcp",
                    "-screen",
                    "0",
                    &screen,
                ])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let said = server
            .child()
            .stdout
            .take()
            .ok_or_else(|| trouble("Xvfb has no standard output"))?;
        let mut number = String::new();
        BufReader::new(said).read_line(&mut number)?;
        if number.trim().is_empty() {
            server.still_runs()?;
            return Err(trouble("Xvfb named no display"));
        }
        Ok(Self {
            name: format!(":{}", number.trim()),
            _server: server,
        })
    }

    /// Its name, as in DISPLAY.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
