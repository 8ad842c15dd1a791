//! Tickets with their transactions and attachments; both dialects stand on these.

use std::collections::BTreeMap;

use domain::Millis;

use super::ticket::{
    ACTIVE, Attachment, Fresh, Incoming, Kind, STATUSES, Ticket, Transaction, queue,
};

/// Everything the tracker holds.
#[derive(Debug, Default)]
pub(super) struct Store {
    next_ticket: u64,
    next_transaction: u64,
    next_attachment: u64,
    pub(super) tickets: BTreeMap<u64, Ticket>,
    pub(super) attachments: BTreeMap<u64, Attachment>,
    /// Ticket of each transaction.
    pub(super) transactions: BTreeMap<u64, u64>,
}

impl Store {
    /// A ticket by id as text.
    pub(super) fn ticket(&self, id: &str) -> Option<&Ticket> {
        self.tickets.get(&id.parse().ok()?)
    }

    /// A transaction with its ticket.
    pub(super) fn transaction(&self, id: &str) -> Option<(&Ticket, &Transaction)> {
        let id: u64 = id.parse().ok()?;
        let ticket = self.tickets.get(self.transactions.get(&id)?)?;
        let transaction = ticket.history.iter().find(|t| t.id == id)?;
        Some((ticket, transaction))
    }

    /// Makes a ticket with an id of its own.
    pub(super) fn create(&mut self, fresh: Fresh, by: &str, now: Millis) -> u64 {
        let highest = self.tickets.keys().next_back().copied().unwrap_or(0);
        self.next_ticket = self.next_ticket.max(highest).max(100) + 1;
        self.create_as(self.next_ticket, fresh, by, now)
    }

    /// Makes a ticket under a given id.
    pub(super) fn create_as(&mut self, id: u64, fresh: Fresh, by: &str, now: Millis) -> u64 {
        let ticket = Ticket {
            id,
            subject: fresh.subject,
            status: fresh.status.unwrap_or_else(|| "new".into()),
            queue: fresh.queue,
            owner: fresh.owner.unwrap_or_else(|| "Nobody".into()),
            requestor: fresh.requestor,
            priority: fresh.priority,
            due_at: None,
            created_at: now,
            updated_at: now,
            custom_fields: fresh.custom_fields,
            correlation: fresh.correlation,
            links: Vec::new(),
            history: Vec::new(),
        };
        self.tickets.insert(id, ticket);
        self.record(id, Kind::Create, by, now, ("", "", ""), fresh.messages);
        id
    }

    /// Adds a transaction.
    pub(super) fn record(
        &mut self,
        ticket: u64,
        kind: Kind,
        by: &str,
        now: Millis,
        (field, old, new): (&str, &str, &str),
        messages: Vec<Incoming>,
    ) -> u64 {
        self.next_transaction = self.next_transaction.max(10_000) + 1;
        let id = self.next_transaction;
        let mut attachments = Vec::new();
        for message in messages {
            self.next_attachment = self.next_attachment.max(5_000) + 1;
            attachments.push(self.next_attachment);
            self.attachments.insert(
                self.next_attachment,
                Attachment {
                    id: self.next_attachment,
                    transaction: id,
                    file_name: message.file_name,
                    media_type: message.media_type,
                    bytes: message.bytes,
                    created_at: now,
                    creator: by.to_owned(),
                },
            );
        }
        if let Some(found) = self.tickets.get_mut(&ticket) {
            found.updated_at = now;
            found.history.push(Transaction {
                id,
                kind,
                creator: by.to_owned(),
                created_at: now,
                field: field.to_owned(),
                old: old.to_owned(),
                new: new.to_owned(),
                attachments,
            });
            self.transactions.insert(id, ticket);
        }
        id
    }

    /// Sets a status; says what came of it in the tracker's words.
    pub(super) fn set_status(&mut self, id: u64, status: &str, by: &str, now: Millis) -> String {
        let Some(ticket) = self.tickets.get_mut(&id) else {
            return String::new();
        };
        if !STATUSES.contains(&status) {
            return format!("Status '{status}' isn't a valid status for this ticket.");
        }
        if ticket.status == status {
            return format!("Ticket {id}: Status is already '{status}'");
        }
        let old = std::mem::replace(&mut ticket.status, status.to_owned());
        self.record(
            id,
            Kind::Status,
            by,
            now,
            ("Status", &old, status),
            Vec::new(),
        );
        format!("Ticket {id}: Status changed from '{old}' to '{status}'")
    }

    /// What the tracker does of itself after a correspondence: a ticket nobody works on is opened.
    pub(super) fn open_inactive(&mut self, id: u64, now: Millis) {
        let status = self.tickets.get(&id).map(|t| t.status.as_str());
        if status.is_some_and(|status| !ACTIVE.contains(&status)) {
            self.set_status(id, "open", "RT_System", now);
        }
    }

    /// Sets a plain field.
    pub(super) fn set_field(
        &mut self,
        id: u64,
        field: &str,
        value: &str,
        by: &str,
        now: Millis,
    ) -> Option<String> {
        let ticket = self.tickets.get_mut(&id)?;
        let old = match field {
            "Subject" => std::mem::replace(&mut ticket.subject, value.to_owned()),
            "Owner" => std::mem::replace(
                &mut ticket.owner,
                if value.is_empty() {
                    "Nobody".into()
                } else {
                    value.to_owned()
                },
            ),
            "Priority" => {
                let Ok(number) = value.parse() else {
                    return Some("Priority must be a number".into());
                };
                std::mem::replace(&mut ticket.priority, number).to_string()
            }
            "Queue" => {
                let Some((queue, _)) = queue(value) else {
                    return Some(format!("Queue '{value}' does not exist"));
                };
                let old = ticket.queue_name().to_owned();
                ticket.queue = queue;
                old
            }
            "Due" => {
                let old = ticket.due_at.map_or_else(String::new, Millis::rfc3339);
                ticket.due_at = Millis::parse_lenient(value).ok();
                old
            }
            _ => return None,
        };
        if old == value {
            return None;
        }
        self.record(id, Kind::Set, by, now, (field, &old, value), Vec::new());
        Some(format!(
            "Ticket {id}: {field} changed from '{old}' to '{value}'"
        ))
    }

    /// Sets a custom field.
    pub(super) fn set_custom_field(
        &mut self,
        id: u64,
        name: &str,
        values: Vec<String>,
        by: &str,
        now: Millis,
    ) -> Option<String> {
        let ticket = self.tickets.get_mut(&id)?;
        let new = values.join(", ");
        let old = ticket
            .custom_fields
            .insert(name.to_owned(), values)
            .unwrap_or_default()
            .join(", ");
        if old == new {
            return None;
        }
        self.record(
            id,
            Kind::CustomField,
            by,
            now,
            (name, &old, &new),
            Vec::new(),
        );
        Some(format!("{name} {new} added"))
    }

    /// Adds or removes a link.
    pub(super) fn link(
        &mut self,
        id: u64,
        kind: &str,
        target: &str,
        add: bool,
        by: &str,
        now: Millis,
    ) -> Option<String> {
        let ticket = self.tickets.get_mut(&id)?;
        let entry = (kind.to_owned(), target.to_owned());
        let there = ticket.links.contains(&entry);
        match (add, there) {
            (true, true) => return Some("Link already exists".into()),
            (false, false) => return Some("Link not found".into()),
            (true, false) => ticket.links.push(entry),
            (false, true) => ticket.links.retain(|l| *l != entry),
        }
        let word = if add { Kind::AddLink } else { Kind::DeleteLink };
        let (old, new) = if add { ("", target) } else { (target, "") };
        self.record(id, word, by, now, (kind, old, new), Vec::new());
        Some(format!(
            "Link {}: Ticket {id} {kind} {target}.",
            if add { "created" } else { "deleted" }
        ))
    }

    /// Text of a transaction's first message.
    pub(super) fn text(&self, transaction: &Transaction) -> String {
        transaction
            .attachments
            .iter()
            .filter_map(|a| self.attachments.get(a))
            .find(|a| a.file_name.is_empty() && a.media_type.starts_with("text/"))
            .map(|a| String::from_utf8_lossy(&a.bytes).into_owned())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::ticket::marker, *};

    #[test]
    fn every_change_is_a_transaction_and_moves_the_entity_tag() {
        let mut store = Store::default();
        let id = store.create(
            Fresh {
                subject: "s".into(),
                queue: 1,
                ..Fresh::default()
            },
            "svc",
            Millis(1),
        );
        let first = store.tickets[&id].version();
        store.set_status(id, "open", "svc", Millis(2));
        assert!(
            store
                .set_status(id, "shut", "svc", Millis(3))
                .contains("isn't a valid")
        );
        let ticket = &store.tickets[&id];
        assert_eq!(
            (ticket.status.as_str(), ticket.version()),
            ("open", first + 1)
        );
        assert_eq!(marker("text\n\n[pc:0af3]"), Some("pc:0af3".into()));
    }
}
