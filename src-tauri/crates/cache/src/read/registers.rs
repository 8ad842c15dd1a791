//! Parts of the registers: review spaces by their last change, notices by their last event, newest first. A part begins
//! after the last row of the one before, so that rows that come meanwhile shift nothing.

use std::str::FromStr;

use domain::{
    Kind, Millis,
    record::{Delivery, Space},
    words::UnknownWord,
};

use super::search;
use crate::{
    Cache, CacheError,
    sql::{column, json},
};

/// Most rows of a part.
const MOST: u32 = 500;
/// Most days of one count.
const MOST_DAYS: usize = 400;

/// Where a row stands in a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Last change of the space, last event of the notice.
    pub at: Millis,
    /// Number of the row, for those of the same time.
    pub row: i64,
}

impl Place {
    /// Before the newest row.
    pub const TOP: Self = Self {
        at: Millis(i64::MAX),
        row: i64::MAX,
    };
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.at.0, self.row)
    }
}

impl FromStr for Place {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once('.');
        let read = parts.and_then(|(at, row)| Some((at.parse().ok()?, row.parse().ok()?)));
        let (at, row) = read.ok_or_else(|| UnknownWord {
            of: "place in a register",
            word: text.chars().take(60).collect(),
        })?;
        Ok(Self {
            at: Millis(at),
            row,
        })
    }
}

/// Which rows; nothing in a list is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegisterRows {
    /// Only these notices, such as those found by full text.
    pub only: Option<Vec<String>>,
    /// States of notices.
    pub states: Vec<String>,
    /// Keys of templates of notices, without their version.
    pub templates: Vec<String>,
    /// Partner ids.
    pub partners: Vec<String>,
    /// Last event of a notice at this time or later.
    pub from: Option<Millis>,
    /// Last event of a notice before this time.
    pub until: Option<Millis>,
}

/// Notices of one day by the state they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayStates {
    /// 00:00 UTC.
    pub day: Millis,
    /// As many as there are words, in their order.
    pub counts: Vec<u32>,
}

const SPACES: &str = "select s.updated_at, s.row, s.record from space s indexed by space_by_purpose \
    where s.purpose = ?1 and (s.updated_at, s.row) < (?2, ?3) \
    and (?4 is null or +s.partner_id in (select value from json_each(?4))) \
    order by s.updated_at desc, s.row desc limit ?5";
const SPACE_COUNT: &str =
    "select count(*) from space s indexed by space_by_purpose where s.purpose = ?1";

/// What a filter says of notices: `?1` states, `?2` keys of templates, `?3` partners, `?4` ids found by full text, `?5` and
/// `?6` the time.
const THESE: &str = "n.event_at >= ?5 and n.event_at < ?6 \
    and (?1 is null or n.shown_state in (select value from json_each(?1))) \
    and (?2 is null or substr(n.template, 1, instr(n.template || '@', '@') - 1) in (select value from json_each(?2))) \
    and (?3 is null or exists (select 1 from json_each(?3) p where n.id glob 'N-' || n.case_id || '-' || p.value || '-*') \
        or (n.id not glob 'N-' || n.case_id || '-*-*' \
            and exists (select 1 from case_ c where c.id = n.case_id and c.partner_id in (select value from json_each(?3))))) \
    and (?4 is null or n.id in (select value from json_each(?4)))";

fn notices() -> String {
    format!(
        "select n.event_at, n.row, n.record, n.shown_state from notice n indexed by notice_by_event \
         where (n.event_at, n.row) < (?7, ?8) and {THESE} order by n.event_at desc, n.row desc limit ?9"
    )
}

fn notice_count() -> String {
    format!("select count(*) from notice n indexed by notice_by_event where {THESE}")
}

const NOTICE_TOTAL: &str = "select count(*) from notice";
const DAYS: &str = "select k.value, w.key, \
    (select count(*) from notice n indexed by notice_by_event \
     where n.event_at >= k.value and n.event_at < k.value + 86400000 and n.shown_state = w.value) \
    from json_each(?1) k cross join json_each(?2) w";
const FIRST_LEFT: &str = "select min(coalesce(n.record ->> '$.released_at', n.event_at)) from json_each(?1) k \
    cross join notice n on n.id = k.value where n.shown_state in (select value from json_each(?2))";

fn some(values: &[String]) -> Result<Option<String>, CacheError> {
    Ok(if values.is_empty() {
        None
    } else {
        Some(json(values)?)
    })
}

impl Cache {
    /// Ids of the notices a text finds; `None` where there are more than are looked up.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn notices_with(&self, text: &str) -> Result<Option<Vec<String>>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let found = search::ids_of(&mut snapshot, Some(text), Kind::Notice).await?;
        let all = i64::try_from(found.as_ref().map_or(0, Vec::len)).unwrap_or(i64::MAX);
        Ok((all < search::MAX_HITS).then(|| found.unwrap_or_default()))
    }

    /// Spaces with a purpose that come after a place, last changed first, at most 500, each with its own.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn spaces_after(
        &self,
        purpose: &str,
        partners: &[String],
        after: Place,
        limit: u32,
    ) -> Result<Vec<(Place, Space)>, CacheError> {
        let rows = sqlx::query(SPACES)
            .bind(purpose)
            .bind(after.at.0)
            .bind(after.row)
            .bind(some(partners)?)
            .bind(limit.min(MOST))
            .fetch_all(self.reader().pool())
            .await?;
        rows.iter()
            .map(|row| {
                let space = serde_json::from_str(&column::<String>(row, 2)?)?;
                Ok((place(row)?, space))
            })
            .collect()
    }

    /// How many spaces have a purpose.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn count_spaces(&self, purpose: &str) -> Result<u32, CacheError> {
        let count: i64 = sqlx::query_scalar(SPACE_COUNT)
            .bind(purpose)
            .fetch_one(self.reader().pool())
            .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Notices that come after a place, last event first, at most 500, each with its own.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn notices_after(
        &self,
        wanted: &RegisterRows,
        after: Place,
        limit: u32,
    ) -> Result<Vec<(Place, Delivery)>, CacheError> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(notices()))
            .bind(some(&wanted.states)?)
            .bind(some(&wanted.templates)?)
            .bind(some(&wanted.partners)?)
            .bind(wanted.only.as_ref().map(json).transpose()?)
            .bind(wanted.from.map_or(i64::MIN, |at| at.0))
            .bind(wanted.until.map_or(i64::MAX, |at| at.0))
            .bind(after.at.0)
            .bind(after.row)
            .bind(limit.min(MOST))
            .fetch_all(self.reader().pool())
            .await?;
        rows.iter()
            .map(|row| {
                let mut notice: Delivery = serde_json::from_str(&column::<String>(row, 2)?)?;
                notice.state = column(row, 3)?;
                Ok((place(row)?, notice))
            })
            .collect()
    }

    /// How many notices a filter lets through, and how many there are.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn count_notices(&self, wanted: &RegisterRows) -> Result<(u32, u32), CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let of: i64 = sqlx::query_scalar(NOTICE_TOTAL)
            .fetch_one(&mut *snapshot)
            .await?;
        let fits: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(notice_count()))
            .bind(some(&wanted.states)?)
            .bind(some(&wanted.templates)?)
            .bind(some(&wanted.partners)?)
            .bind(wanted.only.as_ref().map(json).transpose()?)
            .bind(wanted.from.map_or(i64::MIN, |at| at.0))
            .bind(wanted.until.map_or(i64::MAX, |at| at.0))
            .fetch_one(&mut *snapshot)
            .await?;
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok((count(fits), count(of)))
    }

    /// Notices by the day of their last event (00:00 UTC each) and the state they are in, for at most 400 days.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn notice_states_by_day(
        &self,
        days: &[Millis],
        states: &[String],
    ) -> Result<Vec<DayStates>, CacheError> {
        let asked: Vec<i64> = days.iter().take(MOST_DAYS).map(|day| day.0).collect();
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(DAYS)
            .bind(json(&asked)?)
            .bind(json(states)?)
            .fetch_all(self.reader().pool())
            .await?;
        let mut all: Vec<DayStates> = asked
            .iter()
            .map(|day| DayStates {
                day: Millis(*day),
                counts: vec![0; states.len()],
            })
            .collect();
        for (day, state, count) in rows {
            let of_day = all.iter_mut().find(|of| of.day.0 == day);
            let place = usize::try_from(state).unwrap_or(usize::MAX);
            if let Some(found) = of_day.and_then(|of| of.counts.get_mut(place)) {
                *found = u32::try_from(count).unwrap_or(u32::MAX);
            }
        }
        Ok(all)
    }

    /// When the first of these notices left: the earliest time a job of one in these states began, or its last event where
    /// only that is known. `None` where none did.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn first_left(
        &self,
        notices: &[String],
        states: &[String],
    ) -> Result<Option<Millis>, CacheError> {
        let at: Option<i64> = sqlx::query_scalar(FIRST_LEFT)
            .bind(json(notices)?)
            .bind(json(states)?)
            .fetch_one(self.reader().pool())
            .await?;
        Ok(at.map(Millis))
    }
}

fn place(row: &sqlx::sqlite::SqliteRow) -> Result<Place, CacheError> {
    Ok(Place {
        at: Millis(column(row, 0)?),
        row: column(row, 1)?,
    })
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    vec![
        (SPACES.to_owned(), vec![]),
        (SPACE_COUNT.to_owned(), vec![]),
        (notices(), vec![]),
        (notice_count(), vec![]),
        // A total without a filter walks the smallest index there is.
        (NOTICE_TOTAL.to_owned(), vec!["notice"]),
        (DAYS.to_owned(), vec![]),
        (FIRST_LEFT.to_owned(), vec![]),
    ]
}
