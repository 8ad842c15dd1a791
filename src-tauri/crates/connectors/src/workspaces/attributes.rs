//! Categories and attributes by name: numbers differ between installations, so a setting maps them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Category of values that name none.
const DEFAULT: &str = "filing";

/// `filing=560,filing.role=2`: name of a category to its id, name of an attribute to its number.
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes {
    categories: BTreeMap<String, String>,
    numbers: BTreeMap<(String, String), String>,
}

/// Values of one category, keyed as the server wants them.
pub(super) type Values = Map<String, Value>;

impl Attributes {
    /// Reads the setting; entries of another form are left out.
    pub(super) fn read(setting: &str) -> Self {
        let mut read = Self::default();
        for entry in setting.split(',') {
            let Some((name, number)) = entry.trim().split_once('=') else {
                continue;
            };
            let (name, number) = (name.trim().to_owned(), number.trim().to_owned());
            match name.split_once('.') {
                Some((category, attribute)) => {
                    let key = (category.to_owned(), attribute.to_owned());
                    read.numbers.insert(key, number);
                }
                None => {
                    read.categories.insert(name, number);
                }
            }
        }
        read
    }

    /// The id of a category given by id or name.
    pub(super) fn category(&self, word: &str) -> Option<String> {
        if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
            return Some(word.to_owned());
        }
        self.categories.get(word).cloned()
    }

    fn name_of(&self, id: &str) -> Option<&str> {
        self.categories
            .iter()
            .find(|(_, own)| own.as_str() == id)
            .map(|(name, _)| name.as_str())
    }

    /// `560_2` for an attribute of a category given by number, by name, or in full.
    fn key(&self, category: &str, attribute: &str) -> String {
        if attribute.starts_with(&format!("{category}_")) {
            return attribute.to_owned();
        }
        let number = self
            .name_of(category)
            .and_then(|name| self.numbers.get(&(name.to_owned(), attribute.to_owned())));
        format!("{category}_{}", number.map_or(attribute, String::as_str))
    }

    /// Values of one category.
    pub(super) fn values(&self, category: &str, given: &Value) -> Values {
        given
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (self.key(category, name), value.clone()))
            .collect()
    }

    /// Values of several categories: `{filing: {role: ..}}`, `{560: {560_2: ..}}`, `{560_2: ..}`, `{filing.role: ..}`
    /// or `{role: ..}`, which belongs to the category for filing. All in one object, as a node is sent them: the key of a
    /// value names its category.
    ///
    /// # Errors
    /// The name of a category nobody mapped.
    pub(super) fn all(&self, given: &Value) -> Result<Values, String> {
        let mut all = Values::new();
        for (name, value) in given.as_object().into_iter().flatten() {
            let (category, attribute) = match value {
                Value::Object(_) => (name.as_str(), None),
                _ => match name.split_once('.').or_else(|| numbered(name)) {
                    Some((category, attribute)) => (category, Some(attribute)),
                    None => (DEFAULT, Some(name.as_str())),
                },
            };
            let id = self.category(category).ok_or_else(|| category.to_owned())?;
            match attribute {
                None => all.extend(self.values(&id, value)),
                Some(attribute) => {
                    all.insert(self.key(&id, attribute), value.clone());
                }
            }
        }
        Ok(all)
    }

    /// Keys of the attribute with a name in every category: `555_3`, `556_3`.
    pub(super) fn keys_of(&self, attribute: &str) -> Vec<String> {
        self.numbers
            .iter()
            .filter(|((_, name), _)| name == attribute)
            .filter_map(|((category, _), number)| {
                Some(format!("{}_{number}", self.categories.get(category)?))
            })
            .collect()
    }
}

/// `560_2` is attribute 2 of category 560.
fn numbered(name: &str) -> Option<(&str, &str)> {
    let (category, attribute) = name.split_once('_')?;
    category
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then_some((category, attribute))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_taken_by_name_number_and_category_in_every_writing() {
        let attributes = Attributes::read("filing=560, filing.role=2,order=555,order.partner=3");
        let wanted = json!({"560_2": "invoice"});
        for given in [
            json!({"filing": {"role": "invoice"}}),
            json!({"560": {"560_2": "invoice"}}),
            json!({"560_2": "invoice"}),
            json!({"filing.role": "invoice"}),
            json!({"role": "invoice"}),
        ] {
            let all = attributes.all(&given).unwrap();
            assert_eq!(Value::Object(all), wanted, "{given}");
        }
        assert_eq!(
            attributes.all(&json!({"tax": {"a": 1}})).unwrap_err(),
            "tax"
        );
        assert_eq!(attributes.keys_of("partner"), ["555_3"]);
    }
}
