//! ISA, GS, ST and their trailers.

use super::{Body, Stamp};
use crate::reading::{Address, Group};
use crate::scan::Delimiters;

/// Writes one X12 interchange.
///
/// ```
/// # use edi::write::{Stamp, X12Writer};
/// let stamp = Stamp::new(2026, 11, 18, 10, 30);
/// let file = X12Writer::new("ZZ:BUYER", "ZZ:SELLER", 1004, stamp, true)
///     .group("PO", 1004)
///     .transaction("850", "0001", |t| {
///         t.segment(&["BEG", "00", "SA", "4711", "", "20261118"]);
///         t.segment(&["PO1", "1", "10", "EA", "2.50", "", "VP", "BOLT-8"]);
///     })
///     .finish();
/// let reading = edi::read(file.as_bytes());
/// assert!(reading.problems.is_empty());
/// assert_eq!(reading.documents()[0].number.as_deref(), Some("4711"));
/// ```
#[derive(Debug)]
pub struct X12Writer {
    sender: Address,
    receiver: Address,
    control_number: u32,
    stamp: Stamp,
    test: bool,
    version: String,
    delimiters: Delimiters,
    line_breaks: bool,
    service: String,
    groups: String,
    group_count: usize,
    group: Option<OpenGroup>,
}

#[derive(Debug)]
struct OpenGroup {
    functional_id: String,
    control_number: u32,
    as_sent: Option<AsSent>,
    sets: String,
    count: usize,
}

/// What a group says of itself beside its envelope.
#[derive(Debug)]
struct AsSent {
    sender: String,
    receiver: String,
    version: String,
}

impl X12Writer {
    /// Sender and receiver as `qualifier:id`.
    #[must_use]
    pub fn new(
        sender: &str,
        receiver: &str,
        control_number: u32,
        stamp: Stamp,
        test: bool,
    ) -> Self {
        Self {
            sender: Address::from(sender),
            receiver: Address::from(receiver),
            control_number,
            stamp,
            test,
            version: "00401".to_owned(),
            delimiters: Delimiters {
                element: '*',
                component: Some('>'),
                repetition: None,
                release: None,
                terminator: '~',
            },
            line_breaks: false,
            service: String::new(),
            groups: String::new(),
            group_count: 0,
            group: None,
        }
    }

    /// Another version of the envelope, for example `00501`.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.version = version.to_owned();
        self
    }

    /// Other delimiters, before anything is added. X12 knows no release character.
    #[must_use]
    pub fn delimiters(mut self, delimiters: Delimiters) -> Self {
        self.delimiters = Delimiters {
            release: None,
            ..delimiters
        };
        self
    }

    /// A line break behind every segment, for people.
    #[must_use]
    pub fn line_breaks(mut self) -> Self {
        self.line_breaks = true;
        self
    }

    /// A segment between ISA and the groups: TA1.
    #[must_use]
    pub fn service(mut self, elements: &[&str]) -> Self {
        let mut body = self.body();
        body.segment(elements);
        self.service.push_str(&body.text);
        self
    }

    /// Begins a functional group; the one before is closed.
    #[must_use]
    pub fn group(mut self, functional_id: &str, control_number: u32) -> Self {
        self.close_group();
        self.group = Some(OpenGroup {
            functional_id: functional_id.to_owned(),
            control_number,
            as_sent: None,
            sets: String::new(),
            count: 0,
        });
        self
    }

    /// Gives the open group the sender (GS02), receiver (GS03) and version (GS08) of another: inside a company they may be
    /// others than the envelope names. What is empty there stays as the envelope has it.
    #[must_use]
    pub fn named_as(mut self, other: &Group) -> Self {
        if let Some(group) = self.group.as_mut() {
            group.as_sent = Some(AsSent {
                sender: other.sender.clone(),
                receiver: other.receiver.clone(),
                version: other.version.clone(),
            });
        }
        self
    }

    /// Adds a transaction set; ST and SE come of themselves.
    #[must_use]
    pub fn transaction(
        mut self,
        set: &str,
        control_number: &str,
        fill: impl FnOnce(&mut Body),
    ) -> Self {
        let mut body = self.body();
        body.segment(&["ST", set, control_number]);
        fill(&mut body);
        let count = (body.count + 1).to_string();
        body.segment(&["SE", &count, control_number]);
        if self.group.is_none() {
            self = self.group("", 1);
        }
        if let Some(group) = self.group.as_mut() {
            group.sets.push_str(&body.text);
            group.count += 1;
        }
        self
    }

    /// The whole interchange.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.close_group();
        let d = self.delimiters;
        let control_number = format!("{:09}", self.control_number % 1_000_000_000);
        let fixed = |text: &str, width: usize| -> String {
            text.chars()
                .chain(std::iter::repeat(' '))
                .take(width)
                .collect()
        };
        let repetition = match d.repetition {
            Some(c) if self.version.as_str() >= "00402" => c.to_string(),
            _ => "U".to_owned(),
        };
        let elements = [
            "ISA".to_owned(),
            "00".to_owned(),
            fixed("", 10),
            "00".to_owned(),
            fixed("", 10),
            fixed(&self.sender.qualifier, 2),
            fixed(&self.sender.id, 15),
            fixed(&self.receiver.qualifier, 2),
            fixed(&self.receiver.id, 15),
            self.stamp.short_date().to_owned(),
            self.stamp.time().to_owned(),
            repetition,
            fixed(&self.version, 5),
            control_number.clone(),
            "0".to_owned(),
            if self.test { "T" } else { "P" }.to_owned(),
            d.component.unwrap_or('>').to_string(),
        ];
        let mut out = elements.join(&d.element.to_string());
        out.push(d.terminator);
        if self.line_breaks && !crate::scan::is_break(d.terminator) {
            out.push('\n');
        }
        out.push_str(&self.service);
        out.push_str(&self.groups);
        let mut trailer = self.body();
        trailer.segment(&["IEA", &self.group_count.to_string(), &control_number]);
        out.push_str(&trailer.text);
        out
    }

    fn body(&self) -> Body {
        Body::new(self.delimiters, self.line_breaks)
    }

    fn close_group(&mut self) {
        let Some(group) = self.group.take() else {
            return;
        };
        let control_number = group.control_number.to_string();
        let version = format!("{}0", self.version.get(..5).unwrap_or("00401"));
        let own = |of: fn(&AsSent) -> &String, envelope: &str| {
            let own = group.as_sent.as_ref().map(|g| of(g).as_str());
            own.filter(|own| !own.is_empty())
                .unwrap_or(envelope)
                .to_owned()
        };
        let mut header = self.body();
        header.segment(&[
            "GS",
            &group.functional_id,
            &own(|g| &g.sender, &self.sender.id),
            &own(|g| &g.receiver, &self.receiver.id),
            self.stamp.date(),
            self.stamp.time(),
            &control_number,
            "X",
            &own(|g| &g.version, &version),
        ]);
        let mut trailer = self.body();
        trailer.segment(&["GE", &group.count.to_string(), &control_number]);
        for part in [&header.text, &group.sets, &trailer.text] {
            self.groups.push_str(part);
        }
        self.group_count += 1;
    }
}
