//! Writing rows, and finding again what was written.

use domain::{Millis, operation::Operation, visibility::Visibility};
use serde_json::{Map, Value, json};

use super::{
    super::{
        Change, Link, Message, NewTicket,
        messages::{mark, marked, receipt},
    },
    ServiceNow, wire,
};
use crate::{CallError, LookUp, PullError, Receipt, fields::drift, http::Ask, limits::Budget};

/// Column of a field of ours; other names are columns themselves.
fn column(name: &str) -> &str {
    match name {
        "status" => "state",
        "owner" => "assigned_to",
        "subject" => "short_description",
        "queue" => "assignment_group",
        "due_at" => "due_date",
        other => other,
    }
}

fn outward(name: &str, value: &Value) -> String {
    match (name, value) {
        ("status", Value::String(word)) => wire::state(word).to_owned(),
        ("due_at", value) if value.is_i64() => wire::instant(Millis(value.as_i64().unwrap_or(0))),
        ("due_at", Value::String(text)) => {
            Millis::parse_lenient(text).map_or_else(|_| text.clone(), wire::instant)
        }
        (_, Value::String(text)) => text.clone(),
        (_, Value::Null) => String::new(),
        (_, other) => other.to_string(),
    }
}

/// `^` separates conditions; a value that holds one would add its own.
pub(super) fn literal(value: &str) -> String {
    value.replace('^', "")
}

impl ServiceNow {
    fn made(row: &Value) -> Result<Receipt, CallError> {
        let id = wire::member(row, "sys_id");
        if id.is_empty() {
            return Err(CallError::Unknown("the answer names no record".to_owned()));
        }
        Ok(receipt(
            &id,
            &[
                ("number", json!(wire::member(row, "number"))),
                ("queue", json!(wire::member(row, "assignment_group"))),
            ],
        ))
    }

    pub(super) async fn create_ticket(&self, ticket: &NewTicket<'_>) -> Result<Receipt, CallError> {
        let group = if ticket.queue.is_empty() {
            self.group.as_str()
        } else {
            ticket.queue
        };
        let ask = Ask::post(self.table_path())
            .json(json!({
                "short_description": ticket.subject,
                "description": marked(ticket.body, ticket.reference),
                "assignment_group": group,
                "correlation_id": ticket.case_id,
                "correlation_display": format!("pc:{}", ticket.reference),
            }))
            .within(Operation::CreateTicket);
        let (_, body) = self.session.write_json(&ask).await?;
        Self::made(body.get("result").unwrap_or(&Value::Null))
    }

    pub(super) async fn find_ticket(&self, ticket: &NewTicket<'_>) -> Result<LookUp, CallError> {
        let query = format!(
            "correlation_id={}^correlation_display=pc:{}",
            literal(ticket.case_id),
            literal(ticket.reference)
        );
        let rows = self
            .rows(&self.table, &query, 2, 0, &Budget::default())
            .await?;
        let wanted = format!("pc:{}", ticket.reference);
        // A server that ignores a condition it does not know answers everything, so the row is compared.
        let own = rows
            .iter()
            .find(|r| wire::member(r, "correlation_display") == wanted);
        match own {
            Some(row) => Ok(LookUp::Found(Self::made(row)?)),
            None => Ok(LookUp::Absent),
        }
    }

    async fn patch(&self, id: &str, body: Value, operation: Operation) -> Result<Value, CallError> {
        let ask = Ask::patch(self.row_path(id)).json(body).within(operation);
        let (_, body) = self.session.write_json(&ask).await?;
        Ok(body.get("result").cloned().unwrap_or_default())
    }

    pub(super) async fn post_message(&self, message: &Message<'_>) -> Result<Receipt, CallError> {
        let (element, operation) = match message.visibility {
            Visibility::Partner => ("comments", Operation::ReplyTicket),
            Visibility::Internal => ("work_notes", Operation::CommentTicket),
        };
        let body = json!({ element: marked(message.body, message.reference) });
        self.patch(message.ticket_id, body, operation).await?;
        Ok(self.noted(message.ticket_id, message.reference).await)
    }

    /// A link is a work note: the Table API has no links of its own between tickets and addresses.
    pub(super) async fn note_link(&self, link: &Link<'_>) -> Result<Receipt, CallError> {
        let note = marked(&format!("Linked: {}", link.target), link.reference);
        self.patch(
            link.ticket_id,
            json!({ "work_notes": note }),
            Operation::LinkTicket,
        )
        .await?;
        Ok(self.noted(link.ticket_id, link.reference).await)
    }

    /// The journal entry of a note, where the journal can be read.
    async fn noted(&self, ticket_id: &str, reference: &str) -> Receipt {
        if self.journal
            && let Ok(LookUp::Found(receipt)) = self.find_note(ticket_id, reference).await
        {
            return receipt;
        }
        receipt(ticket_id, &[("ticket_id", json!(ticket_id))])
    }

    /// The journal entry with the mark.
    pub(super) async fn find_note(
        &self,
        ticket_id: &str,
        reference: &str,
    ) -> Result<LookUp, CallError> {
        let mark = mark(reference);
        let query = format!(
            "element_id={}^valueLIKE{}",
            literal(ticket_id),
            literal(&mark)
        );
        let rows = match self
            .rows("sys_journal_field", &query, 20, 0, &Budget::default())
            .await
        {
            Ok(rows) => rows,
            Err(PullError::Refused {
                status: 400 | 401 | 403 | 404,
                ..
            }) => {
                return Ok(LookUp::CannotTell("the journal cannot be read".to_owned()));
            }
            Err(error) => return Err(error.into()),
        };
        let own = rows.iter().find(|r| {
            wire::member(r, "element_id") == ticket_id && wire::member(r, "value").contains(&mark)
        });
        Ok(own.map_or(LookUp::Absent, |row| {
            let id = wire::member(row, "sys_id");
            LookUp::Found(receipt(&id, &[("ticket_id", json!(ticket_id))]))
        }))
    }

    async fn current(&self, id: &str) -> Result<Value, PullError> {
        let ask = Ask::get(self.row_path(id)).query("sysparm_exclude_reference_link", "true");
        let body = self.session.read_json(&ask).await?;
        let row = body.get("result").cloned().unwrap_or_default();
        wire::ticket(&row, "record").map_err(drift)?;
        Ok(row)
    }

    fn values(row: &Value, changes: &Map<String, Value>) -> Map<String, Value> {
        let value = |name: &str| {
            let own = wire::member(row, column(name));
            if name == "status" {
                json!(wire::status(&own))
            } else {
                json!(own)
            }
        };
        changes
            .keys()
            .map(|name| (name.clone(), value(name)))
            .collect()
    }

    fn differing<'a>(row: &Value, changes: &'a Map<String, Value>) -> Vec<&'a str> {
        changes
            .iter()
            .filter(|(name, value)| wire::member(row, column(name)) != outward(name, value))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Changes a row. There is no conditional write, so the version is read and compared right before it.
    pub(super) async fn change_ticket(&self, change: &Change<'_>) -> Result<Receipt, CallError> {
        let before = self.current(change.ticket_id).await?;
        let version = wire::member(&before, "sys_mod_count");
        if change.base_version.is_some_and(|base| base != version) {
            if Self::differing(&before, change.changes).is_empty() {
                return Ok(receipt(change.ticket_id, &[("version", json!(version))]));
            }
            return Err(CallError::Conflict {
                message: "the ticket was changed meanwhile".to_owned(),
                theirs: Value::Object(Self::values(&before, change.changes)),
                version: Some(version),
            });
        }
        let body: Map<String, Value> = change
            .changes
            .iter()
            .map(|(name, value)| (column(name).to_owned(), json!(outward(name, value))))
            .collect();
        let row = self
            .patch(
                change.ticket_id,
                Value::Object(body),
                Operation::UpdateTicket,
            )
            .await?;
        let refused = Self::differing(&row, change.changes);
        if !refused.is_empty() {
            return Err(CallError::Refused {
                status: 200,
                message: format!("{} not taken", refused.join(", ")),
            });
        }
        let version = wire::member(&row, "sys_mod_count");
        Ok(receipt(change.ticket_id, &[("version", json!(version))]))
    }

    /// Whether the row has every value of a change.
    pub(super) async fn has_changes(&self, change: &Change<'_>) -> Result<LookUp, CallError> {
        let row = self.current(change.ticket_id).await?;
        let version = wire::member(&row, "sys_mod_count");
        Ok(if Self::differing(&row, change.changes).is_empty() {
            LookUp::Found(receipt(change.ticket_id, &[("version", json!(version))]))
        } else {
            LookUp::Absent
        })
    }
}
