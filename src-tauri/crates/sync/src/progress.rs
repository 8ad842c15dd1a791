//! Whether a pull gets anywhere: a server that says "more" for ever must not be believed for ever.

use std::{collections::HashSet, hash::Hasher};

use connectors::Fetched;

/// Pages in a row that may bring nothing new: a tracker whose clock is not ours reads fifteen hours again.
const BARREN: usize = 1_000;
/// Pages of one collection in one pull; the cursor is kept, so the next pull goes on from there.
const PAGES: usize = 20_000;
/// Records of the same; a fingerprint of each is held meanwhile.
const RECORDS: usize = 4_000_000;

/// What the pages of one pull of a collection have brought so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pages: usize,
    barren: usize,
    /// Fingerprints of records and cursors seen.
    seen: HashSet<u64>,
}

fn fingerprint(parts: [&str; 2]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    for part in parts {
        hasher.write(part.as_bytes());
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

impl Progress {
    /// Takes a page into account that is to be followed by another.
    ///
    /// # Errors
    /// In words, when there is no point in asking for that.
    pub(crate) fn page(
        &mut self,
        before: Option<&str>,
        records: &[Fetched],
        cursor: &str,
    ) -> Result<(), String> {
        if before == Some(cursor) {
            return Err("there is said to be more, but the cursor does not move".to_owned());
        }
        let mut brought = false;
        for record in records {
            brought |= self
                .seen
                .insert(fingerprint([&record.remote_id, &record.raw]));
        }
        self.barren = if brought { 0 } else { self.barren + 1 };
        self.pages += 1;
        if !brought && !self.seen.insert(fingerprint(["", cursor])) {
            return Err("there is said to be more, but the cursor goes round".to_owned());
        }
        if self.barren >= BARREN {
            return Err(format!(
                "there is said to be more, but {BARREN} pages brought nothing new"
            ));
        }
        if self.pages >= PAGES || self.seen.len() >= RECORDS {
            return Err(format!(
                "no end after {} pages; the next pull goes on from there",
                self.pages
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(ids: &[usize]) -> Vec<Fetched> {
        let record = |id: &usize| Fetched {
            remote_id: id.to_string(),
            raw: "{}".to_owned(),
            record: Err(connectors::port::Unfit {
                code: "WIRE_TYPE".to_owned(),
                message: String::new(),
            }),
        };
        ids.iter().map(record).collect()
    }

    #[test]
    fn a_cursor_that_stands_still_or_goes_round_is_named() {
        let mut progress = Progress::default();
        progress.page(None, &records(&[1]), "a").unwrap();
        progress.page(Some("a"), &records(&[1]), "b").unwrap();
        progress.page(Some("b"), &[], "c").unwrap();
        assert!(
            progress
                .page(Some("c"), &[], "b")
                .unwrap_err()
                .contains("round")
        );
        let still = Progress::default().page(Some("a"), &records(&[1]), "a");
        assert!(still.unwrap_err().contains("does not move"));
    }

    #[test]
    fn pages_that_repeat_what_was_read_come_to_an_end() {
        let mut progress = Progress::default();
        let same = records(&[1, 2]);
        let ended = (0..).find(|n| progress.page(None, &same, &n.to_string()).is_err());
        assert_eq!(ended, Some(BARREN));
    }

    #[test]
    fn a_source_that_invents_for_ever_is_left_for_the_next_pull() {
        let mut progress = Progress::default();
        let ended = (0..).find(|n| {
            progress
                .page(None, &records(&[*n]), &n.to_string())
                .is_err()
        });
        assert_eq!(ended, Some(PAGES - 1));
    }
}
