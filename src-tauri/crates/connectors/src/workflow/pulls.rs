//! Reading: open tasks, finished tasks, process instances.

use std::collections::HashSet;

use domain::{
    Kind, Millis, ObjectRef, System,
    record::Record,
    time::{MINUTE, SECOND},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{TASKS, WorkflowConnector, wire};
use crate::{
    Fetched, PullError, PullPage, PullRequest,
    fields::{drift, fetched, name_of, read_cursor, write_cursor},
    http::Ask,
    limits::Budget,
};

/// Where a task or an instance names itself.
const ID: &str = "/id";
/// Items of one request.
const COUNT: usize = 200;
/// Requests of one re-read of the open tasks.
const PAGES: usize = 100;
/// How far a window reaches back behind the last instant seen: finished work may be written late.
const OVERLAP: i64 = 2 * MINUTE;

/// Where a window over the history stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Window {
    /// Begin of the window.
    after: Option<Millis>,
    /// Items of it already read.
    offset: usize,
    /// Latest instant seen in it.
    latest: Option<Millis>,
}

impl Window {
    /// Moves on: within the window, or to the next one when this page was the last.
    fn step(&mut self, read: usize, last: bool, latest: Option<Millis>) {
        self.latest = self.latest.max(latest);
        if last {
            self.after = self.latest.map(|at| at.plus(-OVERLAP)).max(self.after);
            self.offset = 0;
            self.latest = None;
        } else {
            self.offset += read;
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct ProcessCursor {
    started: Window,
    finished: Window,
    /// Whether the finished ones are being read.
    ending: bool,
}

/// What one request brought.
struct Page {
    items: Vec<Value>,
    total: Option<usize>,
}

impl WorkflowConnector {
    async fn page(&self, ask: &Ask, key: &str, budget: &Budget) -> Result<Page, PullError> {
        let body = self.session.read_json_within(ask, budget).await?;
        let (items, total) = wire::items(&body, key).map_err(drift)?;
        Ok(Page {
            items: items.to_vec(),
            total,
        })
    }

    /// One page of the history service, oldest first by `sort`.
    async fn history(
        &self,
        what: &str,
        sort: &str,
        window: &Window,
        parameters: &[(&str, String)],
    ) -> Result<Page, PullError> {
        let mut ask = Ask::get(format!("{}/{what}", self.history))
            .query("sort", sort)
            .query("order", "asc")
            .query("offset", window.offset)
            .query("count", COUNT);
        for (name, value) in parameters {
            ask = ask.query(name, value);
        }
        self.page(&ask, what, &Budget::default()).await
    }

    /// Learns the business keys of instances not seen yet.
    pub(super) async fn learn_keys(&self, items: &[Value]) -> Result<(), PullError> {
        let unknown = {
            let keys = self.keys();
            items.iter().any(|item| {
                let told = item.get("processBusinessKey").and_then(Value::as_str);
                let id = item.get("processInstanceId").and_then(Value::as_str);
                told.is_none() && id.is_some_and(|id| !keys.by_process.contains_key(id))
            })
        };
        if !unknown {
            return Ok(());
        }
        let known_to = self.keys().known_to;
        let mut window = Window::default();
        for _ in 0..PAGES {
            let mut parameters = Vec::new();
            if let Some(at) = known_to {
                parameters.push(("startedAfter", wire::parameter(at.plus(-OVERLAP))));
            }
            let page = self
                .history(
                    "historic-process-instances",
                    "startTime",
                    &window,
                    &parameters,
                )
                .await?;
            let read = page.items.len();
            for (i, item) in page.items.iter().enumerate() {
                if let Ok(Record::Process(process)) = wire::process(item, &format!("[{i}]")) {
                    let mut keys = self.keys();
                    let started = process.started_at.min(self.session.now());
                    keys.known_to = keys.known_to.max(Some(started));
                    keys.by_process
                        .insert(process.id, process.business_key.unwrap_or_default());
                }
            }
            window.offset += read;
            if read < COUNT {
                break;
            }
        }
        // What the history does not know has no key either; it is not asked for again with every task.
        let mut keys = self.keys();
        for item in items {
            if let Some(id) = item.get("processInstanceId").and_then(Value::as_str) {
                keys.by_process.entry(id.to_owned()).or_default();
            }
        }
        Ok(())
    }

    fn key_of(&self, process: &str) -> Option<String> {
        self.keys()
            .by_process
            .get(process)
            .filter(|k| !k.is_empty())
            .cloned()
    }

    /// The open tasks, all of them: the service has no changed-since. The listing is only given when the pages add up
    /// to what the service says it has, because offsets move when a task is completed between two pages.
    pub(super) async fn pull_open(&self) -> Result<PullPage, PullError> {
        let budget = Budget::default();
        let mut records = Vec::new();
        let mut seen = HashSet::new();
        let mut listing = Vec::new();
        let mut offset = 0;
        let mut total = None;
        let mut whole = true;
        for page_number in 0..PAGES {
            let ask = Ask::get(TASKS)
                .query("sort", "createTime")
                .query("order", "asc")
                .query("offset", offset)
                .query("count", COUNT);
            let page = self.page(&ask, "tasks", &budget).await?;
            self.learn_keys(&page.items).await?;
            whole &= total.is_none_or(|t| t == page.total);
            total = Some(page.total);
            let read = page.items.len();
            for (i, item) in page.items.iter().enumerate() {
                let place = format!("tasks[{}]", offset + i);
                let record = wire::task(item, &place, |id| self.key_of(id));
                let told = fetched(&name_of(item, ID, &place), item, record);
                if seen.insert(told.remote_id.clone()) {
                    listing.push(ObjectRef::new(
                        Kind::Task,
                        System::Workflow,
                        told.remote_id.clone(),
                    ));
                    whole &= told.record.is_ok();
                    records.push(told);
                }
            }
            offset += read;
            if read < COUNT {
                break;
            }
            whole &= page_number + 1 < PAGES;
        }
        let complete = whole && total.flatten().is_none_or(|t| t == seen.len());
        Ok(PullPage {
            records,
            cursor: write_cursor(&self.session.now()),
            more: false,
            listing: complete.then_some(listing),
        })
    }

    /// Finished tasks, by the instant they were completed.
    pub(super) async fn pull_done(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut window: Window = read_cursor(request)?;
        let mut parameters = vec![
            ("finished", "true".to_owned()),
            ("includeTaskLocalVariables", "true".to_owned()),
        ];
        if let Some(after) = window.after {
            parameters.push(("taskCompletedAfter", wire::parameter(after)));
        }
        let page = self
            .history("historic-task-instances", "endTime", &window, &parameters)
            .await?;
        self.learn_keys(&page.items).await?;
        let mut latest = None;
        let records: Vec<Fetched> = page
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let place = format!("historic-task-instances[{}]", window.offset + i);
                let record = wire::task(item, &place, |id| self.key_of(id));
                if let Ok(Record::Task(task)) = &record {
                    // A time that lies ahead would have the next window begin there.
                    latest = latest.max(task.completed_at.map(|at| at.min(request.now)));
                }
                fetched(&name_of(item, ID, &place), item, record)
            })
            .collect();
        let last = records.len() < COUNT;
        window.step(records.len(), last, latest);
        Ok(PullPage {
            records,
            cursor: write_cursor(&window),
            more: !last,
            listing: None,
        })
    }

    /// Instances, first by start, then by end: an instance that ended since is read again.
    pub(super) async fn pull_processes(
        &self,
        request: &PullRequest,
    ) -> Result<PullPage, PullError> {
        let mut cursor: ProcessCursor = read_cursor(request)?;
        let ending = cursor.ending;
        let window = if ending {
            &mut cursor.finished
        } else {
            &mut cursor.started
        };
        let mut parameters = Vec::new();
        if ending {
            parameters.push(("finished", "true".to_owned()));
        }
        if let Some(after) = window.after {
            let name = if ending {
                "finishedAfter"
            } else {
                "startedAfter"
            };
            parameters.push((name, wire::parameter(after)));
        }
        let sort = if ending { "endTime" } else { "startTime" };
        let page = self
            .history("historic-process-instances", sort, window, &parameters)
            .await?;
        let mut latest = None;
        let records: Vec<Fetched> = page
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let place = format!("historic-process-instances[{}]", window.offset + i);
                let record = wire::process(item, &place);
                if let Ok(Record::Process(process)) = &record {
                    let mut keys = self.keys();
                    let key = process.business_key.clone().unwrap_or_default();
                    keys.by_process.insert(process.id.clone(), key);
                    let at = if ending {
                        process.ended_at
                    } else {
                        Some(process.started_at)
                    };
                    latest = latest.max(at.map(|at| at.min(request.now)));
                }
                fetched(&name_of(item, ID, &place), item, record)
            })
            .collect();
        let last = records.len() < COUNT;
        window.step(records.len(), last, latest);
        // A first read by start brings the ended ones too; the window of the ended ones begins where it ended.
        if last && !ending && cursor.finished.after.is_none() {
            cursor.finished.after = Some(self.session.now().plus(-10 * MINUTE - SECOND));
        }
        cursor.ending = last && !ending;
        Ok(PullPage {
            records,
            cursor: write_cursor(&cursor),
            more: !last || cursor.ending,
            listing: None,
        })
    }
}
