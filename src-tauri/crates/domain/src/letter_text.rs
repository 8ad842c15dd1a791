//! The words of a letter in reading order, block by block: what reviewers read, compare and comment on.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Where a block comes from and how it is drawn, in reading order.
const ORDER: [(&str, &str); 14] = [
    ("address", "partner_name"),
    ("row", "products"),
    ("row", "revised_date"),
    ("paragraph", "issue"),
    ("row", "order_number"),
    ("row", "ship_notice"),
    ("row", "invoice"),
    ("row", "amount"),
    ("row", "alternatives"),
    ("row", "service_update"),
    ("paragraph", "next_steps"),
    ("paragraph", "required_action"),
    ("paragraph", "answer_by"),
    ("paragraph", "note"),
];

/// A block of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `heading`, `address`, `row`, `paragraph`.
    pub kind: &'static str,
    /// Field it comes from.
    pub field: String,
    /// Its words.
    pub text: String,
}

/// Fields of a letter with their text, as the request of its review carries them.
#[must_use]
pub fn fields_of(data: &Map<String, Value>) -> BTreeMap<String, String> {
    let fields = data.get("fields").and_then(Value::as_object);
    let text = |value: &Value| {
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| value.to_string())
    };
    fields.map_or_else(BTreeMap::new, |fields| {
        // Who reviews it at the partner is not said in the letter.
        let named = fields
            .iter()
            .filter(|(name, _)| *name != "partner_reviewer");
        named.map(|(k, v)| (k.clone(), text(v))).collect()
    })
}

/// Blocks of a letter, in reading order; fields without words make none.
#[must_use]
pub fn blocks_of(data: &Map<String, Value>) -> Vec<Block> {
    let fields = fields_of(data);
    let title = data.get("template_title").and_then(Value::as_str);
    let mut blocks = vec![Block {
        kind: "heading",
        field: "title".to_owned(),
        text: title.unwrap_or_default().to_owned(),
    }];
    for (kind, name) in ORDER {
        let Some(value) = fields.get(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let text = if kind == "row" {
            format!("{}: {value}", name_for_people(name))
        } else {
            value.clone()
        };
        blocks.push(Block {
            kind,
            field: name.to_owned(),
            text,
        });
    }
    blocks
}

/// Place of the block with this number: paragraphs are numbered from 1.
#[must_use]
pub fn numbered(blocks: &[Block], number: u32) -> Option<usize> {
    let wanted = usize::try_from(number).ok()?.checked_sub(1)?;
    let paragraphs = blocks.iter().enumerate();
    let mut paragraphs = paragraphs.filter(|(_, block)| block.kind == "paragraph");
    paragraphs.nth(wanted).map(|(place, _)| place)
}

/// Number of a block; `None` for one that carries none.
#[must_use]
pub fn number_of(blocks: &[Block], place: usize) -> Option<u32> {
    let block = blocks.get(place).filter(|b| b.kind == "paragraph")?;
    let before = blocks.iter().take(place);
    let before = before.filter(|b| b.kind == block.kind).count();
    u32::try_from(before + 1).ok()
}

fn name_for_people(field: &str) -> String {
    let words = field.replace('_', " ");
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase);
    first.map_or_else(String::new, |first| first.chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_in_reading_order_and_only_paragraphs_are_numbered() {
        let data = serde_json::json!({"template_title": "Notice", "fields": {
            "next_steps": "We wait", "issue": "Short by ten", "order_number": "4500771820", "note": ""}});
        let blocks = blocks_of(data.as_object().unwrap());
        let told: Vec<_> = blocks.iter().map(|b| b.text.as_str()).collect();
        assert_eq!(
            told,
            [
                "Notice",
                "Short by ten",
                "Order number: 4500771820",
                "We wait"
            ]
        );
        assert_eq!(numbered(&blocks, 2), Some(3));
        assert_eq!(
            (number_of(&blocks, 3), number_of(&blocks, 2)),
            (Some(2), None)
        );
        assert_eq!((numbered(&blocks, 0), numbered(&blocks, 3)), (None, None));
    }
}
