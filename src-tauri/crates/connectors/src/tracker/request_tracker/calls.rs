//! Writing tickets, and finding again what was written.

use domain::{operation::Operation, visibility::Visibility};
use serde_json::{Map, Value, json};

use super::{
    super::{
        Change, Link, Message, NewTicket,
        messages::{mark, marked, receipt},
    },
    API, RequestTracker, wire,
};
use crate::{
    CallError, LookUp, PullError, Receipt,
    fields::{Fields, drift},
    http::Ask,
    limits::Budget,
    text::cut,
};

/// Pages of a history that are searched for a mark.
const SEARCHED: usize = 10;

/// The tracker's name of a field of ours; other names are custom fields.
fn field(name: &str) -> Option<&'static str> {
    Some(match name {
        "status" => "Status",
        "owner" => "Owner",
        "priority" => "Priority",
        "subject" => "Subject",
        "queue" => "Queue",
        "due_at" => "Due",
        _ => return None,
    })
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as the tracker takes it: an instant as text.
fn outward(name: &str, value: &Value) -> Value {
    match (name, value.as_i64()) {
        ("due_at", Some(at)) => json!(domain::Millis(at).rfc3339()),
        _ => json!(text(value)),
    }
}

impl RequestTracker {
    /// The queue that was asked for, or the default where the tracker does not have it.
    async fn known_queue(&self, wanted: &str) -> Result<String, CallError> {
        let all = self.queues().await?;
        let found = all
            .iter()
            .find(|(id, name)| name.eq_ignore_ascii_case(wanted) || id == wanted);
        Ok(found.map_or_else(|| self.queue.clone(), |q| q.1.clone()))
    }

    pub(super) async fn create_ticket(&self, ticket: &NewTicket<'_>) -> Result<Receipt, CallError> {
        let queue = self.known_queue(ticket.queue).await?;
        let mut content = marked(ticket.body, ticket.reference);
        if !ticket.marker.is_empty() && ticket.marker != ticket.reference {
            content.push_str(&format!(" [{}]", ticket.marker));
        }
        let ask = Ask::post(format!("{API}/ticket"))
            .json(json!({
                "Queue": queue,
                "Subject": ticket.subject,
                "Content": content,
                "ContentType": "text/plain",
                "CustomFields": { self.marker_field.as_str(): ticket.case_id },
            }))
            .within(Operation::CreateTicket);
        let (_, body) = self.session.write_json(&ask).await?;
        let id = Fields::of(&body, "answer")
            .and_then(|b| b.id("id"))
            .map_err(|u| CallError::Unknown(u.message))?;
        Ok(self.made(&id, &queue))
    }

    fn made(&self, id: &str, queue: &str) -> Receipt {
        let number = format!("{}{id}", self.number_prefix);
        receipt(id, &[("number", json!(number)), ("queue", json!(queue))])
    }

    /// Tickets of the case by the custom field, or with the subject; ours is the one whose first message has the mark.
    pub(super) async fn find_ticket(&self, ticket: &NewTicket<'_>) -> Result<LookUp, CallError> {
        let case = ticket.case_id.replace(['\'', '\\'], "");
        let mut query = format!("'CF.{{{}}}' = '{case}'", self.marker_field);
        // A tracker without the custom field drops it without a word, so the subject is searched too.
        let subject = ticket
            .subject
            .split(['\'', '\\'])
            .next()
            .unwrap_or_default();
        if subject.len() > 3 {
            query.push_str(&format!(" OR Subject LIKE '{}'", cut(subject, 100)));
        }
        let mark = mark(ticket.reference);
        for page in 1..=SEARCHED {
            let ask = Ask::get(format!("{API}/tickets"))
                .query("query", &query)
                .query("orderby", "id")
                .query("order", "DESC")
                .query("per_page", 100)
                .query("page", page)
                .query("fields", "Queue")
                .query("fields[Queue]", "Name");
            let body = self.session.read_json(&ask).await?;
            let found = wire::page(&body).map_err(drift)?;
            for item in found.items {
                let fields = Fields::of(item, "ticket").map_err(drift)?;
                let id = fields.id("id").map_err(drift)?;
                let (first, _) = self.history(&id, "ASC", 1, &Budget::default()).await?;
                let Some(first) = first.first() else {
                    continue;
                };
                let transaction = wire::transaction(first, "transaction").map_err(drift)?;
                if self.message_of(&transaction).await?.contains(&mark) {
                    let queue = item.pointer("/Queue/Name").and_then(Value::as_str);
                    return Ok(LookUp::Found(self.made(&id, queue.unwrap_or_default())));
                }
            }
            if !found.more {
                return Ok(LookUp::Absent);
            }
        }
        Ok(LookUp::CannotTell(
            "too many tickets carry this case".to_owned(),
        ))
    }

    pub(super) async fn post_message(&self, message: &Message<'_>) -> Result<Receipt, CallError> {
        let (rest, operation) = match message.visibility {
            Visibility::Partner => ("/correspond", Operation::ReplyTicket),
            Visibility::Internal => ("/comment", Operation::CommentTicket),
        };
        let ask = Ask::post(Self::ticket_path(message.ticket_id, rest))
            .json(json!({
                "Content": marked(message.body, message.reference),
                "ContentType": "text/plain",
            }))
            .within(operation);
        let answer = self.session.write(&ask).await?;
        let id = answer
            .header("location")
            .and_then(|l| l.rsplit('/').next())
            .filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        match id {
            Some(id) => Ok(receipt(id, &[("ticket_id", json!(message.ticket_id))])),
            // It was accepted; where it went is found by its mark.
            None => match self
                .find_message(message.ticket_id, message.reference)
                .await?
            {
                LookUp::Found(receipt) => Ok(receipt),
                _ => Ok(receipt(
                    message.ticket_id,
                    &[("ticket_id", json!(message.ticket_id))],
                )),
            },
        }
    }

    /// The message with the mark, the youngest first.
    pub(super) async fn find_message(
        &self,
        ticket_id: &str,
        reference: &str,
    ) -> Result<LookUp, CallError> {
        let mark = mark(reference);
        for page in 1..=SEARCHED {
            let (items, more) = match self
                .history(ticket_id, "DESC", page, &Budget::default())
                .await
            {
                Ok(found) => found,
                Err(PullError::Refused { status: 404, .. }) => {
                    return Ok(LookUp::CannotTell("the ticket is gone".to_owned()));
                }
                Err(error) => return Err(error.into()),
            };
            for item in &items {
                let transaction = wire::transaction(item, "transaction").map_err(drift)?;
                if matches!(transaction.kind.as_str(), "Comment" | "Correspond")
                    && self.message_of(&transaction).await?.contains(&mark)
                {
                    let detail = [("ticket_id", json!(ticket_id))];
                    return Ok(LookUp::Found(receipt(&transaction.id, &detail)));
                }
            }
            if !more {
                return Ok(LookUp::Absent);
            }
        }
        Ok(LookUp::CannotTell(
            "the history is too long to search".to_owned(),
        ))
    }

    /// The ticket as it is, with its entity tag.
    async fn current(&self, id: &str) -> Result<(Value, Option<String>), PullError> {
        let answer = self
            .session
            .read(&Ask::get(Self::ticket_path(id, "")))
            .await?;
        let tag = answer
            .header("etag")
            .map(|t| t.trim_start_matches("W/").trim_matches('"').to_owned());
        Ok((answer.json().map_err(PullError::Drift)?, tag))
    }

    /// Current values over the fields of a change, under our names.
    async fn values(&self, body: &Value, changes: &Map<String, Value>) -> Map<String, Value> {
        let mut values = Map::new();
        for name in changes.keys() {
            let value = match field(name) {
                Some("Queue") => {
                    let id = body.pointer("/Queue/id").map(text).unwrap_or_default();
                    json!(self.queue_name(&id).await)
                }
                Some("Owner") => json!(body.pointer("/Owner/id").map(text).unwrap_or_default()),
                Some(own) => json!(body.get(own).map(text).unwrap_or_default()),
                None => {
                    let fields = body.get("CustomFields").and_then(Value::as_array);
                    let own = fields
                        .into_iter()
                        .flatten()
                        .find(|f| f.get("name").and_then(Value::as_str) == Some(name.as_str()));
                    json!(
                        own.and_then(|f| f.pointer("/values/0"))
                            .map(text)
                            .unwrap_or_default()
                    )
                }
            };
            values.insert(name.clone(), value);
        }
        values
    }

    fn agrees(name: &str, wanted: &Value, there: Option<&Value>) -> bool {
        let there = there.map(text).unwrap_or_default();
        match name {
            "due_at" => {
                let wanted = domain::Millis::parse_lenient(&text(&outward(name, wanted)));
                let there = domain::Millis::parse_lenient(&there);
                // The tracker keeps whole seconds.
                matches!((wanted, there), (Ok(a), Ok(b)) if a.0 / 1_000 == b.0 / 1_000)
            }
            "owner" if text(wanted).is_empty() => there.is_empty() || there == "Nobody",
            "queue" => there.eq_ignore_ascii_case(&text(wanted)),
            _ => there == text(wanted),
        }
    }

    /// Changes a ticket against its version. The tracker answers 200 with words also when it refused a value, so the
    /// ticket is read again and compared.
    pub(super) async fn change_ticket(&self, change: &Change<'_>) -> Result<Receipt, CallError> {
        let mut body = Map::new();
        let mut custom = Map::new();
        for (name, value) in change.changes {
            match field(name) {
                Some(own) => body.insert(own.to_owned(), outward(name, value)),
                None => custom.insert(name.clone(), json!(text(value))),
            };
        }
        if !custom.is_empty() {
            body.insert("CustomFields".to_owned(), Value::Object(custom));
        }
        let version = match change.base_version {
            Some(version) => Some(version.to_owned()),
            None => self.current(change.ticket_id).await?.1,
        };
        let mut ask = Ask::put(Self::ticket_path(change.ticket_id, ""))
            .json(Value::Object(body))
            .within(Operation::UpdateTicket);
        if let Some(version) = &version {
            ask = ask.header("if-match", format!("\"{version}\""));
        }
        let answer = self.session.send(&ask).await.map_err(CallError::from)?;
        if matches!(answer.status, 409 | 412) {
            let (theirs, version) = match self.current(change.ticket_id).await {
                Ok((body, tag)) => (self.values(&body, change.changes).await, tag),
                Err(_) => (Map::new(), None),
            };
            return Err(CallError::Conflict {
                message: answer.words(),
                theirs: Value::Object(theirs),
                version,
            });
        }
        if !answer.is_success() {
            return Err(answer.call_error());
        }
        let said: Vec<String> = answer
            .json()
            .ok()
            .and_then(|v| serde_json::from_value(v).ok())
            .unwrap_or_default();
        // The write went through; a read that fails now leaves only the comparison open.
        let (body, tag) = self
            .current(change.ticket_id)
            .await
            .map_err(|e| CallError::Unknown(format!("changed, not read again: {e}")))?;
        let there = self.values(&body, change.changes).await;
        let refused: Vec<&str> = change
            .changes
            .iter()
            .filter(|(name, wanted)| !Self::agrees(name, wanted, there.get(*name)))
            .map(|(name, _)| name.as_str())
            .collect();
        if !refused.is_empty() {
            return Err(CallError::Refused {
                status: 200,
                message: format!("{} not taken: {}", refused.join(", "), said.join("; ")),
            });
        }
        Ok(receipt(change.ticket_id, &[("version", json!(tag))]))
    }

    /// Whether the ticket has every value of a change.
    pub(super) async fn has_changes(&self, change: &Change<'_>) -> Result<LookUp, CallError> {
        let (body, tag) = self.current(change.ticket_id).await?;
        let there = self.values(&body, change.changes).await;
        let all = change
            .changes
            .iter()
            .all(|(name, wanted)| Self::agrees(name, wanted, there.get(name)));
        Ok(if all {
            LookUp::Found(receipt(change.ticket_id, &[("version", json!(tag))]))
        } else {
            LookUp::Absent
        })
    }

    /// Adds a link; the tracker takes the same one only once.
    pub(super) async fn add_link(&self, link: &Link<'_>) -> Result<Receipt, CallError> {
        let ask = Ask::put(Self::ticket_path(link.ticket_id, ""))
            .json(json!({ "AddRefersTo": link.target }))
            .within(Operation::LinkTicket);
        let answer = self.session.write(&ask).await?;
        match self.has_link(link).await {
            Ok(LookUp::Found(receipt)) => Ok(receipt),
            Ok(_) => Err(CallError::Refused {
                status: 200,
                message: format!("link not taken: {}", answer.words()),
            }),
            Err(_) => Err(CallError::Unknown("linked, not read again".to_owned())),
        }
    }

    /// Whether the ticket has the link.
    pub(super) async fn has_link(&self, link: &Link<'_>) -> Result<LookUp, CallError> {
        let (body, _) = self.current(link.ticket_id).await?;
        let there = wire::links(&body);
        Ok(if there.iter().any(|t| t == link.target) {
            LookUp::Found(receipt(link.ticket_id, &[("target", json!(link.target))]))
        } else {
            LookUp::Absent
        })
    }
}
