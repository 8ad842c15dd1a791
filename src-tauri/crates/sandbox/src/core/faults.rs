//! Fault switches: what goes wrong, where, and how often.

use std::sync::{Mutex, PoisonError};

use domain::{System, words};
use serde::Serialize;
use serde_json::Value;

use crate::scenario::Rng;

words! {
    /// Kinds of faults.
    FaultKind {
        /// The connection closes before anything is done.
        DropRequest = "drop_request",
        /// The request is done, the answer is lost.
        DropResponse = "drop_response",
        /// Nothing is done, a status is answered.
        HttpStatus = "http_status",
        /// As if the object had changed meanwhile.
        Conflict = "conflict",
        /// The answer is late.
        SlowMs = "slow_ms",
        /// Sign-in refused.
        Unauthorized = "unauthorized",
        /// Every event comes twice.
        DuplicateEvent = "duplicate_event",
        /// Events come in reverse.
        ReorderEvents = "reorder_events",
        /// The answer has another shape.
        Drift = "drift",
    }
}

impl FaultKind {
    /// Whether it makes sense for a change (or for a read): only a change can come too late, only a read brings events.
    const fn fits(self, changes: bool) -> bool {
        match self {
            Self::Conflict => changes,
            Self::DuplicateEvent | Self::ReorderEvents => !changes,
            _ => true,
        }
    }
}

/// One switch.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    /// Only this system.
    pub system: Option<System>,
    /// Only this operation word.
    pub operation: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// Chance from 0 to 1.
    pub probability: f64,
    /// How often it may still strike; `None` without end.
    pub count: Option<u64>,
    /// Status of `http_status`.
    pub status: u16,
    /// Milliseconds of `slow_ms`.
    pub milliseconds: u64,
    /// Seconds of a Retry-After header, where a status is answered.
    pub retry_after: Option<u64>,
}

impl Fault {
    /// Reads a switch from JSON.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn read(body: &Value) -> Result<Self, String> {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let number = |names: &[&str]| names.iter().find_map(|n| body.get(n)?.as_u64());
        let (kind, value) = match text("kind").unwrap_or_default().split_once([':', '(']) {
            Some((kind, value)) => (kind, value.trim_end_matches(')').parse::<u64>().ok()),
            None => (text("kind").unwrap_or_default(), None),
        };
        let kind: FaultKind = kind.parse().map_err(|e| format!("kind: {e}"))?;
        let system = match text("system") {
            Some(word) => Some(word.parse().map_err(|e| format!("system: {e}"))?),
            None => None,
        };
        let status = value.or_else(|| number(&["status", "http_status", "code", "value"]));
        let milliseconds = value.or_else(|| number(&["slow_ms", "ms", "milliseconds", "value"]));
        Ok(Self {
            system,
            operation: text("operation").map(str::to_owned),
            kind,
            probability: body
                .get("probability")
                .and_then(Value::as_f64)
                .unwrap_or(1.0),
            count: number(&["count"]),
            status: status
                .and_then(|s| u16::try_from(s).ok())
                .filter(|s| (200..600).contains(s))
                .unwrap_or(503),
            milliseconds: milliseconds.unwrap_or(1_000).min(120_000),
            retry_after: number(&["retry_after"]),
        })
    }
}

/// All switches.
#[derive(Debug, Default)]
pub struct Faults {
    inner: Mutex<(Vec<Fault>, u64)>,
}

impl Faults {
    /// Adds a switch.
    pub fn add(&self, fault: Fault) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .push(fault);
    }

    /// Removes all.
    pub fn clear(&self) {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clear();
    }

    /// Those that are on.
    #[must_use]
    pub fn list(&self) -> Vec<Fault> {
        self.inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }

    /// Which faults strike a call, counting them down. Chances follow from the seed and the number of the draw.
    #[must_use]
    pub fn strike(
        &self,
        system: System,
        operation: Option<&str>,
        changes: bool,
        seed: u64,
    ) -> Vec<Fault> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (faults, draws) = &mut *inner;
        let mut struck = Vec::new();
        for fault in faults.iter_mut() {
            if fault.system.is_some_and(|s| s != system)
                || fault
                    .operation
                    .as_deref()
                    .is_some_and(|o| operation != Some(o))
                || fault.count == Some(0)
                || !fault.kind.fits(changes)
            {
                continue;
            }
            if fault.probability < 1.0 {
                *draws += 1;
                let draw = Rng::new(seed, &format!("fault/{draws}")).below(1_000_000);
                if (draw as f64) >= fault.probability * 1_000_000.0 {
                    continue;
                }
            }
            if let Some(count) = &mut fault.count {
                *count -= 1;
            }
            struck.push(fault.clone());
        }
        faults.retain(|f| f.count != Some(0));
        struck
    }
}

/// The same facts in another shape: ids become objects, so that no reader may take them for granted.
#[must_use]
pub fn drifted(body: &Value) -> Value {
    match body {
        Value::Array(items) => items.iter().map(drifted).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("id" | "transactionid", v) => serde_json::json!({ "value": v }),
                    (_, v) => drifted(v),
                };
                (name.clone(), value)
            })
            .collect(),
        other => other.clone(),
    }
}

/// Changes the first list of objects in an answer.
pub fn with_first_list(body: &mut Value, change: &mut dyn FnMut(&mut Vec<Value>)) -> bool {
    match body {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            change(items);
            true
        }
        Value::Object(fields) => fields.values_mut().any(|v| with_first_list(v, change)),
        _ => false,
    }
}
