//! The selection of a Lens request: which fields the answer has, fragments put in their place.

use std::collections::BTreeMap;

use graphql_parser::query::{
    Definition, Document, Field, FragmentDefinition, Selection, SelectionSet,
};
use serde_json::{Map, Value};

use super::query::{json, shown};

/// Fragments within fragments; more is a circle.
const DEPTH: usize = 16;
/// Fields of one request, those of repeated fragments counted again.
const MOST: usize = 2_000;

/// A field of the answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) answer_name: String,
    pub(super) arguments: Map<String, Value>,
    pub(super) fields: Vec<Wanted>,
}

/// Reads selections of one document.
pub(super) struct Reader<'d> {
    fragments: BTreeMap<&'d str, &'d FragmentDefinition<'d, String>>,
    variables: &'d Value,
    left: usize,
}

impl<'d> Reader<'d> {
    pub(super) fn of(document: &'d Document<'d, String>, variables: &'d Value) -> Self {
        let fragments = document.definitions.iter().filter_map(|d| match d {
            Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
            Definition::Operation(_) => None,
        });
        Self {
            fragments: fragments.collect(),
            variables,
            left: MOST,
        }
    }

    /// The fields of a selection, in order.
    ///
    /// # Errors
    /// A sentence for `errors[].message`.
    pub(super) fn fields(&mut self, set: &SelectionSet<'d, String>) -> Result<Vec<Wanted>, String> {
        let mut wanted = Vec::new();
        self.collect(set, 0, &mut wanted)?;
        Ok(wanted)
    }

    fn collect(
        &mut self,
        set: &SelectionSet<'d, String>,
        depth: usize,
        wanted: &mut Vec<Wanted>,
    ) -> Result<(), String> {
        if depth > DEPTH {
            return Err("fragments go round in a circle".to_owned());
        }
        for item in &set.items {
            match item {
                Selection::Field(field) => {
                    let field = self.field(field, depth)?;
                    wanted.push(field);
                }
                Selection::InlineFragment(fragment) => {
                    self.collect(&fragment.selection_set, depth + 1, wanted)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    let Some(fragment) = self.fragments.get(name).copied() else {
                        return Err(format!("fragment '{}' is undefined", shown(name)));
                    };
                    self.collect(&fragment.selection_set, depth + 1, wanted)?;
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &Field<'d, String>, depth: usize) -> Result<Wanted, String> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| format!("more than {MOST} fields"))?;
        let mut fields = Vec::new();
        self.collect(&field.selection_set, depth + 1, &mut fields)?;
        Ok(Wanted {
            name: field.name.clone(),
            answer_name: field.alias.clone().unwrap_or_else(|| field.name.clone()),
            arguments: arguments(field, self.variables)?,
            fields,
        })
    }
}

/// Arguments with the values of variables in their place.
///
/// # Errors
/// When a variable has none.
pub(super) fn arguments(
    field: &Field<'_, String>,
    variables: &Value,
) -> Result<Map<String, Value>, String> {
    field
        .arguments
        .iter()
        .map(|(name, value)| Ok((name.clone(), json(value, variables)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::query::read;

    #[test]
    fn fragments_stand_for_their_fields() {
        let text = "query { getTransactions(query:{}) { total ...page } } \
            fragment page on TransactionResult { transactions { ... on Transaction { id: transactionid } } }";
        let request = read(text, &json!({})).unwrap();
        assert_eq!(request.wanted[1].name, "transactions");
        assert_eq!(request.wanted[1].fields[0].answer_name, "id");
    }

    #[test]
    fn fragments_in_a_circle_or_without_end_are_refused() {
        let circle = "{ getTransactions(query:{}) { ...a } } fragment a on T { ...b } fragment b on T { ...a }";
        assert!(read(circle, &json!({})).unwrap_err().contains("circle"));
        let unknown = "{ getTransactions(query:{}) { ...a } }";
        assert!(read(unknown, &json!({})).unwrap_err().contains("'a'"));
        // Each doubles the one before.
        let mut bomb =
            "{ getTransactions(query:{}) { ...f0 } } fragment f14 on T { count }".to_owned();
        for n in 0..14 {
            bomb += &format!(
                " fragment f{n} on T {{ ...f{next} ...f{next} }}",
                next = n + 1
            );
        }
        assert!(read(&bomb, &json!({})).unwrap_err().contains("fields"));
    }
}
