//! ISA, GS, ST and their trailers.

use super::{Open, OpenGroup, bare, check_control, check_count, check_tag, interrupts, quoted};
use crate::business::dates;
use crate::problem::{Problems, code};
use crate::reading::{Address, Group, Interchange, Standard};
use crate::scan::{Delimiters, Scanner, is_break};
use crate::segment::{Element, Segment};

/// ISA elements are fixed in length; with terminator the header has 106 characters.
const ISA_LENGTH: usize = 106;
/// A header longer than this is none.
const ISA_LIMIT: usize = 400;

/// Reads one interchange that begins with ISA. Always moves forward.
pub(super) fn read(
    scanner: &mut Scanner<'_>,
    interchanges: &mut Vec<Interchange>,
    problems: &mut Problems,
) {
    let position = scanner.offset();
    let header = Header::scan(scanner);
    let interchange = header.interchange(position);
    let delimiters = interchange.delimiters;
    match header.end {
        End::Complete { length } if length != ISA_LENGTH => problems.warning(
            code::ISA_LENGTH,
            position,
            format!("ISA is {length} characters long instead of {ISA_LENGTH}"),
        ),
        End::Complete { .. } => {}
        End::Short => problems.error(
            code::BAD_HEADER,
            position,
            format!("ISA has {} elements instead of 16", header.elements.len()),
        ),
        End::Missing => {
            problems.error(
                code::TRUNCATED,
                position,
                "the ISA header is incomplete".to_owned(),
            );
        }
    }
    let readable = !matches!(header.end, End::Missing);
    if readable && !delimiters.usable() {
        problems.error(
            code::BAD_DELIMITERS,
            position,
            format!(
                "element separator {:?}, component separator {:?} and segment terminator {:?} cannot be told apart from data",
                delimiters.element,
                delimiters.component.unwrap_or(' '),
                delimiters.terminator
            ),
        );
    }
    scanner.advance(header.used.max(3));
    if readable && delimiters.usable() {
        let mut reader = Reader::new(interchange, true);
        reader.run(scanner, problems);
        interchanges.push(reader.interchange);
    } else {
        interchanges.push(interchange);
    }
}

/// Reads groups or sets that stand without ISA.
pub(super) fn read_bare(
    scanner: &mut Scanner<'_>,
    separator: char,
    interchanges: &mut Vec<Interchange>,
    problems: &mut Problems,
) {
    let position = scanner.offset();
    problems.error(
        code::NO_ENVELOPE,
        position,
        "the data begins without ISA; its delimiters are guessed".to_owned(),
    );
    let tilde = scanner.rest().chars().take(4096).any(|c| c == '~');
    let delimiters = Delimiters {
        element: separator,
        component: [':', '>'].into_iter().find(|c| *c != separator),
        repetition: None,
        release: None,
        terminator: if tilde && separator != '~' { '~' } else { '\n' },
    };
    let mut reader = Reader::new(bare(Standard::X12, position, delimiters), false);
    reader.run(scanner, problems);
    interchanges.push(reader.interchange);
}

enum End {
    Complete {
        length: usize,
    },
    /// A line break came before the sixteenth element.
    Short,
    /// The data ended.
    Missing,
}

/// ISA as scanned by its separators, so that headers of the wrong length are read too.
struct Header {
    elements: Vec<String>,
    element: char,
    component: Option<char>,
    terminator: char,
    end: End,
    /// Bytes of the text it takes up.
    used: usize,
}

impl Header {
    fn scan(scanner: &Scanner<'_>) -> Self {
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

    fn interchange(&self, position: usize) -> Interchange {
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

struct Reader {
    interchange: Interchange,
    group: Option<OpenGroup>,
    open: Option<Open>,
    /// Whether an IEA is expected.
    enveloped: bool,
    index: usize,
}

impl Reader {
    fn new(interchange: Interchange, enveloped: bool) -> Self {
        Self {
            interchange,
            group: None,
            open: None,
            enveloped,
            index: 1,
        }
    }

    fn run(&mut self, scanner: &mut Scanner<'_>, problems: &mut Problems) {
        let delimiters = self.interchange.delimiters;
        loop {
            scanner.skip_blank();
            if interrupts(scanner, &self.interchange) {
                break;
            }
            self.index += 1;
            let Some(segment) = scanner.segment(&delimiters, self.index, problems) else {
                break;
            };
            if self.take(segment, problems) {
                return;
            }
        }
        let position = scanner.offset();
        self.close_document(position, problems);
        self.close_group(position, problems);
        if self.enveloped {
            problems.error(
                code::TRUNCATED,
                position,
                format!(
                    "IEA of interchange {} is missing",
                    quoted(&self.interchange.control_number)
                ),
            );
        }
    }

    /// Puts one segment in its place; true after IEA.
    fn take(&mut self, segment: Segment, problems: &mut Problems) -> bool {
        match segment.tag.as_str() {
            "GS" => self.group_header(&segment, problems),
            "GE" => self.group_trailer(&segment, problems),
            "ST" => self.set_header(segment, problems),
            "SE" => self.set_trailer(segment, problems),
            "IEA" => {
                self.interchange_trailer(segment, problems);
                return true;
            }
            _ => match self.open.as_mut() {
                Some(open) => {
                    check_tag(&segment, problems);
                    open.message.body.push(segment);
                }
                None => {
                    if !matches!(segment.tag.as_str(), "TA1" | "TA3" | "ISB" | "ISE") {
                        problems.at(
                            code::UNEXPECTED_SEGMENT,
                            &segment,
                            format!("{} stands outside a transaction set", quoted(&segment.tag)),
                        );
                    }
                    self.interchange.service.push(segment);
                }
            },
        }
        false
    }

    fn group_header(&mut self, segment: &Segment, problems: &mut Problems) {
        self.close_document(segment.offset, problems);
        self.close_group(segment.offset, problems);
        let text = |n| segment.text(n).unwrap_or_default().to_owned();
        self.group = Some(OpenGroup {
            group: Group {
                functional_id: text(1),
                control_number: text(6),
                sender: text(2),
                receiver: text(3),
                version: segment.value(8).unwrap_or_default().to_owned(),
                documents: Vec::new(),
            },
            ..OpenGroup::default()
        });
    }

    fn group_trailer(&mut self, segment: &Segment, problems: &mut Problems) {
        self.close_document(segment.offset, problems);
        match self.group.take() {
            Some(open) if !open.implicit => {
                let count = open.group.documents.len();
                check_count(segment, "transaction sets", count, problems);
                check_control(segment, 2, "GS", &open.group.control_number, problems);
                self.interchange.groups.push(open.group);
            }
            other => {
                self.interchange.groups.extend(other.map(|open| open.group));
                problems.at(
                    code::UNEXPECTED_SEGMENT,
                    segment,
                    "GE without GS".to_owned(),
                );
            }
        }
    }

    fn set_header(&mut self, segment: Segment, problems: &mut Problems) {
        self.close_document(segment.offset, problems);
        if self.group.is_none() {
            if self.enveloped {
                problems.at(
                    code::NO_GROUP,
                    &segment,
                    "a transaction set stands outside a functional group".to_owned(),
                );
            }
            self.group = Some(OpenGroup {
                implicit: true,
                ..OpenGroup::default()
            });
        }
        let kind = segment.value(1).unwrap_or_default().to_owned();
        if kind.is_empty() {
            problems.at(
                code::NO_TYPE,
                &segment,
                "ST names no transaction set".to_owned(),
            );
        }
        let control = segment.value(2).unwrap_or_default().to_owned();
        let version = segment.value(3).unwrap_or_default().to_owned();
        self.open = Some(Open::new(&kind, &control, version, segment));
    }

    fn set_trailer(&mut self, segment: Segment, problems: &mut Problems) {
        let Some(mut open) = self.open.take() else {
            problems.at(
                code::UNEXPECTED_SEGMENT,
                &segment,
                "SE without ST".to_owned(),
            );
            self.interchange.service.push(segment);
            return;
        };
        check_count(&segment, "segments", open.message.body.len() + 1, problems);
        check_control(&segment, 2, "ST", &open.message.control_number, problems);
        open.message.body.push(segment);
        self.keep(open, problems);
    }

    fn interchange_trailer(&mut self, segment: Segment, problems: &mut Problems) {
        self.close_document(segment.offset, problems);
        self.close_group(segment.offset, problems);
        if self.enveloped {
            let count = self.interchange.groups.len();
            check_count(&segment, "groups", count, problems);
            check_control(
                &segment,
                2,
                "ISA",
                &self.interchange.control_number,
                problems,
            );
        } else {
            problems.at(
                code::UNEXPECTED_SEGMENT,
                &segment,
                "IEA without ISA".to_owned(),
            );
        }
        self.interchange.service.push(segment);
    }

    /// Ends a document that has no trailer.
    fn close_document(&mut self, position: usize, problems: &mut Problems) {
        if let Some(open) = self.open.take() {
            let control = quoted(&open.message.control_number);
            let message = format!("SE of transaction set {control} is missing");
            problems.error(code::TRUNCATED, position, message);
            self.keep(open, problems);
        }
    }

    fn close_group(&mut self, position: usize, problems: &mut Problems) {
        if let Some(open) = self.group.take() {
            if !open.implicit {
                let control = quoted(&open.group.control_number);
                let message = format!("GE of group {control} is missing");
                problems.error(code::TRUNCATED, position, message);
            }
            self.interchange.groups.push(open.group);
        }
    }

    fn keep(&mut self, open: Open, problems: &mut Problems) {
        let message = open.close(Standard::X12);
        self.group.get_or_insert_default().add(message, problems);
    }
}
