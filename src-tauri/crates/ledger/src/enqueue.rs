//! Accepting a plan: one transaction over intent, action, steps, gates, bytes and audit.

use domain::{
    ActionId, Millis, Refusal,
    action::{args_hash, step_key},
    canonical::sha256_hex,
    operation::Operation,
    plan::Plan,
    refusal::Code,
};

use crate::{Actor, AuditEntry, Blob, Ledger, LedgerError, lanes::Work};

/// A plan a person confirmed.
#[derive(Debug, Clone)]
pub struct Enqueue<'a> {
    /// The plan as it was shown.
    pub plan: &'a Plan,
    /// Who confirmed it.
    pub actor: &'a Actor,
    /// Bytes its steps name.
    pub blobs: Vec<Blob>,
    /// The person said to run it again.
    pub again: bool,
    /// The playbook may run any number of times on a case (a reply).
    pub repeatable: bool,
    /// Further records of the decision, beside `op.queued` for each step.
    pub audit: Vec<AuditEntry>,
    /// Now.
    pub now: Millis,
}

/// Steps that follow from an event without a person.
#[derive(Debug, Clone)]
pub struct Derived {
    /// The plan; its intent and its keys come from the event alone.
    pub plan: Plan,
    /// Bytes its steps name.
    pub blobs: Vec<Blob>,
    /// The machine; or the person who confirmed that it would follow.
    pub actor: Actor,
    /// Further records, beside `op.queued` for each step.
    pub audit: Vec<AuditEntry>,
}

impl Ledger {
    /// Accepts a plan, once: the same intent again gives the action it became.
    ///
    /// # Errors
    /// `E_DUP` when the same playbook is open or done on this case already; `E_HASH` and `E_FIELD` when the plan does not
    /// fit together; else a [`LedgerError`].
    pub async fn enqueue(&self, request: Enqueue<'_>) -> Result<ActionId, LedgerError> {
        self.enqueue_urgent(request, None).await
    }

    /// The same, where a person sends it in quiet hours all the same, for a reason.
    ///
    /// # Errors
    /// As [`Ledger::enqueue`].
    pub async fn enqueue_urgent(
        &self,
        request: Enqueue<'_>,
        urgent: Option<&str>,
    ) -> Result<ActionId, LedgerError> {
        let plan = request.plan;
        for step in &plan.steps {
            let hash = args_hash(&step.args).map_err(|e| LedgerError::field(e.to_string()))?;
            let key = step_key(&plan.intent, step.number, &hash);
            // A claim may be keyed by who claims, or several desktops would be answered that they have won.
            let keyed = key == step.key || step.operation == Operation::Claim;
            if hash != step.content_hash || !keyed {
                return Err(Refusal::new(
                    Code::Hash,
                    "A step is not the one that was shown, so nothing was queued.",
                )
                .with(serde_json::json!({"step": step.id}))
                .into());
            }
        }
        let mut work = Work::begin(self, request.now).await?;
        if let Some(known) = work.known_action(plan.intent.as_str()).await? {
            return Ok(known);
        }
        if !request.again && !request.repeatable {
            work.refuse_duplicate(plan).await?;
        }
        let action = work
            .accept(
                plan,
                request.actor,
                &request.blobs,
                false,
                &self.policy_hash(),
            )
            .await?;
        for entry in request.audit {
            work.audit(request.actor, entry).await?;
        }
        if let Some(reason) = urgent {
            let seq: i64 = sqlx::query_scalar("select seq from action where id = ?")
                .bind(action.as_str())
                .fetch_one(&mut *work.tx)
                .await?;
            work.put_urgent(seq, request.actor, reason).await?;
        }
        work.commit().await?;
        Ok(action)
    }

    /// Accepts what follows from events, ignoring what is known by its key, and moves the position of the feed on, both or
    /// neither. Gives the actions that are new.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn enqueue_derived(
        &self,
        feed: &str,
        position: i64,
        derived: &[Derived],
        now: Millis,
    ) -> Result<Vec<ActionId>, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let accepted = work.accept_new(derived, &self.policy_hash()).await?;
        sqlx::query(
            "insert into derive_position (feed, position, at) values (?, ?, ?)
             on conflict (feed) do update set position = excluded.position, at = excluded.at
             where excluded.position > derive_position.position",
        )
        .bind(feed)
        .bind(position)
        .bind(now.0)
        .execute(&mut *work.tx)
        .await?;
        work.commit().await?;
        Ok(accepted)
    }

    /// Accepts what follows from something this ledger itself came to know, ignoring what is known by its key. Gives the
    /// actions that are new.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn enqueue_following(
        &self,
        derived: &[Derived],
        now: Millis,
    ) -> Result<Vec<ActionId>, LedgerError> {
        let mut work = Work::begin(self, now).await?;
        let accepted = work.accept_new(derived, &self.policy_hash()).await?;
        work.commit().await?;
        Ok(accepted)
    }

    /// Up to where a feed has been read; 0 at the beginning.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn derive_position(&self, feed: &str) -> Result<i64, LedgerError> {
        Ok(
            sqlx::query_scalar("select position from derive_position where feed = ?")
                .bind(feed)
                .fetch_optional(self.reader().pool())
                .await?
                .unwrap_or(0),
        )
    }
}

impl Work<'_> {
    async fn accept_new(
        &mut self,
        derived: &[Derived],
        policy_hash: &str,
    ) -> Result<Vec<ActionId>, LedgerError> {
        let mut accepted = Vec::new();
        for Derived {
            plan,
            blobs,
            actor,
            audit,
        } in derived
        {
            let keys: Vec<&str> = plan.steps.iter().map(|s| s.key.as_str()).collect();
            let keys =
                serde_json::to_string(&keys).map_err(|e| LedgerError::field(e.to_string()))?;
            let known: i64 = sqlx::query_scalar(
                "select count(*) from step where key in (select value from json_each(?))",
            )
            .bind(keys)
            .fetch_one(&mut *self.tx)
            .await?;
            if known > 0 || self.known_action(plan.intent.as_str()).await?.is_some() {
                continue;
            }
            accepted.push(self.accept(plan, actor, blobs, true, policy_hash).await?);
            for entry in audit {
                self.audit(actor, entry.clone()).await?;
            }
        }
        Ok(accepted)
    }

    async fn known_action(&mut self, intent: &str) -> Result<Option<ActionId>, LedgerError> {
        let id: Option<String> = sqlx::query_scalar("select id from action where intent = ?")
            .bind(intent)
            .fetch_optional(&mut *self.tx)
            .await?;
        Ok(id.map(ActionId))
    }

    async fn refuse_duplicate(&mut self, plan: &Plan) -> Result<(), LedgerError> {
        let earlier: Option<(String, String, String, i64)> = sqlx::query_as(
            "select id, title, state, created_at from action
             where case_ref = ? and playbook = ? and state <> 'cancelled' order by seq desc limit 1",
        )
        .bind(plan.case.to_string())
        .bind(&plan.playbook)
        .fetch_optional(&mut *self.tx)
        .await?;
        let Some((action, title, state, at)) = earlier else {
            return Ok(());
        };
        let what = if state == "open" { "under way" } else { "done" };
        Err(Refusal::new(
            Code::Duplicate,
            format!("'{title}' is {what} on this case already."),
        )
        .with(serde_json::json!({"action_id": action, "state": state, "at": Millis(at).rfc3339()}))
        .into())
    }
}

pub(crate) fn action_id(plan: &Plan) -> ActionId {
    let hash = sha256_hex(plan.intent.as_str().as_bytes());
    ActionId(format!("a-{}", hash.get(..16).unwrap_or(&hash)))
}

pub(crate) fn step_id(action: &ActionId, number: u32) -> String {
    format!("{action}.{number}")
}

pub(crate) fn text<T: serde::Serialize>(value: &T) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|e| LedgerError::field(e.to_string()))
}
