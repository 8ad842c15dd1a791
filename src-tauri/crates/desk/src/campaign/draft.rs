//! From a document and a segment of partners to a campaign, and its launch.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use bytes::Bytes;
use connectors::text::safe_file_name;
use domain::{
    ActionId, IntentId, Kind, Millis, ObjectRef, Refusal, System,
    batch::{Entry, Sheet},
    campaign::{
        self, CampaignState, Definition, Document, DocumentClass, Draft, RecipientState,
        ReminderPlan, Selected, Terms,
    },
    canonical::{self, sha256_hex},
    plan::Plan,
    playbook::{self, Playbook},
    record::{Delivery, Partner},
    refusal::Code,
    time::{DAY, HOUR, is_day},
};
use ledger::{AuditEntry, Blob};
use serde_json::{Value, json};

use super::{Campaign, PLAYBOOK};
use crate::{
    Desk,
    facts::Known,
    problem::{Refuse, input, not_found},
    view::{CampaignInput, CampaignLaunch},
};

/// A campaign as it would be launched.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) known: Known,
    /// Every partner there is.
    pub(crate) partners: Vec<Partner>,
    /// The document with its bytes; `None` until one is chosen.
    pub(crate) document: Option<(Document, Bytes)>,
    /// Why there is none.
    pub(crate) no_document: Option<Refusal>,
    pub(crate) terms: Option<Terms>,
    pub(crate) draft: Draft,
    /// Hash over all of it; empty while something is missing.
    pub(crate) root: String,
    pub(crate) reminders: ReminderPlan,
    /// Campaigns whose document this one may take the place of.
    pub(crate) supersedable: Vec<Campaign>,
}

impl Drafted {
    /// Whether it leaves only with a quorum.
    pub(crate) fn is_reviewed(&self, above: u32) -> bool {
        let regulated = self.document.as_ref().is_some_and(|(d, _)| d.regulated);
        regulated || self.draft.recipients.len() > above as usize
    }

    pub(crate) fn title(&self) -> String {
        self.document.as_ref().map_or_else(String::new, |(d, _)| {
            format!("{}, version {}", d.name, d.version)
        })
    }
}

/// Letters of a case that can be acknowledged, with what they are.
pub(crate) fn acknowledgeable<'a>(
    desk: &'a Desk,
    deliveries: &'a [Delivery],
) -> impl Iterator<
    Item = (
        &'a Delivery,
        &'a domain::policy::TemplateRule,
        DocumentClass,
    ),
> {
    deliveries.iter().filter_map(|delivery| {
        let template = delivery.template.as_deref().unwrap_or_default();
        let key = template.split('@').next().unwrap_or_default();
        let rule = desk.policy().template(key)?;
        let finished = matches!(delivery.state.as_str(), "released" | "sent" | "delivered");
        finished.then_some((delivery, rule, rule.document_class?))
    })
}

impl Desk {
    /// Finds whom a campaign asks and what each of them would be asked. Reads what is on this machine; only the bytes of a
    /// letter are fetched where they are not.
    pub(crate) async fn draft_campaign(&self, args: &CampaignInput) -> Result<Drafted, Refusal> {
        let case_id = self.resolve_case(&args.case).await?;
        let known = self.know(&case_id).await?;
        let ids: Vec<String> = self
            .inner
            .cache
            .partner_names()
            .await
            .refuse()?
            .into_keys()
            .collect();
        let partners = self.inner.cache.partners(&ids).await.refuse()?;
        let campaigns = self.campaigns().await?;
        let superseded = match args.supersedes.as_deref().map(str::trim) {
            Some(number) if !number.is_empty() => {
                let mut all = campaigns.iter();
                let found = all.find(|c| c.number().eq_ignore_ascii_case(number));
                Some(found.ok_or_else(|| not_found("campaign", number))?)
            }
            _ => None,
        };
        let (mut document, mut no_document) = (None, None);
        match self.document_of(args, &known, superseded).await {
            Ok(found) => document = Some(found),
            Err(refusal) => no_document = Some(refusal),
        }
        let policy = &self.policy().campaign;
        let reminders = ReminderPlan {
            every_days: args.remind_every_days.unwrap_or(policy.remind_every_days),
            before_due_days: args
                .remind_before_due_days
                .unwrap_or(policy.remind_before_due_days),
        };
        let now = self.now();
        let acknowledged_before = match superseded {
            Some(before) => self.acknowledged(before, now).await?,
            None => BTreeSet::new(),
        };
        let sha256 = document.as_ref().map(|(d, _)| d.sha256.clone());
        let live = |c: &&Campaign| {
            c.is_running() || matches!(c.state, CampaignState::Draft | CampaignState::Approved)
        };
        let same = |c: &&Campaign| sha256.as_ref() == Some(&c.definition.terms.document.sha256);
        let asked_already: BTreeMap<String, String> = campaigns
            .iter()
            .filter(live)
            .filter(same)
            .flat_map(|c| {
                c.recipients()
                    .map(|id| (id.to_owned(), c.number().to_owned()))
            })
            .collect();
        // A new version is for those who were asked about the one before, unless somebody else is named.
        let mut named: Vec<String> = args.partners.iter().map(|p| p.trim().to_owned()).collect();
        let nobody = named.is_empty() && args.segment.values().all(Vec::is_empty);
        if let (true, Some(before)) = (nobody, superseded) {
            let known: BTreeSet<&str> = partners.iter().map(|p| p.id.as_str()).collect();
            let still = before.recipients().filter(|id| known.contains(id));
            named = still.map(str::to_owned).collect();
        }
        let person = self.person();
        let draft = campaign::draft(
            &partners,
            Selected {
                segment: &args.segment,
                partners: &named,
                exclude: &args.exclude,
                person: person.id.as_str(),
                acknowledged_before: &acknowledged_before,
                asked_already: &asked_already,
            },
        )?;
        let due = args.due.trim().to_owned();
        let terms = match &document {
            Some((document, _)) if is_day(&due) => Some(Terms {
                document: document.clone(),
                due,
                view_first: args.view_first,
                signed: args.signed,
                reminders,
                supersedes: superseded.map(|c| c.number().to_owned()),
            }),
            _ => None,
        };
        let root = match &terms {
            Some(terms) => {
                campaign::root(&known.case.id, terms, &draft).map_err(|e| input(e.to_string()))?
            }
            None => String::new(),
        };
        let supersedable = campaigns
            .into_iter()
            .filter(|c| c.is_running() || c.state == CampaignState::Closed)
            .filter(|c| c.superseded_by.is_none())
            .collect();
        Ok(Drafted {
            known,
            partners,
            document,
            no_document,
            terms,
            draft,
            root,
            reminders,
            supersedable,
        })
    }

    /// Who acknowledged the document of a campaign.
    pub(crate) async fn acknowledged(
        &self,
        campaign: &Campaign,
        now: Millis,
    ) -> Result<BTreeSet<String>, Refusal> {
        let partners = self.partners_of(campaign).await?;
        let standings = self.recipient_standings(campaign, &partners, now);
        Ok(standings
            .into_iter()
            .filter(|(_, s)| s.state == RecipientState::Acknowledged)
            .map(|(id, _)| id.to_owned())
            .collect())
    }

    /// The document with its bytes.
    async fn document_of(
        &self,
        args: &CampaignInput,
        known: &Known,
        superseded: Option<&Campaign>,
    ) -> Result<(Document, Bytes), Refusal> {
        let wrong = |words: &str| Err(Refusal::field("document", words));
        let version = superseded.map_or(1, |c| c.definition.terms.document.version + 1);
        let notice = args
            .document
            .as_deref()
            .map(str::trim)
            .filter(|d| !d.is_empty());
        let (document, bytes) = match (notice, &args.file) {
            (Some(_), Some(_)) => return wrong("Name a letter or a file, not both."),
            (None, None) => {
                return wrong("Name the letter or the file that is to be acknowledged.");
            }
            (Some(notice), None) => self.letter_document(notice, known, version).await?,
            (None, Some(file)) => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(&file.base64);
                let bytes = bytes.map_err(|_| Refusal::field("file", "The file is no base64."))?;
                let document = Document {
                    name: safe_file_name(&file.name),
                    class: DocumentClass::Policy,
                    version,
                    sha256: sha256_hex(&bytes),
                    notice: None,
                    regulated: self.policy().campaign.files_regulated,
                };
                (document, Bytes::from(bytes))
            }
        };
        let most = self.policy().limits.attachment_mib * 1024 * 1024;
        if bytes.len() as u64 > most {
            let mib = self.policy().limits.attachment_mib;
            return wrong(&format!("The document is larger than {mib} MiB."));
        }
        if !bytes.starts_with(b"%PDF-") {
            return wrong(
                "The document is no PDF: reviewers and partners read what is acknowledged as it is.",
            );
        }
        if let Some(before) = superseded {
            if before.superseded_by.is_some() {
                let words = format!("{} has been superseded already.", before.number());
                return Err(
                    Refusal::new(Code::State, words).with(json!({"fields": ["supersedes"]}))
                );
            }
            if !before.is_running() && before.state != CampaignState::Closed {
                let words = format!("Nobody was asked in {}.", before.number());
                return Err(
                    Refusal::new(Code::State, words).with(json!({"fields": ["supersedes"]}))
                );
            }
            if before.definition.terms.document.sha256 == document.sha256 {
                let words = format!("This is the document of {} itself.", before.number());
                return Err(Refusal::field("document", words));
            }
        }
        Ok((document, bytes))
    }

    async fn letter_document(
        &self,
        notice: &str,
        known: &Known,
        version: u32,
    ) -> Result<(Document, Bytes), Refusal> {
        let id = notice.strip_prefix("notice:exstream:").unwrap_or(notice);
        let letters = acknowledgeable(self, &known.deliveries);
        let found = letters.into_iter().find(|(d, _, _)| d.notice_id == id);
        let Some((delivery, rule, class)) = found else {
            let words = format!(
                "{id} is no finished letter of this case that can be acknowledged: only policies, compliance notices and amendments can."
            );
            return Err(Refusal::field("document", words));
        };
        let object = ObjectRef::new(Kind::Notice, System::Exstream, id);
        let announced = delivery.produced_sha256.as_deref();
        let bytes = self.bytes_of(&object, announced).await?;
        let document = Document {
            name: safe_file_name(&format!("{} {id}.pdf", rule.title)),
            class,
            version,
            sha256: sha256_hex(&bytes),
            notice: Some(id.to_owned()),
            regulated: rule.regulated,
        };
        Ok((document, bytes))
    }

    /// Whether what was entered can be launched as it stands.
    ///
    /// # Errors
    /// `E_FIELD` naming what is missing, fits nothing or blocks; `E_STATE` when there is nobody to ask.
    pub(crate) fn may_launch(
        &self,
        args: &CampaignInput,
        drafted: &Drafted,
    ) -> Result<(), Refusal> {
        if let Some(refusal) = &drafted.no_document {
            return Err(refusal.clone());
        }
        let due = args.due.trim();
        let wrong = |words: String| Err(Refusal::field("due", words));
        if due.is_empty() {
            return wrong("Say until when it is to be acknowledged.".to_owned());
        }
        let Ok(day) = chrono::NaiveDate::parse_from_str(due, "%Y-%m-%d") else {
            return wrong(format!("'{due}' is no date (YYYY-MM-DD)."));
        };
        let now = self.now();
        let end = campaign::ends(day, "UTC");
        if !is_day(due) || end.since(now) <= DAY {
            return wrong(format!("{due} leaves nobody a day to acknowledge."));
        }
        if end.since(now) > campaign::LONGEST_DAYS * DAY {
            return wrong(format!("{due} is more than a year away."));
        }
        if !drafted.reminders.is_sensible() {
            let words = "Reminders may be a year apart at most.";
            return Err(Refusal::field("remind_every_days", words));
        }
        drafted.draft.check()
    }

    /// The plan of a drafted campaign, with the bytes its steps name.
    fn campaign_plan(
        &self,
        drafted: &Drafted,
        intent: &IntentId,
    ) -> Result<(Playbook, Plan, Vec<Blob>), Refusal> {
        let (Some((document, bytes)), Some(terms)) = (&drafted.document, &drafted.terms) else {
            return Err(Refusal::field("document", "There is no document."));
        };
        let playbook = self.inner.library.find(PLAYBOOK)?.clone();
        let number = campaign::number(intent.as_str());
        let person = self.person();
        let found = &drafted.draft;
        let parts: Vec<&[campaign::Recipient]> =
            found.recipients.chunks(campaign::A_REQUEST).collect();
        let requests: Vec<Value> = (1..)
            .zip(&parts)
            .map(|(number, part): (u32, _)| {
                let ids: Vec<&str> = part.iter().map(|r| r.partner_id.as_str()).collect();
                json!({"number": number, "count": ids.len(), "recipients": ids})
            })
            .collect();
        let repeat = found.recipients.iter().filter(|r| r.must_repeat);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let definition = Definition {
            campaign: number.clone(),
            title: drafted.title(),
            maker: person.id.to_string(),
            root: drafted.root.clone(),
            terms: terms.clone(),
            recipients: count(found.recipients.len()),
            requests: count(requests.len()),
            left_out: found.left_out.clone(),
            must_repeat: repeat.map(|r| r.partner_id.clone()).collect(),
        };
        let sheet = sheet_of(&definition, drafted);
        let sheet = canonical::to_bytes(&sheet).map_err(|e| input(e.to_string()))?;
        let sheet = Blob::of(Bytes::from(sheet));
        let due = chrono::NaiveDate::parse_from_str(&terms.due, "%Y-%m-%d")
            .map_err(|e| Refusal::field("due", e.to_string()))?;
        // The day is over for everybody when it is over in the last zone there is.
        let due_at = campaign::ends(due, "UTC").plus(12 * HOUR);
        let mut facts = self.facts_of(&drafted.known, &playbook, &BTreeMap::new(), intent);
        if let Some(values) = facts.values.as_object_mut() {
            let reviewed = drafted.is_reviewed(self.policy().batch.reviewed_above);
            let begins = matches!(drafted.known.case.status.as_str(), "new" | "triaged");
            values.insert(
                "campaign".into(),
                json!({
                    "number": number, "title": definition.title, "recipients": definition.recipients, "reviewed": reviewed,
                    "begins_work": begins, "sheet": sheet.sha256, "document": document, "due_at": due_at.0,
                    "view_before": terms.view_first, "signed_upload": terms.signed, "requests": requests,
                    "definition": definition,
                    "claim": terms.supersedes.as_ref().map_or_else(
                        || drafted.root.clone(),
                        |before| format!("supersedes {before}"),
                    ),
                }),
            );
        }
        let plan = playbook::plan(&playbook, &facts, &BTreeMap::new(), intent)?;
        Ok((playbook, plan, vec![sheet, Blob::of(bytes.clone())]))
    }

    /// Launches a campaign that was shown: partners and document are pulled and looked at again first, and if that leads to
    /// another root, nothing is launched.
    ///
    /// # Errors
    /// `E_OFFLINE` while they cannot be read again; `E_HASH` when they changed; `E_FIELD` for what is missing or blocks;
    /// `E_STATE` when there is nobody to ask; `E_FORBIDDEN` for auditors; refusals of the plan.
    pub(crate) async fn confirm_campaign(
        &self,
        args: &CampaignLaunch,
    ) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let intent = IntentId(args.intent.clone());
        if let Some(accepted) = self.inner.ledger.action_of(&intent).await.refuse()? {
            return Ok(accepted);
        }
        let offline =
            "The recipients have to be read again before they are asked. What you entered is kept.";
        if !self.inner.network.is_online() {
            return Err(Refusal::new(Code::Offline, offline));
        }
        let mut wanted = vec![System::Community];
        if args.input.document.is_some() {
            wanted.push(System::Exstream);
        }
        let report = self.pull(&wanted, false).await?;
        if let Some(error) = report.iter().find_map(|r| r.error.clone()) {
            return Err(Refusal::new(Code::Offline, offline).with(json!({"cause": error})));
        }
        let drafted = self.draft_campaign(&args.input).await?;
        self.may_launch(&args.input, &drafted)?;
        if drafted.root != args.root {
            let now = drafted.draft.recipients.len();
            let words = format!(
                "Recipients or document have changed: {now} partners would be asked now. Look at them again."
            );
            let detail = json!({"shown": args.root, "found": drafted.root, "recipients": now});
            return Err(Refusal::new(Code::Hash, words).with(detail));
        }
        let (_, plan, blobs) = self.campaign_plan(&drafted, &intent)?;
        let Some((document, _)) = &drafted.document else {
            return Err(Refusal::field("document", "There is no document."));
        };
        let created = json!({
            "campaign": campaign::number(intent.as_str()), "root": drafted.root, "doc_sha": document.sha256,
            "version": document.version, "document": document.name, "class": document.class, "due": args.input.due,
            "recipients": drafted.draft.recipients.len(), "left_out": drafted.draft.left_out.len(),
            "supersedes": drafted.terms.as_ref().and_then(|t| t.supersedes.clone()),
        });
        self.accept(
            &plan,
            blobs,
            vec![AuditEntry::new("campaign.created", &plan.case).with(created)],
        )
        .await
    }
}

/// The campaign as the sheet of a batch: what a review shows and its manifest is made from.
fn sheet_of(definition: &Definition, drafted: &Drafted) -> Sheet {
    let terms = &definition.terms;
    let document = &terms.document;
    let mut says = format!(
        "{}, {} version {}, SHA-256 {}. To be acknowledged until {}",
        document.name, document.class, document.version, document.sha256, terms.due
    );
    if terms.view_first {
        says.push_str(", after it was viewed");
    }
    if terms.signed {
        says.push_str(", with a signed confirmation");
    }
    says.push('.');
    if let Some(before) = &terms.supersedes {
        says.push_str(&format!(" It takes the place of the document of {before}."));
    }
    let entry = |(place, recipient): (usize, &campaign::Recipient)| Entry {
        notice: format!("{}-{}", definition.campaign, recipient.partner_id),
        partner_id: recipient.partner_id.clone(),
        name: recipient.name.clone(),
        recipient: recipient
            .contact
            .as_ref()
            .map_or_else(String::new, |c| c.address.clone()),
        channel: "community".to_owned(),
        language: recipient.language.clone(),
        supersedes: terms.supersedes.clone(),
        // Everybody gets the same document: one of them is looked at.
        sample: (place == 0).then(|| "largest".to_owned()),
        orders: String::new(),
        amount: None,
        fingerprint: String::new(),
    };
    Sheet {
        batch: definition.campaign.clone(),
        root: definition.root.clone(),
        template: document.class.to_string(),
        template_version: i64::from(document.version),
        products: Vec::new(),
        dates: BTreeMap::new(),
        alternatives: String::new(),
        service_update: says,
        period: String::new(),
        totals: Vec::new(),
        input: serde_json::Value::Null,
        notices: drafted
            .draft
            .recipients
            .iter()
            .enumerate()
            .map(entry)
            .collect(),
        left_out: definition.left_out.clone(),
    }
}
