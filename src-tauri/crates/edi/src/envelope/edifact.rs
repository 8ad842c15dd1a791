//! UNA, UNB, UNG, UNH and their trailers.

use super::{Open, OpenGroup, bare, check_control, check_count, check_tag, interrupts, quoted};
use crate::business::dates;
use crate::problem::{Problems, code};
use crate::reading::{Address, Group, Interchange, Standard};
use crate::scan::{Delimiters, Scanner};
use crate::segment::Segment;

/// Delimiters where no UNA says otherwise.
const USUAL: Delimiters = Delimiters {
    element: '+',
    component: Some(':'),
    repetition: None,
    release: Some('?'),
    terminator: '\'',
};

/// Reads one interchange that begins with UNA or UNB. Always moves forward.
pub(super) fn read(
    scanner: &mut Scanner<'_>,
    interchanges: &mut Vec<Interchange>,
    problems: &mut Problems,
) {
    let position = scanner.offset();
    let advice = Advice::scan(scanner);
    if let Some(advice) = &advice {
        scanner.advance(advice.used);
        scanner.skip_blank();
        if !advice.delimiters.usable() {
            problems.error(
                code::BAD_DELIMITERS,
                position,
                "the delimiters named by UNA cannot be told apart from data".to_owned(),
            );
            return;
        }
    }
    if advice.is_none() && scanner.begins("UNA") {
        problems.error(
            code::TRUNCATED,
            position,
            "the data ends within UNA".to_owned(),
        );
        scanner.advance(scanner.rest().len());
        return;
    }
    if !scanner.begins("UNB") {
        if advice.is_some() && !(scanner.begins("UNH") || scanner.begins("UNG")) {
            // Whatever follows is judged on its own.
            problems.error(
                code::NO_ENVELOPE,
                position,
                "UNA is not followed by UNB".to_owned(),
            );
            return;
        }
        return read_bare(scanner, advice, interchanges, problems);
    }
    let named = advice.as_ref().map(|a| a.delimiters);
    let mut delimiters = named.unwrap_or_else(|| unnamed(scanner));
    if delimiters.terminator == '\'' && scanner.lacks_apostrophe() {
        problems.error(
            code::BAD_DELIMITERS,
            position,
            format!(
                "no segment ends with {:?}; line breaks are taken instead",
                delimiters.terminator
            ),
        );
        delimiters.terminator = '\n';
    }
    let Some(header) = scanner.segment(&delimiters, 1, problems) else {
        return;
    };
    if header.tag != "UNB" {
        problems.at(
            code::BAD_DELIMITERS,
            &header,
            format!(
                "after UNB stands no element separator {:?}",
                delimiters.element
            ),
        );
    }
    // The repetition separator exists from syntax version 4 on.
    let repeats = header.part(1, 2).is_some_and(|v| v >= "4");
    delimiters.repetition = advice.map_or(Some('*'), |a| a.repetition).filter(|c| {
        let taken = [delimiters.element, delimiters.terminator];
        let taken =
            taken.contains(c) || [delimiters.component, delimiters.release].contains(&Some(*c));
        repeats && !taken
    });
    if header.value(5).is_none() {
        problems.at(
            code::BAD_HEADER,
            &header,
            "UNB has no control reference".to_owned(),
        );
    }
    let mut reader = Reader::new(interchange(header, position, delimiters), true);
    reader.run(scanner, problems);
    interchanges.push(reader.interchange);
}

/// Reads messages or groups that stand without UNB.
pub(super) fn read_bare(
    scanner: &mut Scanner<'_>,
    advice: Option<Advice>,
    interchanges: &mut Vec<Interchange>,
    problems: &mut Problems,
) {
    let position = scanner.offset();
    problems.error(
        code::NO_ENVELOPE,
        position,
        "the data begins without UNB".to_owned(),
    );
    let delimiters = advice.map_or(USUAL, |a| a.delimiters);
    let mut reader = Reader::new(bare(Standard::Edifact, position, delimiters), false);
    reader.run(scanner, problems);
    interchanges.push(reader.interchange);
}

/// What UNA says.
pub(super) struct Advice {
    delimiters: Delimiters,
    /// The fifth character: the repetition separator of syntax 4, a blank before.
    repetition: Option<char>,
    used: usize,
}

impl Advice {
    fn scan(scanner: &Scanner<'_>) -> Option<Self> {
        if !scanner.begins("UNA") {
            return None;
        }
        let mut chars = scanner.chars().skip(3);
        let mut next = || chars.next().map(|(_, c)| c);
        let (component, element, _decimal, release, reserved) =
            (next()?, next()?, next()?, next()?, next()?);
        let (at, terminator) = chars.next()?;
        let blank = |c: char| (c != ' ').then_some(c);
        Some(Self {
            delimiters: Delimiters {
                element,
                component: Some(component),
                repetition: None,
                release: blank(release),
                terminator,
            },
            repetition: blank(reserved),
            used: at + terminator.len_utf8(),
        })
    }
}

/// Delimiters of a file without UNA. Level B of the syntax uses control characters.
fn unnamed(scanner: &Scanner<'_>) -> Delimiters {
    match scanner.chars().nth(3).map(|(_, c)| c) {
        Some('\u{1d}') => Delimiters {
            element: '\u{1d}',
            component: Some('\u{1f}'),
            repetition: None,
            release: None,
            terminator: '\u{1c}',
        },
        _ => USUAL,
    }
}

fn interchange(header: Segment, position: usize, delimiters: Delimiters) -> Interchange {
    let version = [header.part(1, 1), header.part(1, 2)];
    Interchange {
        control_number: header.value(5).unwrap_or_default().to_owned(),
        sender: Address::new(header.part(2, 2), header.part(2, 1)),
        receiver: Address::new(header.part(3, 2), header.part(3, 1)),
        test: header.value(11) == Some("1"),
        version: version.into_iter().flatten().collect::<Vec<_>>().join(":"),
        prepared_at: dates::moment(header.part(4, 1), header.part(4, 2)),
        service: vec![header],
        ..bare(Standard::Edifact, position, delimiters)
    }
}

struct Reader {
    interchange: Interchange,
    group: Option<OpenGroup>,
    open: Option<Open>,
    enveloped: bool,
    index: usize,
}

impl Reader {
    fn new(interchange: Interchange, enveloped: bool) -> Self {
        let index = interchange.service.len();
        Self {
            interchange,
            group: None,
            open: None,
            enveloped,
            index,
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
        self.close_message(position, problems);
        self.close_group(position, problems);
        if self.enveloped {
            problems.error(
                code::TRUNCATED,
                position,
                format!(
                    "UNZ of interchange {} is missing",
                    quoted(&self.interchange.control_number)
                ),
            );
        }
    }

    /// Puts one segment in its place; true after UNZ.
    fn take(&mut self, segment: Segment, problems: &mut Problems) -> bool {
        match segment.tag.as_str() {
            "UNG" => self.group_header(&segment, problems),
            "UNE" => self.group_trailer(&segment, problems),
            "UNH" => self.message_header(segment, problems),
            "UNT" => self.message_trailer(segment, problems),
            "UNZ" => {
                self.interchange_trailer(segment, problems);
                return true;
            }
            _ => {
                check_tag(&segment, problems);
                match self.open.as_mut() {
                    Some(open) => open.message.body.push(segment),
                    None => {
                        problems.at(
                            code::UNEXPECTED_SEGMENT,
                            &segment,
                            format!("{} stands outside a message", quoted(&segment.tag)),
                        );
                        self.interchange.service.push(segment);
                    }
                }
            }
        }
        false
    }

    fn group_header(&mut self, segment: &Segment, problems: &mut Problems) {
        self.close_message(segment.offset, problems);
        self.close_group(segment.offset, problems);
        let version = [segment.part(7, 1), segment.part(7, 2), segment.part(7, 3)];
        let text = |n| segment.value(n).unwrap_or_default().to_owned();
        self.group = Some(OpenGroup {
            group: Group {
                functional_id: text(1),
                control_number: text(5),
                sender: text(2),
                receiver: text(3),
                version: version.into_iter().flatten().collect::<Vec<_>>().join(":"),
                documents: Vec::new(),
            },
            ..OpenGroup::default()
        });
    }

    fn group_trailer(&mut self, segment: &Segment, problems: &mut Problems) {
        self.close_message(segment.offset, problems);
        match self.group.take() {
            Some(open) if !open.implicit => {
                check_count(segment, "messages", open.group.documents.len(), problems);
                check_control(segment, 2, "UNG", &open.group.control_number, problems);
                self.interchange.groups.push(open.group);
            }
            other => {
                self.group = other;
                problems.at(
                    code::UNEXPECTED_SEGMENT,
                    segment,
                    "UNE without UNG".to_owned(),
                );
            }
        }
    }

    fn message_header(&mut self, segment: Segment, problems: &mut Problems) {
        self.close_message(segment.offset, problems);
        let kind = segment.part(2, 1).unwrap_or_default().to_owned();
        if kind.is_empty() {
            problems.at(
                code::NO_TYPE,
                &segment,
                "UNH names no message type".to_owned(),
            );
        }
        let control = segment.value(1).unwrap_or_default().to_owned();
        let version = (2..=5)
            .filter_map(|n| segment.part(2, n))
            .collect::<Vec<_>>()
            .join(":");
        self.open = Some(Open::new(&kind, &control, version, segment));
    }

    fn message_trailer(&mut self, segment: Segment, problems: &mut Problems) {
        let Some(mut open) = self.open.take() else {
            problems.at(
                code::UNEXPECTED_SEGMENT,
                &segment,
                "UNT without UNH".to_owned(),
            );
            self.interchange.service.push(segment);
            return;
        };
        check_count(&segment, "segments", open.message.body.len() + 1, problems);
        check_control(&segment, 2, "UNH", &open.message.control_number, problems);
        open.message.body.push(segment);
        self.keep(open, problems);
    }

    fn interchange_trailer(&mut self, segment: Segment, problems: &mut Problems) {
        self.close_message(segment.offset, problems);
        self.close_group(segment.offset, problems);
        if self.enveloped {
            // Groups are counted where there are groups, else messages.
            let groups = &self.interchange.groups;
            let grouped = groups.iter().any(|g| !g.control_number.is_empty());
            let count = if grouped {
                groups.len()
            } else {
                groups.iter().map(|g| g.documents.len()).sum()
            };
            let what = if grouped { "groups" } else { "messages" };
            check_count(&segment, what, count, problems);
            check_control(
                &segment,
                2,
                "UNB",
                &self.interchange.control_number,
                problems,
            );
        } else {
            problems.at(
                code::UNEXPECTED_SEGMENT,
                &segment,
                "UNZ without UNB".to_owned(),
            );
        }
        self.interchange.service.push(segment);
    }

    /// Ends a message that has no trailer.
    fn close_message(&mut self, position: usize, problems: &mut Problems) {
        if let Some(open) = self.open.take() {
            let control = quoted(&open.message.control_number);
            let message = format!("UNT of message {control} is missing");
            problems.error(code::TRUNCATED, position, message);
            self.keep(open, problems);
        }
    }

    fn close_group(&mut self, position: usize, problems: &mut Problems) {
        if let Some(open) = self.group.take() {
            if !open.implicit {
                let control = quoted(&open.group.control_number);
                let message = format!("UNE of group {control} is missing");
                problems.error(code::TRUNCATED, position, message);
            }
            self.interchange.groups.push(open.group);
        }
    }

    fn keep(&mut self, open: Open, problems: &mut Problems) {
        let message = open.close(Standard::Edifact);
        self.group
            .get_or_insert_with(|| OpenGroup {
                implicit: true,
                ..OpenGroup::default()
            })
            .add(message, problems);
    }
}
