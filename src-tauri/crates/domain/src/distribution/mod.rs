//! Distributions: one approved letter, sent over the grid to partners, each with the proof that it was delivered. Pure: every
//! desktop that pulled the same transactions and proofs comes to the same states.

mod approval;
mod proof;
mod recipients;
mod standing;

use serde::{Deserialize, Serialize};

pub use approval::{Approval, Enclosed, may_leave};
pub use proof::{Expected, Mismatch, ProofKind, Told, proves};
pub use recipients::{Draft, Recipient, Selected, draft, grid_address, root};
pub use standing::{Counts, DistributionState, Known, RecipientState, Standing, standing};

use crate::{Millis, batch::LeftOut, canonical::sha256_hex};

/// Most recipients of a distribution: all of them stand in its definition.
pub const MOST: usize = 500;
/// Purpose of the space of a distribution.
pub const PURPOSE: &str = "distribution";
/// Kind of the item that says what a distribution is.
pub const DEFINITION: &str = "definition";
/// Kind of the item that says under which message and transaction a recipient was sent to.
pub const SENT: &str = "sent";
/// Kind of the item that says that a distribution was stopped.
pub const STOPPED: &str = "stopped";
/// Media type in which a letter goes out.
pub const LETTER: &str = "application/pdf";

/// The letter of a distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Number.
    pub notice: String,
    /// File name.
    pub name: String,
    /// Title.
    pub title: String,
    /// SHA-256 of the approved bytes.
    pub sha256: String,
    /// Content hash that was signed.
    pub hash: String,
    /// Space of its review.
    pub review: String,
}

/// A distribution as its space says what it is, for every desktop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its number.
    pub distribution: String,
    /// Login of who launched it.
    pub maker: String,
    /// Hash over letter, proof, recipients and who is left out, as it was shown.
    pub root: String,
    /// What is sent.
    pub letter: Letter,
    /// How delivery is to be proven.
    pub proof: ProofKind,
    /// Who it is sent to.
    pub recipients: Vec<Addressee>,
    /// Who was left out, and why.
    pub left_out: Vec<LeftOut>,
}

/// A recipient of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// Partner id.
    pub partner_id: String,
    /// Name.
    pub name: String,
    /// Address on the grid, `qualifier:id`.
    pub address: String,
}

/// That a recipient was sent to, as its item says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Partner id.
    pub partner_id: String,
    /// Message-ID it went with.
    pub message_id: String,
    /// Transaction of the grid.
    pub transaction: String,
    /// When.
    #[serde(skip, default = "never")]
    pub at: Millis,
}

const fn never() -> Millis {
    Millis(0)
}

/// The number of the distribution an intent makes: short, and the same for as long as the intent lives.
#[must_use]
pub fn number(intent: &str) -> String {
    let hash = sha256_hex(intent.as_bytes());
    format!("D-{}", hash.get(..8).unwrap_or(&hash).to_uppercase())
}

#[cfg(test)]
mod tests;
