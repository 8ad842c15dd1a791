//! Who may read a message or a file. Never changed after it was written (invariant I3).

use crate::{Refusal, partner_review, words};

words! {
    /// Readers of a message or file.
    Visibility {
        /// The partner reads it.
        Partner = "partner",
        /// Only our own people read it. Anything unknown counts as this.
        Internal = "internal",
    }
}

/// Whether an item may be published in a space of this purpose: where a partner reads, only what is made for it, in the form
/// it is made in. Every publication asks this right before it is sent, whatever planned it.
///
/// # Errors
/// `E_VIS`.
pub fn may_publish(
    purpose: &str,
    kind: &str,
    title: &str,
    data: &serde_json::Value,
) -> Result<(), Refusal> {
    partner_review::may_reach(purpose, kind, title, data)
}
