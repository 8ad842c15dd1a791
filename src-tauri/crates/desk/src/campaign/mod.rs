//! Acknowledgement campaigns: what is known of each, from its space and from what this desktop itself queued.

mod act;
mod draft;
mod evidence;
mod follow;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Millis, Refusal,
    campaign::{
        self, Answer, CampaignState, Counts, Definition, RecipientState, Reminder, Standing, Waiver,
    },
    operation::Operation,
    plan::GateState,
    record::{Partner, Space, SpaceItem},
    review::ReviewState,
    step::StepState,
};
use ledger::ActionRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Desk,
    batches::REVIEW_GATE,
    derive::text_of,
    facts,
    problem::{Refuse, not_found},
    release::named,
};

pub(crate) use draft::{Drafted, acknowledgeable};

/// The playbook that launches one.
pub(crate) const PLAYBOOK: &str = "campaign";
/// The playbook by which a person lets recipients off.
const WAIVER: &str = "campaign_waiver";
/// The playbook by which a person reminds recipients.
const REMIND: &str = "campaign_remind";
/// The playbook that closes one.
const CLOSING: &str = "campaign_closing";
/// Setting under which is kept what came of the answers to a request: answer id to [`Taken`].
const TAKEN: &str = "campaign/taken/";

/// One request to at most [`campaign::A_REQUEST`] recipients.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Id in Community; `None` while it is on its way.
    pub(crate) id: Option<String>,
    pub(crate) recipients: Vec<String>,
    /// When they were asked.
    pub(crate) at: Option<Millis>,
}

/// A reminder that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at: Millis,
    pub(crate) by: String,
    pub(crate) recipients: Vec<String>,
}

/// How a campaign was closed.
#[derive(Debug, Clone)]
pub(crate) struct Closing {
    pub(crate) pack_sha256: String,
    /// When its evidence was made: what came later is not counted.
    pub(crate) at: Millis,
}

/// What came of an answer that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Taken {
    /// SHA-256 of its signed file, fetched and proven; `None` where it has none.
    pub(crate) file_sha256: Option<String>,
    /// Its signed file was another one than announced.
    #[serde(default)]
    pub(crate) differs: bool,
}

/// A campaign with everything that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Campaign {
    pub(crate) definition: Definition,
    pub(crate) case_id: String,
    /// Its space; `None` while it is being opened.
    pub(crate) space_id: Option<String>,
    /// Confirmed.
    pub(crate) at: Millis,
    /// The action of this ledger that launched it.
    pub(crate) action: Option<ActionRow>,
    pub(crate) requests: Vec<Request>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) reminders: Vec<Sent>,
    pub(crate) waivers: BTreeMap<String, Waiver>,
    pub(crate) closing: Option<Closing>,
    /// Campaign that took its place.
    pub(crate) superseded_by: Option<String>,
    pub(crate) state: CampaignState,
    /// Review, and the root it signs.
    pub(crate) review: Option<String>,
    /// What came of its answers on this desktop, by answer.
    pub(crate) taken: BTreeMap<String, Taken>,
}

impl Campaign {
    pub(crate) fn number(&self) -> &str {
        &self.definition.campaign
    }

    /// Ids of its recipients, in the order they were asked.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = &str> {
        let all = self.requests.iter().flat_map(|r| &r.recipients);
        all.map(String::as_str)
    }

    /// Its answers by recipient, but for those that came after it was closed.
    pub(crate) fn by_recipient(&self) -> BTreeMap<&str, Vec<&Answer>> {
        let mut by: BTreeMap<&str, Vec<&Answer>> = BTreeMap::new();
        let closed_at = self.closing.as_ref().map(|c| c.at);
        let in_time = |a: &&Answer| closed_at.is_none_or(|at| a.at <= at);
        for answer in self.answers.iter().filter(in_time) {
            by.entry(&answer.partner_id).or_default().push(answer);
        }
        by
    }

    pub(crate) fn standing<'a>(
        &self,
        partner: &str,
        answers: &[&'a Answer],
        time_zone: &str,
        now: Millis,
    ) -> Standing<'a> {
        let differs = |answer: &Answer| self.taken.get(&answer.id).is_some_and(|t| t.differs);
        let (terms, waiver) = (&self.definition.terms, self.waivers.get(partner));
        campaign::standing(terms, answers, waiver, now, time_zone, differs)
    }

    /// When a recipient was asked; `None` while the request is on its way.
    pub(crate) fn asked_at(&self, partner: &str) -> Option<Millis> {
        let asked = |r: &&Request| r.recipients.iter().any(|p| p == partner);
        self.requests.iter().find(asked)?.at
    }

    /// Last reminder by recipient.
    pub(crate) fn reminded(&self) -> BTreeMap<&str, (u32, Millis)> {
        let mut last: BTreeMap<&str, (u32, Millis)> = BTreeMap::new();
        for sent in &self.reminders {
            for recipient in &sent.recipients {
                let place = last.entry(recipient).or_insert((0, sent.at));
                *place = (place.0 + 1, place.1.max(sent.at));
            }
        }
        last
    }

    pub(crate) const fn is_running(&self) -> bool {
        matches!(self.state, CampaignState::Issuing | CampaignState::Active)
    }
}

/// What is read of a campaign from its space.
struct Mirrored {
    space: Space,
    definition: Definition,
    items: Vec<SpaceItem>,
}

fn definition_of(value: &Value) -> Option<Definition> {
    serde_json::from_value(value.clone()).ok()
}

impl Desk {
    /// Every campaign that is known, newest first.
    pub(crate) async fn campaigns(&self) -> Result<Vec<Campaign>, Refusal> {
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let mut mirrored: BTreeMap<String, Mirrored> = BTreeMap::new();
        for space in cache.spaces_for(campaign::PURPOSE).await.refuse()? {
            if let Some(found) = self.mirrored(space).await? {
                mirrored.insert(found.definition.campaign.clone(), found);
            }
        }
        let actions = ledger.actions_of_playbook(PLAYBOOK).await.refuse()?;
        if mirrored.is_empty() && actions.is_empty() {
            return Ok(Vec::new());
        }
        let mut requests: BTreeMap<String, Vec<Space>> = BTreeMap::new();
        for space in cache.spaces_for(campaign::REQUESTS).await.refuse()? {
            requests
                .entry(space.subject.clone())
                .or_default()
                .push(space);
        }
        let mut found = Vec::new();
        for action in actions {
            let number = campaign::number(&action.intent);
            let there = mirrored.remove(&number);
            let asked = requests.remove(&number).unwrap_or_default();
            found.extend(self.campaign_of(Some(action), there, asked).await?);
        }
        for (number, there) in mirrored {
            let asked = requests.remove(&number).unwrap_or_default();
            found.extend(self.campaign_of(None, Some(there), asked).await?);
        }
        let newer: BTreeMap<String, String> = found
            .iter()
            .filter(|c| c.is_running() || c.state == CampaignState::Closed)
            .filter_map(|c| {
                Some((
                    c.definition.terms.supersedes.clone()?,
                    c.number().to_owned(),
                ))
            })
            .collect();
        for campaign in &mut found {
            campaign.superseded_by = newer.get(campaign.number()).cloned();
            if campaign.superseded_by.is_some() && campaign.is_running() {
                campaign.state = CampaignState::Superseded;
            }
        }
        found.sort_by(|a, b| (b.at, b.number()).cmp(&(a.at, a.number())));
        Ok(found)
    }

    /// One campaign, by its number.
    pub(crate) async fn find_campaign(&self, number: &str) -> Result<Campaign, Refusal> {
        let number = number.trim();
        let all = self.campaigns().await?;
        let same = |c: &Campaign| {
            c.number().eq_ignore_ascii_case(number)
                || c.action.as_ref().is_some_and(|a| a.id.as_str() == number)
        };
        let found = all.into_iter().find(same);
        found.ok_or_else(|| not_found("campaign", number))
    }

    /// A campaign as its space says it; `None` where nobody who may says what it is.
    async fn mirrored(&self, space: Space) -> Result<Option<Mirrored>, Refusal> {
        let items = self.inner.cache.space_items(&space.id).await.refuse()?;
        let definition = items
            .iter()
            .filter(|i| i.item_kind == "definition" && self.counts_from(&i.author))
            .filter_map(|i| Some((i, definition_of(&i.data)?)))
            .find(|(i, d)| d.campaign == space.subject && d.maker == i.author)
            .map(|(_, definition)| definition);
        Ok(definition.map(|definition| Mirrored {
            space,
            definition,
            items,
        }))
    }

    /// Whether what this person wrote in a space counts: everybody but who may only read.
    fn counts_from(&self, login: &str) -> bool {
        !login.is_empty()
            && self
                .persons()
                .get(login)
                .is_none_or(domain::Person::may_act)
    }

    async fn campaign_of(
        &self,
        action: Option<ActionRow>,
        there: Option<Mirrored>,
        asked: Vec<Space>,
    ) -> Result<Option<Campaign>, Refusal> {
        let here = match &action {
            Some(action) => self.here(action).await?,
            None => None,
        };
        let definition = match (&here, &there) {
            (Some(here), _) => here.definition.clone(),
            (None, Some(there)) => there.definition.clone(),
            (None, None) => return Ok(None),
        };
        let case_id = match (&action, &there) {
            (Some(action), _) => facts::case_id(&action.case).to_owned(),
            (None, Some(there)) => there.space.case_id.clone().unwrap_or_default(),
            (None, None) => return Ok(None),
        };
        let mut requests: Vec<Request> = asked
            .into_iter()
            .filter(|space| {
                // In the name of the campaign, but about something else, or of another case: none of its requests.
                text_of(&space.data, "sha256") == definition.terms.document.sha256
                    && space.case_id.as_deref() == Some(case_id.as_str())
                    && text_of(&space.data, "author") == definition.maker
            })
            .map(|space| Request {
                recipients: texts(&space.data, "recipients"),
                at: Some(space.created_at),
                id: Some(space.id),
            })
            .collect();
        requests.sort_by_key(|r| r.at);
        let known: BTreeSet<String> = requests.iter().filter_map(|r| r.id.clone()).collect();
        let is_new = |r: &Request| r.id.as_ref().is_none_or(|id| !known.contains(id));
        let ours = here
            .as_ref()
            .map(|h| h.requests.clone())
            .unwrap_or_default();
        requests.extend(ours.into_iter().filter(is_new));
        let (mut answers, mut reminders) = (Vec::new(), Vec::new());
        let mut taken = BTreeMap::new();
        for request in &requests {
            let Some(id) = &request.id else { continue };
            let those: BTreeSet<&str> = request.recipients.iter().map(String::as_str).collect();
            for item in self.inner.cache.space_items(id).await.refuse()? {
                if item.item_kind == "reminder" {
                    reminders.push(Sent {
                        at: item.created_at,
                        by: item.author.clone(),
                        recipients: texts(&item.data, "recipients"),
                    });
                } else if let Some(answer) = Answer::read(&item) {
                    // Only who was asked can answer.
                    if those.contains(answer.partner_id.as_str()) {
                        answers.push(answer);
                    }
                }
            }
            if let Some(kept) = self.taken(id).await? {
                taken.extend(kept);
            }
        }
        let items = there
            .as_ref()
            .map(|t| t.items.as_slice())
            .unwrap_or_default();
        let mut waivers = self.waivers_in(items);
        let mut closing = self.closing_in(items);
        let number = definition.campaign.clone();
        let case = facts::case_object(&case_id).to_string();
        for (action, data) in self.queued(&case, WAIVER, &number).await? {
            let partner_id = text_of(&data, "partner_id").to_owned();
            waivers.entry(partner_id.clone()).or_insert(Waiver {
                partner_id,
                reason: text_of(&data, "reason").to_owned(),
                by: action.person,
                at: action.created_at,
            });
        }
        if closing.is_none() {
            let queued = self.queued(&case, CLOSING, &number).await?;
            closing = queued
                .into_iter()
                .next()
                .map(|(action, data)| closing_of(&data, action.created_at));
        }
        let (state, review) = self
            .campaign_state(&definition, here.as_ref(), &requests, closing.is_some())
            .await?;
        let space_id = there.as_ref().map(|t| t.space.id.clone());
        Ok(Some(Campaign {
            case_id,
            space_id: space_id.or_else(|| here.and_then(|h| h.space_id)),
            at: match (&action, &there) {
                (Some(action), _) => action.created_at,
                (None, there) => there
                    .as_ref()
                    .map(|t| t.space.created_at)
                    .unwrap_or_default(),
            },
            action,
            requests,
            answers,
            reminders,
            waivers,
            closing,
            superseded_by: None,
            state,
            review,
            taken,
            definition,
        }))
    }

    /// What came of the answers to a request, as far as this desktop took them.
    async fn taken(&self, request: &str) -> Result<Option<BTreeMap<String, Taken>>, Refusal> {
        let key = format!("{TAKEN}{request}");
        self.inner.ledger.setting(&key).await.refuse()
    }

    fn waivers_in(&self, items: &[SpaceItem]) -> BTreeMap<String, Waiver> {
        let mut waivers = BTreeMap::new();
        let all = items.iter().filter(|i| i.item_kind == "waiver");
        for item in all.filter(|i| self.counts_from(&i.author)) {
            let partner_id = text_of(&item.data, "partner_id").to_owned();
            // The first reason is the one that let them off.
            waivers.entry(partner_id.clone()).or_insert(Waiver {
                partner_id,
                reason: text_of(&item.data, "reason").to_owned(),
                by: item.author.clone(),
                at: item.created_at,
            });
        }
        waivers
    }

    fn closing_in(&self, items: &[SpaceItem]) -> Option<Closing> {
        let mut all = items.iter().filter(|i| i.item_kind == "closing");
        let item = all.find(|i| self.counts_from(&i.author))?;
        Some(closing_of(&item.data, item.created_at))
    }

    /// What actions of a playbook publish in a campaign, as this ledger has them: shown before the mirror has it.
    async fn queued(
        &self,
        case: &str,
        playbook: &str,
        number: &str,
    ) -> Result<Vec<(ActionRow, Value)>, Refusal> {
        let ledger = &self.inner.ledger;
        let mut out = Vec::new();
        for action in ledger.actions_of_playbook(playbook).await.refuse()? {
            if action.case != case || action.state == "cancelled" {
                continue;
            }
            for step in self.steps_of(&action.id).await? {
                if step.op != Some(Operation::PublishItem) || step.state == StepState::Cancelled {
                    continue;
                }
                let args = ledger.step(&step.id).await.refuse()?.args;
                let data = args.get("data").cloned().unwrap_or_default();
                if text_of(&data, "campaign") == number {
                    out.push((action.clone(), data));
                }
            }
        }
        Ok(out)
    }

    /// What the action of this ledger says of its campaign.
    async fn here(&self, action: &ActionRow) -> Result<Option<Here>, Refusal> {
        let ledger = &self.inner.ledger;
        let steps = self.steps_of(&action.id).await?;
        let receipts = ledger.receipts(&action.id).await.refuse()?;
        let mut here = None;
        let mut requests = Vec::new();
        let (mut asking, mut settled, mut cancelled) = (0, 0, 0);
        for step in &steps {
            if step.name == "definition" && here.is_none() {
                let args = ledger.step(&step.id).await.refuse()?.args;
                here = args.get("data").and_then(definition_of);
            }
            if step.op != Some(Operation::RequestAcknowledgement) {
                continue;
            }
            asking += 1;
            match step.state {
                StepState::Cancelled => {
                    cancelled += 1;
                    continue;
                }
                StepState::Confirmed { .. } => settled += 1,
                _ => {}
            }
            let args = ledger.step(&step.id).await.refuse()?.args;
            let receipt = named(&receipts, &step.name);
            requests.push(Request {
                id: receipt.map(|r| r.remote_ref.clone()),
                recipients: texts(&args, "recipients"),
                at: receipt.map(|r| r.at),
            });
        }
        Ok(here.map(|definition| Here {
            definition,
            requests,
            space_id: named(&receipts, "space").map(|r| r.remote_ref.clone()),
            action: action.clone(),
            left: asking - settled - cancelled,
            settled,
        }))
    }

    /// Where a campaign stands, and its review.
    async fn campaign_state(
        &self,
        definition: &Definition,
        here: Option<&Here>,
        requests: &[Request],
        closed: bool,
    ) -> Result<(CampaignState, Option<String>), Refusal> {
        let mut review = None;
        let state = if let Some(here) = here {
            let gates = self.inner.ledger.gates(&here.action.id).await.refuse()?;
            let gate = gates.iter().find(|g| g.id == REVIEW_GATE).map(|g| g.state);
            if let Some(action) = self.batch_review(&definition.campaign).await?
                && let Some((space, _)) = self.batch_space(&action).await?
            {
                review = Some(format!("review:community:{space}"));
            }
            match gate {
                _ if here.left == 0 && here.settled == 0 => CampaignState::Withdrawn,
                Some(GateState::Failed) => CampaignState::Withdrawn,
                Some(GateState::Open) => CampaignState::Draft,
                Some(GateState::Passed) if here.settled == 0 => CampaignState::Approved,
                _ if here.left > 0 => CampaignState::Issuing,
                _ => CampaignState::Active,
            }
        } else {
            let reviews = self.reviews().await?;
            let ours = reviews.iter().find(|r| r.notice == definition.campaign);
            review = ours.map(|r| r.id());
            let verdict = ours.map(|r| r.state(self.now()));
            let asked = requests.iter().filter(|r| r.id.is_some()).count();
            match verdict {
                _ if asked >= definition.requests as usize => CampaignState::Active,
                _ if asked > 0 => CampaignState::Issuing,
                Some(ReviewState::Approved) => CampaignState::Approved,
                Some(ReviewState::Requested) | None => CampaignState::Draft,
                Some(_) => CampaignState::Withdrawn,
            }
        };
        let state = match state {
            CampaignState::Issuing | CampaignState::Active if closed => CampaignState::Closed,
            other => other,
        };
        Ok((state, review))
    }

    /// Partners of a campaign, by id.
    pub(crate) async fn partners_of(
        &self,
        campaign: &Campaign,
    ) -> Result<BTreeMap<String, Partner>, Refusal> {
        let ids: Vec<String> = campaign.recipients().map(str::to_owned).collect();
        let found = self.inner.cache.partners(&ids).await.refuse()?;
        Ok(found.into_iter().map(|p| (p.id.clone(), p)).collect())
    }

    /// The reminders planned for a recipient.
    pub(crate) fn reminders_of(
        &self,
        campaign: &Campaign,
        partner: Option<&Partner>,
        asked_at: Millis,
    ) -> Vec<Reminder> {
        let agreement = partner.map(|p| &p.agreement);
        let calendar = agreement.map_or("", |a| a.calendar.as_str());
        let terms = &campaign.definition.terms;
        match (self.policy().calendar(calendar), terms.due.parse()) {
            (Some(calendar), Ok(due)) => {
                campaign::planned(terms.reminders, asked_at, due, calendar, zone_of(partner))
            }
            _ => Vec::new(),
        }
    }

    /// Every recipient with where they stand, by id.
    pub(crate) fn recipient_standings<'a>(
        &self,
        campaign: &'a Campaign,
        partners: &BTreeMap<String, Partner>,
        now: Millis,
    ) -> BTreeMap<&'a str, Standing<'a>> {
        let by = campaign.by_recipient();
        let now = campaign.closing.as_ref().map_or(now, |c| now.min(c.at));
        let all = campaign.recipients().map(|id| {
            let theirs = by.get(id).map(Vec::as_slice).unwrap_or_default();
            (
                id,
                campaign.standing(id, theirs, zone_of(partners.get(id)), now),
            )
        });
        all.collect()
    }
}

/// What the action of this ledger says of its campaign.
struct Here {
    definition: Definition,
    requests: Vec<Request>,
    space_id: Option<String>,
    action: ActionRow,
    /// Requests that are still to go out.
    left: usize,
    /// Requests that went out.
    settled: usize,
}

/// A closing as it lies in the space.
fn closing_of(data: &Value, published_at: Millis) -> Closing {
    let made_at = data.get("made_at").and_then(Value::as_i64);
    Closing {
        pack_sha256: text_of(data, "pack_sha256").to_owned(),
        at: made_at.map_or(published_at, Millis),
    }
}

/// The time zone of a partner; UTC where it is not known.
pub(crate) fn zone_of(partner: Option<&Partner>) -> &str {
    partner.map_or("UTC", |p| p.agreement.time_zone.as_str())
}

/// Recipients by state.
pub(crate) fn counts(standings: &BTreeMap<&str, Standing<'_>>) -> Counts {
    Counts::of(standings.values().map(|s| s.state))
}

/// Whether nothing more is awaited of somebody in this state.
pub(crate) const fn is_settled(state: RecipientState) -> bool {
    matches!(
        state,
        RecipientState::Acknowledged | RecipientState::Declined | RecipientState::Waived
    )
}

/// The texts of a list; what is no text is left out.
fn texts(value: &Value, name: &str) -> Vec<String> {
    let list = value.get(name).and_then(Value::as_array);
    let all = list.into_iter().flatten();
    all.filter_map(|v| v.as_str().map(str::to_owned)).collect()
}
