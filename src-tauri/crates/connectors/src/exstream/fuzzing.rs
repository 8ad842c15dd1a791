//! Every reader of Exstream and Messaging on any bytes.

use domain::record::Record;

use super::wire;
use crate::{Fetched, fuzzing::by_all, limits::read_json};

/// Reads bytes as answers of Exstream.
#[must_use]
pub fn read(bytes: &[u8]) -> Vec<Fetched> {
    if let Ok(body) = read_json(bytes) {
        let _ = wire::rows(&body).map(|rows| rows.total);
    }
    by_all(
        bytes,
        "/id",
        &[
            &|value, place| wire::template(value, place).map(Record::Template),
            &|value, place| {
                let mut delivery = wire::job(value, place)?.delivery();
                wire::add_mail_status(&mut delivery, "tracker", value)?;
                Ok(Record::Delivery(delivery))
            },
            &|value, place| {
                let event = wire::mail_event(value, place)?;
                let mut delivery = wire::job(value, place)?.delivery();
                delivery.event_id = event.event_id;
                Ok(Record::Delivery(delivery))
            },
        ],
    )
}
