//! Resolutions as screens show them: before they are sent, and on their case.

use domain::{
    IntentId, Refusal,
    resolution::{EDI, Output, PORTAL, TellingState, Told},
};

use super::words;
use crate::{
    Desk,
    problem::problem,
    resolution::{Drafted, address, title},
    view::{
        AmountRow, Content, CorrectionRow, InvoiceLineRow, InvoiceToCorrect, PlanView,
        ResolutionChoice, ResolutionInput, ResolutionPlan, ResolutionRow, Tone,
    },
};

/// A channel for people.
fn channel_title(channel: &str) -> String {
    match channel {
        EDI => "EDI".to_owned(),
        PORTAL => "On the case".to_owned(),
        "email" => "E-mail".to_owned(),
        "sms" => "Text message".to_owned(),
        other => words::sentence(other),
    }
}

/// What a case told of its resolution.
pub(crate) fn resolution_rows(
    names: &crate::Persons,
    tellings: &[(Told, TellingState)],
) -> Vec<ResolutionRow> {
    tellings
        .iter()
        .rev()
        .map(|(told, state)| ResolutionRow {
            notice: told.notice.clone(),
            title: title(told.output).to_owned(),
            channel: told.channel.clone(),
            status: match state {
                TellingState::Pending => words::word(Tone::Wait, state.as_str(), "Letter pending"),
                TellingState::NotSent => words::word(Tone::Fail, state.as_str(), "Letter not sent"),
                TellingState::Sent => words::word(Tone::Ok, state.as_str(), "Told"),
            },
            by: names.name(&told.by).to_owned(),
            at: told.at.0,
            exceptions: told.exceptions.clone(),
        })
        .collect()
}

fn outputs(drafted: &Drafted) -> Vec<ResolutionChoice> {
    let choice = |(output, fits): &(Output, Result<String, String>)| ResolutionChoice {
        id: output.to_string(),
        title: title(*output).to_owned(),
        reason: fits.clone().unwrap_or_default(),
        blocked: fits.clone().err(),
        chosen: *output == drafted.output,
    };
    drafted.outputs.iter().map(choice).collect()
}

fn channels(drafted: &Drafted) -> Vec<ResolutionChoice> {
    drafted
        .routes
        .iter()
        .map(|route| ResolutionChoice {
            id: route.channel.clone(),
            title: channel_title(&route.channel),
            reason: [route.reason.clone(), address(drafted, route)]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(": "),
            blocked: route.blocked.clone(),
            chosen: route.channel == drafted.route.channel,
        })
        .collect()
}

fn invoice(drafted: &Drafted) -> Option<InvoiceToCorrect> {
    let document = drafted.invoice.as_ref()?;
    let lines = document.content.as_ref().map(|c| c.lines.as_slice());
    Some(InvoiceToCorrect {
        number: document.number.clone(),
        document: domain::ObjectRef::new(
            domain::Kind::Document,
            domain::System::Documents,
            document.id.clone(),
        )
        .to_string(),
        currency: document.currency.clone().unwrap_or_default(),
        lines: lines
            .unwrap_or_default()
            .iter()
            .map(|l| InvoiceLineRow {
                line: l.line.clone(),
                product: l.product.clone(),
                description: l.description.clone(),
                quantity: l.quantity.clone(),
                unit: l.unit.clone(),
                price: l.price.clone().unwrap_or_default(),
            })
            .collect(),
    })
}

fn then(drafted: &Drafted) -> String {
    let exceptions = match drafted.exceptions.len() {
        0 => String::new(),
        1 => " one exception is closed and".to_owned(),
        n => format!(" {n} exceptions are closed and"),
    };
    let case = &drafted.known.case;
    if drafted.resolves {
        format!(
            "Once it has gone out,{exceptions} case {} is resolved.",
            case.number
        )
    } else if case.status == "resolved" {
        format!(
            "Case {} is resolved already; it will name the notice.",
            case.number
        )
    } else {
        let open = drafted.known.open_notices.join(", ");
        format!(
            "Case {} is not resolved by it: {open} is still open.",
            case.number
        )
    }
}

impl Desk {
    /// What would be sent for a resolution as far as it is filled, with why it cannot be sent yet.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_STATE` for a case that is over; `E_NOT_APPLICABLE` without a partner or a released template.
    pub async fn resolution_view(&self, args: &ResolutionInput) -> Result<ResolutionPlan, Refusal> {
        let drafted = self.draft_unchecked(args).await?;
        let fresh = || uuid::Uuid::now_v7().to_string();
        let intent = IntentId(args.intent.clone().unwrap_or_else(fresh));
        let planned = match &drafted.wrong {
            Some(wrong) => Err(wrong.clone()),
            None => self.resolution_preview(&drafted, &intent),
        };
        let refusal = planned.as_ref().err();
        let blocked = refusal.map(|r| r.message.clone());
        let problem = refusal.map(problem);
        let plan = match &planned {
            Ok(plan) => self.plan_view(plan, None),
            Err(_) => PlanView {
                action_id: None,
                intent: intent.to_string(),
                playbook: crate::resolution::PLAYBOOK.to_owned(),
                title: title(drafted.output).to_owned(),
                rows: Vec::new(),
                rule: String::new(),
            },
        };
        let shown = if blocked.is_none() {
            drafted.hash()?
        } else {
            String::new()
        };
        let case = &drafted.known.case;
        Ok(ResolutionPlan {
            case: case.object().to_string(),
            case_number: case.number.clone(),
            partner: case.partner_name.clone(),
            notice: crate::facts::notice_number(&intent),
            outputs: outputs(&drafted),
            channels: channels(&drafted),
            invoice: invoice(&drafted),
            corrects: drafted
                .correctable
                .iter()
                .map(|notice| ResolutionChoice {
                    id: notice.clone(),
                    title: notice.clone(),
                    reason: String::new(),
                    blocked: None,
                    chosen: drafted.corrects.as_ref() == Some(notice),
                })
                .collect(),
            corrections: drafted
                .corrections
                .iter()
                .map(|c| CorrectionRow {
                    what: c.what.clone(),
                    before: c.before.clone(),
                    after: c.after.clone(),
                })
                .collect(),
            amount: drafted.amount.as_ref().map(|a| AmountRow {
                before: a.written(a.before),
                after: a.written(a.after),
                currency: a.currency.clone(),
            }),
            exceptions: drafted
                .known
                .findings
                .iter()
                .filter(|f| f.rule.may_be_told())
                .map(|f| ResolutionChoice {
                    id: f.id.clone(),
                    title: f.title.clone(),
                    reason: f.on.clone(),
                    blocked: None,
                    chosen: drafted.exceptions.iter().any(|e| e.id == f.id),
                })
                .collect(),
            review: drafted.review.clone(),
            resolves: drafted.resolves,
            then: then(&drafted),
            plan,
            blocked,
            problem,
            shown,
        })
    }

    /// The proof of what a resolution would send as a letter.
    ///
    /// # Errors
    /// As [`Desk::send_resolution`]; `E_NOT_APPLICABLE` for what is no letter; `E_OFFLINE` while Exstream cannot be reached.
    pub async fn preview_resolution(&self, args: &ResolutionInput) -> Result<Content, Refusal> {
        Ok(self
            .resolution_proof(args)
            .await?
            .content("Proof.pdf".to_owned()))
    }
}
