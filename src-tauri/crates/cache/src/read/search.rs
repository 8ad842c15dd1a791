//! Full text over cases, comments, notices, tickets and document numbers, newest first.

use domain::{Kind, ObjectRef};
use sqlx::SqliteConnection;

use crate::{Cache, CacheError, mirror, sql::column};

/// Newest hits a list filter looks at. A word that is in more is too common to narrow a list by it.
pub(crate) const MAX_HITS: i64 = 2_000;

pub(crate) const SEARCH: &str = "select r.kind, r.id, s.rowid from search s join search_row r on r.row = s.rowid \
     where search match ?1 order by s.rowid desc limit ?2";

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What was found.
    pub object: ObjectRef,
    /// Time it is sorted by.
    pub at: domain::Millis,
}

/// Makes a full-text expression of what a person typed: every word has to be there, the last one may be unfinished.
/// Nothing a person types is syntax. `None` when there is no word in it.
pub(crate) fn expression(text: &str, kinds: &[Kind]) -> Option<String> {
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(12)
        .collect();
    let last = words.len().checked_sub(1)?;
    let terms: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(place, word)| {
            let word: String = word.chars().take(80).collect();
            let quoted = format!("\"{}\"", word.replace('"', "\"\""));
            // One or two letters begin half of all words.
            let unfinished = place == last && word.chars().count() >= 3;
            format!("body : {quoted}{}", if unfinished { " *" } else { "" })
        })
        .collect();
    let mut expression = terms.join(" AND ");
    if !kinds.is_empty() {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        expression = format!("kind : ({}) AND {expression}", kinds.join(" OR "));
    }
    Some(expression)
}

impl Cache {
    /// Searches, newest first; no kinds means all.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn search(
        &self,
        text: &str,
        kinds: &[Kind],
        limit: u32,
    ) -> Result<Vec<Hit>, CacheError> {
        let mut snapshot = self.reader().snapshot().await?;
        hits(&mut snapshot, text, kinds, i64::from(limit.min(500))).await
    }
}

pub(crate) async fn hits(
    connection: &mut SqliteConnection,
    text: &str,
    kinds: &[Kind],
    limit: i64,
) -> Result<Vec<Hit>, CacheError> {
    let Some(expression) = expression(text, kinds) else {
        return Ok(Vec::new());
    };
    let rows = sqlx::query(SEARCH)
        .bind(expression)
        .bind(limit)
        .fetch_all(connection)
        .await?;
    let mut hits = Vec::with_capacity(rows.len());
    for row in &rows {
        let Ok(kind) = column::<String>(row, 0)?.parse::<Kind>() else {
            continue;
        };
        hits.push(Hit {
            object: ObjectRef::new(kind, mirror::system_of(kind), column::<String>(row, 1)?),
            at: domain::Millis(column::<i64>(row, 2)? >> 20),
        });
    }
    Ok(hits)
}

/// Ids of one kind that a list filter's text finds.
pub(crate) async fn ids(
    connection: &mut SqliteConnection,
    text: &str,
    kind: Kind,
) -> Result<Vec<String>, CacheError> {
    Ok(hits(connection, text, &[kind], MAX_HITS)
        .await?
        .into_iter()
        .map(|hit| hit.object.remote_id)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_person_types_is_syntax() {
        assert_eq!(
            expression("PC-48213", &[Kind::Case]).unwrap(),
            "kind : (case) AND body : \"PC-48213\" *"
        );
        assert_eq!(
            expression("a\"b NOT", &[]).unwrap(),
            "body : \"a\"\"b\" AND body : \"NOT\" *"
        );
        assert_eq!(expression(" -- ", &[]), None);
    }
}
