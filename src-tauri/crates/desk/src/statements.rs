//! Statements of a settlement: from its approved transactions to a batch with one statement for each partner.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::{
    ActionId, IntentId, Refusal, System,
    batch::{self, Entry, MOST, Sheet},
    canonical,
    outreach::Before,
    plan::Plan,
    playbook::{self, Playbook},
    policy::TemplateRule,
    reason,
    record::Space,
    refusal::Code,
    statement::{self, SettlementLine, Statement, Statements},
    time::DAY,
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
    view::{StatementInput, StatementSend},
};

/// The playbook that sends them.
pub(crate) const PLAYBOOK: &str = "statements";
/// What a space is for whose items are transactions.
const PURPOSE: &str = "settlement";

/// Statements as they would be sent.
#[derive(Debug)]
pub(crate) struct DraftedStatements {
    pub(crate) known: Known,
    /// Space of the transactions.
    pub(crate) space: Space,
    /// Months that have transactions, latest first.
    pub(crate) periods: Vec<String>,
    pub(crate) period: String,
    pub(crate) rule: TemplateRule,
    pub(crate) found: Statements,
    /// Its partners, and how each of them is written to.
    pub(crate) mailing: Mailing,
    /// Hash over exactly these statements.
    pub(crate) root: String,
    /// Places of the statements to look at, each with the reason.
    pub(crate) samples: Vec<(usize, &'static str)>,
}

impl DraftedStatements {
    /// Hash over one of its statements and the way it goes.
    pub(crate) fn fingerprint(&self, statement: &Statement) -> Result<String, Refusal> {
        self.hash(std::slice::from_ref(statement))
    }

    fn hash(&self, statements: &[Statement]) -> Result<String, Refusal> {
        let way = |partner: &str| self.mailing.way(partner);
        statement::root(statements, self.mailing.template(), way).map_err(|e| input(e.to_string()))
    }
}

/// One recipient as the playbook refers to it.
fn recipient(drafted: &DraftedStatements, of: &Statement) -> Option<Value> {
    let (partner, way) = drafted.mailing.to(&of.partner_id)?;
    let lines: Vec<Value> = (1..)
        .zip(&of.lines)
        .map(|(number, line)| {
            let amount = line.amount.as_ref().map(|a| of.amount(*a));
            json!({"line": number, "item": format!("{} {}", line.reference, line.description),
                "finding": line.booked_on, "amount": amount.unwrap_or_default()})
        })
        .collect();
    let mut paragraphs = vec![format!(
        "Approved transactions: {} {}.",
        of.amount(of.approved),
        of.currency
    )];
    if !of.rebate.is_zero() {
        paragraphs.push(format!(
            "Agreed rebate of {} %: {} {}.",
            of.rebate_percent.normalize(),
            of.amount(-of.rebate),
            of.currency
        ));
    }
    let (sum, currency) = (of.amount(of.total.abs()), &of.currency);
    paragraphs.push(if of.total.is_sign_negative() {
        format!("**In your favour: {sum} {currency}**.")
    } else if of.payment_days > 0 {
        format!(
            "**Due: {sum} {currency}**, within {} days.",
            of.payment_days
        )
    } else {
        format!("**Due: {sum} {currency}**.")
    });
    let title = match of.title {
        // As the template is called in their language.
        "Statement" => way.template.name.clone(),
        title => title.to_owned(),
    };
    Some(json!({
        "notice": of.notice, "partner_id": of.partner_id, "name": partner.name, "template": way.template.key,
        "template_version": way.template.version, "title": title, "language": way.template.language,
        "channel": way.channel, "address": way.address, "letterhead": way.letterhead, "lines": lines,
        "paragraphs": paragraphs, "currency": of.currency, "approved": of.amount(of.approved),
        "rebate": of.amount(of.rebate), "total": of.amount(of.total),
    }))
}

fn entry(
    drafted: &DraftedStatements,
    of: &Statement,
    sample: Option<&str>,
) -> Result<Option<Entry>, Refusal> {
    let Some((partner, way)) = drafted.mailing.to(&of.partner_id) else {
        return Ok(None);
    };
    Ok(Some(Entry {
        notice: of.notice.clone(),
        partner_id: of.partner_id.clone(),
        name: partner.name.clone(),
        recipient: way.address.clone(),
        channel: way.channel.clone(),
        language: way.template.language.clone(),
        supersedes: None,
        sample: sample.map(str::to_owned),
        orders: String::new(),
        amount: Some(format!("{} {}", of.amount(of.total), of.currency)),
        fingerprint: drafted.fingerprint(of)?,
    }))
}

impl Desk {
    /// Works out what each partner would be stated. Reads only what is on this machine. Notices in `except` count as not
    /// known: those of the batch that is looked at again.
    pub(crate) async fn draft_statements(
        &self,
        args: &StatementInput,
        except: &BTreeSet<String>,
    ) -> Result<DraftedStatements, Refusal> {
        let case_id = self.resolve_case(&args.case).await?;
        let known = self.know(&case_id).await?;
        let policy = self.policy();
        let fits = |rule: &&TemplateRule| {
            rule.to_customers && rule.case_types.contains(&known.case.case_type)
        };
        let rule = policy.templates.iter().find(fits).cloned();
        let rule = rule
            .filter(|_| known.case.case_type == PURPOSE)
            .ok_or_else(|| {
                let words = format!(
                    "Nothing is settled by cases of type {}",
                    known.case.case_type
                );
                Refusal::new(Code::NotApplicable, words)
            })?;
        let cache = &self.inner.cache;
        let spaces = cache.spaces_of_case(&case_id).await.refuse()?;
        let space = spaces.into_iter().find(|s| s.purpose == PURPOSE);
        let space = space.ok_or_else(|| {
            Refusal::new(Code::NotApplicable, "This settlement has no transactions.")
        })?;
        let items = cache.items_of_case(&case_id, PURPOSE).await.refuse()?;
        let lines: Vec<SettlementLine> = items.iter().filter_map(SettlementLine::of).collect();
        let months: BTreeSet<&str> = lines
            .iter()
            .filter_map(|l| l.booked_on.get(..7))
            .filter(|month| statement::is_period(month))
            .collect();
        let periods: Vec<String> = months.into_iter().rev().map(str::to_owned).collect();
        let period = match args.period.as_deref().map(str::trim) {
            None | Some("") if statement::is_period(&space.subject) => space.subject.clone(),
            None | Some("") => periods.first().cloned().unwrap_or_default(),
            Some(period) if statement::is_period(period) => period.to_owned(),
            Some(other) => {
                let words = format!("'{other}' is no period (YYYY-MM).");
                return Err(Refusal::field("period", words));
            }
        };
        for (partner, reason) in &args.exclude {
            let missing = format!("Say why {partner} is left out.");
            reason::read(reason, "exclude", &missing)?;
        }
        let ids: BTreeSet<&str> = lines.iter().map(|l| l.partner_id.as_str()).collect();
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let found = cache.partners(&ids).await.refuse()?;
        let mailing = Mailing::new(found, &known.templates, &rule.key);
        let mut before: Vec<Before> = self.told_before(&known).await?;
        before.retain(|b| !except.contains(&b.notice));
        let only: BTreeSet<String> = args.only.iter().cloned().collect();
        let person = self.person();
        let asked = statement::Asked {
            case_id: &known.case.id,
            period: &period,
            carries: period == space.subject,
            only: &only,
            left_out: &args.exclude,
            person: person.id.as_str(),
            before: &before,
        };
        let found = statement::plan(lines, &mailing.partners, asked, |p| mailing.reach(p));
        if found.statements.len() > MOST {
            return Err(input(format!(
                "A batch has {MOST} statements at most: name fewer partners."
            )));
        }
        let mut drafted = DraftedStatements {
            space,
            periods,
            period,
            rule,
            found,
            mailing,
            root: String::new(),
            samples: Vec::new(),
            known,
        };
        drafted.root = drafted.hash(&drafted.found.statements)?;
        let sizes: Vec<(&str, usize)> = drafted
            .found
            .statements
            .iter()
            .map(|s| (s.notice.as_str(), size(s)))
            .collect();
        let random = policy.batch.random_samples as usize;
        drafted.samples = batch::samples(&sizes, &drafted.root, random);
        Ok(drafted)
    }

    fn statements_plan(
        &self,
        args: &StatementInput,
        drafted: &DraftedStatements,
        of: &[Statement],
        intent: &IntentId,
    ) -> Result<(Playbook, Plan, Blob), Refusal> {
        let playbook = self.inner.library.find(PLAYBOOK)?.clone();
        let recipients: Vec<Value> = of.iter().filter_map(|s| recipient(drafted, s)).collect();
        let number = batch::number(intent.as_str());
        let why: BTreeMap<usize, &str> = drafted.samples.iter().copied().collect();
        let mut entries = Vec::with_capacity(of.len());
        for (place, statement) in of.iter().enumerate() {
            entries.extend(entry(drafted, statement, why.get(&place).copied())?);
        }
        let sheet = Sheet {
            batch: number.clone(),
            root: drafted.root.clone(),
            template: drafted.rule.key.clone(),
            template_version: drafted.mailing.template().1,
            products: Vec::new(),
            dates: BTreeMap::new(),
            alternatives: String::new(),
            service_update: String::new(),
            period: drafted.period.clone(),
            totals: drafted.found.totals.clone(),
            input: json!(args),
            notices: entries,
            left_out: drafted.found.left_out.clone(),
        };
        let sheet = canonical::to_bytes(&sheet).map_err(|e| input(e.to_string()))?;
        let sheet = Blob::of(Bytes::from(sheet));
        let mut facts = self.facts_of(&drafted.known, &playbook, &BTreeMap::new(), intent);
        if let Some(values) = facts.values.as_object_mut() {
            values.insert("recipients".into(), Value::Array(recipients));
            values.insert(
                "batch".into(),
                json!({"number": number, "notices": of.len(), "root": drafted.root, "sheet": sheet.sha256,
                    "period": drafted.period, "space": drafted.space.id}),
            );
        }
        let plan = playbook::plan(&playbook, &facts, &BTreeMap::new(), intent)?;
        Ok((playbook, plan, sheet))
    }

    /// The proof of what one partner would get.
    ///
    /// # Errors
    /// As [`Desk::draft_statements`]; `E_NOT_FOUND` for somebody who gets none; `E_OFFLINE` while Exstream cannot be reached.
    pub(crate) async fn statement_proof(
        &self,
        args: &StatementInput,
        partner: &str,
    ) -> Result<Proof, Refusal> {
        let drafted = self.draft_statements(args, &BTreeSet::new()).await?;
        let of = drafted
            .found
            .statements
            .iter()
            .find(|s| s.partner_id == partner);
        let of = of.ok_or_else(|| not_found("statement to", partner))?;
        let intent = IntentId(format!("sample/{}", of.notice));
        let (playbook, plan, _) =
            self.statements_plan(args, &drafted, std::slice::from_ref(of), &intent)?;
        self.proof(&Planned {
            playbook,
            known: drafted.known,
            plan,
        })
        .await
    }

    /// Puts statements that were shown before those who sign them: the transactions are pulled and looked at again first, and
    /// if that leads to other statements, nothing is queued.
    ///
    /// # Errors
    /// `E_OFFLINE` while transactions cannot be read again; `E_HASH` when they changed; `E_FIELD`; `E_STATE` when there is
    /// nothing to state; refusals of the plan.
    pub(crate) async fn confirm_statements(
        &self,
        args: &StatementSend,
    ) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let intent = IntentId(args.intent.clone());
        if let Some(accepted) = self.inner.ledger.action_of(&intent).await.refuse()? {
            return Ok(accepted);
        }
        let live = "Money needs a live check: what is approved has to be read again first.";
        if !self.inner.network.is_online() {
            return Err(Refusal::new(Code::Offline, live));
        }
        let report = self
            .pull(&[System::Community, System::Exstream], false)
            .await?;
        if let Some(error) = report.iter().find_map(|r| r.error.clone()) {
            return Err(Refusal::new(Code::Offline, live).with(json!({"cause": error})));
        }
        let drafted = self.draft_statements(&args.input, &BTreeSet::new()).await?;
        self.may_state(&args.input, &drafted)?;
        let found = &drafted.found;
        if drafted.root != args.root {
            let now = found.statements.len();
            let words = format!(
                "The transactions have changed: {now} statements would be made now. Look at them again."
            );
            let detail = json!({"shown": args.root, "found": drafted.root, "statements": now});
            return Err(Refusal::new(Code::Hash, words).with(detail));
        }
        let (_, plan, sheet) =
            self.statements_plan(&args.input, &drafted, &found.statements, &intent)?;
        let created = json!({
            "batch": batch::number(intent.as_str()), "period": drafted.period, "n": found.statements.len(),
            "total": found.totals, "root": drafted.root, "sheet": sheet.sha256, "left_out": found.left_out.len(),
        });
        self.accept(
            &plan,
            vec![sheet],
            vec![AuditEntry::new("batch.created", &plan.case).with(created)],
        )
        .await
    }

    /// Whether what was entered can be sent as it stands.
    ///
    /// # Errors
    /// `E_FIELD` naming what fits nothing; `E_STATE` when there is nothing to state, or the month is not over.
    pub(crate) fn may_state(
        &self,
        args: &StatementInput,
        drafted: &DraftedStatements,
    ) -> Result<(), Refusal> {
        let found = &drafted.found;
        let known = |id: &String| {
            found.left_out.iter().any(|l| l.partner_id == *id)
                || found.statements.iter().any(|s| s.partner_id == *id)
        };
        for (field, ids) in [
            ("exclude", args.exclude.keys().collect::<Vec<_>>()),
            ("only", args.only.iter().collect()),
        ] {
            if let Some(unknown) = ids.into_iter().find(|id| !known(id)) {
                let words = format!("{unknown} has no transactions in {}.", drafted.period);
                return Err(Refusal::field(field, words));
            }
        }
        if drafted.period != drafted.space.subject && !drafted.periods.contains(&drafted.period) {
            let words = format!("Nothing was booked in {}.", drafted.period);
            return Err(Refusal::field("period", words));
        }
        // Over everywhere on earth: no partner's month ends later than half a day after it ends in UTC.
        let half_a_day_ago = self.now().plus(-DAY / 2).rfc3339();
        if half_a_day_ago.get(..7).unwrap_or_default() <= drafted.period.as_str() {
            let words = format!("{} is not over.", drafted.period);
            return Err(Refusal::new(Code::State, words));
        }
        if found.statements.is_empty() {
            return Err(Refusal::new(Code::State, "There is nothing to state."));
        }
        Ok(())
    }
}

/// How large a statement is, in whole units of its currency: the extremes are looked at.
fn size(of: &Statement) -> usize {
    use rust_decimal::prelude::ToPrimitive;
    of.total.abs().to_usize().unwrap_or(usize::MAX)
}
