//! The header of an X12 interchange, which names its own delimiters.

use super::bare;
use crate::business::dates;
use crate::reading::{Address, Interchange, Standard};
use crate::scan::{Delimiters, Scanner, is_break};
use crate::segment::{Element, Segment};

/// A header longer than this is none.
const ISA_LIMIT: usize = 400;

/// How the header ends.
pub(super) enum End {
    Complete {
        length: usize,
    },
    /// A line break came before the sixteenth element.
    Short,
    /// The data ended.
    Missing,
}

/// ISA as scanned by its separators, so that headers of the wrong length are read too.
pub(super) struct Header {
    pub(super) elements: Vec<String>,
    element: char,
    component: Option<char>,
    terminator: char,
    pub(super) end: End,
    /// Bytes of the text it takes up.
    pub(super) used: usize,
}

impl Header {
    pub(super) fn scan(scanner: &Scanner<'_>) -> Self {
        let mut chars = scanner.chars().skip(3).take(ISA_LIMIT);
        let element = chars.next().map_or('*', |(_, c)| c);
        let mut header = Self {
            elements: Vec::new(),
            element,
            component: None,
            terminator: '\n',
            end: End::Missing,
            used: 3,
        };
        let mut current = String::new();
        let mut length = 4;
        while header.elements.len() < 15 {
            let Some((i, c)) = chars.next() else {
                return header;
            };
            length += 1;
            if c == element {
                header.elements.push(std::mem::take(&mut current));
            } else if is_break(c) {
                header.elements.push(current);
                header.used = i;
                header.end = End::Short;
                return header;
            } else {
                current.push(c);
            }
            header.used = i + c.len_utf8();
        }
        let Some((i, last)) = chars.next() else {
            return header;
        };
        length += 1;
        header.used = i + last.len_utf8();
        if is_break(last) {
            header.elements.push(String::new());
            header.end = End::Short;
            return header;
        }
        header.elements.push(last.to_string());
        let Some((i, mut next)) = chars.next() else {
            return header;
        };
        let mut at = i;
        length += 1;
        while next == ' ' {
            let Some((i, c)) = chars.next() else {
                return header;
            };
            (at, next) = (i, c);
            length += 1;
        }
        header.end = End::Complete { length };
        let again = || {
            let ahead = scanner.rest().get(at..).unwrap_or_default();
            ahead.chars().take(1024).any(|c| c == last)
        };
        if next.is_alphanumeric() && !last.is_alphanumeric() && again() {
            // ISA16 is missing and its place holds the terminator.
            header.terminator = last;
            header.end = End::Complete { length: length - 1 };
        } else {
            header.component = Some(last);
            header.terminator = next;
            header.used = at + next.len_utf8();
        }
        header
    }

    fn element(&self, number: usize) -> Option<&str> {
        number
            .checked_sub(1)
            .and_then(|i| self.elements.get(i))
            .map(|e| e.trim())
            .filter(|e| !e.is_empty())
    }

    /// ISA11 separates repetitions from version 00402 on; before it is `U`.
    fn repetition(&self) -> Option<char> {
        let mut chars = self.element(11)?.chars();
        let c = chars.next()?;
        let taken = [Some(self.element), self.component, Some(self.terminator)];
        let newer = self.element(12).is_some_and(|v| v >= "00402");
        (chars.next().is_none() && newer && !c.is_alphanumeric() && !taken.contains(&Some(c)))
            .then_some(c)
    }

    pub(super) fn interchange(&self, position: usize) -> Interchange {
        let header = Segment {
            tag: "ISA".to_owned(),
            elements: self
                .elements
                .iter()
                .map(|e| Element::new(e.clone(), &[]))
                .collect(),
            offset: position,
            index: 1,
        };
        Interchange {
            control_number: self.element(13).unwrap_or_default().to_owned(),
            sender: Address::new(self.element(5), self.element(6)),
            receiver: Address::new(self.element(7), self.element(8)),
            test: self.element(15) == Some("T"),
            version: self.element(12).unwrap_or_default().to_owned(),
            prepared_at: dates::moment(self.element(9), self.element(10)),
            service: vec![header],
            ..bare(
                Standard::X12,
                position,
                Delimiters {
                    element: self.element,
                    component: self.component,
                    repetition: self.repetition(),
                    release: None,
                    terminator: self.terminator,
                },
            )
        }
    }
}
