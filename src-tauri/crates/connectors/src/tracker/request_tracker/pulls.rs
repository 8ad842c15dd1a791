//! Reading changed tickets, with the messages of each.

use domain::{
    Millis,
    record::{Record, TicketEntry},
};
use serde_json::Value;

use super::{
    super::messages::{State, Window},
    API, RequestTracker, wire,
};
use crate::{
    Fetched, PullError, PullPage, PullRequest,
    fields::{Fields, drift, fetched, name_of, read_cursor, write_cursor},
    http::Ask,
    limits::Budget,
    port::Unfit,
};

/// Tickets of one request; the tracker gives no more.
const PER_PAGE: usize = 100;
/// Pages of one history.
const HISTORY: usize = 50;

/// Transactions in their order: place, raw text, reading.
#[derive(Default)]
struct History(Vec<(String, Value, Result<wire::Transaction, Unfit>)>);

impl History {
    /// The number of the last transaction, which is the entity tag.
    fn version(&self) -> Option<String> {
        let numbers = self
            .0
            .iter()
            .filter_map(|(_, _, read)| read.as_ref().ok()?.id.parse().ok());
        numbers.max().map(|v: u64| v.to_string())
    }
}

impl RequestTracker {
    /// One page of tickets changed since the window began.
    pub(super) async fn pull_tickets(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut window: Window = read_cursor(request)?;
        window.begin(self.reads_utc().await?);
        let since = window.since().unwrap_or(Millis(0)).max(Millis(0));
        let instant = since
            .utc()
            .map_or_else(String::new, |t| t.format("%Y-%m-%d %H:%M:%S").to_string());
        let ask = Ask::get(format!("{API}/tickets"))
            .query("query", format!("LastUpdated >= '{instant}'"))
            .query("orderby", "LastUpdated")
            .query("order", "ASC")
            .query("page", window.page + 1)
            .query("per_page", PER_PAGE)
            .query(
                "fields",
                "Subject,Status,Queue,Owner,Priority,Created,LastUpdated,CustomFields",
            )
            .query("fields[Queue]", "Name")
            .query("fields[Owner]", "Name");
        let body = self.session.read_json(&ask).await?;
        let page = wire::page(&body).map_err(drift)?;
        let budget = Budget::default();
        let mut records = Vec::new();
        let mut states = Vec::new();
        for (i, item) in page.items.iter().enumerate() {
            let place = format!("tickets[{}]", window.page * PER_PAGE + i);
            let read = wire::ticket(item, &place, &self.marker_field, &self.number_prefix);
            let mut ticket = match read {
                Ok(ticket) => ticket,
                Err(unfit) => {
                    records.push(fetched(&name_of(item, "/id", &place), item, Err(unfit)));
                    continue;
                }
            };
            if window.settled(&ticket.id, ticket.updated_at) {
                continue;
            }
            let history = self.transactions(&ticket.id).await?;
            ticket.version = history.version();
            let state = State {
                id: ticket.id.clone(),
                at: ticket.updated_at,
                version: ticket.version.clone(),
            };
            let known = window.may_know(&state.id, state.at) && window.knows(&state);
            states.push(state);
            if known {
                continue;
            }
            if ticket.queue.bytes().all(|b| b.is_ascii_digit()) {
                ticket.queue = self.queue_name(&ticket.queue).await;
            }
            let entries = self
                .entries(&ticket.id, &history, window.entries_from, &budget)
                .await?;
            records.push(fetched(&place, item, Ok(Record::Ticket(ticket))));
            records.extend(entries);
        }
        window.step(states, page.more, request.now);
        Ok(PullPage {
            records,
            cursor: write_cursor(&window),
            more: page.more,
            listing: None,
        })
    }

    /// Whether the tracker reads times in UTC: the youngest ticket is asked for by its own time. Asked once, and again
    /// as long as there is no ticket.
    async fn reads_utc(&self) -> Result<bool, PullError> {
        if let Some(known) = self.in_utc.get() {
            return Ok(*known);
        }
        let ask = |query: String| {
            Ask::get(format!("{API}/tickets"))
                .query("query", query)
                .query("orderby", "LastUpdated")
                .query("order", "DESC")
                .query("per_page", 1)
                .query("fields", "LastUpdated")
        };
        let body = self.session.read_json(&ask("id > 0".to_owned())).await?;
        let page = wire::page(&body).map_err(drift)?;
        let Some(item) = page.items.first() else {
            return Ok(true);
        };
        let named =
            Fields::of(item, "tickets[0]").and_then(|f| Ok((f.id("id")?, f.time("LastUpdated")?)));
        let named = named
            .ok()
            .filter(|(id, _)| id.bytes().all(|b| b.is_ascii_digit()));
        let Some((id, at)) = named else {
            // It does not read; the page that holds it will say where.
            return Ok(true);
        };
        let at = at
            .utc()
            .map_or_else(String::new, |t| t.format("%Y-%m-%d %H:%M:%S").to_string());
        let query = format!("id = {id} AND LastUpdated >= '{at}' AND LastUpdated <= '{at}'");
        let body = self.session.read_json(&ask(query)).await?;
        let found = !wire::page(&body).map_err(drift)?.items.is_empty();
        // A ticket that changed between the two questions only makes the window wider until the next start.
        Ok(*self.in_utc.get_or_init(|| async { found }).await)
    }

    /// The history of a ticket, without the texts.
    async fn transactions(&self, ticket_id: &str) -> Result<History, PullError> {
        let mut history = History::default();
        let budget = Budget::default();
        for page in 1..=HISTORY {
            let (items, more) = self.history(ticket_id, "ASC", page, &budget).await?;
            for (i, item) in items.into_iter().enumerate() {
                let place = format!("ticket/{ticket_id}/history[{}]", (page - 1) * 100 + i);
                let read = wire::transaction(&item, &place);
                history.0.push((place, item, read));
            }
            if !more {
                break;
            }
        }
        Ok(history)
    }

    /// Messages of a ticket since an instant.
    async fn entries(
        &self,
        ticket_id: &str,
        history: &History,
        since: Option<Millis>,
        budget: &Budget,
    ) -> Result<Vec<Fetched>, PullError> {
        let mut entries = Vec::new();
        for (place, item, read) in &history.0 {
            match read {
                Ok(transaction) => {
                    if since.is_none_or(|since| transaction.created_at >= since)
                        && let Some(entry) = self.entry(ticket_id, item, place, transaction).await?
                    {
                        if let Ok(Record::TicketEntry(entry)) = &entry.record
                            && !budget.hold(entry.body.len())
                        {
                            let words = "the messages of one page of tickets are too large";
                            return Err(PullError::Drift(words.to_owned()));
                        }
                        entries.push(entry);
                    }
                }
                Err(unfit) => {
                    let name = name_of(item, "/id", place);
                    entries.push(fetched(&name, item, Err(unfit.clone())));
                }
            }
        }
        Ok(entries)
    }

    async fn entry(
        &self,
        ticket_id: &str,
        raw: &Value,
        place: &str,
        transaction: &wire::Transaction,
    ) -> Result<Option<Fetched>, PullError> {
        let Some(visibility) = transaction.visibility() else {
            return Ok(None);
        };
        let body = match self.message_of(transaction).await {
            Ok(body) => body,
            // One message that does not read spoils no page; its transaction is shown without words.
            Err(PullError::Drift(words)) => {
                let unfit = Unfit {
                    code: "WIRE_TYPE".into(),
                    message: format!("{place}: {words}"),
                };
                return Ok(Some(fetched(&transaction.id, raw, Err(unfit))));
            }
            Err(error) => return Err(error),
        };
        Ok(Some(fetched(
            place,
            raw,
            Ok(Record::TicketEntry(TicketEntry {
                id: transaction.id.clone(),
                ticket_id: ticket_id.to_owned(),
                author: transaction.creator.clone(),
                visibility,
                body,
                created_at: transaction.created_at,
            })),
        )))
    }
}
