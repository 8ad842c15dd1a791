//! What happened on a case, over all six systems, latest first.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Kind, Millis, ObjectRef,
    record::{Record, Ticket},
};
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::documents::{IDS_OF_CASE, orders_of_case};
use crate::{
    Cache, CacheError,
    apply::findings::with_ack,
    mirror,
    sql::{column, json},
};

/// Which part of the thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lane {
    /// Everything.
    #[default]
    All,
    /// Messages both sides see.
    Thread,
    /// Internal notes and entries of its tickets.
    Internal,
}

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineItem {
    /// When it happened.
    pub at: Millis,
    /// What it is.
    pub object: ObjectRef,
    /// The record, with effective values.
    pub record: Record,
}

/// ?1 case, ?2 tickets, ?3 documents.
const MESSAGES: &str = "select 'comment' kind, row, created_at at from comment where case_id = ?1 and visibility = 'partner'";
const NOTES: &str = "select 'comment' kind, row, created_at at from comment where case_id = ?1 and visibility <> 'partner' \
    union all select 'ticket_entry', e.row, e.created_at from json_each(?2) t cross join ticket_entry e on e.ticket_id = t.value";
const EVENTS: &str = "select 'attachment' kind, row, created_at at from attachment where case_id = ?1 \
    union all select 'notice', row, event_at from notice where case_id = ?1 \
    union all select 'task', row, created_at from task where case_id = ?1 \
    union all select 'process', row, started_at from process where case_id = ?1 \
    union all select 'space_item', i.row, i.created_at from space s cross join space_item i on i.space_id = s.id where s.case_id = ?1 \
    union all select 'ticket', t.row, t.record ->> '$.created_at' from json_each(?2) k cross join ticket t on t.id = k.value \
    union all select 'document', d.row, d.arrived_at from json_each(?3) k cross join document d on d.id = k.value";

const TICKET_IDS: &str = "select id from ticket where case_id = ?1 \
    union select t.id from case_ c, json_each(c.record, '$.external_refs') r cross join ticket t on t.id = r.value ->> 'id' \
    where c.id = ?1 and r.value ->> 'system' = 'tracker' limit 100";

fn entries(lane: Lane) -> String {
    match lane {
        Lane::Thread => MESSAGES.to_owned(),
        Lane::Internal => NOTES.to_owned(),
        Lane::All => format!("{MESSAGES} union all {NOTES} union all {EVENTS}"),
    }
}

struct Sources {
    tickets: String,
    documents: String,
}

async fn sources(
    connection: &mut SqliteConnection,
    case_id: &str,
    lane: Lane,
) -> Result<Sources, CacheError> {
    let tickets: Vec<String> = if lane == Lane::Thread {
        Vec::new()
    } else {
        sqlx::query_scalar(TICKET_IDS)
            .bind(case_id)
            .fetch_all(&mut *connection)
            .await?
    };
    let documents: Vec<String> = if lane == Lane::All {
        let orders = orders_of_case(connection, case_id).await?;
        sqlx::query_scalar(IDS_OF_CASE)
            .bind(case_id)
            .bind(json(&orders)?)
            .fetch_all(&mut *connection)
            .await?
    } else {
        Vec::new()
    };
    Ok(Sources {
        tickets: json(&tickets)?,
        documents: json(&documents)?,
    })
}

impl Cache {
    /// A part of what happened on a case, latest first, and how much there is in all.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn timeline(
        &self,
        case_id: &str,
        lane: Lane,
        offset: u32,
        limit: u32,
    ) -> Result<(u32, Vec<TimelineItem>), CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let sources = sources(&mut snapshot, case_id, lane).await?;
        let entries = entries(lane);
        let total: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from ({entries})")))
                .bind(case_id)
                .bind(&sources.tickets)
                .bind(&sources.documents)
                .fetch_one(&mut *snapshot)
                .await?;
        let rows = sqlx::query(AssertSqlSafe(format!(
            "select kind, row, at from ({entries}) order by at desc, kind, row desc limit ?4 offset ?5"
        )))
        .bind(case_id)
        .bind(&sources.tickets)
        .bind(&sources.documents)
        .bind(i64::from(limit.min(500)))
        .bind(i64::from(offset))
        .fetch_all(&mut *snapshot)
        .await?;
        let mut keys = Vec::with_capacity(rows.len());
        let mut by_kind: BTreeMap<Kind, Vec<i64>> = BTreeMap::new();
        for row in &rows {
            if let Ok(kind) = column::<String>(row, 0)?.parse::<Kind>() {
                let number: i64 = column(row, 1)?;
                keys.push((kind, number, Millis(column(row, 2)?)));
                by_kind.entry(kind).or_default().push(number);
            }
        }
        let mut records: HashMap<(Kind, i64), Record> = HashMap::new();
        for (kind, numbers) in by_kind {
            fetch(&mut snapshot, kind, &numbers, &mut records).await?;
        }
        let items = keys
            .into_iter()
            .filter_map(|(kind, number, at)| {
                let record = records.remove(&(kind, number))?;
                Some(TimelineItem {
                    at,
                    object: record.object(),
                    record,
                })
            })
            .collect();
        Ok((u32::try_from(total).unwrap_or(u32::MAX), items))
    }

    /// How many messages both sides see, and how many internal notes and ticket entries there are.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn thread_counts(&self, case_id: &str) -> Result<(u32, u32), CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        let sources = sources(&mut snapshot, case_id, Lane::Internal).await?;
        let mut counts = [0_u32; 2];
        for (count, lane) in counts.iter_mut().zip([Lane::Thread, Lane::Internal]) {
            let found: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                "select count(*) from ({})",
                entries(lane)
            )))
            .bind(case_id)
            .bind(&sources.tickets)
            .fetch_one(&mut *snapshot)
            .await?;
            *count = u32::try_from(found).unwrap_or(u32::MAX);
        }
        let [messages, notes] = counts;
        Ok((messages, notes))
    }

    /// Tickets of a case: those it names and those whose marker names it.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn tickets_of_case(&self, case_id: &str) -> Result<Vec<Ticket>, CacheError> {
        let ids: Vec<String> = sqlx::query_scalar(TICKET_IDS)
            .bind(case_id)
            .fetch_all(self.reader().pool())
            .await?;
        self.tickets(&ids).await
    }
}

async fn fetch(
    connection: &mut SqliteConnection,
    kind: Kind,
    numbers: &[i64],
    out: &mut HashMap<(Kind, i64), Record>,
) -> Result<(), CacheError> {
    let Some(table) = mirror::table(kind) else {
        return Ok(());
    };
    let shown = match kind {
        Kind::Document => "ack, null, ack_at",
        Kind::Notice => "shown_state, null, null",
        Kind::Task => "shown_state, shown_assignee, null",
        _ => "null, null, null",
    };
    let rows = sqlx::query(AssertSqlSafe(format!(
        "select row, record, {shown} from {} where row in (select value from json_each(?1))",
        table.name
    )))
    .bind(json(numbers)?)
    .fetch_all(connection)
    .await?;
    for row in &rows {
        let text: String = column(row, 1)?;
        let word: Option<String> = column(row, 2)?;
        let assignee: Option<String> = column(row, 3)?;
        let record = match (mirror::from_json(kind, &text)?, word) {
            (Some(Record::Document(_)), Some(ack)) => {
                Record::Document(with_ack(&text, &ack, column(row, 4)?)?)
            }
            (Some(Record::Delivery(mut delivery)), Some(state)) => {
                delivery.state = state;
                Record::Delivery(delivery)
            }
            (Some(Record::Task(mut task)), Some(state)) => {
                task.state = state;
                task.assignee = assignee.filter(|a| !a.is_empty());
                Record::Task(task)
            }
            (Some(record), _) => record,
            (None, _) => continue,
        };
        out.insert((kind, column(row, 0)?), record);
    }
    Ok(())
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    let mut out = vec![(TICKET_IDS.to_owned(), vec![])];
    for lane in [Lane::All, Lane::Thread, Lane::Internal] {
        out.push((format!("select count(*) from ({})", entries(lane)), vec![]));
    }
    out
}
