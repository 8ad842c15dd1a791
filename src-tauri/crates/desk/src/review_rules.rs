//! By which rule the signatures of a letter are asked for, and when its reviewers are reminded.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use domain::{
    ObjectRef, Refusal, System,
    playbook::{self, Facts},
    review::ReviewState,
    review_clock::{self, Reminder},
    review_log::ReviewRecord,
    review_rule::{self, About},
    step::StepState,
    time::MINUTE,
};
use ledger::{Actor, AuditEntry};
use serde_json::{Value, json};

use crate::{Desk, derive::intent_of, problem::Refuse};

/// How often reviews are looked through for reminders.
const LOOK_EVERY: i64 = MINUTE;
/// Settings that say which reminders the trail has.
const REMINDED: &str = "review/reminded/";

impl Desk {
    /// Lays the rule a letter is signed by among the facts of its case: by its template, the case and the amount it names.
    pub(crate) fn rule_in(
        &self,
        facts: &mut Facts,
        case_type: &str,
        fields: &BTreeMap<String, String>,
    ) {
        let template = playbook::lookup(&facts.values, "template.key");
        let template = template
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let amounts = review_rule::amounts_of(fields, None);
        let about = About {
            template: &template,
            case_type,
            amounts: &amounts,
        };
        let (needed, rule) = review_rule::rule_for(&self.policy().review, &about);
        let review = facts
            .values
            .get_mut("review")
            .and_then(Value::as_object_mut);
        if let Some(review) = review {
            review.insert("needed".to_owned(), json!(needed));
            review.insert("rule".to_owned(), json!(rule));
        }
    }

    /// Reminds the reviewers of what they have not decided, once from all desktops, and writes down what this one sent.
    pub(crate) async fn remind_reviewers(&self) -> Result<bool, Refusal> {
        let now = self.now();
        let last = self.inner.reviews_looked_at.load(Ordering::Relaxed);
        if now.0 >= last && now.0.saturating_sub(last) < LOOK_EVERY {
            return Ok(false);
        }
        self.inner.reviews_looked_at.store(now.0, Ordering::Relaxed);
        let status = self.inner.cache.system_status().await.refuse()?;
        let pulled = status.iter().find(|s| s.system == System::Community);
        let Some(pulled) = pulled.and_then(|s| s.last_success) else {
            return Ok(false);
        };
        let mut moved = false;
        for record in self.reviews().await? {
            self.record_reminders_of(&record).await?;
            let due = self.due_reminder(&record);
            // What was signed until then has to be here first.
            let Some(reminder) = due.filter(|reminder| reminder.at <= pulled) else {
                continue;
            };
            match self.remind_of(&record, reminder).await {
                Ok(reminded) => moved |= reminded,
                Err(refusal) => {
                    tracing::info!(%refusal, review = %record.id(), "nobody is reminded yet");
                }
            }
        }
        Ok(moved)
    }

    /// The reminder of a review whose time has come.
    fn due_reminder(&self, record: &ReviewRecord) -> Option<Reminder> {
        let (now, policy) = (self.now(), &self.policy().review);
        let due_at = record.request.due_at?;
        if record.state(now) != ReviewState::Requested {
            return None;
        }
        let calendar = self.policy().calendar(&policy.calendar);
        let plan = review_clock::reminders(
            record.requested_at,
            due_at,
            record.request.expires_at,
            &policy.reminders,
            calendar.map(|calendar| (calendar, policy.time_zone.as_str())),
        );
        review_clock::due(&plan, record.reminded, now)
    }

    async fn remind_of(&self, record: &ReviewRecord, reminder: Reminder) -> Result<bool, Refusal> {
        let id = reminder_id(record, reminder.percent);
        let ledger = &self.inner.ledger;
        if ledger.action_of(&intent_of(&id)).await.refuse()?.is_some() {
            return Ok(false);
        }
        let group = record.request.deputies.filter(|_| reminder.percent >= 100);
        let left = review_rule::progress(&record.request, &record.signatures).more;
        let text = match group {
            Some(group) => format!(
                "{} was not decided in time and needs {left} more. People of role {group} may sign it now.",
                record.notice
            ),
            None => format!(
                "{} needs {left} more; {} % of the time to decide have passed.",
                record.notice, reminder.percent
            ),
        };
        let event = json!({
            "kind": "review_reminder", "id": id, "space": record.space_id, "notice": record.notice,
            "hash": record.request.hash, "percent": reminder.percent, "group": group, "text": text,
            "subject": format!("{}/{}/{}", record.space_id, record.request.hash, reminder.percent),
        });
        self.enqueue_following(&record.case_id, event, Vec::new())
            .await?;
        Ok(true)
    }

    /// The trail has the reminders that this desktop sent.
    async fn record_reminders_of(&self, record: &ReviewRecord) -> Result<(), Refusal> {
        for percent in self.policy().review.reminders.clone() {
            if Some(percent) <= record.reminded {
                self.record_told(record, percent).await?;
            }
        }
        Ok(())
    }

    async fn record_told(&self, record: &ReviewRecord, percent: u32) -> Result<(), Refusal> {
        let id = reminder_id(record, percent);
        let key = format!("{REMINDED}{id}");
        let ledger = &self.inner.ledger;
        if ledger.setting::<Value>(&key).await.refuse()?.is_some() {
            return Ok(());
        }
        let Some(action) = ledger.action_of(&intent_of(&id)).await.refuse()? else {
            return Ok(());
        };
        let steps = self.steps_of(&action).await?;
        let sent = |name: &str| {
            let mut of_name = steps.iter().filter(|step| step.name == name);
            of_name.any(|step| matches!(step.state, StepState::Confirmed { .. }))
        };
        if !sent("item") {
            return Ok(());
        }
        let group = record.request.deputies.filter(|_| percent >= 100);
        let event = if group.is_some() {
            "review.escalated"
        } else {
            "review.reminded"
        };
        let told = json!({"notice": record.notice, "hash": record.request.hash, "percent": percent, "group": group});
        let mut entry = AuditEntry::new(event, &record.object()).with(told);
        entry.case = Some(ObjectRef::case(record.case_id.clone()));
        ledger
            .decide(&key, &json!(true), entry, &Actor::system(), self.now())
            .await
            .refuse()
    }
}

fn reminder_id(record: &ReviewRecord, percent: u32) -> String {
    format!(
        "review/remind/{}/{}/{percent}",
        record.space_id, record.request.hash
    )
}
