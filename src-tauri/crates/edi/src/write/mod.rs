//! Writes interchanges: right counts, matching control numbers, data that cannot
//! be mistaken for a delimiter. What a document must contain is the caller's business.

mod edifact;
mod replace;
#[cfg(test)]
mod tests;
mod x12;

pub use edifact::EdifactWriter;
pub use replace::{LineChange, NotReplaceable, Replaced, Replacement, replace_invoice};
pub use x12::X12Writer;

use crate::scan::{Delimiters, is_break};

/// When an interchange is prepared, in the sender's local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// `CCYYMMDD`
    date: String,
    /// `HHMM`
    time: String,
}

impl Stamp {
    /// From the parts of a calendar date and a time of day.
    #[must_use]
    pub fn new(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> Self {
        Self {
            date: format!(
                "{:04}{:02}{:02}",
                year.rem_euclid(10_000),
                month % 100,
                day % 100
            ),
            time: format!("{:02}{:02}", hour % 100, minute % 100),
        }
    }

    /// `CCYYMMDD`, as both standards write a date inside documents.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// `YYMMDD`, as envelopes write it.
    #[must_use]
    pub fn short_date(&self) -> &str {
        self.date.get(2..).unwrap_or_default()
    }

    /// `HHMM`.
    #[must_use]
    pub fn time(&self) -> &str {
        &self.time
    }
}

/// The segments of one document.
#[derive(Debug)]
pub struct Body {
    delimiters: Delimiters,
    text: String,
    count: usize,
    line_breaks: bool,
}

impl Body {
    fn new(delimiters: Delimiters, line_breaks: bool) -> Self {
        Self {
            delimiters,
            text: String::new(),
            count: 0,
            line_breaks,
        }
    }

    /// Adds a segment of simple elements; the first is the tag. Empty elements at
    /// the end are left out.
    pub fn segment(&mut self, elements: &[&str]) -> &mut Self {
        let elements: Vec<[&str; 1]> = elements.iter().map(|element| [*element]).collect();
        let elements: Vec<&[&str]> = elements.iter().map(<[&str; 1]>::as_slice).collect();
        self.composite(&elements)
    }

    /// Adds a segment of composite elements, each given by its components.
    pub fn composite(&mut self, elements: &[&[&str]]) -> &mut Self {
        let filled = |element: &&[&str]| element.iter().any(|component| !component.is_empty());
        let length = elements.iter().rposition(filled).map_or(0, |last| last + 1);
        for (i, element) in elements.iter().take(length).enumerate() {
            if i > 0 {
                self.text.push(self.delimiters.element);
            }
            let parts = element
                .iter()
                .rposition(|part| !part.is_empty())
                .map_or(0, |n| n + 1);
            for (j, component) in element.iter().take(parts).enumerate() {
                if j > 0 {
                    self.text.push(self.delimiters.component.unwrap_or(' '));
                }
                self.data(component);
            }
        }
        self.text.push(self.delimiters.terminator);
        if self.line_breaks && !is_break(self.delimiters.terminator) {
            self.text.push('\n');
        }
        self.count += 1;
        self
    }

    /// Data with delimiters released, or replaced by a blank where the syntax has
    /// no release character.
    fn data(&mut self, text: &str) {
        let d = &self.delimiters;
        let special = [d.component, d.repetition, d.release];
        for c in text.chars() {
            let delimits = c == d.element || c == d.terminator || special.contains(&Some(c));
            match d.release {
                _ if is_break(c) => self.text.push(' '),
                Some(release) if delimits => self.text.extend([release, c]),
                None if delimits => self.text.push(' '),
                _ => self.text.push(c),
            }
        }
    }
}
