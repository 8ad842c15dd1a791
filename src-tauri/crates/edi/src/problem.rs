//! What is wrong with a file, and where.

use serde::Serialize;

/// Stable codes. A rule, a script or a translation may rely on them.
pub mod code {
    /// The file has no bytes.
    pub const EMPTY: &str = "EDI_EMPTY";
    /// No ISA, UNA or UNB was found where an interchange should begin.
    pub const NO_ENVELOPE: &str = "EDI_NO_ENVELOPE";
    /// Bytes before, between or after interchanges belong to none.
    pub const STRAY_DATA: &str = "EDI_STRAY_DATA";
    /// The header ends too early or has the wrong number of elements.
    pub const BAD_HEADER: &str = "EDI_BAD_HEADER";
    /// ISA is not 106 characters long; it was read by its separators.
    pub const ISA_LENGTH: &str = "EDI_ISA_LENGTH";
    /// A delimiter is a letter, a digit or the same as another one.
    pub const BAD_DELIMITERS: &str = "EDI_BAD_DELIMITERS";
    /// The data ends before the trailer of something that was opened.
    pub const TRUNCATED: &str = "EDI_TRUNCATED";
    /// The last segment has no terminator.
    pub const UNTERMINATED: &str = "EDI_UNTERMINATED";
    /// A trailer's count differs from what was read, or is no number.
    pub const COUNT_MISMATCH: &str = "EDI_COUNT_MISMATCH";
    /// A trailer names another control number than its header.
    pub const CONTROL_MISMATCH: &str = "EDI_CONTROL_MISMATCH";
    /// A control number is used twice where it must be unique.
    pub const CONTROL_DUPLICATE: &str = "EDI_CONTROL_DUPLICATE";
    /// A segment stands where none is allowed.
    pub const UNEXPECTED_SEGMENT: &str = "EDI_UNEXPECTED_SEGMENT";
    /// A segment does not begin with a tag.
    pub const BAD_TAG: &str = "EDI_BAD_TAG";
    /// Transaction sets stand outside a functional group.
    pub const NO_GROUP: &str = "EDI_NO_GROUP";
    /// A header does not say which kind of document follows.
    pub const NO_TYPE: &str = "EDI_NO_TYPE";
    /// The file is larger than this reader accepts; the rest was not read.
    pub const TOO_LARGE: &str = "EDI_TOO_LARGE";
    /// Further problems were not listed.
    pub const MORE_PROBLEMS: &str = "EDI_MORE_PROBLEMS";
}

/// Whether a problem makes the content doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something is lost, contradictory or unreadable.
    Error,
    /// Unusual, but read without doubt.
    Warning,
}

/// One thing wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// One of [`code`].
    pub code: &'static str,
    /// Whether content is in doubt.
    pub severity: Severity,
    /// One English sentence.
    pub message: String,
    /// Byte offset in the file, from 0.
    pub position: usize,
    /// Number of the segment in its interchange, from 1, where one is concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<usize>,
}

/// More are not listed: a hostile file must not fill the memory with complaints.
const MAX_PROBLEMS: usize = 500;

/// Collects problems up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    pub(crate) fn error(&mut self, code: &'static str, position: usize, message: String) {
        self.push(code, Severity::Error, message, position, None);
    }

    pub(crate) fn warning(&mut self, code: &'static str, position: usize, message: String) {
        self.push(code, Severity::Warning, message, position, None);
    }

    pub(crate) fn at(&mut self, code: &'static str, segment: &crate::Segment, message: String) {
        self.push(
            code,
            Severity::Error,
            message,
            segment.offset,
            Some(segment.index),
        );
    }

    pub(crate) fn warn_at(
        &mut self,
        code: &'static str,
        segment: &crate::Segment,
        message: String,
    ) {
        self.push(
            code,
            Severity::Warning,
            message,
            segment.offset,
            Some(segment.index),
        );
    }

    fn push(
        &mut self,
        code: &'static str,
        severity: Severity,
        message: String,
        position: usize,
        segment: Option<usize>,
    ) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(Problem {
                code,
                severity,
                message,
                position,
                segment,
            });
        } else if self.list.len() == MAX_PROBLEMS {
            self.list.push(Problem {
                code: code::MORE_PROBLEMS,
                severity: Severity::Warning,
                message: format!("more than {MAX_PROBLEMS} problems; the rest is not listed"),
                position,
                segment,
            });
        }
    }

    pub(crate) fn finish(self) -> Vec<Problem> {
        self.list
    }
}

/// Text of strangers in a message: short and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text.chars().filter(|c| !c.is_control()).take(35).collect();
    if text.chars().count() > 35 {
        out.push('…');
    }
    out
}
