//! ISA, GS, ST and their trailers.

use super::isa::{End, Header};
use super::{Open, OpenGroup, bare, check_control, check_count, check_tag, interrupts, quoted};
use crate::problem::{Problems, code};
use crate::reading::{Group, Interchange, Standard};
use crate::scan::{Delimiters, Scanner};
use crate::segment::Segment;

/// ISA elements are fixed in length; with terminator the header has 106 characters.
const ISA_LENGTH: usize = 106;

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
