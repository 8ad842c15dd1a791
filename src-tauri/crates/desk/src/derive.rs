//! Steps that follow from an event: delivery states come back to their cases, once for each event.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    IntentId, Kind, Millis, Refusal, derive,
    loops::Loops,
    plan::Plan,
    playbook::{self, Playbook},
    record::Delivery,
    step::{Attention, StepState},
};
use ledger::{Actor, AuditEntry, Blob, Derived, Resolution, Side, StepFilter};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{Desk, facts, problem::Refuse};

const SINCE: &str = "derive_since";
/// A number drawn once for this folder, under which it claims.
const CLAIMANT: &str = "claimant";
/// Field of a case that says what became of its notices.
const STATUS: &str = "communication_status";
/// Field of a case that says whether they were answered.
const LOOP: &str = "loop";
/// Changes looked at in one transaction.
const BATCH: u32 = 500;

impl Desk {
    /// From when on delivery states are news; what was known before this folder existed is history.
    pub(crate) async fn news_since(&self) -> Result<Millis, Refusal> {
        self.setting_or(SINCE, || self.now().0).await.map(Millis)
    }

    /// A setting of this folder; the first time it is asked for, what is given then.
    async fn setting_or<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        first: impl FnOnce() -> T,
    ) -> Result<T, Refusal> {
        let ledger = &self.inner.ledger;
        if let Some(known) = ledger.setting(name).await.refuse()? {
            return Ok(known);
        }
        let first = first();
        ledger
            .set_setting(name, &first, &Actor::system(), self.now())
            .await
            .refuse()?;
        Ok(first)
    }

    pub(crate) async fn claimant(&self) -> Result<String, Refusal> {
        self.setting_or(CLAIMANT, || uuid::Uuid::new_v4().to_string())
            .await
    }

    /// The plan of what runs by itself on an event; `None` where nothing does, or not on this case.
    pub(crate) async fn derived_plan(
        &self,
        case_id: &str,
        chosen: &BTreeMap<String, String>,
        event: Value,
        blobs: Vec<Blob>,
    ) -> Result<Option<Derived>, Refusal> {
        let Some(playbook) = self
            .inner
            .library
            .triggered(text_of(&event, "kind"))
            .cloned()
        else {
            return Ok(None);
        };
        let known = self.know(case_id).await?;
        // The intent comes from the event too, so that a second look finds the first.
        let intent = intent_of(text_of(&event, "id"));
        let mut facts = self.facts_of(&known, &playbook, chosen, &intent);
        let claimant = self.claimant().await?;
        if let Some(values) = facts.values.as_object_mut() {
            values.insert("event".into(), event.clone());
            values.insert("desk".into(), json!({"claimant": claimant}));
        }
        match playbook::plan(&playbook, &facts, &BTreeMap::new(), &intent) {
            Ok(plan) => Ok(Some(Derived {
                audit: record_of(&playbook, &plan, &event),
                plan,
                blobs,
                actor: Actor::system(),
            })),
            Err(refusal) => {
                tracing::info!(%refusal, case = %facts::case_object(case_id), "nothing is derived");
                Ok(None)
            }
        }
    }

    /// Accepts what follows from an event this desktop itself came to know; known by its key it is accepted once.
    pub(crate) async fn enqueue_following(
        &self,
        case_id: &str,
        event: Value,
        blobs: Vec<Blob>,
    ) -> Result<(), Refusal> {
        self.enqueue_following_as(&Actor::system(), case_id, event, blobs)
            .await
    }

    /// The same, where it is a part of what a person confirmed and goes out in their name.
    pub(crate) async fn enqueue_following_as(
        &self,
        actor: &Actor,
        case_id: &str,
        event: Value,
        blobs: Vec<Blob>,
    ) -> Result<(), Refusal> {
        let plan = self
            .derived_plan(case_id, &BTreeMap::new(), event, blobs)
            .await?;
        if let Some(derived) = plan {
            let derived = Derived {
                actor: actor.clone(),
                ..derived
            };
            self.inner
                .ledger
                .enqueue_following(&[derived], self.now())
                .await
                .refuse()?;
        }
        Ok(())
    }

    /// Delivery states that several desktops wrote on one case at once: nobody is asked, for the mirror says which stands,
    /// once it has pulled what the other one wrote. What people write is theirs to decide.
    pub(crate) async fn settle_states(&self) -> Result<bool, Refusal> {
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let filter = StepFilter {
            states: vec!["needs_attention".to_owned()],
            ..StepFilter::default()
        };
        let (actor, mut moved) = (Actor::system(), false);
        for step in ledger.list_steps(&filter, BATCH, 0).await.refuse()? {
            let conflict = StepState::NeedsAttention {
                attention: Attention::Conflict,
            };
            if step.state != conflict || step.person != actor.person.as_str() {
                continue;
            }
            let Some(sides) = ledger.step(&step.id).await.refuse()?.conflict else {
                continue;
            };
            let version = sides.version.as_deref().and_then(|v| v.parse::<i64>().ok());
            let said = [STATUS, LOOP]
                .into_iter()
                .find(|name| sides.mine.contains_key(*name));
            let (Some(said), Some(version)) = (said, version) else {
                continue;
            };
            let mine = sides.mine.get(said).cloned().unwrap_or_default();
            let case_id = facts::case_id(&step.case);
            let pulled = cache.case(case_id, actor.person.as_str()).await.refuse()?;
            if pulled.is_none_or(|item| item.case.version < version) {
                continue;
            }
            let stands = if said == STATUS {
                let notices = self.standing(cache.notices_of_case(case_id).await.refuse()?);
                let now = derive::communication_status(notices.iter().map(|n| n.state.as_str()));
                now.map(|now| json!(now))
            } else {
                Some(json!(self.loops_in(case_id).await?.word()))
            };
            let side = if stands.is_some_and(|stands| stands == mine) {
                Side::Mine
            } else {
                Side::Theirs
            };
            let take = Resolution::Take {
                all: Some(side),
                fields: BTreeMap::new(),
            };
            ledger
                .resolve(&step.id, &take, &actor, self.now())
                .await
                .refuse()?;
            moved = true;
        }
        Ok(moved)
    }

    /// Derived steps from the cache's change log, once for each event.
    pub(crate) async fn derive(&self) -> Result<bool, Refusal> {
        let since = self.news_since().await?;
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let feed = format!("notices/{}", cache.filling().await.refuse()?);
        let mut moved = false;
        loop {
            let position = ledger.derive_position(&feed).await.refuse()?;
            let changes = cache.changes_since(position, BATCH).await.refuse()?;
            let Some(last) = changes.last().map(|c| c.seq) else {
                return Ok(moved);
            };
            let of = |kind: Kind| {
                let there = changes
                    .iter()
                    .filter(|c| c.object.kind == kind && c.what != "gone");
                let mut ids: Vec<String> = there.map(|c| c.object.remote_id.clone()).collect();
                ids.dedup();
                ids
            };
            let (notices, comments) = (of(Kind::Notice), of(Kind::Comment));
            let mut derived = self.derived_from(&notices, since).await?;
            derived.extend(self.answered(&comments, since).await?);
            self.close_what_was_told(&notices, &comments).await?;
            let accepted = ledger
                .enqueue_derived(&feed, last, &derived, self.now())
                .await
                .refuse()?;
            moved |= !accepted.is_empty();
        }
    }

    async fn derived_from(
        &self,
        notices: &[String],
        since: Millis,
    ) -> Result<Vec<Derived>, Refusal> {
        let (mut derived, mut seen) = (Vec::new(), BTreeSet::new());
        let mut asking: BTreeSet<String> = BTreeSet::new();
        let mut cases: BTreeMap<String, (Vec<Delivery>, Loops)> = BTreeMap::new();
        for delivery in self.inner.cache.notices(notices).await.refuse()? {
            if delivery.event_at < since {
                continue;
            }
            match Box::pin(self.fallback_by_rule(&delivery)).await {
                Ok(plan) => derived.extend(plan),
                Err(refusal) => {
                    tracing::info!(%refusal, notice = %delivery.notice_id, "it does not fall back");
                }
            }
            let Some(case_id) = delivery.case_id.clone() else {
                continue;
            };
            if self
                .policy()
                .asks(delivery.template.as_deref().unwrap_or_default())
            {
                asking.insert(case_id.clone());
            }
            // A case of hundreds of notices is read once for all of them.
            if !cases.contains_key(&case_id) {
                let others = self.inner.cache.notices_of_case(&case_id).await.refuse()?;
                let others = self.standing(others);
                let loops = self.loops_in(&case_id).await?;
                cases.insert(case_id.clone(), (others, loops));
            }
            let Some((others, loops)) = cases.get(&case_id) else {
                continue;
            };
            let Some(event) = derive::notice_event(&delivery, others, loops) else {
                continue;
            };
            let id = text_of(&event, "id").to_owned();
            let known = self
                .inner
                .ledger
                .action_of(&intent_of(&id))
                .await
                .refuse()?;
            if known.is_some() || !seen.insert(id) {
                continue;
            }
            match self
                .derived_plan(&case_id, &BTreeMap::new(), event, Vec::new())
                .await
            {
                Ok(plan) => derived.extend(plan),
                // The case was not pulled: what it is told about it comes with it.
                Err(refusal) => {
                    tracing::info!(%refusal, case = %facts::case_object(&case_id), "nothing is derived")
                }
            }
        }
        for case_id in asking {
            match self.answered_before(&case_id, since).await {
                Ok(answered) => derived.extend(answered),
                Err(refusal) => tracing::info!(%refusal, case = %case_id, "nothing is derived"),
            }
        }
        Ok(derived)
    }

    /// The loops of a case; none while it is not here.
    async fn loops_in(&self, case_id: &str) -> Result<Loops, Refusal> {
        let cache = &self.inner.cache;
        let Some(item) = cache.case(case_id, "").await.refuse()? else {
            return Ok(Loops::default());
        };
        let partner = cache.partner(&item.case.partner_id).await.refuse()?;
        Ok(self.loops_of(&item.case, partner.as_ref()).await?.0)
    }
}

/// The record a playbook wants of what set it off: identifiers and times, no words of others.
fn record_of(playbook: &Playbook, plan: &Plan, event: &Value) -> Vec<AuditEntry> {
    let mut facts = event.clone();
    if let Some(facts) = facts.as_object_mut() {
        facts.retain(|name, _| name != "reason" && name != "kind");
    }
    let word = playbook.audit.clone();
    let entry = word.map(|word| AuditEntry::new(word, &plan.case).with(facts));
    entry.into_iter().collect()
}

/// The intent of what follows from an event.
pub(crate) fn intent_of(event: &str) -> IntentId {
    IntentId(format!("derived/{event}"))
}

/// Text in an object; empty when it is not there.
pub(crate) fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
