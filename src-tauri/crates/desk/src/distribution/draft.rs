//! From an approved letter and a segment of partners to a distribution, and its launch.

use std::collections::BTreeMap;

use bytes::Bytes;
use connectors::{Connector, PullError, text::safe_file_name};
use domain::{
    ActionId, IntentId, Kind, ObjectRef, Refusal, System,
    canonical::sha256_hex,
    distribution::{
        self, Addressee, Approval, Definition, Draft, Enclosed, Letter, ProofKind, RecipientState,
        Selected,
    },
    plan::Plan,
    playbook,
    record::Partner,
    refusal::Code,
    review_log::ReviewRecord,
    segment::Named,
};
use ledger::{AuditEntry, Blob};
use serde_json::json;

use super::PLAYBOOK;
use crate::{
    Desk,
    connect::policy_for_cache,
    facts::Known,
    problem::{Refuse, input},
    review::{self, text},
    view::{DistributionInput, DistributionLaunch},
};

/// A letter of a case that stands approved.
#[derive(Debug, Clone)]
pub(crate) struct Approved {
    pub(crate) letter: Letter,
    pub(crate) approval: Approval,
}

/// A distribution as it would be launched.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) known: Known,
    /// Every partner there is.
    pub(crate) partners: Vec<Partner>,
    /// Letters of the case that stand approved.
    pub(crate) letters: Vec<Approved>,
    /// The one that was named.
    pub(crate) letter: Option<Approved>,
    /// Why there is none.
    pub(crate) no_letter: Option<Refusal>,
    /// How delivery is to be proven; why not, where it does not say.
    pub(crate) proof: Result<ProofKind, Refusal>,
    pub(crate) draft: Draft,
    /// Hash over all of it; empty while something is missing.
    pub(crate) root: String,
}

impl Desk {
    /// The approval of a review over these bytes, under the quorum of the policy here.
    ///
    /// # Errors
    /// `E_HASH`.
    pub(crate) fn approved_in(
        &self,
        record: &ReviewRecord,
        sha256: &str,
    ) -> Result<Approval, Refusal> {
        if let Some(ended) = record.ended {
            let words = format!("The review of the letter is {ended}.");
            return Err(Refusal::new(Code::Hash, words));
        }
        let approval = Approval::of(record)?;
        approval.covers(sha256, self.now())?;
        Ok(approval)
    }

    /// Letters of a case that stand approved, newest review first. What waits here to be posted approves nothing yet.
    async fn approved_letters(&self, case_id: &str) -> Result<Vec<Approved>, Refusal> {
        let mut found = Vec::new();
        let delegations = self.delegations().await?;
        for space in self.inner.cache.spaces_of_case(case_id).await.refuse()? {
            if space.purpose != review::PURPOSE {
                continue;
            }
            let items = self.inner.cache.space_items(&space.id).await.refuse()?;
            let Some(record) = self.review_in(&space, &items, &delegations).await? else {
                continue;
            };
            let sha256 = text(&record.data, "rendered_sha256").to_owned();
            if record.case_id != case_id {
                continue;
            }
            let Ok(approval) = self.approved_in(&record, &sha256) else {
                continue;
            };
            let title = text(&record.data, "template_title");
            let letter = Letter {
                notice: record.notice.clone(),
                name: safe_file_name(&format!("{title} {}.pdf", record.notice)),
                title: title.to_owned(),
                sha256,
                hash: record.request.hash.clone(),
                review: record.space_id.clone(),
            };
            found.push((record.requested_at, Approved { letter, approval }));
        }
        found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Ok(found.into_iter().map(|(_, approved)| approved).collect())
    }

    /// Who was sent these bytes already, and in which distribution; who failed may be sent to again.
    async fn sent_already(&self, sha256: &str) -> Result<BTreeMap<String, String>, Refusal> {
        let mut sent = BTreeMap::new();
        let now = self.now();
        for distribution in self.distributions().await? {
            if distribution.definition.letter.sha256 != sha256 {
                continue;
            }
            for addressee in distribution.recipients() {
                if distribution.standing_of(addressee, now).state != RecipientState::Failed {
                    let number = distribution.number().to_owned();
                    sent.insert(addressee.partner_id.clone(), number);
                }
            }
        }
        Ok(sent)
    }

    /// Finds whom a distribution reaches, and with what. Reads what is on this machine.
    pub(crate) async fn draft_distribution(
        &self,
        args: &DistributionInput,
    ) -> Result<Drafted, Refusal> {
        let case_id = self.resolve_case(&args.case).await?;
        let known = self.know(&case_id).await?;
        let ids = self.inner.cache.partner_names().await.refuse()?;
        let ids: Vec<String> = ids.into_keys().collect();
        let partners = self.inner.cache.partners(&ids).await.refuse()?;
        let letters = self.approved_letters(&case_id).await?;
        let wanted = args.letter.trim();
        let wanted = wanted.strip_prefix("notice:exstream:").unwrap_or(wanted);
        let letter = letters.iter().find(|a| a.letter.notice == wanted).cloned();
        let no_letter = match (&letter, wanted) {
            (Some(_), _) => None,
            (None, "") => Some(Refusal::field("letter", "Name the approved letter.")),
            (None, _) => {
                let words =
                    format!("{wanted} is no letter of this case that stands approved by others.");
                Some(Refusal::field("letter", words))
            }
        };
        let proof = args.proof.trim();
        let proof = proof.parse::<ProofKind>().map_err(|_| {
            let all: Vec<&str> = ProofKind::ALL.iter().map(|k| k.as_str()).collect();
            Refusal::field(
                "proof",
                format!("Say how delivery is proven: {}.", all.join(", ")),
            )
        });
        let sent_already = match &letter {
            Some(approved) => self.sent_already(&approved.letter.sha256).await?,
            None => BTreeMap::new(),
        };
        let source = self.state(|s| s.source.clone());
        let policy = policy_for_cache(self.policy(), source.as_ref());
        let named: Vec<String> = args.partners.iter().map(|p| p.trim().to_owned()).collect();
        let person = self.person();
        let draft = distribution::draft(
            &partners,
            Selected {
                named: Named {
                    segment: &args.segment,
                    partners: &named,
                    exclude: &args.exclude,
                },
                person: person.id.as_str(),
                known_addresses: &policy.partner_addresses,
                sent_already: &sent_already,
            },
        )?;
        let root = match (&letter, &proof) {
            (Some(approved), Ok(proof)) => {
                distribution::root(&known.case.id, &approved.letter, *proof, &draft)
                    .map_err(|e| input(e.to_string()))?
            }
            _ => String::new(),
        };
        Ok(Drafted {
            known,
            partners,
            letters,
            letter,
            no_letter,
            proof,
            draft,
            root,
        })
    }

    /// Whether what was entered can be launched as it stands.
    ///
    /// # Errors
    /// `E_FIELD` naming what is missing, fits nothing or blocks; `E_STATE` when there is nobody to send to, or no address of
    /// ours to send from.
    pub(crate) fn may_distribute(&self, drafted: &Drafted) -> Result<(), Refusal> {
        if let Some(refusal) = &drafted.no_letter {
            return Err(refusal.clone());
        }
        if let Err(refusal) = &drafted.proof {
            return Err(refusal.clone());
        }
        if self.policy().company.edi_addresses.is_empty() {
            let words = "The policy names no address of ours on the grid.";
            return Err(Refusal::new(Code::State, words));
        }
        drafted.draft.check()
    }

    /// The bytes that were approved. Where Exstream is connected it is asked what it has under this letter now; other bytes are
    /// not what was signed.
    ///
    /// # Errors
    /// `E_HASH` for other bytes; `E_OFFLINE` when they are not here and cannot be fetched.
    async fn approved_bytes(&self, approved: &Approved) -> Result<Bytes, Refusal> {
        let letter = &approved.letter;
        let Some(record) = self.pulled(&letter.review).await? else {
            return Err(Refusal::new(Code::Offline, "The review is not here."));
        };
        let connectors = self.connectors();
        if let Some(exstream) = connectors.get(&System::Exstream) {
            // What was produced, else the draft that was signed.
            let draft = text(&record.data, "document_id");
            let bytes = self
                .letter_now(exstream.as_ref(), &[&letter.notice, draft])
                .await?;
            let found = sha256_hex(&bytes);
            if found != letter.sha256 {
                let words = "The letter is not the one that was approved any more.";
                let detail = json!({"approved": letter.sha256, "found": found});
                return Err(Refusal::new(Code::Hash, words).with(detail));
            }
            return Ok(bytes);
        }
        if let Ok(Some(bytes)) = self.inner.ledger.blob(&letter.sha256).await {
            return Ok(bytes);
        }
        let id = text(&record.data, "attachment");
        let object = ObjectRef::new(Kind::Attachment, System::Community, id);
        self.bytes_of(&object, Some(&letter.sha256)).await
    }

    /// What Exstream has under the first of these names that it knows.
    ///
    /// # Errors
    /// `E_OFFLINE` when it knows none of them, or cannot be asked.
    async fn letter_now(&self, exstream: &dyn Connector, names: &[&str]) -> Result<Bytes, Refusal> {
        let mut cause = "Exstream has no such letter.".to_owned();
        for name in names.iter().filter(|n| !n.is_empty()) {
            let object = ObjectRef::new(Kind::Notice, System::Exstream, *name);
            match exstream.content(&object).await {
                Ok(content) => return Ok(content.bytes),
                Err(PullError::Refused { status: 404, .. }) => {}
                Err(error) => {
                    cause = error.to_string();
                    break;
                }
            }
        }
        let words = "The letter could not be read again before it is sent.";
        Err(Refusal::new(Code::Offline, words).with(json!({"cause": cause})))
    }

    /// The plan of a drafted distribution.
    fn distribution_plan(
        &self,
        drafted: &Drafted,
        approved: &Approved,
        proof: ProofKind,
        intent: &IntentId,
    ) -> Result<Plan, Refusal> {
        let playbook = self.inner.library.find(PLAYBOOK)?.clone();
        let number = distribution::number(intent.as_str());
        let letter = &approved.letter;
        let recipients = drafted.draft.recipients.iter().map(|r| Addressee {
            partner_id: r.partner_id.clone(),
            name: r.name.clone(),
            address: r.address.clone(),
        });
        let definition = Definition {
            distribution: number.clone(),
            maker: self.person().id.to_string(),
            root: drafted.root.clone(),
            letter: letter.clone(),
            proof,
            recipients: recipients.collect(),
            left_out: drafted.draft.left_out.clone(),
        };
        let enclosed = Enclosed {
            name: letter.name.clone(),
            proof,
            approval: approved.approval.clone(),
        };
        let mut facts = self.facts_of(&drafted.known, &playbook, &BTreeMap::new(), intent);
        if let Some(values) = facts.values.as_object_mut() {
            let facts = json!({
                "number": number, "title": format!("{} {}", letter.title, letter.notice), "root": drafted.root,
                "count": definition.recipients.len(), "recipients": definition.recipients, "letter": letter,
                "from": self.policy().company.edi_addresses.first(), "enclosed": enclosed, "definition": definition,
            });
            values.insert("distribution".into(), facts);
        }
        playbook::plan(&playbook, &facts, &BTreeMap::new(), intent)
    }

    /// Launches a distribution that was shown: review, partners and letter are read again first, and if that leads to another
    /// root, nothing is launched.
    ///
    /// # Errors
    /// `E_OFFLINE` while they cannot be read again; `E_HASH` when they changed, or the letter is not what was approved;
    /// `E_FIELD` for what is missing or blocks; `E_STATE` when there is nobody to send to; `E_FORBIDDEN` for auditors;
    /// refusals of the plan.
    pub(crate) async fn confirm_distribution(
        &self,
        args: &DistributionLaunch,
    ) -> Result<ActionId, Refusal> {
        self.may_act()?;
        let intent = IntentId(args.intent.clone());
        if let Some(accepted) = self.inner.ledger.action_of(&intent).await.refuse()? {
            return Ok(accepted);
        }
        let offline = "Recipients and approval have to be read again before the letter is sent. What you entered is kept.";
        if !self.inner.network.is_online() {
            return Err(Refusal::new(Code::Offline, offline));
        }
        let connected = self.connected();
        let wanted = [System::Community, System::Exstream];
        let wanted: Vec<System> = wanted
            .into_iter()
            .filter(|s| connected.contains(s))
            .collect();
        let report = self.pull(&wanted, false).await?;
        if let Some(error) = report.iter().find_map(|r| r.error.clone()) {
            return Err(Refusal::new(Code::Offline, offline).with(json!({"cause": error})));
        }
        let drafted = self.draft_distribution(&args.input).await?;
        self.may_distribute(&drafted)?;
        if drafted.root != args.root {
            let now = drafted.draft.recipients.len();
            let words = format!(
                "Recipients or letter have changed: {now} partners would be sent to now. Look at them again."
            );
            let detail = json!({"shown": args.root, "found": drafted.root, "recipients": now});
            return Err(Refusal::new(Code::Hash, words).with(detail));
        }
        let proof = drafted.proof.clone()?;
        let Some(approved) = drafted.letter.clone() else {
            return Err(Refusal::field("letter", "Name the approved letter."));
        };
        let bytes = self.approved_bytes(&approved).await?;
        let plan = self.distribution_plan(&drafted, &approved, proof, &intent)?;
        let signers = approved
            .approval
            .signatures
            .iter()
            .map(|s| s.person.as_str());
        let started = json!({
            "distribution": distribution::number(intent.as_str()), "sha": approved.letter.sha256,
            "n": drafted.draft.recipients.len(), "left_out": drafted.draft.left_out.len(), "root": drafted.root,
            "proof": proof, "notice": approved.letter.notice, "hash": approved.letter.hash,
            "review": approved.letter.review, "signers": signers.collect::<Vec<_>>(),
        });
        let entry = AuditEntry::new("distribution.started", &plan.case).with(started);
        self.accept(&plan, vec![Blob::of(bytes)], vec![entry]).await
    }
}
