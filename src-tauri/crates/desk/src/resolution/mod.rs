//! Resolutions (S0.2): what a case came to, told to its partner, and closed only once that has gone out.

mod draft;
mod elsewhere;
mod follow;
mod typed;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use domain::{
    ActionId, IntentId, Refusal,
    canonical::{self, sha256_hex},
    notice::NoticeState,
    playbook,
    refusal::Code,
    resolution::{self, EDI, PORTAL, TellingState, Told},
    visibility::Visibility,
};
use edi::write::{LineChange as EdiChange, Replacement, Stamp, replace_invoice};
use ledger::{AuditEntry, Blob};
use serde_json::json;

pub(crate) use draft::{Drafted, address, title};

use crate::{
    Desk,
    act::Planned,
    derive::text_of,
    facts::{Known, plain},
    letters::Proof,
    personal::told_of,
    problem::{Refuse, input},
    view::{ResolutionInput, ResolutionSend},
};

/// The playbook of it.
pub(crate) const PLAYBOOK: &str = "resolution";
/// The step that publishes it.
const RECORD: &str = "record";
/// State of an item that says of a resolution that nothing tells it any more.
const WITHDRAWN: &str = "withdrawn";

impl Desk {
    /// What a case has told of its resolution, from here and from elsewhere, earliest first, with how far each has come.
    ///
    /// # Errors
    /// Failures of the databases.
    pub(crate) async fn tellings(
        &self,
        known: &Known,
    ) -> Result<Vec<(Told, TellingState)>, Refusal> {
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let object = known.case.object().to_string();
        let (there, here) = tokio::try_join!(
            async { cache.items_of_case(&known.case.id, PLAYBOOK).await.refuse() },
            async {
                let published = ledger.published(&object, PLAYBOOK, RECORD).await;
                published.refuse()
            },
        )?;
        let withdrawn: BTreeSet<String> = there
            .iter()
            .filter(|i| i.state == WITHDRAWN)
            .map(|i| text_of(&i.data, "notice").to_owned())
            .collect();
        let stuck: BTreeSet<String> = here
            .iter()
            .filter(|p| p.stuck)
            .map(|p| text_of(&p.data, "notice").to_owned())
            .collect();
        let there = there
            .iter()
            .filter_map(|i| Told::read(&i.data, &i.author, i.created_at));
        let here = here
            .iter()
            .filter_map(|p| Told::read(&p.data, &p.person, p.at));
        let mut each: BTreeMap<String, Told> = BTreeMap::new();
        // What was confirmed here is older than its record in Community.
        for told in there.chain(here) {
            each.insert(told.notice.clone(), told);
        }
        let mut tellings: Vec<Told> = each.into_values().collect();
        if tellings.is_empty() {
            return Ok(Vec::new());
        }
        tellings.sort_by(|a, b| (a.at, &a.notice).cmp(&(b.at, &b.notice)));
        let notices: Vec<String> = tellings.iter().map(|t| t.notice.clone()).collect();
        let deliveries = cache.notices(&notices).await.refuse()?;
        let mut found = Vec::with_capacity(tellings.len());
        for told in tellings {
            let documents = match (&told.invoice, told.channel.as_str()) {
                (Some(number), EDI) => {
                    let partner = Some(known.case.partner_id.as_str());
                    cache.documents_numbered(number, partner).await.refuse()?
                }
                _ => Vec::new(),
            };
            let delivery = deliveries.iter().find(|d| d.notice_id == told.notice);
            let ours = documents
                .iter()
                .map(|d| &d.document)
                .filter(|d| d.direction == Some(domain::record::Direction::Outbound));
            let on_the_case = told.channel == PORTAL && is_on_the_case(known, &told);
            let mut state = told.state(delivery.map(|d| d.state.as_str()), ours, on_the_case);
            // Refused, or withdrawn before it left.
            let lost = stuck.contains(&told.notice) || withdrawn.contains(&told.notice);
            if state == TellingState::Pending && lost {
                state = TellingState::NotSent;
            }
            found.push((told, state));
        }
        Ok(found)
    }

    /// Why an exception is not closed yet; `None` where it may be.
    pub(crate) async fn untold(
        &self,
        case_id: &str,
        exception: &str,
    ) -> Result<Option<String>, Refusal> {
        // Its case was not pulled: nobody here can tell anybody about it.
        let known = match self.know(case_id).await {
            Ok(known) => known,
            Err(refusal) if refusal.code == Code::NotFound => return Ok(None),
            Err(refusal) => return Err(refusal),
        };
        let mut tellings = known.tellings;
        tellings.retain(|(told, _)| told.exceptions.iter().any(|e| e == exception));
        Ok(resolution::untold(&tellings))
    }

    /// The proof of what would be sent as a letter.
    ///
    /// # Errors
    /// As [`Desk::send_resolution`]; `E_NOT_APPLICABLE` for what is no letter; `E_OFFLINE` while Exstream cannot be reached.
    pub(crate) async fn resolution_proof(&self, args: &ResolutionInput) -> Result<Proof, Refusal> {
        let drafted = self.draft_resolution(args).await?;
        let intent = IntentId(format!("sample/{}", drafted.known.case.id));
        let (playbook, plan) = self.resolution_plan(&drafted, &intent, None)?;
        self.proof(&Planned {
            playbook,
            known: drafted.known,
            plan,
        })
        .await
    }

    /// Records how a case was resolved and sends what tells it.
    ///
    /// # Errors
    /// `E_STATE` for a case that is over; `E_FIELD` naming what is missing or fits nothing; `E_HASH` when something else would
    /// be sent now than was shown; `E_OFFLINE` where an invoice is to be replaced whose bytes are not here; refusals of the
    /// plan.
    pub async fn send_resolution(&self, args: &ResolutionSend) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let fresh = || uuid::Uuid::now_v7().to_string();
        let intent = IntentId(args.input.intent.clone().unwrap_or_else(fresh));
        if let Some(accepted) = self.inner.ledger.action_of(&intent).await.refuse()? {
            return Ok(accepted);
        }
        let drafted = self.draft_resolution(&args.input).await?;
        let preview = self.resolution_preview(&drafted, &intent)?;
        let shown = drafted.hash()?;
        if shown != args.shown {
            let words = "Something else would be sent now. Look at it again.";
            return Err(
                Refusal::new(Code::Hash, words).with(json!({"shown": args.shown, "found": shown}))
            );
        }
        let (plan, blobs) = if drafted.route.channel == EDI {
            let invoice = self.replacement(&drafted, &intent).await?;
            let (_, plan) = self.resolution_plan(&drafted, &intent, Some(&invoice))?;
            (plan, vec![invoice])
        } else {
            (preview, Vec::new())
        };
        let notice = crate::facts::notice_number(&intent);
        let recorded = json!({
            "notice": notice, "output": drafted.output,
            "channel": drafted.route.channel, "amount": drafted.amount, "exceptions": drafted.exceptions.len(),
            "corrections": drafted.corrections.len(), "corrects": drafted.corrects, "shown": shown,
            "signed_because": drafted.review,
        });
        let mut entries = vec![AuditEntry::new("resolution.recorded", &plan.case).with(recorded)];
        let shared = drafted.personal.as_ref();
        entries.extend(shared.map(|shared| told_of(&plan.case, shared)));
        let action = self.accept(&plan, blobs, entries).await?;
        self.verify_exceptions(&drafted.exceptions, &plan.case, &notice)
            .await?;
        self.refresh_overlay().await?;
        Ok(action)
    }

    /// The invoice that takes the place of the one that was sent.
    async fn replacement(&self, drafted: &Drafted, intent: &IntentId) -> Result<Blob, Refusal> {
        let invoice = drafted
            .invoice
            .as_ref()
            .ok_or_else(|| input("There is no invoice to replace.".to_owned()))?;
        let object = domain::ObjectRef::new(
            domain::Kind::Document,
            domain::System::Documents,
            invoice.id.clone(),
        );
        let original = self
            .bytes_of(&object, invoice.payload_sha256.as_deref())
            .await?;
        let changes: Vec<EdiChange> = drafted
            .changes
            .iter()
            .map(|c| EdiChange {
                line: c.line.clone(),
                quantity: c.quantity,
                price: c.price,
            })
            .collect();
        let amount = drafted
            .amount
            .as_ref()
            .ok_or_else(|| input("Nothing on the invoice changes.".to_owned()))?;
        let replaced = replace_invoice(
            &original,
            &Replacement {
                control_number: control_number(intent),
                stamp: stamp(self.now()),
                changes: &changes,
                decimals: domain::statement::decimals(&amount.currency),
            },
        )
        .map_err(|e| {
            let words = format!("The invoice cannot be replaced by EDI: {e}.");
            Refusal::new(Code::State, words).with(json!({"fields": ["channel"]}))
        })?;
        // What the letter and the case say is what the invoice says.
        if replaced.after != amount.after {
            let words = format!(
                "The new invoice comes to {}, not to {}.",
                amount.written(replaced.after),
                amount.written(amount.after)
            );
            return Err(Refusal::new(Code::Hash, words));
        }
        Ok(Blob::of(Bytes::from(replaced.interchange)))
    }

    fn resolution_plan(
        &self,
        drafted: &Drafted,
        intent: &IntentId,
        invoice: Option<&Blob>,
    ) -> Result<(playbook::Playbook, domain::plan::Plan), Refusal> {
        let playbook = self.inner.library.find(PLAYBOOK)?.clone();
        let mut fields = BTreeMap::new();
        fields.insert("channel".to_owned(), drafted.letter_channel().to_owned());
        let mut facts = self.facts_of(&drafted.known, &playbook, &fields, intent);
        let notice = crate::facts::notice_number(intent);
        let control = format!("{:09}", control_number(intent));
        if let Some(values) = facts.values.as_object_mut() {
            values.insert("template".into(), drafted.template_values());
            values.insert(
                "resolution".into(),
                drafted.values(&notice, &control, invoice),
            );
        }
        // Who signs it, by what it comes to.
        let largest = drafted.amount.as_ref().map(|a| {
            let largest = a.before.abs().max(a.after.abs());
            format!("{} {}", a.written(largest), a.currency)
        });
        fields.insert("amount".to_owned(), largest.unwrap_or_default());
        self.rule_in(&mut facts, &drafted.known.case.case_type, &fields);
        let plan = playbook::plan(&playbook, &facts, &BTreeMap::new(), intent)?;
        Ok((playbook, plan))
    }

    /// What is shown before anything is confirmed: the plan as it would be, without the bytes of an invoice.
    pub(crate) fn resolution_preview(
        &self,
        drafted: &Drafted,
        intent: &IntentId,
    ) -> Result<domain::plan::Plan, Refusal> {
        let stand_in = (drafted.route.channel == EDI).then(|| Blob::of(Bytes::new()));
        let (_, plan) = self.resolution_plan(drafted, intent, stand_in.as_ref())?;
        self.refuse_closing(&drafted.known, &plan)?;
        Ok(plan)
    }
}

impl Drafted {
    /// SHA-256 over everything that would be sent and where to.
    pub(crate) fn hash(&self) -> Result<String, Refusal> {
        canonical::hash(&json!({
            "case": self.known.case.id, "output": self.output, "channel": self.route.channel,
            "recipient": self.recipient(), "template": self.template.id, "version": self.template.version,
            "text": self.text, "corrections": self.corrections, "amount": self.amount,
            "exceptions": self.exceptions.iter().map(|f| &f.id).collect::<Vec<_>>(),
            "corrects": self.corrects, "invoice": self.invoice.as_ref().map(|d| &d.id),
            "signed": self.review.is_some(), "resolves": self.resolves,
        }))
        .map_err(|e| input(e.to_string()))
    }
}

/// Whether the partner reads it on the case: a message of ours that they see names its notice.
fn is_on_the_case(known: &Known, told: &Told) -> bool {
    known.comments.iter().any(|c| {
        c.side != "partner"
            && c.visibility == Visibility::Partner
            && plain(&c.body).contains(&told.notice)
    })
}

/// Whether a notice has gone out, so that it can be put right.
fn has_gone_out(state: &str) -> bool {
    state.parse::<NoticeState>().is_ok_and(|state| {
        matches!(
            state,
            NoticeState::Sent | NoticeState::Delivered | NoticeState::Responded
        )
    })
}

/// Nine digits that follow from the intent: no sequence is shared by the desktops of a company, and a repetition must not
/// draw another.
fn control_number(intent: &IntentId) -> u32 {
    let hash = sha256_hex(intent.as_str().as_bytes());
    let number = hash.get(..8).and_then(|h| u32::from_str_radix(h, 16).ok());
    100_000_000 + number.unwrap_or_default() % 900_000_000
}

fn stamp(now: domain::Millis) -> Stamp {
    let text = now.rfc3339();
    let part = |from: usize, to: usize| -> u32 {
        let digits = text.get(from..to).and_then(|d| d.parse().ok());
        digits.unwrap_or_default()
    };
    let year = i32::try_from(part(0, 4)).unwrap_or_default();
    Stamp::new(year, part(5, 7), part(8, 10), part(11, 13), part(14, 16))
}
