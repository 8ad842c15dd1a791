//! Distributions: what is known of each, from its space, from the grid, and from what this desktop itself queued and keeps.

mod act;
mod draft;
mod follow;
mod proofs;

use std::collections::BTreeMap;

use domain::{
    Millis, Refusal,
    canonical::sha256_hex,
    distribution::{
        self, Addressee, Counts, Definition, DistributionState, Expected, Known, ProofKind, Sent,
        Standing,
    },
    operation::Operation,
    record::{DeliveryTrack, Document, Space, SpaceItem},
    step::{Attention, StepState},
    time::HOUR,
};
use ledger::ActionRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Desk,
    derive::intent_of,
    facts,
    problem::{Refuse, not_found},
};

pub(crate) use draft::{Approved, Drafted};
pub(crate) use proofs::Asked;

/// The playbook that launches one.
pub(crate) const PLAYBOOK: &str = "distribution";
/// The playbook by which the grid delivers again.
const RETRY: &str = "distribution_retry";
/// The gate that the approval passes.
const APPROVED_GATE: &str = "approved_bytes";
/// Setting under which is kept what came of a distribution: [`Kept`].
const KEPT: &str = "distribution/kept/";

/// What this desktop keeps of a distribution.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// By partner.
    #[serde(default)]
    pub(crate) recipients: BTreeMap<String, KeptOf>,
    /// How it was told to have ended.
    #[serde(default)]
    pub(crate) completed: Option<Counts>,
    /// Why nothing more of it leaves.
    #[serde(default)]
    pub(crate) stopped: Option<String>,
}

/// What is kept of one recipient. The bytes lie in the ledger under their hashes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptOf {
    /// The trail says that it was sent.
    #[serde(default)]
    pub(crate) sent: bool,
    /// The proof.
    #[serde(default)]
    pub(crate) proof: Option<Proof>,
    /// SHA-256 of the newest record of the grid.
    #[serde(default)]
    pub(crate) grid_record: Option<String>,
    /// Proofs that prove nothing here.
    #[serde(default)]
    pub(crate) refused: Vec<Refused>,
}

/// A proof that proves a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proof {
    pub(crate) kind: ProofKind,
    pub(crate) sha256: String,
    /// Media type it came as: without it an MDN does not read.
    pub(crate) media_type: String,
    /// Stored.
    pub(crate) at: Millis,
    /// Message and transaction it was proven against.
    pub(crate) message_id: String,
    pub(crate) transaction: String,
}

/// A proof that proves nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) sha256: String,
    pub(crate) why: distribution::Mismatch,
    pub(crate) at: Millis,
}

/// A distribution with everything that is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Distribution {
    pub(crate) definition: Definition,
    pub(crate) case_id: String,
    /// Confirmed.
    pub(crate) at: Millis,
    /// The action of this ledger that launched it.
    pub(crate) action: Option<ActionRow>,
    /// Who was sent to, by partner.
    pub(crate) sent: BTreeMap<String, Sent>,
    /// Who is not sent to any more, with the reason, by partner.
    pub(crate) given_up: BTreeMap<String, String>,
    /// What the grid says, by transaction.
    pub(crate) documents: BTreeMap<String, Document>,
    pub(crate) kept: Kept,
    /// How long after sending a proof is awaited, in milliseconds.
    patience: i64,
}

impl Distribution {
    pub(crate) fn number(&self) -> &str {
        &self.definition.distribution
    }

    pub(crate) fn recipients(&self) -> impl Iterator<Item = &Addressee> {
        self.definition.recipients.iter()
    }

    pub(crate) fn kept_of(&self, partner: &str) -> Option<&KeptOf> {
        self.kept.recipients.get(partner)
    }

    /// The transaction of a recipient as the grid has it; `None` while it was not pulled, or where it went to another address.
    pub(crate) fn document_of(&self, addressee: &Addressee) -> Option<&Document> {
        let sent = self.sent.get(&addressee.partner_id)?;
        let document = self.documents.get(&sent.transaction)?;
        (document.receiver == addressee.address).then_some(document)
    }

    pub(crate) fn delivery_of(&self, addressee: &Addressee) -> Option<DeliveryTrack> {
        self.document_of(addressee).map(|d| d.delivery)
    }

    pub(crate) fn standing_of(&self, addressee: &Addressee, now: Millis) -> Standing {
        let partner = addressee.partner_id.as_str();
        let known = Known {
            sent_at: self.sent.get(partner).map(|s| s.at),
            given_up: self.given_up.contains_key(partner),
            delivery: self.delivery_of(addressee),
            proven: self.kept_of(partner).is_some_and(|k| k.proof.is_some()),
        };
        distribution::standing(known, self.patience, now)
    }

    pub(crate) fn counts(&self, now: Millis) -> Counts {
        Counts::of(self.recipients().map(|a| self.standing_of(a, now).state))
    }

    pub(crate) fn state(&self, now: Millis) -> DistributionState {
        self.counts(now).state()
    }

    /// What a proof of this recipient has to name; `None` before it was sent.
    pub(crate) fn expected<'a>(&'a self, addressee: &'a Addressee) -> Option<Expected<'a>> {
        let sent = self.sent.get(&addressee.partner_id)?;
        Some(Expected {
            kind: self.definition.proof,
            transaction: &sent.transaction,
            message_id: &sent.message_id,
            address: &addressee.address,
            sha256: &self.definition.letter.sha256,
        })
    }

    /// Id of the event of a proof that did not come.
    pub(crate) fn overdue_event(&self, partner: &str) -> String {
        format!("distribution/{}/{partner}/overdue", self.number())
    }
}

/// What is read of a distribution from its space.
struct Mirrored {
    space: Space,
    definition: Definition,
    items: Vec<SpaceItem>,
}

fn definition_of(value: &Value) -> Option<Definition> {
    serde_json::from_value(value.clone()).ok()
}

/// What a transaction is on the grid: times, states, control numbers. The same record gives the same bytes.
pub(crate) fn grid_record(document: &Document) -> Value {
    serde_json::json!({
        "transaction": document.id, "sender": document.sender, "receiver": document.receiver,
        "interchange_control": document.interchange_control, "group_control": document.group_control,
        "document_control": document.document_control, "status": document.status_code,
        "delivery": document.delivery, "acknowledgement": document.ack, "error_code": document.error_code,
        "error_message": document.error_message, "arrived_at": document.arrived_at.rfc3339(),
        "status_at": document.status_at.rfc3339(), "acknowledged_at": document.ack_at.map(Millis::rfc3339),
        "payload_sha256": document.payload_sha256,
    })
}

impl Desk {
    /// Every distribution that is known, newest first.
    pub(crate) async fn distributions(&self) -> Result<Vec<Distribution>, Refusal> {
        let (cache, ledger) = (&self.inner.cache, &self.inner.ledger);
        let mut mirrored: BTreeMap<String, Mirrored> = BTreeMap::new();
        for space in cache.spaces_for(distribution::PURPOSE).await.refuse()? {
            if let Some(found) = self.distribution_in(space).await? {
                mirrored.insert(found.definition.distribution.clone(), found);
            }
        }
        let mut found = Vec::new();
        for action in ledger.actions_of_playbook(PLAYBOOK).await.refuse()? {
            let number = distribution::number(&action.intent);
            let there = mirrored.remove(&number);
            found.extend(self.distribution_of(Some(action), there).await?);
        }
        for there in mirrored.into_values() {
            found.extend(self.distribution_of(None, Some(there)).await?);
        }
        found.sort_by(|a, b| (b.at, b.number()).cmp(&(a.at, a.number())));
        Ok(found)
    }

    /// One distribution, by its number or its action.
    pub(crate) async fn find_distribution(&self, id: &str) -> Result<Distribution, Refusal> {
        let id = id.trim();
        let same = |d: &Distribution| {
            d.number().eq_ignore_ascii_case(id)
                || d.action.as_ref().is_some_and(|a| a.id.as_str() == id)
        };
        let found = self.distributions().await?.into_iter().find(same);
        found.ok_or_else(|| not_found("distribution", id))
    }

    /// Whether what this person wrote in a space counts: everybody but who may only read.
    fn may_tell(&self, login: &str) -> bool {
        let persons = self.persons();
        !login.is_empty() && persons.get(login).is_none_or(domain::Person::may_act)
    }

    /// A distribution as its space says it; `None` where nobody who may says what it is.
    async fn distribution_in(&self, space: Space) -> Result<Option<Mirrored>, Refusal> {
        let items = self.inner.cache.space_items(&space.id).await.refuse()?;
        let definition = items
            .iter()
            .filter(|i| i.item_kind == distribution::DEFINITION && self.may_tell(&i.author))
            .filter_map(|i| Some((i, definition_of(&i.data)?)))
            .find(|(i, d)| d.distribution == space.subject && d.maker == i.author)
            .map(|(_, definition)| definition);
        // More recipients than a distribution has make no distribution.
        let definition = definition.filter(|d| d.recipients.len() <= distribution::MOST);
        Ok(definition.map(|definition| Mirrored {
            space,
            definition,
            items,
        }))
    }

    async fn distribution_of(
        &self,
        action: Option<ActionRow>,
        there: Option<Mirrored>,
    ) -> Result<Option<Distribution>, Refusal> {
        let (mut sent, mut given_up) = (BTreeMap::new(), BTreeMap::new());
        let mut definition = None;
        if let Some(action) = &action {
            definition = self.sent_here(action, &mut sent, &mut given_up).await?;
        }
        let (case_id, at) = match (&action, &there) {
            (Some(action), _) => (facts::case_id(&action.case).to_owned(), action.created_at),
            (None, Some(there)) => {
                let case = there.space.case_id.clone().unwrap_or_default();
                (case, there.space.created_at)
            }
            (None, None) => return Ok(None),
        };
        let Some(definition) = definition.or_else(|| there.as_ref().map(|t| t.definition.clone()))
        else {
            return Ok(None);
        };
        for item in there.iter().flat_map(|t| &t.items) {
            let told = item.item_kind == distribution::SENT && item.author == definition.maker;
            let read: Option<Sent> = serde_json::from_value(item.data.clone()).ok();
            if let (true, Some(read)) = (told, read) {
                // The first word is the one that counts; this desktop knows best what it sent itself.
                sent.entry(read.partner_id.clone()).or_insert(Sent {
                    at: item.created_at,
                    ..read
                });
            }
        }
        let ids: Vec<String> = sent.values().map(|s| s.transaction.clone()).collect();
        let documents = self.inner.cache.documents(&ids).await.refuse()?;
        let documents = documents.into_iter().map(|item| item.document);
        let key = format!("{KEPT}{}", definition.distribution);
        let kept = self.inner.ledger.setting(&key).await.refuse()?;
        Ok(Some(Distribution {
            case_id,
            at,
            action,
            sent,
            given_up,
            documents: documents.map(|d| (d.id.clone(), d)).collect(),
            kept: kept.unwrap_or_default(),
            patience: self.policy().distribution.unproven_hours * HOUR,
            definition,
        }))
    }

    /// What the action of this ledger says of its distribution: who was sent to, and who is not sent to any more.
    async fn sent_here(
        &self,
        action: &ActionRow,
        sent: &mut BTreeMap<String, Sent>,
        given_up: &mut BTreeMap<String, String>,
    ) -> Result<Option<Definition>, Refusal> {
        let ledger = &self.inner.ledger;
        let steps = self.steps_of(&action.id).await?;
        let Some(definition) = steps.iter().find(|s| s.name == distribution::DEFINITION) else {
            return Ok(None);
        };
        let args = ledger.step(&definition.id).await.refuse()?.args;
        let Some(definition) = args.get("data").and_then(definition_of) else {
            return Ok(None);
        };
        let receipts = ledger.receipts(&action.id).await.refuse()?;
        let receipts: BTreeMap<&str, _> = receipts.iter().map(|r| (r.name.as_str(), r)).collect();
        let place = |name: &str| {
            let number: usize = name.strip_prefix("send_")?.parse().ok()?;
            definition.recipients.get(number.checked_sub(1)?)
        };
        for step in &steps {
            if step.op != Some(Operation::SendDocument) {
                continue;
            }
            let Some(addressee) = place(&step.name) else {
                continue;
            };
            let partner_id = addressee.partner_id.clone();
            match (&step.state, receipts.get(step.name.as_str())) {
                (StepState::Confirmed { .. }, Some(receipt)) => {
                    let message_id = receipt.detail.get("message_id").and_then(Value::as_str);
                    let told = Sent {
                        partner_id: partner_id.clone(),
                        message_id: message_id.unwrap_or_default().to_owned(),
                        transaction: receipt.remote_ref.clone(),
                        at: receipt.at,
                    };
                    given_up.remove(&partner_id);
                    sent.insert(partner_id, told);
                }
                (StepState::Cancelled, _)
                | (
                    StepState::NeedsAttention {
                        attention: Attention::Refused,
                    },
                    _,
                ) => {
                    let reason = step.reason.clone().unwrap_or_default();
                    given_up.insert(partner_id, reason);
                }
                _ => {
                    given_up.remove(&partner_id);
                }
            }
        }
        Ok(Some(definition))
    }

    /// When the reminder of a proof that did not come was derived here.
    pub(crate) async fn reminded_at(
        &self,
        distribution: &Distribution,
        partner: &str,
    ) -> Result<Option<Millis>, Refusal> {
        let ledger = &self.inner.ledger;
        let intent = intent_of(&distribution.overdue_event(partner));
        match ledger.action_of(&intent).await.refuse()? {
            Some(action) => Ok(Some(ledger.action(&action).await.refuse()?.created_at)),
            None => Ok(None),
        }
    }

    /// The approval a distribution rests on, as the mirror has it now.
    ///
    /// # Errors
    /// `E_HASH` when it does not cover the bytes any more; `E_STATE` while its review is not here.
    pub(crate) async fn approval_of(&self, letter: &distribution::Letter) -> Result<(), Refusal> {
        let Some(record) = self.pulled(&letter.review).await? else {
            return Err(Refusal::new(
                domain::refusal::Code::State,
                "The review is not on this machine.",
            ));
        };
        self.approved_in(&record, &letter.sha256).map(|_| ())
    }
}

/// A short form of a hash, for people.
pub(crate) fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

/// The hash of a record of the grid, and its bytes.
pub(crate) fn record_bytes(document: &Document) -> Option<(String, Vec<u8>)> {
    let bytes = domain::canonical::to_bytes(&grid_record(document)).ok()?;
    Some((sha256_hex(&bytes), bytes))
}

/// A kind of proof as words inside a sentence.
pub(crate) const fn proof_words(kind: ProofKind) -> &'static str {
    match kind {
        ProofKind::Mdn => "receipt of your system",
        ProofKind::PortalReceipt => "receipt of the portal",
        ProofKind::SignedReturn => "signed copy",
    }
}
