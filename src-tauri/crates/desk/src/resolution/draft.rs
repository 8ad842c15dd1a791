//! From what a person said of a resolution to what would be sent, with what is not said filled by rule.

use domain::{
    Refusal,
    finding::Finding,
    policy::TemplateRule,
    reason::{self, read_up_to},
    record::{Direction, Document, Template},
    refusal::Code,
    resolution::{
        self, Corrected, Correction, EDI, LineChange, Output, PORTAL, Route, Routing, Suggesting,
        TellingState,
    },
    statement::decimals,
};
use ledger::Blob;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::has_gone_out;
use crate::{
    Desk,
    derive::text_of,
    facts::{self, Known},
    problem::Refuse,
    view::{AmountRow, CorrectionRow, LineInput, ResolutionInput},
};

/// Longest text of a resolution, in characters.
const LONGEST_TEXT: usize = 4_000;
/// Most values that are put right at once, beside the lines of an invoice.
const MOST_CORRECTIONS: usize = 100;

/// A resolution as it would be sent.
#[derive(Debug, Clone)]
pub(crate) struct Drafted {
    pub(crate) known: Known,
    pub(crate) outputs: Vec<(Output, Result<String, String>)>,
    pub(crate) output: Output,
    pub(crate) rule: TemplateRule,
    pub(crate) template: Template,
    pub(crate) routes: Vec<Route>,
    pub(crate) route: Route,
    pub(crate) text: String,
    /// The invoice of ours that the case is about.
    pub(crate) invoice: Option<Document>,
    pub(crate) changes: Vec<LineChange>,
    pub(crate) corrections: Vec<Correction>,
    pub(crate) amount: Option<Corrected>,
    /// Notices that can be put right, newest first.
    pub(crate) correctable: Vec<String>,
    pub(crate) corrects: Option<String>,
    /// Those it resolves.
    pub(crate) exceptions: Vec<Finding>,
    /// Why others have to sign.
    pub(crate) review: Option<String>,
    /// The case is resolved once it has gone out.
    pub(crate) resolves: bool,
    /// Of those that were tried, which one it is: what was claimed and withdrawn is not claimed again.
    pub(crate) number: usize,
    /// What is missing or fits nothing, once everything else is known.
    pub(crate) wrong: Option<Refusal>,
}

impl Drafted {
    /// The channel its letter is set for.
    pub(crate) fn letter_channel(&self) -> &str {
        match self.route.channel.as_str() {
            EDI | PORTAL => "letter",
            channel => channel,
        }
    }

    pub(crate) fn recipient(&self) -> Value {
        match (&self.known.partner, self.route.channel.as_str()) {
            (_, PORTAL) => json!(self.known.case.id),
            (_, EDI) => json!(self.invoice.as_ref().map(|d| &d.receiver)),
            (Some(partner), channel) => facts::recipient(partner, Some(channel)),
            (None, _) => Value::Null,
        }
    }

    pub(super) fn template_values(&self) -> Value {
        json!({
            "key": self.template.key, "id": self.template.id, "version": self.template.version,
            "title": self.template.name, "language": self.template.language,
            "regulated": self.rule.regulated, "case_status": self.known.case.status,
        })
    }

    /// What the playbook refers to.
    pub(super) fn values(&self, notice: &str, control: &str, invoice: Option<&Blob>) -> Value {
        let case = &self.known.case;
        let channel = self.route.channel.as_str();
        let (edi, portal) = (channel == EDI, channel == PORTAL);
        let reviewed = self.review.is_some();
        let mut changes = serde_json::Map::new();
        let mut base = serde_json::Map::new();
        if self.resolves {
            changes.insert("status".to_owned(), json!("resolved"));
            base.insert("status".to_owned(), json!(case.status));
        }
        if !edi && !portal {
            changes.insert(
                "add_external_refs".to_owned(),
                json!([{"system": "exstream", "id": notice}]),
            );
        }
        let lines: Vec<Value> = (1..)
            .zip(&self.corrections)
            .map(|(line, c)| {
                json!({"line": line, "item": c.what, "finding": c.before, "amount": c.after})
            })
            .collect();
        let mut paragraphs: Vec<String> = Vec::new();
        if let Some(amount) = &self.amount {
            paragraphs.push(format!(
                "Amount before: {} {}. Amount now: **{} {}**.",
                amount.written(amount.before),
                amount.currency,
                amount.written(amount.after),
                amount.currency
            ));
        }
        if let Some(before) = &self.corrects {
            paragraphs.push(format!("This takes the place of {before}."));
        }
        json!({
            "output": self.output, "title": title(self.output), "channel": channel,
            "letter_channel": self.letter_channel(), "notice": notice, "text": self.text,
            "issue": self.issue(), "invoice": self.invoice_number(),
            "corrects": self.corrects,
            "exceptions": self.exceptions.iter().map(|f| f.id.as_str()).collect::<Vec<_>>(),
            "corrections": self.corrections, "lines": lines, "paragraphs": paragraphs,
            "amount": self.amount.as_ref().map(|a| json!({"before": a.written(a.before),
                "after": a.written(a.after), "currency": a.currency})),
            "currency": self.amount.as_ref().map(|a| a.currency.as_str()),
            "total": self.amount.as_ref().map(|a| a.written(a.after)),
            "number": self.number.to_string(),
            "letter": !edi, "mailed": !edi && !portal, "portal": portal, "edi": edi,
            "reviewed": reviewed, "changes": changes, "base": base, "writes": !changes.is_empty(),
            "edi_control": edi.then_some(control),
            "edi_from": self.invoice.as_ref().map(|d| d.sender.as_str()).unwrap_or_default(),
            "edi_to": self.invoice.as_ref().map(|d| d.receiver.as_str()).unwrap_or_default(),
            "edi_media": self.invoice.as_ref().map(media_type).unwrap_or_default(),
            "edi_blob": invoice.map(|b| b.sha256.as_str()).unwrap_or_default(),
        })
    }

    /// Number of the invoice that is put right.
    pub(crate) fn invoice_number(&self) -> Option<&str> {
        let of = self.invoice.as_ref().map(|d| d.number.as_str());
        of.filter(|_| self.output == Output::UpdatedInvoice)
    }

    fn issue(&self) -> String {
        if !self.text.is_empty() {
            return self.text.clone();
        }
        match self.invoice_number() {
            Some(number) => {
                format!("Our invoice {number} was not right. This is what it says now.")
            }
            None => String::new(),
        }
    }
}

/// "Resolution letter".
pub(crate) const fn title(output: Output) -> &'static str {
    match output {
        Output::ResolutionLetter => "Resolution letter",
        Output::UpdatedInvoice => "Updated invoice",
        Output::CorrectiveNotice => "Corrective notice",
    }
}

fn media_type(document: &Document) -> &'static str {
    if document.standard == "edifact" {
        "application/edifact"
    } else {
        "application/edi-x12"
    }
}

/// The invoice of ours a case is about: the one it names, else the only one among its documents; its newest version.
fn invoice_of(known: &Known, documents: Vec<Document>) -> Option<Document> {
    let mut ours: Vec<Document> = documents
        .into_iter()
        .filter(|d| d.direction == Some(Direction::Outbound))
        .filter(|d| matches!(d.doc_type.as_str(), "810" | "INVOIC"))
        .collect();
    let named = known.case.reference("invoice").unwrap_or_default();
    let number = if named.is_empty() {
        let first = ours.first()?.number.clone();
        ours.iter().all(|d| d.number == first).then_some(first)?
    } else {
        named.to_owned()
    };
    ours.retain(|d| d.number == number);
    ours.into_iter().max_by_key(|d| d.arrived_at)
}

fn changes(lines: &[LineInput]) -> Result<Vec<LineChange>, Refusal> {
    let read = |line: &str, text: Option<&String>| -> Result<Option<Decimal>, Refusal> {
        let Some(text) = text.map(|t| t.trim()).filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        let value = Decimal::from_str_exact(text).map_err(|_| {
            Refusal::field("lines", format!("'{text}' of line {line} is no number."))
        })?;
        Ok(Some(value))
    };
    let mut out = Vec::with_capacity(lines.len());
    for line in lines {
        let change = LineChange {
            line: line.line.trim().to_owned(),
            quantity: read(&line.line, line.quantity.as_ref())?,
            price: read(&line.line, line.price.as_ref())?,
        };
        if change.quantity.is_some() || change.price.is_some() {
            out.push(change);
        }
    }
    Ok(out)
}

fn corrections(rows: &[CorrectionRow]) -> Result<Vec<Correction>, Refusal> {
    if rows.len() > MOST_CORRECTIONS {
        let words = format!("At most {MOST_CORRECTIONS} values are put right at once.");
        return Err(Refusal::field("corrections", words));
    }
    let missing = "A correction says what, how it was and how it is.";
    let read = |text: &str| reason::read(text, "corrections", missing).map(str::to_owned);
    rows.iter()
        .map(|row| {
            let read = Correction {
                what: read(&row.what)?,
                before: read(&row.before)?,
                after: read(&row.after)?,
            };
            if read.before == read.after {
                let words = format!("{} is the same before and after.", read.what);
                return Err(Refusal::field("corrections", words));
            }
            Ok(read)
        })
        .collect()
}

fn amount(row: &AmountRow) -> Result<Option<Corrected>, Refusal> {
    let parts = [&row.before, &row.after, &row.currency].map(|t| t.trim());
    if parts.iter().all(|p| p.is_empty()) {
        return Ok(None);
    }
    let [before, after, currency] = parts;
    let wrong = |words: String| Refusal::field("amount", words);
    let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    if !is_code {
        return Err(wrong(format!("'{currency}' is no currency (ISO 4217).")));
    }
    let read = |text: &str| {
        let value = Decimal::from_str_exact(text).ok();
        value
            .filter(|v| v.normalize().scale() <= decimals(currency))
            .ok_or_else(|| wrong(format!("'{text}' is no amount in {currency}.")))
    };
    let (before, after) = (read(before)?, read(after)?);
    if before == after {
        return Err(wrong("The amount is the same before and after.".to_owned()));
    }
    Ok(Some(Corrected {
        before,
        after,
        currency: currency.to_owned(),
    }))
}

impl Desk {
    /// What would be sent. What is missing is in [`Drafted::wrong`], so that a form can be shown while it is filled.
    pub(crate) async fn draft_unchecked(&self, args: &ResolutionInput) -> Result<Drafted, Refusal> {
        let case_id = self.resolve_case(&args.case).await?;
        let mut known = self.know(&case_id).await?;
        // What did not get through is told anew by this: it keeps the case open no longer.
        let before = known.tellings.clone();
        known
            .open_notices
            .retain(|n| !before.iter().any(|(told, _)| told.notice == *n));
        // Verified by a telling that did not get through: resolved by this one.
        let verified: Vec<String> = before
            .iter()
            .filter(|(_, state)| *state != TellingState::Sent)
            .flat_map(|(told, _)| told.exceptions.clone())
            .filter(|id| !known.findings.iter().any(|f| f.id == *id))
            .collect();
        let found = self.inner.cache.findings(&verified).await.refuse()?;
        known.findings.extend(found.into_iter().map(|f| f.finding));
        let status = known.case.status.as_str();
        if matches!(status, "closed" | "duplicate" | "cancelled") {
            let words = format!("The case is {status}: nothing is resolved any more.");
            return Err(Refusal::new(Code::State, words));
        }
        let partner = known.partner.clone().ok_or_else(|| {
            let words = "The partner of this case is not known here.";
            Refusal::new(Code::NotApplicable, words)
        })?;
        let object = known.case.object().to_string();
        let attempts = self.inner.ledger.actions_of_case(&object);
        let attempts = attempts.await.refuse()?;
        let attempts = attempts
            .iter()
            .filter(|a| a.playbook == super::PLAYBOOK)
            .count();
        let number = attempts.max(known.tellings.len()).saturating_add(1);
        let documents = self
            .inner
            .cache
            .documents_of_case(&case_id)
            .await
            .refuse()?;
        let theirs = documents
            .into_iter()
            .filter(|d| d.partner_id.as_deref() == Some(partner.id.as_str()))
            .map(|d| d.document)
            .collect();
        let invoice = invoice_of(&known, theirs);
        let mut gone: Vec<_> = known
            .deliveries
            .iter()
            .filter(|d| has_gone_out(&d.state))
            .collect();
        gone.sort_by_key(|d| -d.event_at.0);
        let correctable: Vec<String> = gone.iter().map(|d| d.notice_id.clone()).collect();
        let outputs = resolution::outputs(Suggesting {
            invoice: invoice.as_ref().map(|d| d.number.as_str()),
            told: correctable.first().map(String::as_str),
        });
        let output = match args.output.as_deref().filter(|o| !o.is_empty()) {
            Some(word) => word.parse::<Output>().map_err(|_| {
                let words = format!("'{word}' is nothing a resolution is told by.");
                Refusal::field("output", words)
            })?,
            None => outputs.first().map_or(Output::ResolutionLetter, |o| o.0),
        };
        let policy = self.policy();
        let rule = policy
            .templates
            .iter()
            .find(|r| r.resolves == Some(output))
            .cloned()
            .ok_or_else(|| {
                let words = format!("The policy names no template for a {}.", title(output));
                Refusal::new(Code::NotApplicable, words)
            })?;
        let released = facts::released(&known.templates);
        let template = facts::in_language(&released, &rule.key, &partner.agreement.language)
            .cloned()
            .ok_or_else(|| {
                let words = format!("No released {} fits the partner's language.", rule.key);
                Refusal::new(Code::NotApplicable, words)
            })?;
        let corrects = match (output, args.corrects.as_deref().filter(|c| !c.is_empty())) {
            (Output::CorrectiveNotice, Some(named)) => Some(named.to_owned()),
            (Output::CorrectiveNotice, None) => correctable.first().cloned(),
            _ => None,
        };
        let put_right = corrects
            .as_deref()
            .and_then(|n| known.deliveries.iter().find(|d| d.notice_id == n));
        let put_right_key = put_right
            .and_then(|d| d.template.as_deref())
            .map(|t| t.split('@').next().unwrap_or_default().to_owned());
        let mut wrong = fitting(&outputs, output).err();
        let mut note = |found: Refusal| {
            wrong.get_or_insert(found);
        };
        if let Some(named) = corrects
            .as_deref()
            .filter(|n| !correctable.iter().any(|c| c == n))
        {
            let words = format!("{named} is no notice of this case that has gone out.");
            note(Refusal::field("corrects", words));
        }
        let missing = "Say what was found and what was done.";
        let text = match read_up_to(LONGEST_TEXT, &args.text, "text", missing) {
            Ok(text) => text.to_owned(),
            Err(_) if args.text.trim().is_empty() && output == Output::UpdatedInvoice => {
                String::new()
            }
            Err(refusal) => {
                note(refusal);
                String::new()
            }
        };
        let mut put = Vec::new();
        let mut found_amount = None;
        let changes = if output == Output::UpdatedInvoice {
            changes(&args.lines).unwrap_or_else(|e| {
                note(e);
                Vec::new()
            })
        } else {
            Vec::new()
        };
        if let Some(document) = invoice.as_ref().filter(|_| !changes.is_empty()) {
            let lines = document.content.as_ref().map(|c| c.lines.as_slice());
            let currency = document.currency.as_deref().unwrap_or_default();
            match resolution::recompute(lines.unwrap_or_default(), currency, &changes) {
                Ok((rows, amount)) => {
                    put = rows;
                    found_amount = Some(amount);
                }
                Err(e) => note(e),
            }
        } else if let Some(row) = &args.amount {
            found_amount = amount(row).unwrap_or_else(|e| {
                note(e);
                None
            });
        }
        put.extend(corrections(&args.corrections).unwrap_or_else(|e| {
            note(e);
            Vec::new()
        }));
        match output {
            Output::UpdatedInvoice if found_amount.is_none() => {
                note(Refusal::field("lines", "Say what changes on the invoice."));
            }
            Output::CorrectiveNotice if put.is_empty() && found_amount.is_none() => {
                note(Refusal::field("corrections", "Say what is put right."));
            }
            _ => {}
        }
        let told: Vec<&Finding> = known
            .findings
            .iter()
            .filter(|f| f.rule.may_be_told())
            .collect();
        let exceptions: Vec<Finding> = match &args.exceptions {
            None => told.into_iter().cloned().collect(),
            Some(ids) => {
                let id = |typed: &str| {
                    let typed = typed.strip_prefix("finding:documents:").unwrap_or(typed);
                    typed.to_owned()
                };
                let ids: Vec<String> = ids.iter().map(|i| id(i)).collect();
                if let Some(other) = ids.iter().find(|i| !told.iter().any(|f| f.id == **i)) {
                    let words = format!("{other} is no exception of this case to tell of.");
                    note(Refusal::field("exceptions", words));
                }
                let wanted = told.into_iter().filter(|f| ids.contains(&f.id));
                wanted.cloned().collect()
            }
        };
        let review = resolution::signed_because(
            &policy.resolution,
            rule.regulated,
            put_right.is_some() && put_right_key.is_none_or(|key| policy.is_regulated(&key)),
            found_amount.as_ref(),
        );
        let no_edi = if !self.connected().contains(&domain::System::Documents) {
            Some("Documents is not connected")
        } else if invoice.is_none() {
            Some("There is no invoice to replace")
        } else if changes.is_empty() {
            Some("No line of the invoice changes")
        } else {
            None
        };
        let routes = resolution::routes(Routing {
            output,
            agreement: &partner.agreement,
            no_edi,
            before: put_right.map(|d| d.channel.as_str()),
            reviewed: review.is_some(),
        });
        let chosen = args.channel.as_deref().filter(|c| !c.is_empty());
        let route = match chosen {
            Some(channel) => routes.iter().find(|r| r.channel == channel).cloned(),
            None => routes.iter().find(|r| r.blocked.is_none()).cloned(),
        };
        let route = match route {
            Some(route) => {
                if let Some(why) = &route.blocked {
                    let words = format!("Not by {}: {why}.", route.channel);
                    note(Refusal::field("channel", words));
                }
                route
            }
            None => {
                let words = match chosen {
                    Some(other) => format!("'{other}' is no channel to this partner."),
                    None => "There is no channel to this partner.".to_owned(),
                };
                return Err(Refusal::field("channel", words));
            }
        };
        if known
            .tellings
            .iter()
            .any(|(_, s)| *s == TellingState::Pending)
        {
            let words = "A resolution of this case is on its way already.";
            note(Refusal::new(Code::State, words));
        }
        let resolves = status != "resolved" && known.open_notices.is_empty();
        Ok(Drafted {
            outputs,
            output,
            rule,
            template,
            routes,
            route,
            text,
            invoice,
            changes,
            corrections: put,
            amount: found_amount,
            correctable,
            corrects,
            exceptions,
            review,
            resolves,
            number,
            wrong,
            known,
        })
    }

    /// What would be sent, if it can be.
    ///
    /// # Errors
    /// `E_STATE` for a case that is over or has one on its way; `E_FIELD` naming what is missing or fits nothing;
    /// `E_NOT_APPLICABLE` without a partner or a released template.
    pub(crate) async fn draft_resolution(
        &self,
        args: &ResolutionInput,
    ) -> Result<Drafted, Refusal> {
        let drafted = self.draft_unchecked(args).await?;
        match &drafted.wrong {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(drafted),
        }
    }
}

/// Whether a case can be told by this output.
fn fitting(outputs: &[(Output, Result<String, String>)], output: Output) -> Result<(), Refusal> {
    match outputs.iter().find(|(o, _)| *o == output) {
        Some((_, Err(why))) => Err(Refusal::field("output", format!("{why}."))),
        _ => Ok(()),
    }
}

/// Where it goes, for people.
pub(crate) fn address(drafted: &Drafted, route: &Route) -> String {
    match (&drafted.known.partner, route.channel.as_str()) {
        (_, PORTAL) => format!("On case {}", drafted.known.case.number),
        (_, EDI) => drafted
            .invoice
            .as_ref()
            .map(|d| d.receiver.clone())
            .unwrap_or_default(),
        (Some(partner), channel) => {
            text_of(&facts::recipient(partner, Some(channel)), "address").to_owned()
        }
        (None, _) => String::new(),
    }
}
