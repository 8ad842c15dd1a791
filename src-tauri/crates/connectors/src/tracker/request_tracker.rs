//! Request Tracker 5, REST2.

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
    fields::{drift, segment},
    http::Ask,
    limits::{Budget, MAX_ANSWER},
    port::CheckStep,
    text::safe_file_name,
};

/// The dialect.
#[derive(Debug)]
pub(super) struct RequestTracker {
    session: Session,
    /// Queue for tickets that name one this tracker does not have.
    queue: String,
    /// Custom field that carries the case id.
    marker_field: String,
    /// What stands before a ticket number, such as `OPS-`.
    number_prefix: String,
    queues: OnceCell<Vec<(String, String)>>,
    /// Whether the tracker reads the times of our queries in UTC.
    in_utc: OnceCell<bool>,
}

const API: &str = "/REST/2.0";

impl RequestTracker {
    pub(super) fn new(config: &ConnectionConfig, parts: &SessionParts) -> Self {
        // A user without a password is no sign-in; a token needs no user.
        let whole = ["username", "password"].map(|name| config.secret(name).unwrap_or_default());
        let sign_in = if whole.iter().all(|value| !value.is_empty()) {
            SignIn::Basic
        } else {
            SignIn::Fixed { scheme: "token" }
        };
        let setting =
            |name: &str, fallback: &str| config.setting(name).unwrap_or(fallback).to_owned();
        Self {
            session: Session::new(System::Tracker, config, sign_in, parts),
            queue: setting("queue", "General"),
            marker_field: setting("marker_field", "PartnerCase"),
            number_prefix: setting("number_prefix", "#"),
            queues: OnceCell::new(),
            in_utc: OnceCell::new_with(config.setting("utc").map(|word| word != "false")),
        }
    }

    fn ticket_path(id: &str, rest: &str) -> String {
        format!("{API}/ticket/{}{rest}", segment(id))
    }

    /// Queues by id and name, asked once.
    async fn queues(&self) -> Result<&[(String, String)], PullError> {
        self.queues
            .get_or_try_init(|| async {
                let ask = Ask::get(format!("{API}/queues/all"))
                    .query("fields", "Name")
                    .query("per_page", 100);
                let body = self.session.read_json(&ask).await?;
                let page = wire::page(&body).map_err(drift)?;
                page.items
                    .iter()
                    .map(wire::queue)
                    .collect::<Result<_, _>>()
                    .map_err(drift)
            })
            .await
            .map(Vec::as_slice)
    }

    /// Name of a queue by id.
    async fn queue_name(&self, id: &str) -> String {
        let known = self
            .queues()
            .await
            .ok()
            .and_then(|all| all.iter().find(|q| q.0 == id));
        known.map_or_else(|| id.to_owned(), |q| q.1.clone())
    }

    /// Text of a transaction's message, empty when it has none.
    async fn message_of(&self, transaction: &wire::Transaction) -> Result<String, PullError> {
        for id in &transaction.attachments {
            let ask = Ask::get(format!("{API}/attachment/{}", segment(id)));
            let body = match self.session.read_json(&ask).await {
                Ok(body) => body,
                Err(PullError::Refused { .. }) => continue,
                Err(error) => return Err(error),
            };
            let attachment = wire::attachment(&body).map_err(drift)?;
            if attachment.file_name.is_empty() && attachment.media_type.starts_with("text/") {
                let text = String::from_utf8_lossy(&attachment.bytes);
                return Ok(super::messages::plain(&attachment.media_type, &text));
            }
        }
        Ok(String::new())
    }

    /// One page of the history of a ticket.
    async fn history(
        &self,
        ticket_id: &str,
        order: &str,
        page: usize,
        budget: &Budget,
    ) -> Result<(Vec<Value>, bool), PullError> {
        let ask = Ask::get(Self::ticket_path(ticket_id, "/history"))
            .query("fields", "Type,Creator,Created,_hyperlinks")
            .query("orderby", "id")
            .query("order", order)
            .query("per_page", 100)
            .query("page", page);
        let body = self.session.read_json_within(&ask, budget).await?;
        let found = wire::page(&body).map_err(drift)?;
        Ok((found.items.to_vec(), found.more))
    }
}

#[async_trait]
impl Dialect for RequestTracker {
    fn session(&self) -> &Session {
        &self.session
    }

    fn level(&self, _operation: Operation) -> Level {
        Level::B
    }

    fn endpoint(&self, operation: Operation) -> (&'static str, &'static str) {
        match operation {
            Operation::CommentTicket => ("POST", "/REST/2.0/ticket/{id}/comment"),
            Operation::ReplyTicket => ("POST", "/REST/2.0/ticket/{id}/correspond"),
            Operation::UpdateTicket | Operation::LinkTicket => ("PUT", "/REST/2.0/ticket/{id}"),
            _ => ("POST", "/REST/2.0/ticket"),
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
        self.find_message(message.ticket_id, message.reference)
            .await
    }

    async fn update(&self, change: &Change<'_>) -> Result<Receipt, CallError> {
        self.change_ticket(change).await
    }

    async fn find_update(&self, change: &Change<'_>) -> Result<LookUp, CallError> {
        self.has_changes(change).await
    }

    async fn link(&self, link: &Link<'_>) -> Result<Receipt, CallError> {
        self.add_link(link).await
    }

    async fn find_link(&self, link: &Link<'_>) -> Result<LookUp, CallError> {
        self.has_link(link).await
    }

    async fn content(&self, id: &str) -> Result<Content, PullError> {
        let ask = Ask::get(format!("{API}/attachment/{}", segment(id))).limit(MAX_ANSWER);
        let body = self.session.read_json(&ask).await?;
        let attachment = wire::attachment(&body).map_err(drift)?;
        Ok(Content {
            bytes: attachment.bytes,
            media_type: attachment.media_type,
            name: safe_file_name(&attachment.file_name),
        })
    }

    async fn check(&self) -> Vec<CheckStep> {
        let ask = Ask::get(format!("{API}/queues/all")).query("per_page", 1);
        self.session.check(&Probe::new(ask, &["/items"])).await
    }
}
