//! Small helpers of the handlers: answers, queries, multipart.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use bytes::Bytes;
use serde_json::{Value, json};

/// An answer of the handlers.
pub type Answer = Response<Body>;

/// Largest request body the sandbox takes.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// JSON with a status.
#[must_use]
pub fn json_answer(status: StatusCode, body: &Value) -> Answer {
    bytes_answer(status, "application/json", body.to_string())
}

/// RFC 9457 problem with a code of ours.
#[must_use]
pub fn problem(status: StatusCode, code: &str, detail: &str) -> Answer {
    let body = json!({
        "type": format!("urn:problem:{}", code.to_ascii_lowercase()),
        "title": status.canonical_reason().unwrap_or("Problem"),
        "status": status.as_u16(),
        "detail": detail,
        "code": code,
    });
    bytes_answer(status, "application/problem+json", body.to_string())
}

/// Bytes with a media type.
#[must_use]
pub fn bytes_answer(status: StatusCode, media_type: &str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Body::from(body.into()));
    *answer.status_mut() = status;
    let value = HeaderValue::from_str(media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    answer.headers_mut().insert(header::CONTENT_TYPE, value);
    answer
}

/// Adds a header when its value is fit for one.
#[must_use]
pub fn with_header(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// Sets a member of a JSON object; on anything else it does nothing.
pub fn put(value: &mut Value, name: &str, member: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), member);
    }
}

/// Text of a header.
#[must_use]
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A query string with repeated and valueless keys.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a raw query string (also a form body).
    #[must_use]
    pub fn read(raw: &str) -> Self {
        let pairs = url::form_urlencoded::parse(raw.as_bytes());
        Self(
            pairs
                .map(|(k, v)| (k.into_owned(), v.into_owned()))
                .collect(),
        )
    }

    /// The first value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.as_str())
    }

    /// Every value of a key.
    pub fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(k, _)| k == key)
            .map(|(_, v)| v.as_str())
    }

    /// A number, if the value is one.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<i64> {
        self.get(key)?.parse().ok()
    }

    /// Every pair in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }
}

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(Self::read(parts.uri.query().unwrap_or_default()))
    }
}

/// One part of a multipart body.
#[derive(Debug, Clone)]
pub struct Part {
    /// File name, if any.
    pub file_name: Option<String>,
    /// Media type, if any.
    pub media_type: Option<String>,
    /// Bytes.
    pub bytes: Bytes,
}

/// Reads a multipart body of a buffered request; `None` when it is none. The first part of a name wins.
pub async fn multipart(headers: &HeaderMap, body: Bytes) -> Option<BTreeMap<String, Part>> {
    use axum::extract::FromRequest;
    let mut request = axum::http::Request::new(Body::from(body));
    request.headers_mut().insert(
        header::CONTENT_TYPE,
        headers.get(header::CONTENT_TYPE)?.clone(),
    );
    // The server has bounded the body already.
    axum::extract::DefaultBodyLimit::disable().apply(&mut request);
    let mut form = axum::extract::Multipart::from_request(request, &())
        .await
        .ok()?;
    let mut parts = BTreeMap::new();
    while let Some(field) = form.next_field().await.ok()? {
        let name = field.name().unwrap_or_default().to_owned();
        let part = Part {
            file_name: field.file_name().map(str::to_owned),
            media_type: field.content_type().map(str::to_owned),
            bytes: field.bytes().await.ok()?,
        };
        parts.entry(name).or_insert(part);
    }
    Some(parts)
}
