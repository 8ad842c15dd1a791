//! What a person does in a campaign: letting recipients off, reminding them, ending it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::{IntentId, Refusal, System, canonical::sha256_hex, playbook, reason, refusal::Code};
use ledger::{AuditEntry, Blob};
use serde_json::{Value, json};

use super::{CLOSING, Campaign, REMIND, WAIVER, counts, follow::reminder_text, is_settled};
use crate::{
    Desk,
    view::{RemindInput, WaiveInput},
};

impl Desk {
    /// Queues an action of a person in a campaign.
    async fn queue_in(
        &self,
        campaign: &Campaign,
        playbook: &str,
        facts: (&str, Value),
        blobs: Vec<Blob>,
        audit: Vec<AuditEntry>,
    ) -> Result<(), Refusal> {
        let playbook = self.inner.library.find(playbook)?.clone();
        let known = self.know(&campaign.case_id).await?;
        let intent = IntentId(uuid::Uuid::now_v7().to_string());
        let mut values = self.facts_of(&known, &playbook, &BTreeMap::new(), &intent);
        if let Some(map) = values.values.as_object_mut() {
            map.insert(facts.0.to_owned(), facts.1);
        }
        let plan = playbook::plan(&playbook, &values, &BTreeMap::new(), &intent)?;
        self.accept(&plan, blobs, audit).await?;
        Ok(())
    }

    fn running(&self, campaign: &Campaign) -> Result<(), Refusal> {
        if campaign.is_running() {
            return Ok(());
        }
        let words = format!("{} is {}.", campaign.number(), campaign.state);
        Err(Refusal::new(Code::State, words))
    }

    /// Recipients named one by one, each of the campaign.
    fn named_of<'a>(
        campaign: &'a Campaign,
        partners: &'a [String],
    ) -> Result<BTreeSet<&'a str>, Refusal> {
        let all: BTreeSet<&str> = campaign.recipients().collect();
        let named: BTreeSet<&str> = partners.iter().map(|p| p.trim()).collect();
        match named.iter().find(|id| !all.contains(**id)) {
            Some(stranger) => {
                let words = format!("{stranger} is no recipient of {}.", campaign.number());
                Err(Refusal::field("partners", words))
            }
            None => Ok(named),
        }
    }

    /// Lets recipients off. Gives how many.
    ///
    /// # Errors
    /// `E_FORBIDDEN` for auditors; `E_NOT_FOUND`; `E_STATE` when the campaign is not running, its space is not open yet, or
    /// nothing is awaited of one of them any more; `E_FIELD` without a reason or for somebody who was not asked.
    pub async fn waive_recipients(&self, args: &WaiveInput) -> Result<u32, Refusal> {
        self.may_act()?;
        let campaign = self.find_campaign(&args.campaign).await?;
        self.running(&campaign)?;
        let reason = reason::read(&args.reason, "reason", "Say why they are let off.")?;
        let named = Self::named_of(&campaign, &args.partners)?;
        if named.is_empty() {
            return Err(Refusal::field("partners", "Say who is let off."));
        }
        let Some(space_id) = campaign.space_id.clone() else {
            return Err(Refusal::new(
                Code::State,
                "The space of the campaign is not open yet.",
            ));
        };
        let partners = self.partners_of(&campaign).await?;
        let standings = self.recipient_standings(&campaign, &partners, self.now());
        let settled = named.iter().find(|id| {
            let state = standings.get(**id).map(|s| s.state);
            // Who declined can be let off as well: then nothing more is wanted of them.
            state.is_some_and(|s| is_settled(s) && s != domain::campaign::RecipientState::Declined)
        });
        if let Some(id) = settled {
            let state = standings
                .get(*id)
                .map(|s| s.state.to_string())
                .unwrap_or_default();
            return Err(Refusal::new(
                Code::State,
                format!("{id} is settled already: {state}."),
            ));
        }
        let recipients: Vec<Value> = named
            .iter()
            .map(|id| {
                let name = partners.get(*id).map_or(*id, |p| p.name.as_str());
                json!({"partner_id": id, "name": name})
            })
            .collect();
        let case = crate::facts::case_object(&campaign.case_id);
        let audit = named.iter().map(|id| {
            AuditEntry::new("ack.waived", &case)
                .because(reason)
                .with(json!({"campaign": campaign.number(), "partner": id, "reason": reason}))
        });
        let facts = json!({"campaign": campaign.number(), "space_id": space_id, "reason": reason, "recipients": recipients});
        self.queue_in(
            &campaign,
            WAIVER,
            ("waiver", facts),
            Vec::new(),
            audit.collect(),
        )
        .await?;
        Ok(u32::try_from(named.len()).unwrap_or(u32::MAX))
    }

    /// Reminds recipients now, beside the plan: those named, or everybody who has not answered. Gives how many.
    ///
    /// # Errors
    /// `E_FORBIDDEN` for auditors; `E_NOT_FOUND`; `E_STATE` when the campaign is not running or nobody is open; `E_FIELD` for
    /// somebody who was not asked.
    pub async fn remind_recipients(&self, args: &RemindInput) -> Result<u32, Refusal> {
        self.may_act()?;
        let campaign = self.find_campaign(&args.campaign).await?;
        self.running(&campaign)?;
        let named = Self::named_of(&campaign, &args.partners)?;
        let partners = self.partners_of(&campaign).await?;
        let standings = self.recipient_standings(&campaign, &partners, self.now());
        let wanted = |id: &str| {
            let awaited = standings.get(id).is_some_and(|s| !is_settled(s.state));
            awaited && (named.is_empty() || named.contains(id))
        };
        let mut requests = Vec::new();
        let mut count = 0;
        for request in &campaign.requests {
            let Some(id) = &request.id else { continue };
            let recipients: Vec<&String> =
                request.recipients.iter().filter(|r| wanted(r)).collect();
            if !recipients.is_empty() {
                count += recipients.len();
                requests.push(
                    json!({"request_id": id, "count": recipients.len(), "recipients": recipients}),
                );
            }
        }
        if requests.is_empty() {
            return Err(Refusal::new(Code::State, "Nobody has to be reminded."));
        }
        let facts = json!({"campaign": campaign.number(), "text": reminder_text(&campaign), "requests": requests});
        self.queue_in(
            &campaign,
            REMIND,
            ("reminder", facts),
            Vec::new(),
            Vec::new(),
        )
        .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Ends a campaign: answers are pulled once more, its evidence is made and filed, and nobody is reminded any more.
    ///
    /// # Errors
    /// `E_FORBIDDEN` for auditors; `E_NOT_FOUND`; `E_STATE` when it is not running; `E_OFFLINE` while answers or signed files
    /// cannot be read.
    pub async fn close_campaign(&self, number: &str) -> Result<(), Refusal> {
        self.may_act()?;
        let campaign = self.find_campaign(number).await?;
        self.may_close(&campaign)?;
        if !self.inner.network.is_online() {
            let words = "What was answered has to be read once more before the campaign is closed.";
            return Err(Refusal::new(Code::Offline, words));
        }
        let report = self.pull(&[System::Community], false).await?;
        if let Some(error) = report.iter().find_map(|r| r.error.clone()) {
            let words = "What was answered could not be read once more.";
            return Err(Refusal::new(Code::Offline, words).with(json!({"cause": error})));
        }
        self.take_answers(&self.find_campaign(number).await?)
            .await?;
        let campaign = self.find_campaign(number).await?;
        self.may_close(&campaign)?;
        let Some(space_id) = campaign.space_id.clone() else {
            return Err(Refusal::new(
                Code::State,
                "The space of the campaign is not open yet.",
            ));
        };
        let pack = Bytes::from(self.campaign_archive(&campaign).await?);
        let sha256 = sha256_hex(&pack);
        let fits = pack.len() as u64 <= self.policy().limits.attachment_mib * 1024 * 1024;
        let partners = self.partners_of(&campaign).await?;
        let made_at = self.now();
        let counts = counts(&self.recipient_standings(&campaign, &partners, made_at));
        let known = self.know(&campaign.case_id).await?;
        let chosen = crate::facts::workspace_choice(&known, self.policy());
        let files = fits && matches!(chosen, domain::matching::Choice::Taken(_));
        let facts = json!({"campaign": campaign.number(), "space_id": space_id, "counts": counts, "pack_sha256": sha256,
            "fits": fits, "files": files, "made_at": made_at.0});
        let case = crate::facts::case_object(&campaign.case_id);
        let told = json!({"campaign": campaign.number(), "counts": counts, "pack_sha256": sha256, "attached": fits});
        let audit = vec![AuditEntry::new("campaign.closed", &case).with(told)];
        let blobs = if fits {
            vec![Blob::of(pack)]
        } else {
            Vec::new()
        };
        self.queue_in(&campaign, CLOSING, ("closing", facts), blobs, audit)
            .await
    }

    /// Whether a campaign can be ended.
    ///
    /// # Errors
    /// `E_STATE` saying why not.
    pub(crate) fn may_close(&self, campaign: &Campaign) -> Result<(), Refusal> {
        use domain::campaign::CampaignState;
        // The trail of who confirmed, signed and answered lies where it was launched: evidence made elsewhere would lack it.
        if campaign.action.is_none() {
            let words = "A campaign is closed on the desktop that launched it: its trail is there.";
            return Err(Refusal::new(Code::State, words));
        }
        match campaign.state {
            CampaignState::Active | CampaignState::Superseded if campaign.closing.is_none() => {
                Ok(())
            }
            CampaignState::Issuing => Err(Refusal::new(
                Code::State,
                "Requests are still going out: the campaign can be closed once everybody was asked.",
            )),
            _ => {
                let words = format!("{} is {}.", campaign.number(), campaign.state);
                Err(Refusal::new(Code::State, words))
            }
        }
    }
}
