//! Reviewers at the partner: who is asked there, what their verdicts count for, and what comes back from them.
//!
//! Pure, so that every desktop comes to the same. The partner reads and writes a space of its own; what comes from there is
//! believed only as far as Community itself says who wrote it: never a name inside a message, never a time inside one.

mod answers;
mod asked;
mod data_set;
mod posted;
mod share;

pub use answers::{
    Answers, DataSet, NotCounted, PartnerVerdict, PersonState, SharedSpace, Standing,
};
pub use asked::{AskedPerson, PartnerAsked, PartnerRule, PartnerWeight, asked_for, is_twin};
pub use data_set::{Difference, LARGEST, differences, read as read_data_set};
pub use posted::{PROOF, Posted, QUESTION, how_to_answer, may_reach};
pub use share::may_share;

/// Purpose of a space that a partner reads.
pub const SHARED: &str = "mirror";
/// Item of the partner: approves or rejects a version.
pub const VERDICT: &str = "verdict";
/// Item of the partner: a comment.
pub const COMMENT: &str = "comment";
/// Item of the partner: names a file with changed data.
pub const DATA_SET: &str = "data_set";
/// Item of Community: a person of the partner looked at the request.
pub const OPENED: &str = "opened";
/// Longest text of a stranger that is kept, in characters.
const LONGEST: usize = 4_000;

/// Whether a character is of plain text: a line end, or one that is seen and leaves the reading direction as it is. What
/// joins and separates letters in some scripts stays.
fn is_plain(c: char) -> bool {
    let hidden = matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c == '\n' || !c.is_control() && !hidden
}

/// Text of a stranger made harmless: plain, and of a bounded length.
#[must_use]
pub fn harmless(text: &str) -> String {
    let read = text.chars().take(LONGEST.saturating_mul(4));
    let kept: String = read.filter(|c| is_plain(*c)).take(LONGEST).collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests;
