//! `POST /v2/search`: complex queries over the regions a connector needs, and plain words over names.

use domain::{Millis, time::DAY};

use super::{node::Node, store::Store};

/// One condition of a complex query.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause {
    region: String,
    operator: String,
    value: String,
}

fn clause(text: &str) -> Option<Clause> {
    let text = text.trim().trim_matches(['(', ')']).trim();
    let (region, rest) = if let Some(rest) = text.strip_prefix("[region \"") {
        let (region, rest) = rest.split_once("\"]")?;
        (region, rest)
    } else {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        text.split_at(end)
    };
    let colon = rest.trim_start().starts_with(':');
    let rest = rest.trim().trim_start_matches(':').trim();
    let operator = ["<=", ">=", "!=", "<", ">", "="]
        .into_iter()
        .find(|o| rest.starts_with(o))
        .unwrap_or("");
    let value = rest.strip_prefix(operator)?.trim().trim_matches('"');
    (!region.is_empty() && !value.is_empty() && (colon || !operator.is_empty())).then(|| Clause {
        region: region.to_owned(),
        operator: if operator.is_empty() {
            "=".into()
        } else {
            operator.into()
        },
        value: value.to_owned(),
    })
}

/// The conditions of a query, or `None` when it is plain words.
fn clauses(query: &str) -> Option<Vec<Clause>> {
    let mut found = Vec::new();
    let lower = query.to_lowercase();
    let mut at = 0;
    loop {
        let next = lower.get(at..)?.find(" and ").map(|i| at + i);
        found.push(clause(query.get(at..next.unwrap_or(query.len()))?)?);
        match next {
            Some(next) => at = next + 5,
            None => return Some(found),
        }
    }
}

/// `20261120`
fn day(at: Millis) -> String {
    at.utc()
        .map_or_else(String::new, |t| t.format("%Y%m%d").to_string())
}

fn compare(left: &str, operator: &str, right: &str) -> bool {
    match operator {
        ">" => left > right,
        ">=" => left >= right,
        "<" => left < right,
        "<=" => left <= right,
        "!=" => left != right,
        _ => left.eq_ignore_ascii_case(right),
    }
}

fn fits(store: &Store, node: &Node, clause: &Clause) -> bool {
    let own = |text: String| compare(&text, &clause.operator, &clause.value);
    match clause.region.as_str() {
        "OTModifyDate" | "OTObjectDate" => own(day(node.modified_at)),
        "OTCreateDate" => own(day(node.created_at)),
        "OTSubType" => own(node.subtype.to_string()),
        "OTParentID" => own(node.parent.to_string()),
        "OTDataID" => own(node.id.to_string()),
        "OTName" => {
            let name = node.name.to_lowercase();
            let value = clause.value.to_lowercase();
            match value.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name.contains(&value),
            }
        }
        "OTLocation" => store
            .path(node.id)
            .iter()
            .any(|id| id.to_string() == clause.value),
        _ => false,
    }
}

/// Nodes that answer a query, in the order asked for; the root and the folders of the types are not indexed.
pub(super) fn run<'a>(
    store: &'a Store,
    query: &str,
    locations: &[u64],
    sort: &str,
) -> Vec<&'a Node> {
    let clauses = clauses(query);
    let words: Vec<String> = query
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut found: Vec<&Node> = store
        .nodes
        .values()
        .filter(|n| store.path(n.id).len() > 2)
        .filter(|n| match &clauses {
            Some(clauses) => clauses.iter().all(|c| fits(store, n, c)),
            None => words
                .iter()
                .all(|w| n.name.to_lowercase().contains(w.as_str())),
        })
        .filter(|n| {
            locations.is_empty() || store.path(n.id).iter().any(|id| locations.contains(id))
        })
        .collect();
    match sort {
        "asc_OTObjectDate" | "asc_OTModifyDate" => {
            found.sort_by_key(|n| (n.modified_at.0 / DAY, n.id))
        }
        "desc_OTObjectDate" | "desc_OTModifyDate" => {
            found.sort_by_key(|n| (std::cmp::Reverse(n.modified_at.0 / DAY), n.id));
        }
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_in_every_writing() {
        let wanted = |region: &str, operator: &str, value: &str| Clause {
            region: region.into(),
            operator: operator.into(),
            value: value.into(),
        };
        assert_eq!(
            clauses("OTModifyDate >= 20261120 AND OTSubType: 144"),
            Some(vec![
                wanted("OTModifyDate", ">=", "20261120"),
                wanted("OTSubType", "=", "144")
            ])
        );
        assert_eq!(
            clauses("[region \"OTModifyDate\"] > \"20261120\""),
            Some(vec![wanted("OTModifyDate", ">", "20261120")])
        );
        assert_eq!(clauses("packing list"), None);
    }
}
