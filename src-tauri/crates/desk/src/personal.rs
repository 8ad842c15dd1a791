//! Personal data in what a partner would read: shown before it is sent, refused without a reason, on the record with one.

use domain::{
    ObjectRef, Refusal,
    operation::Operation,
    personal::{self, Detail},
    record::Partner,
};
use ledger::AuditEntry;
use serde_json::json;

use crate::{
    Desk,
    act::Planned,
    derive::text_of,
    problem::Refuse,
    view::{CheckText, PersonalRow, PersonalView},
};

impl Desk {
    /// What the partner of a case would read of personal data in a text, and the text without it. Nothing leaves this machine.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for an unknown case; failures of the cache.
    pub async fn check_text(&self, args: &CheckText) -> Result<PersonalView, Refusal> {
        let cache = &self.inner.cache;
        let case_id = self.resolve_case(&args.case).await?;
        let partner = match cache.case(&case_id, "").await.refuse()? {
            Some(item) => cache.partner(&item.case.partner_id).await.refuse()?,
            None => None,
        };
        let rules = &self.policy().personal;
        let found = personal::find(&args.text, rules, partner.as_ref());
        let rows = found.iter().map(|f| PersonalRow {
            kind: f.what.to_string(),
            title: f.what.title().to_owned(),
            masked: f.masked(&args.text),
        });
        Ok(PersonalView {
            found: rows.collect(),
            redacted: personal::redacted(&args.text, &found),
        })
    }

    /// The record of what a plan tells a partner of personal data, for the reason given.
    ///
    /// # Errors
    /// `E_PERSONAL` without a reason; `E_FIELD` for one that says nothing.
    pub(crate) fn refuse_personal(
        &self,
        planned: &Planned,
        because: Option<&str>,
    ) -> Result<Vec<AuditEntry>, Refusal> {
        let partner = planned.known.partner.as_ref();
        let mut told = Vec::new();
        for step in &planned.plan.steps {
            let to_partner = text_of(&step.args, "visibility") == "partner";
            if step.operation != Operation::PostMessage || !to_partner {
                continue;
            }
            let body = text_of(&step.args, "body");
            let shared = self.personal_in(body, partner, because)?;
            told.extend(shared.map(|shared| told_of(&planned.plan.case, &shared)));
        }
        Ok(told)
    }

    /// What kinds of personal data a partner would read in a text, and the reason that was given for it. The reason is kept
    /// for good, so it has none itself.
    ///
    /// # Errors
    /// `E_PERSONAL` without a reason; `E_FIELD` for one that says nothing or repeats such data.
    pub(crate) fn personal_in(
        &self,
        text: &str,
        partner: Option<&Partner>,
        because: Option<&str>,
    ) -> Result<Option<(Vec<Detail>, String)>, Refusal> {
        let rules = &self.policy().personal;
        if because.is_some_and(|because| !personal::find(because, rules, None).is_empty()) {
            let words = "The reason is kept for good: give it without the data.";
            return Err(Refusal::field("personal", words));
        }
        personal::may_leave(text, &personal::find(text, rules, partner), because)
    }
}

/// The record of it: which kinds, and why, never the data.
pub(crate) fn told_of(about: &ObjectRef, (kinds, because): &(Vec<Detail>, String)) -> AuditEntry {
    AuditEntry::new("personal_data.shared", about)
        .with(json!({"kinds": kinds}))
        .because(because.as_str())
}
