//! Finds, sorts and pages transactions as Lens does.

use domain::Millis;
use serde_json::{Map, Value, json};

use super::{
    query::{Request, Search},
    selection::Wanted,
    transaction::Transaction,
};

/// Most transactions one page carries.
pub(super) const MAX_COUNT: usize = 1000;

/// Fields that may stand in `ranges`.
const TIMES: [&str; 5] = [
    "statusdate",
    "arrivaltime",
    "fastatusdate",
    "deliverycompletedtimestamp",
    "purgedate",
];

/// A page of the answer.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) total: usize,
    pub(super) offset: usize,
    pub(super) found: Vec<&'a Transaction>,
}

/// Checks what only the schema knows.
///
/// # Errors
/// A sentence for `errors[].message`.
pub(super) fn check(request: &Request) -> Result<(), String> {
    let search = &request.search;
    for range in &search.ranges {
        if !TIMES.contains(&range.field.as_str()) {
            return Err(format!("'{}' cannot be used in ranges", range.field));
        }
    }
    let named = search
        .sort_field
        .iter()
        .chain(search.filters.iter().map(|f| &f.field))
        .chain(
            search
                .must
                .iter()
                .chain(&search.should)
                .map(|(field, _)| field),
        );
    for field in named {
        if !Transaction::has_field(field) {
            return Err(format!("'{field}' is no field of a transaction"));
        }
    }
    has_fields(&request.answer_name, &request.wanted)?;
    for wanted in &request.wanted {
        match wanted.name.as_str() {
            "count" | "total" | "offset" | "scrollid" | "__typename" => is_leaf(wanted)?,
            "transactions" => {
                has_fields(&wanted.name, &wanted.fields)?;
                wanted.fields.iter().try_for_each(of_transaction)?;
            }
            other => return Err(undefined(other, "TransactionResult")),
        }
    }
    Ok(())
}

fn of_transaction(field: &Wanted) -> Result<(), String> {
    match field.name.as_str() {
        "contentkeys" => {
            has_fields(&field.name, &field.fields)?;
            field.fields.iter().try_for_each(|key| {
                if matches!(key.name.as_str(), "key" | "value" | "__typename") {
                    is_leaf(key)
                } else {
                    Err(undefined(&key.name, "ContentKey"))
                }
            })
        }
        name if name == "__typename" || Transaction::has_field(name) => is_leaf(field),
        name => Err(undefined(name, "Transaction")),
    }
}

fn has_fields(name: &str, fields: &[Wanted]) -> Result<(), String> {
    if fields.is_empty() {
        return Err(format!(
            "Validation error: Subselection required for '{name}'"
        ));
    }
    Ok(())
}

fn is_leaf(field: &Wanted) -> Result<(), String> {
    if field.fields.is_empty() {
        return Ok(());
    }
    let name = &field.name;
    Err(format!(
        "Validation error: Subselection not allowed on leaf '{name}'"
    ))
}

fn undefined(field: &str, of: &str) -> String {
    let field: String = field.chars().take(60).collect();
    format!("Validation error: Field '{field}' in type '{of}' is undefined")
}

/// One page of what a search finds now.
pub(super) fn run<'a>(
    search: &Search,
    all: impl Iterator<Item = &'a Transaction>,
    offset: usize,
    count: usize,
    now: Millis,
) -> Page<'a> {
    let mut found: Vec<&Transaction> = all
        .filter(|t| t.is_visible(now) && matches(search, t, now))
        .collect();
    if let Some(field) = &search.sort_field {
        let key = |t: &Transaction| match t.time(field, now) {
            Some(at) => (at, None),
            None => (Millis(0), t.field(field, now)),
        };
        found.sort_by_cached_key(|t| t.id.clone());
        if search.descending {
            found.sort_by_cached_key(|t| std::cmp::Reverse(key(t)));
        } else {
            found.sort_by_cached_key(|t| key(t));
        }
    }
    let total = found.len();
    let found = found
        .into_iter()
        .skip(offset)
        .take(count.min(MAX_COUNT))
        .collect();
    Page {
        total,
        offset,
        found,
    }
}

fn matches(search: &Search, transaction: &Transaction, now: Millis) -> bool {
    let field = |name: &str| transaction.field(name, now).unwrap_or_default();
    search.ranges.iter().all(|range| {
        let Some(value) = transaction.time(&range.field, now) else {
            return false;
        };
        range.from.is_none_or(|from| value >= from) && range.to.is_none_or(|to| value <= to)
    }) && search.filters.iter().all(|filter| {
        let value = field(&filter.field);
        (filter.include.is_empty() || filter.include.contains(&value))
            && !filter.exclude.contains(&value)
    }) && search.content_keys.iter().all(|(key, pattern)| {
        transaction
            .content_key(key)
            .is_some_and(|value| wild(pattern, value))
    }) && search
        .must
        .iter()
        .all(|(name, pattern)| wild(pattern, &field(name)))
        && (search.should.is_empty()
            || search
                .should
                .iter()
                .any(|(name, pattern)| wild(pattern, &field(name))))
        && search
            .free_text
            .as_deref()
            .is_none_or(|text| free(text, transaction))
}

/// Words with `AND`, `OR` and `*` over the texts people search by.
fn free(text: &str, transaction: &Transaction) -> bool {
    let texts: Vec<&str> = [
        transaction.id.as_str(),
        &transaction.editype,
        &transaction.sender.name,
        &transaction.receiver.name,
        &transaction.sender.address,
        &transaction.receiver.address,
    ]
    .into_iter()
    .chain(
        transaction
            .content_keys
            .iter()
            .map(|(_, value)| value.as_str()),
    )
    .collect();
    text.split(" OR ").any(|all| {
        all.split(" AND ")
            .flat_map(str::split_whitespace)
            .all(|word| texts.iter().any(|t| wild(word.trim_matches('"'), t)))
    })
}

/// `*` stands for any text; letter case does not matter. `*` alone wants some text.
fn wild(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return !text.is_empty();
    }
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The page in the shape that was asked for, and what could not be told of it.
pub(super) fn answer(
    request: &Request,
    page: &Page<'_>,
    scroll_id: Option<&str>,
    now: Millis,
) -> (Value, Vec<Value>) {
    let mut out = Map::new();
    let mut untold = Vec::new();
    for wanted in &request.wanted {
        let value = match wanted.name.as_str() {
            "count" => json!(page.found.len()),
            "total" => json!(page.total),
            "offset" => json!(page.offset),
            "scrollid" => json!(scroll_id),
            "__typename" => json!("TransactionResult"),
            _ => {
                let rows = page.found.iter().enumerate().map(|(at, found)| {
                    for name in hidden(found, &wanted.fields, now) {
                        let path = json!([request.answer_name, wanted.answer_name, at, name]);
                        untold.push(json!({ "message": HIDDEN, "path": path }));
                    }
                    transaction(found, &wanted.fields, &request.search, now)
                });
                Value::Array(rows.collect())
            }
        };
        out.insert(wanted.answer_name.clone(), value);
    }
    let data = Map::from_iter([(request.answer_name.clone(), Value::Object(out))]);
    (Value::Object(data), untold)
}

/// What is said of a value that the type of its field does not have.
const HIDDEN: &str = "Can't serialize value: invalid input for the type of the field";

/// `C` (received) can be searched for, but no answer has it: the field is null and a warning stands beside it.
fn hides_ack(transaction: &Transaction, now: Millis) -> bool {
    transaction.ack(now).is_some_and(|(_, code)| code == "C")
}

fn hidden<'w>(found: &Transaction, wanted: &'w [Wanted], now: Millis) -> Vec<&'w str> {
    let acks = wanted.iter().filter(|w| w.name == "fastatus");
    acks.filter(|_| hides_ack(found, now))
        .map(|w| w.answer_name.as_str())
        .collect()
}

fn transaction(
    transaction: &Transaction,
    wanted: &[Wanted],
    search: &Search,
    now: Millis,
) -> Value {
    let mut out = Map::new();
    for field in wanted {
        let value = match field.name.as_str() {
            // The real one forgets them in scroll mode unless the filter is named.
            "contentkeys" if search.scroll && !search.has_content_keys => json!([]),
            "contentkeys" => {
                let names = field.arguments.get("names").and_then(Value::as_array);
                let keys = transaction.listed_keys(names.map(Vec::as_slice));
                Value::Array(
                    keys.into_iter()
                        .map(|(key, value)| pair(&field.fields, key, value))
                        .collect(),
                )
            }
            "__typename" => json!("Transaction"),
            "fastatus" if hides_ack(transaction, now) => Value::Null,
            name => json!(transaction.field(name, now)),
        };
        out.insert(field.answer_name.clone(), value);
    }
    Value::Object(out)
}

fn pair(wanted: &[Wanted], key: &str, value: &str) -> Value {
    Value::Object(
        wanted
            .iter()
            .filter_map(|w| match w.name.as_str() {
                "key" => Some((w.answer_name.clone(), json!(key))),
                "value" => Some((w.answer_name.clone(), json!(value))),
                "__typename" => Some((w.answer_name.clone(), json!("ContentKey"))),
                _ => None,
            })
            .collect(),
    )
}
