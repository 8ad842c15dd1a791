//! A notice that came back goes by another channel: proposed on its case, by a person, or by the rule of its template.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ActionId, Kind, ObjectRef, Refusal, System,
    fallback::{self, Became, MOST_TRIES, Next, Try},
    operation::Operation,
    playbook,
    policy::TemplateRule,
    record::{Delivery, Partner},
    refusal::Code,
    review::{self, ReviewState},
    review_log::ReviewRecord,
    step::StepState,
};
use ledger::{Actor, AuditEntry, Derived, StepFilter};
use serde_json::{Value, json};

use crate::{
    Desk,
    act::Ask,
    facts::{self, Known, notice_number},
    problem::{Refuse, not_found},
    read::channel_word,
    view::{FallbackLink, FallbackProposal, FallenBack},
};

const NOTICE: &str = "customer_notice";
const LETTER: &str = "regulated_letter";
/// Fields of a notice that a person may have typed, by their name in what was rendered.
const TYPED: [&str; 4] = ["issue", "next_steps", "required_action", "answer_by"];
/// What else the first notice said, word for word.
const SAID: [&str; 3] = ["lines", "details", "paragraphs"];
/// Open steps of a case looked at for what is to take the place of another notice.
const MOST: u32 = 2_000;

fn key_of(delivery: &Delivery) -> &str {
    let template = delivery.template.as_deref().unwrap_or_default();
    template.split('@').next().unwrap_or_default()
}

fn has_address(partner: &Partner, channel: &str) -> bool {
    let to = facts::recipient(partner, Some(channel));
    let address = to.get("address").and_then(Value::as_str);
    partner.agreement.channels.iter().any(|c| c == channel)
        && address.is_some_and(|a| !a.trim().is_empty())
}

/// The number of the notice that takes the place of another on a channel, by the number of the try.
fn number_after(notice: &str, channel: &str, number: u32) -> String {
    notice_number(&fallback::intent(notice, channel, number))
}

/// The numbers of all notices that may take the place of another, each with the number of its try.
fn numbers_after<'a>(
    notice: &'a str,
    channels: impl IntoIterator<Item = &'a String>,
) -> impl Iterator<Item = (u32, String)> {
    let tries = channels
        .into_iter()
        .flat_map(|channel| (1..=MOST_TRIES).map(move |number| (channel, number)));
    tries.map(move |(channel, number)| (number, number_after(notice, channel, number)))
}

impl Desk {
    /// The rule by which a notice may fall back; none for those of a batch and those that tell a resolution, which are sent
    /// again where they were sent from.
    fn rule_for_fallback(&self, delivery: &Delivery) -> Option<&TemplateRule> {
        let rule = self.policy().template(key_of(delivery))?;
        let own = rule.to_customers || rule.resolves.is_some();
        (!own && !rule.fallback.is_empty()).then_some(rule)
    }

    /// Which notices of a case take the place of which: by its number, what it replaces and what replaces it.
    pub(crate) fn fallback_links(
        &self,
        known: &Known,
        reviewed: &[&str],
    ) -> BTreeMap<String, FallbackLink> {
        let mut links: BTreeMap<String, FallbackLink> = BTreeMap::new();
        let released = known.deliveries.iter().map(|d| d.notice_id.as_str());
        let there: BTreeSet<&str> = reviewed.iter().copied().chain(released).collect();
        for old in &known.deliveries {
            let Some(rule) = self.rule_for_fallback(old) else {
                continue;
            };
            for (_, new) in numbers_after(&old.notice_id, &rule.fallback) {
                if there.contains(new.as_str()) {
                    links.entry(new.clone()).or_default().replaces = Some(old.notice_id.clone());
                    links.entry(old.notice_id.clone()).or_default().replaced_by = Some(new);
                }
            }
        }
        links
    }

    /// The notice that takes the place of another, of those that are there.
    pub(crate) fn replaced_by(&self, notice: &str, there: impl Fn(&str) -> bool) -> Option<String> {
        let rules = self.policy().templates.iter();
        let channels: BTreeSet<&String> = rules.flat_map(|rule| &rule.fallback).collect();
        let mut numbers = numbers_after(notice, channels);
        numbers.find(|(_, number)| there(number)).map(|(_, n)| n)
    }

    /// Notices without those that another one takes the place of: what became of them counts no more.
    pub(crate) fn standing(&self, mut notices: Vec<Delivery>) -> Vec<Delivery> {
        let there: BTreeSet<String> = notices.iter().map(|d| d.notice_id.clone()).collect();
        notices.retain(|d| {
            self.replaced_by(&d.notice_id, |number| there.contains(number))
                .is_none()
        });
        notices
    }

    /// What is proposed for a notice that came back; `None` where nothing is.
    pub(crate) fn fallback_proposal(
        &self,
        known: &Known,
        delivery: &Delivery,
    ) -> Option<FallbackProposal> {
        fallback::refuse_unless_undelivered(&delivery.state).ok()?;
        let rule = self.rule_for_fallback(delivery)?;
        let partner = known.partner.as_ref()?;
        let channel = fallback::next(&rule.fallback, &delivery.channel, |channel| {
            has_address(partner, channel)
        })?;
        let (to, from) = (channel_word(channel), channel_word(&delivery.channel));
        let back = if delivery.state == "bounced" {
            "Bounced"
        } else {
            "Failed"
        };
        Some(FallbackProposal {
            channel: channel.to_owned(),
            title: if rule.regulated {
                format!("{back} by {from}: review as {to}")
            } else {
                format!("{back} by {from}: send as {to}")
            },
            command: format!("Retry by {to}"),
            regulated: rule.regulated,
        })
    }

    /// Sends a notice that came back by another channel, or asks for its review where it is regulated. What was withdrawn
    /// before it left may be tried anew, as another notice.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_STATE` when it did not come back, or another notice is in its place or on its way there, from here or
    /// elsewhere; `E_NOT_APPLICABLE` when there is no other channel; refusals of the plan; `E_FORBIDDEN` for auditors.
    pub async fn fall_back(
        &self,
        notice: &str,
        channel: Option<&str>,
    ) -> Result<FallenBack, Refusal> {
        self.may_act()?;
        let (known, delivery) = self.undelivered(notice).await?;
        let (rule, channel) = self.way_out(&known, &delivery, channel)?;
        let old = delivery.notice_id.as_str();
        let next = fallback::next_try(old, &self.tries(&known, old, &rule).await?)?;
        let number = number_after(old, &channel, next.number);
        if rule.regulated {
            let typed = self.said_by(&known, &delivery).await?.unwrap_or_default();
            let mut fields = typed_fields(&typed);
            fields.insert("template".to_owned(), rule.key.clone());
            fields.insert("channel".to_owned(), channel.clone());
            let ask = Ask {
                playbook: LETTER,
                case: &known.case.id,
                fields,
                intent: Some(fallback::intent(old, &channel, next.number)),
                again: true,
                ..Ask::default()
            };
            let mut planned = self.plan(&ask).await?;
            let claimant = self.claimant().await?;
            fallback::claim_first(&mut planned.plan, old, &next.subject, &claimant)?;
            let record = record(&known, &delivery, &channel, &number);
            self.submit_planned(&ask, planned, vec![record]).await?;
        } else {
            let derived = self
                .fallback_plan(&known, &delivery, &channel, &next)
                .await?;
            let derived = Derived {
                actor: self.actor(),
                ..derived
            };
            let accepted = self
                .inner
                .ledger
                .enqueue_following(&[derived], self.now())
                .await
                .refuse()?;
            if accepted.is_empty() {
                let words = format!("{old} goes by another channel already.");
                return Err(Refusal::new(Code::State, words));
            }
            self.refresh_overlay().await?;
            self.inner.wake.notify_waiters();
        }
        Ok(FallenBack {
            notice: number,
            replaces: delivery.notice_id.clone(),
            case: known.case.object().to_string(),
            channel,
            review: rule.regulated,
        })
    }

    /// What follows by itself when a notice comes back, where its rule says so. Only the desktop that has its words does it:
    /// what a person wrote is not replaced by what the template says otherwise.
    pub(crate) async fn fallback_by_rule(
        &self,
        delivery: &Delivery,
    ) -> Result<Option<Derived>, Refusal> {
        let Some(rule) = self.rule_for_fallback(delivery) else {
            return Ok(None);
        };
        if fallback::has_arrived(&delivery.state) {
            self.withdraw_fallbacks(delivery).await?;
            return Ok(None);
        }
        if fallback::refuse_unless_undelivered(&delivery.state).is_err() {
            return Ok(None);
        }
        let Some(case_id) = delivery.case_id.as_deref().filter(|_| rule.automatic) else {
            return Ok(None);
        };
        let known = self.know(case_id).await?;
        if self.said_by(&known, delivery).await?.is_none() {
            return Ok(None);
        }
        // What a person took back is not sent again by a rule.
        let tries = self.tries(&known, &delivery.notice_id, rule).await?;
        if !tries.is_empty() {
            return Ok(None);
        }
        let first = fallback::next_try(&delivery.notice_id, &tries)?;
        match self.way_out(&known, delivery, None) {
            Ok((_, channel)) => self
                .fallback_plan(&known, delivery, &channel, &first)
                .await
                .map(Some),
            Err(refusal) => {
                tracing::info!(%refusal, notice = %delivery.notice_id, "a notice came back and stays");
                Ok(None)
            }
        }
    }

    /// The tries of a notice: those of this desktop, and those the mirror shows.
    async fn tries(
        &self,
        known: &Known,
        notice: &str,
        rule: &TemplateRule,
    ) -> Result<Vec<Try>, Refusal> {
        let reviews = self.reviews_of(&known.case.id).await?;
        let released: BTreeSet<&str> = known
            .deliveries
            .iter()
            .map(|d| d.notice_id.as_str())
            .collect();
        let mut tries = Vec::new();
        for (number, notice) in numbers_after(notice, &rule.fallback) {
            let review = reviews.iter().find(|r| r.notice == notice);
            let became = match review {
                _ if released.contains(notice.as_str()) => Became::Stands,
                Some(review) if self.ended_unreleased(review) => {
                    Became::Withdrawn { claimed: true }
                }
                Some(_) => Became::Stands,
                None => continue,
            };
            tries.push(Try {
                number,
                notice,
                became,
            });
        }
        let case = known.case.object().to_string();
        for action in self.inner.ledger.actions_of_case(&case).await.refuse()? {
            let Some(named) = fallback::named(&action.intent).filter(|n| n.notice == notice) else {
                continue;
            };
            let made = number_after(named.notice, named.channel, named.number);
            // Once its review is here that says more, also of what other desktops did about it.
            let here = self.became(&action.id).await?;
            let on_its_way = here == Became::Stands && action.state == "open";
            if tries.iter().any(|t| t.notice == made) && !on_its_way {
                continue;
            }
            tries.push(Try {
                number: named.number,
                notice: made,
                became: here,
            });
        }
        Ok(tries)
    }

    /// What became of a try of this desktop.
    async fn became(&self, action: &ActionId) -> Result<Became, Refusal> {
        let ledger = &self.inner.ledger;
        let steps = self.steps_of(action).await?;
        let receipts = ledger.receipts(action).await.refuse()?;
        let released = steps
            .iter()
            .rev()
            .find(|s| s.op == Some(Operation::Release));
        if released.is_none_or(|s| s.state != StepState::Cancelled) {
            return Ok(Became::Stands);
        }
        let mut claimed = false;
        for step in steps.iter().filter(|s| s.op == Some(Operation::Claim)) {
            let args = ledger.step(&step.id).await.refuse()?.args;
            let purpose = args.get("purpose").and_then(Value::as_str);
            let own = purpose == Some(fallback::PURPOSE);
            // Until its outcome is known nobody can say under which subject the next one is claimed.
            if own && !step.state.is_settled() {
                return Ok(Became::Stands);
            }
            let won = receipts.iter().rev().find(|r| r.name == step.name);
            let won = won.map(|r| r.detail.get("won") != Some(&Value::Bool(false)));
            match won {
                Some(false) if own => {
                    let subject = args.get("subject").and_then(Value::as_str);
                    return Ok(Became::Lost {
                        subject: subject.unwrap_or_default().to_owned(),
                    });
                }
                // Another desktop releases it, for both of them.
                Some(false) => return Ok(Became::Stands),
                Some(true) if own => claimed = true,
                Some(true) | None => {}
            }
        }
        Ok(Became::Withdrawn { claimed })
    }

    /// Whether the review of a try ended so that nothing leaves by it. What left as another letter did leave, and what only
    /// the partner rejected may still be signed.
    fn ended_unreleased(&self, record: &ReviewRecord) -> bool {
        let now = self.now();
        match record.state(now) {
            ReviewState::Requested | ReviewState::Approved => false,
            ReviewState::Rejected => {
                !review::held_by_partner(&record.request, &record.signatures, now)
            }
            ReviewState::Expired | ReviewState::Recalled | ReviewState::Invalidated => {
                record.mismatch.is_none()
            }
        }
    }

    /// Numbers under review whose review may still lead to a release.
    pub(crate) fn standing_reviews<'a>(&self, reviews: &'a [ReviewRecord]) -> Vec<&'a str> {
        let standing = reviews.iter().filter(|r| !self.ended_unreleased(r));
        standing.map(|r| r.notice.as_str()).collect()
    }

    /// Why a release by this intent is not wanted any more, if it is not: the notice whose place it takes has arrived.
    pub(crate) async fn fallback_is_pointless(
        &self,
        intent: &str,
    ) -> Result<Option<String>, Refusal> {
        let Some(named) = fallback::named(intent) else {
            return Ok(None);
        };
        let cache = &self.inner.cache;
        let old = cache.notices(&[named.notice.to_owned()]).await.refuse()?;
        let arrived = old.iter().any(|d| fallback::has_arrived(&d.state));
        Ok(arrived.then(|| arrived_after_all(named.notice)))
    }

    /// Takes back what was to take the place of a notice that arrived after all, unless it has left.
    async fn withdraw_fallbacks(&self, delivery: &Delivery) -> Result<(), Refusal> {
        let Some(case) = delivery.case_id.as_deref().map(facts::case_object) else {
            return Ok(());
        };
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        let filter = StepFilter {
            open: true,
            case: Some(case.to_string()),
            ..StepFilter::default()
        };
        let reason = arrived_after_all(&delivery.notice_id);
        for step in ledger.list_steps(&filter, MOST, 0).await.refuse()? {
            let of = fallback::named(&step.intent);
            let replaces = of.is_some_and(|n| n.notice == delivery.notice_id);
            if !replaces || step.op != Some(Operation::Release) {
                continue;
            }
            // Of this and its claim by the outbox one comes first; what follows a release that has begun goes on.
            match ledger.cancel(&step.id, &actor, &reason, now).await.refuse() {
                Ok(()) => {}
                Err(refusal) if refusal.code == Code::State => continue,
                Err(refusal) => return Err(refusal),
            }
            let action = ActionId(step.action_id);
            ledger
                .cancel_action(&action, &actor, &reason, now)
                .await
                .refuse()?;
            let facts =
                json!({"action": action, "replaces": delivery.notice_id, "state": delivery.state});
            let entry = AuditEntry::new("notice.fallback_withdrawn", &case).with(facts);
            ledger
                .append_audit(&actor, vec![entry], now)
                .await
                .refuse()?;
        }
        self.refresh_overlay().await
    }

    async fn undelivered(&self, notice: &str) -> Result<(Known, Delivery), Refusal> {
        let prefix = ObjectRef::new(Kind::Notice, System::Exstream, "").to_string();
        let number = notice.strip_prefix(&prefix).unwrap_or(notice).trim();
        let found = self
            .inner
            .cache
            .notices(&[number.to_owned()])
            .await
            .refuse()?;
        let delivery = found
            .into_iter()
            .next()
            .ok_or_else(|| not_found("notice", number))?;
        fallback::refuse_unless_undelivered(&delivery.state)?;
        let case = delivery
            .case_id
            .clone()
            .ok_or_else(|| Refusal::new(Code::NotApplicable, "This notice belongs to no case."))?;
        Ok((self.know(&case).await?, delivery))
    }

    /// The rule and the channel: the one asked for, else the next of the rule.
    fn way_out(
        &self,
        known: &Known,
        delivery: &Delivery,
        asked: Option<&str>,
    ) -> Result<(TemplateRule, String), Refusal> {
        let no = |why: String| Refusal::new(Code::NotApplicable, why);
        let rule = self
            .rule_for_fallback(delivery)
            .ok_or_else(|| no("The policy names no other channel for this notice.".to_owned()))?;
        let partner = known
            .partner
            .as_ref()
            .ok_or_else(|| no("The partner of this notice is not known here.".to_owned()))?;
        let channel = match asked {
            Some(asked) if asked == delivery.channel => {
                return Err(no(format!(
                    "It came back by {} already.",
                    channel_word(asked)
                )));
            }
            Some(asked) if !rule.fallback.iter().any(|c| c == asked) => {
                return Err(no(format!(
                    "The policy does not let it go by {}.",
                    channel_word(asked)
                )));
            }
            Some(asked) => Some(asked).filter(|c| has_address(partner, c)),
            None => fallback::next(&rule.fallback, &delivery.channel, |c| {
                has_address(partner, c)
            }),
        };
        let channel = channel.ok_or_else(|| {
            no("The partner has no address for another channel agreed with it.".to_owned())
        })?;
        Ok((rule.clone(), channel.to_owned()))
    }

    /// The data a notice was rendered from, where this desktop made it.
    async fn said_by(&self, known: &Known, delivery: &Delivery) -> Result<Option<Value>, Refusal> {
        let ledger = &self.inner.ledger;
        let case = known.case.object().to_string();
        for action in ledger.actions_of_case(&case).await.refuse()? {
            for step in self.steps_of(&action.id).await? {
                if step.op != Some(Operation::Render) {
                    continue;
                }
                let args = ledger.step(&step.id).await.refuse()?.args;
                let notice = args.get("notice_id").and_then(Value::as_str);
                if notice == Some(delivery.notice_id.as_str()) {
                    return Ok(args.get("data").cloned());
                }
            }
        }
        Ok(None)
    }

    async fn fallback_plan(
        &self,
        known: &Known,
        delivery: &Delivery,
        channel: &str,
        next: &Next,
    ) -> Result<Derived, Refusal> {
        let said = self.said_by(known, delivery).await?.unwrap_or_default();
        let intent = fallback::intent(&delivery.notice_id, channel, next.number);
        let mut fields = typed_fields(&said);
        fields.insert("template".to_owned(), key_of(delivery).to_owned());
        fields.insert("channel".to_owned(), channel.to_owned());
        // As the composer would write it for this channel, then word for word what was said before.
        let composer = self.inner.library.find(NOTICE)?.clone();
        let facts = self.facts_of(known, &composer, &fields, &intent);
        let written = playbook::plan(&composer, &facts, &fields, &intent)?;
        let render = written
            .steps
            .iter()
            .find(|s| s.operation == Operation::Render)
            .map(|s| s.args.clone())
            .unwrap_or_default();
        let mut data = render.get("data").cloned().unwrap_or_default();
        if let Some(data) = data.as_object_mut() {
            for name in SAID {
                if let Some(before) = said.get(name) {
                    data.insert(name.to_owned(), before.clone());
                }
            }
            // Every desktop dates it by when it came back, not by its own day.
            let day = delivery.event_at.rfc3339();
            data.insert("date".to_owned(), json!(day.get(..10).unwrap_or_default()));
        }
        let of = |name: &str| render.get(name).cloned().unwrap_or_default();
        let recipient = data
            .get("recipients")
            .and_then(|r| r.get(0))
            .cloned()
            .unwrap_or_default();
        let event = json!({
            "kind": "notice_undelivered", "id": fallback::event_id(&delivery.notice_id, channel, next.number),
            "claim": next.subject, "notice": delivery.notice_id, "state": delivery.state,
            "from_word": channel_word(&delivery.channel), "channel": channel, "channel_word": channel_word(channel),
            "template": of("template"), "template_version": of("template_version"), "language": of("language"),
            "recipient": recipient, "data": data,
        });
        let chosen: BTreeMap<String, String> = fields
            .into_iter()
            .filter(|(name, _)| matches!(name.as_str(), "template" | "channel"))
            .collect();
        let derived = self
            .derived_plan(&known.case.id, &chosen, event, Vec::new())
            .await?
            .ok_or_else(|| {
                Refusal::new(
                    Code::NotApplicable,
                    "This notice cannot be sent by another channel on this case.",
                )
            })?;
        let number = number_after(&delivery.notice_id, channel, next.number);
        Ok(Derived {
            audit: vec![record(known, delivery, channel, &number)],
            ..derived
        })
    }
}

fn arrived_after_all(notice: &str) -> String {
    format!("{notice} has arrived after all.")
}

/// What a person may have typed, from what was rendered.
fn typed_fields(said: &Value) -> BTreeMap<String, String> {
    let of = |name: &str| said.get(name).and_then(Value::as_str);
    TYPED
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), of(name)?.to_owned())))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn record(known: &Known, delivery: &Delivery, channel: &str, number: &str) -> AuditEntry {
    let facts = json!({
        "from": delivery.channel, "to": channel, "why": delivery.state,
        "notice": number, "replaces": delivery.notice_id,
    });
    AuditEntry::new("notice.fallback", &known.case.object()).with(facts)
}
