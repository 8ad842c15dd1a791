//! When something leaves: quiet hours of the recipient, the time in which it can be undone, and sending all the same.

use async_trait::async_trait;
use domain::{
    ActionId, Millis, Refusal,
    operation::Call,
    operation::Operation,
    plan::GateKind,
    quiet::{self, Addressee},
    record::Partner,
    refusal::Code,
    review::ReviewState,
    undo,
};
use ledger::{Departure, Departures, Draft, Leaving, StepRow, Undone};
use serde_json::Value;

use crate::{
    Desk,
    act::Planned,
    facts,
    problem::Refuse,
    view::{DepartureView, NoticeInput, OutboxRow, Tone, UndoView, UndoneView},
};

/// Kind of draft that what was confirmed is kept as while it can be undone.
const SENT: &str = "sent";
/// How soon a review that does not stand any more is asked again, in milliseconds.
const ASK_AGAIN: i64 = 5 * domain::time::MINUTE;
/// How long such a draft is kept, in milliseconds.
const KEPT: i64 = 30 * domain::time::DAY;

/// What the outbox asks when it claims a step.
#[derive(Debug)]
pub(crate) struct Timing(pub(crate) Desk);

#[async_trait]
impl Departures for Timing {
    async fn departure(&self, leaving: &Leaving<'_>, now: Millis) -> Result<Departure, Refusal> {
        let desk = &self.0;
        let policy = desk.policy();
        if let Some(template) = leaving.template
            && !policy.is_regulated(template)
            && let Some(until) =
                undo::open_until(leaving.accepted_at, policy.notice.undo_seconds, now)
        {
            return Ok(Departure::Later {
                gate: GateKind::UndoWindow,
                until,
                reason: "It can be undone until then.".to_owned(),
            });
        }
        let Call::Release {
            channel, case_id, ..
        } = leaving.call
        else {
            return Ok(Departure::Now);
        };
        // It was won while the quorum stood, and may have waited since: nothing leaves that is rejected by now.
        if let Some(of) = desk.review_of(leaving.action).await?
            && of.state != ReviewState::Approved
        {
            return Ok(Departure::Later {
                gate: GateKind::QuietHours,
                until: now.plus(ASK_AGAIN),
                reason: format!("The review is {}.", of.state),
            });
        }
        // It may have waited for a morning: what came back then may have arrived since.
        if let Some(reason) = desk.fallback_is_pointless(leaving.intent).await? {
            return Ok(Departure::Never { reason });
        }
        // Most leave on a channel that disturbs nobody: the mirror is not asked.
        if !policy.quiet_hours.disturbs(channel) {
            return Ok(Departure::Now);
        }
        let partner = desk.recipient_in(leaving.lane, case_id).await?;
        let Some(until) = desk.quiet_until(channel, partner.as_ref(), now) else {
            return Ok(Departure::Now);
        };
        if leaving.urgent.is_some() {
            return Ok(Departure::Urgent { until });
        }
        Ok(Departure::Later {
            gate: GateKind::QuietHours,
            until,
            reason: quiet::held_because(desk.zone_of(partner.as_ref())),
        })
    }
}

impl Desk {
    /// Who a release reaches: the recipient its lane names, else the partner of its case.
    async fn recipient_in(&self, lane: &str, case_id: &str) -> Result<Option<Partner>, Refusal> {
        let cache = &self.inner.cache;
        let of_case = domain::action::lane(Operation::Release.system(), case_id, None);
        let named = lane
            .strip_prefix(&of_case)
            .and_then(|rest| rest.strip_prefix('/'));
        if let Some(named) = named
            && let Some(partner) = cache.partner(named).await.refuse()?
        {
            return Ok(Some(partner));
        }
        match cache.case(case_id, "").await.refuse()? {
            Some(item) => cache.partner(&item.case.partner_id).await.refuse(),
            None => Ok(None),
        }
    }

    fn zone_of<'a>(&'a self, partner: Option<&'a Partner>) -> &'a str {
        let agreed = partner.map_or("", |p| p.agreement.time_zone.as_str());
        self.policy().quiet_hours.zone_of(agreed)
    }

    fn quiet_until(&self, channel: &str, partner: Option<&Partner>, now: Millis) -> Option<Millis> {
        let policy = self.policy();
        let agreed = partner.map(|p| &p.agreement);
        let to = Addressee {
            time_zone: agreed.map_or("", |a| a.time_zone.as_str()),
            calendar: policy.calendar(agreed.map_or("", |a| a.calendar.as_str())),
        };
        policy.quiet_hours.not_before(channel, to, now)
    }

    /// When a notice to a partner would leave on a channel, if it were confirmed now.
    pub(crate) fn departure_view(
        &self,
        partner: Option<&Partner>,
        channel: &str,
        regulated: bool,
    ) -> DepartureView {
        let now = self.now();
        let zone = self.zone_of(partner);
        let until = self.quiet_until(channel, partner, now);
        let at = until.unwrap_or(now);
        let local = format!("{} in {}", quiet::wall(at, now, zone), quiet::place(zone));
        let text = match (until, regulated) {
            (None, false) => format!("Leaves at once, {local}"),
            (None, true) => format!("It is {local}; it leaves once it is signed"),
            (Some(until), false) => {
                format!("Leaves {local}, {}", quiet::in_how_long(until, now))
            }
            (Some(_), true) => format!("Leaves once it is signed, not before {local}"),
        };
        DepartureView {
            at: at.0,
            held: until.is_some(),
            local,
            zone: zone.to_owned(),
            text,
            undo_seconds: if regulated {
                0
            } else {
                self.policy().notice.undo_seconds
            },
        }
    }

    /// Sends what an action holds for quiet hours now. The reason is kept, and stands in the audit chain.
    ///
    /// # Errors
    /// `E_FIELD` without a reason; `E_STATE` when nothing is open; `E_NOT_FOUND`; `E_FORBIDDEN` for auditors.
    pub async fn send_now(&self, action: &str, reason: &str) -> Result<usize, Refusal> {
        self.may_act()?;
        let reason = quiet::reason(reason)?;
        let action = ActionId(action.to_owned());
        let steps = self
            .inner
            .ledger
            .send_now(&action, &self.actor(), &reason, self.now())
            .await
            .refuse()?;
        self.inner.wake.notify_waiters();
        Ok(steps)
    }

    /// Keeps what a person typed, so that it can be put back when it is undone. Kept before the action is accepted: after a
    /// crash in between there is at worst a draft too many.
    pub(crate) async fn keep_sent(
        &self,
        planned: &Planned,
        fields: &std::collections::BTreeMap<String, String>,
    ) -> Result<(), Refusal> {
        if !planned
            .plan
            .steps
            .iter()
            .any(|s| s.operation == Operation::Release)
        {
            return Ok(());
        }
        let (ledger, person, now) = (&self.inner.ledger, self.person().id, self.now());
        ledger
            .forget_drafts(&person, SENT, now.plus(-KEPT))
            .await
            .refuse()?;
        let mut own = fields.clone();
        let mut chosen = |name: &str| {
            let planned = planned.plan.steps.iter();
            let mut planned = planned.filter_map(|s| s.args.get(name).and_then(Value::as_str));
            own.remove(name)
                .or_else(|| planned.next().map(str::to_owned))
                .unwrap_or_default()
        };
        let body = NoticeInput {
            case: planned.plan.case.to_string(),
            template: chosen("template"),
            channel: chosen("channel"),
            fields: own,
            confirmed: Vec::new(),
        };
        let draft = Draft {
            id: sent_id(planned.plan.intent.as_str()),
            kind: SENT.to_owned(),
            case: Some(planned.plan.case.to_string()),
            person,
            body: serde_json::to_value(body).refuse()?,
            created_at: now,
            updated_at: now,
        };
        ledger.save_draft(&draft).await.refuse()
    }

    /// What can be undone of an action, and until when.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_STATE` for what is regulated or follows from an event.
    pub async fn undo_view(&self, action: &str) -> Result<UndoView, Refusal> {
        let action = ActionId(action.to_owned());
        let row = self.inner.ledger.action(&action).await.refuse()?;
        let steps = self.steps_of(&action).await?;
        self.undoable(&steps).await?;
        let (content, still_here) = self.inner.ledger.undoable(&action).await.refuse()?;
        let now = self.now();
        let seconds = self.policy().notice.undo_seconds;
        let until = undo::open_until(row.created_at, seconds, now);
        Ok(UndoView {
            action_id: action.to_string(),
            case: row.case.clone(),
            title: row.title.clone(),
            content,
            until: until.filter(|_| still_here).map(|at| at.0),
            left: !still_here,
        })
    }

    /// Undoes what a person confirmed, if nothing of it has left: then it never leaves, and what was typed is a draft again.
    ///
    /// # Errors
    /// `E_HASH` when `content` is not the hash of what was to be sent; `E_STATE` when it has left or is regulated;
    /// `E_NOT_FOUND`; `E_FORBIDDEN` for auditors.
    pub async fn undo(&self, action: &str, content: &str) -> Result<UndoneView, Refusal> {
        self.may_act()?;
        let action = ActionId(action.to_owned());
        let ledger = &self.inner.ledger;
        let row = ledger.action(&action).await.refuse()?;
        self.undoable(&self.steps_of(&action).await?).await?;
        let now = self.now();
        let kept = ledger.draft(&sent_id(&row.intent)).await.refuse()?;
        let draft = kept.map(|kept| Draft {
            id: self.notice_draft_id(kept.person.as_str(), facts::case_id(&row.case)),
            kind: "notice".to_owned(),
            updated_at: now,
            ..kept
        });
        let Undone {
            steps,
            draft_restored,
        } = ledger
            .undo(&action, content, draft.as_ref(), &self.actor(), now)
            .await
            .refuse()?;
        self.refresh_overlay().await?;
        self.inner.wake.notify_waiters();
        Ok(UndoneView {
            action_id: action.to_string(),
            case: row.case.clone(),
            content: content.to_owned(),
            steps: u32::try_from(steps).unwrap_or(u32::MAX),
            draft_restored,
        })
    }

    /// Refuses what cannot be undone whatever the time: regulated letters, and what releases nothing.
    async fn undoable(&self, steps: &[StepRow]) -> Result<(), Refusal> {
        let refuse = |why: &str| Err(Refusal::new(Code::State, why));
        let Some(release) = steps.iter().find(|s| s.op == Some(Operation::Release)) else {
            return refuse("This releases no notice, so there is nothing to undo.");
        };
        let args = self.inner.ledger.step(&release.id).await.refuse()?.args;
        let template = args.get("template").and_then(Value::as_str);
        if template.is_none_or(|key| self.policy().is_regulated(key)) {
            return refuse("A regulated letter is not undone; recall it.");
        }
        Ok(())
    }

    /// Says on a row of the outbox until when its step is held, and by what.
    pub(crate) fn say_when(&self, row: &mut OutboxRow, step: &StepRow) {
        let gate = step.blocked_by.as_deref();
        let Some(gate) = gate.and_then(|by| by.strip_prefix("gate:")) else {
            return;
        };
        let Some(until) = ledger::passes_at(gate) else {
            return;
        };
        row.status.tone = Tone::Wait;
        let here = self.person().time_zone;
        match step.reason.as_deref().and_then(quiet::zone_in) {
            Some(zone) => {
                // Said in words, on both walls.
                row.status_at = None;
                row.status.word = format!(
                    "Held until {}, quiet hours",
                    quiet::on_both_walls(until, self.now(), zone, &here)
                );
                row.actions.push("send_now".to_owned());
            }
            None if gate.starts_with(GateKind::QuietHours.as_str()) => {
                row.status_at = None;
                row.status.word = step.reason.clone().unwrap_or_default();
            }
            None => {
                row.status.word = "Can be undone until".to_owned();
                row.status_at = Some(until.0);
                row.actions.push("undo".to_owned());
            }
        }
    }
}

fn sent_id(intent: &str) -> String {
    format!("{SENT}/{intent}")
}
