//! What follows in a batch without a person: once all is rendered, others are asked to sign the manifest; once all is sent or
//! given up, the case is told how it went.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{
    ActionId, Kind, ObjectRef, Refusal, System,
    batch::{self, Manifest, Rendered, Sheet},
    canonical::sha256_hex,
    money::Money,
    operation::Operation,
    plan::GateState,
    refusal::Code,
    release,
    review::ReviewState,
    review_log::ReviewRecord,
    review_rule::{self, About},
    time::HOUR,
};
use ledger::{Actor, BatchCount, Blob, GateRow};
use serde_json::{Value, json};

use crate::{
    Desk, campaign,
    derive::{intent_of, text_of},
    facts,
    problem::{Refuse, input},
    read::total_rows,
    release::named,
    review::text,
    statements,
};

/// The gate of a batch that a quorum over its manifest passes.
pub(crate) const REVIEW_GATE: &str = "batch_review";

/// The gate of a signed batch that what it was made from, read once more, passes.
pub(crate) const RECHECK_GATE: &str = "recheck";

/// What a batch has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    pub(crate) notices: u32,
    pub(crate) rendered: u32,
    pub(crate) released: u32,
    /// A person decides, before or at the release.
    pub(crate) held: u32,
    /// Withdrawn before they were sent.
    pub(crate) cancelled: u32,
}

impl Progress {
    pub(crate) fn of(counts: &[BatchCount]) -> Self {
        let mut progress = Self::default();
        for count in counts {
            let steps = count.steps;
            if count.operation == "release" {
                progress.notices += steps;
            }
            match (count.operation.as_str(), count.state.as_str()) {
                ("render", "confirmed") => progress.rendered += steps,
                ("release", "confirmed") => progress.released += steps,
                ("release", "cancelled") => progress.cancelled += steps,
                (_, "needs_attention") => progress.held += steps,
                _ => {}
            }
        }
        progress
    }

    /// Whether everything has been sent or given up.
    pub(crate) const fn is_over(&self) -> bool {
        self.released + self.cancelled == self.notices
    }

    /// Whether nothing moves without a person.
    pub(crate) const fn rests(&self) -> bool {
        self.released + self.cancelled + self.held == self.notices
    }
}

/// What the audit chain calls a batch.
fn word_of(gate: &GateRow) -> &'static str {
    match gate.playbook.as_str() {
        statements::PLAYBOOK => "batch",
        campaign::PLAYBOOK => "campaign",
        _ => "outreach",
    }
}

/// Id of the event that asks for the review of a batch.
fn rendered_event(batch: &str) -> String {
    format!("batch/{batch}/rendered")
}

/// What a batch says, for people: only what it does say.
fn told_fields(sheet: &Sheet) -> Value {
    let dates = sheet.dates.iter().filter(|(_, date)| !date.is_empty());
    let dates: Vec<String> = dates
        .map(|(product, date)| match product.as_str() {
            "" => date.clone(),
            product => format!("{product}: {date}"),
        })
        .collect();
    let all = [
        ("products", sheet.products.join(", ")),
        ("revised_date", dates.join(", ")),
        ("alternatives", sheet.alternatives.clone()),
        ("service_update", sheet.service_update.clone()),
        ("period", sheet.period.clone()),
        ("control_total", control_total(sheet)),
    ];
    let said = all.into_iter().filter(|(_, text)| !text.trim().is_empty());
    said.map(|(name, text)| (name.to_owned(), Value::String(text)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The control total as it is signed: what is due, and what was approved, by currency.
fn control_total(sheet: &Sheet) -> String {
    let rows = total_rows(&sheet.totals);
    let of = |t: &crate::view::TotalRow| {
        format!(
            "{} {} due of {} approved, {} statements",
            t.total, t.currency, t.approved, t.statements
        )
    };
    rows.iter().map(of).collect::<Vec<_>>().join("; ")
}

impl Desk {
    /// The number of a batch, or of the campaign it is.
    pub(crate) async fn batch_number(&self, action: &ActionId) -> Result<String, Refusal> {
        let row = self.inner.ledger.action(action).await.refuse()?;
        Ok(match row.playbook.as_str() {
            campaign::PLAYBOOK => domain::campaign::number(&row.intent),
            _ => batch::number(&row.intent),
        })
    }

    /// The action that asked for the review of a batch, once it did.
    pub(crate) async fn batch_review(&self, number: &str) -> Result<Option<ActionId>, Refusal> {
        let intent = intent_of(&rendered_event(number));
        self.inner.ledger.action_of(&intent).await.refuse()
    }

    /// The review space of a batch and the root that is asked to be signed, as far as they are known.
    pub(crate) async fn batch_space(
        &self,
        review: &ActionId,
    ) -> Result<Option<(String, String)>, Refusal> {
        let receipts = self.inner.ledger.receipts(review).await.refuse()?;
        let Some(space) = named(&receipts, "space").map(|r| r.remote_ref.clone()) else {
            return Ok(None);
        };
        let steps = self.steps_of(review).await?;
        let Some(request) = steps.iter().rev().find(|s| s.name == "request") else {
            return Ok(None);
        };
        let args = self.inner.ledger.step(&request.id).await.refuse()?.args;
        let root = args.pointer("/data/hash").and_then(Value::as_str);
        Ok(root.map(|root| (space, root.to_owned())))
    }

    /// The review gate of a batch: asks for the review once everything is rendered, then goes by its verdict over the root.
    pub(crate) async fn review_batch(&self, gate: &GateRow) -> Result<bool, Refusal> {
        let number = self.batch_number(&gate.action_id).await?;
        let Some(review) = self.batch_review(&number).await? else {
            return self.ask_for_review(gate).await;
        };
        let Some((space, root)) = self.batch_space(&review).await? else {
            return Ok(false);
        };
        let Some(record) = self.pulled(&space).await? else {
            return Ok(false);
        };
        let verdict = record.state_over(&root, self.now());
        let turned = self.turn_review_gate(gate, verdict, &root).await?;
        if turned && verdict == ReviewState::Approved {
            self.note_approved(gate, &number, &root, &record).await?;
        }
        if turned && verdict != ReviewState::Approved {
            // Nobody has been told, and whoever starts again tells all of them: nothing of this one may come after.
            let (actor, now) = (Actor::system(), self.now());
            let reason = format!("The review of the batch is {verdict}.");
            let ledger = &self.inner.ledger;
            ledger
                .cancel_action(&gate.action_id, &actor, &reason, now)
                .await
                .refuse()?;
        }
        Ok(turned)
    }

    async fn note_approved(
        &self,
        gate: &GateRow,
        number: &str,
        root: &str,
        record: &ReviewRecord,
    ) -> Result<(), Refusal> {
        let counted = review_rule::progress(&record.request, &record.signatures).counted;
        let signers: Vec<&str> = counted
            .iter()
            .filter_map(|place| record.signatures.get(*place))
            .flat_map(|s| s.people())
            .map(|person| person.as_str())
            .collect();
        let totals = self.sheet_of(&gate.action_id).await?.map(|s| s.totals);
        let facts = json!({"action": gate.action_id, "batch": number, "root": root, "signers": signers, "total": totals});
        let event = format!("{}.approved", word_of(gate));
        self.record(gate, &event, facts).await
    }

    async fn ask_for_review(&self, gate: &GateRow) -> Result<bool, Refusal> {
        let ledger = &self.inner.ledger;
        let counts = ledger.batch_counts(&gate.action_id).await.refuse()?;
        let mut renders = counts.iter().filter(|c| c.operation == "render");
        if !renders.all(|c| matches!(c.state.as_str(), "confirmed" | "cancelled")) {
            return Ok(false);
        }
        let Some(sheet) = self.sheet_of(&gate.action_id).await? else {
            return Ok(false);
        };
        let action = ledger.action(&gate.action_id).await.refuse()?;
        let case_id = facts::case_id(&gate.case).to_owned();
        let rendered = ledger
            .batch_steps(&gate.action_id, Operation::Render)
            .await
            .refuse()?;
        let hashes: BTreeMap<String, Rendered> = rendered
            .into_iter()
            .filter(|step| step.state == "confirmed")
            .map(|step| {
                let hashes = Rendered {
                    content_hash: text(&step.detail, "content_hash").to_owned(),
                    sha256: text(&step.detail, "sha256").to_owned(),
                };
                (step.notice, hashes)
            })
            .collect();
        // Everybody in a campaign gets the same document, and nothing of it is rendered.
        let hashes = match gate.playbook.as_str() {
            campaign::PLAYBOOK => self.campaign_hashes(&gate.action_id, &sheet).await?,
            _ => hashes,
        };
        let about = (
            action.use_case.as_str(),
            case_id.as_str(),
            action.person.as_str(),
        );
        let manifest = Manifest::of(&sheet, about, &hashes);
        let uncanonical = |e: domain::canonical::NotCanonical| input(e.to_string());
        let root = manifest.root().map_err(uncanonical)?;
        let bytes = Bytes::from(manifest.to_bytes().map_err(uncanonical)?);
        let event = self.review_event(&manifest, &root, &sha256_hex(&bytes), &sheet);
        let Some(event) = event else {
            return Ok(false);
        };
        let blobs = vec![Blob::of(bytes)];
        // Whoever confirmed the batch asks for its review: a request in another name is none.
        let zone = self
            .persons()
            .get(&action.person)
            .map_or("UTC", |p| p.time_zone.as_str())
            .to_owned();
        let maker = Actor::person(action.person, zone);
        self.enqueue_following_as(&maker, &case_id, event, blobs)
            .await?;
        Ok(true)
    }

    /// The event that asks for the review; `None` for a batch without notices.
    fn review_event(
        &self,
        manifest: &Manifest,
        root: &str,
        sha256: &str,
        sheet: &Sheet,
    ) -> Option<Value> {
        let policy = self.policy();
        let mut samples: Vec<Value> = manifest
            .notices
            .iter()
            .filter_map(|leaf| {
                let why = leaf.sample.as_ref()?;
                let name = format!("{} {why}.pdf", leaf.notice);
                Some(json!({"name": name, "sha256": leaf.rendered_sha256, "why": why}))
            })
            .collect();
        // The largest is the proof that is shown first; alike letters are attached once.
        samples.sort_by_key(|s| text_of(s, "why") != "largest");
        let mut seen = std::collections::BTreeSet::new();
        samples.retain(|s| seen.insert(text_of(s, "sha256").to_owned()));
        let mut samples = samples.into_iter();
        let proof = samples.next()?;
        let count = manifest.notices.len();
        let totals = manifest.totals.iter().map(|of| Money {
            amount: of.total,
            currency: of.currency.clone(),
        });
        let about = About {
            template: &manifest.template,
            case_type: "",
            amounts: &totals.collect::<Vec<_>>(),
        };
        let (needed, rule) = review_rule::rule_for(&policy.review, &about);
        Some(json!({
            "kind": "batch_rendered", "id": rendered_event(&manifest.batch), "batch": manifest.batch, "root": root,
            "manifest": sha256, "maker": manifest.maker, "needed": needed, "rule": rule,
            "due_at": self.now().plus(policy.review.expires_hours * HOUR).0,
            "decide_by": self.now().plus(policy.review.due_hours * HOUR).0, "deputies": policy.review.deputies,
            "title": format!("{}, {count} notices", manifest.batch), "notices": count, "left_out": manifest.left_out.len(),
            "template": manifest.template, "template_version": manifest.template_version,
            "proof": proof, "samples": samples.collect::<Vec<_>>(),
            "fields": told_fields(sheet),
        }))
    }

    /// Batches that rest: their case is told how many were sent and how many were not.
    pub(crate) async fn finish_batches(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        let (ledger, actor) = (&self.inner.ledger, Actor::system());
        let gates = ledger
            .open_gates(domain::plan::GateKind::Batch)
            .await
            .refuse()?;
        for gate in gates {
            let counts = ledger.batch_counts(&gate.action_id).await.refuse()?;
            let progress = Progress::of(&counts);
            if !progress.rests() || progress.notices == 0 {
                continue;
            }
            let number = self.batch_number(&gate.action_id).await?;
            let (released, held) = (progress.released, progress.held);
            let id = format!("batch/{number}/finished/{released}/{held}");
            if ledger.action_of(&intent_of(&id)).await.refuse()?.is_none() {
                let mut said = format!(
                    "{number}: {released} of {} notices were released",
                    progress.notices
                );
                if held > 0 {
                    said.push_str(&format!(", {held} are held for a decision"));
                }
                if progress.cancelled > 0 {
                    said.push_str(&format!(", {} were cancelled", progress.cancelled));
                }
                said.push('.');
                let event =
                    json!({"kind": "batch_finished", "id": id, "batch": number, "text": said});
                let told = json!({"action": gate.action_id, "batch": number, "notices": progress.notices,
                    "released": released, "held": held, "cancelled": progress.cancelled});
                let word = format!("{}.finished", word_of(&gate));
                self.record(&gate, &word, told).await?;
                self.enqueue_following(facts::case_id(&gate.case), event, Vec::new())
                    .await?;
                moved = true;
            }
            if progress.is_over() {
                self.recall_cancelled(&gate, &number, progress).await?;
                ledger
                    .pass_gate(&gate.action_id, &gate.id, &actor, self.now())
                    .await
                    .refuse()?;
                moved = true;
            }
        }
        Ok(moved)
    }

    /// A batch that was withdrawn while others were asked to sign it: they learn it, and nobody signs it any more.
    pub(crate) async fn recall_cancelled(
        &self,
        gate: &GateRow,
        number: &str,
        progress: Progress,
    ) -> Result<(), Refusal> {
        if progress.cancelled < progress.notices {
            return Ok(());
        }
        let gates = self.inner.ledger.gates(&gate.action_id).await.refuse()?;
        let open = |g: &GateRow| g.id == REVIEW_GATE && g.state == GateState::Open;
        let review: Vec<GateRow> = gates.into_iter().filter(open).collect();
        if review.is_empty() {
            return Ok(());
        }
        if let Some(action) = self.batch_review(number).await?
            && let Some((space, root)) = self.batch_space(&action).await?
        {
            let mut names = serde_json::Map::new();
            names.insert("notice".to_owned(), number.into());
            names.insert("notice_number".to_owned(), number.into());
            let event = release::recall_event(&space, &names, &root, false);
            self.enqueue_following(facts::case_id(&gate.case), event, Vec::new())
                .await?;
        }
        self.fail_open(&review, "The batch was withdrawn.").await
    }

    /// The manifest a review asks to be signed, proven against its root; `None` where it is about a single letter.
    ///
    /// # Errors
    /// `E_OFFLINE` when it is not here and cannot be fetched; `E_HASH`, `E_DUP` or `E_INPUT` for one that is not what is asked
    /// to be signed.
    pub(crate) async fn manifest_of(
        &self,
        record: &ReviewRecord,
    ) -> Result<Option<Manifest>, Refusal> {
        let sha256 = text(&record.data, "manifest");
        if sha256.is_empty() {
            return Ok(None);
        }
        let bytes = match self.inner.ledger.blob(sha256).await {
            Ok(Some(bytes)) => bytes,
            _ => {
                let id = text(&record.data, "manifest_attachment");
                let object = ObjectRef::new(Kind::Attachment, System::Community, id);
                self.bytes_of(&object, Some(sha256)).await?
            }
        };
        let manifest = Manifest::read(&bytes, &record.request.hash)?;
        if manifest.batch != record.notice || manifest.maker != record.request.maker.as_str() {
            return Err(Refusal::new(
                Code::Hash,
                "The manifest is of another batch or another maker.",
            ));
        }
        Ok(Some(manifest))
    }
}
