//! A Lens request: GraphQL text and variables in, a search and the wanted fields out.

use domain::Millis;
use graphql_parser::query::{
    Definition, OperationDefinition, Selection, Type, Value as Literal, VariableDefinition,
    parse_query,
};
use serde_json::{Map, Value};

use super::selection::{Reader, Wanted, arguments};

/// Queries longer than this are refused before they are parsed.
const MAX_QUERY: usize = 64 * 1024;

/// What a request asks for.
#[derive(Debug)]
pub(super) struct Request {
    /// Name the answer is given under.
    pub(super) answer_name: String,
    pub(super) search: Search,
    pub(super) wanted: Vec<Wanted>,
}

/// The input object of `getTransactions`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Search {
    pub(super) count: usize,
    pub(super) offset: usize,
    pub(super) scroll: bool,
    pub(super) sort_field: Option<String>,
    pub(super) descending: bool,
    pub(super) free_text: Option<String>,
    /// Present, even if empty. Without it a scroll answers with empty content keys.
    pub(super) has_content_keys: bool,
    pub(super) content_keys: Vec<(String, String)>,
    pub(super) filters: Vec<Filter>,
    pub(super) must: Vec<(String, String)>,
    pub(super) should: Vec<(String, String)>,
    pub(super) ranges: Vec<Range>,
}

/// Exact values to include or exclude.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Filter {
    pub(super) field: String,
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
}

/// A span of time, both ends included.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Range {
    pub(super) field: String,
    pub(super) from: Option<Millis>,
    pub(super) to: Option<Millis>,
}

/// Reads the text of a request.
///
/// # Errors
/// A sentence for `errors[].message`.
pub(super) fn read(text: &str, variables: &Value) -> Result<Request, String> {
    if text.len() > MAX_QUERY {
        return Err(format!(
            "query has {} characters, at most {MAX_QUERY} are read",
            text.len()
        ));
    }
    let document = parse_query::<String>(text).map_err(|e| format!("syntax error: {e}"))?;
    let mut operations = document.definitions.iter().filter_map(|d| match d {
        Definition::Operation(operation) => Some(operation),
        Definition::Fragment(_) => None,
    });
    let (root, defined) = match (operations.next(), operations.next()) {
        (Some(OperationDefinition::Query(query)), None) => {
            (&query.selection_set, query.variable_definitions.as_slice())
        }
        (Some(OperationDefinition::SelectionSet(set)), None) => (set, [].as_slice()),
        (Some(_), None) => return Err("only queries are answered".to_owned()),
        _ => return Err("exactly one operation is expected".to_owned()),
    };
    let [Selection::Field(field)] = root.items.as_slice() else {
        return Err("exactly one root field is expected".to_owned());
    };
    if field.name != "getTransactions" {
        return Err(format!(
            "Field '{}' in type 'Query' is undefined",
            shown(&field.name)
        ));
    }
    let variables = &given(defined, variables)?;
    let arguments = arguments(field, variables)?;
    let search = match arguments.get("query") {
        Some(Value::Object(input)) => search(input)?,
        _ => return Err("argument 'query' of getTransactions is missing".to_owned()),
    };
    Ok(Request {
        answer_name: field.alias.clone().unwrap_or_else(|| field.name.clone()),
        search,
        wanted: Reader::of(&document, variables).fields(&field.selection_set)?,
    })
}

/// The variables a question defines, each with the value given, its default, or null.
fn given(defined: &[VariableDefinition<'_, String>], variables: &Value) -> Result<Value, String> {
    let mut given = Map::new();
    for variable in defined {
        let name = &variable.name;
        let value = match (variables.get(name), &variable.default_value) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => json(default, &Value::Null)?,
            (None, None) => Value::Null,
        };
        if value.is_null() && matches!(variable.var_type, Type::NonNullType(_)) {
            return Err(format!("variable '${}' has no value", shown(name)));
        }
        given.insert(name.clone(), value);
    }
    Ok(Value::Object(given))
}

/// A literal as JSON, the values of variables in their place.
///
/// # Errors
/// When a variable is not defined.
pub(super) fn json(value: &Literal<'_, String>, variables: &Value) -> Result<Value, String> {
    Ok(match value {
        Literal::Variable(name) => variables
            .get(name)
            .cloned()
            .ok_or_else(|| format!("variable '${}' is not defined", shown(name)))?,
        Literal::Int(number) => number.as_i64().into(),
        Literal::Float(number) => (*number).into(),
        Literal::String(text) => text.clone().into(),
        Literal::Boolean(flag) => (*flag).into(),
        Literal::Null => Value::Null,
        Literal::Enum(word) => word.clone().into(),
        Literal::List(items) => Value::Array(
            items
                .iter()
                .map(|item| json(item, variables))
                .collect::<Result<_, _>>()?,
        ),
        Literal::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| Ok((name.clone(), json(value, variables)?)))
                .collect::<Result<_, String>>()?,
        ),
    })
}

fn search(input: &Map<String, Value>) -> Result<Search, String> {
    let mut search = Search {
        count: 15,
        ..Search::default()
    };
    for (key, value) in input.iter().filter(|(_, value)| !value.is_null()) {
        match key.as_str() {
            "count" => search.count = number(key, value)?,
            "offset" => search.offset = number(key, value)?,
            "scroll" => search.scroll = value.as_bool().unwrap_or(false),
            "sortby" => {
                search.sort_field = member(value, "field");
                search.descending = match member(value, "type").as_deref() {
                    None | Some("ASC") => false,
                    Some("DESC") => true,
                    Some(other) => return Err(format!("sortby.type '{}'", shown(other))),
                };
            }
            "query" => search.free_text = value.as_str().map(str::to_owned),
            "contentKeyFilters" => {
                search.has_content_keys = true;
                for item in items(value) {
                    let (Some(name), Some(text)) = (member(item, "key"), member(item, "value"))
                    else {
                        return Err("contentKeyFilters needs key and value".to_owned());
                    };
                    search.content_keys.push((name, text));
                }
            }
            "filters" => {
                for item in items(value) {
                    search.filters.push(filter(item)?);
                }
            }
            "fields" => {
                search.must = clauses(value.get("must"))?;
                search.should = clauses(value.get("should"))?;
            }
            "ranges" => {
                for item in items(value) {
                    let Some(field) = member(item, "field") else {
                        return Err("ranges needs a field".to_owned());
                    };
                    let (from, to) = (time(item, "from")?, time(item, "to")?);
                    search.ranges.push(Range { field, from, to });
                }
            }
            other => return Err(format!("'{}' is no key of the query", shown(other))),
        }
    }
    Ok(search)
}

fn filter(item: &Value) -> Result<Filter, String> {
    let Some(field) = member(item, "field") else {
        return Err("filters needs a field".to_owned());
    };
    let mut filter = Filter {
        field,
        ..Filter::default()
    };
    for entry in item.get("values").map(items).unwrap_or_default() {
        let Some(text) = member(entry, "value") else {
            return Err("filters.values needs a value".to_owned());
        };
        if entry.get("not").and_then(Value::as_bool).unwrap_or(false) {
            filter.exclude.push(text);
        } else {
            filter.include.push(text);
        }
    }
    Ok(filter)
}

fn clauses(value: Option<&Value>) -> Result<Vec<(String, String)>, String> {
    value
        .map(items)
        .unwrap_or_default()
        .iter()
        .map(|item| {
            member(item, "field")
                .zip(member(item, "query"))
                .ok_or_else(|| "fields needs field and query".to_owned())
        })
        .collect()
}

/// A list, or a single value in place of one, as GraphQL coerces it.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        single => std::slice::from_ref(single),
    }
}

fn member(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn time(value: &Value, name: &str) -> Result<Option<Millis>, String> {
    member(value, name)
        .map(|t| Millis::parse_lenient(&t).map_err(|e| e.to_string()))
        .transpose()
}

fn number(key: &str, value: &Value) -> Result<usize, String> {
    value
        .as_u64()
        .and_then(|n| usize::try_from(n).ok())
        .ok_or_else(|| format!("{key} is no count"))
}

/// Text of a stranger within a sentence.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_query_keys_are_read() {
        let text = r#"query q($to: String) { getTransactions(query:{count:100 offset:20 scroll:true contentKeyFilters:[{key:"purchase order number" value:"45*"}]
            sortby:{field: statusdate type: DESC} query:"SYS* AND 856" filters:[{field:"editype" values:[{not:false value:"850"},{not:true value:"997"}]}]
            fields:{must:[{field:"sendername" query:"Bram*"}] should:[{field:"errorcode" query:"*"}]}
            ranges:{field: statusdate from:"2026-11-20T00:00:00Z" to:$to}}) { count total transactions { transactionid contentkeys(names:["a"]) { key value } } } }"#;
        let request = read(text, &json!({"to": "2026-11-20T01:00:00Z"})).unwrap();
        assert_eq!((request.search.count, request.search.offset), (100, 20));
        assert!(
            request.search.scroll && request.search.descending && request.search.has_content_keys
        );
        assert_eq!(request.search.filters[0].exclude, ["997"]);
        assert_eq!(
            request.search.ranges[0].to,
            Millis::parse_lenient("2026-11-20T01:00:00Z").ok()
        );
        assert_eq!(request.wanted[2].fields[1].arguments["names"], json!(["a"]));
    }

    #[test]
    fn a_variable_has_the_value_given_or_its_default_or_none() {
        let text = "query q($n: Int = 7, $at: Int, $words: String) \
            { getTransactions(query:{count: $n offset: $at query: $words}) { count } }";
        let search = read(text, &json!({"at": 3})).unwrap().search;
        assert_eq!((search.count, search.offset), (7, 3));
        assert_eq!(search.free_text, None);
    }

    #[test]
    fn what_is_no_query_is_refused_with_a_sentence() {
        for text in [
            "",
            "{",
            "mutation { a }",
            "{ other(query:{}) { a } }",
            "{ getTransactions { a } }",
            "{ getTransactions(query:{shape: 1}) { a } }",
            "{ getTransactions(query:{count: -1}) { a } }",
            "{ getTransactions(query:{count: $n}) { a } }",
            "query q($n: Int!) { getTransactions(query:{count: $n}) { a } }",
        ] {
            assert!(!read(text, &json!({})).unwrap_err().is_empty(), "{text}");
        }
        assert!(read(&"{".repeat(70_000), &json!({})).is_err());
        assert!(
            read(
                &format!(
                    "{{ getTransactions(query:{{query:{}}}) {{a}} }}",
                    "[".repeat(5_000)
                ),
                &json!({})
            )
            .is_err()
        );
    }
}
