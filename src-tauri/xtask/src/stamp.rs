//! Stamps: a file that names the inputs something was made from, so that it is not made twice.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// A place for the fingerprint of the inputs of one product.
#[derive(Debug)]
pub(crate) struct Stamp {
    file: PathBuf,
    now: String,
}

impl Stamp {
    /// The stamp `file` for what was made from `inputs` (files and folders) and `words` (versions, options).
    pub(crate) fn new(file: PathBuf, inputs: &[PathBuf], words: &[&str]) -> Outcome<Self> {
        let mut hash = Fnv::default();
        for word in words {
            hash.eat(word.as_bytes());
            hash.eat(&[0]);
        }
        for input in inputs {
            for path in files_below(input)? {
                let bytes = fs::read(&path).map_err(|error| located(&path, &error))?;
                hash.eat(path.to_string_lossy().as_bytes());
                hash.eat(&(bytes.len() as u64).to_le_bytes());
                hash.eat(&bytes);
            }
        }
        Ok(Self {
            file,
            now: format!("{:016x}", hash.0),
        })
    }

    /// True if the product was made from these very inputs.
    pub(crate) fn is_fresh(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|then| then == self.now)
    }

    /// Notes that the product is made.
    pub(crate) fn set(&self) -> Outcome {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder).map_err(|error| located(folder, &error))?;
        }
        fs::write(&self.file, &self.now).map_err(|error| located(&self.file, &error))
    }
}

/// Every file at or below `path`, sorted; what is not there has none.
pub(crate) fn files_below(path: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).map_err(|error| located(&path, &error))?;
            for entry in entries {
                open.push(entry.map_err(|error| located(&path, &error))?.path());
            }
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn located(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// FNV-1a, 64 bits: enough to notice a change, and no dependency.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn eat(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_fresh_until_an_input_changes() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("src");
        fs::create_dir_all(&source).unwrap();
        fs::write(source.join("a.ts"), "1").unwrap();
        let stamp = |word: &str| {
            Stamp::new(
                folder.path().join("notes/ui"),
                std::slice::from_ref(&source),
                &[word],
            )
            .unwrap()
        };
        assert!(!stamp("v1").is_fresh());
        stamp("v1").set().unwrap();
        assert!(stamp("v1").is_fresh());
        assert!(!stamp("v2").is_fresh(), "a version is an input");
        fs::write(source.join("a.ts"), "2").unwrap();
        assert!(!stamp("v1").is_fresh(), "content is an input");
        fs::write(source.join("a.ts"), "1").unwrap();
        fs::write(source.join("b.ts"), "").unwrap();
        assert!(!stamp("v1").is_fresh(), "a new file is an input");
    }
}
