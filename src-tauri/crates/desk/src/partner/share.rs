//! A comment that a person chooses to let the partner read.

use std::collections::BTreeMap;

use domain::{
    Refusal,
    partner_review::{self, Posted},
    refusal::Code,
    review_log::ReviewRecord,
    step::StepState,
};
use ledger::{Actor, AuditEntry, Derived};
use serde_json::json;

use crate::{
    Desk,
    derive::intent_of,
    personal::told_of,
    problem::{Refuse, not_found},
    review::text,
    review_comments::words,
};

fn state(words: &str) -> Refusal {
    Refusal::new(Code::State, words)
}

impl Desk {
    /// Lets the partner read a comment of a review: its words and what they are about, without the name of who wrote it.
    /// Personal data in it needs a reason.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for no comment of this review; as [`partner_review::may_share`]; `E_STATE` where no partner reviews it,
    /// its space is not open yet, or the comment is on its way already; `E_PERSONAL` for personal data without a reason.
    pub async fn share_comment(
        &self,
        id: &str,
        comment: &str,
        personal: Option<&str>,
    ) -> Result<(), Refusal> {
        self.may_act()?;
        let record = self.review(id).await?;
        let remark = record.remarks.iter().find(|r| r.item.id == comment);
        let remark = remark.ok_or_else(|| not_found("comment of this review", comment))?;
        let asked = record.request.partner.as_ref().zip(record.partner.as_ref());
        let (asked, answers) =
            asked.ok_or_else(|| state("Nobody at the partner reviews this letter."))?;
        partner_review::may_share(remark, &self.person().id, &record.request.maker)?;
        let space = answers.space_id.as_deref();
        let space = space.ok_or_else(|| state("The space of the partner is not open yet."))?;
        // The version it was written about, and not whichever is under review by now.
        let about = remark.item.data.as_object();
        let about = about.map_or("", |data| text(data, "hash"));
        let about = if about.is_empty() {
            &record.request.hash
        } else {
            about
        };
        let said = words(remark);
        let read = match &remark.quote {
            Some(quote) => format!("{quote}\n{said}"),
            None => said.to_owned(),
        };
        let partner = self.inner.cache.partner(&asked.partner_id).await.refuse()?;
        let shared = self.personal_in(&read, partner.as_ref(), personal)?;
        let posted = Posted::SharedComment {
            comment: comment.to_owned(),
            text: said.to_owned(),
            quote: remark.quote.clone(),
            hash: about.to_owned(),
        };
        let (kind, title, data) = posted.item();
        let (event_id, subject) = self.next_share(&record, comment).await?;
        let event = json!({
            "kind": "partner_message", "id": event_id, "space": space, "review": record.space_id, "notice": record.notice,
            "item_kind": kind, "title": title, "data": data, "subject": subject,
        });
        let plan = self
            .derived_plan(&record.case_id, &BTreeMap::new(), event, Vec::new())
            .await?;
        let plan =
            plan.ok_or_else(|| Refusal::new(Code::Offline, "Community is not connected."))?;
        let person = self.person().id;
        let told =
            json!({"notice": record.notice, "hash": about, "comment": comment, "person": person});
        let mut entry = AuditEntry::new("comment.shared", &record.object()).with(told);
        entry.case = Some(plan.plan.case.clone());
        let mut audit = vec![entry];
        audit.extend(shared.map(|shared| told_of(&plan.plan.case, &shared)));
        // The partner reads who writes in its space: never the name of a reviewer. The trail has it.
        let actor = Actor {
            on_behalf_of: Some(person),
            ..Actor::system()
        };
        let derived = Derived {
            actor,
            audit,
            ..plan
        };
        let ledger = &self.inner.ledger;
        let accepted = ledger.enqueue_following(&[derived], self.now()).await;
        if accepted.refuse()?.is_empty() {
            return Err(state(ON_ITS_WAY));
        }
        self.inner.wake.notify_waiters();
        Ok(())
    }

    /// Name of the next try to share a comment, and the subject it claims. What is known by its name is not done again, so a
    /// try has another one than those that were cancelled. Only what was claimed is claimed under another subject: what nobody
    /// has won yet all desktops claim alike.
    ///
    /// # Errors
    /// `E_STATE` while one was not cancelled.
    async fn next_share(
        &self,
        record: &ReviewRecord,
        comment: &str,
    ) -> Result<(String, String), Refusal> {
        let first = format!("partner/share/{}/{comment}", record.space_id);
        let numbered = |number: u32| match number {
            0 => first.clone(),
            more => format!("{first}/{}", more.saturating_add(1)),
        };
        let (mut tries, mut claimed) = (0_u32, 0_u32);
        loop {
            let intent = intent_of(&numbered(tries));
            let Some(action) = self.inner.ledger.action_of(&intent).await.refuse()? else {
                return Ok((numbered(tries), numbered(claimed)));
            };
            let steps = self.steps_of(&action).await?;
            let goes_on = |name: &str| {
                let mut named = steps.iter().filter(|step| step.name == name);
                named.any(|step| step.state != StepState::Cancelled)
            };
            if goes_on("item") {
                return Err(state(ON_ITS_WAY));
            }
            tries = tries.saturating_add(1);
            claimed = claimed.saturating_add(u32::from(goes_on("claim")));
        }
    }
}

const ON_ITS_WAY: &str = "This comment is on its way to the partner already.";
