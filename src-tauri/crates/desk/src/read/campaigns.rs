//! Campaigns as their screens show them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Kind, ObjectRef, Refusal, System,
    campaign::{self, Answer, CampaignState, Document, RecipientState, Said, Standing, Uncounted},
    case::CaseStatus,
    record::Partner,
};
use serde_json::Value;

use super::{
    batches::{number, part},
    words,
};
use crate::{
    Desk,
    campaign::{Campaign, Drafted, acknowledgeable},
    facts,
    problem::{Refuse, input},
    view::{
        AnswerRow, CampaignChoice, CampaignCounts, CampaignDocument, CampaignInput, CampaignLaunch,
        CampaignLeftOut, CampaignPlan, CampaignPlanRow, CampaignRow, CampaignView, Content,
        DocumentChoice, EvidenceState, GetCampaign, PlannedReminder, ProgressPoint,
        RecipientCounts, RecipientRow, ReminderRow, SegmentCount, SegmentFact, SegmentValue,
        StatusWord, Tone,
    },
};

fn document(document: &Document) -> CampaignDocument {
    CampaignDocument {
        name: document.name.clone(),
        class: document.class.to_string(),
        version: document.version,
        sha256: document.sha256.clone(),
        notice: document.notice.clone(),
        regulated: document.regulated,
    }
}

fn plan_row(recipient: &campaign::Recipient) -> CampaignPlanRow {
    let contact = recipient.contact.clone();
    let (contact, address) = contact.map_or_else(Default::default, |c| (c.name, c.address));
    CampaignPlanRow {
        partner: recipient.partner_id.clone(),
        name: recipient.name.clone(),
        country: recipient.country.clone(),
        tier: recipient.tier.clone(),
        language: recipient.language.clone(),
        contact,
        address,
        time_zone: recipient.time_zone.clone(),
        reason: recipient.reason.clone(),
        must_repeat: recipient.must_repeat,
    }
}

fn left_out_rows(drafted: &Drafted) -> Vec<CampaignPlanRow> {
    let by_id: BTreeMap<&str, &Partner> = drafted
        .partners
        .iter()
        .map(|p| (p.id.as_str(), p))
        .collect();
    let rows = drafted.draft.left_out.iter().map(|left| {
        let partner = by_id.get(left.partner_id.as_str());
        let of =
            |text: fn(&Partner) -> &String| partner.map(|p| text(p).clone()).unwrap_or_default();
        CampaignPlanRow {
            partner: left.partner_id.clone(),
            name: left.name.clone(),
            country: of(|p| &p.country),
            tier: of(|p| &p.agreement.tier),
            language: of(|p| &p.agreement.language),
            contact: String::new(),
            address: String::new(),
            time_zone: of(|p| &p.agreement.time_zone),
            reason: left.reason.clone(),
            must_repeat: false,
        }
    });
    rows.collect()
}

/// Facts with how many partners have each value, and which are chosen.
pub(super) fn segment_facts(
    partners: &[Partner],
    segment: &BTreeMap<String, Vec<String>>,
) -> Vec<SegmentFact> {
    let fact = |(name, title): &(&str, &str)| {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for partner in partners {
            for value in campaign::fact_values(partner, name) {
                *counts.entry(value.to_owned()).or_default() += 1;
            }
        }
        let chosen = segment.get(*name);
        let is_chosen = |value: &str| {
            chosen.is_some_and(|c| c.iter().any(|c| c.trim().eq_ignore_ascii_case(value)))
        };
        SegmentFact {
            name: (*name).to_owned(),
            title: (*title).to_owned(),
            values: counts
                .into_iter()
                .map(|(value, partners)| SegmentValue {
                    chosen: is_chosen(&value),
                    value,
                    partners,
                })
                .collect(),
        }
    };
    campaign::FACTS.iter().map(fact).collect()
}

fn volumes(drafted: &Drafted) -> Vec<SegmentCount> {
    let mut counts: BTreeMap<(&str, &str, &str), u32> = BTreeMap::new();
    for r in &drafted.draft.recipients {
        *counts
            .entry((&r.country, &r.tier, &r.language))
            .or_default() += 1;
    }
    let rows = counts
        .into_iter()
        .map(|((country, tier, language), recipients)| SegmentCount {
            country: country.to_owned(),
            tier: tier.to_owned(),
            language: language.to_owned(),
            recipients,
        });
    rows.collect()
}

fn state_word(state: CampaignState) -> StatusWord {
    let (tone, text) = match state {
        CampaignState::Draft => (Tone::Wait, "Waits for signatures"),
        CampaignState::Approved => (Tone::Ok, "Approved"),
        CampaignState::Issuing => (Tone::Run, "Going out"),
        CampaignState::Active => (Tone::Wait, "Active"),
        CampaignState::Closed => (Tone::Ok, "Closed"),
        CampaignState::Superseded => (Tone::None, "Superseded"),
        CampaignState::Withdrawn => (Tone::Fail, "Withdrawn"),
    };
    words::word(tone, state.as_str(), text)
}

fn recipient_word(state: RecipientState) -> StatusWord {
    let tone = match state {
        RecipientState::Pending => Tone::Queue,
        RecipientState::Delivered | RecipientState::Opened => Tone::Wait,
        RecipientState::Acknowledged => Tone::Ok,
        RecipientState::Declined | RecipientState::Unreachable => Tone::Fail,
        RecipientState::Overdue => Tone::Late,
        RecipientState::Waived => Tone::None,
    };
    words::word(tone, state.as_str(), words::sentence(state.as_str()))
}

fn counts(standings: &BTreeMap<&str, Standing<'_>>) -> RecipientCounts {
    let c = crate::campaign::counts(standings);
    RecipientCounts {
        recipients: c.recipients,
        pending: c.pending,
        delivered: c.delivered,
        opened: c.opened,
        acknowledged: c.acknowledged,
        declined: c.declined,
        overdue: c.overdue,
        unreachable: c.unreachable,
        waived: c.waived,
    }
}

fn answer_row(answer: &Answer, partners: &BTreeMap<String, Partner>, reason: &str) -> AnswerRow {
    let name = partners.get(&answer.partner_id).map(|p| p.name.clone());
    AnswerRow {
        partner: answer.partner_id.clone(),
        name: name.unwrap_or_else(|| answer.partner_id.clone()),
        by: answer.by.clone(),
        at: answer.at.0,
        state: answer.said.to_string(),
        text: answer.text.clone(),
        sha256: answer.sha256.clone(),
        reason: reason.to_owned(),
    }
}

/// Cumulative acknowledgements by day, without gaps.
fn progress(
    standings: &BTreeMap<&str, Standing<'_>>,
    from: Option<domain::Millis>,
) -> Vec<ProgressPoint> {
    let day = |at: domain::Millis| at.utc().map(|t| t.date_naive());
    let acknowledged = standings
        .values()
        .filter(|s| s.state == RecipientState::Acknowledged);
    let mut by_day: BTreeMap<chrono::NaiveDate, u32> = BTreeMap::new();
    for at in acknowledged.filter_map(|s| s.at).filter_map(day) {
        *by_day.entry(at).or_default() += 1;
    }
    let first = from
        .and_then(day)
        .into_iter()
        .chain(by_day.keys().copied())
        .min();
    let (Some(first), Some(last)) = (first, by_day.keys().last().copied()) else {
        return Vec::new();
    };
    let days = usize::try_from((last - first).num_days() + 1).unwrap_or(1);
    let mut sum = 0;
    first
        .iter_days()
        .take(days.min(2_000))
        .map(|day| {
            sum += by_day.get(&day).copied().unwrap_or_default();
            ProgressPoint {
                day: day.to_string(),
                acknowledged: sum,
            }
        })
        .collect()
}

impl Desk {
    /// What a campaign would do, from what is on this machine.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_FIELD` for a segment, a partner or an exclusion that fits nothing; `E_INPUT` for an unknown list.
    pub async fn campaign_plan_view(&self, args: &CampaignInput) -> Result<CampaignPlan, Refusal> {
        let drafted = self.draft_campaign(args).await?;
        let policy = self.policy();
        let found = &drafted.draft;
        let (recipients, blocking) = (found.recipients.len(), found.blocking.len());
        let rows: Vec<CampaignPlanRow> = match args.list.as_deref().filter(|l| !l.is_empty()) {
            None | Some("recipients") => found.recipients.iter().map(plan_row).collect(),
            Some("blocking") => found.blocking.iter().map(plan_row).collect(),
            Some("excluded") => left_out_rows(&drafted),
            Some("must_repeat") => {
                let repeat = found.recipients.iter().chain(&found.blocking);
                repeat.filter(|r| r.must_repeat).map(plan_row).collect()
            }
            Some(other) => return Err(input(format!("'{other}' is no list of a campaign."))),
        };
        let all = recipients + blocking + found.left_out.len();
        let outside = all.saturating_sub(rows.len());
        let reviewed = drafted.is_reviewed(policy.batch.reviewed_above);
        let refused = if let Err(refusal) = self.may_launch(args, &drafted) {
            Some(refusal)
        } else if !CaseStatus::is_open(&drafted.known.case.status) {
            Some(input(format!("The case is {}.", drafted.known.case.status)))
        } else if !self.is_online() {
            Some(input(
                "The recipients have to be read again before they are asked.",
            ))
        } else {
            self.may_act().err()
        };
        let field = refused.as_ref().and_then(|r| {
            let first = r.detail.pointer("/fields/0").and_then(Value::as_str);
            first.map(str::to_owned)
        });
        let effect = if reviewed {
            format!(
                "Nobody is asked until {} others sign the manifest of all {recipients} recipients.",
                policy.review.needed
            )
        } else {
            format!(
                "{} asked at once.",
                match recipients {
                    0 => "Nobody is".to_owned(),
                    1 => "1 partner is".to_owned(),
                    n => format!("{n} partners are"),
                }
            )
        };
        let calendar = policy.calendar("");
        let reminders = match (&drafted.terms, calendar) {
            (Some(terms), Some(calendar)) => terms.due.parse().map_or_else(
                |_| Vec::new(),
                |due| campaign::planned(drafted.reminders, self.now(), due, calendar, "UTC"),
            ),
            _ => Vec::new(),
        };
        let deliveries = &drafted.known.deliveries;
        let chosen = drafted
            .document
            .as_ref()
            .and_then(|(d, _)| d.notice.clone());
        let documents =
            acknowledgeable(self, deliveries).map(|(delivery, rule, class)| DocumentChoice {
                id: delivery.notice_id.clone(),
                title: rule.title.clone(),
                class: class.to_string(),
                state: delivery.state.clone(),
                at: delivery.event_at.0,
                chosen: chosen.as_ref() == Some(&delivery.notice_id),
            });
        let documents = documents.collect();
        let superseding = args.supersedes.as_deref().unwrap_or_default();
        let supersedable = drafted.supersedable.iter().map(|c| CampaignChoice {
            number: c.number().to_owned(),
            title: c.definition.title.clone(),
            version: c.definition.terms.document.version,
            chosen: c.number().eq_ignore_ascii_case(superseding.trim()),
        });
        let sources = self.ages(&[System::Community, System::Exstream]).await?;
        let must_repeat = found
            .recipients
            .iter()
            .chain(&found.blocking)
            .filter(|r| r.must_repeat);
        Ok(CampaignPlan {
            case: drafted.known.case.object().to_string(),
            case_number: drafted.known.case.number.clone(),
            intent: uuid::Uuid::now_v7().to_string(),
            root: drafted.root.clone(),
            documents,
            document: drafted.document.as_ref().map(|(d, _)| document(d)),
            facts: segment_facts(&drafted.partners, &args.segment),
            supersedable: supersedable.collect(),
            counts: CampaignCounts {
                partners: number(all),
                recipients: number(recipients),
                blocking: number(blocking),
                excluded: number(found.left_out.len()),
                must_repeat: number(must_repeat.count()),
            },
            volumes: volumes(&drafted),
            rows: part(rows, outside, args.offset, args.limit),
            reminders: reminders
                .iter()
                .map(|r| PlannedReminder {
                    number: r.number,
                    day: r.day.to_string(),
                    why: r.why.to_string(),
                })
                .collect(),
            remind_every_days: drafted.reminders.every_days,
            remind_before_due_days: drafted.reminders.before_due_days,
            blocked: refused.map(|r| r.message),
            blocked_field: field,
            signatures: if reviewed { policy.review.needed } else { 0 },
            effect,
            data_as_of: sources.first().and_then(|s| s.fetched_at),
            sources,
        })
    }

    /// Launches what was shown.
    ///
    /// # Errors
    /// `E_HASH` when recipients or document have changed since; `E_OFFLINE`; `E_FIELD` for what is missing, and naming those
    /// who cannot be asked; `E_STATE` when there is nobody to ask; `E_FORBIDDEN` for auditors.
    pub async fn launch_campaign(&self, args: &CampaignLaunch) -> Result<CampaignRow, Refusal> {
        let action = self.confirm_campaign(args).await?;
        let campaign = self.find_campaign(action.as_str()).await?;
        self.campaign_row(&campaign).await
    }

    /// Campaigns, newest first: of one case, or all of them.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for an unknown case.
    pub async fn list_campaigns(&self, case: &str) -> Result<Vec<CampaignRow>, Refusal> {
        let case = match case.trim() {
            "" => None,
            case => Some(self.resolve_case(case).await?),
        };
        let mut rows = Vec::new();
        for campaign in self.campaigns().await? {
            if case.as_ref().is_none_or(|case| *case == campaign.case_id) {
                rows.push(self.campaign_row(&campaign).await?);
            }
        }
        Ok(rows)
    }

    async fn campaign_row(&self, campaign: &Campaign) -> Result<CampaignRow, Refusal> {
        let partners = self.partners_of(campaign).await?;
        let standings = self.recipient_standings(campaign, &partners, self.now());
        self.campaign_row_of(campaign, &standings).await
    }

    async fn campaign_row_of(
        &self,
        campaign: &Campaign,
        standings: &BTreeMap<&str, Standing<'_>>,
    ) -> Result<CampaignRow, Refusal> {
        let case = self
            .inner
            .cache
            .case(&campaign.case_id, "")
            .await
            .refuse()?;
        let (definition, terms) = (&campaign.definition, &campaign.definition.terms);
        Ok(CampaignRow {
            number: campaign.number().to_owned(),
            title: definition.title.clone(),
            case: facts::case_object(&campaign.case_id).to_string(),
            case_number: case.map_or_else(|| campaign.case_id.clone(), |c| c.case.number),
            status: state_word(campaign.state),
            document: document(&terms.document),
            maker: definition.maker.clone(),
            maker_name: self.persons().name(&definition.maker).to_owned(),
            at: campaign.at.0,
            due: terms.due.clone(),
            view_first: terms.view_first,
            signed: terms.signed,
            counts: counts(standings),
            supersedes: terms.supersedes.clone(),
            superseded_by: campaign.superseded_by.clone(),
            review: campaign.review.clone(),
            root: definition.root.clone(),
            action: campaign.action.as_ref().map(|a| a.id.to_string()),
        })
    }

    /// One campaign, opened.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_INPUT` for a filter nobody knows.
    pub async fn campaign_view(&self, args: &GetCampaign) -> Result<CampaignView, Refusal> {
        let campaign = self.find_campaign(&args.id).await?;
        let now = self.now();
        let partners = self.partners_of(&campaign).await?;
        let standings = self.recipient_standings(&campaign, &partners, now);
        let terms = &campaign.definition.terms;
        let all = self
            .recipient_rows(&campaign, &partners, &standings)
            .await?;
        let total = all.len();
        let open_repeat = |r: &RecipientRow| r.must_repeat && r.status.state != "acknowledged";
        let must_repeat = all.iter().filter(|r| open_repeat(r)).count();
        let asked: BTreeSet<&str> = standings
            .iter()
            .filter(|(_, s)| !s.questions.is_empty())
            .map(|(id, _)| *id)
            .collect();
        let rows: Vec<RecipientRow> = match args.only.as_deref().filter(|o| !o.is_empty()) {
            None => all,
            Some("must_repeat") => all.into_iter().filter(open_repeat).collect(),
            Some("questions") => {
                let has = |r: &RecipientRow| asked.contains(r.partner.as_str());
                all.into_iter().filter(has).collect()
            }
            Some(only) if only.parse::<RecipientState>().is_ok() => {
                all.into_iter().filter(|r| r.status.state == only).collect()
            }
            Some(other) => return Err(input(format!("'{other}' is no state of a recipient."))),
        };
        let states: BTreeMap<&str, RecipientState> =
            standings.iter().map(|(id, s)| (*id, s.state)).collect();
        let next = match campaign.state {
            CampaignState::Active => self.next_wave(&campaign, &partners, &states, now),
            _ => None,
        };
        let mut quarantined: Vec<AnswerRow> = standings
            .values()
            .flat_map(|s| &s.uncounted)
            .map(|Uncounted { answer, why }| answer_row(answer, &partners, why.words()))
            .collect();
        // What a recipient remarked with a decision is a question to whoever runs the campaign, too.
        let remarks = campaign.answers.iter().filter(|a| {
            a.said == Said::Question || (!a.text.trim().is_empty() && a.said != Said::Viewed)
        });
        let mut questions: Vec<AnswerRow> = remarks.map(|a| answer_row(a, &partners, "")).collect();
        quarantined.sort_by_key(|a| std::cmp::Reverse(a.at));
        questions.sort_by_key(|a| std::cmp::Reverse(a.at));
        let persons = self.persons();
        let mut reminders: Vec<ReminderRow> = campaign
            .reminders
            .iter()
            .map(|sent| ReminderRow {
                at: sent.at.0,
                recipients: number(sent.recipients.len()),
                by: match sent.by.as_str() {
                    "" => "By plan".to_owned(),
                    by => persons.name(by).to_owned(),
                },
            })
            .collect();
        reminders.sort_by_key(|r| std::cmp::Reverse(r.at));
        let signed = standings
            .values()
            .filter_map(|s| Some((s.answer?, s.answer?.file.as_ref()?)));
        let proven = |answer: &Answer| {
            campaign
                .taken
                .get(&answer.id)
                .is_some_and(|t| t.file_sha256.is_some())
        };
        let (mut files, mut here) = (0, 0);
        for (answer, _) in signed {
            files += 1;
            here += u32::from(proven(answer));
        }
        let pack_sha256 = campaign.closing.as_ref().map(|c| c.pack_sha256.clone());
        let attachments = self
            .inner
            .cache
            .attachments_of_case(&campaign.case_id)
            .await
            .refuse()?;
        let pack = attachments
            .iter()
            .find(|a| Some(&a.sha256) == pack_sha256.as_ref());
        let pack = pack.map(|a| ObjectRef::new(Kind::Attachment, System::Community, a.id.as_str()));
        let close_blocked = match self.may_act().and_then(|()| self.may_close(&campaign)) {
            Err(refusal) => Some(refusal.message),
            Ok(()) if !self.is_online() => Some(
                "What was answered has to be read once more before the campaign is closed."
                    .to_owned(),
            ),
            Ok(()) => None,
        };
        let counted = counts(&standings);
        let waiting = counted.pending + counted.delivered + counted.opened;
        let close_effect = format!(
            "The campaign ends with {} of {} acknowledged and {waiting} not answered; its evidence is put on the case.",
            counted.acknowledged, counted.recipients
        );
        let first = campaign.requests.iter().filter_map(|r| r.at).min();
        Ok(CampaignView {
            row: self.campaign_row_of(&campaign, &standings).await?,
            rows: part(rows, 0, args.offset, args.limit),
            must_repeat: number(must_repeat),
            reminders,
            next_reminder: next.map(|(at, _)| at.0),
            next_reminder_recipients: next.map_or(0, |(_, n)| number(n)),
            remind_every_days: terms.reminders.every_days,
            remind_before_due_days: terms.reminders.before_due_days,
            quarantined,
            questions,
            left_out: campaign
                .definition
                .left_out
                .iter()
                .map(|l| CampaignLeftOut {
                    partner: l.partner_id.clone(),
                    name: l.name.clone(),
                    reason: l.reason.clone(),
                    by: l.by.as_deref().map(|by| persons.name(by).to_owned()),
                })
                .collect(),
            progress: progress(&standings, first),
            evidence: EvidenceState {
                files,
                proven: here,
                pack_sha256,
                pack: pack.map(|p| p.to_string()),
            },
            close_blocked,
            close_effect,
            sources: self.ages(&[System::Community]).await?,
        })
        .map(|mut view: CampaignView| {
            let outside = total.saturating_sub(view.rows.total as usize);
            view.rows.outside_filter_total = number(outside);
            view
        })
    }

    async fn recipient_rows(
        &self,
        campaign: &Campaign,
        partners: &BTreeMap<String, Partner>,
        standings: &BTreeMap<&str, Standing<'_>>,
    ) -> Result<Vec<RecipientRow>, Refusal> {
        let now = self.now();
        let reminded = campaign.reminded();
        let repeat: BTreeSet<&str> = campaign
            .definition
            .must_repeat
            .iter()
            .map(String::as_str)
            .collect();
        let running = campaign.state == CampaignState::Active;
        let mut rows: Vec<RecipientRow> = standings
            .iter()
            .map(|(id, standing)| {
                let partner = partners.get(*id);
                let contacts = partner.map(campaign::contacts).unwrap_or_default();
                let mut contacts = contacts.into_iter();
                let contact = contacts.next().map(|c| c.name).unwrap_or_default();
                let unreachable = standing.state == RecipientState::Unreachable;
                let next_contact = contacts.next().filter(|_| unreachable);
                let next_contact = next_contact.map(|c| format!("{}, {}", c.name, c.address));
                let next = match campaign.asked_at(id) {
                    Some(at) if running && standing.state.is_open() => {
                        let plan = self.reminders_of(campaign, partner, at);
                        campaign::next_reminder(&plan, now)
                    }
                    _ => None,
                };
                let file = standing.answer.and_then(|a| a.file.as_ref());
                let taken = standing.answer.and_then(|a| campaign.taken.get(&a.id));
                let waiver = campaign.waivers.get(*id);
                let reason = match standing.state {
                    RecipientState::Waived => waiver.map(|w| w.reason.clone()),
                    RecipientState::Acknowledged => None,
                    _ => standing.uncounted.last().map(|u| u.why.words().to_owned()),
                };
                RecipientRow {
                    partner: (*id).to_owned(),
                    name: partner.map_or_else(|| (*id).to_owned(), |p| p.name.clone()),
                    country: partner.map(|p| p.country.clone()).unwrap_or_default(),
                    contact,
                    status: recipient_word(standing.state),
                    at: standing.at.map(|at| at.0),
                    by: standing
                        .answer
                        .map(|a| a.by.clone())
                        .filter(|by| !by.is_empty()),
                    text: standing.answer.map(|a| a.text.clone()).unwrap_or_default(),
                    file_sha256: file.map(|f| f.sha256.clone()),
                    file: file.map(|f| {
                        ObjectRef::new(Kind::Attachment, System::Community, f.id.as_str())
                            .to_string()
                    }),
                    file_proven: taken.is_some_and(|t| t.file_sha256.is_some()),
                    reminders: reminded.get(id).map_or(0, |(n, _)| *n),
                    next_reminder: next.map(|r| r.at.0),
                    next_contact,
                    reason,
                    must_repeat: repeat.contains(id),
                }
            })
            .collect();
        rows.sort_by(|a, b| (&a.name, &a.partner).cmp(&(&b.name, &b.partner)));
        Ok(rows)
    }

    /// A signed file of an answer, by the id its bytes are read by; `None` where no answer names it.
    pub(crate) async fn signed_file(
        &self,
        id: &str,
    ) -> Result<Option<campaign::SignedFile>, Refusal> {
        let campaigns = self.campaigns().await?;
        let answers = campaigns.iter().flat_map(|c| &c.answers);
        let mut files = answers.filter_map(|a| a.file.as_ref());
        Ok(files.find(|f| f.id == id).cloned())
    }

    /// The document of a campaign, for a viewer.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_OFFLINE` when it is not here and cannot be fetched.
    pub async fn campaign_document_content(&self, number: &str) -> Result<Content, Refusal> {
        use base64::Engine as _;
        let campaign = self.find_campaign(number).await?;
        let bytes = self.campaign_document(&campaign).await?;
        let document = &campaign.definition.terms.document;
        Ok(Content {
            name: document.name.clone(),
            media_type: "application/pdf".to_owned(),
            sha256: document.sha256.clone(),
            size: super::batches::number(bytes.len()),
            base64: Some(base64::engine::general_purpose::STANDARD.encode(&bytes)),
            problem: None,
        })
    }
}
