//! Tickets, transactions and attachments as REST2 words them.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use domain::{Millis, record::Ticket, visibility::Visibility};
use serde_json::Value;

use crate::{fields::Fields, port::Unfit};

/// One page of a list.
pub(super) struct Page<'a> {
    pub(super) items: &'a [Value],
    /// Whether there are more pages.
    pub(super) more: bool,
}

/// Reads `{items, count, total, page, pages, per_page}`.
pub(super) fn page(body: &Value) -> Result<Page<'_>, Unfit> {
    let fields = Fields::of(body, "answer")?;
    if fields.value("items").is_none() {
        return Err(Unfit {
            code: "WIRE_MISSING".into(),
            message: "answer.items is missing".into(),
        });
    }
    let more = match (fields.opt_integer("page")?, fields.opt_integer("pages")?) {
        (Some(page), Some(pages)) => page < pages,
        // The total is withheld where the user may not see every ticket; the next page is told all the same.
        _ => fields.opt_text("next_page")?.is_some(),
    };
    Ok(Page {
        items: fields.list("items")?,
        more,
    })
}

/// The id of a record that is named by `{type, id, _url}`.
fn uid(fields: &Fields<'_>, name: &str) -> Result<Option<String>, Unfit> {
    match fields.value(name) {
        Some(Value::Object(_)) => fields.object(name)?.opt_id("id"),
        _ => fields.opt_id(name),
    }
}

/// Id and name of a queue.
pub(super) fn queue(item: &Value) -> Result<(String, String), Unfit> {
    let fields = Fields::of(item, "queue")?;
    Ok((
        fields.id("id")?,
        fields.opt_text("Name")?.unwrap_or_default(),
    ))
}

/// First value of a custom field.
fn custom_field(fields: &Fields<'_>, name: &str) -> Result<Option<String>, Unfit> {
    for (i, item) in fields.list("CustomFields")?.iter().enumerate() {
        let field = Fields::of(item, format!("CustomFields[{i}]"))?;
        if field.opt_text("name")?.as_deref() == Some(name) {
            let first = field.list("values")?.first();
            return Ok(first
                .and_then(Value::as_str)
                .filter(|v| !v.is_empty())
                .map(str::to_owned));
        }
    }
    Ok(None)
}

/// A ticket of a list or read alone; the version is told apart.
pub(super) fn ticket(
    item: &Value,
    place: &str,
    marker_field: &str,
    number_prefix: &str,
) -> Result<Ticket, Unfit> {
    let fields = Fields::of(item, place)?;
    let id = fields.id("id")?;
    let queue = match fields.value("Queue") {
        Some(Value::Object(_)) => {
            let queue = fields.object("Queue")?;
            queue.opt_text("Name")?.or(queue.opt_id("id")?)
        }
        _ => fields.opt_id("Queue")?,
    };
    Ok(Ticket {
        number: format!("{number_prefix}{id}"),
        id,
        subject: fields.text("Subject")?,
        status: fields.text("Status")?,
        queue: queue.unwrap_or_default(),
        owner: uid(&fields, "Owner")?.filter(|o| o != "Nobody"),
        priority: fields.opt_id("Priority")?.unwrap_or_default(),
        case_id: custom_field(&fields, marker_field)?,
        version: None,
        created_at: fields.time("Created")?,
        updated_at: fields.time("LastUpdated")?,
    })
}

/// One transaction of a history.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) creator: String,
    pub(super) created_at: Millis,
    pub(super) attachments: Vec<String>,
}

impl Transaction {
    /// Who may read it, when it is a message: only what was written as correspondence is for partners.
    pub(super) fn visibility(&self) -> Option<Visibility> {
        match self.kind.as_str() {
            "Correspond" => Some(Visibility::Partner),
            "Create" | "Comment" => Some(Visibility::Internal),
            _ => None,
        }
    }
}

/// Reads a transaction with the links to its attachments.
pub(super) fn transaction(item: &Value, place: &str) -> Result<Transaction, Unfit> {
    let fields = Fields::of(item, place)?;
    let mut attachments = Vec::new();
    for (i, link) in fields.list("_hyperlinks")?.iter().enumerate() {
        let link = Fields::of(link, format!("{place}._hyperlinks[{i}]"))?;
        if link.opt_text("ref")?.as_deref() == Some("attachment") {
            let url = link.opt_text("_url")?.unwrap_or_default();
            attachments.extend(
                url.rsplit('/')
                    .next()
                    .filter(|id| !id.is_empty())
                    .map(str::to_owned),
            );
        }
    }
    Ok(Transaction {
        id: fields.id("id")?,
        kind: fields.text("Type")?,
        creator: uid(&fields, "Creator")?.unwrap_or_default(),
        created_at: fields.time("Created")?,
        attachments,
    })
}

/// An attachment with its bytes.
#[derive(Debug)]
pub(super) struct Attachment {
    pub(super) file_name: String,
    pub(super) media_type: String,
    pub(super) bytes: Bytes,
}

/// Reads an attachment; its content is base64 in lines.
pub(super) fn attachment(body: &Value) -> Result<Attachment, Unfit> {
    let fields = Fields::of(body, "attachment")?;
    let content = match fields.value("Content") {
        Some(Value::String(text)) => text.as_str(),
        None => "",
        Some(other) => {
            return Err(crate::fields::wrong_type(
                "attachment.Content",
                "text",
                other,
            ));
        }
    };
    let joined: Vec<u8> = content
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    let bytes = STANDARD.decode(joined).map_err(|_| Unfit {
        code: "WIRE_TYPE".into(),
        message: "attachment.Content: expected base64".into(),
    })?;
    Ok(Attachment {
        file_name: fields.opt_text("Filename")?.unwrap_or_default(),
        media_type: fields.opt_text("ContentType")?.unwrap_or_default(),
        bytes: bytes.into(),
    })
}

/// Targets of the links of a ticket: ids of tickets, addresses of the rest.
pub(super) fn links(body: &Value) -> Vec<String> {
    let all = body.get("_hyperlinks").and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .filter(|l| l.get("ref").and_then(Value::as_str) == Some("refers-to"))
        .filter_map(|l| match l.get("id") {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => l.get("_url").and_then(Value::as_str).map(str::to_owned),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_correspondence_is_for_partners_and_an_unknown_kind_is_no_message() {
        let of = |kind: &str| {
            transaction(
                &json!({"id": "1", "Type": kind, "Created": "2026-11-20T21:00:00Z"}),
                "t",
            )
            .unwrap()
            .visibility()
        };
        assert_eq!(of("Correspond"), Some(Visibility::Partner));
        assert_eq!(of("Comment"), Some(Visibility::Internal));
        assert_eq!(of("Create"), Some(Visibility::Internal));
        assert_eq!(of("CorrespondExtra"), None);
    }

    #[test]
    fn content_in_lines_of_base64_is_read_and_nonsense_is_named() {
        let body = json!({"Content": "aGVs\nbG8=\n", "ContentType": "text/plain", "Filename": ""});
        assert_eq!(
            attachment(&body).unwrap().bytes,
            Bytes::from_static(b"hello")
        );
        assert_eq!(
            attachment(&json!({"Content": "%%"})).unwrap_err().code,
            "WIRE_TYPE"
        );
    }
}
