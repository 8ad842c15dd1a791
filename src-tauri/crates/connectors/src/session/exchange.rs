//! One request on the wire: its address, its redirects, its limits, its place in the log.

use std::time::Instant;

use http::Method;
use url::Url;

use crate::{
    http::{Answer, Ask, Body, cause},
    limits::{BodyProblem, read_body},
    session::{Session, WireError, usable},
    sign_in::Proof,
    text::safe_file_name,
    wire_log::WireCall,
};

impl Session {
    pub(super) fn client(&self, url: &Url) -> Result<&reqwest::Client, String> {
        self.clients.as_ref().map_err(Clone::clone)?.to(url)
    }

    pub(super) fn address(&self, ask: &Ask) -> Result<Url, WireError> {
        let base = self
            .base
            .as_ref()
            .map_err(|words| WireError::SignIn(words.clone()))?;
        // What begins with no slash is an address of its own, or nothing: it is never put behind another one's host.
        let mut url = if ask.target.starts_with('/') {
            let text = format!("{}{}", base.as_str().trim_end_matches('/'), ask.target);
            usable(&text).map_err(WireError::NotSent)?
        } else {
            usable(&ask.target).map_err(WireError::NotSent)?
        };
        if !self.origins.contains(&url.origin()) {
            return Err(WireError::NotSent(
                "the address belongs to a host this connection does not name".to_owned(),
            ));
        }
        if !ask.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&ask.query);
        }
        Ok(url)
    }

    pub(super) async fn once(
        &self,
        ask: &Ask,
        proof: Option<&Proof>,
        attempt: u8,
    ) -> Result<Answer, WireError> {
        let mut url = self.address(ask)?;
        for _ in 0..4 {
            let answer = self.timed(ask, &url, proof, attempt).await?;
            // Only reads follow a redirect, and only within the same origin: a write that is sent on is no answer.
            let location = match answer.header("location") {
                Some(location)
                    if ask.method == Method::GET && (300..400).contains(&answer.status) =>
                {
                    location
                }
                _ => return Ok(answer),
            };
            let next = url
                .join(location)
                .map_err(|e| WireError::Lost(format!("redirect: {e}")))?;
            if next.origin() != url.origin() {
                return Err(WireError::NotSent(
                    "the answer redirects to another host, which is refused".to_owned(),
                ));
            }
            url = next;
        }
        Err(WireError::Lost("too many redirects".to_owned()))
    }

    pub(super) async fn timed(
        &self,
        ask: &Ask,
        url: &Url,
        proof: Option<&Proof>,
        attempt: u8,
    ) -> Result<Answer, WireError> {
        if !self.parts.network.is_online() {
            return Err(WireError::NotSent(
                "the console is set to work offline".to_owned(),
            ));
        }
        self.pace.turn().await;
        let at = self.now();
        let begun = Instant::now();
        let mut sent = 0;
        let result = self.exchange(ask, url, proof, &mut sent).await;
        let (status, received, problem) = match &result {
            Ok(answer) => (answer.status, answer.body.len(), None),
            Err(error) => (0, 0, Some(error.words().to_owned())),
        };
        // No path: it holds numbers and names, and a log may lie on a disk. The screen of connections shows it.
        tracing::debug!(system = %self.system, method = %ask.method, status, received, "call");
        self.log.add(WireCall {
            number: 0,
            key: None,
            at,
            method: ask.method.to_string(),
            path: url.path().to_owned(),
            status,
            duration: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            attempt,
            sent,
            received: received as u64,
            problem,
        });
        let now = self.now();
        match &result {
            Ok(answer) => match (answer.status, answer.retry_at()) {
                (429 | 503, Some(until)) => self.pace.asked_to_wait(until),
                (429 | 500..=599, _) => self.pace.unwell(now),
                _ => self.pace.well(),
            },
            Err(_) => self.pace.unwell(now),
        }
        result
    }

    async fn exchange(
        &self,
        ask: &Ask,
        url: &Url,
        proof: Option<&Proof>,
        sent: &mut u64,
    ) -> Result<Answer, WireError> {
        let client = self.client(url).map_err(WireError::NotSent)?;
        let mut request = client
            .request(ask.method.clone(), url.clone())
            .timeout(ask.timeout.min(self.parts.patience));
        for (name, value) in &ask.headers {
            request = request.header(name, value);
        }
        if let Some(proof) = proof.filter(|p| !p.value.is_empty()) {
            request = request.header(proof.name, proof.value.as_str());
        }
        request = match &ask.body {
            Body::Empty => request,
            Body::Json(value) => request.json(value),
            Body::Form(fields) => request.form(fields),
            Body::Bytes(media_type, bytes) => request
                .header("content-type", media_type)
                .body(bytes.clone()),
            Body::Multipart(parts) => {
                let mut form = reqwest::multipart::Form::new();
                for part in parts {
                    let length = part.bytes.len() as u64;
                    let mut field =
                        reqwest::multipart::Part::stream_with_length(part.bytes.clone(), length);
                    if let Some(name) = &part.file_name {
                        field = field.file_name(safe_file_name(name));
                    }
                    if let Some(media_type) = &part.media_type {
                        field = field.mime_str(media_type).map_err(|_| {
                            WireError::NotSent(format!("'{media_type}' is no media type"))
                        })?;
                    }
                    form = form.part(part.name.clone(), field);
                }
                request.multipart(form)
            }
        };
        let request = request.build().map_err(|e| WireError::NotSent(cause(&e)))?;
        *sent = body_size(&request);
        let mut answer = match client.execute(request).await {
            Ok(answer) => answer,
            // Refused, unknown host, TLS: nothing was sent. A builder error never left either.
            Err(e) if e.is_connect() || e.is_builder() => {
                return Err(WireError::NotSent(cause(&e)));
            }
            Err(e) if e.is_timeout() => {
                return Err(WireError::Lost("no answer in time".to_owned()));
            }
            Err(e) => return Err(WireError::Lost(cause(&e))),
        };
        let body = read_body(&mut answer, ask.limit)
            .await
            .map_err(|e| match e {
                BodyProblem::TooLarge(_) => WireError::TooLarge(e.to_string()),
                BodyProblem::Broken(_) => WireError::Lost(e.to_string()),
            })?;
        let seen = (answer.status().is_success(), answer.headers(), body);
        let body = self.struck(seen, ask, proof);
        Ok(Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body,
            at: self.now(),
        })
    }
}

/// Bytes of a request's body. A form of several parts is written while it is sent, but tells its length before.
fn body_size(request: &reqwest::Request) -> u64 {
    let told = || {
        let length = request.headers().get(http::header::CONTENT_LENGTH)?;
        length.to_str().ok()?.parse().ok()
    };
    let bytes = request.body().and_then(reqwest::Body::as_bytes);
    bytes
        .map(|bytes| bytes.len() as u64)
        .or_else(told)
        .unwrap_or_default()
}
