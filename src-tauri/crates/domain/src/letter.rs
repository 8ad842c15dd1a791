//! The identity of a letter version.

use serde::Serialize;

use crate::canonical::{self, NotCanonical};

/// Content hash of a letter version: SHA-256 over canonical JSON of the hash of the rendered bytes, the hash of the
/// data, template@version and the hash of the recipients. Any change of any of them is another letter.
///
/// # Errors
/// [`NotCanonical`] when data or recipients have no canonical form.
pub fn content_hash(
    rendered_sha256: &str,
    data: &serde_json::Value,
    template: &str,
    template_version: i64,
    recipients: &[String],
) -> Result<String, NotCanonical> {
    let (data, recipients) = (canonical::hash(data)?, canonical::hash(&recipients)?);
    hash_of_parts(
        rendered_sha256,
        &data,
        template,
        template_version,
        &recipients,
    )
}

/// The same from the hashes of data and recipients, for whoever has to prove a letter and need not read it.
///
/// # Errors
/// [`NotCanonical`]; never for texts.
pub fn hash_of_parts(
    rendered_sha256: &str,
    data_sha256: &str,
    template: &str,
    template_version: i64,
    recipients_sha256: &str,
) -> Result<String, NotCanonical> {
    #[derive(Serialize)]
    struct Identity<'a> {
        rendered: &'a str,
        data: &'a str,
        template: String,
        recipients: &'a str,
    }
    canonical::hash(&Identity {
        rendered: rendered_sha256,
        data: data_sha256,
        template: format!("{template}@{template_version}"),
        recipients: recipients_sha256,
    })
}

/// What a receipt of `render` carries besides the bytes' hash: the content hash under which the letter is signed.
/// Recipients are the `recipients` of the data.
///
/// # Errors
/// [`NotCanonical`] when the data have no canonical form.
pub fn hash_of_render(
    template: &str,
    template_version: i64,
    data: &serde_json::Value,
    rendered_sha256: &str,
) -> Result<String, NotCanonical> {
    let recipients = recipients_in(data);
    content_hash(
        rendered_sha256,
        data,
        template,
        template_version,
        &recipients,
    )
}

/// Recipients the data of a letter name.
#[must_use]
pub fn recipients_in(data: &serde_json::Value) -> Vec<String> {
    let list = data.get("recipients").and_then(serde_json::Value::as_array);
    let texts = list.into_iter().flatten().filter_map(|r| r.as_str());
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_changed_character_anywhere_is_another_letter() {
        let base = content_hash("aa", &json!({"amount": "10.00"}), "T", 1, &["p".into()]).unwrap();
        assert_eq!(
            base,
            content_hash("aa", &json!({"amount": "10.00"}), "T", 1, &["p".into()]).unwrap()
        );
        for other in [
            content_hash("ab", &json!({"amount": "10.00"}), "T", 1, &["p".into()]),
            content_hash("aa", &json!({"amount": "10.01"}), "T", 1, &["p".into()]),
            content_hash("aa", &json!({"amount": "10.00"}), "T", 2, &["p".into()]),
            content_hash("aa", &json!({"amount": "10.00"}), "T", 1, &["q".into()]),
        ] {
            assert_ne!(base, other.unwrap());
        }
    }
}
