//! From a row to a call: decoded, compared with its seal, references filled in.

use std::collections::BTreeMap;

use domain::{
    ActionId, Millis, StepKey,
    action::reference,
    operation::{Call, Operation},
    step::Attention,
};
use serde_json::Value;
use sqlite::Tx;

use crate::{
    ClaimedStep, LedgerError,
    references::{self, Source},
    rows::StepRecord,
};

/// Why a row cannot be sent.
pub(crate) struct Odd {
    pub(crate) attention: Attention,
    pub(crate) reason: String,
}

impl Odd {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            attention: Attention::Undecidable,
            reason: reason.into(),
        }
    }
}

/// A row that makes sense.
pub(crate) struct Prepared {
    pub(crate) operation: Operation,
    call: Call,
}

impl Prepared {
    /// The call, references filled in.
    pub(crate) const fn call(&self) -> &Call {
        &self.call
    }

    pub(crate) fn claimed(
        self,
        step: &StepRecord,
        attempt: u32,
        lease_until: Millis,
        look_up_of: Option<Millis>,
    ) -> ClaimedStep {
        let key = StepKey(step.key.clone());
        ClaimedStep {
            id: step.id.clone(),
            action_id: ActionId(step.action_id.clone()),
            case: step.case_ref.clone(),
            playbook: step.playbook.clone(),
            subject: step.subject.clone(),
            person: step.person.clone(),
            system: self.operation.system(),
            operation: self.operation,
            level: self.operation.level(),
            reference: reference(&key),
            key,
            call: self.call,
            attempt,
            lease_until,
            look_up_of,
        }
    }
}

/// Decodes a row and fills references in. The outer error is the database's, the inner one the row's.
pub(crate) async fn prepare(
    tx: &mut Tx,
    step: &StepRecord,
) -> Result<Result<Prepared, Odd>, LedgerError> {
    let Some(operation) = step.operation() else {
        return Ok(Err(Odd::new(format!(
            "'{}' is no operation this program knows",
            step.operation
        ))));
    };
    if !step.is_sealed() || operation.system().as_str() != step.system {
        return Ok(Err(Odd::new("the stored row is not as it was written")));
    }
    let args: Value = match serde_json::from_str(&step.args) {
        Ok(args) => args,
        Err(error) => {
            return Ok(Err(Odd::new(format!(
                "its arguments cannot be read: {error}"
            ))));
        }
    };
    let sources = sources(tx, step.action, &args).await?;
    let filled = match references::fill(args, &sources) {
        Ok(filled) => filled,
        Err(reason) => {
            return Ok(Err(Odd {
                attention: Attention::Refused,
                reason,
            }));
        }
    };
    Ok(match to_call(operation, filled) {
        Ok(call) => Ok(Prepared { operation, call }),
        Err(error) => Err(Odd {
            attention: Attention::Refused,
            reason: format!("its arguments do not fit {operation}: {error}"),
        }),
    })
}

fn to_call(operation: Operation, args: Value) -> Result<Call, serde_json::Error> {
    let mut fields = match args {
        Value::Object(fields) => fields,
        other => {
            return serde_json::from_value(other);
        }
    };
    fields.insert("operation".into(), operation.as_str().into());
    serde_json::from_value(Value::Object(fields))
}

/// Receipts of the steps that arguments refer to. Where a step took another's place, both have its name and the later one
/// counts.
async fn sources(
    tx: &mut Tx,
    action: i64,
    args: &Value,
) -> Result<BTreeMap<String, Source>, LedgerError> {
    let names = references::names(args);
    let mut sources = BTreeMap::new();
    if names.is_empty() {
        return Ok(sources);
    }
    let rows: Vec<(String, String, String, Option<String>)> = sqlx::query_as(
        "select s.name, r.remote_ref, r.detail, r.blob from step s join receipt r on r.step = s.seq
         where s.action = ? order by s.seq",
    )
    .bind(action)
    .fetch_all(&mut **tx)
    .await?;
    for (name, remote_ref, detail, blob) in rows {
        if names.contains(&name) {
            sources.insert(
                name,
                Source {
                    remote_ref,
                    detail: serde_json::from_str(&detail).unwrap_or_default(),
                    blob,
                },
            );
        }
    }
    Ok(sources)
}
