//! A plan into its tables: action, gates, steps, dependencies, bytes.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ActionId, Refusal,
    action::lane,
    plan::{Gate, GateState, Plan, PlannedStep},
    refusal::Code,
};
use sqlx::QueryBuilder;

use crate::{
    Actor, AuditEntry, Blob, LedgerError, blobs,
    enqueue::{action_id, step_id, text},
    lanes::Work,
    references,
    rows::seal,
    topic,
};

impl Work<'_> {
    pub(crate) async fn accept(
        &mut self,
        plan: &Plan,
        actor: &Actor,
        given: &[Blob],
        derived: bool,
        policy_hash: &str,
    ) -> Result<ActionId, LedgerError> {
        let links = links(plan)?;
        for blob in given {
            blobs::keep(&mut self.tx, blob, self.now).await?;
        }
        self.require_blobs(plan).await?;
        let id = action_id(plan);
        let action = self
            .put_action(plan, actor, &id, derived, policy_hash)
            .await?;
        self.put_gates(plan, action).await?;
        let seqs = self.put_steps(plan, action, &id, &links).await?;
        self.put_dependencies(plan, &links, &seqs).await?;
        self.actions.insert(action);
        for step in &plan.steps {
            let mut entry = AuditEntry::new("op.queued", &plan.case);
            entry.case = Some(plan.case.clone());
            entry.key = Some(step.key.0.clone());
            entry.after_hash = Some(step.content_hash.clone());
            entry.facts = serde_json::json!({
                "action": id.as_str(),
                "step": step_id(&id, step.number),
                "playbook": plan.playbook,
                "system": step.operation.system(),
                "operation": step.operation,
            });
            self.audit(actor, entry).await?;
        }
        Ok(id)
    }

    /// Bytes named in plain must be here when the step is accepted; those an earlier step produces come later.
    async fn require_blobs(&mut self, plan: &Plan) -> Result<(), LedgerError> {
        for step in &plan.steps {
            let Some(name) = step.args.get("blob").and_then(|v| v.as_str()) else {
                continue;
            };
            if !blobs::has(&mut self.tx, name).await? {
                return Err(Refusal::new(
                    Code::Field,
                    "The bytes of an attachment are missing, so nothing was queued.",
                )
                .with(serde_json::json!({"step": step.id, "blob": name}))
                .into());
            }
        }
        Ok(())
    }

    async fn put_action(
        &mut self,
        plan: &Plan,
        actor: &Actor,
        id: &ActionId,
        derived: bool,
        policy_hash: &str,
    ) -> Result<i64, LedgerError> {
        let case = plan.case.to_string();
        let seq: i64 = sqlx::query_scalar(
            "insert into action (id, intent, playbook, use_case, title, case_ref, person, zone, on_behalf_of, policy_hash,
             derived, skipped, state, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?) returning seq",
        )
        .bind(id.as_str())
        .bind(plan.intent.as_str())
        .bind(&plan.playbook)
        .bind(&plan.use_case)
        .bind(&plan.title)
        .bind(&case)
        .bind(actor.person.as_str())
        .bind(&actor.zone)
        .bind(actor.on_behalf_of.as_ref().map(domain::PersonId::as_str))
        .bind(policy_hash)
        .bind(derived)
        .bind(text(&plan.skipped)?)
        .bind(self.now.0)
        .fetch_one(&mut *self.tx)
        .await?;
        sqlx::query(
            "insert into intent (id, playbook, case_ref, person, shown_at, action) values (?, ?, ?, ?, ?, ?)
             on conflict (id) do update set action = excluded.action",
        )
        .bind(plan.intent.as_str())
        .bind(&plan.playbook)
        .bind(&case)
        .bind(actor.person.as_str())
        .bind(self.now.0)
        .bind(seq)
        .execute(&mut *self.tx)
        .await?;
        Ok(seq)
    }

    async fn put_gates(&mut self, plan: &Plan, action: i64) -> Result<(), LedgerError> {
        let now = self.now.0;
        let gates: Vec<(i64, &Gate)> = (0..).zip(&plan.gates).collect();
        for gates in gates.chunks(500) {
            QueryBuilder::new("insert into gate (action, id, place, kind, state, changed_at) ")
                .push_values(gates, |mut row, (place, gate)| {
                    row.push_bind(action)
                        .push_bind(&gate.id)
                        .push_bind(place)
                        .push_bind(gate.kind.as_str())
                        .push_bind(gate.state.as_str())
                        .push_bind(now);
                })
                .build()
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    async fn put_steps(
        &mut self,
        plan: &Plan,
        action: i64,
        id: &ActionId,
        links: &[Links],
    ) -> Result<BTreeMap<String, i64>, LedgerError> {
        let now = self.now.0;
        let next: i64 = sqlx::query_scalar("select coalesce(max(seq), 0) + 1 from step")
            .fetch_one(&mut *self.tx)
            .await?;
        let mut rows = Vec::with_capacity(plan.steps.len());
        let mut seqs = BTreeMap::new();
        for ((seq, step), links) in (next..).zip(&plan.steps).zip(links) {
            let lane = lane(
                step.operation.system(),
                &plan.case.remote_id,
                step.lane.as_deref(),
            );
            let args = text(&step.args)?;
            self.lanes.insert(lane.clone());
            let step_id = step_id(id, step.number);
            self.tx.announce(topic::STEP, step_id.clone());
            seqs.insert(step.id.clone(), seq);
            rows.push(NewStep {
                seq,
                seal: seal(
                    step.key.as_str(),
                    step.operation.as_str(),
                    &lane,
                    &step.content_hash,
                    &args,
                ),
                id: step_id,
                lane,
                args,
                waits_on: text(&step.waits_on)?,
                overlay: text(&step.overlay)?,
                step,
                links,
            });
        }
        // 25 values each; SQLite takes 32,766 in one statement.
        for rows in rows.chunks(500) {
            QueryBuilder::new(
                "insert into step (seq, id, action, number, name, system, operation, level, lane, lane_order, subject, args,
                 content_hash, key, seal, waits_on, offline_class, optional, overlay, state, wait_reason, attempts, gated,
                 created_at, changed_at) ",
            )
            .push_values(rows, |mut row, new| {
                let step = new.step;
                row.push_bind(new.seq)
                    .push_bind(&new.id)
                    .push_bind(action)
                    .push_bind(step.number)
                    .push_bind(&step.id)
                    .push_bind(step.operation.system().as_str())
                    .push_bind(step.operation.as_str())
                    .push_bind(step.operation.level().as_str())
                    .push_bind(&new.lane)
                    .push_bind(new.seq)
                    .push_bind(&step.subject)
                    .push_bind(&new.args)
                    .push_bind(&step.content_hash)
                    .push_bind(step.key.as_str())
                    .push_bind(&new.seal)
                    .push_bind(&new.waits_on)
                    .push_bind(step.offline_class.as_str())
                    .push_bind(step.optional)
                    .push_bind(&new.overlay)
                    .push_bind(if new.links.is_free() { "queued" } else { "waiting" })
                    .push_bind(new.links.wait_reason())
                    .push_bind(0_i64)
                    .push_bind(new.links.gated)
                    .push_bind(now)
                    .push_bind(now);
            })
            .build()
            .execute(&mut *self.tx)
            .await?;
        }
        Ok(seqs)
    }

    async fn put_dependencies(
        &mut self,
        plan: &Plan,
        links: &[Links],
        seqs: &BTreeMap<String, i64>,
    ) -> Result<(), LedgerError> {
        let mut rows: Vec<(i64, Option<i64>, Option<&str>)> = Vec::new();
        for (step, links) in plan.steps.iter().zip(links) {
            let Some(seq) = seqs.get(&step.id).copied() else {
                continue;
            };
            for name in &links.steps {
                rows.push((seq, seqs.get(name).copied(), None));
            }
            for gate in &links.gates {
                rows.push((seq, None, Some(gate)));
            }
        }
        for rows in rows.chunks(1_000) {
            QueryBuilder::new("insert into dependency (step, on_step, on_gate) ")
                .push_values(rows, |mut row, (step, on_step, on_gate)| {
                    row.push_bind(step).push_bind(on_step).push_bind(on_gate);
                })
                .build()
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }
}

struct NewStep<'a> {
    seq: i64,
    id: String,
    lane: String,
    args: String,
    seal: String,
    waits_on: String,
    overlay: String,
    step: &'a PlannedStep,
    links: &'a Links,
}

/// What a step waits on when it is accepted.
#[derive(Debug, Default)]
struct Links {
    steps: BTreeSet<String>,
    gates: BTreeSet<String>,
    /// Behind an open gate, itself or by a step it waits on.
    gated: bool,
}

impl Links {
    fn is_free(&self) -> bool {
        self.steps.is_empty() && self.gates.is_empty()
    }

    fn wait_reason(&self) -> Option<&'static str> {
        use domain::step::WaitReason as W;
        if !self.gates.is_empty() {
            Some(W::OnGate.as_str())
        } else if !self.steps.is_empty() {
            Some(W::OnStep.as_str())
        } else {
            None
        }
    }
}

/// Checks that a plan fits together (names unique, steps waiting only on gates and on steps before them) and gives what
/// each step waits on, references to receipts included.
fn links(plan: &Plan) -> Result<Vec<Links>, LedgerError> {
    let wrong = |step: &PlannedStep, what: &str| {
        LedgerError::from(
            Refusal::new(
                Code::Field,
                format!("The plan does not fit together: {what}."),
            )
            .with(serde_json::json!({"step": step.id})),
        )
    };
    let gates: BTreeMap<&str, GateState> = plan
        .gates
        .iter()
        .map(|gate| (gate.id.as_str(), gate.state))
        .collect();
    let mut gated_before: BTreeMap<&str, bool> = BTreeMap::new();
    let mut numbers = BTreeSet::new();
    let mut all = Vec::with_capacity(plan.steps.len());
    for step in &plan.steps {
        let mut links = Links::default();
        let wanted = step.waits_on.iter().cloned();
        for name in wanted.chain(references::names(&step.args)) {
            if let Some(state) = gates.get(name.as_str()) {
                match state {
                    GateState::Open => {
                        links.gates.insert(name);
                    }
                    GateState::Passed => {}
                    GateState::Failed => return Err(wrong(step, "a gate has failed already")),
                }
            } else if let Some(gated) = gated_before.get(name.as_str()) {
                links.gated |= gated;
                links.steps.insert(name);
            } else {
                return Err(wrong(step, "a step waits on what is not before it"));
            }
        }
        links.gated |= !links.gates.is_empty();
        if gates.contains_key(step.id.as_str())
            || gated_before.insert(&step.id, links.gated).is_some()
            || !numbers.insert(step.number)
        {
            return Err(wrong(step, "a name or number stands twice"));
        }
        all.push(links);
    }
    Ok(all)
}
