//! Proofs of delivery, and what they prove.

use crate::words;

words! {
    /// How delivery is proven.
    ProofKind {
        /// The receipt of AS2 (RFC 4130), from the system of the recipient.
        Mdn = "mdn",
        /// The receipt of the portal where the recipient picked it up.
        PortalReceipt = "portal_receipt",
        /// The letter signed and returned by the recipient.
        SignedReturn = "signed_return",
    }
}
words! {
    /// Why a proof does not prove this delivery.
    Mismatch {
        /// It does not read as a proof.
        Unreadable = "unreadable",
        /// It is of another kind than was asked for.
        Kind = "kind",
        /// It names another message, or none.
        Message = "message",
        /// It names another transaction.
        Transaction = "transaction",
        /// It names another recipient, or none.
        Route = "route",
        /// It names other content, or none.
        Digest = "digest",
        /// It says that the message was not taken.
        Refused = "refused",
    }
}

impl Mismatch {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "does not read as a proof",
            Self::Kind => "is of another kind than was asked for",
            Self::Message => "names another message than was sent",
            Self::Transaction => "names another transaction",
            Self::Route => "names another recipient",
            Self::Digest => "names another content than was sent",
            Self::Refused => "says that the message was not taken",
        }
    }
}

/// What a proof has to name.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Kind asked for.
    pub kind: ProofKind,
    /// Transaction.
    pub transaction: &'a str,
    /// Message-ID, with or without angle brackets.
    pub message_id: &'a str,
    /// Address of the recipient.
    pub address: &'a str,
    /// SHA-256 of what was sent, in hex.
    pub sha256: &'a str,
}

/// What a proof says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub kind: ProofKind,
    /// Message it is about.
    pub message_id: Option<String>,
    /// Transaction it is about, where it names one: an MDN does not.
    pub transaction: Option<String>,
    /// Who received it.
    pub recipient: Option<String>,
    /// SHA-256 of what was received, in hex; `None` where it names none, or another algorithm.
    pub sha256: Option<String>,
    /// Whether it says that the message was taken.
    pub taken: bool,
}

fn bare(message_id: &str) -> &str {
    let inner = message_id.trim();
    inner.trim_start_matches('<').trim_end_matches('>')
}

/// Whether a proof proves exactly this delivery: message, recipient and content all have to be named and to be the ones.
///
/// # Errors
/// The first thing that does not fit.
pub fn proves(told: &Told, expected: Expected<'_>) -> Result<(), Mismatch> {
    if told.kind != expected.kind {
        return Err(Mismatch::Kind);
    }
    let of_ours = |id: &str| !bare(id).is_empty() && bare(id) == bare(expected.message_id);
    if !told.message_id.as_deref().is_some_and(of_ours) {
        return Err(Mismatch::Message);
    }
    let another = |id: &str| id != expected.transaction;
    if told.transaction.as_deref().is_some_and(another) {
        return Err(Mismatch::Transaction);
    }
    let theirs = |address: &str| !address.is_empty() && address == expected.address;
    if !told.recipient.as_deref().map(str::trim).is_some_and(theirs) {
        return Err(Mismatch::Route);
    }
    if told.sha256.as_deref() != Some(expected.sha256) {
        return Err(Mismatch::Digest);
    }
    if told.taken {
        Ok(())
    } else {
        Err(Mismatch::Refused)
    }
}
