//! Every reader of Content Server on any bytes.

use domain::record::Record;

use super::{attributes::Attributes, wire};
use crate::{Fetched, fuzzing::by_all, limits::read_json};

/// Reads bytes as answers of Content Server.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Fetched> {
    if let Ok(body) = read_json(bytes) {
        let _ = wire::results(&body).map(|(items, _)| items.iter().map(wire::location).count());
    }
    let attributes = Attributes::read("order=555,order.partner=3");
    by_all(
        bytes,
        "/data/properties/id",
        &[
            &|value, place| wire::workspace(value, place, &attributes).map(Record::Workspace),
            &|value, place| wire::node(value, place).map(Record::Node),
        ],
    )
}
