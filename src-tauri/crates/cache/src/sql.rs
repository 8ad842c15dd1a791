//! Binding many values, and sets of ids as one JSON parameter.

use serde::{Serialize, de::DeserializeOwned};
use sqlx::{
    Arguments, AssertSqlSafe, SqliteConnection,
    error::BoxDynError,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::CacheError;

/// Bound parameters of one statement; SQLite takes 32,766.
const MAX_PARAMETERS: usize = 30_000;
/// Rows of one statement: more gains nothing (measured), fewer costs a hand-over to the engine's thread each.
const MAX_ROWS: usize = 500;

/// Values of a statement in the order of its parameters.
#[derive(Default)]
pub(crate) struct Values {
    arguments: SqliteArguments,
    error: Option<BoxDynError>,
}

impl Values {
    fn note(&mut self, result: Result<(), BoxDynError>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        let result = self.arguments.add(value.to_owned());
        self.note(result);
        self
    }

    pub(crate) fn word(&mut self, value: Option<&str>) -> &mut Self {
        self.text(value.unwrap_or_default())
    }

    pub(crate) fn optional_text(&mut self, value: Option<&str>) -> &mut Self {
        let result = self.arguments.add(value.map(str::to_owned));
        self.note(result);
        self
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        let result = self.arguments.add(value);
        self.note(result);
        self
    }

    pub(crate) fn optional_int(&mut self, value: Option<i64>) -> &mut Self {
        let result = self.arguments.add(value);
        self.note(result);
        self
    }

    pub(crate) fn flag(&mut self, value: bool) -> &mut Self {
        self.int(i64::from(value))
    }

    pub(crate) fn finish(self) -> Result<SqliteArguments, sqlx::Error> {
        match self.error {
            None => Ok(self.arguments),
            Some(error) => Err(sqlx::Error::Encode(error)),
        }
    }
}

/// Inserts rows, several hundred with each statement. `conflict` is what follows the values.
pub(crate) async fn insert_many<T>(
    connection: &mut SqliteConnection,
    table: &str,
    columns: &[&str],
    conflict: &str,
    rows: &[T],
    mut bind: impl FnMut(&T, &mut Values),
) -> Result<(), CacheError> {
    if rows.is_empty() {
        return Ok(());
    }
    let chunk = (MAX_PARAMETERS / columns.len().max(1)).clamp(1, MAX_ROWS);
    let one = format!("({})", vec!["?"; columns.len()].join(","));
    let statement = |count: usize| {
        format!(
            "insert into {table} ({}) values {} {conflict}",
            columns.join(","),
            vec![one.as_str(); count].join(",")
        )
    };
    let whole: std::sync::Arc<str> = statement(chunk.min(rows.len())).into();
    for part in rows.chunks(chunk) {
        let mut values = Values::default();
        values.arguments.reserve(part.len() * columns.len(), 0);
        for row in part {
            bind(row, &mut values);
        }
        let arguments = values.finish()?;
        if part.len() == chunk {
            // The same text for every full chunk: prepared once.
            sqlx::query_with(AssertSqlSafe(whole.clone()), arguments)
                .execute(&mut *connection)
                .await?;
        } else {
            sqlx::query_with(AssertSqlSafe(statement(part.len())), arguments)
                .persistent(false)
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

/// A set of values as one parameter for `json_each`.
pub(crate) fn json<T: Serialize + ?Sized>(values: &T) -> Result<String, CacheError> {
    Ok(serde_json::to_string(values)?)
}

/// A list that the statement returns as one JSON array: one hand-over instead of one for each row.
pub(crate) async fn list<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    statement: &'static str,
    parameter: String,
) -> Result<Vec<T>, CacheError> {
    let text: Option<String> = sqlx::query_scalar(statement)
        .bind(parameter)
        .fetch_one(connection)
        .await?;
    text.map_or_else(|| Ok(Vec::new()), |text| Ok(serde_json::from_str(&text)?))
}

/// As [`list`], for statements put together from names of our own tables.
pub(crate) async fn list_from<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    statement: String,
    parameter: String,
) -> Result<Vec<T>, CacheError> {
    let text: Option<String> = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(parameter)
        .fetch_one(connection)
        .await?;
    text.map_or_else(|| Ok(Vec::new()), |text| Ok(serde_json::from_str(&text)?))
}

/// A column by place.
pub(crate) fn column<'r, T>(row: &'r SqliteRow, index: usize) -> Result<T, sqlx::Error>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    sqlx::Row::try_get(row, index)
}
