//! The notice composer, plans as rows, and playbooks with their fields.

use std::collections::BTreeMap;

use base64::Engine as _;
use domain::{
    IntentId, Refusal, System,
    operation::Operation,
    plan::{GateState, OfflineClass as Class, Plan},
    playbook::{self, FieldValue},
    time::HOUR,
};
use ledger::Draft;

use super::words;
use crate::{
    Desk,
    act::{Ask, Planned},
    facts::{self, Known},
    problem::{self, Refuse},
    view::{
        ActionInput, ComposerView, Content, DraftSaved, DraftView, FieldRow, NoticeInput,
        NoticePreview, OfflineClass, PlanRow, PlanView, PlaybookRow, Recipient, SystemName,
        TemplateChoice, Tone,
    },
};

const NOTICE: &str = "customer_notice";
const LETTER: &str = "regulated_letter";

impl Desk {
    /// Opens the composer on a case, with the draft if there is one.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_NOT_APPLICABLE` when no released template fits.
    pub async fn composer(&self, case: &str) -> Result<ComposerView, Refusal> {
        let case_id = self.resolve_case(case).await?;
        let known = self.know(&case_id).await?;
        let templates: Vec<TemplateChoice> = facts::offered(&known, self.policy())
            .into_iter()
            .map(|o| TemplateChoice {
                id: facts::template_id(&o),
                version: o.template.version.to_string(),
                title: o.template.name.clone(),
                reason: o.rule.reason.clone(),
                regulated: o.rule.regulated,
                playbook: if o.rule.regulated { LETTER } else { NOTICE }.to_owned(),
                channels: known
                    .partner
                    .as_ref()
                    .map(|p| p.agreement.channels.clone())
                    .unwrap_or_default(),
                hidden: (!o.language_fits).then(|| "other language".to_owned()),
            })
            .collect();
        let draft = self.draft_of(&case_id).await?;
        // The one that fits best, as the composer shows it first.
        let first = templates
            .iter()
            .find(|t| t.hidden.is_none())
            .or_else(|| templates.first());
        let input = NoticeInput {
            case: known.case.object().to_string(),
            template: draft
                .as_ref()
                .map(|d| d.template.clone())
                .or_else(|| first.map(|t| t.id.clone()))
                .unwrap_or_default(),
            channel: draft
                .as_ref()
                .map(|d| d.channel.clone())
                .or_else(|| {
                    known
                        .partner
                        .as_ref()
                        .and_then(|p| p.agreement.channels.first().cloned())
                })
                .unwrap_or_else(|| "letter".to_owned()),
            fields: draft.as_ref().map(|d| d.fields.clone()).unwrap_or_default(),
            confirmed: Vec::new(),
        };
        let preview = self.preview(&input, &known, false).await?;
        let contact = known
            .partner
            .as_ref()
            .and_then(|p| p.agreement.contacts.first());
        Ok(ComposerView {
            case: known.case.object().to_string(),
            case_number: known.case.number.clone(),
            partner: known.case.partner_name.clone(),
            recipient: Recipient {
                company: known.case.partner_name.clone(),
                person: contact.map(|c| format!("{}, {}", c.name, c.role)),
                language: known.partner.as_ref().map(|p| p.agreement.language.clone()),
                zone: known
                    .partner
                    .as_ref()
                    .map(|p| p.agreement.time_zone.clone()),
                checked_at: Some(known.fetched_at.0),
            },
            templates,
            draft,
            preview,
            maker: self.person().name,
            sources: self
                .ages(&[System::Community, System::Documents, System::Exstream])
                .await?,
        })
    }

    /// What would be sent, with the rendered proof where Exstream can be reached.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn preview_notice(&self, args: &NoticeInput) -> Result<NoticePreview, Refusal> {
        let case_id = self.resolve_case(&args.case).await?;
        let known = self.know(&case_id).await?;
        self.preview(args, &known, true).await
    }

    fn notice_playbook(&self, known: &Known, template: &str) -> &'static str {
        let offered = facts::offered(known, self.policy());
        let regulated = offered
            .iter()
            .find(|o| facts::names(o, template))
            .is_some_and(|o| o.rule.regulated);
        if regulated { LETTER } else { NOTICE }
    }

    async fn preview(
        &self,
        args: &NoticeInput,
        known: &Known,
        with_proof: bool,
    ) -> Result<NoticePreview, Refusal> {
        let id = self.notice_playbook(known, &args.template);
        let playbook = self.inner.library.find(id)?.clone();
        let mut fields = args.fields.clone();
        fields.insert("template".to_owned(), args.template.clone());
        fields.insert("channel".to_owned(), args.channel.clone());
        let intent = self.intent(&playbook, &known.case.id, None).await?;
        let facts = self.facts_of(known, &playbook, &fields, &intent);
        let values = playbook::field_values(&playbook, &facts, &fields);
        let asked = self.partner_asked(&playbook, known, &facts, &fields);
        // Who reviews at the partner is asked for only where somebody does.
        let partner_asked = !matches!(asked, Ok(None));
        let rows: Vec<FieldRow> = values
            .iter()
            .filter(|v| !matches!(v.field.name.as_str(), "template" | "channel"))
            .filter(|v| partner_asked || v.field.name != crate::partner::FIELD)
            .map(|v| self.field_row(v, known, &args.confirmed))
            .collect();
        let missing: Vec<String> = rows
            .iter()
            .filter(|r| r.missing)
            .map(|r| r.title.clone())
            .collect();
        let old = rows.iter().filter(|r| r.old && !r.confirmed).count();
        let planned = asked.and_then(|_| playbook::plan(&playbook, &facts, &fields, &intent));
        let regulated = id == LETTER;
        let blocked = if !missing.is_empty() {
            Some(format!("{} is missing.", missing.join(", ")))
        } else if old > 0 {
            Some(format!("{old} old values must be confirmed."))
        } else {
            planned.as_ref().err().map(|r| r.message.clone())
        };
        let mut problem = None;
        let mut proof = None;
        let mut hash = None;
        let plan = match planned {
            Ok(plan) => {
                if with_proof {
                    let planned = Planned {
                        playbook: playbook.clone(),
                        known: known.clone(),
                        plan: plan.clone(),
                    };
                    match self.proof(&planned).await {
                        Ok(rendered) => {
                            hash = Some(rendered.hash);
                            proof = Some(Content {
                                name: "Proof.pdf".to_owned(),
                                media_type: "application/pdf".to_owned(),
                                sha256: rendered.sha256,
                                size: u32::try_from(rendered.bytes.len()).unwrap_or(u32::MAX),
                                base64: Some(
                                    base64::engine::general_purpose::STANDARD
                                        .encode(&rendered.bytes),
                                ),
                                problem: None,
                            });
                        }
                        Err(refusal) => problem = Some(problem::problem(&refusal)),
                    }
                }
                self.plan_view(&plan, None)
            }
            Err(refusal) => {
                problem = Some(problem::problem(&refusal));
                PlanView {
                    action_id: None,
                    intent: intent.to_string(),
                    playbook: playbook.id.clone(),
                    title: playbook.title.clone(),
                    rows: Vec::new(),
                    rule: self.rule_words(&args.template),
                }
            }
        };
        let filled = rows.iter().filter(|r| r.required && !r.missing).count();
        let required = rows.iter().filter(|r| r.required).count();
        let checks = vec![
            if missing.is_empty() {
                words::word(Tone::Ok, "filled", "Required fields filled")
            } else {
                words::word(
                    Tone::Fail,
                    "missing",
                    format!("{filled} of {required} required fields filled"),
                )
            },
            if old == 0 {
                words::word(Tone::Ok, "fresh", "No old value")
            } else {
                words::word(Tone::Late, "old", format!("{old} old values"))
            },
        ];
        let partner = &known.case.partner_short_name;
        let leaves = self.departure_view(known.partner.as_ref(), &args.channel, regulated);
        Ok(NoticePreview {
            notice: facts::notice_number(&intent),
            fields: rows,
            checks,
            plan,
            proof,
            hash,
            problem,
            blocked,
            leaves,
            submit_title: if regulated { "Send to review" } else { "Send" }.to_owned(),
            effect: if regulated {
                format!(
                    "Nothing reaches {partner} until {} reviewers sign exactly this content.",
                    self.policy().review.needed
                )
            } else {
                format!("The notice leaves for {partner} as soon as Exstream can be reached.")
            },
        })
    }

    fn field_row(&self, value: &FieldValue, known: &Known, confirmed: &[String]) -> FieldRow {
        let path = value.field.source.as_deref().unwrap_or_default();
        let (system, source) = if value.typed {
            (None, "You")
        } else {
            facts::provenance(path)
        };
        let read_at = system.map(|_| known.fetched_at.0);
        let limit = self.policy().limits.hard_stale_hours * HOUR;
        let is_confirmed = confirmed.contains(&value.field.name);
        FieldRow {
            name: value.field.name.clone(),
            title: value.field.title.clone(),
            value: (!value.value.is_empty()).then(|| value.value.clone()),
            source: source.to_owned(),
            system: system.map(words::system),
            read_at,
            old: !value.typed && read_at.is_some_and(|at| self.now().0 - at > limit),
            confirmed: is_confirmed,
            edited: value.typed,
            required: value.field.required,
            missing: value.missing(),
            input: value.field.input.to_string(),
            choices: value.field.choices.clone(),
        }
    }

    fn rule_words(&self, template: &str) -> String {
        format!(
            "Template rule {template}, policy {}",
            self.policy().hash().chars().take(8).collect::<String>()
        )
    }

    /// A plan as rows, gates before the first step that waits on them.
    pub(crate) fn plan_view(&self, plan: &Plan, action_id: Option<String>) -> PlanView {
        let mut rows: Vec<PlanRow> = Vec::new();
        let mut shown: Vec<&str> = Vec::new();
        let number_of: BTreeMap<&str, u32> = plan
            .steps
            .iter()
            .map(|s| (s.id.as_str(), s.number))
            .collect();
        for step in &plan.steps {
            for gate in plan.gates.iter().filter(|g| step.waits_on.contains(&g.id)) {
                if shown.contains(&gate.id.as_str()) {
                    continue;
                }
                shown.push(&gate.id);
                rows.push(PlanRow {
                    id: gate.id.clone(),
                    number: None,
                    title: words::sentence(gate.kind.as_str()),
                    system: SystemName::Console,
                    operation: gate.kind.to_string(),
                    effect: match gate.kind {
                        domain::plan::GateKind::Review => {
                            format!("{} reviewers, not the maker", self.policy().review.needed)
                        }
                        domain::plan::GateKind::ReleaseCheck => {
                            "Produced bytes equal approved bytes".to_owned()
                        }
                        domain::plan::GateKind::Sent => {
                            "What tells the partner has gone out".to_owned()
                        }
                        domain::plan::GateKind::QuietHours => "Not in quiet hours".to_owned(),
                        domain::plan::GateKind::UndoWindow => "It can be undone".to_owned(),
                        _ => "A person or a live answer is needed".to_owned(),
                    },
                    outside: false,
                    status: words::word(
                        if gate.state == GateState::Passed {
                            Tone::Ok
                        } else {
                            Tone::Queue
                        },
                        gate.state.as_str(),
                        if gate.state == GateState::Passed {
                            "Passed"
                        } else {
                            "Planned"
                        },
                    ),
                    waits_on: Vec::new(),
                    offline_class: OfflineClass::Prepare,
                    offline_note: "Offline: prepare only".to_owned(),
                    optional: false,
                });
            }
            let waits: Vec<u32> = step
                .waits_on
                .iter()
                .filter_map(|w| number_of.get(w.as_str()).copied())
                .collect();
            let class = match step.offline_class {
                Class::Queue => OfflineClass::Queue,
                Class::Prepare => OfflineClass::Prepare,
                Class::Refuse => OfflineClass::Refuse,
            };
            let note = match (class, waits.iter().max()) {
                (OfflineClass::Queue, Some(after)) => format!("Offline: queues after {after}"),
                (OfflineClass::Queue, None) => "Offline: queues".to_owned(),
                (OfflineClass::Prepare, _) => "Offline: prepare only".to_owned(),
                (OfflineClass::Refuse, _) => "Needs the network".to_owned(),
            };
            rows.push(PlanRow {
                // A submitted plan carries the ids of its steps in the outbox.
                id: action_id.as_ref().map_or_else(
                    || step.id.clone(),
                    |action| format!("{action}.{}", step.number),
                ),
                number: Some(step.number),
                title: step.subject.clone(),
                system: words::system(step.operation.system()),
                operation: step.operation.word().to_owned(),
                effect: effect_of(step.operation, &step.args),
                outside: leaves(step.operation, &step.args),
                status: words::word(Tone::Queue, "planned", "Planned"),
                waits_on: waits,
                offline_class: class,
                offline_note: note,
                optional: step.optional,
            });
        }
        PlanView {
            action_id,
            intent: plan.intent.to_string(),
            playbook: plan.playbook.clone(),
            title: plan.title.clone(),
            rows,
            rule: self.rule_words(&plan.playbook),
        }
    }

    async fn draft_of(&self, case_id: &str) -> Result<Option<DraftView>, Refusal> {
        let draft = self
            .inner
            .ledger
            .draft(&self.draft_id(case_id))
            .await
            .refuse()?;
        Ok(draft.and_then(|d| {
            let input: NoticeInput = serde_json::from_value(d.body).ok()?;
            Some(DraftView {
                template: input.template,
                channel: input.channel,
                fields: input.fields,
                saved_at: d.updated_at.0,
            })
        }))
    }

    fn draft_id(&self, case_id: &str) -> String {
        self.notice_draft_id(self.person().id.as_str(), case_id)
    }

    /// Where the draft of a person's notice on a case is kept.
    pub(crate) fn notice_draft_id(&self, person: &str, case_id: &str) -> String {
        format!("notice/{person}/{case_id}")
    }

    /// Keeps what was typed.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading.
    pub async fn save_draft(&self, args: &NoticeInput) -> Result<DraftSaved, Refusal> {
        self.writable()?;
        let case_id = self.resolve_case(&args.case).await?;
        let now = self.now();
        let draft = Draft {
            id: self.draft_id(&case_id),
            kind: "notice".to_owned(),
            case: Some(facts::case_object(&case_id).to_string()),
            person: self.person().id,
            body: serde_json::to_value(args).refuse()?,
            created_at: now,
            updated_at: now,
        };
        self.inner.ledger.save_draft(&draft).await.refuse()?;
        Ok(DraftSaved { saved_at: now.0 })
    }

    /// Throws the draft away.
    ///
    /// # Errors
    /// `E_LOCKED` when only reading.
    pub async fn discard_draft(&self, case: &str) -> Result<(), Refusal> {
        self.writable()?;
        let case_id = self.resolve_case(case).await?;
        self.inner
            .ledger
            .delete_draft(&self.draft_id(&case_id))
            .await
            .refuse()
    }

    /// Shows or enqueues an action of the window.
    ///
    /// # Errors
    /// As [`Desk::submit`].
    pub async fn action(&self, args: &ActionInput, dry_run: bool) -> Result<PlanView, Refusal> {
        let ask = Ask {
            playbook: &args.playbook,
            case: &args.case,
            fields: args.fields.clone(),
            intent: args.intent.clone().map(IntentId),
            again: args.again.unwrap_or(false),
            attachments: None,
            personal: args.personal.clone(),
            urgent: args.urgent.clone(),
        };
        let done = if dry_run {
            self.dry_run(&ask).await?
        } else {
            self.submit(&ask).await?
        };
        if !dry_run && matches!(args.playbook.as_str(), NOTICE | LETTER) {
            self.discard_draft(&args.case).await?;
        }
        Ok(self.plan_view(&done.plan, done.action_id.map(|a| a.to_string())))
    }

    /// Playbooks of a case with their fields.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn playbook_rows(&self, case: &str) -> Result<Vec<PlaybookRow>, Refusal> {
        let case_id = self.resolve_case(case).await?;
        let known = self.know(&case_id).await?;
        let probe = IntentId::from("probe");
        Ok(self
            .playbooks(Some(&case_id))
            .await?
            .into_iter()
            .map(|(playbook, fit)| {
                let facts = self.facts_of(&known, &playbook, &BTreeMap::new(), &probe);
                let fields = playbook::field_values(&playbook, &facts, &BTreeMap::new());
                PlaybookRow {
                    id: playbook.id.clone(),
                    use_case: playbook.use_case.clone(),
                    title: playbook.summary.clone(),
                    applies: fit.applies,
                    why: fit.why,
                    fields: fields
                        .iter()
                        .map(|v| self.field_row(v, &known, &[]))
                        .collect(),
                }
            })
            .collect())
    }
}

fn visibility_of(args: &serde_json::Value) -> Option<&str> {
    args.get("visibility").and_then(serde_json::Value::as_str)
}

fn leaves(operation: Operation, args: &serde_json::Value) -> bool {
    match operation {
        Operation::Release
        | Operation::SendDocument
        | Operation::RequestAcknowledgement
        | Operation::RemindAcknowledgement => true,
        Operation::PostMessage | Operation::AddAttachment => visibility_of(args) == Some("partner"),
        _ => false,
    }
}

fn effect_of(operation: Operation, args: &serde_json::Value) -> String {
    match operation {
        Operation::Render | Operation::Verify => "No outside effect".to_owned(),
        Operation::PostMessage | Operation::AddAttachment
            if visibility_of(args) == Some("partner") =>
        {
            "Partner sees it".to_owned()
        }
        _ if leaves(operation, args) => "Leaves the company".to_owned(),
        _ => "Internal".to_owned(),
    }
}
