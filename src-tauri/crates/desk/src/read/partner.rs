//! Reviewers at the partner as the review screen shows them.

use domain::{
    Kind, ObjectRef, Refusal, System,
    partner_review::{self, PartnerAsked, PartnerWeight, PersonState},
    review_comments::Remark,
    review_log::ReviewRecord,
    review_rule,
};

use super::words;
use crate::{
    Desk,
    view::{
        DataChange, DataSetRow, GetPartnerChanges, PartnerChanges, PartnerPerson,
        PartnerReviewView, QuarantinedVerdict, StatusWord, Tone,
    },
};

fn state_word(state: PersonState) -> StatusWord {
    let (tone, text) = match state {
        PersonState::Asked => (Tone::Wait, "Asked"),
        PersonState::Opened => (Tone::Wait, "Opened it"),
        PersonState::Approved => (Tone::Ok, "Approved"),
        PersonState::Rejected => (Tone::Fail, "Rejected"),
        PersonState::Quarantined => (Tone::Late, "Quarantined: what they said does not count"),
    };
    words::word(tone, state.as_str(), text.to_owned())
}

/// Whether a verdict of the partner is required and not there.
pub(super) fn waits_for_partner(record: &ReviewRecord) -> bool {
    let asked = record.request.partner.as_ref();
    let required = asked.filter(|asked| asked.weight == PartnerWeight::Required);
    required.is_some_and(|asked| {
        let approved = review_rule::progress(&record.request, &record.signatures).by_partner;
        approved.len() < asked.needed as usize
    })
}

fn weight_word(asked: &PartnerAsked) -> String {
    match asked.weight {
        PartnerWeight::Required => {
            format!("Nothing leaves before {} of them approve.", asked.needed)
        }
        PartnerWeight::Counted => {
            format!(
                "One approval counts as a signature, beside {} of our own.",
                asked.internal
            )
        }
        PartnerWeight::Advisory => "Their verdict is advice.".to_owned(),
    }
}

impl Desk {
    /// What the screen shows of the reviewers at the partner; `None` where none were asked.
    pub(super) fn partner_view(&self, record: &ReviewRecord) -> Option<PartnerReviewView> {
        let (asked, answers) = (record.request.partner.as_ref()?, record.partner.as_ref()?);
        let name = |id: &str| {
            asked
                .person(id)
                .map_or_else(|| id.to_owned(), |p| p.name.clone())
        };
        let persons = answers.persons.iter().map(|standing| PartnerPerson {
            id: standing.person.id.to_string(),
            name: standing.person.name.clone(),
            status: state_word(standing.state),
            at: standing.at.map(|at| at.0),
        });
        let verdicts = answers.verdicts.iter().rev();
        let quarantined = verdicts.filter_map(|verdict| {
            let why = verdict.why_not?;
            Some(QuarantinedVerdict {
                id: verdict.item.clone(),
                person: name(verdict.person.as_str()),
                verdict: verdict.verdict.map(|v| v.to_string()),
                hash: verdict.hash.clone(),
                at: verdict.at.0,
                why: why.to_string(),
                word: why.words().to_owned(),
            })
        });
        let may = record.may_revise(&self.person().id, self.now());
        let data_sets = answers.data_sets.iter().rev().map(|set| DataSetRow {
            attachment: attachment(&set.attachment),
            person: name(set.person.as_str()),
            at: set.at.0,
            may_take: may.is_ok() && self.read_only().is_none(),
            may_not_reason: may.as_ref().err().map(|refusal| refusal.message.clone()),
        });
        Some(PartnerReviewView {
            name: asked.name.clone(),
            weight: asked.weight.to_string(),
            word: weight_word(asked),
            shown: answers.requested.contains(&record.request.hash),
            persons: persons.collect(),
            quarantined: quarantined.collect(),
            data_sets: data_sets.collect(),
        })
    }

    /// Whether the acting person may let the partner read a comment.
    pub(super) fn may_share(&self, record: &ReviewRecord, remark: &Remark) -> bool {
        let open = record
            .partner
            .as_ref()
            .is_some_and(|a| a.space_id.is_some());
        let (me, maker) = (self.person().id, &record.request.maker);
        open && self.read_only().is_none() && partner_review::may_share(remark, &me, maker).is_ok()
    }

    /// What a data set of the partner would change, field by field.
    ///
    /// # Errors
    /// As for taking it: `E_NOT_FOUND`, `E_ROUTE`, `E_FIELD`, `E_INTEGRITY`, `E_OFFLINE`.
    pub async fn partner_changes(
        &self,
        args: &GetPartnerChanges,
    ) -> Result<PartnerChanges, Refusal> {
        let record = self.review(&args.id).await?;
        let theirs = self.their_changes(&record, &args.attachment).await?;
        let asked = record.request.partner.as_ref();
        let person = asked.and_then(|asked| asked.person(theirs.set.person.as_str()));
        let text = |text: String| (!text.is_empty()).then_some(text);
        let changes = theirs.differences.into_iter().map(|change| DataChange {
            title: words::sentence(&change.field),
            before: text(change.before),
            after: text(change.after),
        });
        Ok(PartnerChanges {
            attachment: attachment(&theirs.set.attachment),
            sha256: theirs.sha256,
            person: person.map(|p| p.name.clone()).unwrap_or_default(),
            changes: changes.collect(),
        })
    }
}

fn attachment(id: &str) -> String {
    ObjectRef::new(Kind::Attachment, System::Community, id).to_string()
}
