//! Closed loops of a case: what was told, who answered, what people decided, and what follows from it.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use domain::{
    ActionId, IntentId, Millis, Refusal, derive,
    loops::{self, Answer, LoopState, Loops, Outcome, Told, named_notices},
    notice::{self, Ending},
    plan::Plan,
    playbook, reason,
    record::{Case, Comment, Partner, SpaceItem},
    refusal::Code,
    time::{DAY, HOUR},
};
use ledger::{AuditEntry, Derived, Published};
use serde_json::{Value, json};

use crate::{
    Desk,
    derive::{intent_of, text_of},
    facts::{Known, plain},
    problem::{Refuse, not_found},
    view::OutcomeInput,
};

/// The playbook by which a person says what came of a notice.
pub(crate) const PLAYBOOK: &str = "confirm_outcome";
/// Notices older than this are history: nobody is told that they were not answered.
const OLDEST: i64 = 120 * DAY;
/// How often silence is looked for.
const LOOK_EVERY: i64 = HOUR;

fn mirrored(item: &SpaceItem) -> Option<Outcome> {
    outcome(&item.data, &item.author, item.created_at)
}

fn decided(decision: &Published) -> Option<Outcome> {
    outcome(&decision.data, &decision.person, decision.at)
}

/// An outcome as it lies in a space; what does not read as one is none.
fn outcome(data: &Value, by: &str, at: Millis) -> Option<Outcome> {
    let state: LoopState = text_of(data, "outcome").parse().ok()?;
    if !state.is_settled() {
        return None;
    }
    let notice = text_of(data, "notice");
    let answer = text_of(data, "answer");
    (!notice.is_empty()).then(|| Outcome {
        notice: notice.to_owned(),
        state,
        at,
        by: by.to_owned(),
        reason: text_of(data, "reason").to_owned(),
        answer: (!answer.is_empty()).then(|| answer.to_owned()),
    })
}

impl Desk {
    /// The loops of a case and the notices that keep it from being resolved.
    pub(crate) async fn loops_of(
        &self,
        case: &Case,
        partner: Option<&Partner>,
    ) -> Result<(Loops, Vec<String>), Refusal> {
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let object = case.object().to_string();
        let (standings, sent) = tokio::try_join!(
            async { cache.notice_standings(&case.id).await.refuse() },
            async { ledger.released_of_case(&object).await.refuse() },
        )?;
        let known: BTreeSet<&str> = standings.iter().map(|s| s.notice.as_str()).collect();
        // On its way from here, and not in the mirror yet.
        let on_its_way = sent
            .iter()
            .filter(|s| !s.lost && s.state != "cancelled" && !known.contains(s.notice.as_str()));
        let endings = standings.iter().map(|s| Ending {
            notice: &s.notice,
            state: &s.state,
            channel: &s.channel,
            at: s.at,
        });
        let endings = endings.chain(on_its_way.map(|s| Ending {
            notice: &s.notice,
            state: "released",
            channel: "",
            at: s.at,
        }));
        let mut open = notice::still_open(&case.id, endings);
        // What came back and went by another channel counts no more; the one that takes its place does.
        let there: BTreeSet<&str> = known
            .iter()
            .copied()
            .chain(
                sent.iter()
                    .filter(|s| !s.lost && s.state != "cancelled")
                    .map(|s| s.notice.as_str()),
            )
            .collect();
        open.retain(|notice| {
            self.replaced_by(notice, |number| there.contains(number))
                .is_none()
        });
        let open = open.into_iter().map(str::to_owned).collect();
        let told: Vec<Told<'_>> = standings
            .iter()
            .map(|s| Told {
                notice: &s.notice,
                state: &s.state,
                required: self.policy().asks(&s.template),
                at: s.released_at,
            })
            .collect();
        let Some(first) = told.iter().filter(|t| t.required).map(|t| t.at).min() else {
            return Ok((loops::read(&told, &[], &[], |at| at, self.now()), open));
        };
        let (messages, there, here) = tokio::try_join!(
            async { cache.partner_messages(&case.id, first).await.refuse() },
            async { cache.items_of_case(&case.id, "loop").await.refuse() },
            async {
                ledger
                    .published(&object, PLAYBOOK, "outcome")
                    .await
                    .refuse()
            },
        )?;
        let answers: Vec<Answer> = messages
            .iter()
            .map(|m| Answer {
                id: m.id.clone(),
                at: m.created_at,
                names: named_notices(&plain(&m.body)),
            })
            .collect();
        let outcomes: Vec<Outcome> = there
            .iter()
            .filter_map(mirrored)
            .chain(here.iter().filter_map(decided))
            .collect();
        let due = |at: Millis| self.answer_due(partner, at);
        Ok((
            loops::read(&told, &answers, &outcomes, due, self.now()),
            open,
        ))
    }

    /// Until when a notice released then is to be answered: business days of the partner's calendar, in their zone.
    fn answer_due(&self, partner: Option<&Partner>, at: Millis) -> Millis {
        let policy = self.policy();
        let days = i64::from(policy.response_loop.no_response_business_days);
        let agreement = partner.map(|p| &p.agreement);
        let calendar = policy.calendar(agreement.map_or("", |a| a.calendar.as_str()));
        calendar.map_or(at.plus(days * 7 * DAY / 5), |calendar| {
            let zone = agreement.map_or("UTC", |a| a.time_zone.as_str());
            calendar.due(at, days * calendar.minutes_a_day(), zone)
        })
    }

    /// A person says what came of a notice.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for a notice that is none of this case; `E_FIELD` without a reason, or for another word than `acted`
    /// and `waived`; `E_STATE` when nothing is expected of it, or it is settled already; refusals of the plan.
    pub async fn confirm_outcome(&self, asked: &OutcomeInput) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let fresh = || uuid::Uuid::now_v7().to_string();
        let intent = IntentId(asked.intent.clone().unwrap_or_else(fresh));
        if let Some(accepted) = self.inner.ledger.action_of(&intent).await.refuse()? {
            return Ok(accepted);
        }
        let case_id = self.resolve_case(&asked.case).await?;
        let known = self.know(&case_id).await?;
        let plan = self.outcome_plan(&known, asked, &intent)?;
        let event = format!("loop.{}", asked.outcome);
        let answer = known.loops.of(&asked.notice).and_then(|l| l.answer.clone());
        let mut entry = AuditEntry::new(event, &plan.case).because(asked.reason.trim());
        entry =
            entry.with(json!({"notice": asked.notice, "answer": asked.answer.clone().or(answer)}));
        self.accept(&plan, Vec::new(), vec![entry]).await
    }

    fn outcome_plan(
        &self,
        known: &Known,
        asked: &OutcomeInput,
        intent: &IntentId,
    ) -> Result<Plan, Refusal> {
        let of = known
            .loops
            .of(&asked.notice)
            .ok_or_else(|| not_found("notice of this case", &asked.notice))?;
        let state = asked.outcome.parse::<LoopState>().ok();
        let Some(state) = state.filter(|s| s.is_settled()) else {
            let words = format!("'{}' is no outcome: acted or waived.", asked.outcome);
            return Err(Refusal::field("outcome", words));
        };
        let missing = if state == LoopState::Waived {
            "Say why no answer is needed."
        } else {
            "Say how you know."
        };
        let reason = reason::read(&asked.reason, "reason", missing)?;
        if !of.required {
            let words = format!("{} asks for no answer.", asked.notice);
            return Err(Refusal::new(Code::State, words));
        }
        if of.state == LoopState::Acted || of.state == state {
            let words = format!("{} is settled already: {}.", asked.notice, of.state);
            return Err(Refusal::new(Code::State, words));
        }
        let unclear = |id: &String| known.loops.unclear.iter().find(|u| u.answer == *id);
        if let Some(answer) = &asked.answer {
            let may_be = unclear(answer).is_some_and(|u| u.candidates.contains(&asked.notice));
            if !may_be {
                let words = format!(
                    "No message {answer} of this case may answer {}.",
                    asked.notice
                );
                return Err(Refusal::field("answer", words));
            }
        }
        // What the case carries once this is decided.
        let mut after = known.loops.clone();
        for l in after.loops.iter_mut().filter(|l| l.notice == asked.notice) {
            l.state = state;
        }
        let playbook = self.inner.library.find(PLAYBOOK)?.clone();
        let mut facts = self.facts_of(known, &playbook, &Default::default(), intent);
        if let Some(values) = facts.values.as_object_mut() {
            values.insert(
                "outcome".into(),
                json!({"notice": asked.notice, "state": state, "reason": reason,
                    "answer": asked.answer, "loop_state": after.word()}),
            );
        }
        playbook::plan(&playbook, &facts, &Default::default(), intent)
    }

    /// What follows from messages of partners and from notices that have gone out.
    pub(crate) async fn answered(
        &self,
        messages: &[String],
        since: Millis,
    ) -> Result<Vec<Derived>, Refusal> {
        let mut derived = Vec::new();
        for message in self.inner.cache.comments(messages).await.refuse()? {
            let partners = message.side == "partner"
                && message.visibility == domain::visibility::Visibility::Partner;
            if !partners || message.created_at < since {
                continue;
            }
            match self.know(&message.case_id).await {
                Ok(known) => derived.extend(self.answer_plan(&known, &message).await?),
                // The case was not pulled: what its partner wrote comes with it.
                Err(refusal) => {
                    tracing::info!(%refusal, case = %message.case_id, "an answer without its case")
                }
            }
        }
        Ok(derived)
    }

    /// What follows from the answers a case has already, when a notice turns out to be what they answer.
    pub(crate) async fn answered_before(
        &self,
        case_id: &str,
        since: Millis,
    ) -> Result<Vec<Derived>, Refusal> {
        let known = self.know(case_id).await?;
        let answers: Vec<String> = known
            .loops
            .loops
            .iter()
            .filter(|l| l.answered_at.is_some_and(|at| at >= since))
            .filter_map(|l| l.answer.clone())
            .collect();
        let mut derived = Vec::new();
        for message in self.inner.cache.comments(&answers).await.refuse()? {
            derived.extend(self.answer_plan(&known, &message).await?);
        }
        Ok(derived)
    }

    async fn answer_plan(
        &self,
        known: &Known,
        message: &Comment,
    ) -> Result<Option<Derived>, Refusal> {
        let Some(event) = derive::answer_event(&known.case, &known.loops, message) else {
            return Ok(None);
        };
        self.new_plan(&known.case.id, event).await
    }

    /// The plan of an event, unless it was accepted before.
    async fn new_plan(&self, case_id: &str, event: Value) -> Result<Option<Derived>, Refusal> {
        let intent = intent_of(text_of(&event, "id"));
        if self
            .inner
            .ledger
            .action_of(&intent)
            .await
            .refuse()?
            .is_some()
        {
            return Ok(None);
        }
        self.derived_plan(case_id, &Default::default(), event, Vec::new())
            .await
    }

    /// Notices that nobody answered in the agreed time. Looked for once an hour: it is a matter of days.
    pub(crate) async fn note_silence(&self, since: Millis) -> Result<bool, Refusal> {
        let now = self.now();
        if !self.look_for_silence(now) {
            return Ok(false);
        }
        let days = i64::from(self.policy().response_loop.no_response_business_days);
        let (from, to) = (now.plus(-OLDEST).max(since), now.plus(-days * DAY));
        let cases = self
            .inner
            .cache
            .cases_told_between(&self.policy().asking(), from, to)
            .await
            .refuse()?;
        let mut derived = Vec::new();
        for case_id in cases {
            let Ok(known) = self.know(&case_id).await else {
                continue;
            };
            if !domain::case::CaseStatus::is_open(&known.case.status) {
                continue;
            }
            for event in derive::silent_events(&known.loops) {
                derived.extend(self.new_plan(&case_id, event).await?);
            }
        }
        let accepted = self.inner.ledger.enqueue_following(&derived, now).await;
        Ok(!accepted.refuse()?.is_empty())
    }

    /// Whether it is time to look again; also when the clock went back.
    fn look_for_silence(&self, now: Millis) -> bool {
        let last = self.inner.silence_looked_at.load(Ordering::Relaxed);
        let due = now.0 < last || now.0.saturating_sub(last) >= LOOK_EVERY;
        if due {
            self.inner.silence_looked_at.store(now.0, Ordering::Relaxed);
        }
        due
    }

    /// Refuses to close or resolve a case over something that is open, whichever playbook would.
    ///
    /// # Errors
    /// `E_STATE` naming the notices.
    pub(crate) fn refuse_closing(&self, known: &Known, plan: &Plan) -> Result<(), Refusal> {
        let to = |step: &domain::plan::PlannedStep| {
            let to = step.args.pointer("/changes/status").and_then(Value::as_str);
            to.map(str::to_owned)
        };
        for status in plan.steps.iter().filter_map(to) {
            let open: Vec<&str> = match status.as_str() {
                "resolved" => known.open_notices.iter().map(String::as_str).collect(),
                "closed" => {
                    let loops = known.loops.open().map(|l| l.notice.as_str());
                    let notices = known.open_notices.iter().map(String::as_str);
                    loops
                        .chain(notices)
                        .collect::<BTreeSet<_>>()
                        .into_iter()
                        .collect()
                }
                _ => continue,
            };
            if !open.is_empty() {
                let words = format!("Not {status} while {} is open.", open.join(", "));
                return Err(Refusal::new(Code::State, words).with(json!({"notices": open})));
            }
        }
        Ok(())
    }
}

/// Known about the loop of a case, as playbooks refer to it.
pub(crate) fn values(known: &Known) -> Value {
    let settled = known.loops.open().next().is_none();
    json!({
        "may_resolve": known.open_notices.is_empty(),
        "may_close": settled && known.open_notices.is_empty(),
        "state": known.loops.word(),
    })
}

/// Why a case cannot be closed, for people; `None` when it can.
pub(crate) fn waits_for(known: &Known) -> Option<String> {
    let open: Vec<&str> = known.loops.open().map(|l| l.notice.as_str()).collect();
    (!open.is_empty()).then(|| format!("Close waits for an answer to {}", open.join(", ")))
}
