//! A comment that a person chooses to let the partner read.

use std::collections::BTreeMap;

use domain::{
    Refusal,
    partner_review::{self, Posted},
    refusal::Code,
};
use ledger::{AuditEntry, Derived};
use serde_json::json;

use crate::{
    Desk,
    problem::{Refuse, not_found},
    review_comments::words,
};

impl Desk {
    /// Lets the partner read a comment of a review: its words and what they are about, without the name of who wrote it.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for no comment of this review; as [`partner_review::may_share`]; `E_STATE` where no partner reviews it,
    /// or its space is not open yet.
    pub async fn share_comment(&self, id: &str, comment: &str) -> Result<(), Refusal> {
        self.may_act()?;
        let record = self.review(id).await?;
        let remark = record.remarks.iter().find(|r| r.item.id == comment);
        let remark = remark.ok_or_else(|| not_found("comment of this review", comment))?;
        let state = |words: &str| Refusal::new(Code::State, words);
        let answers = record.partner.as_ref();
        let answers = answers.ok_or_else(|| state("Nobody at the partner reviews this letter."))?;
        partner_review::may_share(remark, &self.person().id, &record.request.maker)?;
        let space = answers.space_id.as_deref();
        let space = space.ok_or_else(|| state("The space of the partner is not open yet."))?;
        let posted = Posted::SharedComment {
            comment: comment.to_owned(),
            text: words(remark).to_owned(),
            quote: remark.quote.clone(),
            hash: record.request.hash.clone(),
        };
        let (kind, title, data) = posted.item();
        let event_id = format!("partner/share/{}/{comment}", record.space_id);
        let event = json!({
            "kind": "partner_message", "id": event_id, "space": space, "review": record.space_id, "notice": record.notice,
            "item_kind": kind, "title": title, "data": data, "subject": event_id,
        });
        let plan = self
            .derived_plan(&record.case_id, &BTreeMap::new(), event, Vec::new())
            .await?;
        let plan =
            plan.ok_or_else(|| Refusal::new(Code::Offline, "Community is not connected."))?;
        let told =
            json!({"notice": record.notice, "hash": record.request.hash, "comment": comment});
        let mut entry = AuditEntry::new("comment.shared", &record.object()).with(told);
        entry.case = Some(plan.plan.case.clone());
        let derived = Derived {
            actor: self.actor(),
            audit: vec![entry],
            ..plan
        };
        let ledger = &self.inner.ledger;
        ledger
            .enqueue_following(&[derived], self.now())
            .await
            .refuse()?;
        self.inner.wake.notify_waiters();
        Ok(())
    }
}
