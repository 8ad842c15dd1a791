//! What answers the notices of a case: messages of the partner, and what people decided.

use std::collections::BTreeSet;

use domain::{
    Millis,
    record::{Comment, SpaceItem},
};

use serde::de::DeserializeOwned;

use crate::{Cache, CacheError, sql::json};

/// More messages or decisions than this no case has; the earliest count.
const MOST: i64 = 2_000;
/// More items than this no case has.
const MOST_ITEMS: i64 = 100_000;

const MESSAGES: &str = "select c.record from comment c where c.case_id = ?1 and c.created_at >= ?2 and c.side = 'partner' \
     and c.visibility = 'partner' order by c.created_at, c.row limit ?3";
const COMMENT_IDS: &str =
    "select c.record from json_each(?1) k cross join comment c on c.id = k.value";
const ITEMS_OF: &str = "select i.record from space s cross join space_item i on i.space_id = s.id \
     where s.case_id = ?1 and s.purpose = ?2 limit ?3";
const SILENT: &str = "select n.case_id from notice n where n.event_at between ?1 and ?2 \
     and n.shown_state in ('sent', 'delivered') and n.case_id <> '' \
     and substr(n.template, 1, instr(n.template || '@', '@') - 1) in (select value from json_each(?3)) limit ?4";

fn records<T: DeserializeOwned>(rows: Vec<String>) -> Result<Vec<T>, CacheError> {
    let records = rows.iter().map(|row| serde_json::from_str(row));
    Ok(records.collect::<Result<_, _>>()?)
}

impl Cache {
    /// What the partner wrote on a case since a time, earliest first, at most 2,000.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn partner_messages(
        &self,
        case_id: &str,
        since: Millis,
    ) -> Result<Vec<Comment>, CacheError> {
        let rows: Vec<String> = sqlx::query_scalar(MESSAGES)
            .bind(case_id)
            .bind(since.0)
            .bind(MOST)
            .fetch_all(self.reader().pool())
            .await?;
        records(rows)
    }

    /// Messages by their ids; those that are not here are left out.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn comments(&self, ids: &[String]) -> Result<Vec<Comment>, CacheError> {
        let rows: Vec<String> = sqlx::query_scalar(COMMENT_IDS)
            .bind(json(ids)?)
            .fetch_all(self.reader().pool())
            .await?;
        records(rows)
    }

    /// Items of the spaces of a case that have a purpose, such as the decisions about its notices (`loop`), in no order, at
    /// most 100,000.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn items_of_case(
        &self,
        case_id: &str,
        purpose: &str,
    ) -> Result<Vec<SpaceItem>, CacheError> {
        let rows: Vec<String> = sqlx::query_scalar(ITEMS_OF)
            .bind(case_id)
            .bind(purpose)
            .bind(MOST_ITEMS)
            .fetch_all(self.reader().pool())
            .await?;
        records(rows)
    }

    /// Cases with a notice of one of these templates whose last word is that it went out or arrived, between two times;
    /// each once, of the earliest 2,000 notices.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn cases_told_between(
        &self,
        templates: &[String],
        from: Millis,
        to: Millis,
    ) -> Result<Vec<String>, CacheError> {
        let cases: Vec<String> = sqlx::query_scalar(SILENT)
            .bind(from.0)
            .bind(to.0)
            .bind(json(templates)?)
            .bind(MOST)
            .fetch_all(self.reader().pool())
            .await?;
        let each: BTreeSet<String> = cases.into_iter().collect();
        Ok(each.into_iter().collect())
    }
}

#[cfg(test)]
pub(crate) fn statements() -> Vec<(String, Vec<&'static str>)> {
    [MESSAGES, COMMENT_IDS, ITEMS_OF, SILENT]
        .map(|statement| (statement.to_owned(), vec![]))
        .into()
}
