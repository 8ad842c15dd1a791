//! What goes over the wire: a forwarder in front of the sandbox that keeps every request as it was sent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use whole_system::harness::{Outcome, trouble};

/// More header fields than any client here sends.
const FIELDS: usize = 64;

/// A request as it was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Sent {
    /// The value of a header; of one that came twice, all values.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.iter().filter(|(n, _)| n == name);
        let values: Vec<&str> = values.map(|(_, v)| v.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Bytes of answers that are exchanged for others of the same length.
type Exchange = Arc<Mutex<Option<(Vec<u8>, Vec<u8>)>>>;

/// The forwarder. It serves as long as the runtime of its test.
#[derive(Debug)]
pub(crate) struct Recorder {
    base_url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    exchange: Exchange,
}

impl Recorder {
    /// One in front of `base_url`.
    pub(crate) async fn before(base_url: &str) -> Outcome<Self> {
        let mut url = reqwest::Url::parse(base_url)?;
        let upstream = *url
            .socket_addrs(|| None)?
            .first()
            .ok_or_else(|| trouble("the sandbox has no address"))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        url.set_port(Some(listener.local_addr()?.port()))
            .map_err(|()| trouble("the address takes no port"))?;
        let recorder = Self {
            base_url: url.as_str().trim_end_matches('/').to_owned(),
            sent: Arc::default(),
            exchange: Arc::default(),
        };
        let (sent, exchange) = (recorder.sent.clone(), recorder.exchange.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, upstream, sent.clone(), exchange.clone()));
            }
        });
        Ok(recorder)
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What was sent since the last call, oldest first.
    pub(crate) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on every `from` in an answer is a `to`.
    pub(crate) fn exchange(&self, from: &str, to: &str) {
        assert_eq!(from.len(), to.len(), "an answer keeps its length");
        let pair = Some((from.as_bytes().to_vec(), to.as_bytes().to_vec()));
        *self.exchange.lock().unwrap_or_else(PoisonError::into_inner) = pair;
    }
}

/// One connection. When either side ends it, the other side is ended too: a cut connection stays a cut connection.
async fn forward(
    client: TcpStream,
    upstream: SocketAddr,
    sent: Arc<Mutex<Vec<Sent>>>,
    exchange: Exchange,
) -> std::io::Result<()> {
    let server = TcpStream::connect(upstream).await?;
    // What comes in two pieces must not wait for an acknowledgement of the first.
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let mut heard = BytesMut::new();
    let asking = each_chunk(from_client, &mut to_server, move |chunk, _| {
        heard.extend_from_slice(chunk);
        while let Some(request) = first_request(&mut heard) {
            sent.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(request);
        }
        chunk.split().freeze()
    });
    let answering = each_chunk(
        from_server,
        &mut to_client,
        move |held, ended| match &*exchange.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((from, to)) => exchanged(held, from, to, ended),
            None => held.split().freeze(),
        },
    );
    tokio::select! { done = asking => done, done = answering => done }
}

/// Reads to the end; `pass` takes from what was held back and read what goes on.
async fn each_chunk(
    mut from: impl AsyncRead + Unpin,
    to: &mut (impl AsyncWrite + Unpin),
    mut pass: impl FnMut(&mut BytesMut, bool) -> Bytes,
) -> std::io::Result<()> {
    let mut held = BytesMut::new();
    loop {
        let ended = from.read_buf(&mut held).await? == 0;
        to.write_all(&pass(&mut held, ended)).await?;
        if ended {
            return to.shutdown().await;
        }
    }
}

/// The first whole request of what was heard, taken out of it.
fn first_request(heard: &mut BytesMut) -> Option<Sent> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut head = httparse::Request::new(&mut fields);
    let Ok(httparse::Status::Complete(begin)) = head.parse(heard) else {
        return None;
    };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|field| {
            let value = String::from_utf8_lossy(field.value).into_owned();
            (field.name.to_ascii_lowercase(), value)
        })
        .collect();
    let (method, path) = (head.method?.to_owned(), head.path?.to_owned());
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let end = begin + length.map_or(0, |(_, value)| value.parse().unwrap());
    if heard.len() < end {
        return None;
    }
    let body = heard.split_to(end).freeze().slice(begin..);
    Some(Sent {
        method,
        path,
        headers,
        body,
    })
}

/// What is held with every `from` exchanged; the begin of another one at its end stays behind until it is whole.
fn exchanged(held: &mut BytesMut, from: &[u8], to: &[u8], ended: bool) -> Bytes {
    let last = held.len().saturating_sub(from.len() - 1);
    for at in 0..last {
        if held[at..].starts_with(from) {
            held[at..at + from.len()].copy_from_slice(to);
        }
    }
    let whole = if ended {
        held.len()
    } else {
        let begins = |at: &usize| from.starts_with(&held[*at..]);
        (last..held.len()).find(begins).unwrap_or(held.len())
    };
    held.split_to(whole).freeze()
}
