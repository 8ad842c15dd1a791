//! Personal data in what a partner would read: shown before it is sent, refused without a reason, on the record with one.

use domain::{Refusal, operation::Operation, personal};
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
        let (rules, partner) = (&self.policy().personal, planned.known.partner.as_ref());
        let mut told = Vec::new();
        for step in &planned.plan.steps {
            let to_partner = text_of(&step.args, "visibility") == "partner";
            if step.operation != Operation::PostMessage || !to_partner {
                continue;
            }
            let body = text_of(&step.args, "body");
            let found = personal::find(body, rules, partner);
            if let Some((kinds, because)) = personal::may_leave(body, &found, because)? {
                let entry = AuditEntry::new("personal_data.shared", &planned.plan.case)
                    .with(json!({"step": step.id, "kinds": kinds, "places": found.len()}))
                    .because(because);
                told.push(entry);
            }
        }
        Ok(told)
    }
}
