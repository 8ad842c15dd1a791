//! Who may read a message or a file. Never changed after it was written (invariant I3).

use crate::words;

words! {
    /// Readers of a message or file.
    Visibility {
        /// The partner reads it.
        Partner = "partner",
        /// Only our own people read it. Anything unknown counts as this.
        Internal = "internal",
    }
}
