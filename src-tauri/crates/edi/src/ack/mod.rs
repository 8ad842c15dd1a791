//! What the other side says about what it received: 997, 999, TA1, CONTRL, MDN.

mod edifact;
mod mdn;
pub mod words;
mod x12;

use serde::{Deserialize, Serialize};

pub use mdn::{Mdn, read_mdn};

use crate::business::Envelope;
use crate::envelope::same_number;
use crate::reading::{Address, Interchange, Standard};

/// Which acknowledgement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AckKind {
    /// X12 functional acknowledgement.
    #[serde(rename = "997")]
    Functional,
    /// X12 implementation acknowledgement.
    #[serde(rename = "999")]
    Implementation,
    /// X12 interchange acknowledgement.
    #[serde(rename = "TA1")]
    Interchange,
    /// EDIFACT syntax and service report.
    #[serde(rename = "CONTRL")]
    Contrl,
}

/// What a code comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted.
    Accepted,
    /// Only that it arrived (UCI 8).
    Received,
    /// Accepted, but errors were noted.
    AcceptedWithErrors,
    /// Some sets of the group accepted, some rejected.
    Partial,
    /// Rejected.
    Rejected,
    /// A code that no table here explains.
    Unknown,
}

/// A status code with its meaning. The code is kept as written, known or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// As in the file.
    pub code: String,
    /// What it comes to.
    pub outcome: Outcome,
    /// What it means in words.
    pub words: String,
}

/// One error that is reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckError {
    /// Tag of the segment concerned.
    pub segment: Option<String>,
    /// Its number in the document, from 1 (the header is 1).
    pub position: Option<u32>,
    /// Number of the element in the segment.
    pub element: Option<u32>,
    /// Number of the component in the element.
    pub component: Option<u32>,
    /// The rejected value, where the other side repeats it.
    pub value: Option<String>,
    /// The error code as written.
    pub code: String,
    /// What it means in words.
    pub words: String,
}

/// What is said about one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetResult {
    /// Control number of the document.
    pub control_number: String,
    /// `850`, `ORDERS`, …
    #[serde(rename = "type")]
    pub message_type: String,
    /// Accepted or not; `None` where the file does not say (it ended early).
    pub status: Option<Status>,
    /// In the order of the file.
    pub errors: Vec<AckError>,
}

/// One acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Which one.
    pub kind: AckKind,
    /// Who acknowledges.
    pub sender: Address,
    /// Who is told.
    pub receiver: Address,
    /// Control number of the interchange that carries the acknowledgement.
    pub carried_by: String,
    /// Control number of the acknowledged interchange (TA1, CONTRL).
    pub interchange: Option<String>,
    /// Functional identifier of the acknowledged group (997, 999).
    pub functional_id: Option<String>,
    /// Control number of the acknowledged group.
    pub group: Option<String>,
    /// What is said about the whole: AK9, TA1 or UCI.
    pub status: Option<Status>,
    /// Errors of the group or interchange itself.
    pub errors: Vec<AckError>,
    /// Single documents, where named.
    pub sets: Vec<SetResult>,
    /// Byte offset in the file.
    pub position: usize,
}

impl Acknowledgement {
    /// Every acknowledgement of an interchange.
    #[must_use]
    pub fn all(interchange: &Interchange) -> Vec<Self> {
        match interchange.standard {
            Standard::X12 => x12::all(interchange),
            Standard::Edifact => edifact::all(interchange),
        }
    }

    fn empty(kind: AckKind, interchange: &Interchange, position: usize) -> Self {
        Self {
            kind,
            sender: interchange.sender.clone(),
            receiver: interchange.receiver.clone(),
            carried_by: interchange.control_number.clone(),
            interchange: None,
            functional_id: None,
            group: None,
            status: None,
            errors: Vec::new(),
            sets: Vec::new(),
            position,
        }
    }

    /// What this acknowledgement says about a document that was sent, or `None`
    /// when it speaks of something else. A document that is not named shares
    /// the fate of its group or interchange, if that is accepted or rejected whole.
    #[must_use]
    pub fn verdict(&self, sent: &Envelope) -> Option<Outcome> {
        // Identifiers only: some partners acknowledge under another qualifier.
        if self.sender.id != sent.receiver.id || self.receiver.id != sent.sender.id {
            return None;
        }
        let same = |mine: &Option<String>, theirs: &str| {
            mine.as_deref()
                .is_some_and(|mine| same_number(mine, theirs))
        };
        let concerns = match self.kind {
            AckKind::Functional | AckKind::Implementation => {
                same(&self.group, &sent.group)
                    && self.functional_id.as_deref() == Some(sent.functional_id.as_str())
            }
            AckKind::Interchange | AckKind::Contrl => same(&self.interchange, &sent.interchange),
        };
        if !concerns {
            return None;
        }
        let whole = self.status.as_ref().map(|status| status.outcome);
        let named = self
            .sets
            .iter()
            .find(|set| set.control_number == sent.control_number);
        match named {
            Some(set) => set.status.as_ref().map(|status| status.outcome).or(whole),
            // A set that is absent from a partial acknowledgement was not judged.
            None if whole == Some(Outcome::Partial) => None,
            None => whole,
        }
    }
}

#[cfg(test)]
mod tests;
