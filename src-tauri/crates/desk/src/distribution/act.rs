//! What a person does in a distribution that did not reach everybody.

use std::collections::BTreeMap;

use domain::{
    IntentId, Refusal,
    distribution::{DistributionState, RecipientState},
    operation::Operation,
    playbook,
    refusal::Code,
    step::{Attention, StepState},
};
use ledger::AuditEntry;
use serde_json::{Value, json};

use super::{Distribution, RETRY};
use crate::Desk;

impl Desk {
    /// Whether something of a distribution can be sent again.
    ///
    /// # Errors
    /// `E_STATE` saying why not; `E_HASH` when what it rests on does not stand any more.
    pub(crate) async fn may_retry(&self, distribution: &Distribution) -> Result<(), Refusal> {
        let state = |words: &str| Err(Refusal::new(Code::State, words));
        if distribution.action.is_none() {
            return state("A distribution is sent again on the desktop that launched it.");
        }
        let now = self.now();
        let failed = |state| state == RecipientState::Failed;
        let mut states = distribution
            .recipients()
            .map(|a| distribution.standing_of(a, now).state);
        if !states.any(failed) {
            return state("Nothing of this distribution failed.");
        }
        if distribution.state(now) == DistributionState::Ready {
            return state("It goes out still.");
        }
        self.approval_of(&distribution.definition.letter).await
    }

    /// Sends again what was refused, and has the grid deliver again what it could not deliver; nothing else. Gives to how many.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; `E_STATE` when nothing failed, or it was launched elsewhere; `E_HASH` when the approval does not stand any
    /// more; `E_OFFLINE`; `E_FORBIDDEN` for auditors.
    pub async fn retry_distribution(&self, id: &str) -> Result<u32, Refusal> {
        self.may_act()?;
        let distribution = self.find_distribution(id).await?;
        self.may_retry(&distribution).await?;
        if !self.inner.network.is_online() {
            let words = "The grid has to be reached to deliver again.";
            return Err(Refusal::new(Code::Offline, words));
        }
        let Some(action) = &distribution.action else {
            return Err(Refusal::new(Code::State, "It was launched elsewhere."));
        };
        let mut again = 0;
        for step in self.steps_of(&action.id).await? {
            let refused = StepState::NeedsAttention {
                attention: Attention::Refused,
            };
            if step.op == Some(Operation::SendDocument) && step.state == refused {
                self.retry_step(&step.id).await?;
                again += 1;
            }
        }
        let now = self.now();
        let undelivered: Vec<Value> = distribution
            .recipients()
            .filter(|a| distribution.standing_of(a, now).state == RecipientState::Failed)
            .filter_map(|a| {
                let sent = distribution.sent.get(&a.partner_id)?;
                Some(json!({"partner_id": a.partner_id, "name": a.name, "transaction": sent.transaction}))
            })
            .collect();
        if !undelivered.is_empty() {
            again += u32::try_from(undelivered.len()).unwrap_or(u32::MAX);
            self.deliver_again(&distribution, undelivered).await?;
        }
        if again == 0 {
            let words = "What failed was withdrawn; it is sent with a new distribution.";
            return Err(Refusal::new(Code::State, words));
        }
        Ok(again)
    }

    async fn deliver_again(
        &self,
        distribution: &Distribution,
        recipients: Vec<Value>,
    ) -> Result<(), Refusal> {
        let playbook = self.inner.library.find(RETRY)?.clone();
        let known = self.know(&distribution.case_id).await?;
        let intent = IntentId(uuid::Uuid::now_v7().to_string());
        let mut facts = self.facts_of(&known, &playbook, &BTreeMap::new(), &intent);
        let number = distribution.number();
        let told = json!({"distribution": number, "n": recipients.len()});
        if let Some(values) = facts.values.as_object_mut() {
            let notice = &distribution.definition.letter.notice;
            let retry = json!({"distribution": number, "notice": notice, "recipients": recipients});
            values.insert("retry".into(), retry);
        }
        let plan = playbook::plan(&playbook, &facts, &BTreeMap::new(), &intent)?;
        let entry = AuditEntry::new("distribution.retried", &plan.case).with(told);
        self.accept(&plan, Vec::new(), vec![entry]).await?;
        Ok(())
    }
}
