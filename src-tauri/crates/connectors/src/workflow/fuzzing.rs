//! Every reader of the Workflow Service on any bytes.

use super::wire;
use crate::{Fetched, fuzzing::by_all, limits::read_json};

/// Reads bytes as answers of the Workflow Service.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Fetched> {
    if let Ok(body) = read_json(bytes) {
        let _ = wire::items(&body, "tasks").map(|(items, _)| items.len());
        let _ = wire::variable(&body, "outcome");
    }
    by_all(
        bytes,
        "/id",
        &[
            &|value, place| wire::task(value, place, |id| Some(id.to_owned())),
            &wire::process,
        ],
    )
}
