//! The append-only journal of accepted changes. Replaying it through the same handlers gives the same state.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::Path,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Millis;
use serde::{Deserialize, Serialize};

use crate::SandboxError;

/// One accepted request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Arrival by the sandbox clock.
    pub at: i64,
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Headers that matter to a handler.
    pub headers: Vec<(String, String)>,
    /// Body, base64.
    pub body: String,
}

/// What a journal was begun with: it only fits a scenario of the same seed, size and epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// Seed.
    pub seed: u64,
    /// Cases.
    pub cases: usize,
    /// Customers beside the partners.
    #[serde(default)]
    pub customers: usize,
    /// Epoch.
    pub epoch: i64,
    /// Offset of the clock at the first start.
    pub offset: i64,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
}

const TRANSPORT: &[&str] = &[
    "host",
    "content-length",
    "connection",
    "accept-encoding",
    "user-agent",
];

impl Entry {
    /// Takes down a request.
    #[must_use]
    pub fn of(at: Millis, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        let headers = headers
            .iter()
            .filter(|(name, _)| !TRANSPORT.contains(&name.as_str()))
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        Self {
            at: at.0,
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body: STANDARD.encode(body),
        }
    }

    /// Headers as they came.
    #[must_use]
    pub fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_str(value),
            ) {
                map.append(name, value);
            }
        }
        map
    }

    /// Body as it came.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.body).unwrap_or_default()
    }
}

impl Journal {
    /// Opens or begins the journal of a folder and reads what it holds. A torn last line (the machine died while
    /// writing, so the request was never answered) is cut off; damage elsewhere is an error.
    ///
    /// # Errors
    /// When the folder cannot be used or the journal does not read.
    pub fn open(
        dir: &Path,
        fresh: Beginning,
    ) -> Result<(Self, Beginning, Vec<Entry>), SandboxError> {
        let io = |e: std::io::Error| SandboxError::State(format!("{}: {e}", dir.display()));
        std::fs::create_dir_all(dir).map_err(io)?;
        let beginning_path = dir.join("beginning.json");
        let beginning = match std::fs::read(&beginning_path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| SandboxError::State(format!("{}: {e}", beginning_path.display())))?,
            Err(_) => {
                let mut file = File::create(&beginning_path).map_err(io)?;
                let bytes =
                    serde_json::to_vec(&fresh).map_err(|e| SandboxError::State(e.to_string()))?;
                file.write_all(&bytes).map_err(io)?;
                file.sync_all().map_err(io)?;
                fresh
            }
        };
        let path = dir.join("journal.jsonl");
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(io)?;
        file.try_lock()
            .map_err(|e| SandboxError::State(format!("{} is in use: {e}", dir.display())))?;
        let mut entries = Vec::new();
        let mut good = 0_u64;
        let mut reader = BufReader::new(&mut file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(io)?;
            if read == 0 || !line.ends_with(b"\n") {
                break;
            }
            let entry = serde_json::from_slice(&line).map_err(|e| {
                SandboxError::State(format!("{} at byte {good}: {e}", path.display()))
            })?;
            entries.push(entry);
            good += read as u64;
        }
        drop(reader);
        file.set_len(good).map_err(io)?;
        Ok((Self { file }, beginning, entries))
    }

    /// Appends an entry and waits until it is on disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, entry: &Entry) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}
