//! ServiceNow, Table API.

mod calls;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod pulls;
mod wire;

use async_trait::async_trait;
use domain::{
    System,
    operation::{Level, Operation},
};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{Change, Dialect, Link, Message, NewTicket};
use crate::{
    CallError, ConnectionConfig, Content, LookUp, Probe, PullError, PullPage, PullRequest, Receipt,
    Session, SessionParts, SignIn,
    fields::segment,
    http::Ask,
    limits::{Budget, MAX_ATTACHMENT},
    port::CheckStep,
    text::safe_file_name,
};

/// The dialect.
#[derive(Debug)]
pub(super) struct ServiceNow {
    session: Session,
    /// Table of the tickets, such as `incident`.
    table: String,
    /// Group for tickets that name none.
    group: String,
    /// Whether the journal can be read; where it cannot, nobody can tell whether a comment arrived.
    journal: bool,
    /// Whether the instance reads the times of our queries in UTC.
    in_utc: OnceCell<bool>,
}

impl ServiceNow {
    pub(super) fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        let sign_in = if config.setting("sign_in") == Some("oauth") {
            // Where every instance has it, unless something else is said.
            let usual = || format!("{}/oauth_token.do", config.base_url.trim_end_matches('/'));
            let token_url = config.setting("token_url");
            SignIn::Otds {
                token_url: token_url.map_or_else(usual, str::to_owned),
            }
        } else {
            SignIn::Basic
        };
        Self {
            session: Session::new(System::Tracker, config, sign_in, parts),
            table: config.setting("table").unwrap_or("incident").to_owned(),
            group: config.setting("queue").unwrap_or_default().to_owned(),
            journal: config.setting("journal") != Some("hidden"),
            in_utc: OnceCell::new_with(config.setting("utc").map(|word| word != "false")),
        }
    }

    fn table_path(&self) -> String {
        format!("/api/now/table/{}", segment(&self.table))
    }

    fn row_path(&self, id: &str) -> String {
        format!("{}/{}", self.table_path(), segment(id))
    }

    /// Rows that answer an encoded query.
    async fn rows(
        &self,
        table: &str,
        query: &str,
        limit: usize,
        offset: usize,
        budget: &Budget,
    ) -> Result<Vec<Value>, PullError> {
        let ask = Ask::get(format!("/api/now/table/{}", segment(table)))
            .query("sysparm_query", query)
            .query("sysparm_exclude_reference_link", "true")
            .query("sysparm_limit", limit)
            .query("sysparm_offset", offset);
        let body = self.session.read_json_within(&ask, budget).await?;
        wire::rows(&body)
            .map(<[Value]>::to_vec)
            .map_err(crate::fields::drift)
    }
}

#[async_trait]
impl Dialect for ServiceNow {
    fn session(&self) -> &Session {
        &self.session
    }

    fn level(&self, operation: Operation) -> Level {
        match operation {
            Operation::CommentTicket | Operation::ReplyTicket | Operation::LinkTicket
                if !self.journal =>
            {
                Level::C
            }
            _ => Level::B,
        }
    }

    fn endpoint(&self, operation: Operation) -> (&'static str, &'static str) {
        match operation {
            Operation::CreateTicket => ("POST", "/api/now/table/{table}"),
            _ => ("PATCH", "/api/now/table/{table}/{sys_id}"),
        }
    }

    async fn pull(&self, request: &PullRequest) -> Result<PullPage, PullError> {
        self.pull_tickets(request).await
    }

    async fn create(&self, ticket: &NewTicket<'_>) -> Result<Receipt, CallError> {
        self.create_ticket(ticket).await
    }

    async fn find_created(&self, ticket: &NewTicket<'_>) -> Result<LookUp, CallError> {
        self.find_ticket(ticket).await
    }

    async fn say(&self, message: &Message<'_>) -> Result<Receipt, CallError> {
        self.post_message(message).await
    }

    async fn find_said(&self, message: &Message<'_>) -> Result<LookUp, CallError> {
        self.find_note(message.ticket_id, message.reference).await
    }

    async fn update(&self, change: &Change<'_>) -> Result<Receipt, CallError> {
        self.change_ticket(change).await
    }

    async fn find_update(&self, change: &Change<'_>) -> Result<LookUp, CallError> {
        self.has_changes(change).await
    }

    async fn link(&self, link: &Link<'_>) -> Result<Receipt, CallError> {
        self.note_link(link).await
    }

    async fn find_link(&self, link: &Link<'_>) -> Result<LookUp, CallError> {
        self.find_note(link.ticket_id, link.reference).await
    }

    async fn content(&self, id: &str) -> Result<Content, PullError> {
        let ask =
            Ask::get(format!("/api/now/attachment/{}/file", segment(id))).limit(MAX_ATTACHMENT);
        let answer = self.session.read(&ask).await?;
        let media_type = answer
            .header("content-type")
            .unwrap_or("application/octet-stream")
            .to_owned();
        Ok(Content {
            bytes: answer.body,
            media_type,
            name: safe_file_name(id),
        })
    }

    async fn check(&self) -> Vec<CheckStep> {
        let ask = Ask::get(self.table_path()).query("sysparm_limit", 1);
        self.session.check(&Probe::new(ask, &["/result"])).await
    }
}
