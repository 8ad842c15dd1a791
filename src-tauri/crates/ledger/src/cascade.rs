//! What a settled step means for those that wait on it.

use domain::step::{StepEvent, StepState, WaitReason};

use crate::{
    Actor, LedgerError,
    lanes::Work,
    references,
    rows::{StepRecord, select_steps, wait_reason},
};

impl Work<'_> {
    /// Steps that waited on this one go on, unless they wait on more.
    pub(crate) async fn release_dependents(&mut self, seq: i64) -> Result<(), LedgerError> {
        let waiting = self.dependents(seq).await?;
        if waiting.is_empty() {
            return Ok(());
        }
        sqlx::query("delete from dependency where on_step = ?")
            .bind(seq)
            .execute(&mut *self.tx)
            .await?;
        for step in waiting {
            self.let_go(&step).await?;
        }
        Ok(())
    }

    /// Queues a step that has nothing more to wait on, else says what it waits on now.
    pub(crate) async fn let_go(&mut self, step: &StepRecord) -> Result<(), LedgerError> {
        let waits = step.state == "waiting"
            && matches!(step.wait_reason.as_deref(), Some("on_step" | "on_gate"));
        if !waits {
            return Ok(());
        }
        match wait_reason(&mut self.tx, step.seq).await? {
            None => {
                self.advance(step, StepEvent::Released, step.attempts(), None)
                    .await?;
            }
            Some(reason) if step.wait_reason.as_deref() != Some(reason.as_str()) => {
                self.advance(
                    step,
                    StepEvent::Held {
                        reason,
                        until: None,
                    },
                    step.attempts(),
                    None,
                )
                .await?;
            }
            Some(_) => {}
        }
        Ok(())
    }

    pub(crate) async fn dependents(&mut self, seq: i64) -> Result<Vec<StepRecord>, LedgerError> {
        Ok(sqlx::query_as(select_steps!(
            "where s.seq in (select step from dependency where on_step = ?) order by s.seq"
        ))
        .bind(seq)
        .fetch_all(&mut *self.tx)
        .await?)
    }

    /// Withdraws a step and, with it, every step that cannot do without it. A step that only comes after it goes on when
    /// this one was optional, or when `others_go_on` (what it wanted stands already).
    pub(crate) async fn withdraw(
        &mut self,
        step: &StepRecord,
        actor: &Actor,
        reason: &str,
        others_go_on: bool,
    ) -> Result<usize, LedgerError> {
        let mut withdrawn = 0;
        let mut stack = vec![(step.clone(), reason.to_owned(), others_go_on)];
        while let Some((step, reason, others_go_on)) = stack.pop() {
            // Another branch may have taken it along meanwhile.
            let step = self.by_seq(step.seq).await?;
            if step.shown_state() == StepState::Cancelled {
                continue;
            }
            self.advance(
                &step,
                StepEvent::CancelledByPerson,
                step.attempts(),
                Some(&reason),
            )
            .await?;
            withdrawn += 1;
            self.audit(actor, step.audit("op.cancelled").because(&reason))
                .await?;
            sqlx::query("delete from dependency where step = ?")
                .bind(step.seq)
                .execute(&mut *self.tx)
                .await?;
            for dependent in self.dependents(step.seq).await? {
                let needs = serde_json::from_str(&dependent.args)
                    .is_ok_and(|args| references::names(&args).contains(&step.name));
                if needs || !(step.optional || others_go_on) {
                    // For the reason the first one was: which step it hung on, its place in the plan says.
                    stack.push((dependent, reason.clone(), false));
                } else {
                    sqlx::query("delete from dependency where step = ? and on_step = ?")
                        .bind(dependent.seq)
                        .bind(step.seq)
                        .execute(&mut *self.tx)
                        .await?;
                    self.let_go(&dependent).await?;
                }
            }
        }
        self.regate(step.action).await?;
        Ok(withdrawn)
    }

    /// Works out again which steps of an action stand behind an open gate.
    pub(crate) async fn regate(&mut self, action: i64) -> Result<(), LedgerError> {
        let changed: Vec<String> = sqlx::query_scalar(
            "with recursive behind (seq) as (
                 select d.step from dependency d join step s on s.seq = d.step
                     where s.action = ?1 and d.on_gate is not null
                 union select d.step from dependency d join behind b on d.on_step = b.seq)
             update step set gated = seq in behind
             where action = ?1 and open = 1 and gated <> (seq in behind) returning lane",
        )
        .bind(action)
        .fetch_all(&mut *self.tx)
        .await?;
        self.lanes.extend(changed);
        Ok(())
    }

    /// Puts a step that is not under way back behind a gate.
    pub(crate) async fn hold_behind_gate(
        &mut self,
        step: &StepRecord,
        gate: &str,
    ) -> Result<(), LedgerError> {
        sqlx::query("insert into dependency (step, on_gate) values (?, ?)")
            .bind(step.seq)
            .bind(gate)
            .execute(&mut *self.tx)
            .await?;
        self.advance(
            step,
            StepEvent::Held {
                reason: WaitReason::OnGate,
                until: None,
            },
            step.attempts(),
            None,
        )
        .await?;
        Ok(())
    }
}
