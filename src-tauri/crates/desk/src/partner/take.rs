//! Changed data of the partner: shown field by field, and taken as the next version of the letter when a person says so.

use std::collections::BTreeMap;

use domain::{
    ActionId, Kind, ObjectRef, Refusal, System, letter_text,
    partner_review::{self, DataSet, Difference, LARGEST},
    refusal::Code,
    review_log::ReviewRecord,
    visibility::Visibility,
};
use ledger::AuditEntry;
use serde_json::json;

use super::FIELD;
use crate::{
    Desk,
    problem::{Refuse, not_found},
};

/// What a partner would have otherwise.
#[derive(Debug, Clone)]
pub(crate) struct TheirChanges {
    pub(crate) set: DataSet,
    pub(crate) sha256: String,
    pub(crate) differences: Vec<Difference>,
}

impl Desk {
    /// The changes a data set of the partner asks for.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for no data set of this version by somebody who was asked; `E_ROUTE` for a file of another case;
    /// `E_FIELD` for one that is too large or does not read; `E_INTEGRITY` when its bytes are others than announced;
    /// `E_OFFLINE` when they cannot be had.
    pub(crate) async fn their_changes(
        &self,
        record: &ReviewRecord,
        attachment: &str,
    ) -> Result<TheirChanges, Refusal> {
        let id = attachment
            .strip_prefix("attachment:community:")
            .unwrap_or(attachment);
        let answers = record.partner.as_ref();
        let set = answers.and_then(|a| a.data_sets.iter().rfind(|set| set.attachment == id));
        let set = set.ok_or_else(|| not_found("data set of this version", attachment))?;
        let files = self
            .inner
            .cache
            .attachments(&[id.to_owned()])
            .await
            .refuse()?;
        let file = files
            .first()
            .ok_or_else(|| not_found("attachment", attachment))?;
        if file.case_id != record.case_id || file.visibility != Visibility::Partner {
            let words = "This file is not one that the partner put on the case of this letter.";
            return Err(Refusal::new(Code::Route, words));
        }
        if usize::try_from(file.size).map_or(true, |size| size > LARGEST) {
            let words = format!("A data set has up to {LARGEST} bytes.");
            return Err(Refusal::field("attachment", words));
        }
        let object = ObjectRef::new(Kind::Attachment, System::Community, id);
        let bytes = self.bytes_of(&object, Some(&file.sha256)).await?;
        let playbook = self.inner.library.find(crate::revise::PLAYBOOK)?;
        let fields = playbook.fields.iter().filter(|field| !field.locked);
        let fields = fields.map(|field| field.name.as_str());
        let editable: Vec<&str> = fields
            .filter(|name| !["template", "channel", FIELD].contains(name))
            .collect();
        let theirs = partner_review::read_data_set(&bytes, &editable)?;
        let now = letter_text::fields_of(&record.data);
        Ok(TheirChanges {
            set: set.clone(),
            sha256: file.sha256.clone(),
            differences: partner_review::differences(&now, &theirs)?,
        })
    }

    /// Takes the changes of a data set: they become the next version of the letter, and what was signed of this one counts for
    /// nothing. `shown` is the SHA-256 of the file whose changes were on screen.
    ///
    /// # Errors
    /// As [`Desk::revise_letter`] and for reading it; `E_HASH` when another file was on screen.
    pub async fn take_partner_changes(
        &self,
        review: &str,
        attachment: &str,
        shown: Option<&str>,
    ) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let record = self.review(review).await?;
        record.may_revise(&self.person().id, self.now())?;
        let theirs = self.their_changes(&record, attachment).await?;
        if shown.is_some_and(|shown| shown != theirs.sha256) {
            return Err(Refusal::new(
                Code::Hash,
                "The file is not the one you were shown.",
            ));
        }
        let differences = theirs.differences.iter();
        let names: Vec<&str> = differences.clone().map(|d| d.field.as_str()).collect();
        let typed: BTreeMap<String, String> = differences
            .map(|d| (d.field.clone(), d.after.clone()))
            .collect();
        let told = json!({
            "notice": record.notice, "hash": record.request.hash, "person": theirs.set.person, "item": theirs.set.item,
            "attachment": theirs.set.attachment, "sha": theirs.sha256, "fields": names,
        });
        let mut entry = AuditEntry::new("approval.changes_taken", &record.object()).with(told);
        entry.case = Some(ObjectRef::case(record.case_id.clone()));
        self.revise_with(&record, &typed, vec![entry]).await
    }
}
