//! What fuzzing drives: for each system, every reader of its answers on any bytes. Built with the feature `fuzzing` only.

use domain::record::Record;
use serde_json::Value;

use crate::{
    Fetched,
    fields::{fetched, name_of},
    limits::read_json,
    port::Unfit,
};

pub use crate::{
    community::fuzzing::read as community,
    documents::fuzzing::{payload, read as lens},
    exstream::fuzzing::read as exstream,
    tracker::{
        request_tracker::fuzzing::read as request_tracker, servicenow::fuzzing::read as servicenow,
    },
    workflow::fuzzing::read as workflow,
    workspaces::fuzzing::read as content_server,
};

/// Plain text of a message of a tracker.
#[must_use]
pub fn plain(media_type: &str, text: &str) -> String {
    crate::tracker::messages::plain(media_type, text)
}

/// One reader of one kind of record.
pub(crate) type Reader<'r> = dyn Fn(&Value, &str) -> Result<Record, Unfit> + 'r;

/// Reads every object of an answer, down to the lists within its lists, by every reader.
pub(crate) fn by_all(bytes: &[u8], id: &str, readers: &[&Reader<'_>]) -> Vec<Fetched> {
    let Ok(body) = read_json(bytes) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    each(&body, 4, &mut |n, item| {
        let place = format!("fuzz[{n}]");
        let name = name_of(item, id, &place);
        found.extend(
            readers
                .iter()
                .map(|read| fetched(&name, item, read(item, &place))),
        );
    });
    found
}

fn each(value: &Value, depth: usize, read: &mut impl FnMut(usize, &Value)) {
    read(depth, value);
    if depth == 0 {
        return;
    }
    match value {
        Value::Array(items) => items.iter().take(8).for_each(|v| each(v, depth - 1, read)),
        Value::Object(members) => {
            let inner = members.values().filter(|v| v.is_array() || v.is_object());
            inner.take(8).for_each(|v| each(v, depth - 1, read));
        }
        _ => {}
    }
}
