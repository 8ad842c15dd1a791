//! Rows of the Table API: text for everything, times in UTC without saying so, references as objects.

use domain::{
    Millis,
    record::{Ticket, TicketEntry},
    visibility::Visibility,
};
use serde_json::Value;

use super::super::messages::plain;
use crate::{fields::Fields, port::Unfit};

/// `{"result": [...]}`.
pub(super) fn rows(body: &Value) -> Result<&[Value], Unfit> {
    let fields = Fields::of(body, "answer")?;
    if fields.value("result").is_none() {
        return Err(Unfit {
            code: "WIRE_MISSING".into(),
            message: "answer.result is missing".into(),
        });
    }
    fields.list("result")
}

/// Text of a member; a reference counts by its value.
pub(super) fn member(row: &Value, name: &str) -> String {
    match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(reference)) => reference
            .get("display_value")
            .or_else(|| reference.get("value"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

/// `2026-11-20 21:00:00`, as queries want it.
pub(super) fn instant(at: Millis) -> String {
    at.utc()
        .map_or_else(String::new, |t| t.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|t| !t.is_empty())
}

/// Word of a state number; a number this version does not know stays what it is.
pub(super) fn status(number: &str) -> &str {
    match number {
        "1" => "new",
        "2" => "open",
        "3" => "stalled",
        "6" => "resolved",
        "7" => "closed",
        "8" => "rejected",
        other => other,
    }
}

/// Number of a status word.
pub(super) fn state(word: &str) -> &str {
    match word {
        "new" => "1",
        "open" | "in_progress" => "2",
        "stalled" | "on_hold" => "3",
        "resolved" => "6",
        "closed" => "7",
        "rejected" => "8",
        other => other,
    }
}

/// A row of the ticket table.
pub(super) fn ticket(row: &Value, place: &str) -> Result<Ticket, Unfit> {
    let fields = Fields::of(row, place)?;
    Ok(Ticket {
        id: fields.id("sys_id")?,
        number: fields.text("number")?,
        subject: fields.text("short_description")?,
        status: status(&fields.opt_id("state")?.unwrap_or_default()).to_owned(),
        queue: member(row, "assignment_group"),
        owner: some(member(row, "assigned_to")),
        priority: fields.opt_id("priority")?.unwrap_or_default(),
        case_id: fields.opt_id("correlation_id")?,
        version: fields.opt_id("sys_mod_count")?,
        created_at: fields.time("sys_created_on")?,
        updated_at: fields.time("sys_updated_on")?,
    })
}

/// A row of the journal. What is not a comment for the customer is internal.
pub(super) fn entry(row: &Value, place: &str) -> Result<TicketEntry, Unfit> {
    let fields = Fields::of(row, place)?;
    let visibility = if fields.text("element")? == "comments" {
        Visibility::Partner
    } else {
        Visibility::Internal
    };
    Ok(TicketEntry {
        id: fields.id("sys_id")?,
        ticket_id: fields.id("element_id")?,
        author: fields.opt_text("sys_created_by")?.unwrap_or_default(),
        visibility,
        body: plain(
            if fields.text("value")?.trim_start().starts_with("[code]") {
                "text/html"
            } else {
                "text/plain"
            },
            &fields.text("value")?,
        ),
        created_at: fields.time("sys_created_on")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_are_read_with_references_in_both_writings() {
        let mut row = json!({
            "sys_id": "a", "number": "INC0000001", "short_description": "s", "state": "2",
            "assigned_to": {"link": "x", "value": "lena.kovar"}, "assignment_group": "",
            "correlation_id": "48213", "sys_mod_count": "3", "priority": "2",
            "sys_created_on": "2026-11-20 21:00:00", "sys_updated_on": "2026-11-20 21:00:01",
        });
        let read = ticket(&row, "r").unwrap();
        assert_eq!(read.owner.as_deref(), Some("lena.kovar"));
        assert_eq!(
            (read.status.as_str(), read.version.as_deref()),
            ("open", Some("3"))
        );
        row["sys_updated_on"] = json!("soon");
        assert_eq!(ticket(&row, "r").unwrap_err().code, "WIRE_TIME");
    }

    #[test]
    fn only_comments_are_for_the_partner() {
        let of = |element: &str| {
            let row = json!({"sys_id": "j", "element_id": "a", "element": element, "value": "v", "sys_created_on": "2026-11-20 21:00:00"});
            entry(&row, "j").unwrap().visibility
        };
        assert_eq!(of("comments"), Visibility::Partner);
        assert_eq!(of("work_notes"), Visibility::Internal);
        assert_eq!(of("additional"), Visibility::Internal);
    }
}
