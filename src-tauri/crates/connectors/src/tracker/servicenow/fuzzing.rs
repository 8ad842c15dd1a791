//! Every reader of ServiceNow on any bytes.

use domain::record::Record;

use super::wire;
use crate::{Fetched, fuzzing::by_all, limits::read_json};

/// Reads bytes as answers of ServiceNow.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Fetched> {
    if let Ok(body) = read_json(bytes) {
        let _ = wire::rows(&body).map(<[_]>::len);
        let _ = wire::member(&body, "assigned_to");
    }
    by_all(
        bytes,
        "/sys_id",
        &[
            &|value, place| wire::ticket(value, place).map(Record::Ticket),
            &|value, place| wire::entry(value, place).map(Record::TicketEntry),
        ],
    )
}
