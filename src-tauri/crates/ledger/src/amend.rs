//! A conflict resolved: a further step with its own key takes the place of the one that met it.

use std::collections::BTreeMap;

use domain::{
    IntentId, Refusal,
    action::{args_hash, step_key},
    merge::{FieldVerdict, MergedField, three_way},
    plan::OverlayValue,
    refusal::Code,
};
use serde_json::{Map, Value};

use crate::{
    Actor, LedgerError,
    acts::Side,
    enqueue::{step_id, text},
    lanes::Work,
    rows::{StepRecord, seal},
    topic,
};

/// The three sides of a conflict over the fields we wanted to change.
#[derive(Debug, Clone, PartialEq)]
pub struct Sides {
    /// What both started from.
    pub base: Map<String, Value>,
    /// What we want.
    pub mine: Map<String, Value>,
    /// What the other side has.
    pub theirs: Map<String, Value>,
    /// Its version.
    pub version: Option<String>,
}

impl Sides {
    /// From the arguments of a step and what its last attempt learnt.
    pub(crate) fn of(args: &Value, facts: &Value) -> Self {
        let object = |value: Option<&Value>| {
            value
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default()
        };
        Self {
            base: object(args.get("base")),
            mine: object(args.get("changes")),
            theirs: object(facts.get("theirs")),
            version: facts.get("version").and_then(|v| match v {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            }),
        }
    }

    /// Field by field, with what merges by itself merged.
    #[must_use]
    pub fn fields(&self) -> Vec<MergedField> {
        three_way(&self.base, &self.mine, &self.theirs)
    }

    /// What is left to change over there once every field has its side.
    fn decide(
        &self,
        all: Option<Side>,
        chosen: &BTreeMap<String, Side>,
    ) -> Result<Map<String, Value>, LedgerError> {
        if let Some(stranger) = chosen.keys().find(|f| !self.mine.contains_key(*f)) {
            return Err(LedgerError::field(format!(
                "'{stranger}' is no field of this conflict."
            )));
        }
        let mut changes = Map::new();
        let mut undecided = Vec::new();
        for field in self.fields() {
            let by_itself = match field.verdict {
                FieldVerdict::Equal => Some(Side::Theirs),
                FieldVerdict::Merged => Some(Side::Mine),
                FieldVerdict::Decide => None,
            };
            match chosen.get(&field.name).copied().or(by_itself).or(all) {
                Some(Side::Mine) => {
                    changes.insert(field.name, field.mine);
                }
                Some(Side::Base) if field.theirs != field.base => {
                    changes.insert(field.name, field.base);
                }
                Some(Side::Base | Side::Theirs) => {}
                None => undecided.push(field.name),
            }
        }
        if undecided.is_empty() {
            Ok(changes)
        } else {
            Err(Refusal::new(
                Code::Field,
                format!("Decide which side to take for: {}.", undecided.join(", ")),
            )
            .with(serde_json::json!({"fields": undecided}))
            .into())
        }
    }
}

impl Work<'_> {
    pub(crate) async fn take_sides(
        &mut self,
        step: &StepRecord,
        all: Option<Side>,
        chosen: &BTreeMap<String, Side>,
        actor: &Actor,
    ) -> Result<String, LedgerError> {
        let mut args: Value = serde_json::from_str(&step.args)
            .map_err(|e| LedgerError::Damaged(format!("arguments of {}: {e}", step.id)))?;
        let facts: Option<Option<String>> = sqlx::query_scalar(
            "select facts from attempt where step = ? and outcome = 'conflict' order by id desc limit 1",
        )
        .bind(step.seq)
        .fetch_optional(&mut *self.tx)
        .await?;
        let facts: Value = facts
            .flatten()
            .and_then(|f| serde_json::from_str(&f).ok())
            .unwrap_or_default();
        let sides = Sides::of(&args, &facts);
        if sides.mine.is_empty() {
            // Not a change of fields: it goes again as it is, or not at all.
            match all {
                Some(Side::Mine) => {}
                Some(_) => return self.leave_theirs(step, actor).await,
                None => return Err(LedgerError::field("Decide which side to take.")),
            }
        } else {
            let changes = sides.decide(all, chosen)?;
            if changes.is_empty() {
                return self.leave_theirs(step, actor).await;
            }
            rebase(&mut args, &sides, changes);
        }
        self.replace(step, &args, actor).await
    }

    /// What the other side has stands; nothing is sent, and what only came after goes on.
    async fn leave_theirs(
        &mut self,
        step: &StepRecord,
        actor: &Actor,
    ) -> Result<String, LedgerError> {
        self.withdraw(step, actor, "What the other side has stands.", true)
            .await?;
        Ok(step.id.clone())
    }

    async fn replace(
        &mut self,
        step: &StepRecord,
        args: &Value,
        actor: &Actor,
    ) -> Result<String, LedgerError> {
        let number = self.next_number(step.action).await?;
        let number = u32::try_from(number).map_err(|e| LedgerError::field(e.to_string()))?;
        let content_hash = args_hash(args).map_err(|e| LedgerError::field(e.to_string()))?;
        let key = step_key(&IntentId(step.intent.clone()), number, &content_hash);
        let args_text = text(args)?;
        let id = step_id(&domain::ActionId(step.action_id.clone()), number);
        let overlay = text(&kept_overlay(&step.overlay, args))?;
        let seq: i64 = sqlx::query_scalar(
            "insert into step (id, action, number, name, system, operation, level, lane, lane_order, subject, args,
             content_hash, key, seal, waits_on, offline_class, optional, overlay, supersedes, state, attempts, gated,
             created_at, changed_at)
             select ?1, action, ?2, name, system, operation, level, lane, lane_order, subject, ?3, ?4, ?5, ?6, waits_on,
             offline_class, optional, ?7, seq, 'queued', 0, 0, ?8, ?8 from step where seq = ?9 returning seq",
        )
        .bind(&id)
        .bind(number)
        .bind(&args_text)
        .bind(&content_hash)
        .bind(key.as_str())
        .bind(seal(
            key.as_str(),
            &step.operation,
            &step.lane,
            &content_hash,
            &args_text,
        ))
        .bind(overlay)
        .bind(self.now.0)
        .bind(step.seq)
        .fetch_one(&mut *self.tx)
        .await?;
        sqlx::query("update dependency set on_step = ? where on_step = ?")
            .bind(seq)
            .bind(step.seq)
            .execute(&mut *self.tx)
            .await?;
        self.withdraw(
            step,
            actor,
            &format!("Step {number} takes its place."),
            false,
        )
        .await?;
        let next = self.by_seq(seq).await?;
        self.touch(&next);
        self.tx.announce(topic::STEP, id.clone());
        let mut entry = next.audit("op.amended");
        entry.before_hash = Some(step.content_hash.clone());
        entry.after_hash = Some(content_hash);
        self.audit(actor, entry).await?;
        Ok(id)
    }
}

/// What the other side has is the new common ground.
fn rebase(args: &mut Value, sides: &Sides, changes: Map<String, Value>) {
    let Some(fields) = args.as_object_mut() else {
        return;
    };
    if fields.contains_key("base") {
        let base: Map<String, Value> = changes
            .keys()
            .map(|field| {
                let theirs = sides.theirs.get(field).or_else(|| sides.base.get(field));
                (field.clone(), theirs.cloned().unwrap_or(Value::Null))
            })
            .collect();
        fields.insert("base".into(), base.into());
    }
    if let (Some(version), Some(old)) = (&sides.version, fields.get("base_version")) {
        let version = match (old, version.parse::<i64>()) {
            (Value::Number(_), Ok(number)) => number.into(),
            _ => Value::String(version.clone()),
        };
        fields.insert("base_version".into(), version);
    }
    fields.insert("changes".into(), changes.into());
}

/// What is shown until the mirror has caught up follows what is sent now.
fn kept_overlay(overlay: &str, args: &Value) -> Vec<OverlayValue> {
    let mut values: Vec<OverlayValue> = serde_json::from_str(overlay).unwrap_or_default();
    if let Some(changes) = args.get("changes").and_then(Value::as_object) {
        values.retain_mut(|value| match changes.get(&value.field) {
            Some(now) => {
                value.value = now.clone();
                true
            }
            None => false,
        });
    }
    values
}
