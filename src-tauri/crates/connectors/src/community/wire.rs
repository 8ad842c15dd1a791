//! Community's JSON read into records. Text of the partner is made harmless here, before anything else sees it.

use domain::{
    record::{
        Agreement, Attachment, BusinessRef, Case, Comment, Contact, ExternalRef, Partner, Record,
        Space, SpaceItem, Terms,
    },
    visibility::Visibility,
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    fields::Fields,
    port::Unfit,
    text::{harmless_html, safe_file_name},
};

/// Who may read it; a word nobody knows counts as internal, so that nothing internal can slip out by a new word.
fn visibility(fields: &Fields<'_>) -> Result<Visibility, Unfit> {
    let word = fields.opt_text("visibility")?.unwrap_or_default();
    Ok(word.parse().unwrap_or(Visibility::Internal))
}

/// A case.
pub(super) fn case(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let partner = fields.object("partner")?;
    let mut business_refs = Vec::new();
    for (n, item) in fields.list("business_refs")?.iter().enumerate() {
        let item = Fields::of(item, format!("{place}.business_refs[{n}]"))?;
        business_refs.push(BusinessRef {
            kind: item.text("kind")?,
            value: item.id("value")?,
        });
    }
    let mut external_refs = Vec::new();
    for (n, item) in fields.list("external_refs")?.iter().enumerate() {
        let item = Fields::of(item, format!("{place}.external_refs[{n}]"))?;
        external_refs.push(ExternalRef {
            system: item.text("system")?,
            id: item.id("id")?,
            url: item.opt_text("url")?,
        });
    }
    let id = fields.id("id")?;
    let partner_name = partner.opt_text("name")?.unwrap_or_default();
    Ok(Record::Case(Case {
        number: fields.opt_id("number")?.unwrap_or_else(|| id.clone()),
        id,
        subject: fields.text("subject")?,
        case_type: fields.opt_text("type")?.unwrap_or_default(),
        subtype: fields.opt_text("subtype")?.unwrap_or_default(),
        status: fields.text("status")?,
        priority: fields.opt_text("priority")?.unwrap_or_default(),
        owner: fields.opt_text("owner")?,
        team: fields.opt_text("team")?,
        partner_id: partner.id("id")?,
        partner_short_name: partner
            .opt_text("short_name")?
            .unwrap_or_else(|| partner_name.clone()),
        partner_name,
        business_refs,
        opened_at: fields.time("opened_at")?,
        updated_at: fields.time("updated_at")?,
        due_at: fields.opt_time("due_at")?,
        stage: fields.opt_text("stage")?,
        communication_status: fields.opt_text("communication_status")?,
        loop_state: fields.opt_text("loop")?,
        version: fields.integer_or("version", 0)?,
        external_refs,
    }))
}

/// A message.
pub(super) fn comment(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    Ok(Record::Comment(Comment {
        id: fields.id("id")?,
        case_id: fields.id("case_id")?,
        author: fields.opt_text("author")?.unwrap_or_default(),
        side: fields
            .opt_text("side")?
            .unwrap_or_else(|| "partner".to_owned()),
        visibility: visibility(&fields)?,
        body: harmless_html(&fields.text("body")?),
        created_at: fields.time("created_at")?,
        key: fields.opt_text("key")?,
    }))
}

/// A file's record.
pub(super) fn attachment(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    Ok(Record::Attachment(Attachment {
        id: fields.id("id")?,
        case_id: fields.id("case_id")?,
        name: safe_file_name(&fields.opt_text("name")?.unwrap_or_default()),
        media_type: fields
            .opt_text("media_type")?
            .unwrap_or_else(|| "application/octet-stream".to_owned()),
        size: fields.integer_or("size", 0)?,
        sha256: fields
            .opt_text("sha256")?
            .unwrap_or_default()
            .to_ascii_lowercase(),
        visibility: visibility(&fields)?,
        author: fields.opt_text("author")?.unwrap_or_default(),
        created_at: fields.time("created_at")?,
    }))
}

/// A space.
pub(super) fn space(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let created_at = fields.time("created_at")?;
    Ok(Record::Space(Space {
        id: fields.id("id")?,
        purpose: fields.text("purpose")?,
        case_id: fields.opt_id("case_id")?,
        partner_id: fields.opt_id("partner_id")?,
        title: fields.opt_text("title")?.unwrap_or_default(),
        subject: fields.opt_text("subject")?.unwrap_or_default(),
        state: fields.opt_text("state")?.unwrap_or_default(),
        data: serde_json::Value::Null,
        created_at,
        updated_at: fields.opt_time("updated_at")?.unwrap_or(created_at),
    }))
}

/// An item of a space.
pub(super) fn item(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let created_at = fields.time("created_at")?;
    let data = match fields.value("data") {
        None => Value::Object(serde_json::Map::new()),
        Some(data) => {
            Fields::of(data, format!("{place}.data"))?;
            data.clone()
        }
    };
    Ok(Record::SpaceItem(SpaceItem {
        id: fields.id("id")?,
        space_id: fields.id("space_id")?,
        item_kind: fields.text("kind")?,
        title: fields.opt_text("title")?.unwrap_or_default(),
        state: fields.opt_text("state")?.unwrap_or_default(),
        due_at: fields.opt_time("due_at")?,
        author: fields.opt_text("author")?.unwrap_or_default(),
        data,
        created_at,
        updated_at: fields.opt_time("updated_at")?.unwrap_or(created_at),
    }))
}

/// An acknowledgement request, as the space its answers are items of.
pub(super) fn ack_request(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let created_at = fields.time("created_at")?;
    let title = fields.opt_text("title")?.unwrap_or_default();
    let mut recipients = Vec::new();
    for (n, item) in fields.list("responses")?.iter().enumerate() {
        let item = Fields::of(item, format!("{place}.responses[{n}]"))?;
        recipients.push(item.id("recipient")?);
    }
    let asked = serde_json::json!({
        "sha256": fields.opt_text("sha256")?.unwrap_or_default(), "due_at": fields.opt_time("due_at")?,
        "recipients": recipients, "author": fields.opt_text("author")?.unwrap_or_default(),
    });
    Ok(Record::Space(Space {
        id: fields.id("id")?,
        purpose: "acknowledgement".to_owned(),
        case_id: fields.opt_id("case_id")?,
        partner_id: None,
        subject: fields.opt_text("subject")?.unwrap_or_else(|| title.clone()),
        title,
        state: "open".to_owned(),
        data: asked,
        created_at,
        updated_at: created_at,
    }))
}

/// A recipient's answer to an acknowledgement request.
pub(super) fn ack_response(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let at = fields.time("at")?;
    Ok(Record::SpaceItem(SpaceItem {
        id: fields.id("id")?,
        space_id: fields.id("request_id")?,
        item_kind: "response".to_owned(),
        title: fields.opt_text("title")?.unwrap_or_default(),
        state: fields.text("state")?,
        due_at: None,
        author: fields.opt_text("recipient")?.unwrap_or_default(),
        data: value.clone(),
        created_at: at,
        updated_at: at,
    }))
}

/// A reminder of an acknowledgement request, as an item of its space.
pub(super) fn ack_reminder(value: &Value, place: &str) -> Result<Record, Unfit> {
    let fields = Fields::of(value, place)?;
    let at = fields.time("at")?;
    let recipients = fields.texts("recipients")?;
    Ok(Record::SpaceItem(SpaceItem {
        id: fields.id("id")?,
        space_id: fields.id("request_id")?,
        item_kind: "reminder".to_owned(),
        title: fields.opt_text("title")?.unwrap_or_default(),
        state: "sent".to_owned(),
        due_at: None,
        author: fields.opt_text("author")?.unwrap_or_default(),
        data: serde_json::json!({"recipients": recipients}),
        created_at: at,
        updated_at: at,
    }))
}

/// A partner from its directory entry and its agreement.
pub(super) fn partner(entry: &Value, agreement: &Value, place: &str) -> Result<Record, Unfit> {
    let entry = Fields::of(entry, place)?;
    let fields = Fields::of(agreement, format!("{place}.agreement"))?;
    let named = fields.object("partner")?;
    let id = named.id("id")?;
    if entry.opt_id("partnerId")?.is_some_and(|asked| asked != id) {
        // Its recipients are another's, and would be let in here.
        return Err(Unfit {
            code: "WIRE_ID".into(),
            message: format!("{place}.agreement.partner.id: the agreement is another partner's"),
        });
    }
    let times = fields.object("response_times")?;
    let mut contacts = Vec::new();
    for (n, item) in fields.list("contacts")?.iter().enumerate() {
        let item = Fields::of(item, format!("{place}.contacts[{n}]"))?;
        contacts.push(Contact {
            name: item.text("name")?,
            role: item.opt_text("role")?.unwrap_or_default(),
            email: item.opt_text("email")?.unwrap_or_default(),
            phone: item.opt_text("phone")?.unwrap_or_default(),
        });
    }
    let name = match named.opt_text("name")? {
        Some(name) => name,
        None => entry.text("partnerCompanyName")?,
    };
    Ok(Record::Partner(Partner {
        id,
        buid: match named.opt_id("buid")? {
            Some(buid) => buid,
            None => entry.id("partnerCompanyId")?,
        },
        short_name: named
            .opt_text("short_name")?
            .unwrap_or_else(|| name.clone()),
        name,
        country: named.opt_text("country")?.unwrap_or_default(),
        agreement: Agreement {
            language: fields.text("language")?,
            currency: fields.text("currency")?,
            time_zone: fields.text("time_zone")?,
            calendar: fields.opt_text("calendar")?.unwrap_or_default(),
            tier: fields.opt_text("tier")?.unwrap_or_default(),
            reply_minutes: times.integer_or("reply_minutes", 0)?,
            resolution_minutes: times.integer_or("resolution_minutes", 0)?,
            address: fields.texts("address")?,
            contacts,
            channels: fields.texts("channels")?,
            tolerance_set: fields.opt_text("tolerance_set")?.unwrap_or_default(),
            allowed_recipients: fields.texts("allowed_recipients")?,
            identifiers: fields.texts("identifiers")?,
            terms: terms(&fields)?,
        },
        updated_at: fields.time("updated_at")?,
    }))
}

/// Terms of settlement; none where the agreement says nothing of them.
fn terms(fields: &Fields<'_>) -> Result<Terms, Unfit> {
    let Some(terms) = fields.opt_object("terms")? else {
        return Ok(Terms::default());
    };
    let unfit = |message: String| Unfit {
        code: "WIRE_TERMS".to_owned(),
        message,
    };
    let written = terms.opt_text("rebate_percent")?.unwrap_or_default();
    let rebate_percent = match written.as_str() {
        "" => Decimal::ZERO,
        text => Decimal::from_str_exact(text)
            .ok()
            .filter(|percent| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(percent))
            .ok_or_else(|| unfit(format!("rebate_percent: '{text}' is no percentage")))?,
    };
    let payment_days = terms.integer_or("payment_days", 0)?;
    if !(0..=365).contains(&payment_days) {
        return Err(unfit(format!(
            "payment_days: {payment_days} is not 0 to 365"
        )));
    }
    Ok(Terms {
        rebate_percent,
        payment_days,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_visibility_counts_as_internal() {
        let value = json!({"id": 1, "case_id": "2", "visibility": "everybody", "body": "x", "created_at": "2026-01-01T00:00:00Z"});
        let Ok(Record::Comment(comment)) = comment(&value, "c") else {
            panic!()
        };
        assert_eq!(comment.visibility, Visibility::Internal);
        assert_eq!(comment.id, "1");
    }

    #[test]
    fn the_agreement_of_another_partner_is_not_taken_for_this_one_s() {
        let entry =
            json!({"partnerId": "P-1", "partnerCompanyId": "GC1", "partnerCompanyName": "One"});
        let mut agreement = json!({"partner": {"id": "P-1"}, "response_times": {}, "language": "en", "currency": "EUR",
            "time_zone": "Europe/Berlin", "updated_at": "2026-01-01T00:00:00Z"});
        assert!(partner(&entry, &agreement, "d").is_ok());
        agreement["allowed_recipients"] = json!(["a@b.example", 7]);
        assert_eq!(
            partner(&entry, &agreement, "d").unwrap_err().code,
            "WIRE_TYPE"
        );
        agreement["allowed_recipients"] = json!(["a@b.example"]);
        agreement["partner"]["id"] = json!("P-2");
        assert_eq!(
            partner(&entry, &agreement, "d").unwrap_err().code,
            "WIRE_ID"
        );
    }

    #[test]
    fn a_status_nobody_knows_is_kept() {
        let value = json!({"id": "1", "subject": "s", "status": "parked", "partner": {"id": "P"},
            "opened_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01 00:00:00", "version": "3"});
        let Ok(Record::Case(case)) = case(&value, "c") else {
            panic!()
        };
        assert_eq!((case.status.as_str(), case.version), ("parked", 3));
    }
}
