//! Effective values of unsettled steps, written into the cache so that lists filter and sort by what people see.
//!
//! At start everything is written anew from the ledger. From then on the ledger's own announcements say which steps and
//! exceptions changed, and only their values are replaced.

use std::{collections::BTreeSet, sync::Arc};

use cache::{Confirmed, OverlayRow};
use domain::{Kind, ObjectRef, Refusal, StepKey, System, plan::OverlayValue, time::DAY};
use ledger::topic;
use serde_json::Value;
use sqlite::{ChangeFeed, Changes, Ids};
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

use crate::{Desk, problem::Refuse};

/// Settings that hold what people did about exceptions.
pub(crate) const EXCEPTIONS: &str = "exception/";

/// What the ledger announced and the overlay does not show yet.
pub(crate) struct Unshown {
    feed: Receiver<Arc<Changes>>,
    steps: BTreeSet<String>,
    exceptions: BTreeSet<String>,
    /// Some announcements named nothing or were missed: only the whole ledger can tell.
    everything: bool,
}

impl Unshown {
    /// Listens from now on.
    pub(crate) fn listen(feed: &ChangeFeed) -> Self {
        Self {
            feed: feed.listen(),
            steps: BTreeSet::new(),
            exceptions: BTreeSet::new(),
            everything: false,
        }
    }

    /// Takes in what was announced since the last time.
    fn gather(&mut self) {
        loop {
            match self.feed.try_recv() {
                Ok(changes) => self.note(&changes),
                Err(TryRecvError::Lagged(_)) => self.everything = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn note(&mut self, changes: &Changes) {
        match changes.topics.get(topic::STEP) {
            Some(Ids::Some(ids)) => self.steps.extend(ids.iter().cloned()),
            Some(Ids::Many) => self.everything = true,
            None => {}
        }
        match changes.topics.get(topic::SETTING) {
            Some(Ids::Some(keys)) => self.exceptions.extend(
                keys.iter()
                    .filter(|key| key.starts_with(EXCEPTIONS))
                    .cloned(),
            ),
            Some(Ids::Many) => self.everything = true,
            None => {}
        }
    }

    /// Everything noted is shown.
    fn clear(&mut self) {
        self.steps.clear();
        self.exceptions.clear();
        self.everything = false;
    }
}

impl Desk {
    /// At start: the ledger is what counts.
    pub(crate) async fn rebuild_overlay(&self) -> Result<(), Refusal> {
        let rows = self.overlay_rows().await?;
        self.inner.cache.rebuild_overlay(&rows).await.refuse()
    }

    /// After an action or a settlement: what the ledger announced since the last time, and nothing else. What fails is
    /// tried again with the next one.
    pub(crate) async fn refresh_overlay(&self) -> Result<(), Refusal> {
        let mut unshown = self.inner.unshown.lock().await;
        unshown.gather();
        if unshown.everything {
            self.rebuild_overlay().await?;
        } else if !unshown.steps.is_empty() || !unshown.exceptions.is_empty() {
            self.show(&unshown).await?;
        }
        unshown.clear();
        Ok(())
    }

    async fn show(&self, unshown: &Unshown) -> Result<(), Refusal> {
        let ledger = &self.inner.ledger;
        let since = self.now().plus(-DAY);
        let (mut of, mut rows) = (Vec::new(), Vec::new());
        for value in ledger.overlay_values_of(&unshown.steps).await.refuse()? {
            of.push((value.value.object.clone(), StepKey(value.step.clone())));
            if value.is_effective(since) {
                rows.push(step_row(value));
            }
        }
        for key in &unshown.exceptions {
            let Some(row) = exception_row(key, ledger.setting(key).await.refuse()?) else {
                continue;
            };
            of.push((row.value.object.clone(), row.step.clone()));
            rows.push(row);
        }
        if of.is_empty() {
            return Ok(());
        }
        self.inner.cache.replace_overlay(&of, rows).await.refuse()
    }

    async fn overlay_rows(&self) -> Result<Vec<OverlayRow>, Refusal> {
        let ledger = &self.inner.ledger;
        let since = self.now().plus(-DAY);
        let values = ledger.overlay_values(since).await.refuse()?;
        let mut rows: Vec<OverlayRow> = values.into_iter().map(step_row).collect();
        for (key, state) in ledger.settings().await.refuse()? {
            rows.extend(exception_row(&key, Some(state)));
        }
        Ok(rows)
    }
}

fn step_row(row: ledger::OverlayRow) -> OverlayRow {
    let version = row.confirmed_version.as_ref().and_then(|v| {
        v.as_i64()
            .or_else(|| v.as_str()?.trim_matches('"').parse().ok())
    });
    OverlayRow {
        step: StepKey(row.step),
        position: row.position,
        value: row.value,
        confirmed: row.confirmed_at.map(|at| Confirmed { version, at }),
    }
}

/// What a person did about an exception; `None` for any other setting.
fn exception_row(key: &str, state: Option<Value>) -> Option<OverlayRow> {
    let id = key.strip_prefix(EXCEPTIONS)?;
    Some(OverlayRow {
        step: StepKey(key.to_owned()),
        position: 0,
        value: OverlayValue {
            object: ObjectRef::new(Kind::Finding, System::Documents, id),
            field: "state".to_owned(),
            value: state?,
        },
        confirmed: None,
    })
}

#[cfg(test)]
mod tests;
