//! Reading changed tickets, with the messages of each.

use domain::{
    Millis,
    record::{Record, Ticket, TicketEntry},
};
use serde_json::Value;

use super::{super::messages::Window, API, RequestTracker, wire};
use crate::{
    Fetched, PullError, PullPage, PullRequest,
    fields::{drift, fetched, read_cursor, write_cursor},
    http::Ask,
};

/// Tickets of one request; the tracker gives no more.
const PER_PAGE: usize = 100;
/// Pages of one history.
const HISTORY: usize = 50;

impl RequestTracker {
    /// One page of tickets changed since the window began.
    pub(super) async fn pull_tickets(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut window: Window = read_cursor(request)?;
        window.begin();
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
        let mut records = Vec::new();
        let mut states = Vec::new();
        for (i, item) in page.items.iter().enumerate() {
            let place = format!("tickets[{}]", window.page * PER_PAGE + i);
            let read = wire::ticket(item, &place, &self.marker_field, &self.number_prefix);
            let mut ticket = match read {
                Ok(ticket) => ticket,
                Err(unfit) => {
                    records.push(fetched(&place, item, Err(unfit)));
                    continue;
                }
            };
            states.push((ticket.id.clone(), ticket.updated_at));
            if window.knows(&ticket.id, ticket.updated_at) {
                continue;
            }
            if ticket.queue.bytes().all(|b| b.is_ascii_digit()) {
                ticket.queue = self.queue_name(&ticket.queue).await;
            }
            let entries = self.entries(&mut ticket, window.entries_from).await?;
            records.push(fetched(&place, item, Ok(Record::Ticket(ticket))));
            records.extend(entries);
        }
        window.step(&states, page.more);
        Ok(PullPage {
            records,
            cursor: write_cursor(&window),
            more: page.more,
            listing: None,
        })
    }

    /// Messages of a ticket since an instant; the last transaction of its history is its version.
    async fn entries(
        &self,
        ticket: &mut Ticket,
        since: Option<Millis>,
    ) -> Result<Vec<Fetched>, PullError> {
        let mut entries = Vec::new();
        let mut version: Option<u64> = None;
        for page in 1..=HISTORY {
            let (items, more) = self.history(&ticket.id, "ASC", page).await?;
            for (i, item) in items.iter().enumerate() {
                let place = format!("ticket/{}/history[{}]", ticket.id, (page - 1) * 100 + i);
                match wire::transaction(item, &place) {
                    Ok(transaction) => {
                        version = version.max(transaction.id.parse().ok());
                        let late = since.is_none_or(|since| transaction.created_at >= since);
                        if late && transaction.visibility().is_some() {
                            entries
                                .extend(self.entry(&ticket.id, item, &place, &transaction).await?);
                        }
                    }
                    Err(unfit) => entries.push(fetched(&place, item, Err(unfit))),
                }
            }
            if !more {
                break;
            }
        }
        ticket.version = version.map(|v| v.to_string());
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
                let unfit = crate::port::Unfit {
                    code: "WIRE_TYPE".into(),
                    message: format!("{place}: {words}"),
                };
                return Ok(Some(fetched(place, raw, Err(unfit))));
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
