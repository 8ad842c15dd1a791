//! The wire journal: what the connectors called goes from their memory into the cache, where the window and support read it.

use std::collections::BTreeMap;

use cache::WireRow;
use connectors::wire_log::WireCall;
use domain::{Refusal, System};

use crate::{
    Desk,
    problem::{Refuse, input},
    read::words,
    view::{WireCallRow, WireOf, WireView},
};

/// Number of the last call kept, by system.
pub(crate) type Kept = BTreeMap<System, u64>;

impl Desk {
    /// Keeps what was called since the last time. A journal that cannot be kept stops nothing.
    pub(crate) async fn keep_wire(&self) {
        let mut kept = self.inner.wire.lock().await;
        let mut calls = BTreeMap::new();
        for (system, connector) in self.connectors().iter() {
            let last = kept.entry(*system).or_default();
            let new = connector.recent_calls(*last);
            if let Some(call) = new.last() {
                *last = call.number;
                calls.insert(*system, new);
            }
        }
        self.keep_calls(&calls).await;
    }

    /// Keeps these calls.
    pub(crate) async fn keep_calls(&self, calls: &BTreeMap<System, Vec<WireCall>>) {
        if self.read_only().is_some() {
            return;
        }
        let rows: Vec<WireRow> = calls
            .iter()
            .flat_map(|(system, calls)| calls.iter().map(|call| row(*system, call)))
            .collect();
        if let Err(error) = self.inner.cache.keep_wire(&rows).await {
            tracing::warn!(%error, "the wire journal was not kept");
        }
    }

    /// The last calls of a system, newest first.
    ///
    /// # Errors
    /// Failures of the cache.
    pub async fn wire(&self, system: System) -> Result<Vec<WireRow>, Refusal> {
        let limit = cache::WIRE_CALLS;
        self.inner.cache.wire(system, limit).await.refuse()
    }

    /// The same for the screen.
    ///
    /// # Errors
    /// `E_INPUT` for what is no system; failures of the cache.
    pub async fn wire_view(&self, args: &WireOf) -> Result<WireView, Refusal> {
        let system = words::system_of(args.system)
            .ok_or_else(|| input("This program is no system to connect to."))?;
        let calls = self.wire(system).await?;
        Ok(WireView {
            calls: calls.into_iter().map(shown).collect(),
        })
    }
}

fn row(system: System, call: &WireCall) -> WireRow {
    let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    WireRow {
        system,
        at: call.at,
        method: call.method.clone(),
        path: call.path.clone(),
        status: call.status,
        duration: whole(call.duration),
        attempt: call.attempt,
        key: call.key.clone(),
        sent: whole(call.sent),
        received: whole(call.received),
        problem: call.problem.clone(),
    }
}

fn shown(row: WireRow) -> WireCallRow {
    WireCallRow {
        at: row.at.0,
        method: row.method,
        path: row.path,
        status: row.status,
        duration_ms: row.duration,
        attempt: row.attempt,
        key: row.key,
        sent: row.sent,
        received: row.received,
        problem: row.problem,
    }
}
