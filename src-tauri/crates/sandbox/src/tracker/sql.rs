//! TicketSQL: conditions with AND, OR and brackets over the fields a connector needs.

use domain::Millis;

use super::{store::Store, ticket::Ticket};

/// A parsed query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    All,
    And(Vec<Query>),
    Or(Vec<Query>),
    Is(Condition),
}

/// `Field operator 'value'`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    field: String,
    operator: String,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Word(String),
    Quoted(String),
    Operator(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            c if c.is_whitespace() => {
                chars.next();
            }
            '(' => {
                chars.next();
                found.push(Token::Open);
            }
            ')' => {
                chars.next();
                found.push(Token::Close);
            }
            '\'' | '"' => {
                chars.next();
                let mut value = String::new();
                loop {
                    match chars.next() {
                        None => return Err("Unterminated string".into()),
                        Some('\\') => value.extend(chars.next()),
                        Some(q) if q == c => break,
                        Some(other) => value.push(other),
                    }
                }
                found.push(Token::Quoted(value));
            }
            '<' | '>' | '=' | '!' => {
                let mut operator = String::new();
                while let Some(&o) = chars.peek().filter(|o| "<>=!".contains(**o)) {
                    operator.push(o);
                    chars.next();
                }
                found.push(Token::Operator(operator));
            }
            _ => {
                let mut word = String::new();
                let mut braces = 0_u32;
                while let Some(&w) = chars.peek() {
                    match w {
                        '{' => braces += 1,
                        '}' => braces = braces.saturating_sub(1),
                        w if braces == 0 && (w.is_whitespace() || "()<>=!'\"".contains(w)) => break,
                        _ => {}
                    }
                    word.push(w);
                    chars.next();
                }
                found.push(Token::Word(word));
            }
        }
    }
    Ok(found)
}

struct Parser {
    tokens: std::vec::IntoIter<Token>,
    ahead: Option<Token>,
    depth: u32,
}

impl Parser {
    fn peek(&mut self) -> Option<&Token> {
        if self.ahead.is_none() {
            self.ahead = self.tokens.next();
        }
        self.ahead.as_ref()
    }

    fn next(&mut self) -> Option<Token> {
        self.ahead.take().or_else(|| self.tokens.next())
    }

    fn joins(&mut self, joiner: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(joiner));
        if found {
            self.next();
        }
        found
    }

    fn any(&mut self) -> Result<Query, String> {
        let mut parts = vec![self.all()?];
        while self.joins("OR") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Query::Or))
    }

    fn all(&mut self) -> Result<Query, String> {
        let mut parts = vec![self.part()?];
        while self.joins("AND") {
            parts.push(self.part()?);
        }
        Ok(one_or(parts, Query::And))
    }

    fn part(&mut self) -> Result<Query, String> {
        match self.next() {
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > 32 {
                    return Err("Too many brackets".into());
                }
                let inner = self.any()?;
                match self.next() {
                    Some(Token::Close) => {
                        self.depth -= 1;
                        Ok(inner)
                    }
                    other => Err(format!("Expected a closing bracket, found {other:?}")),
                }
            }
            Some(Token::Word(field) | Token::Quoted(field)) => self.condition(field),
            other => Err(format!("Wrong query, expecting a KEYWORD, found {other:?}")),
        }
    }

    fn condition(&mut self, field: String) -> Result<Query, String> {
        let operator = match self.next() {
            Some(Token::Operator(operator)) => operator,
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("LIKE") => "LIKE".into(),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("NOT") => {
                if self.joins("LIKE") {
                    "NOT LIKE".into()
                } else {
                    return Err("Wrong query, expecting LIKE after NOT".into());
                }
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("IS") => {
                if self.joins("NOT") {
                    "IS NOT".into()
                } else {
                    "IS".into()
                }
            }
            other => {
                return Err(format!(
                    "Wrong query, expecting an OPERATOR, found {other:?}"
                ));
            }
        };
        match self.next() {
            Some(Token::Word(value) | Token::Quoted(value)) => Ok(Query::Is(Condition {
                field,
                operator,
                value,
            })),
            other => Err(format!("Wrong query, expecting a VALUE, found {other:?}")),
        }
    }
}

fn one_or(mut parts: Vec<Query>, join: fn(Vec<Query>) -> Query) -> Query {
    if parts.len() == 1 {
        parts.pop().unwrap_or(Query::All)
    } else {
        join(parts)
    }
}

/// Reads a query.
pub(super) fn parse(text: &str) -> Result<Query, String> {
    if text.trim().is_empty() {
        return Err("Query is empty".into());
    }
    let mut parser = Parser {
        tokens: tokens(text)?.into_iter(),
        ahead: None,
        depth: 0,
    };
    let query = parser.any()?;
    match parser.next() {
        None => Ok(query),
        Some(rest) => Err(format!(
            "Wrong query, expecting an AGGREGATOR, found {rest:?}"
        )),
    }
}

fn texts(left: &str, operator: &str, right: &str) -> bool {
    let (left, right) = (left.to_lowercase(), right.to_lowercase());
    match operator {
        "=" => left == right,
        "!=" | "<>" => left != right,
        "LIKE" => left.contains(&right),
        "NOT LIKE" => !left.contains(&right),
        "IS" => left.is_empty(),
        "IS NOT" => !left.is_empty(),
        _ => false,
    }
}

fn numbers(left: i64, operator: &str, right: i64) -> bool {
    match operator {
        "=" => left == right,
        "!=" | "<>" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        ">=" => left >= right,
        _ => false,
    }
}

/// Times have one-second resolution, as in the tracker's database.
fn times(left: Millis, operator: &str, right: &str) -> bool {
    Millis::parse_lenient(right).is_ok_and(|right| {
        numbers(
            left.0.div_euclid(1_000),
            operator,
            right.0.div_euclid(1_000),
        )
    })
}

fn fits(store: &Store, ticket: &Ticket, condition: &Condition) -> bool {
    let Condition {
        field,
        operator,
        value,
    } = condition;
    let custom = ["CF.{", "CustomField.{", "CF.", "CustomField."]
        .iter()
        .find_map(|start| field.strip_prefix(start));
    if let Some(name) = custom {
        let name = name.trim_end_matches('}');
        return texts(
            ticket.custom_field(name).unwrap_or_default(),
            operator,
            value,
        );
    }
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    match field.to_lowercase().as_str() {
        "id" => value
            .parse()
            .is_ok_and(|v| numbers(number(ticket.id), operator, v)),
        "status" if value == "__Active__" => {
            matches!(ticket.status.as_str(), "new" | "open" | "stalled") == (operator == "=")
        }
        "status" if value == "__Inactive__" => {
            matches!(ticket.status.as_str(), "resolved" | "rejected" | "deleted")
                == (operator == "=")
        }
        "status" => texts(&ticket.status, operator, value),
        "queue" => {
            texts(ticket.queue_name(), operator, value)
                || (operator == "=" && ticket.queue.to_string() == *value)
        }
        "owner" => texts(&ticket.owner, operator, value),
        "subject" => texts(&ticket.subject, operator, value),
        "requestor" | "requestor.emailaddress" => texts(&ticket.requestor, operator, value),
        "priority" => value
            .parse()
            .is_ok_and(|v| numbers(ticket.priority, operator, v)),
        "lastupdated" | "updated" => times(ticket.updated_at, operator, value),
        "created" => times(ticket.created_at, operator, value),
        "due" => ticket.due_at.is_some_and(|due| times(due, operator, value)),
        "content" => ticket
            .history
            .iter()
            .any(|t| texts(&store.text(t), operator, value)),
        "refersto" => ticket
            .links
            .iter()
            .any(|(k, t)| k == "RefersTo" && t == value),
        _ => false,
    }
}

/// Whether a ticket answers a query.
pub(super) fn answers(store: &Store, ticket: &Ticket, query: &Query) -> bool {
    match query {
        Query::All => true,
        Query::And(parts) => parts.iter().all(|p| answers(store, ticket, p)),
        Query::Or(parts) => parts.iter().any(|p| answers(store, ticket, p)),
        Query::Is(condition) => fits(store, ticket, condition),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_join_and_nest_and_nonsense_is_refused() {
        let query = parse("(Status = 'open' OR Status = 'new') AND 'CF.{PartnerCase}' = '48213'");
        assert!(matches!(query, Ok(Query::And(parts)) if parts.len() == 2));
        let spaced =
            parse("CF.{Partner Case} = \"a\\\"b\" and LastUpdated > '2026-11-20 21:00:00'");
        assert!(spaced.is_ok());
        for bad in [
            "",
            "Status",
            "Status = ",
            "Status = 'x' Queue",
            "(Status = 'x'",
            "Status ~ 'x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }
}
