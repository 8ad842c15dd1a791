//! Records as they came become rows that may be written; what is written is decided by a pure comparison with the mirror.

use std::{collections::HashMap, hash::Hasher};

use domain::{
    Kind, ObjectRef,
    notice::{NoticeState, later},
    record::{Delivery, Document, Record},
};

use super::Incoming;
use crate::{CacheError, mirror};

/// One record ready to be compared.
pub(crate) struct Staged {
    pub(crate) record: Record,
    pub(crate) json: String,
    pub(crate) digest: i64,
    pub(crate) version: i64,
    pub(crate) changed_at: i64,
}

impl Staged {
    pub(crate) fn new(record: Record) -> Result<Self, CacheError> {
        let json = mirror::to_json(&record)?;
        Ok(Self {
            digest: digest(json.as_bytes()),
            version: mirror::version(&record),
            changed_at: mirror::changed_at(&record),
            record,
            json,
        })
    }
}

/// Tells content apart from what it was before. It guards nothing: a hash function that changes with the compiler has
/// every row written once more, and that is all.
pub(crate) fn digest(bytes: &[u8]) -> i64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish().cast_signed()
}

/// What the mirror holds of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mirrored {
    pub(crate) digest: i64,
    pub(crate) version: i64,
    pub(crate) changed_at: i64,
    pub(crate) missing: bool,
}

/// What is to become of a staged record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not mirrored yet.
    New,
    /// Newer than the mirror, or as new with other content.
    Changed,
    /// What the mirror has.
    Same,
    /// Older than the mirror: an overlapping window or a slow page. Never written.
    Older,
}

/// Compares by content, then by version where the source has one, then by time of change.
pub(crate) fn decide(staged: &Mirrored, mirrored: Option<&Mirrored>) -> Verdict {
    let Some(there) = mirrored else {
        return Verdict::New;
    };
    if staged.digest == there.digest {
        return Verdict::Same;
    }
    if staged.version > 0 && there.version > 0 && staged.version != there.version {
        return if staged.version < there.version {
            Verdict::Older
        } else {
            Verdict::Changed
        };
    }
    if staged.changed_at < there.changed_at {
        Verdict::Older
    } else {
        Verdict::Changed
    }
}

/// What a page brings, sorted by what has to be done with it.
#[derive(Default)]
pub(crate) struct Sorted {
    pub(crate) by_kind: HashMap<Kind, Vec<Staged>>,
    pub(crate) gone: Vec<ObjectRef>,
    pub(crate) misfits: Vec<Incoming>,
    /// Remote ids that fit, so that they leave quarantine.
    pub(crate) fits: Vec<String>,
}

/// Sorts a page. Of several records of one object the last one that is not older stays.
pub(crate) fn sort(records: Vec<Incoming>) -> Result<Sorted, CacheError> {
    let mut out = Sorted::default();
    let mut places: HashMap<ObjectRef, usize> = HashMap::with_capacity(records.len());
    for incoming in records {
        let record = match incoming.record {
            Ok(record) => record,
            Err(_) => {
                out.misfits.push(incoming);
                continue;
            }
        };
        out.fits.push(incoming.remote_id);
        if let Record::Gone(object) = record {
            out.gone.push(object);
            continue;
        }
        let object = record.object();
        let rows = out.by_kind.entry(object.kind).or_default();
        let next = rows.len();
        match places.entry(object) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(next);
                rows.push(Staged::new(record)?);
            }
            std::collections::hash_map::Entry::Occupied(place) => {
                if let Some(row) = rows.get_mut(*place.get()) {
                    let later = Staged::new(merged(record, &row.record))?;
                    if decide(&later.as_mirrored(), Some(&row.as_mirrored())) != Verdict::Older {
                        *row = later;
                    }
                }
            }
        }
    }
    Ok(out)
}

impl Staged {
    pub(crate) const fn as_mirrored(&self) -> Mirrored {
        Mirrored {
            digest: self.digest,
            version: self.version,
            changed_at: self.changed_at,
            missing: false,
        }
    }
}

/// Keeps what an earlier record knew and this one does not say: a listing names a document without its payload, and
/// delivery facts of a notice arrive in any order.
pub(crate) fn merged(record: Record, known: &Record) -> Record {
    match (record, known) {
        (Record::Document(new), Record::Document(old)) => Record::Document(document(new, old)),
        (Record::Delivery(new), Record::Delivery(old)) => Record::Delivery(delivery(new, old)),
        (record, _) => record,
    }
}

/// Whether [`merged`] may change a record of this kind.
pub(crate) const fn merges(kind: Kind) -> bool {
    matches!(kind, Kind::Document | Kind::Notice)
}

fn document(mut new: Document, old: &Document) -> Document {
    let unread = new.content.is_none() && new.problem.is_none();
    let same_payload = new.payload_sha256.is_none() || new.payload_sha256 == old.payload_sha256;
    if unread && same_payload {
        new.payload_sha256.clone_from(&old.payload_sha256);
        new.content.clone_from(&old.content);
        new.problem.clone_from(&old.problem);
        new.order_number = new.order_number.or_else(|| old.order_number.clone());
        new.amount = new.amount.or_else(|| old.amount.clone());
        new.currency = new.currency.or_else(|| old.currency.clone());
        if new.number.is_empty() {
            new.number.clone_from(&old.number);
        }
    }
    new
}

fn delivery(new: Delivery, old: &Delivery) -> Delivery {
    let fact = |d: &Delivery| d.state.parse::<NoticeState>().ok().map(|s| (s, d.event_at));
    let takes_new = match (fact(&new), fact(old)) {
        (Some(n), Some(o)) if n == o => true,
        (Some(n), Some(o)) => later(o, n) == n,
        (Some(_), None) => true,
        // A word nobody knows never hides a known state.
        (None, Some(_)) => false,
        (None, None) => new.event_at >= old.event_at,
    };
    let (mut winner, other) = if takes_new {
        (new, old.clone())
    } else {
        (old.clone(), new)
    };
    winner.case_id = winner.case_id.or(other.case_id);
    winner.template = winner.template.or(other.template);
    winner.produced_sha256 = winner.produced_sha256.or(other.produced_sha256);
    winner.released_at = winner.released_at.or(other.released_at);
    if winner.state == other.state {
        winner.reason = winner.reason.or(other.reason);
    }
    for (mine, theirs) in [
        (&mut winner.channel, other.channel),
        (&mut winner.recipient, other.recipient),
        (&mut winner.job_id, other.job_id),
    ] {
        if mine.is_empty() {
            *mine = theirs;
        }
    }
    winner
}

#[cfg(test)]
mod tests {
    use domain::Millis;

    use super::*;

    fn at(digest: i64, version: i64, changed_at: i64) -> Mirrored {
        Mirrored {
            digest,
            version,
            changed_at,
            missing: false,
        }
    }

    #[test]
    fn an_older_version_never_wins_whatever_its_clock_says() {
        assert_eq!(decide(&at(1, 3, 900), Some(&at(2, 4, 100))), Verdict::Older);
        assert_eq!(
            decide(&at(1, 5, 50), Some(&at(2, 4, 100))),
            Verdict::Changed
        );
    }

    #[test]
    fn without_versions_the_time_of_change_decides_and_a_tie_takes_the_new_content() {
        assert_eq!(decide(&at(1, 0, 99), Some(&at(2, 0, 100))), Verdict::Older);
        assert_eq!(
            decide(&at(1, 0, 100), Some(&at(2, 0, 100))),
            Verdict::Changed
        );
        assert_eq!(decide(&at(2, 0, 1), Some(&at(2, 0, 100))), Verdict::Same);
        assert_eq!(decide(&at(2, 0, 1), None), Verdict::New);
    }

    fn event(state: &str, at: i64) -> Delivery {
        Delivery {
            notice_id: "N-1".into(),
            job_id: "7".into(),
            case_id: None,
            template: None,
            channel: "email".into(),
            recipient: "x".into(),
            state: state.into(),
            raw_state: state.into(),
            reason: None,
            produced_sha256: None,
            event_id: format!("{state}-{at}"),
            event_at: Millis(at),
            released_at: None,
        }
    }

    #[test]
    fn delivery_facts_in_any_order_end_in_one_state() {
        let events = [
            event("released", 1),
            event("sent", 2),
            event("delivered", 3),
            event("bounced", 4),
        ];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1], [1, 3, 2, 0]] {
            let end = order
                .iter()
                .map(|n: &usize| events[*n].clone())
                .reduce(|old, new| delivery(new, &old))
                .unwrap();
            assert_eq!(end.state, "bounced", "{order:?}");
        }
        assert_eq!(
            delivery(event("teleported", 9), &event("sent", 2)).state,
            "sent"
        );
    }
}
