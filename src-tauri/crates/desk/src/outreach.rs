//! Outreach in a disruption: from the orders of customers to a batch of notices, each of them told once.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use cache::{MOST_LINES, OrderLineFilter};
use domain::{
    ActionId, IntentId, Refusal, System,
    batch::{self, Entry, Sheet},
    canonical::{self, sha256_hex},
    operation::Operation,
    outreach::{self, Asked, Before, Outreach, OutreachNotice, Standing, Told},
    plan::Plan,
    playbook::{self, Playbook},
    policy::TemplateRule,
    reason,
    refusal::Code,
    time::{DAY, is_day},
};
use ledger::{AuditEntry, Blob};
use serde_json::{Value, json};

use crate::{
    Desk,
    act::Planned,
    facts::Known,
    letters::Proof,
    mailing::Mailing,
    problem::{Refuse, input, not_found},
    view::{OutreachInput, OutreachSend},
};

/// The playbook that sends it.
pub(crate) const PLAYBOOK: &str = "outreach";

/// An outreach as it would be sent.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) known: Known,
    pub(crate) told: Told,
    pub(crate) products: Vec<String>,
    pub(crate) rule: TemplateRule,
    pub(crate) outreach: Outreach,
    /// Its customers, and how each of them is written to.
    pub(crate) mailing: Mailing,
    /// Hash over exactly its notices.
    pub(crate) root: String,
    /// Notices of this case that left or are to leave within the last day: a set in parts is one set.
    pub(crate) lately: usize,
    /// Places of the notices to look at, each with the reason.
    pub(crate) samples: Vec<(usize, &'static str)>,
}

impl Drafted {
    /// Whether it leaves only with a quorum.
    pub(crate) fn is_reviewed(&self, above: u32) -> bool {
        self.rule.regulated || self.outreach.notices.len() + self.lately > above as usize
    }

    /// Hash over one of its notices and the way it goes.
    pub(crate) fn fingerprint(&self, notice: &OutreachNotice) -> Result<String, Refusal> {
        self.hash(std::slice::from_ref(notice))
    }

    fn hash(&self, notices: &[OutreachNotice]) -> Result<String, Refusal> {
        let way = |partner: &str| self.mailing.way(partner);
        outreach::root(notices, self.mailing.template(), way).map_err(|e| input(e.to_string()))
    }
}

fn date(name: &str, text: Option<&String>) -> Result<String, Refusal> {
    let text = text.map(|t| t.trim()).unwrap_or_default();
    if text.is_empty() || is_day(text) {
        return Ok(text.to_owned());
    }
    let words = format!("'{text}' is no date (YYYY-MM-DD).");
    Err(Refusal::field(name, words))
}

/// One recipient as the playbook refers to it.
fn recipient(drafted: &Drafted, notice: &OutreachNotice) -> Option<Value> {
    let (partner, way) = drafted.mailing.to(&notice.partner_id)?;
    let told = &drafted.told;
    let lines: Vec<Value> = (1..)
        .zip(&notice.lines)
        .map(|(number, line)| {
            let finding = match told.date(&line.product) {
                Some(date) => format!("new date {date}"),
                None => "affected".to_owned(),
            };
            let item = format!(
                "Order {}: {} {}, {} {}",
                line.order, line.product, line.description, line.quantity, line.unit
            );
            json!({"line": number, "item": item, "finding": finding, "amount": ""})
        })
        .collect();
    let mut paragraphs = Vec::new();
    for (head, text) in [
        ("Instead you can take: ", &told.alternatives),
        ("", &told.service_update),
    ] {
        if !text.trim().is_empty() {
            paragraphs.push(format!("{head}{}", text.trim()));
        }
    }
    if let Some(before) = &notice.supersedes {
        paragraphs.push(format!("This notice takes the place of notice {before}."));
    }
    Some(json!({
        "notice": notice.notice, "supersedes": notice.supersedes, "partner_id": notice.partner_id,
        "name": partner.name, "template": way.template.key, "template_version": way.template.version,
        "title": way.template.name, "language": way.template.language, "channel": way.channel,
        "address": way.address, "letterhead": way.letterhead,
        "orders": notice.orders().join(", "), "lines": lines, "paragraphs": paragraphs,
    }))
}

/// One recipient as the sheet names them.
fn entry(
    drafted: &Drafted,
    notice: &OutreachNotice,
    sample: Option<&str>,
) -> Result<Option<Entry>, Refusal> {
    let Some((partner, way)) = drafted.mailing.to(&notice.partner_id) else {
        return Ok(None);
    };
    Ok(Some(Entry {
        notice: notice.notice.clone(),
        partner_id: notice.partner_id.clone(),
        name: partner.name.clone(),
        recipient: way.address.clone(),
        channel: way.channel.clone(),
        language: way.template.language.clone(),
        supersedes: notice.supersedes.clone(),
        sample: sample.map(str::to_owned),
        orders: notice.orders().join(", "),
        amount: None,
        fingerprint: drafted.fingerprint(notice)?,
    }))
}

impl Desk {
    /// Finds whom a disruption affects and what each of them would be told. Reads only what is on this machine. Notices in
    /// `except` count as not known: those of the batch that is looked at again.
    pub(crate) async fn draft_outreach(
        &self,
        args: &OutreachInput,
        except: &BTreeSet<String>,
    ) -> Result<Drafted, Refusal> {
        let case_id = self.resolve_case(&args.case).await?;
        let known = self.know(&case_id).await?;
        let policy = self.policy();
        let fits = |rule: &&TemplateRule| {
            rule.to_customers && rule.case_types.contains(&known.case.case_type)
        };
        let mut rules = policy.templates.iter().filter(fits);
        let rule = match args.template.as_deref().filter(|t| !t.is_empty()) {
            Some(key) => rules
                .find(|rule| rule.key == key)
                .ok_or_else(|| not_found("template for customers", key))?,
            None => rules.next().ok_or_else(|| {
                let words = format!(
                    "Nothing is written to customers about cases of type {}",
                    known.case.case_type
                );
                Refusal::new(Code::NotApplicable, words)
            })?,
        }
        .clone();
        let products = self.products_of(&known, &args.products).await?;
        let filter = OrderLineFilter {
            products: products.clone(),
            from: date("from", args.from.as_ref())?,
            to: date("to", args.to.as_ref())?,
        };
        let lines = self.inner.cache.affected_lines(&filter).await.refuse()?;
        if lines.len() > MOST_LINES {
            return Err(input(format!(
                "More than {MOST_LINES} lines are affected: name fewer products or a shorter time."
            )));
        }
        let parties: BTreeSet<&str> = lines.iter().map(|l| l.party.as_str()).collect();
        let parties: Vec<String> = parties.into_iter().map(str::to_owned).collect();
        let found = self.inner.cache.partners(&parties).await.refuse()?;
        let mailing = Mailing::new(found, &known.templates, &rule.key);
        let told = Told {
            dates: args.dates.clone(),
            alternatives: args.alternatives.clone(),
            service_update: args.service_update.clone(),
        };
        let destinations = args
            .destinations
            .iter()
            .map(|d| d.trim().to_uppercase())
            .filter(|d| !d.is_empty())
            .collect();
        for (partner, reason) in &args.exclude {
            let missing = format!("Say why {partner} is left out.");
            reason::read(reason, "exclude", &missing)?;
        }
        let mut before = self.told_before(&known).await?;
        before.retain(|b| !except.contains(&b.notice));
        let since = self.now().plus(-DAY);
        let of_outreach = |b: &&Before| outreach::is_of(&known.case.id, &b.notice);
        let recent = before.iter().filter(of_outreach).filter(|b| b.at >= since);
        let lately = recent.filter(|b| b.standing != Standing::Failed).count();
        let person = self.person();
        let asked = Asked {
            case_id: &known.case.id,
            told: &told,
            destinations: &destinations,
            left_out: &args.exclude,
            person: person.id.as_str(),
            before: &before,
        };
        let outreach = outreach::plan(&lines, &mailing.partners, asked, |p| {
            self.policy()
                .may_write(&p.id)
                .and_then(|()| mailing.reach(p))
        });
        if outreach.notices.len() > batch::MOST {
            return Err(input(format!(
                "A batch has {} notices at most: name fewer products or a shorter time.",
                batch::MOST
            )));
        }
        let mut drafted = Drafted {
            told,
            products,
            rule,
            outreach,
            mailing,
            root: String::new(),
            lately,
            samples: Vec::new(),
            known,
        };
        let notices = &drafted.outreach.notices;
        let root = drafted.hash(notices)?;
        let sizes: Vec<(&str, usize)> = notices
            .iter()
            .map(|n| (n.notice.as_str(), n.lines.len()))
            .collect();
        let random = policy.batch.random_samples as usize;
        drafted.samples = batch::samples(&sizes, &root, random);
        drafted.root = root;
        Ok(drafted)
    }

    /// What was named, else what the orders of the case name.
    async fn products_of(&self, known: &Known, named: &[String]) -> Result<Vec<String>, Refusal> {
        let named: BTreeSet<String> = named
            .iter()
            .map(|p| p.trim().to_owned())
            .filter(|p| !p.is_empty())
            .collect();
        if !named.is_empty() {
            return Ok(named.into_iter().collect());
        }
        let documents = self
            .inner
            .cache
            .documents_of_case(&known.case.id)
            .await
            .refuse()?;
        let products: BTreeSet<String> = documents
            .into_iter()
            .filter_map(|d| d.document.content)
            .flat_map(|content| content.lines)
            .map(|line| line.product)
            .filter(|product| !product.is_empty())
            .collect();
        Ok(products.into_iter().collect())
    }

    /// What customers were told about this case before, here or on another desktop.
    pub(crate) async fn told_before(&self, known: &Known) -> Result<Vec<Before>, Refusal> {
        let case = known.case.object().to_string();
        let mut before: BTreeMap<String, Before> = BTreeMap::new();
        let steps = self.inner.ledger.released_of_case(&case).await.refuse()?;
        for step in steps {
            let standing = match step.state.as_str() {
                // Sent by whoever won it, whether or not that has been pulled.
                _ if step.lost => Standing::Sent,
                "confirmed" => Standing::Sent,
                "cancelled" => Standing::Failed,
                "needs_attention" => Standing::Held,
                _ => Standing::Pending,
            };
            let known = Before {
                notice: step.notice.clone(),
                standing,
                at: step.at,
            };
            before.insert(step.notice, known);
        }
        let cache = &self.inner.cache;
        for there in cache.notice_standings(&known.case.id).await.refuse()? {
            let standing = match there.state.as_str() {
                "bounced" | "failed" | "withdrawn" => Standing::Failed,
                _ => Standing::Sent,
            };
            let known = Before {
                notice: there.notice.clone(),
                standing,
                at: there.at,
            };
            before.insert(there.notice, known);
        }
        Ok(before.into_values().collect())
    }

    /// The plan of a drafted outreach, with the sheet its first step keeps on the case.
    pub(crate) fn plan_of(
        &self,
        args: &OutreachInput,
        drafted: &Drafted,
        notices: &[OutreachNotice],
        intent: &IntentId,
    ) -> Result<(Playbook, Plan, Blob), Refusal> {
        drafted.told.check()?;
        let playbook = self.inner.library.find(PLAYBOOK)?.clone();
        let recipients: Vec<Value> = notices
            .iter()
            .filter_map(|n| recipient(drafted, n))
            .collect();
        let number = batch::number(intent.as_str());
        let samples: BTreeMap<&str, &str> = drafted
            .samples
            .iter()
            .filter_map(|(i, why)| Some((drafted.outreach.notices.get(*i)?.notice.as_str(), *why)))
            .collect();
        let told = &drafted.told;
        let mut entries = Vec::with_capacity(notices.len());
        for notice in notices {
            let sample = samples.get(notice.notice.as_str()).copied();
            entries.extend(entry(drafted, notice, sample)?);
        }
        let sheet = Sheet {
            batch: number.clone(),
            root: drafted.root.clone(),
            template: drafted.rule.key.clone(),
            template_version: drafted.mailing.template().1,
            products: drafted.products.clone(),
            dates: told.dates.clone(),
            alternatives: told.alternatives.clone(),
            service_update: told.service_update.clone(),
            period: String::new(),
            totals: Vec::new(),
            input: json!(args),
            notices: entries,
            left_out: drafted.outreach.left_out.clone(),
        };
        let sheet = canonical::to_bytes(&sheet).map_err(|e| input(e.to_string()))?;
        let sheet = Blob::of(Bytes::from(sheet));
        let mut facts = self.facts_of(&drafted.known, &playbook, &BTreeMap::new(), intent);
        if let Some(values) = facts.values.as_object_mut() {
            let reviewed = drafted.is_reviewed(self.policy().batch.reviewed_above);
            let begins = matches!(drafted.known.case.status.as_str(), "new" | "triaged");
            values.insert("recipients".into(), Value::Array(recipients));
            values.insert(
                "batch".into(),
                json!({"number": number, "notices": notices.len(), "root": drafted.root, "sheet": sheet.sha256,
                    "reviewed": reviewed, "begins_work": begins}),
            );
        }
        let plan = playbook::plan(&playbook, &facts, &BTreeMap::new(), intent)?;
        Ok((playbook, plan, sheet))
    }

    /// Whether what was entered can be sent as it stands.
    ///
    /// # Errors
    /// `E_FIELD` naming what is missing or fits nothing.
    pub(crate) fn may_send(&self, args: &OutreachInput, drafted: &Drafted) -> Result<(), Refusal> {
        let field = |name: &str, words: String| Err(Refusal::field(name, words));
        if drafted.products.is_empty() {
            return field(
                "products",
                "Name the products that are affected.".to_owned(),
            );
        }
        drafted.told.check()?;
        let day = self.now().rfc3339();
        let today = day.get(..10).unwrap_or_default();
        for (product, date) in drafted
            .told
            .dates
            .iter()
            .filter(|(_, date)| !date.is_empty())
        {
            if !product.is_empty() && !drafted.products.contains(product) {
                return field(
                    "date",
                    format!("{product} has a date and is not among the products."),
                );
            }
            if date.as_str() < today {
                return field("date", format!("{date} is past."));
            }
        }
        if let (Some(from), Some(to)) = (&args.from, &args.to)
            && !from.trim().is_empty()
            && !to.trim().is_empty()
            && from.trim() > to.trim()
        {
            return field("to", "The last ship date lies before the first.".to_owned());
        }
        let found = &drafted.outreach;
        let affected = |id: &String| found.left_out.iter().any(|l| l.partner_id == *id);
        if let Some(unknown) = args.exclude.keys().find(|id| !affected(id)) {
            return field(
                "exclude",
                format!("{unknown} is not among the customers affected."),
            );
        }
        Ok(())
    }

    /// The proof of what one customer would get.
    ///
    /// # Errors
    /// As [`Desk::draft_outreach`]; `E_NOT_FOUND` for somebody who gets nothing; `E_OFFLINE` while Exstream cannot be reached.
    pub(crate) async fn outreach_proof(
        &self,
        args: &OutreachInput,
        partner: &str,
    ) -> Result<Proof, Refusal> {
        let drafted = self.draft_outreach(args, &BTreeSet::new()).await?;
        let notice = drafted
            .outreach
            .notices
            .iter()
            .find(|n| n.partner_id == partner);
        let notice = notice.ok_or_else(|| not_found("notice to", partner))?;
        let intent = IntentId(format!("sample/{}", notice.notice));
        let (playbook, plan, _) =
            self.plan_of(args, &drafted, std::slice::from_ref(notice), &intent)?;
        self.proof(&Planned {
            playbook,
            known: drafted.known,
            plan,
        })
        .await
    }

    /// Sends an outreach that was shown: the orders are pulled and looked at again first, and if that leads to other notices,
    /// nothing is sent.
    ///
    /// # Errors
    /// `E_OFFLINE` while orders cannot be read again; `E_HASH` with both sets' sizes when they changed; `E_FIELD` when it
    /// says nothing; `E_STATE` when nobody would be told; refusals of the plan.
    pub(crate) async fn confirm_outreach(&self, args: &OutreachSend) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let intent = IntentId(args.intent.clone());
        if let Some(accepted) = self.inner.ledger.action_of(&intent).await.refuse()? {
            return Ok(accepted);
        }
        if !self.inner.network.is_online() {
            return Err(Refusal::new(
                Code::Offline,
                "The orders have to be read again before customers are told. What you entered is kept.",
            ));
        }
        let wanted = [System::Documents, System::Community, System::Exstream];
        let report = self.pull(&wanted, false).await?;
        if let Some(error) = report.iter().find_map(|r| r.error.clone()) {
            return Err(
                Refusal::new(Code::Offline, "The orders could not be read again.")
                    .with(json!({"cause": error})),
            );
        }
        let drafted = self.draft_outreach(&args.input, &BTreeSet::new()).await?;
        let found = &drafted.outreach;
        self.may_send(&args.input, &drafted)?;
        if drafted.root != args.root {
            let now = found.notices.len();
            let words = format!(
                "The orders have changed: {now} customers would be told now. Look at them again."
            );
            let detail = json!({"shown": args.root, "found": drafted.root, "notices": now});
            return Err(Refusal::new(Code::Hash, words).with(detail));
        }
        if found.notices.is_empty() {
            return Err(Refusal::new(Code::State, "There is nobody to tell."));
        }
        let (_, plan, sheet) = self.plan_of(&args.input, &drafted, &found.notices, &intent)?;
        let status = self.inner.cache.system_status().await.refuse()?;
        let as_of = status.iter().find(|s| s.system == System::Documents);
        let impact = json!({
            "batch": batch::number(intent.as_str()), "root": drafted.root, "sheet": sheet.sha256,
            "products": drafted.products, "orders": found.orders, "lines": found.lines,
            "customers": found.customers, "notices": found.notices.len(), "left_out": found.left_out.len(),
            "data_as_of": as_of.and_then(|s| s.last_success),
        });
        self.accept(
            &plan,
            vec![sheet],
            vec![AuditEntry::new("outreach.impact", &plan.case).with(impact)],
        )
        .await
    }

    /// The sheet of a batch: what its first step keeps on the case.
    pub(crate) async fn sheet_of(&self, action: &ActionId) -> Result<Option<Sheet>, Refusal> {
        let ledger = &self.inner.ledger;
        let steps = ledger
            .batch_steps(action, Operation::AddAttachment)
            .await
            .refuse()?;
        let Some(step) = steps.first() else {
            return Ok(None);
        };
        let args = ledger.step(&step.id).await.refuse()?.args;
        let Some(name) = args.get("blob").and_then(Value::as_str) else {
            return Ok(None);
        };
        let bytes = ledger.blob(name).await.refuse()?;
        Ok(match bytes {
            Some(bytes) if sha256_hex(&bytes) == name => serde_json::from_slice(&bytes).ok(),
            _ => None,
        })
    }
}
