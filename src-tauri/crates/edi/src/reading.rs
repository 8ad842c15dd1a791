//! What one file says: interchanges, groups, documents, problems.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::ack::Acknowledgement;
use crate::business::Document;
use crate::problem::Problem;
use crate::scan::Delimiters;
use crate::segment::Segment;
use crate::source::Charset;

/// The family of standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
pub enum Standard {
    /// ANSI ASC X12.
    #[serde(rename = "X12")]
    X12,
    /// UN/EDIFACT and its relatives with the same syntax.
    #[serde(rename = "EDIFACT")]
    Edifact,
}

/// An identifier of a party with the qualifier that says whose numbering it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// For example `ZZ`, `01`, `14`; empty where the file gives none.
    pub qualifier: String,
    /// The identifier without padding.
    pub id: String,
}

impl Address {
    pub(crate) fn new(qualifier: Option<&str>, id: Option<&str>) -> Self {
        Self {
            qualifier: qualifier.unwrap_or_default().to_owned(),
            id: id.unwrap_or_default().to_owned(),
        }
    }

    /// Whether there is no identifier.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }
}

/// `qualifier:id`, or `id` alone where there is no qualifier.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.qualifier.is_empty() {
            f.write_str(&self.id)
        } else {
            write!(f, "{}:{}", self.qualifier, self.id)
        }
    }
}

/// The reverse of `Display`: text before the first colon is the qualifier.
impl From<&str> for Address {
    fn from(text: &str) -> Self {
        match text.split_once(':') {
            Some((qualifier, id)) => Self::new(Some(qualifier), Some(id)),
            None => Self::new(None, Some(text)),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

/// The result of [`crate::read`]. Whatever could be read is there, also where
/// problems are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Standard of the first interchange; `None` when nothing could be recognised.
    pub standard: Option<Standard>,
    /// How the bytes became text.
    pub charset: Charset,
    /// In the order of the file.
    pub interchanges: Vec<Interchange>,
    /// In the order of discovery.
    pub problems: Vec<Problem>,
}

impl Reading {
    /// Every document with the group and interchange around it.
    pub fn messages(&self) -> impl Iterator<Item = (&Interchange, &Group, &Message)> {
        self.interchanges.iter().flat_map(|interchange| {
            interchange.groups.iter().flat_map(move |group| {
                group
                    .documents
                    .iter()
                    .map(move |message| (interchange, group, message))
            })
        })
    }

    /// Orders, responses, ship notices, invoices and changes in the file.
    #[must_use]
    pub fn documents(&self) -> Vec<Document> {
        self.messages()
            .filter_map(|(interchange, group, message)| Document::of(interchange, group, message))
            .collect()
    }

    /// 997, 999, TA1 and CONTRL in the file.
    #[must_use]
    pub fn acknowledgements(&self) -> Vec<Acknowledgement> {
        self.interchanges
            .iter()
            .flat_map(Acknowledgement::all)
            .collect()
    }
}

/// ISA to IEA, or UNB to UNZ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interchange {
    /// Family of this interchange.
    pub standard: Standard,
    /// ISA13 or UNB 0020.
    pub control_number: String,
    /// Who sent it.
    pub sender: Address,
    /// For whom it is.
    pub receiver: Address,
    /// Marked as a test.
    pub test: bool,
    /// ISA12 (`00401`) or UNB S001 (`UNOC:3`).
    pub version: String,
    /// Date and time of preparation as ISO 8601 text without a zone, where legible.
    pub prepared_at: Option<String>,
    /// GS to GE or UNG to UNE; one group with empty names where EDIFACT has none.
    pub groups: Vec<Group>,
    /// Byte offset of the header.
    pub position: usize,
    /// The delimiters of this interchange.
    #[serde(skip)]
    pub delimiters: Delimiters,
    /// Segments of the interchange outside groups: the headers, TA1, the trailers.
    #[serde(skip)]
    pub service: Vec<Segment>,
}

/// A functional group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// GS01 or UNG 0038, for example `PO`.
    pub functional_id: String,
    /// GS06 or UNG 0048.
    pub control_number: String,
    /// GS02 or UNG S006: the sender inside the company.
    pub sender: String,
    /// GS03 or UNG S007.
    pub receiver: String,
    /// GS08, for example `004010`.
    pub version: String,
    /// Transaction sets or messages.
    pub documents: Vec<Message>,
}

/// ST to SE, or UNH to UNT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// `850`, `ORDERS`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// ST02 or UNH 0062.
    pub control_number: String,
    /// The number people know it by: of the order, shipment or invoice.
    pub number: Option<String>,
    /// ST03, or version and release of UNH S009 (`D:96A:UN`).
    pub version: String,
    /// How many segments were read, header and trailer included.
    #[serde(rename = "segments")]
    pub segment_count: usize,
    /// Byte offset of the header.
    pub position: usize,
    /// Every segment, header and trailer included, known or not.
    #[serde(skip)]
    pub body: Vec<Segment>,
}
