//! Events made from outside.

use domain::{Millis, System};
use serde_json::{Value, json};

use super::{delivery::Step, ids, templates::Template};
use crate::core::state::Ctx;

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `{kind: "delivery", notice_id, state, at?}`: what the mail service, or the post, reports next.
pub(super) fn delivery(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let (notice, word) = (text(body, "notice_id"), text(body, "state"));
    let step = Step::of(word).ok_or_else(|| {
        format!("state '{word}' is none of submitted, sent, delivered, bounced, failed")
    })?;
    let now = ctx.now();
    let at = match body.get("at").and_then(Value::as_str) {
        Some(text) => Millis::parse_lenient(text).map_err(|e| e.to_string())?,
        None => now,
    };
    let mut state = ctx.exstream();
    let job = state
        .jobs
        .iter_mut()
        .rev()
        .find(|job| job.external_id.as_deref() == Some(notice) || job.id == notice)
        .ok_or_else(|| format!("no job for notice '{notice}'"))?;
    job.injected.push((at, step));
    job.injected.sort_by_key(|(at, _)| *at);
    Ok(json!({
        "system": System::Exstream, "notice_id": notice, "job_id": job.id, "state": word, "at": at.rfc3339(),
    }))
}

/// `{kind: "letter_change", notice_id, stage?}`: changes one character of the stored draft of a notice, or, with stage
/// `production`, lets the engine print something else than the draft shows.
pub(super) fn letter_change(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let notice = text(body, "notice_id");
    let now = ctx.now();
    let mut state = ctx.exstream();
    let drafts = state.drafts.values_mut().filter(|draft| {
        draft.id == notice || draft.data.get("externalId").and_then(Value::as_str) == Some(notice)
    });
    let mut changed = Vec::new();
    for draft in drafts {
        if text(body, "stage") == "production" {
            draft.production_note = Some("altered in production".to_owned());
        } else {
            let issue = draft.data.entry("issue").or_insert_with(|| json!(""));
            match issue {
                Value::Array(items) => {
                    if let Some(first) = items.first_mut() {
                        *first = json!(altered(first.as_str().unwrap_or_default()));
                    }
                }
                other => *other = json!(altered(other.as_str().unwrap_or_default())),
            }
        }
        draft.modified_at = now;
        changed.push(draft.id.clone());
    }
    if changed.is_empty() {
        return Err(format!("no draft of notice '{notice}'"));
    }
    Ok(json!({ "system": System::Exstream, "notice_id": notice, "documents": changed }))
}

/// The same text with another last character.
fn altered(text: &str) -> String {
    let mut out = text.to_owned();
    let last = out.pop();
    out.push(if last == Some('!') { '?' } else { '!' });
    out
}

/// `{kind: "template", key, language?, version?, state?, title?}`: a version appears or changes its state.
pub(super) fn template(ctx: &Ctx, body: &Value) -> Result<Value, String> {
    let key = text(body, "key");
    if key.is_empty() {
        return Err("key is missing".to_owned());
    }
    let language = if text(body, "language").is_empty() {
        "en"
    } else {
        text(body, "language")
    };
    let now = ctx.now();
    let mut state = ctx.exstream();
    let seed = state.seed;
    let before = state
        .templates
        .iter()
        .filter(|t| t.key == key && t.language == language)
        .max_by_key(|t| t.version);
    let version = body
        .get("version")
        .and_then(Value::as_i64)
        .unwrap_or_else(|| before.map_or(1, |t| t.version + 1));
    let title = match text(body, "title") {
        "" => before.map_or_else(|| key.to_owned(), |t| t.title.clone()),
        title => title.to_owned(),
    };
    let word = if text(body, "state").is_empty() {
        "APPROVED"
    } else {
        text(body, "state")
    };
    let made = Template {
        id: ids::uuid(seed, &format!("template/{key}/{language}/{version}")),
        key: key.to_owned(),
        title,
        language: language.to_owned(),
        version,
        state: word.to_owned(),
        locked_by: None,
        modified_at: now,
        comment: String::new(),
    };
    let id = made.id.clone();
    match state.templates.iter_mut().find(|t| t.id == id) {
        Some(known) => *known = made,
        None => state.templates.push(made),
    }
    Ok(json!({ "system": System::Exstream, "id": id, "key": key, "version": version }))
}
