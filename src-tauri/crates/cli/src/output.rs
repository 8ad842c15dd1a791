//! What is printed, and exit codes.

use std::{io::Write as _, process::ExitCode};

use domain::{Refusal, refusal::Code};
use serde_json::{Value, json};

/// Refused by a rule.
pub(crate) const REFUSED: u8 = 1;
/// Wrong usage.
pub(crate) const USAGE: u8 = 2;
/// A system is out of reach.
pub(crate) const UNREACHABLE: u8 = 3;
/// Integrity failure.
pub(crate) const INTEGRITY: u8 = 4;
/// Something needs attention.
pub(crate) const ATTENTION: u8 = 5;

/// Result of a call: what is printed and the exit code.
pub(crate) struct Outcome {
    pub(crate) value: Value,
    pub(crate) code: u8,
}

impl From<Value> for Outcome {
    fn from(value: Value) -> Self {
        Self { value, code: 0 }
    }
}

/// Why a call was not done.
pub(crate) enum Problem {
    /// What was typed means nothing.
    Usage(String),
    /// A rule said no.
    Refused(Refusal),
    /// It was ended from outside, with the exit code that says so.
    Ended(u8),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Problem {
    /// Prints it and gives its exit code.
    pub(crate) fn tell(&self, json: bool) -> u8 {
        match self {
            Self::Refused(refusal) => refuse(refusal, json),
            Self::Usage(words) => {
                refuse(&Refusal::new(Code::Input, words.as_str()), json);
                USAGE
            }
            Self::Ended(code) => *code,
        }
    }
}

/// Prints one line on standard output; a closed pipe is no failure of ours.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}

/// Prints a result.
pub(crate) fn print(value: &Value, json: bool) {
    if json {
        line(&value.to_string());
    } else {
        line(&serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()));
    }
}

/// Prints a refusal and gives its exit code.
fn refuse(refusal: &Refusal, json: bool) -> u8 {
    if json {
        line(&json!(refusal).to_string());
    }
    let _ = writeln!(std::io::stderr(), "{}: {}", refusal.code, refusal.message);
    match refusal.code {
        Code::Integrity => INTEGRITY,
        Code::Unreachable => UNREACHABLE,
        _ => REFUSED,
    }
}

/// Something outside our control is broken before anything could be done.
pub(crate) fn broken(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::from(REFUSED)
}
