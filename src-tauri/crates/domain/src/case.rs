//! States of a case and the words on its wire.

use crate::words;

words! {
    /// States of a partner case.
    CaseStatus {
        /// Nobody looked yet.
        New = "new",
        /// Sorted, not begun.
        Triaged = "triaged",
        /// Being worked on.
        InProgress = "in_progress",
        /// The partner has to act.
        WaitingPartner = "waiting_partner",
        /// A colleague has to act.
        WaitingInternal = "waiting_internal",
        /// Solved, not yet closed.
        Resolved = "resolved",
        /// Done.
        Closed = "closed",
        /// The same as another case.
        Duplicate = "duplicate",
        /// Withdrawn.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a partner case is about; finer words are its subtype.
    CaseType {
        /// Quantity, price or quality is disputed.
        Dispute = "dispute",
        /// Short, late, damaged or missing goods.
        ShipmentException = "shipment_exception",
        /// An order is to be changed.
        OrderChange = "order_change",
        /// An invoice does not fit its order or receipt.
        InvoiceMismatch = "invoice_mismatch",
        /// A rule of the law or of the company.
        Compliance = "compliance",
        /// A claim for money or goods.
        Claim = "claim",
        /// Something that stops supply.
        Disruption = "disruption",
        /// A document that did not arrive or was rejected.
        EdiFailure = "edi_failure",
        /// A question or wish.
        Request = "request",
        /// A partner being connected.
        Onboarding = "onboarding",
        /// A certificate that ends.
        Certificate = "certificate",
        /// Goods called back.
        Recall = "recall",
        /// What partners and we owe each other for a period.
        Settlement = "settlement",
    }
}

impl CaseStatus {
    /// Whether work remains. A word that is not on the list counts as open, so that nothing falls off the queue.
    #[must_use]
    pub fn is_open(word: &str) -> bool {
        !matches!(
            word.parse::<Self>(),
            Ok(Self::Resolved | Self::Closed | Self::Duplicate | Self::Cancelled)
        )
    }
}
