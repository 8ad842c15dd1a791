//! Another version of a letter that lies before its reviewers.

use std::collections::BTreeMap;

use domain::{
    ActionId, IntentId, Refusal, letter_text,
    plan::Plan,
    playbook::{self, FieldValue, Playbook},
    review_comments::version_of,
    review_log::ReviewRecord,
};
use ledger::AuditEntry;
use serde_json::{Value, json};

use crate::{Desk, review::text};

/// The playbook by which a letter is written otherwise.
pub(crate) const PLAYBOOK: &str = "letter_revised";

/// What another version of a letter would be: its fields as they would be sent, and the plan that sends it.
pub(crate) struct Revision {
    /// How it goes.
    pub(crate) playbook: Playbook,
    /// Every field of the letter with what it says then.
    pub(crate) values: Vec<FieldValue>,
    /// Its number.
    pub(crate) version: i64,
    /// The steps, or why it cannot be sent as it is.
    pub(crate) plan: Result<Plan, Refusal>,
}

impl Desk {
    /// Puts another version of a letter before the same reviewers, with these fields written otherwise. What was signed of
    /// the version before counts for nothing; its open comments go with it.
    ///
    /// # Errors
    /// As [`ReviewRecord::may_revise`]; `E_FIELD` for a field the letter does not have or that is not typed; refusals of the
    /// plan.
    pub async fn revise_letter(
        &self,
        review: &str,
        typed: &BTreeMap<String, String>,
    ) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let record = self.review(review).await?;
        self.revise_with(&record, typed, Vec::new()).await
    }

    /// The same with further records of why.
    pub(crate) async fn revise_with(
        &self,
        record: &ReviewRecord,
        typed: &BTreeMap<String, String>,
        mut audit: Vec<AuditEntry>,
    ) -> Result<ActionId, Refusal> {
        let Revision { playbook, plan, .. } = self.revision(record, typed).await?;
        let plan = plan?;
        let told = json!({"notice": record.notice, "hash": record.request.hash, "intent": plan.intent,
            "review": record.id()});
        let entry = AuditEntry::new(playbook.audit_word(), &plan.case).with(told);
        audit.insert(0, entry);
        self.accept(&plan, Vec::new(), audit).await
    }

    /// What would be sent; nothing is.
    ///
    /// # Errors
    /// As [`Desk::revise_letter`], but for what the plan refuses.
    pub(crate) async fn revision(
        &self,
        record: &ReviewRecord,
        typed: &BTreeMap<String, String>,
    ) -> Result<Revision, Refusal> {
        record.may_revise(&self.person().id, self.now())?;
        // What else goes through a review is bound to what it was made for, and would become another letter.
        let is_letter = record
            .data
            .get("fields")
            .is_some_and(|f| f.get("template").is_some());
        if !is_letter {
            let words = "Only a letter is put before its reviewers once more: take this one back and write it anew.";
            return Err(Refusal::new(domain::refusal::Code::State, words));
        }
        let playbook = self.inner.library.find(PLAYBOOK)?.clone();
        let fields = fields_after(&playbook, record, typed)?;
        let known = self.know(&record.case_id).await?;
        let intent = IntentId(uuid::Uuid::now_v7().to_string());
        let mut facts = self.facts_of(&known, &playbook, &fields, &intent);
        let version = version_of(&record.data).parse::<i64>().unwrap_or(1);
        let version = version.saturating_add(1);
        if let Some(values) = facts.values.as_object_mut() {
            let number = text(&record.data, "notice_number");
            values.insert(
                "notice".into(),
                json!({"id": record.notice, "number": number, "version": version}),
            );
            if let Some(review) = values.get_mut("review").and_then(Value::as_object_mut) {
                review.insert("space".to_owned(), json!(record.space_id));
                // Who was asked at the partner for one version is asked for the next.
                let partner = record.data.get("partner").cloned();
                review.insert("partner".to_owned(), partner.unwrap_or_default());
            }
        }
        let plan = playbook::plan(&playbook, &facts, &fields, &intent);
        Ok(Revision {
            values: playbook::field_values(&playbook, &facts, &fields),
            playbook,
            version,
            plan,
        })
    }
}

/// What the letter says after: what was typed, over what it says now.
fn fields_after(
    playbook: &Playbook,
    record: &ReviewRecord,
    typed: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let may = |name: &str| {
        let field = playbook.fields.iter().find(|field| field.name == name);
        field.is_some_and(|field| !field.locked)
    };
    if let Some(name) = typed.keys().find(|name| !may(name) || *name == "template") {
        return Err(Refusal::field(name, "This is not written by a person."));
    }
    let mut fields = letter_text::fields_of(&record.data);
    fields.retain(|name, _| may(name));
    fields.extend(typed.clone());
    Ok(fields)
}
