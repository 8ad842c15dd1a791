//! Effective values of unsettled steps, written into the cache so that lists filter and sort by what people see.

use cache::{Confirmed, OverlayRow};
use domain::{Kind, ObjectRef, Refusal, StepKey, System, plan::OverlayValue, time::DAY};

use crate::{Desk, problem::Refuse};

/// Settings that hold what people did about exceptions.
pub(crate) const EXCEPTIONS: &str = "exception/";

impl Desk {
    /// At start: the ledger is what counts.
    pub(crate) async fn rebuild_overlay(&self) -> Result<(), Refusal> {
        let rows = self.overlay_rows().await?;
        self.inner.cache.rebuild_overlay(&rows).await.refuse()
    }

    /// After an action or a settlement.
    pub(crate) async fn refresh_overlay(&self) -> Result<(), Refusal> {
        self.rebuild_overlay().await
    }

    async fn overlay_rows(&self) -> Result<Vec<OverlayRow>, Refusal> {
        let ledger = &self.inner.ledger;
        let since = self.now().plus(-DAY);
        let mut rows = Vec::new();
        for (position, row) in (1..).zip(ledger.overlay_values(since).await.refuse()?) {
            let version = row.confirmed_version.as_ref().and_then(|v| {
                v.as_i64()
                    .or_else(|| v.as_str()?.trim_matches('"').parse().ok())
            });
            rows.push(OverlayRow {
                step: StepKey(row.step),
                position,
                value: row.value,
                confirmed: row.confirmed_at.map(|at| Confirmed { version, at }),
            });
        }
        for (key, state) in ledger.settings().await.refuse()? {
            let Some(id) = key.strip_prefix(EXCEPTIONS) else {
                continue;
            };
            rows.push(OverlayRow {
                step: StepKey(key.clone()),
                position: 0,
                value: OverlayValue {
                    object: ObjectRef::new(Kind::Finding, System::Documents, id),
                    field: "state".to_owned(),
                    value: state,
                },
                confirmed: None,
            });
        }
        Ok(rows)
    }
}
