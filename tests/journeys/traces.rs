//! A search for what must lie in no file, in every form it could lie there.

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use whole_system::harness::Outcome;

/// What is looked for.
#[derive(Default)]
pub(crate) struct Traces {
    /// Name for people, and the bytes.
    needles: Vec<(String, Vec<u8>)>,
}

/// Shorter needles turn up by chance: five given bytes in 100 MB of random ones about once in ten thousand searches.
const SHORTEST: usize = 5;

impl Traces {
    /// A text: as it is and in UTF-16 of both orders.
    pub(crate) fn text(&mut self, text: &str) {
        self.add(text, "UTF-8", text.as_bytes().to_vec());
        self.wide(text);
    }

    fn wide(&mut self, text: &str) {
        let units: Vec<u16> = text.encode_utf16().collect();
        let wide = |bytes: fn(u16) -> [u8; 2]| units.iter().flat_map(|u| bytes(*u)).collect();
        self.add(text, "UTF-16LE", wide(u16::to_le_bytes));
        self.add(text, "UTF-16BE", wide(u16::to_be_bytes));
    }

    /// A number, which digits in a log may be by chance: in wide forms, and as names of things, paths and JSON hold it; long
    /// ones as they are.
    pub(crate) fn number(&mut self, number: &str) {
        if number.len() >= 8 {
            self.text(number);
            return;
        }
        self.wide(number);
        for whole in [
            format!("community:{number}"),
            format!("/{number}"),
            format!("\"{number}\""),
        ] {
            self.add(number, "named", whole.into_bytes());
        }
    }

    /// A secret text: besides, in base64 wherever it stands in it, and in hex.
    pub(crate) fn secret(&mut self, secret: &str) {
        self.text(secret);
        self.bytes(secret, secret.as_bytes());
    }

    /// Secret bytes: raw, in hex, in base64 wherever they stand in it.
    pub(crate) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        assert!(bytes.len() >= SHORTEST, "{name} is too short to be found");
        self.add(name, "bytes", bytes.to_vec());
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        self.add(name, "HEX", hex.to_uppercase().into_bytes());
        self.add(name, "hex", hex.into_bytes());
        for before in 0..3 {
            let mut padded = vec![0; before];
            padded.extend_from_slice(bytes);
            let whole = padded.len() / 3 * 3;
            // What is before it shapes the first characters, what follows it the last.
            let text = STANDARD.encode(&padded[..whole]);
            let from = [0, 2, 3][before];
            self.add(name, "base64", text.as_bytes()[from..].to_vec());
        }
    }

    /// How many forms are looked for.
    pub(crate) fn len(&self) -> usize {
        self.needles.len()
    }

    /// What was found, and where.
    pub(crate) fn found_in(&self, files: &[PathBuf]) -> Outcome<Vec<String>> {
        let mut by_start: Vec<Vec<usize>> = vec![Vec::new(); 1 << 16];
        for (index, (_, needle)) in self.needles.iter().enumerate() {
            by_start[start(needle[0], needle[1])].push(index);
        }
        let mut found = Vec::new();
        for file in files {
            // A log may go while it is looked at, a socket holds nothing.
            let Ok(bytes) = std::fs::read(file) else {
                continue;
            };
            for at in 0..bytes.len().saturating_sub(1) {
                for index in &by_start[start(bytes[at], bytes[at + 1])] {
                    let (name, needle) = &self.needles[*index];
                    if bytes[at..].starts_with(needle) {
                        found.push(format!("{name} in {}, byte {at}", file.display()));
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn add(&mut self, name: &str, form: &str, bytes: Vec<u8>) {
        if bytes.len() >= SHORTEST {
            self.needles.push((format!("{name} ({form})"), bytes));
        }
    }
}

fn start(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}
