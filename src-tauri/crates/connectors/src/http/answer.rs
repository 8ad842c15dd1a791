//! Answers: their words, their class of failure, the file they carry.

use bytes::Bytes;
use domain::{Millis, time::HOUR};
use http::HeaderMap;
use serde_json::Value;

use crate::{CallError, Content, PullError, limits, text};

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body within the limit.
    pub body: Bytes,
    /// When it came, by the connector's clock.
    pub at: Millis,
}

impl Answer {
    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Text of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// In words.
    pub fn json(&self) -> Result<Value, String> {
        let html = self
            .header("content-type")
            .is_some_and(|t| t.starts_with("text/html"));
        match limits::read_json(&self.body) {
            Err(_) if html => Err("the answer is an HTML page where JSON was expected".to_owned()),
            other => other,
        }
    }

    /// What an error body says, whichever of the known shapes it has.
    #[must_use]
    pub fn words(&self) -> String {
        let told = limits::read_json(&self.body).ok().and_then(|v| told(&v));
        let words = told.unwrap_or_else(|| {
            String::from_utf8_lossy(self.body.get(..4_096).unwrap_or(&self.body)).into_owned()
        });
        let line = text::one_line(&words);
        if line.is_empty() {
            http::StatusCode::from_u16(self.status)
                .ok()
                .and_then(|s| s.canonical_reason())
                .unwrap_or("no reason given")
                .to_owned()
        } else {
            line
        }
    }

    /// The `code` of a problem, where the other side gives one.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let body = limits::read_json(&self.body).ok()?;
        body.get("code").and_then(Value::as_str).map(str::to_owned)
    }

    /// When to come back, from Retry-After in seconds or as a date; at most an hour from now.
    #[must_use]
    pub fn retry_at(&self) -> Option<Millis> {
        let value = self.header("retry-after")?.trim();
        let at = match value.parse::<i64>() {
            Ok(seconds) => self.at.plus(seconds.clamp(0, 3_600) * 1_000),
            // More seconds than a counter holds.
            Err(_) if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => {
                self.at.plus(HOUR)
            }
            Err(_) => Millis::parse_lenient(&value.replace(" GMT", " +0000")).ok()?,
        };
        Some(at.clamp(self.at, self.at.plus(HOUR)))
    }

    /// The class of a failed read.
    #[must_use]
    pub fn pull_error(&self) -> PullError {
        let message = self.words();
        match self.status {
            401 => PullError::SignIn(message),
            408 | 425 | 429 | 500..=599 => PullError::Transient {
                status: self.status,
                message,
                retry_at: self.retry_at(),
            },
            410 => PullError::CursorLost(message),
            status => PullError::Refused { status, message },
        }
    }

    /// The class of a failed write.
    #[must_use]
    pub fn call_error(&self) -> CallError {
        let message = self.words();
        match self.status {
            401 => CallError::SignIn(message),
            409 | 412 => CallError::Conflict {
                message,
                theirs: Value::Null,
                version: self.header("etag").map(str::to_owned),
            },
            429 | 503 => CallError::Transient {
                status: self.status,
                message,
                retry_at: self.retry_at(),
            },
            // 500 and the rest of the 5xx may have happened after the work was done; "see other" says that it was.
            303 | 408 | 425 | 500..=599 => {
                CallError::Unknown(format!("answered {}: {message}", self.status))
            }
            status => CallError::Refused { status, message },
        }
    }
}

/// The words of the error shapes seen: RFC 9457, gateway fault, `error` text or object, `errors` list, `exception`.
fn told(body: &Value) -> Option<String> {
    let text = |v: Option<&Value>| {
        v.and_then(Value::as_str)
            .filter(|t| !t.is_empty())
            .map(str::to_owned)
    };
    text(body.get("detail"))
        .or_else(|| text(body.pointer("/fault/faultstring")))
        .or_else(|| text(body.pointer("/error/message")))
        .or_else(|| text(body.pointer("/errors/0/message")))
        .or_else(|| text(body.get("errorDetail")))
        .or_else(|| text(body.get("message")))
        .or_else(|| text(body.get("error_description")))
        .or_else(|| text(body.get("error")))
        .or_else(|| text(body.get("exception")))
        .or_else(|| text(body.get("title")))
        .or_else(|| text(body.get("statusMessage")))
}

/// Bytes that came as a file: name from Content-Disposition, else the fallback; both made safe.
#[must_use]
pub fn content_of(answer: Answer, fallback: &str) -> Content {
    let told = answer
        .header("content-disposition")
        .and_then(disposition_name);
    let media_type = answer
        .header("content-type")
        .unwrap_or("application/octet-stream");
    Content {
        name: text::safe_file_name(told.as_deref().unwrap_or(fallback)),
        media_type: text::one_line(media_type),
        bytes: answer.body,
    }
}

/// `filename*=UTF-8''...` before `filename="..."` (RFC 6266).
fn disposition_name(header: &str) -> Option<String> {
    let parameter = |name: &str| {
        header
            .split(';')
            .find_map(|part| part.trim().strip_prefix(name))
            .map(str::trim)
    };
    if let Some((_, encoded)) = parameter("filename*=").and_then(|v| v.split_once("''")) {
        let pairs = format!("n={}", encoded.replace('+', "%2B"));
        let decoded = url::form_urlencoded::parse(pairs.as_bytes()).next()?;
        return Some(decoded.1.into_owned());
    }
    parameter("filename=").map(|v| v.trim_matches('"').to_owned())
}

/// The innermost cause of a client error, without addresses (which may carry queries).
#[must_use]
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn std::error::Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    let words = text::one_line(&inner.to_string());
    if words.is_empty() {
        "connection failed".to_owned()
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_owned()),
            at: Millis(1_000_000),
        }
    }

    #[test]
    fn a_write_is_classified_by_whether_it_may_have_happened() {
        for status in [500, 502, 504, 408, 303] {
            assert!(
                matches!(answer(status, "").call_error(), CallError::Unknown(_)),
                "{status}"
            );
        }
        for status in [429, 503] {
            assert!(matches!(
                answer(status, "").call_error(),
                CallError::Transient { .. }
            ));
        }
        for status in [409, 412] {
            assert!(matches!(
                answer(status, "").call_error(),
                CallError::Conflict { .. }
            ));
        }
        for status in [302, 307, 400, 403, 404, 422] {
            assert!(matches!(
                answer(status, "").call_error(),
                CallError::Refused { .. }
            ));
        }
        assert!(matches!(answer(401, "").call_error(), CallError::SignIn(_)));
    }

    #[test]
    fn every_shape_of_error_body_becomes_words() {
        for body in [
            r#"{"title":"Gone","detail":"No such case"}"#,
            r#"{"fault":{"faultstring":"No such case","detail":{"errorcode":"x"}}}"#,
            r#"{"error":{"message":"No such case","detail":null},"status":"failure"}"#,
            r#"{"error":"No such case"}"#,
            r#"{"errors":[{"message":"No such case"}]}"#,
            r#"{"message":"No such case"}"#,
            "<html><body><h1>No such\n case</h1></body></html>",
            "No such case",
        ] {
            assert_eq!(answer(404, body).words(), "No such case", "{body}");
        }
        assert_eq!(answer(404, "").words(), "Not Found");
    }

    #[test]
    fn a_downloaded_file_gets_a_safe_name() {
        let mut a = answer(200, "x");
        let value = "attachment; filename=\"a.txt\"; filename*=UTF-8''..%2Fz%C3%BC.pdf";
        a.headers
            .insert("content-disposition", value.parse().unwrap());
        assert_eq!(content_of(a, "f").name, "zü.pdf");
        assert_eq!(content_of(answer(200, "x"), "at-1").name, "at-1");
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        let mut a = answer(429, "");
        a.headers
            .insert("retry-after", http::HeaderValue::from_static("120"));
        assert_eq!(a.retry_at(), Some(Millis(1_120_000)));
        a.headers
            .insert("retry-after", http::HeaderValue::from_static("999999999"));
        assert_eq!(a.retry_at(), Some(Millis(1_000_000 + HOUR)));
        let date = http::HeaderValue::from_static("Thu, 01 Jan 1970 00:20:00 GMT");
        a.headers.insert("retry-after", date);
        assert_eq!(a.retry_at(), Some(Millis(1_200_000)));
    }
}
