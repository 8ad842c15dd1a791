//! What a document means in business: an order, a response, a ship notice, an invoice.

pub(crate) mod dates;
mod edifact;
mod types;
mod x12;

pub use types::{
    Answer, Dates, Document, DocumentKind, Envelope, Line, LineChange, Party, Product, ProductKind,
    Quantity, QuantityKind, Reference,
};

use crate::reading::{Group, Interchange, Message, Standard};

impl DocumentKind {
    /// The kind of a transaction set or message type; `None` for all others.
    #[must_use]
    pub fn of(message_type: &str) -> Option<Self> {
        Some(match message_type {
            "850" | "ORDERS" => Self::Order,
            "860" | "ORDCHG" => Self::OrderChange,
            "855" | "ORDRSP" => Self::OrderResponse,
            "865" => Self::ChangeResponse,
            "856" | "DESADV" => Self::ShipNotice,
            "810" | "INVOIC" => Self::Invoice,
            _ => return None,
        })
    }

    /// Whether the buyer is the one who sends it.
    #[must_use]
    pub fn is_from_buyer(self) -> bool {
        matches!(self, Self::Order | Self::OrderChange)
    }
}

impl Document {
    /// The business content of a message, or `None` when its type is none of ours.
    /// What is absent in the message is absent here; nothing is refused.
    #[must_use]
    pub fn of(interchange: &Interchange, group: &Group, message: &Message) -> Option<Self> {
        let kind = DocumentKind::of(&message.kind)?;
        let mut document = Self::empty(
            kind,
            &message.kind,
            Envelope {
                standard: interchange.standard,
                sender: interchange.sender.clone(),
                receiver: interchange.receiver.clone(),
                test: interchange.test,
                interchange: interchange.control_number.clone(),
                functional_id: group.functional_id.clone(),
                group: group.control_number.clone(),
                control_number: message.control_number.clone(),
                prepared_at: interchange.prepared_at.clone(),
            },
        );
        match interchange.standard {
            Standard::X12 => x12::fill(&mut document, &message.body),
            Standard::Edifact => edifact::fill(&mut document, &message.body),
        }
        document.settle();
        Some(document)
    }

    /// Rules that hold for both standards once everything is read.
    fn settle(&mut self) {
        match self.kind {
            DocumentKind::Order if self.order_number.is_none() => {
                self.order_number = self.number.clone();
            }
            DocumentKind::ShipNotice | DocumentKind::Invoice if self.order_number.is_none() => {
                self.order_number = self.lines.iter().find_map(|line| line.order_number.clone());
            }
            DocumentKind::OrderResponse | DocumentKind::ChangeResponse => {
                for line in &mut self.lines {
                    line.confirm(self.answer);
                }
            }
            _ => {}
        }
    }
}
