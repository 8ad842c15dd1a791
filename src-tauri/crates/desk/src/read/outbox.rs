//! The outbox: actions with their steps and gates, what blocks what, and one step opened.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ActionId, Refusal, System,
    merge::{self, FieldVerdict},
    plan::GateState,
    step::{Attention, StepState},
};
use ledger::{Resolution, Side, StepDetail, StepFilter, StepRow};
use serde_json::Value;

use super::{gate::gate_row, words};
use crate::{
    Desk,
    problem::{Refuse, input},
    view::{
        AttemptRow, ConflictField, ConflictView, ListOutbox, OutboxGroup, OutboxRow, OutboxView,
        ResolveInput, StatusWord, StepView, SystemName, Tone,
    },
};

/// Steps read for one screen.
const MOST: u32 = 2_000;

impl Desk {
    /// The outbox as the screen shows it.
    ///
    /// # Errors
    /// Failures of the ledger.
    pub async fn outbox(&self, args: &ListOutbox) -> Result<OutboxView, Refusal> {
        let ledger = &self.inner.ledger;
        let state = args.state.as_deref().unwrap_or("open");
        let states: Vec<String> = match state {
            "open" => Vec::new(),
            "to_decide" => vec!["needs_attention".to_owned()],
            other => vec![other.to_owned()],
        };
        let filter = StepFilter {
            open: state == "open",
            states,
            newest_first: state == "confirmed",
            ..StepFilter::default()
        };
        let steps = ledger.list_steps(&filter, MOST, 0).await.refuse()?;
        let mut groups: Vec<OutboxGroup> = Vec::new();
        let mut done: BTreeSet<String> = BTreeSet::new();
        for step in &steps {
            if done.insert(step.action_id.clone()) {
                groups.extend(self.group(&ActionId(step.action_id.clone())).await?);
            }
        }
        if state == "to_decide" {
            // A gate that stopped a plan is a decision, too.
            for gate in ledger.stopped_gates().await.refuse()? {
                if done.insert(gate.action_id.to_string()) {
                    groups.extend(self.group(&gate.action_id).await?);
                }
            }
        }
        groups.sort_by_key(|g| {
            (
                !g.rows
                    .iter()
                    .any(|r| matches!(r.status.tone, Tone::Conflict | Tone::Fail)),
                g.rows.iter().filter_map(|r| r.since).min(),
            )
        });
        let counts = ledger.counts().await.refuse()?;
        Ok(OutboxView {
            counts: self.outbox_counts().await?,
            groups,
            last_confirmed_at: counts.last_confirmed_at.map(|at| at.0),
        })
    }

    async fn group(&self, action: &ActionId) -> Result<Option<OutboxGroup>, Refusal> {
        let steps = self.steps_of(action).await?;
        let Some(first) = steps.first() else {
            return Ok(None);
        };
        let gates = self.inner.ledger.gates(action).await.refuse()?;
        let person = self.person().id;
        let case_id = crate::facts::case_id(&first.case).to_owned();
        let case = self
            .inner
            .cache
            .case(&case_id, person.as_str())
            .await
            .refuse()?;
        let number_of: BTreeMap<&str, u32> =
            steps.iter().map(|s| (s.name.as_str(), s.number)).collect();
        // Each gate before the first step it holds.
        let mut gates: Vec<_> = gates
            .iter()
            // What passes by itself is said on the steps it holds.
            .filter(|g| g.state != GateState::Passed && !ledger::TIMED.contains(&g.kind))
            .collect();
        let mut rows: Vec<OutboxRow> = Vec::new();
        for step in &steps {
            gates.retain(|gate| {
                let holds = step.waits_on.contains(&gate.id);
                if holds {
                    rows.push(gate_row(gate, &steps));
                }
                !holds
            });
            let mut row = outbox_row(step, &steps, &number_of);
            self.say_when(&mut row, step);
            rows.push(row);
        }
        rows.extend(gates.into_iter().map(|gate| gate_row(gate, &steps)));
        let confirmed = steps
            .iter()
            .filter(|s| matches!(s.state, StepState::Confirmed { .. }))
            .count();
        Ok(Some(OutboxGroup {
            action_id: first.action_id.clone(),
            intent: first.intent.clone(),
            partner: case
                .as_ref()
                .map(|c| c.case.partner_name.clone())
                .unwrap_or_default(),
            case: Some(first.case.clone()),
            case_number: case.map(|c| c.case.number),
            title: first.title.clone(),
            done: u32::try_from(confirmed).unwrap_or(u32::MAX),
            total: u32::try_from(steps.len()).unwrap_or(u32::MAX),
            rows,
        }))
    }

    /// One step or gate, opened.
    ///
    /// # Errors
    /// `E_NOT_FOUND`.
    pub async fn step(&self, id: &str) -> Result<StepView, Refusal> {
        if let Some((action, gate)) = id.split_once('/') {
            return self.gate(action, gate).await;
        }
        let detail = self.inner.ledger.step(id).await.refuse()?;
        let action = ActionId(detail.row.action_id.clone());
        let steps = self.steps_of(&action).await?;
        let number_of: BTreeMap<&str, u32> =
            steps.iter().map(|s| (s.name.as_str(), s.number)).collect();
        let mut row = outbox_row(&detail.row, &steps, &number_of);
        self.say_when(&mut row, &detail.row);
        let reason = match detail.row.state {
            StepState::NeedsAttention { attention } => Some(attention.to_string()),
            _ => None,
        };
        let consequences = detail
            .dependents
            .iter()
            .map(|d| StatusWord {
                tone: Tone::Queue,
                state: "next".to_owned(),
                word: d.subject.clone(),
            })
            .collect();
        Ok(StepView {
            title: title_of(&detail.row),
            explanation: explanation(&detail),
            case: Some(detail.row.case.clone()),
            level: detail.row.level.map(|l| l.to_string()).unwrap_or_default(),
            look_for: matches!(
                detail.row.state,
                StepState::NeedsAttention {
                    attention: Attention::Undecidable
                }
            )
            .then(|| {
                format!(
                    "Look at {} for reference {}.",
                    detail.row.system,
                    domain::action::reference(&detail.row.key)
                )
            }),
            conflict: self.conflict(&detail),
            reason,
            consequences,
            attempts: detail
                .attempts
                .iter()
                .map(|a| AttemptRow {
                    at: a.started_at.0,
                    text: a
                        .message
                        .clone()
                        .or_else(|| a.outcome.clone())
                        .unwrap_or_else(|| "Under way".to_owned()),
                    took_ms: a.ended_at.map(|end| end.since(a.started_at)),
                    http_status: a.http_status,
                })
                .collect(),
            key: detail.row.key.to_string(),
            content_hash: detail.row.content_hash.clone(),
            queued_by: self.persons().name(&detail.row.person).to_owned(),
            queued_at: detail.row.created_at.0,
            remote_ref: detail.row.remote_ref.clone(),
            blocked_by: detail.row.blocked_by.clone(),
            gate: None,
            row,
        })
    }

    fn conflict(&self, detail: &StepDetail) -> Option<ConflictView> {
        let sides = detail.conflict.as_ref()?;
        let fields: Vec<ConflictField> = merge::three_way(&sides.base, &sides.mine, &sides.theirs)
            .into_iter()
            .map(|f| ConflictField {
                title: words::sentence(&f.name),
                base: shown(&f.base),
                result: match f.verdict {
                    FieldVerdict::Decide => None,
                    FieldVerdict::Equal | FieldVerdict::Merged => shown(&f.mine),
                },
                mine: shown(&f.mine),
                theirs: shown(&f.theirs),
                kind: f.verdict.to_string(),
                name: f.name,
            })
            .collect();
        let merged = fields.iter().filter(|f| f.kind != "decide").count();
        let last = detail.attempts.last();
        Some(ConflictView {
            base_at: Some(detail.row.created_at.0),
            mine_by: self.persons().name(&detail.row.person).to_owned(),
            mine_at: detail.row.created_at.0,
            theirs_by: "Community".to_owned(),
            theirs_at: last.and_then(|a| a.ended_at).map(|at| at.0),
            note: if merged == 0 {
                String::new()
            } else {
                format!("{merged} fields need no decision.")
            },
            fields,
        })
    }

    /// Carries out what a person decided in the conflict table or about an undecidable step.
    ///
    /// # Errors
    /// `E_INPUT` for words that are none, else as [`Desk::resolve_step`].
    pub async fn resolve(&self, args: &ResolveInput) -> Result<String, Refusal> {
        let side = |word: &str| word.parse::<Side>().map_err(|e| input(e.to_string()));
        let resolution = match args.outcome.as_deref() {
            Some("sent") => Resolution::Sent {
                remote_ref: String::new(),
            },
            Some("not_sent" | "not-sent") => Resolution::NotSent,
            Some(other) => return Err(input(format!("'{other}' is neither sent nor not_sent."))),
            None => Resolution::Take {
                all: args.take.as_deref().map(side).transpose()?,
                fields: args
                    .fields
                    .iter()
                    .flatten()
                    .map(|(name, word)| Ok((name.clone(), side(word)?)))
                    .collect::<Result<_, Refusal>>()?,
            },
        };
        self.resolve_step(&args.id, &resolution).await
    }
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(words::sentence(text)),
        other => Some(other.to_string()),
    }
}

pub(crate) fn outbox_row(
    step: &StepRow,
    all: &[StepRow],
    number_of: &BTreeMap<&str, u32>,
) -> OutboxRow {
    let status = words::step_state(
        &step.state,
        step.blocked_by.as_deref(),
        step.reason.as_deref(),
    );
    let status_at = match step.state {
        StepState::Waiting { until, .. } => until,
        StepState::Unknown { look_up_after, .. } => Some(look_up_after),
        StepState::Confirmed { .. } => step.confirmed_at,
        _ => None,
    };
    let actions: &[&str] = match step.state {
        StepState::NeedsAttention {
            attention: Attention::Conflict,
        } => &["resolve", "cancel"],
        StepState::NeedsAttention {
            attention: Attention::Undecidable,
        } => &["resolve"],
        StepState::NeedsAttention {
            attention: Attention::Refused,
        } => &["retry", "cancel"],
        StepState::Waiting {
            reason: domain::step::WaitReason::Until,
            ..
        } => &["retry", "cancel"],
        StepState::Queued | StepState::Waiting { .. } => &["cancel"],
        _ => &[],
    };
    let holds = all
        .iter()
        .filter(|s| s.waits_on.contains(&step.name) && !s.state.is_settled())
        .count();
    OutboxRow {
        id: step.id.clone(),
        number: Some(step.number),
        effect: title_of(step),
        system: step
            .system
            .parse::<System>()
            .map_or(SystemName::Console, words::system),
        operation: step.operation.clone(),
        status,
        status_at: status_at.map(|at| at.0),
        waits_on: step
            .waits_on
            .iter()
            .filter_map(|w| number_of.get(w.as_str()).copied())
            .collect(),
        holds: if step.state.is_settled() {
            0
        } else {
            u32::try_from(holds).unwrap_or(u32::MAX)
        },
        since: (!step.state.is_settled()).then_some(step.created_at.0),
        attempt: step.attempt,
        actions: actions.iter().map(|a| (*a).to_owned()).collect(),
    }
}

/// Effect first.
fn title_of(step: &StepRow) -> String {
    match step.state {
        StepState::NeedsAttention {
            attention: Attention::Refused,
        } => format!("Not done: {}", step.subject),
        _ => step.subject.clone(),
    }
}

fn explanation(detail: &StepDetail) -> String {
    match &detail.row.state {
        StepState::NeedsAttention { attention: Attention::Conflict } => {
            "The same field was changed on the other side while your change was on its way. Nothing was overwritten.".to_owned()
        }
        StepState::NeedsAttention { attention: Attention::Undecidable } => {
            "It may or may not have happened, and the other side cannot tell. It will not be sent again by itself.".to_owned()
        }
        _ => detail.row.reason.clone().unwrap_or_default(),
    }
}
