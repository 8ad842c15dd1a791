//! Full text over cases, comments, notices, tickets and document numbers, newest first.

use domain::{Kind, ObjectRef};
use sqlx::SqliteConnection;

use crate::{Cache, CacheError, mirror};

/// Newest hits a list filter looks at. A word that is in more is too common to narrow a list by it.
pub(crate) const MAX_HITS: i64 = 2_000;

/// Kinds, ids and rows, newest first, in one JSON array: thousands of rows one by one would take longer than the search.
pub(crate) const SEARCH: &str = "select json_group_array(json_array(kind, id, row)) from (select r.kind, r.id, r.row \
     from search s join search_row r on r.row = s.rowid where search match ?1 order by s.rowid desc limit ?2)";

/// One hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What was found.
    pub object: ObjectRef,
    /// Time it is sorted by.
    pub at: domain::Millis,
}

/// Makes a full-text expression of what a person typed: every word has to be there, the last one may be `unfinished`.
/// Nothing a person types is syntax. `None` when there is no word in it, or none that may be unfinished.
pub(crate) fn expression(text: &str, kinds: &[Kind], unfinished: bool) -> Option<String> {
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(12)
        .collect();
    let last = words.len().checked_sub(1)?;
    if unfinished && !words.last().is_some_and(|word| may_be_unfinished(word)) {
        return None;
    }
    let terms: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(place, word)| {
            let word: String = word.chars().take(80).collect();
            let quoted = format!("\"{}\"", word.replace('"', "\"\""));
            let open = unfinished && place == last;
            format!("body : {quoted}{}", if open { " *" } else { "" })
        })
        .collect();
    let mut expression = terms.join(" AND ");
    if !kinds.is_empty() {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
        expression = format!("kind : ({}) AND {expression}", kinds.join(" OR "));
    }
    Some(expression)
}

/// One or two letters begin half of all words, and the first digits of a number begin half of all numbers.
fn may_be_unfinished(word: &str) -> bool {
    let least = if word.ends_with(|c: char| c.is_ascii_digit()) {
        6
    } else {
        3
    };
    word.chars().count() >= least
}

impl Cache {
    /// Searches, newest first; no kinds means all. Words that only begin like the last one typed are looked at when whole
    /// words find less than was asked for.
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
    let mut found: Vec<(String, String, i64)> = Vec::new();
    for unfinished in [false, true] {
        let Some(expression) = expression(text, kinds, unfinished) else {
            continue;
        };
        let rows: String = sqlx::query_scalar(SEARCH)
            .bind(expression)
            .bind(limit)
            .fetch_one(&mut *connection)
            .await?;
        // Unfinished words find the whole ones, too.
        found = serde_json::from_str(&rows)?;
        if i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit {
            break;
        }
    }
    let hit = |(kind, id, row): (String, String, i64)| {
        let kind = kind.parse::<Kind>().ok()?;
        Some(Hit {
            object: ObjectRef::new(kind, mirror::system_of(kind), id),
            at: domain::Millis(row >> 20),
        })
    };
    Ok(found.into_iter().filter_map(hit).collect())
}

/// Ids of these kinds that a list filter's text finds, the newest [`MAX_HITS`] of all of them together: one search for two
/// kinds costs half of two. `None` where there is no text.
pub(crate) async fn ids<const N: usize>(
    connection: &mut SqliteConnection,
    text: Option<&str>,
    kinds: [Kind; N],
) -> Result<Option<[Vec<String>; N]>, CacheError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let mut of_kind = kinds.map(|_| Vec::new());
    for hit in hits(connection, text, &kinds, MAX_HITS).await? {
        for (kind, ids) in kinds.iter().zip(&mut of_kind) {
            if hit.object.kind == *kind {
                ids.push(hit.object.remote_id.clone());
            }
        }
    }
    Ok(Some(of_kind))
}

/// The same for one kind.
pub(crate) async fn ids_of(
    connection: &mut SqliteConnection,
    text: Option<&str>,
    kind: Kind,
) -> Result<Option<Vec<String>>, CacheError> {
    Ok(ids(connection, text, [kind]).await?.map(|[ids]| ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_person_types_is_syntax() {
        assert_eq!(
            expression("PC-48213", &[Kind::Case], true).unwrap(),
            "kind : (case) AND body : \"PC-48213\" *"
        );
        assert_eq!(
            expression("a\"b NOT", &[], false).unwrap(),
            "body : \"a\"\"b\" AND body : \"NOT\""
        );
        assert_eq!(expression(" -- ", &[], false), None);
        assert_eq!(expression("4500", &[], true), None);
    }
}
