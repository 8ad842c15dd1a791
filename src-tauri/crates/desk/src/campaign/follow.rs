//! What follows in a campaign without a person: answers are taken and their signed files fetched, whoever has not answered is
//! reminded, and the trail says so once.

use std::collections::BTreeMap;

use domain::{
    ActionId, Kind, Millis, ObjectRef, Refusal, System,
    batch::{Rendered, Sheet},
    campaign::{self, Answer, CampaignState, RecipientState, Said},
    operation::Operation,
    plan::GateKind,
    refusal::Code,
    step::StepState,
};
use ledger::{Actor, AuditEntry, GateRow};
use serde_json::{Value, json};

use super::{Campaign, PLAYBOOK, REMIND, TAKEN, Taken, zone_of};
use crate::{Desk, batches::Progress, derive::intent_of, facts, problem::Refuse};

/// The playbook of a reminder by plan.
const REMINDER: &str = "campaign_reminder";

impl Desk {
    /// Follows up on campaigns once. True when something changed that the outbox may go on with.
    pub(crate) async fn follow_campaigns(&self) -> Result<bool, Refusal> {
        let mut moved = self.record_steps().await?;
        for campaign in self.campaigns().await? {
            if campaign.action.is_some() {
                self.take_answers(&campaign).await?;
            }
            if campaign.is_running() {
                moved |= self.remind_by_plan(&campaign).await?;
            }
        }
        Ok(moved)
    }

    /// The hashes a manifest names for each recipient: the document everybody gets, under the root that was shown.
    pub(crate) async fn campaign_hashes(
        &self,
        action: &ActionId,
        sheet: &Sheet,
    ) -> Result<BTreeMap<String, Rendered>, Refusal> {
        let row = self.inner.ledger.action(action).await.refuse()?;
        let Some(here) = self.here(&row).await? else {
            return Ok(BTreeMap::new());
        };
        let hashes = Rendered {
            content_hash: here.definition.root,
            sha256: here.definition.terms.document.sha256,
        };
        let all = sheet.notices.iter();
        Ok(all.map(|e| (e.notice.clone(), hashes.clone())).collect())
    }

    /// Keeps what is known once, with its audit record, in one transaction.
    async fn record_once(&self, key: &str, entry: AuditEntry) -> Result<(), Refusal> {
        let ledger = &self.inner.ledger;
        if ledger.setting::<Value>(key).await.refuse()?.is_some() {
            return Ok(());
        }
        ledger
            .decide(key, &json!(true), entry, &Actor::system(), self.now())
            .await
            .refuse()
    }

    /// Launches and reminders that have gone out: the trail says so, once.
    async fn record_steps(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        for gate in self
            .inner
            .ledger
            .open_gates(GateKind::Batch)
            .await
            .refuse()?
        {
            moved |= match gate.playbook.as_str() {
                PLAYBOOK => self.record_launch(&gate).await?,
                REMINDER | REMIND => self.record_reminder(&gate).await?,
                _ => false,
            };
        }
        Ok(moved)
    }

    async fn pass(&self, gate: &GateRow) -> Result<bool, Refusal> {
        let (ledger, actor) = (&self.inner.ledger, Actor::system());
        ledger
            .pass_gate(&gate.action_id, &gate.id, &actor, self.now())
            .await
            .refuse()?;
        Ok(true)
    }

    async fn record_launch(&self, gate: &GateRow) -> Result<bool, Refusal> {
        let steps = self.steps_of(&gate.action_id).await?;
        let asking: Vec<_> = steps
            .iter()
            .filter(|s| s.op == Some(Operation::RequestAcknowledgement))
            .collect();
        if asking.is_empty() || !asking.iter().all(|s| s.state.is_settled()) {
            return Ok(false);
        }
        let number = self.batch_number(&gate.action_id).await?;
        let all = self.campaigns().await?;
        let asked: usize = all
            .iter()
            .filter(|c| c.number() == number)
            .flat_map(|c| &c.requests)
            .filter(|r| r.id.is_some())
            .map(|r| r.recipients.len())
            .sum();
        if asked > 0 {
            let told = json!({"action": gate.action_id, "campaign": number, "n": asked});
            let entry = self.about(gate, "campaign.launched").with(told);
            self.record_once(&format!("campaign/launched/{number}"), entry)
                .await?;
        } else {
            // Nobody was asked: whoever was to sign it learns that it is withdrawn.
            self.recall_cancelled(gate, &number, Progress::default())
                .await?;
        }
        self.pass(gate).await
    }

    async fn record_reminder(&self, gate: &GateRow) -> Result<bool, Refusal> {
        let steps = self.steps_of(&gate.action_id).await?;
        if !steps.iter().all(|s| s.state.is_settled()) {
            return Ok(false);
        }
        let ledger = &self.inner.ledger;
        // A reminder by plan names itself in what it claims: campaign, request, time, number.
        let mut planned = None;
        let (mut recipients, mut sent_at) = (0, None);
        for step in &steps {
            let args = ledger.step(&step.id).await.refuse()?.args;
            if step.op == Some(Operation::Claim) {
                let subject = args.get("subject").and_then(Value::as_str);
                let parts = subject.and_then(|s| s.rsplit_once('/'));
                planned = parts.map(|(about, n)| (about.to_owned(), n.parse::<u32>().ok()));
            }
            if step.op == Some(Operation::RemindAcknowledgement)
                && matches!(step.state, StepState::Confirmed { .. })
            {
                recipients += super::texts(&args, "recipients").len();
                sent_at = step.confirmed_at.or(sent_at);
            }
        }
        if let Some(at) = sent_at {
            let (about, number) = planned.unwrap_or_default();
            let action = ledger.action(&gate.action_id).await.refuse()?;
            let told = json!({"action": gate.action_id, "n": number, "about": about, "recipients": recipients,
                "title": action.title});
            let mut entry = self.about(gate, "ack.reminder").with(told);
            entry.occurred_at = Some(at);
            self.record_once(&format!("campaign/reminded/{}", gate.action_id), entry)
                .await?;
        }
        self.pass(gate).await
    }

    fn about(&self, gate: &GateRow, event: &str) -> AuditEntry {
        AuditEntry::new(event, &facts::case_object(facts::case_id(&gate.case)))
    }

    /// Answers that count and were not taken yet: a signed file is fetched and proven first, then the trail has the answer.
    pub(crate) async fn take_answers(&self, campaign: &Campaign) -> Result<(), Refusal> {
        let partners = self.partners_of(campaign).await?;
        let by = campaign.by_recipient();
        for request in &campaign.requests {
            let Some(id) = &request.id else { continue };
            for partner in &request.recipients {
                let theirs = by
                    .get(partner.as_str())
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let zone = zone_of(partners.get(partner));
                let found = campaign.standing(partner, theirs, zone, self.now());
                let counted = found.answer.filter(|a| a.said == Said::Accepted);
                let Some(answer) = counted.filter(|a| !campaign.taken.contains_key(&a.id)) else {
                    continue;
                };
                match self.fetch_signed(answer).await {
                    Ok(file_sha256) => {
                        self.take(campaign, id, answer, file_sha256, false).await?;
                    }
                    Err(refusal) if refusal.code == Code::Integrity => {
                        self.take(campaign, id, answer, None, true).await?;
                    }
                    // It is fetched when Community can be reached again.
                    Err(refusal) => {
                        tracing::info!(%refusal, campaign = campaign.number(), "a signed file is not here yet");
                    }
                }
            }
        }
        Ok(())
    }

    /// Fetches the signed file of an answer. Gives its hash, which is the announced one.
    async fn fetch_signed(&self, answer: &Answer) -> Result<Option<String>, Refusal> {
        let Some(file) = &answer.file else {
            return Ok(None);
        };
        let object = ObjectRef::new(Kind::Attachment, System::Community, file.id.as_str());
        let bytes = self.bytes_of(&object, Some(&file.sha256)).await?;
        if bytes.is_empty() {
            return Err(Refusal::new(Code::Integrity, "The signed file is empty."));
        }
        Ok(Some(file.sha256.clone()))
    }

    async fn take(
        &self,
        campaign: &Campaign,
        request: &str,
        answer: &Answer,
        file_sha256: Option<String>,
        differs: bool,
    ) -> Result<(), Refusal> {
        let mut kept = self.taken(request).await?.unwrap_or_default();
        let event = if differs {
            "ack.refused"
        } else {
            "ack.received"
        };
        let told = json!({
            "campaign": campaign.number(), "partner": answer.partner_id, "person": answer.by, "at": answer.at.rfc3339(),
            "doc_sha": answer.sha256, "file_sha": file_sha256, "answer": answer.id,
            "announced": answer.file.as_ref().map(|f| f.sha256.as_str()),
        });
        let mut entry = AuditEntry::new(event, &facts::case_object(&campaign.case_id)).with(told);
        entry.occurred_at = Some(answer.at);
        if differs {
            entry = entry.because(campaign::NotCounted::FileDiffers.words());
        }
        kept.insert(
            answer.id.clone(),
            Taken {
                file_sha256,
                differs,
            },
        );
        let key = format!("{TAKEN}{request}");
        self.inner
            .ledger
            .decide(&key, &json!(kept), entry, &Actor::system(), self.now())
            .await
            .refuse()
    }

    /// Reminders whose time has come, once what was answered until then has been pulled. Every desktop comes to the same
    /// ones; the one that wins the claim reminds.
    async fn remind_by_plan(&self, campaign: &Campaign) -> Result<bool, Refusal> {
        if campaign.state != CampaignState::Active {
            return Ok(false);
        }
        let status = self.inner.cache.system_status().await.refuse()?;
        let pulled = status.iter().find(|s| s.system == System::Community);
        let Some(pulled) = pulled.and_then(|s| s.last_success) else {
            return Ok(false);
        };
        let now = self.now();
        let mut moved = false;
        for wave in self.due_waves(campaign, now).await? {
            if pulled < wave.at {
                continue;
            }
            let id = format!(
                "reminder/{}/{}/{}",
                campaign.number(),
                wave.request,
                wave.at.0
            );
            if self
                .inner
                .ledger
                .action_of(&intent_of(&id))
                .await
                .refuse()?
                .is_some()
            {
                continue;
            }
            let number = campaign.number();
            let event = json!({
                "kind": "reminder_due", "id": id, "campaign": number, "request_id": wave.request, "number": wave.number,
                "subject": format!("{number}/{}/{}/{}", wave.request, wave.at.0, wave.number),
                "recipients": wave.recipients, "count": wave.recipients.len(), "text": reminder_text(campaign),
            });
            match self
                .enqueue_following(&campaign.case_id, event, Vec::new())
                .await
            {
                Ok(()) => moved = true,
                Err(refusal) => {
                    tracing::info!(%refusal, campaign = number, "nobody is reminded yet")
                }
            }
        }
        Ok(moved)
    }

    /// Reminders whose time has come and that nobody has sent, one for each request, day and calendar.
    async fn due_waves(&self, campaign: &Campaign, now: Millis) -> Result<Vec<Wave>, Refusal> {
        let partners = self.partners_of(campaign).await?;
        let standings = self.recipient_standings(campaign, &partners, now);
        let reminded = campaign.reminded();
        let Ok(due) = campaign.definition.terms.due.parse() else {
            return Ok(Vec::new());
        };
        let mut waves: BTreeMap<(String, Millis), Wave> = BTreeMap::new();
        for request in &campaign.requests {
            let (Some(id), Some(asked_at)) = (&request.id, request.at) else {
                continue;
            };
            for recipient in &request.recipients {
                let open = standings
                    .get(recipient.as_str())
                    .is_some_and(|s| s.state.is_open());
                if !open {
                    continue;
                }
                let partner = partners.get(recipient);
                let plan = self.reminders_of(campaign, partner, asked_at);
                let last = reminded.get(recipient.as_str()).map(|(_, at)| *at);
                let end = campaign::ends(due, zone_of(partner));
                let Some(reminder) = campaign::due_reminder(&plan, last, end, now) else {
                    continue;
                };
                let wave = waves
                    .entry((id.clone(), reminder.at))
                    .or_insert_with(|| Wave {
                        request: id.clone(),
                        at: reminder.at,
                        number: reminder.number,
                        recipients: Vec::new(),
                    });
                wave.recipients.push(recipient.clone());
            }
        }
        Ok(waves.into_values().collect())
    }

    /// Who is reminded next by plan, and when; counted from now.
    pub(crate) fn next_wave(
        &self,
        campaign: &Campaign,
        partners: &BTreeMap<String, domain::record::Partner>,
        states: &BTreeMap<&str, RecipientState>,
        now: Millis,
    ) -> Option<(Millis, usize)> {
        let mut times: BTreeMap<Millis, usize> = BTreeMap::new();
        for (id, state) in states {
            let next = match campaign.asked_at(id) {
                Some(at) if state.is_open() => {
                    let plan = self.reminders_of(campaign, partners.get(*id), at);
                    campaign::next_reminder(&plan, now)
                }
                _ => None,
            };
            if let Some(next) = next {
                *times.entry(next.at).or_default() += 1;
            }
        }
        times.into_iter().next()
    }
}

/// Recipients of one request whose reminder is due at the same time.
struct Wave {
    request: String,
    at: Millis,
    number: u32,
    recipients: Vec<String>,
}

/// What a reminder says: the same on every desktop.
pub(crate) fn reminder_text(campaign: &Campaign) -> String {
    let terms = &campaign.definition.terms;
    format!(
        "Please acknowledge {}, version {}, until {}.",
        terms.document.name, terms.document.version, terms.due
    )
}
