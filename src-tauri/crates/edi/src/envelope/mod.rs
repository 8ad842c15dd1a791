//! Finds interchanges in a file and reads their envelopes.

mod edifact;
mod isa;
mod number;
mod x12;

use std::collections::HashSet;

use crate::problem::{Problems, code, shown};
use crate::reading::{Group, Interchange, Message, Reading, Standard};
use crate::scan::{Delimiters, MAX_BYTES, Scanner};
use crate::segment::Segment;
use crate::source::Source;

/// Reads any bytes as a file of interchanges. Never fails: what cannot be read
/// is a problem with a place. Work and memory are bounded by the length.
#[must_use]
pub fn read(bytes: &[u8]) -> Reading {
    let mut problems = Problems::default();
    let kept = bytes.get(..MAX_BYTES).unwrap_or(bytes);
    if kept.len() < bytes.len() {
        problems.error(
            code::TOO_LARGE,
            MAX_BYTES,
            format!(
                "{} bytes; only the first {MAX_BYTES} were read",
                bytes.len()
            ),
        );
    }
    let source = Source::decode(kept);
    let mut scanner = Scanner::new(&source.text, source.skipped, source.charset.is_widened());
    let mut interchanges = Vec::new();
    loop {
        scanner.skip_blank();
        if scanner.is_done() {
            break;
        }
        let before = scanner.offset();
        match Start::of(&scanner) {
            Start::Isa => x12::read(&mut scanner, &mut interchanges, &mut problems),
            Start::Una | Start::Unb => {
                edifact::read(&mut scanner, &mut interchanges, &mut problems);
            }
            Start::BareX12(separator) => {
                x12::read_bare(&mut scanner, separator, &mut interchanges, &mut problems);
            }
            Start::BareEdifact => {
                edifact::read_bare(&mut scanner, None, &mut interchanges, &mut problems);
            }
            Start::Unknown => skip_stray(&mut scanner, interchanges.is_empty(), &mut problems),
        }
        if scanner.offset() == before {
            // Every branch moves forward; were one not to, this loop must still end.
            scanner.advance(scanner.rest().chars().next().map_or(1, char::len_utf8));
        }
    }
    if kept.is_empty() {
        problems.error(code::EMPTY, 0, "the file is empty".to_owned());
    } else if interchanges.is_empty() {
        problems.error(
            code::NO_ENVELOPE,
            source.skipped,
            "no ISA, UNA or UNB header was found".to_owned(),
        );
    }
    Reading {
        standard: interchanges.first().map(|i| i.standard),
        charset: source.charset,
        interchanges,
        problems: problems.finish(),
    }
}

/// What begins at a place of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Isa,
    Una,
    Unb,
    /// GS or ST without ISA, with the separator after it.
    BareX12(char),
    /// UNH or UNG without UNB.
    BareEdifact,
    Unknown,
}

impl Start {
    fn of(scanner: &Scanner<'_>) -> Self {
        let after = |n: usize| scanner.chars().nth(n).map(|(_, c)| c);
        let separates = |n: usize| after(n).filter(|c| !c.is_alphanumeric() && *c != ' ');
        if scanner.begins("ISA") && separates(3).is_some() {
            Self::Isa
        } else if scanner.begins("UNA") && separates(3).is_some() {
            Self::Una
        } else if scanner.begins("UNB") && separates(3).is_some() {
            Self::Unb
        } else if scanner.begins("UNH+") || scanner.begins("UNG+") {
            Self::BareEdifact
        } else if (scanner.begins("GS") || scanner.begins("ST")) && separates(2).is_some() {
            separates(2).map_or(Self::Unknown, Self::BareX12)
        } else {
            Self::Unknown
        }
    }
}

/// Whether a new interchange begins inside the one being read. A tag of the other
/// standard counts only where its separator differs: it may be a segment here.
fn interrupts(scanner: &Scanner<'_>, interchange: &Interchange) -> bool {
    let foreign = || {
        scanner
            .chars()
            .nth(3)
            .is_some_and(|(_, c)| c != interchange.delimiters.element)
    };
    match (Start::of(scanner), interchange.standard) {
        (Start::Una, _) | (Start::Isa, Standard::X12) | (Start::Unb, Standard::Edifact) => true,
        (Start::Isa | Start::Unb, _) => foreign(),
        _ => false,
    }
}

/// Passes over bytes that belong to no interchange, to the next header or the end.
fn skip_stray(scanner: &mut Scanner<'_>, first: bool, problems: &mut Problems) {
    let offset = scanner.offset();
    let rest = scanner.rest();
    let sample: String = rest.chars().take(36).collect();
    let mut from = rest.chars().next().map_or(1, char::len_utf8);
    let next = loop {
        let ahead = rest.get(from..).unwrap_or_default();
        match ahead.find(['I', 'U']) {
            None => break rest.len(),
            Some(at) => {
                let word = ahead.get(at..at + 4).unwrap_or_default();
                let separated = word.chars().nth(3).is_some_and(|c| !c.is_alphanumeric());
                let named = ["ISA", "UNA", "UNB"]
                    .iter()
                    .any(|tag| word.starts_with(tag));
                let before = rest.get(..from + at).and_then(|r| r.chars().next_back());
                if named && separated && !before.is_some_and(char::is_alphanumeric) {
                    break from + at;
                }
                from += at + 1;
            }
        }
    };
    scanner.advance(next.max(1));
    if !first || !scanner.is_done() {
        problems.error(
            code::STRAY_DATA,
            offset,
            format!(
                "{next} characters belong to no interchange, beginning {}",
                quoted(&sample)
            ),
        );
    }
}

/// A document that is being read.
struct Open {
    message: Message,
}

impl Open {
    fn new(kind: &str, control_number: &str, version: String, header: Segment) -> Self {
        Self {
            message: Message {
                kind: kind.to_owned(),
                control_number: control_number.to_owned(),
                number: None,
                version,
                segment_count: 0,
                position: header.offset,
                body: vec![header],
            },
        }
    }

    fn close(mut self, standard: Standard) -> Message {
        self.message.segment_count = self.message.body.len();
        self.message.number = number::of(standard, &self.message.body).map(str::to_owned);
        self.message
    }
}

/// A group that is being read, with the control numbers it has used.
#[derive(Default)]
struct OpenGroup {
    group: Group,
    used: HashSet<String>,
    /// Set where the file has no group header.
    implicit: bool,
}

impl OpenGroup {
    fn add(&mut self, message: Message, problems: &mut Problems) {
        if !message.control_number.is_empty()
            && !self.used.insert(message.control_number.clone())
            && let Some(header) = message.body.first()
        {
            problems.at(
                code::CONTROL_DUPLICATE,
                header,
                format!(
                    "control number {} is used twice",
                    quoted(&message.control_number)
                ),
            );
        }
        self.group.documents.push(message);
    }
}

/// Compares the count of a trailer with what was read.
fn check_count(trailer: &Segment, what: &str, counted: usize, problems: &mut Problems) {
    let stated = trailer.value(1).unwrap_or_default();
    if stated.parse::<usize>().ok() != Some(counted) {
        problems.at(
            code::COUNT_MISMATCH,
            trailer,
            format!(
                "{} states {} {what}, {counted} were read",
                trailer.tag,
                quoted(stated)
            ),
        );
    }
}

/// Compares the control numbers of header and trailer.
fn check_control(
    trailer: &Segment,
    element: usize,
    header: &str,
    opened: &str,
    problems: &mut Problems,
) {
    let closed = trailer.value(element).unwrap_or_default();
    if closed == opened {
        return;
    }
    let message = format!(
        "{} names control number {}, {header} names {}",
        trailer.tag,
        quoted(closed),
        quoted(opened)
    );
    // Those of X12 groups and interchanges are numbers: 000250 is 250.
    let numeric = matches!(trailer.tag.as_str(), "GE" | "IEA");
    if numeric && same_number(closed, opened) {
        problems.warn_at(code::CONTROL_MISMATCH, trailer, message);
    } else {
        problems.at(code::CONTROL_MISMATCH, trailer, message);
    }
}

/// Whether two control numbers differ in leading zeros at most.
pub(crate) fn same_number(a: &str, b: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|c| c.is_ascii_digit());
    if digits(a) && digits(b) {
        a.trim_start_matches('0') == b.trim_start_matches('0')
    } else {
        a == b
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}

/// Reports a segment whose tag cannot be one.
fn check_tag(segment: &Segment, problems: &mut Problems) {
    let tag = &segment.tag;
    let fits =
        (1..=4).contains(&tag.chars().count()) && tag.chars().all(|c| c.is_ascii_alphanumeric());
    if !fits {
        problems.at(
            code::BAD_TAG,
            segment,
            format!("{} is no segment tag", quoted(tag)),
        );
    }
}

/// What a file without its envelope still says.
fn bare(standard: Standard, position: usize, delimiters: Delimiters) -> Interchange {
    Interchange {
        standard,
        control_number: String::new(),
        sender: crate::Address::default(),
        receiver: crate::Address::default(),
        test: false,
        version: String::new(),
        prepared_at: None,
        groups: Vec::new(),
        position,
        delimiters,
        service: Vec::new(),
    }
}
