//! From what a person said of a resolution to what would be sent, with what is not said filled by rule.

use domain::{
    Refusal,
    finding::Finding,
    personal::Detail,
    policy::TemplateRule,
    record::{Delivery, Direction, Document, Partner, Template},
    refusal::Code,
    resolution::{
        self, Corrected, Correction, EDI, LineChange, Output, PORTAL, Route, Routing, Suggesting,
        TellingState,
    },
};
use ledger::Blob;
use serde_json::{Value, json};

use super::{
    has_gone_out,
    typed::{self, Wrong},
};
use crate::{
    Desk,
    derive::text_of,
    facts::{self, Known},
    problem::Refuse,
    view::ResolutionInput,
};

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
    /// Kinds of personal data the partner reads on the case, and why they are to have it.
    pub(crate) personal: Option<(Vec<Detail>, String)>,
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
            // Whoever releases it leaves the case as it is: it is resolved by what follows the sending.
            "regulated": self.rule.regulated, "case_status": "",
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

/// Notices of a case that have gone out, newest first.
fn correctable(deliveries: &[Delivery]) -> Vec<String> {
    let mut gone: Vec<&Delivery> = deliveries
        .iter()
        .filter(|d| has_gone_out(&d.state))
        .collect();
    gone.sort_by_key(|d| -d.event_at.0);
    gone.into_iter().map(|d| d.notice_id.clone()).collect()
}

/// The channel that is taken: the one named, else the proposed one.
fn chosen_route(
    routes: &[Route],
    named: Option<&str>,
    wrong: &mut Wrong,
) -> Result<Route, Refusal> {
    let named = named.filter(|c| !c.is_empty());
    let route = routes.iter().find(|r| match named {
        Some(channel) => r.channel == channel,
        None => r.blocked.is_none(),
    });
    let Some(route) = route else {
        let words = match named {
            Some(other) => format!("'{other}' is no channel to this partner."),
            None => "There is no channel to this partner.".to_owned(),
        };
        return Err(Refusal::field("channel", words));
    };
    if let Some(why) = &route.blocked {
        let words = format!("Not by {}: {why}.", route.channel);
        wrong.note(Refusal::field("channel", words));
    }
    Ok(route.clone())
}

impl Desk {
    /// A case as it stands for another telling: what did not get through keeps it open no longer, and what that had verified
    /// is resolved by this one.
    async fn case_to_tell(&self, typed: &str) -> Result<Known, Refusal> {
        let mut known = self.know(&self.resolve_case(typed).await?).await?;
        let status = known.case.status.as_str();
        if matches!(status, "closed" | "duplicate" | "cancelled") {
            let words = format!("The case is {status}: nothing is resolved any more.");
            return Err(Refusal::new(Code::State, words));
        }
        let Known {
            tellings,
            open_notices,
            findings,
            ..
        } = &mut known;
        open_notices.retain(|n| !tellings.iter().any(|(told, _)| told.notice == *n));
        let verified: Vec<String> = tellings
            .iter()
            .filter(|(_, state)| *state != TellingState::Sent)
            .flat_map(|(told, _)| told.exceptions.clone())
            .filter(|id| !findings.iter().any(|f| f.id == *id))
            .collect();
        let found = self.inner.cache.findings(&verified).await.refuse()?;
        findings.extend(found.into_iter().map(|f| f.finding));
        Ok(known)
    }

    /// Of the tellings that were tried, which one the next is: what was claimed and withdrawn is not claimed again.
    async fn next_number(&self, known: &Known) -> Result<usize, Refusal> {
        let object = known.case.object().to_string();
        let actions = self.inner.ledger.actions_of_case(&object).await.refuse()?;
        let attempts = actions.iter().filter(|a| a.playbook == super::PLAYBOOK);
        Ok(attempts.count().max(known.tellings.len()).saturating_add(1))
    }

    /// What an output is written in: its rule, and the released template in the language of the partner.
    fn written_in(
        &self,
        known: &Known,
        partner: &Partner,
        output: Output,
    ) -> Result<(TemplateRule, Template), Refusal> {
        let lacks = |words: String| Refusal::new(Code::NotApplicable, words);
        let mut rules = self.policy().templates.iter();
        let rule = rules.find(|r| r.resolves == Some(output)).ok_or_else(|| {
            lacks(format!(
                "The policy names no template for a {}.",
                title(output)
            ))
        })?;
        let released = facts::released(&known.templates);
        let template = facts::in_language(&released, &rule.key, &partner.agreement.language)
            .ok_or_else(|| {
                lacks(format!(
                    "No released {} fits the partner's language.",
                    rule.key
                ))
            })?;
        Ok((rule.clone(), template.clone()))
    }

    /// What would be sent. What is missing is in [`Drafted::wrong`], so that a form can be shown while it is filled.
    pub(crate) async fn draft_unchecked(&self, args: &ResolutionInput) -> Result<Drafted, Refusal> {
        let known = self.case_to_tell(&args.case).await?;
        let partner = known.partner.clone().ok_or_else(|| {
            let words = "The partner of this case is not known here.";
            Refusal::new(Code::NotApplicable, words)
        })?;
        let number = self.next_number(&known).await?;
        let documents = self.inner.cache.documents_of_case(&known.case.id);
        let theirs = documents
            .await
            .refuse()?
            .into_iter()
            .filter(|d| d.partner_id.as_deref() == Some(partner.id.as_str()))
            .map(|d| d.document)
            .collect();
        let invoice = invoice_of(&known, theirs);
        let correctable = correctable(&known.deliveries);
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
        let (rule, template) = self.written_in(&known, &partner, output)?;
        let corrects = match (output, args.corrects.as_deref().filter(|c| !c.is_empty())) {
            (Output::CorrectiveNotice, Some(named)) => Some(named.to_owned()),
            (Output::CorrectiveNotice, None) => correctable.first().cloned(),
            _ => None,
        };
        let mut wrong = Wrong(fitting(&outputs, output).err());
        if let Some(named) = corrects.as_ref().filter(|n| !correctable.contains(n)) {
            let words = format!("{named} is no notice of this case that has gone out.");
            wrong.note(Refusal::field("corrects", words));
        }
        let text = typed::text(args, output, &mut wrong);
        let put = typed::put_right(args, output, invoice.as_ref(), &mut wrong);
        let exceptions = typed::exceptions(args, &known.findings, &mut wrong);
        let before = corrects
            .as_deref()
            .and_then(|n| known.deliveries.iter().find(|d| d.notice_id == n));
        // A template nobody names counts as regulated.
        let regulated_before = before.is_some_and(|d| {
            let key = d.template.as_deref().and_then(|t| t.split('@').next());
            key.is_none_or(|key| self.policy().is_regulated(key))
        });
        let review = resolution::signed_because(
            &self.policy().resolution,
            rule.regulated,
            regulated_before,
            put.amount.as_ref(),
        );
        let no_edi = if !self.connected().contains(&domain::System::Documents) {
            Some("Documents is not connected")
        } else if invoice.is_none() {
            Some("There is no invoice to replace")
        } else if put.changes.is_empty() {
            Some("No line of the invoice changes")
        } else {
            None
        };
        let routes = resolution::routes(Routing {
            output,
            agreement: &partner.agreement,
            no_edi,
            before: before.map(|d| d.channel.as_str()),
            reviewed: review.is_some(),
        });
        let route = chosen_route(&routes, args.channel.as_deref(), &mut wrong)?;
        let mut personal = None;
        if route.channel == PORTAL {
            let mut said = text.clone();
            for row in &put.corrections {
                for part in [&row.what, &row.before, &row.after] {
                    said.push('\n');
                    said.push_str(part);
                }
            }
            match self.personal_in(&said, Some(&partner), args.personal.as_deref()) {
                Ok(found) => personal = found,
                Err(refusal) => wrong.note(refusal),
            }
        }
        let pending = |(_, state): &(_, TellingState)| *state == TellingState::Pending;
        if known.tellings.iter().any(pending) {
            let words = "A resolution of this case is on its way already.";
            wrong.note(Refusal::new(Code::State, words));
        }
        let resolves = known.case.status != "resolved" && known.open_notices.is_empty();
        Ok(Drafted {
            outputs,
            output,
            rule,
            template,
            routes,
            route,
            text,
            invoice,
            changes: put.changes,
            corrections: put.corrections,
            amount: put.amount,
            correctable,
            corrects,
            exceptions,
            review,
            resolves,
            number,
            personal,
            wrong: wrong.0,
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
