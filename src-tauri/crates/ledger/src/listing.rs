//! The statements behind what screens read.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ActionId, Millis, plan::OverlayValue};
use serde_json::Value;
use sqlx::QueryBuilder;

use crate::{
    ActionRow, AttemptRow, Counts, Ledger, LedgerError, OverlayRow, ReceiptRow, Sides, StepDetail,
    StepFilter, StepRow,
    enqueue::text,
    gates::stopped_gates,
    rows::{StepRecord, select_steps},
    view::{ActionColumns, AttemptColumns, Listed, OverlayColumns, attempt_row},
};

pub(crate) const STOPPED_COUNT: &str = concat!("select count(*) from (", stopped_gates!(), ")");

/// What holds a step up, asked for rows that are shown only.
const LISTED: &str = concat!(
    "select x.*, (select o.id from step o where o.seq = x.supersedes) as supersedes_id, case
         when x.state = 'waiting' and x.wait_reason = 'on_gate' then
             (select 'gate:' || on_gate from dependency where step = x.seq and on_gate is not null limit 1)
         when x.state = 'waiting' and x.wait_reason = 'on_step' then
             (select b.id from step b where b.seq = (select min(on_step) from dependency where step = x.seq))
         when x.state = 'waiting' and x.wait_reason = 'on_sign_in' then 'system:' || x.system
         when x.state = 'queued' then coalesce(
             (select 'system:' || p.system from pause p where p.system in (x.system, '*') limit 1),
             (select b.id from step b where b.lane = x.lane and b.state in ('sending', 'unknown') limit 1),
             (select b.id from lane l join step b on b.seq = l.head where l.id = x.lane and l.head <> x.seq))
     end as blocked_by from (",
    select_steps!("where 1 = 1")
);

impl Ledger {
    /// Steps that fit, in the order they were queued.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn list_steps(
        &self,
        filter: &StepFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<StepRow>, LedgerError> {
        let mut query = steps_query(filter, limit, offset);
        let rows: Vec<Listed> = query
            .build_query_as()
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows.iter().map(Listed::row).collect())
    }

    /// How many steps of each of these cases (`case:community:48213`) are not settled; cases without any are left out.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn open_steps_of(
        &self,
        cases: &[String],
    ) -> Result<BTreeMap<String, u32>, LedgerError> {
        let rows: Vec<(String, u32)> = sqlx::query_as(OPEN_STEPS_OF)
            .bind(text(&cases)?)
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows.into_iter().filter(|(_, open)| *open > 0).collect())
    }

    /// Steps of a case that are not settled, and those confirmed since a time.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn steps_of_case(
        &self,
        case: &str,
        confirmed_since: Millis,
    ) -> Result<Vec<StepRow>, LedgerError> {
        let filter = StepFilter {
            case: Some(case.to_owned()),
            ..StepFilter::default()
        };
        let mut rows = self.list_steps(&filter, 2_000, 0).await?;
        rows.retain(|row| {
            !row.state.is_settled() || row.confirmed_at.is_some_and(|at| at >= confirmed_since)
        });
        Ok(rows)
    }

    /// Steps confirmed at or after a time, earliest first, at most 2,000.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn confirmed_since(&self, at: Millis) -> Result<Vec<StepRow>, LedgerError> {
        let rows: Vec<StepRecord> = sqlx::query_as(select_steps!(
            "where s.confirmed_at >= ? order by s.confirmed_at, s.seq limit 2000"
        ))
        .bind(at.0)
        .fetch_all(self.reader().pool())
        .await?;
        Ok(rows
            .iter()
            .map(|r| StepRow::from_record(r, None, None))
            .collect())
    }

    /// One step with its attempts.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; else a [`LedgerError`].
    pub async fn step(&self, id: &str) -> Result<StepDetail, LedgerError> {
        let mut snapshot = self.reader().snapshot().await?;
        let mut query = QueryBuilder::new(LISTED);
        query.push(" and s.id = ").push_bind(id).push(") x");
        let listed: Option<Listed> = query
            .build_query_as()
            .fetch_optional(&mut *snapshot)
            .await?;
        let listed = listed.ok_or_else(|| LedgerError::not_found("step", id))?;
        let record = &listed.record;
        let attempts: Vec<AttemptColumns> = sqlx::query_as(
            "select number, started_at, ended_at, outcome, http_status, message, facts from attempt where step = ? order by id",
        )
        .bind(record.seq)
        .fetch_all(&mut *snapshot)
        .await?;
        let receipt: Option<(String, String, Option<String>, i64)> =
            sqlx::query_as("select remote_ref, detail, blob, at from receipt where step = ?")
                .bind(record.seq)
                .fetch_optional(&mut *snapshot)
                .await?;
        let dependents: Vec<StepRecord> = sqlx::query_as(select_steps!(
            "where s.seq in (select step from dependency where on_step = ?) order by s.seq"
        ))
        .bind(record.seq)
        .fetch_all(&mut *snapshot)
        .await?;
        let args: Value = serde_json::from_str(&record.args).unwrap_or_default();
        let attempts: Vec<AttemptRow> = attempts.into_iter().map(attempt_row).collect();
        let conflict = attempts
            .last()
            .filter(|a| a.outcome.as_deref() == Some("conflict"))
            .map(|a| Sides::of(&args, &a.facts));
        Ok(StepDetail {
            row: listed.row(),
            overlay: serde_json::from_str(&record.overlay).unwrap_or_default(),
            args,
            conflict,
            attempts,
            receipt: receipt.map(|(remote_ref, detail, blob, at)| ReceiptRow {
                remote_ref,
                detail: serde_json::from_str(&detail).unwrap_or_default(),
                blob,
                at: Millis(at),
            }),
            dependents: dependents
                .iter()
                .map(|r| StepRow::from_record(r, None, None))
                .collect(),
        })
    }

    /// How many steps are in which state.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn counts(&self) -> Result<Counts, LedgerError> {
        let mut snapshot = self.reader().snapshot().await?;
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select state, count(*) from step group by state")
                .fetch_all(&mut *snapshot)
                .await?;
        let (oldest, last): (Option<i64>, Option<i64>) = sqlx::query_as(
            "select (select created_at from step where open = 1 order by seq limit 1),
                    (select max(confirmed_at) from step where confirmed_at is not null)",
        )
        .fetch_one(&mut *snapshot)
        .await?;
        let stopped_gates: i64 = sqlx::query_scalar(STOPPED_COUNT)
            .fetch_one(&mut *snapshot)
            .await?;
        let mut counts = Counts {
            stopped_gates,
            oldest_open: oldest.map(Millis),
            last_confirmed_at: last.map(Millis),
            ..Counts::default()
        };
        for (state, count) in rows {
            match state.as_str() {
                "queued" => counts.queued = count,
                "waiting" => counts.waiting = count,
                "sending" => counts.sending = count,
                "unknown" => counts.unknown = count,
                "confirmed" => counts.confirmed = count,
                "cancelled" => counts.cancelled = count,
                // A word nobody knows is shown where a person looks.
                _ => counts.needs_attention += count,
            }
        }
        Ok(counts)
    }

    /// An action.
    ///
    /// # Errors
    /// `E_NOT_FOUND`; else a [`LedgerError`].
    pub async fn action(&self, id: &ActionId) -> Result<ActionRow, LedgerError> {
        let rows = self.actions("id = ", id.as_str(), 1).await?;
        rows.into_iter()
            .next()
            .ok_or_else(|| LedgerError::not_found("action", id.as_str()))
    }

    /// Actions of a case, latest first, at most 500.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn actions_of_case(&self, case: &str) -> Result<Vec<ActionRow>, LedgerError> {
        self.actions("case_ref = ", case, 500).await
    }

    /// Actions of a playbook over all cases, latest first, at most 200.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn actions_of_playbook(&self, playbook: &str) -> Result<Vec<ActionRow>, LedgerError> {
        self.actions("playbook = ", playbook, 200).await
    }

    async fn actions(
        &self,
        condition: &'static str,
        value: &str,
        limit: u32,
    ) -> Result<Vec<ActionRow>, LedgerError> {
        let mut query = QueryBuilder::new(
            "select id, intent, playbook, use_case, title, case_ref, person, derived, state, skipped, created_at from action where ",
        );
        query
            .push(condition)
            .push_bind(value)
            .push(" order by seq desc limit ")
            .push_bind(limit);
        let rows: Vec<ActionColumns> = query
            .build_query_as()
            .fetch_all(self.reader().pool())
            .await?;
        Ok(rows.into_iter().map(ActionColumns::row).collect())
    }

    /// Effective values of steps not settled, and of those confirmed at or after a time: what the overlay of the cache is
    /// rebuilt from, in the order the steps were queued.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn overlay_values(
        &self,
        confirmed_since: Millis,
    ) -> Result<Vec<OverlayRow>, LedgerError> {
        let records: Vec<OverlayColumns> = sqlx::query_as(
            "select s.seq, s.id, s.overlay, s.state, s.confirmed_at, r.detail
             from step s left join receipt r on r.step = s.seq
             where s.overlay <> '[]' and s.seq in
                 (select seq from step where open = 1 union select seq from step where confirmed_at >= ?)
             order by s.seq",
        )
        .bind(confirmed_since.0)
        .fetch_all(self.reader().pool())
        .await?;
        Ok(records.into_iter().flat_map(overlay_rows).collect())
    }

    /// Effective values of these steps, whatever their state.
    ///
    /// # Errors
    /// A [`LedgerError`].
    pub async fn overlay_values_of(
        &self,
        steps: &BTreeSet<String>,
    ) -> Result<Vec<OverlayRow>, LedgerError> {
        let records: Vec<OverlayColumns> = sqlx::query_as(OVERLAY_OF)
            .bind(text(steps)?)
            .fetch_all(self.reader().pool())
            .await?;
        Ok(records.into_iter().flat_map(overlay_rows).collect())
    }
}

/// Counted case by case: grouping all of them would sort aside.
pub(crate) const OPEN_STEPS_OF: &str = "select j.value, (select count(*)
       from action a cross join step s on s.action = a.seq where a.case_ref = j.value and s.open = 1)
     from json_each(?) j";

pub(crate) const OVERLAY_OF: &str =
    "select s.seq, s.id, s.overlay, s.state, s.confirmed_at, r.detail
     from json_each(?) j cross join step s on s.id = j.value left join receipt r on r.step = s.seq
     where s.overlay <> '[]'";

fn overlay_rows(row: OverlayColumns) -> impl Iterator<Item = OverlayRow> {
    let values: Vec<OverlayValue> = serde_json::from_str(&row.overlay).unwrap_or_default();
    let detail: Value = row
        .detail
        .and_then(|d| serde_json::from_str(&d).ok())
        .unwrap_or_default();
    values.into_iter().map(move |value| OverlayRow {
        step: row.id.clone(),
        position: row.seq,
        value,
        state: row.state.clone(),
        confirmed_at: row.confirmed_at.map(Millis),
        confirmed_version: detail.get("version").cloned(),
    })
}

/// The statement behind [`Ledger::list_steps`].
pub(crate) fn steps_query(
    filter: &StepFilter,
    limit: u32,
    offset: u32,
) -> QueryBuilder<sqlx::Sqlite> {
    let mut query = QueryBuilder::new(LISTED);
    if filter.open {
        query.push(" and s.open = 1");
    }
    if !filter.states.is_empty() {
        query.push(" and s.state in (");
        let mut list = query.separated(", ");
        for state in &filter.states {
            list.push_bind(state.clone());
        }
        query.push(")");
    }
    if let Some(case) = &filter.case {
        query.push(" and a.case_ref = ").push_bind(case.clone());
    }
    if let Some(action) = &filter.action {
        query.push(" and a.id = ").push_bind(action.clone());
    }
    if let Some(system) = &filter.system {
        query.push(" and s.system = ").push_bind(system.clone());
    }
    query.push(if filter.newest_first {
        " order by s.seq desc limit "
    } else {
        " order by s.seq limit "
    });
    query
        .push_bind(limit)
        .push(" offset ")
        .push_bind(offset)
        .push(") x");
    query
}
