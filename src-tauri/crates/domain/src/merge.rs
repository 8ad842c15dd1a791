//! Three-way comparison of fields changed on both sides.

use serde_json::{Map, Value};

use crate::words;

words! {
    /// How a field stands after both sides changed.
    FieldVerdict {
        /// Both sides have the same value now.
        Equal = "equal",
        /// Only one side changed it.
        Merged = "merged",
        /// Both changed it to different values: a person decides.
        Decide = "decide",
    }
}

/// One field of the comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct MergedField {
    /// Name.
    pub name: String,
    /// Value both started from.
    pub base: Value,
    /// Ours.
    pub mine: Value,
    /// Theirs.
    pub theirs: Value,
    /// How it stands.
    pub verdict: FieldVerdict,
}

/// Compares the fields we wanted to change. `base` are the values the person saw; a field they do not name counts as
/// changed by us alone.
#[must_use]
pub fn three_way(
    base: &Map<String, Value>,
    mine: &Map<String, Value>,
    theirs: &Map<String, Value>,
) -> Vec<MergedField> {
    mine.iter()
        .map(|(name, mine)| {
            let get = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or(Value::Null);
            let (base, theirs) = (
                get(base),
                theirs.get(name).cloned().unwrap_or_else(|| get(base)),
            );
            let union = as_union(&base, mine, &theirs);
            let verdict = if *mine == theirs {
                FieldVerdict::Equal
            } else if theirs == base || union.is_some() {
                FieldVerdict::Merged
            } else {
                FieldVerdict::Decide
            };
            MergedField {
                name: name.clone(),
                base,
                mine: union.unwrap_or_else(|| mine.clone()),
                theirs,
                verdict,
            }
        })
        .collect()
}

/// Lists to which both sides only added merge by themselves: theirs, then what we added.
fn as_union(base: &Value, mine: &Value, theirs: &Value) -> Option<Value> {
    let (Value::Array(mine), Value::Array(theirs)) = (mine, theirs) else {
        return None;
    };
    let base = base.as_array().map_or(&[][..], Vec::as_slice);
    let only_added = |list: &[Value]| base.iter().all(|v| list.contains(v));
    if !only_added(mine) || !only_added(theirs) {
        return None;
    }
    let mut union = theirs.clone();
    union.extend(mine.iter().filter(|v| !theirs.contains(v)).cloned());
    Some(Value::Array(union))
}

/// The changes to send when nothing is left to decide; `None` while a person must.
#[must_use]
pub fn settled(fields: &[MergedField]) -> Option<Map<String, Value>> {
    if fields.iter().any(|f| f.verdict == FieldVerdict::Decide) {
        return None;
    }
    Some(
        fields
            .iter()
            .map(|f| (f.name.clone(), f.mine.clone()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn disjoint_changes_merge_and_the_same_field_asks() {
        let base = map(json!({"status": "new", "owner": null}));
        let mine = map(json!({"status": "resolved"}));
        let merged = three_way(
            &base,
            &mine,
            &map(json!({"status": "new", "owner": "mara"})),
        );
        assert_eq!(settled(&merged), Some(mine.clone()));
        let both = three_way(&base, &mine, &map(json!({"status": "closed"})));
        assert_eq!(both[0].verdict, FieldVerdict::Decide);
        assert_eq!(settled(&both), None);
    }

    #[test]
    fn references_added_on_both_sides_are_all_kept() {
        let base = map(json!({"external_refs": [{"id": 1}]}));
        let mine = map(json!({"external_refs": [{"id": 1}, {"id": 2}]}));
        let theirs = map(json!({"external_refs": [{"id": 1}, {"id": 3}]}));
        let merged = settled(&three_way(&base, &mine, &theirs)).unwrap();
        assert_eq!(
            merged["external_refs"],
            json!([{"id": 1}, {"id": 3}, {"id": 2}])
        );
    }
}
