//! Programs that lead a process group, and end with all their children.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Outcome, Trouble, trouble};

/// A started program with its children. Dropping it ends them.
#[derive(Debug)]
pub struct Group {
    name: String,
    child: Child,
}

impl Group {
    /// Starts the program at the head of a group of its own, with nothing on its standard input.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| Trouble::from(error).during(format!("starting {name}")))?;
        Ok(Self { name, child })
    }

    /// Its process id, which is the group's.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The program itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// An error if it has ended already.
    ///
    /// # Errors
    /// When it has.
    pub fn still_runs(&mut self) -> Outcome {
        match self.ended()? {
            Some(status) => Err(trouble(format!("{} ended early: {status}", self.name))),
            None => Ok(()),
        }
    }

    /// Ends the whole group without a chance to tidy up, as a power cut would.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }

    /// Asks the whole group to end.
    pub fn ask_to_end(&mut self) {
        self.signal(Signal::TERM);
    }

    /// Asks the whole group to end, and makes it after two seconds.
    pub fn end(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.ask_to_end();
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(2) {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        // The head may be gone while children of it still run.
        self.kill();
    }

    fn signal(&self, signal: Signal) {
        // The head is reaped by us alone and only after this, so its number cannot have passed to another group.
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    #[test]
    fn a_dropped_group_takes_its_children_along() {
        let mut group = Group::start(
            Command::new("sh")
                .args(["-c", "sleep 600 & echo $!; wait"])
                .stdout(Stdio::piped()),
        )
        .unwrap();
        let mut line = String::new();
        BufReader::new(group.child().stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let child = format!("/proc/{}/stat", line.trim());
        let runs = || {
            std::fs::read_to_string(&child).is_ok_and(|stat| {
                stat.rsplit(')')
                    .next()
                    .is_some_and(|rest| !rest.starts_with(" Z"))
            })
        };
        assert!(runs());
        drop(group);
        let start = Instant::now();
        while runs() {
            assert!(
                start.elapsed() < Duration::from_secs(5),
                "the child still runs"
            );
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Group::start(&mut Command::new("no-such-program-anywhere")).unwrap_err();
        assert!(error.to_string().contains("no-such-program-anywhere"));
    }
}
