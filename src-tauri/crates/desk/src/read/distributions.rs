//! Distributions as their screens show them.

use std::collections::BTreeMap;

use domain::{
    Kind, Millis, ObjectRef, Refusal, System,
    case::CaseStatus,
    distribution::{Addressee, Counts, DistributionState, ProofKind, Recipient, RecipientState},
    record::Partner,
};
use serde_json::Value;

use super::{
    batches::{number, part},
    campaigns::segment_facts,
    words,
};
use crate::{
    Desk,
    distribution::{Approved, Distribution, Drafted},
    facts,
    problem::{Refuse, input},
    view::{
        AddresseeRow, ApprovedLetter, DistributionCounts, DistributionInput, DistributionLaunch,
        DistributionPlan, DistributionPlanCounts, DistributionPlanRow, DistributionRow,
        DistributionView, GetDistribution, LeftOutRow, ProofChoice, RefusedProof, StatusWord, Tone,
    },
};

/// A kind of proof as a title.
const fn proof_title(kind: ProofKind) -> &'static str {
    match kind {
        ProofKind::Mdn => "Receipt of their system (MDN)",
        ProofKind::PortalReceipt => "Receipt of the portal",
        ProofKind::SignedReturn => "Signed copy returned",
    }
}

fn plan_row(recipient: &Recipient) -> DistributionPlanRow {
    DistributionPlanRow {
        partner: recipient.partner_id.clone(),
        name: recipient.name.clone(),
        country: recipient.country.clone(),
        tier: recipient.tier.clone(),
        address: recipient.address.clone(),
        reason: recipient.reason.clone(),
    }
}

fn left_out_rows(drafted: &Drafted) -> Vec<DistributionPlanRow> {
    let all = drafted.partners.iter();
    let by_id: BTreeMap<&str, &Partner> = all.map(|p| (p.id.as_str(), p)).collect();
    let rows = drafted.draft.left_out.iter().map(|left| {
        let partner = by_id.get(left.partner_id.as_str());
        let of =
            |text: fn(&Partner) -> &String| partner.map(|p| text(p).clone()).unwrap_or_default();
        DistributionPlanRow {
            partner: left.partner_id.clone(),
            name: left.name.clone(),
            country: of(|p| &p.country),
            tier: of(|p| &p.agreement.tier),
            address: String::new(),
            reason: left.reason.clone(),
        }
    });
    rows.collect()
}

fn state_word(state: DistributionState) -> StatusWord {
    let (tone, text) = match state {
        DistributionState::Ready => (Tone::Queue, "Ready"),
        DistributionState::Sending => (Tone::Run, "Sending"),
        DistributionState::Complete => (Tone::Ok, "Complete"),
        DistributionState::Partial => (Tone::Late, "Partial"),
    };
    words::word(tone, state.as_str(), text)
}

fn recipient_word(state: RecipientState) -> StatusWord {
    let tone = match state {
        RecipientState::Ready => Tone::Queue,
        RecipientState::Sent | RecipientState::Delivered => Tone::Wait,
        RecipientState::Proven => Tone::Ok,
        RecipientState::Unproven => Tone::Late,
        RecipientState::Failed => Tone::Fail,
    };
    words::word(tone, state.as_str(), words::sentence(state.as_str()))
}

const fn counts_row(c: Counts) -> DistributionCounts {
    DistributionCounts {
        recipients: c.recipients,
        ready: c.ready,
        sent: c.sent,
        delivered: c.delivered,
        proven: c.proven,
        unproven: c.unproven,
        failed: c.failed,
    }
}

fn review_id(space: &str) -> String {
    ObjectRef::new(Kind::Review, System::Community, space).to_string()
}

impl Desk {
    fn approved_letter(&self, approved: &Approved) -> ApprovedLetter {
        let letter = &approved.letter;
        let signed = approved.approval.signatures.iter();
        ApprovedLetter {
            notice: letter.notice.clone(),
            title: letter.title.clone(),
            sha256: letter.sha256.clone(),
            hash: letter.hash.clone(),
            review: review_id(&letter.review),
            signed_by: signed
                .map(|s| self.persons().name(s.person.as_str()).to_owned())
                .collect(),
        }
    }

    fn unproven_hours(&self) -> u32 {
        u32::try_from(self.policy().distribution.unproven_hours).unwrap_or_default()
    }

    /// What a distribution would do, from what is on this machine.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_FIELD` for a segment, a partner or an exclusion that fits nothing; `E_INPUT` for an unknown list.
    pub async fn distribution_plan_view(
        &self,
        args: &DistributionInput,
    ) -> Result<DistributionPlan, Refusal> {
        let drafted = self.draft_distribution(args).await?;
        let found = &drafted.draft;
        let (recipients, blocking) = (found.recipients.len(), found.blocking.len());
        let rows: Vec<DistributionPlanRow> = match args.list.as_deref().filter(|l| !l.is_empty()) {
            None | Some("recipients") => found.recipients.iter().map(plan_row).collect(),
            Some("blocking") => found.blocking.iter().map(plan_row).collect(),
            Some("excluded") => left_out_rows(&drafted),
            Some(other) => return Err(input(format!("'{other}' is no list of a distribution."))),
        };
        let all = recipients + blocking + found.left_out.len();
        let outside = all.saturating_sub(rows.len());
        let refused = if let Err(refusal) = self.may_distribute(&drafted) {
            Some(refusal)
        } else if !CaseStatus::is_open(&drafted.known.case.status) {
            Some(input(format!("The case is {}.", drafted.known.case.status)))
        } else if !self.is_online() {
            Some(input(
                "Recipients and approval have to be read again before the letter is sent.",
            ))
        } else {
            self.may_act().err()
        };
        let field = refused.as_ref().and_then(|r| {
            let first = r.detail.pointer("/fields/0").and_then(Value::as_str);
            first.map(str::to_owned)
        });
        let hours = self.unproven_hours();
        let letters = drafted.letters.iter().map(|a| self.approved_letter(a));
        let proofs = ProofKind::ALL.iter().map(|kind| ProofChoice {
            id: kind.to_string(),
            title: proof_title(*kind).to_owned(),
        });
        Ok(DistributionPlan {
            case: drafted.known.case.object().to_string(),
            case_number: drafted.known.case.number.clone(),
            intent: uuid::Uuid::now_v7().to_string(),
            root: drafted.root.clone(),
            letters: letters.collect(),
            letter: drafted.letter.as_ref().map(|a| self.approved_letter(a)),
            proofs: proofs.collect(),
            facts: segment_facts(&drafted.partners, &args.segment),
            counts: DistributionPlanCounts {
                partners: number(all),
                recipients: number(recipients),
                blocking: number(blocking),
                excluded: number(found.left_out.len()),
            },
            rows: part(rows, outside, args.offset, args.limit),
            unproven_hours: hours,
            blocked: refused.map(|r| r.message),
            blocked_field: field,
            effect: format!(
                "The approved letter goes to {} over the grid, once to each. Whoever has not proven the delivery after {hours} hours is asked by another channel.",
                words::counted(recipients, "partner")
            ),
            sources: self
                .ages(&[System::Community, System::Documents, System::Exstream])
                .await?,
        })
    }

    /// Launches what was shown.
    ///
    /// # Errors
    /// `E_HASH` when recipients or letter have changed since, or the letter is not what was approved; `E_OFFLINE`; `E_FIELD` for
    /// what is missing, and naming those who have no address; `E_STATE` when there is nobody to send to; `E_FORBIDDEN` for
    /// auditors.
    pub async fn launch_distribution(
        &self,
        args: &DistributionLaunch,
    ) -> Result<DistributionRow, Refusal> {
        let action = self.confirm_distribution(args).await?;
        let distribution = self.find_distribution(action.as_str()).await?;
        self.distribution_row(&distribution).await
    }

    /// Distributions, newest first: of one case, or all of them.
    ///
    /// # Errors
    /// `E_NOT_FOUND` for an unknown case.
    pub async fn list_distributions(&self, case: &str) -> Result<Vec<DistributionRow>, Refusal> {
        let case = match case.trim() {
            "" => None,
            case => Some(self.resolve_case(case).await?),
        };
        let mut rows = Vec::new();
        for distribution in self.distributions().await? {
            if case
                .as_ref()
                .is_none_or(|case| *case == distribution.case_id)
            {
                rows.push(self.distribution_row(&distribution).await?);
            }
        }
        Ok(rows)
    }

    async fn distribution_row(&self, of: &Distribution) -> Result<DistributionRow, Refusal> {
        let case = self.inner.cache.case(&of.case_id, "").await.refuse()?;
        let (definition, letter) = (&of.definition, &of.definition.letter);
        let counts = of.counts(self.now());
        Ok(DistributionRow {
            number: of.number().to_owned(),
            title: format!("{} {}", letter.title, letter.notice),
            case: facts::case_object(&of.case_id).to_string(),
            case_number: case.map_or_else(|| of.case_id.clone(), |c| c.case.number),
            status: state_word(counts.state()),
            notice: letter.notice.clone(),
            sha256: letter.sha256.clone(),
            review: review_id(&letter.review),
            proof: definition.proof.to_string(),
            maker: definition.maker.clone(),
            maker_name: self.persons().name(&definition.maker).to_owned(),
            at: of.at.0,
            counts: counts_row(counts),
            root: definition.root.clone(),
            action: of.action.as_ref().map(|a| a.id.to_string()),
        })
    }

    /// One recipient of a distribution: a row of its register.
    pub(crate) async fn addressee_row(
        &self,
        of: &Distribution,
        addressee: &Addressee,
        now: Millis,
    ) -> Result<AddresseeRow, Refusal> {
        use domain::record::DeliveryTrack::Delivered;
        let partner = addressee.partner_id.as_str();
        let standing = of.standing_of(addressee, now);
        let sent = of.sent.get(partner);
        let kept = of.kept_of(partner);
        let proof = kept.and_then(|k| k.proof.as_ref());
        let document = of.document_of(addressee);
        let delivered = document.filter(|d| d.delivery == Delivered);
        let control = document.map(|d| {
            let all = [
                &d.interchange_control,
                &d.group_control,
                &d.document_control,
            ];
            let all: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
            all.join(" ")
        });
        let reason = match standing.state {
            RecipientState::Failed => {
                let given_up = of.given_up.get(partner).cloned();
                // Those behind a step that was withdrawn only say so; why it was is said once for all of them.
                let stopped = given_up.as_ref().and_then(|_| of.kept.stopped.clone());
                stopped
                    .or(given_up)
                    .or_else(|| document.and_then(|d| d.error_message.clone()))
            }
            RecipientState::Unproven => Some(format!(
                "No proof {} hours after sending",
                self.policy().distribution.unproven_hours
            )),
            _ => None,
        };
        let reminded_at = match sent {
            Some(_) => self.reminded_at(of, partner).await?,
            None => None,
        };
        Ok(AddresseeRow {
            partner: partner.to_owned(),
            name: addressee.name.clone(),
            address: addressee.address.clone(),
            status: recipient_word(standing.state),
            sent_at: sent.map(|s| s.at.0),
            delivered_at: delivered.map(|d| d.status_at.0),
            message_id: sent.map(|s| s.message_id.clone()),
            transaction: sent.map(|s| s.transaction.clone()),
            control: control.unwrap_or_default(),
            acknowledgement: document.map(|d| d.ack.to_string()).unwrap_or_default(),
            proof_kind: proof.map(|p| p.kind.to_string()),
            proof_at: proof.map(|p| p.at.0),
            proof_sha256: proof.map(|p| p.sha256.clone()),
            grid_record_sha256: kept.and_then(|k| k.grid_record.clone()),
            due_at: standing.due_at.map(|at| at.0),
            reminded_at: reminded_at.map(|at| at.0),
            reason: reason.unwrap_or_default(),
        })
    }

    /// One distribution, opened.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_INPUT` for a state nobody knows.
    pub async fn distribution_view(
        &self,
        args: &GetDistribution,
    ) -> Result<DistributionView, Refusal> {
        let of = self.find_distribution(&args.id).await?;
        let only = match args.only.as_deref().filter(|o| !o.is_empty()) {
            None => None,
            Some(word) => Some(
                word.parse::<RecipientState>()
                    .map_err(|_| input(format!("'{word}' is no state of a recipient.")))?,
            ),
        };
        let now = self.now();
        let (mut rows, mut quarantined) = (Vec::new(), Vec::new());
        for addressee in of.recipients() {
            let state = of.standing_of(addressee, now).state;
            if only.is_none_or(|only| only == state) {
                rows.push(self.addressee_row(&of, addressee, now).await?);
            }
            let refused = of.kept_of(&addressee.partner_id).map(|k| &k.refused);
            for refused in refused.into_iter().flatten() {
                quarantined.push(RefusedProof {
                    partner: addressee.partner_id.clone(),
                    name: addressee.name.clone(),
                    sha256: refused.sha256.clone(),
                    reason: format!("The proof {}.", refused.why.words()),
                    at: refused.at.0,
                });
            }
        }
        let left_out = of.definition.left_out.iter().map(|left| LeftOutRow {
            partner: left.partner_id.clone(),
            name: left.name.clone(),
            reason: left.reason.clone(),
            by: left
                .by
                .as_ref()
                .map(|by| self.persons().name(by).to_owned()),
        });
        let counts = of.counts(now);
        let outside = of.definition.recipients.len().saturating_sub(rows.len());
        Ok(DistributionView {
            left_out: left_out.collect(),
            quarantined,
            tasks: counts.unproven + counts.failed,
            unproven_hours: self.unproven_hours(),
            retention: self.policy().distribution.retention_class.clone(),
            retry_blocked: self.may_retry(&of).await.err().map(|r| r.message),
            sources: self.ages(&[System::Community, System::Documents]).await?,
            rows: part(rows, outside, args.offset, args.limit),
            row: self.distribution_row(&of).await?,
        })
    }
}
