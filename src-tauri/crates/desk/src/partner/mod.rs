//! Reviewers at the partner: who is asked, the space they read and write, and what comes back from there.

mod follow;
mod guard;
mod share;
mod take;

use std::collections::BTreeMap;

use domain::{
    Refusal,
    partner_review::{self, PartnerAsked, SHARED},
    playbook::{self, Facts, Playbook},
    record::SpaceItem,
    review_log::ReviewRecord,
};
use serde_json::{Value, json};

pub(crate) use guard::guarded;

use crate::{Desk, facts::Known, problem::Refuse};

/// Field in which the maker names who reviews at the partner, where its record does not say so.
pub(crate) const FIELD: &str = "partner_reviewer";

/// Whether letters of a playbook may be put before reviewers of the partner.
fn asks(playbook: &Playbook) -> bool {
    playbook.fields.iter().any(|field| field.name == FIELD)
}

impl Desk {
    /// A review with what came back from the partner, where it was asked.
    pub(crate) async fn with_partner(
        &self,
        record: ReviewRecord,
        items: &[SpaceItem],
    ) -> Result<ReviewRecord, Refusal> {
        if record.request.partner.is_none() {
            return Ok(record);
        }
        let cache = &self.inner.cache;
        let mut shared = Vec::new();
        for space in cache.spaces_about(&record.space_id).await.refuse()? {
            if space.purpose == SHARED {
                let theirs = cache.space_items(&space.id).await.refuse()?;
                shared.push((space, theirs));
            }
        }
        Ok(record.with_partner(items, &shared))
    }

    /// Who is asked at the partner for a letter with these facts.
    ///
    /// # Errors
    /// As [`partner_review::asked_for`].
    pub(crate) fn partner_asked(
        &self,
        playbook: &Playbook,
        known: &Known,
        facts: &Facts,
        fields: &BTreeMap<String, String>,
    ) -> Result<Option<PartnerAsked>, Refusal> {
        if !asks(playbook) {
            return Ok(None);
        }
        let template = playbook::lookup(&facts.values, "template.key");
        let template = template.and_then(Value::as_str).unwrap_or_default();
        let named = fields.get(FIELD).map(String::as_str).unwrap_or_default();
        let review = &self.policy().review;
        partner_review::asked_for(
            &review.partners,
            review.needed,
            (template, &known.case.case_type),
            known.partner.as_ref(),
            (&self.person().id, named),
        )
    }

    /// Lays who is asked at the partner among the facts. Where nobody can be, the plan is refused: see
    /// [`Desk::partner_asked`].
    pub(crate) fn partner_in(
        &self,
        facts: &mut Facts,
        playbook: &Playbook,
        known: &Known,
        fields: &BTreeMap<String, String>,
    ) {
        let asked = self.partner_asked(playbook, known, facts, fields);
        let review = facts
            .values
            .get_mut("review")
            .and_then(Value::as_object_mut);
        if let (Ok(Some(asked)), Some(review)) = (asked, review) {
            review.insert("partner".to_owned(), json!(asked));
        }
    }
}
