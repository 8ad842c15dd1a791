//! What is pulled from Community: partners with their agreements, cases by time of change, and the event feed.

use std::collections::HashSet;

use domain::{
    Kind, Millis, ObjectRef, System,
    record::Record,
    time::{HOUR, MINUTE, SECOND},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CommunityConnector, wire};
use crate::{
    PullError,
    fields::{bounded, drift, fetched, is_unnamed, name_of},
    http::{Ask, segment},
    port::{Collection, Fetched, PullPage, Unfit},
};

pub(super) const COLLECTIONS: &[Collection] = &[
    Collection {
        name: "partners",
        pace: HOUR,
        order: 0,
    },
    Collection {
        name: "cases",
        pace: 15 * SECOND,
        order: 1,
    },
    Collection {
        name: "events",
        pace: 10 * SECOND,
        order: 2,
    },
];

/// How far a new window of cases reaches back into the last one: the other side's clock and commits are not ours.
const OVERLAP: i64 = 2 * MINUTE;
const PAGE: usize = 200;
/// Partners read with their agreements in one page.
const PARTNERS: usize = 50;
/// Longest cursor of the other side.
const LONGEST_CURSOR: usize = 4_096;

#[derive(Debug, Default, Serialize, Deserialize)]
struct CaseCursor {
    since: Option<i64>,
    page: Option<String>,
    high: i64,
}

fn cursor<T: Default + serde::de::DeserializeOwned>(text: Option<&str>) -> Result<T, PullError> {
    match text.filter(|t| !t.is_empty()) {
        None => Ok(T::default()),
        Some(text) => serde_json::from_str(text).map_err(|e| PullError::CursorLost(e.to_string())),
    }
}

fn written<T: Serialize>(cursor: &T) -> Result<String, PullError> {
    serde_json::to_string(cursor).map_err(|e| PullError::Drift(e.to_string()))
}

/// The list under a name, or drift.
fn list<'a>(body: &'a Value, name: &str) -> Result<&'a [Value], PullError> {
    match body.get(name) {
        Some(Value::Array(items)) => bounded(items, name).map_err(drift),
        _ => Err(PullError::Drift(format!("the answer has no list '{name}'"))),
    }
}

/// A cursor of the other side, which is kept and sent back.
fn short(cursor: &str) -> Result<String, PullError> {
    if cursor.len() <= LONGEST_CURSOR {
        Ok(cursor.to_owned())
    } else {
        let words = format!("a cursor of {} bytes is too long", cursor.len());
        Err(PullError::Drift(words))
    }
}

impl CommunityConnector {
    pub(super) async fn pull_partners(&self, at: Option<&str>) -> Result<PullPage, PullError> {
        let from: usize = cursor(at)?;
        let path = format!(
            "/TGCommunityServices/v1/companies/{}/partnerDirectory",
            segment(&self.company_id)
        );
        let body = self.session.read_json(&Ask::get(path)).await?;
        // The directory's answer is not published: a list, or one under a name.
        let entries = match &body {
            Value::Array(items) => bounded(items, "partners").map_err(drift)?,
            _ => list(&body, "partners").or_else(|_| list(&body, "partnerDirectory"))?,
        };
        let ids: Vec<String> = entries
            .iter()
            .enumerate()
            .map(|(n, e)| {
                let company = name_of(e, "/partnerCompanyId", &format!("directory/{n}"));
                name_of(e, "/partnerId", &company)
            })
            .collect();
        let wanted = ids.iter().cloned().zip(entries.iter().cloned());
        let wanted: Vec<(String, Value)> = wanted.skip(from).take(PARTNERS).collect();
        let records: Vec<Fetched> = stream::iter(wanted)
            .map(|(id, entry)| async move { self.partner(&id, &entry).await })
            .buffered(4)
            .try_collect()
            .await?;
        let next = from + records.len();
        let more = next < ids.len() && !records.is_empty();
        let listing = (!more).then(|| {
            let name = |id: &String| ObjectRef::new(Kind::Partner, System::Community, id.clone());
            ids.iter().map(name).collect()
        });
        Ok(PullPage {
            records,
            cursor: written(&if more { next } else { 0 })?,
            more,
            listing,
        })
    }

    async fn partner(&self, id: &str, entry: &Value) -> Result<Fetched, PullError> {
        let ask = Ask::get(format!("/partners/{}/agreement", segment(id)));
        let place = format!("directory.{id}");
        let (raw, record) = match self.session.read_json(&ask).await {
            Ok(agreement) => {
                let raw = serde_json::json!({"entry": entry, "agreement": agreement});
                let record = wire::partner(entry, &agreement, &place);
                (raw, record)
            }
            // One partner without an agreement, or with one that does not read, must not hide the others.
            Err(PullError::Refused { status, message }) => {
                let unfit = Unfit {
                    code: "WIRE_MISSING".to_owned(),
                    message: format!("{place}.agreement: {status} {message}"),
                };
                (entry.clone(), Err(unfit))
            }
            Err(PullError::Drift(words)) => {
                let unfit = Unfit {
                    code: "WIRE_TYPE".to_owned(),
                    message: format!("{place}.agreement: {words}"),
                };
                (entry.clone(), Err(unfit))
            }
            Err(other) => return Err(other),
        };
        Ok(fetched(id, &raw, record))
    }

    pub(super) async fn pull_cases(&self, at: Option<&str>) -> Result<PullPage, PullError> {
        let from: CaseCursor = cursor(at)?;
        let mut ask = Ask::get("/cases").query("limit", PAGE);
        if let Some(since) = from.since {
            ask = ask.query("updated_since", Millis(since));
        }
        if let Some(page) = &from.page {
            ask = ask.query("cursor", page);
        }
        let body = self.session.read_json(&ask).await?;
        let mut high = from.high;
        // A time that lies ahead says nothing about what was read: the next window would begin there.
        let now = self.session.now().0;
        let records: Vec<Fetched> = list(&body, "items")?
            .iter()
            .enumerate()
            .map(|(n, value)| {
                let place = format!("cases/{n}");
                let id = name_of(value, "/id", &place);
                let at = if is_unnamed(&id, &place) { &place } else { &id };
                let record = wire::case(value, &format!("cases.{at}"));
                if let Ok(record) = &record {
                    high = high.max(record.changed_at().0.min(now));
                }
                fetched(&id, value, record)
            })
            .collect();
        let page = body
            .get("cursor")
            .and_then(Value::as_str)
            .map(short)
            .transpose()?;
        let announced = body.get("more").and_then(Value::as_bool).unwrap_or(false);
        if announced && page.is_none() {
            let words = "more cases are announced, and no cursor leads to them";
            return Err(PullError::Drift(words.to_owned()));
        }
        let more = announced && page != from.page;
        let next = if more {
            CaseCursor {
                since: from.since,
                page,
                high,
            }
        } else {
            CaseCursor {
                since: (high > 0)
                    .then(|| high.saturating_sub(OVERLAP))
                    .or(from.since),
                page: None,
                high,
            }
        };
        Ok(PullPage {
            records,
            cursor: written(&next)?,
            more,
            listing: None,
        })
    }

    pub(super) async fn pull_events(&self, at: Option<&str>) -> Result<PullPage, PullError> {
        let mut ask = Ask::get("/events").query("limit", PAGE);
        if let Some(after) = at.filter(|a| !a.is_empty()) {
            ask = ask.query("after", after);
        }
        let answer = self.session.read(&ask).await?;
        let body = answer.json().map_err(PullError::Drift)?;
        let Value::Array(batch) = &body else {
            return Err(PullError::Drift(
                "the answer is no batch of events".to_owned(),
            ));
        };
        let batch = bounded(batch, "events").map_err(drift)?;
        let mut seen = HashSet::new();
        let mut records = Vec::new();
        let mut last: Option<(Millis, String)> = None;
        for (n, event) in batch.iter().enumerate() {
            let place = format!("events/{n}");
            let id = name_of(event, "/id", &place);
            let source = event
                .get("source")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let time = event
                .get("time")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let position = (Millis::parse_lenient(time).unwrap_or_default(), id.clone());
            // The feed may come in any order: the position is that of the latest event, not of the last one.
            if !is_unnamed(&id, &place) && last.as_ref() < Some(&position) {
                last = Some(position);
            }
            if !seen.insert((source.to_owned(), id.clone())) {
                continue;
            }
            if let Some(record) = read_event(event, &id) {
                records.push(fetched(&id, event, record));
            }
        }
        let next = answer.header("link").and_then(next_after);
        let next = next.as_deref().map(short).transpose()?;
        let more = next.is_some() && next.as_deref() != at;
        let cursor = next
            .or(last.map(|(_, id)| id))
            .or_else(|| at.map(str::to_owned))
            .unwrap_or_default();
        Ok(PullPage {
            records,
            cursor,
            more,
            listing: None,
        })
    }
}

/// The record of an event; `None` for kinds that carry nothing to mirror.
pub(super) fn read_event(event: &Value, id: &str) -> Option<Result<Record, Unfit>> {
    let kind = event.get("type").and_then(Value::as_str);
    let missing = |what: &str| Unfit {
        code: "WIRE_MISSING".to_owned(),
        message: format!("events.{id}.{what} is missing"),
    };
    let Some(kind) = kind else {
        return Some(Err(missing("type")));
    };
    let Some(data) = event.get("data") else {
        return Some(Err(missing("data")));
    };
    let place = format!("events.{id}.data");
    Some(match kind.strip_prefix("community.").unwrap_or(kind) {
        "case.created" | "case.updated" => match data.get("new") {
            Some(new) => wire::case(new, &place),
            None => Err(missing("data.new")),
        },
        "comment.created" => wire::comment(data, &place),
        "attachment.created" => wire::attachment(data, &place),
        "space.created" | "space.updated" => wire::space(data, &place),
        "item.created" | "item.updated" => wire::item(data, &place),
        "acknowledgement.requested" => wire::ack_request(data, &place),
        "acknowledgement.responded" => wire::ack_response(data, &place),
        "acknowledgement.reminded" => wire::ack_reminder(data, &place),
        _ => return None,
    })
}

/// The `after` of a `Link: <...>; rel="next"` (RFC 8288).
fn next_after(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let (_, rest) = next.split_once('<')?;
    let (target, _) = rest.split_once('>')?;
    let (_, query) = target.split_once('?')?;
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "after")
        .map(|(_, value)| value.into_owned())
}
