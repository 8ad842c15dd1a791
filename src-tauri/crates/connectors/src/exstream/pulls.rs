//! The reads: templates, jobs, deliveries.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Kind, Millis, ObjectRef, System,
    record::{Delivery, Record},
    time::{DAY, MINUTE},
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ExstreamConnector, states, wire};
use crate::{
    Fetched, PullError, PullPage, PullRequest,
    fields::{drift, fetched, is_unnamed, name_of, segment},
    http::Ask,
    limits::Budget,
    port::Unfit,
};

/// Rows of one page.
const PAGE: usize = 100;
/// Calls to Messaging at the same time.
const PARALLEL: usize = 4;
/// How far a first pull goes back.
const FIRST: i64 = 45 * DAY;
/// Overlap of the windows of mail events.
const OVERLAP: i64 = 5 * MINUTE;
/// After this long nobody will hear from a mail any more.
const GIVE_UP: i64 = 7 * DAY;
/// Mails asked about in one pull; the others have their turn in the next.
const MOST_ASKED: usize = 500;
/// Mails whose end is waited for.
const MOST_OPEN: usize = 20_000;
/// Resources of one state that are listed.
const MOST_TEMPLATES: usize = 20_000;

/// Where the jobs stand: the day to read from, and the status each job was last seen in.
#[derive(Debug, Default, Serialize, Deserialize)]
struct JobsCursor {
    day: String,
    #[serde(default)]
    offset: usize,
    #[serde(default)]
    seen: BTreeMap<String, String>,
}

/// Where the deliveries stand: the end of the last window, the events read within its overlap, and the mails whose end
/// has not been heard of, by job, with the time they were started.
#[derive(Debug, Default, Serialize, Deserialize)]
struct DeliveriesCursor {
    at: i64,
    #[serde(default)]
    seen: BTreeSet<String>,
    #[serde(default)]
    open: BTreeMap<String, i64>,
    /// The one of them that was asked about last.
    #[serde(default)]
    asked_to: Option<String>,
}

fn cursor<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, PullError> {
    serde_json::from_str(text)
        .map_err(|_| PullError::CursorLost("the cursor does not read".to_owned()))
}

fn cursor_text<T: Serialize>(cursor: &T) -> String {
    serde_json::to_string(cursor).unwrap_or_default()
}

fn day(at: Millis) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// A job and what became of it.
type Told = (String, Result<Delivery, Unfit>);

/// Keeps the youngest of too many mails whose end has not been heard of.
fn forget_oldest(open: &mut BTreeMap<String, i64>) {
    let mut ages: Vec<i64> = open.values().copied().collect();
    ages.sort_unstable_by(|a, b| b.cmp(a));
    if let Some(oldest) = ages.get(MOST_OPEN - 1).copied() {
        open.retain(|_, at| *at >= oldest);
    }
}

impl ExstreamConnector {
    /// A full listing: what is in force in its latest version, and what is under way, so that what is gone is seen.
    pub(super) async fn templates(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let budget = Budget::default();
        let mut records = Vec::new();
        let mut listing = Some(Vec::new());
        for states in ["APPROVED", "DRAFT,REVIEW,REJECTED"] {
            let mut offset = 0;
            loop {
                let ask = self
                    .templates_ask()
                    .query("filter.states", states)
                    .query("filter.latestVersion", "true")
                    .query("offset", offset)
                    .query("count", PAGE);
                let answer = self.session.read_json_within(&ask, &budget).await?;
                let rows = wire::rows(&answer).map_err(drift)?;
                for (at, row) in rows.rows.iter().enumerate() {
                    let place = format!("resources[{}]", offset + at);
                    let record = wire::template(row, &place).map(Record::Template);
                    let told = fetched(&name_of(row, "/id", &place), row, record);
                    if is_unnamed(&told.remote_id, &place) {
                        // Something is there that cannot be named: nothing may be taken for gone.
                        listing = None;
                    } else if let Some(listing) = &mut listing {
                        let id = told.remote_id.as_str();
                        listing.push(ObjectRef::new(Kind::Template, System::Exstream, id));
                    }
                    records.push(told);
                }
                offset += rows.rows.len();
                // The total may be wrong: a full page is followed by another one.
                if rows.rows.is_empty() || (rows.rows.len() < PAGE && offset >= rows.total) {
                    break;
                }
                if offset > MOST_TEMPLATES {
                    listing = None;
                    break;
                }
            }
        }
        Ok(PullPage {
            records,
            cursor: request.now.0.to_string(),
            more: false,
            listing,
        })
    }

    /// Jobs can be filtered by day only: today and yesterday are read again, and what did not change is left out.
    pub(super) async fn jobs(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut state: JobsCursor = match request.cursor.as_deref() {
            Some(text) => cursor(text)?,
            None => JobsCursor {
                day: day(request.now.plus(-FIRST)),
                ..JobsCursor::default()
            },
        };
        let ask = self
            .runtime("jobs")
            .query("filter", format!("startDate:{}", state.day))
            .query("sort", "startDate")
            .query("offset", state.offset)
            .query("count", PAGE);
        let answer = self.session.read_json(&ask).await?;
        let rows = wire::rows(&answer).map_err(drift)?;
        let mut wanted = Vec::new();
        for (at, row) in rows.rows.iter().enumerate() {
            let place = format!("jobs[{}]", state.offset + at);
            let job = wire::job(row, &place);
            // What started before yesterday is read once only, so it need not be remembered.
            if let Ok(job) = &job
                && request.now.since(job.started_at) < 2 * DAY
                && state
                    .seen
                    .insert(job.id.clone(), job.status.clone())
                    .as_ref()
                    == Some(&job.status)
            {
                continue;
            }
            wanted.push((place, row.clone(), job));
        }
        let records: Vec<Result<Fetched, PullError>> = stream::iter(wanted)
            .map(|(place, row, job)| async move {
                let delivery = match job {
                    Ok(job) => self.delivery(&job).await?,
                    Err(unfit) => Err(unfit),
                };
                let name = wire::notice_of(&row, &place);
                Ok(fetched(&name, &row, delivery.map(Record::Delivery)))
            })
            .buffered(PARALLEL)
            .collect()
            .await;
        let records = records.into_iter().collect::<Result<_, _>>()?;
        state.offset += rows.rows.len();
        let more = rows.rows.len() >= PAGE || (!rows.rows.is_empty() && state.offset < rows.total);
        if !more {
            // What started before yesterday is settled or in the hands of Messaging. With a new day the memory begins
            // anew: what is read again then changes nothing.
            let yesterday = day(request.now.plus(-DAY));
            if state.day < yesterday && state.day > day(request.now.plus(-7 * DAY)) {
                state.seen.clear();
            }
            state.offset = 0;
            state.day = yesterday;
        }
        Ok(PullPage {
            records,
            cursor: cursor_text(&state),
            more,
            listing: None,
        })
    }

    /// What became of a job: its own word, and for mail what Messaging says.
    async fn delivery(&self, job: &wire::Job) -> Result<Result<Delivery, Unfit>, PullError> {
        let mut delivery = job.delivery();
        let (Some(messaging), Some(tracker)) = (&self.messaging, &job.tracker_id) else {
            return Ok(Ok(delivery));
        };
        if !states::is_mail(&job.channel) || job.status == "canceled" {
            return Ok(Ok(delivery));
        }
        let ask = Ask::get("/mra/v1/outbound/emails/status").query("job_id", tracker);
        let answer = match messaging.read_json(&ask).await {
            Ok(answer) => answer,
            // Not handed over yet.
            Err(PullError::Refused { status: 404, .. }) => return Ok(Ok(delivery)),
            Err(error) => return Err(error),
        };
        Ok(wire::add_mail_status(&mut delivery, tracker, &answer).map(|()| delivery))
    }

    /// Mail events since the last window, and every mail whose end is still open: each is asked about at Messaging.
    pub(super) async fn deliveries(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut state: DeliveriesCursor = match request.cursor.as_deref() {
            Some(text) => cursor(text)?,
            // The jobs of the first pull already carry what became of them; events of the last day find the open ones.
            None => DeliveriesCursor {
                at: request.now.plus(-DAY).0,
                ..DeliveriesCursor::default()
            },
        };
        let (from, to) = (Millis(state.at).plus(-OVERLAP), request.now);
        let path = format!(
            "/ei/api/v1/eventmetrics/email-event/{}/{}/content",
            segment(&self.tenant),
            segment(&self.domain)
        );
        let ask = Ask::get(path)
            .query("lastUpdateTimeStart", from.rfc3339())
            .query("lastUpdateTimeEnd", to.rfc3339());
        let answer = self.session.read_json(&ask).await?;
        let rows = wire::rows(&answer).map_err(drift)?;
        let mut records = Vec::new();
        let mut seen = BTreeSet::new();
        let mut jobs: BTreeMap<String, Value> = BTreeMap::new();
        let mut latest: BTreeMap<String, wire::MailEvent> = BTreeMap::new();
        for (at, row) in rows.rows.iter().enumerate() {
            let place = format!("events[{at}]");
            match wire::mail_event(row, &place) {
                Ok(event) => {
                    if event.updated_at >= to.plus(-OVERLAP) {
                        seen.insert(event.event_id.clone());
                    }
                    if !state.seen.contains(&event.event_id) {
                        state
                            .open
                            .entry(event.job_id.clone())
                            .or_insert(event.updated_at.0.min(to.0));
                        jobs.insert(event.job_id.clone(), row.clone());
                        let newest = latest.entry(event.job_id.clone()).or_insert(event.clone());
                        if newest.updated_at <= event.updated_at {
                            *newest = event;
                        }
                    }
                }
                Err(unfit) => {
                    let name = name_of(row, "/eventId", &place);
                    records.push(fetched(&name, row, Err(unfit)));
                }
            }
        }
        forget_oldest(&mut state.open);
        // What was told of just now comes first, then those asked about longest ago.
        let mut waiting: Vec<&String> = state
            .open
            .keys()
            .filter(|id| !jobs.contains_key(*id))
            .collect();
        let turn = waiting.partition_point(|id| Some(*id) <= state.asked_to.as_ref());
        waiting.rotate_left(turn);
        let asked: Vec<String> = jobs
            .keys()
            .chain(waiting)
            .take(MOST_ASKED)
            .cloned()
            .collect();
        state.asked_to = asked.last().filter(|id| !jobs.contains_key(*id)).cloned();
        let answers: Vec<Result<Told, PullError>> = stream::iter(asked)
            .map(|id| async move {
                let delivery = match self.job(&id).await {
                    Ok(job) => self.delivery(&job).await?,
                    Err(PullError::Drift(message)) => Err(Unfit {
                        code: "WIRE_TYPE".to_owned(),
                        message,
                    }),
                    Err(PullError::Refused {
                        status: 404,
                        message,
                    }) => Err(Unfit {
                        code: "WIRE_UNKNOWN_JOB".to_owned(),
                        message,
                    }),
                    Err(error) => return Err(error),
                };
                Ok((id, delivery))
            })
            .buffered(PARALLEL)
            .collect()
            .await;
        for answer in answers {
            let (id, mut delivery) = answer?;
            if let (None, Some(event), Ok(delivery)) =
                (&self.messaging, latest.get(&id), &mut delivery)
            {
                wire::add_mail_event(delivery, event);
            }
            let is_open = delivery
                .as_ref()
                .is_ok_and(|d| matches!(d.state.as_str(), "released" | "sent" | states::UNKNOWN));
            let young = state
                .open
                .get(&id)
                .is_some_and(|at| to.since(Millis(*at)) < GIVE_UP);
            if !is_open || !young {
                state.open.remove(&id);
            }
            let raw = jobs
                .get(&id)
                .cloned()
                .unwrap_or_else(|| serde_json::json!({ "jobId": id }));
            records.push(fetched(
                &format!("job-{id}"),
                &raw,
                delivery.map(Record::Delivery),
            ));
        }
        state.seen = seen;
        state.at = to.0;
        Ok(PullPage {
            records,
            cursor: cursor_text(&state),
            more: false,
            listing: None,
        })
    }
}
