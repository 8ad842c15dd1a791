//! Every reader of Request Tracker on any bytes.

use domain::record::Record;

use super::wire;
use crate::{Fetched, fuzzing::by_all, limits::read_json};

/// Reads bytes as answers of Request Tracker.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Fetched> {
    if let Ok(body) = read_json(bytes) {
        let _ = wire::page(&body).map(|page| page.items.iter().map(wire::queue).count());
        let _ = wire::attachment(&body);
        let _ = wire::links(&body);
        let _ = wire::transaction(&body, "fuzz").map(|t| t.visibility());
    }
    by_all(
        bytes,
        "/id",
        &[&|value, place| wire::ticket(value, place, "PartnerCase", "#").map(Record::Ticket)],
    )
}
