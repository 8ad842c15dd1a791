//! What an answer echoes of our own secrets is struck out before anybody reads, keeps or shows its words.

use bytes::Bytes;
use http::HeaderMap;
use memchr::memmem;
use url::form_urlencoded::byte_serialize;

use crate::{http::Ask, session::Session, sign_in::Proof};

/// What stands where a secret stood.
const STRUCK: &str = "[struck out]";
/// Shorter ones are words that stand in any text.
const SHORTEST: usize = 6;
/// Names of what proves who we are; the others only say it. The second is whether a machine made it: a password may be a
/// word that a case holds as well.
const PROVING: &[(&str, bool)] = &[
    ("password", false),
    ("client_secret", true),
    ("token", true),
];
/// Headers a sign-in proves itself with.
const HEADERS: &[&str] = &["authorization", "otdsticket"];

impl Session {
    /// The body of an answer without what was sent to prove who we are: as it is typed, as the header of the request
    /// carries it, and as the token or ticket it was changed for. Of a success only JSON is looked at, as errors stand in it
    /// too, and a password stays: as a word of a text it is no echo, and nothing of a file may be changed. The answer of
    /// a sign-in that succeeded is left as it is.
    pub(super) fn struck(
        &self,
        answer: (bool, &HeaderMap, Bytes),
        ask: &Ask,
        proof: Option<&Proof>,
    ) -> Bytes {
        let (success, headers, mut body) = answer;
        if success && (proof.is_none() || !is_json(headers)) {
            return body;
        }
        let typed = PROVING.iter().filter(|(_, made)| *made || !success);
        let typed = typed.filter_map(|(name, _)| self.secrets.get(name));
        let headers = ask.headers.iter();
        let headers = headers.filter(|(name, _)| HEADERS.contains(&name.as_str()));
        let carried = headers.map(|(_, value)| value.as_str());
        let carried = carried.chain(proof.map(|proof| proof.value.as_str()));
        let carried = carried.map(|value| value.rsplit(' ').next().unwrap_or(value));
        for secret in typed.chain(carried).filter(|s| s.len() >= SHORTEST) {
            // The longest first: what is left of one would spoil the text around it.
            for spelling in spellings(secret).iter().rev() {
                if memmem::find(&body, spelling.as_bytes()).is_some() {
                    body = without(&body, spelling.as_bytes());
                }
            }
        }
        body
    }
}

/// A secret as it is, and as the forms it is sent in and the pages it is shown in write it.
fn spellings(secret: &str) -> Vec<String> {
    let form: String = byte_serialize(secret.as_bytes()).collect();
    let percent = form.replace('+', "%20");
    let json = serde_json::to_string(secret).unwrap_or_default();
    let json = json
        .get(1..json.len().saturating_sub(1))
        .unwrap_or_default();
    let ascii = |upper: bool| -> String { json.chars().map(|c| escaped(c, upper)).collect() };
    // As PHP, and as Go and .NET write JSON.
    let slashes = json.replace('/', "\\/");
    let careful = ascii(false)
        .replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\'', "\\u0027");
    // As encodeURIComponent leaves them.
    let script = ["!", "'", "(", ")", "*", "~"]
        .iter()
        .zip(["%21", "%27", "%28", "%29", "%2A", "%7E"])
        .fold(percent.clone(), |text, (bare, code)| {
            text.replace(code, bare)
        });
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let quoted = |double: &str, single: &str| html.replace('"', double).replace('\'', single);
    let mut all = vec![
        secret.to_owned(),
        json.to_owned(),
        ascii(false),
        ascii(true),
        slashes,
        careful,
        quoted("&quot;", "&#39;"),
        quoted("&quot;", "&apos;"),
        quoted("&#34;", "&#x27;"),
    ];
    for encoded in [form, percent, script] {
        all.push(lower_hex(&encoded));
        all.push(encoded);
    }
    all.push(html);
    all.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    all.dedup();
    all
}

/// As writers of JSON do that keep to ASCII.
fn escaped(letter: char, upper: bool) -> String {
    if letter.is_ascii() {
        return letter.to_string();
    }
    let mut units = [0; 2];
    let units = letter.encode_utf16(&mut units).iter();
    let code = |unit: &u16| match upper {
        true => format!("\\u{unit:04X}"),
        false => format!("\\u{unit:04x}"),
    };
    units.map(code).collect()
}

/// `%2B` as `%2b`.
fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&code.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(http::header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    media_type.is_some_and(|text| text.to_ascii_lowercase().contains("json"))
}

fn without(body: &[u8], secret: &[u8]) -> Bytes {
    let mut kept = Vec::with_capacity(body.len());
    let mut from = 0;
    for at in memmem::find_iter(body, secret) {
        kept.extend_from_slice(body.get(from..at).unwrap_or_default());
        kept.extend_from_slice(STRUCK.as_bytes());
        from = at + secret.len();
    }
    kept.extend_from_slice(body.get(from..).unwrap_or_default());
    Bytes::from(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_in_every_spelling_it_comes_back_in() {
        let secret = "S3c+ré t/p&w\"d\\";
        let known = spellings(secret);
        for spelling in [
            secret,
            "S3c%2Br%C3%A9+t%2Fp%26w%22d%5C",
            "S3c%2br%c3%a9%20t%2fp%26w%22d%5c",
            r#"S3c+ré t/p&w\"d\\"#,
            r#"S3c+r\u00e9 t/p&w\"d\\"#,
            "S3c+ré t/p&amp;w&quot;d\\",
            "S3c+ré t/p&amp;w&#34;d\\",
            r#"S3c+ré t\/p&w\"d\\"#,
            r#"S3c+r\u00E9 t/p&w\"d\\"#,
            r#"S3c+r\u00e9 t/p\u0026w\"d\\"#,
        ] {
            let found = known.iter().any(|one| one == spelling);
            assert!(found, "{spelling} is not in {known:?}");
        }
    }
}
