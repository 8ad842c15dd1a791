//! Pages of one collection on their way into one transaction.
//!
//! Rows of a list are spread over the leaves of its indexes: 200 records write nearly as many leaves as 5,000 do, and every
//! leaf is encrypted, logged and copied. A first pull brings thousands of pages, so they are applied many at a time: that
//! is five times as fast (`cargo xtask bench apply_cases`).

use cache::{Batch, Incoming, Misfit};
use connectors::{Fetched, PullPage, PullRequest};
use domain::{Millis, System, record::Record};

/// Records applied in one transaction, unless a single page has more.
pub const RECORDS_TOGETHER: usize = 5_000;
/// Bytes, as they came, that are held before they are applied.
const BYTES: usize = 8 << 20;
/// Milliseconds after which no further page is waited for but the one that is asked for: what was pulled is soon on the screen.
const WAIT: i64 = 1_000;

/// What was pulled of one collection and is not applied yet.
pub(crate) struct Gathered {
    batch: Batch,
    bytes: usize,
    /// Something went at the source. It may be back on the next page, and one transaction writes before it takes away.
    gone: bool,
}

impl Gathered {
    /// Begins with a page.
    pub(crate) fn new(system: System, request: &PullRequest, page: PullPage, now: Millis) -> Self {
        let mut gathered = Self {
            batch: Batch {
                system,
                collection: request.collection.clone(),
                records: Vec::new(),
                cursor: String::new(),
                more: true,
                listing: None,
                // The first request counts for all: what happened over there after it may not be in these pages.
                requested_at: request.now,
                now,
            },
            bytes: 0,
            gone: false,
        };
        gathered.add(page, now);
        gathered
    }

    /// Adds the page that follows.
    pub(crate) fn add(&mut self, page: PullPage, now: Millis) {
        self.bytes += page.records.iter().map(|r| r.raw.len()).sum::<usize>();
        self.gone |= page
            .records
            .iter()
            .any(|r| matches!(r.record, Ok(Record::Gone(_))));
        self.batch
            .records
            .extend(page.records.into_iter().map(incoming));
        self.batch.cursor = page.cursor;
        self.batch.more = page.more;
        self.batch.listing = page.listing;
        self.batch.now = now;
    }

    /// Whether it should be applied before the next page is asked for.
    pub(crate) fn is_due(&self) -> bool {
        !self.batch.more
            || self.gone
            || self.batch.listing.is_some()
            || self.batch.records.len() >= RECORDS_TOGETHER
            || self.bytes >= BYTES
            || self.batch.now.0.saturating_sub(self.batch.requested_at.0) >= WAIT
            // A clock that was put back says nothing about how long it took.
            || self.batch.now < self.batch.requested_at
    }

    pub(crate) fn into_batch(self) -> Batch {
        self.batch
    }
}

fn incoming(fetched: Fetched) -> Incoming {
    Incoming {
        remote_id: fetched.remote_id,
        // Nobody asks for the text of what fits.
        raw: if fetched.record.is_ok() {
            String::new()
        } else {
            fetched.raw
        },
        record: fetched.record.map_err(|unfit| Misfit {
            code: unfit.code,
            message: unfit.message,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(now: i64) -> PullRequest {
        PullRequest {
            collection: "cases".to_owned(),
            cursor: None,
            now: Millis(now),
        }
    }

    fn page(cursor: &str, records: usize, bytes: usize) -> PullPage {
        let record = |n: usize| Fetched {
            remote_id: format!("{cursor}/{n}"),
            raw: "x".repeat(bytes),
            record: Err(connectors::port::Unfit {
                code: "WIRE_TYPE".to_owned(),
                message: String::new(),
            }),
        };
        PullPage {
            records: (0..records).map(record).collect(),
            cursor: cursor.to_owned(),
            more: true,
            listing: None,
        }
    }

    fn begun(records: usize, bytes: usize) -> Gathered {
        Gathered::new(
            System::Community,
            &request(5_000),
            page("1", records, bytes),
            Millis(5_010),
        )
    }

    #[test]
    fn pages_are_applied_together_with_the_last_cursor_and_the_first_request() {
        let mut gathered = begun(200, 10);
        assert!(!gathered.is_due());
        gathered.add(page("2", 200, 10), Millis(5_020));
        let batch = gathered.into_batch();
        assert_eq!(batch.records.len(), 400);
        assert_eq!(batch.cursor, "2");
        assert_eq!(batch.requested_at, Millis(5_000));
    }

    #[test]
    fn records_bytes_and_waiting_have_an_end() {
        assert!(begun(RECORDS_TOGETHER, 1).is_due());
        assert!(begun(9, 1 << 20).is_due());
        let mut slow = begun(1, 1);
        slow.add(page("2", 1, 1), Millis(6_000));
        assert!(slow.is_due());
    }

    #[test]
    fn nothing_waits_for_a_clock_that_was_put_back() {
        let mut gathered = begun(1, 1);
        gathered.add(page("2", 1, 1), Millis(4_000));
        assert!(gathered.is_due());
    }

    #[test]
    fn what_went_and_may_come_back_is_not_gathered_with_its_return() {
        let mut gathered = begun(1, 1);
        let mut gone = page("2", 1, 1);
        let case = domain::ObjectRef::new(domain::Kind::Case, System::Community, "7");
        gone.records[0].record = Ok(Record::Gone(case));
        gathered.add(gone, Millis(5_020));
        assert!(gathered.is_due());
    }

    #[test]
    fn the_last_page_and_a_listing_do_not_wait() {
        let mut last = begun(1, 1);
        last.add(
            PullPage {
                more: false,
                ..page("2", 1, 1)
            },
            Millis(5_020),
        );
        assert!(last.is_due());
        let mut listed = begun(1, 1);
        listed.add(
            PullPage {
                listing: Some(Vec::new()),
                ..page("2", 1, 1)
            },
            Millis(5_020),
        );
        assert!(listed.is_due());
    }
}
