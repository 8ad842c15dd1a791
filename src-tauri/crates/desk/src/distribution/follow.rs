//! What follows in a distribution without a person: it goes on only while its approval stands, what came is kept and recorded,
//! whoever is silent is asked by another channel, and the case is told how it ended.

use bytes::Bytes;
use domain::{
    Refusal, System, archive,
    canonical::sha256_hex,
    distribution::{Addressee, Counts, DistributionState, RecipientState},
    plan::GateState,
    refusal::Code,
};
use ledger::{Actor, AuditEntry, Blob, GateRow};
use serde_json::{Value, json};

use super::{APPROVED_GATE, Distribution, KEPT, Kept, proof_words, record_bytes, short};
use crate::{Desk, facts, problem::Refuse};

/// What is to be kept of a distribution, with its bytes and its records.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) kept: Kept,
    pub(super) blobs: Vec<Blob>,
    pub(super) entries: Vec<AuditEntry>,
}

/// A record about a distribution, on its case.
pub(super) fn about(distribution: &Distribution, event: &str, told: Value) -> AuditEntry {
    AuditEntry::new(event, &facts::case_object(&distribution.case_id)).with(told)
}

impl Desk {
    /// Follows up on distributions once. True when something changed that the outbox may go on with.
    pub(crate) async fn follow_distributions(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        for mut distribution in self.distributions().await? {
            if self.is_over(&distribution) {
                continue;
            }
            if self.hold_to_approval(&distribution).await? {
                moved = true;
                distribution = self.find_distribution(distribution.number()).await?;
            }
            let mut news = News {
                kept: distribution.kept.clone(),
                ..News::default()
            };
            self.note_sent(&distribution, &mut news);
            self.keep_records(&distribution, &mut news);
            self.fetch_proofs(&distribution, &mut news).await?;
            if news.kept != distribution.kept {
                distribution.kept = news.kept.clone();
                self.keep(&distribution, news).await?;
            }
            moved |= self.ask_the_silent(&distribution).await?;
            moved |= self.tell_end(&distribution).await?;
        }
        Ok(moved)
    }

    /// Whether every delivery is proven and that was told: nothing of it changes any more.
    fn is_over(&self, distribution: &Distribution) -> bool {
        let counts = distribution.counts(self.now());
        let told = distribution.action.is_none() || distribution.kept.completed == Some(counts);
        counts.state() == DistributionState::Complete && told
    }

    async fn keep(&self, distribution: &Distribution, news: News) -> Result<(), Refusal> {
        let key = format!("{KEPT}{}", distribution.number());
        let (actor, value) = (Actor::system(), json!(news.kept));
        self.inner
            .ledger
            .decide_with(&key, &value, &news.blobs, news.entries, &actor, self.now())
            .await
            .refuse()
    }

    /// Opens the gate while the approval stands, and stops what is left once it does not.
    async fn hold_to_approval(&self, distribution: &Distribution) -> Result<bool, Refusal> {
        let Some(action) = &distribution.action else {
            return Ok(false);
        };
        let waiting = distribution
            .recipients()
            .any(|a| distribution.standing_of(a, self.now()).state == RecipientState::Ready);
        let refused = distribution
            .given_up
            .values()
            .any(|why| why.contains("E_HASH"))
            && action.state == "open";
        if !waiting && !refused {
            return Ok(false);
        }
        let ledger = &self.inner.ledger;
        let gates = ledger.gates(&action.id).await.refuse()?;
        let gate = gates.iter().find(|g| g.id == APPROVED_GATE);
        let open = gate.filter(|g| g.state == GateState::Open);
        let approved = if refused {
            let words = "A recipient was refused: the bytes are not those that were approved.";
            Err(Refusal::new(Code::Hash, words))
        } else {
            self.approval_of(&distribution.definition.letter).await
        };
        match (approved, open) {
            (Ok(()), Some(gate)) => {
                let actor = Actor::system();
                ledger
                    .pass_gate(&gate.action_id, &gate.id, &actor, self.now())
                    .await
                    .refuse()?;
                Ok(true)
            }
            (Ok(()), None) => Ok(false),
            // Its review was not pulled yet: looked at again with the next pull.
            (Err(refusal), _) if refusal.code != Code::Hash => Ok(false),
            (Err(refusal), gate) => self.stop(distribution, gate, &refusal.message).await,
        }
    }

    /// Nothing more of it leaves; compliance learns why.
    async fn stop(
        &self,
        distribution: &Distribution,
        gate: Option<&GateRow>,
        why: &str,
    ) -> Result<bool, Refusal> {
        let Some(action) = &distribution.action else {
            return Ok(false);
        };
        let letter = &distribution.definition.letter;
        let (sent, all) = (
            distribution.sent.len(),
            distribution.definition.recipients.len(),
        );
        let id = format!("distribution/{}/stopped", distribution.number());
        let told_before = distribution.kept.stopped.is_some();
        if !told_before {
            // First what follows, then the end: after a crash in between it is found to be there already.
            let event = json!({
                "kind": "distribution_stopped", "id": id, "distribution": distribution.number(), "why": why,
                "notice": letter.notice, "approved_short": short(&letter.sha256), "sent": sent, "recipients": all,
            });
            self.enqueue_following(&distribution.case_id, event, Vec::new())
                .await?;
            let told = json!({"action": action.id, "distribution": distribution.number(), "sha": letter.sha256,
                "hash": letter.hash, "sent": sent, "n": all});
            let mut news = News {
                kept: distribution.kept.clone(),
                ..News::default()
            };
            news.kept.stopped = Some(format!("E_HASH: {why}"));
            news.entries
                .push(about(distribution, "distribution.stopped", told).because(why));
            self.keep(distribution, news).await?;
        }
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        let reason = format!("E_HASH: {why}");
        if let Some(gate) = gate {
            ledger
                .fail_gate(&gate.action_id, &gate.id, &actor, &reason, now)
                .await
                .refuse()?;
        }
        let withdrawn = ledger
            .cancel_action(&action.id, &actor, &reason, now)
            .await
            .refuse()?;
        Ok(!told_before || withdrawn > 0)
    }

    /// Who was sent to: the trail says so, once.
    fn note_sent(&self, distribution: &Distribution, news: &mut News) {
        if distribution.action.is_none() {
            return;
        }
        for addressee in distribution.recipients() {
            let Some(sent) = distribution.sent.get(&addressee.partner_id) else {
                continue;
            };
            let kept = news
                .kept
                .recipients
                .entry(addressee.partner_id.clone())
                .or_default();
            if kept.sent {
                continue;
            }
            kept.sent = true;
            let told = json!({
                "distribution": distribution.number(), "partner": addressee.partner_id, "address": addressee.address,
                "sha": distribution.definition.letter.sha256, "message_id": sent.message_id,
                "transaction": sent.transaction,
            });
            let mut entry = about(distribution, "document.sent", told);
            entry.occurred_at = Some(sent.at);
            news.entries.push(entry);
        }
    }

    /// What the grid says at the end of a delivery is kept, and again when it says something else.
    fn keep_records(&self, distribution: &Distribution, news: &mut News) {
        use domain::record::DeliveryTrack::{Delivered, Failed};
        for addressee in distribution.recipients() {
            let Some(document) = distribution.document_of(addressee) else {
                continue;
            };
            if !matches!(document.delivery, Delivered | Failed) {
                continue;
            }
            let Some((sha256, bytes)) = record_bytes(document) else {
                continue;
            };
            let kept = news
                .kept
                .recipients
                .entry(addressee.partner_id.clone())
                .or_default();
            if kept.grid_record.as_ref() == Some(&sha256) {
                continue;
            }
            let told = json!({"distribution": distribution.number(), "partner": addressee.partner_id,
                "transaction": document.id, "sha": sha256});
            let mut entry = about(distribution, "gridrecord.stored", told);
            entry.occurred_at = Some(document.status_at);
            news.entries.push(entry);
            news.blobs.push(Blob::of(Bytes::from(bytes)));
            kept.grid_record = Some(sha256);
        }
    }

    /// Whoever has proven nothing in time is asked by another channel, once what came until then has been looked at.
    async fn ask_the_silent(&self, distribution: &Distribution) -> Result<bool, Refusal> {
        let now = self.now();
        let silent: Vec<(&Addressee, domain::Millis)> = distribution
            .recipients()
            .filter(|a| distribution.standing_of(a, now).state == RecipientState::Unproven)
            .filter_map(|a| Some((a, distribution.standing_of(a, now).due_at?)))
            .collect();
        if silent.is_empty() {
            return Ok(false);
        }
        let status = self.inner.cache.system_status().await.refuse()?;
        let pulled = status.iter().find(|s| s.system == System::Documents);
        let Some(pulled) = pulled.and_then(|s| s.last_success) else {
            return Ok(false);
        };
        let mut moved = false;
        for (addressee, due_at) in silent {
            let partner = addressee.partner_id.as_str();
            if pulled < due_at || self.reminded_at(distribution, partner).await?.is_some() {
                continue;
            }
            let definition = &distribution.definition;
            let sent = distribution.sent.get(partner);
            let number = distribution.number();
            let event = json!({
                "kind": "proof_overdue", "id": distribution.overdue_event(partner), "distribution": number,
                "subject": format!("{number}/{partner}"), "partner_id": partner, "name": addressee.name,
                "title": definition.letter.title, "notice": definition.letter.notice,
                "proof_words": proof_words(definition.proof), "hours": self.policy().distribution.unproven_hours,
                "transaction": sent.map(|s| s.transaction.as_str()).unwrap_or_default(),
            });
            match self
                .enqueue_following(&distribution.case_id, event, Vec::new())
                .await
            {
                Ok(()) => moved = true,
                Err(refusal) => {
                    tracing::info!(%refusal, distribution = number, "nobody is asked yet");
                }
            }
        }
        Ok(moved)
    }

    /// Nothing is awaited any more: the trail and the case say how it ended, and again where a late proof changed it.
    async fn tell_end(&self, distribution: &Distribution) -> Result<bool, Refusal> {
        let now = self.now();
        let counts = distribution.counts(now);
        let ended = matches!(
            counts.state(),
            DistributionState::Complete | DistributionState::Partial
        );
        if !ended || distribution.action.is_none() || distribution.kept.completed == Some(counts) {
            return Ok(false);
        }
        let mut news = News {
            kept: distribution.kept.clone(),
            ..News::default()
        };
        let first = news.kept.completed.is_none();
        news.kept.completed = Some(counts);
        if distribution.sent.is_empty() {
            // Nobody was sent to: it ended before it began, on this desktop.
            let told = json!({"distribution": distribution.number(), "n": counts.recipients});
            news.entries
                .push(about(distribution, "distribution.withdrawn", told));
            self.keep(distribution, news).await?;
            return Ok(true);
        }
        let told = json!({"distribution": distribution.number(), "proven": counts.proven, "unproven": counts.unproven,
            "failed": counts.failed});
        news.entries
            .push(about(distribution, "distribution.completed", told));
        if first {
            let class = &self.policy().distribution.retention_class;
            let told = json!({"distribution": distribution.number(), "class": class});
            news.entries
                .push(about(distribution, "retention.set", told));
        }
        self.file_proofs(distribution, counts).await?;
        self.keep(distribution, news).await?;
        Ok(true)
    }

    /// The proofs of a distribution as one file, and what the case is told.
    async fn file_proofs(
        &self,
        distribution: &Distribution,
        counts: Counts,
    ) -> Result<(), Refusal> {
        let ledger = &self.inner.ledger;
        let definition = domain::canonical::to_bytes(&distribution.definition)
            .map_err(|e| crate::problem::input(e.to_string()))?;
        let mut files = vec![("distribution.json".to_owned(), definition)];
        for (place, addressee) in (1..).zip(distribution.recipients()) {
            let Some(kept) = distribution.kept_of(&addressee.partner_id) else {
                continue;
            };
            let proof = kept.proof.as_ref().map(|p| p.sha256.as_str());
            for (what, sha256) in [("proof", proof), ("record", kept.grid_record.as_deref())] {
                if let Some(sha256) = sha256
                    && let Some(bytes) = ledger.blob(sha256).await.refuse()?
                {
                    files.push((format!("{place:05}-{what}.bin"), bytes.to_vec()));
                }
            }
        }
        let set = archive::write(&files).map_err(|e| crate::problem::input(e.to_string()))?;
        let sha256 = sha256_hex(&set);
        let event = json!({
            "kind": "distribution_settled", "id": format!("distribution/{}/settled/{sha256}", distribution.number()),
            "distribution": distribution.number(), "set": sha256, "short": short(&sha256),
            "recipients": counts.recipients, "proven": counts.proven, "unproven": counts.unproven,
            "failed": counts.failed,
        });
        let blobs = vec![Blob::of(Bytes::from(set))];
        self.enqueue_following(&distribution.case_id, event, blobs)
            .await
    }
}
