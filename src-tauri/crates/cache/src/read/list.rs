//! Pages of long lists: filter, order and window in one walk along one index.

use serde::de::DeserializeOwned;
use sqlx::{
    AssertSqlSafe, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{CacheError, sql::Values};

/// Most rows of one page.
const MAX_ROWS: u32 = 500;
/// Ids that are looked up one by one. The rows of more than these lie on as many pages of the table; then the list is
/// walked in its order, which ends with the page, and each entry of the index is held against them.
const MAX_LOOKED_UP: usize = 500;

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First row.
    pub offset: u32,
    /// How many, at most 500.
    pub limit: u32,
}

impl Window {
    /// The first rows.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { offset: 0, limit }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows<T> {
    /// Rows the filter lets through.
    pub total: u32,
    /// Rows without the filter.
    pub of: u32,
    /// The rows of the window.
    pub items: Vec<T>,
}

/// One value of a property and how many rows have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// Property: a column of the list.
    pub facet: &'static str,
    /// Value; empty for none.
    pub value: String,
    /// Rows.
    pub count: u32,
}

/// An order of a list: the index that has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) table: &'static str,
    pub(crate) index: &'static str,
    pub(crate) key: &'static str,
    pub(crate) descending: bool,
    /// The index that holds every column a filter may name: walked when there is a filter and this is another one.
    pub(crate) wide: &'static str,
    /// Column that leads the index and splits the list in two halves; each is walked on its own and both are merged.
    pub(crate) half: Option<&'static str>,
}

#[derive(Debug, Clone)]
enum Bound {
    Text(String),
    Int(i64),
}

/// Conditions with their values. Every condition is on columns the index holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    conditions: Vec<String>,
    values: Vec<Bound>,
    /// Which half of the list; both when `None`.
    half: Option<bool>,
    /// Whether a condition lets few rows through: then the wide index is walked.
    narrowed: bool,
    /// Ids of rows found otherwise (full text).
    found: Option<String>,
    /// Whether these ids lead, or the index of the order.
    ids_lead: bool,
}

impl Filter {
    /// Everything in one half of the list, or in both.
    pub(crate) fn half(half: Option<bool>) -> Self {
        Self {
            half,
            ..Self::default()
        }
    }

    /// The column has one of these values; any when there are none.
    pub(crate) fn any_of(&mut self, column: &str, values: &[String]) -> &mut Self {
        if !values.is_empty() {
            // The plus keeps the planner on the index that has the order.
            self.conditions
                .push(format!("+{column} in (select value from json_each(?))"));
            self.values.push(Bound::Text(array(values)));
            self.narrowed = true;
        }
        self
    }

    /// The id is none of these.
    pub(crate) fn none_of(&mut self, column: &str, values: &[String]) -> &mut Self {
        if !values.is_empty() {
            self.conditions
                .push(format!("+{column} not in (select value from json_each(?))"));
            self.values.push(Bound::Text(array(values)));
            self.narrowed = true;
        }
        self
    }

    /// The column is at most this.
    pub(crate) fn at_most(&mut self, column: &str, value: Option<i64>) -> &mut Self {
        if let Some(value) = value {
            self.conditions.push(format!("{column} <= ?"));
            self.values.push(Bound::Int(value));
            self.narrowed = true;
        }
        self
    }

    /// The column is this.
    pub(crate) fn flag(&mut self, column: &str, value: Option<bool>) -> &mut Self {
        if let Some(value) = value {
            self.conditions.push(format!("+{column} = ?"));
            self.values.push(Bound::Int(i64::from(value)));
            self.narrowed = true;
        }
        self
    }

    /// A condition of our own.
    pub(crate) fn on(&mut self, condition: String) -> &mut Self {
        self.conditions.push(condition);
        self
    }

    /// A condition of our own with one text.
    pub(crate) fn with(&mut self, condition: &str, value: String) -> &mut Self {
        self.conditions.push(condition.to_owned());
        self.values.push(Bound::Text(value));
        self
    }

    /// Only these ids, found by full text.
    pub(crate) fn only(&mut self, ids: Option<&[String]>) -> &mut Self {
        self.found = ids.map(array);
        self.ids_lead = ids.is_some_and(|ids| ids.len() <= MAX_LOOKED_UP);
        self
    }

    /// Looks the ids up one by one, however many there are: for conditions on columns no index holds.
    pub(crate) fn look_up(&mut self) -> &mut Self {
        self.ids_lead = self.found.is_some();
        self
    }

    /// `select WHAT from TABLE where ...` for a table of which every row may be looked at: the halves of lists do not count.
    pub(crate) fn select(self, what: &str, table: &str) -> Statement {
        let condition = if self.conditions.is_empty() {
            String::new()
        } else {
            format!(" where {}", self.conditions.join(" and "))
        };
        Statement {
            sql: format!("select {what} from {table}{condition}"),
            values: self.values,
        }
    }

    /// What a statement may do with this filter in this order: tests hold it to that.
    #[cfg(test)]
    pub(crate) fn allowed(&self, order: &Order) -> Vec<&'static str> {
        let mut allowed = Vec::new();
        if self.narrowed && order.index != order.wide {
            allowed.push("sort");
        }
        if order.half.is_none() {
            allowed.extend([order.index, order.wide]);
        }
        allowed
    }

    /// Whether full text already named the rows.
    pub(crate) const fn is_found(&self) -> bool {
        self.found.is_some()
    }
}

fn array(values: &[String]) -> String {
    serde_json::Value::from(values).to_string()
}

/// A statement with its values.
pub(crate) struct Statement {
    pub(crate) sql: String,
    values: Vec<Bound>,
}

impl Statement {
    /// As [`Self::rows`], where the columns have one parameter: `person`.
    pub(crate) fn rows_for(self, order: &Order, columns: &str, person: &str) -> Self {
        let mut statement = self.rows(order, columns);
        statement.values.insert(0, Bound::Text(person.to_owned()));
        statement
    }

    /// Rows instead of their numbers: these columns of `r`, in the order of the page.
    pub(crate) fn rows(self, order: &Order, columns: &str) -> Self {
        let direction = if order.descending { " desc" } else { "" };
        Self {
            sql: format!(
                "select {columns} from ({}) k cross join {} r on r.row = k.row order by k.key{direction}, k.row{direction}",
                self.sql, order.table
            ),
            values: self.values,
        }
    }

    /// Values `v` with their counts `n`, most frequent first, as one JSON array; values nothing has any more are left out.
    pub(crate) fn grouped(self) -> Self {
        Self {
            sql: format!(
                "select json_group_array(json_array(v, n)) from ({} group by v having sum(n) > 0 order by 2 desc, 1)",
                self.sql
            ),
            values: self.values,
        }
    }

    fn arguments(&self) -> Result<SqliteArguments, sqlx::Error> {
        let mut values = Values::default();
        for value in &self.values {
            match value {
                Bound::Text(text) => values.text(text),
                Bound::Int(number) => values.int(*number),
            };
        }
        values.finish()
    }
}

/// `from TABLE INDEX where ...` for each half that is asked for.
fn halves(order: &Order, filter: &Filter) -> Vec<Statement> {
    let sides: &[Option<bool>] = match (order.half, filter.half) {
        (None, _) => &[None],
        (Some(_), Some(true)) => &[Some(true)],
        (Some(_), Some(false)) => &[Some(false)],
        // Ids lead to rows of both halves: they are followed once.
        (Some(_), None) if filter.ids_lead => &[None],
        (Some(_), None) => &[Some(true), Some(false)],
    };
    sides
        .iter()
        .map(|side| {
            let mut conditions = Vec::new();
            let mut values = Vec::new();
            if let Some(ids) = &filter.found {
                conditions.push(if filter.ids_lead {
                    "id in (select value from json_each(?))".to_owned()
                } else {
                    format!(
                        "+row in (select f.row from json_each(?) k cross join {} f on f.id = k.value)",
                        order.table
                    )
                });
                values.push(Bound::Text(ids.clone()));
            }
            let source = if filter.ids_lead {
                order.table.to_owned()
            } else if filter.narrowed {
                // A selective filter is looked up in the wide index, whose order is another: the few rows are sorted.
                format!("{} indexed by {}", order.table, order.wide)
            } else {
                format!("{} indexed by {}", order.table, order.index)
            };
            if let (Some(column), Some(side)) = (order.half, side) {
                let plus = if filter.ids_lead { "+" } else { "" };
                conditions.push(format!("{plus}{column} = {}", u8::from(*side)));
            }
            conditions.extend(filter.conditions.iter().cloned());
            values.extend(filter.values.iter().cloned());
            let condition = if conditions.is_empty() {
                String::new()
            } else {
                format!(" where {}", conditions.join(" and "))
            };
            Statement {
                sql: format!("from {source}{condition}"),
                values,
            }
        })
        .collect()
}

/// Row numbers of a window, in order.
pub(crate) fn page(order: &Order, filter: &Filter, window: Window) -> Statement {
    let parts = halves(order, filter);
    let direction = if order.descending { " desc" } else { "" };
    let (mut sqls, mut values) = (Vec::new(), Vec::new());
    for part in parts {
        sqls.push(format!("select {} as key, row {}", order.key, part.sql));
        values.extend(part.values);
    }
    values.push(Bound::Int(i64::from(window.limit.min(MAX_ROWS))));
    values.push(Bound::Int(i64::from(window.offset)));
    Statement {
        sql: format!(
            "{} order by 1{direction}, 2{direction} limit ? offset ?",
            sqls.join(" union all ")
        ),
        values,
    }
}

/// How many rows the filter lets through.
pub(crate) fn count(order: &Order, filter: &Filter) -> Statement {
    let (mut sqls, mut values) = (Vec::new(), Vec::new());
    let mut filter = filter.clone();
    if filter.conditions.is_empty() && filter.half.is_none() {
        // Whether an id is there is answered by the index of ids.
        filter.look_up();
    }
    for part in halves(order, &filter) {
        sqls.push(format!("(select count(*) {})", part.sql));
        values.extend(part.values);
    }
    Statement {
        sql: format!("select {}", sqls.join(" + ")),
        values,
    }
}

/// How many rows stand before the one with this id.
pub(crate) fn before(order: &Order, filter: &Filter, id: &str) -> Statement {
    let sign = if order.descending { ">" } else { "<" };
    let mut filter = filter.clone();
    filter.with(
        &format!(
            "({key}, row) {sign} (select {key}, row from {table} where id = ?)",
            key = order.key,
            table = order.table
        ),
        id.to_owned(),
    );
    count(order, &filter)
}

/// A page with how many rows the filter lets through and how many there are without it. What is handed to the engine costs
/// as much as ten rows, so both totals are one statement.
pub(crate) async fn fetch<T>(
    connection: &mut SqliteConnection,
    page: Statement,
    totals: [Statement; 2],
    item: impl Fn(&SqliteRow) -> Result<T, CacheError>,
) -> Result<Rows<T>, CacheError> {
    let arguments = page.arguments()?;
    let items = sqlx::query_with(AssertSqlSafe(page.sql), arguments)
        .fetch_all(&mut *connection)
        .await?
        .iter()
        .map(item)
        .collect::<Result<_, _>>()?;
    let [total, of] = totals;
    let both = Statement {
        sql: format!("select ({}), ({})", total.sql, of.sql),
        values: [total.values, of.values].concat(),
    };
    let arguments = both.arguments()?;
    let (total, of): (i64, i64) = sqlx::query_as_with(AssertSqlSafe(both.sql), arguments)
        .fetch_one(connection)
        .await?;
    Ok(Rows {
        total: u32::try_from(total).unwrap_or(u32::MAX),
        of: u32::try_from(of).unwrap_or(u32::MAX),
        items,
    })
}

/// A list that the statement returns as one JSON array.
pub(crate) async fn fetch_json<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<Vec<T>, CacheError> {
    let arguments = statement.arguments()?;
    let text: String = sqlx::query_scalar_with(AssertSqlSafe(statement.sql), arguments)
        .fetch_one(connection)
        .await?;
    Ok(serde_json::from_str(&text)?)
}

pub(crate) async fn fetch_count(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<u32, CacheError> {
    let arguments = statement.arguments()?;
    let count: i64 = sqlx::query_scalar_with(AssertSqlSafe(statement.sql), arguments)
        .fetch_one(connection)
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}
