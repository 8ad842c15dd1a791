//! Reading changed rows, with the journal of each.

use domain::{Millis, record::Record};

use super::{
    super::messages::{State, Window},
    ServiceNow,
    calls::literal,
    wire,
};
use crate::{
    Fetched, PullError, PullPage, PullRequest,
    fields::{fetched, name_of, read_cursor, write_cursor},
    limits::Budget,
};

/// Rows of one request.
const LIMIT: usize = 100;
/// Where a row names itself.
const ID: &str = "/sys_id";

impl ServiceNow {
    /// One page of rows changed since the window began.
    pub(super) async fn pull_tickets(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        let mut window: Window = read_cursor(request)?;
        window.begin(self.reads_utc().await?);
        let since = window.since().unwrap_or(Millis(0)).max(Millis(0));
        let query = format!(
            "sys_updated_on>={}^ORDERBYsys_updated_on",
            wire::instant(since)
        );
        let budget = Budget::default();
        let rows = self
            .rows(&self.table, &query, LIMIT, window.page * LIMIT, &budget)
            .await?;
        let full = rows.len() >= LIMIT;
        let mut records = Vec::new();
        let mut states = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let place = format!("{}[{}]", self.table, window.page * LIMIT + i);
            match wire::ticket(row, &place) {
                Ok(ticket) if window.settled(&ticket.id, ticket.updated_at) => {}
                Ok(ticket) => {
                    let state = State {
                        id: ticket.id.clone(),
                        at: ticket.updated_at,
                        version: ticket.version.clone(),
                    };
                    let known = window.knows(&state);
                    states.push(state);
                    if known {
                        continue;
                    }
                    let id = ticket.id.clone();
                    records.push(fetched(&place, row, Ok(Record::Ticket(ticket))));
                    if self.journal {
                        records.extend(self.journal_of(&id, window.entries_from, &budget).await?);
                    }
                }
                Err(unfit) => records.push(fetched(&name_of(row, ID, &place), row, Err(unfit))),
            }
        }
        window.step(states, full, request.now);
        Ok(PullPage {
            records,
            cursor: write_cursor(&window),
            more: full,
            listing: None,
        })
    }

    /// Whether the instance reads times in UTC: the youngest row is asked for by its own time.
    async fn reads_utc(&self) -> Result<bool, PullError> {
        if let Some(known) = self.in_utc.get() {
            return Ok(*known);
        }
        let rows = self
            .rows(
                &self.table,
                "ORDERBYDESCsys_updated_on",
                1,
                0,
                &Budget::default(),
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(true);
        };
        let Ok(ticket) = wire::ticket(row, "record") else {
            // It does not read; the page that holds it will say where.
            return Ok(true);
        };
        let at = wire::instant(ticket.updated_at);
        let query = format!(
            "sys_id={}^sys_updated_on>={at}^sys_updated_on<={at}",
            literal(&ticket.id)
        );
        let found = !self
            .rows(&self.table, &query, 1, 0, &Budget::default())
            .await?
            .is_empty();
        Ok(*self.in_utc.get_or_init(|| async { found }).await)
    }

    async fn journal_of(
        &self,
        id: &str,
        since: Option<Millis>,
        budget: &Budget,
    ) -> Result<Vec<Fetched>, PullError> {
        let mut query = format!("element_id={}^elementINcomments,work_notes", literal(id));
        if let Some(since) = since {
            query.push_str(&format!("^sys_created_on>={}", wire::instant(since)));
        }
        query.push_str("^ORDERBYsys_created_on");
        let mut entries = Vec::new();
        for page in 0..20 {
            let rows = self
                .rows("sys_journal_field", &query, LIMIT, page * LIMIT, budget)
                .await?;
            for (i, row) in rows.iter().enumerate() {
                let place = format!("sys_journal_field/{id}[{}]", page * LIMIT + i);
                let entry = wire::entry(row, &place).map(Record::TicketEntry);
                entries.push(fetched(&name_of(row, ID, &place), row, entry));
            }
            if rows.len() < LIMIT {
                break;
            }
        }
        Ok(entries)
    }
}
