//! UNA, UNB, UNH and their trailers.

use super::{Body, Stamp};
use crate::reading::Address;
use crate::scan::Delimiters;

/// Writes one EDIFACT interchange. UNA is always written.
///
/// ```
/// # use edi::write::{EdifactWriter, Stamp};
/// let stamp = Stamp::new(2026, 11, 18, 10, 30);
/// let file = EdifactWriter::new("14:BUYER", "14:SELLER", "77", stamp, false)
///     .message("ORDERS", "D:96A:UN", "1", |m| {
///         m.segment(&["BGM", "220", "4711", "9"]);
///         m.composite(&[&["DTM"], &["137", "20261118", "102"]]);
///         m.composite(&[&["LIN"], &["1"], &[], &["BOLT-8", "SA"]]);
///         m.composite(&[&["QTY"], &["21", "10", "PCE"]]);
///         m.segment(&["UNS", "S"]);
///     })
///     .finish();
/// let reading = edi::read(file.as_bytes());
/// assert!(reading.problems.is_empty());
/// assert_eq!(reading.documents()[0].number.as_deref(), Some("4711"));
/// ```
#[derive(Debug)]
pub struct EdifactWriter {
    sender: Address,
    receiver: Address,
    control_number: String,
    stamp: Stamp,
    test: bool,
    delimiters: Delimiters,
    line_breaks: bool,
    messages: String,
    count: usize,
}

impl EdifactWriter {
    /// Sender and receiver as `qualifier:id`.
    #[must_use]
    pub fn new(
        sender: &str,
        receiver: &str,
        control_number: &str,
        stamp: Stamp,
        test: bool,
    ) -> Self {
        Self {
            sender: Address::from(sender),
            receiver: Address::from(receiver),
            control_number: control_number.to_owned(),
            stamp,
            test,
            delimiters: Delimiters {
                element: '+',
                component: Some(':'),
                repetition: None,
                release: Some('?'),
                terminator: '\'',
            },
            line_breaks: false,
            messages: String::new(),
            count: 0,
        }
    }

    /// Other delimiters, before anything is added. A repetition separator makes
    /// it syntax version 4.
    #[must_use]
    pub fn delimiters(mut self, delimiters: Delimiters) -> Self {
        self.delimiters = delimiters;
        self
    }

    /// A line break behind every segment, for people.
    #[must_use]
    pub fn line_breaks(mut self) -> Self {
        self.line_breaks = true;
        self
    }

    /// Adds a message; UNH and UNT come of themselves. `version` is the rest of
    /// the message identifier, for example `D:96A:UN` or `D:96A:UN:EAN008`.
    #[must_use]
    pub fn message(
        mut self,
        kind: &str,
        version: &str,
        reference: &str,
        fill: impl FnOnce(&mut Body),
    ) -> Self {
        let mut body = self.body();
        let identifier: Vec<&str> = std::iter::once(kind).chain(version.split(':')).collect();
        body.composite(&[&["UNH"], &[reference], &identifier]);
        fill(&mut body);
        let count = (body.count + 1).to_string();
        body.segment(&["UNT", &count, reference]);
        self.messages.push_str(&body.text);
        self.count += 1;
        self
    }

    /// The whole interchange.
    #[must_use]
    pub fn finish(self) -> String {
        let d = self.delimiters;
        let mut out = String::from("UNA");
        out.push(d.component.unwrap_or(':'));
        out.push(d.element);
        out.push('.');
        out.push(d.release.unwrap_or(' '));
        out.push(d.repetition.unwrap_or(' '));
        out.push(d.terminator);
        let (syntax, date) = match d.repetition {
            Some(_) => ("4", self.stamp.date()),
            None => ("3", self.stamp.short_date()),
        };
        let test = if self.test { "1" } else { "" };
        let mut header = self.body();
        header.composite(&[
            &["UNB"],
            &["UNOC", syntax],
            &[&self.sender.id, &self.sender.qualifier],
            &[&self.receiver.id, &self.receiver.qualifier],
            &[date, self.stamp.time()],
            &[&self.control_number],
            &[],
            &[],
            &[],
            &[],
            &[],
            &[test],
        ]);
        let mut trailer = self.body();
        trailer.segment(&["UNZ", &self.count.to_string(), &self.control_number]);
        for part in [&header.text, &self.messages, &trailer.text] {
            out.push_str(part);
        }
        out
    }

    fn body(&self) -> Body {
        Body::new(self.delimiters, self.line_breaks)
    }
}
