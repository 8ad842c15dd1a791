//! Requests and answers: what is sent; how an answer is worded and what class of failure it is stands in `answer`.

mod answer;

pub(crate) use answer::cause;
pub use answer::{Answer, content_of};

use std::time::Duration;

use bytes::Bytes;
use domain::operation::Operation;
use http::Method;
use serde_json::Value;
use url::{Host, Url};

use crate::limits;

/// A request body.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// JSON.
    Json(Value),
    /// Form fields; a name may repeat.
    Form(Vec<(String, String)>),
    /// Bytes with a media type.
    Bytes(String, Bytes),
    /// Parts of a form with files.
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
#[derive(Debug, Clone)]
pub struct Part {
    /// Field name.
    pub name: String,
    /// File name, for files.
    pub file_name: Option<String>,
    /// Media type, where it matters.
    pub media_type: Option<String>,
    /// Bytes.
    pub bytes: Bytes,
}

impl Part {
    /// A text field.
    #[must_use]
    pub fn text(name: &str, value: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            file_name: None,
            media_type: None,
            bytes: Bytes::from(value.into()),
        }
    }

    /// A file.
    #[must_use]
    pub fn file(name: &str, file_name: &str, media_type: &str, bytes: Bytes) -> Self {
        Self {
            name: name.to_owned(),
            file_name: Some(file_name.to_owned()),
            media_type: Some(media_type.to_owned()),
            bytes,
        }
    }
}

/// A request. `target` is a path under the base address (`/cases?limit=5`) or a full address of an origin the connection
/// names; any other origin is refused.
#[derive(Debug, Clone)]
pub struct Ask {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) limit: usize,
    pub(crate) timeout: Duration,
}

impl Ask {
    /// A request of any method.
    #[must_use]
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
            limit: limits::MAX_ANSWER,
            timeout: Duration::from_secs(25),
        }
    }

    /// GET.
    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    /// POST.
    #[must_use]
    pub fn post(target: impl Into<String>) -> Self {
        Self::new(Method::POST, target)
    }

    /// PUT.
    #[must_use]
    pub fn put(target: impl Into<String>) -> Self {
        Self::new(Method::PUT, target)
    }

    /// PATCH.
    #[must_use]
    pub fn patch(target: impl Into<String>) -> Self {
        Self::new(Method::PATCH, target)
    }

    /// DELETE.
    #[must_use]
    pub fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target)
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Sets a form body.
    #[must_use]
    pub fn form(mut self, fields: Vec<(String, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }

    /// Sets a multipart body.
    #[must_use]
    pub fn multipart(mut self, parts: Vec<Part>) -> Self {
        self.body = Body::Multipart(parts);
        self
    }

    /// Sets a body of bytes.
    #[must_use]
    pub fn bytes(mut self, media_type: &str, bytes: Bytes) -> Self {
        self.body = Body::Bytes(media_type.to_owned(), bytes);
        self
    }

    /// Largest answer taken.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Longest wait for the whole answer.
    #[must_use]
    pub fn timeout(mut self, longest: Duration) -> Self {
        self.timeout = longest;
        self
    }

    /// Waits a little less than the operation may still be under way on the other side, so that the lease outlives
    /// the request.
    #[must_use]
    pub fn within(self, operation: Operation) -> Self {
        let milliseconds = u64::try_from(operation.longest_time()).unwrap_or(30_000);
        self.timeout(Duration::from_millis(milliseconds * 8 / 10))
    }
}

/// Whether an address leads to this machine, where plain http may carry secrets.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// One segment of a path: an id of a stranger must not leave its place, so everything but plain characters is escaped.
#[must_use]
pub fn segment(text: &str) -> String {
    use std::fmt::Write;
    // A URL drops dot segments even when they are escaped.
    if matches!(text, "" | "." | "..") {
        return "-".to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_a_stranger_stays_in_its_place_of_the_path() {
        assert_eq!(segment("a/../b?c#d"), "a%2F..%2Fb%3Fc%23d");
        assert_eq!(segment(".."), "-");
    }
}
