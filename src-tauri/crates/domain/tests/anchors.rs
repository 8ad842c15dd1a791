//! Comments stay with the passage they are about, or are lost: never with another one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use std::collections::BTreeMap;

use domain::{
    anchor::Anchor,
    letter_text::{Block, blocks_of},
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Fixtures {
    letter: Vec<Letter>,
}

#[derive(Deserialize)]
struct Letter {
    name: String,
    fields: BTreeMap<String, String>,
    anchor: Vec<Quoted>,
    edit: Vec<Edit>,
}

#[derive(Deserialize)]
struct Quoted {
    id: String,
    field: String,
    quote: String,
    #[serde(default)]
    nth: usize,
}

#[derive(Deserialize)]
struct Edit {
    name: String,
    fields: BTreeMap<String, String>,
    #[serde(default)]
    gone: Vec<String>,
    #[serde(default)]
    moved: BTreeMap<String, (String, String)>,
}

fn blocks(fields: &BTreeMap<String, String>) -> Vec<Block> {
    let data = json!({"template_title": "Notice", "fields": fields});
    blocks_of(data.as_object().unwrap())
}

fn starts_of(text: &str, words: &str) -> Vec<usize> {
    text.match_indices(words)
        .map(|(at, _)| text[..at].chars().count())
        .collect()
}

fn anchor_of(blocks: &[Block], quoted: &Quoted) -> Anchor {
    let block = blocks.iter().position(|b| b.field == quoted.field).unwrap();
    let start = starts_of(&blocks[block].text, &quoted.quote)[quoted.nth];
    let end = start + quoted.quote.chars().count();
    Anchor::of(blocks, block, start, end).unwrap()
}

fn passage(text: &str, start: usize, end: usize) -> String {
    text.chars().skip(start).take(end - start).collect()
}

/// Whether a passage is the expected one: most of either lies in the other.
fn hits(text: &str, (start, end): (usize, usize), words: &str) -> bool {
    let wanted = words.chars().count();
    starts_of(text, words).into_iter().any(|at| {
        let common = end.min(at + wanted).saturating_sub(start.max(at));
        common * 2 >= wanted && common * 2 >= end - start
    })
}

/// Right and all of those whose passage is there still; right and all of those whose passage was taken out; what went wrong.
#[derive(Default)]
struct Count {
    kept: (u32, u32),
    gone: (u32, u32),
    wrong: Vec<String>,
}

fn measure(knows_before: bool) -> Count {
    let fixtures: Fixtures = toml::from_str(include_str!("anchors.toml")).unwrap();
    let mut count = Count::default();
    for letter in &fixtures.letter {
        let before = blocks(&letter.fields);
        for edit in &letter.edit {
            let mut fields = letter.fields.clone();
            fields.extend(edit.fields.clone());
            let after = blocks(&fields);
            for quoted in &letter.anchor {
                let anchor = anchor_of(&before, quoted);
                let found = anchor.find(knows_before.then_some(before.as_slice()), &after);
                let said = found.map(|place| {
                    let block = &after[place.block];
                    let words = passage(&block.text, place.start, place.end);
                    (block, (place.start, place.end), words)
                });
                let gone = edit.gone.contains(&quoted.id);
                let (field, words) = edit
                    .moved
                    .get(&quoted.id)
                    .map_or((&quoted.field, &quoted.quote), |(f, w)| (f, w));
                let right = match &said {
                    None => gone,
                    Some((block, at, _)) => {
                        !gone && block.field == *field && hits(&block.text, *at, words)
                    }
                };
                let of = if gone {
                    &mut count.gone
                } else {
                    &mut count.kept
                };
                of.1 += 1;
                of.0 += u32::from(right);
                if !right {
                    let found = said.map(|(block, _, words)| format!("{}: {words:?}", block.field));
                    count.wrong.push(format!(
                        "{}, {}, {}: {found:?}",
                        letter.name, edit.name, quoted.id
                    ));
                }
            }
        }
    }
    count
}

#[test]
fn of_what_is_there_still_95_percent_is_found_and_of_what_is_gone_nothing() {
    for knows_before in [true, false] {
        let count = measure(knows_before);
        println!(
            "version before known: {knows_before}; found {} of {}, lost {} of {} that are gone",
            count.kept.0, count.kept.1, count.gone.0, count.gone.1
        );
        for wrong in &count.wrong {
            println!("  {wrong}");
        }
        assert!(
            count.kept.1 > 200 && count.gone.1 >= 20,
            "enough to measure by"
        );
        assert!(
            count.kept.0 * 100 >= count.kept.1 * 95,
            "{:#?}",
            count.wrong
        );
        // Which of two same sentences went can only be told from the version before.
        if knows_before {
            assert_eq!(count.gone.0, count.gone.1, "{:#?}", count.wrong);
        }
    }
}

#[test]
fn an_anchor_is_written_as_the_two_selectors_of_the_web_annotation_model() {
    let fields = BTreeMap::from([("issue".to_owned(), "Ten are short today.".to_owned())]);
    let blocks = blocks(&fields);
    let anchor = Anchor::quoted(&blocks, 1, "are short", None).unwrap();
    let written = json!(anchor);
    assert_eq!(
        written,
        json!({"field": "issue", "ordinal": 0, "selector": [
            {"type": "TextQuoteSelector", "exact": "are short", "prefix": "Ten ", "suffix": " today."},
            {"type": "TextPositionSelector", "start": 4, "end": 13},
        ]})
    );
    assert_eq!(serde_json::from_value::<Anchor>(written).unwrap(), anchor);
    for bad in [
        json!({"field": "issue", "selector": []}),
        json!({"field": "issue", "selector": [{"type": "SvgSelector"}]}),
        json!({"field": 7}),
        json!({"field": "issue", "selector": [{"type": "TextQuoteSelector", "exact": "x".repeat(3_000), "prefix": "", "suffix": ""}]}),
    ] {
        assert!(serde_json::from_value::<Anchor>(bad).is_err());
    }
}

#[test]
fn of_the_same_words_the_ones_nearest_to_the_selection_are_meant() {
    let text = "Count again. We wait. Count again.".to_owned();
    let blocks = blocks(&BTreeMap::from([("issue".to_owned(), text)]));
    let of = |near| {
        Anchor::quoted(&blocks, 1, "Count again.", near)
            .unwrap()
            .start
    };
    assert_eq!((of(None), of(Some(20))), (0, 22));
    assert_eq!(
        Anchor::quoted(&blocks, 1, "Nobody said this here", None),
        None
    );
    assert_eq!(Anchor::quoted(&blocks, 9, "Count again.", None), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever an item says of itself and whatever the letters are: a place is a passage of the letter.
    #[test]
    fn whatever_a_comment_says_its_place_lies_in_the_letter(
        exact in ".{0,40}", prefix in ".{0,40}", suffix in ".{0,40}",
        start in any::<usize>(), end in any::<usize>(), ordinal in any::<usize>(),
        before in "[a-c é漢.]{0,60}", after in "[a-c é漢.]{0,60}", known in any::<bool>(),
    ) {
        let of = |text: &str| blocks(&BTreeMap::from([("issue".to_owned(), text.to_owned())]));
        let anchor = Anchor { field: "issue".to_owned(), ordinal, exact, prefix, suffix, start, end };
        let (before, after) = (of(&before), of(&after));
        if let Some(place) = anchor.find(known.then_some(before.as_slice()), &after) {
            let length = after[place.block].text.chars().count();
            prop_assert!(place.start <= place.end && place.end <= length);
        }
    }
}
