//! The next version of a letter as its maker sees it before it is sent: fields, words that differ, and what becomes of comments.

use domain::{Refusal, playbook::FieldValue, review_comments, review_log::ReviewRecord};
use serde_json::{Map, Value};

use super::{
    review_comments::orphans,
    reviews::{approvals, number_text, redline},
};
use crate::{
    Desk,
    revise::Revision,
    view::{FieldRow, ReviseInput, RevisionPlan},
};

impl Desk {
    /// What another version of a letter would say. Nothing is sent or kept.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; as [`domain::review_log::ReviewRecord::may_revise`]; `E_FIELD` for a field the letter does not have.
    pub async fn plan_revision(&self, args: &ReviseInput) -> Result<RevisionPlan, Refusal> {
        let record = self.review(&args.id).await?;
        let Revision {
            values,
            version,
            plan,
            ..
        } = self.revision(&record, &args.fields).await?;
        let after = letter_after(&record, &values);
        let blocks = redline(Some(&record.data), &after);
        let runs = blocks.iter().flat_map(|block| &block.runs);
        let changes = runs.filter_map(|run| run.change).max().unwrap_or(0);
        let next = carried(&record, after);
        let before = number_text(&record.data, "version");
        let fields = values.iter().filter(|value| is_written(value));
        let fields = fields.map(|value| row(value, &record, &before)).collect();
        let refused = plan.err().map(|refusal| refusal.message);
        let same = (changes == 0 && !differs(&record, &values))
            .then(|| "Nothing is written otherwise yet.".to_owned());
        Ok(RevisionPlan {
            version: version.to_string(),
            fields,
            changes,
            lost: orphans(&next),
            comments: self.comments_of(&next),
            signed: u32::try_from(approvals(&record).len()).unwrap_or(u32::MAX),
            blocked: self.read_only().map(str::to_owned).or(refused).or(same),
            before,
            blocks,
        })
    }
}

/// Whether a person writes this field; the template of a letter under review stays.
fn is_written(value: &FieldValue) -> bool {
    !value.field.locked && value.field.name != "template"
}

/// What a field of the letter under review says.
fn said<'r>(record: &'r ReviewRecord, name: &str) -> &'r str {
    let fields = record.data.get("fields");
    let value = fields.and_then(|fields| fields.get(name));
    value.and_then(Value::as_str).unwrap_or_default()
}

fn differs(record: &ReviewRecord, values: &[FieldValue]) -> bool {
    let mut written = values.iter().filter(|value| is_written(value));
    written.any(|value| value.value != said(record, &value.field.name))
}

fn row(value: &FieldValue, record: &ReviewRecord, before: &str) -> FieldRow {
    let edited = value.value != said(record, &value.field.name);
    FieldRow {
        name: value.field.name.clone(),
        title: value.field.title.clone(),
        value: (!value.value.is_empty()).then(|| value.value.clone()),
        source: if edited {
            "You".to_owned()
        } else {
            format!("Version {before}")
        },
        system: None,
        read_at: None,
        old: false,
        confirmed: false,
        edited,
        required: value.field.required,
        missing: value.missing(),
        input: value.field.input.to_string(),
        choices: value.field.choices.clone(),
    }
}

/// The data of the letter as its next request would carry it, as far as its words come from it.
fn letter_after(record: &ReviewRecord, values: &[FieldValue]) -> Map<String, Value> {
    let fields = values.iter();
    let fields = fields.map(|value| (value.field.name.clone(), Value::from(value.value.as_str())));
    let mut data = record.data.clone();
    data.insert("fields".to_owned(), Value::Object(fields.collect()));
    // Nothing was rendered: no comment is of it yet.
    data.insert("hash".to_owned(), Value::from(""));
    data
}

/// The review with its open comments carried to the next version.
fn carried(record: &ReviewRecord, after: Map<String, Value>) -> ReviewRecord {
    let mut next = record.clone();
    next.earlier.push(record.data.clone());
    let open = record.remarks.iter().filter(|r| r.resolution.is_none());
    let items: Vec<_> = open.map(|remark| remark.item.clone()).collect();
    next.remarks = review_comments::remarks(&items, &record.request.maker, &after, &next.earlier);
    next.data = after;
    next
}
