//! The word redline of two versions of a letter of 50 pages: one word in fifty is another, three paragraphs came, two went.
//!
//! The peer is the same library over the same words as plain text, read to its last change: no blocks, no numbers, no runs
//! put together.

use std::time::{Duration, Instant};

use desk::view::RedlineOp;
use serde_json::{Map, Value, json};
use similar::{ChangeTag, TextDiff};

use crate::figure::{Figure, p95};

pub const FIGURES: [&str; 1] = ["redline"];

/// Words of a page of a letter, and of a paragraph.
const PAGE: usize = 450;
const PARAGRAPH: usize = 75;
const PAGES: usize = 50;
const RUNS: usize = 60;
/// Fields a letter has for long text.
const FIELDS: [&str; 4] = ["issue", "next_steps", "required_action", "note"];

const WORDS: [&str; 24] = [
    "delivery",
    "pallet",
    "the",
    "agreement",
    "of",
    "settlement",
    "quantity",
    "our",
    "warehouse",
    "clause",
    "to",
    "invoice",
    "shortage",
    "and",
    "claim",
    "carrier",
    "within",
    "days",
    "evidence",
    "is",
    "confirmed",
    "by",
    "line",
    "returned",
];

/// Word of a place; the same place has the same word in every run. Most occur often, some once, as in a letter.
fn word(place: usize) -> String {
    let mixed = place.wrapping_mul(2_654_435_761) >> 7;
    if mixed.is_multiple_of(11) {
        format!("CV-{place:05}")
    } else {
        WORDS[mixed % WORDS.len()].to_owned()
    }
}

/// Paragraphs of the letter before and after.
fn versions() -> [Vec<String>; 2] {
    let paragraphs = PAGES * PAGE / PARAGRAPH;
    let paragraph = |number: usize, change: bool| {
        let words = (0..PARAGRAPH).map(|n| {
            let place = number * PARAGRAPH + n;
            if change && place % 50 == 17 {
                format!("{}-new", word(place))
            } else {
                word(place)
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let before: Vec<String> = (0..paragraphs).map(|n| paragraph(n, false)).collect();
    let mut after: Vec<String> = (0..paragraphs).map(|n| paragraph(n, true)).collect();
    for gone in [paragraphs / 5, paragraphs / 2] {
        after.remove(gone);
    }
    for came in [3, paragraphs / 3, paragraphs - 9] {
        after.insert(came, paragraph(paragraphs + came, false));
    }
    [before, after]
}

/// The same paragraphs as the data of a letter.
fn letter(paragraphs: &[String]) -> Map<String, Value> {
    let part = paragraphs.len().div_ceil(FIELDS.len());
    let parts = FIELDS.iter().zip(paragraphs.chunks(part));
    let fields: Map<String, Value> = parts
        .map(|(name, part)| ((*name).to_owned(), part.join("\n").into()))
        .collect();
    let data = json!({"template_title": "Terms of supply", "fields": fields});
    data.as_object().unwrap().clone()
}

pub fn measure() {
    let [before, after] = versions();
    let (was, is) = (letter(&before), letter(&after));
    let plain = [before.join("\n"), after.join("\n")];
    let (mut ours, mut theirs): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    let mut changes = 0;
    for _ in 0..RUNS {
        let began = Instant::now();
        let blocks = desk::redline(Some(&was), &is);
        ours.push(began.elapsed());
        let runs = || blocks.iter().flat_map(|block| &block.runs);
        changes = runs().filter_map(|run| run.change).max().unwrap();
        let now: usize = runs()
            .filter(|run| run.op != RedlineOp::Delete)
            .map(|run| run.text.split_whitespace().count())
            .sum();
        let words: usize = after.iter().map(|p| p.split(' ').count()).sum();
        assert!(now >= words, "no word of the newer letter is lost");

        let began = Instant::now();
        let diff = TextDiff::from_words(&plain[0], &plain[1]);
        let changed = diff
            .iter_all_changes()
            .filter(|piece| piece.tag() != ChangeTag::Equal)
            .count();
        theirs.push(began.elapsed());
        assert!(changed > 0);
    }
    Figure {
        figure: "redline",
        unit: "ms",
        value: p95(&ours),
        peer: "similar over plain text",
        peer_value: Some(p95(&theirs)),
        aim: "<= 100; ratio <= 1.3",
        note: format!("{PAGES} pages of {PAGE} words, {changes} changes, p95 of {RUNS} runs"),
    }
    .print();
}
