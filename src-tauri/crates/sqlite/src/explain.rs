//! How a statement will be run: the tests of `cache` and `ledger` hold their hot statements to an index.

use sqlx::{AssertSqlSafe, SqliteConnection};

/// The query plan of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryPlan {
    /// Lines such as `SEARCH step USING INDEX step_by_lane (lane=?)`.
    pub lines: Vec<String>,
}

impl QueryPlan {
    /// Lines that read a whole table or sort aside: what a statement on a large table must not have. Tables named in
    /// `small` may be scanned; a scan along an index counts as a scan unless the index is named in `small`, too.
    #[must_use]
    pub fn problems(&self, small: &[&str]) -> Vec<String> {
        self.lines
            .iter()
            .filter(|line| {
                let scan = line.starts_with("SCAN ")
                    && !line.contains("CONSTANT ROW")
                    && !line.contains("VIRTUAL TABLE")
                    && !line.to_ascii_lowercase().contains("subquery");
                let sort = line.contains("TEMP B-TREE");
                (scan || sort)
                    && !line
                        .split([' ', '('])
                        .any(|word| small.contains(&word) && scan)
            })
            .cloned()
            .collect()
    }
}

/// Asks the engine how it would run a statement (parameters may stay unbound).
///
/// # Errors
/// When the statement does not compile.
pub async fn explain(
    connection: &mut SqliteConnection,
    statement: &str,
) -> Result<QueryPlan, sqlx::Error> {
    let lines: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("explain query plan {statement}")))
            .fetch_all(connection)
            .await?;
    Ok(QueryPlan {
        lines: lines.into_iter().map(|(_, _, _, line)| line).collect(),
    })
}
