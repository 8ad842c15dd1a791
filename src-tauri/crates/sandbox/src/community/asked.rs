//! Queries of the case contract: a parameter nobody knows, twice the same one, or a value that does not fit is refused,
//! because a filter that is passed over silently shows more than was asked for.

use std::str::FromStr;

use axum::http::StatusCode;
use domain::Millis;
use serde_json::{Value, json};

use super::requests::Instant;
use crate::core::http::{Answer, Query, json_answer, problem};

/// Longest page.
const PAGE: usize = 200;

/// A query that holds known parameters once.
pub(super) struct Asked(Query);

fn bad(detail: &str) -> Answer {
    problem(StatusCode::BAD_REQUEST, "E_QUERY", detail)
}

/// 410: what the caller read on from is not known here.
pub(super) fn lost(what: &str) -> Answer {
    problem(
        StatusCode::GONE,
        "E_CURSOR",
        &format!("That {what} is not known; read from the beginning."),
    )
}

impl Asked {
    /// Takes a query whose parameters are among `names`.
    pub(super) fn of(query: Query, names: &[&str]) -> Result<Self, Answer> {
        for (name, _) in query.pairs() {
            if !names.contains(&name) {
                return Err(bad(&format!("There is no parameter '{name}'.")));
            }
            if query.all(name).count() > 1 {
                return Err(bad(&format!("{name} is given more than once.")));
            }
        }
        Ok(Self(query))
    }

    /// A parameter as it came.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// Whether a value is the one asked for, if one was.
    pub(super) fn is(&self, name: &str, value: Option<&str>) -> bool {
        self.text(name).is_none_or(|wanted| value == Some(wanted))
    }

    /// A word of a closed list.
    pub(super) fn word<T: FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Answer> {
        let word = self.text(name).map(str::parse).transpose();
        word.map_err(|error| bad(&format!("{name}: {error}")))
    }

    /// An instant.
    pub(super) fn time(&self, name: &str) -> Result<Option<Millis>, Answer> {
        let time = self
            .text(name)
            .map(|text| Instant::try_from(text.to_owned()));
        match time.transpose() {
            Ok(at) => Ok(at.map(|at| at.0)),
            Err(words) => Err(bad(&format!("{name}: {words}."))),
        }
    }

    /// The page size, 1 to 200, 100 if none is asked for.
    pub(super) fn size(&self) -> Result<usize, Answer> {
        let Some(limit) = self.text("limit") else {
            return Ok(100);
        };
        let size = limit.parse().ok().filter(|size| (1..=PAGE).contains(size));
        size.ok_or_else(|| bad("limit must be 1 to 200."))
    }

    /// A page of a list that is kept in order, by position.
    pub(super) fn page(&self, items: impl Iterator<Item = Value>) -> Result<Answer, Answer> {
        let size = self.size()?;
        let from = match self.text("cursor").filter(|cursor| !cursor.is_empty()) {
            None => 0,
            Some(cursor) => cursor.parse().map_err(|_| lost("cursor"))?,
        };
        let mut items: Vec<Value> = items.skip(from).take(size + 1).collect();
        let more = items.len() > size;
        items.truncate(size);
        let cursor = more.then(|| (from + size).to_string());
        Ok(json_answer(
            StatusCode::OK,
            &json!({"items": items, "more": more, "cursor": cursor}),
        ))
    }
}
