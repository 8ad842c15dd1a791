//! From what a person wants to a confirmed action: load the facts, make the plan, show it, enqueue it.

use std::collections::BTreeMap;

use bytes::Bytes;
use cache::CaseItem;
use connectors::{Connector, Content, PullError};
use domain::{
    ActionId, IntentId, Kind, ObjectRef, Refusal, System,
    canonical::sha256_hex,
    finding::ExceptionState,
    plan::{OfflineClass, Plan},
    playbook::{self, Applicability, Condition, Facts, Playbook},
    quiet,
    refusal::Code,
    resolution,
};
use ledger::{AuditEntry, Blob, Enqueue};
use serde_json::json;

use crate::{
    Desk,
    facts::{self, Chosen, Known, Setting},
    problem::{Refuse, input, not_found},
};

/// How often content is asked for before its system counts as out of reach.
const READS: u32 = 5;

fn asks_for_workspace(condition: &Condition) -> bool {
    condition.field == "workspace.chosen"
}

/// Whether a playbook fits, apart from the workspace a person is asked for when it is started.
pub(crate) fn fit_once_chosen(playbook: &Playbook, facts: &Facts) -> Applicability {
    if !playbook.applies.when.iter().any(asks_for_workspace) {
        return playbook::applicability(playbook, facts);
    }
    let mut otherwise = playbook.clone();
    otherwise.applies.when.retain(|c| !asks_for_workspace(c));
    playbook::applicability(&otherwise, facts)
}

/// A plan with what it was made from.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) playbook: Playbook,
    pub(crate) known: Known,
    pub(crate) plan: Plan,
}

/// What a person asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask<'a> {
    /// Playbook id or use case.
    pub playbook: &'a str,
    /// Case id, number or name.
    pub case: &'a str,
    /// Fields typed.
    pub fields: BTreeMap<String, String>,
    /// Intent of the plan that was shown.
    pub intent: Option<IntentId>,
    /// Run it although it ran on this case before.
    pub again: bool,
    /// Attachments of the case it may see, by their Community ids; all of them where none are named.
    pub attachments: Option<Vec<String>>,
    /// Why the partner is to have the personal data in what they would read.
    pub personal: Option<String>,
    /// Why it is sent in quiet hours of the recipient all the same.
    pub urgent: Option<String>,
}

/// What became of an action.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The action; `None` for a dry run.
    pub action_id: Option<ActionId>,
    /// Its plan.
    pub plan: Plan,
}

impl Desk {
    /// The Community id of a case typed as id, number or name.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn resolve_case(&self, typed: &str) -> Result<String, Refusal> {
        let typed = facts::case_id(typed.trim());
        self.inner
            .cache
            .find_case(typed)
            .await
            .refuse()?
            .ok_or_else(|| not_found("case", typed))
    }

    pub(crate) async fn know(&self, case_id: &str) -> Result<Known, Refusal> {
        let person = self.person();
        let item = self
            .inner
            .cache
            .case(case_id, person.id.as_str())
            .await
            .refuse()?
            .ok_or_else(|| not_found("case", case_id))?;
        self.know_about(&item).await
    }

    /// Everything else that is known about a case. The parts do not wait for each other.
    pub(crate) async fn know_about(&self, item: &CaseItem) -> Result<Known, Refusal> {
        let cache = &self.inner.cache;
        let case = item.case.clone();
        let workspaces = async {
            let numbers: Vec<String> = case.business_refs.iter().map(|r| r.value.clone()).collect();
            let mut workspaces = cache.workspaces_for(&numbers).await.refuse()?;
            if let Some(named) = case.external("workspaces")
                && !workspaces.iter().any(|w| w.id == named)
            {
                workspaces.extend(cache.workspaces(&[named.to_owned()]).await.refuse()?);
            }
            Ok::<_, Refusal>(workspaces)
        };
        let (workspaces, findings, partner, templates, deliveries, comments, attachments, tickets) =
            tokio::try_join!(
                workspaces,
                async { cache.findings_of_case(&case.id, false).await.refuse() },
                async { cache.partner(&case.partner_id).await.refuse() },
                async { cache.templates().await.refuse() },
                async { cache.notices_of_case(&case.id).await.refuse() },
                self.comments(&case.id),
                async { cache.attachments_of_case(&case.id).await.refuse() },
                async { cache.tickets_of_case(&case.id).await.refuse() },
            )?;
        let (loops, open_notices) = Box::pin(self.loops_of(&case, partner.as_ref())).await?;
        let mut known = Known {
            partner,
            findings: findings.into_iter().map(|f| f.finding).collect(),
            templates,
            deliveries,
            open_notices,
            loops,
            tellings: Vec::new(),
            comments,
            attachments,
            ticket: tickets.into_iter().next(),
            workspaces,
            fetched_at: item.fetched_at,
            case,
        };
        known.tellings = self.tellings(&known).await?;
        // What is to tell the partner keeps the case open however it goes, also where it makes no delivery.
        let untold = resolution::on_its_way(&known.tellings).map(str::to_owned);
        let untold: Vec<String> = untold.collect();
        for notice in untold {
            if !known.open_notices.contains(&notice) {
                known.open_notices.push(notice);
            }
        }
        Ok(known)
    }

    /// Messages of a case, oldest first.
    async fn comments(&self, case_id: &str) -> Result<Vec<domain::record::Comment>, Refusal> {
        let (_, items) = self
            .inner
            .cache
            .timeline(case_id, cache::Lane::Thread, 0, 200)
            .await
            .refuse()?;
        let mut comments: Vec<_> = items
            .into_iter()
            .filter_map(|item| match item.record {
                domain::record::Record::Comment(comment) => Some(comment),
                _ => None,
            })
            .collect();
        comments.reverse();
        Ok(comments)
    }

    pub(crate) fn facts_of(
        &self,
        known: &Known,
        playbook: &Playbook,
        fields: &BTreeMap<String, String>,
        intent: &IntentId,
    ) -> Facts {
        let person = self.person();
        let connected = self.connected();
        let chosen = Chosen {
            template: fields.get("template").map(String::as_str),
            channel: fields.get("channel").map(String::as_str),
            workspace: fields.get("workspace").map(String::as_str),
            regulated: playbook
                .applies
                .when
                .iter()
                .any(|c| c.field == "template.regulated" && c.equals == "true"),
        };
        let setting = Setting {
            policy: self.policy(),
            person: &person,
            now: self.now(),
            connected: &connected,
            intent,
        };
        let mut facts = facts::facts(known, &chosen, setting);
        self.rule_in(&mut facts, &known.case.case_type, fields);
        self.partner_in(&mut facts, playbook, known, fields);
        facts
    }

    /// Every playbook with whether it fits a case (all of them fit nothing without a case), and why.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for an unknown case.
    pub async fn playbooks(
        &self,
        case: Option<&str>,
    ) -> Result<Vec<(Playbook, Applicability)>, Refusal> {
        let known = match case {
            Some(case) => Some(self.know(&self.resolve_case(case).await?).await?),
            None => None,
        };
        Ok(self.fitting(known.as_ref(), playbook::applicability))
    }

    /// Every playbook with whether it fits what is known, as `fit` judges it.
    pub(crate) fn fitting(
        &self,
        known: Option<&Known>,
        fit: fn(&Playbook, &Facts) -> Applicability,
    ) -> Vec<(Playbook, Applicability)> {
        let probe = IntentId::from("probe");
        self.inner
            .library
            .all()
            .iter()
            .map(|playbook| {
                let fits = known.map_or_else(
                    || Applicability {
                        applies: false,
                        why: "Name a case to see whether it fits".to_owned(),
                    },
                    |known| {
                        fit(
                            playbook,
                            &self.facts_of(known, playbook, &BTreeMap::new(), &probe),
                        )
                    },
                );
                (playbook.clone(), fits)
            })
            .collect()
    }

    /// Makes the plan of a playbook on a case and mints (or keeps) its intent.
    ///
    /// # Errors
    /// Every refusal of [`domain::playbook::plan`], `E_CHOICE` with the candidates where a workspace has to be chosen.
    pub(crate) async fn plan(&self, ask: &Ask<'_>) -> Result<Planned, Refusal> {
        let playbook = self.inner.library.find(ask.playbook)?.clone();
        let case_id = self.resolve_case(ask.case).await?;
        let mut known = self.know(&case_id).await?;
        if let Some(wanted) = &ask.attachments {
            known.attachments.retain(|a| wanted.contains(&a.id));
        }
        let intent = self
            .intent(&playbook, &case_id, ask.intent.as_ref())
            .await?;
        let facts = self.facts_of(&known, &playbook, &ask.fields, &intent);
        self.ask_for_choice(&playbook, &known, &facts)?;
        self.partner_asked(&playbook, &known, &facts, &ask.fields)?;
        let plan = playbook::plan(&playbook, &facts, &ask.fields, &intent)?;
        self.refuse_closing(&known, &plan)?;
        Ok(Planned {
            playbook,
            known,
            plan,
        })
    }

    pub(crate) async fn intent(
        &self,
        playbook: &Playbook,
        case_id: &str,
        shown: Option<&IntentId>,
    ) -> Result<IntentId, Refusal> {
        if let Some(shown) = shown {
            return Ok(shown.clone());
        }
        let fresh = IntentId(uuid::Uuid::now_v7().to_string());
        if self.read_only().is_some() || playbook.repeatable {
            return Ok(fresh);
        }
        let person = self.person();
        self.inner
            .ledger
            .intent_for(
                &playbook.id,
                &facts::case_object(case_id),
                &person.id,
                fresh,
                self.now(),
            )
            .await
            .refuse()
    }

    fn ask_for_choice(
        &self,
        playbook: &Playbook,
        known: &Known,
        facts: &Facts,
    ) -> Result<(), Refusal> {
        let chosen = playbook::lookup(&facts.values, "workspace.chosen") == Some(&json!(true));
        if chosen || !playbook.applies.when.iter().any(asks_for_workspace) {
            return Ok(());
        }
        // Where it would not fit anyway nobody is asked; the plan says why.
        if !fit_once_chosen(playbook, facts).applies {
            return Ok(());
        }
        let candidates: Vec<_> = match facts::workspace_choice(known, self.policy()) {
            domain::matching::Choice::Ask(list) => list,
            domain::matching::Choice::Taken(one) => vec![one],
        };
        let list: Vec<_> = candidates
            .iter()
            .map(|c| json!({"id": c.workspace.id, "name": c.workspace.name, "score": format!("{:.2}", c.score), "reasons": c.reasons}))
            .collect();
        Err(
            Refusal::new(Code::Choice, "A person has to choose the workspace.")
                .with(json!({"field": "workspace", "candidates": list})),
        )
    }

    /// Shows the plan without doing anything.
    ///
    /// # Errors
    /// As [`Desk::submit`].
    pub async fn dry_run(&self, ask: &Ask<'_>) -> Result<Submitted, Refusal> {
        let planned = self.plan(ask).await?;
        self.refuse_personal(&planned, ask.personal.as_deref())?;
        Ok(Submitted {
            action_id: None,
            plan: planned.plan,
        })
    }

    /// Plans and enqueues in one transaction with the audit record and the bytes that will be sent.
    ///
    /// # Errors
    /// Refusals of the plan; `E_PERSONAL` for personal data in what the partner would read, without a reason for it; `E_OFFLINE` for a class that needs the network; `E_DUP` when it ran on this case before;
    /// `E_LOCKED` when only reading; `E_FORBIDDEN` for auditors.
    pub async fn submit(&self, ask: &Ask<'_>) -> Result<Submitted, Refusal> {
        self.submit_recording(ask, Vec::new()).await
    }

    /// The same, with further records of the decision.
    pub(crate) async fn submit_recording(
        &self,
        ask: &Ask<'_>,
        more: Vec<AuditEntry>,
    ) -> Result<Submitted, Refusal> {
        self.may_act()?;
        let planned = self.plan(ask).await?;
        self.submit_planned(ask, planned, more).await
    }

    /// The same, of a plan that was made from what is asked for.
    pub(crate) async fn submit_planned(
        &self,
        ask: &Ask<'_>,
        planned: Planned,
        more: Vec<AuditEntry>,
    ) -> Result<Submitted, Refusal> {
        self.may_act()?;
        let urgent = ask.urgent.as_deref().map(quiet::reason).transpose()?;
        self.refuse_offline(&planned.plan)?;
        let told = self.refuse_personal(&planned, ask.personal.as_deref())?;
        self.keep_sent(&planned, &ask.fields).await?;
        let blobs = self.blobs_for(&planned).await?;
        let actor = self.actor();
        let mut audit = vec![
            AuditEntry::new(planned.playbook.audit_word(), &planned.plan.case)
                .with(json!({"use_case": planned.plan.use_case, "intent": planned.plan.intent, "skipped": planned.plan.skipped})),
        ];
        audit.extend(told);
        audit.extend(more);
        let action_id = self
            .inner
            .ledger
            .enqueue_urgent(
                Enqueue {
                    plan: &planned.plan,
                    actor: &actor,
                    blobs,
                    again: ask.again,
                    repeatable: planned.playbook.repeatable,
                    audit,
                    now: self.now(),
                },
                urgent.as_deref(),
            )
            .await
            .refuse()?;
        self.refresh_overlay().await?;
        self.inner.wake.notify_waiters();
        Ok(Submitted {
            action_id: Some(action_id),
            plan: planned.plan,
        })
    }

    /// Accepts a plan that was worked out beside [`Desk::plan`], with its own records, once for its intent. Whether it may run
    /// again on its case was decided where it was worked out.
    pub(crate) async fn accept(
        &self,
        plan: &Plan,
        blobs: Vec<Blob>,
        audit: Vec<AuditEntry>,
    ) -> Result<ActionId, Refusal> {
        let actor = self.actor();
        let request = Enqueue {
            plan,
            actor: &actor,
            blobs,
            again: true,
            repeatable: true,
            audit,
            now: self.now(),
        };
        let action = self.inner.ledger.enqueue(request).await.refuse()?;
        self.refresh_overlay().await?;
        self.inner.wake.notify_waiters();
        Ok(action)
    }

    fn refuse_offline(&self, plan: &Plan) -> Result<(), Refusal> {
        if self.inner.network.is_online() {
            return Ok(());
        }
        match plan
            .steps
            .iter()
            .find(|s| s.offline_class == OfflineClass::Refuse)
        {
            Some(step) => Err(Refusal::new(
                Code::Offline,
                format!("Not possible offline: {}.", step.subject),
            )),
            None => Ok(()),
        }
    }

    /// The bytes a plan sends: rendered here, from the cache, or fetched now.
    async fn blobs_for(&self, planned: &Planned) -> Result<Vec<Blob>, Refusal> {
        let mut blobs = Vec::new();
        for step in &planned.plan.steps {
            let Some(sha256) = step.args.get("blob").and_then(|b| b.as_str()) else {
                continue;
            };
            if blobs.iter().any(|b: &Blob| b.sha256 == sha256) {
                continue;
            }
            let message = facts::message_file(&planned.known).map(|(_, bytes)| bytes);
            if let Some(bytes) = message.filter(|bytes| sha256_hex(bytes) == sha256) {
                blobs.push(Blob {
                    sha256: sha256.to_owned(),
                    bytes: Bytes::from(bytes),
                });
                continue;
            }
            let attachment = planned
                .known
                .attachments
                .iter()
                .find(|a| a.sha256 == sha256);
            let bytes = match attachment {
                Some(a) => {
                    self.bytes_of(
                        &ObjectRef::new(Kind::Attachment, System::Community, a.id.clone()),
                        Some(sha256),
                    )
                    .await?
                }
                None => self
                    .inner
                    .cache
                    .blob(sha256)
                    .await
                    .refuse()?
                    .map(Bytes::from)
                    .ok_or_else(|| {
                        input(format!(
                            "The bytes of {} are not on this machine.",
                            step.subject
                        ))
                    })?,
            };
            blobs.push(Blob {
                sha256: sha256.to_owned(),
                bytes,
            });
        }
        Ok(blobs)
    }

    /// Bytes of an attachment, node, payload or letter: from this machine, else fetched and kept.
    ///
    /// # Errors
    /// `E_OFFLINE` when they are not here and the system cannot be reached; `E_INTEGRITY` when they are not the ones
    /// announced.
    pub async fn bytes_of(
        &self,
        object: &ObjectRef,
        announced: Option<&str>,
    ) -> Result<Bytes, Refusal> {
        let cache = &self.inner.cache;
        if let Some(info) = cache.blob_of(object).await.refuse()?
            && announced.is_none_or(|sha| sha == info.sha256)
            && let Some(bytes) = cache.blob(&info.sha256).await.refuse()?
        {
            return Ok(bytes.into());
        }
        if let Some(sha) = announced
            && let Some(bytes) = cache.blob(sha).await.refuse()?
        {
            return Ok(bytes.into());
        }
        let connectors = self.connectors();
        let connector = connectors.get(&object.system).ok_or_else(|| {
            Refusal::new(
                Code::Offline,
                format!("{} is not connected.", object.system),
            )
        })?;
        let content = fetch(connector.as_ref(), object).await.map_err(|e| {
            Refusal::new(
                Code::Offline,
                "These bytes are not on this machine and could not be fetched.",
            )
            .with(json!({"cause": e.to_string()}))
        })?;
        let sha256 = sha256_hex(&content.bytes);
        if announced.is_some_and(|sha| sha != sha256) {
            return Err(Refusal::new(
                Code::Integrity,
                "The bytes are not the ones that were announced.",
            )
            .with(json!({"announced": announced, "found": sha256})));
        }
        if self.read_only().is_none() {
            let named = (content.name.as_str(), content.media_type.as_str());
            cache
                .put_blob(object, None, announced, named, &content.bytes, self.now())
                .await
                .refuse()?;
        }
        Ok(content.bytes)
    }

    /// Acknowledges, verifies, waives, corrects or closes an exception. It is our own knowledge about a finding: no connector
    /// call. What the partner may be told of is closed only once a resolution that names it has gone out.
    ///
    /// # Errors
    /// `E_NOT_FOUND`, `E_INPUT` for another word, `E_STATE` for what the partner has not been told of, `E_FIELD` for a waiver without reason, `E_LOCKED` when only reading.
    pub async fn act_on_exception(
        &self,
        id: &str,
        kind: &str,
        reason: Option<&str>,
    ) -> Result<ExceptionState, Refusal> {
        self.may_act()?;
        let id = id.strip_prefix("finding:documents:").unwrap_or(id);
        let finding = self.inner.cache.findings(&[id.to_owned()]).await.refuse()?;
        let finding = finding.first().ok_or_else(|| not_found("exception", id))?;
        // What the partner has to know of is closed once they do.
        let told_of = finding.finding.rule.may_be_told();
        let untold = match &finding.case_id {
            Some(case) if told_of && kind == "close" => self.untold(case, id).await?,
            _ => None,
        };
        let state = resolution::act_on_exception(kind, untold.as_deref())?;
        let reason = reason.map(str::trim).filter(|r| !r.is_empty());
        if state == ExceptionState::Waived && reason.is_none() {
            return Err(Refusal::new(Code::Field, "Say why it is waived.")
                .with(json!({"fields": ["reason"]})));
        }
        let object = ObjectRef::new(Kind::Finding, System::Documents, id);
        let mut entry = AuditEntry::new(format!("exception.{state}"), &object)
            .with(json!({"rule": finding.finding.rule, "on": finding.finding.object.to_string(), "case": finding.case_id}));
        if let Some(reason) = reason {
            entry = entry.because(reason);
        }
        let now = self.now();
        let key = format!("{}{id}", crate::overlay::EXCEPTIONS);
        self.inner
            .ledger
            .decide(&key, &json!(state), entry, &self.actor(), now)
            .await
            .refuse()?;
        self.refresh_overlay().await?;
        Ok(state)
    }
}

/// Reads content; an answer that was lost is asked for again, since reading changes nothing.
async fn fetch(connector: &dyn Connector, object: &ObjectRef) -> Result<Content, PullError> {
    let mut tries = 1;
    loop {
        match connector.content(object).await {
            Err(PullError::Transient {
                status: 0,
                retry_at: None,
                ..
            }) if tries < READS => tries += 1,
            other => return other,
        }
    }
}
