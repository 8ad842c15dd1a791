//! What a hostile server says, as the corpus words it, and how that goes on the wire.

use std::{collections::BTreeMap, io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};
use serde::Deserialize;
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// What is answered to which requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// `/path` or `METHOD /path`: how the request begins.
    to: String,
    /// What its target also holds, such as `page=2`.
    #[serde(default)]
    with: String,
    /// How often it is used before the next rule has its turn.
    #[serde(default = "always")]
    pub(crate) times: usize,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, Text>,
    #[serde(default)]
    body: Text,
    #[serde(default)]
    wire: Wire,
}

fn always() -> usize {
    usize::MAX
}

fn ok() -> u16 {
    200
}

/// Bytes: text, or parts put together.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Text {
    Plain(String),
    Parts(Vec<Part>),
}

impl Default for Text {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Part {
    Plain(String),
    Hex { hex: String },
    Repeat { repeat: String, times: usize },
}

impl Text {
    fn bytes(&self, base: &str) -> Vec<u8> {
        let plain = |text: &str| text.replace("{base}", base).into_bytes();
        match self {
            Self::Plain(text) => plain(text),
            Self::Parts(parts) => parts
                .iter()
                .flat_map(|part| match part {
                    Part::Plain(text) => plain(text),
                    Part::Hex { hex } => (0..hex.len() / 2)
                        .map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).unwrap())
                        .collect(),
                    Part::Repeat { repeat, times } => repeat.repeat(*times).into_bytes(),
                })
                .collect(),
        }
    }
}

/// What is done to an answer on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wire {
    /// Nothing.
    #[default]
    Whole,
    /// The body alone, as if it were the whole answer.
    Bare,
    /// `Content-Length` tells half of what comes.
    TellsLess,
    /// `Content-Length` tells more than comes.
    TellsMore,
    /// In chunks, the body over and over.
    Endless,
    /// A chunk whose length is no number.
    BrokenChunk,
    /// One byte in 50 ms.
    Drip,
    /// Never.
    Silent,
    /// The connection is closed for writing before anything is said.
    HalfClosed,
    /// Reset before anything is said.
    ResetBefore,
    /// Reset in the middle of the head.
    ResetInHead,
    /// Reset in the middle of the body.
    ResetInBody,
    /// Packed.
    Gzip,
    /// Packed, and cut off.
    GzipCut,
    /// Packed, and unfolding without an end.
    GzipEndless,
    /// Headers without an end.
    EndlessHead,
    /// Three interim answers before the answer.
    Interim,
    /// Interim answers without an end.
    InterimEndless,
}

impl Rule {
    /// A rule with a body and nothing unusual.
    pub(crate) fn says(to: &str, body: impl Into<String>) -> Self {
        Self {
            to: to.to_owned(),
            with: String::new(),
            times: always(),
            status: 200,
            headers: BTreeMap::new(),
            body: Text::Plain(body.into()),
            wire: Wire::Whole,
        }
    }

    /// The same, said to be packed.
    pub(crate) fn packed(mut self) -> Self {
        let gzip = Text::Plain("gzip".to_owned());
        self.headers.insert("content-encoding".to_owned(), gzip);
        self
    }

    /// The same, done so on the wire.
    pub(crate) fn by(self, wire: Wire) -> Self {
        Self { wire, ..self }
    }

    pub(crate) fn nothing_here() -> Self {
        Self {
            status: 404,
            ..Self::says("", r#"{"message": "nothing here"}"#)
        }
    }

    /// Every sign-in world lets us in.
    pub(crate) fn sign_ins() -> Vec<Self> {
        let token = r#"{"access_token": "t", "expires_in": 3600}"#;
        vec![
            Self::says("POST /v1/oauth2/tokens", token),
            Self::says("POST /tenants/", token),
            Self::says("POST /cs/cs/api/v1/auth", r#"{"ticket": "t"}"#),
        ]
    }

    pub(crate) fn fits(&self, method: &str, target: &str) -> bool {
        let path = match self.to.split_once(' ') {
            Some((wanted, path)) if wanted == method => path,
            Some(_) => return false,
            None => self.to.as_str(),
        };
        target.starts_with(path) && target.contains(&self.with)
    }

    fn head(&self, base: &str, length: Option<usize>) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Said\r\nconnection: close\r\n", self.status);
        match length {
            Some(length) => head.push_str(&format!("content-length: {length}\r\n")),
            None => head.push_str("transfer-encoding: chunked\r\n"),
        }
        if !self.headers.keys().any(|n| n == "content-type") {
            head.push_str("content-type: application/json\r\n");
        }
        let mut head = head.into_bytes();
        for (name, value) in &self.headers {
            head.extend([name.as_bytes(), b": ", &value.bytes(base), b"\r\n"].concat());
        }
        head.extend(b"\r\n");
        head
    }

    /// Puts the answer on the wire.
    pub(crate) async fn put(&self, stream: &mut TcpStream, base: &str) -> std::io::Result<()> {
        let body = self.body.bytes(base);
        let whole = |body: &[u8]| [&self.head(base, Some(body.len())), body].concat();
        let half = body.len() / 2;
        match self.wire {
            Wire::Whole => stream.write_all(&whole(&body)).await,
            Wire::Bare => stream.write_all(&body).await,
            Wire::TellsLess => {
                let told = [self.head(base, Some(half)), body].concat();
                stream.write_all(&told).await
            }
            Wire::TellsMore => {
                let told = [self.head(base, Some(body.len() + 1_000)), body].concat();
                stream.write_all(&told).await
            }
            Wire::Endless => {
                stream.write_all(&self.head(base, None)).await?;
                let many = body.repeat(1 + 65_536 / body.len().max(1));
                loop {
                    chunk(stream, &many).await?;
                }
            }
            Wire::BrokenChunk => {
                let told = [self.head(base, None), b"many\r\n".to_vec(), body].concat();
                stream.write_all(&told).await
            }
            Wire::Drip => {
                let mut tick = tokio::time::interval(Duration::from_millis(50));
                for byte in whole(&body) {
                    tick.tick().await;
                    stream.write_all(&[byte]).await?;
                }
                Ok(())
            }
            Wire::Silent => std::future::pending().await,
            Wire::HalfClosed => Ok(()),
            Wire::ResetBefore => stream.set_zero_linger(),
            Wire::ResetInHead => {
                let head = self.head(base, Some(body.len()));
                stream.write_all(&head[..head.len() / 2]).await?;
                stream.set_zero_linger()
            }
            Wire::ResetInBody => {
                let told = [&self.head(base, Some(body.len())), &body[..half]].concat();
                stream.write_all(&told).await?;
                stream.set_zero_linger()
            }
            Wire::Gzip | Wire::GzipCut => {
                let mut packed = packer();
                packed.write_all(&body)?;
                let packed = packed.finish()?;
                let end = if self.wire == Wire::Gzip {
                    packed.len()
                } else {
                    packed.len() / 2
                };
                stream.write_all(&whole(&packed[..end])).await
            }
            Wire::GzipEndless => {
                stream.write_all(&self.head(base, None)).await?;
                let many = body.repeat(1 + 1_048_576 / body.len().max(1));
                let mut packed = packer();
                let mut more = || -> std::io::Result<Vec<u8>> {
                    packed.write_all(&many)?;
                    packed.flush()?;
                    Ok(std::mem::take(packed.get_mut()))
                };
                chunk(stream, &more()?).await?;
                // What follows reaches back into the same text every time, so it is packed once.
                let again = more()?;
                loop {
                    chunk(stream, &again).await?;
                }
            }
            Wire::EndlessHead => {
                stream.write_all(b"HTTP/1.1 200 Said\r\n").await?;
                loop {
                    stream.write_all(b"x-more: and more\r\n").await?;
                }
            }
            Wire::Interim => {
                let interim = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".repeat(3);
                stream.write_all(&[interim, whole(&body)].concat()).await
            }
            Wire::InterimEndless => loop {
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            },
        }
    }
}

fn packer() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::fast())
}

async fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let length = format!("{:x}\r\n", bytes.len());
    stream
        .write_all(&[length.as_bytes(), bytes, b"\r\n"].concat())
        .await
}
