//! Bytes to text without loss.

use serde::Serialize;

/// How the bytes were read. Never guessed from words: bytes that are valid
/// UTF-8 are UTF-8, all others are Latin-1, where every byte is a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Charset {
    /// Only ASCII.
    #[serde(rename = "us-ascii")]
    Ascii,
    /// Valid UTF-8 with characters beyond ASCII.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Read as ISO 8859-1 (UNOC).
    #[serde(rename = "iso-8859-1")]
    Latin1,
}

/// The text of a file.
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) charset: Charset,
    /// Bytes before the text (the byte order mark).
    pub(crate) skipped: usize,
}

impl Charset {
    /// Whether characters of the text are wider than the bytes they came from.
    pub(crate) fn is_widened(self) -> bool {
        self == Self::Latin1
    }
}

impl Source {
    pub(crate) fn decode(bytes: &[u8]) -> Self {
        let body = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let skipped = bytes.len() - body.len();
        match std::str::from_utf8(body) {
            Ok(text) => Self {
                charset: if text.is_ascii() {
                    Charset::Ascii
                } else {
                    Charset::Utf8
                },
                text: text.to_owned(),
                skipped,
            },
            Err(_) => Self {
                text: body.iter().copied().map(char::from).collect(),
                charset: Charset::Latin1,
                skipped,
            },
        }
    }
}
