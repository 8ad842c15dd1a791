//! What a batch was made from is looked at once more after it was signed: between confirming and signing lie days, in which an
//! order is shipped, an address changes or an approval is taken back.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Millis, Refusal, System,
    batch::Sheet,
    operation::Operation,
    plan::{GateKind, GateState},
};
use ledger::{Actor, BatchStep, GateRow};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{
    Desk,
    batches::{RECHECK_GATE, REVIEW_GATE},
    problem::{Refuse, input},
    statements,
    view::{OutreachInput, StatementInput},
};

fn entered<T: DeserializeOwned>(sheet: &Sheet) -> Result<T, Refusal> {
    serde_json::from_value(sheet.input.clone()).map_err(|e| {
        input(format!(
            "What was entered for {} does not read: {e}",
            sheet.batch
        ))
    })
}

impl Desk {
    /// Batches that are signed, once what they were made from has been read after the last signature.
    pub(crate) async fn recheck_batches(&self) -> Result<bool, Refusal> {
        let mut moved = false;
        for (gate, signed_at) in self.signed_batches().await? {
            if !self.read_since(&gate, signed_at).await? {
                continue;
            }
            let Some(sheet) = self.sheet_of(&gate.action_id).await? else {
                continue;
            };
            match self.changed_since(&gate, &sheet).await {
                Ok(changed) => moved |= self.go_on_with(&gate, &sheet, &changed).await?,
                Err(refusal) => {
                    tracing::warn!(%refusal, batch = %sheet.batch, "looked at again with the next delivery")
                }
            }
        }
        Ok(moved)
    }

    /// Reads what signed batches wait for, where that can be read. Gives whether it did.
    pub(crate) async fn read_for_rechecks(&self) -> Result<bool, Refusal> {
        if !self.inner.network.is_online() {
            return Ok(false);
        }
        let mut wanted = BTreeSet::new();
        for (gate, signed_at) in self.signed_batches().await? {
            if !self.read_since(&gate, signed_at).await? {
                wanted.extend(self.sources_of(&gate));
            }
        }
        if wanted.is_empty() {
            return Ok(false);
        }
        let wanted: Vec<System> = wanted.into_iter().collect();
        let report = self.pull(&wanted, false).await?;
        Ok(report.iter().all(|r| r.error.is_none()))
    }

    /// Open gates of batches whose review is passed, and when it was.
    async fn signed_batches(&self) -> Result<Vec<(GateRow, Millis)>, Refusal> {
        let ledger = &self.inner.ledger;
        let mut signed = Vec::new();
        for gate in ledger.open_gates(GateKind::LiveCheck).await.refuse()? {
            if gate.id != RECHECK_GATE {
                continue;
            }
            let gates = ledger.gates(&gate.action_id).await.refuse()?;
            let passed = |g: &&GateRow| g.id == REVIEW_GATE && g.state == GateState::Passed;
            if let Some(at) = gates.iter().find(passed).map(|g| g.changed_at) {
                signed.push((gate, at));
            }
        }
        Ok(signed)
    }

    /// What a batch is made from.
    fn sources_of(&self, gate: &GateRow) -> Vec<System> {
        let all: &[System] = if gate.playbook == statements::PLAYBOOK {
            &[System::Community, System::Exstream]
        } else {
            &[System::Documents, System::Community, System::Exstream]
        };
        let connected = self.connected();
        all.iter()
            .copied()
            .filter(|s| connected.contains(s))
            .collect()
    }

    /// Whether all of it was asked for at or after a time, and answered.
    async fn read_since(&self, gate: &GateRow, at: Millis) -> Result<bool, Refusal> {
        let status = self.inner.cache.system_status().await.refuse()?;
        let is_fresh = |system: &System| {
            let of = status.iter().find(|s| s.system == *system);
            of.is_some_and(|s| {
                s.last_attempt.is_some_and(|asked| asked >= at) && s.last_success >= s.last_attempt
            })
        };
        Ok(self.sources_of(gate).iter().all(is_fresh))
    }

    /// Numbers of the notices that would not be made like that any more.
    async fn changed_since(
        &self,
        gate: &GateRow,
        sheet: &Sheet,
    ) -> Result<BTreeSet<String>, Refusal> {
        let own: BTreeSet<String> = sheet.notices.iter().map(|n| n.notice.clone()).collect();
        let mut now: BTreeMap<String, String> = BTreeMap::new();
        if gate.playbook == statements::PLAYBOOK {
            let args: StatementInput = entered(sheet)?;
            let drafted = self.draft_statements(&args, &own).await?;
            for of in &drafted.found.statements {
                now.insert(of.notice.clone(), drafted.fingerprint(of)?);
            }
        } else {
            let args: OutreachInput = entered(sheet)?;
            let drafted = self.draft_outreach(&args, &own).await?;
            for of in &drafted.outreach.notices {
                now.insert(of.notice.clone(), drafted.fingerprint(of)?);
            }
        }
        let changed = sheet.notices.iter().filter(|entry| {
            let known = !entry.fingerprint.is_empty();
            known && now.get(&entry.notice) != Some(&entry.fingerprint)
        });
        Ok(changed.map(|entry| entry.notice.clone()).collect())
    }

    /// Statements are signed as one total: one that changed voids all of them. Of an outreach only those are taken out that
    /// changed; what the others are told is true still.
    async fn go_on_with(
        &self,
        gate: &GateRow,
        sheet: &Sheet,
        changed: &BTreeSet<String>,
    ) -> Result<bool, Refusal> {
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        let all = changed.len() == sheet.notices.len();
        let void = !changed.is_empty() && (all || gate.playbook == statements::PLAYBOOK);
        let names: Vec<&String> = changed.iter().take(20).collect();
        let facts = json!({"batch": sheet.batch, "root": sheet.root, "changed": changed.len(), "notices": names});
        if void {
            let reason = format!(
                "What {} of {} notices are made from has changed since they were confirmed.",
                changed.len(),
                sheet.notices.len()
            );
            self.record(gate, "batch.invalidated", facts).await?;
            ledger
                .fail_gate(&gate.action_id, &gate.id, &actor, &reason, now)
                .await
                .refuse()?;
            ledger
                .cancel_action(&gate.action_id, &actor, &reason, now)
                .await
                .refuse()?;
            return Ok(true);
        }
        self.take_out(gate, changed).await?;
        self.record(gate, "batch.rechecked", facts).await?;
        ledger
            .pass_gate(&gate.action_id, &gate.id, &actor, now)
            .await
            .refuse()?;
        Ok(true)
    }

    /// Withdraws the claim and the release of these notices of a batch.
    async fn take_out(&self, gate: &GateRow, notices: &BTreeSet<String>) -> Result<(), Refusal> {
        if notices.is_empty() {
            return Ok(());
        }
        let (ledger, actor, now) = (&self.inner.ledger, Actor::system(), self.now());
        let steps = async |operation| {
            ledger
                .batch_steps(&gate.action_id, operation)
                .await
                .refuse()
        };
        let releases = steps(Operation::Release).await?;
        let claims = steps(Operation::Claim).await?;
        let claims: BTreeMap<&str, &BatchStep> =
            claims.iter().map(|s| (s.name.as_str(), s)).collect();
        let is_open = |s: &&BatchStep| !matches!(s.state.as_str(), "confirmed" | "cancelled");
        let reason = "What it is made from has changed since it was confirmed.";
        for release in releases.iter().filter(|s| notices.contains(&s.notice)) {
            let claim = claims.get(release.name.replacen("release", "claim", 1).as_str());
            // The release goes with the claim it waits on.
            let step = claim
                .copied()
                .filter(is_open)
                .or(Some(release).filter(is_open));
            if let Some(step) = step {
                ledger
                    .cancel(&step.id, &actor, reason, now)
                    .await
                    .refuse()?;
            }
        }
        Ok(())
    }
}
