//! Characters to segments, for both standards, with delimiters taken from the file.

use crate::problem::{Problems, code};
use crate::segment::{Element, Segment};

/// Larger files are refused: nothing a partner sends by these routes comes near.
pub(crate) const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Elements and components of one file; keeps memory bounded for any bytes.
const MAX_VALUES: usize = 4_000_000;
/// A segment with its surroundings weighs as much as so many values.
const SEGMENT_WEIGHT: usize = 4;

/// The characters that divide a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// Between elements.
    pub element: char,
    /// Between components of an element.
    pub component: Option<char>,
    /// Between repetitions of an element.
    pub repetition: Option<char>,
    /// Makes the next character plain data (EDIFACT).
    pub release: Option<char>,
    /// Ends a segment. A line break stands for every kind of line break.
    pub terminator: char,
}

impl Delimiters {
    fn ends(&self, c: char) -> bool {
        c == self.terminator || (is_break(self.terminator) && is_break(c))
    }

    /// Whether each delimiter can be told from data and from the others.
    pub(crate) fn usable(&self) -> bool {
        let mut seen = Vec::new();
        let all = [
            Some(self.element),
            self.component,
            self.repetition,
            self.release,
        ];
        for c in all
            .into_iter()
            .flatten()
            .chain(std::iter::once(self.terminator))
        {
            if c.is_alphanumeric() || seen.contains(&c) {
                return false;
            }
            seen.push(c);
        }
        !is_break(self.element)
    }
}

pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// Not part of any segment when it stands before one.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}'
}

/// A place in the text that only moves forward.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    /// Index in `text`.
    at: usize,
    /// Byte offset in the file; differs from `at` when bytes were widened.
    offset: usize,
    widened: bool,
    /// Lines were cut at a fixed width without regard to segments.
    pub(crate) wrapped: bool,
    values_left: usize,
    pub(crate) exhausted: bool,
    /// A length that led nowhere ends the belief in lengths, so that a hostile
    /// file cannot make every segment look far ahead.
    lengths_fit: bool,
    last_apostrophe: Option<usize>,
    last_break: Option<usize>,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, offset: usize, widened: bool) -> Self {
        Self {
            text,
            at: 0,
            offset,
            widened,
            wrapped: is_wrapped(text),
            values_left: MAX_VALUES,
            exhausted: false,
            lengths_fit: true,
            last_apostrophe: text.rfind('\''),
            last_break: text.rfind('\n'),
        }
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn is_done(&self) -> bool {
        self.exhausted || self.at >= self.text.len()
    }

    /// Whether only line breaks can end segments from here on.
    pub(crate) fn lacks_apostrophe(&self) -> bool {
        self.last_apostrophe.is_none_or(|i| i < self.at)
            && self.last_break.is_some_and(|i| i >= self.at)
    }

    /// Moves by `length` bytes of the text, which must end on a character.
    pub(crate) fn advance(&mut self, length: usize) {
        let to = self.at.saturating_add(length).min(self.text.len());
        self.offset += if self.widened {
            self.text.get(self.at..to).map_or(0, |s| s.chars().count())
        } else {
            to - self.at
        };
        self.at = to;
    }

    pub(crate) fn skip_blank(&mut self) {
        let rest = self.rest();
        let length = rest.find(|c| !is_blank(c)).unwrap_or(rest.len());
        self.advance(length);
    }

    /// The characters ahead without the line breaks of a wrapped file.
    pub(crate) fn chars(&self) -> impl Iterator<Item = (usize, char)> + use<'a> {
        let wrapped = self.wrapped;
        self.rest()
            .char_indices()
            .filter(move |(_, c)| !(wrapped && is_break(*c)))
    }

    /// Whether the text ahead begins with these letters, wrapped or not.
    pub(crate) fn begins(&self, letters: &str) -> bool {
        letters
            .chars()
            .eq(self.chars().map(|(_, c)| c).take(letters.chars().count()))
    }

    /// The next segment, or `None` at the end. Empty segments are skipped.
    pub(crate) fn segment(
        &mut self,
        delimiters: &Delimiters,
        index: usize,
        problems: &mut Problems,
    ) -> Option<Segment> {
        loop {
            self.skip_blank();
            if self.is_done() {
                return None;
            }
            let offset = self.offset;
            let mut builder = Builder::new(self.values_left);
            let mut released = false;
            let mut end = None;
            let mut skip_to = 0;
            for (i, c) in self.chars() {
                if i < skip_to || std::mem::take(&mut released) {
                    builder.push(c);
                } else if Some(c) == delimiters.release {
                    released = true;
                } else if delimiters.ends(c) {
                    end = Some(i + c.len_utf8());
                    break;
                } else if c == delimiters.element {
                    builder.end_element();
                    skip_to = self.binary_end(i, &builder, delimiters).unwrap_or(0);
                } else if Some(c) == delimiters.component && builder.has_tag() {
                    builder.cut(c, false);
                } else if Some(c) == delimiters.repetition && builder.has_tag() {
                    builder.cut(c, true);
                } else {
                    builder.push(c);
                }
                if builder.values_left == 0 {
                    self.exhausted = true;
                    problems.error(
                        code::TOO_LARGE,
                        offset,
                        format!("more than {MAX_VALUES} values; the rest was not read"),
                    );
                    return None;
                }
            }
            self.advance(end.unwrap_or(self.rest().len()));
            self.values_left = builder.values_left.saturating_sub(SEGMENT_WEIGHT);
            let Some(segment) = builder.finish(offset, index) else {
                end?;
                continue;
            };
            if end.is_none() && !is_break(delimiters.terminator) {
                problems.warning(
                    code::UNTERMINATED,
                    offset,
                    format!(
                        "the last segment, {}, has no terminator",
                        crate::problem::shown(&segment.tag)
                    ),
                );
            }
            return Some(segment);
        }
    }

    /// X12 carries binary data in BIN02, whose length stands in BIN01; delimiters
    /// inside are data. Believed only when a terminator follows.
    fn binary_end(
        &mut self,
        at: usize,
        builder: &Builder,
        delimiters: &Delimiters,
    ) -> Option<usize> {
        if delimiters.release.is_some() || !self.lengths_fit {
            return None;
        }
        let length = builder.binary_length()?;
        let body = self.rest().get(at..)?;
        let end = body
            .char_indices()
            .nth(length.saturating_add(1))
            .filter(|(_, after)| delimiters.ends(*after))
            .map(|(end, _)| at + end);
        self.lengths_fit = end.is_some();
        end
    }
}

/// Elements of the segment being read.
struct Builder {
    tag: Option<String>,
    elements: Vec<Element>,
    raw: String,
    cuts: Vec<(usize, bool)>,
    values_left: usize,
}

impl Builder {
    fn new(values_left: usize) -> Self {
        Self {
            tag: None,
            elements: Vec::new(),
            raw: String::new(),
            cuts: Vec::new(),
            values_left,
        }
    }

    fn has_tag(&self) -> bool {
        self.tag.is_some()
    }

    fn push(&mut self, c: char) {
        self.raw.push(c);
    }

    fn cut(&mut self, separator: char, repetition: bool) {
        self.values_left = self.values_left.saturating_sub(1);
        self.cuts.push((self.raw.len(), repetition));
        self.raw.push(separator);
    }

    fn end_element(&mut self) {
        self.values_left = self.values_left.saturating_sub(1);
        let raw = std::mem::take(&mut self.raw);
        if self.tag.is_none() {
            self.tag = Some(raw.trim().to_owned());
        } else {
            self.elements.push(Element::new(raw, &self.cuts));
            self.cuts.clear();
        }
    }

    fn binary_length(&self) -> Option<usize> {
        match (self.tag.as_deref(), self.elements.as_slice()) {
            (Some("BIN"), [length]) => length.text().parse().ok(),
            _ => None,
        }
    }

    fn finish(mut self, offset: usize, index: usize) -> Option<Segment> {
        // A line break before the end of the data or a CRLF belongs to no element.
        self.raw.truncate(self.raw.trim_end_matches(is_break).len());
        self.cuts.retain(|(at, _)| *at < self.raw.len());
        if self.tag.is_none() && self.raw.trim().is_empty() {
            return None;
        }
        self.end_element();
        Some(Segment {
            tag: self.tag.unwrap_or_default(),
            elements: self.elements,
            offset,
            index,
        })
    }
}

/// Some gateways cut the file into lines of one length, in the middle of segments.
fn is_wrapped(text: &str) -> bool {
    let mut lines = text
        .trim_end()
        .split('\n')
        .map(|l| l.trim_end_matches('\r'));
    let Some(first) = lines.next() else {
        return false;
    };
    let width = first.chars().count();
    let mut count = 0;
    let mut previous: Option<&str> = None;
    for line in lines {
        // All but the last line have the width of the first.
        if previous.is_some_and(|p| p.chars().count() != width) {
            return false;
        }
        previous = Some(line);
        count += 1;
    }
    count >= 2 && width >= 10 && previous.is_some_and(|p| p.chars().count() <= width)
}
