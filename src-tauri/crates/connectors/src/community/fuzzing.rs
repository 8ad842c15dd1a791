//! Every reader of Community on any bytes.

use super::{pull, wire};
use crate::{Fetched, fuzzing::by_all};

/// Reads bytes as answers of Community.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Fetched> {
    by_all(
        bytes,
        "/id",
        &[
            &wire::case,
            &wire::comment,
            &wire::attachment,
            &wire::space,
            &wire::item,
            &wire::ack_request,
            &wire::ack_response,
            &|value, place| wire::partner(value, value, place),
            &|value, place| {
                pull::read_event(value, place).unwrap_or_else(|| wire::case(value, place))
            },
        ],
    )
}
