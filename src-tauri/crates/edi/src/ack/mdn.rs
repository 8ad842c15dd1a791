//! The receipt of AS2: the machine-readable part of a multipart/report.

use mail_parser::{HeaderValue, MessageParser, MimeHeaders};
use serde::{Deserialize, Serialize};

use super::Outcome;

/// A message disposition notification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mdn {
    /// Message-ID of what was received, without angle brackets.
    pub original_message_id: Option<String>,
    /// Who received it.
    pub final_recipient: Option<String>,
    /// As written, for example
    /// `automatic-action/MDN-sent-automatically; processed/error: authentication-failed`.
    pub disposition: Option<String>,
    /// What it comes to; `None` without a disposition.
    pub outcome: Option<Outcome>,
    /// Words behind the disposition type: `error`, `failure` or `warning` with their text.
    pub modifiers: Vec<String>,
    /// Hash of the content as received, Base64.
    pub mic: Option<String>,
    /// Algorithm of the hash in lower case, for example `sha256`.
    pub mic_algorithm: Option<String>,
    /// What is wrong, in words.
    pub errors: Vec<String>,
}

impl Mdn {
    /// Whether the hash the other side computed is the one that was sent. `None`
    /// when either is absent or the algorithms differ.
    #[must_use]
    pub fn mic_matches(&self, algorithm: &str, mic: &str) -> Option<bool> {
        let plain = |text: &str| text.to_ascii_lowercase().replace('-', "");
        let same = plain(self.mic_algorithm.as_deref()?) == plain(algorithm);
        let mine = self.mic.as_deref()?;
        same.then(|| mine == mic.trim())
    }
}

/// Longer receipts are not read.
const LIMIT: usize = 256 * 1024;

/// Reads a receipt as it came over HTTP: its media type stands in a header there, `body` is what follows. The disposition
/// notification may be the whole of it or a part of a report, signed or not; of fields that are repeated the first
/// counts. `None` when there is no such part, or neither disposition nor original message id in it.
#[must_use]
pub fn read_mdn(media_type: &str, body: &[u8]) -> Option<Mdn> {
    if body.len() > LIMIT || media_type.contains(['\r', '\n']) {
        return None;
    }
    let whole = [b"Content-Type: ", media_type.as_bytes(), b"\r\n\r\n", body].concat();
    let report = MessageParser::new().with_mime_headers().parse(&whole)?;
    let notification = report.parts.iter().find(|part| {
        part.content_type().is_some_and(|kind| {
            let named = |word: Option<&str>, wanted: &str| {
                word.is_some_and(|word| word.eq_ignore_ascii_case(wanted))
            };
            named(Some(kind.ctype()), "message")
                && named(kind.subtype(), "disposition-notification")
        })
    })?;
    let mut mdn = Mdn::default();
    for (name, value) in fields(notification.contents()) {
        let first = |slot: &mut Option<String>| {
            if slot.is_none() {
                *slot = Some(value.clone());
            }
        };
        match name.as_str() {
            "original-message-id" => first(&mut mdn.original_message_id),
            "final-recipient" => first(&mut mdn.final_recipient),
            "disposition" => first(&mut mdn.disposition),
            "received-content-mic" if mdn.mic.is_none() => {
                let (mic, algorithm) = value.split_once(',').unwrap_or((&value, ""));
                mdn.mic = Some(mic.trim().to_owned());
                let algorithm = algorithm.trim().to_ascii_lowercase();
                mdn.mic_algorithm = (!algorithm.is_empty()).then_some(algorithm);
            }
            "error" | "failure" | "warning" => mdn.errors.push(value.clone()),
            _ => {}
        }
    }
    if let Some(id) = mdn.original_message_id.as_mut() {
        *id = id.trim_start_matches('<').trim_end_matches('>').to_owned();
    }
    // `rfc822; name` carries the kind of address before the address.
    if let Some(recipient) = mdn.final_recipient.as_mut()
        && let Some((_, name)) = recipient.split_once(';')
    {
        *recipient = name.trim().trim_matches('"').to_owned();
    }
    if let Some(disposition) = mdn.disposition.clone() {
        judge(&mut mdn, &disposition);
    }
    (mdn.disposition.is_some() || mdn.original_message_id.is_some()).then_some(mdn)
}

/// `mode; type/modifier: text`
fn judge(mdn: &mut Mdn, disposition: &str) {
    let what = disposition
        .rsplit_once(';')
        .map_or(disposition, |(_, what)| what)
        .trim();
    let (kind, modifiers) = what.split_once('/').unwrap_or((what, ""));
    let modifiers = modifiers.trim();
    if !modifiers.is_empty() {
        mdn.modifiers.push(modifiers.to_owned());
        let (level, detail) = modifiers.split_once(':').unwrap_or((modifiers, ""));
        let words = explain(detail.trim());
        mdn.errors.push(match words {
            Some(words) => words.to_owned(),
            None if detail.trim().is_empty() => level.trim().to_owned(),
            None => detail.trim().to_owned(),
        });
    }
    let level = modifiers
        .split(':')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    mdn.outcome = Some(
        match (kind.trim().to_ascii_lowercase().as_str(), level.as_str()) {
            ("processed" | "displayed", "") => Outcome::Accepted,
            ("processed" | "displayed", "warning") => Outcome::AcceptedWithErrors,
            ("processed" | "displayed", "error" | "failure") | ("failed", _) => Outcome::Rejected,
            _ => Outcome::Unknown,
        },
    );
}

fn explain(detail: &str) -> Option<&'static str> {
    Some(match detail.to_ascii_lowercase().as_str() {
        "authentication-failed" => "the signature could not be verified",
        "decompression-failed" => "the content could not be decompressed",
        "decryption-failed" => "the content could not be decrypted",
        "insufficient-message-security" => "the message is not signed or encrypted as agreed",
        "integrity-check-failed" => "the content was changed on the way",
        "unexpected-processing-error" => "an unexpected error in processing",
        "unsupported format" => "the format is not supported",
        "unsupported mic-algorithms" => "none of the hash algorithms is supported",
        "sender-equals-receiver" => "sender and receiver are the same",
        "duplicate-document" => "this message was received before",
        "unknown-trading-partner" | "unknown-trading-relationship" => {
            "the trading partner is not known"
        }
        _ => return None,
    })
}

/// The fields of a notification, unfolded, names in lower case.
fn fields(notification: &[u8]) -> Vec<(String, String)> {
    let text = MessageParser::new().default_header_text();
    let Some(read) = text.parse_headers(notification) else {
        return Vec::new();
    };
    read.headers()
        .iter()
        .filter_map(|field| {
            let value = match field.value() {
                HeaderValue::Text(value) => value.trim().to_owned(),
                HeaderValue::TextList(values) => values.join(", "),
                _ => return None,
            };
            Some((field.name().to_ascii_lowercase(), value))
        })
        .collect()
}
